"""From a chapter's source to its notebooks: run once, then written in every language with the same code and outputs."""

import copy

import nbformat

from . import boxes, colab, kernel, particles
from .agreement import agreement, digest
from .source import LANGUAGES, SourceError, localise

NOTE = {
    "ko": "*이 노트북은 `{source}`에서 만든다. 그 파일을 고치거나, 이 노트북을 고친 뒤 "
    "`python -m book back {path}`로 되돌려 넣는다.*",
    "en": "*This notebook is made from `{source}`. Edit that file, or edit this notebook and carry the edits back with "
    "`python -m book back {path}`.*",
}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def added(cell):
    """Whether the tool put this cell at the notebook's end, or behind its title."""
    notes = (note.partition("`")[0] for note in NOTE.values())
    return colab.fetches(cell) or cell.source.startswith((kernel.VALUES, *notes))


def target(path, lang):
    """The notebook of the source `path` in `lang`."""
    return path.parent / lang / f"{path.stem}.ipynb"


def notebooks(chapter, outputs, old=None, confirmed=(), arithmetic=None):
    """{language: notebook}, holding the `outputs` of each code cell; `old` knows which passages agreed so far.

    `arithmetic` is that of the machine on which the code was run, by default the one that `old` names.
    """
    agreed = agreement(chapter, record(old).get("agreed", ()), confirmed)
    arithmetic = arithmetic or record(old).get("arithmetic")
    return {lang: compose(chapter, lang, copy.deepcopy(outputs), agreed, arithmetic) for lang in LANGUAGES}


def compose(chapter, lang, outputs, agreed, arithmetic=None):
    expressions = chapter.values()
    values = dict(zip(expressions, kernel.printed(outputs[-1]), strict=True)) if expressions else {}
    cells = [_cell(unit, lang, values) for unit in chapter.units]
    if expressions:
        tags = ["remove-cell", *(["chaotic"] if any(map(chaotic, cells)) else [])]
        cells.append(nbformat.v4.new_code_cell(kernel.printing(expressions), metadata={"tags": tags}))
    for count, (cell, each) in enumerate(zip(_code(cells), outputs, strict=True), 1):
        cell.outputs, cell.execution_count = each, count
    cells[1:1] = colab.cells()
    source, path = f"chapters/{chapter.path.name}", f"chapters/{lang}/{chapter.name}.ipynb"
    note = NOTE[lang].format(source=source, path=path)
    cells.append(nbformat.v4.new_markdown_cell(note, metadata={"tags": ["remove-cell"]}))
    identify(cells)
    made = {"source": source, "cells": shown(cells), "executed": executed(cells), "agreed": agreed, "values": values}
    if heads := [each for unit in chapter.units if unit.kind != "code" for each in boxes.heads(unit.text(lang), lang)]:
        made["boxes"] = heads
    made |= {"arithmetic": arithmetic} if arithmetic and any(map(chaotic, cells)) else {}
    return nbformat.v4.new_notebook(cells=cells, metadata={**METADATA, "book": made})


def chaotic(cell):
    """Whether the author says that what the cell shows depends on rounding errors, see `book.comparison`."""
    return "chaotic" in cell.metadata.get("tags", ())


def _cell(unit, lang, values):
    if unit.kind == "code":
        return nbformat.v4.new_code_cell(unit.text(lang), metadata=metadata(unit.options, lang, values))
    return nbformat.v4.new_markdown_cell(shown_text(unit, lang, values))


def shown_text(unit, lang, values):
    """The text of the unit's cell in the notebook of `lang`."""
    return unit.text(lang) if unit.kind == "code" else _localised(boxes.expand(unit.text(lang), lang), lang, values)


def _localised(text, lang, values):
    """`text` with the values of its expressions and with labels that are unique in the book."""
    return localise(particles.filled(text, values), lang)


def metadata(options, lang, values):
    """A code cell's metadata: its texts in `lang`, and figure, caption and alt where myst-nb looks."""
    chosen = _choose(dict(options), lang, values)
    short = {key: chosen.pop(key, None) for key in ("figure", "caption", "alt")}
    mystnb = chosen.pop("mystnb", {})
    figure = {"name": short["figure"], "caption": short["caption"]} | mystnb.pop("figure", {})
    image = {"alt": short["alt"]} | mystnb.pop("image", {})
    if figure["name"]:
        figure["name"] = localise(f":name: {figure['name']}", lang).removeprefix(":name: ")
    for key, value in (("figure", figure), ("image", image)):
        if kept := {name: text for name, text in value.items() if text is not None}:
            mystnb[key] = kept
    return chosen | ({"mystnb": mystnb} if mystnb else {})


def _choose(value, lang, values):
    if not isinstance(value, dict):
        return value
    if set(value) == set(LANGUAGES):
        return _localised(value[lang], lang, values)
    return {key: _choose(each, lang, values) for key, each in value.items()}


def identify(cells):
    """Gives every cell an id that follows from its text, so that inserting a cell leaves the others as they are."""
    seen = {}
    for cell in cells:
        name = digest([cell.cell_type, cell.source])
        seen[name] = seen.get(name, 0) + 1
        cell["id"] = name if seen[name] == 1 else f"{name}-{seen[name]}"


def code(chapter):
    """The code of the chapter's notebooks: its own cells, and one that prints the values that the prose quotes."""
    expressions = chapter.values()
    return [unit.text("en") for unit in chapter.code] + ([kernel.printing(expressions)] if expressions else [])


# What a notebook says about itself, and how it is read and written.


def shown(cells):
    """A digest of what a reader can edit: tells a notebook edited by hand from one that is only out of date."""
    return digest([[cell.cell_type, cell.source] for cell in cells])


def executed(cells):
    """A digest of code and outputs: tells whether the stored outputs come from a run of this code."""
    return digest([[cell.source, cell.outputs] for cell in _code(cells)])


def _code(cells):
    return [cell for cell in cells if cell.cell_type == "code" and not colab.fetches(cell)]


def record(notebook):
    return notebook.metadata.get("book", {}) if notebook else {}


def stored_outputs(chapter, notebook):
    """The outputs of each code cell if `notebook` holds those of a run of the chapter's code, else None."""
    cells = _code(notebook.cells) if notebook else []
    fresh = [cell.source for cell in cells] == code(chapter) and record(notebook).get("executed") == executed(cells)
    return [cell.outputs for cell in cells] if notebook and fresh else None


def load(path):
    if not path.exists():
        return None
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), 4)
    except (ValueError, nbformat.ValidationError) as error:
        raise SourceError(f"{path} is no notebook any more ({str(error)[:60]}): remove it, write it again") from None


def dumps(notebook):
    return nbformat.writes(notebook) + "\n"
