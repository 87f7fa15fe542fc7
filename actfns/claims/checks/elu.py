"""Checks of the topic elu; the networks of `trained` serve selu and backbones as well."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.evidence import Evidence, check

RATES = (0.03, 0.1, 0.3)
PLACES = np.linspace(-30, 30, 6001)


def listed(values):
    """Several numbers as one text (three in a list would be printed as an interval)."""
    return ", ".join(format(value, "d" if isinstance(value, int) else ".3g") for value in values)


def sheet(f, **params):
    """The property sheet of a function of the catalogue with these parameters."""
    return actfns.measure(actfns.catalog[f], params=params) if params else _sheet(f)


@cache
def _sheet(f):
    return actfns.measure(actfns.catalog[f])


def fitted(f):
    """Initial weights N(0, g²/fan_in) with g = 1/√E f(Z)²: those of He for ReLU, of LeCun for SELU."""
    gain = sheet("elu" if f == "pelu" else f).gain
    return lambda weight, draw: weight.normal_(0, gain * weight.shape[1] ** -0.5, generator=draw)


@cache
def trained(f, depth, rate, epochs=4, norm=None):
    """20 networks of `depth` hidden layers of 32 units on the digits: a `Run` with a curve over the epochs."""
    network = lab.mlp(*[32] * depth, norm=norm)
    return lab.train("digits", network, f, range(20), lr=rate, epochs=epochs, batch=32, init=fitted(f))


@cache
def final(f, depth, rates=RATES, epochs=4, norm=None):
    """(seeds,): test accuracy at the end, at the rate of `rates` with the highest mean."""
    return max((trained(f, depth, rate, epochs, norm).test_accuracy[:, -1] for rate in rates), key=np.mean)


@cache
def layer_means(f, when):
    """(seeds, 8): mean of every hidden layer over units and images; when: initial or params."""
    run = trained(f, 8, 0.1)
    _, hidden = lab.forward(getattr(run, when), run.data.X_train, f, hidden=True)
    return torch.stack([h.mean((1, 2)) for h in hidden], 1).numpy()


def last_means(f, when):
    """`layer_means` of the last hidden layer."""
    return layer_means(f, when)[:, -1]


@cache
def passed(f):
    """First epoch whose mean test accuracy is at least that of ReLU after four (8 layers, rate 0.1)."""
    goal = trained("relu", 8, 0.1).test_accuracy[:, -1].mean()
    return int(np.argmax(trained(f, 8, 0.1).test_accuracy.mean(0) >= goal))


# training


@check("elu-speeds-training", slow=True)
def speeds_training_when_deep():
    """Epochs ELU takes to the accuracy ReLU has after four, with 8 layers; its lead over ReLU with 2 layers."""
    shallow = lab.paired(final("elu", 2, epochs=3), final("relu", 2, epochs=3)).difference
    return Evidence(0 < passed("elu") < 4 and shallow.mean < 0.03,
                    {"epochs of ELU (ReLU: 4), 8 layers": passed("elu"), "ELU − ReLU, 2 layers": shallow})


@check("elu-better-above-five-layers", slow=True)
def better_above_five_layers():
    """Test accuracy with 8 hidden layers, each function at its best of three rates, 20 seeds paired."""
    relu, leaky = (lab.paired(final("elu", 8), final(f, 8)).difference for f in ("relu", "leaky_relu"))
    return Evidence(relu.low > 0.01 and leaky.low > 0.01 and 0 < passed("elu") < 4,
                    {"ELU − ReLU": relu, "ELU − leaky ReLU": leaky, "epochs of ELU (ReLU: 4)": passed("elu")})


@check("elu-not-much-better", slow=True)
def better_only_when_deep_and_plain():
    """ELU − ReLU in test accuracy: 2 layers, 8 layers, 8 layers with batch normalisation."""
    gains = [lab.paired(final("elu", *how), final("relu", *how)).difference
             for how in ((2, RATES, 3), (8,), (8, (0.1, 0.3, 1.0), 4, "batch"))]
    shallow, deep, normed = gains
    return Evidence(shallow.mean < 0.03 and deep.low > 0.02 and normed.mean < deep.mean / 2,
                    {"2 layers": shallow, "8 layers": deep, "8 layers, batch norm": normed})


@check("elu-guarantees-sota", slow=True)
def guarantees_nothing():
    """Counterexample: with 2 hidden layers and 12 epochs ELU leads ReLU and leaky ReLU by less than a point."""
    gains = {f: lab.paired(final("elu", 2, epochs=12), final(f, 2, epochs=12)).difference
             for f in ("relu", "leaky_relu")}
    return Evidence(max(gain.mean for gain in gains.values()) < 0.01,
                    {f"ELU − {f}": gain for f, gain in gains.items()})


@check("elu-reduces-complexity")
def costs_more():
    """Time of torch's kernels over the time of a copy, from the record: ELU against ReLU."""
    speed = lab.record("activation_speed")
    relu, elu = (float(np.median(speed.values("kernel", activation=f))) for f in ("relu", "elu"))
    return Evidence(elu > 3 * relu, {"ReLU, copies": relu, "ELU, copies": elu})


