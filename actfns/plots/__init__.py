"""Figures of the book: one look, one colour per function, symbols and function names instead of prose."""

from actfns.plots.charts import (
    decision_regions,
    heatmap,
    interval,
    path_on_contours,
    points_with_interval,
    ridge,
    saturation,
)
from actfns.plots.colours import colour, dash, ink, ramp, tint
from actfns.plots.curves import curves, legend_above, short_number
from actfns.plots.glyphs import missing_glyphs
from actfns.plots.labels import direct_labels
from actfns.plots.series import label
from actfns.plots.style import png, style
from actfns.plots.tables import property_table
from actfns.plots.tree import family_tree

__all__ = ["colour", "curves", "dash", "decision_regions", "direct_labels", "family_tree", "heatmap", "ink", "interval",
           "label", "legend_above", "missing_glyphs", "path_on_contours", "png", "points_with_interval",
           "property_table", "ramp", "ridge", "saturation", "short_number", "style", "tint"]
