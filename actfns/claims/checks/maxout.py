"""Checks of the topic maxout."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.checks.elu import listed
from actfns.claims.evidence import Evidence, check

PLACES = np.linspace(-8, 8, 1601)
SEEDS = range(20)


def unit(*lines):
    """The maxout unit of one input with pieces (weight, bias), at all places."""
    stacked = np.stack([w * PLACES + b for w, b in lines], -1)
    return actfns.maxout(stacked, k=len(lines))[..., 0]


@cache
def trained(k):
    """20 networks on the circles: one hidden layer of 16 maxout units with k pieces."""
    def largest(z):
        return actfns.maxout(z, k=k) if k > 1 else z

    return lab.train("circles", (16 * k,), largest, SEEDS, lr=0.3, epochs=40, init="lecun", every=40)


@cache
def on_digits(f, widths, init, rate):
    """Four epochs on the digits."""
    return lab.train("digits", widths, f, SEEDS, lr=rate, init=init, batch=32, epochs=4, every=4)


# form


@check("maxout-definition")
def larger_of_two():
    """actfns.maxout of two affine pieces against the larger one, for 200 random units."""
    draw = np.random.default_rng(0)
    x, w, b = draw.normal(size=(500, 5)), draw.normal(size=(2, 200, 5)), draw.normal(size=(2, 200))
    both = x @ w.transpose(0, 2, 1) + b[:, None]
    ours = actfns.maxout(np.stack(list(both), -1).reshape(500, -1), k=2)
    gap = np.abs(ours - np.maximum(*both)).max()
    other = np.abs(ours - np.minimum(*both)).max()
    return Evidence(gap == 0 and other > 1, {"to the larger": float(gap), "to the smaller": float(other)})


@check("maxout-generalises-relu-leaky")
def special_cases():
    """Units with pieces (0, x), (0.01x, x) and (−x, x) against ReLU, leaky ReLU and |x|."""
    gaps = {"ReLU": np.abs(unit((0, 0), (1, 0)) - actfns.relu(PLACES)).max(),
            "leaky ReLU": np.abs(unit((0.01, 0), (1, 0)) - actfns.leaky_relu(PLACES)).max(),
            "|x|": np.abs(unit((-1, 0), (1, 0)) - np.abs(PLACES)).max()}
    return Evidence(max(gaps.values()) < 1e-15, {name: float(gap) for name, gap in gaps.items()})


def learning_pieces(bias):
    """Gradients of a unit's output with respect to its three weight vectors, per sample; bias of the third piece."""
    draw = torch.Generator().manual_seed(0)
    x, w = (torch.randn(size, 6, generator=draw, dtype=torch.float64) for size in (300, 3))
    pre = x @ w.T + torch.tensor([0.0, 0.0, bias], dtype=torch.float64)
    pre.requires_grad_()
    (slope,) = torch.autograd.grad(actfns.maxout(pre, k=3).sum(), pre)
    return slope.unsqueeze(-1) * x.unsqueeze(1), x


@check("maxout-no-saturation-no-death")
def full_gradient_to_the_winner():
    """Gradient with respect to the pieces' weights against the input, per sample; samples won by a low third piece."""
    gradient, x = learning_pieces(0.0)
    gap = float((gradient.sum(1) - x).abs().max())
    wins = [int((learning_pieces(bias)[0][:, 2] != 0).any(-1).sum()) for bias in (0.0, -50.0)]
    return Evidence(gap < 1e-12 and wins[0] > 30 and wins[1] == 0,
                    {"gradient − input": gap, "third piece wins": wins[0], "with bias −50": wins[1]})


@check("maxout-is-linear")
def piecewise_linear():
    """Additivity f(x) + f(−x) = 0 fails for |x|; slopes of three pieces: how many values, do they rise, saturate?"""
    odd = float(np.abs(unit((-1, 0), (1, 0)) + unit((-1, 0), (1, 0))[::-1]).max())
    slopes = np.diff(unit((-1, -1), (-0.2, 0), (1, -1))) / np.diff(PLACES)
    flat = float(np.abs(slopes).min())
    return Evidence(odd > 1 and np.ptp(slopes) > 1 and np.diff(slopes).min() > -1e-9 and flat > 0.1,
                    {"f(x) + f(−x)": odd, "slopes": listed(slopes[[0, 799, -1]]),
                     "smallest |slope|": flat})


