"""Checks of the topic dying ReLU: networks of 64-64-64-10 with He's weights on the digits, pixels between 0 and 1."""

from functools import cache

import numpy as np
import torch
from scipy.stats import binomtest

from actfns import lab
from actfns.claims.checks.sigmoid import SEEDS
from actfns.claims.evidence import Evidence, check

HIDDEN = (64, 64)


@cache
def digits(scale="unit"):
    """The digits at a scale, by default pixels from 0 to 1."""
    return lab.load_data("digits", scale=scale)


def images():
    """The training images as a tensor."""
    return torch.tensor(digits().X_train).float()


@cache
def trained(lr, scale="unit", f="relu"):
    """20 seeds, 8 epochs; which units are dead (slope exactly 0 on all training images) at the start and at the end."""
    return lab.train(digits(scale), HIDDEN, f, SEEDS, lr=lr, epochs=8, every=8, record=("dead", "dead_units"))


def accuracy(run):
    """Test accuracy of each seed at the end."""
    return run.test_accuracy[:, -1]


def dead_share(run, layer=0):
    """Dead share of a hidden layer at the end, over the seeds that have not diverged."""
    return lab.interval(run.layers["dead"][~run.diverged, -1, layer])


def dead_on(params, x):
    """For each hidden layer, which units (seeds, units) of a ReLU network are 0 for all images."""
    return [(h == 0).all(1) for h in lab.forward(params, x, "relu", hidden=True)[1]]


def with_bias(bias):
    """He's initialisation with another bias."""

    def init(weight, generator):
        return lab.INITIALISERS["he"](weight, generator), weight.new_full((len(weight),), bias)

    return init


@check("dying-relu-definition")
def relative_to_data():
    """Units that are 0 for all training images (rate 0.3): their number, the share on for some noise, their moves."""
    run = trained(0.3)
    asleep = dead_on(run.params, images())[0]
    noise = torch.as_tensor(np.random.default_rng(0).uniform(size=(1000, 64))).float()
    awake = float((asleep & ~dead_on(run.params, noise)[0]).sum() / asleep.sum())
    recorded = torch.as_tensor(run.layers["dead_units"][0][:, -1])
    moved = (run.params["W1"] - run.initial["W1"]).abs().amax(-1)
    still, least = moved[asleep].median().item(), moved[~asleep].min().item()
    numbers = {"dead units": int(asleep.sum()), "of them on for some noise": awake, "median move of a dead unit": still}
    return Evidence(bool((asleep == recorded).all()) and 0.02 < awake < 1 and still == 0 < least, numbers)


@check("dead-unit-gets-no-update")
def stays_to_the_last_bit():
    """Largest change of weights and bias in 5 epochs: eight units of each network at bias -50, and the others."""
    start = lab.stack((64, *HIDDEN, 10), SEEDS, "he")
    start["b1"][:, :8] = -50
    after = lab.train(digits(), HIDDEN, "relu", SEEDS, lr=0.3, epochs=5, every=5, start=start).params
    moved = (after["W1"] - start["W1"]).abs().amax(-1) + (after["b1"] - start["b1"]).abs()
    dead, others = moved[:, :8].max().item(), moved[:, 8:].amax(1).min().item()
    return Evidence(
        dead == 0 and others > 0.05, {"dead units moved by": dead, "most moved of the others, at least": others}
    )


@check("one-negative-kills", "dead-neuron-definition-weights")
def negative_is_not_dead():
    """First layer: pairs of unit and image negative at the start, units negative for some and for all images."""
    start = lab.stack((64, *HIDDEN, 10), SEEDS, "he")
    off = lab.forward(start, images(), "relu", hidden=True)[1][0] == 0
    run = lab.train(digits(), HIDDEN, "relu", SEEDS, lr=0.3, epochs=5, every=5, start=start)
    now = lab.forward(run.params, images(), "relu", hidden=True)[1][0] > 0
    shares = {
        "negative pairs": off.double().mean((1, 2)),
        "units negative for some image": off.any(1).double().mean(1),
        "units negative for all": off.all(1).double().mean(1),
        "negative pairs positive after 5 epochs": (now & off).sum((1, 2)) / off.sum((1, 2)),
    }
    shares = {name: lab.interval(share.numpy()) for name, share in shares.items()}
    pairs, some, every, back = shares.values()
    return Evidence(pairs.low > 0.4 and some.low > 0.8 and every.high < 0.1 and back.low > 0.1, shares)


