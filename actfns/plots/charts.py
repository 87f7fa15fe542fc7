"""Small pieces that chapters put figures together from; each draws into given axes."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap

from actfns.plots.breaks import differentiate
from actfns.plots.colours import ink, luminance, tint
from actfns.plots.series import as_series

CLASSES = ["#2E6BE0", "#F0981A", "#25B08F", "#901A8C"]
MARKERS = ["o", "^", "s", "D"]
SHADE = "#ececec"
HEAT = LinearSegmentedColormap.from_list("heat", ["#f6f6f3", "#c9d8ea", "#7fa6d6", "#3f6fb4", "#16305f"])
MISSING = "#e9dcd3"  # a cell without a value


def interval(ax, x, mean, low, high, label=None, *, colour=None, **looks):
    """Mean line with a band from ``low`` to ``high``; returns the line.

    >>> import matplotlib.pyplot as plt
    >>> _, ax = plt.subplots()
    >>> interval(ax, [0, 1], [1, 2], [0, 1], [2, 3], "relu").get_label()
    'relu'
    """
    line, = ax.plot(x, mean, color=colour, label=label, **looks)
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.18, linewidth=0)
    return line


def points_with_interval(ax, labels, mean, low, high, *, colours=None, marker="o"):
    """One row per label, first on top: a dot at the mean, a bar from ``low`` to ``high``; returns the bars.

    ``colours``: one for all, or one per row.
    """
    rows = np.arange(len(labels))
    colours = [colours] * len(rows) if colours is None or isinstance(colours, str) else list(colours)
    bars = []
    for row, centre, left, right, shade in zip(rows, mean, low, high, colours, strict=True):
        dot, = ax.plot([centre], [row], marker, color=shade, markersize=7, zorder=3)
        bars += ax.plot([left, right], [row, row], color=dot.get_color(), linewidth=2.5, alpha=0.55)
    ax.set_yticks(rows, labels)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return bars


def decision_regions(ax, predict, X, y, *, level=0.5, points=300, margin=0.12):
    """Regions a classifier assigns to the classes, under the data; returns the mesh of pale regions.

    ``predict`` maps points (n, 2) to a class number (integers) or to the probability or score of class 1 (floats,
    compared with ``level``). ``X``: (n, 2); ``y``: class numbers from 0. Classes differ in colour and in marker.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    low, high = X.min(axis=0), X.max(axis=0)
    reach = margin * (high - low).max()
    xs, ys = (np.linspace(a - reach, b + reach, points) for a, b in zip(low, high))
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    answer = np.asarray(predict(grid.reshape(-1, 2))).reshape(points, points)
    classes = (answer > level).astype(int) if answer.dtype.kind == "f" else answer.astype(int)
    count = max(int(y.max()), int(classes.max())) + 1
    mesh = ax.pcolormesh(xs, ys, classes, cmap=ListedColormap([tint(c, 0.78) for c in CLASSES[:count]]), vmin=-0.5,
                         vmax=count - 0.5, shading="nearest", rasterized=True)
    borders = [(answer, level)] if answer.dtype.kind == "f" else [(classes == k, 0.5) for k in range(count)]
    for values, at in borders:
        if values.min() < at < values.max():
            ax.contour(xs, ys, values, levels=[at], colors="#444444", linewidths=0.9)
    for k in range(count):
        ax.plot(*X[y == k].T, MARKERS[k], color=CLASSES[k], markeredgecolor="white", markeredgewidth=0.5, markersize=5)
    ax.set_aspect("equal")
    ax.set(xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return mesh


def saturation(ax, f, *, share=0.01, slope_range=(-50, 50)):
    """Shade where |f′| is below ``share`` of its maximum; returns these zones inside the axes as pairs (left, right).

    The maximum is taken over ``slope_range`` and the axes' limits together.

    >>> import matplotlib.pyplot as plt
    >>> _, ax = plt.subplots()
    >>> _ = ax.set_xlim(-10, 10)
    >>> [(round(a, 2), round(b, 2)) for a, b in saturation(ax, "tanh")]
    [(-10.0, -2.99), (2.99, 10.0)]
    """
    lo, hi = sorted(map(float, ax.get_xlim()))
    slope = _slope(as_series(f), lo, hi)
    wide = np.union1d(np.linspace(min(lo, slope_range[0]), max(hi, slope_range[1]), 20001), np.linspace(lo, hi, 2001))
    steepest = np.nanmax(np.abs(slope(wide)))
    zones = _below(lambda x: np.abs(slope(x)) - share * steepest, lo, hi)
    for left, right in zones:
        ax.axvspan(left, right, color=SHADE, linewidth=0, zorder=0)
    ax.set_xlim(lo, hi)
    return zones


def _slope(one, lo, hi):
    """f′ of a series; without a closed form from differences, which may straddle a kink (a zone's edge is not one)."""
    return one.slope or (lambda x: differentiate(one.value, x, 1, width=hi - lo))


def _below(g, lo, hi, cells=4000):
    """Maximal intervals of [lo, hi] on which g < 0, their ends refined by bisection."""
    x = np.linspace(lo, hi, cells + 1)
    under = g(x) < 0
    change = np.flatnonzero(under[1:] != under[:-1])
    a, b, first = x[change], x[change + 1], under[change]
    for _ in range(50):
        middle = (a + b) / 2
        stay = (g(middle) < 0) == first
        a, b = np.where(stay, middle, a), np.where(stay, b, middle)
    edges = ((a + b) / 2).tolist()
    edges = [lo] * bool(under[0]) + edges + [hi] * bool(under[-1])
    return list(zip(edges[::2], edges[1::2]))


def path_on_contours(ax, function, path, *, levels=9, colour="#D8553A", label=None, xlim=None, ylim=None, points=200):
    """Contours of ``function(x, y)`` and the path of a descent on them; returns the path's line.

    ``path``: (steps + 1, 2). Levels are spaced like squares, so that the contours of a bowl lie evenly. A ring marks
    the start, a dot the last point. ``xlim``, ``ylim``: the frame, by default a little more than the path. A second
    path drawn into the same axes leaves the contours alone.
    """
    path = np.asarray(path, dtype=float)
    if not ax.collections:
        _contours(ax, function, xlim or _around(path[:, 0]), ylim or _around(path[:, 1]), levels, points)
    line, = ax.plot(*path.T, "-", color=colour, linewidth=1.4, marker="o", markersize=2.6, label=label)
    ax.plot(*path[0], "o", color=colour, markerfacecolor="white", markersize=7, markeredgewidth=1.5)
    ax.plot(*path[-1], "o", color=colour, markersize=7)
    return line


def _around(values, margin=0.15):
    """The range of the values and a little more on both sides."""
    reach = margin * max(np.ptp(values), 1e-9)
    return values.min() - reach, values.max() + reach


def _contours(ax, function, xlim, ylim, levels, points):
    xs, ys = np.linspace(*xlim, points), np.linspace(*ylim, points)
    height = np.asarray(function(*np.meshgrid(xs, ys)), dtype=float)
    steps = height.min() + np.ptp(height) * np.linspace(0, 1, levels + 2)[1:-1] ** 2
    ax.contour(xs, ys, height, levels=steps, colors="#b4b4b4", linewidths=0.8)
    ax.set(xlim=xlim, ylim=ylim)


def ridge(ax, samples, labels, *, bins=80, limits=None, colours=None, overlap=0.9):
    """One histogram per row as a filled outline, first row on top; for activations layer by layer.

    ``samples``: a sequence of arrays. Every histogram is scaled to its own highest bin. Returns the outlines' heights,
    an array (rows, bins) with largest value 1 in each row.
    """
    samples = [np.ravel(np.asarray(one, dtype=float)) for one in samples]
    low, high = limits or (min(one.min() for one in samples), max(one.max() for one in samples))
    edges = np.linspace(low, high, bins + 1)
    colours = [colours or CLASSES[0]] * len(samples) if isinstance(colours, (str, type(None))) else list(colours)
    heights = np.array([np.histogram(one, edges)[0] for one in samples], dtype=float)
    heights /= np.maximum(heights.max(axis=1, keepdims=True), 1)
    for row, (height, shade) in enumerate(zip(heights, colours, strict=True)):
        top = -row + overlap * height
        ax.stairs(top, edges, baseline=-row, fill=True, color=tint(shade, 0.55), zorder=row + 1)
        ax.stairs(top, edges, baseline=None, color=ink(shade), linewidth=0.8, zorder=row + 1.5)
    ax.set_yticks(-np.arange(len(samples)), labels)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(low, high)
    return heights


def heatmap(ax, values, rows, columns, *, half=None, limits=None, form=".2f", cmap=HEAT, size=9):
    """A table as colours with the numbers in the cells, first row on top; returns the image.

    One hue from light to dark, so the order of values survives colour blindness and grey print.

    Args:
        values: (rows, columns); a nan is a cell without a value and shows "–".
        rows, columns: their labels.
        half: (rows, columns), half widths of intervals, as a second line "±0.01"; none where it is nan.
        limits: values of the lightest and the darkest colour, by default the smallest and the largest.
        form: format of the numbers. size: size of the letters.

    Raises `ValueError` when the shapes do not fit the labels.

    >>> import matplotlib.pyplot as plt
    >>> _, ax = plt.subplots()
    >>> _ = heatmap(ax, [[0.1, 0.95]], ["zeros"], ["ReLU", "tanh"])
    >>> [text.get_text() for text in ax.texts]
    ['0.10', '0.95']
    """
    values = np.asarray(values, dtype=float)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"{len(rows)} rows and {len(columns)} columns need values of that shape, got {values.shape}")
    half = np.full(values.shape, np.nan) if half is None else np.asarray(half, dtype=float)
    if half.shape != values.shape:
        raise ValueError(f"half widths need the shape of the values {values.shape}, got {half.shape}")
    low, high = limits or (np.nanmin(values), np.nanmax(values))
    ax.set_facecolor(MISSING)
    image = ax.imshow(np.ma.masked_invalid(values), cmap=cmap, vmin=low, vmax=high, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        _write_cell(ax, row, column, value, half[row, column], image, form, size)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.spines[:].set_visible(False)
    return image


def _write_cell(ax, row, column, value, half, image, form, size):
    """The number in black or white, whichever stands out more from the colour below it."""
    below = image.cmap(image.norm(value)) if np.isfinite(value) else MISSING
    shade = "white" if luminance(below) < 0.21 else "#222222"
    text = f"{value:{form}}" if np.isfinite(value) else "–"
    has_half = np.isfinite(half)
    ax.text(column, row - 0.15 * has_half, text, ha="center", va="center", color=shade, fontsize=size)
    if has_half:
        ax.text(column, row + 0.26, f"±{half:{form}}", ha="center", va="center", color=shade, fontsize=0.72 * size)
