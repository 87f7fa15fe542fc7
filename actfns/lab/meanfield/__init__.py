"""Mean-field theory: what wide random networks do to signals, computed instead of simulated.

Layers z_l = W_l h_{l−1} + b_l, h_l = f(z_l) with weights N(0, σ_w²/fan_in) and biases N(0, σ_b²). When the width goes
to infinity every pre-activation is Gaussian, and three maps say everything (Poole et al. 2016, arXiv:1606.05340;
Schoenholz et al. 2017, arXiv:1611.01232):

* `variance_map`: q_{l+1} = V(q_l) = σ_w² E f(√q_l Z)² + σ_b², the variance of z_l being q_l
* `correlation_map`: c_{l+1} = C(c_l), the correlation of the pre-activations of two inputs
* `chi`: χ(q) = σ_w² E f′(√q Z)², the factor of squared back-signals dL/dz from one layer to the one before

``weight_var`` is σ_w² and ``bias_var`` is σ_b² throughout; `actfns.measure(f).gain` ** 2 as ``weight_var`` keeps q = 1.
A function is an id, an `Activation` with its default parameters, or a pointwise callable on arrays or tensors.

>>> from actfns.lab import meanfield
>>> round(meanfield.variance_map("relu", 1.0, weight_var=2.0), 9)
1.0
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from actfns.lab.meanfield.averages import averages
from actfns.lab.meanfield.prediction import Prediction, predict

__all__ = [
    "Edge", "FixedPoint", "Prediction", "chi", "correlation_map", "edge_of_chaos", "fixed_points", "predict",
    "variance_map", "variance_slope",
]

_LOG_Q = np.arange(-40, 41) / 2  # log₂ q, where fixed points and the edge of chaos are looked for
_FLAT = 1e-11  # relative difference that counts as none


def variance_map(f, q, weight_var=1.0, bias_var=0.0):
    """V(q) = σ_w² E f(√q Z)² + σ_b² for a number or an array of q ≥ 0; inf where the integral diverges."""
    a = averages(f)
    return _each(lambda q: weight_var * a.second(q) + bias_var, q)


def variance_slope(f, q, weight_var=1.0):
    """V′(q) = σ_w² E f(√q Z)² (Z² − 1)/(2q): how a small change of q is passed on. No derivative of f needed."""
    a = averages(f)
    return _each(lambda q: weight_var * a.second_slope(q), q)


def chi(f, q, weight_var=1.0):
    """χ(q) = σ_w² E f′(√q Z)², the mean squared singular value of a layer's Jacobian ∂z_{l+1}/∂z_l.

    Jumps of f contribute nothing, as in back-propagation. At a fixed point q* it is χ₁, the slope of the
    correlation map at c = 1 if f is continuous: below 1 near-by inputs converge, above 1 they part (chaos).
    """
    a = averages(f)
    return _each(lambda q: weight_var * a.slope_second(q), q)


def correlation_map(f, c, q, weight_var=1.0, bias_var=0.0):
    """C(c) = (σ_w² E f(x) f(y) + σ_b²)/V(q) for x, y ~ N(0, q) with correlation c: a number or an array in [−1, 1].

    With q = q* this is the map of Poole et al.; away from a fixed point it is normalised by the new variance V(q).
    """
    a = averages(f)
    total = weight_var * a.second(q) + bias_var
    return _each(lambda c: (weight_var * a.pair(q, c, _VALUES)[0] + bias_var) / total, c)


@dataclass(frozen=True)
class FixedPoint:
    """A variance with V(q) = q: ``q``, the ``slope`` V′(q) and ``chi`` χ(q) there.

    ``q`` is nan where every q is one (ReLU with σ_w² = 2).
    """

    q: float
    slope: float
    chi: float

    @property
    def stable(self):
        """Whether near-by variances come closer: |V′(q*)| < 1."""
        return abs(self.slope) < 1

    @property
    def variance_depth(self):
        """ξ_q = −1/ln |V′(q*)|, layers after which a difference of q has shrunk to 1/e (negative: grown to e)."""
        return _scale(self.slope)

    @property
    def depth(self):
        """ξ_c = −1/ln χ₁: layers over which back-signals, and the distance of near-by inputs, change by a factor e."""
        return _scale(self.chi)


def fixed_points(f, weight_var=1.0, bias_var=0.0):
    """All `FixedPoint`s of the variance map from 2⁻²⁰ to 2²⁰, and q = 0 if it is one, in ascending order.

    >>> from actfns.lab import meanfield
    >>> [round(p.q, 4) for p in meanfield.fixed_points("tanh", weight_var=4.0)]
    [0.0, 2.1215]
    """
    a = averages(f)
    excess = lambda t: (weight_var * a.second(2.0**t) + bias_var) / 2.0**t - 1  # noqa: E731
    values = np.array([excess(t) for t in _LOG_Q])
    if np.all(np.abs(values) < _FLAT):
        return (FixedPoint(np.nan, 1.0, weight_var * a.slope_second(1.0)),)
    places = [2.0**t for t in _roots(excess, _LOG_Q, values)]
    if bias_var == 0 and a.second(0.0) == 0:
        places = [0.0, *places]
    return tuple(FixedPoint(float(q), weight_var * a.second_slope(q), weight_var * a.slope_second(q)) for q in places)


@dataclass(frozen=True)
class Edge:
    """A network on the edge of chaos: ``weight_var`` σ_w² for which χ₁ = 1 at the fixed point ``q``; V′ = ``slope``."""

    weight_var: float
    q: float
    slope: float


def edge_of_chaos(f, bias_var=0.0):
    """σ_w² with χ₁ = σ_w² E f′(√q* Z)² = 1 at a fixed point q* of the variance map, for the given σ_b²: an `Edge`.

    Every q is the fixed point of one pair (σ_w², σ_b²) on the edge, σ_w² = 1/E f′² and σ_b² = q − σ_w² E f²; solved
    for q (Hayou et al. 2019, arXiv:1902.06853). Of several solutions that with the smallest |V′(q*)|.

    Raises `ValueError` where there is none between q = 2⁻²⁰ and 2²⁰ (ReLU with biases).

    >>> from actfns.lab import meanfield
    >>> round(meanfield.edge_of_chaos("tanh", bias_var=0.05).weight_var, 3)
    1.761
    """
    a = averages(f)
    excess = lambda t: _edge_bias(a, 2.0**t) - bias_var / 2.0**t  # noqa: E731
    values = np.array([excess(t) for t in _LOG_Q])
    places = [2.0**t for t in _roots(excess, _LOG_Q, values)]
    if bias_var == 0 and a.second(0.0) == 0 and a.slope_second(0.0) > 0:
        places = [0.0, *places]
    if not places:
        raise ValueError(f"{a.name} has no edge of chaos with bias variance {bias_var}")
    edges = [Edge(1 / a.slope_second(q), float(q), a.second_slope(q) / a.slope_second(q)) for q in places]
    return min(edges, key=lambda edge: abs(edge.slope))


_VALUES = (lambda f, slope: f, lambda f, slope: f)


def _edge_bias(a, q):
    """σ_b²/q on the edge of chaos with fixed point q; nan where the function is flat."""
    slope, second = a.slope_second(q), a.second(q)
    return 1 - second / (q * slope) if slope > 0 and np.isfinite([slope, second]).all() else np.nan


def _roots(g, t, values):
    """Where g, known as ``values`` at ``t``, changes its sign (values within rounding of 0 count as 0)."""
    sign = np.where(np.isfinite(values) & (np.abs(values) > _FLAT), np.sign(values), 0)
    exact = [t[i] for i in np.flatnonzero(np.abs(values) <= _FLAT)
             if 0 < i < len(t) - 1 and sign[i - 1] * sign[i + 1] < 0]
    changes = np.flatnonzero(sign[:-1] * sign[1:] < 0)
    return sorted([*exact, *(brentq(g, t[i], t[i + 1], xtol=1e-13, rtol=1e-14) for i in changes)])


def _scale(factor):
    with np.errstate(divide="ignore"):
        logarithm = float(np.log(abs(factor)))
    return -1 / logarithm if logarithm else np.inf


def _each(g, x):
    made = np.array([g(float(value)) for value in np.ravel(x)]).reshape(np.shape(x))
    return float(made) if made.ndim == 0 else made
