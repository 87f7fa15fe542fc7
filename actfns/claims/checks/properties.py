"""Checks of the topic properties: range, kinks, steps, smoothness, the slope at the origin."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.evidence import Evidence, check

_SEEDS = range(20)
_SPELLINGS = {
    "relu(x)": torch.relu,
    "x.clamp(min=0)": lambda x: x.clamp(min=0),
    "maximum(x, 0)": lambda x: torch.maximum(x, torch.zeros_like(x)),
    "(x + |x|) / 2": lambda x: (x + x.abs()) / 2,
}


@check("finite-range-more-stable", slow=True)
def growth_not_range():
    """Digits at rate 3, paired by seed: tanh against ReLU, then two pairs that differ in the bound alone."""
    apart, bound = lab.paired(_at_rate_3("tanh"), _at_rate_3("relu")), {}
    for bounded, unbounded in (("tanh", torch.asinh), ("relu6", "relu")):
        bound[bounded] = lab.paired(_at_rate_3(bounded), _at_rate_3(unbounded)).difference
    part = {f: lab.interval(_taking_part(f)) for f in ("tanh", torch.asinh)}
    return Evidence(apart.difference.low > 0.3 and bound["tanh"].high < 0.3 and bound["relu6"].high < 0.3
                    and abs(part["tanh"].mean - part[torch.asinh].mean) < 0.1,
                    {"tanh - ReLU": apart, "tanh - arcsinh (bound, no bound)": bound["tanh"],
                     "ReLU6 - ReLU (bound, no bound)": bound["relu6"],
                     "share of weights that take part, tanh": part["tanh"],
                     "the same, arcsinh": part[torch.asinh]})


@check("infinite-range-efficient-small-lr", slow=True)
def rates_and_updates():
    """Accuracy at rate 3 of ReLU, ELU and arcsinh; then updates to 25 % error at the better of two rates."""
    late = {f if isinstance(f, str) else "arcsinh": lab.interval(_at_rate_3(f)) for f in ("relu", "elu", torch.asinh)}
    needed = {f: min((_updates_to_25(f, rate) for rate in (0.3, 1.0)), key=np.mean) for f in ("tanh", "relu")}
    ratio = lab.interval(needed["tanh"] / needed["relu"])
    return Evidence(max(late["relu"].high, late["elu"].high) < late["arcsinh"].low and ratio.high < 1.2,
                    {**{f"{f} at rate 3": value for f, value in late.items()}, "updates, tanh over ReLU": ratio})


@check("c1-desirable")
def kink_does_no_harm():
    """ReLU trained on digits with slope 0, 0.5 and 1 at its kink: accuracy, and the largest difference of a weight."""
    runs = [lab.train("digits", (32,), f, _SEEDS, lr=0.3, epochs=2, every=2) for f in _SPELLINGS.values()]
    kinked = actfns.measure(actfns.relu)
    apart = max(float((run.params[k] - runs[0].params[k]).abs().max()) for run in runs for k in run.params)
    accuracy = lab.interval(runs[0].test_accuracy[:, -1])
    return Evidence(kinked.continuity == 0 and accuracy.low > 0.85 and apart == 0,
                    {"continuity class of ReLU": kinked.continuity, "test accuracy": accuracy,
                     "largest difference between four spellings": apart})


@check("relu-gradient-zero-or-one", "relu-still-differentiable")
def one_sided_slopes():
    """Difference quotients of ReLU left and right of 0, its slopes elsewhere, and autograd at 0 for four spellings."""
    x, h = np.array([-7.0, -0.5, 0.5, 7.0]), 1e-6
    left, right = (float(actfns.relu(side * h) / (side * h)) for side in (-1, 1))
    elsewhere = (actfns.relu(x + h) - actfns.relu(x - h)) / (2 * h)
    at_0 = {name: float(torch.func.grad(f)(torch.tensor(0.0))) for name, f in _SPELLINGS.items()}
    off = float(np.abs(elsewhere - (x > 0)).max())
    return Evidence(left == 0 and right == 1 and off < 1e-6 and len(set(at_0.values())) > 1,
                    {"slope from the left": abs(left), "slope from the right": right,
                     **{f"autograd at 0, {name}": value for name, value in at_0.items()}})


@check("relu-kink-tolerated-rarely-hit")
def exact_zeros_before_relu():
    """Share of pre-activations exactly 0: digits with random weights; a blank image; integer pixels, weights ±1."""
    weight = lab.stack((64, 32, 10), _SEEDS)["W1"]
    digits = torch.tensor(lab.load_data("digits").X_train).float()
    pixels = torch.tensor(lab.load_data("digits", scale="raw").X_train).float()
    shares = {"digits": digits @ weight.mT, "a blank image without bias": torch.zeros(1, 64) @ weight.mT,
              "integer pixels, weights 1 and -1": pixels @ weight.sign().mT}
    shares = {name: float((z == 0).double().mean()) for name, z in shares.items()}
    usual, blank, coarse = shares.values()
    return Evidence(usual < 1e-4 and blank == 1 and coarse > 0.002, shares)


@check("binary-step-derivative")
def step_quotients():
    """Difference quotients of the step across 0 for shrinking h, and its largest slope elsewhere."""
    h = np.array([1e-1, 1e-3, 1e-6])
    across = (actfns.binary_step(h) - actfns.binary_step(-h)) / (2 * h)
    x = np.concatenate([np.linspace(-5, -0.1, 50), np.linspace(0.1, 5, 50)])
    elsewhere = np.abs((actfns.binary_step(x + 1e-3) - actfns.binary_step(x - 1e-3)) / 2e-3).max()
    return Evidence(np.allclose(across * 2 * h, 1) and across[-1] > 1e5 and elsewhere == 0
                    and actfns.measure(actfns.binary_step).continuity == -1,
                    {"quotient across 0, h = 1e-6": across[-1], "largest slope elsewhere": elsewhere})


@check("binary-step-untrainable")
def surrogate_gradient():
    """Movement of the first layer and accuracy on digits: the step's true gradient against a straight-through one."""
    runs = {name: lab.train("digits", (32,), f, _SEEDS, lr=0.3, epochs=5, every=5)
            for name, f in (("true", "binary_step"), ("straight-through", _straight_through))}
    moved = {name: float((run.params["W1"] - run.initial["W1"]).abs().max()) for name, run in runs.items()}
    gain = lab.paired(*(runs[name].test_accuracy[:, -1] for name in ("straight-through", "true")))
    return Evidence(moved["true"] == 0 and moved["straight-through"] > 0.05 and gain.difference.low > 0,
                    {"W1 moved, true gradient": moved["true"], "W1 moved, straight-through": moved["straight-through"],
                     "accuracy, straight-through - true": gain})


