"""Mean-field maps against closed forms, and predictions against networks of 512 units and 50 layers."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from scipy.special import erf
from scipy.stats import chi2, t

from actfns import activation, catalog, lab, measure
from actfns.lab import meanfield
from actfns.lab.meanfield.averages import Averages, averages

POINTWISE = [name for name in catalog if catalog[name].arity == "pointwise"]
NAMES = ("pre_var", "second_moment", "back_second_moment")
CORRELATIONS = np.array([-1, -0.999999, -0.9, -0.3, 0, 0.3, 0.9, 0.9999, 1 - 1e-9, 1])


def squared_relu(z):
    return torch.relu(z).square()


def test_relu_has_its_arc_cosine_maps():
    q, w, b = 3.0, 1.7, 0.2
    c, angle = CORRELATIONS, np.arccos(CORRELATIONS)
    assert meanfield.variance_map("relu", q, w, b) == pytest.approx(w * q / 2 + b, rel=1e-14)
    assert meanfield.chi("relu", [0.1, q], w) == pytest.approx([w / 2] * 2, rel=1e-14)
    assert meanfield.variance_slope("relu", q, w) == pytest.approx(w / 2, rel=1e-13)
    products = w * q * (np.sin(angle) + (np.pi - angle) * c) / (2 * np.pi)
    expected = (products + b) / (w * q / 2 + b)
    assert meanfield.correlation_map("relu", c, q, w, b) == pytest.approx(expected, abs=1e-14)


def test_step_function_has_the_angle_as_its_map():
    expected = 2 * (np.pi - np.arccos(CORRELATIONS)) / (2 * np.pi)
    assert meanfield.correlation_map("binary_step", CORRELATIONS, 0.7, 2.0) == pytest.approx(expected, abs=1e-12)
    assert meanfield.chi("binary_step", 0.7) == 0


@pytest.mark.parametrize("q", [1e-6, 0.3, 4.0, 900.0])
def test_error_function_has_its_arc_sine_maps(q):
    c, w, b = CORRELATIONS, 2.0, 0.1
    kernel = 2 / np.pi * np.arcsin(2 * q * c / (1 + 2 * q))
    second = 2 / np.pi * math.asin(2 * q / (1 + 2 * q))
    assert meanfield.variance_map(erf, q, w, b) == pytest.approx(w * second + b, rel=1e-12)
    assert meanfield.chi(erf, q, w) == pytest.approx(w * 4 / np.pi / math.sqrt(1 + 4 * q), rel=1e-9)
    assert meanfield.correlation_map(erf, c, q, w, b) == pytest.approx((w * kernel + b) / (w * second + b), abs=1e-8)


def test_exponential_maps():
    q, c = 0.4, CORRELATIONS
    assert meanfield.variance_map("exponential", q) == pytest.approx(math.exp(2 * q), rel=1e-13)
    assert meanfield.variance_slope("exponential", q) == pytest.approx(2 * math.exp(2 * q), rel=1e-12)
    assert meanfield.correlation_map("exponential", c, q) == pytest.approx(np.exp(q * (c - 1)), rel=1e-12)


@pytest.mark.parametrize("name", POINTWISE)
def test_moments_are_those_of_the_sheet(name):
    sheet, a = measure(name), averages(name)
    assert a.second(1.0) == pytest.approx(sheet.second_moment, rel=1e-12)
    assert a.mean(1.0) == pytest.approx(sheet.mean, abs=1e-12)
    assert a.slope_second(1.0) == pytest.approx(sheet.slope_second_moment, rel=1e-10)
    assert a.second_slope(1.0) / a.second(1.0) == pytest.approx(sheet.second_moment_map_slope, abs=1e-10)
    found = [point.q for point in meanfield.fixed_points(name)]
    if not any(low == 0 for low, _ in sheet.fixed_intervals):
        assert found == pytest.approx(list(sheet.fixed_points), rel=1e-9)


@pytest.mark.parametrize("name", ["tanh", "gelu", "mish", "softplus"])
def test_slopes_of_the_maps(name):
    q, h = 1.3, 1e-4
    rise = np.diff(meanfield.variance_map(name, [q - h, q + h], 1.5))[0] / (2 * h)
    assert meanfield.variance_slope(name, q, 1.5) == pytest.approx(rise, rel=1e-7)
    ends = meanfield.correlation_map(name, [1 - 1e-6, 1], q, 1.5) * meanfield.variance_map(name, q, 1.5) / q
    assert meanfield.chi(name, q, 1.5) == pytest.approx(np.diff(ends)[0] / 1e-6, rel=1e-5)


def test_callables_are_judged_like_the_catalogue():
    for q in (1e-8, 1.0, 50.0):
        for function in (torch.nn.functional.mish, torch.nn.Mish(), lambda x: x * np.tanh(np.log1p(np.exp(x)))):
            assert meanfield.variance_map(function, q) == pytest.approx(meanfield.variance_map("mish", q), rel=1e-9)
            assert meanfield.chi(function, q) == pytest.approx(meanfield.chi("mish", q), rel=1e-7)
    with pytest.raises(ValueError, match="whole vectors"):
        meanfield.chi("softmax", 1.0)
    with pytest.raises(KeyError, match="relu"):
        meanfield.predict("rellu", 3)
    with pytest.raises(ValueError, match="depth"):
        meanfield.predict("relu", 0)
    with pytest.raises(ValueError, match="negative"):
        meanfield.predict("relu", 3, bias_var=-1)


def test_fixed_points_and_what_they_attract():
    zero, other = meanfield.fixed_points("tanh", weight_var=4.0)
    assert (zero.q, zero.slope, zero.chi) == (0, 4, 4) and not zero.stable
    assert other.stable and other.chi > 1 and other.depth < 0
    q = 0.01
    for _ in range(60):
        q = meanfield.variance_map("tanh", q, 4.0)
    assert q == pytest.approx(other.q, rel=1e-12)
    gap = [abs(math.log(meanfield.predict("tanh", k, 4.0, input_second_moment=0.6).pre_var[-1] / q)) for k in (7, 8)]
    assert -1 / math.log(gap[1] / gap[0]) == pytest.approx(other.variance_depth, rel=0.02)
    (anywhere,) = meanfield.fixed_points("relu", weight_var=2.0)
    assert math.isnan(anywhere.q) and anywhere.depth == math.inf
    (biased,) = meanfield.fixed_points("relu", weight_var=1.0, bias_var=0.3)
    assert biased.q == pytest.approx(0.6) and biased.depth == pytest.approx(1 / math.log(2))
    selu = meanfield.fixed_points("selu")[1]
    assert selu.q == pytest.approx(1, abs=1e-9) and selu.slope == pytest.approx(0.7826478, abs=1e-6)
    assert meanfield.fixed_points("relu", weight_var=3.0, bias_var=0.1) == ()


@pytest.mark.parametrize("name, bias_var", [("tanh", 0.05), ("hardtanh", 0.2), ("gelu", 0.05), ("elu", 0.1)])
def test_on_the_edge_of_chaos_nothing_changes(name, bias_var):
    edge = meanfield.edge_of_chaos(name, bias_var)
    assert meanfield.variance_map(name, edge.q, edge.weight_var, bias_var) == pytest.approx(edge.q, rel=1e-9)
    assert meanfield.chi(name, edge.q, edge.weight_var) == pytest.approx(1, rel=1e-12)


def test_known_edges():
    assert meanfield.edge_of_chaos("tanh") == meanfield.Edge(1.0, 0.0, 1.0)
    assert meanfield.edge_of_chaos("relu").weight_var == 2.0
    assert meanfield.edge_of_chaos("tanh", 0.05).weight_var == pytest.approx(1.76, abs=0.005)  # Schoenholz et al. 2017
    for name in ("relu", "binary_step"):
        with pytest.raises(ValueError, match=f"{name} has no edge"):
            meanfield.edge_of_chaos(name, 0.05)


def test_prediction_is_the_maps_one_after_another():
    p = meanfield.predict("gelu", 6, 2.0, 0.1, input_second_moment=1.4, input_correlation=0.7)
    q, c = 2.0 * 1.4 + 0.1, (2.0 * 0.7 + 0.1) / (2.0 * 1.4 + 0.1)
    for layer in range(6):
        assert (p.pre_var[layer], p.correlation[layer]) == pytest.approx((q, c), rel=1e-12)
        assert p.second_moment[layer] == pytest.approx((meanfield.variance_map("gelu", q)), rel=1e-12)
        assert p.chi[layer] == pytest.approx(meanfield.chi("gelu", q, 2.0), rel=1e-12)
        c, q = meanfield.correlation_map("gelu", c, q, 2.0, 0.1), meanfield.variance_map("gelu", q, 2.0, 0.1)
    assert p.back_second_moment[0] == pytest.approx(np.prod(p.chi[:-1])) and p.back_second_moment[-1] == 1
    assert p.back_ratio == pytest.approx(np.sqrt(np.prod(p.chi[:-1]))) and not p.log_sd


def test_moments_that_do_not_exist_are_infinite():
    for function in (lambda x: np.exp(x * x / 3), lambda x: np.exp(np.minimum(np.abs(x) ** 3, 600))):
        assert meanfield.variance_map(function, 1.0) == np.inf
        p = meanfield.predict(function, 4, width=512)
        assert p.pre_var.tolist() == [1, np.inf, np.inf, np.inf] and np.isinf(p.log_sd["back_second_moment"]).all()
    almost = meanfield.variance_map(lambda x: np.exp(x * x / 3), 0.7)
    assert almost == pytest.approx((1 - 4 * 0.7 / 3) ** -0.5, rel=1e-8)


def test_signals_that_run_away():
    """Squared ReLU keeps q = 1 at its gain, but doubles any deviation of ln q; softshrink's signals end in silence."""
    sheet = measure(squared_relu)
    p = meanfield.predict(squared_relu, 12, sheet.gain**2, input_second_moment=1 / sheet.gain**2, width=256)
    assert p.pre_var == pytest.approx(np.ones(12), rel=1e-9)
    growth = p.log_sd["pre_var"][1:] / p.log_sd["pre_var"][:-1]
    assert growth[-4:] == pytest.approx([2] * 4, rel=0.05) and p.log_sd["pre_var"][-1] > 10
    r = lab.propagate(squared_relu, 12, 256, range(6), gain=sheet.gain, samples=8)
    with np.errstate(divide="ignore"):
        strayed = np.abs(np.log(r.pre_var / r.pre_var[:, :1]))
    assert strayed[:, 1].max() < 1 and np.median(strayed[:, -1]) > 5
    p = meanfield.predict("softshrink", 12, 1.0, width=512)
    assert p.pre_var[-1] == 0 and np.isinf(p.log_sd["pre_var"][-1])


