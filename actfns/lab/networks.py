"""Multilayer perceptrons for many seeds at once: parameters, initialisation, forward pass, gradients.

A network with layer widths (n_0, n_1, …, n_L) computes h_0 = x, z_l = W_l h_{l−1} + b_l, h_l = f(z_l) for l < L, and
puts out z_L. For S seeds its parameters are one dict of stacked tensors: "W1" … "WL" of shape (S, n_l, n_{l−1}) and
"b1" … "bL" of shape (S, n_l); a row of W_l belongs to the unit that receives it, as in ``torch.nn.Linear``. Learnable
parameters of the activation function stand beside them as "f1.alpha" … of shape (S,).

With batch norm, z_l = γ_l (W_l h_{l−1} − μ_l) / √(σ_l² + 10⁻⁵) + β_l in hidden layers: "scale1" (γ) and "shift1" (β, in
place of the bias) are learned, "running_mean1" and "running_var1" follow the batches with momentum 0.1 and are used
for evaluation, all of shape (S, n_l).
"""

from difflib import get_close_matches
from itertools import pairwise

import torch
from torch.nn import functional as F

from actfns.lab.functions import along_units, evaluating, layer_functions
from actfns.lab.streams import checked_seeds, stream

_init = torch.nn.init

NORM_EPS, NORM_MOMENTUM = 1e-5, 0.1  # as in torch.nn.BatchNorm

INITIALISERS = {
    "lecun": lambda w, g: _init.normal_(w, 0, _fan_in(w) ** -0.5, generator=g),
    "he": lambda w, g: _init.kaiming_normal_(w, nonlinearity="relu", generator=g),
    "xavier": lambda w, g: _init.xavier_normal_(w, generator=g),
    "uniform": lambda w, g: _init.uniform_(w, -1, 1, generator=g),
    "small": lambda w, g: _init.normal_(w, 0, 0.01, generator=g),
    "zeros": lambda w, g: w.zero_(),
    "orthogonal": lambda w, g: _init.orthogonal_(w, generator=g),
    "torch": lambda w, g: (_torch_default(w, _fan_in(w), g), _torch_default(w.new_empty(len(w)), _fan_in(w), g)),
}


def stack(widths, seeds, init="he", dtype=torch.float32):
    """Initial parameters for all seeds, as described at the top of this module.

    ``widths`` = (inputs, hidden …, outputs). ``init`` is a name of `INITIALISERS` or a callable
    ``init(weight, generator)`` that fills an empty float64 tensor (fan_out, fan_in) and returns it, or the pair
    (weight, bias) where biases are not to be 0:

    ==========  ======================================  =====================================================
    name        weights                                 source
    ==========  ======================================  =====================================================
    lecun       N(0, 1/fan_in)                          LeCun et al. (1998)
    he          N(0, 2/fan_in)                          He et al. (2015)
    xavier      N(0, 2/(fan_in + fan_out))              Glorot & Bengio (2010)
    uniform     U(−1, 1)                                a bad one, whatever the width
    small       N(0, 0.01²)                             a bad one for deep networks
    zeros       0                                       never breaks the symmetry
    orthogonal  orthonormal rows or columns             Saxe et al. (2014)
    torch       U(−1, 1)/√fan_in, biases too            default of ``torch.nn.Linear``
    ==========  ======================================  =====================================================

    Each seed and layer has its own random stream, drawn in float64: the same seed gives the same numbers whatever
    the activation function, the dtype, the other seeds and the other layers.

    >>> from actfns.lab import stack
    >>> {name: tuple(value.shape) for name, value in stack((2, 16, 1), seeds=range(5)).items()}
    {'W1': (5, 16, 2), 'b1': (5, 16), 'W2': (5, 1, 16), 'b2': (5, 1)}
    """
    pairs = pairwise(checked_widths(widths))
    return initial([(fan_out, fan_in) for fan_in, fan_out in pairs], checked_seeds(seeds), init, dtype)


