"""Data sets for the lab: handwriting and two-dimensional toys, all made or stored locally."""

from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

SCALES = ("standardised", "centred", "unit", "raw")


@dataclass(frozen=True)
class Data:
    """A data set split into training and test part.

    ``X_train`` (samples, features) and ``X_test`` are float64; ``y_train`` and ``y_test`` hold class numbers (int64)
    or, when ``classes`` is empty, regression targets of shape (samples,) or (samples, outputs) in float64.
    ``classes`` are the names of the classes in order.
    """

    name: str
    X_train: np.ndarray = field(repr=False)
    y_train: np.ndarray = field(repr=False)
    X_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)
    classes: tuple = ()

    @property
    def features(self):
        """Number of input features."""
        return self.X_train.shape[1]

    @property
    def outputs(self):
        """Number of network outputs the targets ask for: classes, or columns of the regression target."""
        return len(self.classes) or (1 if self.y_train.ndim == 1 else self.y_train.shape[1])

    def __str__(self):
        kind = f"{len(self.classes)} classes" if self.classes else "regression"
        return f"{self.name}: {len(self.X_train)} + {len(self.X_test)} samples, {self.features} features, {kind}"


DATASETS: dict[str, Callable] = {}


def dataset(name, scale="standardised"):
    """Decorator: enter a maker of data under ``name``, with the scaling it gets unless told otherwise.

    The maker takes keyword options and returns ``(X, y, classes)`` for an unsplit set, or a finished `Data` when the
    split is part of the data set's definition.

    >>> from actfns.lab import DATASETS
    >>> sorted(DATASETS)
    ['circles', 'digits', 'moons', 'spirals']
    """

    def register(make):
        make.scale = scale
        DATASETS[name] = make
        return make

    return register


def load_data(name="digits", *, scale=None, **options):
    """Load a data set by name, split and scaled.

    ``scale``: "standardised" (each feature with mean 0 and variance 1 on the training part; constant features become
    0), "centred" (mean 0 only, after "unit"), "unit" (the range of the training part mapped to [0, 1] by one factor
    for all features), or "raw". Default: "standardised" for digits, "raw" for the toys.

    Data sets and their options:
        digits: 1797 handwritten digits, 8 × 8 pixels (64 features from 0 to 16), scikit-learn's embedded copy.
        circles: a circle inside a ring; ``samples=1000, noise=0.08, factor=0.5, seed=0``.
        moons: two half-moons; ``samples=1000, noise=0.15, seed=0``.
        spirals: interleaved arms; ``samples=1000, arms=2, turns=1.25, noise=0.02, seed=0``.

    A quarter of each class is the test part; the split of digits never changes, the toys' follows ``seed``.

    Raises `KeyError` for an unknown name, `ValueError` for an unknown scale, `TypeError` for an unknown option.

    >>> from actfns.lab import load_data
    >>> print(load_data("digits"))
    digits: 1347 + 450 samples, 64 features, 10 classes
    """
    if name not in DATASETS:
        raise UnknownData(name)
    make = DATASETS[name]
    made = make(**options)
    data = made if isinstance(made, Data) else _split(name, *made, seed=options.get("seed", 0))
    return _scaled(data, make.scale if scale is None else scale)


def from_arrays(X_train, y_train, X_test=None, y_test=None, *, name="data", classes=()):
    """Your own arrays as `Data`; without a test part the training part stands in for it.

    Integer targets are class numbers and name their own classes unless told otherwise; floating-point targets are a
    regression. Raises `ValueError` when the shapes do not fit.
    """
    if X_test is None:
        X_test, y_test = X_train, y_train
    X_train, X_test = (np.asarray(X, dtype=float) for X in (X_train, X_test))
    y_train, y_test = np.asarray(y_train), np.asarray(y_test)
    for X, y in ((X_train, y_train), (X_test, y_test)):
        if X.ndim != 2 or len(X) != len(y) or X.shape[1] != X_train.shape[1]:
            raise ValueError(f"need inputs (samples, features) and as many targets, got {X.shape} and {y.shape}")
    if np.issubdtype(y_train.dtype, np.integer):
        classes = tuple(classes) or tuple(str(k) for k in range(max(y_train.max(), y_test.max()) + 1))
        y_train, y_test = y_train.astype(np.int64), y_test.astype(np.int64)
    return Data(name, X_train, y_train, X_test, y_test, tuple(classes))


class UnknownData(KeyError):
    """`KeyError` for a data set nobody has heard of, with a message that can be read."""

    def __init__(self, name):
        near = get_close_matches(str(name), DATASETS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(f"no data set is called {name!r}; {hint}available: {', '.join(sorted(DATASETS))}")

    def __str__(self):
        return self.args[0]


@dataset("digits")
def _digits():
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.data, digits.target, tuple(str(name) for name in digits.target_names)


@dataset("circles", scale="raw")
def _circles(samples=1000, noise=0.08, factor=0.5, seed=0):
    from sklearn.datasets import make_circles

    return *make_circles(samples, noise=noise, factor=factor, random_state=seed), ("ring", "disc")


@dataset("moons", scale="raw")
def _moons(samples=1000, noise=0.15, seed=0):
    from sklearn.datasets import make_moons

    return *make_moons(samples, noise=noise, random_state=seed), ("upper", "lower")


@dataset("spirals", scale="raw")
def _spirals(samples=1000, arms=2, turns=1.25, noise=0.02, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(samples) % arms
    radius = np.sqrt(rng.uniform(0.01, 1, samples))  # as many points per area near the rim as near the centre
    angle = 2 * np.pi * (turns * radius + y / arms)
    X = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return X + noise * rng.standard_normal(X.shape), y, tuple(f"arm {k + 1}" for k in range(arms))


def _split(name, X, y, classes, seed=0):
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=seed)
    return from_arrays(X_train, y_train, X_test, y_test, name=name, classes=classes)


def _scaled(data, scale):
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale!r}")
    if scale == "raw":
        return data
    shift, spread = _scaling(data.X_train, scale)
    X_train, X_test = ((X - shift) / spread for X in (data.X_train, data.X_test))
    return Data(data.name, X_train, data.y_train, X_test, data.y_test, data.classes)


def _scaling(X, scale):
    """(what to subtract, what to divide by), measured on the training inputs only."""
    if scale == "standardised":
        deviation = X.std(axis=0)
        return X.mean(axis=0), np.where(deviation > 0, deviation, 1.0)
    width = X.max() - X.min()
    return (X.mean(axis=0) if scale == "centred" else X.min()), (width if width > 0 else 1.0)
