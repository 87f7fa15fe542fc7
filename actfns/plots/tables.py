"""Measured properties of many functions as a picture: functions down, properties across, symbols in the cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, isinf, isnan

import matplotlib.pyplot as plt

from actfns.activation import Activation, catalog
from actfns.plots.series import Series, as_series

WIDTH, ROW, GAP = 6.2, 0.27, 0.09  # inches: figure, row, space between families
LEFT, FIRST, LAST = 0.5, 1.95, 5.65  # inches from the left: names, cells, end of cells
INK, PALE, RULE = "#333333", "#b8b8b8", "#ececec"
YES, NO = "●", "○"
UNKNOWN = "–"
SYMBOLS = ("↗", "↘", "→", r"$\cup$", r"$\cap$")


@dataclass(frozen=True)
class Column:
    """One property: ``cell`` turns a `Measured` into a symbol or text; ``header`` by language, None for symbols.

    ``share`` is the room it takes, 1 for a symbol.
    """

    cell: object
    header: dict = field(default_factory=dict)
    share: float = 1


def property_table(functions, columns=None, *, lang=None):
    """Draw the property table of functions; returns its axes.

    ``functions``: any of the forms that `actfns.plots.curves` takes (they are measured here), or pairs
    ``(function, measured)``, or a mapping function → ``Measured``. ``columns``: keys of `COLUMNS`, or names of numeric
    fields of ``Measured``. ``lang``: "ko" or "en" for headers in words; without it they are formulas, so that both
    languages share the figure. A filled dot means yes, an empty one no, a dash unknown; nothing depends on colour.

    ``ax.cells`` maps (function's label, column) to what stands in the cell.

    >>> property_table(["tanh", "relu"], ["continuity", "bounded_above"]).cells["ReLU", "bounded_above"]
    '○'
    """
    rows = [_row(item) for item in (functions.items() if isinstance(functions, Mapping) else functions)]
    keys = list(DEFAULT if columns is None else columns)
    chosen = [COLUMNS.get(key) or _number_column(key) for key in keys]
    figure = plt.figure(figsize=(WIDTH, 1))
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, WIDTH)
    places = _places(chosen)
    ax.cells, bottom = {}, 0.0
    for (one, measured), before in zip(rows, [None, *rows]):
        bottom -= ROW + (GAP if before and _family(before[0]) != _family(one) else 0)
        _draw_name(ax, one, bottom)
        for key, column, x in zip(keys, chosen, places):
            text = ax.cells[one.label, key] = column.cell(measured)
            _draw_cell(ax, text, x, bottom)
    top = _draw_headers(ax, [column.header.get(lang, column.header[None]) for column in chosen], places)
    ax.set_ylim(bottom - 0.2, top)
    figure.set_size_inches(WIDTH, top - bottom + 0.2)
    return ax


def _row(item):
    """Series and `Measured` of one row."""
    if isinstance(item, tuple) and hasattr(item[1], "continuity"):
        f, measured = item
        known = callable(f) or f in catalog
        return (as_series(f) if known else as_series((f, lambda x: x))), measured
    from actfns.measure import measure

    one = as_series(item)
    f = catalog[item] if isinstance(item, str) else item
    return one, measure(f if isinstance(f, Activation) else one.value)


def _family(one: Series):
    return catalog[one.id].family if one.id else ""


def _places(columns):
    """x of the cells' centres, in inches."""
    shares = [column.share for column in columns]
    unit = (LAST - FIRST) / sum(shares)
    edges = [FIRST + unit * sum(shares[:k]) for k in range(len(shares) + 1)]
    return [(a + b) / 2 for a, b in pairwise(edges)]


def _draw_name(ax, one, y):
    ax.plot([0.08, LEFT - 0.12], [y, y], color=one.colour, linestyle=one.dash, linewidth=2.5)
    ax.text(LEFT, y, one.label, va="center", fontsize=10)
    ax.plot([LEFT, WIDTH - 0.05], [y - ROW / 2] * 2, color=RULE, linewidth=0.7)


def _draw_cell(ax, text, x, y):
    if text in (YES, NO):
        shade = INK if text == YES else PALE
        ax.plot([x], [y], "o", color=shade, markerfacecolor=INK if text == YES else "white", markersize=6.5)
    else:
        ax.text(x, y, text, ha="center", va="center", fontsize=12 if text in SYMBOLS else 9.5, color=INK)


def _draw_headers(ax, headers, places):
    """Slanted headers above the first row; returns the height they reach, in inches."""
    base = -ROW / 2 + 0.08
    texts = [ax.text(x - 0.04, base, header, rotation=55, rotation_mode="anchor", fontsize=9.5, color=INK)
             for x, header in zip(places, headers)]
    renderer = ax.figure.canvas.get_renderer()
    return max(text.get_window_extent(renderer).height for text in texts) / ax.figure.dpi + base + 0.06


def _flag(name):
    return lambda m: {None: UNKNOWN, True: YES, False: NO}[getattr(m, name)]


def _number_column(name):
    return Column(lambda m: _number(getattr(m, name)), {None: name}, share=1.4)


def _number(value):
    """Three digits, with a true minus sign and ∞; booleans become dots."""
    if value is None or isinstance(value, bool):
        return {None: UNKNOWN, True: YES, False: NO}[value]
    if not isinstance(value, (int, float)) or isnan(value):
        return UNKNOWN
    text = "∞" if isinf(value) else f"{abs(value):.3g}"
    return ("\N{MINUS SIGN}" if value < 0 else "") + text


def _range(m):
    opening, closing = "[" if m.inf_attained else "(", "]" if m.sup_attained else ")"
    return f"{opening}{_number(float(m.inf))}, {_number(float(m.sup))}{closing}"


def _smoothness(m):
    return r"$C^{\infty}$" if m.continuity == inf else f"$C^{{{int(m.continuity)}}}$"


def _convexity(m):
    return {True: r"$\cup$", "convex": r"$\cup$", "concave": r"$\cap$", "affine": "/"}.get(m.convex, NO)


COLUMNS = {
    "range": Column(_range, {None: r"$f(\mathbb{R})$", "en": "range", "ko": "치역"}, share=2.3),
    "bounded_below": Column(lambda m: YES if m.inf > -inf else NO,
                            {None: r"$f>-\infty$", "en": "bounded below", "ko": "아래로 유계"}),
    "bounded_above": Column(lambda m: YES if m.sup < inf else NO,
                            {None: r"$f<\infty$", "en": "bounded above", "ko": "위로 유계"}),
    "monotonic": Column(lambda m: {"increasing": "↗", "decreasing": "↘", "constant": "→"}.get(m.monotonic, NO),
                        {None: r"$f\nearrow$", "en": "monotonic", "ko": "단조"}),
    "continuity": Column(_smoothness, {None: r"$f\in C^k$", "en": "smoothness", "ko": "매끄러움"}),
    "convex": Column(_convexity, {None: r"$f''\geq 0$", "en": "convex", "ko": "볼록"}),
    "odd": Column(lambda m: YES if m.parity == "odd" else NO,
                  {None: r"$f(-x)=-f(x)$", "en": "odd", "ko": "기함수"}),
    "zero_centred": Column(_flag("zero_centred"),
                           {None: r"$\mathbb{E}f=0$", "en": "zero-centred", "ko": "0 중심"}),
    "saturates_left": Column(_flag("saturates_left"),
                             {None: r"$f\,'(-\infty)=0$", "en": "saturates left", "ko": "왼쪽 포화"}),
    "saturates_right": Column(_flag("saturates_right"),
                              {None: r"$f\,'(+\infty)=0$", "en": "saturates right", "ko": "오른쪽 포화"}),
    "gain": Column(lambda m: _number(m.gain), {None: r"$1/\sqrt{\mathbb{E}f^2}$", "en": "gain", "ko": "이득"},
                   share=1.4),
    "lipschitz": Column(lambda m: _number(m.lipschitz),
                        {None: r"$\max|f\,'|$", "en": "Lipschitz", "ko": "립시츠 상수"}, share=1.4),
}
DEFAULT = ("range", "bounded_below", "bounded_above", "monotonic", "continuity", "convex", "zero_centred",
           "saturates_left", "saturates_right")
