"""Averages of a function and its slope over Gaussian pre-activations of any variance, alone and in correlated pairs.

`actfns.measure` knows where a function has its kinks and how fine its panels must be; this module puts Gauss–Legendre
nodes between them for x = √q Z, whatever q, and takes slopes by closed form where there is one.
"""

import warnings
from functools import lru_cache

import numpy as np

from actfns._measure.chart import draw
from actfns._measure.gaussian import slopes_at_zero
from actfns._measure.panels import NODES, WEIGHTS
from actfns._measure.sampling import Pointwise
from actfns.activation import Activation
from actfns.lab.functions import label, named

_BELL = np.r_[np.arange(0, 10, 0.5), np.arange(10, 39, 2.0)]  # in standard deviations; the density is 0 beyond
_NEAR = 0.25 * np.arange(65)  # in x: where most functions do what they do, seen by wide distributions
_COARSE_BELL, _COARSE_NEAR = np.arange(0, 10.0), 2 * np.arange(7.0)
_FINE = 0.1  # panels of the chart narrower than this mark a feature


class Averages:
    """E over x ~ N(0, q) for one function: ``a.of(q, lambda x, f, slope: f * f)`` is E f(√q Z)².

    ``slope`` is f′ almost everywhere: jumps of f contribute nothing. Integrals that do not settle within 30 standard
    deviations are inf (nan where the sign alternates).
    """

    def __init__(self, function):
        self.name = label(function)
        self.f = Pointwise(function)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.chart = draw(self.f, 0.125)
        own = function.derivative if isinstance(function, Activation) else None
        # an activation whose derivative nobody has written yet has no companion, and says itself what is missing
        self._slope = (self.f.companion(own) or own) if own else lambda x: self.chart.panels.at(x, 1)
        p = self.chart.panels
        narrow = (p.b - p.a) < _FINE
        self.breaks = np.unique([k.x for k in self.chart.kinks])
        self.marks = np.unique(np.r_[self.breaks, p.a[narrow], p.b[narrow]])
        self._nodes = lru_cache(maxsize=256)(self._nodes_at)

    def of(self, q, values):
        """E values(x, f(x), f′(x)) for x ~ N(0, q), q > 0."""
        x, mass, f, slope = self._nodes(float(q))
        with np.errstate(all="ignore"):
            terms = np.where(mass > 0, mass * values(x, f, slope), 0.0)
        size = np.abs(terms)
        outer = size[np.abs(x) > 30 * q**0.5].sum()
        if not outer <= 1e-9 * size.sum() and not outer == 0:
            return np.inf if (terms >= 0).all() else np.nan
        return float(terms.sum())

    def second(self, q):
        """E f(√q Z)², f(0)² at q = 0."""
        return self.of(q, lambda x, f, slope: f * f) if q > 0 else float(self.f(np.zeros(1))[0] ** 2)

    def mean(self, q):
        """E f(√q Z)."""
        return self.of(q, lambda x, f, slope: f) if q > 0 else float(self.f(np.zeros(1))[0])

    def slope_second(self, q):
        """E f′(√q Z)²; at q = 0 the mean of the squared one-sided slopes at 0."""
        if q > 0:
            return self.of(q, lambda x, f, slope: slope * slope)
        left, right = slopes_at_zero(self.chart)
        return (left**2 + right**2) / 2

    def second_slope(self, q):
        """d/dq E f(√q Z)² = E f² (Z² − 1) / (2q), the limit at q = 0 where f(0) = 0."""
        if q > 0:
            return self.of(q, lambda x, f, slope: f * f * (x * x / q - 1)) / (2 * q)
        return self.slope_second(0.0) if self.second(0.0) == 0 else np.nan

    def pair(self, q, c, *products):
        """E u(x) w(y) for correlated x, y ~ N(0, q), Corr(x, y) = c, for every pair (u, w) in ``products``.

        u and w are functions of (f, slope). Both integrals are split at the kinks, so that c → ±1 loses nothing.
        """
        if abs(c) >= 1 - 1e-14:
            return [self._pair_of_one(q, np.sign(c), u, w) for u, w in products]
        x, outer = self._grid(q, _COARSE_BELL, _COARSE_NEAR, around=np.sqrt(q * (1 - c * c)))
        y, inner = self._inner(q, c, x)
        with np.errstate(all="ignore"):
            at_x, at_y = (self.f(x), self._slope(x)), (self.f(y), self._slope(y))
            return [float(outer @ (u(*at_x) * (inner * w(*at_y)).sum(axis=1))) for u, w in products]

    def _pair_of_one(self, q, sign, u, w):
        x, mass, f, slope = self._nodes(float(q))
        other = (f, slope) if sign > 0 else (self.f(-x), self._slope(-x))
        return float(mass @ (u(f, slope) * w(*other)))

    def _nodes_at(self, q):
        x, mass = self._grid(q, _BELL, _NEAR)
        with np.errstate(all="ignore"):
            return x, mass, self.f(x), self._slope(x)

    def _grid(self, q, bell, near, around=None):
        """Nodes and probabilities for N(0, q), |x| < max(bell) √q; finer by the breaks where ``around`` is given."""
        near = near if np.sqrt(q) * np.diff(bell[:2]) > np.diff(near[:2]) else ()
        edges = [np.sqrt(q) * bell, -np.sqrt(q) * bell, near, np.negative(near), self.marks]
        if around is not None:
            ladder = around * np.array([0.5, 1.0, 2.0, 4.0, 8.0])
            edges += [(self.breaks[:, None] + sign * ladder).ravel() for sign in (-1, 1)]
        edges = np.unique(np.concatenate(edges))
        edges = edges[np.abs(edges) <= np.sqrt(q) * bell[-1]]
        x, weight = _between(edges)
        return x, weight * np.exp(-x * x / (2 * q)) / np.sqrt(2 * np.pi * q)

    def _inner(self, q, c, x):
        """For each x nodes y (len(x), k) and their probabilities given x: y ~ N(c x, q (1 − c²))."""
        spread = np.sqrt(q * (1 - c * c))
        wide = np.r_[-_COARSE_NEAR, _COARSE_NEAR] if spread > 2 else ()
        places = (np.unique(np.r_[self.marks, wide]) - c * x[:, None]) / spread
        steps = np.broadcast_to(np.arange(-9, 10, 2.0), (len(x), 10))
        t, weight = _between(np.sort(np.concatenate([steps, np.clip(places, -9, 9)], axis=1), axis=1))
        return c * x[:, None] + spread * t, weight * np.exp(-t * t / 2) / np.sqrt(2 * np.pi)


@lru_cache(maxsize=64)
def _of_catalogue(activation):
    return Averages(activation)


def averages(f):
    """`Averages` of an id, `Activation` or callable; those of the catalogue are kept."""
    f = named(f)
    if not isinstance(f, Activation):
        return f if isinstance(f, Averages) else Averages(f)
    if f.arity != "pointwise":
        raise ValueError(f"{f.id} works on whole vectors; a pointwise function is needed here")
    return _of_catalogue(f)


def _between(edges):
    """Gauss–Legendre nodes and weights between neighbouring edges along the last axis."""
    a, b = edges[..., :-1, None], edges[..., 1:, None]
    shape = (*edges.shape[:-1], -1)
    return ((a + b) / 2 + (b - a) / 2 * NODES).reshape(shape), ((b - a) / 2 * WEIGHTS).reshape(shape)
