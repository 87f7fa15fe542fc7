"""How well one hidden layer can represent a function of one variable, whatever training would find."""

from dataclasses import dataclass, field

import numpy as np
import torch

from actfns.lab.functions import elementwise, same_shape
from actfns.lab.streams import checked_seeds, stream


@dataclass(frozen=True)
class Fit:
    """Least-squares fit of an output layer on given hidden units.

    * ``x`` (points,), ``y`` (points,): the grid and the target on it
    * ``fitted`` (seeds, points): the network's outputs
    """

    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    fitted: np.ndarray = field(repr=False)

    @property
    def sup(self):
        """(seeds,): largest absolute error on the grid."""
        return np.abs(self.fitted - self.y).max(axis=1)

    @property
    def rms(self):
        """(seeds,): root of the mean squared error on the grid."""
        return np.sqrt(np.square(self.fitted - self.y).mean(axis=1))


def sample_features(activation, width, x, seeds=range(32), steepness=None):
    """Random hidden units f(a (x − c)) at points ``x`` (points,): a tensor (seeds, points, width) in float64.

    Centres c are uniform over the range of ``x``, slopes a are N(0, steepness²); unless given, ``steepness`` is the
    width over the length of that range, so that more units also resolve finer detail.
    """
    x = torch.as_tensor(np.asarray(x, dtype=float))
    low, high = x.min(), x.max()
    steepness = width / (high - low) if steepness is None else steepness
    seeds = checked_seeds(seeds)
    centres = torch.stack([_draw(torch.rand, seed, "centres", width) for seed in seeds]).unsqueeze(1)
    slopes = torch.stack([_draw(torch.randn, seed, "slopes", width) for seed in seeds]).unsqueeze(1)
    z = steepness * slopes * (x[:, None] - (low + (high - low) * centres))
    return same_shape(elementwise(activation), z).detach()


def least_squares(features, y, x=None):
    """Best output weights and bias for ``features`` (seeds, points, units) and targets ``y`` (points,): a `Fit`.

    Solved in float64 by a singular value decomposition, which copes with linearly dependent units.
    """
    features, y = torch.as_tensor(features, dtype=torch.float64), np.asarray(y, dtype=float)
    if features.ndim != 3 or features.shape[1:2] != y.shape:
        raise ValueError("need features (seeds, points, units) and y (points,), "
                         f"got {tuple(features.shape)} and {y.shape}")
    design = torch.cat([features, features.new_ones(*features.shape[:2], 1)], dim=2)
    wanted = torch.as_tensor(y).expand(len(design), -1).unsqueeze(-1)
    solution = torch.linalg.lstsq(design, wanted, driver="gelsd").solution
    x = np.arange(len(y)) if x is None else np.asarray(x, dtype=float)
    return Fit(x, y, (design @ solution).squeeze(-1).numpy())


def best_fit_error(activation, width, seeds=range(32), *, target=np.abs, domain=(-1.0, 1.0), points=1001,
                   steepness=None):
    """Least-squares fit of ``target`` on ``domain`` by ``width`` random hidden units and a trained output layer.

    A function that is no polynomial drives the error to 0 as the width grows; a polynomial of degree k cannot, since
    the network is then itself a polynomial of degree k (Leshno et al. 1993). For |x| on [−1, 1] and z² the best fit
    is 3/16 + 15/16 x² with ``sup`` = 3/16 at any width.

    Returns a `Fit` with ``sup`` and ``rms`` per seed.

    >>> from actfns.lab import best_fit_error
    >>> best_fit_error(lambda z: z * z, width=20, seeds=range(3)).sup.round(3)
    array([0.188, 0.188, 0.188])
    """
    if not isinstance(width, int) or width < 1:
        raise ValueError(f"width must be a positive integer, got {width!r}")
    x = np.linspace(*domain, points)
    return least_squares(sample_features(activation, width, x, seeds, steepness), target(x), x)


def _draw(distribution, seed, purpose, width):
    return distribution(width, generator=stream(seed, purpose), dtype=torch.float64)
