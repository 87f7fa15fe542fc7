"""Checks of the topic training-comparison: good and bad initial weights, and who is ahead when."""

from functools import cache

import numpy as np

from actfns import lab
from actfns.claims.evidence import Evidence, check

_SEEDS = range(20)


@check("good-init-relu-swish-equal", slow=True)
def twins():
    """ReLU - SiLU on digits, two hidden layers, Xavier's weights, 15 epochs, paired by seed."""
    gap = lab.paired(_good("relu")[:, -1], _good("silu")[:, -1])
    accuracy = lab.interval(_good("relu")[:, -1])
    return Evidence(-0.01 < gap.difference.low and gap.difference.high < 0.01 and accuracy.low > 0.95,
                    {"ReLU - SiLU": gap, "ReLU": accuracy})


@check("good-init-identity-equals-sigmoid", slow=True)
def crossing():
    """Identity - sigmoid on digits after 1 and after 15 epochs, paired by seed."""
    first, last = (lab.paired(_good("identity")[:, k], _good("sigmoid")[:, k]).difference for k in (1, -1))
    return Evidence(first.low > 0.1 and last.high < 0, {"after 1 epoch": first, "after 15 epochs": last})


@check("bad-init-sigmoid-best")
def order_by_conditions():
    """Sigmoid - ReLU with U(-1, 1) weights: three layers at rate 0.1, one layer at 0.1; and ReLU - SiLU there."""
    deep, shallow = (lab.paired(_bad("sigmoid", n, 0.1), _bad("relu", n, 0.1)).difference for n in (3, 1))
    alike = lab.paired(_bad("relu", 1, 0.1), _bad("silu", 1, 0.1)).difference
    return Evidence(deep.low > 0.1 and shallow.high < 0 and abs(alike.mean) < 0.05,
                    {"sigmoid - ReLU, three layers": deep, "sigmoid - ReLU, one layer": shallow,
                     "ReLU - SiLU, one layer": alike})


@check("uniform-pm1-init-finds-its-way")
def one_layer_or_three():
    """ReLU with U(-1, 1) weights at rate 1 with one and three layers; its spread over He's for 64 and 784 inputs."""
    one, three = (lab.interval(_bad("relu", n, 1.0)) for n in (1, 3))
    weights = {n: lab.stack((n, 64, 10), _SEEDS, "uniform")["W1"].std().item() for n in (64, 784)}
    times = {n: spread / (2 / n) ** 0.5 for n, spread in weights.items()}
    return Evidence(one.low > 0.6 and three.high < 0.4 and times[64] > 3 and times[784] > 2 * times[64],
                    {"one layer": one, "three layers": three, "too large by, 64 inputs": times[64],
                     "too large by, 784 inputs": times[784]})


@check("relu-or-swish-so-use-relu", slow=True)
def alike_only_when_shallow():
    """Widest gap of mean accuracy among ReLU, SiLU, ELU and SELU: two hidden layers, then ten without normalisation."""
    gaps = {}
    for depth, lr, epochs in ((2, 0.3, 6), (10, 0.1, 4)):
        ends = [lab.train("digits", (32,) * depth, f, _SEEDS, lr=lr, epochs=epochs, every=epochs, init="lecun")
                .test_accuracy[:, -1].mean() for f in ("relu", "silu", "elu", "selu")]
        gaps[depth] = float(np.ptp(ends))
    return Evidence(gaps[2] < 0.04 and gaps[10] > 0.2, {f"{n} hidden layers": gap for n, gap in gaps.items()})


@check("exercise-compare-three", slow=True)
def state_the_conditions():
    """The exercise on digits: sigmoid and ReLU after 2 epochs at rate 0.1; the sigmoid after 20 at rate 1."""
    ends = {(f, lr, n): lab.interval(lab.train("digits", (32, 32), f, _SEEDS, lr=lr, epochs=n, every=n, init="xavier")
                                     .test_accuracy[:, -1])
            for f, lr, n in (("sigmoid", 0.1, 2), ("tanh", 0.1, 2), ("relu", 0.1, 2), ("sigmoid", 1.0, 20))}
    slow, tanh, relu, late = ends.values()
    return Evidence(slow.high < 0.5 and min(tanh.low, relu.low) > 0.75 and late.low > 0.9,
                    {f"{f}, rate {lr:g}, {n} epochs": band for (f, lr, n), band in ends.items()})


@cache
def _good(f):
    run = lab.train("digits", (64, 64), f, _SEEDS, lr=0.3, epochs=15, batch=32, init="xavier")
    return run.test_accuracy


@cache
def _bad(f, depth, lr):
    run = lab.train("digits", (64,) * depth, f, _SEEDS, lr=lr, batch=32, epochs=2, every=2, init="uniform")
    return run.test_accuracy[:, -1]
