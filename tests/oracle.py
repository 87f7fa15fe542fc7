"""Slow, obviously right twins of the pointwise functions, in 80-digit arithmetic.

Every definition is typed from the paper's formula and shares no code with `actfns`. mpmath numbers have an unbounded
exponent, so nothing here overflows or underflows; digits are lost only where two nearly equal numbers are subtracted,
and those formulas are rewritten (`expm1`, `log1p`, a rationalised square root) or expanded in a series.
`test_accuracy.py` repeats a sample with three times the digits to prove that nothing was lost.
"""
from typing import NamedTuple

import numpy as np
from oracle_blocks import (
    DIGITS,
    NEGLIGIBLE,
    Oracle,
    at,
    clip,
    half,
    inside,
    mp,
    named,
    normal_cdf,
    normal_density,
    sech2,
    sigmoid,
    sigmoid_slope,
    sign,
    sixth,
    softplus,
)
from oracle_more import MORE

__all__ = ["DIGITS", "MORE", "POINTWISE", "Oracle", "exact", "mp", "normal_density", "sigmoid", "spacing", "to_float"]


# -------------------------------------------------------------------------------- functions that need several lines
def dsilu(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


def dsilu_slope(x):
    return sigmoid_slope(x) * (2 - x * mp.tanh(x / 2))


def rectified(x, slope):
    return x if x >= 0 else slope * x


def rectified_slope(x, slope):
    return mp.one if x > 0 else mp.mpf(slope)


def srelu(x, t_l, a_l, t_r, a_r):
    if x >= t_r:
        return t_r + a_r * (x - t_r)
    return t_l + a_l * (x - t_l) if x <= t_l else x


def srelu_slope(x, t_l, a_l, t_r, a_r):
    return mp.mpf(a_r if x >= t_r else a_l if x <= t_l else 1)


def elu(x, alpha):
    return x if x > 0 else alpha * mp.expm1(x)


def elu_slope(x, alpha):
    return mp.one if x > 0 else alpha * mp.exp(x)


# The fixed point of Klambauer et al. (2017), solved for mean 0 and variance 1.
SELU_ALPHA = -mp.sqrt(2 / mp.pi) / (mp.erfc(1 / mp.sqrt(2)) * mp.exp(mp.mpf(1) / 2) - 1)
SELU_SCALE = (1 - mp.erfc(1 / mp.sqrt(2)) * mp.sqrt(mp.e)) * mp.sqrt(2 * mp.pi) / mp.sqrt(
    2 * mp.erfc(mp.sqrt(2)) * mp.e**2 + mp.pi * mp.erfc(1 / mp.sqrt(2)) ** 2 * mp.e
    - 2 * (2 + mp.pi) * mp.erfc(1 / mp.sqrt(2)) * mp.sqrt(mp.e) + mp.pi + 2)


def celu(x, alpha):
    return x if x > 0 else alpha * mp.expm1(x / alpha)


def celu_slope(x, alpha):
    return mp.one if x > 0 else mp.exp(x / alpha)


def pelu(x, a, b):
    return a / b * x if x >= 0 else a * mp.expm1(x / b)


def pelu_slope(x, a, b):
    return a / b if x >= 0 else a / b * mp.exp(x / b)


def swish_slope(x, beta):
    return sigmoid(beta * x) * (1 + beta * x * sigmoid(-beta * x))


def hard_swish_slope(x):
    return mp.zero if x <= -3 else mp.one if x >= 3 else (2 * x + 3) / 6


def elish(x):
    return x * sigmoid(x) if x >= 0 else mp.expm1(x) * sigmoid(x)


def elish_slope(x):
    if x >= 0:
        return dsilu(x)
    return mp.exp(x) * sigmoid(x) + mp.expm1(x) * sigmoid_slope(x)


def hard_elish(x):
    return (x if x >= 0 else mp.expm1(x)) * half(x)


def hard_elish_slope(x):
    if x <= -1:
        return mp.zero
    if x < 0:
        return mp.exp(x) * (x + 1) / 2 + mp.expm1(x) / 2
    return x + mp.mpf(1) / 2 if x < 1 else mp.one


def mish_slope(x):
    return mp.tanh(softplus(x)) + x * sigmoid(x) * sech2(softplus(x))


def atan_softplus_slope(x):
    return softplus(x) / (1 + x * x) + mp.atan(x) * sigmoid(x)


def tanh_softplus_slope(x):
    return sech2(x) * softplus(x) + mp.tanh(x) * sigmoid(x)


def log_atanexp(x):
    return x * mp.log1p(mp.atan(mp.exp(x)))


def log_atanexp_slope(x):
    angle = mp.atan(mp.exp(x))
    return mp.log1p(angle) + x / (2 * mp.cosh(x) * (1 + angle))


def tanh_exp(x):
    return mp.one if x > NEGLIGIBLE else mp.tanh(mp.exp(x))


def log_tanhexp_slope(x):
    inner = mp.zero if x > NEGLIGIBLE else x * mp.exp(x) * sech2(mp.exp(x))
    return mp.log1p(tanh_exp(x)) + inner / (1 + tanh_exp(x))


def gelu_tanh_inner(x):
    return 2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)


