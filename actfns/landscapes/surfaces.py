"""Loss along lines, over planes and between two solutions."""

import math
import time
from dataclasses import dataclass, field

import numpy as np
import torch

from actfns.landscapes.tensors import copies_of, fingerprint, repeated, shifted

_COPIES, _ENTRIES = 16, 2**16  # measured: more copies or parameters at once are no faster on a CPU

@dataclass(frozen=True)
class Slice:
    """Mean losses over a grid of points, NumPy arrays, as `line`, `surface` and `interpolate` return them.

    For a run the first axis of ``loss`` and ``se`` counts seeds, then come the pairs of directions (a line has single
    ones; an interpolation none), then the points:

    * ``a``, ``b``: the coordinates, (A,) and (B,); ``b`` is None on a line
    * ``loss``: (seeds, pairs, A) or (seeds, pairs, A, B)
    * ``se``: standard error of ``loss`` as an estimate for the ``population`` the ``samples`` were drawn from,
      s/√n · √(1 − n/N) with s the standard deviation of the loss over samples. 0 where all were used. Points share
      their samples, so differences between neighbours are far more certain than this
    * ``norm``: the policy for batch norm; ``seconds``: duration
    """

    a: np.ndarray = field(repr=False)
    b: np.ndarray | None = field(repr=False)
    loss: np.ndarray = field(repr=False)
    se: np.ndarray = field(repr=False)
    norm: str
    samples: int
    population: int
    seconds: float = field(repr=False)

    def __str__(self):
        low, high = np.nanmin(self.loss), np.nanmax(self.loss)
        return f"{'×'.join(map(str, self.loss.shape))} losses from {low:.4g} to {high:.4g} ({self.samples} samples)"


def line(objective, directions, a, *, norm="frozen", at_once=None, chunk=None, jobs=1, store=None, progress=None):
    """Loss along lines: L(θ + a_i d) for every direction d of `directions` with ``axes=1`` and every seed.

    Arguments and policies as in `surface`. Returns a `Slice` with ``loss`` (pairs, A), or (seeds, pairs, A) for a run.

    >>> import torch
    >>> from actfns import lab, landscapes
    >>> loss = landscapes.objective(lab.train("circles", (8,), "relu", range(2), epochs=1))
    >>> landscapes.line(loss, landscapes.directions(loss, torch.Generator(), pairs=3, axes=1), [-1, 0, 1]).loss.shape
    (2, 3, 3)
    """
    plane = _Plane(objective, directions, (_coordinates(a, "a"),))
    return _slice(objective, plane, norm, at_once, chunk, jobs, store, progress)


def surface(objective, directions, a, b=None, *, norm="frozen", at_once=None, chunk=None, jobs=1, store=None,
            progress=None):
    """Loss over planes: L(θ + a_i d₁ + b_j d₂) for every pair (d₁, d₂) of `directions` and every seed.

    Args:
        objective: an `Objective`; all its seeds are one batched program.
        directions: name → (pairs, 2, …), as `directions` makes them; also principal directions or eigenvectors.
        a, b: coordinates, numbers in one row; ``b`` defaults to ``a``.
        norm: what batch norm uses at a point. "frozen": the running estimates of the trained network, as at test time;
            far out they no longer fit the values. "batch": mean and variance of each batch, as in training; the loss
            then depends on the batch size. "recalibrated": running estimates made afresh at every point (a second
            pass). Without batch norm all three are the same. Buffers are never changed.
        at_once: points per batched program. None puts several points of a small network's run together on a CPU, and
            takes one by one otherwise. More are worth while on a GPU; a module is then run through ``torch.vmap``,
            which has to know its operations.
        chunk: points per cell of a sweep; default: a twentieth of the points of each process. Neither this nor
            ``at_once`` changes more than rounding.
        jobs, store, progress: processes (None: all cores), a ``.jsonl`` file in which finished chunks are kept (killed
            and called again, only the others are computed), and a progress bar, as in `actfns.lab.sweep`.

    Losses are summed in float64. A point costs one forward pass over the data (two with "recalibrated") and one
    addition per parameter. Returns a `Slice` with ``loss`` (pairs, A, B), or (seeds, pairs, A, B) for a run. Raises
    `ValueError` for directions or coordinates that do not fit.

    Source: Li, Xu, Taylor, Studer & Goldstein (2018), arXiv:1712.09913.

    >>> import torch
    >>> from actfns import lab, landscapes
    >>> loss = landscapes.objective(lab.train("circles", (8,), "relu", range(2), epochs=1))
    >>> landscapes.surface(loss, landscapes.directions(loss, torch.Generator()), [-1, 0, 1]).loss.shape
    (2, 1, 3, 3)
    """
    plane = _Plane(objective, directions, (_coordinates(a, "a"), _coordinates(a if b is None else b, "b")))
    return _slice(objective, plane, norm, at_once, chunk, jobs, store, progress)


