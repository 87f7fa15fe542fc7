"""Image sets from files: the formats, where files are looked for, parts and scales of a set, and the real ones."""

import lzma
import os
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from lab_files import (  # noqa: F401
    IDX_TYPES,
    SMALL,
    TEST,
    TRAIN,
    SmallSet,
    assert_same,
    having,
    idx,
    jpeg,
    own_folder,
    packed,
    records,
    state,
)

from actfns import lab
from actfns.lab.data import _kept, _scaled, formats
from actfns.lab.data.download import find
from actfns.lab.data.formats import DataFileError, read_idx
from actfns.lab.data.imagesets import IMAGE_SETS

OWN_FILES = os.environ.get("ACTFNS_DATA")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(IDX_TYPES)).flatmap(lambda kind: st.tuples(st.just(kind), arrays(
    kind, array_shapes(max_dims=4, min_side=0, max_side=5), elements={"allow_nan": False} if "f" in kind else None))))
def test_idx_keeps_every_array(case):
    kind, values = case
    found = formats.parse_idx(idx(values, kind), "a file")
    assert found.dtype == np.dtype(kind).newbyteorder("=") and np.array_equal(found, values)
    found[...] = 0  # it is the caller's own


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9).flatmap(lambda n: st.tuples(arrays("u1", (n, 12)), arrays("u1", n))))
def test_binary_records_keep_every_image(case):
    pixels, labels = formats.parse_records(records(*case), len(case[0]), 12, "a file")
    assert np.array_equal(pixels, case[0]) and np.array_equal(labels, case[1])


def test_jpeg_planes_follow_one_another():
    red, dark = np.zeros((3, 32, 32), np.uint8), np.zeros((3, 32, 32), np.uint8)
    red[0], dark[:, :16] = 255, 200
    planes = formats.decode_jpeg(jpeg(red.reshape(-1)), (3, 32, 32), "a file").reshape(3, 32, 32)
    assert planes[0].min() > 250 and planes[1:].max() < 5
    planes = formats.decode_jpeg(jpeg(dark.reshape(-1)), (3, 32, 32), "a file").reshape(3, 32, 32)
    assert abs(planes[:, :14] - 200.0).max() < 10 and planes[:, 18:].max() < 10


@pytest.mark.parametrize("pack", [bytes, packed, lzma.compress])
def test_idx_file_is_read_packed_or_not(tmp_path, pack):
    (tmp_path / "any name").write_bytes(pack(idx(np.arange(6).reshape(2, 3))))
    assert np.array_equal(read_idx(tmp_path / "any name"), [[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize("unpacked", [False, True], ids=["packed", "unpacked"])
@pytest.mark.parametrize("name, folder", [
    ("mnist", "."), ("mnist", "mnist"), ("mnist", "MNIST/raw"), ("fashion_mnist", "fashion_mnist"),
    ("fashion_mnist", "fashion-mnist"), ("fashion_mnist", "FashionMNIST/raw"), ("cifar10", "."), ("cifar10", "cifar10"),
    ("cifar10", "cifar-10-batches-bin"), ("cifar10", "cifar10/cifar-10-batches-bin")])
def test_own_files_are_found_and_left_alone(have, name, folder, unpacked, tmp_path):
    paths = have(name, folder, unpacked)
    before = list(map(state, paths))
    data = assert_same(name)
    assert (data.name, data.classes) == (IMAGE_SETS[name].title, IMAGE_SETS[name].classes)
    assert data.shape == IMAGE_SETS[name].shape and data.X_train.dtype == np.float32
    assert str(data).startswith(f"{IMAGE_SETS[name].title}: {TRAIN} + {TEST} samples")
    assert list(map(state, paths)) == before
    assert not (tmp_path / "cache").exists()


def test_two_sets_with_the_same_file_names_lie_side_by_side(have, monkeypatch):
    other = SmallSet("fashion_mnist", seed=1)
    monkeypatch.setitem(SMALL, "fashion_mnist", other)
    have("mnist", "."), have("fashion_mnist", "fashion-mnist")
    assert not np.array_equal(assert_same("mnist").X_train, assert_same("fashion_mnist").X_train)


def test_files_with_mnists_names_are_not_taken_for_fashion_mnist(have):
    have("fashion_mnist", ".")
    with pytest.raises(DataFileError, match="train-images-idx3-ubyte.gz could not be downloaded"):
        lab.load_data("fashion_mnist")


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_bytes(b"")], ids=["nothing", "a file"])
def test_a_data_folder_that_is_none_is_an_error(tmp_path, monkeypatch, make):
    monkeypatch.setenv("ACTFNS_DATA", str(tmp_path / "own"))
    make(tmp_path / "own")
    with pytest.raises(DataFileError, match=r"ACTFNS_DATA names .*own, which is not a folder; name the folder"):
        lab.load_data("mnist")


def test_parts_of_a_set_are_stratified_spread_out_and_always_the_same(have):
    have("mnist")
    whole_set, part = lab.load_data("mnist", scale="raw"), lab.load_data("mnist", scale="raw", train=20, test=10)
    assert np.bincount(part.y_train).tolist() == [2] * 10 and np.bincount(part.y_test).tolist() == [1] * 10
    again = lab.load_data("mnist", scale="raw", train=20)
    assert np.array_equal(part.X_train, again.X_train) and len(again.X_test) == TEST
    place = [np.flatnonzero((whole_set.X_train == row).all(1))[0] for row in part.X_train]
    assert place == sorted(set(place)) and np.array_equal(whole_set.y_train[place], part.y_train)
    assert np.array_equal(lab.load_data("mnist", scale="raw", train=TRAIN).X_train, whole_set.X_train)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=200).map(np.array), st.data())
