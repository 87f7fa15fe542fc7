"""Reference cards: a page per family and language, an index to filter, the family tree; all from the catalogue.

=========  =====================================================================
sources    writes ``chapters/<language>/functions/<family>.md`` before Sphinx looks
card       ``{function-card} mish``: one card; ``{taught} mish``: a link to its section
drawing    its graph, as a small drawing in the colours of the page
sheet      what `actfns.measure` found, as a table
index      ``{function-index}``: the table of all functions
words      the few words the cards need, in both languages
=========  =====================================================================

A book without a page ``chapters/en/functions.md`` has no cards, and needs no `actfns`.
"""

from pathlib import Path


def _begin(app, config):
    if Path(app.srcdir, "chapters/en/functions.md").is_file():
        from book.ext.cards import card, index, sources

        for module in (sources, card, index):
            module.setup(app)
        sources.write(Path(app.srcdir))


def setup(app):
    # Before the table of contents is read (priority 900): it lists the pages that are written here.
    app.connect("config-inited", _begin, priority=100)
