"""Claims of the notes on the pages, from the ledger of `actfns.claims`.

=====  =========================================================================
box    ``{claims} id id …``: a box with what the notes said, verdict, and what was measured
table  ``{claims-ledger}``: all claims, to filter, each under ``#claim-<id>``
words  the few words they need, in both languages
=====  =========================================================================

A book without a page ``chapters/en/claims.md`` has neither, and needs no `actfns`.
"""

from pathlib import Path


def _begin(app, config):
    if Path(app.srcdir, "chapters/en/claims.md").is_file():
        from book.ext.claims import box, table

        for module in (box, table):
            module.setup(app)


def setup(app):
    app.connect("config-inited", _begin, priority=100)
