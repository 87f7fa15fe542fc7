"""The family tree of the functions: families boxed, variants hanging from their originals by dashed lines."""

from itertools import combinations, pairwise

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

from actfns import facts
from actfns.activation import catalog
from actfns.plots.colours import colour, family_looks, ink
from actfns.plots.series import label

WIDTH, COLUMNS, GUTTER = 6.2, 3, 0.12  # inches: figure, number of columns, space between boxes
ROW, HEAD, PAD, INDENT = 0.185, 0.27, 0.09, 0.17  # inches: row, title of a box, inner margin, one generation
SIZE, TITLE = 8.6, 9.4  # points
MUTED = "#5f5f5f"


def family_tree(functions=None, *, lang=None):
    """Draw the family tree; returns its axes.

    ``functions``: ids or Activations, all of the catalogue if none are given. Each family is a box. A function hangs
    by a dashed line from the one it was made from (``facts.variant_of``); one whose original stands in another box, or
    is not shown, names it behind an arrow. A filled dot marks what the source notes treat. ``lang``: "en" or "ko" for
    the families' names in words; without it their ids.

    ``ax.places`` maps ids to (x, y), ``ax.boxes`` families to their ids, ``ax.links`` lists (original, variant).

    >>> family_tree(["relu", "leaky_relu", "prelu"]).links
    [('relu', 'leaky_relu'), ('leaky_relu', 'prelu')]
    """
    chosen = [catalog[f] if isinstance(f, str) else f for f in (catalog if functions is None else functions)]
    boxes = {}
    for f in chosen:
        boxes.setdefault(f.family, []).append(f)
    boxes = {family: list(_generations(members)) for family, members in boxes.items()}
    columns = _columns(boxes)
    height = max(map(_height, columns)) + 2 * GUTTER
    ax = _sheet(height)
    ax.places, ax.links = {}, []
    ax.boxes = {family: [f.id for f, _ in rows] for family, rows in boxes.items()}
    wide = (WIDTH - (COLUMNS + 1) * GUTTER) / COLUMNS
    for k, column in enumerate(columns):
        top = height - GUTTER
        for family, rows in column:
            _draw_box(ax, family, rows, GUTTER + k * (wide + GUTTER), top, wide, lang)
            top -= _tall(rows) + GUTTER
    return ax


def _generations(members):
    """(function, generation) in the order of the tree: each original followed by its variants."""
    ids = {f.id for f in members}

    def below(parent, depth):
        for f in members:
            if (f.facts.variant_of if f.facts.variant_of in ids else "") == parent:
                yield f, depth
                yield from below(f.id, depth + 1)

    return below("", 0)


def _tall(rows):
    return HEAD + ROW * len(rows) + PAD


def _height(column):
    return sum(_tall(rows) + GUTTER for _, rows in column) - GUTTER


def _columns(boxes):
    """The boxes in order, cut into columns so that the longest is as short as can be."""
    items = list(boxes.items())
    count = min(COLUMNS, len(items))
    cuts = [(0, *inner, len(items)) for inner in combinations(range(1, len(items)), count - 1)]
    splits = [[items[a:b] for a, b in pairwise(cut)] for cut in cuts]
    return min(splits, key=lambda split: max(map(_height, split)))


def _sheet(height):
    figure = plt.figure(figsize=(WIDTH, height))
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set(xlim=(0, WIDTH), ylim=(0, height))
    return ax


def _draw_box(ax, family, rows, left, top, wide, lang):
    edge = ink(family_looks(family)[0][0])
    box = FancyBboxPatch((left, top - _tall(rows)), wide, _tall(rows), boxstyle="round,pad=0,rounding_size=0.06",
                         facecolor="none", edgecolor=edge, linewidth=1.1)
    ax.add_patch(box)
    title = facts.family(family).name[lang] if lang else family
    ax.text(left + PAD, top - HEAD / 2 - 0.01, title, color=edge, fontsize=TITLE, va="center")
    for k, (f, depth) in enumerate(rows):
        _draw_name(ax, f, left + PAD + 0.05 + depth * INDENT, top - HEAD - (k + 0.45) * ROW)


def _draw_name(ax, f, x, y):
    ax.places[f.id] = x, y
    original = f.facts.variant_of
    at_home = original in ax.boxes[f.family]
    if at_home:
        ax.links.append((original, f.id))
        from_x, from_y = ax.places[original]
        ax.plot([from_x, from_x, x - 0.05], [from_y - 0.05, y, y], color=MUTED, linewidth=0.8, dashes=(2.5, 2))
    face = colour(f) if f.facts.notes else "white"
    ax.plot([x], [y], "o", markersize=4, color=colour(f), markerfacecolor=face, markeredgewidth=0.9)
    name = ax.text(x + 0.07, y, label(f), fontsize=SIZE, va="center")
    if original and not at_home:
        text = f"  ← {label(original)}"
        ax.annotate(text, (1, 0.5), xycoords=name, fontsize=SIZE - 1, color=MUTED, va="center")
