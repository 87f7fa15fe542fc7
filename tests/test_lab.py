"""Training in the lab: every seed against a plain loop, pairing, what a run reports, what is refused."""

import math

import numpy as np
import pytest
import torch
from lab_twin import DOUBLE, SMALL, one_thread, plain_network, plain_training  # noqa: F401
from torch import nn
from torch.nn import functional as F

import actfns
from actfns import lab
from actfns.lab.evaluation import LAYER_RECORDS
from actfns.lab.streams import batches, stream

SETTINGS = {
    "plain": ({}, {}),
    "whole batch": ({"batch": None}, {"batch": None}),
    "torch init": ({"init": "torch"}, {"init": "torch"}),
    "squared error": ({"loss": "mse"}, {"loss": "mse"}),
    "frozen first layer": ({"freeze": (1,)}, {"frozen": (1,)}),
    "momentum and decay": ({"momentum": 0.9, "weight_decay": 1e-3, "lr": 0.02},
                           {"stepper": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, weight_decay=1e-3)}),
    "adam": ({"optimiser": "adam", "lr": 0.003}, {"stepper": lambda p: torch.optim.Adam(p, lr=0.003)}),
    "a stranger's optimiser": ({"optimiser": lambda p: torch.optim.RMSprop(p, lr=0.001)},
                               {"stepper": lambda p: torch.optim.RMSprop(p, lr=0.001)}),
}
GATED = {"glu", "reglu", "geglu", "swiglu", "swiglu_clamped", "gtu"}
RANDOM, OTHER_SHAPE, OVERFLOW = {"rrelu", "gumbel_softmax"}, {"maxout", "crelu"} | GATED, {
    "exponential", "squared_relu", "star_relu", "xielu", "gcu"}
FUNCTIONS = [f for f in actfns.catalog if f not in RANDOM | OTHER_SHAPE | OVERFLOW] + [torch.sin, abs]


def assert_same_training(data, activation, ours, theirs, epochs=4, seeds=(0, 5, 3), widths=(24, 16)):
    run = lab.train(data, widths, activation, seeds, epochs=epochs, dtype=DOUBLE, **ours)
    for k, seed in enumerate(seeds):
        net, loss, accuracy = plain_training(data, widths, activation, seed, epochs=epochs, **theirs)
        assert np.abs(run.test_loss[k] - loss).max() < 1e-10
        assert np.array_equal(run.test_accuracy[k], accuracy)
        for layer in range(1, len(widths) + 2):
            for name, value in (("W", net[2 * layer - 2].weight), ("b", net[2 * layer - 2].bias)):
                assert (run.params[f"{name}{layer}"][k] - value).abs().max() < 1e-10
        for name, value in net.named_parameters():
            if not name.endswith(("weight", "bias")):  # "1.a" is parameter a of the first activation
                layer, parameter = name.split(".")
                assert abs(run.params[f"f{int(layer) // 2 + 1}.{parameter}"][k] - value) < 1e-10
    return run


@pytest.mark.parametrize("activation", FUNCTIONS, ids=lambda f: f if isinstance(f, str) else f.__name__)
def test_every_seed_follows_the_trajectory_of_a_plain_loop(activation):
    assert_same_training(SMALL, activation, {}, {}, epochs=2, seeds=(5, 3), widths=(9, 7))


@pytest.mark.parametrize("activation", sorted(OVERFLOW))
def test_what_grows_fast_does_so_as_long_as_it_does_not_overflow(activation):
    assert_same_training(SMALL, activation, {"init": "small"}, {"init": "small"}, epochs=2)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_follows_the_plain_loop(setting):
    run = assert_same_training(SMALL, "tanh", *SETTINGS[setting])
    assert run.test_loss[:, -1].mean() < run.test_loss[:, 0].mean()


def test_learnable_parameters_learn_for_each_seed():
    run = lab.train(SMALL, (24, 16), "prelu", range(4), epochs=4, dtype=DOUBLE)
    learned = {name: value for name, value in run.params.items() if name.startswith("f")}
    assert len(learned) == 2
    for name, value in learned.items():
        assert value.shape == (4,) and len(set(value.tolist())) == 4
        assert torch.all(run.initial[name] == run.initial[name][0])


def test_training_curve_is_the_mean_over_the_batches_of_the_epoch():
    run = lab.train(SMALL, (16,), "tanh", [7], epochs=1, dtype=DOUBLE)
    net = plain_network(run.initial, 0, "tanh")
    stepper, seen = torch.optim.SGD(net.parameters(), lr=0.1), []
    x, y = torch.as_tensor(SMALL.X_train), torch.as_tensor(SMALL.y_train)
    for chosen in next(batches(7, 200, 64)):
        stepper.zero_grad()
        loss = F.cross_entropy(net(x[chosen]), y[chosen])
        seen.append((loss.item(), (net(x[chosen]).argmax(1) == y[chosen]).double().mean().item()))
        loss.backward()
        stepper.step()
    assert np.allclose([run.train_loss[0, 1], run.train_accuracy[0, 1]], np.mean(seen, axis=0), atol=1e-12)
    scores = run.scores("train")
    assert scores["loss"][0] == pytest.approx(F.cross_entropy(net(x), y).item(), abs=1e-12)
    assert scores["accuracy"][0] == (net(x).argmax(1) == y).double().mean()
    assert np.array_equal(run.scores("test")["loss"], run.test_loss[:, -1])


