"""From numbers per seed to statements: intervals, paired differences, correction for many comparisons."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its confidence interval: ``mean, low, high`` (numbers or arrays), ``n`` seeds.

    Prints as ``0.934 [0.930, 0.938]``; a format specification applies to all three numbers.

    >>> from actfns.lab import Interval
    >>> f"{Interval(0.9341, 0.9302, 0.938, n=32):.2f}"
    '0.93 [0.93, 0.94]'
    """

    mean: float | np.ndarray
    low: float | np.ndarray
    high: float | np.ndarray
    n: int
    confidence: float = 0.95

    def __format__(self, spec):
        mean, low, high = (format(value, spec or ".3f") for value in (self.mean, self.low, self.high))
        return f"{mean} [{low}, {high}]"

    def __str__(self):
        return str((self.mean, self.low, self.high)) if np.ndim(self.mean) else format(self, "")


@dataclass(frozen=True)
class Paired:
    """A paired comparison a − b: ``difference`` (an `Interval`), two-sided ``p``, ``wins`` (share of pairs with a > b).

    Prints as ``+0.012 [+0.008, +0.016], p = 3e-05``.
    """

    difference: Interval
    p: float
    wins: float

    def __format__(self, spec):
        return f"{format(self.difference, spec or '+.3f')}, p = {self.p:.1g}"

    def __str__(self):
        return format(self, "")


def interval(values, confidence=0.95, method="t", axis=0):
    """Mean over seeds and its confidence interval.

    ``values`` has one entry per seed along ``axis``; other axes (epochs, layers) are kept, so a band around a
    learning curve is ``interval(run.test_accuracy)``. ``method``: "t" for Student's t interval, or "bootstrap" for
    the bias-corrected and accelerated bootstrap (9999 resamples, fixed stream), which does not assume normal values.

    Raises `ValueError` for fewer than two seeds: one seed is never a result.

    >>> from actfns.lab import interval
    >>> print(interval([0.93, 0.94, 0.93, 0.95]))
    0.938 [0.922, 0.953]
    """
    values = np.moveaxis(np.asarray(values, dtype=float), axis, 0)
    if values.ndim == 0 or len(values) < 2:
        raise ValueError("an interval needs values from at least two seeds")
    mean = values.mean(axis=0)
    if method == "t":
        from scipy.stats import t

        half = t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))
        low, high = mean - half, mean + half
    elif method == "bootstrap":
        low, high = _bootstrap(values, confidence)
    else:
        raise ValueError(f"method must be 't' or 'bootstrap', got {method!r}")
    if values.ndim == 1:
        mean, low, high = float(mean), float(low), float(high)
    return Interval(mean, low, high, len(values), confidence)


def paired(a, b, confidence=0.95):
    """Compare two results of the same seeds: mean of a − b with its t interval, and the paired t test.

    ``a`` and ``b`` are (seeds,) arrays in the same order of seeds. Differences that are all equal leave nothing to
    estimate: p is 1 if they are 0, else 0.

    >>> from actfns.lab import paired
    >>> print(paired([0.95, 0.96, 0.94], [0.93, 0.95, 0.93]))
    +0.013 [-0.001, +0.028], p = 0.06
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"paired values need one shape (seeds,), got {a.shape} and {b.shape}")
    difference = interval(a - b, confidence)
    return Paired(difference, _paired_p(a, b), float(np.mean(a > b)))


def holm(p_values):
    """Holm's step-down correction: adjusted p values in the given order, valid whatever the dependence.

    Sorted ascending, p_(k) becomes the running maximum of (m − k + 1) p_(k), at most 1 (Holm 1979).

    >>> from actfns.lab import holm
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not np.all((p >= 0) & (p <= 1)):
        raise ValueError("p values are numbers between 0 and 1 in one row")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(np.minimum(p[order] * np.arange(len(p), 0, -1), 1))
    return adjusted


def _paired_p(a, b):
    from scipy.stats import ttest_rel

    differences = a - b
    if np.ptp(differences) <= 1e-12 * max(np.abs(a).max(), np.abs(b).max()):
        return float(np.all(differences == 0))
    return float(ttest_rel(a, b).pvalue)


def _bootstrap(values, confidence):
    from scipy.stats import bootstrap

    columns = values.reshape(len(values), -1)
    low, high = columns.mean(axis=0), columns.mean(axis=0)
    for k, column in enumerate(columns.T):
        if np.ptp(column) > 0:  # a constant column has no distribution to resample
            found = bootstrap((column,), np.mean, confidence_level=confidence, rng=np.random.default_rng(0))
            low[k], high[k] = found.confidence_interval
    return low.reshape(values.shape[1:]), high.reshape(values.shape[1:])
