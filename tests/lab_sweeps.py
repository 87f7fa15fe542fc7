"""What the tests of sweeps share: an experiment that leaves a trace of every run, and how it is killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPT = """
import os, random, sys, time
from pathlib import Path

import numpy as np
import torch

from actfns.lab.sweeping.sweep import sweep

FOLDER = Path(sys.argv[1])


def cell(x, y):
    (FOLDER / "runs" / f"{x}{y}-{time.time_ns()}-{os.getpid()}").touch()
    time.sleep(random.Random(f"{x}{y}").uniform(0.05, 0.1))
    drawn = {"numpy": np.random.rand(3), "torch": torch.rand(2)}
    return {"x": x, "nan": float("nan"), "threads": torch.get_num_threads()} | drawn


def run(jobs):
    sweep(cell, {"x": list(range(12)), "y": ["a", "b"]}, store=FOLDER / "store.jsonl", version=1, jobs=jobs)

"""

IN_TWO_PROCESSES = SCRIPT + """
if __name__ == "__main__":
    run(2)
"""

# one import of torch for all attempts: each line on stdin starts one in a child process, whose number is printed
IN_CHILDREN = SCRIPT + """
for line in sys.stdin:
    if not (child := os.fork()):
        run(1)
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""

ON_DASK = SCRIPT + """
import signal, threading

import joblib


def lose_one(client, pids):
    while len(list((FOLDER / "runs").iterdir())) < 7:
        time.sleep(0.01)
    os.kill(pids[0], signal.SIGKILL)
    print(pids[0])


if __name__ == "__main__":
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            pids = list(client.run(os.getpid).values())
            killer = threading.Thread(target=lose_one, args=(client, pids))
            killer.start()
            run(None)
            killer.join()
        with Client(cluster, set_as_default=False) as client:
            with joblib.parallel_config(backend="dask", client=client):
                there = sweep(lambda x: [x * x, os.getpid()], {"x": range(3)})
            assert os.getpid() not in [one["result"][1] for one in there]
            print([one["result"][0] for one in there])
"""


def prepare(folder, text):
    """Write the script into the folder; returns the command that runs it."""
    (folder / "runs").mkdir(parents=True)
    (folder / "script.py").write_text(text, encoding="utf-8")
    return [sys.executable, "-W", "error", str(folder / "script.py"), str(folder)]


def environment():
    """Where the scripts find actfns."""
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def recorded(folder):
    """Results by cell in the lines that are whole, as text without the time a cell took."""
    file = folder / "store.jsonl"
    lines = file.read_bytes().decode().rpartition("\n")[0].splitlines() if file.exists() else []
    entries = [json.loads(line) for line in lines[1:]]
    keys = [f"{entry['cell']['x']}{entry['cell']['y']}" for entry in entries]
    assert len(set(keys)) == len(keys), "a cell was recorded twice"
    return {key: json.dumps([entry["cell"], entry["result"]]) for key, entry in zip(keys, entries)}


def runs(folder):
    """How often each cell was started."""
    return Counter(path.name.partition("-")[0] for path in (folder / "runs").iterdir())


def kill_at_random(folder, process, seed):
    """SIGKILL the process after a random number of further cells; returns what was recorded and run by then."""
    rng = random.Random(seed)
    wanted = min(len(recorded(folder)) + rng.randrange(1, 5), 23)
    until(lambda: len(recorded(folder)) >= wanted)
    time.sleep(rng.uniform(0, 0.1))
    os.kill(process, signal.SIGKILL)
    found, started = recorded(folder), runs(folder)
    return {key: (text, started[key]) for key, text in found.items()}


def alive(process):
    """Whether a process runs; one that has ended but that nobody asked about does not."""
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout
    return bool(status.strip()) and not status.startswith("Z")


def until(true, seconds=180):
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def check_untouched(folder, before):
    """What was recorded before a kill is recorded still, unchanged, and its cells were not started again."""
    found, started = recorded(folder), runs(folder)
    for key, (text, times) in before.items():
        assert (found[key], started[key]) == (text, times)


def run_script(command):
    """Run to the end, without a warning."""
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and not done.stderr, done.stderr
