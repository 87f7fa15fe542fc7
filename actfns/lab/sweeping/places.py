"""Where the cells of a sweep run: processes of this machine, a chosen joblib backend, or a Dask cluster."""

import os
import sys
import threading
import time
import warnings
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from functools import cache, partial

import joblib
from joblib.parallel import LokyBackend, get_active_backend

PATIENCE = 3  # times in a row that processes may be killed without any cell being finished
_AT_ONCE = {"batch_size": 1, "return_as": "generator_unordered"}  # each outcome as soon as it is there


def outcomes(measure, cells, jobs=None):
    """Yield (cell, ``measure(cell)``) as cells finish; ``RuntimeError`` in place of an outcome that never came.

    Inside ``joblib.parallel_config`` the cells run on its backend; if a Dask client is current and ``jobs`` is None,
    on its cluster; otherwise in ``jobs`` processes here. What ran in a killed process runs again.
    """
    backend, chosen = get_active_backend()
    client = getattr(backend, "client", None)  # joblib's Dask backend has one
    if client is None and jobs is None and isinstance(backend, LokyBackend):
        client = _current_client()
    if client is not None:
        return _on_cluster(client, measure, cells)
    if isinstance(backend, LokyBackend):
        return _in_processes(measure, cells, jobs or joblib.effective_n_jobs(chosen or -1))
    return _in_order(joblib.Parallel(jobs or chosen, **_AT_ONCE), measure, cells)


def _in_processes(measure, cells, jobs):
    """On this machine. A killed process takes the pool with it: the rest goes on in a new one."""
    waiting, idle = dict(enumerate(cells)), 0
    while waiting and idle < PATIENCE:
        idle += 1
        try:
            with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
                parallel = joblib.Parallel(jobs, **_AT_ONCE)
            with closing(_numbered(parallel, partial(_while_alive, os.getpid(), measure), waiting)) as found:
                for number, outcome in found:
                    yield waiting.pop(number), outcome
                    idle = 0
        except BrokenProcessPool:  # what was running comes last, so that one bad cell does not hold up the others
            numbers = list(waiting)
            waiting = {number: waiting[number] for number in numbers[2 * jobs:] + numbers[:2 * jobs]}
    for cell in waiting.values():
        yield cell, RuntimeError("its process was killed again and again; is there enough memory?")


def _in_order(parallel, measure, cells):
    with closing(_numbered(parallel, measure, dict(enumerate(cells)))) as found:
        for number, outcome in found:
            yield cells[number], outcome


def _numbered(parallel, measure, cells):
    calls = (joblib.delayed(_call)(measure, number, cell) for number, cell in list(cells.items()))
    found = parallel(calls)
    try:
        for outcome in found:  # noqa: UP028 - `yield from` would pass on an early end before the warning is caught
            yield outcome
    finally:
        with warnings.catch_warnings():  # a sweep that ends early says so by its own error
            warnings.filterwarnings("ignore", r"\d+ tasks (have been|which were)", UserWarning)
            found.close()


def _call(measure, number, cell):
    return number, measure(cell)


def _while_alive(owner, measure, cell):
    """In a process that the sweep started: run the cell, and end with the sweep even if that could not say so."""
    if os.name == "posix" and os.getpid() != owner:
        _follow(owner)
    return measure(cell)


def _on_cluster(client, measure, cells):
    """On Dask, whose scheduler runs the cells of a lost worker again (joblib would wait for ever for a lost cell)."""
    from distributed import as_completed

    futures = {client.submit(measure, cell, pure=False): cell for cell in cells}
    try:
        for future in as_completed(list(futures), loop=client.loop):
            cell = futures.pop(future)
            try:
                outcome = future.result()
            except Exception as error:
                outcome = RuntimeError(f"the cluster could not finish it: {type(error).__name__}: {error}")
            yield cell, outcome
    finally:
        client.cancel(list(futures))


def _current_client():
    distributed = sys.modules.get("distributed")  # a client can only be current if this was imported
    try:
        return distributed and distributed.default_client()
    except ValueError:
        return None


@cache
def _follow(owner):
    if os.getppid() != owner:  # it was killed while this process started
        os._exit(1)
    threading.Thread(target=_watch, args=(owner,), daemon=True).start()


def _watch(owner):
    while os.getppid() == owner:
        time.sleep(0.2)
    os._exit(1)
