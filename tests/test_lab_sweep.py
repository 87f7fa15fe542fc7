"""Sweeps: what is finished is kept whatever happens, nothing runs twice, and where cells run makes no difference."""

import json
import math
import os
import signal
import subprocess
import sys
import time

import joblib
import lab_sweeps as experiment
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from actfns.lab.sweeping.cells import cells_of, from_json, key_of, plain, to_json
from actfns.lab.sweeping.store import ForeignStore, Store
from actfns.lab.sweeping.sweep import SweepError, sweep

HERE = {"jobs": 1, "progress": False}  # in this process
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes the way of POSIX")


def product(x, y):
    return x * y


def results(cells):
    return [one["result"] for one in cells]


# --- killed -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The record of a sweep in two processes that nothing disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    experiment.run_script(experiment.prepare(folder, experiment.IN_TWO_PROCESSES))
    assert set(experiment.runs(folder).values()) == {1}
    return experiment.recorded(folder)


@needs_fork
def test_five_kills_leave_the_record_of_an_undisturbed_run(tmp_path, undisturbed):
    command = experiment.prepare(tmp_path, experiment.IN_CHILDREN)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": experiment.environment()}
    with subprocess.Popen(command, **pipes) as parent:
        before = [experiment.kill_at_random(tmp_path, _child(parent), seed) for seed in range(5)]
        assert _child(parent) and parent.stdout.readline()
        parent.stdin.close()
    assert 5 <= len(before[-1]) < 24
    for state in before:
        experiment.check_untouched(tmp_path, state)
    assert experiment.recorded(tmp_path) == undisturbed and len(undisturbed) == 24
    assert sum(experiment.runs(tmp_path).values()) <= 24 + 5  # at most the cell at which each kill struck runs again


def _child(parent):
    """Start an attempt in a child of the parent; returns its number."""
    parent.stdin.write("run\n")
    parent.stdin.flush()
    while not (line := parent.stdout.readline().strip()).isdigit():
        assert line == "ended"
    return int(line)


@needs_fork
@pytest.mark.slow
def test_five_kills_of_a_sweep_in_two_processes(tmp_path, undisturbed):
    command = experiment.prepare(tmp_path, experiment.IN_TWO_PROCESSES)
    before = []
    for seed in range(5):
        with subprocess.Popen(command, env=experiment.environment()) as process:
            before.append(experiment.kill_at_random(tmp_path, process.pid, seed))
        workers = {int(path.name.rpartition("-")[2]) for path in (tmp_path / "runs").iterdir()}
        experiment.until(lambda: not any(map(experiment.alive, workers)), seconds=60)  # noqa: B023
    experiment.run_script(command)
    for state in before:
        experiment.check_untouched(tmp_path, state)
    assert experiment.recorded(tmp_path) == undisturbed


@needs_fork
@pytest.mark.slow
def test_a_killed_worker_costs_only_what_it_was_running(tmp_path, pool):
    def once(x):
        (tmp_path / f"{x}-{time.time_ns()}").touch()
        if x == 2 and len(list(tmp_path.glob("2-*"))) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    assert results(sweep(once, {"x": range(8)}, store=tmp_path / "s.jsonl", jobs=2)) == list(range(8))
    assert len(stored(tmp_path / "s.jsonl")) == 8 and len(list(tmp_path.glob("2-*"))) == 2


@needs_fork
@pytest.mark.slow
def test_a_cell_that_kills_its_process_fails_alone(tmp_path, pool):
    def fatal(x):
        return os.kill(os.getpid(), signal.SIGKILL) if x == 2 else x

    with pytest.raises(SweepError, match="killed again and again") as caught:
        sweep(fatal, {"x": range(30)}, store=tmp_path / "s.jsonl", jobs=2)
    assert {"x": 2} in [one["cell"] for one in caught.value.failed]
    assert len(caught.value.failed) <= 4 and len(stored(tmp_path / "s.jsonl")) >= 26


# --- on a Dask cluster ------------------------------------------------------------------------------------------------


