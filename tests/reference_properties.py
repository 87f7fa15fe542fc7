"""Reference values for `test_measure.py`, computed with mpmath and sharing no code with `actfns`.

    python tests/reference_properties.py            # writes tests/data/expected_properties.json (some minutes)

Every function is typed here once more as a list of smooth pieces. What can be computed is computed in 40-digit
arithmetic: derivatives of the pieces, places of extrema as roots of the derivatives, order of the kinks by comparing
the derivatives of neighbouring pieces, Gaussian averages by quadrature on each piece. What is known from the formula
(which way f goes, where the range is attained, limits) is written by hand, and a scan over a grid of several thousand
points contradicts it if it is wrong. Nothing here is ever copied from the output of `actfns.measure`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import mpmath

mp = mpmath.mp.clone()
mp.dps = 40
INF = mp.inf
PATH = Path(__file__).parent / "data" / "expected_properties.json"
CUTS = [-40, -25, -16, -10, -7, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 10, 16, 25, 40]
ZERO = mp.mpf(0)


@dataclass
class Reference:
    """A function by its pieces and by what the formula tells.

    `pieces`: smooth functions; `joints`: the places between them; `at_joint`: value there (default: right piece).
    `low`, `high`: a number to start the search for the minimum (maximum) from, ("flat", a, b) when it is kept on
    [a, b], ("point", x) when it lies at the place x, None when it is not attained (the bound is then `inf`, `sup`).
    `steepest`: a number to start the search for the maximum of |f'| from, ("on", a, b), ("side", s) when it is only
    approached at s times infinity (0: at both ends), ("joint", x, side) for a one-sided slope, ("jump", x), ("none",).
    """

    pieces: list
    monotonic: str
    convex: str
    limits: tuple
    slopes: tuple
    steepest: object
    joints: tuple = ()
    strictly: bool = False
    parity: str = "neither"
    low: object = None
    high: object = None
    inf: object = None
    sup: object = None
    at_joint: tuple | None = None
    oscillates: bool = False

    def piece(self, x, side=1):
        i = sum(x > j or (x == j and side > 0) for j in self.joints)
        return self.pieces[i]

    def __call__(self, x):
        x = mp.mpf(x)
        for i, j in enumerate(self.joints):
            if x == j and self.at_joint:
                return mp.mpf(self.at_joint[i])
        return self.piece(x)(x)

    def slope(self, x, side=1, order=1):
        return mp.diff(self.piece(mp.mpf(x), side), x, order)


# building blocks --------------------------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def tanh(x):
    return mp.tanh(x) if abs(x) < 200 else mp.sign(x)  # exact to 170 digits, and no giant exponentials


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def nothing(x):
    return ZERO * x


def line(slope, intercept=0):
    return lambda x: mp.mpf(slope) * x + mp.mpf(intercept)


def rectifier(f, start, **kwargs):
    """A smooth function that falls from 0 to one minimum and rises to infinity with slope 1 at last."""
    facts = dict(monotonic="no", convex="neither", limits=(0, INF), slopes=(0, 1), low=start, sup=INF)
    return Reference([f], **(facts | kwargs))


def sigmoidal(f, bound=1, **kwargs):
    """An odd, smooth, strictly increasing function between -bound and bound, steepest at 0."""
    facts = dict(monotonic="increasing", strictly=True, convex="neither", parity="odd", limits=(-bound, bound),
                 slopes=(0, 0), inf=-bound, sup=bound, steepest=("point", 0))  # fmt: skip
    return Reference([f], **(facts | kwargs))


def clipped(low, high, slope, intercept, **kwargs):
    """slope * x + intercept, kept between `low` and `high`."""
    a, b = ((mp.mpf(v) - intercept) / slope for v in (low, high))
    facts = dict(monotonic="increasing", convex="neither", limits=(low, high), slopes=(0, 0), steepest=("on", a, b),
                 low=("flat", -INF, a), high=("flat", b, INF))  # fmt: skip
    return Reference([line(0, low), line(slope, intercept), line(0, high)], joints=(a, b), **(facts | kwargs))


def leaky(slope, **kwargs):
    facts = dict(monotonic="increasing", strictly=True, convex="convex", limits=(-INF, INF), slopes=(slope, 1),
                 inf=-INF, sup=INF, steepest=("on", 0, INF), joints=(ZERO,))  # fmt: skip
    return Reference([line(slope), line(1)], **(facts | kwargs))


def elu_like(left, bound, **kwargs):
    facts = dict(monotonic="increasing", strictly=True, convex="convex", limits=(-bound, INF), slopes=(0, 1),
                 inf=-bound, sup=INF, steepest=("on", 0, INF), joints=(ZERO,))  # fmt: skip
    return Reference([left, line(1)], **(facts | kwargs))


THIRD = mp.mpf(1) / 3
SELU_A, SELU_L = mp.mpf("1.6732632423543772848170429916717"), mp.mpf("1.0507009873554804934193349852946")
HALF = mp.mpf("0.5")
SILU_PEAK = 2.4

CATALOGUE = {
    "binary_step": Reference(
        [line(0), line(0, 1)],
        "increasing",
        "neither",
        (0, 1),
        (0, 0),
        ("jump", 0),
        joints=(ZERO,),
        low=("flat", -INF, 0),
        high=("flat", 0, INF),
    ),
    "identity": Reference(
        [line(1)],
        "increasing",
        "affine",
        (-INF, INF),
        (1, 1),
        ("on", -INF, INF),
        strictly=True,
        parity="odd",
        inf=-INF,
        sup=INF,
    ),
    "sigmoid": sigmoidal(sigmoid, limits=(0, 1), inf=0, parity="neither"),
    "hard_sigmoid": clipped(0, 1, THIRD / 2, HALF),
    "sparse_sigmoid": clipped(0, 1, HALF, HALF),
    "silu": rectifier(lambda x: x * sigmoid(x), -1.28, steepest=SILU_PEAK),
    "swish": rectifier(lambda x: x * sigmoid(x), -1.28, steepest=SILU_PEAK),
    "dsilu": Reference(
        [lambda x: sigmoid(x) * (1 + x * sigmoid(-x))],
        "no",
        "neither",
        (0, 1),
        (0, 0),
        ("point", 0),
        low=-2.4,
        high=2.4,
    ),
    "tanh": sigmoidal(mp.tanh),
    "hardtanh": clipped(-1, 1, 1, 0, parity="odd"),
    "softplus": Reference(
        [softplus], "increasing", "convex", (0, INF), (0, 1), ("side", 1), strictly=True, inf=0, sup=INF
    ),
    "softsign": sigmoidal(None, limits=(-1, 1)),
    "relu": leaky(0, strictly=False, limits=(0, INF), low=("flat", -INF, 0), inf=None),
    "leaky_relu": leaky(mp.mpf("0.01")),
    "prelu": leaky(mp.mpf("0.25")),
    "rrelu": leaky(mp.mpf(11) / 48),
    "srelu": Reference(
        [line("0.2", "-0.8"), line(1), line("0.2", "0.8")],
        "increasing",
        "neither",
        (-INF, INF),
        (mp.mpf("0.2"),) * 2,
        ("on", -1, 1),
        joints=(-mp.one, mp.one),
        strictly=True,
        parity="odd",
        inf=-INF,
        sup=INF,
    ),
    "relu6": clipped(0, 6, 1, 0),
    "elu": elu_like(mp.expm1, 1),
    "celu": elu_like(mp.expm1, 1),
    "pelu": elu_like(mp.expm1, 1),
    "selu": Reference(
        [lambda x: SELU_L * SELU_A * mp.expm1(x), line(SELU_L)],
        "increasing",
        "neither",
        (-SELU_L * SELU_A, INF),
        (0, SELU_L),
        ("joint", 0, -1),
        joints=(ZERO,),
        strictly=True,
        inf=-SELU_L * SELU_A,
        sup=INF,
    ),
    "hard_swish": Reference(
        [nothing, lambda x: x * (x + 3) / 6, line(1)],
        "no",
        "neither",
        (0, INF),
        (0, 1),
        ("joint", 3, -1),
        joints=(mp.mpf(-3), mp.mpf(3)),
        low=-1.5,
        sup=INF,
    ),
    "elish": Reference(
        [lambda x: mp.expm1(x) * sigmoid(x), lambda x: x * sigmoid(x)],
        "no",
        "neither",
        (0, INF),
        (0, 1),
        SILU_PEAK,
        joints=(ZERO,),
        low=-0.9,
        sup=INF,
    ),
    "hard_elish": Reference(
        [nothing, lambda x: mp.expm1(x) * (x + 1) / 2, lambda x: x * (x + 1) / 2, line(1)],
        "no",
        "neither",
        (0, INF),
        (0, 1),
        ("joint", 1, -1),
        joints=(-mp.one, ZERO, mp.one),
        low=-0.44,
        sup=INF,
    ),
    "mish": rectifier(lambda x: x * mp.tanh(softplus(x)), -1.19, steepest=1.5),
    "mish_variant_atan_softplus": rectifier(
        lambda x: mp.atan(x) * softplus(x), -0.84, slopes=(0, mp.pi / 2), steepest=("side", 1)
    ),
    "mish_variant_tanh_softplus": rectifier(lambda x: mp.tanh(x) * softplus(x), -0.8, steepest=0.86),
    "mish_variant_x_log_atanexp": rectifier(
        lambda x: x * mp.log1p(mp.atan(mp.exp(x))), -1.2, steepest=1.96, slopes=(0, mp.log1p(mp.pi / 2))
    ),
    "mish_variant_x_log_tanhexp": rectifier(
        lambda x: x * mp.log1p(tanh(mp.exp(x))), -1.2, steepest=0.69, slopes=(0, mp.log(2))
    ),
    "gelu": rectifier(lambda x: x * normal_cdf(x), -0.75, steepest=1.41),
    "gelu_tanh": rectifier(
        lambda x: x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)), -0.75, steepest=1.42
    ),
    "logsigmoid": Reference(
        [lambda x: -softplus(-x)],
        "increasing",
        "concave",
        (-INF, 0),
        (1, 0),
        ("side", -1),
        strictly=True,
        inf=-INF,
        sup=0,
    ),
    "threshold": Reference(
        [nothing, line(1)],
        "increasing",
        "neither",
        (0, INF),
        (0, 1),
        ("jump", 1),
        joints=(mp.one,),
        at_joint=(0,),
        low=("flat", -INF, 1),
        sup=INF,
    ),
    "hardshrink": Reference(
        [line(1), nothing, line(1)],
        "increasing",
        "neither",
        (-INF, INF),
        (1, 1),
        ("jump", HALF),
        joints=(-HALF, HALF),
        at_joint=(0, 0),
        parity="odd",
        inf=-INF,
        sup=INF,
    ),
    "softshrink": Reference(
        [line(1, HALF), nothing, line(1, -HALF)],
        "increasing",
        "neither",
        (-INF, INF),
        (1, 1),
        ("on", HALF, INF),
        joints=(-HALF, HALF),
        parity="odd",
        inf=-INF,
        sup=INF,
    ),
    "tanhshrink": sigmoidal(
        lambda x: x - mp.tanh(x), limits=(-INF, INF), slopes=(1, 1), inf=-INF, sup=INF, steepest=("side", 0)
    ),
    "squareplus": Reference(
        [lambda x: 2 / (mp.sqrt(x * x + 4) - x) if x < 0 else (x + mp.sqrt(x * x + 4)) / 2],
        "increasing",
        "convex",
        (0, INF),
        (0, 1),
        ("side", 1),
        strictly=True,
        inf=0,
        sup=INF,
    ),
    "sparse_plus": Reference(
        [nothing, lambda x: (x + 1) ** 2 / 4, line(1)],
        "increasing",
        "convex",
        (0, INF),
        (0, 1),
        ("on", 1, INF),
        joints=(-mp.one, mp.one),
        low=("flat", -INF, -1),
        sup=INF,
    ),
    "exponential": Reference(
        [mp.exp], "increasing", "convex", (0, INF), (0, INF), ("none",), strictly=True, inf=0, sup=INF
    ),
}
CATALOGUE["softsign"].pieces, CATALOGUE["softsign"].joints = [lambda x: x / (1 - x), lambda x: x / (1 + x)], (ZERO,)

OTHERS = {
    "squared_relu": Reference(
        [nothing, lambda x: x * x],
        "increasing",
        "convex",
        (0, INF),
        (0, INF),
        ("none",),
        joints=(ZERO,),
        low=("flat", -INF, 0),
        sup=INF,
    ),
    "star_relu": Reference(
        [line(0, -1 / mp.sqrt(5)), lambda x: (2 * x * x - 1) / mp.sqrt(5)],
        "increasing",
        "convex",
        (-1 / mp.sqrt(5), INF),
        (0, INF),
        ("none",),
        joints=(ZERO,),
        low=("flat", -INF, 0),
        sup=INF,
    ),
    "xielu": Reference(
        [lambda x: mp.mpf("0.8") * (mp.expm1(x) - x) + x / 2, lambda x: mp.mpf("0.8") * x * x + x / 2],
        "no",
        "convex",
        (INF, INF),
        (mp.mpf("-0.3"), INF),
        ("none",),
        joints=(ZERO,),
        low=-0.98,
        sup=INF,
    ),
    "tanh_softcap": sigmoidal(lambda x: 30 * mp.tanh(x / 30), 30),
    "sine": Reference(
        [mp.sin],
        "no",
        "neither",
        (mp.nan,) * 2,
        (mp.nan,) * 2,
        ("point", 0),
        parity="odd",
        low=-1.57,
        high=1.57,
        oscillates=True,
    ),
    "snake": Reference(
        [lambda x: x + mp.sin(x) ** 2],
        "increasing",
        "neither",
        (-INF, INF),
        (mp.nan,) * 2,
        0.8,
        strictly=True,
        inf=-INF,
        sup=INF,
        oscillates=True,
    ),
    "growing_cosine": Reference(
        [lambda x: x * mp.cos(x)],
        "no",
        "neither",
        (mp.nan,) * 2,
        (mp.nan,) * 2,
        ("none",),
        parity="odd",
        inf=-INF,
        sup=INF,
        oscillates=True,
    ),
    "sqrt_softplus": Reference(
        [lambda x: mp.sqrt(softplus(x))], "increasing", "neither", (0, INF), (0, 0), 0.9, strictly=True, inf=0, sup=INF
    ),
    "acon_c": Reference(
        [lambda x: 2 * x * sigmoid(2 * x) - mp.mpf("0.8") * x],
        "no",
        "neither",
        (INF, INF),
        (mp.mpf("-0.8"), mp.mpf("1.2")),
        1.2,
        low=-0.1,
        sup=INF,
    ),
    "tanhexp": rectifier(lambda x: x * tanh(mp.exp(x)), -1.08, steepest=0.7),
    "logish": rectifier(lambda x: x * mp.log1p(sigmoid(x)), -1.37, steepest=2.3, slopes=(0, mp.log(2))),
    "smish": rectifier(lambda x: x * mp.tanh(mp.log1p(sigmoid(x))), -1.39, steepest=2.2, slopes=(0, mp.mpf("0.6"))),
    "phish": rectifier(lambda x: x * mp.tanh(x * normal_cdf(x)), ("point", 0), steepest=1.2),
    "lisht": Reference(
        [lambda x: x * mp.tanh(x)], "no", "neither", (INF, INF), (-1, 1), 1.2, parity="even", low=("point", 0), sup=INF
    ),
    "serf": rectifier(lambda x: x * mp.erf(softplus(x)), -1.19, steepest=1.1),
    "gaussian": Reference(
        [lambda x: mp.exp(-x * x)], "no", "neither", (0, 0), (0, 0), 0.7, parity="even", inf=0, high=("point", 0)
    ),
    "clip_0_1": clipped(0, 1, 1, 0),
    "elliott": sigmoidal(None, limits=(0, 1), inf=0, parity="neither"),
    "isru": sigmoidal(lambda x: x / mp.sqrt(1 + x * x)),
    "isrlu": elu_like(lambda x: x / mp.sqrt(1 + x * x), 1),
    "sqnl": Reference(
        [line(0, -1), lambda x: x + x * x / 4, lambda x: x - x * x / 4, line(0, 1)],
        "increasing",
        "neither",
        (-1, 1),
        (0, 0),
        ("point", 0),
        joints=(mp.mpf(-2), ZERO, mp.mpf(2)),
        parity="odd",
        low=("flat", -INF, -2),
        high=("flat", 2, INF),
    ),
    "lecun_tanh": sigmoidal(lambda x: mp.mpf("1.7159") * mp.tanh(2 * x / 3), mp.mpf("1.7159")),
    "arctan": sigmoidal(mp.atan, mp.pi / 2),
    "hard_mish": Reference(
        [nothing, lambda x: x * (x + 2) / 2, line(1)],
        "no",
        "neither",
        (0, INF),
        (0, 1),
        ("on", 0, INF),
        joints=(mp.mpf(-2), ZERO),
        low=-1,
        sup=INF,
    ),
    "apl": leaky(mp.mpf("-0.2"), monotonic="no", strictly=False, limits=(INF, INF), low=("point", 0), inf=None),
    "quick_gelu": rectifier(lambda x: x * sigmoid(mp.mpf("1.702") * x), -0.75, steepest=1.41),
    "clip_0.37": clipped(mp.mpf("-0.37"), mp.mpf("0.37"), 1, 0, parity="odd"),
    "clip_25": clipped(-25, 25, 1, 0, parity="odd"),
    "clip_1000": clipped(-1000, 1000, 1, 0, parity="odd"),
    "close_kinks": Reference(
        [nothing, line(1, "-1.23"), line(2, "-2.47")],
        "increasing",
        "convex",
        (0, INF),
        (0, 2),
        ("on", mp.mpf("1.24"), INF),
        joints=(mp.mpf("1.23"), mp.mpf("1.24")),
        low=("flat", -INF, mp.mpf("1.23")),
        sup=INF,
    ),
    "far_minimum": Reference(
        [lambda x: (x + mp.mpf("7.3")) ** 2 * mp.exp(-x * x / 100) + mp.mpf("0.1")],
        "no",
        "neither",
        (mp.mpf("0.1"),) * 2,
        (0, 0),
        1.0,
        low=("point", mp.mpf("-7.3")),
        high=7.0,
    ),
    "narrow_bump": Reference(
        [lambda x: mp.tanh(x) + mp.exp(-(((x - 3) / mp.mpf("0.05")) ** 2)) / 2],
        "no",
        "neither",
        (-1, 1),
        (0, 0),
        2.965,
        inf=-1,
        high=3.0,
    ),
    "bent_identity": Reference(
        [lambda x: (mp.sqrt(x * x + 1) - 1) / 2 + x],
        "increasing",
        "convex",
        (-INF, INF),
        (HALF, mp.mpf("1.5")),
        ("side", 1),
        strictly=True,
        inf=-INF,
        sup=INF,
    ),
    "signed_log": Reference(
        [lambda x: -mp.log1p(-x), mp.log1p],
        "increasing",
        "neither",
        (-INF, INF),
        (0, 0),
        ("point", 0),
        joints=(ZERO,),
        strictly=True,
        parity="odd",
        inf=-INF,
        sup=INF,
    ),
    "cubic_relu": Reference(
        [nothing, lambda x: x**3],
        "increasing",
        "convex",
        (0, INF),
        (0, INF),
        ("none",),
        joints=(ZERO,),
        low=("flat", -INF, 0),
        sup=INF,
    ),
    "steep_tanh": sigmoidal(lambda x: mp.tanh(10000 * x)),
    "constant": Reference(
        [line(0, "2.5")],
        "constant",
        "affine",
        (mp.mpf("2.5"),) * 2,
        (0, 0),
        ("on", -INF, INF),
        parity="even",
        low=("flat", -INF, INF),
        high=("flat", -INF, INF),
    ),
    "downward": Reference(
        [lambda x: -x * sigmoid(x)], "no", "neither", (0, -INF), (0, -1), SILU_PEAK, high=-1.28, inf=-INF
    ),
}
OTHERS["elliott"].pieces = [lambda x: (1 + x / (1 - x)) / 2, lambda x: (1 + x / (1 + x)) / 2]
OTHERS["elliott"].joints = (ZERO,)

PAU_TOP = [mp.mpf(c) for c in ("0.03355815733452378", "0.5050059186781659", "1.6534697310952233", "2.0100501552600014",
                               "0.9319195586484518", "0.15242646398275836")]
PAU_INNER = [mp.mpf(c) for c in ("0", "4.812831860534153e-05", "3.9802479055059194", "1.5837587665720168e-05",
                                 "0.30183382839661377")]


def rational(sign):
    return lambda x: mp.polyval(PAU_TOP[::-1], x) / (1 + sign * mp.polyval(PAU_INNER[::-1], x))


PAU_ROOT = mp.findroot(lambda x: mp.polyval(PAU_INNER[:0:-1], x), -1.2e-5)
PAU_SLOPE = PAU_TOP[5] / PAU_INNER[4]
CATALOGUE |= {name: OTHERS[name] for name in (
    "squared_relu", "star_relu", "xielu", "tanh_softcap", "sine", "snake", "sqrt_softplus", "acon_c", "tanhexp",
    "logish", "smish", "phish", "lisht", "serf", "gaussian", "elliott", "isru", "isrlu", "sqnl", "lecun_tanh", "arctan",
    "hard_mish", "apl", "quick_gelu")}  # fmt: skip
CATALOGUE |= {
    "gcu": OTHERS["growing_cosine"],
    "relu_n": clipped(0, 20, 1, 0),
    "dyt": sigmoidal(lambda x: mp.tanh(x / 2)),
    "derf": sigmoidal(lambda x: mp.erf(x / 2)),
    "pau": Reference(
        [rational(1), rational(-1), rational(1)],
        "no",
        "neither",
        (-INF, INF),
        (PAU_SLOPE, PAU_SLOPE),
        0.36,
        joints=(PAU_ROOT, ZERO),
        inf=-INF,
        sup=INF,
    ),
}


# computation ------------------------------------------------------------------------------------------------------


def kinks(r: Reference):
    """(place, order of the last continuous derivative) for every joint where a derivative up to order 4 jumps."""
    found = []
    for j in r.joints:
        jumps = [abs(r.slope(j, 1, k) - r.slope(j, -1, k)) > mp.mpf(10) ** -12 if k else
                 abs(r.piece(j, 1)(j) - r.piece(j, -1)(j)) > mp.mpf(10) ** -20 for k in range(5)]  # fmt: skip
        if any(jumps):
            found.append((j, jumps.index(True) - 1))
    return found


def average(r: Reference, g):
    """E g(Z, piece of f at Z)."""
    cuts = sorted({mp.mpf(c) for c in CUTS} | {j for j in r.joints if abs(j) < 40} | narrow_cuts(r))
    total = ZERO
    for a, b in zip(cuts[:-1], cuts[1:]):
        piece = r.piece((a + b) / 2)
        total += mp.quad(lambda x, p=piece: g(x, p) * mp.npdf(x), [a, b], maxdegree=8)
    return total


def narrow_cuts(r):
    steep = [mp.mpf(k) / 10000 for k in (-40, -10, -3, 3, 10, 40)] if r is OTHERS["steep_tanh"] else []
    bump = [3 + mp.mpf(k) / 20 for k in (-8, -4, -2, -1, 0, 1, 2, 4, 8)] if r is OTHERS["narrow_bump"] else []
    return set(steep + bump)


def root(r: Reference, start, order):
    """Root of derivative `order` near `start`."""
    return mp.findroot(lambda x: r.slope(x, order=order), (mp.mpf(start), start + mp.mpf("0.001")), tol=1e-30)


def extremum(r: Reference, what, bound):
    """bound, attained, value, place or interval of a minimum or maximum."""
    if what is None:
        return {"bound": bound, "attained": False}
    if isinstance(what, tuple) and what[0] == "flat":
        low, high = what[1:]
        inside = (low + high) / 2 if abs(low) < INF and abs(high) < INF else high - 1 if abs(high) < INF else (
            low + 1 if abs(low) < INF else ZERO)  # fmt: skip
        return {"bound": r(inside), "attained": True, "on": [low, high]}
    x = mp.mpf(what[1]) if isinstance(what, tuple) else root(r, what, 1)
    return {"bound": r(x), "attained": True, "at": x}


def steepest(r: Reference):
    """Lipschitz constant and its place."""
    what = r.steepest
    if not isinstance(what, tuple):
        x = root(r, what, 2)
        return {"value": abs(r.slope(x)), "at": x, "attained": True}
    kind, *rest = what
    if kind == "point":
        return {"value": abs(r.slope(rest[0])), "at": rest[0], "attained": True}
    if kind == "on":
        low, high = rest
        x = low + 1 if abs(low) < INF and abs(high) == INF else high - 1 if abs(low) == INF and high < INF else (
            (low + high) / 2 if abs(low) < INF else ZERO)  # fmt: skip
        return {"value": abs(r.slope(x)), "on": [low, high], "attained": True}
    if kind == "side":
        return {"value": max(abs(mp.mpf(s)) for s in r.slopes), "side": rest[0], "attained": False}
    if kind == "joint":
        return {"value": abs(r.slope(rest[0], rest[1])), "at": rest[0], "attained": False}
    return {"value": INF, "attained": False} | ({"at": rest[0]} if kind == "jump" else {})


def largest_slope(r: Reference, lipschitz):
    """sup |f'| without jumps."""
    if r.steepest[0] != "jump" if isinstance(r.steepest, tuple) else True:
        return lipschitz["value"]
    return max(abs(r.slope(x)) for x in [mp.mpf(k) / 8 + mp.mpf("0.01") for k in range(-400, 400)])