def initial(shapes, seeds, init, dtype, norm=False):
    """Initial parameters for layers with weights of the given shapes, (fan_out, fan_in) or (out, in, height, width).

    With ``norm`` every layer but the last has batch norm in place of a bias.
    """
    fill, params = _initialiser(init), {}
    for layer, shape in enumerate(shapes, start=1):
        drawn = [_layer(fill, shape, stream(seed, "init", layer)) for seed in seeds]
        params[f"W{layer}"] = torch.stack([weight for weight, _ in drawn]).to(dtype)
        bias = torch.stack([bias for _, bias in drawn]).to(dtype)
        params |= _norm(layer, bias) if norm and layer < len(shapes) else {f"b{layer}": bias}
    return params


def forward(params, x, activation, hidden=False):
    """Outputs (seeds, samples, outputs) for inputs (samples, features), or (seeds, samples, features) of their own.

    With ``hidden=True`` the pair (outputs, [h_1, …, h_{L−1}]), each h of shape (seeds, samples, units).

    >>> import torch
    >>> from actfns.lab import forward, stack
    >>> forward(stack((2, 16, 3), range(5)), torch.zeros(7, 2), "relu").shape
    torch.Size([5, 7, 3])
    """
    _, values = run_layers(params, columns(params, x), bound_functions(activation, params))
    outputs = values[-1].mT
    return (outputs, [h.mT for h in values[1:-1]]) if hidden else outputs


def gradients(params, x, y, activation, loss="cross_entropy"):
    """Gradient of the mean loss over (x, y) for every parameter: a dict like ``params``, per seed.

    A parameter the loss does not depend on (weights below a step function) has gradient 0, as in calculus.
    """
    leaves = {name: value.detach().clone().requires_grad_() for name, value in params.items()}
    functions, learnable = layer_functions(activation, depth(params) - 1, seeds_of(params), params["W1"].dtype)
    for name, value in learnable.items():
        value.data.copy_(params[name])
    leaves |= learnable
    with evaluating(functions):
        _, values = run_layers(leaves, columns(params, x), functions)
    wanted = target_rows(y, values[-1].shape[1], loss, values[-1].dtype)
    total = sample_losses(values[-1], wanted, loss).mean(-1).sum()
    return dict(zip(leaves, torch.autograd.grad(total, leaves.values(), materialize_grads=True)))


def fold(params):
    """The one affine map (W, b) that a stack without activation functions computes.

    W = W_L ⋯ W_1 of shape (seeds, n_L, n_0) and b = W_L(⋯(W_2 b_1 + b_2)⋯) + b_L of shape (seeds, n_L); exact up to
    rounding, so use float64 parameters to see agreement to 1e−13. The rank of W is at most the narrowest layer
    (``torch.linalg.matrix_rank``).

    >>> import torch
    >>> from actfns.lab import fold, forward, stack
    >>> params, x = stack((3, 2, 4), range(5), dtype=torch.float64), torch.randn(6, 3, dtype=torch.float64)
    >>> W, b = fold(params)
    >>> torch.allclose(forward(params, x, lambda z: z), x @ W.mT + b[:, None], atol=1e-12)
    True
    """
    W, b = params["W1"], params["b1"].unsqueeze(-1)
    for layer in range(2, depth(params) + 1):
        W, b = params[f"W{layer}"] @ W, params[f"W{layer}"] @ b + params[f"b{layer}"].unsqueeze(-1)
    return W, b.squeeze(-1)


def depth(params):
    """Number of weight layers."""
    return sum(name.startswith("W") for name in params)


def seeds_of(params):
    """Number of seeds stacked in ``params``."""
    return len(params["W1"])


def run_layers(params, x, functions, training=False):
    """All pre-activations [z_1, …, z_L] and values [h_0 = x, h_1, …, h_{L−1}, z_L], units before samples.

    Tensors are (seeds, units, samples): in this order the products with a narrow output layer and the softmax over
    classes run several times faster on a CPU than with units last. ``training`` says whether batch norm uses the
    batch (and lets the running estimates follow it) or the running estimates.
    """
    pre, values = [], [x]
    for layer, function in enumerate([*functions, None], start=1):
        if f"scale{layer}" in params:
            z = _normalised(torch.bmm(params[f"W{layer}"], values[-1]), params, layer, training)
        else:
            z = torch.baddbmm(params[f"b{layer}"].unsqueeze(-1), params[f"W{layer}"], values[-1])
        pre.append(z)
        values.append(z if function is None else along_units(function, z))
    return pre, values


