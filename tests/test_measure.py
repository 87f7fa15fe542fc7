"""The property sheet against independent 40-digit values, and against functions made to fool it."""

import json
import math
import pickle
from functools import partial
from pathlib import Path

import mpmath
import numpy as np
import pytest
import reference_properties

import actfns
from actfns.measure import Measured, cost, labels, measure

EXPECTED = json.loads((Path(__file__).parent / "data" / "expected_properties.json").read_text())
AVERAGES = ("mean", "second_moment", "slope_mean", "slope_second_moment", "gain", "chi", "second_moment_map_slope")
SIX = 2e-7  # relative: six significant digits


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.logaddexp(0, x)


def erf(x):
    from scipy.special import erf

    return erf(x)


# NumPy twins, typed as a stranger would, of the functions of `reference_properties.OTHERS`
STRANGERS = {
    "squared_relu": lambda x: np.maximum(x, 0) ** 2,
    "star_relu": lambda x: 2 / 5**0.5 * np.maximum(x, 0) ** 2 - 1 / 5**0.5,
    "xielu": lambda x: np.where(x > 0, 0.8 * x * x, 0.8 * (np.expm1(np.minimum(x, 0)) - x)) + 0.5 * x,
    "tanh_softcap": lambda x: 30 * np.tanh(x / 30),
    "sine": np.sin,
    "snake": lambda x: x + np.sin(x) ** 2,
    "growing_cosine": lambda x: x * np.cos(x),
    "sqrt_softplus": lambda x: np.sqrt(softplus(x)),
    "acon_c": lambda x: 2 * x * sigmoid(2 * x) - 0.8 * x,
    "tanhexp": lambda x: x * np.tanh(np.exp(x)),
    "logish": lambda x: x * np.log1p(sigmoid(x)),
    "smish": lambda x: x * np.tanh(np.log1p(sigmoid(x))),
    "phish": lambda x: x * np.tanh(0.5 * x * (1 + erf(x / 2**0.5))),
    "lisht": lambda x: x * np.tanh(x),
    "serf": lambda x: x * erf(softplus(x)),
    "gaussian": lambda x: np.exp(-x * x),
    "clip_0_1": lambda x: np.clip(x, 0, 1),
    "elliott": lambda x: 0.5 * (1 + x / (1 + np.abs(x))),
    "isru": lambda x: x / np.sqrt(1 + x * x),
    "isrlu": lambda x: np.where(x >= 0, x, x / np.sqrt(1 + x * x)),
    "sqnl": lambda x: np.sign(x) * (np.minimum(np.abs(x), 2) - np.minimum(np.abs(x), 2) ** 2 / 4),
    "lecun_tanh": lambda x: 1.7159 * np.tanh(2 * x / 3),
    "arctan": np.arctan,
    "hard_mish": lambda x: 0.5 * x * np.clip(x + 2, 0, 2),
    "apl": lambda x: np.maximum(x, 0) + 0.2 * np.maximum(0, -x),
    "quick_gelu": lambda x: x * sigmoid(1.702 * x),
    "clip_0.37": lambda x: np.clip(x, -0.37, 0.37),
    "clip_25": lambda x: np.clip(x, -25, 25),
    "clip_1000": lambda x: np.clip(x, -1000, 1000),
    "close_kinks": lambda x: np.maximum(x - 1.23, 0) + np.maximum(x - 1.24, 0),
    "far_minimum": lambda x: (x + 7.3) ** 2 * np.exp(-0.01 * x * x) + 0.1,
    "narrow_bump": lambda x: np.tanh(x) + 0.5 * np.exp(-(((x - 3) / 0.05) ** 2)),
    "bent_identity": lambda x: (np.sqrt(x * x + 1) - 1) / 2 + x,
    "signed_log": lambda x: np.sign(x) * np.log1p(np.abs(x)),
    "cubic_relu": lambda x: np.maximum(x, 0) ** 3,
    "steep_tanh": lambda x: np.tanh(1e4 * x),
    "constant": lambda x: np.full_like(x, 2.5),
    "downward": lambda x: -x * sigmoid(x),
}

