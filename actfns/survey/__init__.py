"""The survey: which activation functions published models use, and which ones any model really executes.

>>> import torch
>>> from actfns import survey
>>> survey.observe(torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU6()), (2, 4)).counts["relu6"]
1

The table of architectures is `backbones` (rows) and `table` (pandas); the counts of those that were executed are in
the record "backbones", see `actfns.lab.record`.
"""

from actfns.survey.backbones import Backbone, backbones, table
from actfns.survey.observation import Counts, Observation, Row
from actfns.survey.observing import observe

__all__ = ["Backbone", "Counts", "Observation", "Row", "backbones", "observe", "table"]
