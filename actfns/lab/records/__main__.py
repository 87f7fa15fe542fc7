"""``python -m actfns.lab.records``: list, make and refresh the records of long runs."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import actfns
from actfns.lab.records import COMMAND, folder, names, record
from actfns.lab.records.about import code_digest


def main(arguments=None):
    """Run one command; returns the exit status: 0, or 1 if a script or a name was at fault."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every record: when, how long, how many cells, and whether its script changed")
    for command, help, many in (("make", "make what is missing or was interrupted (all, if no name is given)", "*"),
                                ("refresh", "make anew; the old record stays until the new one is whole", "+")):
        commands.add_parser(command, help=help).add_argument("names", nargs=many, metavar="NAME")
    chosen = parser.parse_args(arguments)
    try:
        return {"list": _list, "make": _make, "refresh": _refresh}[chosen.command](getattr(chosen, "names", ()))
    except (LookupError, OSError, ValueError) as error:
        print(error.args[0] if isinstance(error, LookupError) else error, file=sys.stderr)
        return 1


def _list(_):
    rows = [("name", "date", "computing", "cells", "script", "state")]
    rows += [(name, *_facts(name), _script(name), _state(name)) for name in names()]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    return 0


def _make(wanted):
    _known(wanted)
    return _run([name for name in wanted or names() if _state(name).startswith(("missing", "damaged", "partial"))])


def _refresh(wanted):
    for name in _known(wanted):
        _partial(name).unlink(missing_ok=True)
    return _run(wanted)


def _run(wanted):
    for name in _known(wanted):
        if subprocess.run([sys.executable, folder() / f"{name}.py"], env=_environment()).returncode:
            print(f"{name} is not finished; {COMMAND} make {name} goes on", file=sys.stderr)
            return 1
        print(f"{name}: {_facts(name)[2]} cells, {_facts(name)[1]} of computing")
    return 0


def _environment():
    """The environment of a script: it finds actfns where this command found it, installed or not."""
    paths = [str(Path(actfns.__file__).parents[1]), os.environ.get("PYTHONPATH")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _known(wanted):
    for name in wanted:
        if not (folder() / f"{name}.py").is_file():
            raise KeyError(f"there is no script {name}.py; there are {', '.join(names()) or 'none'}")
    return wanted


def _facts(name):
    """Date, duration and number of cells as text; blanks without a readable record."""
    try:
        found = record(name)
    except (KeyError, ValueError):
        return "", "", ""
    return found.date, f"{found.duration_s:.0f} s", str(len(found.cells))


def _script(name):
    path = folder() / f"{name}.py"
    return path.name if path.is_file() else "gone"


def _state(name):
    """What `make` and the reader need to know of a record: missing, partial, damaged, changed or whole."""
    if _partial(name).is_file():
        lines = _partial(name).read_bytes().count(b"\n")  # the first is a header
        return f"partial, {max(lines - 1, 0)} cells so far"
    try:
        found = record(name)
    except KeyError:
        return "missing"
    except ValueError:
        return "damaged"
    path = folder() / f"{name}.py"
    changed = path.is_file() and code_digest(path.read_text(encoding="utf-8")) != found.code
    return "whole, but the script has changed since" if changed else "whole"


def _partial(name):
    return folder() / f"{name}.jsonl"


if __name__ == "__main__":
    sys.exit(main())