# formulas as they stand in papers: they overflow or cancel, but the sheet has to be that of the exact function
NAIVE = {
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "sigmoid": lambda x: np.exp(x) / (1 + np.exp(x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "squareplus": lambda x: 0.5 * (x + np.sqrt(x * x + 4)),
    "tanhshrink": lambda x: x - np.tanh(x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))),
    "logsigmoid": lambda x: -np.log(1 + np.exp(-x)),
}


def number(value):
    return float(value) if isinstance(value, str) else value


def near(value, scale=0.0):
    """Six significant digits; numbers that are 0 to the scale of the function, to 1e-12 of it."""
    return pytest.approx(number(value), rel=SIX, abs=1e-12 * (1 + scale), nan_ok=True)


def inside(x, interval):
    low, high = map(number, interval)
    return low <= x <= high


def check_bound(sheet, bound, attained, value, at, on, expected):
    assert bound == near(expected["bound"])
    assert attained == expected["attained"]
    if not attained:
        assert value is None and at is None and on is None
        return
    assert value == near(expected["bound"])
    if "on" in expected:
        assert inside(at, expected["on"])
        assert on == pytest.approx(tuple(map(number, expected["on"])), rel=SIX, abs=1e-12)
    else:
        assert abs(at) == near(abs(expected["at"])) if sheet.parity != "neither" else at == near(expected["at"])


def check_lipschitz(sheet, expected):
    assert sheet.lipschitz == near(expected["value"])
    assert sheet.lipschitz_attained == expected["attained"]
    if "on" in expected:
        assert inside(sheet.lipschitz_at, expected["on"])
        assert sheet.lipschitz_on == pytest.approx(tuple(map(number, expected["on"])), rel=SIX, abs=1e-12)
    elif "side" in expected:
        assert sheet.lipschitz_at in ([-math.inf, math.inf] if not expected["side"] else [expected["side"] * math.inf])
    elif "at" in expected:
        assert abs(sheet.lipschitz_at) == near(abs(expected["at"]))


def check_sheet(sheet: Measured, expected: dict):
    """Every field for which there is an independent value."""
    low = (sheet.minimum, sheet.minimum_at, sheet.minimum_on)
    high = (sheet.maximum, sheet.maximum_at, sheet.maximum_on)
    check_bound(sheet, sheet.inf, sheet.inf_attained, *low, expected["low"])
    check_bound(sheet, sheet.sup, sheet.sup_attained, *high, expected["high"])
    check_lipschitz(sheet, expected["lipschitz"])
    for name in ("monotonic", "strictly", "convex", "parity"):
        assert getattr(sheet, name) == expected[name], name
    assert sheet.continuity == number(expected["continuity"])
    assert sheet.kinks == pytest.approx([x for x, _ in expected["kinks"]], rel=1e-9, abs=1e-9)
    assert sheet.kink_orders == tuple(order for _, order in expected["kinks"])
    assert sheet.jumps == tuple(x for x, order in zip(sheet.kinks, sheet.kink_orders) if order == -1)
    for name in ("limits", "slope_limits"):
        known = tuple(map(number, expected[name]))
        assert getattr(sheet, name) == pytest.approx(known, rel=1e-9, abs=1e-12, nan_ok=True)
    assert (sheet.saturates_left, sheet.saturates_right) == tuple(number(s) == 0 for s in expected["slope_limits"])
    for place, known in zip((sheet.saturation_left_at, sheet.saturation_right_at), expected["saturation"]):
        assert place is None if known is None else place == pytest.approx(known, rel=SIX, abs=1e-9)
    assert sheet.value_at_0 == near(expected["value_at_0"])
    for name in AVERAGES:
        assert getattr(sheet, name) == near(expected[name]), name
    assert sheet.zero_centred == (abs(expected["mean"]) < 1e-12)
    assert sheet.takes_both_signs == (number(expected["low"]["bound"]) < 0 < number(expected["high"]["bound"]))


# PAU's bars make two kinks 10⁻⁵ apart where the slope jumps by 3·10⁻⁶: below the 0.002 that the sheet says it resolves
TOO_FINE = {"pau": {"kinks": [], "continuity": "inf"}}


@pytest.mark.parametrize("name", EXPECTED["catalogue"])
def test_sheet_of_catalogue_function(name):
    check_sheet(measure(actfns.catalog[name]), EXPECTED["catalogue"][name] | TOO_FINE.get(name, {}))


