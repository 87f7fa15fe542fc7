"""Checks of the topic mish."""

import ast
from functools import cache

import numpy as np
import torch
from torch.nn import functional as F

import actfns
from actfns import lab, landscapes
from actfns.claims.checks.elu import PLACES, listed, sheet
from actfns.claims.checks.swish import digits
from actfns.claims.evidence import Evidence, check

RATES = (0.1, 0.2, 0.4, 0.8)
SEEDS = range(20)


@cache
def best(f, rates=RATES, **how):
    """The `Run` at the rate with the smallest mean training loss (3 epochs, 2 layers unless said otherwise)."""
    runs = [digits(f, rate, **{"epochs": 3} | how) for rate in rates]
    return min(runs, key=lambda run: np.nan_to_num(run.train_loss[:, -1], nan=99).mean())


def best_accuracy(f, **how):
    """Test accuracy of each seed at the end of the best run."""
    return best(f, **how).test_accuracy[:, -1]


def deep(f, depth=16, own=False):
    """(seeds,): test accuracy of `depth` layers without normalisation at the best of three rates."""
    return best_accuracy(f, rates=(0.03, 0.1, 0.3), depth=depth, epochs=5, batch=64, own=own)


def minus(a, b):
    """The paired difference a - b."""
    return lab.paired(a, b).difference


# form


@check("mish-definition")
def three_forms():
    """x tanh(ln(1 + eˣ)) and x ((1 + eˣ)² − 1)/((1 + eˣ)² + 1) against torch's Mish on [−30, 30]."""
    kernel = F.mish(torch.from_numpy(PLACES)).numpy()
    rational = (1 + np.exp(PLACES)) ** 2
    gaps = {"with tanh": float(np.abs(PLACES * np.tanh(np.log1p(np.exp(PLACES))) - kernel).max()),
            "rational": float(np.abs(PLACES * (rational - 1) / (rational + 1) - kernel).max())}
    return Evidence(max(gaps.values()) < 1e-12, gaps)


@check("mish-based-on-swish")
def a_swish_that_changes_beta():
    """Mish against x σ(u) with u = x + softplus(x − ln 2); slope of u at −30 and 30; distance from every Swish."""
    def inside(x):
        return x + actfns.softplus(x - np.log(2))

    gap = float(np.abs(PLACES * actfns.sigmoid(inside(PLACES)) - actfns.mish(PLACES)).max())
    left, right = (float(inside(x + 0.5) - inside(x - 0.5)) for x in (-30.0, 30.0))
    apart = min(float(np.abs(actfns.swish(PLACES, beta=beta) - actfns.mish(PLACES)).max())
                for beta in np.arange(0.5, 4, 0.05))
    return Evidence(gap < 1e-12 and abs(left - 1) < 1e-6 and abs(right - 2) < 1e-6 and apart > 0.01,
                    {"largest difference": gap, "beta on the left": left, "on the right": right,
                     "nearest Swish": apart})


@check("self-gated-is-pointwise-dropin")
def diagonal_jacobian():
    """Largest off-diagonal entry of the Jacobian and the shape of the output: SiLU, Mish, GELU; softmax."""
    x = torch.linspace(-2, 2, 6, dtype=torch.float64)
    off = {}
    for f in (F.silu, F.mish, F.gelu, torch.nn.Softmax(-1)):
        jacobian = torch.autograd.functional.jacobian(f, x)
        off[getattr(f, "__name__", "softmax")] = float((jacobian - torch.diag(jacobian.diag())).abs().max())
    softmax, gated = off["softmax"], [off[name] for name in ("silu", "mish", "gelu")]
    batch = torch.zeros(3, 4, 5)
    return Evidence(max(gated) == 0 and softmax > 0.01 and F.mish(batch).shape == batch.shape, off)


