"""Data sets for the lab: scikit-learn's digits, two-dimensional toys, and image sets from files."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from operator import index

import numpy as np

from actfns.lab.data.imagesets import IMAGE_SETS, read_images

SCALES = ("standardised", "centred", "unit", "raw")


@dataclass(frozen=True)
class Data:
    """A data set split into training and test part.

    ``X_train`` (samples, features) and ``X_test`` are float64, in the image sets from files float32; ``y_train`` and
    ``y_test`` hold class numbers (int64) or, when ``classes`` is empty, regression targets of shape (samples,) or
    (samples, outputs) in float64.
    ``classes`` are the names of the classes in order. ``shape`` is (channels, height, width) for images, whose
    features are their pixels in that order, and () for everything else.
    """

    name: str
    X_train: np.ndarray = field(repr=False)
    y_train: np.ndarray = field(repr=False)
    X_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)
    classes: tuple = ()
    shape: tuple = ()

    def __post_init__(self):
        if self.shape and (len(self.shape) != 3 or math.prod(self.shape) != self.features):
            raise ValueError(f"shape must be (channels, height, width) of {self.features} features, got {self.shape}")

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

    The maker takes keyword options and returns ``(X, y, classes)`` or ``(X, y, classes, shape)`` for an unsplit set,
    or a finished `Data` when the split is part of the data set's definition.

    >>> from actfns.lab import DATASETS
    >>> sorted(DATASETS)
    ['cifar10', 'cifar10_jpeg', 'circles', 'digits', 'fashion_mnist', 'mnist', 'moons', 'spirals']
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
    for all features), or "raw". Default: "standardised" for digits, "raw" for the toys, "centred" for the image sets,
    where standardising would turn pixels that are almost always 0 into values of several hundred.

    Data sets and their options:
        digits: 1797 handwritten digits, 8 × 8 pixels (64 features from 0 to 16), scikit-learn's embedded copy.
        circles: a circle inside a ring; ``samples=1000, noise=0.08, factor=0.5, seed=0``.
        moons: two half-moons; ``samples=1000, noise=0.15, seed=0``.
        spirals: interleaved arms; ``samples=1000, arms=2, turns=1.25, noise=0.02, seed=0``.
        mnist, fashion_mnist: 60,000 + 10,000 images of 28 × 28 grey levels, idx files.
        cifar10: 50,000 + 10,000 colour images of 3 × 32 × 32, the binary version.
        cifar10_jpeg: the same through JPEG, which loses a little, from your own cifar10-jpeg.tar.xz only.

    A quarter of each class is the test part of digits and toys; the split of digits never changes, the toys' follows
    ``seed``. Image sets keep their published split and take ``train=None, test=None``: how many samples to keep of
    each part. Kept are, from the samples sorted by class and within a class by their place in the files, those at
    equal distances (number j of n at place ⌊(j + ½) N/n⌋ of N, j from 0): every class has its share up to one sample,
    from the whole length of the files, always the same.

    The image sets' files are looked for in the folder the environment variable ``ACTFNS_DATA`` names (or there in
    mnist/, fashion_mnist/, cifar10/; as torchvision lays them out, too), else downloaded to the user's cache or the
    folder ``ACTFNS_CACHE`` names. Only files whose checksums are those of the published ones are used.

    Raises `KeyError` for an unknown name, `ValueError` for an unknown scale or a number of samples the part does not
    have, `TypeError` for an unknown option, `DataFileError` for files that are damaged or cannot be had.

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


def from_arrays(X_train, y_train, X_test=None, y_test=None, *, name="data", classes=(), shape=()):
    """Your own arrays as `Data`; without a test part the training part stands in for it.

    Inputs become float64 unless both parts are float32. Integer targets are class numbers and name their own classes
    unless told otherwise; floating-point targets are a regression. ``shape`` is (channels, height, width) when the
    inputs are images, see `Data`. Raises `ValueError` when the shapes do not fit.
    """
    if X_test is None:
        X_test, y_test = X_train, y_train
    X_train, X_test = np.asarray(X_train), np.asarray(X_test)
    dtype = np.float32 if X_train.dtype == X_test.dtype == np.float32 else np.float64
    X_train, X_test = X_train.astype(dtype, copy=False), X_test.astype(dtype, copy=False)
    y_train, y_test = np.asarray(y_train), np.asarray(y_test)
    for X, y in ((X_train, y_train), (X_test, y_test)):
        if X.ndim != 2 or len(X) != len(y) or X.shape[1] != X_train.shape[1]:
            raise ValueError(f"need inputs (samples, features) and as many targets, got {X.shape} and {y.shape}")
    if np.issubdtype(y_train.dtype, np.integer):
        classes = tuple(classes) or tuple(str(k) for k in range(max(y_train.max(), y_test.max()) + 1))
        y_train, y_test = y_train.astype(np.int64), y_test.astype(np.int64)
    return Data(name, X_train, y_train, X_test, y_test, tuple(classes), tuple(shape))


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
    return digits.data, digits.target, tuple(str(name) for name in digits.target_names), (1, 8, 8)


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


def _images(name, train=None, test=None):
    X_train, y_train, X_test, y_test = read_images(name)
    images, kept, kept_test = IMAGE_SETS[name], _kept(y_train, train, "train"), _kept(y_test, test, "test")
    return Data(images.title, X_train[kept], y_train[kept].astype(np.int64), X_test[kept_test],
                y_test[kept_test].astype(np.int64), images.classes, images.shape)


for _name in IMAGE_SETS:
    dataset(_name, scale="centred")(partial(_images, _name))


def _kept(labels, samples, part):
    """Which samples a part of so many consists of: see `load_data`."""
    if samples is None:
        return slice(None)
    samples = index(samples)
    if not 1 <= samples <= len(labels):
        raise ValueError(f"{part} must be between 1 and {len(labels)} samples, got {samples}")
    places = (np.arange(samples) * len(labels) + len(labels) // 2) // samples
    return np.sort(np.argsort(labels, kind="stable")[places])


def _split(name, X, y, classes, shape=(), *, seed=0):
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=seed)
    return from_arrays(X_train, y_train, X_test, y_test, name=name, classes=classes, shape=shape)


def _scaled(data, scale):
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale!r}")
    if scale == "raw" and data.X_train.dtype != np.uint8:
        return data
    shift, spread = _scaling(data.X_train, scale)
    X_train, X_test = (_moved(X, shift, spread) for X in (data.X_train, data.X_test))
    return replace(data, X_train=X_train, X_test=X_test)


def _moved(X, shift, spread):
    """(X − shift) / spread in one new array: float32 for pixels and float32, else float64."""
    X = X.astype(np.float32 if X.dtype in (np.uint8, np.float32) else np.float64)
    X -= shift
    X /= spread
    return X


def _scaling(X, scale):
    """(what to subtract, what to divide by), measured on the training inputs only."""
    if scale == "raw":
        return 0.0, 1.0
    if scale == "standardised":
        blocks = np.array_split(X, range(64, X.shape[1], 64), axis=1)  # the variance of all at once needs a whole copy
        deviation = np.concatenate([block.std(axis=0, dtype=float) for block in blocks])
        return X.mean(axis=0, dtype=float), np.where(deviation > 0, deviation, 1.0)
    low, width = float(X.min()), float(X.max()) - float(X.min())
    return (X.mean(axis=0, dtype=float) if scale == "centred" else low), width or 1.0
