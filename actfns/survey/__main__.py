"""``python -m actfns.survey``: install libraries of models, execute the architectures, compare with the record."""

import argparse
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from actfns.lab.records import environment, folder, record, write
from actfns.survey.executing import execute, grid
from actfns.survey.libraries import DEFAULT, FOLDER

COMPARED = ("counts", "roles", "elements", "parameters", "modules", "cannot_see")  # with the record
REQUIREMENTS = "requirements-survey.txt"
SELECTION = ("alexnet", "googlenet", "resnet", "senet", "mobilenet_v1", "mobilenet_v2", "mobilenet_v3", "efficientnet",
             "nfnet", "vit", "swin_v2", "convnext", "caformer", "maxvit", "transformer2017", "bert", "gpt2", "t5",
             "llama", "gemma", "nemotron4", "mamba", "clip", "dac", "lstm", "gru")


def main(arguments=None):
    """Run one command; returns the exit status: 0, or 1 if a model could not be run or differs from the record."""
    chosen = _parser().parse_args(arguments)
    if chosen.libraries:
        os.environ[FOLDER] = chosen.libraries
    return _install() if chosen.command == "install" else _run(chosen)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m actfns.survey", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="put the libraries of models into a folder; no weights")
    run = commands.add_parser("run", help="execute rows (all, if none is given) and compare with the record")
    run.add_argument("rows", nargs="*", metavar="ROW")
    run.add_argument("--selection", action="store_true", help="a choice of rows that takes two minutes")
    run.add_argument("--update", action="store_true", help="then put what was found into the record, for these rows")
    for command in (install, run):
        command.add_argument("--libraries", metavar="FOLDER", help=f"where they are ({FOLDER}, else {DEFAULT})")
    return parser


def _install():
    """Install what the requirements name and nothing else; one by one if some cannot be had. 1 if none can."""
    if not Path(REQUIREMENTS).is_file():
        print(f"{REQUIREMENTS} is not here: run this in the folder of the book", file=sys.stderr)
        return 1
    target = os.environ.get(FOLDER) or DEFAULT
    if _pip(target, "-r", REQUIREMENTS):
        return 0
    lines = Path(REQUIREMENTS).read_text("utf8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    missed = [line for line in wanted if not _pip(target, line)]
    print(f"not installed: {', '.join(missed)}; rows that need these cannot be executed", file=sys.stderr)
    return int(missed == wanted)


def _pip(target, *what):
    command = ["install", "--quiet", "--no-deps", "--upgrade", "--target", target, *what]
    return subprocess.run([sys.executable, "-m", "pip", *command]).returncode == 0


def _run(chosen):
    try:
        cells = grid(SELECTION if chosen.selection else chosen.rows)
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    known, found = _recorded(), {}
    states = [_one(cell, known, found) for cell in cells]
    rows = {cell["row"] for cell, state in zip(cells, states) if state != "FAILED"}
    told = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    print(f"{len(rows)} rows, {len(cells)} models: {told}")
    if chosen.update:
        _update(known | found)
        return int("FAILED" in states)
    return int(not {"FAILED", "DIFFERS"}.isdisjoint(states))


def _update(results):
    """Write the record with these results in the order of the table; what is not in the table is left out."""
    cells = [{"cell": cell, "result": results[key]} for cell in grid()
             if (key := (cell["row"], cell["model"])) in results]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    made = replace(record("backbones"), cells=cells, environment=environment(1), date=today)
    write(made, folder() / "backbones.json")


def _recorded():
    """(row, model) → result of the record; empty without one."""
    try:
        return {(each["cell"]["row"], each["cell"]["model"]): each["result"] for each in record("backbones").cells}
    except (KeyError, FileNotFoundError):
        return {}


def _one(cell, known, results):
    """Execute one model and print a line; how it compares with the record: "same", "new", "DIFFERS" or "FAILED".

    What was found goes into ``results``.
    """
    try:
        found = results[cell["row"], cell["model"]] = execute(**cell)
    except Exception as error:  # a library's own fault must not hide the other rows
        print(f"{cell['row']}  {cell['model']}  FAILED  {_why(error)}", flush=True)
        return "FAILED"
    recorded = known.get((cell["row"], cell["model"]))
    same = recorded and all(recorded.get(each, found[each]) == found[each] for each in COMPARED)
    state = "new" if recorded is None else "same" if same else "DIFFERS"
    print(f"{cell['row']}  {cell['model']}  {state}  {_text(found)}", flush=True)
    if state == "DIFFERS":
        for each in (*COMPARED, "versions"):
            if recorded.get(each, found[each]) != found[each]:
                print(f"    {each}: the record has {recorded[each]}, here {found[each]}", flush=True)
    return state


def _why(error):
    missing = isinstance(error, ModuleNotFoundError)
    hint = "; python -m actfns.survey install brings the libraries" if missing else ""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}{hint}"


def _text(found):
    return ", ".join(f"{name} {number}" for name, number in found["counts"].items())


if __name__ == "__main__":
    sys.exit(main())