def interpolate(start, end, t, *, norm="frozen", at_once=None, chunk=None, jobs=1, store=None, progress=None):
    """Loss on the straight way between two solutions: L((1 − t) θ_start + t θ_end); t = 0 and 1 are the ends exactly.

    ``start`` and ``end`` are objectives of the same kind of network (of runs with as many seeds, paired in order);
    the data is that of ``start``. With "frozen" the running estimates are interpolated, too, which is right at both
    ends and not in between: with batch norm prefer "recalibrated". Other arguments as in `surface`.

    Returns a `Slice` with ``loss`` (T,), or (seeds, T) for runs. Source: Goodfellow, Vinyals & Saxe (2015),
    Qualitatively characterizing neural network optimization problems, arXiv:1412.6544.

    >>> from actfns import lab, landscapes
    >>> run = lab.train("circles", (8,), "relu", range(2), epochs=2)
    >>> first, last = (landscapes.objective(run, params=params) for params in (run.initial, run.params))
    >>> landscapes.interpolate(first, last, [0, 0.5, 1]).loss.shape
    (2, 3)
    """
    return _slice(start, _Segment(start, end, _coordinates(t, "t")), norm, at_once, chunk, jobs, store, progress)


class _Plane:
    """Points of lines or planes, numbered through all pairs; ``shape`` (pairs, A) or (pairs, A, B)."""

    def __init__(self, objective, directions, coordinates):
        self.coordinates = coordinates
        self.directions, pairs = _checked(objective, directions, len(coordinates))
        self.shape = (pairs, *map(len, coordinates))

    def at(self, objective, points):
        """Stacked parameters of some points, point after point, and the buffers (None: those of the objective)."""
        pairs, *places = np.unravel_index(points, self.shape)
        amounts = [row[place] for row, place in zip(self.coordinates, places)]
        if len(points) == 1:
            params = objective.stack(objective.params)
            for axis, amount in enumerate(amounts):
                params = shifted(params, self._axis(int(pairs[0]), axis), float(amount[0]))
            return params, None
        params = repeated(objective.stack(objective.params), len(points))
        for axis, amount in enumerate(amounts):
            for name, value in params.items():
                step = self.directions[name][pairs, axis]
                far = torch.as_tensor(amount, dtype=step.dtype, device=step.device).view(-1, *[1] * (step.ndim - 1))
                params[name] = value + (far * step).flatten(0, 1)
        return params, None

    def _axis(self, pair, axis):
        return {name: value[pair, axis] for name, value in self.directions.items()}

    def facts(self):
        return self.directions, {str(axis): torch.as_tensor(row) for axis, row in enumerate(self.coordinates)}


class _Segment:
    """Points between two solutions; ``shape`` (T,)."""

    def __init__(self, start, end, t):
        for kind in ("params", "buffers"):
            first, last = getattr(start, kind), getattr(end, kind)
            if {name: value.shape for name, value in first.items()} != {n: value.shape for n, value in last.items()}:
                raise ValueError(f"the two ends have different {kind}")
        self.ends = [[one.stack(one.params), one.stack(one.buffers)] for one in (start, end)]
        self.coordinates, self.shape = (t,), t.shape

    def at(self, objective, points):
        made = [[_mixed(first, last, float(t)) for first, last in zip(*self.ends)]
                for t in self.coordinates[0][points]]
        return tuple({name: torch.cat([one[name] for one in part]) for name in part[0]} for part in zip(*made))

    def facts(self):
        return (*self.ends[1], {"t": torch.as_tensor(self.coordinates[0])})