@check("mish-derivative-identity")
def slope_in_two_terms():
    """Δ(x) swish(x) + f(x)/x against autograd off 0; the quotient at 0, and the slope there against 3/5."""
    x = torch.from_numpy(PLACES[PLACES != 0]).requires_grad_()
    (slope,) = torch.autograd.grad(F.mish(x).sum(), x)
    x = x.detach()
    delta = 1 / torch.cosh(F.softplus(x)) ** 2
    gap = float((delta * F.silu(x) + F.mish(x) / x - slope).abs().max())
    with np.errstate(invalid="ignore"):
        quotient = float(np.float64(actfns.mish(0.0)) / np.float64(0.0))
    at_0 = float(actfns.mish.derivative(0.0))
    return Evidence(gap < 1e-12 and np.isnan(quotient) and abs(at_0 - 0.6) < 1e-12,
                    {"largest difference": gap, "quotient at 0": str(quotient), "slope at 0": at_0})


@check("relu-preserves-gradient-as-is")
def each_in_part():
    """Slopes of ReLU on both sides; range of the slope of Mish, and its largest jump between places 0.01 apart."""
    relu, mish = (f.derivative(PLACES[PLACES != 0]) for f in (actfns.relu, actfns.mish))
    jumps = [float(np.abs(np.diff(slope)).max()) for slope in (relu, mish)]
    return Evidence(set(relu.tolist()) == {0.0, 1.0} and mish.min() < -0.05 and mish.max() > 1.05
                    and jumps[1] < jumps[0] / 20,
                    {"smallest slope of Mish": float(mish.min()), "largest": float(mish.max()),
                     "jump, ReLU": jumps[0], "Mish": jumps[1]})


@check("mish-smooth-nonmonotone-keeps-negatives")
def as_described():
    """Continuity class, monotonicity and signs of Mish; two inputs with one output."""
    mish, relu = sheet("mish"), sheet("relu")
    negative = actfns.mish(PLACES[PLACES < 0])
    left, right = PLACES[PLACES < mish.minimum_at], PLACES[(PLACES > mish.minimum_at) & (PLACES < 0)]
    twin = float(right[np.abs(actfns.mish(right) - float(actfns.mish(-3.0))).argmin()])
    return Evidence(mish.continuity > relu.continuity and mish.monotonic == "no" and negative.max() < 0
                    and np.diff(actfns.mish(left)).max() < 0 < np.diff(actfns.mish(right)).min(),
                    {"class": f"C^{mish.continuity}", "minimum": mish.minimum, "as high as at −3": twin})


@check("mish-minimum-031")
def minimum():
    """The minimum of Mish to 20 digits: does it round to −0.31?"""
    from mpmath import diff, exp, findroot, log, mp, tanh

    with mp.workdps(20):
        def f(x):
            return x * tanh(log(1 + exp(x)))

        at = findroot(lambda x: diff(f, x), -1.2)
        lowest = f(at)
        return Evidence(-0.315 < lowest < -0.305 and abs(float(lowest) - sheet("mish").minimum) < 1e-6,
                        {"minimum": mp.nstr(lowest, 12), "at": mp.nstr(at, 12)})


@check("mish-unbounded-above-no-vanishing")
def saturates_on_the_left():
    """Slope of Mish at 10 and −10; ln(1 + x), which is unbounded too, at a million: value and slope."""
    right, left = (float(actfns.mish.derivative(x)) for x in (10.0, -10.0))
    value, slope = float(np.log1p(1e6)), 1 / (1 + 1e6)
    return Evidence(abs(right - 1) < 1e-3 and abs(left) < 1e-3 and sheet("mish").sup == np.inf
                    and value > 10 > 1e-5 > slope,
                    {"at 10": right, "at −10": left, "ln(1 + x)": value, "its slope": slope})


