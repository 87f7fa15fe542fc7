"""The property sheet of any function: `measure(f)` for built-in and strangers' activation functions alike.

>>> import numpy as np
>>> sheet = measure(lambda x: x / (1 + np.exp(-x)), name="silu")
>>> print(f"{sheet.minimum:.6f} at {sheet.minimum_at:.6f}, Lipschitz constant {sheet.lipschitz:.6f}")
-0.278465 at -1.278465, Lipschitz constant 1.099839
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from actfns._measure import gaussian, numerics, shape
from actfns._measure.chart import Chart, draw
from actfns._measure.kinks import HIGHEST
from actfns._measure.noise import REACH
from actfns._measure.numerics import Cost, cost
from actfns._measure.sampling import FLOATS, Pointwise
from actfns._measure.sheet import Measured, labels
from actfns.activation import catalog

__all__ = ["Cost", "Measured", "cost", "labels", "measure"]


def measure(f, *, name: str | None = None, params: dict | None = None, resolution: float = 0.125) -> Measured:
    """Compute the property sheet of a real function of one variable.

    Parameters
    ----------
    f
        A name of the catalogue, or any callable that maps an array to an array of the same shape, entry by entry.
        Functions of a single Python float and functions of torch tensors are wrapped. f sees copies only; nothing
        about it is looked up.
    name
        Name on the sheet; by default that of the function.
    params
        Keyword arguments passed to f at every call.
    resolution
        Width of the first panels on |x| < 10, at most 1. Each has 16 nodes, and 16384 more points on |x| < 12 check
        them: features wider than 0.002, or than a tenth of this width, are seen there.

    Method
    ------
    The line up to |x| = 2^30 is covered with panels on which f is a Legendre series of degree 15; panels are halved
    until the last coefficients reach rounding level (the noise of f is measured with difference tables). Where
    halving never ends, one-sided fits decide which derivative jumps, and their intersection where. Fresh panels
    between these places give f, f' and f'' with error estimates; extrema are bisected roots of f' and f'', a sign
    counts only when it exceeds its error eightfold. Averages are Gauss-Legendre sums over the same panels, split at
    the kinks. Limits come from points in geometric progression, accelerated by Aitken's formula.

    Limits of the method
    --------------------
    Finitely many values cannot prove a property of all x: `Measured.checked` says what was only checked. Derivatives
    are compared up to order four. Steps below 1e-8 of the typical size are taken for rounding. A value approached
    ever closer and reached only by rounding counts as not attained; one kept on a whole piece between kinks is.

    Raises
    ------
    TypeError
        f cannot be called with arrays, floats or tensors, or does not return real numbers.
    ValueError
        f returns another shape, is not pointwise (softmax), is random, or has no finite values.

    Examples
    --------
    >>> sheet = measure(lambda x: np.clip(x, -0.37, 25))
    >>> sheet.kinks, sheet.range, sheet.monotonic, sheet.continuity
    ((-0.37, 25.0), '[−0.37, 25]', 'increasing', 0)
    """
    if isinstance(f, str):
        f = catalog[f]
    if not 0 < resolution <= 1:
        raise ValueError(f"resolution must lie in (0, 1], got {resolution}")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chart = draw(Pointwise(f, params, name), resolution)
        return _sheet(chart, f if not params else None, resolution)


def _sheet(chart: Chart, function, resolution) -> Measured:
    low, high = shape.value_range(chart)
    lipschitz, steepest = shape.steepest(chart)
    word, strictly = shape.monotonicity(chart)
    averages = gaussian.moments(chart)
    points, intervals = shape.own_fixed_points(chart)
    derivative = _carried_derivative(chart)
    dtypes = numerics.returned_dtypes(chart.f)
    left, right = (shape.saturation(chart, side, steepest.bound) for side in (-1, 1))
    value = float(chart.f(np.zeros(1))[0]) + 0.0
    slopes = _slopes_at_zero(chart)
    scale = math.sqrt(averages.second) if averages.second >= 0 else math.nan
    return Measured(
        name=chart.f.name,
        inf=low.bound,
        inf_attained=low.attained,
        sup=high.bound,
        sup_attained=high.attained,
        **_extremum("minimum", low),
        **_extremum("maximum", high),
        monotonic=word,
        strictly=strictly,
        **_smoothness(chart),
        convex=shape.convexity(chart),
        parity=shape.parity(chart),
        lipschitz=lipschitz.bound,
        lipschitz_at=lipschitz.at,
        lipschitz_on=lipschitz.on,
        lipschitz_attained=lipschitz.attained,
        slope_sup=steepest.bound,
        **_ends(chart),
        saturates_left=left[0],
        saturates_right=right[0],
        saturation_left_at=left[1],
        saturation_right_at=right[1],
        value_at_0=value,
        slope_at_0=slopes[0] if slopes[0] == slopes[1] else math.nan,
        slopes_at_0=slopes,
        takes_both_signs=bool(low.bound < 0 < high.bound),
        zero_centred=bool(abs(averages.mean) <= 1e-10 * scale),
        mean=averages.mean,
        second_moment=averages.second,
        slope_mean=averages.slope_mean,
        slope_second_moment=averages.slope_second,
        second_moment_map_slope=averages.map_slope,
        fixed_points=averages.fixed_points,
        fixed_point_slopes=averages.fixed_slopes,
        fixed_intervals=averages.fixed_intervals,
        fixed_points_of_f=points,
        fixed_intervals_of_f=intervals,
        finite={dtype: numerics.finite_range(chart.f, dtype) for dtype in FLOATS},
        finite_slope=derivative and {dtype: numerics.finite_range(derivative, dtype) for dtype in FLOATS},
        dtypes=dtypes,
        remarks=tuple(_remarks(chart, averages, derivative, dtypes, resolution)),
        function=function,
    )


def _extremum(name, extremum):
    """The three fields of a minimum or maximum; None where it is not attained."""
    kept = extremum.attained
    values = (extremum.bound, extremum.at, extremum.on) if kept else (None, None, None)
    return dict(zip((name, f"{name}_at", f"{name}_on"), values, strict=True))


def _smoothness(chart):
    places = {k.x: k.order for k in chart.kinks} | dict.fromkeys(chart.lonely, -1)
    kinks = tuple(sorted(places))
    return {
        "kinks": kinks,
        "kink_orders": tuple(places[x] for x in kinks),
        "jumps": tuple(x for x in kinks if places[x] == -1),
        "continuity": min(places.values(), default=math.inf),
    }


def _ends(chart):
    nothing = (math.nan, math.nan, math.nan)
    ends = [(t.limit.value, chart.slope_limit(t), t.intercept) if t is not None else nothing for t in chart.tails]
    return {
        "limits": tuple(float(e[0]) for e in ends),
        "slope_limits": tuple(float(e[1]) for e in ends),
        "asymptotes": tuple((float(e[1]), float(e[2])) if math.isfinite(e[2]) else None for e in ends),
    }


def _slopes_at_zero(chart):
    if chart.domain.around(0.0) is None or any(k.x == 0 for k in chart.jumps):
        return (math.nan, math.nan)
    left, right = gaussian.slopes_at_zero(chart)
    middle = (left + right) / 2
    return (left, right) if abs(left - right) > 1e-9 * max(chart.noise.steepness, abs(middle)) else (middle, middle)


def _carried_derivative(chart):
    """The derivative that f carries (an `Activation` does), wrapped like f itself; None if there is none."""
    own = getattr(chart.f.function, "derivative", None)
    return chart.f.companion(own) if callable(own) else None


def _remarks(chart, averages, derivative, dtypes, resolution):
    yield from chart.f.notes
    yield from _oddities(chart)
    yield from _end_remarks(chart)
    yield from _average_remarks(chart, averages)
    if derivative is not None:
        yield from _derivative_mismatch(chart, derivative)
    yield from (("dtype", {"given": a, "got": b}) for a, b in dtypes.items() if a != "float64" and b not in (None, a))
    if not chart.kinks and not chart.lonely:
        yield "smooth_to", {"order": HIGHEST}
    if any(t is not None and math.isnan(chart.slope_limit(t)) for t in chart.tails):
        yield "many_fixed", {}
    yield "sampled", {"count": chart.f.evaluations, "width": min(resolution / 10, 0.002), "far": 0.02}


def _oddities(chart):
    for low, high, kind in chart.domain.outside:
        if min(abs(low), abs(high)) < REACH:  # farther out, overflow is shown by `finite`
            yield "outside", {"low": low, "high": high, "kind": kind}
    holes = sorted(chart.domain.holes, key=lambda hole: abs(hole[0]))
    yield from (("hole", {"x": x, "kind": kind}) for x, kind in holes[:4])
    yield from (("lonely", {"x": x}) for x in chart.lonely)
    yield from (("micro", {"x": x, "step": step}) for x, step in chart.micro)
    yield from (("steep", {"x": k.x, "step": k.step}) for k in chart.kinks if k.steep)
    near = [w for w in chart.wild if min(abs(w[0]), abs(w[1])) < REACH / 2]
    yield from (("wild", {"low": low, "high": high}) for low, high in near[:4])


def _end_remarks(chart):
    for tail in chart.tails:
        if tail is None:
            continue
        side = {"side": tail.side}
        if tail.reach < REACH:
            yield "extrapolated", side | {"reach": tail.reach}
        if not (tail.limit.sure and tail.slope.sure):
            yield "unsure_limit", side
        if math.isnan(tail.limit.value):
            yield "no_limit", side
        beyond = numerics.trend_break(chart.f, tail)
        if beyond is not None:
            yield "trend_break", side | {"x": beyond}


def _average_remarks(chart, averages):
    if averages.missing > 1e-15:
        yield "missing", {"mass": averages.missing}
        return
    named = (("f", averages.mean), ("f²", averages.second), ("f′", averages.slope_mean), ("f′²", averages.slope_second))
    if averages.rough > gaussian.ROUGH:
        yield "rough", {"mass": averages.rough}
    known = named if averages.rough <= gaussian.ROUGH else named[:2]
    yield from (("infinite", {"what": what}) for what, value in known if not math.isfinite(value))
    if chart.jumps:
        yield "jump_slope", {}


def _derivative_mismatch(chart, derivative):
    """Compare the carried derivative with the slope of the values at all resolved nodes on |x| < 30."""
    keep = chart.panels.resolved & (np.abs(chart.panels.a) < 30)
    x = chart.panels.nodes[keep]
    d, error, _ = (v[keep, 1:-1] for v in chart.derivatives[1])
    gap = np.abs(derivative(x) - d)
    off = ~(gap <= 20 * error + 1e-6 * (np.abs(d) + 1e-3 * chart.noise.steepness))
    if off.any():
        worst = int(np.argmax(np.where(off, np.nan_to_num(gap, nan=np.inf), 0)))
        yield "derivative", {"gap": float(gap.flat[worst]), "x": float(x.flat[worst])}
