"""What handouts and slides share: a chapter's prose, figures and formulas on paper, printed with Chromium."""

import contextlib
import math
import os
import re
import tempfile
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pybtex.database import parse_file
from pybtex.richtext import Text

from . import notebooks, particles
from .ext.maths import close, render_latex
from .ext.strings import NUMBERED
from .source import SourceError, find, neutral, read
from .stages import ROOT, Failed, chromium

WORDS = {
    "ko": {
        "book": "실험으로 배우는 활성화 함수",
        "chapter": "{}장",
        "points": "요점",
        "quiz": "퀴즈",
        "discussion": "토론",
        "above": "위의 식",
    },
    "en": {
        "book": "Activation Functions by Experiment",
        "chapter": "Chapter {}",
        "points": "Key points",
        "quiz": "Quiz",
        "discussion": "Discussion",
        "above": "the formula above",
    },
}
INSTEAD = str.maketrans(  # what the font lacks
    {"「": "“", "」": "”", "ˣ": "<sup>x</sup>", "⁻": "<sup>−</sup>", "ᵀ": "<sup>T</sup>", "≈": r"$\approx$"}
)


# What a chapter says


def contents(path, lang):
    """A chapter's prose, its figures and formulas by their labels, and what turns its references into words.

    In the prose ``<<label>>`` stands for each cell of code and names its figure, if it has one."""
    chapter = read(path)
    notebook = notebooks.load(notebooks.target(path, lang))
    outputs = notebooks.stored_outputs(chapter, notebook)
    if outputs is None:
        raise SourceError(f"{path}: no outputs of its code are stored; first: python -m book write {chapter.name}")
    values = notebooks.record(notebook).get("values", {})
    figures = _figures(chapter, outputs, lang, values)
    text = "\n\n".join(
        f"<<{_label(unit, lang, values)}>>" if unit.kind == "code" else particles.filled(unit.text(lang), values)
        for unit in chapter.units
    )
    formulas = {label: latex for latex, label in re.findall(r"^\$\$\n([^$]*)\n\$\$ \(([\w-]+)\)", text, re.MULTILINE)}
    return text, figures, formulas, Prose(path, lang, list(figures), formulas)


def _figures(chapter, outputs, lang, values):
    """{label: (base64 of the picture, caption)} of every figure, in the chapter's order."""
    found = {}
    for unit, shown in zip(chapter.code, outputs, strict=False):
        label = _label(unit, lang, values)
        images = [output["data"]["image/png"] for output in shown if "image/png" in output.get("data", {})]
        if images and label:
            found[label] = images[0], neutral(_figure(unit, lang, values).get("caption") or "", lang)
    return found


def _label(unit, lang, values):
    """The label of a code cell's figure, empty where there is none."""
    return _figure(unit, lang, values).get("name", "").removesuffix(f"-{lang}")


def _figure(unit, lang, values):
    return notebooks.metadata(unit.options, lang, values).get("mystnb", {}).get("figure", {})


def card(path, text):
    found = re.search(r"^(:{3,})\{admonition\}[^\n]*\n(- .*?)^\1$", text, re.S | re.M)
    return found[2] if found else missing(path, "card at its head")


def points(path, text):
    boxes = re.findall(r"^(:{3,})\{admonition\}[^\n]*\n:class: important\n(.*?)^\1$", text, re.S | re.M)
    return boxes[-1][1] if boxes else section(path, text, ("Key points", "정리"))


def quiz(path, text, lang):
    """The questions, each with its possible answers and without the right one."""
    questions = re.split(r"^\*\*\d+\.\*\*", section(path, text, (WORDS[lang]["quiz"],)), flags=re.MULTILINE)[1:]
    return [question.strip() for question in questions] or missing(path, "quiz")


def questions(path, text, lang):
    return re.findall(r"^\d+\. (.*)$", section(path, text, (WORDS[lang]["discussion"],)), re.MULTILINE)


def section(path, text, titles):
    """The text of the section with one of these titles, without the boxes in it: those hold the answers."""
    found = re.search(rf"^## (?:{'|'.join(titles)})$(.*?)(?=^## |\Z)", text, re.S | re.M)
    if not found:
        return missing(path, f"section {' or '.join(titles)}")
    return re.sub(r"^(:{3,})\{.*?^\1$", "", found[1], flags=re.S | re.M)


def items(text):
    return re.findall(r"^- (.*(?:\n  .*)*)", text, re.MULTILINE)


def missing(path, what):
    raise SourceError(f"{path}: a handout needs the chapter's {what}, and there is none")


# Its words, for paper


