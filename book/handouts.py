"""One A4 page per chapter and language, made from the chapter's own source: _build/handouts/LANG/NN-name.pdf.

`sheet` gathers what stands on it, `render` lays it out, `pdf` prints it with Chromium and fits it to its one page.
"""

import contextlib
import os
import re
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from . import notebooks
from .ext.maths import close, render_latex
from .ext.strings import NUMBERED
from .source import LANGUAGES, VALUE, SourceError, find, neutral, read
from .stages import ROOT, Failed, chromium

OUT = Path("_build/handouts")
TEMPLATES = ROOT / "book/templates"
PICKS = ROOT / "book/handouts.yml"
WORDS = {
    "ko": {
        "book": "실험으로 배우는 활성화 함수",
        "chapter": "{}장",
        "points": "요점",
        "quiz": "퀴즈",
        "discussion": "토론",
        "answers": "답과 풀이는 책의 같은 장 끝에 있다.",
    },
    "en": {
        "book": "Activation Functions by Experiment",
        "chapter": "Chapter {}",
        "points": "Key points",
        "quiz": "Quiz",
        "discussion": "Discussion",
        "answers": "Answers and solutions stand at the end of the chapter in the book.",
    },
}
SIZES = (6.6, 9.5)  # of the text in points: what can still be read, and what need not be larger
SHRUNK = 0.7  # of a formula wider than its line, at most
QUOTES = str.maketrans("「」", "“”")  # the font has no corner brackets


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
    card = [say(item) for item in _items(_card(path, text))]
    picks = _picks(path, text, figures, formulas)
    return {
        "lang": lang,
        "words": WORDS[lang],
        "number": say.chapter,
        "title": say(re.search(r"^# (.+)$", text, re.MULTILINE)[1]),
        "question": card.pop(),
        "card": card,
        "points": [say(item) for item in _items(_points(path, text))],
        "formulas": [_formula(formulas[label], {"display_mode": True}) for label in picks["formulas"]],
        "figures": [
            {"png": figures[label][0], "caption": say(f"{{numref}}`{label}`. {figures[label][1]}")}
            for label in picks["figures"]
        ],
        "quiz": [say.block(item) for item in _quiz(path, text, lang)],
        "discussion": [say(item) for item in _questions(path, text, lang)[:2]],
    }


def contents(path, lang):
    """A chapter's prose, its figures and formulas by their labels, and what turns its references into words."""
    chapter = read(path)
    notebook = notebooks.load(notebooks.target(path, lang))
    outputs = notebooks.stored_outputs(chapter, notebook)
    if outputs is None:
        raise SourceError(f"{path}: no outputs of its code are stored; first: python -m book write {chapter.name}")
    values = notebooks.record(notebook).get("values", {})
    figures = _figures(chapter, outputs, lang, values)
    text = "\n\n".join(_filled(unit.text(lang), values) for unit in chapter.units if unit.kind == "markdown")
    formulas = {label: latex for latex, label in re.findall(r"^\$\$\n(.*?)\n\$\$ \(([\w-]+)\)", text, re.S | re.M)}
    return text, figures, formulas, Prose(path, lang, list(figures), formulas)


def _filled(text, values):
    return VALUE.sub(lambda match: values.get(match[1], match[0]), text)


def _figures(chapter, outputs, lang, values):
    """{label: (base64 of the picture, caption)} of every figure, in the chapter's order."""
    found = {}
    for unit, shown in zip(chapter.code, outputs, strict=False):
        images = [output["data"]["image/png"] for output in shown if "image/png" in output.get("data", {})]
        figure = notebooks.metadata(unit.options, lang, values).get("mystnb", {}).get("figure", {})
        if images and figure.get("name"):
            found[figure["name"].removesuffix(f"-{lang}")] = images[0], neutral(figure.get("caption") or "", lang)
    return found


def _picks(path, text, figures, formulas):
    """The labels of the formulas and the figures that the handout shows."""
    used = Counter(re.findall(r"\{eq\}`([\w-]+)`", text))
    usual = {"formulas": sorted(formulas, key=lambda label: -used[label])[:2], "figures": list(figures)[:1]}
    picks = usual | (yaml.safe_load(PICKS.read_text(encoding="utf-8")).get(path.stem.partition("-")[0]) or {})
    for kind, known in (("formulas", formulas), ("figures", figures)):
        if unknown := [label for label in picks[kind] if label not in known]:
            raise SourceError(f"{PICKS.name}: {path.stem} has no {' and no '.join(unknown)} among its {kind}")
    return picks


def _card(path, text):
    found = re.search(r"^(:{3,})\{admonition\}[^\n]*\n(- .*?)^\1$", text, re.S | re.M)
    return found[2] if found else _missing(path, "card at its head")


def _points(path, text):
    boxes = re.findall(r"^(:{3,})\{admonition\}[^\n]*\n:class: important\n(.*?)^\1$", text, re.S | re.M)
    return boxes[-1][1] if boxes else _section(path, text, ("Key points", "정리"))