# centring


@check("elu-output-not-zero-centred")
def one_alpha_centres():
    """E ELU(Z): at alpha 1, and at the alpha of SELU from the closed form; ReLU beside it."""
    import mpmath

    alpha = float(mpmath.npdf(0) / (0.5 - mpmath.sqrt(mpmath.e) * mpmath.ncdf(-1)))
    elu, relu, centred = sheet("elu").mean, sheet("relu").mean, sheet("elu", alpha=alpha).mean
    plateau = float(torch.nn.functional.selu(torch.tensor(-800.0, dtype=torch.float64)))
    scale = float(torch.nn.functional.selu(torch.tensor(1.0, dtype=torch.float64)))
    return Evidence(0.1 < elu < relu / 2 and abs(centred) < 1e-6 and abs(alpha + plateau / scale) < 1e-12,
                    {"mean of ELU": elu, "mean of ReLU": relu, "alpha with mean 0": alpha, "mean there": centred})


@check("elu-output-zero-mean", slow=True)
def nearer_but_not_at_zero():
    """Mean for normal inputs against ReLU and leaky ReLU; mean of the last of 8 trained layers."""
    elu, relu, leaky = (sheet(f).mean for f in ("elu", "relu", "leaky_relu"))
    after = lab.interval(last_means("elu", "params"))
    return Evidence(elu < min(relu, leaky) / 2 and elu > 0.1 and after.low > 0.1,
                    {"ELU": elu, "ReLU": relu, "leaky ReLU": leaky, "ELU, trained": after})


@check("elu-zero-mean-through-smoothness")
def smoother_is_not_nearer():
    """Softplus, smoother than ELU by its continuity class, against ELU and ReLU in the mean for normal inputs."""
    softplus, elu, relu = sheet("softplus"), sheet("elu"), sheet("relu")
    return Evidence(softplus.continuity > elu.continuity and softplus.mean > relu.mean > elu.mean,
                    {"softplus": softplus.mean, "ReLU": relu.mean, "ELU": elu.mean})


@check("elu-zero-mean-like-leaky")
def neither_has_mean_zero():
    """Means for normal inputs: leaky ReLU beside ReLU, and ELU."""
    relu, leaky, elu = (sheet(f).mean for f in ("relu", "leaky_relu", "elu"))
    return Evidence(leaky > 0.95 * relu and elu > 0.1, {"ReLU": relu, "leaky ReLU": leaky, "ELU": elu})


@check("elu-middle-ground")
def between_in_shape_only():
    """Limits and signs on the left as between ReLU and leaky ReLU; the mean below both."""
    relu, leaky, elu = (sheet(f) for f in ("relu", "leaky_relu", "elu"))
    return Evidence(elu.saturates_left == relu.saturates_left != leaky.saturates_left
                    and elu.takes_both_signs == leaky.takes_both_signs != relu.takes_both_signs
                    and elu.mean < min(relu.mean, leaky.mean) / 2,
                    {"ReLU": relu.mean, "leaky ReLU": leaky.mean, "ELU": elu.mean})


