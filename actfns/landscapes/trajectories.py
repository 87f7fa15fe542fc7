"""The path of training, seen from its principal directions."""

from dataclasses import dataclass, field

import numpy as np
import torch

from actfns.landscapes.tensors import flat, shaped


@dataclass(frozen=True)
class Trajectory:
    """A path in the space of parameters, projected.

    * ``coordinates``: (T, axes), or (seeds, T, axes), of each snapshot seen from the last, which is the origin
    * ``share``: (axes,), or (seeds, axes), the share of the variation each direction explains, falling
    * ``directions``: orthonormal, as `surface` takes them: name → (1, axes, …); the surface through the last snapshot
      is the ground under the path
    """

    coordinates: np.ndarray = field(repr=False)
    share: np.ndarray
    directions: dict = field(repr=False)


def trajectory(objective, snapshots, *, axes=2, about="end"):
    """Project parameters along training on their principal directions, a `Trajectory`.

    The rows θ_t − θ_T of a matrix M (``about="end"``, Li et al. 2018), or θ_t less their mean (``about="mean"``, the
    usual principal component analysis), have the singular value decomposition M = U Σ Vᵀ: the directions are the first
    columns of V, with shares σ_k²/Σ σ². Of a run, every seed has its own.

    Args:
        objective: tells which parameters there are and whether they are stacked; only its names and shapes are used.
        snapshots: dictionaries of parameters in the order of training, at least two (such as ``run.initial`` and the
            ``params`` of runs that go on from one another); other entries, like running estimates, are left out.
        axes: number of directions, fewer than snapshots.

    A large share says little by itself: a random walk in many dimensions also has 61 % and 15 % on its first two
    (Antognini & Sohl-Dickstein 2018, arXiv:1806.08805). The sign of a direction is fixed so that the path starts on
    its positive side. Raises `ValueError` for snapshots that do not fit or do not differ.

    Source: Li, Xu, Taylor, Studer & Goldstein (2018), arXiv:1712.09913.

    >>> from actfns import lab, landscapes
    >>> run = lab.train("circles", (8,), "relu", range(2), epochs=1)
    >>> more = lab.train("circles", (8,), "relu", range(2), epochs=1, start=run)
    >>> path = landscapes.trajectory(landscapes.objective(more), [run.initial, run.params, more.params])
    >>> path.coordinates.shape, path.share.sum(-1).round(6)
    ((2, 3, 2), array([1., 1.]))
    """
    like = objective.stack(objective.params)
    rows = _rows(objective, snapshots)
    if about not in ("end", "mean"):
        raise ValueError(f"about must be 'end' or 'mean', got {about!r}")
    if not isinstance(axes, int) or not 1 <= axes < len(snapshots):
        raise ValueError(f"axes must be an integer from 1 to {len(snapshots) - 1}, one fewer than snapshots at most, "
                         f"got {axes!r}")
    path = rows - rows[:, -1:]
    varying = path if about == "end" else rows - rows.mean(1, keepdim=True)
    if not varying.square().sum((1, 2)).all():
        raise ValueError("the snapshots do not differ: there is no path to project")
    _, lengths, main = torch.linalg.svd(varying, full_matrices=False)
    main = main[:, :axes] * _starting_side(path[:, 0], main[:, :axes])
    made = shaped(main.movedim(1, 0), like)
    made = {name: (value if objective.stacked else value[:, 0]).unsqueeze(0).to(like[name])
            for name, value in made.items()}
    share = (lengths.square() / lengths.square().sum(1, keepdim=True))[:, :axes]
    return Trajectory(objective.natural((path @ main.mT).cpu().numpy()), objective.natural(share.cpu().numpy()), made)


def _rows(objective, snapshots):
    """Snapshots as float64 rows, (copies, T, n)."""
    snapshots = list(snapshots)
    if len(snapshots) < 2:
        raise ValueError(f"a path needs at least two snapshots, got {len(snapshots)}")
    for one in snapshots:
        for name, value in objective.params.items():
            if name not in one or one[name].shape != value.shape:
                raise ValueError(f"a snapshot lacks {name} or has it in another shape")
    kept = [objective.stack({name: one[name].detach().double() for name in objective.params}) for one in snapshots]
    return torch.stack([flat(one) for one in kept], 1)


def _starting_side(first, main):
    sides = (main @ first.unsqueeze(-1)).sign()
    return torch.where(sides == 0, 1.0, sides)