def test_reference_covers_the_pointwise_catalogue():
    assert set(EXPECTED["catalogue"]) == {name for name, f in actfns.catalog.items() if f.arity == "pointwise"}


@pytest.mark.parametrize("name", STRANGERS)
def test_sheet_of_stranger(name):
    check_sheet(measure(STRANGERS[name]), EXPECTED["others"][name])


@pytest.mark.parametrize("name", NAIVE)
def test_overflow_and_cancellation_do_not_fool_it(name):
    check_sheet(measure(NAIVE[name]), EXPECTED["catalogue"][name])


# the data file itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group, name", [("catalogue", "hard_swish"), ("others", "sqnl")])
def test_data_file_is_what_the_script_computes(group, name):
    reference = getattr(reference_properties, "CATALOGUE" if group == "catalogue" else "OTHERS")[name]
    assert reference_properties.plain(reference_properties.properties(name, reference)) == EXPECTED[group][name]


@pytest.mark.slow
def test_data_file_is_complete_and_current():
    for group, functions in (("catalogue", reference_properties.CATALOGUE), ("others", reference_properties.OTHERS)):
        assert list(EXPECTED[group]) == list(functions)
        for name, reference in functions.items():
            assert EXPECTED[group][name] == reference_properties.plain(reference_properties.properties(name, reference))


def test_script_contradicts_a_wrong_fact():
    wrong = reference_properties.sigmoidal(reference_properties.mp.tanh, monotonic="decreasing")
    with pytest.raises(AssertionError, match="tanh: increasing"):
        reference_properties.properties("tanh", wrong)


def test_closed_forms():
    with mpmath.workdps(50):
        gelu = measure(lambda x: 0.5 * x * (1 + erf(x / 2**0.5)))
        assert gelu.second_moment == near(float(mpmath.mpf(1) / 3 + 1 / (2 * mpmath.sqrt(3) * mpmath.pi)))
        assert gelu.mean == near(float(1 / (2 * mpmath.sqrt(mpmath.pi))))
        assert gelu.lipschitz_at == near(float(mpmath.sqrt(2)))
        exponential = measure(np.exp)
        assert exponential.mean == near(float(mpmath.exp(0.5)))
        assert exponential.second_moment == near(float(mpmath.exp(2)))
        assert exponential.gain == near(float(mpmath.exp(-1)))
        sine = measure(np.sin)
        assert sine.slope_second_moment == near(float((1 + mpmath.exp(-2)) / 2))


# fixed points ------------------------------------------------------------------------------------------------------


def second_moment(f, q, kinks=()):
    with mpmath.workdps(20):
        cuts = sorted({-12, -6, -3, -1, 0, 1, 3, 6, 12} | {k / mpmath.sqrt(q) for k in kinks})
        return mpmath.quad(lambda z: f(mpmath.sqrt(q) * z) ** 2 * mpmath.npdf(z), cuts)


def test_fixed_points_of_the_second_moment_map():
    def softplus_exact(x):
        return mpmath.log1p(mpmath.exp(x))

    sheet = measure(softplus)
    (q,) = sheet.fixed_points
    assert float(second_moment(softplus_exact, q)) == pytest.approx(q, rel=1e-9)
    slope = (second_moment(softplus_exact, q + 1e-4) - second_moment(softplus_exact, q - 1e-4)) / 2e-4
    assert sheet.fixed_point_slopes == pytest.approx([float(slope)], rel=1e-6)


def test_fixed_points_known_exactly():
    assert measure(STRANGERS["star_relu"]).fixed_points == pytest.approx([1 / 6, 1], rel=1e-9)
    assert measure(STRANGERS["squared_relu"]).fixed_points == pytest.approx([0, 2 / 3], rel=1e-9)
    selu = measure(actfns.catalog["selu"])
    assert selu.fixed_points == pytest.approx([0, 1], rel=1e-9)
    assert selu.fixed_point_slopes[1] == near(selu.second_moment_map_slope)
    assert selu.zero_centred and selu.second_moment == near(1)
    relu = measure(actfns.catalog["relu"])
    assert (relu.fixed_points, relu.fixed_point_slopes, relu.fixed_intervals) == ((0.0,), (0.5,), ())
    assert measure(np.abs).fixed_intervals == ((0.0, math.inf),)


