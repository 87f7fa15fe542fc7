"""Floating-point behaviour: where values stay finite, which dtype comes back, what a call costs."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass

import numpy as np

from .sampling import FLOATS, Pointwise, spread

_GRID = 1024


def finite_range(f: Pointwise, dtype: str) -> tuple[float, float] | None:
    """Outermost x of this dtype, left and right, up to which every value on the way from 0 is finite.

    None where f cannot be called with the dtype. f(0) itself is not looked at.
    """
    try:
        right, left = (_last_finite(f, np.dtype(dtype), sign) for sign in (1, -1))
    except Exception:  # a stranger's function may raise anything for a dtype it was not written for
        return None
    return (left, right)


def _last_finite(f, dtype, sign):
    """Scan the floats of a dtype evenly in their bit patterns (that is, by size) and bisect the first bad gap."""
    bits = np.dtype(f"uint{8 * dtype.itemsize}")
    last = int(np.array(np.finfo(dtype).max, dtype).view(bits))

    def fine(patterns):
        x = np.asarray(patterns, dtype=np.uint64).astype(bits).view(dtype)
        return np.isfinite(np.asarray(f.raw((sign * x).astype(dtype)), dtype=np.float64))

    grid = _between(0, last + 1, _GRID)
    good = fine(grid)
    if good.all():
        return sign * float(np.finfo(dtype).max)
    k = int(np.argmin(good))
    if k == 0:
        return 0.0
    low, high = int(grid[k - 1]), int(grid[k])
    while high - low > 1:
        inner = _between(low, high, 64)
        good = fine(inner)
        k = len(inner) if good.all() else int(np.argmin(good))
        low, high = (int(inner[k - 1]) if k else low), (int(inner[k]) if k < len(inner) else high)
    return sign * float(np.array(low, bits).view(dtype))


def _between(low: int, high: int, count: int):
    """At most `count` whole numbers strictly between, evenly spread and up to the last one (exact above 2^53)."""
    count = min(count, high - low - 1)
    return np.array([low + (high - 1 - low) * k // count for k in range(1, count + 1)], dtype=np.uint64)


def returned_dtypes(f: Pointwise) -> dict[str, str | None]:
    """dtype of f(x) for x of every floating dtype; None where the call fails."""
    found = {}
    for dtype in FLOATS:
        try:
            found[dtype] = f.raw(spread(16, -2, 2).astype(dtype)).dtype.name
        except Exception:  # as above
            found[dtype] = None
    return found


def trend_break(f: Pointwise, tail) -> float | None:
    """First |x| beyond the range of all analysis where values leave the limit or slope found before it."""
    if tail is None or not tail.regular or tail.reach < 2.0**30:
        return None
    limit, slope = tail.limit.value, tail.slope.value
    if not (np.isfinite(limit) or (np.isfinite(slope) and slope)) or not (tail.limit.sure and tail.slope.sure):
        return None
    x = np.geomspace(1e12, np.finfo(np.float64).max, 600)
    y = f(tail.side * x)
    aim = np.full_like(x, limit) if np.isfinite(limit) else slope * tail.side * x
    off = np.isfinite(y) & (np.abs(y - aim) > 1e-3 * (1 + np.abs(aim)))
    return float(x[np.argmax(off)]) if off.any() else None


@dataclass(frozen=True)
class Cost:
    """Time of one call as a multiple of copying the same array; median and range over pairs of calls."""

    ratio: float
    low: float
    high: float
    nanoseconds: float

    def __str__(self):
        return f"{self.ratio:.3g} copies ({self.low:.3g}–{self.high:.3g}), {self.nanoseconds:.3g} ns per element"


def cost(f, size: int = 2**16, dtype: str = "float64", pairs: int = 15, **params) -> Cost:
    """Time f(x) against x.copy() on `size` normally distributed numbers, in alternating calls.

    A timing, so it differs from run to run and from machine to machine; only ratios within one run mean anything.

    >>> cost(lambda x: x * x, size=1024, pairs=3).ratio > 0
    True
    """
    call = Pointwise(f, params)
    x = np.random.default_rng(0).standard_normal(size).astype(dtype)
    ratios, seconds = [], []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        repeat = max(1, int(2e-4 / max(_time(x.copy, 1), 1e-7)))
        _time(lambda: call.raw(x), 1)
        for _ in range(pairs):
            plain = _time(x.copy, repeat)
            own = _time(lambda: call.raw(x), 1)
            ratios.append(own / plain)
            seconds.append(own)
    return Cost(*(float(v) for v in (np.median(ratios), min(ratios), max(ratios), 1e9 * np.median(seconds) / size)))


def _time(action, repeat):
    start = time.perf_counter()
    for _ in range(repeat):
        action()
    return (time.perf_counter() - start) / repeat