class Chunk:
    """Losses of some points: a function of (first, last) that can be sent to another process.

    Returns {"loss": …, "variance": …}, each (points, copies), for the points first … last − 1.
    """

    def __init__(self, objective, geometry, norm, at_once):
        self.objective, self.geometry, self.norm, self.at_once = objective, geometry, norm, at_once

    @torch.no_grad()
    def __call__(self, first, last, bar=None):
        found = [self._points(np.arange(k, min(k + self.at_once, last)), bar)
                 for k in range(first, last, self.at_once)]
        loss, variance = (torch.cat(part).cpu().numpy() for part in zip(*found))
        return {"loss": loss, "variance": variance}

    def _points(self, points, bar):
        params, buffers = self.geometry.at(self.objective, points)
        found = [part.view(len(points), -1) for part in self.objective.moments(params, buffers, self.norm)]
        if bar is not None:
            bar.update(len(points))
        return found

    def fingerprint(self):
        """What results depend on, as a short text: the function, parameters, data and points."""
        one = self.objective
        data = {str(k): part for k, part in enumerate((*one.inputs, one.targets))}
        facts = {"batches": torch.tensor([len(one.pieces()), one.population])}
        # two digits of the loss tell apart functions that have one name, and survive another number of threads
        digits = " ".join(f"{value:.1e}" for value in one.moments(one.stack(one.params), norm=self.norm)[0].tolist())
        made = fingerprint(one.params, one.buffers, data, facts, *self.geometry.facts())
        return f"{one.described()}, {self.norm}, {made}, {digits}"


def _slice(objective, geometry, norm, at_once, chunk, jobs, store, progress):
    started = time.perf_counter()
    points = math.prod(geometry.shape)
    objective.check(norm)
    at_once = _together(objective) if at_once is None else at_once
    for name, value in (("at_once", at_once), ("chunk", 1 if chunk is None else chunk)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value!r}")
    compute = Chunk(objective, geometry, norm, at_once)
    if jobs == 1 and store is None:
        with _bar(points, progress) as bar:
            found = [compute(0, points, bar)]
    else:
        found = _swept(compute, points, chunk, jobs, store, progress)
    loss, variance = (np.concatenate([np.asarray(one[name], dtype=float) for one in found]).T
                      for name in ("loss", "variance"))
    n, population = objective.samples, objective.population
    a, b = (*geometry.coordinates, None)[:2]
    shape = (-1, *geometry.shape)
    return Slice(a, b, objective.natural(loss.reshape(shape)),
                 objective.natural(np.sqrt(variance / n * (1 - n / population)).reshape(shape)),
                 norm, n, population, time.perf_counter() - started)


def _together(objective):
    """Points that fill a batched program on a CPU without driving the parameters out of its cache."""
    if not objective.stacked:
        return 1
    copies, entries = copies_of(objective.params), sum(value.numel() for value in objective.params.values())
    return max(1, min(_COPIES // copies, _ENTRIES // entries))


def _swept(compute, points, chunk, jobs, store, progress):
    from joblib import cpu_count

    from actfns.lab.sweeping.sweep import sweep

    size = chunk or max(compute.at_once, -(-points // (20 * (jobs or cpu_count()))))
    cells = [{"first": k, "last": min(k + size, points)} for k in range(0, points, size)]
    found = sweep(compute, cells, store=store, version=compute.fingerprint(), jobs=jobs, progress=progress)
    return [one["result"] for one in found]


def _checked(objective, directions, axes):
    """Directions in the order of the parameters with an axis of copies: name → (pairs, axes, copies, …)."""
    shapes = {tuple(value.shape[:2]) for value in directions.values()}
    right = directions.keys() == objective.params.keys() and all(
        value.shape[2:] == objective.params[name].shape for name, value in directions.items())
    if not right or len(shapes) != 1 or {shape[1:] for shape in shapes} != {(axes,)}:
        raise ValueError(f"directions must have a tensor (pairs, {axes}, …) for each parameter of the objective, "
                         f"… its shape; see `directions` with axes={axes}")
    ordered = {name: directions[name].to(value) for name, value in objective.params.items()}
    if not objective.stacked:
        ordered = {name: value.unsqueeze(2) for name, value in ordered.items()}
    return ordered, shapes.pop()[0]


def _coordinates(values, name):
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite numbers in one row, got shape {values.shape}")
    return values


def _mixed(first, last, t):
    return {name: value if not value.is_floating_point() else (1 - t) * value + t * last[name]
            for name, value in first.items()}


def _bar(points, progress):
    from tqdm import tqdm

    return tqdm(total=points, desc="points", disable=None if progress is None else not progress)
