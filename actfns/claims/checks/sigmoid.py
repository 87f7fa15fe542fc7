"""Checks of the topic sigmoid."""

from functools import cache

import numpy as np
import torch
from scipy.special import expit

import actfns
from actfns import lab
from actfns.claims.evidence import Evidence, check

SEEDS = range(20)
sheet = cache(actfns.measure)  # property sheets are shared by the checks


def slope(f, x):
    """f'(x) entry by entry, by automatic differentiation."""
    return torch.func.vmap(torch.func.grad(f))(x)


def recorded(activation, column="kernel"):
    """Median of the record of times, in copies of the array."""
    return float(np.median(lab.record("activation_speed").values(column, activation=activation)))


def times_relu(activation, what):
    """Interval of the ratio to ReLU in the record of times: "kernel" or a whole "epoch" of training."""
    band = lab.interval(np.log(lab.record("relu_speed").values(what, activation=activation)))
    return tuple(float(np.exp(end)) for end in (band.low, band.mean, band.high))


class Operations(torch.overrides.TorchFunctionMode):
    """The names of the operations that run while it is active."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_function__(self, operation, types, args=(), kwargs=None):
        self.names.append(operation.__name__.strip("_"))
        return operation(*args, **(kwargs or {}))


def operations(f):
    """The operations that a formula executes for one number."""
    one = torch.ones(1)
    with Operations() as counted:
        f(one)
    return counted.names


@check("sigmoid-range")
def range_is_open():
    """Infimum, supremum and whether they are attained; where 32-bit values are rounded to 1."""
    found, x = sheet("sigmoid"), torch.arange(0, 30, 0.01)
    ends = (found.inf, found.sup, found.inf_attained, found.sup_attained)
    rounds = x[torch.sigmoid(x) == 1].min().item()
    numbers = {"infimum": found.inf, "supremum": found.sup, "1 at 32 bits from": rounds}
    return Evidence(ends == (0, 1, False, False) and 10 < rounds < 20, numbers)


@check("sigmoid-smooth-s-shape")
def is_an_s():
    """Smoothness, direction, symmetry about (0, 1/2), s(1 - s) against the slope, and the number of inflections."""
    found, x = sheet("sigmoid"), torch.linspace(-8, 8, 1600, dtype=torch.float64)
    s = torch.sigmoid(x)
    gap = max(
        (s + torch.sigmoid(-x) - 1).abs().max().item(), (slope(torch.sigmoid, x) - s * (1 - s)).abs().max().item()
    )
    inflections = int((s.diff(n=2).sign().diff() != 0).sum())
    return Evidence(
        np.isinf(found.continuity) and found.monotonic == "increasing" and gap < 1e-12 and inflections == 1,
        {"inflections": inflections, "largest gap of the identities": gap},
    )


@check("sigmoid-output-as-probability", slow=True)
def probability_if_calibrated():
    """Softmax of two against the sigmoid; confidence less accuracy on "5 or more?", logits as learnt and times 5."""
    z = torch.linspace(-20, 20, 401, dtype=torch.float64)
    gap = (torch.softmax(torch.stack([0 * z, z]), 0)[1] - torch.sigmoid(z)).abs().max().item()
    digits = lab.load_data("digits")
    task = lab.from_arrays(digits.X_train, 1 * (digits.y_train >= 5), digits.X_test, 1 * (digits.y_test >= 5))
    learnt = lab.train(task, (), "identity", SEEDS, lr=0.3, epochs=10, every=10)
    logit = np.diff(learnt.outputs(task.X_test))[..., 0]
    excess = {}
    for factor in (1, 5):
        p = expit(factor * logit)
        hit = (p > 0.5) == (task.y_test == 1)
        excess[factor] = lab.interval(np.maximum(p, 1 - p).mean(1) - hit.mean(1))
    numbers = {f"confidence - accuracy, logits x {factor}": band for factor, band in excess.items()}
    return Evidence(
        gap < 1e-12 and abs(excess[1].mean) < 0.03 < 0.05 < excess[5].low, {"softmax of two - sigmoid": gap} | numbers
    )


@check("sigmoid-two-roles")
def two_gradients():
    """Gradient of a confidently wrong output (z = -10, label 1): cross-entropy, squared error; and the hidden slope."""
    z = torch.tensor(-10.0, dtype=torch.float64)
    losses = {
        "cross-entropy": lambda z: -torch.nn.functional.logsigmoid(z),
        "squared error": lambda z: (torch.sigmoid(z) - 1) ** 2,
    }
    pull = {name: abs(torch.func.grad(loss)(z).item()) for name, loss in losses.items()}
    pull["hidden slope"] = torch.func.grad(torch.sigmoid)(z).item()
    exact = abs(pull["cross-entropy"] - (1 - torch.sigmoid(z).item()))
    return Evidence(
        exact < 1e-12 and max(pull["squared error"], pull["hidden slope"]) < 1e-3 * pull["cross-entropy"], pull
    )


@cache
def ends(f, init, lr=0.1, depth=3, epochs=4):
    """Test accuracies of 20 seeds on the digits: ``depth`` hidden layers of 64 units."""
    run = lab.train("digits", (64,) * depth, f, SEEDS, init=init, lr=lr, epochs=epochs, every=epochs, batch=32)
    return run.test_accuracy[:, -1]


@check("sigmoid-no-hidden-advantage", slow=True)
def worse_by_default_better_if_loud():
    """Sigmoid less ReLU after 4 epochs, three hidden layers: usual weights (Xavier) and too large ones, U(-1, 1)."""
    usual, loud = (lab.paired(ends("sigmoid", init), ends("relu", init)) for init in ("xavier", "uniform"))
    return Evidence(
        usual.difference.high < -0.1 and loud.difference.low > 0.1,
        {"usual weights": usual, "weights from U(-1, 1)": loud},
    )


@check("sigmoid-saturates")
def tail():
    """Slope as a share of its maximum at 2, 4, …, 10 (and -10) against 4 exp(-|x|)."""
    x = torch.tensor([2.0, 4, 6, 8, 10, -10], dtype=torch.float64)
    share = 4 * slope(torch.sigmoid, x)
    to_law = share / (4 * torch.exp(-x.abs()))
    falls = bool((share[:5].diff() < 0).all()) and bool(((share[4:] > 0) & (share[4:] < 1e-3)).all())
    numbers = {f"share at {int(at)}": s.item() for at, s in zip(x, share)}
    return Evidence(falls and bool(((to_law > 0.7) & (to_law < 1.001)).all()), numbers)


@check("sigmoid-saturates-at-six")
def small_not_zero():
    """Slope at 6 as a share of the maximum; where PyTorch's 32-bit slope is exactly 0, right and left."""
    six = 4 * actfns.sigmoid.derivative(6.0)
    x = torch.arange(0, 110, 0.01)
    right, left = (x[slope(torch.sigmoid, sign * x) == 0].min().item() for sign in (1, -1))
    numbers = {"share of the maximum at 6": float(six), "exactly 0 from": right, "exactly 0 below": -left}
    return Evidence(0.005 < six < 0.02 and left > right + 10 > 20, numbers)