def test_functions_that_amplify_deviations_say_so():
    for name in ("exponential", "gelu", "hardshrink", "hard_elish", "elu", "mish", "relu", "tanh"):
        sheet = measure(name)
        stable = sheet.second_moment_map_slope <= 1 + 1e-9
        p = meanfield.predict(name, 30, sheet.gain**2, input_second_moment=1 / sheet.gain**2, width=512)
        assert (p.log_sd["pre_var"][-1] < 1.03 * p.log_sd["pre_var"][-2]) == stable, name


def settings(function):
    """σ_w², σ_b² and input second moment at which q is a fixed point that forgets deviations, or at least keeps them.

    The gain where that is so at q = 1. Else a quarter of its square with the rest from biases, which leaves q = 1 and
    divides the elasticity by four. The exponential function needs a small q for its fourth moments to be small.
    """
    if function == "exponential":
        return 0.05, 0.0, 0.0558 / 0.05
    sheet = measure(function)
    weight_var, bias_var = sheet.gain**2, 0.0
    if sheet.second_moment_map_slope > 1 + 1e-9:
        weight_var, bias_var = weight_var / 4, 0.75
    return weight_var, bias_var, (1 - bias_var) / weight_var


def at_gain(function):
    """The gain at q = 1, whether q = 1 attracts or not."""
    weight_var = measure(function).gain ** 2
    return weight_var, 0.0, 1 / weight_var


