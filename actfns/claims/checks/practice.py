"""Checks of the topic practice: what to put where, and what to change when training misbehaves."""

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.evidence import Evidence, check

_SEEDS = range(20)


@check("try-leaky-if-relu-unstable")
def smaller_steps_first():
    """Digits, two layers, ReLU at rate 2: accuracy gained by slope 0.01, by slope 0.3, and by a quarter of the rate."""
    ends = {name: lab.train("digits", (32, 32), f, _SEEDS, lr=lr, epochs=3, every=3).test_accuracy[:, -1]
            for name, f, lr in (("ReLU", "relu", 2.0), ("slope 0.01", _leaky(0.01), 2.0),
                                ("slope 0.3", _leaky(0.3), 2.0), ("rate 0.5", "relu", 0.5))}
    gains = {name: lab.paired(values, ends["ReLU"]).difference for name, values in ends.items() if name != "ReLU"}
    further = lab.paired(ends["rate 0.5"], ends["slope 0.01"]).difference
    return Evidence(gains["rate 0.5"].low > 0.3 and further.low > 0.2 and gains["slope 0.3"].mean < 0.1,
                    gains | {"rate 0.5 - slope 0.01": further})


@check("output-layer-by-task")
def output_and_loss_match():
    """y = 2x on [-3, 3]: best squared error with outputs confined to (0, 1) and free; entropy at z = 50 two ways."""
    y = 2 * np.linspace(-3, 3, 100_001)
    confined = float(np.mean((y - np.clip(y, 0, 1)) ** 2))
    z = torch.tensor(50.0, requires_grad=True)
    naive = -torch.log(1 - torch.sigmoid(z))
    with_logits = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(0.0))
    slope = torch.autograd.grad(with_logits, z)[0].item()
    gap = max(_mismatch(*case) for case in (("sigmoid", 1.3, 1.0), ("softmax", 0.4, 2)))
    return Evidence(confined > 5 and np.isinf(naive.item()) and abs(with_logits.item() - 50) < 1e-4
                    and abs(slope - 1) < 1e-6 and gap < 1e-6,
                    {"regression through (0, 1): squared error": confined, "entropy from a probability": naive.item(),
                     "entropy from the logit": with_logits.item(), "its gradient": slope,
                     "gradient - (prediction - target)": gap})


@check("hidden-layer-default-relu", slow=True)
def level_when_shallow():
    """The best of three rates on digits, two hidden layers: ReLU less the best of tanh, ELU, SiLU and Mish."""
    best = {f: max((lab.train("digits", (32, 32), f, _SEEDS, lr=lr, epochs=8, every=8).test_accuracy[:, -1]
                    for lr in (0.1, 0.3, 1.0)), key=np.mean) for f in ("relu", "tanh", "elu", "silu", "mish")}
    rival = max((f for f in best if f != "relu"), key=lambda f: best[f].mean())
    behind = lab.paired(best["relu"], best[rival])
    deep = {f: lab.interval(lab.train("digits", (32,) * 10, f, _SEEDS, lr=0.1, epochs=4, every=4, init="lecun")
                            .test_accuracy[:, -1]) for f in ("relu", "selu")}
    return Evidence(behind.difference.low > -0.03 and deep["selu"].low > deep["relu"].high + 0.2,
                    {f"ReLU - {rival}": behind, "ten layers, ReLU": deep["relu"], "ten layers, SELU": deep["selu"]})


def _leaky(slope):
    return lambda z: actfns.leaky_relu(z, negative_slope=slope)


def _mismatch(output, z, target):
    """How far the gradient of the matching loss is from prediction - target, at one logit or three."""
    if output == "sigmoid":
        logits, goal = torch.tensor([z]), torch.tensor([target])
        loss, predict = torch.nn.functional.binary_cross_entropy_with_logits, torch.sigmoid
    else:
        logits, goal = torch.tensor([z, -1.0, 2.0]), torch.eye(3)[target]
        loss, predict = torch.nn.functional.cross_entropy, lambda z: torch.softmax(z, 0)
    gradient = torch.func.grad(lambda z: loss(z, goal))(logits)
    return (gradient - (predict(logits) - goal)).abs().max().item()
