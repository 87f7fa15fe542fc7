"""``{function-index}``: a table of all functions, to filter by words and by properties; each leads to its card.

Hidden in the first cell are the id and the aliases, so that the filter finds them.
"""

from __future__ import annotations

import html
import math

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import actfns
from book.ext.cards import drawing
from book.ext.cards.sheet import interval, measured, smoothness
from book.ext.cards.sources import page_of
from book.ext.cards.words import INDEX, anchor, family_name, name, number
from book.ext.pages import LANGUAGES, language_of

CHOICES = {2: "as found", 3: "sorted", 5: "sorted", 6: "sorted", 7: "sorted", 8: "sorted", 9: "sorted", 10: "sorted"}
NONE = "–"


class FunctionIndex(SphinxDirective):
    """The table in the language of the page."""

    def run(self):
        here = self.env.docname

        def address(page):
            return self.env.app.builder.get_relative_uri(here, page)

        return [nodes.raw("", table(language_of(here), address), format="html")]


def table(language: str, address) -> str:
    """The table as HTML; ``address`` turns the name of a page into its address."""
    words = INDEX[language]
    heads = "".join(
        f'<th scope="col"{_choices(column)}>{html.escape(text)}</th>'
        for column, text in enumerate(words["columns"].split(", "))
    )
    body = "\n".join(row(function, language, address) for function in actfns.catalog.values())
    return (
        f'<table class="filterable fn-index" data-any="{words["any"]}"><caption>{words["caption"]}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>\n"
    )


def _choices(column: int) -> str:
    return f' data-choices="{CHOICES[column]}"' if column in CHOICES else ""


def row(function, language: str, address) -> str:
    """One function: name and hidden names, graph, properties."""
    words = INDEX[language]
    other = next(code for code in LANGUAGES if code != language)
    link = f"{address(page_of(function, language))}#{anchor(function)}"
    hidden = " ".join(dict.fromkeys((function.id, name(function, other), *function.aliases)))
    first = (
        f'<th scope="row"><a href="{link}">{html.escape(name(function, language))}</a>'
        f"<span hidden> {html.escape(hidden)}</span></th>"
    )
    decade = f' data-choice="{words["decade"].format(function.year // 10 * 10)}"' if function.year else ""
    cells = [
        drawing.thumbnail(function),
        html.escape(family_name(function.family, language)),
        (decade, str(function.year or NONE)),
        *map(html.escape, _measured(function, language)),
        number(any(parameter.learnable for parameter in function.params.values()), language),
        words["inputs"][function.arity],
    ]
    return f"<tr>{first}{''.join(_cell(cell) for cell in cells)}</tr>"


def _cell(cell) -> str:
    attribute, text = cell if isinstance(cell, tuple) else ("", cell)
    return f"<td{attribute}>{text}</td>"


def _measured(function, language: str) -> tuple:
    """Range, bounds, smoothness, monotonicity, zero-centring; a dash each for functions of several inputs."""
    sheet = measured(function)
    if sheet is None:
        return (NONE,) * 5
    bounds = INDEX[language]["bounded"][int(sheet.inf > -math.inf), int(sheet.sup < math.inf)]
    smooth = smoothness(sheet.continuity, language)
    return (
        interval(sheet, language),
        bounds,
        smooth,
        number(sheet.monotonic, language),
        number(sheet.zero_centred, language),
    )


def setup(app):
    app.add_directive("function-index", FunctionIndex)