@check("relu-not-zero-mean")
def relu_has_a_mean():
    """The mean of ReLU for normal inputs against 1/√(2π), and its smallest value."""
    relu = sheet("relu")
    return Evidence(abs(relu.mean - (2 * np.pi) ** -0.5) < 1e-6 and relu.inf >= 0,
                    {"mean": relu.mean, "smallest value": relu.inf})


@check("elu-negative-values-push-mean", slow=True)
def pushed_towards_zero():
    """Mean activation, ELU against ReLU: for normal inputs, and in the last of 8 trained layers, 20 seeds."""
    elu, relu = sheet("elu"), sheet("relu")
    gap = lab.paired(last_means("relu", "params"), last_means("elu", "params")).difference
    return Evidence(elu.inf < 0 and elu.mean < relu.mean / 2 and gap.low > 0.1,
                    {"ELU": elu.mean, "ReLU": relu.mean, "ReLU − ELU, trained": gap})


@check("elu-reduces-bias-shift", slow=True)
def smaller_shift():
    """Mean activation of all 8 hidden layers: how far training moves it, and where it ends, ReLU − ELU, 20 seeds."""
    moved = {f: np.abs(layer_means(f, "params") - layer_means(f, "initial")).mean(1) for f in ("relu", "elu")}
    less = lab.paired(moved["relu"], moved["elu"]).difference
    ends = lab.paired(*(layer_means(f, "params").mean(1) for f in ("relu", "elu"))).difference
    return Evidence(less.low > 0 and ends.low > 0.2,
                    {"ReLU moves": lab.interval(moved["relu"]), "ELU moves": lab.interval(moved["elu"]),
                     "difference": less, "difference at the end": ends})


# shape


@check("elu-identity-eases-vanishing")
def passes_on_the_right_only():
    """Back-signal through 20 layers, ELU against sigmoid; slope of ELU at 10 and at −10."""
    through = {f: float(np.median(lab.propagate(f, 20, 64, init=init, gain=gain).back_ratio))
               for f, init, gain in (("elu", "lecun", sheet("elu").gain), ("sigmoid", "xavier", 1.0))}
    right, left = actfns.elu.derivative(10.0), actfns.elu.derivative(-10.0)
    return Evidence(through["elu"] > 1e6 * through["sigmoid"] and right == 1 and 0 < left < 1e-4,
                    {"ELU": through["elu"], "sigmoid": through["sigmoid"], "slope at −10": float(left)})


@check("elu-alpha-sets-saturation")
def alpha_is_the_plateau():
    """ELU(−50) against −alpha and the slope just left of 0 against alpha, for alpha 0.5, 1 and 2."""
    alphas = np.array([0.5, 1.0, 2.0])
    far = np.array([actfns.elu(-50.0, alpha=a) for a in alphas])
    slope = np.array([actfns.elu.derivative(-1e-9, alpha=a) for a in alphas])
    return Evidence(np.abs(far + alphas).max() < 1e-12 and np.abs(slope - alphas).max() < 1e-6,
                    {"ELU(−50)": listed(far), "slope left of 0": listed(slope)})


@check("elu-made-because-relu-not-differentiable")
def not_differentiable_itself():
    """One-sided slopes of ELU at 0 for alpha 0.5 and 2: they differ, so differentiability was no design rule."""
    jumps = [float(actfns.elu.derivative(1e-9, alpha=a) - actfns.elu.derivative(-1e-9, alpha=a)) for a in (0.5, 2.0)]
    return Evidence(min(map(abs, jumps)) > 0.4, {"jump of the slope at 0, alpha 0.5": jumps[0], "alpha 2": jumps[1]})


@check("elu-plateau-robust")
def calmer_than_some():
    """Mean change of a switched-off unit, z in [−6, −3], under noise N(0, 1/4): ReLU, ELU, leaky ReLU 0.01 and 0.2."""
    off = np.linspace(-6, -3, 301)[:, None]
    shaken = off + np.random.default_rng(0).normal(0, 0.5, (1, 2000))
    moved = {"ReLU": actfns.relu(shaken) - actfns.relu(off), "ELU": actfns.elu(shaken) - actfns.elu(off)}
    for slope in (0.01, 0.2):
        leaky = [actfns.leaky_relu(z, negative_slope=slope) for z in (shaken, off)]
        moved[f"leaky ReLU {slope}"] = leaky[0] - leaky[1]
    relu, elu, small, large = sizes = [float(np.abs(each).mean()) for each in moved.values()]
    return Evidence(relu < elu / 10 and small < elu / 1.2 and elu < large / 5, dict(zip(moved, sizes)))


