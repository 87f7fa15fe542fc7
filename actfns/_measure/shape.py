"""Range, extrema, monotonicity, convexity, parity, Lipschitz constant, saturation and fixed points from a chart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .chart import SURE, Chart, Piece, inner_point, inner_points
from .noise import REACH
from .panels import EPS
from .sampling import spread
from .tails import simplest

_PLENTY = 32  # of equally good places, or of fixed points, no more than this many are looked at


@dataclass(frozen=True)
class Candidate:
    """A value that an extremum may have. `at` may be ±inf; `on` is the interval where the value is kept."""

    value: float
    at: float
    attained: bool
    on: tuple[float, float] | None = None


@dataclass(frozen=True)
class Extremum:
    """The least upper bound of a set of candidates (or, with the sign turned, the greatest lower bound)."""

    bound: float
    at: float
    attained: bool
    on: tuple[float, float] | None = None


def choose(candidates: list[Candidate], sign: int, slack: float) -> Extremum:
    """Best candidate (`sign` 1: largest). Of equally good ones: attained before approached, then nearest to 0."""
    best = max((sign * c.value for c in candidates), default=np.nan)
    near = slack if np.isfinite(best) else 0.0
    ties = [c for c in candidates if sign * c.value >= best - near]
    ties = [c for c in ties if c.attained] or ties
    if not ties:
        return Extremum(np.nan, np.nan, False)
    top = min(ties, key=lambda c: (c.on is None, round(abs(c.at), 9), -c.at))
    return Extremum(top.value, top.at, top.attained, top.on)


def turning_points(chart: Chart, order: int) -> np.ndarray:
    """Places inside smooth pieces where derivative `order` changes sign for certain; 0 where it might be one."""
    x, low, high = chart.crossings(chart.derivatives[order][2], lambda t: chart.panels.at(t, order))
    steepness = np.abs(chart.panels.at(x, order + 1)) + 1e-300
    margin = np.minimum(chart.panels.error_at(x, order) / steepness, np.minimum(x - low, high - x))
    found = [simplest(v, m) for v, m in zip(x, margin, strict=True)]
    return np.array(found + [0.0] * bool(np.any((low < 0) & (high > 0))))


def _nearest_to_zero(on, f=None, value=None):
    """The point of an interval nearest to 0; where an end does not belong to it, a point inside."""
    at = float(np.clip(0.0, *on)) + 0.0
    if f is not None and f(np.array([at]))[0] != value:
        at = inner_point(*np.clip(on, -REACH, REACH))
    return at


# range ---------------------------------------------------------------------------------------------------------


def value_candidates(chart: Chart) -> list[Candidate]:
    """Every value that may be the infimum or supremum of f."""
    places = np.r_[turning_points(chart, 1), [k.x for k in chart.kinks], chart.lonely, _borders(chart)]
    here = chart.f(places)
    found = [Candidate(float(y), float(x), True) for x, y in zip(places, here, strict=True) if np.isfinite(y)]
    gaps = np.array([hole for hole, _ in chart.domain.holes])
    found += [Candidate(float(y), float(x), False) for x, y in zip(gaps, chart.panels.at(gaps), strict=True)]
    found += [Candidate(side, k.x, False) for k in chart.jumps for side in (k.left, k.right) if not np.isnan(side)]
    for piece in chart.pieces:
        if piece.flat:
            value = float(chart.f(inner_points(piece.low, piece.high)[:1])[0]) + 0.0
            found.append(Candidate(value, _nearest_to_zero(piece.ends, chart.f, value), True, piece.ends))
    for tail in chart.tails:
        if tail is not None:
            bounds = {tail.limit.value} if tail.regular else {tail.low, tail.high}
            found += [Candidate(b, tail.side * np.inf, False) for b in bounds if not np.isnan(b)]
    return found + _overlooked(chart, found)


def _borders(chart):
    """Ends of the domain that are no overflow, where f is defined up to the end."""
    ends = [e for low, high in chart.domain.intervals for e in (low, high)]
    return [e for e in ends if abs(e) < 8]


def _overlooked(chart, found):
    """Values at panel nodes that beat all candidates: from stretches that stayed unresolved."""
    x, y = chart.panels.nodes.ravel(), chart.panels.values.ravel()
    values = [c.value for c in found]
    slack = 1e-9 * chart.size
    extra = []
    for i, beyond in ((np.argmin(y), y.min() < min(values, default=np.inf) - slack),
                      (np.argmax(y), y.max() > max(values, default=-np.inf) + slack)):  # fmt: skip
        if beyond:
            extra.append(Candidate(float(y[i]), float(x[i]), True))
    return extra


def value_range(chart: Chart) -> tuple[Extremum, Extremum]:
    """Infimum and supremum of f."""
    candidates = value_candidates(chart)
    slack = 1e-12 * chart.size
    return choose(candidates, -1, slack), choose(candidates, 1, slack)


# slope ---------------------------------------------------------------------------------------------------------


def slope_candidates(chart: Chart) -> list[Candidate]:
    """Every value that may be the supremum of |f'|, jumps apart."""
    peaks = turning_points(chart, 2)
    height = np.abs(chart.panels.at(peaks, 1))
    peaks = peaks[height > (1 - 1e-6) * height.max(initial=0.0)]
    peaks = peaks[np.argsort(np.abs(peaks), kind="stable")[:_PLENTY]]
    found = [Candidate(_polished_slope(chart, x), float(x), True) for x in peaks]
    for piece in chart.pieces:
        if piece.slope is not None:
            at = inner_point(piece.low, piece.high)
            found.append(Candidate(_round_off(abs(piece.slope)), at, True, piece.ends))
        else:
            found += _end_slopes(chart, piece)
    found += [Candidate(np.inf, k.x, False) for k in chart.kinks if k.order < 1 and np.isinf([k.left, k.right]).any()]
    for tail in chart.tails:
        if tail is not None:
            slope = chart.slope_limit(tail)
            bound = abs(slope) if not np.isnan(slope) else _growing_slope(chart, tail)
            found += [Candidate(float(bound), tail.side * np.inf, False)] * (not np.isnan(bound))
    node = _steepest_node(chart)
    return found + [node] * (node.value > (1 + 1e-9) * max((c.value for c in found), default=0.0))


