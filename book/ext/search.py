"""Search that finds Korean words with particles attached, and one search page per language.

Sphinx matches whole words (and parts of words only from three letters on): 미분 would not be found
where the text says 미분이 or 편미분. Here every stretch of two to six syllables is indexed too.
"""

from __future__ import annotations

import re

from sphinx.search.en import SearchEnglish

from book.ext.pages import LANGUAGES, counterpart

_HANGUL = re.compile(r"[가-힣]{2,}")
LONGEST = 6


class SearchKorean(SearchEnglish):
    """English stemming plus Korean syllables: the book mixes both."""

    lang = "ko"
    language_name = "Korean and English"

    def split(self, text):
        """Words of ``text``, each Korean word followed by its parts."""
        for word in super().split(text):
            yield word
            for run in _HANGUL.findall(word):
                yield from (part for part in syllables(run) if part != word)

    def word_filter(self, word):
        """Keep Korean words of any length; leave the rest to English."""
        return bool(_HANGUL.match(word)) or super().word_filter(word)


def syllables(run: str) -> list[str]:
    """Parts of two to six syllables.

    >>> syllables("편미분")
    ['편미', '미분', '편미분']
    """
    lengths = range(2, min(len(run), LONGEST) + 1)
    return [run[i : i + n] for n in lengths for i in range(len(run) - n + 1)]


def search_pages() -> list[str]:
    """Names of the search pages, the English one first."""
    return [counterpart("search", language) for language in LANGUAGES]


def _configure(app, config):
    config.html_search_language = SearchKorean.lang
    own = {page: "search.html" for page in search_pages() if page != "search"}
    config.html_additional_pages = {**config.html_additional_pages, **own}


def _load_script(app, pagename, templatename, context, doctree):
    if pagename in search_pages():
        app.add_js_file("search.js")


def setup(app):
    app.add_search_language(SearchKorean)
    app.connect("config-inited", _configure)
    app.connect("html-page-context", _load_script)