def test_fixed_points_of_the_function():
    assert measure(STRANGERS["squared_relu"]).fixed_points_of_f == (0.0, 1.0)
    assert measure(np.cos).fixed_points_of_f == near((0.7390851332151607,))
    assert measure(np.tanh).fixed_points_of_f == (0.0,)
    relu = measure(actfns.catalog["relu"])
    assert (relu.fixed_points_of_f, relu.fixed_intervals_of_f) == ((), ((0.0, math.inf),))
    shrink = measure(actfns.catalog["hardshrink"])
    assert (shrink.fixed_points_of_f, shrink.fixed_intervals_of_f) == ((0.0,), ((-math.inf, -0.5), (0.5, math.inf)))
    touching = measure(STRANGERS["snake"]).fixed_points_of_f  # x + sin(x)^2 only touches the diagonal
    assert [x for x in touching if abs(x) < 4] == pytest.approx([-math.pi, 0, math.pi], abs=1e-6)
    assert measure(lambda x: np.exp(x)).fixed_points_of_f == ()


# kinks and jumps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [-1000, -25, -0.37, 0, 1 / 3, 6, 123.456])
@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_kink_of_any_order_anywhere(place, power):
    sheet = measure(lambda x: np.maximum(x - place, 0) ** power)
    assert sheet.kinks == pytest.approx([place], rel=1e-9, abs=1e-9)
    assert sheet.continuity == power - 1


@pytest.mark.parametrize("gap", [1.0, 0.01, 1e-4])
def test_kinks_close_together(gap):
    sheet = measure(lambda x: np.clip((x - 2) / gap, 0, 1))
    assert sheet.kinks == pytest.approx([2, 2 + gap], rel=1e-12)
    assert sheet.lipschitz == near(1 / gap)


def test_kink_on_every_side_of_a_first_panel():
    """Kinks that fall right beside the edges of the first panels must not slip between them."""
    from actfns._measure.kinks import layout

    edges = layout(-(2.0**30), 2.0**30, 0.125)
    edge = edges[np.searchsorted(edges, 1.0)]
    for shift in (0, 1e-12, -1e-12, 1e-6, -1e-4, 3e-4):
        place = edge + shift
        sheet = measure(lambda x, place=place: np.abs(x - place))
        assert sheet.kinks == pytest.approx([place], abs=1e-12), shift


def test_many_jumps():
    sheet = measure(np.round)
    assert sheet.continuity == -1 and sheet.lipschitz == math.inf and abs(sheet.lipschitz_at) == 0.5
    assert [x for x in sheet.jumps if abs(x) < 3] == [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]
    assert sheet.slope_second_moment == 0 and sheet.second_moment == near(13 / 12, 1e5)
    assert sheet.limits == (-math.inf, math.inf) and all(map(math.isnan, sheet.slope_limits))
    assert any("varies too fast" in sentence for sentence in sheet.checked)


def test_jump_is_found_to_the_last_digit():
    assert measure(lambda x: np.where(x > 0.3, 2.0, 0.0)).jumps == (0.3,)
    assert measure(lambda x: np.where(x >= math.pi, 2.0, 0.0)).jumps == (math.pi,)
    assert measure(np.sign).jumps == (0.0,)


def test_open_end_of_a_range_at_a_jump():
    sheet = measure(lambda x: np.where(x > 0, x, 1.0))
    assert (sheet.inf, sheet.inf_attained, sheet.minimum, sheet.minimum_at) == (0.0, False, None, None)


def test_step_that_belongs_to_neither_side():
    sheet = measure(lambda x: np.heaviside(x, 0.5))
    assert (sheet.value_at_0, sheet.range, sheet.jumps, sheet.monotonic) == (0.5, "[0, 1]", (0.0,), "increasing")
    assert (sheet.minimum_on, sheet.maximum_on) == ((-math.inf, 0.0), (0.0, math.inf))
    assert sheet.minimum_at < 0 < sheet.maximum_at
    assert math.isnan(sheet.slope_at_0) and sheet.slope_sup == 0


def test_single_displaced_value():
    sheet = measure(lambda x: np.where(x == 0, 5.0, x))
    assert (sheet.jumps, sheet.monotonic, sheet.mean) == ((0.0,), "no", 0.0)
    assert any("displaced" in sentence for sentence in sheet.checked)


