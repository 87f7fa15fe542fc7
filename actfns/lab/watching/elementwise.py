"""The elementwise activation functions of torch, under all their names, and the slopes they have in a network."""

import torch
from torch.nn import functional as F

from actfns.lab.functions import slopes

NAMES = (
    "celu", "elu", "gelu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish",
    "prelu", "relu", "relu6", "rrelu", "selu", "sigmoid", "silu", "softplus", "softshrink", "softsign", "tanh",
    "tanhshrink", "threshold",
)
CLAMPS = ("clamp", "clip", "clamp_min", "clamp_max")
MIXED = ("softmax", "log_softmax", "softmin", "gumbel_softmax", "glu", "multi_head_attention_forward",
         "scaled_dot_product_attention", "lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell",
         "rnn_tanh_cell", "rnn_relu_cell")

_FAR = torch.logspace(1.35, 4, 32, dtype=torch.float64)
_GRID = torch.cat([-_FAR, torch.linspace(-20, 20, 2001, dtype=torch.float64), _FAR])
_FLAT = 0.009999  # of the largest slope; a little less than a hundredth, or rounding would saturate a leaky ReLU


def _functions(names):
    """Function object → name, for every spelling: F.relu, torch.relu_, Tensor.relu …"""
    owners = (F, torch, torch.Tensor, torch._C._nn, torch.special)
    spellings = {name: (name, f"{name}_", f"_{name}") for name in names}
    return {getattr(owner, spelling): name for name, used in spellings.items() for spelling in used for owner in owners
            if callable(getattr(owner, spelling, None))}


ELEMENTWISE = _functions(NAMES) | {torch.special.expit: "sigmoid"}
CLAMPING, NOT_ELEMENTWISE = _functions(CLAMPS), _functions(MIXED)


def recognise(func, args, kwargs):
    """(name, function of one tensor, input) of an activation, or None if ``func(*args, **kwargs)`` is none.

    A clamp counts when it is a ReLU, a ReLU with a ceiling, or a hard tanh: bounds (0, ∞), (0, b), (−b, b).
    The function is without effects: nothing in place, nothing drawn (RReLU takes its mean slope).
    """
    if isinstance(func, torch.nn.Module):
        known = args and isinstance(args[0], torch.Tensor)
        return (type(func).__name__, _module(func), args[0]) if known else None
    args, kwargs = list(args), {name: value for name, value in kwargs.items() if name not in ("out", "inplace")}
    z = args.pop(0) if args else kwargs.pop("input", None)
    if not isinstance(z, torch.Tensor):
        return None
    if func in CLAMPING:
        return _clamp(CLAMPING[func], z, args, kwargs)
    name = ELEMENTWISE[func]
    if name == "rrelu":
        return name, lambda z: F.rrelu(z, *_bounds(args, kwargs, "lower", "upper", (1 / 8, 1 / 3))), z
    if name == "prelu":
        weight = (args or list(kwargs.values()))[0].detach()
        return name, lambda z: F.prelu(z, weight), z
    if name == "hardtanh":
        name = _hardtanh(*_bounds(args, kwargs, "min_val", "max_val", (-1, 1)))
    return name, lambda z: func(z.clone(), *args, **kwargs), z


def _hardtanh(low, high):
    """What a hard tanh between these bounds is called; that is how torch makes its ReLU6."""
    return {(-1, 1): "hardtanh", (0, 6): "relu6"}.get((low, high), f"hardtanh({low:g}, {high:g})")


def _clamp(name, z, args, kwargs):
    if name == "clamp_max":
        return None
    low, high = _bounds(args, kwargs, "min", "max", (None, None))
    numbers = all(isinstance(b, (int, float)) for b in (low, high) if b is not None)
    if low is None or not numbers or not (low == 0 or (high is not None and low == -high)):
        return None
    text = "clamp(0)" if high is None else f"clamp({low:g}, {high:g})"
    return text, lambda z: z.clamp(low, high), z


def _bounds(args, kwargs, low, high, defaults):
    given = dict(zip((low, high), args))
    return tuple({low: defaults[0], high: defaults[1], **given, **kwargs}[name] for name in (low, high))


def _module(module):
    """The module's own function in evaluation mode, without its hooks."""

    def function(z):
        training = {m: m.training for m in module.modules()}
        module.eval()
        try:
            return module.forward(z.clone())
        finally:
            for m, mode in training.items():
                m.training = mode

    return function


def learnt(func):
    """Whether the function has parameters that may differ from unit to unit and change."""
    if isinstance(func, torch.nn.Module):
        return any(True for _ in func.parameters())
    return ELEMENTWISE.get(func) == "prelu"


def own_slopes(function, z):
    """f′(z) by autograd, unseen by other observers, random state kept; nan where z is nan."""
    devices = [z.device] if z.is_cuda else []
    with torch._C.DisableTorchFunction(), torch.random.fork_rng(devices):
        z = z.clone() if z.is_inference() else z
        return torch.where(z.isnan(), z, slopes(function, z))


def flat_below(function, z, axis, units=1):
    """|f′| below which a value counts as saturated, broadcast to ``z``: a hundredth of the largest slope.

    The largest on a grid over |x| ≤ 10⁴; 1 where it still grows out there (unbounded) or is 0 (a step function). With
    ``units`` the length of ``axis``, each unit has its own (learnable functions).
    """
    grid_axis = 0 if axis else z.ndim - 1
    shape, grid_shape = [1] * z.ndim, [1] * z.ndim
    shape[axis], grid_shape[grid_axis] = units, -1
    x = _GRID.to(z).reshape(grid_shape) * torch.ones(shape, dtype=z.dtype, device=z.device)
    slope = own_slopes(function, x).abs()
    slope = slope.where(~slope.isnan(), 0)
    largest, inner = (s.amax(grid_axis, keepdim=True) for s in (slope, torch.where(x.abs() < 2000, slope, 0)))
    return _FLAT * torch.where((largest > 1.01 * inner) | largest.isinf() | (largest == 0), 1.0, largest)
