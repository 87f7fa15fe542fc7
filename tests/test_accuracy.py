"""How far values and slopes are from the truth, in units in the last place (ULP).

The bound is (8 + 2κ) ULP with κ = |x g′(x)/g(x)| for g = f or f′: half an ULP in x alone moves g by κ/2 ULP or more.
Where a gate is below the normal numbers, it is off by some steps of the smallest one, and x times it by |x| as many.
"""
from functools import lru_cache

import numpy as np
import oracle
import pytest
import torch
from grids import MAX, cases, full, kinks, points
from oracle import POINTWISE, mp

from actfns import catalog

CASES, NAMES = cases()
each_case = pytest.mark.parametrize(("name", "params"), CASES, ids=NAMES)
QUICK, FULL = 1000, 100_000
NORMAL = np.finfo(float).tiny  # below, results may lose digits or be flushed to zero
FAR = 2000.0  # no gate of a tail e⁻ˣ is open farther out
ORDERS = {"value": 0, "slope": 1}
# digits, exponent of the smallest number, exponent of the overflow
FORMATS = {"float16": (11, -24, 16), "bfloat16": (8, -133, 128), "float32": (24, -149, 128)}


def evaluate(name, order, x, params, backend, dtype="float64"):
    function = catalog[name] if order == 0 else catalog[name].derivative
    if backend == "numpy":
        return function(x.astype(dtype), **params).astype(float)
    return function(torch.from_numpy(x).to(getattr(torch, dtype)), **params).double().numpy()


@lru_cache(maxsize=2)
def truth(name, order, pairs, number):
    params = dict(pairs)
    x = points(name, params, number)
    if order == 1:
        x = x[~np.isin(x, kinks(name, params))]
    return x, oracle.exact(name, order, x, **full(name, params))


def worst(excess, x, got, exact):
    """A line that names the worst point."""
    at = int(np.nanargmax(np.where(np.isnan(excess), np.inf, excess)))
    return (f"{int(np.sum(~(excess <= 1)))} of {x.size} points; worst: x={x[at]!r}, got {got[at]!r}, "
            f"exact {exact[at]!r}, {excess[at]:.3g} times the bound")


def check(name, params, order, backend, number):
    x, exact = truth(name, order, tuple(params.items()), number)
    got = evaluate(name, order, x, params, backend)
    steps = 8 * np.minimum(np.abs(x), FAR) * (NORMAL / np.maximum(np.abs(exact.high), NORMAL))
    excess = oracle.ulp_errors(got, exact) / (8 + 2 * exact.condition + steps)
    small = np.abs(exact.high) < NORMAL
    excess[small] = np.abs(got[small] - exact.high[small]) / NORMAL
    assert (excess <= 1).all(), worst(excess, x, got, exact.high)
    return x.size


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("order", ORDERS)
@each_case
def test_float64(name, params, order, backend):
    check(name, params, ORDERS[order], backend, QUICK if not params else QUICK // 3)


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
@each_case
def test_float64_on_the_full_set(name, params, order):
    number = FULL if not params else FULL // 5
    for backend in ("numpy", "torch"):
        assert check(name, params, ORDERS[order], backend, int(1.05 * number)) >= number


# ---------------------------------------------------------------------------------------------------- shorter formats
def all_patterns(dtype):
    """Every number of a 16-bit format, or a dense sample of float32, as doubles; nan left out."""
    if dtype == "float32":
        return sample32(np.arange(-(2**31), 2**31, 65_521, dtype=np.int64))
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)
    values = bits.view(getattr(torch, dtype)).double().numpy()
    return values[~np.isnan(values)]


def sample32(bits):
    values = np.concatenate([bits.astype(np.int32).view(np.float32), np.linspace(-110, 110, 20_001, dtype=np.float32)])
    return values[~np.isnan(values)].astype(float)