def test_every_class_keeps_its_share_up_to_one_sample(labels, data):
    samples = data.draw(st.integers(1, len(labels)))
    kept = _kept(labels, samples, "train")
    assert len(set(kept.tolist())) == samples and np.all(np.diff(kept) > 0)
    shares = np.bincount(labels, minlength=5) * samples / len(labels)
    assert np.all(abs(np.bincount(labels[kept], minlength=5) - shares) < 1)


def test_the_rule_for_parts_does_not_change():
    labels = np.array([1, 0, 1, 0, 1, 0, 1, 0, 1, 1])  # sorted by class: samples 1 3 5 7 | 0 2 4 6 8 9
    assert _kept(labels, 2, "train").tolist() == [5, 6]  # places 2 and 7 of the ten
    assert _kept(labels, 5, "train").tolist() == [2, 3, 6, 7, 9]  # places 1, 3, 5, 7, 9


@pytest.mark.parametrize("options, error, message", [
    ({"train": 0}, ValueError, "train must be between 1 and 30 samples, got 0"),
    ({"test": 21}, ValueError, "test must be between 1 and 20 samples, got 21"),
    ({"train": 2.5}, TypeError, "integer"), ({"samples": 3}, TypeError, "samples"),
    ({"scale": "log"}, ValueError, "scale must be one of")])
def test_wrong_options_are_refused(have, options, error, message):
    have("mnist")
    with pytest.raises(error, match=message):
        lab.load_data("mnist", **options)


def test_scales_of_pixels(have):
    have("mnist")
    X, _, X_test, _ = (values.astype(float) for values in SMALL["mnist"].arrays)
    expected = {"raw": (0, 1), "unit": (0, 255), "centred": (X.mean(0), 255), "standardised": (X.mean(0), X.std(0))}
    assert X.min() == 0 and X.max() == 255
    for scale, (shift, spread) in expected.items():
        data = lab.load_data("mnist", scale=scale)
        assert data.X_train.dtype == data.X_test.dtype == np.float32 and data.shape == (1, 5, 4)
        assert np.allclose(data.X_train, (X - shift) / spread, rtol=0, atol=1e-6)
        assert np.allclose(data.X_test, (X_test - shift) / spread, rtol=0, atol=1e-6)
    assert np.array_equal(lab.load_data("mnist").X_train, lab.load_data("mnist", scale="centred").X_train)