def test_slope_on_both_sides_of_0():
    sheet = measure(actfns.catalog["leaky_relu"])
    assert sheet.slopes_at_0 == (0.01, 1.0) and math.isnan(sheet.slope_at_0)
    assert measure(np.tanh).slope_at_0 == near(1)


def test_steep_but_smooth():
    sheet = measure(lambda x: np.tanh(1e6 * (x - 0.7)))
    assert sheet.kinks == () and sheet.continuity == math.inf
    assert sheet.lipschitz == near(1e6) and sheet.lipschitz_at == near(0.7)


def test_roots_and_logarithms():
    root = measure(lambda x: np.sign(x) * np.sqrt(np.abs(x)))
    assert (root.continuity, root.kinks, root.lipschitz, root.lipschitz_at) == (0, (0.0,), math.inf, 0.0)
    assert root.slope_second_moment == math.inf and root.second_moment == near((2 / math.pi) ** 0.5)
    power = measure(lambda x: np.abs(x) ** 1.5)
    assert (power.continuity, power.kinks, power.convex) == (1, (0.0,), "convex")
    entropy = measure(lambda x: x * np.log(np.abs(x)))
    assert (entropy.continuity, entropy.lipschitz) == (0, math.inf)
    assert any("f(0) is nan" in sentence for sentence in entropy.checked)


def test_pole():
    sheet = measure(lambda x: 1 / x)
    assert (sheet.inf, sheet.sup, sheet.jumps, sheet.limits) == (-math.inf, math.inf, (0.0,), (0.0, 0.0))
    assert sheet.second_moment == math.inf and math.isnan(sheet.mean)
    tangent = measure(np.tan)
    assert [x for x in tangent.jumps if abs(x) < 2] == pytest.approx([-math.pi / 2, math.pi / 2], rel=1e-9)


def test_small_step_of_an_implementation_is_reported_not_counted():
    sheet = measure(lambda x: np.where(x > 20, x, softplus(x)))  # torch's softplus
    assert sheet.continuity == math.inf and sheet.monotonic == "increasing"
    assert any("2.1e-09 at x = 20" in sentence for sentence in sheet.checked)


# narrow features, oscillation, slow limits -------------------------------------------------------------------------


@pytest.mark.parametrize("width", [0.05, 0.01, 0.003])
def test_narrow_bump(width):
    sheet = measure(lambda x: -np.exp(-(((x - 3) / width) ** 2)))
    assert sheet.minimum == near(-1) and sheet.minimum_at == pytest.approx(3, abs=1e-7)
    assert sheet.lipschitz == near(2**0.5 * math.exp(-0.5) / width)


@pytest.mark.parametrize("place", [3.0, 3.0071, -1.234, 0.5055, 11.1])
def test_bump_between_the_nodes(place):
    sheet = measure(lambda x: np.tanh(x) - 5 * np.exp(-(((x - place) / 0.0012) ** 2)))
    assert sheet.minimum_at == pytest.approx(place, abs=1e-6)


def test_two_minima_of_almost_equal_depth():
    sheet = measure(lambda x: (x * x - 1) ** 2 + 1e-6 * x)
    assert sheet.minimum_at == near(-1 - 1.25e-7) and sheet.minimum == near(-1e-6)


def test_fast_oscillation():
    sheet = measure(lambda x: np.sin(30 * x))
    assert (sheet.sup, sheet.sup_attained, sheet.lipschitz) == (near(1), True, near(30))
    assert sheet.second_moment == near(0.5) and sheet.slope_second_moment == near(450)
    assert sheet.maximum_at == near(math.pi / 60)


def test_oscillation_that_dies_out():
    sheet = measure(lambda x: np.sinc(x / np.pi))
    assert sheet.limits == (0.0, 0.0) and sheet.maximum_at == 0 and sheet.minimum == near(-0.21723362821122166)
    holed = measure(lambda x: np.sin(x) / x)  # nan at 0: approached there, not attained
    assert holed.sup == near(1) and not holed.sup_attained and holed.mean == near(sheet.mean)


