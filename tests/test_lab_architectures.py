"""Networks with batch norm, convolutional and residual networks: every seed against an ordinary ``nn.Module``."""

import numpy as np
import pytest
import torch
from lab_twin import DOUBLE, SMALL, one_thread, plain_activation  # noqa: F401
from torch import nn
from torch.nn import functional as F

import actfns
from actfns import lab
from actfns.lab.ensemble import clip_by_seed
from actfns.lab.evaluation import LAYER_RECORDS
from actfns.lab.streams import batches

TINY = lab.from_arrays(SMALL.X_train[:96], SMALL.y_train[:96], SMALL.X_test[:20], SMALL.y_test[:20], name="tiny",
                       shape=(1, 8, 8))
GATED = ("glu", "reglu", "geglu", "swiglu", "swiglu_clamped", "gtu")
WIDTH = {"maxout": 0.5, "crelu": 2} | dict.fromkeys(GATED, 0.5)  # units after the function, for one before
NETWORKS = {
    "mlp": lab.mlp(8, 6), "mlp norm": lab.mlp(8, 6, norm="batch"), "cnn": lab.cnn(4, 6),
    "cnn norm": lab.cnn(4, 6, norm="batch"), "resnet": lab.resnet(1, 4),
}
LEFT_OUT = {"rrelu", "gumbel_softmax", "exponential"}  # random numbers, and an overflow with these weights
FUNCTIONS = [f for f in actfns.catalog if f not in LEFT_OUT]
QUADRATIC = {"squared_relu", "star_relu", "xielu", "reglu", "geglu", "swiglu"}  # diverge here without normalisation


class Plain(nn.Module):
    """One network of the lab as a tutorial would write it; ``kind`` as in NETWORKS."""

    def __init__(self, kind, activation):
        super().__init__()
        self.kind, self.activation, self.norm = kind, activation, "norm" in kind or kind == "resnet"
        self.weighted, self.norms, self.functions = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        after = WIDTH.get(activation, 1)
        if "mlp" in kind:
            for inside, made in ((64, 8), (int(8 * after), 6)):
                self.add(nn.Linear(inside, made, not self.norm), nn.BatchNorm1d(made))
            self.add(nn.Linear(int(6 * after), 10))
        elif "cnn" in kind:
            for inside, made in ((1, 4), (int(4 * after), 6)):
                self.add(nn.Conv2d(inside, made, 3, padding=1, bias=not self.norm), nn.BatchNorm2d(made))
            self.add(nn.Linear(int(6 * after) * 4, 10))
        else:
            widths, strides = (1, 4, 4, 4, 8, 8, 16, 16), (1, 1, 1, 2, 1, 2, 1)
            for inside, made, stride in zip(widths, widths[1:], strides):
                self.add(nn.Conv2d(inside, made, 3, stride, 1, bias=False), nn.BatchNorm2d(made))
            self.add(nn.Linear(16, 10))
        self.to(DOUBLE)

    def add(self, weighted, norm=None):
        self.weighted.append(weighted)
        if norm is not None:
            self.norms.append(norm if self.norm else nn.Identity())
            self.functions.append(plain_activation(self.activation))

    def layer(self, k, x):
        return self.norms[k](self.weighted[k](x))

    def act(self, k, z):
        if self.activation in actfns.catalog and actfns.catalog[self.activation].arity == "pointwise":
            return self.functions[k](z)
        return self.functions[k](z.movedim(1, -1)).movedim(-1, 1)  # along units or channels

    def forward(self, x):
        if self.kind != "resnet":
            for k in range(2):
                x = self.act(k, self.layer(k, x))
                x = F.max_pool2d(x, 2) if "cnn" in self.kind else x
            return self.weighted[-1](x.flatten(1))
        x = self.act(0, self.layer(0, x))
        for block in range(3):
            k, shortcut = 2 * block + 1, x
            x = self.layer(k + 1, self.act(k, self.layer(k, x)))
            if block:
                shortcut = F.pad(shortcut[:, :, ::2, ::2], (0, 0, 0, 0, 0, x.shape[1] - shortcut.shape[1]))
            x = self.act(k + 1, x + shortcut)
        return self.weighted[-1](x.mean((2, 3)))

    def values(self):
        """Parameters and running estimates under the lab's names."""
        made = {}
        for k, weighted in enumerate(self.weighted, start=1):
            made[f"W{k}"] = weighted.weight
            if weighted.bias is not None:
                made[f"b{k}"] = weighted.bias
        for k, norm in enumerate(self.norms if self.norm else (), start=1):
            made |= {f"scale{k}": norm.weight, f"shift{k}": norm.bias, f"running_mean{k}": norm.running_mean,
                     f"running_var{k}": norm.running_var}
        for k, function in enumerate(self.functions, start=1):
            made |= {f"f{k}.{name}": value for name, value in function.named_parameters()}
        return made


