"""Readable, stable anchors for Korean headings: ``#그래프와-도함수`` instead of ``#id1``."""

from __future__ import annotations

import re

from docutils import nodes


def slug(title: str) -> str:
    """Anchor of a heading. None begins with a digit: the theme's script takes anchors for CSS selectors.

    >>> slug("ReLU의 그래프, 그리고 도함수"), slug("0에서의 ReLU")
    ('relu의-그래프-그리고-도함수', '_0에서의-relu')
    """
    anchor = re.sub(r"\W+", "-", title.lower()).strip("-")
    return f"_{anchor}" if anchor[:1].isdigit() else anchor


def _add_anchors(app, doctree):
    used = set(doctree.ids)
    for section in doctree.findall(nodes.section):
        title = section[0].astext()
        anchor = slug(title)
        if title.isascii() or not anchor or anchor in used:
            continue
        used.add(anchor)
        section["ids"].insert(0, anchor)  # the first id is the one that tables of contents link to


def setup(app):
    # Before Sphinx collects the tables of contents (priority 500).
    app.connect("doctree-read", _add_anchors, priority=100)
