"""Handouts: one page, the book's own fonts, words that can be read out of the PDF, no answers."""

import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from book import handouts, paper
from book.source import SourceError, find
from book.stages import ROOT, Failed

CHAPTERS = ROOT / "chapters"
TWO = [(number, lang) for number in ("02", "10") for lang in ("ko", "en")]
STREAM = re.compile(rb"(\d+) 0 obj\s*<<(?:(?!endobj).)*?stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def sheet(number, lang):
    return handouts.sheet(find(CHAPTERS, [number])[0], lang)


@pytest.fixture(scope="module")
def printed(page, tmp_path_factory):
    """{(chapter, language): (its PDF, size of its text)}"""
    folder, made = tmp_path_factory.mktemp("handouts"), {}
    for number, lang in TWO:
        target = folder / f"{number}-{lang}.pdf"
        size = handouts.pdf(page, handouts.render(sheet(number, lang)), target)
        made[number, lang] = target.read_bytes(), size
    return made


def text_of(data):
    """The characters of a PDF as Chromium writes it, by the fonts' own tables; without spaces."""
    streams = {}
    for number, raw in STREAM.findall(data):
        try:
            streams[number] = zlib.decompress(raw)
        except zlib.error:  # a picture
            continue
    font_of = dict(re.findall(rb"/(F\d+) (\d+) 0 R", data))
    tables = dict(re.findall(rb"(\d+) 0 obj\s*<<[^<>]*/Type0[^<>]*/ToUnicode (\d+) 0 R", data))
    known = {name: codes(streams[tables[font]]) for name, font in font_of.items()}
    content = re.search(rb"/Contents (\d+) 0 R", data)[1]
    table, found = {}, []
    for name, shown in re.findall(rb"/(F\d+) [\d.]+ Tf|<([0-9A-F]+)> Tj", streams[content]):
        table = known[name] if name else table
        found += [table.get(shown[k : k + 4], "\N{REPLACEMENT CHARACTER}") for k in range(0, len(shown), 4)]
    return "".join("".join(found).split())


def codes(cmap):
    """{code of a glyph: its character} of a font's table."""
    table = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        table |= {a: bytes.fromhex(b.decode()).decode("utf-16-be") for a, b in re.findall(rb"<(\w+)> <(\w+)>", block)}
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last, start in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
            for k in range(int(first, 16), int(last, 16) + 1):
                table[b"%04X" % k] = chr(int(start, 16) + k - int(first, 16))
    return table


def plain(markup):
    """The words of a piece of HTML without its formulas and without spaces."""
    pieces = re.split(r"<[^>]+>", markup)
    return [piece for each in pieces if len(piece := "".join(each.split())) > 8 and "&" not in piece]


@pytest.mark.site
@pytest.mark.parametrize("which", TWO)
def test_one_page_in_the_books_fonts(printed, which):
    data, size = printed[which]
    assert paper.pages(data) == 1
    assert b"/MediaBox [0 0 594.9" in data and b" 841.9" in data  # A4, in points
    assert "ActfnsSans-Regular" in paper.fonts(data)
    assert all(name.startswith(("ActfnsSans", "KaTeX")) for name in paper.fonts(data))
    assert data.count(b"/FontFile2 ") == len(re.findall(rb"/FontName\s*/", data))  # every font travels with the page
    assert handouts.SIZES[0] <= size <= handouts.SIZES[1]
    assert len(data) < 400_000


@pytest.mark.site
@pytest.mark.parametrize("which", TWO)
def test_what_the_sheet_says_can_be_read_out_of_the_pdf(printed, which):
    content, text = sheet(*which), text_of(printed[which][0])
    assert "\N{REPLACEMENT CHARACTER}" not in text
    for markup in (content["title"], content["question"], *content["points"], *content["quiz"], *content["discussion"]):
        for words in plain(markup):
            assert words in text
    assert ("가" in text) == (which[1] == "ko")


@pytest.mark.site
def test_the_command_prints_both_languages():
    command = [sys.executable, "-m", "book", "handouts", "14"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf8", timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all((ROOT / f"_build/handouts/{lang}/14-numerics.pdf").read_bytes()[:4] == b"%PDF" for lang in ("ko", "en"))


@pytest.mark.site
def test_too_much_text_is_said_not_cut(page, tmp_path):
    content = sheet("02", "en")
    with pytest.raises(Failed, match=r"too long by \d+ mm at 6.6 points; show less"):
        handouts.pdf(page, handouts.render(content | {"points": content["points"] * 6}), tmp_path / "long.pdf")
    assert not list(tmp_path.iterdir())


@pytest.mark.site
def test_text_shrinks_before_it_is_refused(page, printed, tmp_path):
    content = sheet("02", "en")
    longer = content | {"discussion": content["discussion"] * 4}
    size = handouts.pdf(page, handouts.render(longer), tmp_path / "longer.pdf")
    assert handouts.SIZES[0] <= size < printed["02", "en"][1]


@pytest.mark.site
def test_a_character_that_the_font_lacks_is_named_not_replaced(page, tmp_path):
    with pytest.raises(Failed, match="characters that the book's font lacks"):
        handouts.pdf(page, handouts.render(sheet("02", "en") | {"title": "記述"}), tmp_path / "strange.pdf")


@pytest.mark.parametrize("path", find(CHAPTERS), ids=lambda path: path.stem)
def test_every_chapter_has_what_a_handout_needs(path):
    both = [handouts.sheet(path, lang) for lang in ("ko", "en")]
    for content in both:
        assert len(content["quiz"]) == 5 and len(content["discussion"]) == 2
        assert content["points"] and content["card"] and content["figures"]  # a chapter may have no formula
        html = handouts.render(content)
        assert "katex-error" not in html and "{" not in "".join(content["quiz"] + content["points"]).replace("{{", "")
    ko, en = both
    assert [figure["png"] for figure in ko["figures"]] == [figure["png"] for figure in en["figures"]]
    assert len(ko["points"]) == len(en["points"]) and len(ko["formulas"]) == len(en["formulas"])


def test_no_answer_stands_on_a_handout():
    text = find(CHAPTERS, ["02"])[0].read_text(encoding="utf-8")
    answers = re.findall(r":::\{dropdown\} Answer\n(\S.{30})", text)
    assert len(answers) == 5
    html = handouts.render(sheet("02", "en"))
    assert not any(answer in html for answer in answers) and "facilitator" not in html


SOURCE = """---
kernelspec: {name: python3, display_name: Python 3}
---

+++ {"lang": "ko"}

# 제목

+++ {"lang": "en"}

# Title
"""


def test_a_chapter_without_a_card_is_refused_by_name(tmp_path):
    path = tmp_path / "01-title.md"
    path.write_text(SOURCE, encoding="utf-8")
    with pytest.raises(SourceError, match="no outputs of its code are stored; first: python -m book write 01-title"):
        handouts.sheet(path, "en")
    from book.write import write

    write(path)
    with pytest.raises(SourceError, match="a handout needs the chapter's card at its head, and there is none"):
        handouts.sheet(path, "en")


def test_picks_are_labels_of_the_chapter(tmp_path, monkeypatch):
    picks = Path(tmp_path / "handouts.yml")
    picks.write_text('"02": {formulas: [eq-mistyped]}', encoding="utf-8")
    monkeypatch.setattr(handouts, "PICKS", picks)
    with pytest.raises(SourceError, match="02-properties has no eq-mistyped among its formulas"):
        sheet("02", "en")
    picks.write_text('"00": {}', encoding="utf-8")  # no entry: the usual choice
    usual = sheet("02", "en")
    assert len(usual["formulas"]) == 2 and len(usual["figures"]) == 1
