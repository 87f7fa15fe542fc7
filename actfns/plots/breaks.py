"""Where a function jumps or has a kink, and its derivatives on the pieces between.

A figure must not join the two sides of a jump, and a difference quotient must not straddle a kink. Both need the
places; they are found from values alone, so a stranger's function is drawn as honestly as a built-in one.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf

import numpy as np

CELLS = 1001  # of the first scan; odd, so that round numbers fall inside cells
WIDTH = (1e-13, 1e-7, 1e-5)  # of the last window, as a part of the interval, for jumps of f, f′, f″
SMALLEST = (1e-4, 1e-3, 5e-3)  # jump that counts, as a part of the largest value, slope, curvature
_NODES = np.arange(-2, 3)
_QUARTIC = np.linalg.inv(np.vander(_NODES, 5, increasing=True))  # values at five nodes → coefficients


def breaks(g, order, lo, hi, known=()):
    """Places in (lo, hi) where the derivative of that order jumps: 0 jumps of g, 1 its kinks, 2 jumps of g″.

    The (k+1)-th difference over a window of width w, divided by wᵏ, shrinks with w where g is smooth and tends to the
    size of the jump where the k-th derivative jumps. Windows with large values are halved until that is decided.
    ``known`` are places where a lower derivative jumps; windows that contain one are left out.

    >>> breaks(lambda x: abs(x - 1), 1, -5, 5)
    [1.0]
    """
    step, last = (hi - lo) / CELLS, WIDTH[order] * (hi - lo)
    centres = lo + step * (np.arange(CELLS) + 0.5)
    size, least = _difference(g, order, centres, step), _least(g, order, centres, step, last)
    reach = (order + 1) / 2 * step
    size[[any(abs(c - b) <= reach for b in known) for c in centres]] = 0
    rim = np.concatenate([[0], size, [0]])
    here = (size > least) & (size >= rim[:-2]) & (size >= rim[2:])
    found, size, step = _close_in(g, order, centres[here], step, last)
    places = [_simplest(x, 2 * (order + 1) * step) for x in found[size > least]]
    return sorted({x for x in places if lo < x < hi})


def _least(g, order, centres, step, last):
    """The jump that counts: visible in the picture and above the rounding errors of the last window."""
    values = g(centres)
    with np.errstate(all="ignore"):
        derivative, slope = np.diff(values, n=order) / step**order, np.diff(values) / step
    scale = _spread(derivative) if order == 0 else _largest(derivative)
    rounding = _largest(values) + _largest(centres) * _largest(slope) * (order > 0)
    return max(SMALLEST[order] * scale, 64 * np.finfo(float).eps * rounding / last**order)


def _largest(values):
    return np.abs(values[np.isfinite(values)]).max(initial=0)


def _spread(values):
    finite = values[np.isfinite(values)]
    return np.ptp(finite) if finite.size else 0


def _close_in(g, order, centres, step, last):
    """Halve the windows around ``centres``, each time keeping the half with the largest difference."""
    size = np.zeros(len(centres))
    while step > last and len(centres):
        tries = centres + (order + 1) * step / 4 * np.array([[0], [-1], [1]])
        step /= 2
        sizes = _difference(g, order, tries, step)
        best = sizes.argmax(axis=0)
        centres, size = (np.take_along_axis(a, best[None], axis=0)[0] for a in (tries, sizes))
    return centres, size, step


def _difference(g, order, centres, step):
    """|(k+1)-th difference of g| / stepᵏ around each centre; 0 where it is not finite."""
    nodes = np.asarray(centres) + step * (np.arange(order + 2) - (order + 1) / 2).reshape(-1, *[1] * np.ndim(centres))
    with np.errstate(all="ignore"):
        size = np.abs(np.diff(g(nodes), n=order + 1, axis=0)[0]) / step**order
    return np.nan_to_num(size, nan=0, posinf=0)


def _simplest(x, uncertainty):
    """The decimal with the fewest digits that is as good as ``x``."""
    rounded = (round(float(x), digits) + 0.0 for digits in range(16))
    return next(r for r in rounded if abs(r - x) <= max(uncertainty, 1e-15))


def differentiate(g, x, order, left=-inf, right=inf, width=10.0):
    """First or second derivative of ``g`` at ``x`` from values inside (left, right) alone.

    A quartic through five points near x; the points move aside near the ends, so the derivative at an end is the
    one-sided one. ``width`` is the scale of the picture: points lie width/2000 apart.

    >>> round(float(differentiate(np.exp, np.array([1.0]), 2)[0]), 8)
    2.71828183
    """
    h = min(width / 2000, (right - left) / 6)
    centre = np.clip(x, left + 2.01 * h, right - 2.01 * h)
    c = np.tensordot(_QUARTIC, g(centre + h * _NODES.reshape(-1, *[1] * np.ndim(x))), axes=1)
    u = (x - centre) / h
    if order == 1:
        return (c[1] + u * (2 * c[2] + u * (3 * c[3] + u * 4 * c[4]))) / h
    return (2 * c[2] + u * (6 * c[3] + u * 12 * c[4])) / h**2


@dataclass(frozen=True)
class Graph:
    """f, f′ and f″ of a `Series` on [lo, hi], piece by piece."""

    series: object
    lo: float
    hi: float

    @cached_property
    def breaks(self):
        """For each order, the places where f, f′, f″ jump or do not exist; each contains the ones before."""
        f, slope = self.series.value, self.series.slope
        margin = 0.03 * (self.hi - self.lo)
        span = self.lo - margin, self.hi + margin
        jumps = breaks(f, 0, *span)
        kinks = _union(jumps, breaks(slope, 0, *span) if slope else breaks(f, 1, *span, known=jumps))
        g, order = (slope, 1) if slope else (f, 2)
        return jumps, kinks, _union(kinks, breaks(g, order, *span, known=kinks))

    def inner(self, order):
        """The breaks of that order strictly inside (lo, hi)."""
        return [b for b in self.breaks[order] if self.lo < b < self.hi]

    def value(self, order, x, left=-inf, right=inf):
        """f, f′ or f″ at points of one piece (left, right); at its ends, the limit from inside."""
        f, slope, width = self.series.value, self.series.slope, self.hi - self.lo
        if order == 0 or (order == 1 and slope):
            near = 1e-12 * width
            return (slope if order else f)(np.clip(x, left + near, right - near))
        return differentiate(slope or f, x, order - 1 if slope else order, left, right, width)

    def pieces(self, order, points=400):
        """(x, y) of each piece between jumps; corners are among the points, ends carry the one-sided limits."""
        edges = [-inf, *self.breaks[order], inf]
        corners = self.breaks[min(order + 1, 2)]
        grid = np.union1d(np.linspace(self.lo, self.hi, points), corners)
        for left, right in pairwise(edges):
            first, last = max(left, self.lo), min(right, self.hi)
            if first < last:
                x = np.unique(np.concatenate([[first], grid[(grid > first) & (grid < last)], [last]]))
                yield x, self.value(order, x, left, right)


def _union(a, b):
    """Sorted places of both lists; of two that nearly coincide, the first list's."""
    return sorted([*a, *(x for x in b if all(abs(x - y) > 1e-4 for y in a))])
