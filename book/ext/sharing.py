"""The picture that others show beside a link to the book: ``_static/share-<language>.png``, drawn at build time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import actfns
from actfns.plots import colour, style
from actfns.plots.style import png
from book.ext.pages import LANGUAGES

WIDTH, HEIGHT = 1200, 630  # pixels, as those who show such pictures ask for
_DPI = 50  # png() stores twice as many
_SHOWN = ("sigmoid", "tanh", "elu", "relu", "gelu", "mish")
_BLUE, _QUIET, _AXES = "#1f5f8b", "#55606a", "#c3ccd4"


def name(language: str) -> str:
    """Where the picture lies in the site.

    >>> name("ko")
    '_static/share-ko.png'
    """
    return f"_static/share-{language}.png"


def picture(title: str, tagline: str) -> bytes:
    """The picture as bytes of a PNG: the title, a sentence, and curves of the catalogue.

    Both texts may hold line breaks; matplotlib breaks no lines by itself.
    """
    with style():
        figure = Figure(figsize=(WIDTH / 2 / _DPI, HEIGHT / 2 / _DPI), dpi=_DPI, layout="none")
        _draw_curves(figure.add_axes((0, 0, 1, 1)))
        figure.text(0.06, 0.89, title, size=36, color=_BLUE, va="top")
        figure.text(0.06, 0.74, tagline, size=16, color=_QUIET, va="top", linespacing=1.5)
        return png(figure)


def _draw_curves(axes):
    axes.set_axis_off()
    axes.set(xlim=(-6.5, 4.5), ylim=(-1.35, 6.4))
    axes.axhline(0, color=_AXES, linewidth=1.5)
    axes.axvline(0, color=_AXES, linewidth=1.5, ymax=0.47)
    x = np.linspace(-6.5, 4.5, 600)
    for function in _SHOWN:
        axes.plot(x, actfns.catalog[function](x), color=colour(function), linewidth=4)


def _write(app, exception):
    if exception is None and app.builder.format == "html":
        for language in LANGUAGES:
            title = app.config.titles.get(language, app.config.html_title)
            drawn = picture(title, app.config.taglines.get(language, ""))
            Path(app.outdir, name(language)).write_bytes(drawn)


def setup(app):
    app.add_config_value("taglines", {}, "html")  # language → what the book is, in a sentence
    app.connect("build-finished", _write)
