"""Units over a cloud: what is counted, shaded and framed. Assertions on data, never on pixels."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from actfns import plots  # noqa: E402
from actfns.plots.geometry import half_space  # noqa: E402

CLOUD = np.random.default_rng(0).normal((3, 2), 0.5, size=(50, 2))


@pytest.fixture
def ax():
    with plots.style():
        yield plt.subplots()[1]
    plt.close("all")


@pytest.mark.parametrize(("weight", "bias"), [((1, -1), -1.0), ((-1, -1), 1.0), ((1, 1), 0.0), ((0, 2), -4.0)])
def test_share_is_that_of_positive_pre_activations(ax, weight, bias):
    expected = np.mean([weight[0] * x + weight[1] * y + bias > 0 for x, y in CLOUD])
    assert half_space(ax, CLOUD, weight, bias) == expected


def test_filled_points_are_the_active_ones(ax):
    half_space(ax, CLOUD, (1, -1), -1.0)
    off, on = (line.get_xydata() for line in ax.lines[:2])
    assert len(off) + len(on) == len(CLOUD)
    assert (on @ (1, -1) > 1).all()
    assert (off @ (1, -1) <= 1).all()


def test_a_point_on_the_hyperplane_is_off(ax):
    assert half_space(ax, [[1.0, 1.0], [2.0, 0.0]], (1, -1)) == 0.5


def test_the_drawn_line_is_the_hyperplane(ax):
    half_space(ax, CLOUD, (1, -1), -1.0)
    (path,) = ax.collections[-1].get_paths()
    np.testing.assert_allclose(path.vertices @ (1, -1), 1, atol=1e-9)


def test_the_shade_lies_on_the_active_side(ax):
    half_space(ax, CLOUD, (1, -1), -1.0)
    (path,) = ax.collections[0].get_paths()
    assert (path.vertices @ (1, -1) >= 1 - 1e-9).all()


def test_a_unit_that_is_active_nowhere_in_the_frame_has_neither_shade_nor_line(ax):
    assert half_space(ax, CLOUD, (0, -1), -100.0) == 0
    assert not ax.collections


def test_the_frame_holds_cloud_and_origin_or_is_the_given_one(ax):
    half_space(ax, CLOUD, (1, 1))
    assert ax.get_xlim()[0] < 0 < CLOUD[:, 0].max() < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < 0 < CLOUD[:, 1].max() < ax.get_ylim()[1]
    half_space(ax, CLOUD, (1, 1), limits=(-1, 6, -2, 5))
    assert (*ax.get_xlim(), *ax.get_ylim()) == (-1, 6, -2, 5)


@pytest.mark.parametrize(("points", "weight", "words"), [
    (np.zeros((3, 3)), (1, 1), "points"), (CLOUD, (1, 1, 1), "two weights"), (CLOUD, (0, 0), "no hyperplane"),
])
def test_what_is_no_unit_in_the_plane_is_refused(ax, points, weight, words):
    with pytest.raises(ValueError, match=words):
        half_space(ax, points, weight)