class Prose:
    """Markdown of a chapter for paper: links become words, references become numbers or formulas."""

    longest = math.inf  # characters of a formula that a sentence may hold

    def __init__(self, path, lang, figures, formulas):
        self.path, self.lang, self.formulas = path, lang, formulas
        self.chapter = int(path.stem.partition("-")[0])
        self.numbers = {label: f"{self.chapter}.{k}" for k, label in enumerate(figures, 1)}

    def __call__(self, text):
        return _markdown().renderInline(self.clean(text).translate(INSTEAD))

    def long(self, text):
        """`text` with its paragraphs, lists and formulas."""
        return _markdown().render(self.clean(text).translate(INSTEAD))

    def block(self, text):
        """A quiz question as one paragraph: paper has no room for a line per answer."""
        line = " ".join(re.sub(r"\n+- ", " ", text).split())
        return self(re.sub(r"(\(\w\)) ", "\\1\N{NO-BREAK SPACE}", line))

    def clean(self, text):
        """`text` without roles and links."""
        text = re.sub(r" ?\{cite:p\}`[^`]*`", "", text)
        text = re.sub(r"\{([\w:]+)\}`([^`]*)`", self._role, text)
        return re.sub(r"(?<!!)\[([^\]]+)\]\([^)]*\)", r"\1", text)

    def _role(self, match):
        role, label, shown = match[1], match[2], ""
        if named := re.fullmatch(r"(.*?)\s*<(.*)>", label, re.DOTALL):
            shown, label = named[1], named[2]
        if role == "numref" and label in self.numbers:
            return NUMBERED[self.lang]["figure"] % self.numbers[label]
        if role == "eq" and label in self.formulas:
            return f"${latex}$" if len(latex := self.formulas[label]) <= self.longest else WORDS[self.lang]["above"]
        if role == "doc" and (chapter := re.match(r"\d+", label)):
            return shown or WORDS[self.lang]["chapter"].format(int(chapter[0]))
        if role == "doc" and not shown:
            shown = _page(self.path.parent / self.lang / f"{label}.md")
        if role == "ref" and not shown:
            shown = _titles(self.path.parent, self.lang).get(label, "")
        if role == "cite:t":
            return ", ".join(_cited(key.strip()) for key in label.split(","))
        if role in ("doc", "ref", "g") and (shown or role == "g"):
            return shown or label
        raise SourceError(f"{self.path}: a handout cannot say {match[0]}")


@cache
def _titles(folder, lang):
    """{label: title of the section or exercise that it names} of all chapters."""
    units = (unit for path in find(folder) for unit in read(path).units if unit.kind == "markdown")
    text = "\n\n".join(unit.text(lang) for unit in units)
    sections = re.findall(r"^\(([\w-]+)\)=\n(?:\([\w-]+\)=\n)*#+ (.+)$", text, re.MULTILINE)
    exercises = re.findall(r"\{exercise(?:-start)?\} (.+)\n:label: ([\w-]+)$", text, re.MULTILINE)
    return dict(sections) | {label: title for title, label in exercises}


@cache
def _page(path):
    """The title of a page that is no chapter."""
    return re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]


@cache
def _bibliography():
    return parse_file(ROOT / "actfns/references.bib").entries


def _cited(key):
    """A work by its authors and year, as the site names it."""
    entry = _bibliography()[key]
    names = [Text.from_latex(" ".join(person.prelast_names + person.last_names)) for person in entry.persons["author"]]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(map(str, names))
    return f"{who} ({entry.fields['year']})"


@cache
def _markdown():
    return MarkdownIt("commonmark").use(dollarmath_plugin, renderer=lambda latex, options: formula(latex, options))


def formula(latex, options):
    return render_latex(latex, {"displayMode": options["display_mode"], "output": "html"})


# How it is laid out and printed


def render(template, **content):
    """The page as HTML, with the book's font and the formulas' style."""
    templates = Environment(loader=FileSystemLoader(ROOT / "book/templates"), autoescape=False)
    katex = ROOT / "book/static/katex/katex.min.css"
    font = ROOT / "actfns/fonts/ActfnsSans-Regular.ttf"
    return templates.get_template(template).render(**content, katex=katex.as_uri(), font=font.as_uri())


@contextlib.contextmanager
def printer():
    """A page of a headless Chromium, to print with."""
    from playwright.sync_api import sync_playwright

    if not chromium():
        raise Failed("Handouts and slides need Chromium: install it, or set the variable CHROMIUM to its path")
    sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]  # root cannot use Chromium's
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=sandbox)
        try:
            yield browser.new_page()
        finally:
            browser.close()
            close()


@contextlib.contextmanager
def laid_out(page, html):
    """`page` with `html` on it as it will be printed, fonts loaded."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft.html"
        draft.write_text(html, encoding="utf-8")
        page.emulate_media(media="print")
        page.goto(draft.as_uri(), wait_until="load")
        page.evaluate("document.fonts.ready")
        yield page


def keep(page, target, count, **options):
    """Print `page` into the file `target`: `count` pages, in the book's fonts alone, or nothing."""
    data = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, **options)
    if (made := pages(data)) != count:
        raise Failed(f"{target.name}: {made} pages instead of {count}")
    own_fonts(data, target)
    target.write_bytes(data)


def pages(data):
    """How many pages the PDF in `data` has."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", data))


def own_fonts(data, target):
    """Refuse what the fonts of the system had to fill in."""
    if strange := {name for name in fonts(data) if not name.startswith(("ActfnsSans", "KaTeX"))}:
        raise Failed(f"{target.name}: characters that the book's font lacks were set in {', '.join(sorted(strange))}")


def fonts(data):
    """Names of the fonts in the PDF, without the tag of a subset."""
    return {name.decode().partition("+")[2] or name.decode() for name in re.findall(rb"/FontName\s*/([^\s/]+)", data)}
