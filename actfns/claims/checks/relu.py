"""Checks of the topic ReLU. The updates that functions need are counted in `checks.sigmoid`."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.checks.sigmoid import SEEDS, operations, ratio, recorded, sheet, slope, times_relu
from actfns.claims.evidence import Evidence, check


@cache
def deep_accuracy(f):
    """Test accuracy of 20 seeds after 2 epochs with ten hidden layers of 32 units, at the best of three rates."""
    init = "he" if f == "relu" else "lecun"
    ends = [
        lab.train("digits", (32,) * 10, f, SEEDS, lr=rate, batch=32, epochs=2, every=2, init=init).test_accuracy[:, -1]
        for rate in (0.03, 0.1, 0.3)
    ]
    return max(ends, key=np.mean)


@cache
def shallow_run(f):
    """20 seeds of 64-32-32-10 on the digits at rate 0.2, 16 epochs, He's initialisation; ``f``: an id or a leak."""
    leak = f if isinstance(f, float) else None
    activation = (lambda z: torch.nn.functional.leaky_relu(z, leak)) if leak is not None else f
    return lab.train("digits", (32, 32), activation, SEEDS, lr=0.2, epochs=16, every=2, batch=32)


def to_relu(f):
    """Paired difference in accuracy to ReLU at the end of the shallow runs."""
    return lab.paired(shallow_run(f).test_accuracy[:, -1], shallow_run("relu").test_accuracy[:, -1])


@check("relu-definition")
def max_of_zero():
    """max(0, x) against (x + |x|)/2 and torch's ReLU; c relu(x) against relu(c x); convexity."""
    x = np.linspace(-10, 10, 4001)
    own = actfns.relu(x)
    gap = max(
        np.abs(own - other).max()
        for other in (np.maximum(0, x), (x + np.abs(x)) / 2, torch.relu(torch.tensor(x)).numpy())
    )
    scale = max(np.abs(actfns.relu(c * x) - c * own).max() for c in (0.25, 8.0))
    return Evidence(
        max(gap, scale) < 1e-14 and sheet("relu").convex == "convex",
        {"largest gap": float(gap), "scaling": float(scale)},
    )


@check("relu-zeroing-removes-vanishing")
def zeros_cut_slopes_keep():
    """log10 of the back-signal after 20 layers: relu, relu/4 (zeros, slope 1/4), |z| (no zeros); a scalar chain."""
    kinds = {
        "relu(z)": (torch.relu, "he"),
        "relu(z) / 4": (lambda z: torch.relu(z) / 4, "he"),
        "|z|": (torch.abs, "lecun"),
    }
    left = {
        name: lab.interval(np.log10(lab.propagate(f, 20, 64, SEEDS, init=init, samples=16).back_ratio))
        for name, (f, init) in kinds.items()
    }

    def chain(x):
        for _ in range(20):
            x = torch.relu(x)
        return x

    through = {sign: torch.func.grad(chain)(torch.tensor(float(sign))).item() for sign in (1, -1)}
    return Evidence(
        left["relu(z) / 4"].high < -8 and min(left["|z|"].low, left["relu(z)"].low) > -1 and through == {1: 1, -1: 0},
        left | {"slope of 20 ReLUs at 1": through[1], "at -1": through[-1]},
    )


@check("relu-cheap-no-exp-division")
def cheap_alone():
    """Exponentials and divisions in the formula; recorded time of the kernel relative to others, and of an epoch."""
    used = operations(lambda x: x.clamp(min=0))
    dearer = {f"{f} / ReLU": recorded(f) / recorded("relu") for f in ("sigmoid", "tanh", "elu", "silu", "mish")}
    epoch = times_relu("sigmoid", "epoch")
    return Evidence(
        not {"exp", "div", "truediv"} & set(used) and min(dearer.values()) > 2 and epoch[2] < 1.5,
        dearer | {"a whole epoch, sigmoid / ReLU": epoch},
    )


@check("relu-converges-six-times-faster", slow=True)
def updates_by_relu():
    """Updates to 25% and 5% test error with the best rate for each: tanh and sigmoid relative to ReLU."""
    needed = {
        f"{f} / ReLU, to {error:.0%}": ratio(f, "relu", error) for f in ("tanh", "sigmoid") for error in (0.25, 0.05)
    }
    tanh, sigmoid = ([needed[f"{f} / ReLU, to {error}"] for error in ("25%", "5%")] for f in ("tanh", "sigmoid"))
    return Evidence(max(high for *_, high in tanh) < 1.5 and min(low for low, *_ in sigmoid) > 3, needed)


