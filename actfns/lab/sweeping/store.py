"""Where a sweep writes each finished cell at once: a file of JSON lines that survives being killed."""

import json
import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from actfns.lab.sweeping.cells import from_json, key_of, to_json

FORMAT = 1


class ForeignStore(ValueError):
    """A store that holds results of another experiment."""


class Store:
    """Results by key of their cell, in memory and (with a ``path``) in a file; use it in a ``with`` block.

    The first line of the file says whose results they are (``identity``), every other line holds one cell. A line
    counts once its newline is on the disk, so a line torn by a kill is dropped and its cell runs again. One process
    writes at a time.

    Raises `ValueError` for a file of another experiment or a damaged one, `FileNotFoundError` for a folder that does
    not exist, `RuntimeError` while another process writes to the file.
    """

    def __init__(self, path=None, identity=None):
        self.path = None if path is None else Path(path)
        self.header = {"format": FORMAT} | (identity or {})
        self.entries, self._file, self._lock = {}, None, None

    def __enter__(self):
        if self.path is not None:
            self._take()
            try:
                self._open()
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *_):
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            with suppress(OSError):  # Windows keeps an open file; elsewhere it must go while it is still locked
                os.unlink(self._lock.lock_file)
            self._lock.release()

    def add(self, cell, result, seconds):
        """Keep a finished cell; it is on the disk when this returns."""
        entry = {"cell": cell, "seconds": round(seconds, 3), "result": result}
        if self._file is not None:
            self._append(entry)
        self.entries[key_of(cell)] = entry

    def _take(self):
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"the folder of the store {self.path} does not exist")
        if self.path.is_dir():
            raise IsADirectoryError(f"the store {self.path} is a folder; it must be a file such as NAME.jsonl")
        self._lock = FileLock(f"{self.path}.lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self._lock = None
            raise RuntimeError(f"another sweep is writing to {self.path}; wait for it or use another store") from None

    def _open(self):
        self._file = open(self.path, "a+b")
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):  # torn by a kill in the middle of a write
            self._file.truncate(whole)
        lines = content[:whole].splitlines()
        if not lines:
            self._append(self.header)
            return
        self._compare(self._parsed(lines[0], 1))
        for number, line in enumerate(lines[1:], start=2):
            entry = self._parsed(line, number)
            if not isinstance(entry, dict) or set(entry) != {"cell", "seconds", "result"}:
                raise self._damaged(number)
            self.entries.setdefault(key_of(entry["cell"]), entry)

    def _append(self, entry):
        self._file.write(to_json(entry).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _parsed(self, line, number):
        try:
            return from_json(line.decode())
        except ValueError:
            raise self._damaged(number) from None

    def _damaged(self, number):
        advice = "delete the file to start again" if number == 1 else "delete that line and its cell runs again"
        return ValueError(f"line {number} of {self.path} is damaged; {advice}")

    def _compare(self, found):
        wanted = json.loads(json.dumps(self.header))
        if not isinstance(found, dict) or "format" not in found:
            raise ValueError(f"{self.path} is not the store of a sweep")
        if different := [name for name in wanted | found if wanted.get(name) != found.get(name)]:
            name = different[0]
            raise ForeignStore(f"{self.path} holds results of another experiment: its {name} is {found.get(name)!r}, "
                               f"here it is {wanted.get(name)!r}; use another store, or delete the file")