def images(kind, x):
    return torch.as_tensor(x) if "mlp" in kind else torch.as_tensor(x).view(-1, 1, 8, 8)


def plain_run(kind, activation, run, k, seed, epochs, make=lambda p: torch.optim.SGD(p, lr=0.05), clip=None, warmup=0):
    """Seed ``k`` of ``run`` trained from its own start in a plain loop: (network, test losses)."""
    net = Plain(kind, activation)
    with torch.no_grad():
        for name, value in net.values().items():
            value.copy_(run.initial[name][k])
    x, y = images(kind, TINY.X_train), torch.as_tensor(TINY.y_train)
    stepper, order, losses, done = make(list(net.parameters())), batches(seed, 96, 32), [], 0
    for epoch in range(epochs + 1):
        net.train()
        for chosen in next(order) if epoch else ():
            done += 1
            stepper.zero_grad()
            F.cross_entropy(net(x[chosen]), y[chosen]).backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            for group in stepper.param_groups:
                group["lr"] = 0.05 * min(1, done / warmup) if warmup else group["lr"]
            stepper.step()
        net.eval()
        with torch.no_grad():
            losses.append(F.cross_entropy(net(images(kind, TINY.X_test)), torch.as_tensor(TINY.y_test)).item())
    return net, np.array(losses)


def assert_same(kind, activation, ours=None, **theirs):
    run = lab.train(TINY, NETWORKS[kind], activation, (5, 2), lr=0.05, epochs=2, batch=32, dtype=DOUBLE, **ours or {})
    for k, seed in enumerate(run.seeds):
        net, losses = plain_run(kind, activation, run, k, seed, 2, **theirs)
        assert np.isfinite(losses).all() and np.abs(run.test_loss[k] - losses).max() < 1e-10
        made = net.values()
        assert made.keys() == run.params.keys()
        for name, value in made.items():
            assert (run.params[name][k] - value).abs().max() < 1e-10, name
    return run


@pytest.mark.parametrize(("kind", "activation"), [
    (kind, f) for kind in NETWORKS if kind != "resnet" for f in FUNCTIONS if "norm" in kind or f not in QUADRATIC])
def test_every_seed_follows_an_ordinary_network(kind, activation):
    assert_same(kind, activation)


@pytest.mark.parametrize("activation", ["relu", "prelu", "mish", "swish", "softmax"])
def test_every_seed_follows_an_ordinary_residual_network(activation):
    assert_same("resnet", activation)


def test_resnet_20_has_its_layers_and_parameters():
    image = lab.from_arrays(np.zeros((2, 3072)), np.arange(2) + 8, shape=(3, 32, 32))
    run = lab.train(image, lab.resnet(), "relu", [0], epochs=0, batch=2)
    trained = sum(value.numel() for name, value in run.params.items() if not name.startswith("running"))
    assert run.network.layers + 1 == 20 and trained == 269_722  # 0.27 M, table 6 of He et al. (2015), with batch norm
    assert "ResNet-20" in repr(run)


