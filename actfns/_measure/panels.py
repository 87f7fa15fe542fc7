"""Piecewise polynomials: a function on many short panels, each a Legendre series of degree 15.

A panel is *resolved* when the last coefficients have sunk to rounding level. Panels that are not are halved,
all of one generation in a single call of the function. A singular point shows itself as the place where halving
never ends; everywhere else value, slope and curvature come from the series with error estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial import legendre

ORDER = 16
NODES, WEIGHTS = legendre.leggauss(ORDER)
_DEGREES = np.arange(ORDER)
TO_SERIES = (2 * _DEGREES[:, None] + 1) / 2 * (WEIGHTS[:, None] * legendre.legvander(NODES, ORDER - 1)).T
ENDS = np.array([-1.0, *NODES, 1.0])  # where signs are looked at: the nodes and both ends
EPS = np.finfo(np.float64).eps


@cache
def derivative_of_series(order: int) -> np.ndarray:
    """Matrix from the coefficients of a Legendre series to those of its `order`-th derivative."""
    columns = [legendre.legder(row, order) if order else row for row in np.eye(ORDER)]
    return np.array([np.pad(c, (0, ORDER - len(c))) for c in columns]).T


@cache
def _on_ends(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of the Legendre polynomials at ENDS, and how much errors of the values may add up there."""
    rows = legendre.legvander(ENDS, ORDER - 1) @ derivative_of_series(order)
    return rows, amplification(rows)


def amplification(rows) -> np.ndarray:
    """Largest effect of unit errors in the 16 values on `rows` times the series."""
    return np.abs(rows @ TO_SERIES).sum(axis=-1)


def basis(t, order: int) -> np.ndarray:
    """Derivatives of the Legendre polynomials at `t`, last axis the degree."""
    t = np.asarray(t, dtype=float)
    rows = legendre.legvander(t.reshape(-1), ORDER - 1) @ derivative_of_series(order)
    return rows.reshape(*t.shape, ORDER)


@cache
def _all_derivatives(highest: int) -> np.ndarray:
    return np.array([derivative_of_series(k) for k in range(highest + 1)])


def bases(t: float, highest: int) -> np.ndarray:
    """`basis` of every order from 0 to `highest` at one t, (highest + 1, 16)."""
    return legendre.legvander(t, ORDER - 1).reshape(-1) @ _all_derivatives(highest)


@dataclass
class Panels:
    """m panels [a, b] with their Legendre coefficients (m, 16) and the accuracy `error` of these coefficients."""

    a: np.ndarray
    b: np.ndarray
    values: np.ndarray
    series: np.ndarray
    error: np.ndarray
    resolved: np.ndarray

    @property
    def nodes(self):
        return (self.a + self.b)[:, None] / 2 + (self.b - self.a)[:, None] / 2 * NODES

    @property
    def points(self):
        """The nodes and both ends of every panel, (m, 18)."""
        return (self.a + self.b)[:, None] / 2 + (self.b - self.a)[:, None] / 2 * ENDS

    @property
    def scale(self):
        return 2 / (self.b - self.a)

    def derivative(self, order: int):
        """Derivative of the given order at `points`, and the size of the error to reckon with."""
        (rows, growth), factor = _on_ends(order), self.scale[:, None] ** order
        return self.series @ rows.T * factor, self.error[:, None] * growth * factor

    def at(self, x, order: int = 0):
        """Derivative of the given order at any x inside the panels (nearest panel outside)."""
        x = np.asarray(x, dtype=float)
        i = np.clip(np.searchsorted(self.a, x, side="right") - 1, 0, len(self.a) - 1)
        t = (x - (self.a[i] + self.b[i]) / 2) * self.scale[i]
        return np.einsum("...j,...j", basis(t, order), self.series[i]) * self.scale[i] ** order

    def error_at(self, x, order: int):
        x = np.asarray(x, dtype=float)
        i = np.clip(np.searchsorted(self.a, x, side="right") - 1, 0, len(self.a) - 1)
        t = (x - (self.a[i] + self.b[i]) / 2) * self.scale[i]
        return self.error[i] * amplification(basis(t, order)) * self.scale[i] ** order

    def select(self, keep):
        return Panels(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


def join(parts: list[Panels]) -> Panels:
    """All panels of `parts`, one list after the other."""
    return Panels(*(np.concatenate([getattr(p, n) for p in parts]) for n in Panels.__dataclass_fields__))


def fit(f, a, b, noise, stretch=1.0, limits=(-np.inf, np.inf)) -> Panels:
    """Sample `f` on panels widened by `stretch` (kept inside `limits`) and say which are resolved."""
    margin = (b - a) / 2 * (stretch - 1)
    a, b = np.maximum(a - margin, limits[0]), np.minimum(b + margin, limits[1])
    x = (a + b)[:, None] / 2 + (b - a)[:, None] / 2 * NODES
    y = f(x)
    centre = y[:, ORDER // 2].copy()  # a large constant would cost digits of the higher coefficients
    series = (y - centre[:, None]) @ TO_SERIES.T
    series[:, 0] += centre
    tail = np.abs(series[:, -3:]).max(axis=1)
    size = np.abs(y).max(axis=1)
    level = noise(x, y)
    allowed = np.maximum(10 * level, noise.relative * size)
    return Panels(a, b, y, series, np.maximum(level, tail), tail <= allowed)


@dataclass
class Budget:
    """How far halving may go: the smallest width at x, and how many open panels a first panel and all may have."""

    finest: float
    per_zone: int = 128
    far_zone: int = 64
    total: int = 4096

    def width(self, a, b):
        return self.finest * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))


def refine(f, edges, noise, budget: Budget, stretch=1.0, limits=(-np.inf, np.inf)):
    """Halve the panels between `edges` until they are resolved, too narrow, or too many.

    Returns the panels from left to right, their own ends before widening (m, 2), and the intervals given up because
    the function varies there on every scale that the budget allows (fast oscillation, or noise).
    """
    a, b = edges[:-1], edges[1:]
    zone, done, own, wild = np.arange(len(a)), [], [], []
    while len(a):
        p = fit(f, a, b, noise, stretch, limits)
        last = p.resolved | ((b - a) / 2 < budget.width(a, b))
        given_up = _too_many(zone, ~last, np.minimum(np.abs(a), np.abs(b)), budget)
        wild += [(float(edges[z]), float(edges[z + 1])) for z in np.unique(zone[given_up])]
        last |= given_up
        done.append(p.select(last))
        own.append(np.column_stack([a[last], b[last]]))
        a, b, zone = _halves(a[~last], b[~last], zone[~last])
    own = np.concatenate(own)
    order = np.argsort(own[:, 0], kind="stable")
    return join(done).select(order), own[order], wild


def _halves(a, b, zone):
    mid = (a + b) / 2
    return np.concatenate([a, mid]), np.concatenate([mid, b]), np.concatenate([zone, zone])


def _too_many(zone, is_open, distance, budget):
    """Open panels to give up: those of crowded zones, then the farthest from 0 beyond the total."""
    count = np.bincount(zone[is_open], minlength=zone.max() + 1)
    give = is_open & (count[zone] > np.where(distance > 64, budget.far_zone, budget.per_zone))
    left = np.flatnonzero(is_open & ~give)
    if len(left) > budget.total:
        far = left[np.argsort(distance[left], kind="stable")[budget.total :]]
        give |= is_open & np.isin(zone, zone[far])
    return give