def test_growing_oscillation_with_ever_longer_period():
    sheet = measure(lambda x: x * np.sin(np.log(np.abs(x) + 1e-300)))
    assert (sheet.inf, sheet.sup, sheet.monotonic) == (-math.inf, math.inf, "no")


def test_what_cannot_be_resolved_is_said():
    sheet = measure(lambda x: np.where(x == 0, 0, x * np.sin(1 / np.where(x == 0, 1, x))))
    assert math.isnan(sheet.slope_second_moment) and any("not resolved" in sentence for sentence in sheet.checked)
    assert sheet.inf == near(-0.21723362821122166)


def test_slow_limit_is_called_unsure():
    sheet = measure(lambda x: 1 / np.log(3 + np.abs(x)))
    assert abs(sheet.limits[0]) < 0.02 and any("too slowly" in sentence for sentence in sheet.checked)
    assert measure(lambda x: np.sign(x) * np.log1p(np.log1p(np.abs(x)))).limits == (-math.inf, math.inf)
    for power in (4, 10):
        sheet = measure(lambda x, n=power: x / (1 + np.abs(x) ** (1 / n)) ** n)
        assert sheet.limits == pytest.approx((-1, 1), rel=1e-6)


def test_asymptotes():
    sheet = measure(lambda x: np.arctan(x) * softplus(x))
    assert sheet.asymptotes == ((0.0, 0.0), pytest.approx((math.pi / 2, -1), rel=1e-9))
    assert measure(lambda x: np.log(np.cosh(x))).asymptotes[1] == pytest.approx((1, -math.log(2)), rel=1e-9)
    assert measure(np.exp).asymptotes == ((0.0, 0.0), None)


def test_growth_beyond_every_moment():
    sheet = measure(lambda x: np.exp(x * x))
    assert (sheet.second_moment, sheet.mean, sheet.gain) == (math.inf, math.inf, 0.0)
    assert (sheet.minimum, sheet.minimum_at, sheet.lipschitz) == (1.0, 0.0, math.inf)
    assert any("diverges" in sentence for sentence in sheet.checked)


def test_flatter_than_any_power():
    sheet = measure(lambda x: np.where(x == 0, 0.0, np.exp(-1 / np.maximum(x * x, 1e-300))))
    assert (sheet.minimum, sheet.minimum_at, sheet.continuity) == (0.0, 0.0, math.inf)


def test_scale_does_not_matter():
    for scale in (1e-12, 1e9):
        sheet = measure(lambda x, scale=scale: scale * np.maximum(x - 3, 0))
        assert (sheet.kinks, sheet.lipschitz, sheet.monotonic) == ((3.0,), near(scale), "increasing")


# hostile callables -------------------------------------------------------------------------------------------------


def test_function_of_one_python_float():
    sheet = measure(math.tanh)
    assert sheet.second_moment == near(EXPECTED["catalogue"]["tanh"]["second_moment"])
    assert any("one number at a time" in sentence for sentence in sheet.checked)
    branch = measure(lambda x: x if x > 0 else math.exp(x) - 1, name="elu")
    check_sheet(branch, EXPECTED["catalogue"]["elu"])
    raising = measure(lambda x: math.log(1 + math.exp(x)))  # OverflowError beyond 709
    assert raising.limits == (0.0, math.inf)
    assert raising.second_moment == near(EXPECTED["catalogue"]["softplus"]["second_moment"])


def test_function_of_tensors():
    torch = pytest.importorskip("torch")
    sheet = measure(torch.nn.functional.mish)
    assert sheet.minimum == near(EXPECTED["catalogue"]["mish"]["low"]["bound"])
    assert any("torch tensors" in sentence for sentence in sheet.checked)
    assert sheet.dtype_kept
    module = measure(torch.nn.PReLU())  # its parameter is float32
    assert module.kinks == (0.0,) and module.slopes_at_0 == pytest.approx((0.25, 1), rel=1e-5)
    assert any("float32" in sentence for sentence in module.checked)


