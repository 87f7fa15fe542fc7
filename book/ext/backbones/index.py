"""The directive ``{backbone-index}`` and its table."""

from __future__ import annotations

import html

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from actfns import lab, survey
from book.ext.backbones.words import WORDS, function_name, said
from book.ext.pages import language_of

CHOICES = (1, 2, 3, 9)  # columns to choose a value in: year, domain, main function, known from


class BackboneIndex(SphinxDirective):
    """The table in the language of the page."""

    def run(self):
        return [nodes.raw("", table(language_of(self.env.docname)), format="html")]


def anchor(backbone) -> str:
    """Address of a row within its page."""
    return f"backbone-{backbone.id}"


def table(language: str) -> str:
    """The table as HTML."""
    words, main, runs = WORDS[language], survey.main(), executed()
    heads = "".join(
        f'<th scope="col"{" data-choices=sorted" * (column in CHOICES)}>{html.escape(text)}</th>'
        for column, text in enumerate(words["columns"].split(", "))
    )
    body = "\n".join(
        row(backbone, main.unit[backbone.id], runs.get(backbone.id, []), language)
        for backbone in survey.backbones()
    )
    return (
        f'<table class="filterable backbone-index" data-any="{words["any"]}"><caption>{words["caption"]}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>\n"
        f"<p>{html.escape(_made(words))}</p>\n"
    )


def _made(words: dict) -> str:
    """When and with which libraries the models were run."""
    record = lab.record("backbones")
    versions = dict(sorted(pair for entry in record.cells for pair in entry["result"]["versions"].items()))
    names = ", ".join(f"{name} {version}" for name, version in versions.items())
    return words["made"].format(count=len(record.cells), date=record.date, versions=names)


def executed() -> dict:
    """Row → list of (model, operation → executions), as recorded."""
    found = {}
    for entry in lab.record("backbones").cells:
        found.setdefault(entry["cell"]["row"], []).append((entry["cell"]["model"], entry["result"]["counts"]))
    return found


def row(backbone, function: str, runs: list, language: str) -> str:
    """One architecture: a name that is its own address, the wording by role, what ran, where it was published."""
    title = html.escape(backbone.name)
    head = (
        f'<th scope="row"><a href="#{anchor(backbone)}">{title}</a><span hidden> {backbone.id}</span></th>'
    )
    roles = [html.escape(said(text, language)) for text in
             (backbone.hidden, backbone.gate, backbone.attention, backbone.output)]
    cells = [
        str(backbone.year),
        html.escape(said(backbone.domain, language)),
        html.escape(function_name(function, language)),
        *(f'<div class="wide">{text}</div>' for text in roles),
        "<br>".join(_run(model, counts) for model, counts in runs) or "–",
        WORDS[language]["known"][backbone.known_from],
        _paper(backbone),
    ]
    return f'<tr id="{anchor(backbone)}">{head}{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _run(model: str, counts: dict) -> str:
    total = ", ".join(f"{operation} {number}" for operation, number in counts.items())
    return f"<code>{html.escape(model)}</code> {html.escape(total)}"


def _paper(backbone) -> str:
    text = html.escape(backbone.paper)
    linked = f'<a href="{backbone.link}">{text}</a>' if backbone.link else text
    return f'<div class="wide">{linked}</div>'


def setup(app):
    app.add_directive("backbone-index", BackboneIndex)
