"""The survey: which activation functions published models use, and which ones any model really executes.

>>> import torch
>>> from actfns import survey
>>> survey.observe(torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU6()), (2, 4)).counts["relu6"]
1

The table of architectures is `backbones` (rows) and `table` (pandas). What ran when they were executed is in the record
"backbones": `executed` (every function), `main` (one function an architecture), `shares` (over the years), and as
figures `plot_timeline` and `plot_trend`.
"""

from actfns.survey.backbones import Backbone, backbones, table
from actfns.survey.figures import plot_timeline, plot_trend
from actfns.survey.observation import Counts, Observation, Row
from actfns.survey.observing import observe
from actfns.survey.results import executed, main, shares

__all__ = ["Backbone", "Counts", "Observation", "Row", "backbones", "executed", "main", "observe", "plot_timeline",
           "plot_trend", "shares", "table"]
