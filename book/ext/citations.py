"""One list of references per language; a citation leads to the list of its own language.

Both lists hold the same keys, which sphinxcontrib-bibtex calls a duplicate (``_config.yml``
suppresses just that warning) and would resolve to the list it read last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pybtex.plugin
from sphinxcontrib.bibtex.domain import BibtexDomain
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from book.ext.pages import language_of


def _round() -> BracketStyle:
    return BracketStyle(left="(", right=")")


@dataclass
class RoundReferenceStyle(AuthorYearReferenceStyle):
    """Misra (2020) and (Misra, 2020) rather than square brackets."""

    bracket_textual: BracketStyle = field(default_factory=_round)
    bracket_parenthetical: BracketStyle = field(default_factory=_round)
    bracket_author: BracketStyle = field(default_factory=_round)
    bracket_label: BracketStyle = field(default_factory=_round)
    bracket_year: BracketStyle = field(default_factory=_round)


class LanguageCitations(BibtexDomain):
    """The citation domain, looking only at references in the language of the citing page."""

    def resolve_xref(self, env, fromdocname, *args, **kwargs):
        everything = self.data["citations"]
        own = language_of(fromdocname)
        self.data["citations"] = [c for c in everything if language_of(c.bibliography_key.docname) == own]
        try:
            return super().resolve_xref(env, fromdocname, *args, **kwargs)
        finally:
            self.data["citations"] = everything


def _as_list(app, pagename, templatename, context, doctree):
    """docutils writes entries of role ``doc-biblioentry`` into a list, which may hold only list items."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app):
    app.setup_extension("sphinxcontrib.bibtex")
    # pybtex looks through all installed packages for the style of each citation: a tenth of the building time.
    if not hasattr(pybtex.plugin._load_entry_point, "cache_info"):
        pybtex.plugin._load_entry_point = cache(pybtex.plugin._load_entry_point)
    register_plugin("sphinxcontrib.bibtex.style.referencing", "author_year_round", RoundReferenceStyle)
    app.add_domain(LanguageCitations, override=True)
    app.connect("html-page-context", _as_list)
