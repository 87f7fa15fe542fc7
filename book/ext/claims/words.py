"""The words of boxes and ledger in both languages, and how the texts of the ledger are shown."""

from __future__ import annotations

import html
import re

from docutils import nodes

WORDS = {
    "en": {
        "title": "The notes said · verdict: {}",
        "notes": "Notes",
        "measured": "Measured",
        "right": "Right is",
        "entry": "ledger",
        "link": "the ledger's entry {}",
        "caption": "All claims",
        "columns": ("claim", "verdict", "what is right", "topic", "kind", "note"),
        "note": "note {}",
        "counts": "{} claims: {}.",
        "shown": "Shown in",
        "sources": "Sources",
        "check": "with a check",
        "no_check": "without a check",
    },
    "ko": {
        "title": "노트의 주장 · 판정: {}",
        "notes": "노트",
        "measured": "측정",
        "right": "바로잡으면",
        "entry": "장부",
        "link": "장부의 항목 {}",
        "caption": "모든 주장",
        "columns": ("주장", "판정", "바로잡은 말과 까닭", "주제", "종류", "노트"),
        "note": "노트 {}",
        "counts": "주장 {}개: {}.",
        "shown": "보이는 곳",
        "sources": "출처",
        "check": "검사 있음",
        "no_check": "검사 없음",
    },
}


def inline(text: str) -> list[nodes.Node]:
    """A text of the ledger as nodes: plain, with ``code`` in backticks.

    >>> [node.astext() for node in inline("It equals `F.mish`.")]
    ['It equals ', 'F.mish', '.']
    """
    parts = re.split(r"`([^`]+)`", text.strip())
    made = [nodes.literal("", part) if odd % 2 else nodes.Text(part) for odd, part in enumerate(parts)]
    return [node for node in made if node.astext()]


def as_html(text: str) -> str:
    """A text of the ledger as HTML.

    >>> as_html("For x < 0 it equals `F.mish`.")
    'For x &lt; 0 it equals <code>F.mish</code>.'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text.strip(), quote=False))