def _normalised(z, params, layer, training):
    """Batch norm of (seeds, units, samples): every row of samples by its own mean and variance."""
    scale, shift, mean, var = (params[f"{name}{layer}"].unsqueeze(-1)
                               for name in ("scale", "shift", "running_mean", "running_var"))
    if not training:
        return torch.addcmul(shift, (z - mean) * torch.rsqrt(var + NORM_EPS), scale)
    samples = z.shape[-1]
    made, seen, inverse = torch.native_layer_norm(z, [samples], None, None, NORM_EPS)
    with torch.no_grad():
        mean.lerp_(seen.detach(), NORM_MOMENTUM)
        unbiased = (inverse.detach() ** -2 - NORM_EPS) * (samples / (samples - 1))
        var.lerp_(unbiased, NORM_MOMENTUM)
    return torch.addcmul(shift, made, scale)


def bound_functions(activation, params):
    """One function per hidden layer in evaluation mode, with the learnable parameters found in ``params``."""
    functions, learnable = layer_functions(activation, depth(params) - 1, seeds_of(params), params["W1"].dtype)
    for name, value in learnable.items():
        value.requires_grad_(False).copy_(params[name])
    return [function.eval() for function in functions]


def columns(params, x):
    """Inputs (samples, features) or (seeds, samples, features) as (seeds, features, samples) in the right dtype."""
    x = torch.as_tensor(x, dtype=params["W1"].dtype)
    features = params["W1"].shape[2]
    if x.ndim not in (2, 3) or x.shape[-1] != features:
        raise ValueError(f"inputs must be (samples, {features}) or (seeds, samples, {features}), got {tuple(x.shape)}")
    return x.mT.expand(seeds_of(params), -1, -1)


def sample_losses(z, y, loss):
    """Loss of each seed and sample, (seeds, samples), for outputs ``z`` (seeds, outputs, samples).

    ``y`` as `target_rows` makes them, the same for all seeds or with a leading axis of seeds. "cross_entropy":
    −ln softmax(z)_y in nats; "mse": squared error averaged over outputs.
    """
    if loss == "cross_entropy":
        return F.cross_entropy(z, y.expand(len(z), -1), reduction="none")
    return (z.mT - y).square().mean(-1)


def target_rows(y, outputs, loss, dtype):
    """Targets with one row per sample: class numbers (samples,), or for "mse" numbers (samples, outputs).

    With "mse", class numbers become one-hot rows.
    """
    y = torch.as_tensor(y)
    if loss == "cross_entropy":
        return y
    return (y.reshape(len(y), outputs) if y.is_floating_point() else F.one_hot(y, outputs)).to(dtype)


def checked_widths(widths):
    """``widths`` as a tuple of positive integers, or a `ValueError`."""
    widths = tuple(widths)
    if len(widths) < 2 or any(not isinstance(width, int) or width < 1 for width in widths):
        raise ValueError(f"widths must be positive integers (inputs, hidden …, outputs), got {widths}")
    return widths


def _initialiser(init):
    if callable(init):
        return init
    if init not in INITIALISERS:
        near = get_close_matches(str(init), INITIALISERS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"no initialiser is called {init!r}; {hint}available: {', '.join(INITIALISERS)}, "
                         "or a callable")
    return INITIALISERS[init]


def _layer(fill, shape, generator):
    weight = torch.empty(shape, dtype=torch.float64)
    made = fill(weight, generator)
    weight, bias = made if isinstance(made, tuple) else (made, weight.new_zeros(shape[0]))
    if weight.shape != shape or bias.shape != shape[:1]:
        raise ValueError(f"init must return weights {shape} and perhaps biases ({shape[0]},), "
                         f"got {tuple(weight.shape)} and {tuple(bias.shape)}")
    return weight, bias


def _norm(layer, bias):
    """Batch norm that starts as the identity for standardised pre-activations, shifted by the bias of ``init``."""
    return {f"scale{layer}": torch.ones_like(bias), f"shift{layer}": bias,
            f"running_mean{layer}": torch.zeros_like(bias), f"running_var{layer}": torch.ones_like(bias)}


def _fan_in(weight):
    return weight[0].numel()


def _torch_default(values, fan_in, generator):
    return _init.uniform_(values, -(fan_in ** -0.5), fan_in ** -0.5, generator=generator)
