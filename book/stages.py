"""Building the site and running the tests in stages; one that passed waits until something it reads changes."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import check
from .doctor import chromium
from .kernel import ONE_THREAD

ROOT = Path(__file__).resolve().parent.parent
SITE = Path("_build/html")
FOLDERS = ("actfns", "benchmarks", "book", "chapters", "records", "tests", ".ci", ".github")
EVERYTHING = ("*", ".git/config", *(f"{folder}/**/*" for folder in FOLDERS))
READS = {  # by stage, where it is not everything
    "notebooks": (
        "chapters/*/*.ipynb",
        "records/**/*",
        "actfns/**/*",
        "tests/nbval.cfg",
        "conftest.py",
        "pyproject.toml",
    ),
}
MADE = {"__pycache__", "functions"}  # folders of what is made from the rest: the cards in chapters/*/functions
WORKERS = str(max(2, min(4, os.cpu_count() or 2)))


class Failed(Exception):
    """A stage did not pass; its own output says why."""


def build(again=False):
    """The website in _build/html; every warning is an error."""
    stage("build", _build, again or not (ROOT / SITE / "index.html").exists())
    print(f"The book: {SITE / 'index.html'} (open it in a browser, no network needed)")


def test(only, slow, again):
    """The stages `only`, or all of TESTS. `slow` adds the tests marked slow."""
    for name, run in TESTS.items():
        if not only or name in only:
            run(slow, again)


def stage(name, run, again=False):
    mark, now = ROOT / ".make" / name, fingerprint(READS.get(name, EVERYTHING))
    if not again and mark.exists() and mark.read_text(encoding="utf-8") == now:
        return print(f"{name}: passed before, and nothing it reads has changed", flush=True)
    mark.unlink(missing_ok=True)
    print(f"{name}: running", flush=True)
    start = time.perf_counter()
    run()
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(now, encoding="utf-8")
    return print(f"{name}: passed in {time.perf_counter() - start:.0f} s", flush=True)


def fingerprint(patterns):
    """A digest of all files that match, of the pinned packages and of this Python."""
    files = {file for pattern in ("requirements.txt", *patterns) for file in ROOT.glob(pattern) if file.is_file()}
    total = hashlib.sha256(sys.version.encode())
    for file in sorted(file for file in files if MADE.isdisjoint(file.relative_to(ROOT).parts)):
        total.update(f"{file.relative_to(ROOT)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _build():
    shutil.rmtree(ROOT / SITE, ignore_errors=True)
    _command("-c", "from jupyter_book.cli.main import main; main()", "build", ".", "--all", "-W", "--keep-going", "-n")


def _code(slow, again):
    stage("code", lambda: _pytest("tests", "-m", "not site" if slow else "not site and not slow"), again or slow)


def _check(slow, again):
    print("check: sources against notebooks, language against language", flush=True)
    faults = check.faults(Path("chapters"))
    print(*faults, sep="\n", end="\n" if faults else "")
    if faults:
        raise Failed(f"check: {len(faults)} faults")
    print("check: passed", flush=True)


def _notebooks(slow, again):
    if list(ROOT.glob("chapters/*/*.ipynb")):
        options = "--nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg --dist loadfile"
        stage("notebooks", lambda: _pytest(*options.split(), "chapters"), again)


def _site(slow, again):
    build()
    if chromium():
        stage("site", lambda: _pytest("tests", "-m", "site", "--dist", "loadgroup"), again)
    elif os.environ.get("CI") == "true":
        raise Failed("the site's tests need Chromium, and CI must not leave them out")
    else:
        print("\n*** THE SITE'S TESTS DID NOT RUN: there is no Chromium. ***")
        print("*** Install chromium or google-chrome, or set CHROMIUM to the path of one. ***\n")


TESTS = {"code": _code, "check": _check, "notebooks": _notebooks, "site": _site}


def _pytest(*arguments):
    _command("-m", "pytest", "-q", "-n", WORKERS, *arguments)


def _command(*arguments):
    if code := subprocess.run([sys.executable, *arguments], cwd=ROOT, env=os.environ | ONE_THREAD).returncode:
        raise Failed(f"failed with exit status {code}, see above: python {' '.join(arguments)}")
