"""The property sheet: one frozen record per function, readable as text, HTML, dictionary or table row."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from . import wording
from .numerics import Cost, cost

Interval = tuple[float, float]


def labels(lang: str = "en") -> dict[str, str]:
    """Column names of the property table: field -> label in "en" or "ko".

    >>> labels("ko")["kinks"]
    '꺾인점'
    """
    return {name: texts[wording.language(lang)] for name, texts in wording.LABELS.items()}


@dataclass(frozen=True, eq=False)
class Measured:
    """What `measure` found out about a function f. Z is a standard normal variable throughout.

    Range
        `inf`, `sup` (±inf allowed) and whether f attains them; `minimum`, `minimum_at` (None where not attained) and
        `minimum_on`, the interval when the value is kept on one; the same for the maximum. Of several places the one
        nearest to 0 is named (of two at ±x the positive one); of an interval its point nearest to 0.
    Shape
        `monotonic` "increasing", "decreasing", "constant" or "no", and `strictly`; `convex` "convex", "concave",
        "affine" or "neither"; `parity` "odd", "even" (also the zero function) or "neither".
    Smoothness
        `continuity`: the last derivative that is continuous everywhere, -1 for a jump, math.inf when none was found
        to jump. `kinks`: where f or one of its first four derivatives jumps, jumps of f included; `kink_orders`: the
        last continuous derivative at each; `jumps`: those where f itself jumps.
    Slope
        `lipschitz`: sup |f'| (inf for a jump, a vertical tangent, unbounded growth); `lipschitz_at`: its place, ±inf
        when it is only approached there, an inner point of `lipschitz_on` when the slope is constant on an interval,
        the kink when it is a one-sided slope (then `lipschitz_attained` is False). `slope_sup`: the same without
        jumps.
    Ends
        `limits`, `slope_limits` (left, right; nan: none), `asymptotes` ((slope, intercept) or None). `saturates_…`:
        f' tends to 0; `saturation_…_at`: from there on |f'| stays below 1 % of `slope_sup` (None where undefined).
    Near 0
        `value_at_0`; `slope_at_0` (nan at a kink), `slopes_at_0` (left, right).
    Averages
        `mean` E f(Z), `second_moment` E f(Z)², `slope_mean` E f'(Z), `slope_second_moment` E f'(Z)² (the last two
        almost everywhere), `gain` 1/√E f²; `zero_centred`: E f(Z) = 0; `takes_both_signs`: a different matter.
    Propagation
        The second-moment map is M(q) = E f(√q Z)². `fixed_points`: q with M(q) = q (from 0 to 2^20) and M'(q) there;
        `fixed_intervals`: where every q is one. `second_moment_map_slope`: q M'(q)/M(q) at q = 1, the slope of the
        map when weights have the forward gain; `chi` = E f'²/E f², the factor of squared gradients at that gain.
        `fixed_points_of_f`, `fixed_intervals_of_f`: f(x) = x for |x| <= 64.
    Numerics
        `finite` (`finite_slope`, if f carries a derivative): for float16, float32, float64 the outermost x, left and
        right, up to which values are finite; `dtypes` returned and `dtype_kept`. `cost` is measured when asked for.
    Honesty
        `checked`: what was only checked numerically, and whatever was odd.
    """

    name: str
    inf: float
    inf_attained: bool
    sup: float
    sup_attained: bool
    minimum: float | None
    minimum_at: float | None
    minimum_on: Interval | None
    maximum: float | None
    maximum_at: float | None
    maximum_on: Interval | None
    monotonic: str
    strictly: bool
    continuity: float
    kinks: tuple[float, ...]
    kink_orders: tuple[int, ...]
    jumps: tuple[float, ...]
    convex: str
    parity: str
    lipschitz: float
    lipschitz_at: float
    lipschitz_on: Interval | None
    lipschitz_attained: bool
    slope_sup: float
    limits: Interval
    slope_limits: Interval
    asymptotes: tuple[Interval | None, Interval | None]
    saturates_left: bool
    saturates_right: bool
    saturation_left_at: float | None
    saturation_right_at: float | None
    value_at_0: float
    slope_at_0: float
    slopes_at_0: Interval
    takes_both_signs: bool
    zero_centred: bool
    mean: float
    second_moment: float
    slope_mean: float
    slope_second_moment: float
    second_moment_map_slope: float
    fixed_points: tuple[float, ...]
    fixed_point_slopes: tuple[float, ...]
    fixed_intervals: tuple[Interval, ...]
    fixed_points_of_f: tuple[float, ...]
    fixed_intervals_of_f: tuple[Interval, ...]
    finite: dict[str, Interval | None]
    finite_slope: dict[str, Interval | None] | None
    dtypes: dict[str, str | None]
    remarks: tuple[tuple[str, dict], ...] = ()
    function: Callable | None = field(default=None, repr=False)

    @property
    def variance(self) -> float:
        """Var f(Z)."""
        return self.second_moment - self.mean**2

    @property
    def gain(self) -> float:
        """1/√E f²: weights of variance gain²/fan-in keep the second moment of the activations at 1."""
        return _inverse_root(self.second_moment)

    @property
    def gain_centred(self) -> float:
        """1/√Var f."""
        return _inverse_root(self.variance)

    @property
    def gain_backward(self) -> float:
        """1/√E f'²: weights of variance gain²/fan-out keep squared gradients."""
        return _inverse_root(self.slope_second_moment)

    @property
    def chi(self) -> float:
        """E f'²/E f²."""
        return self.slope_second_moment / self.second_moment if self.second_moment else math.nan

    @property
    def dtype_kept(self) -> bool:
        """Whether float16, float32 and float64 all come back as they went in."""
        return all(given == got for given, got in self.dtypes.items())

    @property
    def range(self) -> str:
        """The range in interval notation; a function with jumps may leave gaps in it.

        >>> from actfns.measure import measure
        >>> import numpy as np
        >>> measure(np.tanh).range
        '(−1, 1)'
        """
        left, right = "[" if self.inf_attained else "(", "]" if self.sup_attained else ")"
        return f"{left}{wording.value_text(self.inf)}, {wording.value_text(self.sup)}{right}"

    @property
    def cost(self) -> Cost:
        """Time per call as a multiple of copying the array, measured now (see `actfns.measure.cost`)."""
        if self.function is None:
            raise ValueError("this sheet was pickled and lost its function; call actfns.measure.cost(f)")
        return cost(self.function)

    @property
    def checked(self) -> tuple[str, ...]:
        """What was only checked numerically, and oddities, as English sentences."""
        return self.remarks_in("en")

    def remarks_in(self, lang: str) -> tuple[str, ...]:
        """`checked` in "en" or "ko"."""
        return tuple(wording.remark(key, details, lang) for key, details in self.remarks)

    def as_dict(self) -> dict:
        """Every number and word of the sheet by name, in the order of `labels`; one row for pandas.

        ``pandas.DataFrame([measure(f).as_dict() for f in functions])`` is the property table.
        """
        return {name: getattr(self, name) for name in wording.LABELS}

    def row(self, lang: str = "en") -> dict[str, str]:
        """The sheet as text, with labels in "en" or "ko"."""
        texts = {name: wording.value_text(value, lang) for name, value in self.as_dict().items()}
        texts["continuity"] = wording.continuity_text(self.continuity, lang)
        texts["range"], texts["name"] = self.range, self.name
        texts["checked"] = "; ".join(self.remarks_in(lang))
        return {label: texts[name] for name, label in labels(lang).items()}

    def to_html(self, lang: str = "en") -> str:
        """The sheet as one HTML table."""
        cells = "".join(
            f'<tr><th scope="row">{html.escape(label)}</th><td>{html.escape(text)}</td></tr>'
            for label, text in self.row(lang).items()
        )
        return f'<table class="actfns-sheet"><caption>{html.escape(self.name)}</caption><tbody>{cells}</tbody></table>'

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        row = self.row()
        width = max(map(len, row))
        return "\n".join(f"{label:<{width}}  {text}" for label, text in row.items())

    def __eq__(self, other) -> bool:
        """Same content to the last digit; nan equals nan, the function itself does not count."""
        return isinstance(other, Measured) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __getstate__(self):
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "function"}

    def __setstate__(self, state):
        self.__dict__.update(state, function=None)


def _inverse_root(moment):
    if not moment > 0:
        return math.inf if moment == 0 else math.nan
    return 1 / math.sqrt(moment)
