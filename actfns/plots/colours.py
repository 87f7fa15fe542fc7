"""One colour and one line style per function, the same on every page."""

import zlib
from functools import cache

import numpy as np
from matplotlib.colors import to_hex, to_rgb

from actfns.activation import Activation, catalog

# Told apart with normal sight, deuteranopia and protanopia (CIEDE2000 at least 10, see the tests).
HAND_PICKED = {
    "sigmoid": "#2E6BE0", "tanh": "#43B0E6",
    "relu": "#D8553A", "leaky_relu": "#F0981A",
    "elu": "#25B08F", "selu": "#0C5238",
    "silu": "#901A8C", "gelu": "#CB69A4", "mish": "#440C50",
    "softplus": "#7F5200", "identity": "#6E6E6E", "binary_step": "#111111",
}
SAME_COLOUR = {"swish": "silu", "gelu_tanh": "gelu"}  # the same curve at the default parameters, or nearly
HUES = {  # OKLCH hue in degrees; None is grey
    "relu": 45, "elu": 165, "softplus": 85, "shrink": 115, "sigmoid": 262, "tanh": 232, "self-gated": 328, "gated": 328,
    "multi-input": 20, "glu": 355, "periodic": 195, "learned/adaptive": 300, "learned": 300, "step": None,
}
TINTS = [(0.55, 0), (0.69, 14), (0.42, -14), (0.62, -7)]  # lightness, change of hue
DASHES = ["-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (4, 1.2, 1.2, 1.2, 1.2, 1.2))]
CHROMA = 0.15
ALIKE = 0.09  # OKLab distance below which two lines want different styles
READABLE = 4.5  # contrast of text with white that WCAG AA asks for


def colour(f):
    """The colour of a function (Activation, id, alias, or any callable or label), as "#rrggbb".

    The functions used most have hand-picked colours. Any other function of the catalogue takes the hue of its family
    and a lightness by its place in it; a stranger's colour follows from its name.

    >>> colour("relu"), colour("ReLU")
    ('#d8553a', '#d8553a')
    """
    return look(f)[0]


def dash(f):
    """The line style that goes with `colour`, in matplotlib's notation; solid for the hand-picked ones."""
    return look(f)[1]


def look(f):
    """Colour and line style of a function."""
    name = identify(f)
    name = SAME_COLOUR.get(name, name)
    if name in HAND_PICKED:
        return to_hex(HAND_PICKED[name]), "-"
    if name in catalog:
        return member_look(catalog[name])
    return stranger_colours(name)[0], "-"


def identify(f):
    """The id of a function of the catalogue, else the name of the callable or the text itself."""
    if isinstance(f, Activation):
        return f.id
    name = f if isinstance(f, str) else getattr(f, "__name__", type(f).__name__)
    return catalog[name].id if isinstance(f, str) and f in catalog else name


def member_look(activation):
    """Look of a catalogue function by its place among those members of its family that have no colour by hand."""
    fixed = HAND_PICKED.keys() | SAME_COLOUR.keys()
    siblings = [name for name, a in catalog.items() if a.family == activation.family and name not in fixed]
    looks = family_looks(activation.family)
    return looks[siblings.index(activation.id) % len(looks)]


@cache
def family_looks(family):
    """Colours and line styles for the members of a family, in order; solid ones keep clear of the colours by hand."""
    hue = HUES.get(family, zlib.crc32(family.encode()) % 360)
    shades = [oklch(lightness, 0 if hue is None else CHROMA, (hue or 0) + turn) for lightness, turn in TINTS]
    clear = [all(distance(shade, other) > ALIKE for other in HAND_PICKED.values()) for shade in shades]
    return [(shade, style) for style in DASHES for shade, free in zip(shades, clear) if free or style != "-"]


def stranger_colours(name, count=24):
    """Colours for a function outside the catalogue, best first: hues a golden angle apart, from a start by name."""
    start = zlib.crc32(name.encode())
    return [oklch(TINTS[(start + k) % 4][0], CHROMA, start // 4 + 137.5 * k) for k in range(count)]


def ramp(colour, count):
    """``count`` shades of a colour from light to dark, for one function at several parameters."""
    steps = np.linspace(0.5, -0.5, count) if count > 1 else [0]
    return [tint(colour, step) if step > 0 else to_hex(np.array(to_rgb(colour)) * (1 + step)) for step in steps]


def distance(one, other):
    """How different two colours look: Euclidean distance in OKLab."""
    return float(np.linalg.norm(_oklab(one) - _oklab(other)))


def ink(colour):
    """The colour, darkened as far as text on white needs to be readable (contrast 4.5).

    >>> ink("#ffff00")
    '#7b7b00'
    """
    linear = _linear(np.array(to_rgb(colour)))
    allowed = 1.05 / READABLE - 0.05
    return to_hex(_gamma(linear * min(1, allowed / luminance(colour))))


def luminance(colour):
    """Relative luminance of a colour, 0 for black and 1 for white (WCAG 2)."""
    return max(float(_linear(np.array(to_rgb(colour))) @ [0.2126, 0.7152, 0.0722]), 1e-9)


def tint(colour, amount):
    """The colour mixed with white: 0 is the colour, 1 white."""
    return to_hex(np.array(to_rgb(colour)) * (1 - amount) + amount)


def oklch(lightness, chroma, hue):
    """sRGB of an OKLCH colour, with as much of the chroma as the screen can show (Ottosson 2020)."""
    direction = np.array([np.cos(np.deg2rad(hue)), np.sin(np.deg2rad(hue))])
    for part in np.linspace(1, 0, 51):
        cone = np.linalg.solve(_LAB_OF_CONE, [lightness, *part * chroma * direction])
        linear = np.linalg.solve(_CONE_OF_RGB, cone**3)
        if linear.min() > -1e-4 and linear.max() < 1 + 1e-4:
            break
    return to_hex(_gamma(linear.clip(0, 1)))


def _oklab(colour):
    return _LAB_OF_CONE @ np.cbrt(_CONE_OF_RGB @ _linear(np.array(to_rgb(colour))))


_CONE_OF_RGB = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                         [0.0883024619, 0.2817188376, 0.6299787005]])
_LAB_OF_CONE = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                         [0.0259040371, 0.7827717662, -0.8086757660]])


def _linear(rgb):
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _gamma(linear):
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).clip(0, 1)
