"""``{fragment} name.html``: a drawing from ``book/templates`` inside a page, with a text alternative.

An inlined SVG takes the colours of the theme, light or dark, which an image file cannot.
"""

from __future__ import annotations

import html
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

FOLDER = Path(__file__).resolve().parents[1] / "templates"


class Fragment(SphinxDirective):
    """The file named in the argument, as one image whose text alternative is ``:alt:``."""

    required_arguments = 1
    option_spec = {"alt": directives.unchanged_required}

    def run(self):
        if "alt" not in self.options:
            raise self.error("a fragment needs :alt:")
        file = FOLDER / self.arguments[0]
        if not file.is_file():
            raise self.error(f"no such fragment: {self.arguments[0]}")
        self.env.note_dependency(str(file))
        label = html.escape(self.options["alt"], quote=True)
        drawing = file.read_text("utf8")
        return [nodes.raw("", f'<div role="img" aria-label="{label}">\n{drawing}</div>\n', format="html")]


def setup(app):
    app.add_directive("fragment", Fragment)
