"""The book's look, its font, and how figures are stored in a notebook."""

import io
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from PIL import Image

FONT = Path(__file__).parents[1] / "fonts" / "ActfnsSans-Regular.ttf"
SHEET = Path(__file__).with_name("actfns.mplstyle")
def style():
    """Set matplotlib's look for the book; with ``with style():`` only inside the block.

    Call it once at the top of a notebook. The font is registered by file, so Korean letters and minus signs appear on
    every system. In a notebook, figures are stored by `png` and shown at half their pixels: sharp on fine screens.

    >>> import matplotlib.pyplot as plt
    >>> from actfns.plots import style
    >>> with style():
    ...     plt.rcParams["font.family"]
    ['ActfnsSans', 'DejaVu Sans']
    """
    return _Look()


class _Look:
    def __init__(self):
        register_font()
        sheet = mpl.rc_params_from_file(SHEET, use_default_template=False)
        self._before = {key: mpl.rcParams[key] for key in sheet}
        mpl.rcParams.update(sheet)
        _sharpen_notebook()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        mpl.rcParams.update(self._before)

    def _ipython_display_(self):
        """Nothing: a cell that ends in ``style()`` has no output."""


def register_font():
    """Make the shipped font known to matplotlib (once)."""
    if not any(Path(entry.fname) == FONT for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(FONT)


def png(figure):
    """The figure as bytes of a PNG: twice ``figure.dpi``, 64 colours (a quarter of the size), the same bytes each time.

    The whole canvas is stored, not its tight box: figures of one width have letters of one size.
    """
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", dpi=2 * figure.dpi, bbox_inches=None)
    picture = Image.open(full).convert("RGB")
    palette = {"method": Image.Quantize.MAXCOVERAGE, "kmeans": 1, "dither": Image.Dither.NONE}
    picture.quantize(64, **palette).save(small, "PNG", optimize=True)
    return small.getvalue()


def _show(figure):
    """`png` with the size to show it in, as Jupyter wants it; nothing for an empty figure."""
    if not figure.axes and not figure.lines:
        return None
    width, height = figure.get_size_inches() * figure.dpi
    return png(figure), {"width": round(width), "height": round(height)}


def _sharpen_notebook():
    """Let a running notebook with the inline backend store figures by `png`."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is not None:
        import matplotlib_inline.backend_inline  # noqa: F401  (would set its own way of storing figures when it starts)

        shell.display_formatter.formatters["image/png"].for_type(Figure, _show)
