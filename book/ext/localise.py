"""Strings of Sphinx, theme and extensions in the language of the page being read or written.

Sphinx knows one language per build. All its strings go through gettext catalogues, so the
catalogues are exchanged whenever a page of the other language begins.
"""

from __future__ import annotations

import gettext
import importlib
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import locale
from sphinx.transforms.post_transforms import SphinxPostTransform

from book.ext.pages import language_of
from book.ext.strings import KOREAN, NUMBERED

_OWN = {"ko": KOREAN}
_CATALOGUES = {  # gettext domain: (module, folder of its catalogues)
    "sphinx": ("sphinx", "locale"),
    "booktheme": ("sphinx_book_theme", "theme/sphinx_book_theme/static/locales"),
    "exercise": ("sphinx_exercise", "translations/locales"),
    "togglebutton": ("sphinx_togglebutton", "translations/locales"),
}


class Catalogue(gettext.NullTranslations):
    """A table of own strings in front of a gettext catalogue."""

    def __init__(self, table: dict[str, str], fallback: gettext.NullTranslations):
        super().__init__()
        self._table = table
        self.add_fallback(fallback)

    def gettext(self, message: str) -> str:
        """Translation of ``message``; the empty string stays empty (in a .po file it is the header)."""
        message = str(message)
        return (self._table.get(message) or super().gettext(message)) if message else ""


@cache
def catalogue(domain: str, language: str) -> Catalogue:
    """The catalogue of a gettext domain in a language."""
    module, folder = _CATALOGUES[domain]
    where = Path(importlib.import_module(module).__file__).parent / folder
    shipped = gettext.translation(domain, where, languages=[language], fallback=True)
    return Catalogue(_OWN.get(language, {}), shipped)


def translate(message: str, language: str) -> str:
    """``message`` in ``language``, from our own table or Sphinx's catalogue."""
    return catalogue("sphinx", language).gettext(message)


def use_language(app, language: str) -> None:
    """Make ``language`` the one that every later string of this build comes out in."""
    for domain in _CATALOGUES:
        locale.translators["general", domain] = catalogue(domain, language)
    templates = getattr(getattr(app.builder, "templates", None), "environment", None)
    if templates is not None and templates.globals.get("book_language") != language:
        templates.globals["book_language"] = language
        templates.install_gettext_translations(catalogue("sphinx", language))
        templates.cache.clear()  # imported macros keep the function they were compiled with


class PageLanguage(SphinxPostTransform):
    """First transform of a page before it is written: “Fig. 1” or “그림 1”, “Note” or “참고”."""

    default_priority = 1

    def run(self, **kwargs):
        language = language_of(self.env.docname)
        use_language(self.app, language)
        self.config.numfig_format.update(NUMBERED[language])
        for cell in self.document.findall(nodes.container):
            _translate_prompts(cell, language)


def _translate_prompts(cell: nodes.container, language: str) -> None:
    """Prompts of hidden cells; the type that myst-nb puts in for ``{type}`` follows ``hide_mode``."""
    kinds = {"all": "content", "input": "source", "output": "output", "input+output": "source"}
    kind = kinds.get(cell.get("hide_mode"))
    for key in ("prompt_show", "prompt_hide"):
        if kind and key in cell:
            cell[key] = translate(cell[key].replace("{type}", kind), language)


def _on_read(app, docname, source):
    use_language(app, language_of(docname))


def _on_page(app, pagename, templatename, context, doctree):
    language = language_of(pagename)
    use_language(app, language)
    context["language"] = language
    if "body" in context:  # myst-nb names every hidden cell so; the visible text of the summary says more
        context["body"] = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")


def setup(app):
    app.add_post_transform(PageLanguage)
    app.connect("source-read", _on_read, priority=1)
    # Before the theme fills in its strings (priority 500).
    app.connect("html-page-context", _on_page, priority=1)
