"""Surfaces to turn: a picture of them for every reader, and in the website the same view under the reader's hand.

The picture and the script ``book/static/surface.js`` share one geometry: `placed` and `draw_surface` here are `place`
and `drawSurface` there.
"""

import json
import math
from itertools import pairwise

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from actfns.activation import catalog
from actfns.plots.colours import colour, ink
from actfns.plots.series import label as name_of
from actfns.plots.style import _show, png, style

MIME = "text/x-actfns-surfaces"  # a text, so that a last digit may differ on another CPU (see book.comparison)
LARGEST, MOST = 61, 4  # points along an axis, surfaces side by side
ABOVE = 3  # heights of the box up to which values beyond a ceiling are kept, so that the rim is cut straight
HEIGHT = 1.25  # of the box; its floor is 2 wide
VIEW = (-35.0, 36.0)  # degrees: the turn about the vertical axis, and how far the eye is above the floor
LIGHT = (-0.55, -0.35, 0.76)  # towards the light: right, away from the eye, up
STEEP = LinearSegmentedColormap.from_list("steep", ["#1d3a78", "#2e6be0", "#43b0e6", "#a9d6c0", "#f7dc9a"])
FRAME, LETTERS = "#b9b9b9", "#444444"


def turnable(surfaces, a, b=None, *, ceiling=None, log=False, labels=("a", "b", "L"), view=VIEW):
    """Surfaces side by side on one vertical scale and one colour scale; in the website they turn together.

    End a code cell with it, and give the cell ``figure``, ``caption`` and ``alt`` as for any figure. The notebook shows
    a picture; the picture's data travel with it, and the website draws them anew while the reader turns.

    Args:
        surfaces: {title: z} with 1 to 4 arrays (A, B); a title that is the id of a function stands for its name and
            colour. An array alone has no title.
        a, b: coordinates of the rows (A,) and columns (B,), evenly spaced; ``b`` is ``a`` by default. At most 61.
        ceiling: values above are cut off, and the surface is open there. Without one every value must be finite.
        log: whether the vertical axis is logarithmic.
        labels: of the three axes; plain text, Unicode for symbols.
        view: the first view in degrees: the turn about the vertical axis, and the height of the eye (10 to 80).

    Returns a `Turnable`, which a notebook shows. Raises `ValueError` for arrays of other shapes, for nan, and for
    values that the vertical axis cannot show.

    >>> x = np.linspace(-1, 1, 21)
    >>> bowl = x[:, None] ** 2 + 4 * x**2
    >>> turnable({"relu": bowl, "mish": bowl / 2}, x, ceiling=3)
    2 surfaces of 21×21 points to turn: ReLU, Mish; L from 0 to 3
    """
    a = _coordinates(a, "a")
    b = a if b is None else _coordinates(b, "b")
    named = surfaces.items() if hasattr(surfaces, "items") else [("", surfaces)]
    heights = {title: _heights(z, title, (len(a), len(b)), log) for title, z in named}
    if not 1 <= len(heights) <= MOST:
        raise ValueError(f"between 1 and {MOST} surfaces stand side by side, got {len(heights)}")
    if any("$" in text for text in (*heights, *labels)):
        raise ValueError('titles and labels are plain text: write "β" for $\\beta$')
    if not 10 <= view[1] <= 80:
        raise ValueError(f"the eye stands 10 to 80 degrees above the floor, not {view[1]}")
    low, high = _limits(heights, math.log10(ceiling) if log and ceiling is not None else ceiling)
    return Turnable(heights, (a, b), low, high, log, tuple(labels), tuple(map(float, view)))