def _steepest_node(chart):
    """The node that is steepest beyond doubt; it counts where values are too rough for peaks of the slope to show."""
    p = chart.panels
    d, error, _ = (v[:, 1:-1] for v in chart.derivatives[1])
    sure = np.where(p.resolved[:, None], np.abs(d) - SURE * error, -np.inf)
    i, j = np.unravel_index(int(np.argmax(sure)), sure.shape)
    return Candidate(float(max(sure[i, j], 0.0)), float(p.nodes[i, j]), True)


def _polished_slope(chart, x):
    slope, error = chart.panels.at(x, 1), chart.panels.error_at(x, 1)
    return simplest(abs(float(slope)), float(error) + 4 * EPS * abs(float(slope)))


def _round_off(value):
    return simplest(value, 8 * EPS * value)


def _end_slopes(chart, piece: Piece):
    """One-sided slopes at the ends of a curved piece; attained where the slope is continuous there."""
    orders = {k.x: k.order for k in chart.kinks}
    d, error, _ = chart.derivatives[1]
    found = []
    for x, panel, column in ((piece.low, piece.first, 0), (piece.high, piece.last - 1, -1)):
        if x in orders:
            slope = simplest(abs(float(d[panel, column])), 4 * float(error[panel, column]))
            found.append(Candidate(slope, x, orders[x] > 0))
    return found


def _growing_slope(chart, tail):
    """inf where the slope of an oscillating tail grows from octave to octave, else nan."""
    x, d = chart.panels.nodes, np.abs(chart.derivatives[1][0][:, 1:-1])
    peaks = [d[(tail.side * x >= a) & (tail.side * x < 2 * a)].max(initial=0.0) for a in (4.0, 8.0, 16.0, 32.0)]
    return np.inf if all(b > 1.1 * a for a, b in zip(peaks[:-1], peaks[1:], strict=True)) else np.nan


