"""Slides: the chapter's order, each answer behind its question, one page each, the book's own fonts."""

import re

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from actfns.plots.style import FONT
from book import handouts, paper, slides
from book.source import find
from book.stages import ROOT, Failed

CHAPTERS = ROOT / "chapters"
TWO = [(number, lang) for number in ("02", "10") for lang in ("ko", "en")]


def deck(number, lang):
    return slides.deck(find(CHAPTERS, [number])[0], lang)


@pytest.mark.parametrize("path", find(CHAPTERS), ids=lambda path: path.stem)
def test_every_chapter_has_the_same_slides_in_both_languages(path):
    ko, en = (slides.deck(path, lang)["slides"] for lang in ("ko", "en"))
    assert [slide["kind"] for slide in ko] == [slide["kind"] for slide in en]
    kinds = [slide["kind"] for slide in en]
    assert kinds[0] == "title" and kinds[-12:] == ["points", *["quiz"] * 10, "points"]
    assert kinds.count("figure") >= 2 and kinds.count("verdict") and kinds.count("predict")
    for slide in ko + en:
        assert slide["title"] and slide["html"]
        assert "katex-error" not in slide["html"] and not re.search(r"\{[\w:]+\}`|<<|^:::", slide["html"], re.MULTILINE)
    for one, other in zip(ko, en):
        if one["kind"] == "figure":
            picture = re.compile(r'<img src="([^"]+)"')
            assert picture.search(one["html"])[1] == picture.search(other["html"])[1]


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("path", find(CHAPTERS), ids=lambda path: path.stem)
def test_every_letter_on_paper_is_in_the_books_font(path, lang):
    """Formulas bring fonts of their own; code is set in that of the machine."""
    font = TTFont(FONT).getBestCmap()
    slide = "".join(f"<h1>{each['title']}</h1>{each['html']}" for each in slides.deck(path, lang)["slides"])
    for page in (slide, handouts.render(handouts.sheet(path, lang))):
        soup = BeautifulSoup(page, "html.parser")
        for other in soup.select(".katex, code, style, script"):
            other.decompose()
        assert {letter for letter in soup.get_text() if ord(letter) not in font and not letter.isspace()} == set()


def test_an_answer_comes_one_slide_after_its_question():
    *_, discussion = shown = deck("02", "en")["slides"]
    questions, answers = (shown[start:-1:2] for start in (-11, -10))
    for question, answer in zip(questions, answers, strict=True):
        assert question["html"] in answer["html"] and "class=answer" in answer["html"]
    text = find(CHAPTERS, ["02"])[0].read_text(encoding="utf-8")
    for opening in re.findall(r":::\{dropdown\} Answer\n(\w[\w ,]{15,})", text):
        assert sum(opening in slide["html"] for slide in shown) == 1
    assert "facilitator" not in discussion["html"]


def test_a_reading_is_whole_sentences_and_short():
    lang, text = "en", "One is $a. b$ here. " + "Two follows it, " + "and so on " * 40 + "to its end. Three."
    assert slides._short(text, lang) == "One is $a. b$ here."
    assert slides._short("One. Two! Three?", lang) == "One. Two! Three?"


def test_a_verdict_names_what_the_ledger_says():
    verdict = next(slide for slide in deck("04", "ko")["slides"] if slide["kind"] == "verdict")
    assert "판정" in verdict["title"] and "거짓" in verdict["html"] and "측정" in verdict["html"]


@pytest.mark.site
@pytest.mark.parametrize("which", TWO)
def test_a_page_for_each_in_the_books_fonts(page, tmp_path, which):
    content = deck(*which)
    slides.pdf(page, slides.render(content), tmp_path / "made.pdf")
    data = (tmp_path / "made.pdf").read_bytes()
    assert paper.pages(data) == len(content["slides"])
    assert b"/MediaBox [0 0 841.9" in data and b" 594.9" in data  # A4 across, in points
    assert "ActfnsSans-Regular" in paper.fonts(data) and b"/Outlines" in data
    assert data.count(b"/FontFile2 ") == len(re.findall(rb"/FontName\s*/", data))  # every font travels with them
    assert len(data) < 2_000_000


@pytest.mark.site
def test_too_much_for_a_slide_is_said_not_cut(page, tmp_path):
    content = deck("02", "en")
    points = next(slide for slide in content["slides"] if slide["kind"] == "points")
    full = [content["slides"][0], points | {"html": points["html"] * 12}]
    with pytest.raises(Failed, match=r"more than a slide holds at 11 points: s2 Key points$"):
        slides.pdf(page, slides.render(content | {"slides": full}), tmp_path / "full.pdf")
    strange = [content["slides"][0] | {"title": "記述"}]
    with pytest.raises(Failed, match="characters that the book's font lacks"):
        slides.pdf(page, slides.render(content | {"slides": strange}), tmp_path / "strange.pdf")
    assert not list(tmp_path.iterdir())
