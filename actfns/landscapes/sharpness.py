"""How sharply the loss rises around a solution: worst cases, random directions, and all measures in one table."""

from dataclasses import dataclass, field

import numpy as np
import torch

from actfns.lab.stats import interval
from actfns.lab.streams import stream
from actfns.landscapes.curvature import batched_gradient, eigenvalues, trace
from actfns.landscapes.directions import directions as random_directions
from actfns.landscapes.surfaces import line
from actfns.landscapes.tensors import flat, shaped


@dataclass(frozen=True)
class Profile:
    """How the loss rises with the distance: ``rise`` (pairs, radii), or (seeds, pairs, radii), at ``radii``.

    Each value is L(θ + r d) − L(θ) for one random direction d.
    """

    radii: np.ndarray
    rise: np.ndarray = field(repr=False)

    def interval(self, confidence=0.95):
        """Mean over directions with its t interval, an `Interval` of arrays (radii,), or (seeds, radii)."""
        return interval(self.rise, confidence, axis=-2)


@dataclass(frozen=True)
class Sharpness:
    """The measures of `sharpness`, numbers, or arrays (seeds,) for a run."""

    loss: np.ndarray
    largest: np.ndarray
    smallest: np.ndarray
    trace: np.ndarray
    trace_se: np.ndarray
    sam: np.ndarray
    adaptive: np.ndarray
    rise: np.ndarray
    rise_se: np.ndarray

    def table(self):
        """Dictionary name → value, ready for `pandas.DataFrame`."""
        return {name: np.copy(value)[()] for name, value in vars(self).items()}


def sam(objective, radius=0.05, *, adaptive=False, steps=1, norm="frozen"):
    """The rise of the loss to its worst point nearby, max L(θ + ε) − L(θ) over ‖ε‖ ≤ radius: (seeds,) or a number.

    With ``steps=1`` the first-order answer ε = ρ g/‖g‖ with the gradient g over all the data, as in sharpness-aware
    minimisation; at a point with gradient 0 that is 0. More ``steps`` go on from there by projected gradient ascent,
    with steps of ρ/2 that shrink, and keep the best: a lower bound of the maximum that grows tight.

    ``adaptive=True`` takes ‖ε/|θ|‖ ≤ radius instead (each entry measured by its own weight), so ε = ρ θ² g/‖|θ| g‖:
    this does not change when a ReLU network is rescaled so that its function is the same. Weights that are 0 stay 0.

    ``norm`` as in `eigenvalues`. Raises `ValueError` for a radius that is not positive or fewer than one step.
    Source: Foret, Kleiner, Mobahi & Neyshabur (2021), arXiv:2010.01412; adaptive: Kwon, Kim, Park & Choi (2021),
    arXiv:2102.11600.

    >>> from actfns import lab, landscapes
    >>> loss = landscapes.objective(lab.train("circles", (8,), "tanh", range(3), epochs=5))
    >>> (landscapes.sam(loss, 0.1) > landscapes.sam(loss, 0.05)).all()
    np.True_
    """
    if not radius > 0 or not np.isfinite(radius):
        raise ValueError(f"radius must be a positive number, got {radius!r}")
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be a positive integer, got {steps!r}")
    params = objective.stack(objective.params)
    prepared, centre = objective.prepared(params, norm=norm), flat(params)
    unit = centre.abs() if adaptive else torch.ones_like(centre)
    start = _losses(objective, params, prepared)
    away, best = torch.zeros_like(centre), torch.full_like(start, -torch.inf)
    for step in range(steps):
        here = shaped(centre + unit * away, params)
        slope = unit * flat(batched_gradient(objective, here, prepared))
        far = radius if step == 0 else radius / (1 + step) ** 0.5 / 2
        away = _inside(away + far * slope / _norm(slope), radius)
        best = torch.maximum(best, _losses(objective, shaped(centre + unit * away, params), prepared))
    found = (best - start).cpu().numpy()
    return found if objective.stacked else float(found[0])


def profile(objective, radii, generator=None, *, pairs=16, normalise="filter", vectors="zero", norm="frozen"):
    """How the loss rises along random directions: L(θ + r d) − L(θ) at each radius (`Profile`).

    Args:
        radii: distances r in units of the direction; with "filter", r = 0.5 moves every filter by half its norm.
        generator: as in `directions`, one for all seeds or one for each; default: a fixed one.
        pairs: number of directions. normalise, vectors: as in `directions`. norm: as in `surface`.

    A random direction sees the average curvature, tr H/n for "none", not the largest: it stays flat where the sharpest
    direction is steep. Source: Li, Xu, Taylor, Studer & Goldstein (2018), arXiv:1712.09913.

    >>> from actfns import lab, landscapes
    >>> loss = landscapes.objective(lab.train("circles", (8,), "tanh", range(3), epochs=5))
    >>> landscapes.profile(loss, [0.25, 0.5], pairs=4).interval().mean.shape
    (3, 2)
    """
    drawn = random_directions(objective, generator or stream(0, "profile"), pairs=pairs, axes=1, normalise=normalise,
                              vectors=vectors, orthogonal=False)
    radii = np.asarray(radii, dtype=float)
    loss = line(objective, drawn, np.concatenate([[0.0], np.atleast_1d(radii)]), norm=norm, progress=False).loss
    return Profile(np.atleast_1d(radii), loss[..., 1:] - loss[..., :1])


def sharpness(objective, *, radius=0.05, adaptive_radius=0.5, distance=0.5, probes=32, pairs=16, generator=None,
              norm="frozen"):
    """The usual measures of sharpness side by side, a `Sharpness`.

    * ``loss``: at the point itself
    * ``largest, smallest``: eigenvalues of the Hessian; ``trace, trace_se``: its trace from ``probes`` vectors
    * ``sam``: `sam` within ``radius``; ``adaptive``: the adaptive one within ``adaptive_radius``
    * ``rise, rise_se``: mean rise at ``distance`` along ``pairs`` filter-normalised directions, with standard error

    Eigenvalues, trace and ``sam`` change when a ReLU network is rescaled so that its function is the same; ``adaptive``
    and ``rise`` do not, and are the ones to compare activation functions by. Give intervals over seeds
    (`lab.interval`). ``generator`` draws for all of them in this order; for the rest see the functions named.

    >>> from actfns import lab, landscapes
    >>> run = lab.train("circles", (8,), "tanh", range(3), epochs=1)
    >>> sorted(landscapes.sharpness(landscapes.objective(run), probes=4, pairs=4).table())[:4]
    ['adaptive', 'largest', 'loss', 'rise']
    """
    ends = eigenvalues(objective, generator, norm=norm)
    spread = trace(objective, generator, probes=probes, norm=norm)
    rise = profile(objective, [distance], generator, pairs=pairs, norm=norm).rise[..., 0]
    loss = objective(norm=norm).cpu().numpy()[()]
    return Sharpness(loss, ends.largest, ends.smallest, spread.mean, spread.se, sam(objective, radius, norm=norm),
                     sam(objective, adaptive_radius, adaptive=True, norm=norm), rise.mean(-1),
                     rise.std(-1, ddof=1) / pairs ** 0.5)


def _losses(objective, params, prepared):
    """Mean loss of each copy with buffers that are given."""
    buffers, training = prepared
    return objective.moments(params, buffers, "batch" if training else "frozen")[0]


def _norm(rows):
    norms = rows.norm(dim=1, keepdim=True)
    return torch.where(norms > 0, norms, 1.0)


def _inside(rows, radius):
    """Rows shortened to the length ``radius`` where they are longer."""
    return rows * (radius / _norm(rows)).clamp(max=1)
