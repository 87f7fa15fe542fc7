"""What running a chapter costs, and where it ran: chapters/runs.json, kept by `python -m book write`.

It is no part of the notebooks: a run with the same outputs leaves those as they are.
"""

import contextlib
import json
import os
import re
import time
from importlib.metadata import version

import psutil

from . import notebooks
from .agreement import digest
from .source import SourceError, find, save
from .source import read as read_chapter

FILE = "runs.json"
PACKAGES = ("scipy", "matplotlib", "pandas", "scikit-learn")  # beside those that every record of the lab names
_CLAIM = re.compile(r"^- \*\*Reading\*\* .*? · \*\*running\*\* under (a|\d+) (minute|second)s?\b", re.MULTILINE)


class Meter:
    """Seconds from here until it is called with a process: its own, those of its processor, those of its children."""

    def __init__(self):
        self.start, self.wall, self.processor = time.perf_counter(), 0.0, 0.0

    def __call__(self, pid):
        process = psutil.Process(pid)
        own, children = process.cpu_times(), process.children(recursive=True)
        self.processor = sum((own.user, own.system, own.children_user, own.children_system))
        self.processor += sum(sum(child.cpu_times()[:2]) for child in children)
        self.wall = time.perf_counter() - self.start


def read(folder):
    """{name of a chapter: what its last run took and where it ran} of the chapters in `folder`."""
    path = folder / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep(chapter, meter):
    """Note what a run of the chapter's code took: one line of the file.

    Of several runs of the same code in the same place the fastest is kept: other work on a machine only adds."""
    runs = read(chapter.path.parent)
    took = {"processor": round(meter.processor, 1), "wall": round(meter.wall, 1)}
    new, old = {"code": fingerprint(chapter), **took, "on": environment()}, runs.get(chapter.name, {})
    same = all(new[key] == old.get(key) for key in ("code", "on"))
    runs[chapter.name] = min(old, new, key=lambda run: run["processor"]) if same else new
    lines = (f"{json.dumps(name)}: {json.dumps(runs[name], ensure_ascii=False)}" for name in sorted(runs))
    save(chapter.path.parent / FILE, "{\n" + ",\n".join(lines) + "\n}\n")


def environment():
    from actfns.lab.records.about import environment

    return environment(os.cpu_count()) | {name: version(name) for name in PACKAGES}


def fingerprint(chapter):
    return digest(notebooks.code(chapter))


def untimed(folder, names=()):
    """A sentence for each chapter whose code was changed after its run was timed."""
    known = read(folder)
    for path in find(folder, names):
        with contextlib.suppress(SourceError):  # said as a fault
            if path.stem in known and known[path.stem]["code"] != fingerprint(read_chapter(path)):
                again = f"python -m book write --force {path.stem.partition('-')[0]}"
                yield f"{path}: its code was changed after its run was timed; to time it: {again}"


def claimed(chapter):
    """The seconds within which the card at the chapter's head says that it runs; None if it does not say."""
    cards = (_CLAIM.search(unit.text("en")) for unit in chapter.units if unit.kind == "markdown")
    found = next(filter(None, cards), None)
    return found and (1 if found[1] == "a" else int(found[1])) * {"minute": 60, "second": 1}[found[2]]