def _quiz(path, text, lang):
    """The questions, each with its possible answers and without the right one."""
    questions = re.split(r"^\*\*\d+\.\*\*", _section(path, text, (WORDS[lang]["quiz"],)), flags=re.MULTILINE)[1:]
    return [question.strip() for question in questions] or _missing(path, "quiz")


def _questions(path, text, lang):
    return re.findall(r"^\d+\. (.*)$", _section(path, text, (WORDS[lang]["discussion"],)), re.MULTILINE)


def _section(path, text, titles):
    """The text of the section with one of these titles, without the boxes in it: those hold the answers."""
    found = re.search(rf"^## (?:{'|'.join(titles)})$(.*?)(?=^## |\Z)", text, re.S | re.M)
    if not found:
        return _missing(path, f"section {' or '.join(titles)}")
    return re.sub(r"^(:{3,})\{.*?^\1$", "", found[1], flags=re.S | re.M)


def _items(text):
    return re.findall(r"^- (.*(?:\n  .*)*)", text, re.MULTILINE)


def _missing(path, what):
    raise SourceError(f"{path}: a handout needs the chapter's {what}, and there is none")


class Prose:
    """Markdown of a chapter for paper: links become words, references become numbers or formulas."""

    def __init__(self, path, lang, figures, formulas):
        self.path, self.lang, self.formulas = path, lang, formulas
        self.chapter = int(path.stem.partition("-")[0])
        self.numbers = {label: f"{self.chapter}.{k}" for k, label in enumerate(figures, 1)}

    def __call__(self, text):
        return _markdown().renderInline(self.clean(text).translate(QUOTES))

    def block(self, text):
        """A quiz question as one paragraph: paper has no room for a line per answer."""
        line = " ".join(re.sub(r"\n+- ", " ", text).split())
        return self(re.sub(r"(\(\w\)) ", "\\1\N{NO-BREAK SPACE}", line))

    def clean(self, text):
        """`text` without roles and links."""
        text = re.sub(r"\{([\w:]+)\}`([^`]*)`", self._role, text)
        return re.sub(r"(?<!!)\[([^\]]+)\]\([^)]*\)", r"\1", text)

    def _role(self, match):
        role, label, shown = match[1], match[2], ""
        if named := re.fullmatch(r"(.*?)\s*<(.*)>", label, re.DOTALL):
            shown, label = named[1], named[2]
        if role == "numref" and label in self.numbers:
            return NUMBERED[self.lang]["figure"] % self.numbers[label]
        if role == "eq" and label in self.formulas:
            return f"${self.formulas[label]}$"
        if role == "doc" and (chapter := re.match(r"\d+", label)):
            return shown or WORDS[self.lang]["chapter"].format(int(chapter[0]))
        if role in ("doc", "ref", "g") and (shown or role == "g"):
            return shown or label
        raise SourceError(f"{self.path}: a handout cannot say {match[0]}")


@cache
def _markdown():
    return MarkdownIt("commonmark").use(dollarmath_plugin, renderer=lambda latex, options: _formula(latex, options))


def _formula(latex, options):
    return render_latex(latex, {"displayMode": options["display_mode"], "output": "html"})


# How it is laid out and printed


def render(content):
    """The page as HTML."""
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=False)
    katex = ROOT / "book/static/katex/katex.min.css"
    font = ROOT / "actfns/fonts/ActfnsSans-Regular.ttf"
    return templates.get_template("handout.html").render(**content, katex=katex.as_uri(), font=font.as_uri())


@contextlib.contextmanager
def printer():
    """A page of a headless Chromium, to print with."""
    from playwright.sync_api import sync_playwright

    if not chromium():
        raise Failed("Handouts need Chromium or Chrome: install one, or set the variable CHROMIUM to its path")
    sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]  # root cannot use Chromium's
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=sandbox)
        try:
            yield browser.new_page()
        finally:
            browser.close()
            close()


def pdf(page, html, target):
    """Print `html` as one A4 page into the file `target`; the size of its text in points."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "handout.html"
        draft.write_text(html, encoding="utf-8")
        page.emulate_media(media="print")
        page.goto(draft.as_uri(), wait_until="load")
        page.evaluate("document.fonts.ready")
        size = _fit(page, target)
        data = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
    if (count := pages(data)) != 1:
        raise Failed(f"{target.name}: {count} pages instead of one")
    if strange := {name for name in fonts(data) if not name.startswith(("ActfnsSans", "KaTeX"))}:
        raise Failed(f"{target.name}: characters that the book's font lacks were set in {', '.join(sorted(strange))}")
    target.write_bytes(data)
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


def pages(data):
    """How many pages the PDF in `data` has."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", data))


def fonts(data):
    """Names of the fonts in the PDF, without the tag of a subset."""
    return {name.decode().partition("+")[2] or name.decode() for name in re.findall(rb"/FontName\s*/([^\s/]+)", data)}
