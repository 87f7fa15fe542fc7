"""How rough the computed values are, and where they are finite at all."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from .panels import EPS
from .sampling import spread

REACH = 2.0**30
_STEP = 1.1e-4
_POINTS = 8
_FACTORS = {k: 1 / comb(2 * k, k) ** 0.5 for k in (5, 6, 7)}


def difference_noise(f, x) -> np.ndarray:
    """Rounding noise of `f` at `x` from a difference table (Hamming; Moré and Wild's ECnoise).

    High differences over very short steps kill every smooth part and leave the noise. A jump or kink inside a
    window would look like noise too; the median over five neighbouring windows removes that.
    """
    y = f(x[:, None] + _STEP * np.arange(_POINTS))
    y = np.where(np.isfinite(y), y, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        levels = [np.sqrt(np.mean(np.diff(y, k, axis=1) ** 2, axis=1)) * c for k, c in _FACTORS.items()]
    padded = np.pad(np.nan_to_num(np.min(levels, axis=0), posinf=0.0), 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view
    level = np.pad(np.median(windows(padded, 5), axis=1), 1, mode="edge")
    return windows(level, 3).max(axis=1)


class Noise:
    """Expected rounding error of `f` on a panel: what was measured near it, and never less than its units."""

    def __init__(self, f, centres):
        self.eps = max(f.eps, EPS)
        self.relative = 1e-13 if self.eps == EPS else 8 * self.eps
        self.centres, self.table = centres, difference_noise(f, centres)
        x = np.linspace(-4, 4, 2050) + 0.00123
        y = f(x)
        y = np.where(np.isfinite(y), y, 0.0)
        self.steepness = float(np.abs(np.diff(y)).max() / (x[1] - x[0]))
        self.size = float(np.abs(y - y.mean()).max()) or float(np.abs(y).max()) or 1.0

    def __call__(self, x, y):
        """Level for each row of nodes `x` with values `y`; x itself is rounded, which counts where f is steep."""
        size, far = np.abs(y).max(axis=1), np.abs(x).max(axis=1)
        steepness = np.maximum(self.steepness, np.ptp(y, axis=1) / np.ptp(x, axis=1))
        measured = self.table[np.clip(np.searchsorted(self.centres, x.mean(axis=1)), 0, len(self.centres) - 1)]
        return np.maximum(np.maximum(measured, self.eps * size), EPS * far * steepness)


@dataclass(frozen=True)
class Domain:
    """Where `f` is finite in float64: intervals, single holes, and the kind of value outside ("nan" or "inf")."""

    intervals: tuple[tuple[float, float], ...]
    outside: tuple[tuple[float, float, str], ...]
    holes: tuple[tuple[float, str], ...]

    def around(self, x):
        """The interval that holds x, or None."""
        return next((i for i in self.intervals if i[0] <= x <= i[1]), None)


def find_domain(f) -> Domain:
    """Scan the whole line for values that are not finite and bisect the borders of such stretches."""
    x = _scan_points()
    finite = np.isfinite(f(x))
    starts = np.flatnonzero(np.r_[True, finite[1:] != finite[:-1]])
    ends = np.r_[starts[1:], len(x)] - 1
    runs = [(bool(finite[s]), s, e) for s, e in zip(starts, ends, strict=True)]
    intervals, outside, holes = [], [], []
    for good, s, e in runs:
        low = x[s] if s == 0 else _border(f, x[s - 1], x[s])[1]
        high = x[e] if e == len(x) - 1 else _border(f, x[e], x[e + 1])[0]
        if good:
            intervals.append((float(low), float(high)))
        elif s == e and 0 < s < len(x) - 1 and high - low < 1e-200:
            holes.append((float(x[s]), _kind(f, x[s])))
        else:
            outside.append((float(low), float(high), _kind(f, x[s : e + 1])))
    return Domain(tuple(_bridge(intervals, holes)), tuple(outside), tuple(holes))


def _scan_points():
    far = np.geomspace(1e-300, np.finfo(np.float64).max, 1200)
    core = np.r_[spread(1200, 0, 64), spread(300, 64, 1024), np.arange(0, 64.5, 0.5)]
    positive = np.unique(np.r_[far, core])
    return np.unique(np.r_[-positive, positive])


def _border(f, left, right):
    """Neighbouring floats (or nearly) between which finiteness changes."""
    at_left = bool(np.isfinite(f(np.array([left])))[0])
    while right - left > 1e-290:
        x = np.linspace(left, right, 66)[1:-1]
        x = x[(x > left) & (x < right)]
        if not len(x):
            break
        same = np.isfinite(f(x)) == at_left
        k = len(x) if same.all() else int(np.argmin(same))
        left, right = (x[k - 1] if k else left), (x[k] if k < len(x) else right)
    return left, right


def _kind(f, x):
    y = f(np.atleast_1d(x))
    return "nan" if np.isnan(y).any() else "inf"


def _bridge(intervals, holes):
    """Join intervals that only a single missing point divides."""
    joined = []
    for low, high in intervals:
        if joined and any(joined[-1][1] <= h <= low for h, _ in holes):
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined
