"""Checks of the topic leaky ReLU and its relatives (PReLU, RReLU, SReLU)."""

from functools import cache
from math import log, pi, sqrt

import numpy as np
import torch
from torch.nn import functional as F

import actfns
from actfns import lab
from actfns.claims.checks.dying_relu import HIDDEN, accuracy, dead_share, digits, images, trained
from actfns.claims.checks.relu import deep_accuracy, shallow_run, to_relu
from actfns.claims.checks.sigmoid import SEEDS, operations, recorded, sheet, slope
from actfns.claims.evidence import Evidence, check


def never_positive(params):
    """Which first-layer units (seeds, units) are positive for no training image."""
    z = images() @ params["W1"].mT + params["b1"].unsqueeze(1)
    return (z <= 0).all(1)


@check("leaky-formula-slope")
def one_name_several_slopes():
    """Default slopes of torch and of this book; the slope against 1/100 and 1/5.5 as the paper of 2015 writes them."""
    torch_default = -F.leaky_relu(torch.tensor(-1.0)).item()
    own = -float(actfns.leaky_relu(np.array(-1.0)))
    divided = {f"x / {a}": 1 / a for a in (100, 5.5)}
    return Evidence(
        abs(torch_default - 0.01) < 1e-6 and abs(own - 0.01) < 1e-12 and divided["x / 5.5"] > 10 * torch_default,
        {"torch": torch_default, "this book": own} | divided,
    )


@check("leaky-gradient-never-zero")
def nowhere_flat():
    """Share of slopes exactly 0 for normal inputs (leaky ReLU, ReLU), the smallest slope, saturation, the kink."""
    z = torch.randn(100_000, generator=torch.Generator().manual_seed(0))
    met = {f: slope(getattr(F, f), z) for f in ("leaky_relu", "relu")}
    flat = {f: (values == 0).double().mean().item() for f, values in met.items()}
    found = sheet("leaky_relu")
    smallest = met["leaky_relu"].min().item()
    return Evidence(
        flat["leaky_relu"] == 0
        and flat["relu"] > 0.4
        and not (found.saturates_left or found.saturates_right)
        and abs(smallest - 0.01) < 1e-6
        and found.kinks == (0,),
        flat | {"smallest slope of leaky ReLU": smallest},
    )


@check("leaky-removes-dead-relu", slow=True)
def pushed_away():
    """Half of the first layer pushed to bias -20: its gradient, the share back after 5 epochs; units at rate 1."""

    def half_pushed(weight, generator):
        bias = weight.new_zeros(len(weight))
        bias[:32] = -20.0 if len(weight) == 64 else 0.0  # the output layer has 10 rows
        return lab.INITIALISERS["he"](weight, generator), bias

    back, strength = {}, {}
    for f in ("leaky_relu", "relu"):
        run = lab.train(digits(), HIDDEN, f, SEEDS, lr=0.1, epochs=5, every=5, init=half_pushed)
        g = lab.gradients(run.initial, digits().X_train, digits().y_train, f)["W1"].square().mean(-1).sqrt()
        strength[f] = float(g[:, :32].mean() / g[:, 32:].mean())
        back[f] = lab.interval((~never_positive(run.params))[:, :32].double().mean(1).numpy())
    loud = trained(1.0, f="leaky_relu")
    silent = lab.interval(never_positive(loud.params)[~loud.diverged].double().mean(1).numpy())
    strict = dead_share(loud).mean
    numbers = {
        "gradient of pushed units / others": strength["leaky_relu"],
        "back": back["leaky_relu"],
        "slope 0, rate 1": strict,
        "positive for no image, rate 1": silent,
        "dead ReLUs, rate 1": dead_share(trained(1.0)),
    }
    return Evidence(
        strength["relu"] == 0 < strength["leaky_relu"] < 0.1
        and back["leaky_relu"].high < 0.05
        and strict == 0
        and silent.low > 0.2,
        numbers,
    )


@check("leaky-still-cheap")
def a_comparison_and_a_product():
    """Operations of the formula, and recorded time of the kernel relative to ReLU, with the sigmoid's beside it."""
    used = operations(lambda x: torch.maximum(x, 0.01 * x))
    times = {f"{f} / ReLU": recorded(f) / recorded("relu") for f in ("leaky_relu", "sigmoid")}
    return Evidence(
        len(used) == 2 and times["leaky_relu / ReLU"] < 1.5 < times["sigmoid / ReLU"],
        {"operations": ", ".join(used)} | times,
    )