@check("relu-six-times-computation")
def six_is_not_a_time():
    """Recorded time of a whole epoch relative to ReLU (sigmoid, tanh), and of the bare functions in two libraries."""
    epochs = {f"epoch, {f}": times_relu(f, "epoch") for f in ("sigmoid", "tanh")}
    bare = {
        f"tanh / ReLU, {name}": recorded("tanh", column) / recorded("relu", column)
        for name, column in (("kernel of torch", "kernel"), ("formula in NumPy", "numpy"))
    }
    return Evidence(
        max(high for *_, high in epochs.values()) < 2.5
        and bare["tanh / ReLU, kernel of torch"] > 3 * bare["tanh / ReLU, formula in NumPy"],
        epochs | bare,
    )


@check("relu-sparsity-from-squishing")
def zeros_not_squashing():
    """Share of exact zeros at the start and after 5 epochs, ReLU and leaky ReLU; change of positive values by ReLU."""
    runs = {
        f: lab.train("digits", (32, 32), f, SEEDS, lr=0.1, epochs=5, every=5, batch=32, record="zeros")
        for f in ("relu", "leaky_relu")
    }
    zeros = {f: run.layers["zeros"].mean(2) for f, run in runs.items()}
    x = np.geomspace(1e-6, 1e6, 1000)
    moved = float(np.abs(actfns.relu(x) - x).max())
    numbers = {
        "ReLU, start": lab.interval(zeros["relu"][:, 0]),
        "ReLU, trained": lab.interval(zeros["relu"][:, -1]),
        "leaky ReLU, trained": lab.interval(zeros["leaky_relu"][:, -1]),
    }
    return Evidence(
        numbers["ReLU, start"].low > 0.3
        and numbers["ReLU, trained"].low > 0.3
        and numbers["leaky ReLU, trained"].high < 0.01
        and moved == 0,
        numbers | {"positive values moved by": moved},
    )


@check("relu-overfits-more-than-sigmoid", slow=True)
def gap_with_few_images():
    """Training less test accuracy with 100 images learnt by heart: ReLU, sigmoid, tanh, and the paired difference."""
    digits = lab.load_data("digits")
    few = lab.from_arrays(digits.X_train[:100], digits.y_train[:100], digits.X_test, digits.y_test)
    gap = {}
    for f, init in (("relu", "he"), ("sigmoid", "xavier"), ("tanh", "xavier")):
        run = lab.train(few, (64,), f, SEEDS, init=init, lr=0.01, optimiser="adam", epochs=40, every=40, batch=20)
        gap[f] = run.scores("train")["accuracy"] - run.test_accuracy[:, -1]
    more, bands = lab.paired(gap["relu"], gap["sigmoid"]), {f: lab.interval(values) for f, values in gap.items()}
    least = min(band.low for band in bands.values())
    return Evidence(least > 0.05 and abs(more.difference.mean) < least / 2, bands | {"ReLU - sigmoid": more})


@check("relu-generalises-converges-better", slow=True)
def no_law():
    """Updates to 5% test error relative to ReLU (best rates), and accuracy of tanh less ReLU after 16 epochs."""
    needed = {f"{f}, updates / ReLU": ratio(f, "relu", 0.05) for f in ("tanh", "sigmoid")}
    ends = {
        f: lab.train("digits", (32, 32), f, SEEDS, lr=0.2, epochs=16, every=16, batch=32, init="xavier").test_accuracy[
            :, -1
        ]
        for f in ("tanh", "relu")
    }
    better = lab.paired(ends["tanh"], ends["relu"])
    return Evidence(
        needed["tanh, updates / ReLU"][2] < 1.5
        and needed["sigmoid, updates / ReLU"][0] > 3
        and better.difference.mean > -0.005,
        needed | {"accuracy, tanh - ReLU": better},
    )


@check("relu-saturates-one-side-only")
def flat_on_the_left():
    """Where slopes fall below 1%: ReLU and sigmoid, left and right; ReLU's slopes on either side."""
    sides = {f: (sheet(f).saturates_left, sheet(f).saturates_right) for f in ("relu", "sigmoid")}
    x = torch.logspace(-3, 6, 100)
    right, left = slope(torch.relu, x), slope(torch.relu, -x)
    return Evidence(
        sides == {"relu": (True, False), "sigmoid": (True, True)} and bool((right == 1).all() and (left == 0).all()),
        {"least slope right": right.min().item(), "largest slope left": left.max().item()},
    )