def networks(functions, seeds, width, depth, samples, setting=settings):
    """Logarithms of the moments: dict (function, name) → (seeds, depth). All functions meet the same networks."""
    x = np.random.default_rng(0).standard_normal((samples, width))
    x /= np.sqrt(np.square(x).mean(axis=1, keepdims=True))
    found = {}
    for seed in seeds:
        drawn = {}

        def init(weight, generator, bias_var, drawn=drawn):
            key = generator.initial_seed()
            if key not in drawn:
                bias = torch.randn(len(weight), generator=generator, dtype=weight.dtype)
                drawn[key] = weight.normal_(0, weight.shape[1] ** -0.5, generator=generator), bias
            return drawn[key][0], drawn[key][1] * bias_var**0.5

        for function in functions:
            weight_var, bias_var, second = setting(function)
            own = partial(init, bias_var=bias_var)
            r = lab.propagate(function, depth, width, [seed], init=own, gain=weight_var**0.5, x=x * second**0.5)
            for name in NAMES:
                found.setdefault((function, name), []).append(getattr(r, name)[0])
    return {key: np.array(rows) for key, rows in found.items()}


def logarithms(values, prediction, name):
    """ln measured − ln predicted, (seeds, depth); back-signals relative to the last layer, which is left out."""
    with np.errstate(divide="ignore", invalid="ignore"):
        d = np.log(values)
        if name == "back_second_moment":
            d = (d - d[:, -1:] - np.log(prediction.back_second_moment))[:, :-1]
            return d, prediction.log_shift[name][:-1], prediction.log_sd[name][:-1]
        return d - np.log(getattr(prediction, name)), prediction.log_shift[name], prediction.log_sd[name]


