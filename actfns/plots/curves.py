"""A function, its slope and its curvature, drawn honestly."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from actfns.plots.breaks import Graph
from actfns.plots.labels import direct_labels
from actfns.plots.series import series

TITLES = (r"$f(x)$", r"$f\,'(x)$", r"$f\,''(x)$")
AXIS = {"color": "#d9d9d9", "linewidth": 0.8, "zorder": 0}
WIDTH = 6.2  # inches, of every figure: letters come out in one size
CROWDED = 1.0  # heights a label may move before a legend reads better


def curves(*functions, orders=(0, 1, 2), xlim=(-5, 5), ylim=None, layout="row", labels="auto", convention=False,
           axes=None, height=None):
    """Draw f, f′ and f″ of one or more functions, one panel per order; returns the list of axes.

    ``functions``: Activations, ids, callables, ``("swish", {"beta": 2})`` or ``("label", callable)``.
    ``orders``: which of 0, 1, 2 to draw. ``xlim``: the range of x. ``ylim``: one pair for all panels, or order → pair.
    ``layout``: "row" or "column". ``labels``: "ends" (names at line ends), "legend", "none", or "auto" (ends where
    they are far enough apart, else a legend above). ``convention``: also mark, with a filled dot, the slope that
    ``.derivative`` returns where f has none. ``axes``: draw into these instead of a new figure.

    Lines break at jumps: a filled circle is the value there, an open one a limit that is not taken. f′ and f″ do not
    exist at a kink, so both ends are open. f″ comes from the closed form of f′ where there is one, else from
    differences of f that never straddle a kink.

    >>> ax, = curves("relu", orders=[1])
    >>> sum(line.get_gid() == "open" for line in ax.get_lines())
    2
    """
    chosen = series(functions)
    if not chosen:
        raise ValueError('curves needs at least one function, for instance curves("relu")')
    lo, hi = map(float, xlim)
    axes = _panels(len(orders), layout, height) if axes is None else list(np.ravel(axes))
    graphs = [Graph(one, lo, hi) for one in chosen]
    lines = []
    for ax, order in zip(axes, orders, strict=True):
        _furnish(ax, order, (lo, hi), ylim.get(order) if isinstance(ylim, dict) else ylim)
        lines.append([draw_graph(ax, graph, order, convention=convention, zorder=2 + rank / 100)
                      for rank, graph in enumerate(graphs)])
    _show_hidden(lines)
    if layout == "column":
        axes[-1].set_xlabel(r"$x$")
    _name(axes, labels)
    return axes


def draw_graph(ax, graph, order, *, convention=False, zorder=2, **looks):
    """Draw one order of a `Graph`: a single line, interrupted at jumps, with circles at their ends."""
    one = graph.series
    looks = {"color": one.colour, "linestyle": one.dash, "label": one.label, "zorder": zorder} | looks
    pieces = list(graph.pieces(order))
    gap = np.array([np.nan])
    x, y = (np.concatenate([part for piece in pieces for part in (piece[k], gap)][:-1]) for k in (0, 1))
    line, = ax.plot(x, np.where(np.isfinite(y), y, np.nan), **looks)
    for (left_x, left_y), (_, right_y) in pairwise(pieces):
        _mark_jump(ax, graph, order, left_x[-1], left_y[-1], right_y[0], convention, looks)
    return line


def _show_hidden(panels, share=0.45):
    """Widen the lines of a function that later ones cover over much of a panel: both sides of them show."""
    covered = np.maximum.reduce([_covers(lines) for lines in panels])
    for lines in panels:
        for line, above in zip(lines, (covered > share).sum(axis=1)):
            line.set_linewidth(min(line.get_linewidth() + 0.8 * above, 4))


def _covers(lines):
    """Matrix: part of the panel on which the later line lies upon the earlier one."""
    ax = lines[0].axes
    grid, height = np.linspace(*ax.get_xlim(), 200), np.ptp(ax.get_ylim())
    values = np.array([np.interp(grid, *line.get_data()) for line in lines])
    with np.errstate(invalid="ignore"):
        close = np.abs(values[:, None] - values) < 0.008 * height
    return np.triu(close.mean(axis=2), 1)


def _mark_jump(ax, graph, order, at, left, right, convention, looks):
    """Open circles at one-sided limits that are not values, a filled one at the value (of f; of f′ by convention)."""
    value = None
    if order == 0:
        value = float(graph.series.value(np.array([at]))[0])
    elif order == 1 and convention and graph.series.slope:
        value = float(graph.series.slope(np.array([at]))[0])
    for limit in dict.fromkeys(round(y, 9) for y in (left, right) if np.isfinite(y)):
        if value is None or not np.isclose(limit, value, rtol=1e-6, atol=1e-9):
            _circle(ax, at, limit, "white", "open", looks)
    if value is not None and np.isfinite(value):
        _circle(ax, at, value, looks["color"], "filled", looks)


def _circle(ax, x, y, face, kind, looks):
    ax.plot([x], [y], "o", color=looks["color"], markerfacecolor=face, markersize=5, markeredgewidth=1.4, gid=kind,
            zorder=looks["zorder"] + 1, clip_on=False)


def _panels(count, layout, height):
    """A new figure with ``count`` panels that share x."""
    if layout not in ("row", "column"):
        raise ValueError(f'layout is "row" or "column", not {layout!r}')
    shape = (1, count) if layout == "row" else (count, 1)
    tall = height or {"row": 3.4 if count == 1 else 2.6, "column": 0.6 + 1.5 * count}[layout]
    _, axes = plt.subplots(*shape, figsize=(WIDTH, tall), sharex=True)
    return list(np.ravel(axes))


def _furnish(ax, order, xlim, ylim):
    """Title, limits, few ticks, and the coordinate axes as pale lines."""
    ax.set_title(TITLES[order])
    ax.set_xlim(xlim)
    if ylim is not None:
        ax.set_ylim(ylim)
    ax.axhline(0, **AXIS)
    ax.axvline(0, **AXIS)
    ax.margins(y=0.08)
    wide = ax.get_position().width > 0.4
    ax.xaxis.set_major_locator(MaxNLocator(8 if wide else 4, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], min_n_ticks=3))
    ax.xaxis.set_major_formatter(short_number)
    ax.yaxis.set_major_formatter(short_number)


def short_number(value, _=None):
    """A tick label without trailing zeros, with a true minus sign.

    >>> short_number(-0.50)
    '−0.5'
    """
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def _name(axes, labels):
    """Name the curves once per figure, at line ends or in a legend."""
    if labels not in ("auto", "ends", "legend", "none"):
        raise ValueError(f'labels is "auto", "ends", "legend" or "none", not {labels!r}')
    if labels == "legend" or (labels == "auto" and not _ends_are_apart(axes)):
        legend_above(axes)
    elif labels != "none":
        direct_labels(axes[-1])


def _ends_are_apart(axes):
    """Whether labels at the line ends of the last panel would be near their own line and no other."""
    trial = direct_labels(axes[-1])
    if len(axes) > 1 and len(trial.texts) == 1:
        trial.remove()
        return False  # one name for all panels
    figure = axes[-1].figure
    figure.draw_without_rendering()
    moved, gaps = trial.place(figure.canvas.get_renderer())
    trial.remove()
    return moved.max(initial=0) <= CROWDED and gaps.min(initial=1) >= 0.25


def legend_above(axes):
    """One legend above all panels, in as few rows as its width allows; returns the legend."""
    figure = axes[0].figure
    handles, names = axes[0].get_legend_handles_labels()
    for columns in range(len(names), 0, -1):
        legend = figure.legend(handles, names, loc="outside upper left", ncols=columns)
        width = legend.get_window_extent(figure.canvas.get_renderer()).width
        if width <= figure.bbox.width or columns == 1:
            return legend
        legend.remove()
