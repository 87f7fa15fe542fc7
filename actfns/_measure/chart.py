"""The map of one function: resolved panels between its kinks, and everything asked of them by place or derivative."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .kinks import FINE, Kink, explore, layout
from .noise import REACH, Domain, Noise, find_domain
from .panels import Budget, Panels, join, refine
from .sampling import Pointwise
from .tails import Tail, measure_tail, simplest

SURE = 4.0  # a sign counts when it exceeds its error this many times
_FAR = 40.0  # unresolved stretches beyond are left to the tails; averages over N(0, 1) do not reach them
_COARSER = {"float32": 4.0, "float16": 16.0}  # panels are wider where values are rough
_SPECIAL = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 10.0, 20.0])


@dataclass(frozen=True)
class Piece:
    """A smooth stretch between neighbouring breakpoints. `first`, `last`: its panels; ends may be the reach."""

    low: float
    high: float
    first: int
    last: int
    flat: bool
    slope: float | None  # of an affine piece

    @property
    def ends(self):
        """The stretch with the reach read as infinity."""
        return tuple(float(np.copysign(np.inf, e)) if abs(e) >= REACH else e for e in (self.low, self.high))


@dataclass
class Chart:
    """Panels, pieces, kinks and tails of a `Pointwise` function, as far out as |x| = 2^30."""

    f: Pointwise
    domain: Domain
    noise: Noise
    kinks: list[Kink]
    lonely: list[float]
    micro: list[tuple[float, float]]
    wild: list[tuple[float, float]]
    panels: Panels
    tails: tuple[Tail | None, Tail | None]
    pieces: list[Piece] = field(default_factory=list)

    @property
    def size(self):
        """Typical size of the values; what counts as small is measured against it."""
        return self.noise.size

    @property
    def jumps(self):
        return [k for k in self.kinks if k.order == -1]

    @cached_property
    def derivatives(self):
        """(d, error, clear sign) of the first and second derivative at `panels.points`."""
        found = {}
        for order in (1, 2):
            d, error = self.panels.derivative(order)
            clear = (np.abs(d) > SURE * error) & self.panels.resolved[:, None]
            found[order] = d, error, np.where(clear, np.sign(d), 0).astype(int)
        return found

    @cached_property
    def piece_of(self):
        """Number of the piece of every panel."""
        return np.repeat(np.arange(len(self.pieces)), [p.last - p.first for p in self.pieces])

    def slope_limit(self, tail):
        """Limit of f' on one side: that of mean slopes, unless f keeps wiggling on every scale out there."""
        restless = any(tail.side * (low + high) > 2 * _FAR for low, high in self.wild)
        settled = np.isfinite(tail.limit.value) or np.isinf(tail.slope.value) or not restless
        return tail.slope.value if settled else np.nan

    def crossings(self, clear, at):
        """Places inside a piece where the sign `clear` (-1, 0, 1 at `panels.points`) of a function `at` changes.

        Returns them, bisected with `at(x)`, and the brackets they come from.
        """
        i = np.flatnonzero(clear)
        sign, piece = clear.ravel()[i], self.piece_of[i // clear.shape[1]]
        change = np.flatnonzero((sign[1:] != sign[:-1]) & (piece[1:] == piece[:-1]))
        x = self.panels.points.ravel()
        low, high, rising = x[i[change]], x[i[change + 1]], sign[1:][change] > 0
        a, b = low, high
        for _ in range(52 if len(low) else 0):
            mid = (a + b) / 2
            past = (at(mid) > 0) == rising
            a, b = np.where(past, a, mid), np.where(past, mid, b)
        return (a + b) / 2, low, high


def draw(f: Pointwise, resolution: float) -> Chart:
    """Explore `f` and cover it with panels between its breakpoints."""
    domain = find_domain(f)
    spans = [(max(low, -REACH), min(high, REACH)) for low, high in domain.intervals]
    spans = [s for s in spans if s[1] - s[0] > 1e-6]
    if not spans:
        raise ValueError(f"{f.name} has no interval of finite values")
    everything = np.concatenate([layout(low, high, resolution) for low, high in spans])
    noise = Noise(f, np.unique((everything[1:] + everything[:-1]) / 2))
    holes = [h for h, _ in domain.holes]
    surveys = [explore(f, low, high, noise, holes, resolution) for low, high in spans]
    kinks, micro, wild, narrow = (
        [item for s in surveys for item in getattr(s, name)] for name in ("kinks", "micro", "wild", "narrow")
    )
    lonely = _lonely(f, domain, noise, kinks)
    breaks = sorted({k.x for k in kinks} | {x for x, _ in micro} | set(lonely) | set(holes))
    parts = [_cover(f, _edges(span, breaks, narrow, noise, resolution), wild, noise) for span in spans]
    panels = join([p for p, _ in parts])
    wild += [w for _, more in parts for w in more]
    tails = (measure_tail(f, -1, domain.intervals[0][0]), measure_tail(f, 1, domain.intervals[-1][1]))
    chart = Chart(f, domain, noise, sorted(kinks, key=lambda k: k.x), lonely, micro, sorted(wild), panels, tails)
    chart.pieces = _pieces(chart, breaks)
    return chart


def _lonely(f, domain, noise, kinks):
    """Points among the usual suspects (0, 1/2, 1, …) whose value belongs to neither neighbour."""
    x = np.unique(np.r_[-_SPECIAL, _SPECIAL])
    x = x[[domain.around(v) is not None and all(abs(v - k.x) > 1e-6 for k in kinks) for v in x]]
    left, here, right = f(x - 1e-9), f(x), f(x + 1e-9)
    apart = np.minimum(np.abs(here - left), np.abs(here - right)) > 1e-6 * noise.size
    return [float(v) for v in x[apart & (np.abs(right - left) <= 1e-6 * noise.size)]]


def _edges(span, breaks, narrow, noise, resolution):
    """Edges of the panels on `span`: every breakpoint, no other edge right beside one, fine where f hid something."""
    low, high = span
    edges = layout(low, high, min(4.0, resolution * _coarser(noise)))
    fine = [np.linspace(a, b, FINE + 1) for a, b in narrow if low <= a and b <= high]
    edges = np.unique(np.concatenate([edges, *fine]))
    inner = [b for b in breaks if low < b < high]
    if not inner:
        return edges
    width = np.diff(edges)
    room = 0.05 * np.minimum(np.r_[width[0], width], np.r_[width, width[-1]])
    keep = np.abs(edges[:, None] - np.array(inner)).min(axis=1) > room
    keep[[0, -1]] = True
    return np.unique(np.r_[edges[keep], inner])


def _cover(f, edges, wild, noise):
    """Resolved panels; unresolved ones stay only near 0, where averages need them. And what was given up."""
    parts, more = [], []
    for a, b, finest in _runs(edges, wild):
        panels, own, given_up = refine(f, edges[a:b], noise, Budget(finest, per_zone=64))
        near = panels.resolved | (np.minimum(np.abs(panels.a), np.abs(panels.b)) < _FAR)
        parts.append(panels.select(near))
        more += given_up
    return join(parts), more


def _coarser(noise):
    return next((factor for name, factor in _COARSER.items() if np.finfo(name).eps == noise.eps), 1.0)


def _runs(edges, wild):
    """Slices of `edges` and how finely to halve there: wild stretches coarsely if they are near, else not at all."""
    middle = (edges[1:] + edges[:-1]) / 2
    kind = np.zeros(len(middle), dtype=int)
    for low, high in wild:
        inside = (middle > low) & (middle < high)
        kind[inside] = np.where(np.abs(middle[inside]) > _FAR, 2, 1)
    starts = np.flatnonzero(np.r_[True, kind[1:] != kind[:-1]])
    ends = np.r_[starts[1:], len(kind)]
    finest = {0: 1e-9, 1: 1e-3}
    return [(s, e + 1, finest[kind[s]]) for s, e in zip(starts, ends, strict=True) if kind[s] in finest]


def _pieces(chart, breaks):
    panels = chart.panels
    gaps = np.flatnonzero(panels.a[1:] > panels.b[:-1] + 1e-12 * np.abs(panels.b[:-1])) + 1
    at_break = np.flatnonzero(np.isin(panels.a, breaks))
    cuts = np.unique(np.r_[0, gaps, at_break, len(panels.a)])
    return [_piece(chart, first, last) for first, last in zip(cuts[:-1], cuts[1:], strict=True)]


def _piece(chart, first, last):
    p = chart.panels
    low, high = float(p.a[first]), float(p.b[last - 1])
    y, level = p.values[first:last], p.error[first:last]
    flat = bool(np.ptp(y) <= 4 * level.min() + 4 * chart.noise.eps * np.abs(y).max())
    slope = None if flat else _affine_slope(chart, low, high, first, last)
    return Piece(low, high, int(first), int(last), flat, 0.0 if flat else slope)


def _affine_slope(chart, low, high, first, last):
    """Slope of a piece that no panel tells from a straight line, else None."""
    d, error, _ = chart.derivatives[1]
    d, error = d[first:last], error[first:last]
    if not chart.panels.resolved[first:last].all() or chart.derivatives[2][2][first:last].any():
        return None
    x = inner_points(low, high)
    y = chart.f(x)
    slope = float((y[1] - y[0]) / (x[1] - x[0]))
    straight = np.all(np.abs(d - slope) <= SURE * error + 1e-13 * abs(slope))
    return slope if straight else None


def inner_points(low, high):
    """Two points well inside a stretch, whole numbers where it is unbounded."""
    if abs(low) >= REACH and abs(high) >= REACH:
        return np.array([-1.0, 1.0])
    if abs(low) >= REACH:
        return np.floor(high) - np.array([2.0, 1.0])
    if abs(high) >= REACH:
        return np.ceil(low) + np.array([1.0, 2.0])
    return low + (high - low) * np.array([0.25, 0.75])


def inner_point(low, high):
    """One of them: the middle of a stretch, or the first whole number well inside an unbounded one."""
    first, second = inner_points(low, high)
    if abs(high) >= REACH:
        return float(first) if abs(low) < REACH else 0.0
    return float(second) if abs(low) >= REACH else simplest((low + high) / 2, (high - low) / 8, spare=0)
