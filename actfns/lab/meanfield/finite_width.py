"""Layer by layer through a wide network, with the first-order effects of a finite width on the logarithms.

Write s_l for the variance of z_l given everything before, x_l = ln s_l − ln q_l, and n for the width. Then

    x_{l+1} = a_l x_l + ε_l,            a = q V′/V the elasticity, Var ε = (E f⁴/(E f²)² − 1)/n,
    ln p_l − ln p_{l+1} − ln χ_l = e_l x_l + η_l,   e = d ln χ/d ln q, Var η = (3 E f′⁴/(E f′²)² − 1)/n,

for one input; p is the mean square of the back-signal. For two inputs of correlation c the same recursions hold for
covariances, with E f(x)² f(y)² and so on (and no 3: the back-signals of two inputs are independent here).

The back-signal Wᵀδ is not independent of the signal W made from h: its component along h is an *echo*. Squared, it
is 1/n of the whole at first; from layer to layer it changes by the factor a² instead of χ. Where a² > χ the echo takes
over after about ln n / ln(a²/χ) layers, and back-signals vanish more slowly than χ says.
"""

from dataclasses import dataclass, field

import numpy as np

_TINY, _HUGE = 1e-280, 1e280  # variances beyond are as good as 0 and inf
_SAME = 1e-12  # a layer whose q and c moved less than this is like the one before

_f2 = lambda f, slope: f * f  # noqa: E731
_d2 = lambda f, slope: slope * slope  # noqa: E731
_PAIRS = ((lambda f, slope: f, lambda f, slope: f), (_f2, _f2), (_d2, _d2), (_f2, _d2))


@dataclass(frozen=True)
class Layer:
    """One layer: variance q and correlation c of its pre-activations, moments of its values, χ; ``noise`` if asked.

    ``next`` = (q, c) of the layer after it.
    """

    q: float
    c: float
    mean: float
    second: float
    chi: float
    next: tuple = field(repr=False)
    noise: dict | None = field(default=None, repr=False)


def walk(a, depth, weight_var, bias_var, input_second_moment, input_correlation, noisy):
    """`Layer`s 1 … depth for the `Averages` ``a``."""
    q = weight_var * input_second_moment + bias_var
    c = (weight_var * input_correlation + bias_var) / q if q > 0 else 1.0
    layers = []
    for _ in range(depth):
        last = layers[-1] if layers else None
        if last is None or not (abs(q - last.q) <= _SAME * q and abs(c - last.c) <= _SAME):
            layers.append(_layer(a, q, c, weight_var, bias_var, noisy))
        else:
            layers.append(last)
        q, c = layers[-1].next
    return layers


def _layer(a, q, c, weight_var, bias_var, noisy):
    if not q < _HUGE:  # nan included
        return Layer(np.inf, c, np.nan, np.inf, np.nan, (np.inf, np.nan))
    if q <= _TINY:
        second, chi = a.second(0.0), weight_var * a.slope_second(0.0)
        return Layer(0.0, c, a.mean(0.0), second, chi, (weight_var * second + bias_var, 1.0))
    mean, second, slope = a.mean(q), a.second(q), a.slope_second(q)
    after = weight_var * second + bias_var
    if not (np.isfinite(second) and after > 0):
        return Layer(q, c, mean, second, weight_var * slope, (after, np.nan))
    pairs = a.pair(q, c, *(_PAIRS if noisy else _PAIRS[:1]))
    correlation = min(1.0, (weight_var * pairs[0] + bias_var) / after)
    noise = None
    if noisy and second > 0:
        noise = _noise(a, q, second, slope, pairs, (bias_var / q, weight_var * second / after))
    return Layer(q, c, mean, second, weight_var * slope, (after, correlation), noise)


def _noise(a, q, second, slope, pairs, shares):
    """Coefficients of the recursions above, with variances and covariances times the width, (one input, two)."""
    bias_before, weights_after = shares
    (value, value_bend), (e, e_bend) = (_logarithmic(a, q, g, total) for g, total in ((_f2, second), (_d2, slope)))
    fourth, slope_fourth, mixed, squared, coherent = (a.of(q, g) for g in (
        lambda x, f, d: f**4, lambda x, f, d: d**4, lambda x, f, d: f * f * d * d,
        lambda x, f, d: x * x * d * d / q, lambda x, f, d: x * f * d / q**0.5))
    w = weights_after
    bend = w * (value_bend + value * value) - (w * value) ** 2  # of ln(σ_w² E f² + σ_b²), from that of ln E f²
    flat = slope == 0
    per_slope = 0.0 if flat else 1 / slope
    return {
        "a": w * value, "bend": bend, "value": value, "value_bend": value_bend, "w": w,
        "e": 0.0 if flat else e, "e_bend": 0.0 if flat else e_bend,
        "forward": np.array([fourth, pairs[1]]) / second**2 - 1,
        "backward": np.array([3 * slope_fourth, pairs[2]]) * per_slope**2 - (not flat),
        "both": np.array([mixed, pairs[3]]) * per_slope / second - (not flat),
        "echo": (1 - bias_before) * (squared * per_slope - 1),
        "echo_kept": (1 - bias_before) * coherent**2 * per_slope / second,
        "echo_weight": mixed * per_slope / second,
    }