@check("mish-continuous-unlike-relu")
def relu_is_continuous_too():
    """Jump of ReLU's values across 0 at shrinking distance, its one-sided slopes; Mish beside it."""
    h = 1e-9
    gap = float(actfns.relu(h) - actfns.relu(-h))
    relu, mish = (float(f.derivative(h) - f.derivative(-h)) for f in (actfns.relu, actfns.mish))
    return Evidence(abs(gap) < 1e-8 and abs(relu - 1) < 1e-6 and abs(mish) < 1e-6,
                    {"ReLU, values": gap, "ReLU, slopes": relu, "Mish, slopes": mish})


# code and cost


NOTES_CODE = """
class Mish(nn.Module):
    def __init__(self):
        super().__init__())
    def forward(self, x):
        x = x * (torch.tanh(F.softplus(x))
        return x
"""


@check("mish-snippet-runs")
def does_not_parse():
    """Faults that Python finds in the notes' code, one after the other; the repaired module against torch's Mish."""
    code, faults = NOTES_CODE, []
    for old, new in (("", ""), ("__init__())", "__init__()"), ("softplus(x))", "softplus(x)))")):
        code = code.replace(old, new) if old else code
        try:
            ast.parse(code)
        except SyntaxError as fault:
            faults.append(fault.msg)
    space = {"nn": torch.nn, "torch": torch, "F": F}
    exec(code, space)
    x = torch.linspace(-30, 30, 601, dtype=torch.float64)
    gap = float((space["Mish"]()(x) - F.mish(x)).abs().max())
    return Evidence(len(faults) == 2 and gap < 1e-12, {"faults": "; ".join(faults), "repaired, off by": gap})


@check("mish-official-code")
def in_torch():
    """torch.nn.Mish against x tanh(softplus x)."""
    x = torch.linspace(-20, 20, 401, dtype=torch.float64)
    gap = float((torch.nn.Mish()(x) - x * torch.tanh(F.softplus(x))).abs().max())
    return Evidence(gap < 1e-12, {"largest difference": gap})


@check("mish-heavier-than-swish")
def heavier_kernel():
    """Times over that of a copy, from the record: torch's kernels and this book's formulas, Mish over SiLU."""
    speed = lab.record("activation_speed")
    ratio = {kind: float(np.median(speed.values(kind, activation="mish")) / np.median(
        speed.values(kind, activation="silu"))) for kind in ("kernel", "numpy")}
    return Evidence(ratio["kernel"] > 2 and ratio["kernel"] > 1.5 * ratio["numpy"],
                    {"kernels": ratio["kernel"], "formulas": ratio["numpy"]})


# networks


def only_gate(z):
    """Mish whose backward pass leaves out the term with Δ."""
    return z * torch.tanh(F.softplus(z)).detach()


def rounded(z, h=0.01):
    """ReLU with its kink rounded by a parabola, continuously differentiable."""
    return torch.where(z.abs() < h, (z + h) ** 2 / (4 * h), torch.relu(z))


def identity(z):
    """No activation at all."""
    return z


@check("mish-delta-is-preconditioner", slow=True)
def adds_and_changes_sign():
    """Range of Δ·swish; training with and without it in the backward pass: loss at rate 0.1, accuracy at best rates."""
    term = actfns.silu(PLACES) / np.cosh(actfns.softplus(np.minimum(PLACES, 20))) ** 2
    slower = minus(digits(only_gate, 0.1, epochs=3).train_loss[:, -1], digits("mish", 0.1, epochs=3).train_loss[:, -1])
    accuracy = minus(best_accuracy("mish"), best_accuracy(only_gate))
    return Evidence(term.min() < -0.05 and term.max() > 0.05 and slower.low > 0 and abs(accuracy.mean) < 0.015,
                    {"smallest term": float(term.min()), "largest": float(term.max()),
                     "loss without − with": slower, "accuracy with − without": accuracy})


