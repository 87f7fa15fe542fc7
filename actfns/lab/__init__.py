"""The lab: small experiments in which every result is a distribution over seeds.

A network of n seeds is one batched program: `train` runs all seeds at once, `propagate` looks at untrained depth, and
`interval` and `paired` turn what comes out into statements. Whatever is compared shares its seeds: the same seed
means the same initial weights and the same order of the data, so differences between activation functions are paired.

>>> from actfns import lab
>>> run = lab.train("circles", network=(16,), activation="tanh", seeds=range(8), epochs=30, lr=0.3)
>>> run.test_accuracy.shape
(8, 31)

Needs torch and scikit-learn; every name here is imported with the lab, not with ``actfns``.
"""

from actfns.lab import meanfield, records
from actfns.lab.approximate import Fit, best_fit_error, least_squares, sample_features
from actfns.lab.architectures import cnn, mlp, resnet
from actfns.lab.data import DATASETS, Data, dataset, from_arrays, load_data
from actfns.lab.data.formats import DataFileError, read_idx
from actfns.lab.networks import INITIALISERS, fold, forward, gradients, stack
from actfns.lab.propagation import Propagation, propagate
from actfns.lab.records import Record, record
from actfns.lab.stats import Interval, Paired, holm, interval, paired
from actfns.lab.sweeping.sweep import SweepError, sweep
from actfns.lab.training import Run, train
from actfns.lab.watching.watch import Watch, watch
from actfns.lab.watching.watched import WatchedLayer
from actfns.lab.zigzag import Descent, condition_number, descend, one_signed, per_sample

__all__ = [
    "DATASETS", "INITIALISERS", "Data", "DataFileError", "Descent", "Fit", "Interval", "Paired", "Propagation",
    "Record", "Run", "SweepError", "Watch", "WatchedLayer", "best_fit_error", "cnn", "condition_number", "dataset",
    "descend", "fold", "forward", "from_arrays", "gradients", "holm", "interval", "least_squares", "load_data",
    "meanfield", "mlp", "one_signed", "paired", "per_sample", "propagate", "read_idx", "record", "records", "resnet",
    "sample_features", "stack", "sweep", "train", "watch",
]