def saturation(r: Reference, side, largest):
    """Outermost place where |f'| crosses 1 % of its largest value; None where f' does not tend to 0 or has no bound."""
    if r.slopes[0 if side < 0 else 1] != 0 or mp.isinf(largest) or largest == 0:
        return None
    level = largest / 100
    steep = lambda x: abs(r.slope(x, -side)) >= level  # noqa: E731
    step = mp.mpf(1) / 16 if r is not OTHERS["steep_tanh"] else mp.mpf(1) / 100000
    grid = (side * step * k for k in range(2000, -2000, -1))
    if r is OTHERS["sqrt_softplus"] and side > 0:
        grid = (mp.mpf(k) for k in range(30000, 0, -1000))
    if any(abs(j) > 100 for j in r.joints):
        grid = (side * mp.mpf(k) + HALF for k in range(1100, 0, -1))
    outer = next(grid)
    for x in grid:
        if steep(x):
            break
        outer = x
    inner, outer = x, outer
    for _ in range(120):
        mid = (inner + outer) / 2
        inner, outer = (mid, outer) if steep(mid) else (inner, mid)
    return inner


def contradict(name, r: Reference, low, high, lipschitz):
    """Raise where values on a grid disagree with what was written by hand."""
    grid = {mp.mpf(k) / 16 + mp.mpf("0.003") for k in range(-640, 640)}
    grid |= {mp.mpf(k) / 512 for k in range(-2048, 2560)}
    grid = sorted(grid | {j + k for j in r.joints for k in (-3, -2, -1, 1, 2, 3)})
    values = [r(x) for x in grid]
    tiny = mp.mpf(10) ** -20
    assert low["bound"] - tiny <= min(values) and max(values) <= high["bound"] + tiny, f"{name}: range"
    steps = [b - a for a, b in zip(values[:-1], values[1:])]
    up, down = any(s > 0 for s in steps), any(s < 0 for s in steps)
    word = {(True, False): "increasing", (False, True): "decreasing", (False, False): "constant"}.get((up, down), "no")
    assert word == r.monotonic, f"{name}: {word}"
    rounded = [min(abs(v - limit) for limit in r.limits) < mp.mpf(10) ** -30 for v in values[1:]]
    flat = [s == 0 and not (r.strictly and close) for s, close in zip(steps, rounded)]
    assert r.strictly == (word in ("increasing", "decreasing") and not any(flat)), f"{name}: strictly"
    slopes = [abs(r.slope(x)) for x in [*grid[::3], *narrow_cuts(r)]]
    assert max(slopes) <= lipschitz["value"] + tiny, f"{name}: Lipschitz {max(slopes)}"
    bends = {int(mp.sign(s)) for s in (r.slope(x, order=2) for x in [*grid[::5], *narrow_cuts(r)]) if abs(s) > 1e-15}
    bends |= {int(mp.sign(r.slope(j, 1) - r.slope(j, -1))) for j, order in kinks(r) if order == 0}
    bends |= {-1, 1} if any(order == -1 for _, order in kinks(r)) else set()
    words = {frozenset(): "affine", frozenset({1}): "convex", frozenset({-1}): "concave"}
    curve = words.get(frozenset(bends), "neither")
    assert curve == r.convex, f"{name}: {curve}"
    pairs = [(r(x), r(-x)) for x in grid[::7] if all(abs(x) != abs(j) for j in r.joints)]
    even, odd = all(abs(a - b) < tiny for a, b in pairs), all(abs(a + b) < tiny for a, b in pairs)
    assert ("even" if even else "odd" if odd else "neither") == r.parity, f"{name}: parity"
    if not r.oscillates:
        far = mp.mpf(10) ** 12
        for side, limit, slope in zip((-1, 1), r.limits, r.slopes):
            value = r(side * far)
            expected = abs(value) > 20 if mp.isinf(limit) else abs(value - limit) < 1e-9
            assert expected and (mp.isinf(limit) is False or mp.sign(value) == mp.sign(limit)), f"{name}: limit {side}"
            ratio = r.slope(side * far)
            assert abs(ratio) > 100 if mp.isinf(slope) else abs(ratio - slope) < 1e-5, f"{name}: slope limit {side}"


