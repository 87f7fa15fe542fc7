"""A unit seen from its inputs: a cloud of points, a hyperplane, and the half-space on which the unit is active."""

import numpy as np

from actfns.plots.colours import ink, tint

ACTIVE, OFF = "#2E6BE0", "#222222"


def half_space(ax, points, weight, bias=0.0, *, colour=ACTIVE, margin=0.15, limits=None):
    """Draw a unit w·x + b over a cloud in the plane; returns the share of points on which it is active.

    The hyperplane w·x + b = 0 is a line, its active side w·x + b > 0 is shaded, and points on that side are filled.

    Args:
        ax: axes, framed anew unless ``limits`` is given as (x from, x to, y from, y to).
        points: (n, 2). weight: the two weights, not both 0. bias: number.
        colour: of the shade and of the active points. margin: room around cloud and origin, as a share of their extent.

    Raises `ValueError` for points that are not in the plane, or for weights that are both 0.

    >>> import matplotlib.pyplot as plt
    >>> _, ax = plt.subplots()
    >>> half_space(ax, [[1.0, 1.0], [2.0, 2.0], [-1.0, -2.0], [0.5, 1.0]], weight=(1, 1))
    0.75
    """
    points, weight = np.asarray(points, dtype=float), np.asarray(weight, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or weight.shape != (2,):
        raise ValueError(f"need points (n, 2) and two weights, got {points.shape} and {weight.shape}")
    if not weight.any():
        raise ValueError("weights that are both 0 have no hyperplane")
    frame = _frame(points, margin) if limits is None else np.asarray(limits, dtype=float)
    active = points @ weight + bias > 0
    _shade(ax, frame, weight, bias, colour)
    ax.plot(*points[~active].T, "o", color="white", markeredgecolor=OFF, markeredgewidth=0.6, markersize=4)
    ax.plot(*points[active].T, "o", color=colour, markeredgecolor="white", markeredgewidth=0.4, markersize=4.5)
    ax.plot(0, 0, "+", color=OFF, markersize=8)
    ax.set(xlim=frame[:2], ylim=frame[2:], aspect="equal")
    return float(active.mean())


def _frame(points, margin):
    """Limits around the points and the origin: where the origin lies is half of the story."""
    both = np.vstack([points, [[0, 0]]])
    low, high = both.min(axis=0), both.max(axis=0)
    room = margin * (high - low).max()
    return np.ravel(np.column_stack([low - room, high + room]))


def _shade(ax, frame, weight, bias, colour):
    """The active side as a pale field with the hyperplane as its edge."""
    xs, ys = np.linspace(*frame[:2], 200), np.linspace(*frame[2:], 200)
    level = weight[0] * xs + weight[1] * ys[:, None] + bias
    if level.max() > 0:
        ax.contourf(xs, ys, level, levels=[0, level.max()], colors=[tint(colour, 0.85)])
    if level.min() < 0 < level.max():
        ax.contour(xs, ys, level, levels=[0], colors=[ink(colour)], linewidths=1.6)
