"""Signals through the depth of an untrained network, forwards and backwards."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch

from actfns.lab import networks
from actfns.lab.functions import elementwise, label, same_shape
from actfns.lab.streams import checked_seeds, stream

_MEMORY = 2**28  # bytes of weights and values held at once; more seeds are done in turns


@dataclass(frozen=True)
class Propagation:
    """Moments per seed and layer at initialisation, NumPy arrays (seeds, depth).

    For z_l = W_l h_{l−1} + b_l and h_l = f(z_l), l = 1 … depth, over all units and samples:

    * ``pre_mean, pre_var``: mean and variance of z_l
    * ``mean, var, second_moment``: of h_l
    * ``back_mean, back_var, back_second_moment``: of the back-signal dL/dz_l
    * ``weight_second_moment``: E (dL/dW_l)², per sample, over all weights of the layer
    """

    activation: str
    seeds: tuple
    layers: np.ndarray = field(repr=False)
    pre_mean: np.ndarray = field(repr=False)
    pre_var: np.ndarray = field(repr=False)
    mean: np.ndarray = field(repr=False)
    var: np.ndarray = field(repr=False)
    second_moment: np.ndarray = field(repr=False)
    back_mean: np.ndarray = field(repr=False)
    back_var: np.ndarray = field(repr=False)
    back_second_moment: np.ndarray = field(repr=False)
    weight_second_moment: np.ndarray = field(repr=False)

    @property
    def back_ratio(self):
        """(seeds,): root-mean-square of dL/dz in the first layer over that in the last (1: nothing lost)."""
        return np.sqrt(self.back_second_moment[:, 0] / self.back_second_moment[:, -1])

    @property
    def weight_ratio(self):
        """(seeds,): the same ratio for dL/dW, which also contains the forward signal and can hide a vanishing one."""
        return np.sqrt(self.weight_second_moment[:, 0] / self.weight_second_moment[:, -1])


def propagate(activation, depth, width, seeds=range(20), *, init="lecun", gain=1.0, x=None, samples=64,
              dtype=torch.float64):
    """Send a batch through ``depth`` untrained layers of ``width`` units and a random signal back, for every seed.

    Args:
        activation: id, `Activation` (with its default parameters) or pointwise callable on tensors.
        init: name or callable as for `actfns.lab.stack`; ``gain`` multiplies the weights it gives. With "lecun" and
            gain g each weight is N(0, g²/fan_in).
        x: inputs (samples, features), the same for all seeds; without it each seed draws ``samples`` inputs of
            ``width`` independent N(0, 1) features.
        dtype: float64 by default, because signals that vanish or explode soon leave the range of float32.

    The back-signal starts as independent N(0, 1) values for dL/dh_depth, one for each unit and sample: it stands for
    what the rest of a network would send. Everything after that is exact back-propagation.

    >>> from actfns import lab
    >>> p = lab.propagate("sigmoid", depth=5, width=64, seeds=range(4))
    >>> p.back_ratio.max() < 0.25 ** 4
    np.True_
    """
    seeds, f = checked_seeds(seeds), elementwise(activation)
    if x is not None and np.ndim(x) != 2:
        raise ValueError(f"x must have shape (samples, features), got {np.shape(x)}")
    samples, features = (samples, width) if x is None else np.shape(x)
    widths = networks.checked_widths((features, *[width] * depth))
    per_seed = (sum(a * b for a, b in pairwise(widths)) + 6 * depth * width * samples) * dtype.itemsize
    turn = max(1, _MEMORY // per_seed)
    parts = [_moments(f, widths, seeds[k:k + turn], init, gain, x, samples, dtype) for k in range(0, len(seeds), turn)]
    moments = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Propagation(label(activation), seeds, np.arange(1, depth + 1), **moments)


def _moments(f, widths, seeds, init, gain, x, samples, dtype):
    params = networks.stack(widths, seeds, init, dtype)
    weights = [gain * params[f"W{layer}"] for layer in range(1, len(widths))]
    biases = [params[f"b{layer}"].unsqueeze(-1) for layer in range(1, len(widths))]
    if x is None:
        h = _normal(seeds, "inputs", (widths[0], samples), dtype)
    else:
        h = torch.as_tensor(np.asarray(x), dtype=dtype).mT.expand(len(seeds), -1, -1)
    pre, values = _forwards(f, weights, biases, h)
    back = _backwards(values[-1], pre, _normal(seeds, "signal", (widths[-1], samples), dtype))
    return _collect(pre, values, back)


def _forwards(f, weights, biases, h):
    pre, values = [], [h]
    for weight, bias in zip(weights, biases):
        pre.append(torch.baddbmm(bias, weight, values[-1]).requires_grad_())
        values.append(same_shape(f, pre[-1]))
    return pre, values


def _backwards(h, pre, signal):
    if not h.requires_grad:  # a step function: flat wherever it has a derivative
        return [torch.zeros_like(z) for z in pre]
    return torch.autograd.grad(h, pre, signal, materialize_grads=True)


def _collect(pre, values, back):
    pre, values = [z.detach() for z in pre], [h.detach() for h in values]
    inputs, outputs = values[:-1], values[1:]
    moments = {
        "pre_mean": map(_mean, pre), "pre_var": map(_var, pre),
        "mean": map(_mean, outputs), "var": map(_var, outputs), "second_moment": map(_second, outputs),
        "back_mean": map(_mean, back), "back_var": map(_var, back), "back_second_moment": map(_second, back),
        "weight_second_moment": map(_weight_second, back, inputs),
    }
    return {name: torch.stack(list(layers), dim=1).double().numpy() for name, layers in moments.items()}


def _mean(t):
    return t.mean((1, 2))


def _var(t):
    return t.var((1, 2), correction=0)


def _second(t):
    return t.square().mean((1, 2))


def _weight_second(delta, h):
    """E over weights and samples of (δ_i h_j)², which factorises for each sample."""
    return (delta.square().mean(1) * h.square().mean(1)).mean(-1)


def _normal(seeds, purpose, shape, dtype):
    drawn = [torch.randn(shape, generator=stream(seed, purpose), dtype=torch.float64) for seed in seeds]
    return torch.stack(drawn).to(dtype)