@pytest.mark.parametrize("kind", ["mlp norm", "cnn"])
@pytest.mark.parametrize("name", ["clip", "warm-up", "decay of weights", "decay of biases"])
def test_settings_follow_the_plain_loop(kind, name):
    def decaying(which):
        def make(params):
            chosen = [p for p in params if which(p)]
            others = [p for p in params if not which(p)]
            return torch.optim.SGD([{"params": chosen, "weight_decay": 0.1}, {"params": others}], lr=0.05)
        return make

    ours, theirs = {
        "clip": ({"clip": 0.5}, {"clip": 0.5}),
        "warm-up": ({"warmup": 4}, {"warmup": 4}),
        "decay of weights": ({"weight_decay": 0.1, "decay": "weights"}, {"make": decaying(lambda p: p.ndim > 1)}),
        "decay of biases": ({"weight_decay": 0.1, "decay": "biases"}, {"make": None}),
    }[name]
    if name == "decay of biases":  # with batch norm only the output layer has one
        theirs = {"make": decaying(lambda p: p.shape == (10,) or kind == "cnn" and p.ndim == 1)}
    assert_same(kind, "tanh", ours, **theirs)


def test_clipping_is_by_seed():
    gradients = [torch.tensor([[3.0, 0.0], [0.3, 0.0]]), torch.tensor([[4.0], [0.4]])]
    clip_by_seed(gradients, 1.0)
    assert torch.allclose(gradients[0], torch.tensor([[0.6, 0.0], [0.3, 0.0]]), atol=1e-5)
    assert torch.allclose(gradients[1], torch.tensor([[0.8], [0.4]]), atol=1e-5)


@pytest.mark.parametrize("network", [(16, 8), lab.cnn(4, 4, norm="batch")], ids=["mlp", "cnn"])
def test_going_on_is_the_same_as_not_stopping(network):
    settings = dict(network=network, activation="prelu", seeds=range(3), batch=32, dtype=DOUBLE, record="mean")
    whole = lab.train(TINY, epochs=5, **settings)
    first = lab.train(TINY, epochs=2, **settings)
    second = lab.train(TINY, epochs=3, start=first, **settings)
    assert second.epochs.tolist() == [2, 3, 4, 5] and second.updates.tolist() == [6, 9, 12, 15]
    assert np.array_equal(second.test_loss, whole.test_loss[:, 2:])
    assert np.array_equal(second.layers["mean"][:, 1:], whole.layers["mean"][:, 3:])
    assert all(torch.equal(second.params[name], whole.params[name]) for name in whole.params)
    with pytest.raises(ValueError, match="other seeds"):
        lab.train(TINY, start=first, **settings | {"seeds": range(1, 4)})


def test_parameters_to_start_from_are_copied():
    params = lab.stack((64, 8, 10), range(2))
    run = lab.train(TINY, (8,), "relu", range(2), epochs=1, batch=32, start=params)
    assert torch.equal(run.initial["W1"], params["W1"]) and not torch.equal(run.params["W1"], params["W1"])
    assert torch.equal(params["W1"], lab.stack((64, 8, 10), range(2))["W1"])