class Turnable:
    """Surfaces ready to be shown. ``payload`` is what the website gets, ``figure()`` the picture."""

    def __init__(self, heights, coordinates, low, high, log, labels, view):
        scaled = {title: np.clip((z - low) / (high - low), 0, ABOVE) for title, z in heights.items()}
        self.payload = {
            "axes": [[labels[0], *_ends(coordinates[0])], [labels[1], *_ends(coordinates[1])], [labels[2]]],
            "ticks": [[round((at - low) / (high - low), 3), text] for at, text in _ticks(low, high, log)],
            "view": list(view),
            "colours": [to_hex(STEEP(share)) for share in np.linspace(0, 1, 9)],
            "surfaces": [{**_titled(title), "z": z.round(3).tolist()} for title, z in scaled.items()],
        }
        self._said = [f"{10**end:.4g}" if log else f"{end:.4g}" for end in (low, high)]

    def __repr__(self):
        found = self.payload["surfaces"]
        rows, columns = np.shape(found[0]["z"])
        titles = ", ".join(one["title"] for one in found if one["title"])
        count = f"{len(found)} surfaces" if len(found) > 1 else "a surface"
        what = f"{count} of {rows}×{columns} points to turn{': ' if titles else ''}{titles}"
        return f"{what}; {self.payload['axes'][2][0]} from {self._said[0]} to {self._said[1]}"

    def figure(self):
        """The first view as a matplotlib figure, 6.2 inches wide."""
        found = self.payload["surfaces"]
        count = len(found)
        with style():
            figure = Figure(figsize=(6.2, {1: 3.9, 2: 2.9}.get(count, 2.25)))
            for axes, one in zip(figure.subplots(1, count, squeeze=False)[0], found):
                draw(axes, self.payload, one, small=count > 2)
        return figure

    def text(self):
        """The payload as JSON, a row of a surface per line, every height with three decimals."""
        rest = {key: value for key, value in self.payload.items() if key not in ("surfaces", "ticks")}
        ticks = ",".join(f"[{at:.3f},{_json(text)}]" for at, text in self.payload["ticks"])
        found = []
        for one in self.payload["surfaces"]:
            rows = ",\n".join(f"[{','.join(f'{height:.3f}' for height in row)}]" for row in one["z"])
            found.append(f'{_json({key: one[key] for key in one if key != "z"})[:-1]},"z":[\n{rows}]}}')
        return f'{_json(rest)[:-1]},"ticks":[{ticks}],"surfaces":[{",".join(found)}]}}'

    def _repr_png_(self):
        with style():
            return png(self.figure())

    def _repr_mimebundle_(self, include=None, exclude=None):
        with style():
            picture, size = _show(self.figure())
        return {"text/plain": repr(self), "image/png": picture, MIME: self.text()}, {"image/png": size}


def placed(x, y, z, view):
    """Where points of the box are seen: right, up. ``x`` and ``y`` from −1 to 1, ``z`` from 0 to 1; no perspective.

    >>> placed(1, 0, 0.5, (0, 30))
    (1.0, 0.0)
    """
    turn, rise = np.deg2rad(view)
    away = x * math.sin(turn) + y * math.cos(turn)
    return x * math.cos(turn) - y * math.sin(turn), away * math.sin(rise) + (z - 0.5) * HEIGHT * math.cos(rise)