@pytest.mark.parametrize("scale", ["raw", "unit", "centred", "standardised"])
def test_scaling_needs_one_array_and_no_copies_of_it(scale):
    X = np.random.default_rng(0).integers(0, 256, (4000, 784), np.uint8)
    data = lab.Data("pixels", X, np.zeros(4000, int), X[:10], np.zeros(10, int), ("0",), (1, 28, 28))
    tracemalloc.start()
    try:
        scaled = _scaled(data, scale)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert scaled.X_train.nbytes == 4 * X.size and peak < 1.4 * scaled.X_train.nbytes


def test_networks_train_on_an_image_set_as_on_arrays(have):
    have("mnist")
    data = lab.load_data("mnist")
    same = lab.from_arrays(data.X_train.astype(float), data.y_train, data.X_test, data.y_test)
    runs = [lab.train(one, (8,), "relu", range(3), epochs=2, batch=10) for one in (data, same)]
    assert np.array_equal(runs[0].test_loss, runs[1].test_loss) and runs[0].test_loss.shape == (3, 3)


def test_images_know_their_shape():
    digits = lab.load_data("digits")
    assert digits.shape == lab.load_data("digits", scale="raw").shape == (1, 8, 8)
    assert lab.load_data("moons").shape == () and lab.load_data("moons", scale="unit").shape == ()
    own = lab.from_arrays(np.eye(12), np.arange(12), shape=[3, 2, 2])
    assert own.shape == (3, 2, 2)
    for wrong in ((12,), (3, 4), (1, 3, 3), (1, 1, 3, 4)):
        with pytest.raises(ValueError, match=r"shape must be \(channels, height, width\) of 12 features"):
            lab.from_arrays(np.eye(12), np.arange(12), shape=wrong)


def test_own_arrays_stay_float32_and_become_float64_otherwise():
    single, y = np.eye(3, dtype=np.float32), np.arange(3)
    assert lab.from_arrays(single, y).X_train.dtype == np.float32
    assert lab.from_arrays(single, y, np.eye(3), y).X_train.dtype == np.float64
    assert lab.from_arrays(np.eye(3, dtype=np.uint8), y).X_test.dtype == np.float64


# The real files, where ACTFNS_DATA has them

def real(monkeypatch, name, *files):
    if OWN_FILES:
        monkeypatch.setenv("ACTFNS_DATA", OWN_FILES)
    if not find(IMAGE_SETS[name].folders, *files):
        pytest.skip(f"needs {files[0]} in the folder that ACTFNS_DATA names")


def test_the_real_mnist(monkeypatch, tmp_path):
    real(monkeypatch, "mnist", "train-images-idx3-ubyte.gz", "train-images-idx3-ubyte")
    data = lab.load_data("mnist", scale="unit")
    assert str(data) == "MNIST: 60000 + 10000 samples, 784 features, 10 classes"
    assert data.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4] and data.y_test[:4].tolist() == [7, 2, 1, 0]
    assert np.bincount(data.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert data.X_train.mean(dtype=float) == pytest.approx(0.1307, abs=5e-5)
    assert data.X_train.std(dtype=float) == pytest.approx(0.3081, abs=5e-5)
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow
def test_the_real_jpeg_copy(monkeypatch):
    real(monkeypatch, "cifar10_jpeg", "cifar10-jpeg.tar.xz")
    data = lab.load_data("cifar10_jpeg", scale="unit")
    assert str(data) == "CIFAR-10 (JPEG copy): 50000 + 10000 samples, 3072 features, 10 classes"
    assert np.bincount(data.y_train).tolist() == [5000] * 10 and np.bincount(data.y_test).tolist() == [1000] * 10
    means = data.X_train.reshape(-1, 3, 1024).mean((0, 2), dtype=float)
    assert np.allclose(means, [0.4914, 0.4822, 0.4465], atol=2e-3)  # CIFAR-10's own
