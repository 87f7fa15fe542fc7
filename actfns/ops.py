"""Elementary functions for NumPy arrays and torch tensors alike.

The formulas in ``actfns.families`` are written once, with these names. Each function looks at the type of its
input and calls the same operation of NumPy or of torch; nothing here imports torch unless a tensor came in.

Two rules make the formulas safe under automatic differentiation:

* a branch that is not taken must still be finite, so clamp its argument first (the ``where`` trap);
* at a kink, ``where`` decides which side the derivative comes from, whereas ``clamp``, ``maximum`` and ``abs``
  each have a convention of their own. `clip`, `minimum`, `maximum` and `magnitude` of tensors are therefore those
  kernels of torch that have the convention wanted (they are faster than `where`, which remains for bounds that are
  tensors); of arrays, which nobody differentiates, NumPy's own, in an order that gives 0 the same sign.
"""

import math

import numpy as np

_NUMPY = (np.ndarray, np.generic, float)
_BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


def _unary(name, numpy_function):
    def function(x):
        return numpy_function(x) if isinstance(x, _NUMPY) else getattr(x, name)()

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Elementwise ``{name}`` of an array or tensor."
    return function


exp = _unary("exp", np.exp)
expm1 = _unary("expm1", np.expm1)
log = _unary("log", np.log)
log1p = _unary("log1p", np.log1p)
sqrt = _unary("sqrt", np.sqrt)
sin = _unary("sin", np.sin)
cos = _unary("cos", np.cos)
tanh = _unary("tanh", np.tanh)
cosh = _unary("cosh", np.cosh)
arctan = _unary("arctan", np.arctan)
isnan = _unary("isnan", np.isnan)


def where(condition, a, b):
    """``a`` where the condition holds, else ``b``; Python numbers take the dtype of the other branch."""
    if isinstance(condition, _NUMPY):
        return _chosen(condition, a, b)
    import torch

    return torch.where(condition, a, b)


def indicator(condition, x):
    """1 where the condition holds, else 0, in the dtype of ``x``: constants, no gradient goes through them."""
    return condition.astype(x.dtype) if isinstance(x, _NUMPY) else condition.to(x.dtype)


def _chosen(condition, a, b):
    """``np.where`` by bits: where the sign of the input decides, a branch is mispredicted half of the time."""
    if isinstance(condition, np.ndarray) and condition.shape == np.shape(b) and not condition.any():
        return np.asarray(b)  # what is far out is rare
    kind = np.result_type(a, b)
    if not isinstance(condition, np.ndarray) or kind not in _BITS:
        return np.where(condition, a, b)
    a, b = (np.asarray(value, kind).view(_BITS[kind]) for value in (a, b))
    others = condition.astype(_BITS[kind])
    others -= 1  # 0 where a is chosen, all bits set where b is
    return (others & b if a.ndim == 0 and a == 0 else (a ^ b) & others ^ a).view(kind)


def _fixed(bound):
    return isinstance(bound, (int, float))


def _functional():
    from torch.nn import functional

    return functional


def clip(x, low, high):
    """``x`` kept within [low, high]; slope 0 at both ends, nan stays nan."""
    if isinstance(x, _NUMPY):
        inside = x.clip(low, high)  # twice as fast as np.minimum and np.maximum
        if _fixed(low) and low == 0:
            inside += 0.0  # −0 becomes the bound
        return inside
    if _fixed(low) and _fixed(high):
        inside = _functional().hardtanh(x, low, high)
        return inside + 0.0 if low == 0 else inside
    return where(x <= low, low, where(x >= high, high, x))


def minimum(x, bound):
    """The smaller of ``x`` and a number; at ``x == bound`` the slope is that of ``x``."""
    if isinstance(x, _NUMPY):
        return clip(x, -np.inf, bound)
    return x.clamp(max=bound) if _fixed(bound) else where(x > bound, bound, x)