def properties(name, r: Reference) -> dict:
    """Everything `test_measure.py` compares with."""
    low, high = extremum(r, r.low, r.inf), extremum(r, r.high, r.sup)
    lipschitz = steepest(r)
    contradict(name, r, low, high, lipschitz)
    largest = largest_slope(r, lipschitz)
    second = average(r, lambda x, p: p(x) ** 2)
    slope_second = average(r, lambda x, p: mp.diff(p, x) ** 2)
    return {
        "low": low,
        "high": high,
        "lipschitz": lipschitz,
        "monotonic": r.monotonic,
        "strictly": r.strictly,
        "convex": r.convex,
        "parity": r.parity,
        "limits": r.limits,
        "slope_limits": r.slopes,
        "kinks": kinks(r),
        "continuity": min((order for _, order in kinks(r)), default=INF),
        "saturation": [saturation(r, side, largest) for side in (-1, 1)],
        "value_at_0": r(0),
        "slopes_at_0": [r.slope(0, -1), r.slope(0, 1)],
        "mean": average(r, lambda x, p: p(x)),
        "second_moment": second,
        "slope_mean": average(r, lambda x, p: mp.diff(p, x)),
        "slope_second_moment": slope_second,
        "gain": 1 / mp.sqrt(second),
        "chi": slope_second / second,
        "second_moment_map_slope": average(r, lambda x, p: p(x) ** 2 * (x * x - 1)) / 2 / second,
    }


def plain(value):
    """JSON form of a result: floats, with inf and nan as strings; what cancelled to nothing as 0."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    number = float(value)
    if number != number or abs(number) == float("inf"):
        return repr(number)
    return 0.0 if abs(number) < 1e-18 else number


def main():
    """Write the data file."""
    result = {}
    for group, functions in (("catalogue", CATALOGUE), ("others", OTHERS)):
        result[group] = {}
        for name, reference in functions.items():
            result[group][name] = plain(properties(name, reference))
            print(name, flush=True)
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
