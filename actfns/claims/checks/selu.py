"""Checks of the topic selu."""

from functools import cache

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.activation import Activation, Parameter
from actfns.claims.checks.elu import final, fitted, listed, trained
from actfns.claims.evidence import Evidence, check

SEEDS = range(20)


@cache
def through_64(rule, scale=1.0):
    """Mean and variance of the last of 64 SELU layers of width 64, (seeds,) each, for inputs of this scale."""
    x = scale * np.random.default_rng(0).normal(size=(64, 64)) + (scale - 1) / 2
    signal = lab.propagate("selu", 64, 64, SEEDS, init=rule, x=x)
    return signal.mean[:, -1], signal.var[:, -1]


@check("selu-self-normalising-fixed-point", slow=True)
def comes_to_rest():
    """Mean and variance after 64 LeCun layers, from inputs of scale 0.2, 1 and 3; the slope of the map there."""
    ends = {scale: through_64("lecun", scale) for scale in (0.2, 1.0, 3.0)}
    means, variances = (np.array([np.median(end[k]) for end in ends.values()]) for k in (0, 1))
    rest = [point for point in lab.meanfield.fixed_points("selu", 1.0) if point.q > 0]
    return Evidence(np.abs(means).max() < 0.1 and np.abs(variances - 1).max() < 0.25
                    and len(rest) == 1 and abs(rest[0].q - 1) < 1e-3 and rest[0].stable,
                    {"means": listed(means), "variances": listed(variances), "fixed point": rest[0].q})


@check("selu-no-vanishing-or-exploding", slow=True)
def only_with_its_initialisation():
    """Variance of layer 64 with the rules of LeCun and He and with deviation 0.01; growth of gradients per layer."""
    lecun, he, small = (float(np.median(through_64(rule)[1])) for rule in ("lecun", "he", "small"))
    chi = lab.meanfield.fixed_points("selu", 1.0)[-1].chi
    return Evidence(0.5 < lecun < 2 and he > 50 and small < 1e-20 and chi > 1.01,
                    {"LeCun": lecun, "He": he, "small": small, "chi": float(chi)})


@check("selu-constants")
def solved_for():
    """alpha and lambda from the two moment conditions, against torch's SELU."""
    from mpmath import e, exp, mp, ncdf, npdf, quad, sqrt

    with mp.workdps(20):
        alpha = npdf(0) / (mp.mpf("0.5") - sqrt(e) * ncdf(-1))
        second = quad(lambda t: t**2 * npdf(t), [0, 5, 12]) + alpha**2 * quad(
            lambda t: (exp(t) - 1) ** 2 * npdf(t), [-12, -5, 0])
        alpha, scale = float(alpha), float(1 / sqrt(second))
    right, left = torch.nn.functional.selu(torch.tensor([1.0, -800.0], dtype=torch.float64)).tolist()
    gap = max(abs(scale - right), abs(scale * alpha + left))
    return Evidence(gap < 1e-13 and round(alpha, 4) == 1.6733 and round(scale, 4) == 1.0507,
                    {"alpha": repr(alpha), "lambda": repr(scale), "distance from torch": gap})


@check("selu-snn-impossible-with-others")
def others_do_not_arrive():
    """Mean-field map through 64 layers: distance of (mean, variance) from (0, 1), SELU against five others."""
    far = {}
    for f, weight_var in (("selu", 1), ("relu", 1), ("relu", 2), ("leaky_relu", 2), ("sigmoid", 1), ("tanh", 1)):
        theory = lab.meanfield.predict(f, 64, weight_var)
        mean, second = theory.mean[-1], theory.second_moment[-1]
        far[f"{f} {weight_var}/n"] = float(np.hypot(mean, second - mean**2 - 1))
    own, *others = far.values()
    return Evidence(own < 0.01 and min(others) > 0.4, far)


@check("selu-two-trained-parameters")
def nothing_to_train():
    """Learnable parameters of torch's SELU and PReLU, and of the catalogue's."""
    torch_selu, torch_prelu = (sum(p.numel() for p in module().parameters())
                               for module in (torch.nn.SELU, torch.nn.PReLU))
    ours = sum(p.learnable for p in actfns.selu.params.values())
    return Evidence(torch_selu == 0 and ours == 0 and torch_prelu == 1,
                    {"torch SELU": torch_selu, "catalogue SELU": ours, "torch PReLU": torch_prelu})


