"""Depth predicted: moments of every layer for infinite width, and how far networks of finite width stray from them."""

from dataclasses import dataclass, field

import numpy as np

from actfns.lab.functions import label
from actfns.lab.meanfield.averages import averages
from actfns.lab.meanfield.finite_width import finite_width, walk


@dataclass(frozen=True)
class Prediction:
    """What mean-field theory expects of each layer, NumPy arrays (depth,), named as in `actfns.lab.Propagation`.

    * ``pre_var``: q_l, the variance of z_l (its mean is 0)
    * ``mean, second_moment``: E f(√q_l Z) and E f(√q_l Z)², those of h_l
    * ``correlation``: c_l, that of the pre-activations of two inputs
    * ``chi``: σ_w² E f′(√q_l Z)², what one layer does to squared back-signals
    * ``back_second_moment``: that of dL/dz_l relative to the last layer

    With a finite ``width``, ``log_shift[name]`` and ``log_sd[name]`` are the mean and the standard deviation, over
    networks, of the natural logarithm of a measured "pre_var", "second_moment" or "back_second_moment" minus that of
    the number above. Both are of first order in 1/width: trust them where ``log_sd`` is well below 1, and those of
    back-signals where ``echo`` is, the share of the mean square of dL/dz_l that is echo (see
    `actfns.lab.meanfield.finite_width`); where it passes 0.1 they can be off by a factor of e.
    """

    activation: str
    layers: np.ndarray = field(repr=False)
    pre_var: np.ndarray = field(repr=False)
    mean: np.ndarray = field(repr=False)
    second_moment: np.ndarray = field(repr=False)
    correlation: np.ndarray = field(repr=False)
    chi: np.ndarray = field(repr=False)
    back_second_moment: np.ndarray = field(repr=False)
    log_shift: dict = field(repr=False)
    log_sd: dict = field(repr=False)
    echo: np.ndarray = field(repr=False)

    @property
    def back_ratio(self):
        """Root mean square of dL/dz in the first layer over that in the last, as `Propagation.back_ratio`."""
        return float(np.sqrt(self.back_second_moment[0]))

    def band(self, name, confidence=0.95):
        """(low, high) arrays: where one network's "pre_var", "second_moment" or "back_second_moment" should lie."""
        from scipy.stats import norm

        half = norm.ppf((1 + confidence) / 2) * self.log_sd[name]
        centre = np.log(getattr(self, name)) + self.log_shift[name]
        return np.exp(centre - half), np.exp(centre + half)


def predict(f, depth, weight_var=1.0, bias_var=0.0, *, input_second_moment=1.0, input_correlation=0.0, width=None,
            samples=64):
    """Mean-field prediction for ``depth`` layers: a `Prediction`.

    Inputs have mean square ``input_second_moment`` over their features, and the mean product of the features of two
    inputs is ``input_correlation``; q_1 = σ_w² · input_second_moment + σ_b².

    ``width``: units per layer of the networks it is compared with, whose weights are independent and normal and whose
    moments are averaged over ``samples`` given inputs. A layer's mean of f² over n units scatters by the relative
    variance (E f⁴/(E f²)² − 1)/n, and what it feeds passes that on, multiplied by the elasticity q V′/V; back-signals
    likewise, with f′² and the forward signal's own error. Shifts contain the bias of logarithms and, for
    back-signals, the echo: a layer's Jacobian is not independent of the signal it was applied to
    (`actfns.lab.meanfield.finite_width`). Without ``width`` both dicts are empty.

    Raises `ValueError` for a depth below 1 or negative variances.

    >>> from actfns.lab import meanfield
    >>> p = meanfield.predict("sigmoid", depth=3, weight_var=1.0)
    >>> p.pre_var.round(3), round(p.back_ratio, 3)
    (array([1.   , 0.293, 0.266]), 0.05)
    """
    if depth < 1 or min(weight_var, bias_var, input_second_moment) < 0:
        raise ValueError("need a depth of at least 1 and no negative variance or second moment, got "
                         f"depth={depth}, {weight_var=}, {bias_var=}, {input_second_moment=}")
    a, name = averages(f), label(f)
    layers = walk(a, depth, weight_var, bias_var, input_second_moment, input_correlation, width is not None)
    q, c = (np.array([getattr(layer, key) for layer in layers]) for key in ("q", "c"))
    chi = np.array([layer.chi for layer in layers])
    with np.errstate(all="ignore"):
        back = np.cumprod(np.r_[1.0, chi[:-1][::-1]])[::-1]
    shift, sd, echo = ({}, {}, np.zeros(depth)) if width is None else finite_width(layers, width, samples)
    return Prediction(name, np.arange(1, depth + 1), q, np.array([layer.mean for layer in layers]),
                      np.array([layer.second for layer in layers]), c, chi, back, shift, sd, echo)