def draw(axes, payload, surface, small=False):
    """Draw one surface in its box into axes."""
    view = payload["view"]
    reach = placed(0, 0, 1, view)[1] + math.sqrt(2) * math.sin(math.radians(view[1]))
    axes.set(xlim=(-1.72, 1.5), ylim=(-reach - 0.08, reach + 0.02), aspect="equal", xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if surface["title"]:
        axes.set_title(surface["title"], color=surface.get("colour", LETTERS), loc="center")
    _draw_box(axes, payload, view, 8 if small else 9.5)
    draw_surface(axes, np.array(surface["z"]), payload, view)


def draw_surface(axes, z, payload, view):
    """Draw the cells of a surface from the farthest to the nearest; returns the collection."""
    rows, columns = z.shape
    x, y = np.linspace(-1, 1, rows)[:, None], np.linspace(-1, 1, columns)
    right, up = placed(x + 0 * y, y + 0 * x, z, view)
    turn = math.radians(view[0])
    i = np.arange(rows - 1)[:: -1 if math.sin(turn) > 0 else 1]  # away = x sin + y cos: largest first
    j = np.arange(columns - 1)[:: -1 if math.cos(turn) > 0 else 1]
    i, j = (part.ravel() for part in np.meshgrid(i, j, indexing="ij"))
    corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
    heights = np.stack([z[at] for at in corners], 1)
    cells = np.stack([np.stack([right[at], up[at]], 1) for at in corners], 1)
    colours = STEEP(np.minimum(heights, 1).mean(1))
    colours[:, :3] = np.clip(colours[:, :3] * _shade(heights, rows, columns, turn)[:, None], 0, 1)
    kept = np.flatnonzero((heights < 1).any(1))
    shapes = [cut_cell(cells[k], heights[k]) if heights[k].max() > 1 else cells[k] for k in kept]
    edges = colours[kept] * [0.8, 0.8, 0.8, 1]
    drawn = PolyCollection(shapes, facecolors=colours[kept], edgecolors=edges, linewidths=0.25)
    return axes.add_collection(drawn)


def cut_cell(corners, heights):
    """The part of a cell that lies below the ceiling (height 1): its corners, (n, 2).

    >>> cut_cell(np.array([[0, 0], [2, 0], [2, 2], [0, 2]]), np.array([0, 0, 2, 2])).tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]]
    """
    found = []
    for (p, low), (q, high) in pairwise([*zip(corners, heights), (corners[0], heights[0])]):
        if low <= 1:
            found.append(p)
        if (low < 1) != (high < 1) and low != high:
            found.append(p + (1 - low) / (high - low) * (q - p))
    return np.array(found, dtype=float)


def _shade(heights, rows, columns, turn):
    """How much of the light each cell returns, 0.75 to about 1.1."""
    p, q, r, s = heights.T * HEIGHT
    along_x, along_y = (q + r - p - s) / 2 * (rows - 1) / 2, (r + s - p - q) / 2 * (columns - 1) / 2
    right, away, up = LIGHT
    light_x, light_y = right * math.cos(turn) + away * math.sin(turn), away * math.cos(turn) - right * math.sin(turn)
    cosine = (up - along_x * light_x - along_y * light_y) / np.sqrt(1 + along_x**2 + along_y**2)
    return 0.75 + 0.35 * np.abs(cosine)


def _draw_box(axes, payload, view, size):
    """Floor, grid lines on the two far walls, names and ends of the axes at the two near edges of the floor."""
    turn = np.deg2rad(view[0])
    far = (1 if math.sin(turn) > 0 else -1, 1 if math.cos(turn) > 0 else -1)
    ends = sorted([(far[0], -far[1]), (-far[0], far[1])], key=lambda c: placed(*c, 0, view)[0])
    line = {"color": FRAME, "linewidth": 0.7, "zorder": 0, "solid_joinstyle": "round"}
    floor = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    axes.plot(*zip(*(placed(x, y, 0, view) for x, y in floor)), **line)
    for x, y in (*ends, far):
        axes.plot(*zip(placed(x, y, 0, view), placed(x, y, 1, view)), **line)
    for at, text in payload["ticks"]:
        wall = [placed(*corner, at, view) for corner in (ends[0], far, ends[1])]
        axes.plot(*zip(*wall), **{**line, "alpha": 0.55})
        axes.annotate(text, wall[0], (-4, 0), textcoords="offset points", ha="right", va="center", size=size,
                      color=LETTERS)
    right, up = placed(*ends[0], 1, view)
    axes.annotate(payload["axes"][2][0], (right, up), (-1, 5), textcoords="offset points", ha="center", va="bottom",
                  size=size + 1, color=LETTERS)
    for name, low, high, spot in near_edges(payload, far):
        for share, text, grown in ((-0.86, low, 0), (0, name, 1), (0.86, high, 0)):
            axes.text(*placed(*spot(share), 0, view), text, ha="center", va="center", size=size + grown, color=LETTERS)


def near_edges(payload, far):
    """(name, low, high, place on the floor as a function of −1…1 along it) of the edges nearest to the eye."""
    first, second = payload["axes"][:2]
    out = 1.2
    return [(*first, lambda share: (share, -far[1] * out)), (*second, lambda share: (-far[0] * out, share))]


def _coordinates(values, name):
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not 3 <= len(values) <= LARGEST:
        raise ValueError(f"{name} needs 3 to {LARGEST} coordinates in a row, got shape {values.shape}")
    steps = np.diff(values)
    if not (np.isfinite(values).all() and np.allclose(steps, steps.mean()) and steps.mean() > 0):
        raise ValueError(f"{name} must rise in even steps, as numpy.linspace gives them")
    return values


def _heights(z, title, shape, log):
    z = np.asarray(z, dtype=float)
    named = f" of {title!r}" if title else ""
    if z.shape != shape:
        raise ValueError(f"the surface{named} needs the shape {shape} of its coordinates, got {z.shape}")
    if np.isnan(z).any():
        raise ValueError(f"the surface{named} has nan at {int(np.isnan(z).sum())} points: say what stands there")
    if log and z.min() <= 0:
        raise ValueError(f"the surface{named} has {z.min():.4g}, and a logarithmic axis shows positive values only")
    return np.log10(z) if log else z


def _limits(heights, ceiling):
    """Lower and upper end of the vertical scale that all surfaces share."""
    low = min(float(z.min()) for z in heights.values())
    high = max(float(z.max()) for z in heights.values()) if ceiling is None else ceiling
    if not math.isfinite(low) or not math.isfinite(high):
        raise ValueError("a surface has infinite values: give a ceiling to cut them off")
    if ceiling is not None and ceiling <= low:
        raise ValueError(f"nothing lies below the ceiling {ceiling:.4g}")
    return low, high if high > low else low + 1


def _ticks(low, high, log):
    """(height, text) of the numbers on the vertical axis."""
    if not log:
        places = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        return [(at, _short(at)) for at in places if low <= at <= high]
    wide = high - low > 2.5
    places = LogLocator(subs=[1] if wide else [1, 2, 5], numticks=6).tick_values(10**low, 10**high)
    return [(math.log10(at), f"{at:.4g}") for at in places if low <= math.log10(at) <= high]


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _ends(values):
    return [_short(values[0]), _short(values[-1])]


def _short(value):
    """A coordinate as text, with the true minus sign.

    >>> _short(-0.5), _short(2.0)
    ('−0.5', '2')
    """
    return f"{round(value, 10) + 0.0:.4g}".replace("-", "−")


def _titled(title):
    """Title as shown, with the colour of the function it stands for."""
    if title not in catalog:
        return {"title": str(title)}
    return {"title": name_of(title), "colour": ink(colour(title))}
