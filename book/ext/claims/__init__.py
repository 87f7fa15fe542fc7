"""Claims of the notes on the pages, from the ledger of `actfns.claims`.

=====  =========================================================================
table  ``{claims-ledger}``: all claims, to filter, each under ``#claim-<id>``
words  the few words it needs, in both languages
=====  =========================================================================

Boxes about claims in the chapters come from the same ledger and are written into the notebooks, see `book.boxes`.
A book without a page ``chapters/en/claims.md`` has no ledger, and needs no `actfns`.
"""

from pathlib import Path


def _begin(app, config):
    if Path(app.srcdir, "chapters/en/claims.md").is_file():
        from book.ext.claims import table

        table.setup(app)


def setup(app):
    app.connect("config-inited", _begin, priority=100)