@check("sigmoid-derivative-max-quarter")
def quarter():
    """Largest slope and its place; smallest slope on [-30, 30]."""
    found, x = sheet("sigmoid"), np.linspace(-30, 30, 601)
    least = float(actfns.sigmoid.derivative(x).min())
    return Evidence(
        abs(found.lipschitz - 0.25) < 1e-12 and abs(found.lipschitz_at) < 1e-6 and least > 0,
        {"largest slope": found.lipschitz, "at": found.lipschitz_at, "smallest": least},
    )


@check("sigmoid-derivative-max-0025")
def above_a_fortieth():
    """Largest slope against 0.025, and the place up to which the slope exceeds 0.025."""
    found, x = sheet("sigmoid"), np.linspace(0, 10, 10_001)
    until = float(x[actfns.sigmoid.derivative(x) > 0.025].max())
    return Evidence(
        found.lipschitz > 5 * 0.025 and until > 3.6, {"largest slope": found.lipschitz, "above 0.025 up to": until}
    )


@check("sigmoid-not-zero-centred")
def mean_is_one_half():
    """Mean for standard normal inputs: sigmoid, tanh, ReLU."""
    means = {f: sheet(f).mean for f in ("sigmoid", "tanh", "relu")}
    return Evidence(
        abs(means["sigmoid"] - 0.5) < 1e-9 and not sheet("sigmoid").zero_centred and abs(means["tanh"]) < 1e-9, means
    )


