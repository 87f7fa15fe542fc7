"""Checks of the topic tanh. That its zig-zag is weaker is settled with the sigmoid's, in `checks.sigmoid`."""

from statistics import NormalDist

import numpy as np
import torch
from mpmath import mpf, sech
from scipy.optimize import brentq

import actfns
from actfns import lab
from actfns.claims.checks.relu import deep_accuracy
from actfns.claims.checks.sigmoid import SEEDS, operations, recorded, sheet, slope
from actfns.claims.evidence import Evidence, check

GRID = torch.linspace(-8, 8, 16_001, dtype=torch.float64)


def by_sigmoid(x):
    """tanh with a single exponential."""
    return 2 * (1 + (-2 * x).exp()).reciprocal() - 1


def quotient(x):
    """The textbook formula, with four exponentials."""
    return (x.exp() - (-x).exp()) / (x.exp() + (-x).exp())


@check("tanh-range-zero-centred")
def odd_between_limits():
    """Limits, parity and mean for standard normal inputs, with the sigmoid's mean beside it."""
    found = sheet("tanh")
    numbers = {"limits": found.limits, "mean": found.mean, "mean of the sigmoid": sheet("sigmoid").mean}
    return Evidence(
        found.limits == (-1, 1)
        and found.parity == "odd"
        and abs(found.mean) < 1e-12
        and found.zero_centred
        and abs(sheet("sigmoid").mean) > 0.4,
        numbers,
    )


@check("tanh-formula")
def three_formulas():
    """The quotient and 2 sigmoid(2x) - 1 against torch.tanh on [-8, 8]; the quotient at 1000 in float32."""
    gap = max((f(GRID) - torch.tanh(GRID)).abs().max().item() for f in (quotient, by_sigmoid))
    far = torch.tensor(1000.0)
    literal, library = quotient(far).item(), torch.tanh(far).item()
    return Evidence(
        gap < 1e-14 and library == 1 and not np.isfinite(literal),
        {"largest difference": gap, "quotient at 1000": str(literal), "torch.tanh at 1000": library},
    )


@check("tanh-smoother")
def equally_smooth():
    """Smoothness of both, the identity between them, and the ratio of their largest second derivatives."""
    smooth = {f: sheet(f).continuity for f in ("tanh", "sigmoid")}
    gap = (torch.tanh(GRID) - (2 * torch.sigmoid(2 * GRID) - 1)).abs().max().item()
    bend = [slope(lambda x, f=f: torch.func.grad(f)(x), GRID).abs().max().item() for f in (torch.tanh, torch.sigmoid)]
    return Evidence(
        smooth["tanh"] <= smooth["sigmoid"] and gap < 1e-14 and 7.9 < bend[0] / bend[1] < 8.1,
        {"gap of the identity": gap, "largest second derivative, tanh / sigmoid": bend[0] / bend[1]},
    )


@check("tanh-steeper-than-sigmoid")
def where_slopes_meet():
    """Ratio of the slopes at 0 and at 4, and the place where they are equal."""

    def ratio(x):
        return float(actfns.tanh.derivative(x) / actfns.sigmoid.derivative(x))

    meet = brentq(lambda x: ratio(x) - 1, 0.1, 4)
    numbers = {"at 0": ratio(0.0), "equal at": meet, "at 4": ratio(4.0)}
    return Evidence(
        abs(ratio(0.0) - 4) < 1e-9 and ratio(4.0) < 0.2 and abs(np.cosh(meet) - 1 - np.sqrt(3)) < 1e-6, numbers
    )


@check("tanh-still-vanishes", slow=True)
def power_not_exponential():
    """Back-signal left (log10) at depth 8 to 64, sigmoid and tanh; tanh, weights halved; ten tanh layers trained."""

    def left(f, depth, gain=1.0):
        return lab.interval(np.log10(lab.propagate(f, depth, 64, SEEDS, gain=gain, samples=16).back_ratio))

    tanh, sigmoid = ({depth: left(f, depth) for depth in (8, 16, 32, 64)} for f in ("tanh", "sigmoid"))
    halved, trained = left("tanh", 20, 0.5), lab.interval(deep_accuracy("tanh"))
    saturates = sheet("tanh").saturates_left and sheet("tanh").saturates_right
    slows = tanh[32].mean - tanh[64].mean < 2 * (tanh[8].mean - tanh[16].mean)  # an exponential loss would take 4 times
    still = sigmoid[32].mean - sigmoid[64].mean > 3 * (sigmoid[8].mean - sigmoid[16].mean)
    numbers = {
        "tanh, 64 layers": tanh[64],
        "sigmoid, 64 layers": sigmoid[64],
        "tanh, 20 layers, weights halved": halved,
        "accuracy of ten tanh layers": trained,
    }
    return Evidence(
        saturates
        and slows
        and still
        and tanh[64].low > -2.5
        and sigmoid[64].high < -20
        and halved.high < -4
        and trained.low > 0.8,
        numbers,
    )