def check_agreement(functions, seeds, width=512, depth=50, samples=16, confidence=0.99, setting=settings):
    """Every layer's mean over networks within its interval, and the scatter of networks as large as predicted.

    One confidence for all statements together: Bonferroni over functions, quantities and layers.
    """
    measured = networks(functions, seeds, width, depth, samples, setting)
    n, tail = len(seeds), (1 - confidence) / (len(functions) * len(NAMES) * depth)
    critical, scatter = t.isf(tail / 2, n - 1), np.sqrt(chi2.ppf([tail / 2, 1 - tail / 2], n - 1) / (n - 1))
    inside = []
    for function in functions:
        weight_var, bias_var, second = setting(function)
        p = meanfield.predict(function, depth, weight_var, bias_var, input_second_moment=second, width=width,
                              samples=samples)
        for name in NAMES:
            if name == "back_second_moment" and (p.chi == 0).all():  # a step function sends nothing back
                assert (measured[function, name] == 0).all() and (p.back_second_moment[:-1] == 0).all()
                continue
            d, shift, sd = logarithms(measured[function, name], p, name)
            if name == "back_second_moment":
                assert (p.echo[0] > 0.1) == (function == "sparse_plus")  # see the test of the echo below
                d, shift, sd = d[:, p.echo[:-1] < 0.1], shift[p.echo[:-1] < 0.1], sd[p.echo[:-1] < 0.1]
            assert sd.max() < 1.5, (function, name)
            spread = d.std(axis=0, ddof=1)
            statistic = np.abs(d.mean(axis=0) - shift) / (spread / n**0.5)
            assert statistic.max() < critical, (function, name, statistic)
            ratio = spread / sd
            assert (scatter[0] < ratio).all() and (ratio < 1.2 * scatter[1]).all(), (function, name, ratio)
            assert 0.6 < np.median(ratio) < 1.6, (function, name)
            inside.append(np.abs(d - shift) < 1.96 * sd)
    share = np.mean([np.mean(part) for part in inside])
    assert 0.88 < share < 0.98, share  # a 95 % band around one network


