"""Checks of the topic swish; the networks of `digits` serve mish as well."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.citations import bibliography
from actfns.claims.checks.elu import PLACES, listed, sheet
from actfns.claims.evidence import Evidence, check

SEEDS = range(20)


@cache
def digits(f, rate, depth=2, epochs=5, batch=32, init="he", own=False):
    """A `Run` of 20 networks with `depth` hidden layers of 32 units; own: initial weights with the function's gain."""
    if own:
        gain = sheet(f).gain
        init = lambda weight, draw: weight.normal_(0, gain * weight.shape[1] ** -0.5, generator=draw)  # noqa: E731
    return lab.train("digits", (32,) * depth, f, SEEDS, lr=rate, epochs=epochs, batch=batch,
                     every=epochs, init=init)


def accuracy(f, rate, **how):
    """(seeds,): test accuracy at the end."""
    return digits(f, rate, **how).test_accuracy[:, -1]


def gain(f, other, rate, **how):
    """Interval of the paired difference in test accuracy, f − other."""
    return lab.paired(accuracy(f, rate, **how), accuracy(other, rate, **how)).difference


def filled(z):
    """SiLU with its dip filled in: the value at the bottom, left of the bottom."""
    return torch.nn.functional.silu(z.clamp(min=-1.2784645))


def rippled(z):
    """ReLU with a small ripple: more complex, and no longer monotonic."""
    return torch.relu(z) + 0.1 * torch.sin(5 * z)



# history and form


@check("swish-first-compound")
def had_appeared_before():
    """Swish at beta 1 against torch's SiLU; years of the papers that have the function."""
    silu = torch.nn.functional.silu(torch.from_numpy(PLACES)).numpy()
    gap = float(np.abs(actfns.swish(PLACES, beta=1.0) - silu).max())
    gelu, swish = (bibliography()[key].year for key in ("hendrycks2016", "ramachandran2017"))
    return Evidence(gap < 1e-13 and gelu < swish, {"largest difference": gap, "SiLU": gelu, "Swish": swish})


@check("swish-definition-beta", slow=True)
def beta_is_a_scale():
    """x σ(βx) against f₁(βx)/β; a learnt beta after 5 epochs from 1 and from 5 (first layer, 20 seeds)."""
    gap = max(float(np.abs(actfns.swish(PLACES, beta=b) - actfns.swish(b * PLACES, beta=1.0) / b).max())
              for b in (0.5, 3.0))
    moved = {}
    for b in (1.0, 5.0):
        start = dict(digits("swish", 0.3).initial) | {f"f{layer}.beta": torch.full((20,), b) for layer in (1, 2)}
        run = lab.train("digits", (32, 32), "swish", SEEDS, lr=0.3, epochs=5, batch=32, every=5, start=start)
        moved[b] = lab.interval(np.abs(run.params["f1.beta"].numpy() - b))
    return Evidence(gap < 1e-12 and actfns.swish.params["beta"].learnable and moved[1.0].low > 0.02
                    and moved[5.0].high < moved[1.0].low,
                    {"largest difference": gap, "beta moves, from 1": moved[1.0], "from 5": moved[5.0]})


@check("swish-shape-properties")
def shape():
    """Measured sheet of Swish for beta 0.5, 1 and 3; for beta 0 and −1 beside it."""
    positive = [sheet("swish", beta=b) for b in (0.5, 1.0, 3.0)]
    line, mirrored = sheet("swish", beta=0.0), sheet("swish", beta=-1.0)
    return Evidence(all(s.monotonic == "no" for s in positive) and all(-1 < s.inf < 0 for s in positive)
                    and min(s.sup for s in positive) == np.inf and min(s.continuity for s in positive) == np.inf
                    and line.inf == -np.inf and mirrored.sup < 1,
                    {"minima": listed(s.inf for s in positive), "beta 0": line.inf, "beta −1, supremum": mirrored.sup})


@check("swish-beta-zero-identity")
def half_the_identity():
    """Swish at beta 0 against x/2 and against x, on [−30, 30]."""
    flat = actfns.swish(PLACES, beta=0.0)
    half, whole = (float(np.abs(flat - scale * PLACES).max()) for scale in (0.5, 1.0))
    return Evidence(half == 0 and whole > 10, {"distance to x/2": half, "to x": whole})


@check("swish-beta-infinity-relu")
def tends_to_relu():
    """Largest distance to ReLU times beta, for beta 1, 10, 100 and 1000."""
    scaled = [b * float(np.abs(actfns.swish(x := np.linspace(-10, 10, 20001) / b, beta=b) - actfns.relu(x)).max())
              for b in (1.0, 10.0, 100.0, 1000.0)]
    return Evidence(max(scaled) - min(scaled) < 1e-6 and max(scaled) < 0.3, {"distance × beta": listed(scaled)})


