"""Find the points where a function or one of its low derivatives jumps, without being told where to look.

1. Cover the line with overlapping panels and halve those that a polynomial does not resolve. Around a singular
   point halving goes on and on; at a smooth one it stops. Places where the panels shrink are the candidates.
2. At each candidate fit one polynomial on the left and one on the right, as wide as they stay resolved, continue
   both to the candidate and compare their derivatives of order 0 to 4. The lowest order that differs by more than
   the fits can err is the order of the kink; where the two continuations meet is its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .noise import Noise
from .panels import NODES, Budget, Panels, amplification, bases, basis, fit, join, refine
from .sampling import GOLDEN, spread
from .tails import limit_of, simplest

HIGHEST = 4  # derivatives compared
CORE = 10.0
FINE = 64  # parts of a panel in which a feature was missed
_STRETCH = 1.15
_LADDER = 14
_MOST = 256  # candidates looked at
_FLOORS = np.array([1e-8, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3])  # smaller relative steps are rounding of an implementation


@dataclass(frozen=True)
class Kink:
    """A place x; `order`, the last derivative that is continuous there (-1: f itself jumps); the next on both sides."""

    x: float
    order: int
    left: float
    right: float
    steep: bool = False
    scale: float = 0.0  # size that this derivative has nearby

    @property
    def step(self):
        return self.right - self.left


@dataclass
class Survey:
    """What exploring one interval found.

    Kinks; steps at rounding level; stretches that stayed unresolved; first panels between whose nodes f hides a
    narrow feature.
    """

    kinks: list[Kink]
    micro: list[tuple[float, float]]
    wild: list[tuple[float, float]]
    narrow: list[list[float]]


def layout(low: float, high: float, resolution: float) -> np.ndarray:
    """Edges of the first panels on [low, high]: fine up to |x| = 10, coarser to 64, then growing with |x|.

    They are shifted by an irrational part of a panel: nobody's kink lies exactly on an edge.
    """
    positive = np.r_[
        np.arange(0, CORE, resolution), np.arange(CORE, 64, 4 * resolution), 64 * 2.0 ** (np.arange(0, 79) / 3)
    ]
    edges = np.r_[-positive[:0:-1], positive] + GOLDEN * resolution / 3
    sliver = resolution / 16 + 0.01 * np.abs([low, high])
    inner = edges[(edges > low + sliver[0]) & (edges < high - sliver[1])]
    return np.r_[low, inner, high]


def explore(f, low: float, high: float, noise: Noise, holes, resolution: float) -> Survey:
    """Kinks of `f` on [low, high]."""
    edges, budget, limits = layout(low, high, resolution), Budget(finest=1e-9), (low, high)
    panels, own, wild = refine(f, edges, noise, budget, _STRETCH, limits)
    panels, own, narrow, more = _look_between(f, panels, own, noise, budget, limits)
    wild = _merge(wild + more)
    brackets = _merge(_brackets(panels, own, edges, wild) + [(h - 1e-9, h + 1e-9) for h in holes if low < h < high])
    brackets, beyond = _nearest(brackets, limits)
    return _classify(f, brackets, limits, noise, Survey([], [], _merge(wild + beyond), narrow))


def _nearest(brackets, limits):
    """The candidates nearest to 0 where there are too many, and what is left out then."""
    if len(brackets) <= _MOST:
        return brackets, []
    far = sorted(min(abs(low), abs(high)) for low, high in brackets)[_MOST]
    return [b for b in brackets if max(abs(b[0]), abs(b[1])) < far], [(limits[0], -far), (far, limits[1])]


def _look_between(f, panels: Panels, own, noise, budget, limits):
    """Compare the panels with f at many irregular points; where they fail, a narrow feature was missed."""
    x = np.sort(spread(16384, max(-12.0, limits[0]), min(12.0, limits[1])))
    i = np.clip(np.searchsorted(own[:, 0], x, side="right") - 1, 0, len(own) - 1)
    t = (2 * x - panels.a[i] - panels.b[i]) / (panels.b[i] - panels.a[i])
    guess = np.einsum("ij,ij->i", basis(t, 0), panels.series[i])
    off = np.abs(guess - f(x)) > 1e3 * panels.error[i] + 1e-9 * np.abs(guess)
    bad = np.unique(i[off & panels.resolved[i]])
    if not len(bad):
        return panels, own, [], []
    keep = np.ones(len(own), dtype=bool)
    keep[bad] = False
    parts, ends, wild = [panels.select(keep)], [own[keep]], []
    for k in bad:
        p, o, w = refine(f, np.linspace(*own[k], FINE + 1), noise, budget, _STRETCH, limits)
        parts, ends, wild = [*parts, p], [*ends, o], wild + w
    ends = np.concatenate(ends)
    order = np.argsort(ends[:, 0], kind="stable")
    return join(parts).select(order), ends[order], own[bad].tolist(), wild


def _brackets(panels: Panels, own, edges, wild):
    """Intervals of panels that never got resolved or are narrower than their neighbours on both sides."""
    width = own[:, 1] - own[:, 0]
    first = np.diff(edges)[np.clip(np.searchsorted(edges, own.mean(axis=1)) - 1, 0, len(edges) - 2)]
    split = width < 0.75 * first
    flagged = ~panels.resolved
    starts = np.flatnonzero(np.r_[True, np.abs(np.diff(width)) > 1e-3 * width[:-1]])
    ends = np.r_[starts[1:], len(width)]
    for s, e in zip(starts, ends, strict=True):
        left = width[s - 1] if s else np.inf
        right = width[e] if e < len(width) else np.inf
        if e - s <= 6 and split[s] and min(left, right) > 1.5 * width[s]:
            flagged[s:e] = True
    for low, high in wild:
        flagged &= (own[:, 1] <= low) | (own[:, 0] >= high)
    return [tuple(map(float, pair)) for pair in own[flagged]]


def _merge(brackets):
    merged = []
    for low, high in sorted(brackets):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _classify(f, brackets, limits, noise, survey) -> Survey:
    """Order and place of every candidate; a second look with the place known sharpens the higher orders."""
    if not brackets:
        return survey
    for (low, high), sides in zip(brackets, _sides(f, brackets, limits, noise), strict=True):
        kink = _judge(f, low, high, *sides, noise)
        if kink is None:
            continue
        if _counts(kink, noise):
            survey.kinks.append(kink)
        elif kink.order == -1:
            survey.micro.append((kink.x, kink.step))
    return survey


def _counts(kink, noise):
    """Whether the step is more than rounding of an implementation (torch's softplus has a step of 2e-9 at 20)."""
    if np.isinf([kink.left, kink.right]).any():
        return True
    size = max(abs(kink.left), abs(kink.right), noise.size if kink.order == -1 else kink.scale)
    return abs(kink.step) > max(_FLOORS[kink.order + 1], 64 * noise.eps) * size


@dataclass(frozen=True)
class _Side:
    """Polynomial on one side of a bracket; `resolved` is False where no window was smooth."""

    mid: float
    half: float
    series: np.ndarray
    error: float
    resolved: bool

    def value(self, x):
        """The polynomial at an array x."""
        return basis((x - self.mid) / self.half, 0) @ self.series

    def size(self, order):
        """Largest derivative of this order in the window."""
        return float(np.abs(basis(NODES, order) @ self.series).max() / self.half**order)

    def derivatives(self, x, highest=HIGHEST + 1):
        """Values and errors of the derivatives of order 0 to `highest`, continued to x."""
        t = (x - self.mid) / self.half
        rows = bases(t, highest)
        factor = self.half ** -np.arange(highest + 1.0)
        return rows @ self.series * factor, self.error * amplification(rows) * factor


def _sides(f, brackets, limits, noise):
    """The widest resolved window on either side of every bracket, all tried in one call of f."""
    low, high = np.array(brackets).T
    room = np.maximum(1.0, np.maximum(np.abs(low), np.abs(high)) / 4)
    left_end, right_end = np.r_[limits[0], high[:-1]], np.r_[low[1:], limits[1]]
    gap = np.stack([np.minimum(low - left_end, room), np.minimum(right_end - high, room)])
    reach = gap[..., None] * 0.5 ** np.arange(_LADDER)
    a = np.stack([low[:, None] - reach[0], np.broadcast_to(high[:, None], reach[1].shape)])
    b = np.stack([np.broadcast_to(low[:, None], reach[0].shape), high[:, None] + reach[1]])
    p = fit(f, a.ravel(), np.maximum(b.ravel(), np.nextafter(a.ravel(), np.inf)), noise)
    holds = np.where(np.arange(a.size) < a[0].size, _reaches_end(f, p, 1), _reaches_end(f, p, -1))
    good = (p.resolved & holds).reshape(a.shape) & (reach > 0)
    pick = np.argmax(good, axis=2)
    index = np.arange(a.size).reshape(a.shape)
    chosen = np.take_along_axis(index, pick[..., None], axis=2)[..., 0]
    ok = good.any(axis=2)
    return [
        tuple(
            _Side((p.a[k] + p.b[k]) / 2, (p.b[k] - p.a[k]) / 2, p.series[k], p.error[k], bool(ok[s, i]))
            for s, k in enumerate(chosen[:, i])
        )
        for i in range(len(brackets))
    ]


def _reaches_end(f, p, sign):
    """Whether a series still holds close to the end of its window that faces the bracket (`sign`: which end)."""
    t = sign * (1 - np.array([0.0, 1e-4, 1e-3, 1e-2, 5e-2]))
    x = (p.a + p.b)[:, None] / 2 + (p.b - p.a)[:, None] / 2 * t
    rows = basis(t, 0)
    slack = 8 * p.error[:, None] * amplification(rows) + 1e-9 * np.abs(p.values).max(axis=1, keepdims=True)
    return (np.abs(p.series @ rows.T - f(x)) <= slack).all(axis=1)


def _judge(f, low, high, left: _Side, right: _Side, noise) -> Kink | None:
    if not (left.resolved and right.resolved):
        return _judge_singular(f, low, high, left, right, noise)
    x, width = (low + high) / 2, high - low
    order = _first_difference(left, right, x, width)
    if order is None:
        return None
    if order == 0:
        return _judge_jump(f, low, high, left, right)
    x = _meeting_point(left, right, order, low, high)
    sides = (side.derivatives(x) for side in (left, right))
    before, after = (simplest(d[order], 4 * error[order]) for d, error in sides)
    return Kink(x, order - 1, before, after, scale=max(left.size(order), right.size(order)))


def _first_difference(left, right, x, width):
    """Lowest order at which the two sides differ by more than their errors and a shift of x can explain."""
    (before, e0), (after, e1) = left.derivatives(x), right.derivatives(x)
    gap, error = np.abs(after - before), e0 + e1
    size = np.maximum(np.abs(before), np.abs(after))
    for k in range(HIGHEST + 1):
        clear = gap[k] > 5 * error[k] and gap[k] > 1e-12 * size[k]
        shifted = 0.6 * width * gap[k + 1] if gap[k + 1] > 5 * error[k + 1] else 0.0
        if clear and gap[k] > 1.5 * shifted:
            return k
    return None


def _meeting_point(left, right, order, low, high):
    """Where derivative `order` - 1 of both continuations agrees: Newton's method from the middle of the bracket."""
    x, width, slack = (low + high) / 2, high - low, 0.0
    for _ in range(6):
        (before, e0), (after, e1) = left.derivatives(x), right.derivatives(x)
        slope = after[order] - before[order]
        margin = 4 * (e0[order - 1] + e1[order - 1]) / abs(slope) + 4e-16 * abs(x)
        step = (after[order - 1] - before[order - 1]) / slope
        if not low - width <= x - step <= high + width:  # rough values: the bracket knows better
            slack = width
            break
        x -= step
        if abs(step) <= 1e-16 * max(1.0, abs(x)):
            break
    return simplest(x, max(margin, slack))


def _judge_jump(f, low, high, left, right) -> Kink:
    """Bisect to the place where values change from the left branch to the right one."""
    a, b = narrow(lambda x: np.abs(f(x) - left.value(x)) > np.abs(f(x) - right.value(x)), low, high)
    ya, yb = f(np.array([a, b]))
    x = 0.0 if a <= 0 <= b else min((a, b), key=lambda v: len(repr(float(v))))
    sides = f(np.array([min(a, np.nextafter(x, -np.inf)), max(b, np.nextafter(x, np.inf))]))
    before, after = (simplest(y, 1e-15 * np.abs(sides).max()) for y in sides)
    return Kink(float(x), -1, before, after, steep=abs(yb - ya) < 0.2 * abs(after - before))


def narrow(test, a, b):
    """Neighbouring floats (1e-30 apart near 0) between which `test` turns from False to True."""
    while b - a > 1e-30:
        x = np.linspace(a, b, 66)[1:-1]
        x = np.unique(np.r_[x, 0.0]) if a < 0 < b else x
        x = x[(x > a) & (x < b)]
        if not len(x):
            break
        above = test(x)
        k = int(np.argmax(above)) if above.any() else len(x)
        a, b = (x[k - 1] if k else a), (x[k] if k < len(x) else b)
    return float(a), float(b)


def _judge_singular(f, low, high, left, right, noise) -> Kink | None:
    """No polynomial fits on at least one side (roots, logarithms, poles): compare one-sided limits of f and f'."""
    _, own, _ = refine(f, np.linspace(low, high, 4), noise, Budget(finest=1e-15, per_zone=8))
    width = np.diff(own)[:, 0]
    tight = own[width < 1.5 * width.min()]
    x = simplest(float(tight.mean()), max(float(np.ptp(tight)), 1e-15))
    (y0, s0, c0), (y1, s1, c1) = (_one_sided(f, x, s, side, noise) for s, side in ((-1, left), (1, right)))
    if _differ(y0, y1, 1e-6 * noise.size):
        return Kink(x, -1, y0, y1)
    if _differ(s0, s1, 1e-4 * noise.steepness):
        return Kink(x, 0, s0, s1)
    return Kink(x, 1, c0, c1) if np.isinf([c0, c1]).any() else None


def _differ(left, right, floor):
    """Whether one-sided limits differ or are infinite (nan: no limit was found, nothing is claimed)."""
    return bool(np.isinf([left, right]).any() or abs(left - right) > max(floor, 1e-4 * max(abs(left), abs(right))))


def _one_sided(f, x, sign, side, noise):
    """Limits of value, slope and curvature at x from one side."""
    if side.resolved:
        return tuple(map(float, side.derivatives(x, 2)[0]))
    h = 2.0 ** -np.arange(5, 38)
    y = f(x + sign * h)
    level = noise.eps * (np.abs(y) + noise.size)
    slopes = sign * np.diff(y) / np.diff(h)
    curves = sign * np.diff(slopes) / np.diff(h[1:])
    sequences = (y, level), (slopes, 4 * level[1:] / h[1:]), (curves, 16 * level[2:] / h[2:] ** 2)
    return tuple(limit_of(*_above_noise(*pair)).value for pair in sequences)


def _above_noise(y, noise):
    """The part of a sequence (ratio 2) before noise hides it, at least its first eight terms."""
    lost = noise > 1e-4 * np.maximum.accumulate(np.abs(y))
    end = max(8, int(np.argmax(lost))) if lost.any() else len(y)
    return y[:end], 2.0, noise[:end], 32.0