def test_prediction_and_networks_agree():
    check_agreement(["relu", "gelu"], range(6))


@pytest.mark.slow
def test_prediction_and_networks_agree_for_every_function():
    check_agreement([*POINTWISE, squared_relu], range(20))


@pytest.mark.slow
def test_prediction_and_networks_agree_at_a_gain_that_amplifies():
    """q = 1 is a fixed point of these at their gain, but no stable one: predictable for some layers only."""
    check_agreement(["silu", "gelu", "mish", "softshrink"], range(20), depth=5, setting=at_gain)


def test_echo_carries_back_signals_further_than_chi():
    """Sparse-plus: a² = 0.87 > χ = 0.72, so that networks send back far more than mean-field theory says."""
    weight_var, _, second = settings("sparse_plus")
    p = meanfield.predict("sparse_plus", 50, weight_var, input_second_moment=second, width=256, samples=16)
    measured = networks(["sparse_plus"], range(16), 256, 50, 16)["sparse_plus", "back_second_moment"]
    d, shift, _ = logarithms(measured, p, "back_second_moment")
    interval = lab.interval(d[:, 0], confidence=0.99)
    assert interval.low > 1 and abs(interval.mean - shift[0]) < 3
    assert p.echo[-1] == 0 and p.echo[0] > 0.1 and (np.diff(p.echo[:-1]) < 0).all()
    assert (meanfield.predict("relu", 50, 2.0, width=256).echo < 1e-12).all()


def test_bands_widen_with_depth_and_narrow_with_width():
    narrow, wide = (meanfield.predict("relu", 30, 2.0, width=width, samples=1) for width in (64, 6400))
    assert (np.diff(narrow.log_sd["pre_var"]) > 0).all()
    assert narrow.log_sd["pre_var"] == pytest.approx(10 * wide.log_sd["pre_var"])
    assert narrow.log_sd["second_moment"] ** 2 == pytest.approx(5 * np.arange(1, 31) / 64)  # E f⁴/(E f²)² − 1 = 5
    low, high = wide.band("second_moment")
    assert (low < wide.second_moment).all() and (wide.second_moment < high).all()


def test_averages_of_pairs_against_a_plain_grid():
    z = np.linspace(-9, 9, 1201)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    for name, q, c in (("tanh", 2.0, 0.5), ("gelu", 0.5, -0.7), ("mish", 9.0, 0.2)):
        f, y = catalog[name], np.sqrt(q) * (c * z[:, None] + np.sqrt(1 - c * c) * z)
        expected = weight @ (f(np.sqrt(q) * z) * (f(y) @ weight))
        assert averages(name).pair(q, c, (lambda f, d: f, lambda f, d: f))[0] == pytest.approx(expected, abs=1e-10)
    assert isinstance(averages("tanh"), Averages) and averages("tanh") is averages("tanh")


@pytest.mark.parametrize("ask", [
    lambda f: meanfield.chi(f, 1.0), lambda f: meanfield.predict(f, 3, 1.0), lambda f: meanfield.edge_of_chaos(f),
])
def test_a_function_without_its_derivative_says_so(ask):
    @activation(family="softplus", name="Half", name_ko="절반", formula=r"f(x)=\tfrac{x}{2}",
                derivative_formula=r"f'(x)=\tfrac12", cite="barron2021")
    def halved(x):
        return x / 2

    try:
        with pytest.raises(TypeError, match="halved has no derivative yet: write it below with @halved.derivative_of"):
            ask("halved")
        halved.derivative_of(lambda x: 0 * x + 0.5)
        assert meanfield.chi("halved", 1.0) == pytest.approx(0.25)
    finally:
        catalog.remove("halved")