def test_a_seed_does_not_notice_the_other_seeds():
    together = lab.train(SMALL, (16,), "relu", range(6), epochs=3, dtype=DOUBLE)
    alone = lab.train(SMALL, (16,), "relu", [4], epochs=3, dtype=DOUBLE)
    assert np.abs(together.test_loss[4] - alone.test_loss[0]).max() < 1e-12


def test_functions_share_initial_weights_and_data_order():
    runs = [lab.train(SMALL, (16, 8), f, range(3), epochs=0) for f in ("relu", "prelu", torch.tanh)]
    for run in runs[1:]:
        assert all(torch.equal(run.initial[name], runs[0].initial[name]) for name in ("W1", "b1", "W2", "W3"))
    first, second = batches(3, 200, 64), batches(3, 200, 64)
    epochs = [next(first), next(first)]
    assert torch.equal(next(second), epochs[0]) and not torch.equal(*epochs)
    assert epochs[0].shape == (3, 64) and epochs[0].unique().numel() == 192


def test_initial_weights_depend_on_nothing_but_seed_layer_and_shape():
    single, double = lab.stack((8, 5, 3), [1, 2]), lab.stack((8, 5, 9, 3), [2], dtype=DOUBLE)
    assert torch.equal(single["W1"][1], double["W1"][0].float())
    assert not torch.equal(single["W1"][0], single["W1"][1])
    assert not torch.equal(*(torch.rand(4, generator=stream(0, purpose)) for purpose in ("init", "order")))


def test_numbers_repeat_exactly():
    first, again = (lab.train(SMALL, (16,), "mish", range(4), epochs=3) for _ in range(2))
    assert np.array_equal(first.test_loss, again.test_loss)
    assert all(torch.equal(first.params[name], again.params[name]) for name in first.params)


def test_training_leaves_the_global_random_state_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    lab.train(SMALL, (8,), "relu", range(2), epochs=1)
    assert torch.equal(torch.rand(3), expected)


def test_run_reports_shapes_moments_and_itself():
    run = lab.train(SMALL, (16, 8), "relu", range(5), epochs=5, every=2, record=("mean", "dead"))
    assert run.epochs.tolist() == [0, 2, 4, 5]
    for curve in (run.train_loss, run.train_accuracy, run.test_loss, run.test_accuracy):
        assert curve.shape == (5, 4)
    assert {name: values.shape for name, values in run.layers.items()} == {"mean": (5, 4, 2), "dead": (5, 4, 2)}
    assert run.outputs(SMALL.X_test).shape == (5, 100, 10)
    assert repr(run).startswith("Run(relu, small, 64-16-8-10, 5 seeds, 5 epochs: test accuracy 0.")
    assert not run.diverged.any()
    assert np.array_equal((run.outputs(SMALL.X_test).argmax(-1) == SMALL.y_test).mean(-1), run.test_accuracy[:, -1])


def test_layer_records_equal_a_count_by_hand():
    run = lab.train(SMALL, (24, 16), "relu", range(3), epochs=3, lr=0.5, record=LAYER_RECORDS, dtype=DOUBLE)
    _, hidden = lab.forward(run.params, SMALL.X_train, "relu", hidden=True)
    for layer, h in enumerate(hidden):
        h = h.numpy()
        expected = {"mean": h.mean((1, 2)), "second_moment": (h**2).mean((1, 2)), "zeros": (h == 0).mean((1, 2)),
                    "dead": (h == 0).all(1).mean(-1)}
        for name, values in expected.items():
            assert np.allclose(run.layers[name][:, -1, layer], values, atol=1e-12), name
    assert run.layers["zeros"].max() > 0.2


def test_divergence_is_reported_not_hidden():
    run = lab.train(SMALL, (16,), lambda z: z * z, range(3), lr=50.0, epochs=3)
    assert run.diverged.all()
    assert np.all(run.test_accuracy[:, -1] < 0.3)


def test_regression_learns_and_has_no_accuracy():
    x = np.linspace(-1, 1, 128)[:, None]
    run = lab.train(lab.from_arrays(x, np.sin(3 * x[:, 0])), (32,), "tanh", range(3), epochs=200, lr=0.1, loss="mse",
                    batch=16, every=200)
    assert np.all(run.test_loss[:, -1] < 0.1 * run.test_loss[:, 0])
    assert np.isnan(run.test_accuracy).all() and run.outputs(x).shape == (3, 128, 1)
    assert "test loss" in repr(run)


def test_only_a_nonlinear_network_separates_circles():
    accuracy = {f: lab.train("circles", (32, 32), f, range(8), lr=0.3, epochs=40, every=40).test_accuracy[:, -1]
                for f in ("identity", "relu", "tanh")}
    assert accuracy["identity"].mean() < 0.6
    assert min(accuracy["relu"].min(), accuracy["tanh"].min()) > 0.95


