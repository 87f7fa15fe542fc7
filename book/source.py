"""A chapter's source, ``chapters/NN-name.md``: units, each of which becomes one cell in the notebook of every language.

A unit is a code cell (the same in all languages) or a passage (one prose cell per language, next to each other).
The file is a jupytext MyST notebook; CONTRIBUTING.md says what may be written in it.
"""

import os
import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from jupytext.myst import MystMetadataParsingError, myst_to_notebook

LANGUAGES = {"ko": "Korean", "en": "English"}
STUB = "TRANSLATE"  # begins prose that waits for its translation

VALUE = re.compile(r"\{\{ (.+?) \}\}")
_NAME = r"([A-Za-z][\w.:]*-[\w.:-]+)"
_USED = (
    r"\{(?:ref|numref|eq|prf:ref)\}`(?:[^`<>]*<)?" + _NAME + r">?`",
    r"\{solution(?:-start)?\}[ ]*" + _NAME + r"[ ]*$",
)
_DEFINED = (
    r"^\(" + _NAME + r"\)=[ ]*$",
    r"\$\$[ ]*\(" + _NAME + r"\)[ ]*$",
    r"^[ ]*:(?:label|name):[ ]*" + _NAME + r"[ ]*$",
)
_USED, _DEFINED = ([re.compile(pattern, re.MULTILINE) for pattern in some] for some in (_USED, _DEFINED))
_LABELS = [*_USED, *_DEFINED]


class SourceError(Exception):
    """A chapter that cannot be read or run. The message names the file and the line."""


@dataclass(frozen=True)
class Cell:
    """One cell of the source: its piece of the file, and the text in it."""

    raw: str
    text: str
    line: int  # of the text's first line, from 1
    lang: str | None = None  # None: code


@dataclass(frozen=True)
class Unit:
    """What becomes one cell in every language: a code cell, or a passage."""

    cells: tuple[Cell, ...]
    options: dict = field(default_factory=dict)  # of a code cell

    @property
    def kind(self):
        return "code" if self.cells[0].lang is None else "markdown"

    @property
    def line(self):
        return self.cells[0].line

    def text(self, lang):
        return next(cell.text for cell in self.cells if cell.lang in (lang, None))

    def values(self):
        """The expressions of the numbers that its prose quotes, each once."""
        texts = (text for pair in self.pairs() for text in pair.values())
        return list(dict.fromkeys(match[1] for text in texts for match in VALUE.finditer(text)))

    def pairs(self):
        """Every text that is written once per language: [{"ko": …, "en": …}, …]."""
        if self.kind == "markdown":
            return [{cell.lang: cell.text for cell in self.cells}]
        return list(_per_language(self.options))


@dataclass(frozen=True)
class Chapter:
    path: Path
    head: str  # the file up to its first cell
    units: tuple[Unit, ...]

    @property
    def name(self):
        return self.path.stem

    @property
    def code(self):
        return [unit for unit in self.units if unit.kind == "code"]

    def values(self):
        return list(dict.fromkeys(each for unit in self.units for each in unit.values()))

    def error(self, line, message):
        return SourceError(f"{self.path}:{line}: {message}")


def find(folder, names=()):
    """The sources in `folder` that `names` (numbers, names or files) mean; all if none is given."""
    paths = sorted(Path(folder).glob("[0-9]*.md"))
    for name in names:
        if not any(_means(name, path) for path in paths):
            raise SourceError(f"no chapter {name}: there is " + (", ".join(path.stem for path in paths) or "none yet"))
    return [path for path in paths if not names or any(_means(name, path) for name in names)]


def _means(name, path):
    return Path(name).stem in (path.stem, path.stem.split("-")[0])


def read(path, text=None):
    """The chapter in the file `path`, or in `text` as if it stood there."""
    text = Path(path).read_text(encoding="utf-8") if text is None else text
    try:
        notebook = myst_to_notebook(text, add_source_map=True)
    except MystMetadataParsingError as error:
        raise SourceError(f"{path}: {error}") from None
    head, pieces = _pieces(text, notebook.metadata["source_map"])
    chapter = Chapter(Path(path), head, ())
    cells = [_cell(chapter, cell, *piece) for cell, piece in zip(notebook.cells, pieces, strict=True)]
    return Chapter(chapter.path, head, tuple(_units(chapter, cells, [cell.metadata for cell in notebook.cells])))


def dumps(chapter):
    """The text of the chapter's file."""
    raws = [cell.raw for unit in chapter.units for cell in unit.cells]
    return chapter.head + "".join(raw if raw.endswith("\n") else raw + "\n" for raw in raws[:-1]) + "".join(raws[-1:])


def save(path, text):
    """Writes the file whole or not at all; False if it held `text` already."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, path)
    return True


def localise(text, lang):
    """`text` with its labels as they read in `lang`'s notebook: one build of the book has one space of labels."""
    return _relabel(text, lambda label: label if re.search(r"-(ko|en)$", label) else f"{label}-{lang}")


def neutral(text, lang):
    """The opposite of `localise`."""
    return _relabel(text, lambda label: label.removesuffix(f"-{lang}"))


def labels(text):
    """The labels that `text` defines or refers to."""
    return {match[1] for pattern in _LABELS for match in pattern.finditer(text)}


def defined(unit):
    """The labels that a unit defines, figures included."""
    made = {match[1] for pattern in _DEFINED for match in pattern.finditer(unit.text("en"))}
    figure = unit.options.get("figure") or unit.options.get("mystnb", {}).get("figure", {}).get("name")
    return made | {figure} if isinstance(figure, str) else made


def _relabel(text, change):
    for pattern in _LABELS:
        for match in reversed(list(pattern.finditer(text))):
            text = text[: match.start(1)] + change(match[1]) + text[match.end(1) :]
    return text


def _pieces(text, source_map):
    """The text before the first cell, and (piece of the file, its first line) of each cell."""
    lines = text.splitlines(keepends=True)
    starts = [n - 1 if n and lines[n - 1].startswith(("+++", "```", "~~~")) else n for n in source_map] + [len(lines)]
    return "".join(lines[: starts[0]]), [("".join(lines[a:b]), a + 1) for a, b in pairwise(starts)]


def _cell(chapter, cell, raw, line):
    if cell.cell_type == "code":
        closing = line + raw.rstrip().count("\n")
        return Cell(raw, cell.source, closing - cell.source.count("\n") - 1)
    lang = cell.metadata.get("lang")
    if cell.cell_type != "markdown" or lang not in LANGUAGES:
        raise chapter.error(line, 'prose without a language: begin it with +++ {"lang": "ko"} or +++ {"lang": "en"}')
    return Cell(raw, cell.source, line + raw.rstrip().count("\n") - cell.source.count("\n"), lang)


def _units(chapter, cells, metadata):
    left = list(zip(cells, metadata, strict=True))
    while left:
        cell, options = left.pop(0)
        if cell.lang is None:
            yield Unit((cell,), options)
            continue
        if not left or left[0][0].lang in (None, cell.lang):
            missing = next(name for lang, name in LANGUAGES.items() if lang != cell.lang)
            raise chapter.error(
                cell.line, f"a passage in {LANGUAGES[cell.lang]} only: its {missing} must follow at once"
            )
        yield Unit((cell, left.pop(0)[0]))


def _per_language(options):
    if isinstance(options, dict) and set(options) == set(LANGUAGES):
        yield options
    elif isinstance(options, dict):
        for value in options.values():
            yield from _per_language(value)
