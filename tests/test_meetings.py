"""The plan for six meetings: minutes add up, exercises and commands exist, both languages say the same."""

import re

import pytest

from book import stubs
from book.__main__ import _parser
from book.source import find

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
    assert verbs == {"doctor", "handouts", "stubs"} and verbs <= set(_parser()._subparsers._group_actions[0].choices)
    for name in re.findall(r"\]\(([\w-]+)\.\w+\)", PLANS["en"]):
        assert list((FOLDER / "en").glob(f"{name}.*")), name
