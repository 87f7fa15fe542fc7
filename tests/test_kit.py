"""The teaching kit of every chapter, in both languages: its card, predictions, exercises, quiz and discussion."""

import re
from functools import cache

import pytest

from book import stubs
from book.source import LANGUAGES, find, read

CHAPTERS = find(stubs.CHAPTERS)
EACH = pytest.mark.parametrize(("path", "lang"), [(path, lang) for path in CHAPTERS for lang in LANGUAGES])
TITLES = {
    "ko": {"exercises": "연습 문제", "quiz": "퀴즈", "discussion": "토론", "points": "정리"},
    "en": {"exercises": "Exercises", "quiz": "Quiz", "discussion": "Discussion", "points": "Key points"},
}
CARD = {
    "ko": ("**읽기**", "**실행**", "**선수 지식**", "**읽고 나면**", "**핵심 질문**"),
    "en": ("**Reading**", "**running**", "**You need**", "**Afterwards you can**", "**The question**"),
}
LEVELS = {
    "ko": (r"난이도 (\d)|\{exercise-start\} (기초|중급|심화)", ("기초", "중급", "심화")),
    "en": (r"Level (\d)|\{exercise-start\} (Basic|Intermediate|Advanced)", ("Basic", "Intermediate", "Advanced")),
}
LETTERS = {"ko": "가나다라", "en": "abcd"}
KINDS = {"ko": ("확인", "논쟁", "확장"), "en": ("Check", "Argue", "Extend")}
FOLDED = r"^:{3,}\{dropdown\}|^:class: dropdown"


@cache
def prose(path, lang):
    return "\n\n".join(unit.text(lang) for unit in read(path).units if unit.kind == "markdown")


def section(text, title):
    """The text of a section; "" if there is none."""
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", text, re.S | re.M)
    return found[1] if found else ""


def between(text, start, end):
    return re.findall(rf"{start}(.*?){end}", text, re.DOTALL)


@EACH
def test_the_card_at_the_head_says_time_needs_abilities_and_question(path, lang):
    card = re.search(r"^(:{3,})\{admonition\}[^\n]*\n(- .*?)^\1$", prose(path, lang), re.S | re.M)[2]
    assert all(word in card for word in CARD[lang])
    assert re.search(r"\d+(분|초| minutes| seconds)", card)


@EACH
def test_at_least_two_predictions_before_the_exercises(path, lang):
    lesson = prose(path, lang).partition(f"## {TITLES[lang]['exercises']}\n")[0]
    words = {"ko": "예측|예상", "en": "[Pp]redict"}[lang]
    assert len(re.findall(rf"^:{{3,}}\{{admonition\}} [^\n]*(?:{words})[^\n]*\n:class: tip", lesson, re.M)) >= 2


@EACH
def test_exercises_at_three_levels_each_with_a_solution_that_runs(path, lang):
    text, (pattern, names) = prose(path, lang), LEVELS[lang]
    asked = between(text, r"(?=\{exercise-start\})", r"\{exercise-end\}")
    levels = [re.search(pattern, each) for each in asked]
    assert {found[1] or str(1 + names.index(found[2])) for found in levels} == {"1", "2", "3"}
    solved = re.findall(r"\{solution-start\} ([\w-]+)", text)
    exercises = stubs.exercises(path, lang)
    assert [each.label for each in exercises] == [re.sub(r"-(ko|en)$", "", label) for label in solved]
    assert all(each.code for each in exercises)


def quiz(path, lang):
    """[(question, its letter, why)] of a quiz; letters as 0, 1, 2 …"""
    items = re.split(r"^\*\*\d\.\*\*", section(prose(path, lang), TITLES[lang]["quiz"]), flags=re.MULTILINE)[1:]
    for item in items:
        question, _, answer = re.split(f"({FOLDED})", item, maxsplit=1, flags=re.MULTILINE)
        letter = re.search(rf"\(([{LETTERS[lang]}])\)", answer)
        yield question, LETTERS[lang].index(letter[1]), re.sub(r":{3,}", "", answer[letter.end() :]).strip(".* \n")


@EACH
def test_a_quiz_of_five_with_choices_and_an_explanation_for_each_answer(path, lang):
    items = list(quiz(path, lang))
    assert len(items) == 5
    for question, letter, why in items:
        assert all(f"({choice})" in question for choice in LETTERS[lang][: max(2, letter + 1)])
        assert len(why) > 5, question


@pytest.mark.parametrize("path", CHAPTERS)
def test_both_languages_give_the_same_answers(path):
    ko, en = ([letter for _, letter, _ in quiz(path, lang)] for lang in ("ko", "en"))
    assert ko == en


@EACH
def test_discussion_questions_of_three_kinds_with_notes_and_minutes(path, lang):
    text = section(prose(path, lang), TITLES[lang]["discussion"])
    questions, notes = re.split(FOLDED, text, maxsplit=1, flags=re.MULTILINE)
    asked = re.findall(r"^\d\. \*\*(\w+)\.?\*\*", questions, re.MULTILINE)
    assert set(asked) == set(KINDS[lang])
    minutes = {"ko": r"\d+분", "en": r"\d+ minutes"}[lang]
    assert len(re.findall(minutes, notes)) >= len(asked)


@EACH
def test_key_points(path, lang):
    text = prose(path, lang)
    boxes = re.findall(r"^(:{3,})\{admonition\}[^\n]*\n:class: important\n(.*?)^\1$", text, re.S | re.M)
    points = boxes[-1][1] if boxes else section(text, TITLES[lang]["points"])
    assert 3 <= len(re.findall(r"^- ", points, re.MULTILINE)) <= 9


@pytest.mark.parametrize("path", CHAPTERS)
def test_terms_are_linked_at_their_first_use_and_alike_in_both_languages(path):
    linked = {lang: re.findall(r"\{g\}`(?:[^`<]*<)?([\w-]+)>?`", prose(path, lang)) for lang in LANGUAGES}
    assert sorted(linked["ko"]) == sorted(linked["en"])
    assert len(set(linked["en"])) == len(linked["en"])
    for text, term in re.findall(r"\{g\}`([^`<]+) <([\w-]+)>`", prose(path, "ko")):
        assert re.search(r"[가-힣].*\([A-Za-z].*\)", text), (term, "한글(영어)")


def test_the_start_page_leads_to_every_chapter():
    start, *others = CHAPTERS
    for lang in LANGUAGES:
        assert {path.stem for path in others} <= set(re.findall(r"\{doc\}`([\w-]+)`", prose(start, lang)))
