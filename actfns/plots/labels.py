"""Names written at the ends of lines, moved apart just as far as needed."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

from actfns.plots.colours import ink

GAP = 5  # points between axes and label


def direct_labels(ax, *, lines=None, size=None):
    """Write each line's label at its right end, in its colour, instead of a legend; returns the `EndLabels`.

    ``lines``: the lines to name, by default all with a label. Labels that would overlap move apart vertically, as
    little as possible in the sense of least squares; a moved label is tied to its line by a thin leader. Positions are
    computed when the figure is drawn, so later changes of limits or layout are fine.

    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> lines = ax.plot([0, 1], [[0, 0], [1, 1]], label=["a", "b"])
    >>> len(direct_labels(ax).texts)
    2
    """
    chosen = [line for line in (ax.get_lines() if lines is None else lines) if not line.get_label().startswith("_")]
    return ax.add_artist(EndLabels(ax, chosen, size))


class EndLabels(Artist):
    """The labels at the right ends of the lines of one axes; ``texts`` in the order of the lines."""

    def __init__(self, ax, lines, size=None):
        super().__init__()
        self.set_figure(ax.figure)
        self.ax, self.lines = ax, lines
        self.set_clip_on(False)
        self.set_zorder(4)
        self.texts, self.leaders = [], []
        for line in lines:
            colour = line.get_color()
            self.texts.append(self._own(Text(text=line.get_label(), color=ink(colour), fontsize=size, va="center")))
            self.leaders.append(self._own(Line2D([], [], color=colour, linewidth=0.8, solid_capstyle="butt")))

    def _own(self, artist):
        artist.set_figure(self.ax.figure)
        artist.set_transform(IdentityTransform())
        return artist

    def get_children(self):
        return [*self.texts, *self.leaders]

    def place(self, renderer):
        """Put the labels where they belong in the current layout.

        Returns how far each moved and the gaps between neighbouring line ends, both in heights of a label.
        """
        if not self.lines:
            return np.zeros(0), np.zeros(0)
        ends = np.array([self._end(line) for line in self.lines])
        heights = np.array([text.get_window_extent(renderer).height for text in self.texts])
        places = spread(ends[:, 1], 1.06 * heights)
        gap = renderer.points_to_pixels(GAP)
        for text, leader, (x, y), goal in zip(self.texts, self.leaders, ends, places):
            moved = abs(goal - y) > 0.25 * heights.mean()
            edge = self.ax.bbox.x1 + gap
            text.set_position((edge + moved * 2.2 * gap, goal))
            leader.set_data(*([[x + gap / 3, edge + 1.8 * gap], [y, goal]] if moved else [[], []]))
        return np.abs(places - ends[:, 1]) / heights, np.diff(np.sort(ends[:, 1])) / heights.mean()

    def _end(self, line):
        """Last point of the line inside the axes' limits, in pixels."""
        xy = line.get_xydata()
        xy = xy[np.isfinite(xy).all(axis=1)]
        inside = xy[(xy[:, 0] >= min(self.ax.get_xlim())) & (xy[:, 0] <= max(self.ax.get_xlim()))]
        points = self.ax.transData.transform(inside if len(inside) else xy[-1:])
        if not len(points):
            return self.ax.bbox.x1, self.ax.bbox.y0
        x, y = points[points[:, 0].argmax()]
        return x, np.clip(y, self.ax.bbox.y0, self.ax.bbox.y1)

    def draw(self, renderer):
        if self.get_visible():
            self.place(renderer)
            for child in self.get_children():
                child.draw(renderer)
        self.stale = False

    def get_window_extent(self, renderer=None):
        renderer = renderer or self.ax.figure.canvas.get_renderer()
        self.place(renderer)
        return Bbox.union([text.get_window_extent(renderer) for text in self.texts] or [self.ax.bbox])

    def get_tightbbox(self, renderer=None):
        return self.get_window_extent(renderer)


def spread(wanted, sizes):
    """Centres closest to ``wanted`` (least squares) of intervals of the given sizes that do not overlap.

    >>> spread([0.0, 0.0, 10.0], [2.0, 2.0, 2.0])
    array([-1.,  1., 10.])
    """
    wanted, sizes = np.asarray(wanted, float), np.asarray(sizes, float)
    order = np.argsort(wanted, kind="stable")
    stacked = np.cumsum(sizes[order]) - sizes[order] / 2  # centres if all touch; what remains must not decrease
    blocks = []
    for rest in wanted[order] - stacked:
        blocks.append([rest, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (b, m), (a, n) = blocks.pop(), blocks.pop()
            blocks.append([(a * n + b * m) / (n + m), n + m])
    centres = np.empty(len(wanted))
    centres[order] = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks]) + stacked
    return centres
