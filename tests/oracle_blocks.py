"""What the slow twins are built of: 80-digit arithmetic, the row of a table, and the functions that many share."""
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath

DIGITS = 80
mp = mpmath.mp.clone()
mp.dps = DIGITS
NEGLIGIBLE = 10_000  # exp(-10000) is far below the smallest double, whatever it is multiplied by


class Oracle(NamedTuple):
    """Value, slope, where the slope jumps, and parameter sets to try besides the defaults.

    `coefficients`: parameters that count like x in the condition number, because sums weighted by them cancel.
    `ends`: values and slopes at −∞ and ∞, where those at ±10^400 are not the limits.
    """

    value: Callable
    slope: Callable
    kinks: Callable = lambda **params: ()
    others: tuple[dict[str, Any], ...] = ()
    coefficients: tuple[str, ...] = ()
    ends: tuple | None = None


# ---------------------------------------------------------------------------------------------- building blocks
def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def sigmoid_slope(x):
    return sigmoid(x) * sigmoid(-x)


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def sech2(x):
    return mp.zero if abs(x) > NEGLIGIBLE else 1 / mp.cosh(x) ** 2


def normal_cdf(x):
    return mp.zero if x < -NEGLIGIBLE else mp.erfc(-x / mp.sqrt(2)) / 2


def normal_density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def sign(x):
    return mp.mpf((x > 0) - (x < 0))


def clip(x, lower, upper):
    return max(mp.mpf(lower), min(mp.mpf(upper), x))


def inside(x, lower, upper):
    return mp.mpf(lower < x < upper)


def sixth(x):
    return clip(x + 3, 0, 6) / 6


def half(x):
    return clip((x + 1) / 2, 0, 1)


def at(*points):
    return lambda **params: points


def named(*names):
    return lambda **params: tuple(params[name] for name in names)
