"""The words of the ledger in both languages, and how the texts of the ledger are shown."""

from __future__ import annotations

import html
import re

WORDS = {
    "en": {
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


def as_html(text: str) -> str:
    """A text of the ledger as HTML.

    >>> as_html("For x < 0 it equals `F.mish`.")
    'For x &lt; 0 it equals <code>F.mish</code>.'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text.strip(), quote=False))
