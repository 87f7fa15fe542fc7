"""Records of long runs: a script ``records/NAME.py`` measures a grid of cells, ``records/NAME.json`` keeps the results.

A script ends in `make`; pages read with `record`; ``python -m actfns.lab.records`` makes, refreshes and lists.
"""

import importlib.util
import json
import os
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import joblib

from actfns.lab.records.about import about, code_digest, environment
from actfns.lab.records.selection import chosen, values
from actfns.lab.sweeping.cells import from_json, plain, to_json
from actfns.lab.sweeping.store import ForeignStore
from actfns.lab.sweeping.sweep import run_cells

__all__ = ["Record", "environment", "folder", "make", "names", "record", "script"]

COMMAND = "python -m actfns.lab.records"


@dataclass(frozen=True)
class Record:
    """What a long run left behind.

    * ``cells``: list of ``{"cell": its settings, "result": what was measured}`` in the order of the grid
    * ``settings``: what all cells share; ``about``: what was run and why, the docstring of the ``script``
    * ``environment``: versions and machine; ``date``: day (UTC) on which the run ended
    * ``duration_s``: seconds of computing, summed over the cells, each on one thread
    * ``code``: fingerprint of the script's code
    """

    name: str
    about: str
    script: str
    code: str
    settings: dict
    environment: dict
    date: str
    duration_s: float
    cells: list = field(repr=False)

    def select(self, /, **cell):
        """The cells with these settings, as a list in grid order. Raises `KeyError` if there are none."""
        return chosen(self.name, self.cells, cell)

    def values(self, /, *names, **cell):
        """One entry of the results as an array; several ``names`` go into nested results.

        Settings choose the cells. All settings of a cell given: the entry itself; fewer: one row per cell, in grid
        order, so the shape is (cells, …). Numbers match to nine digits.

        Raises `KeyError` for settings or names that are not there, `ValueError` for rows of different shapes.

        >>> from actfns import lab
        >>> lab.record("mnist_dying").values("test_accuracy", variant="relu", lr=0.1).shape
        (5,)
        """
        return values(self.name, self.select(**cell), names, cell)

    @property
    def parameters(self):
        """Name → list of the values it takes, in the order of the grid."""
        found = {}
        for entry in self.cells:
            for name, value in entry["cell"].items():
                if value not in found.setdefault(name, []):
                    found[name].append(value)
        return found


def make(script, function, grid, settings=None, *, jobs=None, progress=None):
    """Measure ``function(**cell)`` over the grid and write the record beside the script; returns the `Record`.

    Args:
        script: path of the script, ``__file__``; its name names the record, its docstring says what and why.
        function, grid, jobs, progress: as in `actfns.lab.sweep`.
        settings: what all cells share, for the reader of the record.

    Finished cells go to ``NAME.jsonl`` at once; the record replaces an older one in one step when all are there.
    Raises `ValueError` if that file was begun by other code or settings, and what `actfns.lab.sweep` raises.
    """
    path = Path(script).resolve()
    text = path.read_text(encoding="utf-8")
    version = {"code": code_digest(text), "settings": plain(settings or {}, "settings")}
    described = about(text, path.name)
    partial = path.with_suffix(".jsonl")
    try:
        entries = run_cells(function, grid, store=partial, version=version, jobs=jobs, progress=progress)
    except ForeignStore:
        raise ValueError(f"{path.name} or its settings changed since {partial.name} was begun; "
                         f"{COMMAND} refresh {path.stem} starts again") from None
    made = Record(name=path.stem, about=described, script=path.name, **version,
                  environment=environment(jobs or joblib.cpu_count()), date=f"{datetime.now(UTC):%Y-%m-%d}",
                  duration_s=round(sum(entry["seconds"] for entry in entries), 1),
                  cells=[{"cell": entry["cell"], "result": entry["result"]} for entry in entries])
    write(made, path.with_suffix(".json"))
    partial.unlink(missing_ok=True)
    return made


def record(name):
    """The `Record` of this name, read from the project's ``records`` folder (see `folder`).

    Raises `KeyError` for a name without record, `ValueError` for a damaged file.

    >>> from actfns import lab
    >>> lab.record("mnist_dying").script
    'mnist_dying.py'
    """
    path = folder() / f"{name}.json"
    if not path.is_file():
        raise KeyError(_unknown(name))
    try:
        found = from_json(path.read_text(encoding="utf-8"))
        return Record(**{each.name: found[each.name] for each in fields(Record)})
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"the record {path.name} is damaged ({type(error).__name__}: {error}); "
                         f"{COMMAND} refresh {name} makes it again") from None


def names():
    """Names of all records and of the scripts that make them, sorted."""
    return sorted({path.stem for pattern in ("*.py", "*.json") for path in folder().glob(pattern)
                   if not path.name.startswith((".", "_"))})


def script(name):
    """The module of a record's script, to call its functions with small settings beside the record.

    Raises `KeyError` for a name without script.
    """
    path = folder() / f"{name}.py"
    if not path.is_file():
        raise KeyError(_unknown(name, "script"))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def folder():
    """The folder of the records: ``ACTFNS_RECORDS``, or ``records`` beside ``_config.yml``.

    Looked for in the working folder and those above it, then above the package. Raises `FileNotFoundError`.
    """
    if named := os.environ.get("ACTFNS_RECORDS"):
        if Path(named).is_dir():
            return Path(named).resolve()
        raise FileNotFoundError(f"ACTFNS_RECORDS names {named}, which is not a folder")
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for place in (start, *start.parents):
            if (place / "_config.yml").is_file() and (place / "records").is_dir():
                return place / "records"
    raise FileNotFoundError("no folder records beside a _config.yml here or above; "
                            "work inside the project, or name the folder in ACTFNS_RECORDS")


def _unknown(name, kind="record"):
    known = names()
    if f"{name}" in known:
        return f"{name!r} has no {kind} yet; " + (f"{COMMAND} make {name}" if kind == "record" else "write one")
    near = get_close_matches(str(name), known)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are: {', '.join(known) or 'none'}"
    return f"unknown {kind} {name!r}; {hint}"


def write(made, path):
    """Replace the record in one step: a reader sees the old or the new one, whole. One line per cell."""
    head = {each.name: getattr(made, each.name) for each in fields(Record) if each.name != "cells"}
    lines = [f"  {json.dumps(name)}: {to_json(value)}," for name, value in head.items()]
    cells = ",\n".join(f"    {to_json(cell)}" for cell in made.cells)
    text = "\n".join(["{", *lines, '  "cells": [', cells, "  ]", "}", ""])
    new = path.with_suffix(".json.new")
    with open(new, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
