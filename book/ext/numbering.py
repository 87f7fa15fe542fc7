"""Chapters have the number in their file name; figures, theorems and exercises are counted per language.

Sphinx counts chapters as the table of contents lists them, so a chapter that is still to be written would shift all
after it. And it counts figures within a chapter number over the whole book: both languages have a chapter 1, so the
English one would go on where the Korean one stopped (Fig. 1.3, 1.4, …).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from docutils import nodes

from book.ext.pages import LANGUAGES, language_of


def chapter_number(page: str) -> int | None:
    """The number in the file name of a chapter, ``chapters/en/09-gradient-flow`` → 9; None for other pages."""
    found = re.fullmatch(r"chapters/\w+/(\d+)-[^/]+", page)
    return int(found[1]) if found else None


def number_chapters(env) -> None:
    """Let every number of a numbered chapter (headings, figures, links to them) begin with the chapter's own."""
    for page, sections in env.toc_secnumbers.items():
        chapter = chapter_number(page)
        if chapter is None:
            continue
        for marked in (env.titles[page], *env.tocs[page].findall(nodes.reference)):
            if marked.get("secnumber"):
                marked["secnumber"] = [chapter, *marked["secnumber"][1:]]
        for numbers in (sections, *env.toc_fignumbers.get(page, {}).values()):
            numbers |= {target: (chapter, *number[1:]) for target, number in numbers.items() if number}


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


class ReadOnce:
    """An environment that keeps the last doctrees it read.

    Sphinx unpickles the whole chapter again for every numbered reference into it, which was a quarter of a build.
    """

    def __init__(self, env):
        self._env = env
        self.get_doctree = lru_cache(maxsize=4)(env.get_doctree)

    def __getattr__(self, name):
        return getattr(self._env, name)


def _read_once(app, env):
    domain, reading = env.get_domain("std"), ReadOnce(env)
    resolve = domain._resolve_numref_xref
    domain._resolve_numref_xref = lambda _, *reference: resolve(reading, *reference)


def _on_updated(app, env):
    number_chapters(env)
    renumber(env.toc_fignumbers)
    return []


def setup(app):
    app.connect("env-get-updated", _on_updated, priority=950)
    app.connect("env-check-consistency", _read_once)  # after the environment and its doctrees are saved
