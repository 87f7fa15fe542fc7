"""Graphs of functions as small drawings (SVG inside the page), in the colours of the theme, light or dark."""

from __future__ import annotations

import html
import math
from functools import cache

import numpy as np

from actfns.plots.breaks import Graph
from actfns.plots.colours import colour
from actfns.plots.series import as_series
from book.ext.cards.sheet import interval, measured
from book.ext.cards.words import ALT, name, number, short
from book.start_figure import on_dark

WIDTH, HEIGHT = 360, 240
LEFT, RIGHT, TOP, BOTTOM = 28, 8, 8, 20  # room for the numbers at the axes
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def graph(function, language: str) -> str:
    """f and its slope with numbered axes."""
    return _furnished(function).replace("ALT", html.escape(alternative(function, language), quote=True))


@cache
def thumbnail(function) -> str:
    """f alone, the size of a line of text, without a text alternative."""
    lo, hi = span(function)
    values, slopes = curves(function, lo, hi, points=120)
    bottom, top = heights(values, slopes, lo, hi)
    to = _Scale(lo, hi, bottom, top, 0, 0, 60, 36)
    lines = "".join(f'<path class="value" d="{to.path(piece)}"/>' for piece in values)
    axes = f'<path class="axes" d="M0 {to.y(0):.1f}H60M{to.x(0):.1f} 0V36"/>'
    return (
        f'<svg class="fn-mini" viewBox="0 0 60 36" aria-hidden="true" focusable="false" style="{_colours(function)}">'
        f"{axes}{lines}</svg>"
    )


def alternative(function, language: str) -> str:
    """The graph in words."""
    words, sheet = ALT[language], measured(function)
    lo, hi = span(function)
    known = {"name": short(name(function, language)), "lo": number(lo, digits=2), "hi": number(hi, digits=2)}
    if sheet is None:
        ends = [(number(tuple(map(float, _outputs(function, np.array([x]))[0][:, 0])), digits=2)) for x in (lo, hi)]
        return words["vector"].format(first=f"({ends[0]})", last=f"({ends[1]})", **known)
    text = words["graph"].format(
        range=interval(sheet, language), monotonic=words["monotonic"][sheet.monotonic], **known
    )
    if sheet.minimum is not None and math.isfinite(sheet.minimum) and sheet.minimum_on is None:
        text += words["minimum"].format(number(sheet.minimum, digits=3), number(sheet.minimum_at, digits=3))
    kinks = tuple(x for x, order in zip(sheet.kinks, sheet.kink_orders) if order == 0)
    for key, places in (("jumps", sheet.jumps), ("kinks", kinks)):
        text += words[key].format(number(places, digits=3)) if places else ""
    return (
        text
        + (words["slope"].format(number(sheet.slope_at_0, digits=3)) if sheet.slope_at_0 == sheet.slope_at_0 else "")
        + "."
    )


@cache
def span(function) -> tuple[float, float]:
    """The range of x worth seeing: ±5, wider for far kinks and slow saturation."""
    sheet = measured(function)
    if sheet is None:
        return -5.0, 5.0
    far = [abs(x) for x in sheet.kinks if abs(x) < 50]
    ends = [sheet.saturation_left_at, sheet.saturation_right_at]
    if None not in ends and sheet.inf > -math.inf and sheet.sup < math.inf:
        far += [abs(x) / 1.25 for x in ends if 15 < abs(x) < 500]
    reach = max([5.0, *(1.25 * x for x in far)])
    reach = float(math.ceil(reach))
    return -reach, reach


@cache
def curves(function, lo: float, hi: float, points: int = 400) -> tuple[list, list]:
    """Pieces (n, 2) of f and of its slope; every output of a function of several inputs is a curve of its own."""
    if function.arity == "pointwise":
        drawn = Graph(as_series(function), lo, hi)
        return tuple([np.column_stack(piece) for piece in drawn.pieces(order, points)] for order in (0, 1))
    x = np.linspace(lo, hi, points)
    return tuple([np.column_stack([x, y]) for y in rows] for rows in _outputs(function, x))


def _outputs(function, x):
    """Outputs for the inputs (1, x), and their slopes in x, one row each; chance is left out."""
    z = np.column_stack([np.ones_like(x), x])
    still = {"noise": np.zeros_like(z)} if "noise" in function.params else {}
    return function(z, **still).T, function.derivative(z, **still)[..., -1].T