@needs_fork
def test_a_dask_cluster_that_loses_a_worker_gives_the_same_record(tmp_path, undisturbed):
    command = experiment.prepare(tmp_path, experiment.ON_DASK)
    done = subprocess.run(command, env=experiment.environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    killed, chosen = done.stdout.splitlines()
    assert experiment.recorded(tmp_path) == undisturbed
    processes = {path.name.rpartition("-")[2] for path in (tmp_path / "runs").iterdir()}
    assert killed in processes and len(processes) >= 2  # it had run cells, and others went on
    assert chosen == "[0, 1, 4]"


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def finished(tmp_path):
    """The store of a finished sweep of three cells."""
    sweep(product, {"x": [1, 2, 3], "y": [5]}, store=tmp_path / "s.jsonl", **HERE)
    return tmp_path / "s.jsonl"


def counted(log):
    def product(x, y):
        log.append(x)
        return x * y
    product.__qualname__ = "product"
    return product


def stored(path):
    return [from_json(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def test_the_store_has_one_line_a_cell_and_no_company(finished):
    assert [one["cell"]["x"] for one in stored(finished)] == [1, 2, 3]
    assert [path.name for path in finished.parent.iterdir()] == ["s.jsonl"]


def test_a_line_torn_anywhere_is_dropped_and_its_cell_runs_again(finished):
    whole = finished.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1
    for end in range(start, len(whole)):
        finished.write_bytes(whole[:end])
        assert results(sweep(counted(log := []), {"x": [1, 2, 3], "y": [5]}, store=finished, **HERE)) == [5, 10, 15]
        assert log == [3] and [one["result"] for one in stored(finished)] == [5, 10, 15]


def test_a_torn_header_is_an_empty_store(finished):
    header = finished.read_bytes().partition(b"\n")[0]
    for end in (0, 1, len(header)):
        finished.write_bytes(header[:end])
        sweep(counted(log := []), {"x": [1, 2], "y": [5]}, store=finished, **HERE)
        assert log == [1, 2] and len(stored(finished)) == 2


@pytest.mark.parametrize("line", ["", "{", "[1, 2]", '{"cell": {}}', "\x00\x00", "NaN", '{"cell": NaN}'])
def test_a_damaged_line_is_named(finished, line):
    lines = finished.read_text(encoding="utf-8").splitlines()
    finished.write_text("\n".join([*lines[:2], line, *lines[3:], ""]), encoding="utf-8")
    before = finished.read_bytes()
    with pytest.raises(ValueError, match="line 3 of .*s.jsonl is damaged; delete that line"):
        sweep(product, {"x": [1, 2, 3], "y": [5]}, store=finished, **HERE)
    assert finished.read_bytes() == before
    finished.write_text("\n".join([*lines[:2], *lines[3:], ""]), encoding="utf-8")
    sweep(counted(log := []), {"x": [1, 2, 3], "y": [5]}, store=finished, **HERE)
    assert log == [2]


def test_bytes_that_are_no_text_are_a_damaged_line(finished):
    finished.write_bytes(b"\xff\xfe\n" + finished.read_bytes())
    with pytest.raises(ValueError, match="line 1 .* delete the file"):
        sweep(product, {"x": [1], "y": [5]}, store=finished, **HERE)


def test_another_experiment_is_refused(finished, tmp_path):
    before = finished.read_bytes()
    for function, version, named in ((product, {"lr": 1}, "version"), (results, None, "function")):
        with pytest.raises(ForeignStore, match=f"another experiment: its {named} is"):
            sweep(function, {"x": [1], "y": [5]}, version=version, store=finished, **HERE)
    (tmp_path / "notes.json").write_text('{"notes": 1}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="not the store of a sweep"):
        sweep(product, {"x": [1], "y": [5]}, store=tmp_path / "notes.json", **HERE)
    assert finished.read_bytes() == before


def test_a_store_serves_a_larger_grid_and_a_smaller_one(finished):
    wider = {"x": [3, 4, 1], "y": [5]}
    assert results(sweep(counted(log := []), wider, store=finished, **HERE)) == [15, 20, 5] and log == [4]
    assert results(sweep(counted(log), {"x": [2], "y": [5]}, store=finished, **HERE)) == [10] and log == [4]


def test_one_sweep_at_a_time(finished):
    hold = "import sys, filelock\nwith filelock.FileLock(sys.argv[1]):\n    print('held', flush=True)\n    input()"
    command = [sys.executable, "-c", hold, f"{finished}.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(RuntimeError, match="another sweep is writing"):
            sweep(product, {"x": [9], "y": [5]}, store=finished, **HERE)
        other.kill()
    assert results(sweep(product, {"x": [9], "y": [5]}, store=finished, **HERE)) == [45]
    with Store(finished, {"function": "product", "version": None}), pytest.raises(RuntimeError, match="another sweep"):
        sweep(product, {"x": [1], "y": [5]}, store=finished, **HERE)


# --- failures ---------------------------------------------------------------------------------------------------------


def test_failing_cells_are_named_and_only_they_run_again(tmp_path):
    log, broken = [], {1, 4}

    def fragile(x):
        log.append(x)
        if x in broken:
            raise ZeroDivisionError(f"no {x}") if x == 1 else SystemExit(3)
        return x

    again = {"grid": {"x": range(6)}, "store": tmp_path / "s.jsonl", **HERE}
    says = '(?s)2 of 6 cells failed .the others are recorded in .*"x": 1}: ZeroDivisionError: no 1'
    with pytest.raises(SweepError, match=says) as caught:
        sweep(fragile, **again)
    assert [one["cell"] for one in caught.value.failed] == [{"x": 1}, {"x": 4}]
    assert "SystemExit: 3" in str(caught.value) and "in fragile" in caught.value.failed[0]["traceback"]
    assert results(caught.value.cells) == [0, 2, 3, 5] and log == list(range(6))
    broken.clear()
    assert results(sweep(fragile, **again)) == list(range(6)) and log[6:] == [1, 4]


def test_an_interrupt_keeps_what_is_finished(tmp_path):
    def interrupted(x):
        if x == 2:
            raise KeyboardInterrupt
        return x

    with pytest.raises(KeyboardInterrupt):
        sweep(interrupted, {"x": range(5)}, store=tmp_path / "s.jsonl", **HERE)
    assert [one["result"] for one in stored(tmp_path / "s.jsonl")] == [0, 1]
    assert [path.name for path in tmp_path.iterdir()] == ["s.jsonl"]


@pytest.mark.parametrize("result, place", [
    ({"a": [1, {2, 3}]}, r"the result\['a'\]\[1\] is a set"), (object(), "the result is a object"),
    ({1: 2}, "has the key 1; keys are text"), (1j, "complex"), (np.array([1j]), r"\[0\] is a complex"),
    ({"score": "nan"}, "the text 'nan', which stands for a number"), (b"x", "bytes"),
])
def test_results_that_json_cannot_hold_stop_the_sweep(tmp_path, result, place):
    log = []

    def unusable(x):
        log.append(x)
        return result

    with pytest.raises(TypeError, match=place):
        sweep(unusable, {"x": range(50)}, store=tmp_path / "s.jsonl", **HERE)
    assert len(log) < 5 and not stored(tmp_path / "s.jsonl")


@pytest.mark.slow
def test_a_sweep_in_processes_ends_early_without_noise(pool, capfd):
    with pytest.raises(TypeError, match="the result is a set"):
        sweep(lambda x: time.sleep(0.1) or {x}, {"x": range(50)}, jobs=2)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("grid, error, says", [
    ({}, ValueError, "empty"), ([], ValueError, "empty"), ({"x": []}, ValueError, "empty"),
    ({"x": 3}, TypeError, "list of values for 'x'"), ({"x": "relu"}, TypeError, "list of values for 'x'"),
    ("relu", TypeError, "dict of lists or a list of dicts"), ([1], TypeError, "holds dicts, got 1"),
    ({"x": [1, 1]}, ValueError, "twice"), ([{"x": (1, 2)}, {"x": [1, 2]}], ValueError, "twice"),
    ([{"x": 1, "y": 2}, {"y": 2, "x": 1}], ValueError, "twice"), ({"x": [math.nan, math.nan]}, ValueError, "twice"),
    ({"x": [print]}, TypeError, r"the cell\['x'\] is a builtin"), ([{1: 2}], TypeError, "the key 1"),
])
def test_bad_grids(grid, error, says):
    with pytest.raises(error, match=says):
        sweep(product, grid, **HERE)


@pytest.mark.parametrize("jobs", [0, -1, 1.5, True, "2"])
def test_bad_numbers_of_jobs(jobs):
    with pytest.raises(ValueError, match="jobs must be an integer ≥ 1"):
        sweep(product, {"x": [1]}, jobs=jobs)


def test_bad_functions_and_places(tmp_path):
    with pytest.raises(TypeError, match="needs a function to call, got str"):
        sweep("relu", {"x": [1]})
    with pytest.raises(FileNotFoundError, match="folder of the store .* does not exist"):
        sweep(product, {"x": [1], "y": [1]}, store=tmp_path / "none" / "s.jsonl", **HERE)
    with pytest.raises(IsADirectoryError, match="is a folder"):
        sweep(product, {"x": [1], "y": [1]}, store=tmp_path, **HERE)
    with pytest.raises(TypeError, match=r"version\['f'\] is a function"):
        sweep(product, {"x": [1], "y": [1]}, version={"f": product}, **HERE)


# --- results ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pool():
    """Worker processes shared by the tests of this file, gone at its end."""
    yield
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)


def rich(width, seed):
    values = np.array([1.5, np.nan, np.inf, -np.inf, -0.0])
    return {"array": values, "scalar": np.float32(0.1), "integer": np.int64(7), "truth": np.bool_(True), "none": None,
            "tensor": torch.arange(4).reshape(2, 2), "tuple": width, "word": "eins zwei ㄱ", "large": 2**70}


def test_what_is_read_is_what_was_returned(tmp_path):
    grid = [{"width": (64, 64), "seed": np.int64(1)}, {"width": (), "seed": 0.1}]
    ran = sweep(rich, grid, store=tmp_path / "s.jsonl", **HERE)
    read = sweep(counted([]) and rich, grid, store=tmp_path / "s.jsonl", **HERE)
    bare = sweep(rich, grid, **HERE)
    assert repr(ran) == repr(read) == repr(bare)
    assert ran[0]["cell"] == {"width": [64, 64], "seed": 1} and type(ran[0]["cell"]["seed"]) is int
    assert ran[0]["result"]["tuple"] == [64, 64] and ran[0]["result"]["tensor"] == [[0, 1], [2, 3]]
    assert repr(ran[1]["result"]["array"]) == "[1.5, nan, inf, -inf, -0.0]"
    assert (tmp_path / "s.jsonl").read_text(encoding="utf-8").count("NaN") == 0


def test_functions_get_the_values_of_the_grid_as_they_are():
    types = sweep(lambda **cell: [type(value).__name__ for value in cell.values()],
                  {"a": [(1, 2)], "b": [np.float32(1)], "c": [None]}, **HERE)
    assert results(types) == [["tuple", "float32", "NoneType"]]


def test_results_are_in_the_order_of_the_grid_whatever_ends_first(pool):
    def slow(x, y):
        time.sleep(0.2 if x == 0 else 0)
        return [x, y]

    made = sweep(slow, {"x": [0, 1, 2], "y": ["b", "a"]}, jobs=2)
    assert results(made) == [[x, y] for x in range(3) for y in "ba"] == [list(one["cell"].values()) for one in made]


NOTEBOOK = """
import os

factor = 3


def helper(x):
    return factor * x


def cell(x):
    return [helper(x), os.getpid(), os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]]
"""


def test_a_function_of_a_notebook_runs_in_processes(pool):
    notebook = {"__name__": "__main__"}
    exec(NOTEBOOK, notebook)
    made = results(sweep(notebook["cell"], {"x": [1, 2]}, jobs=2))
    assert [one[0] for one in made] == [3, 6] and {one[2] for one in made} == {one[3] for one in made} == {"1"}
    assert os.getpid() not in [one[1] for one in made]


def test_a_chosen_backend_is_used():
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert results(sweep(lambda x: [x, os.getpid()], {"x": range(5)})) == [[x, os.getpid()] for x in range(5)]


def test_the_caller_keeps_its_threads_and_random_numbers():
    threads, _ = torch.get_num_threads(), torch.set_num_threads(2)
    try:
        torch.manual_seed(5), np.random.seed(5)
        made = sweep(lambda x: [torch.get_num_threads(), torch.rand(()), np.random.rand()], {"x": [1, 2]}, **HERE)
        after = float(torch.rand(())), np.random.rand()
        torch.manual_seed(5), np.random.seed(5)
        assert after == (float(torch.rand(())), np.random.rand()) and torch.get_num_threads() == 2
        assert [one[0] for one in results(made)] == [1, 1] and results(made)[0] != results(made)[1]
    finally:
        torch.set_num_threads(threads)


def test_the_bar_counts_what_was_there(finished, capsys):
    grid = {"x": [1, 2, 3, 4], "y": [5]}
    sweep(product, grid, store=finished, jobs=1, progress=None)
    assert capsys.readouterr().err == ""
    sweep(product, grid, store=finished, jobs=1, progress=True)
    assert "4/4" in capsys.readouterr().err


# --- JSON -------------------------------------------------------------------------------------------------------------

texts = st.text().filter(lambda text: text not in ("nan", "inf", "-inf"))
values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | texts,
                      lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(values)
def test_json_is_strict_and_comes_back(value):
    line = to_json(plain(value))
    json.loads(line, parse_constant=pytest.fail)
    assert "\n" not in line and repr(from_json(line)) == repr(value)


def test_keys_know_a_cell_whatever_its_types():
    assert key_of({"b": (1, 2), "a": np.float64(0.5)}) == key_of({"a": 0.5, "b": [1, 2]}) == '{"a": 0.5, "b": [1, 2]}'
    assert key_of({"a": 1}) != key_of({"a": True}) and key_of({"a": 1}) != key_of({"a": "1"})
    assert cells_of({"a": range(2), "b": np.array([3])})[1] == {"a": 1, "b": 3}
