"""Checks of the topic vanishing-gradient: what shrinks, where, and why."""

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.evidence import Evidence, check

_SEEDS = range(20)


@check("vanishing-definition", slow=True)
def loss_per_layer():
    """Back-signal per layer over 30 layers, sigmoid and ReLU; accuracy of ten hidden layers of each after 4 epochs."""
    factor = {f: lab.interval(lab.propagate(f, 30, 64, _SEEDS, init=init).back_ratio ** (1 / 29))
              for f, init in (("sigmoid", "lecun"), ("relu", "he"))}
    deep = {f: lab.interval(lab.train("digits", (32,) * 10, f, _SEEDS, lr=lr, epochs=4, every=4, init=init)
                            .test_accuracy[:, -1])
            for f, lr, init in (("sigmoid", 0.1, "xavier"), ("relu", 0.03, "he"))}
    return Evidence(factor["sigmoid"].high < 0.3 and factor["relu"].low > 0.8
                    and deep["sigmoid"].high < 0.2 and deep["relu"].low > 0.3,
                    {"factor per layer, sigmoid": factor["sigmoid"], "factor per layer, ReLU": factor["relu"],
                     "ten layers, sigmoid": deep["sigmoid"], "ten layers, ReLU": deep["relu"]})


@check("bounded-functions-saturate")
def finite_area():
    """Area under the slope on [-40, 40], and the slope at ±20: sigmoid and tanh; the largest slope of sin beyond 20."""
    x = np.linspace(-40, 40, 400_001)
    area = {f: float(np.trapezoid(actfns.catalog[f].derivative(x), x)) for f in ("sigmoid", "tanh")}
    tail = max(float(np.max(actfns.catalog[f].derivative(np.array([-20.0, 20.0])))) for f in area)
    sheets = {f: actfns.measure(actfns.catalog[f]) for f in area}
    return Evidence(abs(area["sigmoid"] - 1) < 1e-6 and abs(area["tanh"] - 2) < 1e-6 and tail < 1e-8
                    and all(sheet.saturates_left and sheet.saturates_right for sheet in sheets.values())
                    and np.cos(x[x > 20]).max() > 0.99,
                    {"area, sigmoid": area["sigmoid"], "area, tanh": area["tanh"], "largest slope at ±20": tail,
                     "largest slope of the sine beyond 20": float(np.cos(x[x > 20]).max())})


@check("saturated-later-layer-stops-earlier")
def pushed_by_bias_or_weight():
    """Sigmoid, third layer saturated by a bias of 10 or by 50-fold weights: first-layer gradient, saturated units."""
    data, net = lab.load_data("digits"), lab.stack((64, 32, 32, 32, 10), _SEEDS, "xavier")
    variants = {"as it is": net, "bias": net | {"b3": net["b3"] + 10}, "weights": net | {"W3": 50 * net["W3"]}}
    size, early, third = {}, {}, {}
    for name, params in variants.items():
        _, hidden = lab.forward(params, data.X_train[:256], "sigmoid", hidden=True)
        flat = [(4 * h * (1 - h) < 0.01).double().mean((1, 2)).numpy() for h in hidden]
        early[name], third[name] = max(flat[0].max(), flat[1].max()), float(flat[2].mean())
        gradient = lab.gradients(params, data.X_train[:256], data.y_train[:256], "sigmoid")["W1"]
        size[name] = gradient.flatten(1).norm(dim=1).numpy()
    shrinks, grows = (lab.interval(size[name] / size["as it is"]) for name in ("bias", "weights"))
    return Evidence(third["bias"] > 0.9 and shrinks.high < 0.01 and early["bias"] < 0.05
                    and third["weights"] > 0.3 and grows.low > 1,
                    {"third layer saturated by the bias": third["bias"], "earlier layers saturated": early["bias"],
                     "first-layer gradient, bias": shrinks, "third layer saturated by weights": third["weights"],
                     "first-layer gradient, weights": grows})


@check("every-activation-saturates")
def who_saturates():
    """Which of seven functions the property sheet finds flat on the left and on the right, and slopes at ±20."""
    sheets = {f: actfns.measure(actfns.catalog[f]) for f in ("leaky_relu", "identity", "relu", "elu", "swish", "mish")}
    sides = {f: (sheet.saturates_left, sheet.saturates_right) for f, sheet in sheets.items()}
    leaky = actfns.leaky_relu.derivative(np.array([-20.0, 20.0]))
    left_only = [sides[f] == (True, False) for f in ("relu", "elu", "swish", "mish")]
    return Evidence(sides["leaky_relu"] == (False, False) and sides["identity"] == (False, False)
                    and all(left_only) and leaky.min() > 0.005,
                    {f: " and ".join(np.array(["left", "right"])[list(side)]) or "never" for f, side in sides.items()}
                    | {"slope of leaky ReLU at -20": leaky[0]})


@check("plot-shows-saturation")
def same_graph_other_weights():
    """Share of saturated values of one function, the sigmoid, in three hidden layers: Xavier's weights and 50 times."""
    data, net = lab.load_data("digits"), lab.stack((64, 64, 64, 64, 10), _SEEDS, "xavier")
    shares = {}
    for factor in (1, 50):
        scaled = {name: factor * value for name, value in net.items()}
        _, hidden = lab.forward(scaled, data.X_train[:256], "sigmoid", hidden=True)
        shares[factor] = lab.interval((4 * hidden[-1] * (1 - hidden[-1]) < 0.01).double().mean((1, 2)).numpy())
    return Evidence(shares[1].high < 0.02 and shares[50].low > 0.5,
                    {"Xavier": shares[1], "weights times 50": shares[50]})