def steepest(chart: Chart) -> tuple[Extremum, Extremum]:
    """Lipschitz constant with its place, and the same for the slope almost everywhere (jumps left out)."""
    candidates = slope_candidates(chart)
    almost = choose(candidates, 1, 1e-10 * max((c.value for c in candidates), default=0.0))
    if not chart.jumps and not chart.lonely:
        return almost, almost
    jump = max(chart.jumps, key=_weight, default=None)
    return Extremum(np.inf, jump.x if jump else chart.lonely[0], False), almost


def _weight(jump):
    """Order of jumps: by size, then nearest to 0, then the positive one."""
    size = np.inf if np.isnan(jump.step) else round(abs(jump.step), 9)
    return size, -abs(jump.x), jump.x


# order, curvature, symmetry --------------------------------------------------------------------------------------


def monotonicity(chart: Chart) -> tuple[str, bool]:
    """("increasing" | "decreasing" | "constant" | "no", strictly?)."""
    signs = set(chart.derivatives[1][2].ravel()) - {0}
    signs |= {int(np.sign(k.step)) for k in chart.jumps if not np.isnan(k.step)} - {0}
    for tail in chart.tails:
        if tail is not None and not tail.regular:
            signs |= {-1, 1}
    signs |= {-1, 1} if chart.lonely else _wild_signs(chart)
    strict = len(signs) == 1 and not any(p.flat for p in chart.pieces)
    word = {frozenset(): "constant", frozenset({1}): "increasing", frozenset({-1}): "decreasing"}
    return word.get(frozenset(signs), "no"), strict


def _wild_signs(chart):
    """Directions taken for certain between the nodes of unresolved panels."""
    p = chart.panels.select(~chart.panels.resolved)
    step = np.diff(p.values, axis=1)
    slack = 100 * chart.noise.eps * np.abs(p.values).max(axis=1, initial=0.0, keepdims=True) + 1e-9 * chart.size
    return set(np.sign(step[np.abs(step) > slack]).astype(int))


def convexity(chart: Chart) -> str:
    """ "convex", "concave", "affine" or "neither"."""
    irregular = any(t is not None and not t.regular for t in chart.tails)
    if chart.jumps or chart.lonely or irregular:
        return "neither"
    signs = set(chart.derivatives[2][2].ravel()) - {0}
    signs |= {int(np.sign(k.step)) for k in chart.kinks if k.order == 0 and not np.isnan(k.step)}
    if not signs and not all(p.flat or p.slope is not None for p in chart.pieces):
        signs = _bending_signs(chart)
    word = {frozenset(): "affine", frozenset({1}): "convex", frozenset({-1}): "concave"}
    return word.get(frozenset(signs), "neither")


def _bending_signs(chart):
    """Signs of second differences over wide steps, where values are too rough for second derivatives."""
    x, signs = np.linspace(-12, 12, 481), set()
    for h in (0.5, 1.0, 2.0, 4.0):
        y = chart.f(np.stack([x - h, x, x + h]))
        bend = y[0] - 2 * y[1] + y[2]
        signs |= set(np.sign(bend[np.abs(bend) > 16 * chart.noise.eps * np.abs(y).max(axis=0)]).astype(int))
    return signs


def parity(chart: Chart) -> str:
    """ "even", "odd" or "neither"; the zero function counts as even."""
    x = np.r_[spread(2000, 0, 12), np.geomspace(1e-3, 1e6, 300)]
    right, left = chart.f(x), chart.f(-x)
    finite = np.isfinite(right)
    if not np.array_equal(finite, np.isfinite(left)):
        return "neither"
    right, left, x = right[finite], left[finite], x[finite]
    slack = 1e-10 * (np.abs(right) + np.abs(left)) + 64 * chart.noise.eps * (chart.size + chart.noise.steepness * x)
    if np.all(np.abs(right - left) <= slack):
        return "even"
    return "odd" if np.all(np.abs(right + left) <= slack) else "neither"