def maximum(x, bound):
    """The larger of ``x`` and a number; at ``x == bound`` the slope is that of the bound, 0 (as in torch's ReLU)."""
    if isinstance(x, _NUMPY):
        return clip(x, bound, np.inf)
    return _functional().threshold(x, bound, bound) if _fixed(bound) else where(x <= bound, bound, x)


def magnitude(x):
    """|x| whose derivatives at 0 are those of ``x``: a smooth function written in |x| keeps its derivatives there."""
    return np.abs(x) if isinstance(x, _NUMPY) else _functional().leaky_relu(-x, -1.0)


def inside(x, bound):
    """``x`` within ±bound, for a branch not taken beyond: what could go wrong there is a gradient; arrays have none."""
    return x if isinstance(x, _NUMPY) else clip(x, -bound, bound)


def finite(x):
    """``x`` with ±inf replaced by the largest finite numbers, so that bounded quotients reach their limits."""
    if isinstance(x, _NUMPY):
        return x.clip(np.finfo(x.dtype).min, np.finfo(x.dtype).max)
    import torch

    return x.clamp(torch.finfo(x.dtype).min, torch.finfo(x.dtype).max)


def gated(x, gate):
    """x · gate, and 0 where the gate is closed: keeps −inf · 0 from becoming nan."""
    return where(gate == 0, 0.0, x * gate)


def times(factor, x):
    """factor · x, which is x itself, not a copy, where the factor is the number 1."""
    return x if _fixed(factor) and factor == 1 else factor * x


def over(x, divisor):
    """x / divisor, in the same way."""
    return x if _fixed(divisor) and divisor == 1 else x / divisor


def scaled(x, factor):
    """factor · x, and 0 for a factor of 0 even at ±inf (a learned factor is a tensor, whose slope at 0 is still x)."""
    return factor * (finite(x) if isinstance(factor, (int, float)) and factor == 0 else x)


def sloped(x, slope):
    """slope · x, and 0 for a slope of 0 even at ±inf; the derivative by the slope is x even so, unlike in `gated`."""
    return slope * (where(slope == 0, finite(x), x) if hasattr(slope, "shape") else finite(x) if slope == 0 else x)


def hypot(x, y):
    """√(x² + y²) without overflow; ``y`` may be a number.

    For a number of ordinary size the square root itself, several times as fast: beyond 10¹⁸ it makes no difference.
    """
    if _fixed(y) and 1e-8 < abs(y) < 1e8:
        if isinstance(x, _NUMPY) and (square := x * x + y * y).max(initial=0.0) < np.inf:
            return np.sqrt(square)
        far = magnitude(x)
        near = minimum(far, 1e18)
        return sqrt(near * near + y * y) + (far - near)
    if isinstance(x, _NUMPY):
        return np.hypot(x, y)
    import torch

    return torch.hypot(x, torch.as_tensor(y, dtype=x.dtype, device=x.device))


def sigmoid(x):
    """1 / (1 + e⁻ˣ) without overflow, and with digits in the far tail, where torch's kernel is already 0.

    As eˣ/(1 + eˣ) it needs a bound for x only where it is 1 to the last digit; for gradients, by e^(−|x|).
    """
    if isinstance(x, _NUMPY):
        e = minimum(np.exp(x), 1e34)
        return e / (1 + e)
    return x.clamp(max=0).exp() * _functional().leaky_relu(x, -1.0).sigmoid()


def softplus(x):
    """ln(1 + eˣ) without overflow, full relative accuracy in the left tail.

    Torch's kernel has both where its threshold, the place of a jump of e^(−threshold), lies far enough out.
    """
    if isinstance(x, _NUMPY):
        e = np.exp(x)
        if e.max(initial=0.0) <= 1e21:
            return np.log1p(e)
        return where(e > 1e21, x, np.log1p(minimum(e, 1e21)))
    return _functional().softplus(x, threshold=50.0)