@check("all-zero-updates-are-vanishing", "zero-slope-best-in-mse-bad-in-activation")
def zero_for_other_reasons():
    """Gradient and loss: a saturated output at the wrong end, squared error and entropy; least squares with noise."""
    z = torch.tensor(50.0)
    losses = {"squared": lambda z: torch.sigmoid(z) ** 2, "entropy": torch.nn.functional.softplus}
    at_50 = {name: (loss(z).item(), torch.func.grad(loss)(z).item()) for name, loss in losses.items()}
    x, errors = np.random.default_rng(1).normal(size=(2, 100))
    w = x @ (2 * x + errors) / (x @ x)
    residual = (w - 2) * x - errors
    best, slope = np.mean(residual**2), abs(2 * np.mean(residual * x))
    unit = lab.stack((64, 32, 10), _SEEDS, "zeros")
    data = lab.load_data("digits")
    still = lab.gradients(unit, data.X_train[:64], data.y_train[:64], "tanh")["W1"].abs().max().item()
    return Evidence(at_50["squared"] == (1, 0) and at_50["entropy"][1] > 0.99 and slope < 1e-12 and best > 0.3
                    and still == 0,
                    {"saturated, squared error: loss": at_50["squared"][0], "its gradient": at_50["squared"][1],
                     "saturated, entropy: gradient": at_50["entropy"][1], "least squares: loss": best,
                     "least squares: gradient": slope, "all weights 0: gradient": still})


@check("vanishing-is-local-minimum", slow=True)
def plateau():
    """Ten sigmoid layers after 6 epochs: loss over ln 10; after Adam goes on from there; and from larger weights."""
    stuck = lab.train("digits", (32,) * 10, "sigmoid", _SEEDS, lr=0.1, epochs=6, every=6, init="xavier")
    onward = lab.train("digits", (32,) * 10, "sigmoid", _SEEDS, lr=0.002, epochs=10, every=10, start=stuck,
                       optimiser="adam")
    fresh = lab.train("digits", (32,) * 10, "sigmoid", _SEEDS, lr=0.3, epochs=12, every=12, init=_recentred)
    flat = lab.interval(stuck.test_loss[:, -1] / np.log(10))
    fall, other = (lab.interval(run.test_loss[:, -1] / stuck.test_loss[:, -1]) for run in (onward, fresh))
    return Evidence(0.9 < flat.low and flat.high < 1.1 and fall.high < 0.95 and other.high < 0.9,
                    {"loss over ln 10": flat, "loss after going on with Adam, over the plateau": fall,
                     "loss from weights of another scale, over the plateau": other})


@check("sigmoid-vanishes-since-output-below-one")
def slopes_are_multiplied():
    """log10 of the back-signal over 20 layers: sigmoid, 1 + sigmoid (outputs above 1), tanh(4z) (outputs below 1)."""
    cases = {"sigmoid": torch.sigmoid, "1 + sigmoid": lambda z: 1 + torch.sigmoid(z),
             "tanh(4z)": lambda z: torch.tanh(4 * z)}
    lost = {name: lab.interval(np.log10(lab.propagate(f, 20, 64, _SEEDS).back_ratio)) for name, f in cases.items()}
    chain = 4.0**10  # ten times tanh(4z) at 0: the slope 4 each time
    by_autograd = torch.func.grad(lambda z: _ten_times(cases["tanh(4z)"], z))(torch.tensor(0.0, dtype=torch.float64))
    return Evidence(lost["sigmoid"].high < -8 and lost["1 + sigmoid"].high < -8 and lost["tanh(4z)"].low > 1
                    and abs(by_autograd.item() / chain - 1) < 1e-9,
                    {**{f"log10, {name}": band for name, band in lost.items()},
                     "slope of ten times tanh(4z) at 0": by_autograd.item()})


@check("multiplying-numbers-below-zero")
def powers():
    """The 10th and the 20th power of 1/4 and of -2."""
    small, negative = [0.25**n for n in (10, 20)], [(-2.0) ** n for n in (10, 20)]
    return Evidence(small[1] < small[0] < 1e-5 and abs(negative[1]) > abs(negative[0]) > 1000,
                    {"(1/4)^10": small[0], "(-2)^10": negative[0], "(-2)^20": negative[1]})


@check("vanishing-solved-by-relu")
def size_must_fit():
    """log10 of the back-signal over 20 layers: ReLU with He's weights and with half of them, sigmoid with LeCun's."""
    lost = {name: lab.interval(np.log10(lab.propagate(f, 20, 64, _SEEDS, init=init, gain=gain).back_ratio))
            for name, f, init, gain in (("ReLU", "relu", "he", 1), ("ReLU, weights halved", "relu", "he", 0.5),
                                        ("sigmoid", "sigmoid", "lecun", 1))}
    good, halved, sigmoid = lost.values()
    return Evidence(good.low > -1 and halved.high < -4 and sigmoid.high < -8, lost)


def _ten_times(f, z):
    for _ in range(10):
        z = f(z)
    return z


def _recentred(weight, generator):
    """Four times LeCun's weights, with biases that take away what outputs around 1/2 add."""
    weight = 4 * lab.INITIALISERS["lecun"](weight, generator)
    return weight, -weight.sum(1) / 2
