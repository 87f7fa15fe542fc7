"""Intervals, paired comparisons and the correction for many, against SciPy and exact arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.stats

from actfns import lab


def test_interval_is_students():
    values = np.random.default_rng(0).normal(size=(12, 3))
    made = lab.interval(values, confidence=0.9)
    for k in range(3):
        expected = scipy.stats.ttest_1samp(values[:, k], 0).confidence_interval(0.9)
        assert (made.low[k], made.high[k]) == pytest.approx((expected.low, expected.high))
    assert np.allclose(lab.interval(values.T, axis=1).mean, values.mean(0))
    assert f"{lab.interval([1, 2, 3]):.1f}" == "2.0 [-0.5, 4.5]"
    assert str(lab.interval([1, 2, 3])) == "2.000 [-0.484, 4.484]"


def test_bootstrap_interval_copes_with_skew_and_constants():
    skewed = np.random.default_rng(1).exponential(size=40)
    made = lab.interval(np.column_stack([skewed, np.ones(40)]), method="bootstrap")
    assert made.low[0] < skewed.mean() < made.high[0] and (made.low[1], made.high[1]) == (1, 1)
    assert made.high[0] - made.mean[0] > made.mean[0] - made.low[0]
    assert made.low[0] == lab.interval(skewed, method="bootstrap").low


def test_one_seed_is_never_a_result():
    with pytest.raises(ValueError, match="two seeds"):
        lab.interval([0.9])
    with pytest.raises(ValueError, match="method"):
        lab.interval([0.9, 0.8], method="guess")


def test_paired_comparison_is_scipys():
    a, b = np.random.default_rng(2).normal(size=(2, 20)) + [[0.5], [0.0]]
    made, expected = lab.paired(a, b), scipy.stats.ttest_rel(a, b)
    assert made.p == expected.pvalue and made.wins == (a > b).mean()
    assert (made.difference.low, made.difference.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert str(lab.paired([0.5, 0.5], [0.5, 0.5])) == "+0.000 [+0.000, +0.000], p = 1"
    assert lab.paired([0.6, 0.7], [0.5, 0.6]).p == 0
    with pytest.raises(ValueError, match="one shape"):
        lab.paired([1, 2], [1, 2, 3])


def test_holm_equals_its_definition_in_exact_arithmetic():
    p = [Fraction(n, 1000) for n in (11, 20, 1, 20, 300, 4)]
    ranked = sorted(p)
    expected = [max(min(1, (len(p) - k) * q) for k, q in enumerate(ranked) if q <= own) for own in p]
    assert lab.holm([float(q) for q in p]).tolist() == pytest.approx([float(q) for q in expected])
    with pytest.raises(ValueError, match="between 0 and 1"):
        lab.holm([0.5, 1.5])