@check("maxout-no-fixed-form")
def always_convex():
    """Second differences of 500 random units with 4 pieces: never negative; the shapes differ."""
    draw = np.random.default_rng(1)
    shapes = np.array([unit(*draw.normal(size=(4, 2))) for _ in range(500)])
    concave = float(np.diff(shapes, 2, axis=1).min())
    variety = float(shapes.std(0).min())
    return Evidence(concave > -1e-12 and variety > 0.1, {"most concave": concave, "spread of shapes": variety})


@check("maxout-doubles-parameters")
def k_times_as_many():
    """Parameters of a layer from 64 to 32 units, for k of 1, 2, 3 and 5 pieces."""
    counts = [sum(value[0].numel() for value in lab.stack((64, 32 * k), [0]).values()) for k in (1, 2, 3, 5)]
    return Evidence([count / counts[0] for count in counts] == [1, 2, 3, 5], {"parameters": listed(counts)})


@check("maxout-nonlinearity-from-dot-product", "maxout-nonlinear-by-max", slow=True)
def max_makes_it_nonlinear():
    """Test accuracy on circles with 2 pieces and with 1, nothing but dot products, 20 seeds."""
    with_max, without = (lab.interval(trained(k).test_accuracy[:, -1]) for k in (2, 1))
    return Evidence(with_max.low > 0.9 and without.high < 0.7, {"2 pieces": with_max, "1 piece": without})


@check("maxout-picks-larger-weight", slow=True)
def picks_the_larger_value():
    """Samples won by the piece with the smaller weights in a trained first layer; both pieces are used."""
    run = on_digits("maxout", (38, 38), "lecun", 0.1)
    x = torch.as_tensor(run.data.X_train).float()
    pre = (x @ run.params["W1"].mT + run.params["b1"].unsqueeze(1)).unflatten(-1, (-1, 2))
    smaller = run.params["W1"].norm(dim=-1).unflatten(-1, (-1, 2)).argmin(-1)
    wins = (pre.argmax(-1) == smaller.unsqueeze(1)).float().mean((1, 2)).numpy()
    idle = 1 - float(((0 < (used := pre.argmax(-1).float().mean(1))) & (used < 1)).float().mean())
    share = lab.interval(wins)
    return Evidence(share.low > 0.25 and idle < 0.1, {"smaller weights win": share, "units with an idle piece": idle})


@check("maxout-only-one-curing-both")
def others_do_both():
    """Leaky ReLU: slopes at ±1000 and outputs of both signs; mean of the larger of two normal values, 1/√π."""
    steep = min(float(actfns.leaky_relu.derivative(x)) for x in (-1000.0, 1000.0))
    leaky = actfns.leaky_relu(PLACES)
    z = np.linspace(-9, 9, 4001)
    density = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    mean = float(density @ np.maximum(z[:, None], z) @ density)
    return Evidence(steep > 0.005 and leaky.min() < 0 < leaky.max() and mean > 0.5 and abs(mean - np.pi**-0.5) < 1e-3,
                    {"smallest slope of leaky ReLU": steep, "mean of maxout": mean})


@check("maxout-best-performance", slow=True)
def no_clear_lead_at_equal_parameters():
    """Test accuracy, maxout − ReLU with nearly equal parameters, each at the best of three rates, 20 seeds."""
    rivals = {"maxout": ((38, 38), "lecun"), "relu": ((32, 32), "he")}
    best = {f: max((on_digits(f, *how, rate) for rate in (0.1, 0.3, 0.5)),
                   key=lambda run: run.test_accuracy[:, -1].mean()) for f, how in rivals.items()}
    sizes = {f: sum(value[0].numel() for value in run.params.values()) for f, run in best.items()}
    lead = lab.paired(*(best[f].test_accuracy[:, -1] for f in rivals)).difference
    return Evidence(abs(lead.mean) < 0.015 and abs(sizes["maxout"] / sizes["relu"] - 1) < 0.1,
                    {"maxout − ReLU": lead, "parameters": listed(sizes.values())})
