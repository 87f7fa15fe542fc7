"""Checks of the topic zigzag: signs of gradients, and the way down with inputs that are all positive."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.evidence import Evidence, check

_SEEDS = range(20)


@check("matrix-product-derivative-rule")
def product_rule():
    """∂L/∂W = G Xᵀ and ∂L/∂X = Wᵀ G for f = WX, against autograd, for 20 random cases."""
    generator = torch.Generator().manual_seed(0)
    w, x, g = (torch.randn(20, *shape, generator=generator, dtype=torch.float64) for shape in ((5, 4), (4, 3), (5, 3)))
    by_w, by_x = torch.func.grad(lambda w, x: (g * (w @ x)).sum(), argnums=(0, 1))(w, x)
    gaps = (by_w - g @ x.mT).abs().max().item(), (by_x - w.mT @ g).abs().max().item()
    return Evidence(max(gaps) < 1e-12, {"gap of ∂L/∂W": gaps[0], "gap of ∂L/∂X": gaps[1]})


@check("local-gradient-is-input")
def local_gradient():
    """Error times input against autograd: a = Wx, then a = σ(Wx) with the factor σ′(z) and without it."""
    generator = torch.Generator().manual_seed(0)
    w, x, g = (torch.randn(20, *shape, generator=generator, dtype=torch.float64) for shape in ((6, 4), (4, 1), (6, 1)))
    linear = torch.func.grad(lambda w: (g * (w @ x)).sum())(w)
    bent = torch.func.grad(lambda w: (g * torch.sigmoid(w @ x)).sum())(w)
    slope = actfns.sigmoid.derivative(w @ x)
    gaps = {"a = Wx": linear - g @ x.mT, "a = σ(Wx), with σ′(z)": bent - (slope * g) @ x.mT,
            "a = σ(Wx), without": bent - g @ x.mT}
    gaps = {name: gap.abs().max().item() for name, gap in gaps.items()}
    plain, factor, bare = gaps.values()
    return Evidence(plain < 1e-12 and factor < 1e-12 and bare > 0.5, gaps)


@check("positive-inputs-one-sign-gradient")
def one_sign_per_sample():
    """Share of units whose incoming gradients have one sign, per sample and per batch: above a sigmoid, above tanh."""
    single, batch, _ = _one_signed("sigmoid")
    mixed, _, _ = _one_signed("tanh")
    return Evidence(single.low > 0.99 and batch.high < 0.9 and mixed.high < 0.01,
                    {"sigmoid, per sample": single, "sigmoid, batch of 64": batch, "tanh, per sample": mixed})


@check("relu-also-zigzags")
def relu_one_sign():
    """ReLU: units with one-signed gradients per sample and per batch; what moving its mean to 0 does to accuracy."""
    single, batch, _ = _one_signed("relu")
    shift = actfns.measure(actfns.relu).mean
    centred, usual = (lab.train("digits", (32, 32), f, _SEEDS, lr=0.1, epochs=4, every=4, init="xavier")
                      .test_accuracy[:, -1] for f in (lambda z: torch.relu(z) - shift, torch.relu))
    gain = lab.paired(centred, usual)
    return Evidence(single.low > 0.99 and batch.high < 0.5 and abs(gain.difference.mean) < 0.05,
                    {"per sample": single, "batch of 64": batch, "accuracy, centred - usual": gain})


@check("whole-matrix-one-sign")
def matrix_mixed():
    """Share of samples whose whole weight matrix has gradients of one sign, against single units: sigmoid and ReLU."""
    whole = {f: _one_signed(f)[2] for f in ("sigmoid", "relu")}
    unit = _one_signed("sigmoid")[0]
    return Evidence(max(band.high for band in whole.values()) < 0.05 and unit.low > 0.99,
                    {"one unit, sigmoid": unit, **{f"whole matrix, {f}": band for f, band in whole.items()}})


@check("positive-derivative-causes-zigzag")
def sign_of_slope_is_idle():
    """One-signed units per sample: positive values with slopes of both signs (a bump), and positive slopes (tanh)."""
    z = torch.linspace(-2, 2, 401)
    bump, tanh = _one_signed(_bump)[0], _one_signed("tanh")[0]
    slopes = torch.func.vmap(torch.func.grad(_bump))(z)
    return Evidence(bump.low > 0.99 and tanh.high < 0.01 and slopes.min().item() < -0.5 and slopes.max().item() > 0.5
                    and _bump(z).min().item() > 0 and actfns.tanh.derivative(z).min().item() > 0,
                    {"bump: values > 0, slopes of both signs": bump, "tanh: slopes > 0, values of both signs": tanh})


@check("gradient-always-same-direction")
def back_and_forth():
    """Two weights, inputs in [0, 1]², one sample a step: share of steps with equal signs, and of reversals."""
    steps = np.sign(np.diff(_ways()["raw", 1].points, axis=1)[:, 20:220])
    equal = lab.interval(np.mean(steps[..., 0] * steps[..., 1] >= 0, axis=1))
    turned = lab.interval(np.mean(steps[:, 1:, 0] != steps[:, :-1, 0], axis=1))
    return Evidence(equal.low > 0.99 and 0.2 < turned.low and turned.high < 0.8,
                    {"steps with equal signs": equal, "steps that reverse the last one": turned})


@check("zigzag-slows-descent")
def longer_and_slower():
    """The way to (1, -1) with raw and centred inputs: length over the straight line, steps to 5 %, condition number."""
    ways = _ways()
    detour = {name: lab.interval(ways[name, 1].ratio) for name in ("raw", "centred")}
    steps = lab.paired(np.log(ways["raw", 1].steps_to(0.05)), np.log(ways["centred", 1].steps_to(0.05)))
    whole = lab.paired(np.log(ways["raw", None].steps_to(0.05)), np.log(ways["centred", None].steps_to(0.05)))
    condition = {name: lab.interval(ways[name, None].condition) for name in ("raw", "centred")}
    return Evidence(detour["raw"].low > 1.3 * detour["centred"].high and steps.difference.low > 0.3
                    and whole.difference.low > 0.3 and condition["raw"].low > 2 * condition["centred"].high,
                    {"detour, raw": detour["raw"], "detour, centred": detour["centred"],
                     "log ratio of steps, one sample": steps, "log ratio of steps, full batch": whole,
                     "condition, raw": condition["raw"], "condition, centred": condition["centred"]})


@check("zero-mean-data-helps")
def centred_pixels():
    """Pixels from 0 to 1 and centred: one-signed first-layer units, largest eigenvalue, accuracy at a bold rate."""
    found = {}
    for scale in ("unit", "centred"):
        data = lab.load_data("digits", scale=scale)
        net = lab.stack((64, 32, 10), _SEEDS, "xavier")
        g = lab.per_sample(net, data.X_train[:256], data.y_train[:256], "tanh", layer=1)
        run = lab.train(data, (32,), "tanh", _SEEDS, lr=1.0, epochs=1, every=1, init="xavier")
        moment = np.linalg.eigvalsh(data.X_train.T @ data.X_train / len(data.X_train))[-1]
        found[scale] = lab.interval(lab.one_signed(g)), float(moment), run.test_accuracy[:, -1]
    raw, centred = found.values()
    gain = lab.paired(centred[2], raw[2])
    return Evidence(raw[0].low > 0.99 and centred[0].high < 0.05 and raw[1] > 2 * centred[1]
                    and gain.difference.low > 0.02,
                    {"one-signed, raw": raw[0], "one-signed, centred": centred[0],
                     "largest eigenvalue, raw over centred": raw[1] / centred[1],
                     "accuracy after an epoch at rate 1, centred - raw": gain})


@check("identity-is-ideal-activation")
def linear_networks_too():
    """The identity: its sheet; three layers against their fold; signals after 20 layers, weights halved and doubled."""
    sheet = actfns.measure(actfns.identity)
    params = lab.stack((64, 64, 64, 10), _SEEDS, "lecun", torch.float64)
    x = torch.as_tensor(lab.load_data("digits").X_test, dtype=torch.float64)
    weight, bias = lab.fold(params)
    gap = (lab.forward(params, x, "identity") - x @ weight.mT - bias.unsqueeze(1)).abs().max().item()
    size = {gain: lab.interval(np.log10(lab.propagate("identity", 20, 64, _SEEDS, gain=gain).back_ratio))
            for gain in (0.5, 1.0, 2.0)}
    return Evidence(sheet.zero_centred and not (sheet.saturates_left or sheet.saturates_right) and gap < 1e-9
                    and size[0.5].high < -4 and size[2.0].low > 4 and abs(size[1.0].mean) < 1,
                    {"gap to one layer": gap, **{f"log10 back-signal, weights × {g:g}": s for g, s in size.items()}})


@cache
def _one_signed(f):
    """Shares of one-signed gradients in layer 2 of fresh networks: units per sample, units per 64, matrices."""
    data = lab.load_data("digits")
    net = lab.stack((64, 32, 32, 10), _SEEDS, "xavier")
    g = lab.per_sample(net, data.X_train[:256], data.y_train[:256], f, layer=2)
    views = g, g.unflatten(1, (-1, 64)).mean(2), g.flatten(2).unsqueeze(2)
    return [lab.interval(lab.one_signed(view)) for view in views]


@cache
def _ways():
    raw = np.random.default_rng(1).uniform(size=(len(_SEEDS), 200, 2))
    inputs = {"raw": raw, "centred": raw - raw.mean(1, keepdims=True)}
    return {(name, batch): lab.descend(x, (1, -1), batch=batch, steps=400, seeds=_SEEDS)
            for name, x in inputs.items() for batch in (1, None)}


def _bump(z):
    return torch.exp(-z * z)