@check("swish-resembles-smooth-relu")
def close_and_smooth():
    """Largest distance between SiLU and ReLU, far out as well; continuity classes."""
    apart = np.abs(actfns.silu(PLACES) - actfns.relu(PLACES))
    ends = float(apart[[0, -1]].max())
    silu, relu = sheet("silu").continuity, sheet("relu").continuity
    return Evidence(apart.max() < 0.3 and ends < 1e-10 and silu > relu,
                    {"largest distance": float(apart.max()), "at ±30": ends, "SiLU": f"C^{silu}", "ReLU": f"C^{relu}"})


@check("swish-negative-slope-region")
def falls_then_rises():
    """Sign of the slope of SiLU on either side of its measured minimum, on [−30, 30]."""
    bottom = sheet("silu").minimum_at
    slope = actfns.silu.derivative(PLACES)
    left, right = slope[PLACES < bottom - 0.01], slope[PLACES > bottom + 0.01]
    return Evidence(left.max() < 0 and right.min() > 0,
                    {"bottom": bottom, "largest slope left": float(left.max()), "smallest right": float(right.min())})


@check("swish-neither-rises-nor-falls")
def does_both():
    """SiLU at −10, at its minimum and at 0: it falls and then rises."""
    left, bottom, origin = (float(actfns.silu(x)) for x in (-10.0, sheet("silu").minimum_at, 0.0))
    return Evidence(left - bottom > 0.2 and origin - bottom > 0.2, {"at −10": left, "bottom": bottom, "at 0": origin})


@check("hard-swish-embedded")
def hard_swish_is_close():
    """Hard-swish against x ReLU6(x + 3)/6, and its distance to SiLU: how large, and where."""
    formula = PLACES * np.clip(PLACES + 3, 0, 6) / 6
    gap = float(np.abs(actfns.hard_swish(PLACES) - formula).max())
    apart = np.abs(actfns.hard_swish(PLACES) - actfns.silu(PLACES))
    place = float(abs(PLACES[apart.argmax()]))
    return Evidence(gap < 1e-13 and apart.max() < 0.2 and abs(place - 3) < 0.02,
                    {"against the formula": gap, "largest distance to SiLU": float(apart.max()), "at |x|": place})


# experiments


@check("swish-no-vanishing", slow=True)
def vanishes_with_he():
    """Slope at −10; back-signal through 20 layers with He's initialisation, SiLU against ReLU, 20 seeds."""
    left = abs(float(actfns.silu.derivative(-10.0)))
    silu, relu = (float(np.median(lab.propagate(f, 20, 64, init="he").back_ratio)) for f in ("silu", "relu"))
    return Evidence(0 < left < 1e-3 and silu < relu / 10 and silu < 0.1,
                    {"slope at −10": left, "SiLU": silu, "ReLU": relu})


@check("swish-smoothness-improves", slow=True)
def smoothness_decides_nothing():
    """Softplus, as smooth as SiLU, against ReLU and SiLU in test accuracy (2 layers, best of three rates)."""
    best = {f: max((accuracy(f, rate) for rate in (0.1, 0.3, 1.0)), key=np.mean) for f in ("relu", "silu", "softplus")}
    swish = lab.paired(best["silu"], best["relu"]).difference
    softplus = lab.paired(best["softplus"], best["relu"]).difference
    return Evidence(sheet("softplus").continuity == sheet("silu").continuity and abs(swish.mean) < 0.015
                    and softplus.mean < swish.mean + 0.005,
                    {"SiLU − ReLU": swish, "softplus − ReLU": softplus})


@check("swish-predicted-better-through-complexity", slow=True)
def complexity_does_not_help():
    """Test accuracy: ReLU with a ripple − ReLU, and SiLU with its dip filled in − SiLU, 20 seeds paired."""
    ripple, fill = gain(rippled, "relu", 0.1), gain(filled, "silu", 0.3)
    return Evidence(ripple.low < 0.005 and fill.high > -0.005, {"more complicated": ripple, "less complicated": fill})


@check("swish-good-in-very-deep", slow=True)
def depends_on_the_start():
    """Test accuracy of 12 layers, rate 0.03: ReLU − SiLU with He's weights, SiLU with its own gain − with He's."""
    deep = {"depth": 12, "epochs": 4}
    he = gain("relu", "silu", 0.03, **deep)
    own = lab.paired(accuracy("silu", 0.03, own=True, **deep), accuracy("silu", 0.03, **deep)).difference
    return Evidence(he.low > 0.1 and own.low > 0.1, {"He: ReLU − SiLU": he, "SiLU: own gain − He": own})


@check("swish-better-at-all-batch-sizes", slow=True)
def not_at_every_size():
    """Test accuracy, SiLU − ReLU, for batches of 8, 32 and 128 at rates that suit both, 20 seeds paired."""
    gains = {batch: gain("silu", "relu", rate, batch=batch) for batch, rate in ((8, 0.1), (32, 0.3), (128, 1.0))}
    largest = max(abs(each.mean) for each in gains.values())
    return Evidence(min(each.low for each in gains.values()) < 0 and largest < 0.03,
                    {f"batch {batch}": each for batch, each in gains.items()})
