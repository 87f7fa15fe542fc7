"""What a figure needs to know of a function: its label, its values, its slope, its colour."""

import functools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from actfns.activation import Activation, catalog
from actfns.plots.colours import ALIKE, DASHES, colour, distance, look, ramp, stranger_colours


@dataclass(frozen=True)
class Series:
    """A function ready to be drawn; ``value`` and ``slope`` map float64 arrays to float64 arrays of the same shape."""

    label: str
    value: Callable
    slope: Callable | None
    colour: str
    dash: object
    id: str = ""  # of a function of the catalogue


def series(functions):
    """One `Series` per function, no two of them with the same colour and line style.

    A function is an Activation, an id or alias, any callable, ``("swish", {"beta": 2})`` for parameters, a
    `functools.partial` of an Activation, or ``("label", callable)``.
    """
    return _told_apart([as_series(f) for f in functions])


def _told_apart(chosen):
    """Shades for one function drawn several times, another colour or line style for what looks too alike."""
    counts = Counter(one.id for one in chosen if one.id)
    shades = {name: iter(ramp(colour(name), count)) for name, count in counts.items() if count > 1}
    done = []
    for one in chosen:
        if one.id in shades:
            one = replace(one, colour=next(shades[one.id]))
        elif not one.id:
            free = (c for c in stranger_colours(one.label) if all(distance(c, other.colour) > ALIKE for other in done))
            one = replace(one, colour=next(free, one.colour))
        taken = [other.dash for other in done if distance(one.colour, other.colour) < ALIKE]
        if one.dash in taken:  # by a like colour; with very many lines at least not by the same
            same = [other.dash for other in done if other.colour == one.colour]
            free = [style for used in (taken, same) for style in DASHES if style not in used]
            one = replace(one, dash=free[0] if free else one.dash)
        done.append(one)
    return done


def as_series(f):
    """The `Series` of one function, see `series`."""
    f, text, params = _unpack(f)
    if isinstance(f, str):
        f = catalog[f]
    if isinstance(f, Activation) and f.arity != "pointwise":
        raise ValueError(f"{f.id} takes vectors and has no graph; figures of curves take functions of one number")
    if not callable(f):
        raise TypeError(f"a function is an Activation, an id, a callable or (label, callable), not {f!r}")
    known = isinstance(f, Activation)
    slope = getattr(f, "derivative", None)
    name = label(f, params) if text is None else text
    return Series(name, _on_floats(f, params), slope and _on_floats(slope, params), *look(f if known else name),
                  id=f.id if known else "")


def label(f, params=None):
    """Short name of a function for a figure, the same in both languages.

    >>> label("swish", {"beta": 2}), label("elu")
    ('Swish ($\\\\beta=2$)', 'ELU')
    """
    f = catalog[f] if isinstance(f, str) and f in catalog else f
    if not isinstance(f, Activation):
        name = f if isinstance(f, str) else getattr(f, "__name__", type(f).__name__)
        return "$f$" if name == "<lambda>" else name
    name = re.sub(r" \([^()]*\)$", "", f.name)  # "ReLU (rectified linear unit)" → "ReLU"
    values = ", ".join(f"{f.params[key].symbol}={value:.3g}" for key, value in (params or {}).items())
    return f"{name} (${values}$)" if values else name


def _unpack(f):
    """Function, label (or None) and parameters of any form a function may be given in."""
    if isinstance(f, Series):
        return f.value, f.label, {}
    if isinstance(f, functools.partial) and isinstance(f.func, Activation) and not f.args:
        return f.func, None, f.keywords
    if not isinstance(f, tuple):
        return f, None, {}
    if len(f) == 2 and isinstance(f[1], dict):
        return *_unpack(f[0])[:2], f[1]
    if len(f) == 2 and isinstance(f[0], str):
        inner, _, params = _unpack(f[1])
        return inner, f[0], params
    raise TypeError(f'a tuple is (function, parameters) or ("label", function), not {f!r}')


def _on_floats(f, params):
    """``f`` with its parameters, from float64 arrays to float64 arrays; constants are spread out."""

    def value(x):
        with np.errstate(all="ignore"):
            y = np.asarray(f(np.asarray(x, dtype=float), **params), dtype=float)
        if y.shape not in ((), np.shape(x)):
            raise ValueError(f"the function returned shape {y.shape} for an input of shape {np.shape(x)}; "
                             "a function in a figure works elementwise")
        return np.broadcast_to(y, np.shape(x))

    return value