def test_step_function_leaves_the_layers_below_where_they_were():
    def step(z):
        return (z > 0).to(z.dtype)

    run = lab.train(SMALL, (32,), step, range(3), epochs=3)
    assert torch.equal(run.params["W1"], run.initial["W1"])
    assert not torch.equal(run.params["W2"], run.initial["W2"])


def test_vector_functions_work_along_the_units():
    run = lab.train(SMALL, (12,), "softmax", [0], epochs=0, dtype=DOUBLE)
    _, (h,) = lab.forward(run.params, SMALL.X_test, "softmax", hidden=True)
    assert torch.allclose(h.sum(-1), torch.ones(1, 100, dtype=DOUBLE))
    _, (own,) = lab.forward(run.params, SMALL.X_test, lambda z: torch.softmax(z, -1), hidden=True)
    assert torch.allclose(h, own, atol=1e-14)


def test_a_function_that_draws_random_numbers_repeats_and_is_calm_when_evaluated():
    torch.manual_seed(1)
    runs = [lab.train(SMALL, (12,), "rrelu", range(3), epochs=2) for _ in range(2)]
    assert np.array_equal(runs[0].test_loss, runs[1].test_loss)
    assert np.array_equal(runs[0].outputs(SMALL.X_test), runs[0].outputs(SMALL.X_test))
    calm = lab.train(SMALL, (12,), lambda z: F.rrelu(z), range(3), epochs=2)
    assert not np.array_equal(calm.test_loss, runs[0].test_loss)


def test_progress_bar_appears_only_when_asked_for(capsys):
    lab.train(SMALL, (4,), "relu", [0], epochs=1)
    assert capsys.readouterr() == ("", "")
    lab.train(SMALL, (4,), "relu", [0], epochs=1, progress=True)
    assert "1/1" in capsys.readouterr().err


@pytest.mark.parametrize("settings, error, message", [
    ({"activation": "wish"}, KeyError, "swish"),
    ({"activation": 3}, TypeError, "callable"),
    ({"activation": nn.PReLU()}, ValueError, "share"),
    ({"activation": lambda z: z[:, :1]}, ValueError, "number of units"),
    ({"activation": torch.sum}, ValueError, "has to work on"),
    ({"activation": "maxout", "network": (7,)}, ValueError, "maxout"),
    ({"network": 64}, TypeError, "lab.mlp"),
    ({"network": lab.cnn(), "data": "circles"}, ValueError, "no images"),
    ({"network": lab.cnn(4, 4, 4, 4)}, ValueError, "cannot be halved"),
    ({"network": lab.resnet(1), "activation": "maxout"}, ValueError, "number of channels"),
    ({"network": lab.mlp(8, norm="batch"), "batch": 1}, ValueError, "batch"),
    ({"activation": "softmax", "record": "dead"}, ValueError, "whole vectors"),
    ({"every_updates": -1}, ValueError, "every_updates"),
    ({"warmup": 1.5}, ValueError, "warmup"),
    ({"clip": -1.0}, ValueError, "clip"),
    ({"decay": "most"}, ValueError, "'weights'"),
    ({"start": {"W1": torch.zeros(32, 3, 3)}}, ValueError, "does not fit"),
    ({"data": "digit"}, KeyError, "did you mean 'digits'"),
    ({"data": np.eye(3)}, TypeError, "from_arrays"),
    ({"network": (0,)}, ValueError, "positive integers"),
    ({"network": (8.5,)}, ValueError, "positive integers"),
    ({"seeds": 32}, TypeError, "range"),
    ({"seeds": []}, ValueError, "one or more"),
    ({"seeds": [1, 1]}, ValueError, "differ"),
    ({"seeds": [-1]}, ValueError, "non-negative"),
    ({"lr": 0}, ValueError, "lr"),
    ({"lr": math.nan}, ValueError, "lr"),
    ({"epochs": -1}, ValueError, "epochs"),
    ({"batch": 0}, ValueError, "batch"),
    ({"every": 0}, ValueError, "every"),
    ({"init": "hee"}, ValueError, "did you mean 'he'"),
    ({"optimiser": "lion"}, ValueError, "optimiser"),
    ({"optimiser": "adam", "momentum": 0.9}, ValueError, "momentum"),
    ({"loss": "hinge"}, ValueError, "loss"),
    ({"freeze": (9,)}, ValueError, "layers 1 to 4"),
    ({"freeze": (1, 2, 3, 4)}, ValueError, "nothing to train"),
    ({"record": "median"}, ValueError, "available"),
    ({"dtype": torch.float16}, ValueError, "float32"),
    ({"data": lab.from_arrays(np.eye(3), np.arange(3.0))}, TypeError, "mse"),
], ids=lambda value: "-".join(value) if isinstance(value, dict) else None)
def test_impossible_settings_are_refused_with_advice(settings, error, message):
    with pytest.raises(error, match=message):
        lab.train(**{"epochs": 0, **settings})
