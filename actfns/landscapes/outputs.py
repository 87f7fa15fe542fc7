"""The output of random networks over a plane of inputs: how rough it is, and how often it is constant."""

from dataclasses import dataclass, field

import numpy as np
import torch

from actfns.lab.functions import elementwise, label
from actfns.lab.networks import forward, stack
from actfns.lab.stats import Interval, interval
from actfns.lab.streams import checked_seeds

_PIECE = 2**22  # values of the widest layer held at once


@dataclass(frozen=True)
class Outputs:
    """Outputs of random networks on a square grid; NumPy arrays.

    ``x`` (points,): coordinates, the same on both axes. ``z`` (seeds, points, points): z[s, i, j] is the output of
    network s for the input (x_i, x_j). ``constant`` (seeds,): networks whose output is one number everywhere.
    """

    activation: str
    seeds: tuple = field(repr=False)
    x: np.ndarray = field(repr=False)
    z: np.ndarray = field(repr=False)

    @property
    def constant(self):
        return np.ptp(self.z, axis=(1, 2)) == 0

    @property
    def share_constant(self):
        """Share of constant networks with Wilson's 95 % interval, an `Interval`."""
        from scipy.stats import binomtest

        found = binomtest(int(self.constant.sum()), len(self.z))
        low, high = found.proportion_ci(method="wilson")
        return Interval(float(self.constant.mean()), float(low), float(high), len(self.z))

    @property
    def scaled(self):
        """``z`` of each network mapped to [0, 1] as a whole, one scale for one picture; nan where it is constant."""
        return _to_unit(self.z, (1, 2))

    @property
    def scaled_by_column(self):
        """``z`` with every column x_j mapped to [0, 1] by itself, which tears neighbours apart; nan where constant.

        ``MinMaxScaler`` does this to a matrix; published pictures of such landscapes were made so.
        """
        return _to_unit(self.z, 1)

    @property
    def roughness(self):
        """(seeds,): by how much the slope changes along lines parallel to the axes, without units; nan where constant.

        Mean over lines of Σ|z_{i+1} − 2 z_i + z_{i−1}|/h, the total variation of the slope, times the length of a line
        over the range of z. A plane has 0; sin πx on the unit square has π, 2π on lines along x and 0 on the others. It
        does not depend on scales and converges when the grid is refined, for kinks as for smooth functions.
        """
        return self._second_differences(lambda d: np.abs(d).sum(-1).mean(-1)) * (len(self.x) - 1)

    @property
    def peak(self):
        """(seeds,): largest |second difference| over the root mean square of all; large for sudden turns.

        For smooth functions it converges when the grid is refined, for kinks it grows without bound; nan where all
        second differences vanish.
        """
        seen = [self._second_differences(statistic, join) for statistic, join in (
            (lambda d: np.abs(d).max((-2, -1)), np.maximum), (lambda d: np.square(d).mean((-2, -1)), np.add))]
        with np.errstate(invalid="ignore"):
            return seen[0] / np.sqrt(seen[1] / 2)

    @property
    def turn(self):
        """(seeds,): largest |second difference| over the range of z. Half the step divides it by 2 at kinks and by 4
        on smooth functions; nan where constant."""
        return self._second_differences(lambda d: np.abs(d).max((-2, -1)), np.maximum)

    def interval(self, statistic="roughness", confidence=0.95):
        """Mean of a statistic ("roughness", "peak", "turn") over the networks that are not constant, an `Interval`."""
        values = getattr(self, statistic)
        return interval(values[np.isfinite(values)], confidence, "bootstrap")

    def _second_differences(self, statistic, join=None):
        """A statistic of the second differences of ``scaled`` along both axes, joined (default: their mean)."""
        z = self.scaled
        along = statistic(np.diff(z.swapaxes(1, 2), 2)), statistic(np.diff(z, 2))
        return (along[0] + along[1]) / 2 if join is None else join(*along)


def random_outputs(activation, seeds=range(200), *, hidden=(64, 32, 16), init="torch", low=0.0, high=10.0, points=100,
                   activate_output=True, dtype=torch.float64):
    """Outputs of random networks with two inputs and one output over the square [low, high]²: `Outputs`.

    All seeds are one batched program; the same seed has the same weights whatever the activation function, so
    differences between functions are paired. The defaults are those behind the published pictures of Mish: five
    layers with 2-64-32-16-1 units, PyTorch's default initialisation, the activation function after the output, too.

    Args:
        activation: id, `Activation` (with its default parameters) or pointwise callable on tensors.
        hidden: widths. init: as in `actfns.lab.stack`. points: per axis, at least 3.
        activate_output: whether the activation function also acts on the output. With ReLU 27 % of the networks are
            then constant (of 4000; without it none).
        dtype: float64, so that rounding is no roughness.

    Raises `ValueError` for settings that do not fit. Source: Misra (2020), Mish: a self regularized non-monotonic
    activation function, arXiv:1908.08681, figure 4.

    >>> from actfns import landscapes
    >>> relu, mish = (landscapes.random_outputs(f, range(20), points=21) for f in ("relu", "mish"))
    >>> bool(relu.interval().mean > mish.interval().mean)
    True
    """
    seeds = checked_seeds(seeds)
    if not isinstance(points, int) or points < 3:
        raise ValueError(f"points must be an integer ≥ 3, got {points!r}")
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"need low < high, got {low!r} and {high!r}")
    x = np.linspace(low, high, points)
    grid = torch.as_tensor(np.stack(np.meshgrid(x, x, indexing="ij"), -1).reshape(-1, 2))
    params = stack((2, *hidden, 1), seeds, init, dtype)
    function = elementwise(activation)
    after = function if activate_output else (lambda z: z)
    size = max(1, _PIECE // (len(seeds) * max(hidden, default=1)))
    with torch.no_grad():
        z = torch.cat([after(forward(params, part, function)) for part in grid.split(size)], 1)
    return Outputs(label(activation), seeds, x, z.view(len(seeds), points, points).numpy())


def _to_unit(z, axes):
    low, high = z.min(axes, keepdims=True), z.max(axes, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(high > low, (z - low) / np.where(high > low, high - low, 1), np.nan)