@check("leaky-same-results-as-relu", slow=True)
def same_but_for_the_zeros():
    """Accuracy of leaky ReLU less ReLU after 2 and 16 epochs, and the share of activations that are exactly 0."""
    runs = {f: shallow_run(f) for f in ("leaky_relu", "relu")}
    apart = {
        f"accuracy, {epochs} epochs": lab.paired(*(run.test_accuracy[:, k] for run in runs.values()))
        for epochs, k in ((2, 1), (16, -1))
    }
    x = digits("standardised").X_test
    zeros = {
        f"zeros, {f}": float((lab.forward(run.params, x, f, hidden=True)[1][0] == 0).double().mean())
        for f, run in runs.items()
    }
    return Evidence(
        max(abs(pair.difference.mean) for pair in apart.values()) < 0.01
        and zeros["zeros, relu"] > 0.3
        and zeros["zeros, leaky_relu"] < 0.01,
        apart | zeros,
    )


@check("leaky-more-stable-than-relu", slow=True)
def inside_and_beyond():
    """Leaky ReLU less ReLU in accuracy: at a good rate, and at a rate where both break down; a lower rate instead."""
    apart = {
        f"rate {rate:g}": lab.paired(accuracy(trained(rate, f="leaky_relu")), accuracy(trained(rate)))
        for rate in (0.3, 1.0, 2.0)
    }
    broken = {
        f"accuracy of leaky ReLU, rate {rate:g}": lab.interval(accuracy(trained(rate, f="leaky_relu")))
        for rate in (1.0, 2.0)
    }
    lower = lab.paired(accuracy(trained(0.3)), accuracy(trained(1.0)))
    return Evidence(
        abs(apart["rate 0.3"].difference.mean) < 0.01
        and max(band.mean for band in broken.values()) < 0.85
        and lower.difference.low > 0.2,
        apart | broken | {"rate 0.3 instead of 1": lower},
    )


@check("leaky-prelu-not-always-better", "relu-variants-beat-relu-xu", slow=True)
def better_is_not_sure():
    """Accuracy less ReLU's after 16 epochs on the digits: leaks 0.01 and 1/5.5, PReLU, RReLU."""
    variants = {
        "leaky 0.01": to_relu("leaky_relu"),
        "leaky 1/5.5": to_relu(1 / 5.5),
        "PReLU": to_relu("prelu"),
        "RReLU": to_relu("rrelu"),
    }
    best = max(pair.difference.low for pair in variants.values())
    return Evidence(best < 0.005 and variants["PReLU"].difference.high < 0, variants)


@check("leaky-not-zero-mean")
def mean_by_formula():
    """Mean for standard normal inputs: leaky ReLU against (1 - a)/sqrt(2 pi), ReLU, ELU."""
    means = {f: sheet(f).mean for f in ("leaky_relu", "relu", "elu")}
    gap = abs(means["leaky_relu"] - 0.99 / sqrt(2 * pi))
    return Evidence(
        gap < 1e-9 and not sheet("leaky_relu").zero_centred and means["elu"] < 0.5 * means["leaky_relu"], means
    )


@check("prelu-slope-learned", slow=True)
def slopes_move():
    """Slopes of PReLU after 16 epochs (they start from 0.25), the share above 1, and the slope on the positive side."""
    run = shallow_run("prelu")
    ends = [run.params[f"f{layer}.a"].numpy() for layer in (1, 2)]
    starts = {float(run.initial[f"f{layer}.a"].unique()) for layer in (1, 2)}
    right = slope(lambda x: F.prelu(x, torch.tensor([0.25])), torch.linspace(0.1, 9, 90))
    beyond = float(np.mean(np.concatenate(ends) > 1))
    numbers = {f"slope, layer {layer}": lab.interval(end) for layer, end in zip((1, 2), ends)} | {"above 1": beyond}
    return Evidence(
        starts == {0.25} and lab.interval(ends[0]).low > 0.35 and beyond > 0.05 and bool((right == 1).all()), numbers
    )


@check("prelu-zero-is-relu")
def special_cases():
    """PReLU with a = 0, 0.01 and 1 against ReLU, leaky ReLU and the identity; and a = 0.25 against ReLU."""
    x = torch.linspace(-9, 9, 1801)
    cases = {0.0: torch.relu(x), 0.01: F.leaky_relu(x), 1.0: x}
    gaps = {f"a = {a:g}": (F.prelu(x, torch.tensor([a])) - other).abs().max().item() for a, other in cases.items()}
    apart = (F.prelu(x, torch.tensor([0.25])) - torch.relu(x)).abs().max().item()
    return Evidence(max(gaps.values()) == 0 and apart > 1, gaps | {"a = 0.25 and ReLU": apart})