@check("mish-prevents-dying-by-design", slow=True)
def far_left_is_as_good_as_dead():
    """Slope at −2 and −20; accuracy after 30 epochs when all hidden biases start at −20, Mish and ReLU."""
    near, far = (abs(float(actfns.mish.derivative(x))) for x in (-2.0, -20.0))
    reached = {}
    for f in ("mish", "relu"):
        start = {name: torch.full_like(value, -20) if name == "b1" else value
                 for name, value in lab.stack((64, 32, 10), SEEDS).items()}
        run = lab.train("digits", (32,), f, SEEDS, lr=0.1, epochs=30, batch=64, every=30, start=start)
        reached[f] = lab.interval(run.test_accuracy[:, -1])
    return Evidence(near > 0.05 and 0 < far < 1e-6 and max(each.high for each in reached.values()) < 0.2,
                    {"slope at −2": near, "at −20": far} | {f"{f}, bias −20": each for f, each in reached.items()})


@check("mish-bounded-below-regularises", slow=True)
def no_more_than_relu():
    """Growth of the weights in training and gap between training and test accuracy on 100 samples, Mish − ReLU."""
    data = lab.load_data("digits")
    few = lab.from_arrays(data.X_train[:100], data.y_train[:100], data.X_test, data.y_test)
    growth, gap = {}, {}
    for f in ("mish", "relu"):
        run = best(f, rates=(0.4,))
        size = [sum(w.pow(2).sum((1, 2)) for name, w in params.items() if name[0] == "W").sqrt()
                for params in (run.params, run.initial)]
        growth[f] = (size[0] / size[1]).numpy()
        run = lab.train(few, (32, 32), f, SEEDS, lr=0.3, epochs=60, batch=25, every=60)
        gap[f] = run.scores("train")["accuracy"] - run.test_accuracy[:, -1]
    grows, overfits = minus(growth["mish"], growth["relu"]), minus(gap["mish"], gap["relu"])
    return Evidence(abs(grows.mean) < 0.1 and abs(overfits.mean) < 0.03,
                    {"growth, Mish − ReLU": grows, "gap, Mish − ReLU": overfits,
                     "gap of Mish": lab.interval(gap["mish"])})


@check("c1-removes-instability-in-deep-nets", slow=True)
def rounding_changes_nothing():
    """Test accuracy of 16 layers, He's weights: ReLU with a rounded kink − ReLU, and SiLU − ReLU, 20 seeds paired."""
    rounding, silu = (minus(deep(f), deep("relu")) for f in (rounded, "silu"))
    return Evidence(abs(rounding.mean) < 0.1 and silu.high < -0.05, {"rounded − ReLU": rounding, "SiLU − ReLU": silu})


@cache
def scene(f, points=41):
    """Outputs of 100 random networks over the plane."""
    return landscapes.random_outputs(f, range(100), points=points)


@check("random-net-output-landscape", slow=True)
def creases_and_shadings():
    """Roughness of 100 untrained five-layer networks; by how much half the grid step divides the largest turn."""
    rough = {f: scene(f).interval() for f in ("relu", "mish", "silu", "elu", "gelu")}
    halved = {f: float(np.nanmedian(scene(f, 21).turn / scene(f).turn)) for f in ("relu", "mish")}
    calm = [rough[f].high for f in ("mish", "silu", "elu", "gelu")]
    return Evidence(rough["relu"].low > 2 * max(calm) and halved["relu"] < 2.6 and halved["mish"] > 3.4,
                    rough | {"half the step, ReLU": halved["relu"], "Mish": halved["mish"]})


