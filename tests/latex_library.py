"""Functions, reductions and constants that a formula may use without defining them."""
from oracle import mp


class Undefined(ArithmeticError):
    """No row of a case distinction applies, or a division by zero."""


def _sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def _sign(x):
    return mp.mpf((x > 0) - (x < 0))


def _clip(x, lower, upper):
    return max(lower, min(upper, x))


FUNCTIONS = {
    r"\ln": mp.log, r"\log": mp.log, r"\exp": mp.exp, r"\tanh": mp.tanh, r"\sinh": mp.sinh, r"\cosh": mp.cosh,
    r"\arctan": mp.atan, r"\sin": mp.sin, r"\cos": mp.cos, r"\max": max, r"\min": min, r"\sigma": _sigmoid,
    r"\Phi": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    r"\varphi": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "sigmoid": _sigmoid, "sech": mp.sech, "erf": mp.erf, "erfc": mp.erfc, "sign": _sign, "sgn": _sign, "clip": _clip,
    "softplus": lambda x: mp.log(1 + mp.exp(x)), "ReLU": lambda x: max(x, mp.zero),
    "ReLU6": lambda x: _clip(x, mp.zero, mp.mpf(6)), "sparse_sigmoid": lambda x: _clip((x + 1) / 2, mp.zero, mp.one),
    "hardsigmoid": lambda x: _clip((x + 3) / 6, mp.zero, mp.one), "artanh": mp.atanh,
}
FUNCTIONS[r"\phi"] = FUNCTIONS[r"\varphi"]
REDUCTIONS = {
    (r"\sum", "_"): lambda *values: mp.fsum(values), (r"\max", "_"): max, (r"\min", "_"): min,
    (r"\arg", r"\max", "_"): lambda *values: values.index(max(values)),
}
CONSTANTS = {"e": mp.e, r"\pi": mp.pi, r"\infty": mp.inf}