@check("dead-units-reduce-capacity")
def can_be_deleted():
    """Outputs of a broken network with its dead units removed, and with as many living ones removed instead."""
    params, x = trained(1.0).params, images()
    W, b = ([params[f"{name}{layer}"][0] for layer in (1, 2, 3)] for name in "Wb")
    whole = lab.forward(params, x, "relu")[0]

    def pruned(keep):
        h = torch.relu(x @ W[0][keep[0]].T + b[0][keep[0]])
        h = torch.relu(h @ W[1][keep[1]][:, keep[0]].T + b[1][keep[1]])
        return ((h @ W[2][:, keep[1]].T + b[2] - whole).abs().max() / whole.abs().max()).item()

    dead = [layer[0] for layer in dead_on(params, x)]
    removed, alive = int(sum(d.sum() for d in dead)), pruned([~dead[0], ~dead[1]])
    others = pruned([dead[0], dead[1]])
    numbers = {"dead units": removed, "outputs change by": alive, "by, if the living go instead": others}
    return Evidence(removed > 10 and alive < 1e-4 < 0.01 < others, numbers)


@cache
def long_run():
    """Three hidden layers, rate 0.5, 20 epochs; every unit dead or alive after each."""
    return lab.train(digits(), (64, 64, 64), "relu", SEEDS, lr=0.5, epochs=20, record="dead_units")


@check("dead-hard-to-recover", slow=True)
def revival_by_layer():
    """Share of deaths undone an epoch later, by layer; first-layer units of broken networks revived by decay."""
    undone = []
    for history in long_run().layers["dead_units"]:  # (seeds, moments, units)
        deaths = ~history[:, :-2] & history[:, 1:-1]
        undone.append(float((deaths & ~history[:, 2:]).sum() / deaths.sum()))
    wreck, woken = trained(1.0), {}
    was = wreck.layers["dead_units"][0][:, -1]
    for decay in ("all", "biases"):
        on = lab.train(
            digits(),
            HIDDEN,
            "relu",
            SEEDS,
            lr=0.1,
            epochs=10,
            every=10,
            start=wreck.params,
            weight_decay=0.1,
            decay=decay,
        )
        woken[decay] = 1 - float(dead_on(on.params, images())[0].numpy()[was].mean())
    numbers = {f"undone, layer {layer + 1}": share for layer, share in enumerate(undone)}
    numbers |= {f"first layer, decay of {kind}": share for kind, share in woken.items()}
    return Evidence(undone[0] == woken["all"] == 0 and min(undone[1:]) > 0.25 and woken["biases"] > 0.1, numbers)


@check("dead-by-bad-init")
def born_dead():
    """Second-layer units born dead with bias -1 and 0; networks of width 2 and 64 born with a dead layer."""
    born = {
        bias: lab.interval(
            dead_on(lab.stack((64, *HIDDEN, 10), SEEDS, with_bias(bias)), images())[1].double().mean(1).numpy()
        )
        for bias in (-1.0, 0.0)
    }
    gone = {}
    for width, depth in ((2, 10), (64, 10)):
        net = lab.stack((64, *[width] * depth, 10), range(100))
        share = binomtest(int(dead_on(net, images()[:300])[-1].all(1).sum()), 100)
        gone[width] = (
            share.proportion_ci(method="wilson").low,
            share.statistic,
            share.proportion_ci(method="wilson").high,
        )
    numbers = {f"born dead, bias {bias:g}": band for bias, band in born.items()}
    numbers |= {f"constant networks, width {width}": share for width, share in gone.items()}
    return Evidence(born[-1.0].low > 0.5 and born[0.0].high < 0.1 and gone[2][0] > 0.5 and gone[64][2] < 0.1, numbers)


@check("dead-hyperplane-off-data-cloud")
def which_side():
    """Share of a cloud around (5, 5) that switches units on; death of 2000 random units against max w.x + b."""
    rng = np.random.default_rng(0)
    cloud = rng.normal((5, 5), 1, (500, 2))
    on = {
        name: float((cloud @ w > 0).mean())
        for name, w in {"w = (-1, -1)": (-1, -1), "w = (1, 1)": (1, 1), "w = (1, -1)": (1, -1)}.items()
    }
    w, b = rng.normal(size=(2000, 2)), rng.normal(0, 5, 2000)
    z = cloud @ w.T + b
    dead, off = (np.maximum(z, 0) == 0).all(0), np.sign(z).min(0) == np.sign(z).max(0)
    wrong = int((dead != (z.max(0) <= 0)).sum()), float((off & ~dead).sum() / off.sum())
    return Evidence(
        list(on.values())[:2] == [0, 1] and 0.2 < on["w = (1, -1)"] < 0.8 and wrong[0] == 0 and wrong[1] > 0.2,
        on | {"lines off the cloud whose unit is always on": wrong[1]},
    )


