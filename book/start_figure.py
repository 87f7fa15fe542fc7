"""Draws the figure of the start pages: ``python -m book.start_figure`` writes ``book/templates/curves.html``.

Twelve functions with their slopes, as small inline drawings that take the colours of the page.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import actfns
from actfns.plots.colours import colour

FILE = Path(__file__).parent / "templates" / "curves.html"
SHOWN = {
    "binary_step": "step",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softsign": "softsign",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "softplus": "softplus",
    "gelu": "GELU",
    "silu": "SiLU",
    "mish": "Mish",
}
WIDTH, HEIGHT = 100, 76
LEFT, RIGHT, BOTTOM, TOP = -4.0, 4.0, -2.0, 4.0
JUMP = 0.5  # neighbouring points further apart than this are not joined
DARK = np.array([0x12, 0x12, 0x12]) / 255  # background of the dark theme, roughly
READABLE = 4.5


def path(x: np.ndarray, y: np.ndarray) -> str:
    """SVG path through the points that lie inside the tile, broken at jumps."""
    steps, previous = [], None
    for at, value in zip(x, y, strict=True):
        if not BOTTOM <= value <= TOP:
            previous = None
            continue
        joined = previous is not None and abs(value - previous) < JUMP
        column = (at - LEFT) / (RIGHT - LEFT) * WIDTH
        row = (TOP - value) / (TOP - BOTTOM) * HEIGHT
        steps.append(f"{'L' if joined else 'M'}{column:.1f} {row:.1f}")
        previous = value
    return "".join(steps)


def on_dark(hex_colour: str) -> str:
    """The colour, mixed with white until it stands out from the dark background."""
    rgb = np.array([int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    for share in np.linspace(0, 1, 41):
        mixed = rgb + share * (1 - rgb)
        if contrast(mixed, DARK) >= READABLE:
            break
    return "#" + "".join(f"{round(255 * c):02x}" for c in mixed)


def contrast(a: np.ndarray, b: np.ndarray) -> float:
    """Contrast of two colours (components from 0 to 1) as WCAG defines it."""
    bright, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(rgb: np.ndarray) -> float:
    """Relative luminance of an sRGB colour."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def tile(name: str, label: str) -> str:
    """One function: axes, slope (dotted), value, name."""
    function = actfns.catalog[name]
    x = np.linspace(LEFT, RIGHT, 101)
    origin = f"M0 {TOP / (TOP - BOTTOM) * HEIGHT:.1f}H{WIDTH}M{-LEFT / (RIGHT - LEFT) * WIDTH:.1f} 0V{HEIGHT}"
    light = colour(name)
    return (
        f'<figure style="--light:{light};--dark:{on_dark(light)}">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}"><path class="axes" d="{origin}"/>'
        f'<path class="slope" d="{path(x, function.derivative(x))}"/>'
        f'<path class="value" d="{path(x, function(x))}"/></svg>'
        f"<figcaption>{label}</figcaption></figure>"
    )


def drawing() -> str:
    """The whole figure as HTML."""
    tiles = "\n".join(tile(name, label) for name, label in SHOWN.items())
    return f'<div class="curves">\n{tiles}\n</div>\n'


if __name__ == "__main__":
    FILE.write_text(drawing(), "utf8")
    print(f"wrote {FILE}")