# PELU


@check("elu-variants-pelu-selu")
def one_family():
    """PELU against a ELU(x/b), SELU against lambda ELU_alpha(x), CELU against a ELU(x/a), on 6001 places."""
    scale = float(actfns.selu(1.0))
    pairs = {"PELU": (actfns.pelu(PLACES, a=1.5, b=0.6), 1.5 * actfns.elu(PLACES / 0.6)),
             "SELU": (actfns.selu(PLACES), scale * actfns.elu(PLACES, alpha=-float(actfns.selu(-800.0)) / scale)),
             "CELU": (actfns.celu(PLACES, alpha=2.0), 2 * actfns.elu(PLACES / 2))}
    gaps = {name: float(np.abs(one - other).max()) for name, (one, other) in pairs.items()}
    return Evidence(max(gaps.values()) < 1e-12, gaps)


@check("pelu-all-ones-is-elu")
def ones_give_elu():
    """PELU with a = b = 1 against ELU on 6001 places; with a = 2 for comparison."""
    gap, other = (float(np.abs(actfns.pelu(PLACES, a=a, b=1.0) - actfns.elu(PLACES)).max()) for a in (1.0, 2.0))
    return Evidence(gap < 1e-14 and other > 0.5, {"a = 1": gap, "a = 2": other})


def three(x, a, b, c):
    """The form of PELU to begin with: c x on the right, a (exp(x/b) − 1) on the left."""
    return np.where(x >= 0, c * x, a * np.expm1(np.minimum(x, 0) / b))


@check("pelu-two-extra-parameters")
def three_become_two():
    """Jump of the slope at 0 of the form with a, b, c, at c = a/b and elsewhere; parameters that PELU and ELU learn."""
    h = 1e-7

    def jump(a, b, c):
        right, left = three(h, a, b, c) / h, -three(-h, a, b, c) / h
        return float(abs(right - left))

    smooth = max(jump(a, b, a / b) for a, b in ((2, 1), (2, 4), (0.5, 0.3)))
    kinked = min(jump(a, b, 1.5 * a / b) for a, b in ((2, 1), (2, 4), (0.5, 0.3)))
    learnt = {f: sum(p.learnable for p in actfns.catalog[f].params.values()) for f in ("pelu", "elu")}
    return Evidence(smooth < 1e-5 and kinked > 0.1 and learnt["pelu"] == 2 and learnt["elu"] == 0,
                    {"jump at c = a/b": smooth, "elsewhere": kinked, "learnt by PELU": learnt["pelu"],
                     "learnt by ELU": learnt["elu"]})


@check("pelu-parameter-roles")
def each_has_its_role():
    """Positive slope, negative limit and place of half the limit, when one of a, b, c changes at a time."""
    def read(a, b, c):
        left = np.linspace(-20 * b, 0, 20001)
        half = left[np.argmin(np.abs(three(left, a, b, c) + a / 2))]
        return [float(three(1.0, a, b, c)), float(three(-1000.0, a, b, c)), float(half)]

    base, by_a, by_b, by_c = (read(*abc) for abc in ((1, 1, 1), (3, 1, 1), (1, 3, 1), (1, 1, 3)))
    ratios = np.array([np.divide(other, base) for other in (by_c, by_a, by_b)])  # a diagonal of 3 in a field of 1
    return Evidence(np.abs(ratios - (1 + 2 * np.eye(3))).max() < 0.01,
                    {"c: slope, limit, half": listed(ratios[0]), "a": listed(ratios[1]), "b": listed(ratios[2])})


@check("pelu-keeps-output-zero-centred", slow=True)
def pelu_does_not_centre():
    """Mean of the last of 8 hidden layers after training, PELU and ELU, 20 seeds."""
    pelu, elu = (lab.interval(last_means(f, "params")) for f in ("pelu", "elu"))
    return Evidence(pelu.low > 0.1 and pelu.mean > elu.mean / 2, {"PELU": pelu, "ELU": elu})