@cache
def drawn_slopes():
    """Slopes that torch's RReLU draws for a million negative inputs in training."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return -torch.nn.RReLU().train()(-torch.ones(1_000_000, dtype=torch.float64))


@check("rrelu-random-slope")
def uniform_slopes():
    """Slopes drawn in training: ends, mean, and distance of their distribution from the uniform one."""
    drawn, (low, high) = drawn_slopes(), (1 / 8, 1 / 3)
    quantiles = torch.arange(0.05, 1, 0.05, dtype=torch.float64)
    gap = (drawn.quantile(quantiles) - (low + quantiles * (high - low))).abs().max().item()
    ends = drawn.min().item(), drawn.max().item()
    return Evidence(
        low <= ends[0] and ends[1] <= high and gap < 1e-3,
        {"slopes": (ends[0], drawn.mean().item(), ends[1]), "gap": gap},
    )


@check("rrelu-test-average")
def mean_of_reciprocals():
    """Test slope of torch's RReLU against the mean drawn; the paper's 1/5.5 against the mean of 1/a, a in U(3, 8)."""
    fixed, drawn = -torch.nn.RReLU().eval()(torch.tensor(-1.0)).item(), drawn_slopes().mean().item()
    paper, met = 2 / (3 + 8), log(8 / 3) / 5
    return Evidence(
        abs(fixed - 11 / 48) < 1e-6 and abs(fixed - drawn) < 1e-3 and met - paper > 0.01,
        {"torch, test": fixed, "torch, mean drawn": drawn, "paper, test": paper, "paper, mean drawn": met},
    )


@check("rrelu-unlike-dropout")
def fixed_in_testing():
    """Different slopes that torch's RReLU uses for a thousand equal inputs: in training and in testing."""
    layer, x = torch.nn.RReLU(), -torch.ones(1000)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        used = {mode: len(layer.train(mode == "training")(x).unique()) for mode in ("training", "testing")}
    return Evidence(
        used["testing"] == 1 and used["training"] > 900, {f"slopes in {mode}": number for mode, number in used.items()}
    )


@check("srelu-three-pieces-four-parameters", "srelu-right-slope-not-learned")
def four_gradients():
    """Gradients of the four parameters of SReLU, all learnt; its pieces; and the special case that is ReLU."""
    four = actfns.srelu.module()
    four(torch.tensor([-2.0, 0.5, 3.0])).sum().backward()
    gradients = {name: p.grad.item() for name, p in four.named_parameters()}
    pieces = len(actfns.measure(actfns.srelu).kinks) + 1
    x = np.linspace(-9, 9, 1801)
    gap = float(np.abs(actfns.srelu(x, t_l=0.0, a_l=0.0, t_r=1.0, a_r=1.0) - actfns.relu(x)).max())
    return Evidence(
        len(gradients) == 4 and all(abs(g) > 0.1 for g in gradients.values()) and pieces == 3 and gap < 1e-14,
        {f"gradient of {name}": g for name, g in gradients.items()} | {"pieces": pieces},
    )


@check("srelu-convex-and-nonconvex")
def three_shapes():
    """Convexity of SReLU for three pairs of outer slopes (left, right), and of ReLU and leaky ReLU."""
    pairs = {(0.2, 1.8): "convex", (1.5, 0.2): "concave", (0.2, 0.2): "neither"}
    found = {
        (left, right): actfns.measure(actfns.srelu, params={"a_l": left, "a_r": right}).convex for left, right in pairs
    }
    plain = {f: sheet(f).convex for f in ("relu", "leaky_relu")}
    return Evidence(
        found == pairs and set(plain.values()) == {"convex"},
        {str(pair): shape for pair, shape in found.items()} | plain,
    )


@check("relu-variants-marginal-unused", slow=True)
def marginal_then_clear():
    """Accuracy less ReLU's: two hidden layers, 16 epochs; ten layers without normalisation, 2 epochs, best rates."""
    shallow = {f"{f}, two layers": to_relu(f) for f in ("leaky_relu", "elu", "selu")}
    deep = {f"{f}, ten layers": lab.paired(deep_accuracy(f), deep_accuracy("relu")) for f in ("elu", "selu")}
    return Evidence(
        max(abs(pair.difference.mean) for pair in shallow.values()) < 0.015
        and min(pair.difference.low for pair in deep.values()) > 0.03,
        shallow | deep,
    )
