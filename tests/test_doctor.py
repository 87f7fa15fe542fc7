"""The set-up check: it says exactly what is missing, and does so even where nothing is installed."""

import subprocess
import sys
from importlib import metadata

import pytest

from book import doctor
from book.__main__ import main


def test_this_machine_is_ready(capsys):
    """It has everything the tests run with, so nothing may be called missing."""
    assert main(["doctor"]) is False
    out = capsys.readouterr().out
    assert "MISSING" not in out and "Ready: every notebook runs here." in out
    for name in ("Python", "packages", "actfns", "Jupyter", "Korean font", "records", "disk"):
        assert name in out


def test_bare_python_is_told_what_to_install():
    """-S leaves out all installed packages: what a reader has who skipped the installation."""
    ran = subprocess.run(
        [sys.executable, "-S", "-m", "book", "doctor"],
        cwd=doctor.ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert ran.returncode == 1 and not ran.stderr
    line = next(line for line in ran.stdout.splitlines() if line.startswith("MISSING packages"))
    assert "jupyter-book, matplotlib, nbval, numpy, torch" in line
    assert line.endswith("Run: python -m pip install -r requirements.txt")
    assert "Not ready:" in ran.stdout


def test_any_command_without_packages_says_so_instead_of_a_traceback():
    ran = subprocess.run([sys.executable, "-S", "-m", "book", "check"], cwd=doctor.ROOT, capture_output=True, text=True)
    assert ran.returncode == 1 and "MISSING packages" in ran.stdout and "Traceback" not in ran.stderr


def test_old_python_is_refused_by_its_number():
    name, right, needed, sentence = doctor.python((3, 9, 7))
    assert not right and needed and "3.9.7 is too old: install Python 3.11 or newer" in sentence


def version(name):
    found = {"numpy": "2.4.6", "torch": "2.13.0+cpu"}
    if name not in found:
        raise metadata.PackageNotFoundError(name)
    return found[name]


def test_packages_missing_and_of_another_version_are_named():
    ((name, right, needed, sentence),) = doctor.packages({"numpy": "2.4.6", "torch": "2.13.0"}, version)
    assert right and "all 2" in sentence
    missing, other = doctor.packages({"numpy": "2.5.0", "nbval": "0.11.0", "attrs": "1"}, version)
    assert missing[:3] == ("packages", False, True) and "missing: nbval, attrs." in missing[3]
    assert other[:3] == ("versions", False, False) and "numpy 2.4.6 (pinned 2.5.0)" in other[3]


def test_pins_are_read_from_the_requirements():
    pins = doctor.pinned()
    assert {"numpy", "torch", "matplotlib", "nbval", "jupyter-book"} <= set(pins) and len(pins) > 50


@pytest.mark.parametrize(("used", "right"), [("utf-8", True), ("UTF8", True), ("cp949", False), ("cp1252", False)])
def test_an_encoding_that_breaks_korean_is_noticed(used, right):
    assert doctor.encoding(used)[1] is right
    assert right or "PYTHONUTF8" in doctor.encoding(used)[3]


def test_a_missing_font_and_a_full_disk(tmp_path):
    assert doctor.font()[1] and not doctor.font(tmp_path / "no.ttf")[1]
    assert doctor.disk(50)[1]
    name, right, needed, sentence = doctor.disk(0.4)
    assert not right and needed and "0.4 GB free: make room for 2 GB" in sentence


def test_records_broken_and_missing_are_named(tmp_path):
    assert doctor.records()[1] and doctor.used_records() >= {"mnist_dying", "relu_speed"}
    for name in doctor.used_records():
        (tmp_path / f"{name}.json").write_text('{"a": 1}', encoding="utf-8")
    assert doctor.records(tmp_path)[1]
    (tmp_path / "mnist_dying.json").write_text('{"a": ', encoding="utf-8")
    (tmp_path / "relu_speed.json").unlink()
    sentence = doctor.records(tmp_path)[3]
    assert "mnist_dying.json cannot be read" in sentence and "relu_speed.json is missing" in sentence


def test_a_browser_that_does_not_start_is_no_browser(tmp_path):
    assert "does not start" in doctor.browser(str(tmp_path / "chromium"))[3]
    assert not doctor.browser(sys.executable)[1]  # something that starts and is no browser


def test_no_browser_is_a_note_not_a_fault(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    name, right, needed, sentence = doctor.browser()
    assert not right and not needed and "for handouts and for the tests of the site only" in sentence