@check("dead-by-high-lr", slow=True)
def rate_and_place():
    """Dead share of the first layer and accuracy: rates 0.1 and 1, and rate 1 with the mean of the data removed."""
    runs = {"rate 0.1": trained(0.1), "rate 1": trained(1.0), "rate 1, centred": trained(1.0, "centred")}
    dead, ends = (
        {name: of(run) for name, run in runs.items()} for of in (dead_share, lambda run: lab.interval(accuracy(run)))
    )
    return Evidence(
        dead["rate 1"].low > 0.2 > 0.1 > max(dead["rate 0.1"].high, dead["rate 1, centred"].high)
        and ends["rate 1"].high < 0.8 < 0.9 < min(ends["rate 0.1"].low, ends["rate 1, centred"].low),
        {f"dead, {name}": band for name, band in dead.items()}
        | {f"accuracy, {name}": band for name, band in ends.items()},
    )


@check("high-lr-more-common-cause", slow=True)
def born_or_killed():
    """Of the first-layer units dead at the end, the share that was dead at birth: rate 0.1 and rate 1."""
    share = {}
    for rate in (0.1, 1.0):
        at_birth, at_end = (trained(rate).layers["dead_units"][0][:, k] for k in (0, -1))
        share[rate] = float((at_birth & at_end).sum() / at_end.sum())
    return Evidence(
        share[1.0] < 0.2 < 0.6 < share[0.1], {f"born dead, rate {rate:g}": part for rate, part in share.items()}
    )


@check("training-suddenly-dies", slow=True)
def falls_within_an_epoch():
    """Share of seeds that fall from above 0.9 to below 0.5 within an epoch, rates 0.3 and 0.7; revivals in layer 1."""
    share = {}
    for rate, seeds in ((0.3, 64), (0.7, 128)):
        curve = lab.train(digits(), HIDDEN, "relu", range(seeds), lr=rate, epochs=15).test_accuracy
        fell = int(((curve[:, :-1] > 0.9) & (curve[:, 1:] < 0.5)).any(1).sum())
        wilson = binomtest(fell, seeds).proportion_ci(method="wilson")
        share[rate] = (wilson.low, fell / seeds, wilson.high)
    history = long_run().layers["dead_units"][0]
    revived = int((history[:, :-1] & ~history[:, 1:]).sum())
    numbers = {f"fell, rate {rate:g}": part for rate, part in share.items()} | {"first-layer revivals": revived}
    return Evidence(share[0.7][1] > max(0.015, 3 * share[0.3][1]) and revived == 0, numbers)


@check("positive-bias-init-helps", slow=True)
def fewer_at_birth_no_gain_later():
    """Dead at birth with bias 0 and 0.1; accuracy with bias 0.1 and 1 less bias 0 at rate 0.3 and at rate 1."""
    born = {
        bias: float(dead_on(lab.stack((64, *HIDDEN, 10), range(100), with_bias(bias)), images())[0].double().mean())
        for bias in (0.0, 0.1)
    }
    gain = {}
    for bias, rate in ((0.1, 0.3), (0.1, 1.0), (1.0, 1.0)):
        biased = lab.train(digits(), HIDDEN, "relu", SEEDS, lr=rate, epochs=8, every=8, init=with_bias(bias))
        gain[bias, rate] = lab.paired(accuracy(biased), accuracy(trained(rate)))
    small, high, large = (pair.difference for pair in gain.values())
    reached = accuracy(trained(1.0)).mean() + high.mean  # far below the 0.96 of a good rate
    numbers = {f"born dead, bias {bias:g}": share for bias, share in born.items()}
    return Evidence(
        born[0.1] < born[0.0] and abs(small.mean) < 0.02 and reached < 0.75 and large.high < 0,
        numbers | {f"gain, bias {bias:g}, rate {rate:g}": pair for (bias, rate), pair in gain.items()},
    )