@check("sigmoid-damped-gradients")
def quarter_law():
    """Factor of the back-signal per layer at depth 5, 10, 20 (LeCun's weights), and with weights times 4 and 16."""

    def factor(depth, gain=1.0):
        return lab.interval(lab.propagate("sigmoid", depth, 64, SEEDS, gain=gain).back_ratio ** (1 / (depth - 1)))

    usual = {f"depth {depth}": factor(depth) for depth in (5, 10, 20)}
    loud = {f"depth 10, weights x {gain}": factor(10, gain) for gain in (4, 16)}
    damped = all(0.18 < band.low and band.high < 0.26 for band in usual.values())
    return Evidence(
        damped and loud["depth 10, weights x 4"].high < 1 < loud["depth 10, weights x 16"].low, usual | loud
    )


@check("sigmoid-updates-different-directions", "tanh-less-zigzag")
def one_sign():
    """Share of units whose incoming weights get gradients of one sign: one sample, and the mean over 64 samples."""
    net, digits = lab.stack((64, 32, 32, 10), SEEDS, "xavier"), lab.load_data("digits")
    shares = {}
    for f in ("sigmoid", "tanh"):
        g = lab.per_sample(net, digits.X_train[:256], digits.y_train[:256], f, layer=2)
        shares[f"{f}, a sample"] = lab.interval(lab.one_signed(g))
        shares[f"{f}, a batch"] = lab.interval(lab.one_signed(g.unflatten(1, (-1, 64)).mean(2)))
    return Evidence(
        shares["sigmoid, a sample"].low > 0.99
        and shares["tanh, a sample"].high < 0.01
        and shares["tanh, a batch"].high < shares["sigmoid, a batch"].low,
        shares,
    )


SWEEPS = {
    "tanh": ((0.3, 1.0), 2, 2),
    "relu": ((0.3, 1.0), 3, 3),
    "sigmoid": ((1.0, 3.0), 15, 20),
}  # rates, epochs, step


@cache
def updates_needed(f, error):
    """Updates per seed until the test error of a 64-64-64-64-10 network is first below ``error``, at the best rate."""
    rates, epochs, step = SWEEPS[f]
    tries = []
    for rate in rates:
        run = lab.train(
            "digits", (64, 64, 64), f, SEEDS, lr=rate, epochs=epochs, batch=32, every_updates=step, init="xavier"
        )
        below = 1 - run.test_accuracy < error
        tries.append(np.where(below.any(1), run.updates[below.argmax(1)], np.inf))
    return min(tries, key=np.mean)


def ratio(f, g, error):
    """Geometric mean, with interval, of the ratio of updates that f and g need, seed by seed."""
    band = lab.interval(np.log(updates_needed(f, error) / updates_needed(g, error)))
    return tuple(float(np.exp(end)) for end in (band.low, band.mean, band.high))


@check("sigmoid-slow-convergence", slow=True)
def updates_by_sigmoid():
    """Updates to 25% and to 5% test error with the best rate for each: sigmoid relative to tanh and ReLU."""
    needed = {
        f"sigmoid / {g}, to {error:.0%}": ratio("sigmoid", g, error) for g in ("tanh", "relu") for error in (0.25, 0.05)
    }
    return Evidence(min(low for low, _, _ in needed.values()) > 3, needed)


@check("sigmoid-exp-slow")
def kernel_and_epoch():
    """Recorded time relative to ReLU: the function alone, and a whole epoch of training."""
    ratio = {what: times_relu("sigmoid", what) for what in ("kernel", "epoch")}
    return Evidence(ratio["kernel"][0] > 2 and ratio["epoch"][2] < 1.5, ratio)


@check("convolution-dominates-exp")
def convolution_against_exp():
    """Recorded time of a convolution against exp; an exp counted as 20 operations against the 18 c of a 3x3 filter."""
    speed = lab.record("activation_speed")
    slower, quicker = (float(np.median(speed.values("torch", operation=name))) for name in ("convolution", "exp"))
    share = {f"exp as a share of the work, {c} channels": 20 / (20 + 18 * c) for c in (32, 64, 256)}
    return Evidence(
        slower > 3 * quicker and max(share.values()) < 0.05, {"convolution / exp": slower / quicker} | share
    )


