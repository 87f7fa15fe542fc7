"""Checks of the topic why-nonlinear: folding, learning without bends, universality, what an activation does."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.evidence import Evidence, check

_SEEDS = range(20)


@check("linear-stack-collapses")
def folds():
    """A 64-64-64-10 network without activation, against its folded W x + b, in float64, 20 seeds."""
    params = lab.stack((64, 64, 64, 10), _SEEDS, _with_biases, torch.float64)
    gap = _fold_gap(params)
    return Evidence(gap < 1e-10, {"largest difference": gap})


@check("linear-two-layer-folds-into-wx-b")
def two_layers_fold():
    """A 64-16-64 linear network against W₂W₁x + W₂b₁ + b₂ written out, and the rank of W₂W₁ against the width 16."""
    params = lab.stack((64, 16, 64), _SEEDS, _with_biases, torch.float64)
    weight = params["W2"] @ params["W1"]
    bias = (params["W2"] @ params["b1"].unsqueeze(2)).squeeze(2) + params["b2"]
    x = torch.as_tensor(lab.load_data("digits").X_test, dtype=torch.float64)
    gap = (lab.forward(params, x, "identity") - x @ weight.mT - bias.unsqueeze(1)).abs().max().item()
    ranks = torch.linalg.matrix_rank(weight)
    return Evidence(gap < 1e-10 and bool((ranks == 16).all()),
                    {"largest difference": gap, "smallest rank": int(ranks.min()), "largest rank": int(ranks.max())})


@check("depth-useless-when-linear", slow=True)
def depth_changes_the_way():
    """Linear networks on digits: three layers against one at the same rate, and one layer at ten times the rate."""
    deep = _linear(2, 0.05).train_loss[:, -1]
    single, faster = (_linear(0, rate).train_loss[:, -1] for rate in (0.05, 0.5))
    circles = lab.train("circles", (16, 16), "identity", _SEEDS, optimiser="adam", lr=0.03, epochs=15, every=15)
    beyond = lab.interval(circles.test_accuracy[:, -1])
    gain, caught_up = lab.paired(single, deep), lab.paired(faster, deep)
    return Evidence(gain.difference.low > 0.05 and caught_up.difference.mean < gain.difference.mean / 4
                    and beyond.high < 0.65,
                    {"loss of 1 layer - 3 layers, same rate": gain,
                     "the same, 1 layer at ten times the rate": caught_up,
                     "accuracy of three linear layers on circles": beyond})


@check("linear-activation-no-learning", slow=True)
def linear_networks_learn():
    """Cosines between gradients of 64 samples in a linear network, then its loss before and after training."""
    run = _linear(2, 0.05)
    g = lab.per_sample(run.initial, run.data.X_train[:64], run.data.y_train[:64], "identity", layer=1).flatten(2)
    g = g / g.norm(dim=2, keepdim=True)
    cosines = lab.interval((g @ g.mT)[:, *np.triu_indices(64, 1)].mean(1).numpy())
    drop = lab.interval(1 - run.train_loss[:, -1] / run.train_loss[:, 0])
    accuracy = lab.interval(run.test_accuracy[:, -1])
    return Evidence(abs(cosines.mean) < 0.3 and drop.low > 0.8 and accuracy.low > 0.9,
                    {"mean cosine of two samples' gradients": cosines, "share of the loss removed": drop,
                     "test accuracy": accuracy})


@check("nonlinearity-enables-backprop")
def slopes_not_bends():
    """How far the first layer moves in training: the linear identity (slope 1) against the nonlinear step (slope 0)."""
    moved, accuracy = {}, {}
    for name in ("identity", "binary_step"):
        run = lab.train("digits", (64,), name, _SEEDS, lr=0.1, epochs=3, every=3, init="lecun")
        moved[name] = (run.params["W1"] - run.initial["W1"]).abs().amax(dim=(1, 2)).numpy()
        accuracy[name] = lab.interval(run.test_accuracy[:, -1])
    return Evidence(moved["identity"].min() > 0.01 and moved["binary_step"].max() == 0
                    and accuracy["identity"].low > 0.85,
                    {"identity: smallest movement of W1": moved["identity"].min(),
                     "step: largest movement of W1": moved["binary_step"].max(),
                     "identity: test accuracy": accuracy["identity"]})


@check("nonlinearity-essential")
def circles_need_a_bend():
    """Test accuracy on two circles (chance 0.5) with and without a nonlinear activation, 20 seeds each."""
    scores = {name: lab.interval(_circles(name)) for name in ("identity", "relu", "tanh", "silu")}
    bent = [score.low for name, score in scores.items() if name != "identity"]
    return Evidence(scores["identity"].high < 0.65 and min(bent) > 0.9, scores)


@check("nonlinear-two-layer-universal")
def polynomials_are_not_universal():
    """Best fits of |x| with 10 and 200 random units: z² against ReLU and tanh; the rms of z² by hand is 1/√192."""
    error = {(name, n): lab.best_fit_error(f, n, _SEEDS, target=np.abs).rms
             for name, f in (("z²", torch.square), ("relu", "relu"), ("tanh", "tanh")) for n in (10, 200)}
    stuck = np.abs(error["z²", 200] / 192**-0.5 - 1).max()
    improved = {name: lab.interval(error[name, 200] / error[name, 10]) for name in ("z²", "relu", "tanh")}
    return Evidence(stuck < 0.02 and improved["z²"].low > 0.9
                    and improved["relu"].high < 0.3 and improved["tanh"].high < 0.3,
                    {"z², 200 units: distance of the error from 1/√192": stuck,
                     **{f"{name}: error with 200 units over 10": value for name, value in improved.items()}})


@check("uat-any-function")
def small_print():
    """ReLU fits of sign(x): error in the mean against the error beside the jump; and sin learnt on [-3, 3], at 9."""
    fits = {n: lab.best_fit_error("relu", n, _SEEDS, target=np.sign, points=601) for n in (10, 200)}
    middle = np.abs(fits[200].x).argmin()
    beside = 1 + np.abs(fits[200].fitted[:, middle])  # a continuous function comes to F(0) from either side
    shrinks = lab.interval(fits[200].rms / fits[10].rms)
    inside = np.linspace(-3, 3, 128)
    run = lab.train(lab.from_arrays(inside[:, None], np.sin(inside)), (64,), "relu", _SEEDS, loss="mse",
                    optimiser="adam", lr=0.01, epochs=100, every=100)
    far = np.linspace(6, 9, 31)
    inner, outer = (np.sqrt(np.mean((run.outputs(x[:, None])[..., 0] - np.sin(x)) ** 2, axis=1)) for x in (inside, far))
    return Evidence(shrinks.high < 0.6 and beside.min() >= 1 and np.median(outer / inner) > 3,
                    {"sign: rms error with 200 units over 10": shrinks, "sign: smallest error beside 0": beside.min(),
                     "sin: rms error on [6, 9] over [-3, 3], median": np.median(outer / inner)})


@check("uat-width-and-learning-not-guaranteed")
def width_and_luck():
    """A sawtooth of 64 pieces with 62 and 63 ReLU units; the share of 20 seeds that enclose a disc with three."""
    grid = np.linspace(0, 1, 64 * 32 + 1)
    teeth = np.abs((64 * grid + 1) % 2 - 1)  # 64 straight pieces between 0 and 1
    errors = {}
    for units in (62, 63):
        kinks = np.arange(units) / 64 + 1 / 64
        features = np.column_stack([np.ones_like(grid), grid, np.maximum(grid[:, None] - kinks, 0)])
        errors[units] = np.abs(features @ np.linalg.lstsq(features, teeth, rcond=None)[0] - teeth).max()
    accuracy = lab.train("circles", (3,), "relu", _SEEDS, optimiser="adam", lr=0.05, epochs=40, every=40)
    found = float(np.mean(accuracy.test_accuracy[:, -1] > 0.95))
    return Evidence(errors[62] > 0.2 and errors[63] < 1e-6 and 0 < found < 1,
                    {"62 kinks: largest error": errors[62], "63 kinks: largest error": errors[63],
                     "share of seeds that find three units": found})


@check("depth-saves-units")
def pieces():
    """Pieces of L composed tent maps against 2^L; pieces of random ReLU networks with 16 units in 1 and 8 layers."""
    x = np.linspace(0, 1, 2**12 + 1)
    counted, y = [], x
    for _ in range(10):
        y = 2 * actfns.relu(y) - 4 * actfns.relu(y - 0.5)
        counted.append(1 + np.count_nonzero(np.diff(y, 2)))
    line = torch.linspace(-4, 4, 8001)[:, None]
    params = lab.stack((1, *[16] * 8, 1), _SEEDS, _he_and_biases)
    on = torch.cat(lab.forward(params, line, "relu", hidden=True)[1], dim=2) > 0
    random = lab.interval(1 + (on[:, 1:] != on[:, :-1]).any(dim=2).sum(dim=1).double().numpy())
    return Evidence(counted == [2**depth for depth in range(1, 11)] and random.high < 8 * 16 + 1,
                    {"pieces of 10 tent maps, 20 units": counted[-1], "units one hidden layer needs": counted[-1] - 1,
                     "pieces of random networks, 128 units in 8 layers": random})


@check("activation-raises-model-complexity", slow=True)
def task_decides():
    """The gain of ReLU over the identity, same depth, seeds and rate: on circles and on digits."""
    circles = lab.paired(_circles("relu"), _circles("identity")).difference
    curved = lab.train("digits", (64, 64), "relu", _SEEDS, lr=0.05, epochs=10, every=10, init="lecun")
    digits = lab.paired(curved.test_accuracy[:, -1], _linear(2, 0.05).test_accuracy[:, -1]).difference
    return Evidence(circles.low > 0.25 and digits.high < 0.05,
                    {"gain on circles": circles, "gain on digits": digits})


@check("activation-after-every-layer")
def linear_bottleneck():
    """64-64-4-64-10 on digits: ReLU everywhere against no activation at the narrow layer, paired by seed."""
    free, full = (lab.train("digits", (64, 4, 64), f, _SEEDS, lr=0.1, epochs=8, every=8).test_accuracy[:, -1]
                  for f in (lambda z: z if z.shape[-1] == 4 else torch.relu(z), torch.relu))
    gain = lab.paired(free, full)
    return Evidence(gain.difference.low > 0.03, {"linear bottleneck - ReLU bottleneck": gain})


@check("activation-decides-pass-or-block")
def exact_zeros():
    """Share of activation values that are exactly 0, of 100 000 standard normal inputs."""
    z = np.random.default_rng(0).standard_normal(100_000)
    shares = {name: float(np.mean(actfns.catalog[name](z) == 0))
              for name in ("binary_step", "relu", "sigmoid", "tanh", "elu", "mish")}
    graded = [share for name, share in shares.items() if name not in ("binary_step", "relu")]
    return Evidence(0.45 < shares["relu"] < 0.55 and 0.45 < shares["binary_step"] < 0.55 and max(graded) == 0, shares)


@check("activation-is-for-updating-weights")
def one_factor():
    """dL/dW of a tanh layer by the chain rule, with f′ as one factor and the loss as another, against autograd."""
    params = lab.stack((64, 32, 10), _SEEDS, "lecun", torch.float64)
    data = lab.load_data("digits")
    x, label = torch.as_tensor(data.X_train[:1]), torch.as_tensor(data.y_train[:1])
    signal = torch.softmax(lab.forward(params, x, "tanh"), 2) - torch.nn.functional.one_hot(label, 10)
    by_hand = (signal @ params["W2"] * actfns.tanh.derivative(x @ params["W1"].mT)).mT @ x
    gap = (by_hand - lab.gradients(params, x, label, "tanh")["W1"]).abs().max().item()
    linear = lab.gradients(params, x, label, "identity")["W1"].abs().amax((1, 2)).min().item()
    return Evidence(gap < 1e-12 and linear > 0.01,
                    {"by hand - autograd": gap, "smallest gradient without an activation": linear})


@check("activation-as-normalisation")
def range_is_no_normalisation():
    """The spread of f(σZ) for σ = 0.1, 1 and 10: a normalisation would make the three equal."""
    z = np.random.default_rng(0).standard_normal(20_000)
    grows = {name: float(actfns.catalog[name](10 * z).std() / actfns.catalog[name](z / 10).std())
             for name in ("relu", "selu", "tanh", "sigmoid")}
    normalised = np.divide(*(((scale * z - np.mean(scale * z)) / np.std(scale * z)).std() for scale in (10, 0.1)))
    return Evidence(min(grows.values()) > 3 and abs(grows["relu"] - 100) < 1e-6 and abs(normalised - 1) < 1e-6,
                    {**{f"{name}: spread at σ = 10 over 0.1": value for name, value in grows.items()},
                     "the same for a normalisation": float(normalised)})


@check("activation-transforms-features", slow=True)
def random_features():
    """A linear read-out on circles from 64 random linear, 64 random ReLU and 4 random ReLU features; 4 trained ones."""
    scores = {}
    for f, units, frozen in (("identity", 64, (1,)), ("relu", 64, (1,)), ("relu", 4, (1,)), ("relu", 4, ())):
        run = lab.train("circles", (units,), f, _SEEDS, init="torch", freeze=frozen, optimiser="adam", lr=0.03,
                        epochs=40, every=40)
        scores[f"{units} {'random' if frozen else 'trained'} features, {f}"] = lab.interval(run.test_accuracy[:, -1])
    linear, many, few, trained = scores.values()
    return Evidence(linear.high < 0.65 and many.low > 0.95 and few.high < trained.low, scores)


@check("right-activation-mitigates-vanish-explode", "good-activation-gradient-and-cost")
def signal_kept():
    """Back-propagated signal at layer 1 over layer 20, geometric mean of 20 seeds, each with its usual start."""
    kept = {name: float(np.exp(np.log(lab.propagate(name, 20, 64, _SEEDS, init=init).back_ratio).mean()))
            for name, init in (("sigmoid", "xavier"), ("tanh", "xavier"), ("relu", "he"), ("mish", "he"))}
    return Evidence(kept["sigmoid"] < 1e-9 and kept["tanh"] > 0.02 and kept["relu"] > 0.1 and kept["mish"] > 0.1, kept)


@check("bounded-output-stabilises")
def bounds_both_ways():
    """Digits at rate 3: bounded tanh and hard tanh against unbounded ReLU; and a sigmoid with ten hidden layers."""
    late = {f: lab.train("digits", (32, 32), f, _SEEDS, lr=3, epochs=2, every=2).test_accuracy[:, -1]
            for f in ("tanh", "hardtanh", "relu")}
    gains = {f: lab.paired(late[f], late["relu"]).difference for f in ("tanh", "hardtanh")}
    deep = lab.interval(_deep_sigmoid())
    return Evidence(gains["tanh"].low > 0.2 and gains["hardtanh"].low > 0.1 and deep.high < 0.2,
                    {"tanh - ReLU at rate 3": gains["tanh"], "hard tanh - ReLU at rate 3": gains["hardtanh"],
                     "sigmoid, ten layers, rate 0.1": deep})


@check("mlnn-synonyms")
def feed_forward_is_not_fully_connected():
    """A 3 × 3 convolution and a full layer on an 8 × 8 image: free parameters, and connections that are exactly 0."""
    convolution = torch.nn.Conv2d(1, 1, 3, padding=1, dtype=torch.float64)
    with torch.no_grad():
        convolution.weight.fill_(1.0)
        matrix = convolution(torch.eye(64, dtype=torch.float64).view(64, 1, 8, 8)) - convolution.bias.item()
    absent = (matrix.abs() < 1e-12).double().mean().item()
    numbers = [sum(p.numel() for p in layer.parameters()) for layer in (convolution, torch.nn.Linear(64, 64))]
    return Evidence(absent > 0.8 and numbers[0] < numbers[1] / 100,
                    {"convolution: share of connections absent": absent, "parameters of the convolution": numbers[0],
                     "parameters of the full layer": numbers[1]})


@check("optimiser-is-backprop")
def two_steps():
    """How far a weight moves when backward() is called, and when the optimiser then steps: SGD and Adam."""
    layer, x = torch.nn.Linear(8, 1), torch.linspace(-1, 1, 8)
    moved = {}
    for name, make in (("SGD", torch.optim.SGD), ("Adam", torch.optim.Adam)):
        layer.zero_grad()
        with torch.no_grad():
            layer.weight.copy_(x / 2), layer.bias.zero_()
        optimiser, start = make(layer.parameters(), lr=0.1), layer.weight.detach().clone()
        (layer(x) - 3).square().sum().backward()
        moved[f"{name}: moved by backward()"] = (layer.weight - start).abs().max().item()
        optimiser.step()
        moved[f"{name}: moved by step()"] = (layer.weight - start).abs().max().item()
    sgd_back, sgd_step, adam_back, adam_step = moved.values()
    return Evidence(sgd_back == 0 and adam_back == 0 and sgd_step > 0.05 and abs(sgd_step / adam_step - 1) > 0.1, moved)


@cache
def _linear(hidden, lr):
    """Linear networks on digits with some hidden layers, as chapter 1 trains them (fewer epochs)."""
    return lab.train("digits", (64,) * hidden, "identity", _SEEDS, lr=lr, epochs=10, every=10, init="lecun")


@cache
def _circles(name):
    run = lab.train("circles", (16,), name, _SEEDS, optimiser="adam", lr=0.03, epochs=30, every=30)
    return run.test_accuracy[:, -1]


@cache
def _deep_sigmoid():
    run = lab.train("digits", (32,) * 10, "sigmoid", _SEEDS, lr=0.1, epochs=3, every=3, init="xavier")
    return run.test_accuracy[:, -1]


def _with_biases(weight, generator):
    """LeCun's weights, and biases as large."""
    bias = torch.empty(len(weight), dtype=weight.dtype).normal_(generator=generator)
    return weight.normal_(0, weight.shape[1] ** -0.5, generator=generator), bias


def _he_and_biases(weight, generator):
    bias = torch.empty(len(weight), dtype=weight.dtype).normal_(generator=generator)
    return weight.normal_(0, (2 / weight.shape[1]) ** 0.5, generator=generator), bias


def _fold_gap(params):
    x = torch.as_tensor(lab.load_data("digits").X_test, dtype=torch.float64)
    weight, bias = lab.fold(params)
    return (lab.forward(params, x, "identity") - x @ weight.mT - bias.unsqueeze(1)).abs().max().item()
