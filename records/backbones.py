"""The survey of published architectures, executed.

Every model of actfns/survey/backbones.yml is built from its library's code, without weights, on the meta device (on the
CPU where its course depends on numbers), and run once. Kept are the activation functions that were executed, by
operation and by role, the number of parameters and the versions of the libraries (requirements-survey.txt, in the
folder that ACTFNS_SURVEY_LIBRARIES names).
"""

import warnings

from actfns.lab import records
from actfns.survey.executing import execute, grid


def measure(row, model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return execute(row, model)


if __name__ == "__main__":
    records.make(__file__, measure, grid(), {"mode": "evaluation, without gradients"}, jobs=1)