@check("tanh-gradient-one-only-at-zero")
def one_at_zero():
    """Largest slope and its place; points of a grid on [-8, 8] with slope 1, and with slope above 0.999999."""
    found, slopes = sheet("tanh"), slope(torch.tanh, GRID)
    ones, near = int((slopes == 1).sum()), int((slopes > 1 - 1e-6).sum())
    return Evidence(
        ones == 1 and near <= 3 and abs(found.lipschitz - 1) < 1e-12 and abs(found.lipschitz_at) < 1e-6,
        {"largest slope": found.lipschitz, "points with slope 1": ones, "above 0.999999": near},
    )


@check("tanh-dead-neurons")
def saturated_not_dead():
    """Share of slopes exactly 0 for normal inputs, tanh and ReLU; the true slope at 50; 0 at 32 bits from where."""
    z = torch.randn(100_000, generator=torch.Generator().manual_seed(0))
    share = {f: (slope(getattr(torch, f), z) == 0).float().mean().item() for f in ("tanh", "relu")}
    x = torch.arange(1, 20, 0.001)
    rounded, true = x[slope(torch.tanh, x) == 0].min().item(), sech(mpf(50)) ** 2
    return Evidence(
        share["tanh"] == 0 and 0.45 < share["relu"] < 0.55 and true > 0 and 8 < rounded < 10,
        share | {"slope at 50": float(true), "0 at 32 bits from": rounded},
    )


@check("tanh-fixes-sigmoid")
def one_network_two_names():
    """A tanh network against the sigmoid network with fourfold weights and moved biases; where both saturate."""
    p, x = lab.stack((64, 32, 32, 10), SEEDS, "xavier", torch.float64), lab.load_data("digits").X_test
    moved = {
        "W1": 2 * p["W1"],
        "b1": 2 * p["b1"],
        "W2": 4 * p["W2"],
        "b2": 2 * (p["b2"] - p["W2"].sum(-1)),
        "W3": 2 * p["W3"],
        "b3": p["b3"] - p["W3"].sum(-1),
    }
    gap = (lab.forward(p, x, "tanh") - lab.forward(moved, x, "sigmoid")).abs().max().item()
    centre = [sheet(f).zero_centred for f in ("tanh", "sigmoid")]
    ends = {f: sheet(f).saturation_right_at for f in ("tanh", "sigmoid")}
    return Evidence(
        gap < 1e-10 and centre == [True, False] and ends["tanh"] < ends["sigmoid"] < 10,
        {"gap of the outputs": gap} | {f"{f} saturates at": end for f, end in ends.items()},
    )


@check("tanh-four-exps-slower")
def one_exponential():
    """Exponentials in the textbook formula and in 2 sigmoid(2x) - 1; recorded times relative to the sigmoid."""
    exps = [operations(f).count("exp") for f in (quotient, by_sigmoid)]
    same = (by_sigmoid(GRID) - torch.tanh(GRID)).abs().max().item()
    ratio = {
        library: recorded("tanh", column) / recorded("sigmoid", column)
        for library, column in (("kernel of torch", "kernel"), ("formula in NumPy", "numpy"))
    }
    return Evidence(
        exps == [4, 1] and same < 1e-14 and ratio["kernel of torch"] > 2 and ratio["formula in NumPy"] < 0.5,
        {"exponentials": f"{exps[0]} and {exps[1]}"} | ratio,
    )


@check("tanh-in-rnns")
def lstm_by_hand():
    """One step of torch's LSTM against three sigmoids and two tanhs; the default of torch's simple recurrent layer."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        cell, signal, (h, c) = torch.nn.LSTMCell(3, 4), torch.randn(8, 3), torch.randn(2, 8, 4)
    pre = signal @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh
    enter, forget, content, out = pre.chunk(4, 1)
    c_next = forget.sigmoid() * c + enter.sigmoid() * content.tanh()
    gap = (out.sigmoid() * c_next.tanh() - cell(signal, (h, c))[0]).abs().max().item()
    default = torch.nn.RNN(3, 4).nonlinearity
    return Evidence(gap < 1e-5 and default == "tanh", {"gap": gap, "default of nn.RNN": default})


@check("hardtanh-cheap-bounded")
def one_clipping():
    """Range and operations of hardtanh; recorded time relative to tanh; share of slopes exactly 0 for normal inputs."""
    found, clip = sheet("hardtanh"), operations(lambda x: x.clamp(-1, 1))
    ratio = recorded("hardtanh") / recorded("tanh")
    z = torch.randn(100_000, generator=torch.Generator().manual_seed(0))
    flat = (slope(torch.nn.functional.hardtanh, z) == 0).float().mean().item()
    expected = 2 * NormalDist().cdf(-1)
    return Evidence(
        (found.minimum, found.maximum) == (-1, 1) and clip == ["clamp"] and ratio < 0.5 and abs(flat - expected) < 0.01,
        {"time of hardtanh / tanh": ratio, "slopes exactly 0": flat, "expected": expected},
    )