# saturation ------------------------------------------------------------------------------------------------------


def saturation(chart: Chart, side: int, steepest_slope: float) -> tuple[bool, float | None]:
    """Whether f' tends to 0 on this side, and from where on |f'| stays below 1 % of its largest value."""
    tail = chart.tails[0 if side < 0 else 1]
    if tail is None or chart.slope_limit(tail) != 0:
        return False, None
    if not np.isfinite(steepest_slope) or steepest_slope == 0:
        return True, None
    level = 0.01 * steepest_slope
    d, x = np.abs(chart.derivatives[1][0]).ravel(), chart.panels.points.ravel()
    if side < 0:
        d, x = d[::-1], x[::-1]
    above = np.flatnonzero(d >= level)
    if not len(above) or above[-1] + 1 == len(d) or not tail.regular:
        return True, None
    low, high = sorted((x[above[-1]], x[above[-1] + 1]))
    return True, _level_crossing(chart, low, high, level)


def _level_crossing(chart, low, high, level):
    if high - low <= 1e-9 * max(1.0, abs(low)):
        return simplest((low + high) / 2, 1e-12 + (high - low) / 2)
    outer_is_high = abs(chart.panels.at(high, 1)) < level
    for _ in range(60):
        mid = (low + high) / 2
        if (abs(chart.panels.at(mid, 1)) < level) == outer_is_high:
            high = mid
        else:
            low = mid
    return float((low + high) / 2)


# fixed points of f -------------------------------------------------------------------------------------------------


def own_fixed_points(chart: Chart, within: float = 64.0) -> tuple[tuple[float, ...], tuple[tuple[float, float], ...]]:
    """Solutions of f(x) = x with |x| <= `within`: single points (the 32 nearest to 0), and intervals of them."""
    intervals = _merge_touching([p.ends for p in chart.pieces if p.slope is not None and _is_identity(chart, p)])
    keep = [k.x for k in chart.kinks] + [0.0, *chart.lonely]
    points = [float(x) for x in keep if chart.f(np.array([x]))[0] == x]
    x = chart.panels.points
    y, error = chart.panels.derivative(0)
    points += _sign_changes(chart, y - x, error + 4 * EPS * np.abs(x), lambda t: chart.f(t) - t)
    d, error, _ = chart.derivatives[1]
    points += _sign_changes(chart, d - 1, error, lambda t: chart.panels.at(t, 1) - 1)  # where f may touch the diagonal
    return _distinct_fixed_points(chart, [p for p in points if abs(p) <= within], intervals), tuple(intervals)


def _sign_changes(chart, values, error, at):
    clear = np.where(np.abs(values) > SURE * error, np.sign(values), 0).astype(int)
    return chart.crossings(clear, at)[0].tolist()


def _is_identity(chart, piece):
    x = inner_points(piece.low, piece.high)
    return bool(np.all(np.abs(chart.f(x) - x) <= 1e-12 * np.abs(x)))


def _merge_touching(intervals):
    merged = []
    for low, high in intervals:
        if merged and merged[-1][1] == low:
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return merged


def _distinct_fixed_points(chart, points, intervals):
    chosen, apart = [], 1e-5 if chart.noise.eps == EPS else 0.05
    points = np.array([p for p in points if not any(low <= p <= high for low, high in intervals)])
    solves = np.abs(chart.f(points) - points) <= 1e-9 * np.maximum(1.0, np.abs(points))
    points = [simplest(p, 1e-12) for p in sorted(points[solves], key=abs)]
    for x in sorted(points[: 4 * _PLENTY], key=lambda v: len(repr(simplest(v, 1e-9)))):
        if all(abs(x - y) > apart * max(1, abs(x)) for y in chosen):
            chosen.append(x)
    return tuple(sorted(sorted(chosen, key=abs)[:_PLENTY]))
