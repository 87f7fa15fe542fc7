"""What running a chapter takes: measured by `write`, shown by a page, and not more than the chapter's card promises."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import site_tools as tools

from book import kernel, runs, source
from book.ext import environment
from book.stages import ROOT
from book.write import write

CHAPTERS = ROOT / "chapters"
KNOWN = runs.read(CHAPTERS)
PATHS = source.find(CHAPTERS)
MINI = """---
kernelspec: {name: python3, display_name: Python 3}
---

+++ {"lang": "ko"}

# 제목
- **읽기** 1분 · **실행** 20초 이내

+++ {"lang": "en"}

# Title
- **Reading** 1 minute · **running** under 20 seconds (laptop CPU)

```{code-cell}
print(sum(range(1000)))
```
"""


@pytest.fixture
def mini(tmp_path):
    path = tmp_path / "01-title.md"
    path.write_text(MINI, encoding="utf-8")
    return path


def test_a_run_is_timed_and_prose_alone_leaves_the_record_as_it_is(mini, monkeypatch):
    write(mini)
    run = runs.read(mini.parent)["01-title"]
    assert 0 < run["processor"] < run["wall"] * 8 and run["wall"] < 300
    assert run["code"] == runs.fingerprint(source.read(mini)) and run["on"]["numpy"] and run["on"]["cores"] >= 1
    monkeypatch.setattr(kernel, "run", lambda *each: pytest.fail("the code ran"))
    mini.write_text(MINI.replace("# 제목", "# 머리").replace("# Title", "# Heading"), encoding="utf-8")
    write(mini)
    assert runs.read(mini.parent)["01-title"] == run
    assert len((mini.parent / runs.FILE).read_text(encoding="utf-8").splitlines()) == 3  # a line for each chapter


def test_the_meter_counts_the_seconds_of_the_processor_not_of_sleep():
    code = "import time\nwhile time.process_time() < 0.6: pass\nprint(flush=True); input()"
    meter = runs.Meter()
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        meter(process.pid)
        process.stdin.close()
    assert 0.55 < meter.processor < 2 and meter.wall > 0.5


def test_the_fastest_of_several_runs_of_the_same_code_is_kept(mini):
    def seconds(processor, text=MINI):
        mini.write_text(text, encoding="utf-8")
        runs.keep(source.read(mini), SimpleNamespace(processor=processor, wall=2 * processor))
        return runs.read(mini.parent)["01-title"]["processor"]

    assert [seconds(30), seconds(40), seconds(20)] == [30, 30, 20]
    assert seconds(50, MINI.replace("1000", "999")) == 50  # other code, another time


def test_what_a_card_promises_is_read_in_minutes_and_seconds(mini):
    assert runs.claimed(source.read(mini)) == 20
    mini.write_text(MINI.replace("20 seconds", "a minute"), encoding="utf-8")
    assert runs.claimed(source.read(mini)) == 60
    mini.write_text(MINI.replace("running", "walking"), encoding="utf-8")
    assert runs.claimed(source.read(mini)) is None


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_chapter_takes_longer_than_its_card_says(path):
    chapter = source.read(path)
    seconds = runs.claimed(chapter)
    words = "1분 이내" if seconds == 60 else f"{seconds}초 이내"
    assert any(f"**실행** {words}" in unit.text("ko") for unit in chapter.units if unit.kind == "markdown")
    assert KNOWN[path.stem]["processor"] <= seconds, f"python -m book write --force {path.stem} times it again"


def test_all_notebooks_of_both_languages_run_within_the_time_set_for_the_book():
    assert set(KNOWN) == {path.stem for path in PATHS}
    assert sum(run["processor"] for run in KNOWN.values()) <= 12 * 60  # both languages on two cores take as long


def test_a_run_of_other_code_is_not_the_chapters_time(mini):
    write(mini)
    assert not list(runs.untimed(mini.parent))
    shown = environment.chapters(mini.parent, "en")
    assert re.search(r"01-title` \| \d+ s \| under 20 s \| – \|", shown)  # no git here, so no day
    mini.write_text(MINI.replace("1000", "999"), encoding="utf-8")
    assert "01-title` | – | under 20 s |" in environment.chapters(mini.parent, "en")
    (said,) = runs.untimed(mini.parent)
    assert said.endswith("changed after its run was timed; to time it: python -m book write --force 01")


def test_several_machines_are_named_with_their_chapters(mini):
    record = runs.environment() | {"processor": "Some CPU"}
    known = {f"0{k}-name": {"on": record | {"cores": cores}} for k, cores in ((1, 2), (2, 8), (3, 2))}
    (mini.parent / runs.FILE).write_text(json.dumps(known), encoding="utf-8")
    text = environment.machine(mini.parent, "en")
    assert "Chapters 1, 3\n" in text and "Chapters 2\n" in text and "Some CPU" in text and "8 cores" in text


def test_days_come_from_the_history_if_there_is_one(tmp_path, mini, monkeypatch):
    assert environment.changed(mini.parent) == {}
    folder = tmp_path / "book" / "chapters"
    folder.mkdir(parents=True)
    (folder / mini.name).write_text(MINI, encoding="utf-8")
    git = ["git", "-C", str(folder.parent), "-c", "user.name=a", "-c", "user.email=a@b"]
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-02-03T12:00:00")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "a"]):
        subprocess.run(git + command, check=True)
    assert environment.changed(folder) == {mini.name: "2001-02-03"}


@pytest.mark.site
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_has_a_row_for_each_chapter(language):
    page = f"chapters/{language}/environment.html"
    rows = tools.soup(page).select("article table tbody tr")
    assert len(rows) == len(PATHS) + 1
    links = [row.a["href"] for row in rows[:-1]]
    assert [Path(link).stem for link in links] == [path.stem for path in PATHS]
    assert not any(tools.is_broken(page, link) for link in links)
    text = tools.text_of(page)
    for run in KNOWN.values():
        assert run["on"]["torch"] in text and run["on"]["python"] in text
