"""Records: made whole or not at all, the same whatever interrupted them, found from any folder, and read with care."""

import json
import os
import platform
import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import lab_sweeps as experiment
import numpy as np
import pytest

from actfns import lab
from actfns.lab import records
from actfns.lab.records.__main__ import main
from actfns.lab.records.about import code_digest
from actfns.lab.sweeping.sweep import SweepError

ROOT = Path(__file__).parents[1]
GRID = {"activation": ["relu", "elu"], "lr": [0.1, 1 / 3, 1.0]}
SCRIPT = '''"""Products, to see how a record is made.

It says why.
"""

import os
import time
from pathlib import Path

from actfns import lab

FOLDER = Path(__file__).parent
GRID = {"x": list(range(6)), "y": ["a", "b"]}


def measure_cell(x, y):
    with open(FOLDER / "trace", "a", encoding="utf-8") as file:
        file.write(f"{x}{y}\\n")
    if (FOLDER / "stop").exists() and x == 3:
        os.kill(os.getpid(), 9) if (FOLDER / "stop").read_text() == "kill" else time.no_such_thing
    return {"product": x * y, "nan": float("nan")}


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, settings={"seeds": range(3)}, jobs=1)
'''


def measured(activation, lr):
    values = np.arange(6).reshape(2, 3) * lr
    return {"test_accuracy": values, "layers": {"dead": values[0] + 1}, "best": values.max(), "name": activation}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The records folder of an empty project, which is the working folder."""
    monkeypatch.delenv("ACTFNS_RECORDS", raising=False)
    (tmp_path / "_config.yml").touch()
    (tmp_path / "records").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "records"


@pytest.fixture
def script(folder):
    """The path of a script with its docstring."""
    path = folder / "study.py"
    path.write_text('"""A study of two."""\nGRID = 1\n', encoding="utf-8")
    return path


@pytest.fixture
def study(script):
    """A record made of `measured`."""
    return records.make(script, measured, GRID, settings={"seeds": range(2), "widths": (64, 64)}, jobs=1)


# --- made and read ----------------------------------------------------------------------------------------------------


def test_a_record_says_what_it_is(study, script):
    text = script.with_suffix(".json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=pytest.fail)
    assert list(found) == ["name", "about", "script", "code", "settings", "environment", "date", "duration_s", "cells"]
    assert (found["name"], found["about"], found["script"]) == ("study", "A study of two.", "study.py")
    assert found["settings"] == {"seeds": [0, 1], "widths": [64, 64]} and found["duration_s"] >= 0
    assert abs(datetime.fromisoformat(found["date"]).toordinal() - datetime.now(UTC).toordinal()) <= 1
    assert [one["cell"] for one in found["cells"]] == [{"activation": a, "lr": lr} for a in GRID["activation"]
                                                       for lr in GRID["lr"]]
    assert sorted(path.name for path in script.parent.iterdir()) == ["study.json", "study.py"]


def test_a_record_names_the_machine_but_nobody(study, script):
    made = study.environment
    assert made["python"] == platform.python_version() and made["numpy"] == np.__version__
    assert made["torch"] and made["processor"] and made["machine"] == platform.machine()
    assert (made["cores"], made["device"]) == (1, "cpu")
    text = script.with_suffix(".json").read_text(encoding="utf-8")
    for private in (str(script.parent.parent), str(Path.home()), str(ROOT), sys.prefix, platform.node()):
        assert len(private) < 3 or private not in text


def test_reading_gives_what_making_gave(study):
    assert repr(lab.record("study").cells) == repr(study.cells)
    assert repr(lab.record("study")) == repr(study)


def test_one_line_a_cell(study, script):
    lines = script.with_suffix(".json").read_text(encoding="utf-8").splitlines()
    assert sum('{"cell": ' in line for line in lines) == 6 and len(lines) == 6 + 12


def without_time(path):
    return re.sub(r'"duration_s": [\d.]+', "", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_partly_there_gives_the_same_record(study, script, seed):
    whole = without_time(script.with_suffix(".json"))
    lab.sweep(measured, GRID, jobs=1, store=(partial := script.with_suffix(".jsonl")),
              version={"code": study.code, "settings": study.settings})
    header, *lines = partial.read_text(encoding="utf-8").splitlines()
    kept = random.Random(seed).sample(lines, 4)
    partial.write_text("\n".join([header, *kept, lines[0][:17]]), encoding="utf-8")
    log = []

    def measured_again(activation, lr):
        log.append((activation, lr))
        return measured(activation, lr)

    measured_again.__qualname__ = "measured"
    records.make(script, measured_again, GRID, settings=study.settings, jobs=1)
    assert len(log) == 2 and without_time(script.with_suffix(".json")) == whole and not partial.exists()


def test_an_old_record_stays_until_the_new_one_is_whole(study, script):
    before = script.with_suffix(".json").read_bytes()

    def failing(activation, lr):
        return measured(activation, lr) if lr < 1 else 1 / 0

    failing.__qualname__ = "measured"
    with pytest.raises(SweepError, match="2 of 6 cells"):
        records.make(script, failing, GRID, settings=study.settings, jobs=1)
    assert script.with_suffix(".json").read_bytes() == before and script.with_suffix(".jsonl").exists()
    assert sorted(path.name for path in script.parent.iterdir()) == ["study.json", "study.jsonl", "study.py"]


@pytest.mark.parametrize("code, seeds", [("GRID = 1", 2), ("GRID = 2", 1)])
def test_partial_results_of_other_code_or_settings_are_refused(script, code, seeds):
    def interrupted(activation, lr):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        records.make(script, interrupted, GRID, settings={"seeds": 1}, jobs=1)
    script.write_text(f'"""A study of three."""\n{code}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="study.py or its settings changed since study.jsonl .* refresh study"):
        records.make(script, interrupted, GRID, settings={"seeds": seeds}, jobs=1)


def test_a_script_needs_a_docstring(script):
    script.write_text("GRID = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="study.py needs a docstring"):
        records.make(script, measured, GRID, jobs=1)
    with pytest.raises(TypeError, match=r"settings\['f'\] is a function"):
        records.make(ROOT / "tests" / "lab_sweeps.py", measured, GRID, settings={"f": measured}, jobs=1)


def test_the_code_of_a_script_is_more_than_its_layout():
    code = 'def f(x):\n    if x:\n        return "a b"\n    return f"{x!r:>{x + 1}} {x} c" f\'{{}}\'\n'
    for same in ('"""Why."""\n\n' + code, code.replace("\n    return f", "  # so\n\n    # it goes\n    return f"),
                 code.replace("    ", "  "), code.replace("f(x):\n", 'f(x):\n    """Says what."""\n'),
                 code.replace("if x:", "if  x :"), code.replace("\n", "\r\n")):
        assert code_digest(same) == code_digest(code), same
    for other in (code.replace("a b", "a  b"), code.replace("if x", "if not x"), code.replace("{x} c", "{x}  c"),
                  code.replace("{x}", "{y}"), code.replace("\n    return f", "\n        return f")):
        assert code_digest(other) != code_digest(code), other
    assert code_digest(code) == "3f07b665b9226d18"  # whatever the version of Python, whose tokens of f-strings differ


# --- values -----------------------------------------------------------------------------------------------------------


def test_values_of_one_cell_of_several_and_of_all(study):
    one = study.values("test_accuracy", activation="relu", lr=0.1)
    assert np.array_equal(one, measured("relu", 0.1)["test_accuracy"])
    assert np.array_equal(study.values("test_accuracy", activation="elu"),
                          [measured("elu", lr)["test_accuracy"] for lr in GRID["lr"]])
    assert study.values("layers", "dead").shape == (6, 3) and study.values("best").shape == (6,)
    assert study.values("best", lr=1.0).tolist() == [5, 5] and study.values("best", activation="relu", lr=1).shape == ()
    assert study.values("best", lr=0.3333333333).tolist() == [5 * (1 / 3)] * 2
    assert study.values("name", lr=1).tolist() == ["relu", "elu"]
    assert [one["cell"]["lr"] for one in study.select(activation="elu")] == GRID["lr"]
    assert study.parameters == GRID


@pytest.mark.parametrize("names, cell, says", [
    (["best"], {"lr": 0.3}, r"no cell .* has lr = 0.3; there is \[0.1, 0.3333333333333333, 1.0\]"),
    (["best"], {"rate": 0.3}, "no setting 'rate'; they have activation, lr"),
    (["worst"], {}, "have no 'worst'; there is 'test_accuracy', 'layers', 'best', 'name'"),
    (["layers", "alive"], {}, r"the results\['layers'\] .* have no 'alive'; there is 'dead'"),
    (["best", "dead"], {}, r"the results\['best'\] .* have no 'dead'; there is a float"),
    (["layers"], {}, "have several entries: 'dead'"), ([], {}, "have several entries"),
])
def test_values_that_are_not_there(study, names, cell, says):
    with pytest.raises(KeyError, match=says):
        study.values(*names, **cell)


def test_settings_that_never_meet_and_rows_that_do_not_fit(script):
    made = records.make(script, lambda a, b: list(range(a)), [{"a": 1, "b": True}, {"a": 2, "b": False}], jobs=1)
    with pytest.raises(KeyError, match="no cell .* has all of"):
        made.values(a=1, b=False)
    with pytest.raises(KeyError, match="has b = 1"):
        made.values(b=1)
    with pytest.raises(ValueError):
        made.values()
    assert made.values(a=2).tolist() == [[0, 1]] and made.values(a=2, b=False).tolist() == [0, 1]


# --- found ------------------------------------------------------------------------------------------------------------


def test_records_are_found_from_below_and_by_name(study, folder, tmp_path, monkeypatch):
    below = tmp_path / "chapters" / "ko"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert records.folder() == folder and lab.record("study").name == "study"
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.setenv("ACTFNS_RECORDS", str(other))
    assert records.folder() == other and records.names() == []
    monkeypatch.setenv("ACTFNS_RECORDS", str(other / "none"))
    with pytest.raises(FileNotFoundError, match="ACTFNS_RECORDS names .*none, which is not a folder"):
        lab.record("study")


def test_outside_the_project_its_own_records_are_found(tmp_path, monkeypatch):
    monkeypatch.delenv("ACTFNS_RECORDS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert records.folder() == ROOT / "records"
    monkeypatch.setattr(records, "__file__", str(tmp_path / "site" / "records.py"))
    with pytest.raises(FileNotFoundError, match="no folder records beside a _config.yml"):
        records.folder()


def test_unknown_names(study, folder):
    (folder / "planned.py").write_text('"""Later."""\n', encoding="utf-8")
    for name, says in (("studdy", "did you mean 'study'"), ("mnist", "there are: planned, study"),
                       ("planned", "no record yet; python -m actfns.lab.records make planned")):
        with pytest.raises(KeyError, match=says):
            lab.record(name)
    with pytest.raises(KeyError, match="unknown script 'mnist'"):
        records.script("mnist")


@pytest.mark.parametrize("damage", [
    lambda text: text[:200], lambda text: "", lambda text: "[]", lambda text: text.replace('"about"', '"above"'),
    lambda text: text.replace('"lr": 0.1', '"lr": NaN', 1), lambda text: "\x00" * 9,
])
def test_a_damaged_record_is_said_to_be_damaged(study, script, damage):
    path = script.with_suffix(".json")
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ValueError, match="study.json is damaged .* refresh study makes it again"):
        lab.record("study")
    assert main(["list"]) == 0


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def toy(folder):
    (folder / "toy.py").write_text(SCRIPT, encoding="utf-8")
    return folder


def trace(folder):
    return (folder / "trace").read_text(encoding="utf-8").split()


def listed(capsys, name="toy"):
    capsys.readouterr()
    assert main(["list"]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(name)]
    return row


def test_make_goes_on_after_a_kill_and_refresh_starts_again(toy, capsys):
    assert listed(capsys).split() == ["toy", "toy.py", "missing"]
    (toy / "stop").write_text("kill", encoding="utf-8")
    assert main(["make", "toy"]) == 1
    assert "toy is not finished; python -m actfns.lab.records make toy goes on" in capsys.readouterr().err
    assert listed(capsys).endswith("toy.py  partial, 6 cells so far") and not (toy / "toy.json").exists()
    (toy / "stop").unlink()
    assert main(["make"]) == 0
    assert len(trace(toy)) == 13 and max(map(trace(toy).count, set(trace(toy)) - {"3a"})) == 1
    assert lab.record("toy").values("product", x=2).tolist() == ["aa", "bb"]
    assert re.search(r"20\d\d-\d\d-\d\d  0 s  +12  +toy.py  whole$", listed(capsys))
    assert main(["make", "toy"]) == 0 and len(trace(toy)) == 13  # nothing is missing
    whole = without_time(toy / "toy.json")
    assert main(["refresh", "toy"]) == 0
    assert len(trace(toy)) == 25 and without_time(toy / "toy.json") == whole


def test_the_list_knows_changed_and_lost_scripts(study, script, capsys):
    text = script.read_text(encoding="utf-8")
    script.write_text(text.replace("two", "three") + "# so\n", encoding="utf-8")
    assert listed(capsys, "study").endswith("study.py  whole")
    script.write_text(text.replace("1", "2"), encoding="utf-8")
    assert listed(capsys, "study").endswith("whole, but the script has changed since")
    script.unlink()
    assert "gone" in listed(capsys, "study")
    script.with_suffix(".json").write_text("{", encoding="utf-8")
    assert listed(capsys, "study").endswith("damaged")


def test_names_that_the_command_does_not_know(toy, capsys):
    for command in ("make", "refresh"):
        assert main([command, "toi"]) == 1
        assert capsys.readouterr().err == "there is no script toi.py; there are toy\n"


def test_the_command_runs_without_a_warning(toy):
    command = [sys.executable, "-W", "error", "-m", "actfns.lab.records", "list"]
    done = subprocess.run(command, cwd=toy, env=experiment.environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and "missing" in done.stdout
    assert os.listdir(toy) == ["toy.py"]


# --- the project's own ------------------------------------------------------------------------------------------------


def test_the_readme_shows_a_script_that_works(folder):
    (text,) = re.findall(r"```python\n(.*?)```", (ROOT / "records" / "README.md").read_text(encoding="utf-8"), re.S)
    (folder / "example.py").write_text(text, encoding="utf-8")
    small = records.script("example").measure_cell("relu", 0.1, data="digits", seeds=2, epochs=1)
    assert small["test_accuracy"].shape == (2, 2)


@pytest.mark.parametrize("path", sorted((ROOT / "records").glob("*.json")), ids=lambda path: path.stem)
def test_the_records_of_the_project_are_those_of_their_scripts(path, monkeypatch):
    monkeypatch.setenv("ACTFNS_RECORDS", str(path.parent))
    found = lab.record(path.stem)
    assert found.code == code_digest(path.with_suffix(".py").read_text(encoding="utf-8"))
    assert found.name == path.stem and found.script == f"{path.stem}.py" and found.cells
