"""The measured sheet of a function as it stands on its card."""

from __future__ import annotations

import html
from functools import cache

import numpy as np

from actfns import measure
from actfns._measure import wording
from book.ext.cards.words import INDEX, WORDS, number

PLAIN = ("monotonic", "convex", "parity")
NUMBERS = ("limits", "slope_at_0", "zero_centred", "mean", "second_moment", "gain", "gain_backward")


@cache
def measured(function):
    """The sheet of a function of one number, else None."""
    return measure(function) if function.arity == "pointwise" else None


def rows(function, language: str) -> list[tuple[str, str]]:
    """(label, value) of what the card shows."""
    words, sheet = WORDS[language], measured(function)
    if sheet is None:
        return _vector_rows(function, words, language)

    def label(key):
        return wording.LABELS[key][wording.language(language)]

    def placed(key, value, at):
        text = number(value, language)
        return label(key), text if value is None or at is None else words["at"].format(text, number(at, language))

    found = [
        (label("range"), interval(sheet, language)),
        (label("continuity"), smoothness(sheet.continuity, language)),
        (label("kinks"), number(sheet.kinks, language)),
        *((label(key), number(getattr(sheet, key), language)) for key in PLAIN),
        placed("minimum", sheet.minimum, sheet.minimum_at if sheet.minimum_on is None else None),
        placed("lipschitz", sheet.lipschitz, sheet.lipschitz_at if sheet.lipschitz_on is None else None),
        *((label(key), number(getattr(sheet, key), language)) for key in NUMBERS),
    ]
    sides = [number(side, language) for side in (sheet.saturates_left, sheet.saturates_right)]
    found.insert(
        9, (label("saturates_left").split()[0] if language == "en" else "포화", words["left_right"].format(*sides))
    )
    return [*found, (words["finite16"], _finite(sheet.finite["float16"], words, language))]


def interval(sheet, language: str) -> str:
    """The range in interval notation."""
    left, right = "[" if sheet.inf_attained else "(", "]" if sheet.sup_attained else ")"
    return f"{left}{number((sheet.inf, sheet.sup), language)}{right}"


def smoothness(order: float, language: str) -> str:
    """Differentiability class as text: C⁰, C¹, …, C∞, or that it jumps.

    >>> smoothness(1, "en"), smoothness(float("inf"), "ko")
    ('C¹', 'C∞')
    """
    if order < 0:
        return INDEX[language]["jump"]
    return "C∞" if order == float("inf") else f"C{'⁰¹²³⁴⁵⁶⁷⁸⁹'[int(order)]}"


def _finite(ends, words, language):
    """Between which inputs values are finite; the largest float16 is 65504."""
    if ends is None:
        return "–"
    whole = min(-ends[0], ends[1]) >= np.finfo(np.float16).max
    return words["everywhere"] if whole else f"[{number(ends, language)}]"


def _vector_rows(function, words, language):
    """What can be seen of a function of several inputs from its values at random ones."""
    z = np.random.default_rng(0).normal(0, 3, (2000, 4))
    still = {"noise": np.zeros_like(z)} if "noise" in function.params else {}
    y, moved = function(z, **still), function(z + 1.0, **still)
    return [
        (words["outputs"], str(y.shape[1])),
        (words["sum_is_one"], number(bool(np.allclose(y.sum(1), 1)), language)),
        (words["shift"], number(bool(np.allclose(y, moved)), language)),
        (words["smallest"], number(float(y.min()), language, 3)),
        (words["largest"], number(float(y.max()), language, 3)),
    ]


def table(function, language: str, caption: str) -> str:
    """The rows as an HTML table."""
    cells = "".join(
        f'<tr><th scope="row">{html.escape(label)}</th><td>{html.escape(value)}</td></tr>'
        for label, value in rows(function, language)
    )
    return f'<table class="fn-sheet"><caption>{html.escape(caption)}</caption><tbody>{cells}</tbody></table>'
