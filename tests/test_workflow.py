"""Packaging, the two commands and CI: what a fresh clone relies on."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement

from book import stages

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ROOT / ".github" / "workflows" / "book.yml"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
PINS = {
    each.name.lower(): each
    for each in (Requirement(line) for line in LINES if line and not line.startswith(("#", "-e")))
}


def workflow():
    loaded = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in loaded.items()}  # YAML 1.1 reads `on` as true


def faults(loaded):
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "github-workflows.json"
    validator = jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))
    return [error.message for error in validator.iter_errors(loaded)]


def test_the_workflow_is_one_that_github_accepts():
    assert faults(workflow()) == []


def test_a_wrong_workflow_is_told_from_a_right_one():
    wrong = workflow()
    wrong["jobs"]["test"]["steps"][0]["use"] = wrong["jobs"]["test"]["steps"][0].pop("uses")
    assert faults(wrong)


def test_the_workflow_runs_what_ci_runs_and_deploys_what_that_built():
    jobs = workflow()["jobs"]
    steps = jobs["test"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    assert jobs["test"]["timeout-minutes"] == 45
    assert steps[-1]["with"]["path"] == str(stages.SITE)
    assert jobs["deploy"]["needs"] == "test"
    assert jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}


def test_ci_runs_both_commands():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)
    assert re.findall(r"^make .*", script, re.MULTILINE) == ["make test", "make book"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_every_make_verb_has_its_python_command():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "book", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for verb in re.findall(r"\$\(RUN\) (\w+)", makefile):
        assert re.search(rf"^ +{verb} ", done.stdout, re.MULTILINE), verb
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    verbs = re.search(r"^\.PHONY: (.*)", makefile, re.MULTILINE)[1].split()
    assert set(re.findall(r"^make ([\w-]+)", helped, re.MULTILINE)) == set(verbs) - {"help"}


def test_make_refuses_an_old_python(tmp_path):
    """A fresh clone in which the chosen Python calls itself 3.10."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.version_info = (3, 10, 0, 'final', 0)")
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["make", "book", f"PYTHON={sys.executable}"], cwd=tmp_path, capture_output=True, text=True, env=environment
    )
    assert done.returncode != 0
    assert f"This needs Python 3.11 or newer; {sys.executable} is 3.10" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_requirements_pin_exactly_what_is_installed():
    assert LINES[-1] == "-e ."
    for name, pin in PINS.items():
        (only,) = pin.specifier
        assert only.operator == "==", pin
        assert version(name).split("+")[0] == only.version, f"{name}: pip install -r requirements.txt"


def test_the_ranges_of_the_package_hold_the_pins():
    project = PROJECT["project"]
    ranges = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    for each in (Requirement(each) for each in ranges):
        if each.name != project["name"]:
            (pin,) = PINS[each.name.lower()].specifier
            assert pin.version in each.specifier, f"{each} against the pin {pin}"


def test_versions_agree():
    import actfns

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert actfns.__version__ == PROJECT["project"]["version"] == citation["version"]


def test_the_citation_file_is_valid():
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "citation-file-format.json"
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    jsonschema.validate(citation, json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.slow
def test_the_wheel_holds_actfns_alone_with_its_data(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("actfns-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"actfns"}
    data = [path for path in (ROOT / "actfns").rglob("*") if path.suffix in {".bib", ".ttf", ".mplstyle", ".yml"}]
    assert data
    for path in data:
        assert path.relative_to(ROOT).as_posix() in names


# A stage that passed is left out until something it reads changes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(stages, "ROOT", tmp_path)
    (tmp_path / "actfns").mkdir()
    (tmp_path / "actfns" / "a.py").write_text("1")
    return tmp_path


def test_a_stage_runs_once_until_something_changes(folder):
    runs = []
    stages.stage("code", lambda: runs.append(1))
    stages.stage("code", lambda: runs.append(2))
    (folder / "actfns" / "a.py").write_text("2")
    stages.stage("code", lambda: runs.append(3))
    (folder / "actfns" / "b.py").write_text("")
    stages.stage("code", lambda: runs.append(4))
    stages.stage("code", lambda: runs.append(5), again=True)
    assert runs == [1, 3, 4, 5]


def test_a_stage_that_failed_runs_again(folder):
    def fail():
        raise stages.Failed("no")

    stages.stage("code", lambda: None)
    (folder / "actfns" / "a.py").write_text("2")
    with pytest.raises(stages.Failed):
        stages.stage("code", fail)
    (folder / "actfns" / "a.py").write_text("1")
    runs = []
    stages.stage("code", lambda: runs.append(1))
    assert runs == [1]


def test_without_chromium_the_site_is_untested_aloud_and_ci_fails(folder, monkeypatch, capsys):
    monkeypatch.setattr(stages, "build", lambda: None)
    monkeypatch.setattr(stages, "chromium", lambda: None)
    monkeypatch.setenv("CI", "false")
    stages.test(["site"], slow=False, again=False)
    assert "THE SITE'S TESTS DID NOT RUN" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    with pytest.raises(stages.Failed, match="Chromium"):
        stages.test(["site"], slow=False, again=False)