@check("relu-constant-slope-speeds-updates", slow=True)
def constancy_is_not_speed():
    """Updates to 25% error relative to ReLU (tanh, sigmoid); accuracy of the identity, whose slope is always 1."""
    needed = {f"{f}, updates / ReLU": ratio(f, "relu", 0.25) for f in ("tanh", "sigmoid")}
    ceiling = to_relu("identity")
    return Evidence(
        needed["tanh, updates / ReLU"][2] < 1.2
        and needed["sigmoid, updates / ReLU"][0] > 3
        and ceiling.difference.high < -0.005,
        needed | {"accuracy, identity - ReLU": ceiling},
    )


@check("relu-simplest-nonlinearity")
def as_simple():
    """Kinks of ReLU, |x| and leaky ReLU (two lines each), and operations of max(0, x) and |x|."""
    kinks = {
        name: len(actfns.measure(f).kinks)
        for name, f in (("relu", actfns.relu), ("|x|", np.abs), ("leaky", actfns.leaky_relu))
    }
    work = [len(operations(f)) for f in (lambda x: x.clamp(min=0), torch.abs)]
    return Evidence(
        set(kinks.values()) == {1} and work[1] <= work[0],
        {f"kinks of {f}": n for f, n in kinks.items()} | {"operations": str(work)},
    )


@check("relu-most-used-default", slow=True)
def nobody_far_ahead():
    """Accuracy of five functions less that of ReLU in a shallow network after 16 epochs."""
    others = {f: to_relu(f) for f in ("leaky_relu", "elu", "selu", "silu", "mish")}
    return Evidence(max(pair.difference.high for pair in others.values()) < 0.02, others)


@check("relu-best-in-practice", slow=True)
def shallow_and_deep():
    """tanh and SELU less ReLU with ten layers and no normalisation, and leaky ReLU less ReLU in a shallow network."""
    deep = {f"{f} - ReLU, ten layers": lab.paired(deep_accuracy(f), deep_accuracy("relu")) for f in ("tanh", "selu")}
    alike = to_relu("leaky_relu")
    return Evidence(
        min(pair.difference.low for pair in deep.values()) > 0.03 and abs(alike.difference.mean) < 0.02,
        deep | {"leaky - ReLU, two layers": alike},
    )


@check("relu6-efficient-optimisation", slow=True)
def few_bits():
    """Accuracy with activations rounded to 4 bits: range up to the largest value or up to 6; slope of ReLU6 above 6."""
    digits = lab.load_data("digits")
    params = lab.train(digits, (32, 32), "relu", SEEDS, lr=0.1, epochs=10, every=10, batch=32).params

    def rounded(top=None):
        def f(z):
            h = torch.relu(z)
            reach = h.amax((1, 2), keepdim=True) if top is None else torch.tensor(top)
            return reach / 15 * (torch.minimum(h, reach) / reach * 15).round()

        hit = lab.forward(params, digits.X_test, f).argmax(-1) == torch.as_tensor(digits.y_test)
        return hit.double().mean(1).numpy()

    gain, above = (
        lab.paired(rounded(6.0), rounded()),
        torch.func.grad(torch.nn.functional.relu6)(torch.tensor(7.0)).item(),
    )
    return Evidence(
        gain.difference.low > 0.01 and above == 0, {"range to 6 - range to the maximum": gain, "slope at 7": above}
    )


@check("relu-cannot-learn-negatives", slow=True)
def roof():
    """A 1-32-1 ReLU network fitted to -3 - |x| on [-2, 2]: share of the variance unexplained, largest output."""
    line = np.linspace(-2, 2, 200)[:, None]
    target = lab.from_arrays(line, -3 - np.abs(line), name="roof")
    fit = lab.train(target, (32,), "relu", SEEDS, lr=0.02, epochs=100, batch=20, every=100, loss="mse")
    error = lab.interval(fit.test_loss[:, -1] / np.var(np.abs(line)))
    return Evidence(
        error.high < 0.1 and fit.outputs(line).max() < 0,
        {"share unexplained": error, "largest output": float(fit.outputs(line).max())},
    )
