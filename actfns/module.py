"""Activation functions as ``torch.nn.Module``s. Imported when a module is first asked for."""

from functools import cache
from types import FunctionType

import torch
from torch.nn import functional

from actfns import kernels


class ActivationModule(torch.nn.Module):
    """An `Activation` in a network: input (N, …) → output of the same shape.

    ``params`` replace defaults. Parameters declared learnable (or named in ``learnable``, a list; ``False`` for
    none) become ``nn.Parameter``s: scalars, or one value per channel when ``channels`` is given (broadcast along
    ``channel_axis`` of the input). Those named in ``shared`` (by default: those declared so) stay scalars.
    ``native=True`` runs torch's own kernel where torch has the same function, and puts some others together from such
    kernels (`actfns.kernels`); ``native=False`` runs the formula.

    Raises `TypeError` for an unknown parameter, `ValueError` for a value outside its domain or for ``channels``
    when nothing is learnable.

    >>> from actfns import swish
    >>> swish.module(beta=1.5, channels=2).beta.tolist()
    [1.5, 1.5]
    """

    activation = None  # set by `module_class`

    def __init__(self, params, *, channels=None, channel_axis=1, learnable=None, shared=None, native=True):
        super().__init__()
        activation = self.activation
        values = activation.checked(params)
        names = _learnable_names(activation, learnable)
        if channels is not None and (not isinstance(channels, int) or channels < 1):
            raise ValueError(f"channels must be a positive integer, got {channels!r}")
        if shared is None:
            shared = {name for name, parameter in activation.params.items() if parameter.shared}
        spread = names - set(shared)
        if channels is not None and not spread:
            raise ValueError(f"{activation.id} has no learnable parameter to spread over {channels} channels")
        self.channels, self.channel_axis = channels, channel_axis
        for name, value in values.items():
            many = channels if name in spread else None
            setattr(self, name, _parameter(value, many) if name in names else value)
        self.native = native
        self.kernel = _kernel(activation, values, names) if native and channel_axis == 1 else None

    def forward(self, x):
        if not isinstance(x, torch.Tensor):
            raise TypeError(f"a module takes a torch tensor, got {type(x).__name__}; for arrays call the function")
        if self.channels is not None:
            self._check_channels(x)
        if self.kernel is not None:
            names = self.activation.native_arguments
            arguments = {theirs: _as(x, getattr(self, ours)) for theirs, ours in names.items()}
            return getattr(functional, self.kernel)(x, **arguments, **self.activation.native_options)
        values = {name: self._spread(getattr(self, name), x) for name in self.activation.params}
        if self.native and x.dtype in kernels.DTYPES and self.activation.id in kernels.FUNCTIONS:
            return kernels.FUNCTIONS[self.activation.id](x, **values)
        return self.activation(x, **values)

    def _spread(self, value, x):
        if not isinstance(value, torch.Tensor) or value.ndim == 0:
            return value
        return value.reshape([-1] + [1] * (x.ndim - 1 - self.channel_axis % x.ndim))

    def _check_channels(self, x):
        axis = self.channel_axis
        if not -x.ndim <= axis < x.ndim or x.shape[axis] != self.channels:
            raise ValueError(f"{self.activation.id} has {self.channels} channels on axis {axis}, "
                             f"the input has shape {tuple(x.shape)}")

    def __reduce__(self):
        return _empty, (self.activation,), self.__dict__

    def extra_repr(self):
        shown = {name: getattr(self, name) for name in self.activation.params}
        text = [f"{name}={_number(value)}" for name, value in shown.items()]
        return ", ".join([*text, *([] if self.kernel is None else [f"kernel={self.kernel}"])])


@cache
def module_class(activation):
    """The subclass of `ActivationModule` for one function, named after it.

    Its ``forward`` is a copy with a code object of its own: ``torch.compile`` keeps its compiled versions per code
    object and gives up after eight, so a shared ``forward`` would stop compiling at the ninth function.
    """
    shared = ActivationModule.forward
    forward = FunctionType(shared.__code__.replace(co_name=activation.id), shared.__globals__, activation.id)
    name = "".join(part.capitalize() for part in activation.id.split("_"))
    members = {"activation": activation, "forward": forward, "__doc__": activation.__doc__}
    return type(name, (ActivationModule,), members)


def _empty(activation):
    cls = module_class(activation)
    return cls.__new__(cls)


def _learnable_names(activation, learnable):
    if learnable is None:
        return {p.name for p in activation.params.values() if p.learnable}
    names = set(learnable or ())
    if unknown := names - set(activation.params):
        known = ", ".join(activation.params) or "none"
        raise TypeError(f"{activation.id} has no parameter {sorted(unknown)}; it has: {known}")
    if options := sorted(name for name in names if activation.params[name].option):
        raise TypeError(f"{activation.id}: {', '.join(options)} cannot be learned")
    return names


def _parameter(value, channels):
    value = torch.as_tensor(value, dtype=torch.get_default_dtype())
    return torch.nn.Parameter(value.clone() if channels is None else value.expand(channels).clone())


def _kernel(activation, values, learnable):
    """Name of torch's kernel if it covers this choice of parameters, else None."""
    covered = set(activation.native_arguments.values())
    others = {name for name, value in values.items() if name not in covered}
    if any(name in learnable or values[name] != activation.params[name].default for name in others):
        return None
    if bool(learnable) != (activation.native == "prelu"):  # its kernel takes tensors only, the others numbers only
        return None
    return activation.native


def _as(x, value):
    return value.to(x.dtype) if isinstance(value, torch.Tensor) else value


def _number(value):
    if isinstance(value, torch.Tensor):
        return f"{value.item():.6g}" if value.ndim == 0 else f"<{value.numel()} values>"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)
