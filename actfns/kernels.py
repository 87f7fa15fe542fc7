"""Functions that torch has no kernel for, put together from those it has: what modules run in 32 and 64 bits.

Each equals the formula of the same name in ``actfns.families`` but for the far tails, where torch's kernels give 0 for
what is still a number; like those kernels they are two or three times as fast.
"""

from torch import finfo, heaviside, sigmoid, tanh
from torch.nn import functional as F

from actfns.families.glu import halves


def binary_step(x, value_at_0):
    """The second term, 0 or nan, hands on a nan, and the gradient 0."""
    return heaviside(x.detach(), x.new_tensor(value_at_0)) + F.hardtanh(x, 0.0, 0.0)


def swiglu(x, axis):
    a, b = halves(x, axis, "swiglu")
    return (a * F.silu(b)).movedim(-1, axis)


def geglu(x, approximate, axis):
    a, b = halves(x, axis, "geglu")
    return (a * F.gelu(b, approximate=approximate)).movedim(-1, axis)


def gtu(x, axis):
    a, b = halves(x, axis, "gtu")
    return (tanh(a) * sigmoid(b)).movedim(-1, axis)


def swiglu_clamped(x, alpha, limit, axis):
    a, b = halves(x, axis, "swiglu_clamped")
    a, b = F.hardtanh(a, -limit, limit), F.hardtanh(b, finfo(b.dtype).min, limit)
    return ((a + 1) * (b * sigmoid(alpha * b))).movedim(-1, axis)


FUNCTIONS = {function.__name__: function for function in (binary_step, swiglu, geglu, gtu, swiglu_clamped)}
