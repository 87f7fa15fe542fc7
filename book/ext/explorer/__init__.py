"""The explorer: functions to overlay, with sliders, in the reader's browser; no kernel, no server.

=========  ======================================================================
tracing    a formula of the catalogue becomes a program in JavaScript
data       programs, names, parameters and measured sheets, written while building
words      what the page says, in both languages
=========  ======================================================================

``{explorer} curves``, ``{explorer} sheet`` and ``{explorer} depth`` are the places in a page for its three parts; the
scripts are in ``book/static/explorer``. A book without a page ``chapters/en/explorer.md`` needs no `actfns`.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from book.ext.pages import language_of

PARTS = ("curves", "sheet", "depth")
SCRIPTS = ("maths", "chart", "state", "controls", "curves", "sheet", "depth", "start")
PLACES = re.compile(r'<div class="explorer-part"')


class Explorer(SphinxDirective):
    """The place of the part named in the argument."""

    required_arguments = 1

    def run(self):
        from book.ext.explorer.words import WORDS

        part = self.arguments[0]
        if part not in PARTS:
            raise self.error(f"the explorer has the parts {', '.join(PARTS)}, not {part}")
        words = WORDS[language_of(self.env.docname)]
        without = f'<p class="explorer-without">{html.escape(words["without"])}</p>'
        text = f'<div class="explorer-part" data-part="{part}">{without}</div>\n'
        return [nodes.raw("", text, format="html")]


def _write(app):
    """The data scripts, for the pages that will ask for them."""
    if app.builder.format != "html" or not Path(app.srcdir, "chapters/en/explorer.md").is_file():
        return
    from book.ext.explorer import data
    from book.ext.pages import LANGUAGES

    folder = Path(app.outdir, "_static/explorer")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "functions.js").write_text(data.script(), "utf8")
    for language in LANGUAGES:
        (folder / f"facts-{language}.js").write_text(data.facts_script(language), "utf8")


def _add_scripts(app, pagename, templatename, context, doctree):
    if PLACES.search(context.get("body", "")):
        names = ("functions", f"facts-{language_of(pagename)}", *SCRIPTS)
        for place, name in enumerate(names):
            app.add_js_file(f"explorer/{name}.js", priority=910 + place, loading_method="defer")
        app.add_css_file("explorer/explorer.css", priority=910)


def setup(app):
    app.add_directive("explorer", Explorer)
    app.connect("builder-inited", _write)
    # After the scripts of a page were chosen (priority 990).
    app.connect("html-page-context", _add_scripts, priority=991)
