"""Data, parameters, forward pass and gradients of the lab."""

import dataclasses

import numpy as np
import pytest
import torch
from lab_twin import DOUBLE, SMALL, one_thread, plain_loss, plain_network  # noqa: F401

from actfns import lab


def test_digits_are_split_once_and_for_all_and_scaled_on_the_training_part():
    data, raw = lab.load_data(), lab.load_data(scale="raw")
    assert (data.X_train.shape, data.X_test.shape, data.outputs) == ((1347, 64), (450, 64), 10)
    shares = [np.bincount(y) / len(y) for y in (data.y_train, data.y_test)]
    assert np.abs(shares[0] - shares[1]).max() < 0.005
    constant = raw.X_train.std(0) == 0
    assert np.abs(data.X_train.mean(0)).max() < 1e-12
    assert np.allclose(data.X_train.std(0)[~constant], 1) and np.all(data.X_train[:, constant] == 0)
    assert np.allclose(data.X_test[:, ~constant], ((raw.X_test - raw.X_train.mean(0))[:, ~constant]
                                                    / raw.X_train.std(0)[~constant]))
    unit, centred = lab.load_data(scale="unit"), lab.load_data(scale="centred")
    assert (unit.X_train.min(), unit.X_train.max()) == (0, 1)
    assert np.allclose(centred.X_train, unit.X_train - unit.X_train.mean(0))


@pytest.mark.parametrize("name", ["circles", "moons", "spirals"])
def test_toys_follow_their_seed(name):
    first, again, other = (lab.load_data(name, samples=400, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.X_train, again.X_train) and not np.array_equal(first.X_train, other.X_train)
    assert first.X_train.shape == (300, 2) and np.bincount(first.y_test).tolist() == [50, 50]


def test_spirals_have_as_many_arms_as_asked_for():
    data = lab.load_data("spirals", samples=300, arms=3, noise=0.0, turns=1.0)
    radius, angle = np.hypot(*data.X_train.T), np.arctan2(*data.X_train.T[::-1])
    arm = np.round((angle / (2 * np.pi) - radius) * 3) % 3
    assert data.outputs == 3 and np.array_equal(arm, data.y_train)


def test_unknown_data_and_options_are_explained():
    with pytest.raises(KeyError, match="did you mean 'moons'.*circles, digits"):
        lab.load_data("moon")
    with pytest.raises(ValueError, match="standardised"):
        lab.load_data("digits", scale="normal")
    with pytest.raises(TypeError, match="nois"):
        lab.load_data("moons", nois=1)
    with pytest.raises(ValueError, match="as many targets"):
        lab.from_arrays(np.eye(3), np.arange(4))


def test_data_is_frozen_and_says_what_it_is():
    data = lab.from_arrays(np.eye(3), np.arange(3), name="three")
    assert str(data) == "three: 3 + 3 samples, 3 features, 3 classes"
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.name = "other"


def test_a_new_data_set_is_one_decorated_function(monkeypatch):
    monkeypatch.setattr("actfns.lab.data.DATASETS", dict(lab.DATASETS))

    @lab.dataset("corners", scale="centred")
    def corners(copies=4):
        return np.tile([[0, 0], [0, 2], [2, 0], [2, 2]], (copies, 1)), np.tile([0, 1, 1, 0], copies), ("even", "odd")

    data = lab.load_data("corners", copies=8)
    assert data.classes == ("even", "odd") and np.abs(data.X_train.mean(0)).max() < 1e-15
    assert "corners" not in lab.DATASETS


@pytest.mark.parametrize("name, deviation", [
    ("lecun", 400**-0.5), ("he", 200**-0.5), ("xavier", 300**-0.5), ("uniform", 3**-0.5), ("small", 0.01), ("zeros", 0),
    ("orthogonal", 400**-0.5), ("torch", 400**-0.5 * 3**-0.5)])
def test_initialisers_have_the_variance_they_promise(name, deviation):
    params = lab.stack((400, 200, 10), range(4), name, DOUBLE)
    weight = params["W1"]
    assert weight.shape == (4, 200, 400) and params["b2"].shape == (4, 10)
    assert abs(weight.std() - deviation) <= 0.01 * deviation and abs(weight.mean()) <= 0.02 * deviation
    assert (params["b1"].abs().max() > 0) == (name == "torch")


def test_orthogonal_rows_and_own_initialisers():
    weight = lab.stack((8, 5), range(3), "orthogonal", DOUBLE)["W1"]
    assert torch.allclose(weight @ weight.mT, torch.eye(5, dtype=DOUBLE), atol=1e-12)
    params = lab.stack((8, 5), range(3), lambda w, g: (w.fill_(2), torch.full((5,), -1.0)))
    assert torch.all(params["W1"] == 2) and torch.all(params["b1"] == -1)
    with pytest.raises(ValueError, match="init must return"):
        lab.stack((8, 5), range(3), lambda w, g: w.mT)


def test_forward_equals_an_ordinary_network():
    params, x = lab.stack((4, 7, 6, 3), range(3), "torch", DOUBLE), torch.randn(11, 4, dtype=DOUBLE)
    outputs, hidden = lab.forward(params, x, "mish", hidden=True)
    for k in range(3):
        net = plain_network(params, k, "mish")
        assert torch.allclose(outputs[k], net(x), atol=1e-13)
        assert torch.allclose(hidden[1][k], net[:4](x), atol=1e-13)
    own = torch.stack([x, 2 * x, 3 * x])
    assert torch.allclose(lab.forward(params, own, "mish")[1], plain_network(params, 1, "mish")(2 * x), atol=1e-13)
    with pytest.raises(ValueError, match=r"\(samples, 4\)"):
        lab.forward(params, x[:, :2], "mish")


def test_linear_stack_folds_into_one_map_of_limited_rank():
    data = lab.load_data("digits")
    run = lab.train(data, (64, 5, 64), "identity", range(4), epochs=2, lr=0.02, init="torch", dtype=DOUBLE)
    W, b = lab.fold(run.params)
    folded = torch.as_tensor(data.X_test) @ W.mT + b[:, None]
    assert np.abs(folded.numpy() - run.outputs(data.X_test)).max() < 1e-10
    assert torch.linalg.matrix_rank(W).tolist() == [5] * 4
    assert np.abs(folded.numpy()).max() > 1


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_gradients_equal_autograd_on_an_ordinary_network(loss):
    params = lab.stack((64, 12, 10), range(3), dtype=DOUBLE)
    made = lab.gradients(params, SMALL.X_test, SMALL.y_test, "tanh", loss)
    for k in range(3):
        net = plain_network(params, k, "tanh")
        plain_loss(net(torch.as_tensor(SMALL.X_test)), torch.as_tensor(SMALL.y_test), loss).backward()
        assert torch.allclose(made["W1"][k], net[0].weight.grad, atol=1e-14)
        assert torch.allclose(made["b2"][k], net[2].bias.grad, atol=1e-14)


def test_gradients_cover_learnable_parameters_and_stop_at_steps():
    run = lab.train(SMALL, (12,), "prelu", range(2), epochs=1, dtype=DOUBLE)
    made = lab.gradients(run.params, SMALL.X_test, SMALL.y_test, "prelu")
    assert made.keys() == run.params.keys()
    assert all(made[name].shape == value.shape and made[name].abs().max() > 0 for name, value in run.params.items())
    blocked = lab.gradients(lab.stack((64, 12, 10), range(2)), SMALL.X_test, SMALL.y_test, lambda z: (z > 0).float())
    assert torch.all(blocked["W1"] == 0) and blocked["W2"].abs().max() > 0
