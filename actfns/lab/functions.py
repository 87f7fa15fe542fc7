"""What `train` and `propagate` accept as an activation function: an id, an `Activation`, or any torch callable."""

from contextlib import contextmanager

import torch

from actfns.activation import Activation, catalog


def named(activation):
    """The `Activation` behind an id or alias (`KeyError` with near matches), anything else unchanged."""
    return catalog[activation] if isinstance(activation, str) else activation


def label(activation):
    """A name for the function: its id, or what Python calls the callable."""
    activation = named(activation)
    if isinstance(activation, Activation):
        return activation.id
    return getattr(activation, "__name__", type(activation).__name__)


def layer_functions(activation, layers, seeds, dtype, seed_axis=0):
    """One function per hidden layer, each on pre-activations with the seeds on ``seed_axis`` and units right after.

    Learnable parameters of an `Activation` are stacked, one scalar per seed and layer, so that every seed learns
    its own. A plain callable or a function of whole vectors sees its units on the last axis, as in an ordinary
    network.

    Returns (functions, parameters): the second a dict "f1.alpha" → tensor of shape (seeds,).
    """
    activation, unit_axis = named(activation), seed_axis + 1
    if not isinstance(activation, Activation):
        return [_UnitsLast(_checked_callable(activation), unit_axis)] * layers, {}
    if not any(parameter.learnable for parameter in activation.params.values()):
        function = activation.module()
        return [function if activation.arity == "pointwise" else _UnitsLast(function, unit_axis)] * layers, {}
    axis = {} if activation.arity == "pointwise" else {"axis": unit_axis}
    modules = [activation.module(channels=seeds, channel_axis=seed_axis, shared=(), native=False, **axis).to(dtype)
               for _ in range(layers)]
    parameters = {f"f{layer}.{name}": value for layer, module in enumerate(modules, start=1)
                  for name, value in module.named_parameters()}
    return modules, parameters


def elementwise(activation):
    """The function with its default parameters, for use outside training (no learnable parameters)."""
    activation = named(activation)
    if isinstance(activation, Activation):
        if activation.arity != "pointwise":
            raise ValueError(f"{activation.id} works on whole vectors; a pointwise function is needed here")
        return activation.module(learnable=False).eval()
    return _checked_callable(activation)


@contextmanager
def evaluating(functions):
    """Modules among the functions in evaluation mode (RReLU then has its mean slope), restored afterwards."""
    modes = {function: function.training for function in functions if isinstance(function, torch.nn.Module)}
    for function in modes:
        function.eval()
    yield
    for function, mode in modes.items():
        function.train(mode)


def same_shape(function, z):
    """``function(z)``, or a `ValueError` when the function changes the shape (maxout, GLU, CReLU …)."""
    h = function(z)
    if h.shape != z.shape:
        raise ValueError(f"the activation turns shape {tuple(z.shape)} into {tuple(h.shape)}; "
                         "one output per unit is needed here")
    return h


def along_units(function, z, unit_axis=1):
    """``function(z)``, which may change the number of units (maxout halves it, CReLU doubles it) but nothing else."""
    h = function(z)
    if h.shape == z.shape:
        return h
    kept = [size for axis, size in enumerate(z.shape) if axis != unit_axis]
    if h.ndim != z.ndim or [size for axis, size in enumerate(h.shape) if axis != unit_axis] != kept:
        raise ValueError(f"the activation turns shape {tuple(z.shape)} into {tuple(h.shape)}; it may change the "
                         f"number of units (axis {unit_axis}) and nothing else")
    return h


def slopes(function, z):
    """f′(z) of an elementwise function, of the shape of ``z``, with torch's conventions at kinks."""
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        h = function(z)
        if not h.requires_grad:  # a step function: flat wherever it has a derivative
            return torch.zeros_like(z)
        return torch.autograd.grad(h.sum(), z)[0]


def flat_below(activation):
    """The slope below which ``activation`` counts as saturated: a hundredth of its largest, or of 1 if unbounded.

    A little less, so that rounding does not make a leaky ReLU's 0.01 saturated.
    """
    from actfns.measure import measure

    activation = named(activation)
    if isinstance(activation, Activation) and activation.arity != "pointwise":
        raise ValueError(f"{activation.id} works on whole vectors: a single unit of it is neither dead nor saturated")
    largest = measure(activation).lipschitz
    return 0.009999 * (largest if 0 < largest < float("inf") else 1.0)


def _checked_callable(function):
    if not callable(function):
        raise TypeError(f"activation must be an id, an Activation or a callable on tensors, got {function!r}")
    if isinstance(function, torch.nn.Module) and any(True for _ in function.parameters()):
        raise ValueError("a module with parameters would share them between all seeds and layers; "
                         "pass an Activation with learnable parameters, such as 'prelu', instead")
    return function


class _UnitsLast(torch.nn.Module):
    """A function that expects its units on the last axis, for tensors that have them on ``unit_axis``."""

    def __init__(self, function, unit_axis):
        super().__init__()
        self.function, self.unit_axis = function, unit_axis

    def forward(self, z):
        h = self.function(z.movedim(self.unit_axis, -1))
        if h.ndim != z.ndim:
            raise ValueError(f"the activation turns {z.ndim} axes into {h.ndim}; it has to work on "
                             "every sample by itself")
        return h.movedim(-1, self.unit_axis)
