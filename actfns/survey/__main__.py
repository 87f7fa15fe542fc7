"""``python -m actfns.survey``: execute the architectures of the table and compare with the record."""

import argparse
import os
import sys
import warnings

from actfns.lab.records import record
from actfns.survey.executing import execute, grid
from actfns.survey.libraries import FOLDER

SELECTION = ("alexnet", "googlenet", "resnet", "senet", "mobilenet_v1", "mobilenet_v2", "mobilenet_v3", "efficientnet",
             "nfnet", "vit", "swin_v2", "convnext", "caformer", "maxvit", "transformer2017", "bert", "gpt2", "t5",
             "llama", "gemma", "nemotron4", "mamba", "clip", "dac", "lstm", "gru")


def main(arguments=None):
    """Run one command; returns the exit status: 0, or 1 if a model could not be run or differs from the record."""
    parser = argparse.ArgumentParser(prog="python -m actfns.survey", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="execute rows (all, if none is given) and compare with the record")
    run.add_argument("rows", nargs="*", metavar="ROW")
    run.add_argument("--selection", action="store_true", help="a choice of rows that takes two minutes")
    run.add_argument("--libraries", metavar="FOLDER", help="where requirements-survey.txt is installed")
    chosen = parser.parse_args(arguments)
    if chosen.libraries:
        os.environ[FOLDER] = chosen.libraries
    try:
        cells = grid(SELECTION if chosen.selection else chosen.rows)
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    return int(sum([_run(cell, known) for known in [_recorded()] for cell in cells]) > 0)


def _recorded():
    """(row, model) → result of the record; empty without one."""
    try:
        return {(each["cell"]["row"], each["cell"]["model"]): each["result"] for each in record("backbones").cells}
    except (KeyError, FileNotFoundError):
        return {}


def _run(cell, known):
    """Print one line; True if the model failed or differs."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = execute(**cell)
    except Exception as error:  # a library's own fault must not hide the other rows
        print(f"{cell['row']}  {cell['model']}  FAILED  {type(error).__name__}: {str(error).splitlines()[:1]}")
        return True
    recorded = known.get((cell["row"], cell["model"]))
    state = "new" if recorded is None else "same" if recorded["counts"] == found["counts"] else "DIFFERS"
    counts = ", ".join(f"{name} {number}" for name, number in found["counts"].items())
    print(f"{cell['row']}  {cell['model']}  {state}  {counts}", flush=True)
    return state == "DIFFERS"


if __name__ == "__main__":
    sys.exit(main())
