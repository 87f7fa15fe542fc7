"""Sphinx extension of the book: one build, two languages, nothing fetched from another host.

Each module does one thing and has its own ``setup``:

=============  ==================================================================
pages          which language a page is in, which page is its counterpart
localise       theme, Sphinx and extension strings in the language of the page
navigation     toggle, sidebar, previous/next, titles of the page's own language
numbering      figures, theorems and exercises counted per language
citations      one list of references per language
glossary       ``{terms}`` and ``{g}`` from ``book/glossary.yml``
search         Korean search, one search page per language
anchors        readable anchors for Korean headings
maths          KaTeX at build time with the node that pip installed
repository     links and launch buttons from the git remote
sharing        the picture beside a link to the book
metadata       description, OpenGraph, hreflang, sitemap, robots.txt, 404.html
assets         own styles and scripts; what the theme loads in vain is dropped
images         pictures that keep their place, loaded when the reader comes near
icons          the theme's styles and icons, cut down to what the site shows
fragments      ``{fragment}``: a drawing from ``book/templates`` inside a page
surfaces       surfaces to turn, from the outputs of notebooks
explorer       functions to overlay and to send signals through, in the reader's browser
cards          a card per function, their index and the family tree, from the catalogue
backbones      ``{backbone-index}``: the table of published architectures, to filter and to cite
environment    ``{environment}``: what the notebooks were run with, and how long each took
claims         ``{claims-ledger}``: what the notes said, with verdicts, to filter and to cite
=============  ==================================================================
"""

from __future__ import annotations

from book.ext import (
    anchors,
    assets,
    backbones,
    cards,
    citations,
    claims,
    environment,
    explorer,
    fragments,
    glossary,
    icons,
    images,
    localise,
    maths,
    metadata,
    navigation,
    numbering,
    pages,
    repository,
    search,
    sharing,
    surfaces,
)

MODULES = (
    pages,
    localise,
    navigation,
    numbering,
    citations,
    glossary,
    search,
    anchors,
    maths,
    repository,
    sharing,
    metadata,
    assets,
    images,
    icons,
    fragments,
    surfaces,
    explorer,
    cards,
    backbones,
    claims,
    environment,
)


def setup(app):
    """Set up every part; called by Sphinx."""
    for module in MODULES:
        module.setup(app)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
