"""Sweeps over grids of settings: every finished cell is recorded at once, and a killed sweep goes on where it was."""

import time
import traceback
from contextlib import closing, contextmanager
from functools import partial

import numpy as np
import torch

from actfns.lab.sweeping.cells import cells_of, digest, key_of, plain
from actfns.lab.sweeping.places import outcomes
from actfns.lab.sweeping.store import Store


class SweepError(RuntimeError):
    """Some cells failed. ``failed``: list of {"cell", "error", "traceback"}; ``cells``: the finished ones."""

    def __init__(self, message, failed=(), cells=()):
        super().__init__(message)
        self.failed, self.cells = list(failed), list(cells)


def sweep(function, grid, *, store=None, version=None, jobs=None, progress=None):
    """Call ``function(**cell)`` for every cell of a grid and return ``[{"cell": …, "result": …}, …]`` in grid order.

    Args:
        function: returns numbers, text, None, lists, dicts with text keys, NumPy or torch arrays (which become
            lists). What a cell gives must depend on its settings alone; random numbers drawn from the global
            generators of NumPy and torch are fixed by the cell (except where cells share a process, as threads).
        grid: dict of name → values, meaning every combination, or a list of dicts. Tuples become lists in what is
            returned; the function gets them as they are.
        store: path of a file (``.jsonl``) to which every finished cell is written at once, or None. Cells found there
            are not run again. A file written for another function or ``version`` is refused.
        version: anything JSON can hold that tells experiments apart which share a function, such as its settings.
        jobs: number of processes on this machine, each with one thread; None takes every core.
        progress: True or False for a progress bar; None shows one on a terminal only.

    The same call runs on a Dask cluster inside ``joblib.parallel_config(backend="dask")``, or when a
    ``dask.distributed.Client`` is current and ``jobs`` is None (``pip install actfns[scale]``, on the workers, too).
    Results do not depend on where cells run, in which order, or how often the sweep was interrupted; nan and infinities
    are kept.

    Raises `SweepError` after all cells have been tried if some failed: call again to try only those. `TypeError` or
    `ValueError` for a grid, result or store that does not fit; `RuntimeError` while another process uses the store.

    >>> from actfns import lab
    >>> lab.sweep(lambda x, y: x * y, {"x": [2, 3], "y": [10]}, jobs=1)
    [{'cell': {'x': 2, 'y': 10}, 'result': 20}, {'cell': {'x': 3, 'y': 10}, 'result': 30}]
    """
    entries = run_cells(function, grid, store=store, version=version, jobs=jobs, progress=progress)
    return [{"cell": entry["cell"], "result": entry["result"]} for entry in entries]


def run_cells(function, grid, *, store=None, version=None, jobs=None, progress=None):
    """`sweep` with the ``seconds`` that each cell took in its entry."""
    _check(function, jobs)
    cells = cells_of(grid)
    keys = [key_of(cell) for cell in cells]
    with Store(store, {"function": _name(function), "version": plain(version, "version")}) as kept:
        missing = [cell for cell, key in zip(cells, keys) if key not in kept.entries]
        with _bar(len(cells), len(cells) - len(missing), progress) as bar:
            failed = _run(function, missing, kept, jobs, bar)
        found = [kept.entries[key] for key in keys if key in kept.entries]
    if failed:
        raise SweepError(_complaint(failed, len(cells), store), failed, found)
    return found


def _run(function, cells, kept, jobs, bar):
    """Run the cells and keep every outcome the moment it arrives; returns those that failed."""
    failed = []
    with _one_thread(), closing(outcomes(partial(measure, function), cells, jobs)) as arriving:
        for cell, outcome in arriving:
            if isinstance(outcome, RuntimeError):
                outcome = {"error": str(outcome), "traceback": ""}
            if "unusable" in outcome:  # every other cell would end like this one
                raise TypeError(f"{outcome['unusable']} (cell {key_of(cell)})")
            if "error" in outcome:
                failed.append({"cell": plain(cell)} | outcome)
            else:
                kept.add(plain(cell), **outcome)
            bar.update()
    return failed


def measure(function, cell):
    """One cell, in whatever process this is: its result with the time it took, or what went wrong, as a dict."""
    torch.set_num_threads(1)
    started = time.perf_counter()
    try:
        with _own_randomness(key_of(cell)):
            result = function(**cell)
    except (Exception, SystemExit) as error:
        return {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
    seconds = time.perf_counter() - started
    try:
        return {"result": plain(result), "seconds": seconds}
    except TypeError as error:
        return {"unusable": str(error)}


@contextmanager
def _one_thread():
    """One thread for torch and BLAS in this process, which runs the cells itself when there is one job."""
    from threadpoolctl import threadpool_limits

    threads = torch.get_num_threads()
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _own_randomness(key):
    """Global random generators fixed by the cell and given back as they were."""
    seed = int(digest(key)[:8], 16)
    numpy = np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        np.random.seed(seed)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            np.random.set_state(numpy)


def _complaint(failed, cells, store):
    kept = f"the others are recorded in {store}; call again to try these" if store else "nothing was recorded"
    lines = [f"  {key_of(one['cell'])}: {one['error']}" for one in failed[:10]]
    more = [f"  and {len(failed) - 10} more"] if len(failed) > 10 else []
    return "\n".join([f"{len(failed)} of {cells} cells failed ({kept}):", *lines, *more, failed[0]["traceback"]])


def _check(function, jobs):
    if not callable(function):
        raise TypeError(f"a sweep needs a function to call, got {type(function).__name__}")
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise ValueError(f"jobs must be an integer ≥ 1 or None for every core, got {jobs!r}")


def _name(function):
    return getattr(function, "__qualname__", type(function).__name__)


def _bar(total, done, progress):
    from tqdm import tqdm

    return tqdm(total=total, initial=done, desc="cells", disable=None if progress is None else not progress)
