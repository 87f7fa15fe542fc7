"""Slides for the presenter, from a chapter's own source and stored outputs: _build/slides/LANG/NN-name.pdf.

`deck` gathers them in the chapter's order: predictions, formulas, figures with their reading, verdicts; then the key
points, the quiz with each answer on the slide after its question, and what to discuss. `pdf` prints them with Chromium.
"""

import re
from pathlib import Path

from . import boxes, paper
from .paper import card, contents, formula, items, points, printer, questions, quiz
from .source import LANGUAGES, SourceError, find
from .stages import ROOT, Failed

OUT = Path("_build/slides")
WORDS = {
    "ko": paper.WORDS["ko"] | {"answer": "{}번 답", "question": "퀴즈 {}", "exercises": "연습 문제"},
    "en": paper.WORDS["en"] | {"answer": "Answer to {}", "question": "Quiz {}", "exercises": "Exercises"},
}
PREDICTION = ("예측해 보자", "Make a prediction")
LONGEST = {"ko": 170, "en": 300}  # characters of a figure's reading or of what was measured: two lines or so
LONGEST_FORMULA = 50  # characters of one within a sentence; of others the sentence says only that they stand above
SIZE = 11  # points, of the text of a full slide at least
TOGETHER = 3  # formulas on one slide, at most
_BLOCK = re.compile(
    r"^#{2,3} (?P<title>[^\n]+)$|^\$\$\n(?P<latex>.*?)\n\$\$|^<<(?P<figure>[\w-]+)>>$"
    r"|^(?P<fence>:{3,})\{(?P<kind>[\w-]+)\}(?P<head>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_BOX = re.compile(r"^(:{3,})\{(?:dropdown|admonition)\}[^\n]*\n(?P<body>.*?)^\1[ ]*$", re.MULTILINE | re.DOTALL)
_OPTIONS = re.compile(r"\A(?::[\w-]+:.*\n)+\n?")


def make(folder, names=(), languages=tuple(LANGUAGES)):
    """The slides of the chapters that `names` mean, one after the other: (file, how many)."""
    with printer() as page:
        for path in find(folder, names):
            for lang in languages:
                target = ROOT / OUT / lang / f"{path.stem}.pdf"
                target.parent.mkdir(parents=True, exist_ok=True)
                made = deck(path, lang)
                pdf(page, render(made), target)
                yield target.relative_to(ROOT), len(made["slides"])


# What stands on them


def deck(path, lang):
    """What the template needs, of the chapter in the file `path`: each slide has a kind, a title and its HTML."""
    text, figures, _, say = contents(path, lang)
    text, words, say.longest = boxes.expand(text, lang), WORDS[lang], LONGEST_FORMULA
    *_, afterwards, question = (say(item) for item in items(card(path, text)))
    title = say(re.search(r"^# (.+)$", text, re.MULTILINE)[1])
    talk = "".join(f"<li>{say(item)}</li>" for item in questions(path, text, lang))
    slides = [
        {"kind": "title", "title": title, "html": f"<p>{question}</p><p class=quiet>{afterwards}</p>"},
        *_walk(_main(path, text, lang), figures, say),
        {"kind": "points", "title": words["points"], "html": say.long(points(path, text))},
        *_quiz(path, text, say),
        {"kind": "points", "title": words["discussion"], "html": f"<ol>{talk}</ol>"},
    ]
    return {"lang": lang, "words": words, "number": say.chapter, "title": title, "slides": slides}


def _main(path, text, lang):
    """The chapter's text from its first section to its exercises."""
    found = re.search(rf"^## .*?(?=^## {WORDS[lang]['exercises']}$)", text, re.MULTILINE | re.DOTALL)
    return found[0] if found else paper.missing(path, "exercises")


def _walk(text, figures, say):
    """The slides of the sections: what is one paragraph to read aloud is left to the book."""
    title, formulas = "", []
    for block in _BLOCK.finditer(text):
        if formulas and (not block["latex"] or len(formulas) == TOGETHER):
            yield {"kind": "formula", "title": title, "html": "".join(formulas)}
            formulas = []
        if block["title"]:
            title = say(block["title"])
        elif block["latex"]:
            formulas.append(f"<div>{formula(block['latex'], {'display_mode': True})}</div>")
        elif block["figure"] in figures:
            yield _figure(title, block["figure"], figures, text[block.end() :], say)
        elif block["kind"] == "admonition":
            yield from _box(title, block, say)


def _figure(title, label, figures, after, say):
    """A figure with the sentences that read it; with its caption where the chapter has none."""
    named = f"{{numref}}`{label}`"
    png, caption = figures[label]
    reading = next((part for part in after.split("\n\n") if named in part and part[0] not in ":|#<$"), caption)
    picture = f'<img src="data:image/png;base64,{png}" alt="">'.replace("\n", "")
    html = f"{picture}<p>{say(_short(reading, say.lang))}</p><p class=quiet>{say(named)}</p>"
    return {"kind": "figure", "title": title, "html": html}


def _box(title, block, say):
    """Predictions, and verdicts with what was measured; other boxes are for readers."""
    body, head = _OPTIONS.sub("", block["body"]), say(block["head"].strip())
    if ":class: verdict" in block["body"]:
        *notes, measured = re.split(r"\n\n(?=\*\*)", body.strip())
        listed = re.search(r"^(?:[-|]|\d+\.) ", measured, re.MULTILINE)
        body = "\n\n".join([*notes, measured if listed else _short(measured, say.lang)])
        yield {"kind": "verdict", "title": head, "html": say.long(body)}
    elif block["head"].strip() in PREDICTION:
        yield {"kind": "predict", "title": head, "section": title, "html": say.long(body)}


def _short(text, lang):
    """The first sentences of `text`, as many as two lines hold; one at least."""
    kept, *more = re.split(r"(?<=[.?!])\s+(?![^$]*\$(?:[^$]*\$[^$]*\$)*[^$]*\Z)", " ".join(text.split()))
    for sentence in more:
        if len(kept) + len(sentence) > LONGEST[lang] or sentence.endswith(":"):  # which announces what is not shown
            break
        kept += " " + sentence
    return kept


def _quiz(path, text, say):
    """Each question, then the same with its answer."""
    words = WORDS[say.lang]
    part = re.search(rf"^## {words['quiz']}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]
    answers = [_OPTIONS.sub("", box["body"]) for box in _BOX.finditer(part)]
    asked = quiz(path, text, say.lang)
    if len(answers) != len(asked):
        raise SourceError(f"{path}: {len(asked)} questions in the quiz and {len(answers)} answers")
    for number, (question, answer) in enumerate(zip(asked, answers), 1):
        question = re.sub(r"\s(?=\([a-e가나다라마]\)\s)", "\n\n", question)
        yield {"kind": "quiz", "title": words["question"].format(number), "html": say.long(question)}
        html = f"<div class=quiet>{say.long(question)}</div><div class=answer>{say.long(answer)}</div>"
        yield {"kind": "quiz", "title": words["answer"].format(number), "html": html}


# How they are laid out and printed


def render(content):
    """The slides as HTML, one sheet each."""
    return paper.render("slides.html", **content)


def pdf(page, html, target):
    """Print the slides in `html` into the file `target`, one page each."""
    with paper.laid_out(page, html):
        if full := page.evaluate(f"fit({SIZE})"):
            raise Failed(f"{target.name}: more than a slide holds at {SIZE} points: {'; '.join(full)}")
        paper.keep(page, target, page.locator("section").count(), outline=True)
