"""Slow twins of the functions that came after the first: squares, sines, erf, algebraic tails, learned shapes."""
from oracle_blocks import (
    NEGLIGIBLE,
    Oracle,
    at,
    clip,
    inside,
    mp,
    normal_cdf,
    normal_density,
    sech2,
    sigmoid,
    sigmoid_slope,
    softplus,
)

NONE = (mp.nan, mp.nan)


def positive(x):
    return max(mp.zero, x)


def quick_gelu_slope(x):
    u = mp.mpf("1.702") * x
    return sigmoid(u) + u * sigmoid_slope(u)


def tanh_exp(x):
    return mp.one if x > NEGLIGIBLE else mp.tanh(mp.exp(x))


def tanhexp_slope(x):
    return tanh_exp(x) + (mp.zero if x > NEGLIGIBLE else x * mp.exp(x) * sech2(mp.exp(x)))


def logish_slope(x, alpha, beta):
    u = beta * x
    return alpha * (mp.log1p(sigmoid(u)) + u * sigmoid_slope(u) / (1 + sigmoid(u)))


def smish_slope(x, alpha, beta):
    u = beta * x
    w = mp.log1p(sigmoid(u))
    return alpha * (mp.tanh(w) + u * sech2(w) * sigmoid_slope(u) / (1 + sigmoid(u)))


def phish_slope(x):
    g = x * normal_cdf(x)
    return mp.tanh(g) + x * sech2(g) * (normal_cdf(x) + x * normal_density(x))


def serf_slope(x):
    return mp.erf(softplus(x)) + 2 / mp.sqrt(mp.pi) * x * sigmoid(x) * mp.exp(-softplus(x) ** 2)


def hard_mish_slope(x):
    return mp.zero if x <= -2 else x + 1 if x < 0 else mp.one


def isru(x, alpha):
    return x / mp.sqrt(1 + alpha * x * x)


def isru_slope(x, alpha):
    return 1 / mp.sqrt(1 + alpha * x * x) ** 3


def elliott(x):
    return 1 / (2 * (1 - x)) if x < 0 else (1 + x / (1 + x)) / 2


def sqnl(x):
    return clip(x, -2, 2) - clip(x, -2, 2) * abs(clip(x, -2, 2)) / 4


def xielu(x, alpha_p, alpha_n, beta):
    return alpha_p * x * x + beta * x if x > 0 else alpha_n * (mp.expm1(x) - x) + beta * x


def xielu_slope(x, alpha_p, alpha_n, beta):
    return 2 * alpha_p * x + beta if x > 0 else alpha_n * mp.expm1(x) + beta


def acon_c(x, p1, p2, beta):
    u = beta * (p1 - p2) * x
    return x * (p1 * sigmoid(u) + p2 * sigmoid(-u))


def acon_c_slope(x, p1, p2, beta):
    u = beta * (p1 - p2) * x
    return p1 * sigmoid(u) + p2 * sigmoid(-u) + (p1 - p2) * u * sigmoid_slope(u)


def apl(x, a1, b1, a2, b2):
    return x * apl_slope(x, a1, b1, a2, b2) + a1 * b1 * (x <= b1) + a2 * b2 * (x <= b2)


def apl_slope(x, a1, b1, a2, b2):
    return mp.mpf(x > 0) - a1 * (x <= b1) - a2 * (x <= b2)


def polynomial(x, *coefficients):
    return mp.fsum(c * x**k for k, c in enumerate(coefficients))


def pau_parts(x, c):
    top, inner = [c[f"a{k}"] for k in range(6)], [0, *(c[f"b{k}"] for k in range(1, 5))]
    return [polynomial(x, *part) for row in (top, inner) for part in (row, [k * v for k, v in enumerate(row)][1:])]


def pau(x, **c):
    top, _, inner, _ = pau_parts(x, c)
    return top / (1 + abs(inner))


def pau_slope(x, **c):
    top, top_slope, inner, inner_slope = pau_parts(x, c)
    bottom = 1 + abs(inner)
    return top_slope / bottom - top * (inner_slope if inner >= 0 else -inner_slope) / bottom**2


def pau_kinks(**c):
    """Real zeros of b₁x + b₂x² + b₃x³ + b₄x⁴."""
    roots = mp.polyroots([c["b4"], c["b3"], c["b2"], c["b1"]], maxsteps=200, extraprec=200)
    return (0.0, *(float(root.real) for root in roots if abs(root.imag) < mp.mpf("1e-30")))


PAU_TANH = {  # version B of rational_activations, fitted to tanh; a0 shortened
    "a0": 2.117e-09, "a1": 0.9999942495075363, "a2": 6.276332768876106e-07, "a3": 0.10770864506559906,
    "a4": 2.946556898117109e-08, "a5": 0.000871124373591946, "b1": 6.376908337817277e-07, "b2": 0.44101418051922986,
    "b3": 2.2747661404467182e-07, "b4": 0.014581039909092108}