def _logarithmic(a, q, g, total):
    """First and second derivative of ln E g(√q Z) with respect to ln q."""
    if total == 0:
        return 0.0, 0.0
    first = a.of(q, lambda x, f, d: g(f, d) * (x * x / q - 1)) / (2 * total)
    second = a.of(q, lambda x, f, d: g(f, d) * ((x * x / q) ** 2 - 6 * x * x / q + 3)) / (4 * total)
    return first, first + second - first * first


def finite_width(layers, width, samples):
    """(shift, sd, echo) for moments averaged over ``samples`` inputs; shift and sd are dicts name → (depth,) array.

    They are nan and inf for layers whose moments do not exist, and for all back-signals then.
    """
    known = [layer for layer in layers if layer.noise is not None]
    shift = {name: np.full(len(layers), np.nan) for name in ("pre_var", "second_moment", "back_second_moment")}
    sd = {name: np.full(len(layers), np.inf) for name in shift}
    echo = np.full(len(layers), np.nan)
    if known:
        forwards = _forwards(known, width)
        made = {"pre_var": _measured_pre(known, forwards, width),
                "second_moment": _measured_values(known, forwards, width)}
        if len(known) == len(layers):
            *made["back_second_moment"], echo = _backwards(known, forwards, width)
        for name, (mean, spread) in made.items():
            one, two = spread.T
            batch = one / samples + (1 - 1 / samples) * two
            shift[name][:len(known)] = mean + (one - batch) / 2
            sd[name][:len(known)] = np.sqrt(np.maximum(batch, 0))
    return shift, sd, echo


def _forwards(layers, width):
    """Mean of x_l and its (variance, covariance of two inputs), for inputs that are given."""
    mean, spread, made = 0.0, np.zeros(2), []
    for n in (layer.noise for layer in layers):
        made.append((mean, spread))
        step = n["w"] ** 2 * n["forward"] / width
        mean = n["a"] * mean + (n["bend"] * spread[0] - step[0]) / 2
        spread = n["a"] ** 2 * spread + step
    return made


def _measured_pre(layers, forwards, width):
    """The variance of n units that were drawn with variance s_l, their own mean taken off."""
    c = np.array([layer.c for layer in layers])
    mean = np.array([m for m, _ in forwards]) - 1 / width - c / width
    return mean, np.array([s for _, s in forwards]) + 2 * np.column_stack([np.ones_like(c), c * c]) / width


def _measured_values(layers, forwards, width):
    noises = [layer.noise for layer in layers]
    mean = [n["value"] * m + n["value_bend"] * s[0] / 2 - n["forward"][0] / width / 2
            for n, (m, s) in zip(noises, forwards)]
    return np.array(mean), np.array([n["value"] ** 2 * s + n["forward"] / width for n, (_, s) in zip(noises, forwards)])


def _backwards(layers, forwards, width):
    """ln p_l − ln p_L: collected from the last layer to the first as β_l x_l plus what is independent of x_l.

    And the share of echo in p_l.
    """
    echo, beta, mean, rest = 0.0, 0.0, 0.0, np.zeros(2)
    made = [(0.0, np.zeros(2), 0.0)]
    for k in range(len(layers) - 2, -1, -1):
        n, after, (m, s) = layers[k].noise, layers[k + 1].noise, forwards[k]
        echo = (after["echo"] / width + echo * after["echo_kept"]) / (1 + echo * after["echo_weight"])
        heard = echo * n["echo_weight"]
        mean += n["e"] * m + n["e_bend"] * s[0] / 2 - n["backward"][0] / width / 2 + np.log1p(heard)
        rest = rest + (n["backward"] + 2 * beta * n["w"] * n["both"] + beta**2 * n["w"] ** 2 * n["forward"]) / width
        beta = n["e"] + n["a"] * beta
        made.append((mean, beta**2 * s + rest, max(0.0, heard / (1 + heard))))
    return [np.array(column) for column in zip(*made[::-1])]
