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


def layer_functions(activation, layers, seeds, dtype):
    """One function per hidden layer, each mapping pre-activations (seeds, units, samples) to the same shape.

    Learnable parameters of an `Activation` are stacked, one scalar per seed and layer, so that every seed learns
    its own. A plain callable sees (seeds, samples, units), units last, as it would in an ordinary network.

    Returns (functions, parameters): the second a dict "f1.alpha" → tensor of shape (seeds,).
    """
    activation = named(activation)
    if not isinstance(activation, Activation):
        return [_UnitsLast(_checked_callable(activation))] * layers, {}
    if not any(parameter.learnable for parameter in activation.params.values()):
        function = activation.module()
        return [function if activation.arity == "pointwise" else _UnitsLast(function)] * layers, {}
    modules = [activation.module(channels=seeds, channel_axis=0, native=False).to(dtype) for _ in range(layers)]
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
                         "a hidden layer needs one output per unit")
    return h


def _checked_callable(function):
    if not callable(function):
        raise TypeError(f"activation must be an id, an Activation or a callable on tensors, got {function!r}")
    if isinstance(function, torch.nn.Module) and any(True for _ in function.parameters()):
        raise ValueError("a module with parameters would share them between all seeds and layers; "
                         "pass an Activation with learnable parameters, such as 'prelu', instead")
    return function


class _UnitsLast(torch.nn.Module):
    """A function that expects its units on the last axis, put where they are on the axis before."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, z):
        return self.function(z.mT).mT
