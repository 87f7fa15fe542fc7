"""The survey: which activation functions published models use, and which ones any model really executes.

>>> import torch
>>> from actfns import survey
>>> survey.observe(torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU6()), (2, 4)).counts["relu6"]
1
"""

from actfns.survey.observation import Observation, Row
from actfns.survey.observing import observe

__all__ = ["Observation", "Row", "observe"]
