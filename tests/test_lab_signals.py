"""Zig-zag, propagation through depth, and approximation."""

import itertools
import math

import numpy as np
import pytest
import torch
from lab_twin import DOUBLE, SMALL, one_thread, plain_network, plain_propagation  # noqa: F401
from torch.nn import functional as F

from actfns import lab
from actfns.lab.streams import batches, stream


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_per_sample_gradients_equal_one_backward_pass_for_each(layer):
    params = lab.stack((64, 9, 7, 10), range(2), dtype=DOUBLE)
    made = lab.per_sample(params, SMALL.X_test[:5], SMALL.y_test[:5], "mish", layer)
    for k, i in itertools.product(range(2), range(5)):
        net = plain_network(params, k, "mish")
        F.cross_entropy(net(torch.as_tensor(SMALL.X_test[[i]])), torch.as_tensor(SMALL.y_test[[i]])).backward()
        assert torch.allclose(made[k, i], net[2 * layer - 2].weight.grad, atol=1e-14)
    mean = lab.gradients(params, SMALL.X_test[:5], SMALL.y_test[:5], "mish")[f"W{layer}"]
    assert torch.allclose(made.mean(1), mean, atol=1e-14)


def test_one_signed_counts_rows():
    rows = torch.tensor([[1.0, 0.0, 2.0], [-1.0, -3.0, 0.0], [1.0, -1.0, 0.0], [0.0, 0.0, 0.0]])
    assert lab.one_signed(rows) == pytest.approx(2 / 3)
    assert lab.one_signed(torch.stack([rows, -rows.abs()])).tolist() == pytest.approx([2 / 3, 1])
    assert np.isnan(lab.one_signed(torch.zeros(2, 3)))
    with pytest.raises(ValueError, match="units, inputs"):
        lab.one_signed(torch.zeros(3))


def test_positive_values_make_rows_one_signed_per_sample_not_per_batch():
    share = {}
    for name in ("sigmoid", "relu", "tanh"):
        params = lab.stack((64, 64, 64, 10), range(8), "xavier")
        single = lab.per_sample(params, SMALL.X_train[:64], SMALL.y_train[:64], name, 2)
        whole = single.flatten(2).unsqueeze(2)  # all weights of the layer as one row
        share[name] = [lab.one_signed(gradient) for gradient in (single, single.mean(1), whole)]
    assert np.all(share["sigmoid"][0] == 1) and np.all(share["relu"][0] == 1) and np.all(share["tanh"][0] == 0)
    assert share["sigmoid"][1].mean() > 0.2 > share["relu"][1].mean()
    assert all(np.all(whole == 0) for _, _, whole in share.values())


def test_descent_equals_a_loop_over_samples():
    x, target = np.random.default_rng(0).uniform(size=(50, 3)), np.array([1.0, -1.0, 0.5])
    path = lab.descend(x, target, lr=0.3, steps=70, batch=1, seeds=[2, 9])
    order = batches(9, 50, 1)
    w, expected = np.zeros(3), [np.zeros(3)]
    for chosen in [*next(order), *next(order)][:70]:
        sample = x[chosen[0]]
        w = w - 0.3 * (sample @ w - sample @ target) * sample
        expected.append(w)
    assert np.allclose(path.points[1], expected, atol=1e-14)
    assert path.length[1] == pytest.approx(sum(np.linalg.norm(b - a) for a, b in itertools.pairwise(expected)))
    assert path.ratio[1] == pytest.approx(path.length[1] / 1.5)


def test_descent_on_a_known_quadratic():
    x = np.array([[2.0, 0.0], [0.0, 1.0]])  # mean of x xᵀ: diag(2, ½)
    assert float(lab.condition_number(x)) == pytest.approx(4)
    path = lab.descend(x, (1, 1), steps=5, seeds=[0])
    assert np.allclose(path.points[0], [[k > 0, 1 - 0.75**k] for k in range(6)], atol=1e-14)
    assert path.condition.tolist() == pytest.approx([4])
    assert path.steps_to(0.6).tolist() == [2] and path.steps_to(1e-3).tolist() == [math.inf]


def test_inputs_of_one_sign_lengthen_the_path():
    x = np.random.default_rng(0).uniform(size=(200, 2))
    positive, centred = (lab.descend(inputs, (1, -1), batch=1, steps=1000) for inputs in (x, x - x.mean(0)))
    assert lab.paired(positive.ratio, centred.ratio).difference.low > 0.5
    assert positive.condition[0] > 4 > 2 > centred.condition[0]


@pytest.mark.parametrize("arguments", [{"x": np.eye(3)}, {"lr": 0.0}, {"seeds": 3}])
def test_descent_refuses_what_does_not_fit(arguments):
    with pytest.raises((ValueError, TypeError)):
        lab.descend(**{"x": np.eye(2), "target": (1, 1), **arguments})


MOMENTS = ("pre_mean", "pre_var", "mean", "var", "second_moment", "back_mean", "back_var", "back_second_moment",
           "weight_second_moment")