@check("hard-sigmoid-cheaper")
def fewer_operations():
    """Operations of the textbook formulas, recorded time of the kernels, distance of the three hard sigmoids."""
    soft = operations(lambda x: (1 + (-x).exp()).reciprocal())
    hard = operations(lambda x: (x * 0.2 + 0.5).clamp(0, 1))
    x = np.linspace(-8, 8, 1601)
    off = {
        f"largest error, slope {s:.2f}": float(np.abs(actfns.hard_sigmoid(x, slope=s) - actfns.sigmoid(x)).max())
        for s in (1 / 6, 0.2, 0.5)
    }
    saved = recorded("sigmoid") / recorded("hard_sigmoid")
    return Evidence(
        len(hard) < len(soft)
        and "exp" in soft
        and "exp" not in hard
        and saved > 1.5
        and min(off.values()) > 0.03
        and max(off.values()) > 2 * min(off.values()),
        {"operations": f"{len(hard)} against {len(soft)}", "recorded gain": saved} | off,
    )


@check("silu-definition")
def silu_is_x_times_sigmoid():
    """SiLU against x times the sigmoid; its minimum, and the slope there."""
    x, found = np.linspace(-30, 30, 6001), sheet("silu")
    gap = float(np.abs(actfns.silu(x) - x * expit(x)).max())
    to_torch = float(np.abs(actfns.silu(x) - torch.nn.functional.silu(torch.tensor(x)).numpy()).max())
    level = abs(float(actfns.silu.derivative(found.minimum_at)))
    numbers = {"gap to the formula": gap, "gap to torch": to_torch, "minimum": found.minimum, "at": found.minimum_at}
    return Evidence(max(gap, to_torch) < 1e-12 and level < 1e-6 and -1.3 < found.minimum_at < -1.2, numbers)


@check("silu-only-hidden-and-rl", slow=True)
def silu_supervised():
    """Accuracy of supervised SiLU networks on the digits, two hidden layers, 8 epochs, and difference to ReLU."""
    silu, relu = (ends(f, "xavier", lr=0.3, depth=2, epochs=8) for f in ("silu", "relu"))
    apart = lab.paired(silu, relu)
    return Evidence(
        lab.interval(silu).low > 0.93 and apart.difference.low > -0.02,
        {"SiLU": lab.interval(silu), "SiLU - ReLU": apart},
    )


@check("dsilu-is-derivative")
def dsilu_differentiates_silu():
    """dSiLU against the automatic derivative of torch's SiLU on [-30, 30]."""
    x = torch.linspace(-30, 30, 6001, dtype=torch.float64)
    gap = np.abs(actfns.dsilu(x.numpy()) - slope(torch.nn.functional.silu, x).numpy()).max()
    return Evidence(gap < 1e-12, {"largest difference": float(gap)})


@check("dsilu-overshooting-sigmoid")
def overshoot():
    """Extremes of dSiLU, by how much they leave [0, 1], and the symmetry f(x) + f(-x) = 1."""
    found, x = sheet("dsilu"), np.linspace(0, 40, 4001)
    symmetry = float(np.abs(actfns.dsilu(x) + actfns.dsilu(-x) - 1).max())
    above, below = found.sup - 1, -found.inf
    return Evidence(
        min(above, below) > 0.05 and abs(above - below) < 1e-9 and symmetry < 1e-12 and found.limits == (0, 1),
        {"above 1": above, "at": found.maximum_at, "below 0": below, "asymmetry": symmetry},
    )


@check("dsilu-beats-sigmoid", "dsilu-is-for-weight-updates", slow=True)
def dsilu_as_activation():
    """dSiLU as the activation of a digits network less the sigmoid, and what sigmoid(2x) gains by its slope alone."""
    rivals = {"sigmoid": "sigmoid", "dsilu": "dsilu", "steep": lambda z: torch.sigmoid(2 * z)}
    got = {
        name: lab.train("digits", (32, 32), f, SEEDS, lr=1.0, init="xavier", epochs=2, every=2, batch=32).test_accuracy[
            :, -1
        ]
        for name, f in rivals.items()
    }
    whole, by_slope = (lab.paired(got[name], got["sigmoid"]) for name in ("dsilu", "steep"))
    return Evidence(
        whole.difference.low > 0.05 and by_slope.difference.mean > whole.difference.mean / 2,
        {"dSiLU": lab.interval(got["dsilu"]), "dSiLU - sigmoid": whole, "sigmoid(2x) - sigmoid": by_slope},
    )