@pytest.mark.parametrize("dtype, digits", [(np.float32, 1e-5), (np.float16, 3e-3)])
def test_short_floats(dtype, digits):
    expected = EXPECTED["catalogue"]["tanh"]
    for f in (lambda x: np.tanh(x).astype(dtype), lambda x: np.tanh(x.astype(dtype)).astype(x.dtype)):
        sheet = measure(f)
        assert (sheet.kinks, sheet.monotonic, sheet.parity, sheet.convex) == ((), "increasing", "odd", "neither")
        assert sheet.second_moment == pytest.approx(expected["second_moment"], rel=digits)
        assert sheet.slope_second_moment == pytest.approx(expected["slope_second_moment"], rel=digits)
        assert any(np.dtype(dtype).name in sentence for sentence in sheet.checked)


def test_wrong_dtype():
    for f in (lambda x: x > 0.25, lambda x: (x > 0.25).astype(int)):
        sheet = measure(f)
        assert (sheet.jumps, sheet.range, sheet.dtype_kept) == ((0.25,), "[0, 1]", False)
        assert any("read as real numbers" in sentence for sentence in sheet.checked)
    assert not measure(lambda x: np.tanh(x).astype(np.float64)).dtype_kept
    with pytest.raises(TypeError, match="real numbers"):
        measure(lambda x: x + 1j)


def test_input_is_not_overwritten():
    def greedy(x):
        x *= x > 0
        return x

    sheet = measure(greedy)
    assert (sheet.kinks, sheet.second_moment) == ((0.0,), near(0.5))
    assert any("overwrites" in sentence for sentence in sheet.checked)


def test_missing_values_are_not_averaged_away():
    sheet = measure(lambda x: np.log(x))
    assert math.isnan(sheet.mean) and math.isnan(sheet.second_moment) and math.isnan(sheet.limits[0])
    assert any("probability 0.5" in sentence for sentence in sheet.checked)
    half = measure(lambda x: np.sqrt(x))
    assert (half.minimum, half.minimum_at, half.range) == (0.0, 0.0, "[0, ∞)")


@pytest.mark.parametrize(
    "f, message",
    [
        (lambda x: np.exp(x) / np.exp(x).sum(), "not pointwise"),
        (lambda x: x - x.mean(), "not pointwise"),
        (np.cumsum, "not pointwise"),
        (np.sort, "not pointwise"),
        (lambda x: 1.0, r"shape \(\)"),
        (lambda x: x.max(), r"shape \(\)"),
        (lambda x: x[::2], "shape"),
        (lambda x: np.concatenate([np.maximum(x, 0), np.minimum(x, 0)]), "shape"),
        (lambda x: x + np.random.default_rng().normal(size=x.shape), "different values"),
        (lambda x: np.full_like(x, np.nan), "no interval of finite values"),
    ],
)
def test_what_is_no_function_of_one_number(f, message):
    with pytest.raises(ValueError, match=message):
        measure(f)


def test_what_is_no_function():
    with pytest.raises(TypeError, match="got int"):
        measure(7)
    with pytest.raises(TypeError, match="raised TypeError"):
        measure(lambda: 0)
    with pytest.raises(ValueError, match="resolution"):
        measure(np.tanh, resolution=0)


def test_vector_activations_are_turned_away():
    for name, f in actfns.catalog.items():
        if f.arity == "vector":
            with pytest.raises((ValueError, TypeError)):
                measure(f)
            assert name


def test_wrong_derivative_is_noticed():
    def f(x):
        return np.tanh(x)

    f.derivative = lambda x: 1 - np.tanh(x) ** 2
    assert not any("derivative that differs" in sentence for sentence in measure(f).checked)
    f.derivative = lambda x: 1 - np.tanh(x) ** 3
    sheet = measure(f)
    assert any("derivative that differs" in sentence for sentence in sheet.checked)
    assert sheet.slope_second_moment == near(EXPECTED["catalogue"]["tanh"]["slope_second_moment"])


# floating point ----------------------------------------------------------------------------------------------------


def test_where_values_stay_finite():
    finite = measure(lambda x: np.log(1 + np.exp(x))).finite
    assert finite["float16"] == (-65504.0, 11.0859375)
    assert finite["float32"][1] == pytest.approx(88.72283, abs=1e-4)
    assert finite["float64"] == (-np.finfo(float).max, pytest.approx(709.782712893384, rel=1e-12))
    for dtype, (low, high) in finite.items():
        x = np.array([low, high], dtype)
        with np.errstate(over="ignore"):
            assert np.isfinite(np.exp(x)).all() and np.isinf(np.exp(np.nextafter(x[1], np.array(np.inf, dtype))))
    assert measure(np.tanh).finite["float64"] == (-np.finfo(float).max, np.finfo(float).max)