@check("smooth-landscape-means-easier-optimisation", slow=True)
def smoother_is_not_better():
    """Roughness and accuracy: tanh against SiLU, on circles identity against Mish; steps that a curvature allows."""
    rough = {f: scene(f).interval().mean for f in ("tanh", "silu", "mish")}
    flat = scene(identity).interval().mean
    tanh = minus(best_accuracy("tanh"), best_accuracy("silu"))
    line = minus(*(lab.train("circles", (32, 32), f, SEEDS, lr=0.3, epochs=40, every=40).test_accuracy[:, -1]
                   for f in (identity, "mish")))
    short, long = (abs(1 - step * 4) ** 100 for step in (0.4, 0.6))  # x ← x − step · 4x, a hundred times
    return Evidence(rough["tanh"] > 2 * rough["silu"] and tanh.mean > -0.005 and flat < rough["mish"] / 10
                    and line.high < -0.2 and short < 1e-6 < 1e6 < long,
                    {"roughness of tanh": rough["tanh"], "of SiLU": rough["silu"], "of the identity": flat,
                     "tanh − SiLU": tanh, "identity − Mish, circles": line})


@check("mish-less-sensitive-to-init-and-lr", slow=True)
def sometimes():
    """Mish − SiLU from PyTorch's small weights; Mish and ReLU from deviation 0.01, and at a rate of 2."""
    torch_start = minus(*(best_accuracy(f, rates=(0.1, 0.3), epochs=2, init="torch") for f in ("mish", "silu")))
    small, fast = ({f: lab.interval(np.nan_to_num(run.test_accuracy[:, -1])) for f, run in runs.items()} for runs in (
        {f: best(f, rates=(0.1, 0.3), epochs=2, init="small") for f in ("mish", "relu")},
        {f: digits(f, 2.0, epochs=3) for f in ("mish", "relu")}))
    return Evidence(torch_start.low > 0.002 and small["mish"].high < 0.2 and small["relu"].high < 0.2
                    and fast["mish"].high < 0.5 and fast["relu"].high < 0.5,
                    {"torch: Mish − SiLU": torch_start, "deviation 0.01: Mish": small["mish"], "ReLU": small["relu"],
                     "rate 2: Mish": fast["mish"], "rate 2: ReLU": fast["relu"]})


@check("mish-depth-on-mnist", slow=True)
def holds_out_longer_and_falls():
    """Test accuracy of 16 layers, He's weights: Mish − ReLU and Mish − SiLU; Mish with 16 layers − with 4."""
    relu, silu = (minus(deep("mish"), deep(f)) for f in ("relu", "silu"))
    falls = minus(deep("mish"), deep("mish", 4))
    return Evidence(relu.low > 0.03 and silu.low > 0.03 and falls.high < -0.03,
                    {"Mish − ReLU": relu, "Mish − SiLU": silu, "16 − 4 layers": falls})


@check("swish-inconsistent-in-deep-models", slow=True)
def a_matter_of_the_start():
    """Test accuracy of 16 layers: SiLU − ReLU with He's weights; SiLU with a gain of its own − with He's."""
    he, own = minus(deep("silu"), deep("relu")), minus(deep("silu", own=True), deep("silu"))
    return Evidence(he.high < -0.05 and own.low > 0.02, {"SiLU − ReLU": he, "own gain − He": own})


@check("mish-input-noise", slow=True)
def not_consistently():
    """Loss on test images with noise of 0.5 to 2, trained clean, Mish − ReLU and Mish − SiLU: largest and smallest."""
    data, gaps = lab.load_data("digits"), []
    target = torch.as_tensor(data.y_test).long()
    for strength in (0.5, 1.0, 1.5, 2.0):
        x = data.X_test + strength * np.random.default_rng(1).normal(size=data.X_test.shape)
        loss = {f: torch.stack([F.cross_entropy(out, target) for out in lab.forward(best(f).params, x, f)]).numpy()
                for f in ("mish", "relu", "silu")}
        gaps += [minus(loss["mish"], loss[f]) for f in ("relu", "silu")]
    worst, lowest = max(gaps, key=lambda gap: gap.high), min(gaps, key=lambda gap: gap.mean)
    return Evidence(worst.high > 0 and lowest.mean < 0, {"least in favour": worst, "most in favour": lowest})


