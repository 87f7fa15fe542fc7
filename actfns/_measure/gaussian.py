"""Averages over Z ~ N(0, 1): moments of f and f', the second-moment map q -> E f(sqrt(q) Z)^2 and its fixed points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .chart import Chart
from .panels import NODES, WEIGHTS
from .tails import simplest

ROUGH = 1e-6  # probability of unresolved panels from which on averages of the slope mean nothing
_OUTER = 2.0**17
_BELL = 38.5  # exp(-x^2 / 2) underflows beyond
_WIDE = 16.0  # standard deviations that count for the second-moment map (exp(-128) is left out)
_INNER = 2.0 ** -np.arange(3, 28)
_QS = 2.0 ** np.arange(-20.0, 21.0)


@dataclass(frozen=True)
class Quadrature:
    """Gauss-Legendre nodes on panels split at every kink and graded towards 0, so that any width sqrt(q) is served."""

    x: np.ndarray
    weight: np.ndarray
    y: np.ndarray
    edge: float  # |x| up to which the nodes reach without a gap

    def average(self, values, q=1.0, reach=_BELL):
        """Sum of values times the density of N(0, q), over |x| < reach sqrt(q)."""
        here, mass = self._mass(q, reach)
        return float(mass @ values[here])

    def second_moment(self, q):
        """E f(sqrt(q) Z)^2; inf where the integral has not settled at the outermost nodes."""
        here, mass = self._mass(q, _WIDE)
        terms = mass * self.y[here] ** 2
        total, outer = terms.sum(), terms[np.abs(self.x[here]) > 0.8 * self.edge].sum()
        return np.inf if outer > 1e-9 * total else float(total)

    def slope_of_map(self, q):
        """d/dq E f(sqrt(q) Z)^2 = E f^2 (Z^2 - 1) / (2 q); no derivative of f needed."""
        return self.average(self.y**2 * (self.x**2 / q - 1), q) / (2 * q)

    def _mass(self, q, reach):
        """Which nodes lie within `reach` standard deviations of N(0, q), and the probability each stands for."""
        here = slice(*np.searchsorted(self.x, [-reach * q**0.5, reach * q**0.5]))
        return here, np.exp(self.x[here] ** 2 / (-2 * q)) * self.weight[here] / np.sqrt(2 * np.pi * q)


def quadrature(chart: Chart) -> Quadrature:
    """Nodes from the panels of `chart`, refined near 0."""
    p = chart.panels
    edges = np.unique(np.r_[p.a, p.b, -_INNER, _INNER])
    edges = edges[np.abs(edges) <= _OUTER]
    a, b = edges[:-1], edges[1:]
    i = np.clip(np.searchsorted(p.a, (a + b) / 2, side="right") - 1, 0, len(p.a) - 1)
    inside = ((a + b) / 2 > p.a[i]) & ((a + b) / 2 < p.b[i])
    a, b = a[inside], b[inside]
    x = ((a + b)[:, None] / 2 + (b - a)[:, None] / 2 * NODES).ravel()
    weight = ((b - a)[:, None] / 2 * WEIGHTS).ravel()
    gap = a[1:] > b[:-1] + 1e-9 * np.abs(b[:-1])
    edge = min([_OUTER, abs(a[0]), b[-1], *np.abs(b[:-1][gap]), *np.abs(a[1:][gap])])
    return Quadrature(x, weight, chart.f(x), float(edge))


@dataclass(frozen=True)
class Moments:
    """Gaussian moments. `missing`: probability of the set where f has no value; `rough`: where it was not resolved."""

    mean: float
    second: float
    slope_mean: float
    slope_second: float
    map_slope: float
    fixed_points: tuple[float, ...]
    fixed_slopes: tuple[float, ...]
    fixed_intervals: tuple[tuple[float, float], ...]
    missing: float
    rough: float = 0.0


def moments(chart: Chart) -> Moments:
    """All Gaussian quantities of the sheet."""
    missing = _missing_mass(chart)
    if missing > 1e-15:
        return Moments(*[np.nan] * 5, (), (), (), missing)
    nodes = quadrature(chart)
    second = _settled(chart, nodes, nodes.y**2)
    mean = _settled(chart, nodes, nodes.y)
    mean = _zero_if_small(mean, np.sqrt(second))
    rough = _rough_mass(chart)
    slope_mean, slope_second = _slope_moments(chart) if rough <= ROUGH else (np.nan, np.nan)
    slope_mean = _zero_if_small(slope_mean, np.sqrt(slope_second))
    map_slope = nodes.slope_of_map(1.0) / second if np.isfinite(second) and second > 0 else np.nan
    points, intervals = _fixed_points(nodes) if np.isfinite(second) else ((), ())
    slopes = tuple(_zero_if_small(nodes.slope_of_map(q), 1.0) for q in points)
    if chart.f(np.zeros(1))[0] == 0 and not any(k.x == 0 for k in chart.jumps) and 0.0 not in chart.lonely:
        left, right = slopes_at_zero(chart)
        points, slopes = (0.0, *points), ((left**2 + right**2) / 2, *slopes)
    map_slope = _zero_if_small(map_slope, 1.0)
    return Moments(mean, second, slope_mean, slope_second, map_slope, points, slopes, intervals, missing, rough)


def _zero_if_small(value, scale):
    """0 for what is left when a sum cancels to rounding."""
    return 0.0 if np.isfinite(value) and abs(value) <= 1e-13 * scale else value


def _probability(low, high):
    return 0.5 * (math.erf(high / 2**0.5) - math.erf(low / 2**0.5))


def _missing_mass(chart):
    """Probability of N(0, 1) where f is nan, or where it is infinite near the middle."""
    return sum(_probability(low, high) for low, high, _ in chart.domain.outside if low < 8 and high > -8)


def _rough_mass(chart):
    p = chart.panels.select(~chart.panels.resolved)
    return sum(map(_probability, p.a, p.b))


def _settled(chart, nodes, values):
    """The average of `values`, or inf / nan where its integral diverges at the edge or at a singular point."""
    size = np.abs(values)
    with np.errstate(over="ignore"):
        total = nodes.average(size)
        cut = min(nodes.edge, _BELL)
        loose = (np.abs(nodes.x) > 0.8 * cut) & (np.abs(nodes.x) <= nodes.edge)
        for k in chart.kinks:
            if np.isinf([k.left, k.right]).any():
                loose |= np.abs(nodes.x - k.x) < 1e-6
        rest = nodes.average(np.where(loose, size, 0.0))
    if not rest <= 1e-3 * total and rest > 0:
        signs = set(np.sign(values[loose & (size > 0)]))
        return float(signs.pop() * np.inf) if len(signs) == 1 else np.nan
    return nodes.average(values)


def _slope_moments(chart):
    """E f' and E f'^2 almost everywhere: jumps contribute nothing."""
    p = chart.panels
    near = (p.b > -_BELL) & (p.a < _BELL)
    known = np.array([np.nan if piece.slope is None else piece.slope for piece in chart.pieces])[chart.piece_of]
    d = np.where(np.isnan(known)[:, None], chart.derivatives[1][0][:, 1:-1], known[:, None])[near].ravel()
    x = p.nodes[near].ravel()
    weight = ((p.b - p.a)[near, None] / 2 * WEIGHTS).ravel()
    nodes = Quadrature(x, weight, d, float(min(_BELL, abs(x[0]), x[-1])))
    return _settled(chart, nodes, d), _settled(chart, nodes, d**2)


def slopes_at_zero(chart) -> tuple[float, float]:
    """One-sided slopes of f at 0."""
    for k in chart.kinks:
        if k.x == 0 and k.order == 0:
            return k.left, k.right
    p = chart.panels
    right = int(np.clip(np.searchsorted(p.a, 0.0, side="right") - 1, 0, len(p.a) - 1))
    left = max(right - 1, 0) if p.a[right] == 0 else right
    return _slope_of_panel(chart, left), _slope_of_panel(chart, right)


def _slope_of_panel(chart, i):
    known = chart.pieces[chart.piece_of[i]].slope
    p = chart.panels.select([i])
    return simplest(known, 1e-15) if known is not None else simplest(float(p.at(0.0, 1)), float(p.error_at(0.0, 1)))


def _fixed_points(nodes):
    """Solutions q > 0 of E f(sqrt(q) Z)^2 = q between 2^-20 and 2^20, and intervals where all q solve it."""
    excess = np.array([nodes.second_moment(q) / q for q in _QS]) - 1
    kept = np.abs(excess) <= 1e-11
    intervals, points = [], []
    starts = np.flatnonzero(kept & ~np.r_[False, kept[:-1]])
    ends = np.flatnonzero(kept & ~np.r_[kept[1:], False])
    for s, e in zip(starts, ends, strict=True):
        if e > s:
            low = 0.0 if s == 0 else float(_QS[s])
            intervals.append((low, float("inf") if e == len(_QS) - 1 else float(_QS[e])))
        else:
            points.append(float(_QS[s]))
    sign = np.where(kept | ~np.isfinite(excess), 0, np.sign(excess))
    for i in np.flatnonzero(sign[:-1] * sign[1:] < 0):
        excess_at = lambda t: nodes.second_moment(2.0**t) / 2.0**t - 1  # noqa: E731
        points.append(_solve(excess_at, np.log2(_QS[i]), np.log2(_QS[i + 1])))
    return tuple(sorted(points)), tuple(intervals)


def _solve(g, a, b):
    """Root of g(t) between a and b (regula falsi, Illinois), returned as 2^t."""
    ga, gb = g(a), g(b)
    for _ in range(60):
        t = b - gb * (b - a) / (gb - ga)
        value = g(t)
        if value * gb < 0:
            a, ga = b, gb
        else:
            ga /= 2
        b, gb = t, value
        if abs(b - a) < 1e-14 or abs(gb) < 4e-16:
            break
    return simplest(2.0**b, 4e-15 * 2.0**b)