def test_overflow_inside_is_told_from_a_limit():
    sheet = measure(lambda x: x / np.sqrt(1 + x * x))  # x * x overflows at 1e154 and f falls to 0
    assert sheet.limits == (-1.0, 1.0)
    assert any("leave their trend" in sentence for sentence in sheet.checked)


def test_derivative_of_an_activation_is_looked_at_too():
    sheet = measure(actfns.catalog["sigmoid"])
    assert sheet.finite_slope["float16"] == (-65504.0, 65504.0)
    assert measure(np.tanh).finite_slope is None


# the sheet ---------------------------------------------------------------------------------------------------------


def test_same_sheet_every_time():
    first, second = (measure(actfns.catalog["mish"]) for _ in range(2))
    assert first == second and str(first) == str(second)
    with pytest.raises(AttributeError):
        first.mean = 0.0


def test_parameters_and_names():
    sheet = measure(actfns.catalog["leaky_relu"], params={"negative_slope": 0.3})
    assert sheet.slopes_at_0 == (0.3, 1.0) and sheet.name == actfns.catalog["leaky_relu"].name
    assert measure(partial(np.clip, a_min=-2, a_max=2)).name == "clip"
    assert measure(lambda x: x).name == "f" and measure(np.tanh, name="mine").name == "mine"


def test_table():
    pandas = pytest.importorskip("pandas")
    sheets = [measure(actfns.catalog[name]) for name in ("relu", "tanh")]
    table = pandas.DataFrame([sheet.as_dict() for sheet in sheets]).set_index("name")
    assert table["second_moment"].iloc[0] == near(0.5) and table["parity"].iloc[1] == "odd"
    assert list(sheets[0].as_dict()) == list(labels("en")) == list(labels("ko"))
    assert len(set(labels("ko").values())) == len(labels("ko"))
    with pytest.raises(ValueError, match="en, ko"):
        labels("fr")


def test_text_in_both_languages():
    sheet = measure(lambda x: np.clip(x, -1, 2), name="<clip>")
    assert "[−1, 2]" in str(sheet) and "increasing" in str(sheet)
    row = sheet.row("ko")
    assert row["연속 미분 가능 횟수"] == "C^0" and measure(np.sign).row("ko")["연속 미분 가능 횟수"] == "−1 (불연속)"
    assert measure(np.sin).row("en")["limits (left, right)"] == "undefined, undefined"
    assert row["단조"] == "증가" and row["꺾인점"] == "−1, 2" and row["치역"] == "[−1, 2]"
    page = sheet._repr_html_()
    assert page.startswith("<table") and "&lt;clip&gt;" in page and "<clip>" not in page
    assert len(sheet.remarks_in("ko")) == len(sheet.checked) > 0
    assert sheet.to_html("ko") != page


def test_every_remark_can_be_said_in_both_languages():
    from actfns._measure import wording

    for texts in [*wording.REMARKS.values(), *wording.LABELS.values(), *wording.VALUES.values()]:
        english, korean = ([part.split("}")[0].split(":")[0] for part in text.split("{")[1:]] for text in texts)
        assert sorted(english) == sorted(korean)


def test_pickling_drops_the_function():
    sheet = measure(lambda x: np.maximum(x, 0))
    copy = pickle.loads(pickle.dumps(sheet))
    assert copy == sheet and copy.kinks == (0.0,)
    with pytest.raises(ValueError, match="lost its function"):
        _ = copy.cost


def test_cost():
    result = cost(lambda x: np.tanh(x), size=4096, pairs=5)
    assert result.low <= result.ratio <= result.high and result.ratio > 1 and result.nanoseconds > 0
    assert "copies" in str(result)
    assert measure(np.tanh).cost.ratio > 1


def test_reading_does_not_change_numpy_settings():
    before = np.geterr()
    measure(lambda x: np.log(1 + np.exp(x)))
    assert np.geterr() == before


def test_a_name_of_the_catalogue_will_do():
    assert measure("silu") == measure(actfns.catalog["silu"])
    with pytest.raises(KeyError, match="silu"):
        measure("sliu")
