"""``{backbone-index}``: the table of published architectures and what their code executes, to filter and to cite.

=======  ==============================================================
index    the directive and the table
words    headings, domains and the published wording in both languages
=======  ==============================================================

Every row has an address of its own, ``…/backbones-table.html#backbone-senet``. Its words are those of
``actfns/survey/backbones.yml`` (in Korean through ``ko.yml``), its counts those of ``records/backbones.json``.
A book without a page ``chapters/en/backbones-table.md`` has no such table, and needs no `actfns`.
"""

from pathlib import Path


def _begin(app, config):
    if Path(app.srcdir, "chapters/en/backbones-table.md").is_file():
        from book.ext.backbones import index

        index.setup(app)


def setup(app):
    app.connect("config-inited", _begin)
