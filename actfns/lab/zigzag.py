"""Why inputs of one sign make gradient descent zig-zag: signs of gradient rows, conditioning, length of the path."""

from dataclasses import dataclass, field

import numpy as np
import torch

from actfns.lab import networks
from actfns.lab.streams import batches, checked_seeds


def per_sample(params, x, y, activation, layer, loss="cross_entropy"):
    """Gradient of every single sample's loss for the weights of one layer.

    ``params`` as in `actfns.lab.stack`, ``x`` (samples, features), ``y`` class numbers or targets, ``layer`` from 1.
    Returns a tensor (seeds, samples, units, inputs): entry (s, i, j, k) is δ_j h_k for sample i, with δ = dL/dz of the
    layer and h its input. The mean over samples is the gradient of the mean loss, so a mini-batch's gradient is a mean
    over some of them.
    """
    if layer not in range(1, networks.depth(params) + 1):
        raise ValueError(f"layer must be between 1 and {networks.depth(params)}, got {layer!r}")
    start = networks.columns(params, x).detach().requires_grad_()  # a graph even where the parameters have none
    pre, values = networks.run_layers(params, start, networks.bound_functions(activation, params))
    wanted = networks.target_rows(y, pre[-1].shape[1], loss, pre[-1].dtype)
    total = networks.sample_losses(pre[-1], wanted, loss).sum()
    delta, = torch.autograd.grad(total, [pre[layer - 1]], materialize_grads=True)
    return torch.einsum("sjn,skn->snjk", delta, values[layer - 1].detach())


def one_signed(gradient):
    """Share of one-signed rows in gradients (…, units, inputs): the weights of a unit all move up, or all down.

    A row counts as one-signed when no two of its entries have opposite signs; rows of zeros only (a unit that gets no
    gradient) are left out, and the share is nan when nothing is left. For two axes a float; for more, an array with
    one share for each entry of the first axis (the seed).

    >>> import torch
    >>> from actfns.lab import one_signed
    >>> one_signed(torch.tensor([[1.0, 2.0], [-1.0, 0.0], [3.0, -1.0], [0.0, 0.0]]))
    0.6666666666666666
    """
    gradient = torch.as_tensor(gradient)
    if gradient.ndim < 2:
        raise ValueError(f"gradients have shape (…, units, inputs), got {tuple(gradient.shape)}")
    up, down = (gradient > 0).any(-1), (gradient < 0).any(-1)
    if gradient.ndim == 2:
        return float((up ^ down).sum() / (up | down).sum().double())
    return ((up ^ down).flatten(1).sum(1) / (up | down).flatten(1).sum(1).double()).numpy()


@dataclass(frozen=True)
class Descent:
    """Gradient descent on a quadratic, for every seed.

    * ``points`` (seeds, steps + 1, d): the weights before and after each step
    * ``target`` (d,): the minimum
    * ``condition`` (seeds,): condition number of the quadratic
    """

    points: np.ndarray = field(repr=False)
    target: np.ndarray
    condition: np.ndarray

    @property
    def length(self):
        """(seeds,): length of the path."""
        return np.linalg.norm(np.diff(self.points, axis=1), axis=-1).sum(axis=1)

    @property
    def ratio(self):
        """(seeds,): length of the path over the straight way from start to minimum (1: no detour, if it arrives)."""
        return self.length / np.linalg.norm(self.points[:, 0] - self.target, axis=-1)

    def steps_to(self, distance):
        """(seeds,): first step at which the weights are within ``distance`` of the minimum; inf if never."""
        near = np.linalg.norm(self.points - self.target, axis=-1) <= distance
        return np.where(near.any(axis=1), near.argmax(axis=1), np.inf)


def condition_number(x):
    """Condition number λ_max/λ_min of the mean of x xᵀ for inputs (…, samples, features).

    This matrix is the Hessian of a linear unit's squared error: its condition number says how many steps gradient
    descent needs. A mean far from 0 adds a large eigenvalue along it (LeCun et al. 1998).

    >>> import numpy as np
    >>> from actfns.lab import condition_number
    >>> float(condition_number(np.array([[1.0, 0.0], [0.0, 0.5]])))
    4.0
    """
    eigenvalues = np.linalg.eigvalsh(_second_moments(np.asarray(x, dtype=float)))
    return eigenvalues[..., -1] / eigenvalues[..., 0]


def descend(x, target, *, lr=None, steps=100, batch=None, seeds=range(32), start=None):
    """Train one linear unit w·x towards the weights ``target`` by gradient descent on ½ mean (w·x − target·x)².

    Args:
        x: inputs (samples, d) for all seeds, or (seeds, samples, d).
        lr: step size; by default 1/λ_max for the whole sample and ½/trace for smaller batches, of the mean of x xᵀ.
        batch: samples per step, None for all. Each seed has its own order.
        start: weights (d,) to start from, 0 by default.

    >>> import numpy as np
    >>> from actfns.lab import descend
    >>> x = np.random.default_rng(0).uniform(size=(200, 2))
    >>> positive, centred = (descend(inputs, (1, -1), batch=1, steps=500) for inputs in (x, x - 0.5))
    >>> bool(positive.ratio.mean() > 1.5 * centred.ratio.mean())
    True
    """
    seeds, target = checked_seeds(seeds), np.asarray(target, dtype=float)
    x = np.asarray(x, dtype=float)
    if x.ndim not in (2, 3) or x.shape[-1:] != target.shape or (x.ndim == 3 and len(x) != len(seeds)):
        raise ValueError(f"x must be (samples, {len(target)}) or ({len(seeds)}, samples, {len(target)}), got {x.shape}")
    x = np.broadcast_to(x, (len(seeds), *x.shape[-2:]))
    w = np.broadcast_to(np.zeros_like(target) if start is None else start, (len(seeds), len(target))).astype(float)
    rate, points = _rates(x, lr, batch), [w]
    for inputs in _inputs(x, seeds, batch, steps):
        error = np.einsum("snd,sd->sn", inputs, w - target)
        w = w - rate[:, None] * np.einsum("sn,snd->sd", error, inputs) / inputs.shape[1]
        points.append(w)
    return Descent(np.stack(points, axis=1), target, condition_number(x))


def _rates(x, lr, batch):
    if lr is not None:
        if not lr > 0:
            raise ValueError(f"lr must be a positive number, got {lr!r}")
        return np.full(len(x), float(lr))
    moments = _second_moments(x)
    return 1 / np.linalg.eigvalsh(moments)[:, -1] if batch is None else 0.5 / np.trace(moments, axis1=1, axis2=2)


def _inputs(x, seeds, batch, steps):
    """The inputs (seeds, batch, d) of each step."""
    if batch is None:
        yield from (x for _ in range(steps))
        return
    samples, done = x.shape[1], 0
    orders = [batches(seed, samples, min(batch, samples)) for seed in seeds]
    while done < steps:
        for chosen in torch.stack([next(order) for order in orders], dim=1).numpy()[: steps - done]:
            done += 1
            yield np.take_along_axis(x, chosen[:, :, None], axis=1)


def _second_moments(x):
    return np.swapaxes(x, -1, -2) @ x / x.shape[-2]
