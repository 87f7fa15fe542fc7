"""Which language a page is in, and which page is its counterpart.

``chapters/en/X`` ↔ ``chapters/ko/X``; at the top, ``X`` (English) ↔ ``X-ko``.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.util import logging

LANGUAGES = {"en": "English", "ko": "한국어"}
DEFAULT = "en"
ROOT = Path(__file__).resolve().parents[2]

_CHAPTER = re.compile(r"chapters/(?P<language>[a-z]{2})/(?P<rest>.+)")
_log = logging.getLogger(__name__)


def language_of(page: str) -> str:
    """Language code of a page.

    >>> language_of("chapters/ko/02-properties"), language_of("index-ko"), language_of("index")
    ('ko', 'ko', 'en')
    """
    language, _ = _split(page)
    return language


def counterpart(page: str, language: str) -> str:
    """Name of the same page in ``language`` (whether or not it exists).

    >>> counterpart("chapters/en/glossary", "ko"), counterpart("index-ko", "en")
    ('chapters/ko/glossary', 'index')
    """
    _, rest = _split(page)
    if _CHAPTER.fullmatch(page):
        return f"chapters/{language}/{rest}"
    return rest if language == DEFAULT else f"{rest}-{language}"


def _split(page: str) -> tuple[str, str]:
    chapter = _CHAPTER.fullmatch(page)
    if chapter and chapter["language"] in LANGUAGES:
        return chapter["language"], chapter["rest"]
    stem, _, suffix = page.rpartition("-")
    if stem and suffix in LANGUAGES:
        return suffix, stem
    return DEFAULT, page


def missing_counterparts(pages: set[str]) -> list[tuple[str, str]]:
    """Pairs (page, language) for which no counterpart exists, sorted."""
    return sorted((page, code) for page in pages for code in LANGUAGES if counterpart(page, code) not in pages)


def _check_pairs(app, env):
    for page, code in missing_counterparts(set(env.found_docs)):
        _log.warning("no counterpart in %s: %s is missing", LANGUAGES[code], counterpart(page, code), location=page)


def setup(app):
    app.add_config_value("titles", {}, "html")
    app.connect("env-check-consistency", _check_pairs)