def free_selu(x, alpha=1.6732632423543772, scale=1.0507009873554805):
    """SELU with any two constants."""
    return scale * torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0)))


@cache
def learnt_constants():
    """A SELU whose alpha and lambda are learnt, and networks trained with it as `trained` trains SELU."""
    free = Activation(free_selu, formula="", derivative_formula="", family="elu", name="free SELU",
                      name_ko="free SELU", params=[Parameter("alpha", 1.6732632423543772, "a", learnable=True),
                                                   Parameter("scale", 1.0507009873554805, "s", learnable=True)])
    return free, lab.train("digits", (32,) * 8, free, SEEDS, lr=0.1, epochs=4, batch=32, init=fitted("selu"))


def last_variance(params, f):
    """Variance in the last hidden layer, for each seed."""
    _, hidden = lab.forward(params, lab.load_data("digits").X_train, f, hidden=True)
    return hidden[-1].var((1, 2)).numpy()


@check("selu-variance-constant", slow=True)
def learning_lets_it_drift():
    """Variance of the last of 8 hidden layers after training, constants learnt against fixed, 20 seeds paired."""
    free, run = learnt_constants()
    fixed = trained("selu", 8, 0.1)
    start, held = (last_variance(params, "selu") for params in (fixed.initial, fixed.params))
    farther = lab.paired(last_variance(run.params, free), held).difference
    gain = lab.paired(run.test_accuracy[:, -1], fixed.test_accuracy[:, -1]).difference
    return Evidence(farther.low > 0.2 and held.mean() > 1.5 * start.mean() and gain.mean < 0.03,
                    {"at the start": lab.interval(start), "fixed": lab.interval(held), "learnt − fixed": farther,
                     "accuracy, learnt − fixed": gain})


def best_of_20_layers(f):
    """Accuracy of 20 layers at the better of two rates."""
    return final(f, 20, (0.01, 0.03), 3)


@check("selu-cannot-stack-many-layers", slow=True)
def stacks_twenty():
    """Test accuracy of 20 hidden layers without normalisation, SELU − ReLU, each at the better of two rates."""
    gain = lab.paired(best_of_20_layers("selu"), best_of_20_layers("relu")).difference
    deepest = float(np.median(through_64("lecun")[1]))
    return Evidence(gain.low > 0.2 and best_of_20_layers("selu").mean() > 0.7 and 0.5 < deepest < 2,
                    {"SELU − ReLU": gain, "SELU": lab.interval(best_of_20_layers("selu")),
                     "variance of layer 64": deepest})


@check("selu-not-much-better", slow=True)
def much_better_when_deep():
    """Test accuracy, SELU − ReLU, at the best rates: 2 hidden layers and 20."""
    shallow = lab.paired(final("selu", 2, epochs=3), final("relu", 2, epochs=3)).difference
    deep = lab.paired(best_of_20_layers("selu"), best_of_20_layers("relu")).difference
    return Evidence(abs(shallow.mean) < 0.02 and deep.low > 0.2, {"2 layers": shallow, "20 layers": deep})


@check("selu-strong-regularisation", slow=True)
def learns_by_heart():
    """Training accuracy on 100 samples, SELU and ReLU; variance that dropout and alpha dropout leave."""
    data = lab.load_data("digits")
    few = lab.from_arrays(data.X_train[:100], data.y_train[:100], data.X_test, data.y_test)
    by_heart = {f: lab.train(few, (64, 64), f, SEEDS, lr=0.3, epochs=60, batch=25, every=60, init=fitted(f))
                .scores("train")["accuracy"].mean() for f in ("relu", "selu")}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        h = actfns.selu(torch.randn(200_000))
        dropout, alpha_dropout = (float(layer(0.2)(h).var()) for layer in (torch.nn.Dropout, torch.nn.AlphaDropout))
    return Evidence(min(by_heart.values()) > 0.97 and dropout > 1.15 > 1.05 > alpha_dropout,
                    {"ReLU": float(by_heart["relu"]), "SELU": float(by_heart["selu"]), "variance, dropout": dropout,
                     "alpha dropout": alpha_dropout})
