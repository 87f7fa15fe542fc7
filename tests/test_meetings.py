"""The plan for six meetings: minutes add up, exercises and commands exist, both languages say the same."""

import re

import pytest

from book import stubs
from book.__main__ import _parser
from book.source import defined, find, read

FOLDER = stubs.CHAPTERS
PLANS = {lang: (FOLDER / lang / "meetings.md").read_text(encoding="utf-8") for lang in ("ko", "en")}


def meetings(lang):
    """[[(minutes of the short form, of the long form, what)]] of each meeting."""
    parts = re.split(r"^### ", PLANS[lang], flags=re.MULTILINE)[1:]
    rows = [re.findall(r"^\| (\d+|–) \| (\d+) \| (.+) \|$", part, re.MULTILINE) for part in parts]
    return [[(0 if a == "–" else int(a), int(b), what) for a, b, what in each if what.strip()] for each in rows]


@pytest.mark.parametrize("lang", PLANS)
def test_six_meetings_of_sixty_and_of_ninety_minutes(lang):
    rows = [[row for row in each if row[:2] != (60, 90)] for each in meetings(lang)]
    assert len(rows) == 6
    assert [sum(a for a, _, _ in each) for each in rows] == [60] * 6
    assert [sum(b for _, b, _ in each) for each in rows] == [90] * 6


@pytest.mark.parametrize("lang", PLANS)
def test_the_start_page_lists_the_sections_of_the_plan(lang):
    """Its table of six meetings: the chapters, minutes of reading, sections of the short form, those of the long."""
    start = "\n".join(unit.text(lang) for unit in read(find(FOLDER, ["00"])[0]).units if unit.kind == "markdown")
    table = re.findall(r"^\| (\d) \| ([\d, ]+) \| (\d+)[^|]+\| (.+) \| (.+) \|$", start, re.MULTILINE)
    assert [number for number, *_ in table] == list("123456")
    parts = re.split(r"^### ", PLANS[lang], flags=re.MULTILINE)[1:]
    for (_, chapters, minutes, short, long), rows, part in zip(table, meetings(lang), parts, strict=True):
        run = [row for row in rows if not re.match("Report|발표", row[2])]
        assert sections(short) == {each for a, _, what in run if a for each in sections(what)}
        assert sections(long) == {each for a, _, what in run if not a for each in sections(what)}
        assert re.search(r"\*\*\s?\((\d+)", part)[1] == minutes
        assert {int(chapter) for chapter in re.findall(r"\]\((\d+)-", part.partition("|")[0])} <= {
            int(chapter) for chapter in chapters.split(",")
        }


def sections(text):
    return {label.removesuffix("-ko").removesuffix("-en") for label in re.findall(r"sec-[\w-]+", text)}


@pytest.mark.parametrize("lang", PLANS)
def test_sections_that_the_plan_names_are_in_the_chapters_it_names(lang):
    homes = {label: path.stem[:2] for path in find(FOLDER) for unit in read(path).units for label in defined(unit)}
    for rows in meetings(lang):
        for _, _, what in rows:
            for chapter in {homes[label] for label in sections(what)}:
                named = re.search(r"[Cc]hapter (\d+)|(\d+)장", what)
                assert named is None or int(named[1] or named[2]) == int(chapter), what


def test_both_languages_give_the_same_minutes_links_and_exercises():
    minutes = {lang: [[row[:2] for row in each] for each in meetings(lang)] for lang in PLANS}
    assert minutes["ko"] == minutes["en"]
    links = {lang: sorted(set(re.findall(r"\]\(([\w-]+\.\w+)\)", text))) for lang, text in PLANS.items()}
    assert links["ko"] == links["en"]
    named = {lang: sorted(re.findall(r"(?<![\d.])\d{1,2}\.\d(?!\d)", text)) for lang, text in PLANS.items()}
    assert named["ko"] == named["en"]


def test_what_the_plan_names_is_there():
    known = {each.number for path in find(FOLDER) for each in stubs.exercises(path, "en")}
    named = set(re.findall(r"(?<![\d.])\d{1,2}\.\d(?!\d)", PLANS["en"]))
    assert len(named) > 10 and named <= known
    verbs = set(re.findall(r"python -m book (\w+)", PLANS["en"]))
    assert verbs == {"doctor", "handouts", "slides", "stubs"}
    assert verbs <= set(_parser()._subparsers._group_actions[0].choices)
    for name in re.findall(r"\]\(([\w-]+)\.\w+\)", PLANS["en"]):
        assert list((FOLDER / "en").glob(f"{name}.*")), name