def test_looking_after_updates_sees_the_same_training():
    settings = dict(network=(16,), activation="relu", seeds=range(3), batch=32, dtype=DOUBLE)
    epochs, updates = lab.train(TINY, epochs=3, **settings), lab.train(TINY, epochs=3, every_updates=2, **settings)
    assert updates.updates.tolist() == [0, 2, 4, 6, 8, 9]
    assert updates.epochs.tolist() == pytest.approx([0, 2 / 3, 4 / 3, 2, 8 / 3, 3])
    assert np.array_equal(updates.test_loss[:, [0, 3, 5]], epochs.test_loss[:, [0, 2, 3]])
    rarely = lab.train(TINY, epochs=3, every=3, **settings)
    assert np.array_equal(rarely.train_loss[:, -1], epochs.train_loss[:, -1])  # the last epoch, not all three
    each = lab.train(TINY, epochs=1, every_updates=1, **settings)
    assert np.allclose(each.train_loss[:, 1:].mean(1), epochs.train_loss[:, 1], atol=1e-14)


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("activation", ["relu", "tanh", "leaky_relu", "prelu", "hardtanh"])
def test_layer_records_equal_a_count_by_hand(kind, activation):
    run = lab.train(TINY, NETWORKS[kind], activation, range(2), lr=0.5, epochs=1, batch=32, record=LAYER_RECORDS,
                    dtype=DOUBLE)
    for k in range(2):
        net = Plain(kind, activation).eval()
        with torch.no_grad():
            for name, value in net.values().items():
                value.copy_(run.params[name][k])
        seen = _by_hand(net, kind)
        for layer, (h, slope, back, weight) in enumerate(seen):
            expected = {
                "mean": h.mean(), "second_moment": h.square().mean(), "zeros": (h == 0).double().mean(),
                "dead": (slope == 0).all(1).double().mean(), "saturated": (slope.abs() < 0.009999).double().mean(),
                "pre_gradient": back.square().mean().sqrt(), "weight_gradient": weight.square().mean().sqrt()}
            for name, value in expected.items():
                assert run.layers[name][k, -1, layer] == pytest.approx(value.item(), abs=1e-12), (name, layer)
            assert np.array_equal(run.layers["dead_units"][layer][k, -1], (slope == 0).all(1))


def _by_hand(net, kind):
    """For each hidden layer: values, slopes, back-signals (units, samples × positions), and dL/dW of the mean loss."""
    seen, x, y = [], images(kind, TINY.X_train), torch.as_tensor(TINY.y_train)
    for function in net.functions:
        function.register_forward_hook(lambda module, inputs, h: seen.append((inputs[0], h)))
    losses = F.cross_entropy(net(x), y, reduction="none")
    back = torch.autograd.grad(losses.sum(), [z for z, _ in seen], retain_graph=True)
    weights = torch.autograd.grad(losses.mean(), [weighted.weight for weighted in net.weighted[:-1]], retain_graph=True)
    slopes = []
    for (z, _), function in zip(list(seen), net.functions):
        own = z.detach().requires_grad_()
        slopes.append(torch.autograd.grad(function(own).sum(), own)[0])
    return [(*(_units(value.detach()) for value in (h, slope, signal)), weight)
            for (_, h), slope, signal, weight in zip(seen, slopes, back, weights)]


def _units(value):
    return value.movedim(1, 0).flatten(1)


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_run_repeats_what_it_saw(kind):
    run = lab.train(TINY, NETWORKS[kind], "swish", range(3), epochs=2, batch=32)
    assert np.array_equal(run.scores("test")["loss"], run.test_loss[:, -1])
    assert np.array_equal((run.outputs(TINY.X_test).argmax(-1) == TINY.y_test).mean(-1), run.test_accuracy[:, -1])
    again = lab.train(TINY, NETWORKS[kind], "swish", range(3), epochs=2, batch=32)
    assert np.array_equal(again.test_loss, run.test_loss)


def test_batch_norm_keeps_pairing_and_learns():
    runs = [lab.train("digits", lab.mlp(32, 32, norm="batch"), f, range(4), epochs=5) for f in ("relu", "tanh")]
    assert torch.equal(runs[0].initial["W2"], runs[1].initial["W2"])
    assert min(run.test_accuracy[:, -1].min() for run in runs) > 0.9
    assert "batch norm" in repr(runs[0])


def test_functions_that_change_the_width_train():
    run = lab.train("digits", (32,), "maxout", range(4), epochs=5)
    assert run.params["W2"].shape == (4, 10, 16) and run.test_accuracy[:, -1].min() > 0.9
