"""Random directions in the space of parameters: Gaussian, normalised, orthogonal."""

import math

import torch

from actfns.landscapes.tensors import shaped, sizes

NORMALISATIONS = ("filter", "layer", "none")


def directions(params, generator, *, pairs=1, axes=2, normalise="filter", vectors="zero", orthogonal=True,
               stacked=None):
    """Random directions for `surface` (``axes=2``) or `line` (``axes=1``), ``pairs`` of them at once.

    Returns a dictionary like ``params``: name → tensor (pairs, axes, …) with the shape and dtype of the parameter
    behind. Entries are N(0, 1), then by ``normalise``

    * "filter": d_f ← d_f ‖w_f‖/‖d_f‖ for every filter f, the weights that lead into one unit or channel (a slice along
      the first axis of a weight with two axes or more). Makes pictures independent of how a ReLU network is scaled
    * "layer": the same with the whole tensor in place of the filter
    * "none": left as drawn, E‖d‖² = number of entries

    Args:
        params: dictionary of tensors, or an `Objective`, whose parameters are taken.
        generator: a ``torch.Generator``; with seeds also one for each seed, so that a seed's directions do not depend
            on which others are there.
        vectors: parameters with one axis or none (biases, scale and shift of norms, learnable parameters of an
            activation function) are not moved with "zero"; with "keep" each of them is normalised as one filter. The
            random numbers for the weights are the same either way.
        orthogonal: make the axes of a pair orthogonal, within every filter, layer or, with "none", altogether; norms
            are kept (with "none" the second is shortened to its orthogonal part). Otherwise angles are left to chance:
            cos ≈ N(0, 1/n) for n entries.
        stacked: whether the first axis of ``params`` counts seeds; directions are then (pairs, axes, seeds, …).
            Default: as the objective says, False for a dictionary.

    Numbers are drawn in float64: the same generator gives the same direction in every dtype, and more pairs do not
    change the first. Raises `ValueError` where a filter has too few weights for orthogonal axes.

    Source: Li, Xu, Taylor, Studer & Goldstein (2018), Visualizing the loss landscape of neural nets, arXiv:1712.09913.

    >>> import torch
    >>> from actfns import landscapes
    >>> d = landscapes.directions({"W": torch.ones(3, 5), "b": torch.ones(3)}, torch.Generator(), pairs=4)
    >>> d["W"].shape, d["W"][0, 0].norm(dim=1).numpy().round(6), d["b"].abs().max().item()
    (torch.Size([4, 2, 3, 5]), array([2.236068, 2.236068, 2.236068], dtype=float32), 0.0)
    """
    if not isinstance(params, dict):
        params, stacked = params.params, params.stacked if stacked is None else stacked
    _check(pairs, axes, normalise, vectors)
    like = params if stacked else {name: value.unsqueeze(0) for name, value in params.items()}
    generators = _generators(generator, len(next(iter(like.values()))), bool(stacked))
    drawn = _drawn(generators, pairs, axes, like)
    kept = {name: value for name, value in drawn.items() if vectors == "keep" or like[name].ndim > 2}
    if not kept:
        raise ValueError("nothing to move: all parameters are vectors, and vectors='zero'")
    if normalise == "none":
        kept = _whole(kept, orthogonal)
    else:
        kept = {name: _normalised(name, value, like[name], normalise, orthogonal) for name, value in kept.items()}
    made = {name: kept.get(name, torch.zeros_like(value)).to(like[name]) for name, value in drawn.items()}
    return made if stacked else {name: value.squeeze(2) for name, value in made.items()}


def cosines(first, second):
    """Cosine of the angle between two directions (dictionaries of the same shapes), over all their entries, a float.

    cos = Σ d·e / (‖d‖ ‖e‖) in float64; nan if one of them is 0.

    >>> import torch
    >>> from actfns.landscapes import cosines
    >>> cosines({"W": torch.ones(2, 2)}, {"W": torch.eye(2)})
    0.7071067811865475
    """
    d, e = (torch.cat([value.double().flatten() for value in one.values()]) for one in (first, second))
    return (d @ e / (d.norm() * e.norm())).item()


def _drawn(generators, pairs, axes, like):
    """name → (pairs, axes, seeds, …), drawn one direction after the other so that more pairs change nothing before."""
    entries = sum(sizes(like))
    rows = [torch.randn(entries, dtype=torch.float64, generator=generator)
            for _ in range(pairs * axes) for generator in generators]
    return shaped(torch.stack(rows).view(pairs, axes, len(generators), entries), like)


def _normalised(name, drawn, weight, normalise, orthogonal):
    """Each filter, or the whole tensor of each seed, with the norm it has in ``weight``."""
    by_filter = normalise == "filter" and weight.ndim > 2
    shape = (*weight.shape[:2], -1) if by_filter else (len(weight), 1, -1)
    blocks = drawn.reshape(*drawn.shape[:2], *shape)
    if orthogonal:
        if blocks.shape[-1] < blocks.shape[1]:
            raise ValueError(f"{blocks.shape[1]} orthogonal axes need as many weights; a {normalise} of {name} has "
                             f"{blocks.shape[-1]}: pass orthogonal=False, another normalisation or vectors='zero'")
        blocks = _orthogonal(blocks)
    norms = weight.double().cpu().reshape(shape).norm(dim=-1, keepdim=True)
    return (blocks * (norms / blocks.norm(dim=-1, keepdim=True))).reshape(drawn.shape)


def _whole(drawn, orthogonal):
    """All tensors as one vector for each seed."""
    if not orthogonal:
        return drawn
    rows = torch.cat([value.reshape(*value.shape[:3], -1) for value in drawn.values()], 3)
    rows = _orthogonal(rows)
    parts = rows.split([math.prod(value.shape[3:]) for value in drawn.values()], -1)
    return {name: part.reshape(value.shape) for (name, value), part in zip(drawn.items(), parts)}


def _orthogonal(blocks):
    """Gram–Schmidt over the second axis of (pairs, axes, …, entries), twice against rounding."""
    made = []
    for row in blocks.unbind(1):
        for earlier in made * 2:
            row = row - (row * earlier).sum(-1, keepdim=True) / earlier.square().sum(-1, keepdim=True) * earlier
        made.append(row)
    return torch.stack(made, 1)


def _generators(generator, seeds, stacked):
    if isinstance(generator, torch.Generator):
        return [generator] * seeds
    generators = list(generator) if hasattr(generator, "__iter__") else [generator]
    if any(not isinstance(one, torch.Generator) for one in generators):
        raise TypeError(f"generator must be a torch.Generator, or one for each seed, got {generator!r}")
    if not stacked or len(generators) != seeds:
        raise ValueError(f"got {len(generators)} generators for {seeds if stacked else 'no'} seeds")
    return generators


def _check(pairs, axes, normalise, vectors):
    for name, value in (("pairs", pairs), ("axes", axes)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value!r}")
    if normalise not in NORMALISATIONS:
        raise ValueError(f"normalise must be one of {', '.join(map(repr, NORMALISATIONS))}, got {normalise!r}")
    if vectors not in ("zero", "keep"):
        raise ValueError(f"vectors must be 'zero' or 'keep', got {vectors!r}")
