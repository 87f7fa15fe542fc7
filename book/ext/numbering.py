"""Figures, tables, theorems and exercises are counted per language.

Sphinx counts within a chapter number over the whole book; both languages have a chapter 1, so
without this the English chapter would go on where the Korean one stopped (Fig. 1.3, 1.4, …).
"""

from __future__ import annotations

from collections import Counter

from book.ext.pages import LANGUAGES, language_of


def renumber(numbers: dict) -> None:
    """Renumber ``{page: {kind: {id: (chapter, …, n)}}}`` in place, each language from 1."""
    for language in LANGUAGES:
        rows = sorted(
            (number, page, kind, target)
            for page, kinds in numbers.items()
            if language_of(page) == language
            for kind, targets in kinds.items()
            for target, number in targets.items()
        )
        count: Counter = Counter()
        for number, page, kind, target in rows:
            count[kind, number[:-1]] += 1
            numbers[page][kind][target] = (*number[:-1], count[kind, number[:-1]])


def _on_updated(app, env):
    renumber(env.toc_fignumbers)
    return []


def setup(app):
    app.connect("env-get-updated", _on_updated, priority=950)