@lru_cache(maxsize=2)
def double_truth(name, order, pairs, dtype):
    """The numbers of the format, the double results there (checked above) and their condition numbers."""
    params = dict(pairs)
    x = all_patterns(dtype)
    if POINTWISE[name].ends is not None:  # the table of edges has ±∞
        x = x[np.isfinite(x)]
    if order == 1:
        x = x[~np.isin(x, kinks(name, params))]
    value = evaluate(name, order, x, params, "numpy")
    with np.errstate(all="ignore"):
        step = 1e-7
        change = (evaluate(name, order, x * (1 + step), params, "numpy") - value) / step
        condition = np.abs(change / value) + sum(
            np.abs((evaluate(name, order, x, params | {key: full(name, params)[key] * (1 + 1e-6)}, "numpy") - value)
                   / 1e-6 / value) for key in POINTWISE[name].coefficients)
    return x, value, np.where(np.isfinite(condition), condition, 0.0)


def narrow_excess(got, exact, condition, dtype):
    """Error over the bound: the format's rounding, plus (8 + 2κ) ULP of float32, in which 16-bit numbers are computed.

    Double results within one rounding of the format's overflow may go either way; a result below the smallest normal
    number may be flushed to zero.
    """
    digits, smallest, top = FORMATS[dtype]
    limit = 2.0**top
    got, exact = np.clip(got, -limit, limit), np.clip(exact, -limit, limit)
    spacing = oracle.spacing(np.minimum(np.abs(exact), np.nextafter(limit, 0)), digits, smallest)
    ulps = (0.51 if digits < 24 else 0) + (8 + 2 * condition) * 2.0 ** (digits - 24)
    excess = np.abs(got - exact) / spacing / ulps
    small = np.abs(exact) < 2.0 ** (smallest + digits - 1)
    return np.where(small, np.abs(got - exact) / 2.0 ** (smallest + digits - 1), excess)


@pytest.mark.parametrize(("backend", "dtype"), [
    ("numpy", "float16"), ("numpy", "float32"), ("torch", "float16"), ("torch", "bfloat16"), ("torch", "float32")])
@pytest.mark.parametrize("order", ORDERS)
@each_case
def test_shorter_formats(name, params, order, backend, dtype):
    """Every 16-bit number, and a dense sample of float32: no nan, infinite only where the truth overflows, accurate."""
    x, exact, condition = double_truth(name, ORDERS[order], tuple(params.items()), dtype)
    got = evaluate(name, ORDERS[order], x, params, backend, dtype)
    where_nan = x[np.isnan(got)].tolist()
    assert where_nan[:5] == []
    excess = narrow_excess(got, exact, condition, dtype)
    assert (excess <= 1).all(), worst(excess, x, got, exact)


# --------------------------------------------------------------------------------------------------------- the oracle
@each_case
def test_oracle_loses_no_digits(name, params):
    x = points(name, params, 100)
    x = np.concatenate([x[::16 if params else 8], [MAX, -MAX]])
    for function in POINTWISE[name][:2]:
        for point in x:
            values = []
            for digits in (oracle.DIGITS, 3 * oracle.DIGITS):
                with mp.workdps(digits):
                    exact_params = oracle.mpf_params(full(name, params))
                    values.append(mp.mpf(function(mp.mpf(float(point)), **exact_params)))
            allowed = mp.mpf("1e-40") * abs(values[1]) + mp.mpf("1e-400")
            assert abs(values[0] - values[1]) <= allowed, f"x={point!r}"


@each_case
def test_oracle_slope_is_the_derivative_of_its_value(name, params):
    exact_params = oracle.mpf_params(full(name, params))
    value, slope = POINTWISE[name][:2]
    for point in np.setdiff1d(np.round(np.linspace(-7.3, 7.3, 25), 3), kinks(name, params)):
        x, step = mp.mpf(float(point)), mp.mpf("1e-25")
        quotient = (value(x + step, **exact_params) - value(x - step, **exact_params)) / (2 * step)
        assert abs(quotient - slope(x, **exact_params)) < mp.mpf("1e-24"), f"x={point!r}"


def test_an_error_of_the_size_of_the_bound_is_noticed(monkeypatch):
    wrong = catalog["tanh"]
    monkeypatch.setattr(wrong, "_function", lambda x: np.tanh(x) * (1 + 3e-15))
    with pytest.raises(AssertionError, match="times the bound"):
        check("tanh", {}, 0, "numpy", QUICK)