def erfc(x):
    """Complementary error function 1 − erf(x), accurate in the right tail.

    SciPy's own loses a digit as 1 − erf between ½ and 1, and is 0 where the result is denormal; e^(−x²) erfcx(x) is
    better there.
    """
    if not isinstance(x, _NUMPY):
        return x.erfc()
    from scipy.special import erfc, erfcx

    if x.dtype == np.float32:
        return erfc(x)  # computed in double and rounded once
    y, poor = np.array(erfc(x)), (x > 0.5) & (x < 1) | (x > 26)
    if np.any(poor):
        far = np.asarray(x)[poor]
        y[poor] = erfcx(far) * np.exp(-far * far)
    return y[()]


def erf(x):
    """Error function 2/√π ∫₀ˣ e^(−t²) dt."""
    if not isinstance(x, _NUMPY):
        return x.erf()
    from scipy.special import erf

    return erf(x)


def normal_cdf(x):
    """Distribution function Φ of the standard normal, with all digits of its left tail."""
    return erfc(-math.sqrt(0.5) * x) / 2


def sech2(x):
    """1 / cosh² x = 4e / (1 + e)² with e = e^(−2|x|); 1 − tanh² x would cancel."""
    e = exp(-2 * magnitude(x))
    return 4 * e / (1 + e) ** 2


def largest(x, axis, keepdims=False):
    """Maximum along one axis; of equal entries the first one receives the slope."""
    if isinstance(x, _NUMPY):
        return np.max(x, axis=axis, keepdims=keepdims)
    return x.max(dim=axis, keepdim=keepdims).values


def moderate(x, bound):
    """Whether no number of an array exceeds ``bound`` in magnitude; of a tensor nobody asks, it may be traced."""
    return (isinstance(x, _NUMPY) and _fixed(bound)
            and bool(x.max(initial=0.0) <= bound and x.min(initial=0.0) >= -bound))


def weights(x, temperature, axis):
    """e^(x/T), divided by its largest value along the axis where it could overflow or lose digits."""
    if isinstance(x, _NUMPY):
        e = np.exp(over(x, temperature))
        if e.max(initial=1.0) <= 1e30 and e.min(initial=1.0) >= 1e-30:
            return e
    return exp(over(x - constant(largest(x, axis, keepdims=True)), temperature))


def total(x, axis):
    """Sum along one axis, which is kept with length 1."""
    return x.sum(axis=axis, keepdims=True)


def constant(x):
    """``x`` as a constant for automatic differentiation."""
    return x if isinstance(x, _NUMPY) else x.detach()


def first_largest(x):
    """1 at the first largest entry along the last axis, 0 elsewhere."""
    index = x.argmax(-1)[..., None]
    if isinstance(x, _NUMPY):
        return (np.arange(x.shape[-1]) == index).astype(x.dtype)
    import torch

    return (torch.arange(x.shape[-1], device=x.device) == index).to(x.dtype)


def descending(x):
    """Entries along the last axis, largest first."""
    return -np.sort(-x, axis=-1) if isinstance(x, _NUMPY) else x.sort(dim=-1, descending=True).values


def counting(x):
    """1, 2, …, n along the last axis, in the dtype of ``x``."""
    if isinstance(x, _NUMPY):
        return np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    import torch

    return torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)


def eye(n, like):
    """Identity matrix with the dtype (and device) of ``like``."""
    if isinstance(like, _NUMPY):
        return np.eye(n, dtype=like.dtype)
    import torch

    return torch.eye(n, dtype=like.dtype, device=like.device)


def move_axis(x, source, target):
    """One axis moved to another place."""
    return np.moveaxis(x, source, target) if isinstance(x, _NUMPY) else x.movedim(source, target)


def join(a, b):
    """Two arrays joined along the last axis."""
    if isinstance(a, _NUMPY):
        return np.concatenate([a, b], axis=-1)
    import torch

    return torch.cat([a, b], dim=-1)


def exponential_noise(x):
    """A fresh sample of Exp(1) with the shape of ``x``, from the global generator of NumPy or torch."""
    if isinstance(x, _NUMPY):
        global_generator = np.random.Generator(np.random.get_bit_generator())  # its methods are the faster ones
        return global_generator.standard_exponential(x.shape).astype(x.dtype)
    import torch

    return torch.empty_like(x).exponential_()
