"""Limits: of sequences, of a function and its slope at both ends of the line, and at singular points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .noise import REACH, difference_noise
from .panels import EPS
from .sampling import spread

_CELLS = 40
_IN_CELL = 48
_NEAREST = 8.0


@dataclass(frozen=True)
class Limit:
    """A limit (nan: there is none), whether it is beyond doubt, whether the approach is slow like a logarithm."""

    value: float
    sure: bool = True
    slow: bool = False


def limit_of(y, ratio: float, noise, first: float = 4.0) -> Limit:
    """Limit of y_k taken at points in geometric progression, x_k = first ratio^k.

    Differences that shrink like ratio^(-p k) mean an algebraic (or faster) approach, which Wynn's epsilon algorithm
    accelerates. Growing differences mean divergence. Differences that hardly change mean growth like a logarithm or
    an approach like 1/log x; their decay in log x tells them apart, and the answer counts as unsure.
    """
    y, noise = np.asarray(y, dtype=float), np.broadcast_to(noise, np.shape(y))
    if np.ptp(y[-4:]) <= 8 * noise[-1] + 4 * EPS * abs(y[-1]):
        return Limit(_clean(y[-1], 1e-9 * np.abs(y).max()))
    d = np.diff(y)
    clear = np.flatnonzero(np.abs(d) > 20 * (noise[1:] + noise[:-1]))
    if not len(clear):
        return Limit(_clean(y[-1]))
    last = clear[-1] + 1
    d_last = d[max(0, last - 7) : last]
    if not (np.all(d_last > 0) or np.all(d_last < 0)):
        calm = np.abs(d[-5:]).max() <= 1e-6 * np.abs(d).max()
        return Limit(_clean(y[-1], np.abs(y).max())) if calm else Limit(np.nan)
    r = d_last[1:] / d_last[:-1]
    power = -np.log(np.median(r)) / np.log(ratio) if len(r) else 0.0
    if power < -0.02:
        return Limit(float(np.copysign(np.inf, d_last[-1])), slow=bool(power > -0.2))
    slowing = len(r) > 1 and power < 0.2 and (1 - r[-1]) < 0.95 * (1 - r[0])
    if power > 0.02 and not slowing:
        return _accelerated(y) if last == len(d) and r[-1] < 1 else Limit(_clean(y[-1]))
    return _slow_limit(y, d_last, np.arange(last - len(d_last), last) + 0.5 + np.log(first) / np.log(ratio))


def _accelerated(y) -> Limit:
    """Wynn's epsilon algorithm (its first column is Aitken's formula): several powers of x may die out together."""
    before, column, estimates = np.zeros(10), y[-9:], [y[-1]]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for k in range(len(column) - 1):
            before, column = column, before[1 : len(column)] + 1 / np.diff(column)
            if k % 2:
                estimates.append(column[-1])
    steps = np.abs(np.diff(estimates))
    steps[~np.isfinite(steps)] = np.inf
    best = int(np.argmin(steps))
    value = estimates[best + 1] if np.isfinite(steps[best]) else y[-1]
    return Limit(_clean(value, y[-1]), sure=bool(steps[best] <= 1e-6 * np.abs(y).max()))


def _slow_limit(y, d, k):
    """Approach or growth like a power of log x: differences fall like k^-s, and s > 1 means a limit."""
    decay = -np.polyfit(np.log(k), np.log(np.abs(d)), 1)[0]
    if decay <= 1.05:
        return Limit(float(np.copysign(np.inf, d[-1])), sure=bool(abs(decay) < 0.02), slow=True)
    return Limit(float(y[-1] + d[-1] * k[-1] / (decay - 1)), sure=False, slow=True)


def _clean(value, before=None):
    """0 where extrapolation cancelled all digits; else the shortest number within rounding."""
    if before is not None and abs(value) <= 1e-6 * abs(before):
        return 0.0
    return simplest(value, 4 * EPS * abs(value))


def simplest(x: float, margin: float, spare: int = 2) -> float:
    """x rounded to few decimals if that stays within `margin`, and if it leaves `spare` known digits unused.

    Of numbers known to within 1e-9, one in a hundred lies that close to a number of seven decimals by accident.
    """
    x = float(x)
    if not math.isfinite(x) or not math.isfinite(margin):
        return x
    most = 16 if margin <= 0 else int(min(16, -math.log10(margin) - spare + 0.5))
    for digits in range(most + 1):
        candidate = round(x, digits)
        if abs(candidate - x) <= margin:
            return candidate + 0.0
    return x


@dataclass(frozen=True)
class Tail:
    """One end of the line. `regular`: f is monotone out there; `low`, `high`: what the values tend to stay within."""

    side: int
    reach: float
    limit: Limit
    slope: Limit
    regular: bool
    low: float
    high: float
    intercept: float = np.nan


def measure_tail(f, side: int, border: float) -> Tail | None:
    """Follow `f` outwards to `border` (at most 2^30); None where the line ends before |x| = 8."""
    reach = min(abs(border), REACH)
    if border * side < _NEAREST:
        return None
    marks = np.geomspace(_NEAREST / 2, reach, _CELLS + 1)
    y = f(side * marks)
    noise = difference_noise(f, side * marks - (side > 0) * 1e-3) + EPS * np.abs(y)
    cells = marks[:-1, None] + np.diff(marks)[:, None] * np.sort(spread(_IN_CELL, 0, 1))
    inside = f(side * cells)
    low, high = inside.min(axis=1), inside.max(axis=1)
    ratio = marks[1] / marks[0]
    limit, slope, intercept = _regular_limits(side, marks, y, noise, ratio)
    if limit.slow and abs(border) > 1e60:
        limit = _far_limit(f, side, min(abs(border), 1e300))
    if _is_regular(inside, noise[1:]) and not np.isnan(limit.value):
        bounds = min(low[-1], limit.value), max(high[-1], limit.value)
        return Tail(side, reach, limit, slope, True, *bounds, intercept)
    limit, slope = Limit(np.nan), Limit(np.nan)
    if np.ptp(inside[-1]) <= 1e-6 * np.ptp(inside[: _CELLS // 2]):  # the oscillation dies out
        limit = Limit(_clean(y[-1], np.abs(y).max()))
    return Tail(side, reach, limit, slope, False, _outer(low, np.min), _outer(high, np.max))


def _far_limit(f, side, reach):
    """A second look from the far end of the number range for what 2^30 is not far enough."""
    marks = np.geomspace(REACH, reach, _CELLS + 1)
    y = f(side * marks)
    return limit_of(y, marks[1] / marks[0], EPS * np.abs(y), first=REACH)


def _is_regular(inside, noise):
    step = np.diff(inside[-8:], axis=1)
    level = 20 * noise[-8:, None] + 1e-13 * np.abs(inside[-8:]).max(axis=1, keepdims=True)
    turns = (step > level).any(axis=1) & (step < -level).any(axis=1)
    return turns.sum() < 3


def _regular_limits(side, x, y, noise, ratio):
    limit = limit_of(y, ratio, noise)
    if np.isfinite(limit.value):
        return limit, Limit(0.0), limit.value
    slopes = side * np.diff(y) / np.diff(x)
    slope = limit_of(slopes, ratio, (noise[1:] + noise[:-1]) / np.diff(x))
    if abs(slope.value) <= 1e-9 * np.abs(slopes).max():
        slope = Limit(0.0, slope.sure)
    if not np.isfinite(slope.value) or slope.value == 0:
        return limit, slope, np.nan
    near = x <= 2.0**20
    rest = y[near] - slope.value * side * x[near]
    level = noise[near] + 4 * EPS * np.abs(y[near])
    return limit, slope, simplest(limit_of(rest, ratio, level).value, 16 * level[-1])


def _outer(envelope, extreme):
    """Where an envelope of an oscillation leads: to infinity, or no farther than its extreme value."""
    recent, early = extreme(envelope[-12:]), np.abs(envelope[: len(envelope) // 2]).max()
    outwards = recent == extreme([recent, 0.0])
    return float(np.copysign(np.inf, recent)) if outwards and abs(recent) > 10 * early else float(extreme(envelope))