@pytest.mark.parametrize("memory", [2**28, 1])
def test_propagation_equals_one_network_at_a_time(monkeypatch, memory):
    monkeypatch.setattr("actfns.lab.propagation._MEMORY", memory)  # 1 byte: one seed at a time
    p = lab.propagate("mish", 4, 12, [3, 8], init="torch", gain=1.5, samples=10)
    params = lab.stack((12,) * 5, [3, 8], "torch", DOUBLE)
    for k, seed in enumerate((3, 8)):
        x, signal = (torch.randn((12, 10), generator=stream(seed, purpose), dtype=DOUBLE).mT
                     for purpose in ("inputs", "signal"))
        expected = plain_propagation("mish", 4, x, signal, params | {"W5": params["W4"], "b5": params["b4"]}, k, 1.5)
        made = np.array([getattr(p, name)[k] for name in MOMENTS])
        assert np.allclose(made, expected, rtol=1e-12, atol=1e-15)


def test_propagation_obeys_the_known_laws():
    relu = lab.propagate("relu", 20, 128, range(20), init="he")
    assert abs(np.log(relu.second_moment[:, -1].mean())) < 0.5  # E h² stays 1 under He
    assert 0.5 < np.median(relu.back_ratio) < 2
    sigmoid = lab.propagate("sigmoid", 10, 64, range(8), init="xavier")
    assert np.all(sigmoid.back_ratio < 0.25**9)  # no slope of a sigmoid exceeds ¼
    wide = lab.propagate("tanh", 1, 400, range(10), samples=200)
    assert wide.pre_var.mean() == pytest.approx(1, abs=0.01)
    assert wide.second_moment.mean() == pytest.approx(gaussian(lambda z: np.tanh(z) ** 2), abs=0.01)
    assert wide.back_second_moment.mean() == pytest.approx(gaussian(lambda z: np.cosh(z) ** -4.0), abs=0.01)


def gaussian(f):
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    return (weights * f(nodes)).sum() / math.sqrt(2 * math.pi)


def test_propagation_takes_data_strangers_and_steps():
    own = lab.propagate(lambda z: z.abs(), 3, 32, range(3), x=SMALL.X_test)
    assert own.mean.shape == (3, 3) and own.activation == "<lambda>" and np.all(own.mean > 0)
    step = lab.propagate(lambda z: (z > 0).to(z.dtype), 3, 32, range(3))
    assert np.all(step.back_second_moment == 0) and np.all(step.mean > 0)
    with pytest.raises(ValueError, match="samples, features"):
        lab.propagate("relu", 2, 4, x=np.zeros(4))
    with pytest.raises(ValueError, match="pointwise"):
        lab.propagate("softmax", 2, 4)


def test_a_polynomial_stays_where_it_is_and_relu_does_not():
    square = [lab.best_fit_error(torch.square, width, range(5)).sup for width in (5, 20, 80)]
    assert np.allclose(square, 3 / 16, atol=2e-3)  # exactly 3/16 for the integral, here a sum over a grid
    relu = [lab.best_fit_error("relu", width, range(10)).sup.mean() for width in (5, 20, 80)]
    assert relu[0] > 1.5 * relu[1] > 3 * relu[2] and relu[2] < 0.03


def test_random_units_are_centred_in_the_domain_with_normal_slopes():
    x = np.linspace(-2, 3, 11)
    lines = lab.sample_features("identity", 4, x, [4, 7], steepness=2.0).numpy()
    slopes = (lines[:, -1] - lines[:, 0]) / 5
    centres = x[0] - lines[:, 0] / slopes
    for k, seed in enumerate((4, 7)):
        drawn = torch.randn(4, generator=stream(seed, "slopes"), dtype=DOUBLE).numpy()
        places = torch.rand(4, generator=stream(seed, "centres"), dtype=DOUBLE).numpy()
        assert np.allclose(slopes[k], 2 * drawn) and np.allclose(centres[k], -2 + 5 * places)


def test_best_fit_equals_the_normal_equations_of_numpy():
    x = np.linspace(-2, 3, 101)
    features = lab.sample_features("tanh", 6, x, [4], steepness=2.0)
    fit = lab.best_fit_error("tanh", 6, [4], target=np.sin, domain=(-2, 3), points=101, steepness=2.0)
    design = np.column_stack([features[0].numpy(), np.ones(101)])
    expected = design @ np.linalg.lstsq(design, np.sin(x), rcond=None)[0]
    assert np.allclose(fit.fitted[0], expected, atol=1e-9)
    assert fit.sup[0] == np.abs(fit.fitted[0] - np.sin(x)).max() >= fit.rms[0] > 0
    wider = lab.sample_features("tanh", 9, x, [4], steepness=2.0)
    assert torch.equal(wider[:, :, :6], features)


def test_one_unit_per_kink_is_enough_and_one_less_is_not():
    x = np.linspace(0, 1, 801)
    teeth = np.abs((x * 4) % 2 - 1)  # four straight pieces: kinks at ¼, ½, ¾
    for units, exact in ((4, True), (3, False)):
        kinks = np.arange(units) / units
        fit = lab.least_squares(np.maximum(x[:, None] - kinks, 0)[None], teeth, x)
        assert (fit.sup[0] < 1e-12) == exact
    with pytest.raises(ValueError, match="points"):
        lab.least_squares(np.zeros((1, 5, 2)), teeth)
    with pytest.raises(ValueError, match="width"):
        lab.best_fit_error("relu", 0)