def gelu_tanh_slope(x):
    u = gelu_tanh_inner(x)
    du = 2 * mp.sqrt(2 / mp.pi) * (1 + 3 * mp.mpf("0.044715") * x**2)
    return sigmoid(u) + x * sigmoid_slope(u) * du


def tanhshrink(x):
    if abs(x) > mp.mpf("1e-12"):
        return x - mp.tanh(x)
    return x**3 / 3 - 2 * x**5 / 15 + 17 * x**7 / 315  # the next term is below 1e-72 of the sum


def squareplus(x, b):
    root = mp.sqrt(x * x + b)
    return (x + root) / 2 if x >= 0 else b / (2 * (root - x))


def squareplus_slope(x, b):
    root = mp.sqrt(x * x + b)
    if root == 0:
        return mp.zero
    return (1 + x / root) / 2 if x >= 0 else b / (2 * root * (root - x))


def sparse_plus(x):
    return mp.zero if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4


# ------------------------------------------------------------------------------------------------------ the table
POINTWISE = {
    "binary_step": Oracle(
        lambda x, value_at_0: mp.mpf(value_at_0 if x == 0 else x > 0),
        lambda x, value_at_0: mp.zero, at(0.0), ({"value_at_0": 0.5}, {"value_at_0": 0.0})),
    "identity": Oracle(lambda x: x, lambda x: mp.one),
    "sigmoid": Oracle(sigmoid, sigmoid_slope),
    "hard_sigmoid": Oracle(
        lambda x, slope: clip(slope * x + mp.mpf(1) / 2, 0, 1),
        lambda x, slope: slope * inside(slope * x, -0.5, 0.5),
        lambda slope: (-0.5 / slope, 0.5 / slope), ({"slope": 0.2}, {"slope": 0.5})),
    "silu": Oracle(lambda x: x * sigmoid(x), dsilu),
    "dsilu": Oracle(dsilu, dsilu_slope),
    "tanh": Oracle(mp.tanh, sech2),
    "hardtanh": Oracle(
        lambda x, min_val, max_val: clip(x, min_val, max_val),
        lambda x, min_val, max_val: inside(x, min_val, max_val),
        named("min_val", "max_val"), ({"min_val": -2.0, "max_val": 0.75},)),
    "softplus": Oracle(
        lambda x, beta: softplus(beta * x) / beta, lambda x, beta: sigmoid(beta * x),
        others=({"beta": 3.0}, {"beta": 0.3})),
    "softsign": Oracle(lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "relu": Oracle(lambda x: max(mp.zero, x), lambda x: mp.mpf(x > 0), at(0.0)),
    "leaky_relu": Oracle(
        lambda x, negative_slope: rectified(x, negative_slope),
        lambda x, negative_slope: rectified_slope(x, negative_slope),
        at(0.0), ({"negative_slope": 0.2}, {"negative_slope": 0.0})),
    "prelu": Oracle(
        lambda x, a: rectified(x, a), lambda x, a: rectified_slope(x, a),
        at(0.0), ({"a": 1.5}, {"a": -0.4})),
    "rrelu": Oracle(
        lambda x, lower, upper: rectified(x, (lower + upper) / 2),
        lambda x, lower, upper: rectified_slope(x, (lower + upper) / 2),
        at(0.0), ({"lower": 0.1, "upper": 0.7},)),
    "srelu": Oracle(
        srelu, srelu_slope, named("t_l", "t_r"),
        ({"t_l": 0.0, "a_l": 0.1, "t_r": 4.0, "a_r": 1.0}, {"t_l": 0.5, "a_l": -0.5, "t_r": 2.0, "a_r": 1.5})),
    "relu6": Oracle(lambda x: clip(x, 0, 6), lambda x: inside(x, 0, 6), at(0.0, 6.0)),
    "elu": Oracle(elu, elu_slope, at(0.0), ({"alpha": 0.3}, {"alpha": 2.0})),
    "pelu": Oracle(pelu, pelu_slope, others=({"a": 2.0, "b": 3.0}, {"a": 0.5, "b": 0.3})),
    "selu": Oracle(
        lambda x: SELU_SCALE * elu(x, SELU_ALPHA), lambda x: SELU_SCALE * elu_slope(x, SELU_ALPHA), at(0.0)),
    "swish": Oracle(
        lambda x, beta: x * sigmoid(beta * x), swish_slope,
        others=({"beta": 1.702}, {"beta": -0.5}, {"beta": 0.0})),
    "hard_swish": Oracle(lambda x: x * sixth(x), hard_swish_slope, at(-3.0, 3.0)),
    "elish": Oracle(elish, elish_slope),
    "hard_elish": Oracle(hard_elish, hard_elish_slope, at(-1.0, 1.0)),
    "mish": Oracle(lambda x: x * mp.tanh(softplus(x)), mish_slope),
    "mish_variant_atan_softplus": Oracle(lambda x: mp.atan(x) * softplus(x), atan_softplus_slope),
    "mish_variant_tanh_softplus": Oracle(lambda x: mp.tanh(x) * softplus(x), tanh_softplus_slope),
    "mish_variant_x_log_atanexp": Oracle(log_atanexp, log_atanexp_slope),
    "mish_variant_x_log_tanhexp": Oracle(lambda x: x * mp.log1p(tanh_exp(x)), log_tanhexp_slope),
    "gelu": Oracle(lambda x: x * normal_cdf(x), lambda x: normal_cdf(x) + x * normal_density(x)),
    "gelu_tanh": Oracle(lambda x: x * sigmoid(gelu_tanh_inner(x)), gelu_tanh_slope),
    "celu": Oracle(celu, celu_slope, others=({"alpha": 0.4}, {"alpha": 3.0})),
    "logsigmoid": Oracle(lambda x: -softplus(-x), lambda x: sigmoid(-x)),
    "threshold": Oracle(
        lambda x, theta, value: x if x > theta else mp.mpf(value),
        lambda x, theta, value: mp.mpf(x > theta), named("theta"), ({"theta": -0.5, "value": 2.0},)),
    "hardshrink": Oracle(
        lambda x, lambd: x if abs(x) > lambd else mp.zero, lambda x, lambd: mp.mpf(abs(x) > lambd),
        lambda lambd: (-lambd, lambd), ({"lambd": 1.25}, {"lambd": 0.0})),
    "softshrink": Oracle(
        lambda x, lambd: sign(x) * max(abs(x) - lambd, mp.zero), lambda x, lambd: mp.mpf(abs(x) > lambd),
        lambda lambd: (-lambd, lambd), ({"lambd": 1.25}, {"lambd": 0.0})),
    "tanhshrink": Oracle(tanhshrink, lambda x: mp.tanh(x) ** 2),
    "squareplus": Oracle(
        squareplus, squareplus_slope, others=({"b": 1.25}, {"b": 1e-4})),
    "sparse_plus": Oracle(sparse_plus, half),
    "sparse_sigmoid": Oracle(half, lambda x: inside(x, -1, 1) / 2, at(-1.0, 1.0)),
    "exponential": Oracle(mp.exp, mp.exp),
    **MORE,
}


# ----------------------------------------------------------------------------------------- evaluation on many points
class Exact(NamedTuple):
    """Exact values as the unevaluated sum `high + low` of two doubles, and the condition number at each point."""

    high: np.ndarray
    low: np.ndarray
    condition: np.ndarray


def mpf_params(params):
    return {name: mp.mpf(value) for name, value in params.items()}


def exact(name, order, points, **params):
    """Values (order 0) or slopes (order 1) at an array of doubles, with κ = |x g′(x)/g(x)| of what is evaluated.

    Each coefficient c adds |c ∂g/∂c / g|.
    """
    oracle, params = POINTWISE[name], mpf_params(params)
    rows = [_row(oracle, order, mp.mpf(float(x)), params) for x in np.ravel(points)]
    high, low, condition = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return Exact(high, low, condition)


def _row(oracle, order, x, params):
    function = oracle.value if order == 0 else oracle.slope
    value = mp.mpf(function(x, **params))
    change = x * oracle.slope(x, **params) if order == 0 else _relative_change(function, x, params)
    change = abs(change) + sum(_change_by(name, function, x, params, value) for name in oracle.coefficients)
    high = to_float(value)
    low = float(value - high) if np.isfinite(high) else 0.0
    return high, low, float(min(abs(change / value), 10**300)) if value else 0.0


def _relative_change(function, x, params):
    step = mp.ldexp(1, -80)  # far below the spacing of doubles, so no kink lies between
    return (function(x * (1 + step), **params) - function(x, **params)) / step


def _change_by(name, function, x, params, value):
    step = mp.ldexp(1, -50)
    return abs(function(x, **{**params, name: params[name] * (1 + step)}) - value) / step


def to_float(value):
    """The nearest double; infinity from the point on where rounding to nearest gives infinity."""
    if abs(value) >= mp.ldexp(1, 1024) - mp.ldexp(1, 970):
        return float(sign(value)) * np.inf
    return float(value)


def ulp_errors(got, truth):
    """Errors of doubles in units in the last place of the exact values; an overflow counts as 2**1024."""
    shrink = np.where(np.isinf(got) | (np.abs(truth.high) > 1e300), 2.0**-60, 1.0)  # makes 2**1024 representable
    error = (_shrunk(got, shrink) - _shrunk(truth.high, shrink)) - truth.low * shrink
    with np.errstate(over="ignore"):
        return np.abs(error) / shrink / spacing(truth.high)


def _shrunk(values, shrink):
    return np.where(np.isinf(values), np.copysign(2.0**964, values), values * shrink)


def spacing(values, digits=53, smallest=-1074):
    """Distance between neighbouring numbers of this size, by default doubles; zero counts as denormal."""
    magnitude, exponent = np.frexp(np.minimum(np.abs(values), np.finfo(float).max))
    return np.ldexp(1.0, np.where(magnitude > 0, np.maximum(exponent - digits, smallest), smallest))