def heights(values, slopes, lo, hi) -> tuple[float, float]:
    """Lowest and highest y shown: f and f′ where they stay in proportion to x."""
    y = np.concatenate([piece[:, 1] for piece in (*values, *slopes)])
    y = y[np.isfinite(y)]
    bottom, top = max(min(y.min(), 0.0), 0.6 * lo), min(max(y.max(), 1.0), 0.8 * hi)
    margin = 0.06 * (top - bottom)
    return bottom - margin, top + margin


class _Scale:
    """From numbers to places in a drawing."""

    def __init__(self, lo, hi, bottom, top, left, above, width, height):
        self.lo, self.top, self.left, self.above = lo, top, left, above
        self.across, self.down = width / (hi - lo), height / (top - bottom)
        self.lowest, self.highest = bottom - (top - bottom), top + (top - bottom)

    def x(self, value):
        return self.left + (value - self.lo) * self.across

    def y(self, value):
        return self.above + (self.top - value) * self.down

    def path(self, piece) -> str:
        """SVG path of a piece, broken where it has no value, with no more points than show."""
        parts, run = [], []
        for x, y in [*piece, (0.0, math.nan)]:
            if math.isfinite(y):
                run.append((self.x(x), self.y(min(max(y, self.lowest), self.highest))))
            elif run:
                parts.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in thinned(run)))
                run = []
        return "".join(parts)


def thinned(points: list, tolerance: float = 0.12) -> list:
    """The points needed to stay within ``tolerance`` of the line (Ramer, Douglas and Peucker).

    >>> thinned([(0, 0), (1, 0.01), (2, 0), (3, 5)])
    [(0, 0), (2, 0), (3, 5)]
    """
    p = np.array(points, float)
    keep, open_ = {0, len(p) - 1}, [(0, len(p) - 1)]
    while open_:
        a, b = open_.pop()
        if b - a < 2:
            continue
        along, away = p[b] - p[a], p[a + 1 : b] - p[a]
        gap = np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / (math.hypot(*along) or 1)
        worst = int(gap.argmax())
        if gap[worst] > tolerance:
            keep.add(a + 1 + worst)
            open_ += [(a, a + 1 + worst), (a + 1 + worst, b)]
    return [points[k] for k in sorted(keep)]


@cache
def _furnished(function) -> str:
    lo, hi = span(function)
    values, slopes = curves(function, lo, hi)
    bottom, top = heights(values, slopes, lo, hi)
    inner = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    to, local = _Scale(lo, hi, bottom, top, LEFT, TOP, *inner), _Scale(lo, hi, bottom, top, 0, 0, *inner)
    axes = f'<path class="axes" d="M{LEFT} {to.y(0):.1f}H{WIDTH - RIGHT}M{to.x(0):.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
    numbers = [f'<text x="{to.x(x):.1f}" y="{HEIGHT - 5}">{number(x)}</text>' for x in ticks(lo, hi, 6)]
    numbers += [
        f'<text class="side" x="{LEFT - 5}" y="{to.y(y) + 4:.1f}">{number(y)}</text>' for y in ticks(bottom, top, 6)
    ]
    lines = [
        f'<path class="{kind}" d="{local.path(piece)}"/>'
        for kind, pieces in (("slope", slopes), ("value", values))
        for piece in pieces
    ]
    return (
        f'<svg class="fn-graph" role="img" aria-label="ALT" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'style="{_colours(function)}">{axes}{"".join(numbers)}'
        f'<svg x="{LEFT}" y="{TOP}" width="{inner[0]}" height="{inner[1]}">{"".join(lines)}</svg></svg>'
    )


def ticks(lo: float, hi: float, most: int) -> list[float]:
    """Round numbers in [lo, hi], at most ``most`` of them.

    >>> ticks(-5, 5, 6)
    [-4.0, -2.0, 0.0, 2.0, 4.0]
    """
    for step in STEPS:
        found = [k * step + 0.0 for k in range(math.ceil(lo / step), math.floor(hi / step) + 1)]
        if len(found) <= most:
            return [float(f"{x:.6g}") for x in found]
    return [0.0]


def _colours(function) -> str:
    light = colour(function)
    return f"--light:{light};--dark:{on_dark(light)}"
