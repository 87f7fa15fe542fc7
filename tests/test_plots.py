"""Figures: what is drawn, in which colours, and that every letter has a glyph. Assertions on data, never on pixels."""

import functools
import itertools
import math
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

matplotlib.use("agg")

import matplotlib.pyplot as plt  # noqa: E402
from fontTools.ttLib import TTFont  # noqa: E402
from matplotlib import font_manager  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402
from matplotlib.text import Text  # noqa: E402

import actfns  # noqa: E402
from actfns import plots  # noqa: E402
from actfns.fonts import make  # noqa: E402
from actfns.plots import breaks as breaks_module  # noqa: E402
from actfns.plots.breaks import Graph, breaks, differentiate  # noqa: E402
from actfns.plots.colours import HAND_PICKED, HUES, SAME_COLOUR, luminance  # noqa: E402
from actfns.plots.labels import spread  # noqa: E402
from actfns.plots.series import as_series, series  # noqa: E402
from actfns.plots.style import FONT, _show  # noqa: E402

POINTWISE = [name for name, a in actfns.catalog.items() if a.arity == "pointwise"]
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def book_style():
    with plots.style():
        yield
    plt.close("all")


# Colours


SIGHT = {  # Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
    "normal": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def cielab(linear_rgb):
    xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                    [0.0193339, 0.1191920, 0.9503041]]) @ np.clip(linear_rgb, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def ciede2000(one, other):
    """Colour difference, straight from Sharma, Wu and Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = (1 - math.sqrt(mean**7 / (mean**7 + 25**7))) / 2
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    lm, cm, hm = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360
    t = (1 - 0.17 * math.cos(math.radians(hm - 30)) + 0.24 * math.cos(math.radians(2 * hm))
         + 0.32 * math.cos(math.radians(3 * hm + 6)) - 0.20 * math.cos(math.radians(4 * hm - 63)))
    sl, sc, sh = 1 + 0.015 * (lm - 50) ** 2 / math.sqrt(20 + (lm - 50) ** 2), 1 + 0.045 * cm, 1 + 0.015 * cm * t
    bend = -2 * math.sqrt(cm**7 / (cm**7 + 25**7)) * math.sin(math.radians(60 * math.exp(-(((hm - 275) / 25) ** 2))))
    return math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + bend * dc / sc * dh / sh)


def test_colour_difference_agrees_with_published_pairs():
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864)) == pytest.approx(1.2630, abs=1e-4)


@pytest.mark.parametrize("sight", SIGHT)
def test_hand_picked_colours_are_told_apart(sight):
    seen = {name: cielab(np.array(SIGHT[sight]) @ linear(shade)) for name, shade in HAND_PICKED.items()}
    nearest = min((ciede2000(seen[a], seen[b]), a, b) for a, b in itertools.combinations(seen, 2))
    assert nearest[0] >= 10, nearest


def test_hand_picked_functions_are_in_the_catalogue():
    assert HAND_PICKED.keys() | SAME_COLOUR.keys() | set(SAME_COLOUR.values()) <= set(actfns.catalog)


def test_every_function_has_a_look_of_its_own():
    looks = {name: plots.colours.look(name) for name in actfns.catalog if name not in SAME_COLOUR}
    assert len(set(looks.values())) == len(looks)


@pytest.mark.parametrize("name", sorted(set(actfns.catalog) - set(HAND_PICKED) - set(SAME_COLOUR)))
def test_families_share_a_hue(name):
    a = actfns.catalog[name]
    _, green_red, blue_yellow = plots.colours._oklab(plots.colour(a))
    turned = math.degrees(math.atan2(blue_yellow, green_red)) - HUES[a.family]
    assert abs((turned + 180) % 360 - 180) < 20


def test_every_line_is_visible_and_every_label_readable():
    for name in actfns.catalog:
        assert 1.05 / (luminance(plots.colour(name)) + 0.05) > 2.2, name
        assert 1.05 / (luminance(plots.ink(plots.colour(name))) + 0.05) > 4.4, name


def test_a_new_function_gets_a_colour_and_leaves_the_others_alone():
    before = {name: plots.colours.look(name) for name in actfns.catalog}

    @actfns.activation(family="relu", name="New", name_ko="새 함수", formula="f(x)=x", derivative_formula="f'(x)=1",
                       cite="nair2010")
    def brand_new(x):
        return x

    try:
        assert plots.colours.look("brand_new") not in before.values()
        assert {name: plots.colours.look(name) for name in before} == before
    finally:
        actfns.catalog.remove("brand_new")


def test_a_function_has_one_colour_whatever_it_is_called():
    assert plots.colour("ReLU") == plots.colour(actfns.relu) == plots.colour("relu")
    assert plots.colour(np.sin) == plots.colour("sin")


def test_ramp_runs_from_light_to_dark():
    shades = [luminance(shade) for shade in plots.ramp("#901A8C", 5)]
    assert shades == sorted(shades, reverse=True) and len(set(shades)) == 5
    assert plots.ramp("#901a8c", 1) == ["#901a8c"]


# Functions in every form


def cubic(x):
    return x**3


@pytest.mark.parametrize(("given_as", "name", "at_two"), [
    ("relu", "ReLU", 2.0), (actfns.relu, "ReLU", 2.0), (cubic, "cubic", 8.0), (lambda x: -x, "$f$", -2.0),
    ((r"$x^2$", lambda x: x * x), "$x^2$", 4.0), (("elu", {"alpha": 2}), r"ELU ($\alpha=2$)", 2.0),
    ((actfns.leaky_relu, {"negative_slope": 0.1}), r"Leaky ReLU ($\alpha=0.1$)", 2.0),
    (functools.partial(actfns.elu, alpha=0.5), r"ELU ($\alpha=0.5$)", 2.0), (("mine", actfns.relu), "mine", 2.0),
    (("five", lambda x: 5.0), "five", 5.0),
])
def test_forms_of_a_function(given_as, name, at_two):
    one = as_series(given_as)
    assert one.label == name
    assert one.value(np.array([2.0, 2.0])).tolist() == [at_two, at_two]


def test_parameters_reach_value_and_slope():
    one = as_series(("leaky_relu", {"negative_slope": 0.1}))
    assert one.value(np.array([-2.0])) == pytest.approx(-0.2)
    assert one.slope(np.array([-2.0])) == pytest.approx(0.1)


@pytest.mark.parametrize(("wrong", "error", "words"), [
    ("softmax", ValueError, "takes vectors"), ("wish", KeyError, "swish"), (3, TypeError, "callable"),
    (("relu", 3, 4), TypeError, "tuple"), (lambda x: x[:1], ValueError, "elementwise"),
])
def test_what_is_not_a_function_is_refused_in_words(wrong, error, words):
    with pytest.raises(error, match=words):
        plots.curves(wrong)


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        plots.curves()


def test_lines_of_one_figure_differ():
    many = series([*POINTWISE, *(("swish", {"beta": b}) for b in (0.5, 2, 5)), *((f"f{k}", np.sin) for k in range(8))])
    assert len({(one.colour, one.dash) for one in many}) == len(many)


def test_one_function_at_several_parameters_gets_shades_in_order():
    shades = [luminance(one.colour) for one in series([("swish", {"beta": b}) for b in (0.5, 1, 5)])]
    assert shades == sorted(set(shades), reverse=True) and len(shades) == 3


# Jumps, kinks, derivatives


def step_at(at):
    return lambda x: np.where(x < at, 0.0, 1.0)


@settings(deadline=None)
@given(st.floats(-4.8, 4.8), st.floats(0.05, 3), st.floats(-2, 2))
def test_a_jump_is_found(at, height, slope):
    found = breaks(lambda x: height * (x >= at) + slope * x, 0, -5, 5)
    assert found == [pytest.approx(at, abs=1e-9)]


@settings(deadline=None)
@given(st.floats(-4.8, 4.8), st.floats(0.1, 3), st.floats(-2, 2))
def test_a_kink_is_found(at, bend, slope):
    found = breaks(lambda x: bend * np.maximum(x - at, 0) + slope * x + np.sin(x), 1, -5, 5)
    assert found == [pytest.approx(at, abs=1e-5)]


@pytest.mark.parametrize("at", [-3.0, 0.0, 1.7, math.pi])
def test_a_jump_of_the_curvature_is_found(at):
    found = breaks(lambda x: np.maximum(x - at, 0) ** 2 + np.tanh(x), 2, -5, 5)
    assert found == [pytest.approx(at, abs=1e-3)]


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("smooth", [np.tanh, np.sin, np.exp, lambda x: 0 * x, lambda x: 3 * x, lambda x: x**5 + 1e6,
                                    lambda x: np.tanh(20 * x), lambda x: 1e-9 * np.cos(x)])
def test_smooth_functions_have_no_breaks(smooth, order):
    assert breaks(smooth, order, -5, 5) == []


def test_regions_without_values_do_not_confuse():
    with np.errstate(all="ignore"):
        assert breaks(lambda x: np.abs(np.log(x) - 1), 1, -5, 5) == [pytest.approx(math.e, abs=1e-5)]


KNOWN_BREAKS = {  # places where f jumps, f has a kink, f″ jumps
    "binary_step": ([0], [0], [0]), "relu": ([], [0], [0]), "hardshrink": ([-0.5, 0.5],) * 3, "elu": ([], [], [0]),
    "softsign": ([], [], [0]), "hard_swish": ([], [-3, 3], [-3, 3]), "threshold": ([1], [1], [1]),
    "selu": ([], [0], [0]), "gelu": ([], [], []), "hard_elish": ([], [-1, 1], [-1, 0, 1]),
    "sparse_plus": ([], [], [-1, 1]),
}


@pytest.mark.parametrize("closed_form", [True, False])
@pytest.mark.parametrize("name", KNOWN_BREAKS)
def test_breaks_of_the_catalogue_are_found_with_and_without_the_derivative(name, closed_form):
    one = as_series(name if closed_form else (name, lambda x: actfns.catalog[name](x)))
    assert Graph(one, -5, 5).breaks == KNOWN_BREAKS[name]


@pytest.mark.parametrize("order", [1, 2])
def test_differences_stay_on_their_side_of_a_kink(order):
    def bent(x):
        return np.where(x < 0, np.sin(x), np.exp(2 * x))

    right = differentiate(bent, np.array([0.0, 1e-3, 1.0]), order, left=0)
    left = differentiate(bent, np.array([-1.0, -1e-3, 0.0]), order, right=0)
    x = np.array([-1.0, -1e-3, 0.0])
    assert right == pytest.approx(2**order * np.exp([0, 2e-3, 2]), rel=2e-6)
    assert left == pytest.approx(np.cos(x) if order == 1 else -np.sin(x), abs=2e-6)


def finite_points(line):
    x, y = (np.asarray(part, dtype=float) for part in line.get_data())
    keep = np.isfinite(y)
    return x[keep], y[keep]


def main_lines(ax):
    return [line for line in ax.get_lines() if not line.get_label().startswith("_")]


@pytest.mark.parametrize("name", POINTWISE)
def test_slopes_and_curvatures_agree_with_autograd(name):
    import torch

    a = actfns.catalog[name]
    drawn = plots.curves(name)
    kinks = Graph(as_series(name), -5, 5).breaks[2]
    for order in (1, 2):
        x, y = finite_points(main_lines(drawn[order])[0])
        away = np.all([abs(x - kink) > 1e-9 for kink in kinks] or [np.ones_like(x, bool)], axis=0)
        at = torch.tensor(x[away], requires_grad=True)
        expected = a(at)
        for _ in range(order):
            if not expected.requires_grad:  # a constant: torch forgets where it came from
                expected = torch.zeros_like(at) + 0 * at
            expected, = torch.autograd.grad(expected.sum(), at, create_graph=True)
        assert y[away] == pytest.approx(expected.detach().numpy(), abs=3e-7, rel=1e-7)


# Curves


@pytest.mark.parametrize("stranger", [True, False])
@pytest.mark.parametrize("name", KNOWN_BREAKS)
def test_no_line_crosses_a_jump(name, stranger):
    f = ("stranger", lambda x: actfns.catalog[name](x)) if stranger else name
    for order, ax in enumerate(plots.curves(f)):
        line, = main_lines(ax)
        x, y = line.get_data()
        for place in KNOWN_BREAKS[name][order]:
            before, after = np.flatnonzero(x[:-1] <= place)[-1], np.flatnonzero(x >= place)[-1]
            between = y[np.flatnonzero(x == place)[0]: before + 2]
            assert np.isnan(between).any() and after > before
        steps = np.abs(np.diff(y))
        assert np.nanmax(steps) < 0.2


def circles(ax, kind):
    return [(float(x), float(y)) for line in ax.get_lines() if line.get_gid() == kind
            for x, y in [(line.get_xdata()[0], line.get_ydata()[0])]]


def test_circles_at_jumps():
    step, = plots.curves("binary_step", orders=[0])
    assert circles(step, "open") == [(0, 0)] and circles(step, "filled") == [(0, 1)]
    middle, = plots.curves(("sign", np.sign), orders=[0])
    assert circles(middle, "open") == [(0, -1), (0, 1)] and circles(middle, "filled") == [(0, 0)]


def test_relu_has_no_slope_at_zero():
    value, slope, curvature = plots.curves("relu")
    assert circles(value, "open") == [] and circles(value, "filled") == []
    assert circles(slope, "open") == [(0, 0), (0, 1)] and circles(slope, "filled") == []
    assert circles(curvature, "open") == [(0, 0)]
    x, y = finite_points(main_lines(slope)[0])
    assert set(y[x < 0]) == {0} and set(y[x > 0]) == {1}


def test_the_convention_at_a_kink_can_be_shown():
    ax, = plots.curves("relu", orders=[1], convention=True)
    assert circles(ax, "filled") == [(0, 0)] and circles(ax, "open") == [(0, 1)]


def test_open_circles_are_hollow_and_in_the_function_colour():
    ax, = plots.curves("relu", orders=[1])
    rings = [line for line in ax.get_lines() if line.get_gid() == "open"]
    assert {(line.get_markerfacecolor(), line.get_color()) for line in rings} == {("white", plots.colour("relu"))}


def test_a_corner_is_among_the_points():
    x, y = main_lines(plots.curves("hardtanh", orders=[0])[0])[0].get_data()
    assert {(-1.0, -1.0), (1.0, 1.0)} <= set(zip(x.tolist(), y.tolist()))


def test_panels_titles_limits():
    axes = plots.curves("mish", "gelu", orders=(0, 2), xlim=(-3, 2), ylim={2: (-1, 1)}, layout="column")
    assert [ax.get_title("left") for ax in axes] == [r"$f(x)$", r"$f\,''(x)$"]
    assert [ax.get_xlim() for ax in axes] == [(-3, 2)] * 2 and axes[1].get_ylim() == (-1, 1)
    assert axes[0].get_position().y0 > axes[1].get_position().y1
    assert [line.get_label() for line in main_lines(axes[0])] == ["Mish", "GELU"]
    assert axes[0].figure.get_size_inches()[0] == pytest.approx(6.2)


def test_curves_draw_into_given_axes():
    figure, ax = plt.subplots()
    assert plots.curves("tanh", orders=[1], axes=ax) == [ax]
    assert plt.get_fignums() == [figure.number]


def test_infinities_leave_a_gap():
    ax, = plots.curves(("log", np.log), orders=[0])
    x, y = finite_points(main_lines(ax)[0])
    assert x.min() > 0 and np.allclose(y, np.log(x))


def test_a_line_under_another_is_wider():
    value, *_ = plots.curves("relu", "leaky_relu", "sigmoid")
    widths = [line.get_linewidth() for line in main_lines(value)]
    assert widths[0] > widths[1] == widths[2]


@pytest.mark.parametrize("option", [{"layout": "grid"}, {"labels": "somewhere"}])
def test_unknown_options_are_refused(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        plots.curves("relu", **option)


def test_tick_labels():
    assert [plots.short_number(v) for v in (0.0, -0.5, 1.0, 1e-5)] == ["0", "−0.5", "1", "1e−05"]


# Labels


def boxes(texts, figure):
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    return [text.get_window_extent(renderer) for text in texts]


def overlapping(rectangles):
    return [(a, b) for a, b in itertools.combinations(rectangles, 2)
            if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1]


@pytest.mark.parametrize("names", [["relu", "leaky_relu", "elu", "selu", "gelu", "mish"], ["tanh", "sigmoid"],
                                   POINTWISE[:14]])
@pytest.mark.parametrize("layout", ["row", "column"])
def test_end_labels_do_not_overlap(names, layout):
    axes = plots.curves(*names, labels="ends", layout=layout, height=4)
    artist, = (child for child in axes[-1].get_children() if hasattr(child, "texts"))
    rectangles = boxes(artist.texts, axes[0].figure)
    assert len(rectangles) == len(names) and overlapping(rectangles) == []
    edge, figure_box = axes[-1].bbox.x1, axes[0].figure.bbox
    assert all(edge < box.x0 and box.x1 <= figure_box.x1 for box in rectangles)


def test_end_labels_follow_the_order_of_the_line_ends():
    figure, ax = plt.subplots()
    for k, end in enumerate([3.0, 1.0, 1.01, 2.0]):
        ax.plot([0, 1, 2], [0, end, np.nan], label=str(k))
    labels = plots.direct_labels(ax)
    ax.set_ylim(-10, 10)  # later changes are followed
    heights = [box.y0 for box in boxes(labels.texts, figure)]
    assert np.argsort(heights).tolist() == [1, 2, 3, 0]
    assert [text.get_text() for text in labels.texts] == ["0", "1", "2", "3"]


def test_names_stand_at_line_ends_only_where_these_are_apart():
    apart, = plots.curves("relu", "tanh", orders=[0])
    assert not apart.figure.legends and any(hasattr(child, "texts") for child in apart.get_children())
    together = plots.curves("relu", "elu", "silu")
    assert [text.get_text() for text in together[0].figure.legends[0].get_texts()] == ["ReLU", "ELU", "SiLU"]


def test_a_long_legend_stays_inside_the_figure():
    axes = plots.curves(*POINTWISE[:16], orders=[0], height=6)
    legend, = axes[0].figure.legends
    legend_box, = boxes([legend], axes[0].figure)
    panel = axes[0].get_tightbbox()
    assert legend_box.x0 >= 0 and legend_box.x1 <= axes[0].figure.bbox.x1 and legend_box.y0 >= panel.y1 - 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.5, 20)), min_size=1, max_size=12))
def test_spread_is_the_closest_arrangement_without_overlap(pairs):
    from scipy.optimize import isotonic_regression

    wanted, sizes = np.array(pairs).T
    placed = spread(wanted, sizes)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= (sizes[order][1:] + sizes[order][:-1]) / 2 - 1e-9)
    stacked = np.cumsum(sizes[order]) - sizes[order] / 2
    assert placed[order] == pytest.approx(isotonic_regression(wanted[order] - stacked).x + stacked, abs=1e-6)


# Property table


def sheet(**changes):
    values = {"inf": -0.5, "sup": math.inf, "inf_attained": True, "sup_attained": False, "monotonic": "no", "gain": 1.5,
              "continuity": math.inf, "convex": False, "parity": "none", "zero_centred": False, "saturates_left": True,
              "saturates_right": None, "lipschitz": 1.25}
    return SimpleNamespace(**values | changes)


def test_property_table_cells():
    table = plots.property_table({
        "mish": sheet(),
        "tanh": sheet(inf=-1.0, sup=1.0, inf_attained=False, monotonic="increasing", zero_centred=True),
        "binary_step": sheet(inf=0.0, sup=1.0, sup_attained=True, continuity=-1),
        "mine": sheet(inf=-math.inf, inf_attained=False, monotonic="decreasing", continuity=2, convex=True)})
    assert [table.cells[name, "range"] for name in ("Mish", "Tanh", "Binary step", "mine")] == [
        "[−0.5, ∞)", "(−1, 1)", "[0, 1]", "(−∞, ∞)"]
    assert [table.cells[name, "continuity"] for name in ("Mish", "Binary step", "mine")] == [
        r"$C^{\infty}$", "$C^{-1}$", "$C^{2}$"]
    assert [table.cells[name, "monotonic"] for name in ("Mish", "Tanh", "mine")] == ["○", "↗", "↘"]
    assert table.cells["mine", "convex"] == r"$\cup$"
    mish = {key: cell for (name, key), cell in table.cells.items() if name == "Mish"}
    assert mish["bounded_below"] == "●" and mish["bounded_above"] == "○"
    assert mish["saturates_left"] == "●" and mish["saturates_right"] == "–" and mish["zero_centred"] == "○"


def test_property_table_measures_what_it_is_given():
    mine = "mine", lambda x: np.minimum(x, 1.5)
    table = plots.property_table(["tanh", ("leaky_relu", {"negative_slope": 0.5}), mine])
    row = {key: cell for (name, key), cell in table.cells.items() if name == "Tanh"}
    assert list(row.values()) == ["(−1, 1)", "●", "●", "↗", r"$C^{\infty}$", "○", "●", "●", "●"]
    assert table.cells[r"Leaky ReLU ($\alpha=0.5$)", "convex"] == r"$\cup$"
    assert [table.cells["mine", key] for key in ("range", "convex")] == ["(−∞, 1.5]", r"$\cap$"]


def test_property_table_draws_filled_and_empty_dots():
    table = plots.property_table({"mish": sheet()}, ["bounded_below", "bounded_above"])
    dots = [line.get_markerfacecolor() for line in table.get_lines() if line.get_marker() == "o"]
    assert dots == ["#333333", "white"]


@pytest.mark.parametrize("lang", [None, "en", "ko"])
@pytest.mark.parametrize("columns", [None, ["range", "convex", "odd", "lipschitz", "gain", "continuity"]])
def test_property_table_texts_neither_collide_nor_leave_the_figure(lang, columns):
    rows = [(actfns.catalog[name], sheet(inf=-0.0998, sup=1.09983)) for name in POINTWISE]
    table = plots.property_table(rows, columns, lang=lang)
    level = [text for text in table.texts if text.get_rotation() == 0]
    assert overlapping(boxes(level, table.figure)) == []
    frame = table.figure.bbox
    for box in boxes(table.texts, table.figure):
        assert box.x0 >= 0 and box.x1 <= frame.x1 and box.y0 >= 0 and box.y1 <= frame.y1
    assert plots.missing_glyphs(table.figure) == set()


def test_property_table_takes_any_number_of_a_sheet():
    table = plots.property_table({"mish": sheet(mean=-0.25)}, ["gain", "lipschitz", "mean", "odd"])
    assert [table.cells["Mish", key] for key in ("gain", "lipschitz", "mean", "odd")] == ["1.5", "1.25", "−0.25", "○"]


# Parts of figures


def test_interval_is_a_line_and_a_band():
    _, ax = plt.subplots()
    line = plots.interval(ax, [0, 1, 2], [1, 2, 3], [0, 1, 2], [2, 4, 5], "tanh", colour=plots.colour("tanh"))
    band = ax.collections[0].get_paths()[0].vertices
    assert line.get_ydata().tolist() == [1, 2, 3] and line.get_label() == "tanh"
    assert band[band[:, 0] == 1, 1].min() == 1 and band[band[:, 0] == 1, 1].max() == 4
    assert ax.collections[0].get_facecolor()[0, :3] == pytest.approx(to_rgb(plots.colour("tanh")))


def test_points_with_interval():
    _, ax = plt.subplots()
    bars = plots.points_with_interval(ax, ["a", "b"], [1, 2], [0, 1.5], [3, 2.5], colours=["#ff0000", "#0000ff"])
    assert [list(bar.get_xdata()) for bar in bars] == [[0, 3], [1.5, 2.5]]
    assert [bar.get_color() for bar in bars] == ["#ff0000", "#0000ff"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"] and ax.yaxis_inverted()


@pytest.mark.parametrize("predict", [lambda p: (p[:, 0] > 0.2).astype(int),
                                     lambda p: 1 / (1 + np.exp(2 - 10 * p[:, 0]))])
def test_decision_regions(predict):
    _, ax = plt.subplots()
    X = RNG.normal(size=(50, 2))
    mesh = plots.decision_regions(ax, predict, X, (X[:, 0] > 0.2).astype(int))
    xs = mesh.get_coordinates()[0, :, 0]
    regions = mesh.get_array().reshape(300, 300)
    middles = (xs[1:] + xs[:-1]) / 2
    assert np.array_equal(regions[0], middles > 0.2)
    points = [line.get_data() for line in ax.get_lines()]
    assert [len(x) for x, _ in points] == [np.sum(X[:, 0] <= 0.2), np.sum(X[:, 0] > 0.2)]
    assert len({line.get_marker() for line in ax.get_lines()}) == 2
    assert ax.get_xlim()[0] < X[:, 0].min() and ax.get_xlim()[1] > X[:, 0].max()


def test_decision_regions_with_three_classes():
    _, ax = plt.subplots()
    X = RNG.normal(size=(60, 2))
    three = lambda p: np.digitize(p[:, 0], [-0.5, 0.5])  # noqa: E731
    mesh = plots.decision_regions(ax, three, X, three(X))
    assert set(np.unique(mesh.get_array())) == {0, 1, 2} and len(ax.get_lines()) == 3


def test_saturation_of_sigmoid_by_hand():
    """s (1 − s) = 0.01 · 1/4 has the solution s = (1 + √0.99) / 2."""
    s = (1 + math.sqrt(0.99)) / 2
    edge = math.log(s / (1 - s))
    _, ax = plt.subplots()
    ax.set_xlim(-10, 10)
    (left, first), (second, right) = plots.saturation(ax, "sigmoid")
    assert (left, right) == (-10, 10)
    assert (first, second) == pytest.approx((-edge, edge), abs=1e-9)
    shaded = sorted((patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches)
    assert np.ravel(shaded) == pytest.approx([-10, first, second, 10])


@pytest.mark.parametrize(("f", "zones"), [
    ("relu", [(-5, 0)]), ("identity", []), (("hard", lambda x: np.clip(x, -1, 1)), [(-5, -1), (1, 5)]),
    (("mine", np.tanh), [(-5, -math.acosh(10)), (math.acosh(10), 5)])])
def test_saturation_of_others(f, zones):
    _, ax = plt.subplots()
    ax.set_xlim(-5, 5)
    found = plots.saturation(ax, f)
    assert len(found) == len(zones)
    assert np.ravel(found) == pytest.approx(np.ravel(zones), abs=0.02)


def test_path_on_contours():
    _, ax = plt.subplots()
    path = np.array([[4.0, 1.5], [3.0, -1.0], [1.0, 0.5]])
    line = plots.path_on_contours(ax, lambda x, y: x**2 + 10 * y**2, path, levels=5)
    assert line.get_xydata().tolist() == path.tolist()
    contours, = ax.collections
    for level, curve in zip(contours.levels, contours.get_paths()):
        assert np.allclose(curve.vertices @ np.diag([1, 1]) ** 2 @ [0, 0] + level,
                           curve.vertices[:, 0] ** 2 + 10 * curve.vertices[:, 1] ** 2, rtol=0.02)
    plots.path_on_contours(ax, lambda x, y: x + y, path / 2)
    assert len(ax.collections) == 1 and ax.get_xlim()[1] > 4


def test_ridge():
    _, ax = plt.subplots()
    heights = plots.ridge(ax, [[0.1, 0.1, 0.9], [0.6]], ["1", "2"], bins=2, limits=(0, 1))
    assert heights.tolist() == [[1.0, 0.5], [0.0, 1.0]]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["1", "2"]


# Style


def test_style_inside_a_block_leaves_no_trace():
    before = dict(matplotlib.rcParams)
    with plots.style():
        matplotlib.rcParams["axes.grid"] = True
    assert dict(matplotlib.rcParams) == before


def test_style_stays_when_called():
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        look = plots.style()
        assert matplotlib.rcParams["font.family"] == ["ActfnsSans", "DejaVu Sans"]
        assert not matplotlib.rcParams["axes.spines.top"] and matplotlib.rcParams["xtick.direction"] == "out"
        assert look._ipython_display_() is None


def test_font_is_the_shipped_one_and_registered_once():
    plots.style()
    assert Path(font_manager.findfont("ActfnsSans")) == FONT
    assert sum(entry.name == "ActfnsSans" for entry in font_manager.fontManager.ttflist) == 1


@pytest.mark.parametrize("draw", [lambda: plots.curves("relu", "leaky_relu", "elu", "selu", "gelu", "mish"),
                                  lambda: plots.curves("sigmoid", "tanh", layout="column")])
def test_pictures_are_small_and_the_same_each_time(draw):
    first, second = (plots.png(draw()[0].figure) for _ in range(2))
    assert first == second and len(first) < 60_000 and first.startswith(b"\x89PNG")


def test_few_colours_change_a_picture_little():
    from io import BytesIO

    from PIL import Image

    figure = plots.curves("relu", "leaky_relu", "elu", "selu", "gelu", "mish")[0].figure
    full = BytesIO()
    figure.savefig(full, format="png", dpi=2 * figure.dpi)
    before, after = (np.asarray(Image.open(stream).convert("RGB"), dtype=int) for stream in
                     (full, BytesIO(plots.png(figure))))
    assert before.shape == after.shape
    assert np.abs(before - after).max() <= 40 and np.abs(before - after).mean() < 0.2


def test_a_picture_keeps_the_whole_canvas():
    from io import BytesIO

    from PIL import Image

    figure, ax = plt.subplots(figsize=(6.2, 2))
    ax.plot([0, 1], color="#2E6BE0")
    picture = Image.open(BytesIO(plots.png(figure)))
    assert picture.size == (1041, 336) or picture.size == (1042, 336)
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert not {"Software", "Creation Time"} & picture.info.keys()


def test_a_notebook_stores_the_same_picture(monkeypatch):
    from IPython.core.formatters import PNGFormatter

    formatter = PNGFormatter()
    shell = SimpleNamespace(kernel=object(), display_formatter=SimpleNamespace(formatters={"image/png": formatter}))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    plots.style()
    figure = plots.curves("relu")[0].figure
    stored, size = formatter(figure)
    assert stored == plots.png(figure) and size == {"width": 521, "height": 218}
    assert _show(plt.figure()) is None


# Letters


@pytest.fixture(scope="module")
def font():
    return TTFont(FONT)


def test_font_draws_common_syllables_latin_and_the_minus_sign(font):
    shapes, names = font["glyf"], font.getBestCmap()
    drawn = {code for code, name in names.items() if shapes[name].numberOfContours}
    syllables = {ord(bytes(pair).decode("euc_kr")) for pair in itertools.product(range(0xB0, 0xC9), range(0xA1, 0xFF))}
    assert len(syllables) == 2350  # those of KS X 1001
    assert syllables | set(range(0x3131, 0x3164)) | set(range(0x21, 0x7F)) <= drawn
    assert {ord(character) for character in "−∞≤≥≠±×→↗↘αβγδλμσθ“”‘’–—…·′″●○"} <= drawn
    assert names.keys() - drawn == {0x20, 0xA0}, "a blank that counts as a letter keeps another font from drawing it"


def test_minus_has_the_width_of_a_digit_and_the_height_of_plus(font):
    names, widths, shapes = font.getBestCmap(), font["hmtx"], font["glyf"]
    minus, plus = names[0x2212], names[ord("+")]
    assert widths[minus][0] == widths[plus][0] == widths[names[ord("0")]][0]
    middle = (shapes[plus].yMin + shapes[plus].yMax) / 2
    assert shapes[minus].yMin < middle < shapes[minus].yMax and shapes[minus].xMin == shapes[plus].xMin


def test_font_does_not_use_the_reserved_name_and_carries_its_licence(font):
    names = {record.nameID: record.toUnicode() for record in font["name"].names}
    assert not any("nanum" in names[number].lower() for number in (1, 3, 4, 6))
    assert "NAVER" in names[0] and "Open Font License" in names[13]
    licence = (FONT.parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in licence and "NAVER Corporation" in licence
    assert FONT.stat().st_size < 1 << 20


def test_font_can_be_made_again(tmp_path):
    sources = [path for path in font_manager.findSystemFonts() if Path(path).name == "NanumSquareR.ttf"]
    if not sources:
        pytest.skip("the source font, Debian's fonts-nanum, is not installed")
    make.make(sources[0], tmp_path / "again.ttf")
    assert (tmp_path / "again.ttf").read_bytes() == FONT.read_bytes()


def figure_with(text):
    figure, ax = plt.subplots()
    ax.set_title(text)
    ax.set_xticks([-1, 0], ["−1", "0"])
    return figure


@pytest.mark.parametrize("text", [
    "기울기 소실", "똠방각하 ㄱㅏ", "−5 → ∞ ≈ x", "기울기 $f'(x)$ 는 −1", r"활성값 $\sigma(-x)\leq\frac{1}{2}$",
    r"$\mathbb{E}\,f^2$, $\|\nabla f\|$, $\nearrow$", "x ln(1 + tanh eˣ)", "비용 100\\$"])
def test_korean_signs_and_formulas_have_glyphs(text):
    assert plots.missing_glyphs(figure_with(text)) == set()


@pytest.mark.parametrize(("text", "missing"), [
    ("한자 龍", {"龍"}), ("龍 $x$", {"龍"}), ("$x + 한$", {"한"}), ("드문 갂", {"갂"})])
def test_missing_glyphs_are_reported_every_time(text, missing):
    for _ in range(2):
        assert plots.missing_glyphs(figure_with(text)) == missing


def test_tofu_of_the_default_font_is_reported():
    with matplotlib.rc_context({"font.family": ["DejaVu Sans"]}):
        assert plots.missing_glyphs(figure_with("기울기")) == set("기울")
    with matplotlib.rc_context({"font.family": ["DejaVu Sans", "ActfnsSans"]}):
        assert plots.missing_glyphs(figure_with("기울기 $x$")) == set("기울")


def test_tick_labels_are_looked_at_too():
    figure, ax = plt.subplots()
    ax.set_xticks([0, 1], ["0", "龍"])
    assert plots.missing_glyphs(figure) == {"龍"}


def test_figures_carry_no_prose():
    """Both languages share a figure, so its texts are names of functions, numbers and formulas."""
    axes = plots.curves(*POINTWISE[:6])
    names = {plots.label(name) for name in POINTWISE}
    texts = {text.get_text() for text in axes[0].figure.findobj(Text) if text.get_text()}
    rest = {text for text in texts - names if not text.startswith("$")}
    assert rest and all(re.fullmatch(r"−?[\d.]+", text) for text in rest)


def test_breaks_module_scans_with_an_odd_number_of_cells():
    """Even cells would put 0 on a border, where a jump falls between two windows."""
    assert breaks_module.CELLS % 2 == 1


GRID = np.array([[0.1, 0.52, np.nan], [0.9, 0.31, 0.75]])


def shown_in_cells(ax):
    return {(round(t.get_position()[1]), round(t.get_position()[0])): t for t in ax.texts if "±" not in t.get_text()}


def test_a_heatmap_writes_each_number_into_its_own_cell():
    _, ax = plt.subplots()
    image = plots.heatmap(ax, GRID, ["a", "b"], ["x", "y", "z"])
    texts = {place: text.get_text() for place, text in shown_in_cells(ax).items()}
    assert texts == {(0, 0): "0.10", (0, 1): "0.52", (0, 2): "–", (1, 0): "0.90", (1, 1): "0.31", (1, 2): "0.75"}
    assert image.get_clim() == (0.1, 0.9) and image.get_array().mask.tolist() == np.isnan(GRID).tolist()
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"] and ax.yaxis_inverted()
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x", "y", "z"]
    assert not plots.missing_glyphs(ax.figure)


def test_half_widths_stand_below_their_values():
    _, ax = plt.subplots()
    plots.heatmap(ax, GRID, ["a", "b"], ["x", "y", "z"], half=[[0.01, np.nan, np.nan], [0.02, 0.2, 0.03]])
    halves = {t.get_text(): t.get_position() for t in ax.texts if "±" in t.get_text()}
    assert set(halves) == {"±0.01", "±0.02", "±0.20", "±0.03"}
    assert halves["±0.20"][0] == 1 and halves["±0.20"][1] > 1 > shown_in_cells(ax)[1, 1].get_position()[1]


def test_heat_gets_darker_with_the_value_and_the_numbers_stay_readable():
    shades = [luminance(plots.charts.HEAT(share)) for share in np.linspace(0, 1, 50)]
    assert np.all(np.diff(shades) < 0)
    _, ax = plt.subplots()
    image = plots.heatmap(ax, np.linspace(0, 1, 21)[None], ["a"], range(21))
    for text, value in zip(ax.texts, image.get_array()[0], strict=True):
        inside, below = luminance(text.get_color()), luminance(image.cmap(image.norm(value)))
        assert (max(inside, below) + 0.05) / (min(inside, below) + 0.05) > 3.5


def test_the_limits_of_a_heatmap_can_be_shared_by_several():
    _, axes = plt.subplots(1, 2)
    images = [plots.heatmap(ax, [[value]], ["a"], ["x"], limits=(0, 1), form=".1f")
              for ax, value in zip(axes, (0.2, 0.9))]
    assert {image.get_clim() for image in images} == {(0, 1)} and axes[0].texts[0].get_text() == "0.2"


@pytest.mark.parametrize("bad", [{"values": [[1, 2]]}, {"half": [[1.0]]}])
def test_a_heatmap_refuses_shapes_that_do_not_fit(bad):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="shape"):
        plots.heatmap(ax, **{"values": [[1], [2]], "rows": ["a", "b"], "columns": ["x"]} | bad)
