"""What `actfns.lab.watch` counts, and how it is told."""

import html
from dataclasses import dataclass, field

import numpy as np
import torch

COLUMNS = ("layer", "function", "units", "dead", "dead_share", "saturated", "seen")


@dataclass
class WatchedLayer:
    """One activation function at one place of the model, over everything seen since the last reset.

    * ``name``: module in which it happens, with "#2" … for the second place in it; ``function``
    * ``dead_units`` (units,) bool: slope exactly 0 at every value seen, so that no gradient ever passed
    * ``saturated_units`` (units,): share of values with |slope| below a hundredth of the function's largest
    * ``seen``: values per unit, samples × positions
    """

    name: str
    function: str
    dead_units: np.ndarray = field(repr=False)
    saturated_units: np.ndarray = field(repr=False)
    seen: int

    @property
    def units(self):
        """Number of units: channels, or features."""
        return len(self.dead_units)

    @property
    def dead(self):
        """Number of dead units."""
        return int(self.dead_units.sum())

    @property
    def dead_share(self):
        """Share of units that are dead."""
        return self.dead / self.units

    @property
    def saturated(self):
        """Share of all values that are saturated."""
        return float(self.saturated_units.mean())

    @property
    def verdict(self):
        """One sentence."""
        return f"{self.dead} of {self.units} units {_are(self.dead)} dead in layer '{self.name}' ({self.function})"

    def row(self):
        """The line of the table as a dict."""
        return dict(zip(COLUMNS, (self.name, *(getattr(self, name) for name in COLUMNS[1:]))))


class Count:
    """Sums for one place: units with a slope other than 0, and saturated values, per unit."""

    def __init__(self, units, device):
        self.alive = torch.zeros(units, dtype=torch.bool, device=device)
        self.saturated = torch.zeros(units, dtype=torch.int64, device=device)
        self.seen, self.flat = 0, None

    def add(self, slope, axis, flat):
        others = [a for a in range(slope.ndim) if a != axis]
        self.alive |= (slope != 0).any(others)
        self.saturated += (slope.abs() < flat).sum(others)
        self.seen += slope.numel() // slope.shape[axis]

    def layer(self, name, function):
        alive, saturated = self.alive.cpu().numpy(), self.saturated.cpu().numpy()
        return WatchedLayer(name, function, ~alive, saturated / max(self.seen, 1), self.seen)


def verdict(layers):
    """One line about all layers."""
    if not layers:
        return "nothing seen yet: call the model"
    dead = [layer for layer in layers if layer.dead]
    if len(dead) == 1:
        return dead[0].verdict
    total, units = sum(layer.dead for layer in dead), sum(layer.units for layer in layers)
    if not dead:
        return f"none of {units} units in {_layers(len(layers))} is dead"
    worst = max(dead, key=lambda layer: layer.dead_share)
    return f"{total} of {units} units are dead in {len(dead)} of {_layers(len(layers))}; {worst.verdict}"


def to_text(layers, unseen):
    """The table, the verdict and what was not counted, as text."""
    rows = [COLUMNS, *map(_cells, layers)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(width) if k < 2 else cell.rjust(width) for k, (cell, width) in
                       enumerate(zip(row, widths))) for row in rows]
    return "\n".join([*(line.rstrip() for line in lines), *_remarks(layers, unseen)])


def to_html(layers, unseen):
    """The same as an HTML table and a paragraph."""
    head = "".join(f'<th scope="col">{name.replace("_", " ")}</th>' for name in COLUMNS)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(layer)) + "</tr>"
                   for layer in layers)
    remarks = "<br>".join(map(html.escape, _remarks(layers, unseen)))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{remarks}</p>"


def _remarks(layers, unseen):
    return [verdict(layers), *(f"not counted in '{path}': {what}" for path, what in unseen.items())]


def _cells(layer):
    row = layer.row() | {"dead_share": f"{layer.dead_share:.1%}", "saturated": f"{layer.saturated:.1%}"}
    return tuple(map(str, row.values()))


def _are(count):
    return "is" if count == 1 else "are"


def _layers(count):
    return "1 layer" if count == 1 else f"{count} layers"
