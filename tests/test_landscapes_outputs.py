"""Outputs of random networks: against ordinary modules, functions of known roughness, and as published."""

import numpy as np
import pytest
import torch
from lab_twin import DOUBLE, one_thread, plain_activation, plain_network  # noqa: F401
from torch import nn

from actfns import lab, landscapes


@pytest.mark.parametrize("activate_output", [True, False])
@pytest.mark.parametrize("activation", ["relu", "mish", torch.tanh])
def test_every_output_is_that_of_an_ordinary_network(activation, activate_output):
    made = landscapes.random_outputs(activation, (3, 8), hidden=(5, 4), points=6, low=-1, high=2,
                                     activate_output=activate_output)
    params = lab.stack((2, 5, 4, 1), (3, 8), "torch", DOUBLE)
    assert made.x == pytest.approx(np.linspace(-1, 2, 6)) and made.z.shape == (2, 6, 6)
    for k in range(2):
        net = plain_network(params, k, activation)
        net = nn.Sequential(net, plain_activation(activation)) if activate_output else net
        for i, j in np.ndindex(6, 6):
            point = torch.tensor([[made.x[i], made.x[j]]], dtype=DOUBLE)
            assert made.z[k, i, j] == pytest.approx(net(point).item(), abs=1e-13)


def outputs(*functions, points=101, high=1.0):
    x = np.linspace(0, high, points)
    return landscapes.Outputs("given", tuple(range(len(functions))), x,
                              np.stack([f(*np.meshgrid(x, x, indexing="ij")) for f in functions]))


GIVEN = [lambda x, y: np.abs(x - 0.5), lambda x, y: x ** 2, lambda x, y: 3 * x - 2 * y + 1, lambda x, y: 0 * x + 7,
         lambda x, y: np.sin(np.pi * x)]


def test_statistics_of_functions_that_are_known():
    made = outputs(*GIVEN)
    # total variation of the slope × length / range along x, nothing along y: the mean of both
    assert made.roughness[[0, 1, 2, 4]] == pytest.approx([2 / 0.5 / 2, 2 / 2, 0, 2 * np.pi / 2], rel=0.02, abs=1e-9)
    assert made.constant.tolist() == [False, False, False, True, False]
    assert np.isnan([made.roughness[3], made.peak[3], made.turn[3]]).all()
    assert made.turn[0] == pytest.approx(0.02 / 0.5) and made.turn[1] == pytest.approx(2 * 0.01 ** 2)
    assert made.peak[1] == pytest.approx(2 ** 0.5) and made.peak[0] == pytest.approx((2 * 99) ** 0.5)


def test_statistics_do_not_depend_on_scales():
    made, scaled = outputs(*GIVEN), outputs(*[lambda x, y, f=f: 5 - 3 * f(x / 4, y / 4) for f in GIVEN], high=4.0)
    for name in ("roughness", "turn"):
        assert getattr(made, name) == pytest.approx(getattr(scaled, name), rel=1e-9, abs=1e-10, nan_ok=True)


def test_refining_the_grid_tells_kinks_from_curves():
    coarse, fine = (outputs(*GIVEN[:2], points=points) for points in (101, 201))
    assert coarse.turn / fine.turn == pytest.approx([2, 4])
    assert fine.roughness == pytest.approx(coarse.roughness, rel=0.02)
    assert fine.peak / coarse.peak == pytest.approx([2 ** 0.5, 1], rel=0.01)
    relu, mish = ([landscapes.random_outputs(f, range(12), points=points) for points in (41, 81)]
                  for f in ("relu", "mish"))
    ratios = [np.nanmedian(coarse.turn / fine.turn) for coarse, fine in (relu, mish)]
    assert ratios[0] == pytest.approx(2, abs=0.4) and ratios[1] == pytest.approx(4, abs=0.3)


def test_scaling_as_a_whole_and_by_column():
    made = outputs(lambda x, y: x * (1 + y), GIVEN[3], points=11)
    assert made.scaled[0].min() == 0 and made.scaled[0].max() == 1 and np.isnan(made.scaled[1]).all()
    assert made.scaled_by_column[0].max(0) == pytest.approx(np.ones(11))
    from sklearn.preprocessing import MinMaxScaler
    assert made.scaled_by_column[0] == pytest.approx(MinMaxScaler().fit_transform(made.z[0]))


@pytest.fixture(scope="module")
def published():
    """200 networks, the functions compared by the paper and some more."""
    return {f: landscapes.random_outputs(f, points=41) for f in ("relu", "mish", "swish", "gelu", "elu", "tanh")}


def test_the_share_of_constant_networks(published):
    share = published["relu"].share_constant
    assert share.low < 0.27 < share.high and share.high - share.low < 0.13 and share.n == 200
    assert share.mean == published["relu"].constant.mean()
    assert not any(published[f].constant.any() for f in published if f != "relu")
    assert not landscapes.random_outputs("relu", points=9, activate_output=False).constant.any()


def test_relu_is_the_roughest_and_mish_is_not_alone(published):
    alive = ~published["relu"].constant
    for other in ("mish", "swish", "gelu", "elu"):
        assert (published["relu"].roughness[alive] > published[other].roughness[alive]).mean() > 0.85, other
        assert np.nanmedian(published["relu"].peak) > 1.5 * np.nanmedian(published[other].peak), other
    swish = lab.paired(published["swish"].roughness, published["mish"].roughness)
    assert swish.difference.high < 0


def test_scaling_columns_makes_everything_look_rougher(published):
    for made in published.values():
        columns = landscapes.Outputs(made.activation, made.seeds, made.x, made.scaled_by_column)
        whole = np.abs(np.diff(made.scaled, 2, axis=2)).mean((1, 2))
        torn = np.abs(np.diff(columns.z, 2, axis=2)).mean((1, 2))
        assert np.nanmean(torn / whole > 1) > 0.6 or np.nanmedian(torn / whole) > 1


def test_seeds_are_paired_and_independent():
    few, many = landscapes.random_outputs("elu", (4, 1), points=5), landscapes.random_outputs("elu", range(6), points=5)
    assert np.abs(few.z - many.z[[4, 1]]).max() < 1e-14
    assert "elu" in repr(few) and few.seeds == (4, 1)
    found = many.interval("peak")
    assert found.low <= found.mean <= found.high and found.n == 6


@pytest.mark.parametrize("options, error", [
    ({"points": 2}, "points must be"), ({"low": 1, "high": 1}, "need low < high"), ({"high": np.inf}, "low < high"),
    ({"hidden": (0,)}, "widths must be"), ({"init": "nothing"}, "no initialiser"),
    ({"activation": "maxout"}, "vectors"),
])
def test_random_outputs_refuse(options, error):
    with pytest.raises(ValueError, match=error):
        landscapes.random_outputs(**{"activation": "relu", "seeds": range(2)} | options)