@check("mish-initialisers", slow=True)
def ahead_from_small_weights():
    """Test accuracy, Mish − SiLU at the better of two rates, 2 epochs: PyTorch's weights, LeCun's and He's."""
    lead = {init: minus(*(best_accuracy(f, rates=(0.1, 0.3), epochs=2, init=init) for f in ("mish", "silu")))
            for init in ("torch", "lecun", "he")}
    return Evidence(lead["torch"].low > 0.002 and max(abs(lead["lecun"].mean), abs(lead["he"].mean)) < 0.02,
                    {f"{init}": each for init, each in lead.items()})


# published numbers, computed again


@check("mish-squeezenet-23-runs")
def welch():
    """Welch's tests from the published means and deviations of 23 runs, with Holm's correction; the highest mean."""
    from scipy.stats import ttest_ind_from_stats

    published = {"Swish": (87.32, 0.414), "E-Swish": (87.49, 0.411), "GELU": (87.37, 0.472), "ELiSH": (87.38, 0.47731),
                 "ReLU": (86.66, 0.584), "ELU": (86.41, 0.3371), "Leaky ReLU": (86.85, 0.4569)}
    p = dict(zip(published, lab.holm([ttest_ind_from_stats(87.48, 0.3967, 23, mean, sd, 23, equal_var=False).pvalue
                                      for mean, sd in published.values()])))
    return Evidence(p["ReLU"] < 1e-4 and p["ELU"] < 1e-4 and min(p[f] for f in ("Swish", "GELU", "ELiSH")) > 0.05
                    and published["E-Swish"][0] > 87.48,
                    {f"p, {f}": float(value) for f, value in p.items()})


@check("mish-cifar10-across-architectures")
def beside_chance():
    """Published leads of Mish over ReLU and Swish in single runs, against how far two runs of one function differ."""
    chance = 1.96 * np.sqrt(2) * 0.4  # 0.4: deviation of 23 runs of Mish, as published
    cifar = {"ResNet-20": (92.02, 91.71, 91.61), "WRN-10-2": (86.83, 84.56, 86.56),
             "EfficientNet-B0": (80.73, 79.31, 79.37)}
    leads = {net: [ours - other for other in rest] for net, (ours, *rest) in cifar.items()}
    return Evidence(max(leads["ResNet-20"]) < chance and leads["WRN-10-2"][0] > chance
                    and leads["EfficientNet-B0"][0] > chance and min(map(min, leads.values())) > 0,
                    {"chance": float(chance)} | {net: listed(each) for net, each in leads.items()})


@check("mish-imagenet-better")
def six_of_six():
    """Published ImageNet accuracies: gains of Mish over (leaky) ReLU in six networks; Swish in PeleeNet."""
    pairs = {"CSPResNet-50": (78.1, 77.1), "PeleeNet": (71.4, 70.7), "CSPPeleeNet": (71.2, 70.9),
             "CSPDarkNet-53": (78.7, 77.8), "CSPResNeXt-50": (78.9, 77.9), "ResNet-50": (76.1, 75.2)}
    gains = [mish - other for mish, other in pairs.values()]
    swish = 71.5 - pairs["PeleeNet"][0]
    return Evidence(min(gains) > 0 and swish > 0,
                    {"smallest gain": min(gains), "largest": max(gains), "Swish − Mish, PeleeNet": swish})


@check("mish-yolov4-ap")
def ap50_not_ap():
    """Published gains of three sizes of YOLOv4, in points: smallest gain in AP50 and in AP."""
    published = {"s": ((36.0, 54.2), (37.4, 56.3)), "m": ((46.4, 64.8), (46.5, 65.7)),
                 "x": ((47.6, 66.1), (48.5, 67.4))}
    ap, ap50 = (min(round(mish[k] - leaky[k], 2) for leaky, mish in published.values()) for k in (0, 1))
    return Evidence(ap50 >= 0.9 and ap < 0.9, {"smallest gain in AP50": ap50, "in AP": ap})