MORE = {
    "quick_gelu": Oracle(lambda x: x * sigmoid(mp.mpf("1.702") * x), quick_gelu_slope),
    "squared_relu": Oracle(lambda x: positive(x) ** 2, lambda x: 2 * positive(x)),
    "star_relu": Oracle(
        lambda x, s, b: s * positive(x) ** 2 + b, lambda x, s, b: 2 * s * positive(x),
        others=({"s": 1.0, "b": 0.0}, {"s": -0.5, "b": 2.0}), coefficients=("s", "b")),
    "xielu": Oracle(xielu, xielu_slope, coefficients=("alpha_p", "alpha_n", "beta"), others=(
        {"alpha_p": 0.3, "alpha_n": 0.9, "beta": 0.3}, {"alpha_p": 2.0, "alpha_n": 0.75, "beta": 0.7})),
    "dyt": Oracle(
        lambda x, alpha, gamma, beta: gamma * mp.tanh(alpha * x) + beta,
        lambda x, alpha, gamma, beta: gamma * alpha * sech2(alpha * x),
        others=({"alpha": 2.0, "gamma": -1.5, "beta": 0.5}, {"alpha": 0.0}), coefficients=("beta",)),
    "derf": Oracle(
        lambda x, alpha, s, gamma, beta: gamma * mp.erf(alpha * x + s) + beta,
        lambda x, alpha, s, gamma, beta: gamma * alpha * 2 / mp.sqrt(mp.pi) * mp.exp(-((alpha * x + s) ** 2)),
        others=({"alpha": 2.0, "s": 0.25, "gamma": -1.5, "beta": 0.5}, {"alpha": 0.0}), coefficients=("s", "beta")),
    "tanh_softcap": Oracle(
        lambda x, c: c * mp.tanh(x / c), lambda x, c: sech2(x / c), others=({"c": 50.0}, {"c": 0.25})),
    "sine": Oracle(
        lambda x, omega_0: mp.sin(omega_0 * x), lambda x, omega_0: omega_0 * mp.cos(omega_0 * x),
        others=({"omega_0": 0.25},), ends=(NONE, NONE)),
    "snake": Oracle(
        lambda x, a: x + mp.sin(a * x) ** 2 / a, lambda x, a: (mp.sin(a * x) + mp.cos(a * x)) ** 2,
        others=({"a": 0.5}, {"a": 0.125}), ends=((-mp.inf, mp.inf), NONE)),
    "gaussian": Oracle(
        lambda x, a: mp.exp(-(x**2) / (2 * a * a)), lambda x, a: -x / (a * a) * mp.exp(-(x**2) / (2 * a * a)),
        others=({"a": 0.25}, {"a": 3.0})),
    "gcu": Oracle(lambda x: x * mp.cos(x), lambda x: mp.cos(x) - x * mp.sin(x), ends=(NONE, NONE)),
    "sqrt_softplus": Oracle(
        lambda x: mp.sqrt(softplus(x)), lambda x: sigmoid(x) / (2 * mp.sqrt(softplus(x))),
        ends=((mp.zero, mp.inf), (mp.zero, mp.zero))),
    "acon_c": Oracle(acon_c, acon_c_slope, coefficients=("p1", "p2"), others=(
        {"p1": 1.0, "p2": 0.0}, {"p1": -0.3, "p2": 0.9, "beta": 2.5}, {"beta": 0.0})),
    "tanhexp": Oracle(lambda x: x * tanh_exp(x), tanhexp_slope),
    "logish": Oracle(
        lambda x, alpha, beta: alpha * x * mp.log1p(sigmoid(beta * x)), logish_slope,
        others=({"alpha": 1.0, "beta": 10.0}, {"alpha": 2.5, "beta": 0.5})),
    "smish": Oracle(
        lambda x, alpha, beta: alpha * x * mp.tanh(mp.log1p(sigmoid(beta * x))), smish_slope,
        others=({"alpha": 1.0, "beta": 10.0}, {"alpha": 2.5, "beta": 0.5})),
    "phish": Oracle(lambda x: x * mp.tanh(x * normal_cdf(x)), phish_slope),
    "lisht": Oracle(lambda x: x * mp.tanh(x), lambda x: mp.tanh(x) + x * sech2(x)),
    "serf": Oracle(lambda x: x * mp.erf(softplus(x)), serf_slope),
    "relu_n": Oracle(
        lambda x, n: clip(x, 0, n), lambda x, n: inside(x, 0, n), lambda n: (0.0, n), ({"n": 1.0}, {"n": 6.0})),
    "elliott": Oracle(elliott, lambda x: 1 / (2 * (1 + abs(x)) ** 2)),
    "isru": Oracle(isru, isru_slope, others=({"alpha": 3.0}, {"alpha": 0.1})),
    "isrlu": Oracle(
        lambda x, alpha: x if x >= 0 else isru(x, alpha), lambda x, alpha: mp.one if x >= 0 else isru_slope(x, alpha),
        others=({"alpha": 3.0}, {"alpha": 0.1})),
    "sqnl": Oracle(sqnl, lambda x: max(mp.zero, 1 - abs(x) / 2)),
    "lecun_tanh": Oracle(
        lambda x: mp.mpf("1.7159") * mp.tanh(2 * x / 3), lambda x: mp.mpf("1.7159") * 2 / 3 * sech2(2 * x / 3)),
    "arctan": Oracle(mp.atan, lambda x: 1 / (1 + x * x)),
    "hard_mish": Oracle(lambda x: x / 2 * clip(x + 2, 0, 2), hard_mish_slope, at(-2.0)),
    "apl": Oracle(
        apl, apl_slope, lambda a1, b1, a2, b2: (0.0, b1, b2),
        ({"a1": -0.15, "b1": 1.5, "a2": 0.5, "b2": -0.75}, {"a1": 0.25, "b1": 0.5, "a2": -0.25, "b2": 2.0}),
        coefficients=("a1", "b1", "a2", "b2")),
    "pau": Oracle(
        pau, pau_slope, pau_kinks, (PAU_TANH,), tuple(PAU_TANH)),
}