@check("threshold-output-bumpy-loss")
def flat_almost_everywhere():
    """Share of 2000 random biases at which the loss does not change within 1e-7: 0-1 loss against logistic loss."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    label, b, h = x + 0.7 * rng.normal(size=40) > 0.3, rng.uniform(-3, 3, 2000), 1e-7

    def step(b):
        return np.mean((x >= b[:, None]) != label, axis=1)

    def logistic(b):
        return np.mean(np.logaddexp(0, -(2 * label - 1) * (x - b[:, None])), axis=1)

    flat = {f"{loss.__name__} loss": float(np.mean(loss(b + h) == loss(b - h))) for loss in (step, logistic)}
    levels = len(np.unique(step(b)))
    return Evidence(flat["step loss"] > 0.99 and flat["logistic loss"] < 0.01 and levels > 2,
                    {**{f"flat, {name}": share for name, share in flat.items()}, "levels of the step loss": levels})


@check("monotone-derivative-definition")
def convex_is_monotone_slope():
    """Turns of the slope on [-8, 8]: softplus (convex) against sigmoid; and what the property sheet calls them."""
    x = np.linspace(-8, 8, 4001)
    turns = {}
    for name in ("softplus", "sigmoid"):
        bends = np.sign(np.diff(actfns.catalog[name].derivative(x)))
        turns[name] = int(np.count_nonzero(np.diff(bends[bends != 0])))
    convex = {name: actfns.measure(actfns.catalog[name]).convex for name in turns}
    return Evidence(turns["softplus"] == 0 and turns["sigmoid"] == 1
                    and convex["softplus"] == "convex" and convex["sigmoid"] not in ("convex", "concave"),
                    {**{f"turns of the slope of {name}": value for name, value in turns.items()}, **convex})


@check("smooth-means-c-infinity")
def orders_of_smoothness():
    """Second derivative of nine functions just left and right of 0 (float64 autograd), and their measured class."""
    jumps, classes = {}, {}
    for name in ("softplus", "tanh", "swish", "mish", "elu", "softsign", "elish"):
        second = torch.func.vmap(torch.func.grad(torch.func.grad(actfns.catalog[name])))
        left, right = second(torch.tensor([-1e-9, 1e-9], dtype=torch.float64)).tolist()
        jumps[name] = abs(right - left)
        classes[name] = actfns.measure(actfns.catalog[name]).continuity
    smooth, once = ("softplus", "tanh", "swish", "mish"), ("elu", "softsign", "elish")
    return Evidence(max(jumps[f] for f in smooth) < 1e-6 and min(jumps[f] for f in once) > 0.4
                    and all(np.isinf(classes[f]) for f in smooth) and all(classes[f] == 1 for f in once),
                    {f"jump of f″ at 0, {name}": jump for name, jump in jumps.items()})


@check("identity-near-origin-desirable")
def slope_at_0_carries():
    """Variance per layer with N(0, 0.01²) weights and width 64, against 64 · 0.01² · f′(0)²; then 20 LeCun layers."""
    noise = np.random.default_rng(0).standard_normal((64, 64))
    small = lab.stack((64,) * 5, _SEEDS, "small", torch.float64)
    deep = lab.stack((64,) * 21, _SEEDS, "lecun", torch.float64)
    off, left = {}, {}
    for name in ("tanh", "elu", "silu", "mish"):
        spread = torch.stack([h.var(1).mean(-1) for h in lab.forward(small, noise, name, hidden=True)[1]])
        factor = (spread[1:] / spread[:-1]).mean(0).numpy() / (64 * 0.01**2 * actfns.catalog[name].derivative(0.0) ** 2)
        off[name] = lab.interval(factor)
        left[name] = float(lab.forward(deep, noise, name, hidden=True)[1][-1].var(1).mean().log10())
    return Evidence(all(0.8 < band.low and band.high < 1.25 for band in off.values())
                    and left["tanh"] > left["silu"] + 3,
                    {**{f"{name}: measured over predicted": band for name, band in off.items()},
                     "log10 variance after 20 layers, tanh": left["tanh"], "the same, SiLU": left["silu"]})


@cache
def _run_at(f, rate):
    return lab.train("digits", (32, 32), f, _SEEDS, lr=rate, epochs=3, every=3)


def _at_rate_3(f):
    return _run_at(f, 3.0).test_accuracy[:, -1]


def _taking_part(f):
    """Participation ratio of the gradients of one layer: 1 where all weights change alike, 1/n where one changes."""
    data = lab.load_data("digits")
    g = lab.per_sample(_run_at(f, 0.3).params, data.X_train[:128], data.y_train[:128], f, layer=2).flatten(2).double()
    share = g.square().sum(-1) ** 2 / (g.shape[-1] * g.pow(4).sum(-1))
    return share.nanmean(1).numpy()


def _updates_to_25(f, rate):
    run = lab.train("digits", (64, 64, 64), f, _SEEDS, lr=rate, epochs=3, batch=32, every_updates=3, init="xavier")
    below = run.test_accuracy > 0.75
    return np.where(below.any(1), run.updates[below.argmax(1)], np.inf)


def _straight_through(z):
    ramp = z.clamp(-1, 1)
    return (z >= 0).to(z.dtype) + ramp - ramp.detach()
