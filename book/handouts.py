"""One A4 page per chapter and language, made from the chapter's own source: _build/handouts/LANG/NN-name.pdf.

`sheet` gathers what stands on it, `render` lays it out, `pdf` prints it with Chromium and fits it to its one page.
"""

import re
from collections import Counter
from pathlib import Path

import yaml

from . import paper
from .paper import card, contents, formula, items, points, printer, questions, quiz
from .source import LANGUAGES, SourceError, find
from .stages import ROOT, Failed

OUT = Path("_build/handouts")
PICKS = ROOT / "book/handouts.yml"
WORDS = {
    "ko": paper.WORDS["ko"] | {"answers": "답과 풀이는 책의 같은 장 끝에 있다."},
    "en": paper.WORDS["en"] | {"answers": "Answers and solutions stand at the end of the chapter in the book."},
}
SIZES = (6.6, 9.5)  # of the text in points: what can still be read, and what need not be larger
SHRUNK = 0.7  # of a formula wider than its line, at most


def make(folder, names=(), languages=tuple(LANGUAGES)):
    """The handouts of the chapters that `names` mean, one after the other: (file, size of its text in points)."""
    with printer() as page:
        for path in find(folder, names):
            for lang in languages:
                target = ROOT / OUT / lang / f"{path.stem}.pdf"
                target.parent.mkdir(parents=True, exist_ok=True)
                size = pdf(page, render(sheet(path, lang)), target)
                yield target.relative_to(ROOT), size


# What stands on a sheet


def sheet(path, lang):
    """What the template needs, of the chapter in the file `path`."""
    text, figures, formulas, say = contents(path, lang)
    head = [say(item) for item in items(card(path, text))]
    picks = _picks(path, text, figures, formulas)
    return {
        "lang": lang,
        "words": WORDS[lang],
        "number": say.chapter,
        "title": say(re.search(r"^# (.+)$", text, re.MULTILINE)[1]),
        "question": head.pop(),
        "card": head,
        "points": [say(item) for item in items(points(path, text))],
        "formulas": [formula(formulas[label], {"display_mode": True}) for label in picks["formulas"]],
        "figures": [
            {"png": figures[label][0], "caption": say(f"{{numref}}`{label}`. {figures[label][1]}")}
            for label in picks["figures"]
        ],
        "quiz": [say.block(item) for item in quiz(path, text, lang)],
        "discussion": [say(item) for item in questions(path, text, lang)[:2]],
    }


def _picks(path, text, figures, formulas):
    """The labels of the formulas and the figures that the handout shows."""
    used = Counter(re.findall(r"\{eq\}`([\w-]+)`", text))
    usual = {"formulas": sorted(formulas, key=lambda label: -used[label])[:2], "figures": list(figures)[:1]}
    picks = usual | (yaml.safe_load(PICKS.read_text(encoding="utf-8")).get(path.stem.partition("-")[0]) or {})
    for kind, known in (("formulas", formulas), ("figures", figures)):
        if unknown := [label for label in picks[kind] if label not in known]:
            raise SourceError(f"{PICKS.name}: {path.stem} has no {' and no '.join(unknown)} among its {kind}")
    return picks


# How it is laid out and printed


def render(content):
    """The page as HTML."""
    return paper.render("handout.html", **content)


def pdf(page, html, target):
    """Print `html` as one A4 page into the file `target`; the size of its text in points."""
    with paper.laid_out(page, html):
        size = _fit(page, target)
        paper.keep(page, target, 1)
    return size


def _fit(page, target):
    """Choose the largest size of text with which everything stands on the page."""
    if (shrunk := page.evaluate("fitFormulas()")) < SHRUNK:
        raise Failed(f"{target.name}: a formula is too wide (it would have to shrink to {shrunk:.0%})")
    low, high = (round(10 * size) for size in SIZES)
    for size in range(high, low - 1, -1):  # in tenths of a point
        if page.evaluate(f"setSize({size / 10})"):
            return size / 10
    over = page.evaluate("overflow()")
    raise Failed(f"{target.name}: too long by {over:.0f} mm at {SIZES[0]} points; show less of it in {PICKS.name}")
