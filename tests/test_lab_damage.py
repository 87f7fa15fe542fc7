"""Every way in which the files of an image set can be wrong or out of reach: a clear sentence, and no wrong data."""

import lzma
import os
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_files import (  # noqa: F401
    HTML,
    NOWHERE,
    SMALL,
    TEST,
    TRAIN,
    SmallSet,
    assert_same,
    flipped,
    having,
    idx,
    jpeg,
    mirror,
    own_folder,
    packed,
    state,
    tar,
    whole,
)

from actfns import lab
from actfns.lab.data import formats, imagesets
from actfns.lab.data.download import remember, remembered
from actfns.lab.data.formats import DataFileError
from actfns.lab.data.imagesets import IMAGE_SETS


def replaced(path, raw):
    path.unlink()
    path.write_bytes(raw)


def folder_instead(path):
    path.unlink()
    path.mkdir()


def link_instead(path):
    path.unlink()
    path.symlink_to(path)


IMAGES = SMALL["mnist"].contents["train-images-idx3-ubyte"][1]
LABELS = SMALL["mnist"].contents["train-labels-idx1-ubyte"][1]
OTHER = SmallSet("mnist", seed=9).contents["train-images-idx3-ubyte"][1]
IDX_DAMAGE = {
    "truncated": (lambda path: replaced(path, packed(IMAGES)[:-30]), "is cut off: its compressed data stop"),
    "truncated within the check": (lambda path: replaced(path, packed(IMAGES)[:-3]), "is cut off"),
    "bit flipped": (lambda path: replaced(path, flipped(packed(IMAGES))), "is damaged: its compressed data"),
    "plain, truncated": (lambda path: replaced(path, IMAGES[:-1]), "is cut off: 615 of 616 bytes"),
    "plain, header truncated": (lambda path: replaced(path, IMAGES[:9]), "is cut off within its header, after 9"),
    "plain, too long": (lambda path: replaced(path, IMAGES + b"\n"), "is too long: 617 bytes instead of 616"),
    "plain, bit flipped": (lambda path: replaced(path, flipped(IMAGES)), "the right form but not the content of MN"),
    "of another data set": (lambda path: replaced(path, packed(OTHER)), "the right form but not the content of MN"),
    "empty": (lambda path: replaced(path, b""), "is empty"),
    "empty inside": (lambda path: replaced(path, packed(b"")), "is not an idx file"),
    "a web page": (lambda path: replaced(path, HTML), "is not an idx file: it begins with 3c 21 44 4f"),
    "a packed web page": (lambda path: replaced(path, packed(HTML)), "is not an idx file"),
    "labels for images": (lambda path: replaced(path, LABELS), "holds 30 numbers of type uint8, where MNIST has 30 ×"),
    "of another size": (lambda path: replaced(path, idx(np.zeros((30, 4, 5)))), "holds 30 × 4 × 5 numbers"),
    "of another type": (lambda path: replaced(path, idx(np.zeros((30, 5, 4)), ">f4")), "of type float32, where"),
    "a folder": (folder_instead, "is a folder where a file is expected"),
    "unreadable": (link_instead, r"cannot be read \(Too many levels"),
}


@pytest.mark.parametrize("case", IDX_DAMAGE)
def test_a_damaged_file_of_ones_own_is_an_error_and_stays(have, case):
    paths = have("mnist")
    damage, message = IDX_DAMAGE[case]
    damage(paths[0])
    before = state(paths[0])
    with pytest.raises(DataFileError, match=message) as caught:
        lab.load_data("mnist")
    assert str(caught.value).startswith(str(paths[0])) and "put the published file in its place" in str(caught.value)
    assert state(paths[0]) == before and "\n" not in str(caught.value)


def test_a_label_out_of_range_is_named(have):
    paths = have("mnist")
    replaced(paths[1], idx(np.full(TRAIN, 12)))
    with pytest.raises(DataFileError, match="train-labels-idx1-ubyte.gz holds the label 12, where MNIST has 0 to 9"):
        lab.load_data("mnist")


@pytest.mark.parametrize("gone", range(4))
def test_nothing_is_returned_unless_all_four_files_are_there(have, gone):
    path = have("mnist")[gone]
    path.unlink()
    with pytest.raises(DataFileError, match=f"{path.name} could not be downloaded"):
        lab.load_data("mnist")


BATCH = SMALL["cifar10"].contents["data_batch_2.bin"][1]
CIFAR_DAMAGE = {
    "truncated": (BATCH[:-1], "is cut off: 18,437 of 18,438 bytes"),
    "one image more": (BATCH + BATCH[:3073], "is too long"),
    "bit flipped": (flipped(BATCH), "has the right form but not the content of CIFAR-10's"),
    "label flipped": (bytes([200]) + BATCH[1:], "holds the label 200, where CIFAR-10 has 0 to 9"),
}


@pytest.mark.parametrize("case", CIFAR_DAMAGE)
@pytest.mark.parametrize("unpacked", [False, True], ids=["packed", "unpacked"])
def test_a_damaged_batch_is_named(have, case, unpacked):
    raw, message = CIFAR_DAMAGE[case]
    paths = have("cifar10", unpacked=unpacked)
    if unpacked:
        replaced(paths[1], raw)
    else:
        files = {name: content for name, (_, content) in SMALL["cifar10"].contents.items()}
        replaced(paths[0], packed(tar(files | {"data_batch_2.bin": raw})))
    with pytest.raises(DataFileError, match=f"data_batch_2.bin {message}"):
        lab.load_data("cifar10")


def test_a_missing_batch_is_named(have):
    have("cifar10", "cifar10", unpacked=True)[5].unlink()
    with pytest.raises(DataFileError, match=r"cifar10/test_batch.bin is missing: put it there, or leave cifar-10-bin"):
        lab.load_data("cifar10")


@pytest.mark.parametrize("raw, message", [
    (packed(tar({"data_batch_1.bin": b"x"})), "lacks data_batch_2.bin, data_batch_3.bin"),
    (packed(HTML), "is not a tar archive"), (packed(b""), "is not a tar archive"), (b"", "is empty"),
    (SMALL["cifar10"].published["cifar-10-binary.tar.gz"][:-9], "is cut off"),
], ids=["batches missing", "packed web page", "empty inside", "empty", "truncated"])
def test_an_archive_that_is_none_is_an_error(have, raw, message):
    replaced(have("cifar10")[0], raw)
    with pytest.raises(DataFileError, match=f"cifar-10-binary.tar.gz {message}"):
        lab.load_data("cifar10")


@settings(max_examples=60, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name, unpacked", [(name, unpacked) for name in ("mnist", "cifar10", "cifar10_jpeg")
                                            for unpacked in (False, True) if name != "cifar10_jpeg" or not unpacked])
def test_no_damage_changes_data_silently(tmp_path_factory, name, unpacked, data):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("own")
        patch.setenv("ACTFNS_DATA", str(folder))
        patch.setenv("ACTFNS_CACHE", str(folder / "cache"))
        path = data.draw(st.sampled_from(SMALL[name].install(patch).write(folder, unpacked)))
        raw = path.read_bytes()
        if data.draw(st.booleans()):
            raw = raw[:data.draw(st.integers(0, len(raw) - 1))]
        else:
            place = data.draw(st.integers(0, len(raw) - 1))
            raw = raw[:place] + bytes([raw[place] ^ 1 << data.draw(st.integers(0, 7))]) + raw[place + 1:]
        path.write_bytes(raw)
        try:
            found = imagesets.read_images(name)
        except DataFileError as error:
            assert str(path) in str(error)
        else:  # a bit that no reader looks at, such as the time in a gzip header
            path.write_bytes(SMALL[name].published.get(path.name, b""))
            assert all(np.array_equal(*pair) for pair in zip(found, imagesets.read_images(name)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_plain_archive_raises_nothing_else(data):
    raw = tar({"a/b.bin": b"1" * 700, "c.bin": b"2" * 30})
    place = data.draw(st.integers(0, len(raw) - 1))
    damaged = raw[:place] + bytes([raw[place] ^ 1 << data.draw(st.integers(0, 7))]) + raw[place + 1:]
    for broken in (raw[:place], damaged):
        try:
            formats.parse_tar(broken, "a file")
        except DataFileError as error:
            assert str(error).startswith("a file is not a tar archive, or a damaged one")


# Downloads

@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_files_are_downloaded_once(monkeypatch, tmp_path, name):
    with mirror(whole(SMALL[name].published)) as (address, requests):
        SMALL[name].install(monkeypatch, address)
        assert_same(name)
        assert sorted(requests) == sorted(f"/files/{file}" for file in SMALL[name].published)
        assert_same(name)
        assert len(requests) == len(SMALL[name].published)
    assert sorted(os.listdir(tmp_path / "cache" / name)) == sorted(SMALL[name].published)
    assert_same(name)  # without a network


def test_files_of_ones_own_come_before_a_download(have, monkeypatch):
    have("mnist")[2].unlink()
    with mirror(whole(SMALL["mnist"].published)) as (address, requests):
        SMALL["mnist"].install(monkeypatch, address)
        assert_same("mnist")
    assert requests == ["/files/t10k-images-idx3-ubyte.gz"]


BAD_ANSWERS = {
    "truncated": (lambda raw: (200, raw, len(raw) // 2), "the download broke off"),
    "nothing": (lambda raw: (200, raw, 0), "the download broke off"),
    "a shorter file": (lambda raw: (200, raw[:-9], None), "another file than the published one"),
    "bit flipped": (lambda raw: (200, flipped(raw), None), "another file than the published one"),
    "a web page": (lambda raw: (200, HTML, None), "another file than the published one"),
    "not found": (lambda raw: (404, HTML, None), "HTTP status 404"),
    "out of order": (lambda raw: (503, b"", None), "HTTP status 503"),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_a_bad_answer_leads_to_the_next_mirror_and_leaves_nothing(monkeypatch, tmp_path, case):
    published, (spoil, reason) = SMALL["mnist"].published, BAD_ANSWERS[case]
    with mirror(lambda file: spoil(published[file])) as (bad, asked), mirror(whole(published)) as (good, _):
        SMALL["mnist"].install(monkeypatch, bad)
        with pytest.raises(DataFileError, match=rf"could not be downloaded \(127.0.0.1: {reason}\); put train"):
            lab.load_data("mnist")
        assert os.listdir(tmp_path / "cache/mnist") == [] and len(asked) == 1
        SMALL["mnist"].install(monkeypatch, NOWHERE, bad, good)
        assert_same("mnist")
        assert len(asked) == 5
    assert sorted(os.listdir(tmp_path / "cache/mnist")) == sorted(published)


@pytest.mark.parametrize("damage", [flipped, lambda raw: raw[:-9], lambda raw: b"", lambda raw: HTML],
                         ids=["bit flipped", "truncated", "empty", "a web page"])
def test_a_damaged_file_in_the_cache_is_fetched_again(monkeypatch, tmp_path, damage):
    small = SMALL["mnist"]
    path = small.write(tmp_path / "cache/mnist")[1]
    path.write_bytes(damage(path.read_bytes()))
    small.install(monkeypatch, NOWHERE)
    with pytest.raises(DataFileError, match=f"{path.name} could not be downloaded"):
        lab.load_data("mnist")
    with mirror(whole(small.published)) as (address, requests):
        small.install(monkeypatch, address)
        assert_same("mnist")
    assert requests == [f"/files/{path.name}"] and path.read_bytes() == small.published[path.name]


def test_no_network_says_which_file_to_put_where(monkeypatch):
    SMALL["mnist"].install(monkeypatch, NOWHERE, "http://localhost:9/elsewhere/")
    with pytest.raises(DataFileError) as caught:
        lab.load_data("mnist")
    assert str(caught.value) == (
        "train-images-idx3-ubyte.gz could not be downloaded (127.0.0.1: no connection; localhost: no connection); "
        "put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, "
        "t10k-labels-idx1-ubyte.gz into a folder mnist and let ACTFNS_DATA name the folder above it")


@pytest.mark.parametrize("block", ["cache", "cache/mnist"])
def test_a_cache_that_cannot_be_written_is_named(monkeypatch, tmp_path, block):
    (tmp_path / block).parent.mkdir(exist_ok=True)
    (tmp_path / block).write_bytes(b"a file where a folder should be")
    SMALL["mnist"].install(monkeypatch, NOWHERE)
    with pytest.raises(DataFileError, match=r"cache/mnist/train-images-idx3-ubyte.gz cannot be read or written \("
                                            r".*\); let ACTFNS_CACHE name a folder that can be, or ACTFNS_DATA one"):
        lab.load_data("mnist")


def test_a_full_disk_and_a_folder_in_the_files_place_are_named(monkeypatch, tmp_path):
    import pooch

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    SMALL["mnist"].install(monkeypatch, NOWHERE)
    with monkeypatch.context() as patch, pytest.raises(DataFileError, match="No space left on device"):
        patch.setattr(pooch, "retrieve", full)
        lab.load_data("mnist")
    (tmp_path / "cache/mnist/train-images-idx3-ubyte.gz").mkdir(parents=True)
    with pytest.raises(DataFileError, match="train-images-idx3-ubyte.gz cannot be read or written"):
        lab.load_data("mnist")


def test_the_cache_of_the_system_is_the_default(monkeypatch):
    import pooch

    monkeypatch.delenv("ACTFNS_CACHE")
    assert imagesets.cache_folder("mnist") == pooch.os_cache("actfns").absolute() / "mnist"


def test_published_checksums_are_complete():
    lengths = {"md5": 32, "sha1": 40}
    for name, images in IMAGE_SETS.items():
        if name == "cifar10_jpeg":
            assert not images.mirrors and not images.downloads
            continue
        assert images.mirrors and all(address.endswith("/") for address in images.mirrors)
        for _, checksum in images.contents.values():
            algorithm, digits = checksum.split(":")
            assert len(digits) == lengths[algorithm] and int(digits, 16)
        assert all(len(digits) == 64 and int(digits, 16) for digits in images.downloads.values())
        assert len(images.classes) == 10


# The JPEG copy

def test_the_jpeg_copy_is_decoded_once(have, monkeypatch, tmp_path):
    have("cifar10_jpeg")
    data = lab.load_data("cifar10_jpeg", scale="raw")
    assert data.name == "CIFAR-10 (JPEG copy)" and data.shape == (3, 32, 32)
    X, y, X_test, y_test = SMALL["cifar10_jpeg"].arrays
    assert np.array_equal(data.y_train, np.sort(y)) and np.array_equal(data.y_test, np.sort(y_test))
    expected = [formats.decode_jpeg(jpeg(pixels), (3, 32, 32), "") for pixels in X[np.argsort(y, kind="stable")]]
    assert np.array_equal(data.X_train, expected)
    with monkeypatch.context() as patch:
        patch.setattr(formats, "decode_jpeg", None)
        assert np.array_equal(lab.load_data("cifar10_jpeg", scale="raw").X_test, data.X_test)
    (cached,) = (tmp_path / "cache/cifar10_jpeg").iterdir()
    for spoiled in (flipped(cached.read_bytes()), cached.read_bytes()[:-1], b"", b"short"):
        cached.write_bytes(spoiled)
        assert np.array_equal(lab.load_data("cifar10_jpeg", scale="raw").X_train, data.X_train)
        assert cached.stat().st_size == 32 + (TRAIN + TEST) * 3073


def test_the_jpeg_copy_without_a_cache_is_decoded_with_a_warning(have, tmp_path):
    have("cifar10_jpeg")
    (tmp_path / "cache").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"cannot be written, so these images are decoded anew every time; let ACTFNS"):
        assert len(lab.load_data("cifar10_jpeg").X_train) == TRAIN


def test_the_jpeg_copy_is_never_downloaded(monkeypatch):
    SMALL["cifar10_jpeg"].install(monkeypatch, NOWHERE)
    with pytest.raises(DataFileError, match="jpeg.tar.xz is not among your files and is not downloaded: put"):
        lab.load_data("cifar10_jpeg")


def test_the_jpeg_copy_says_that_it_needs_pillow(have, monkeypatch):
    have("cifar10_jpeg")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="Pillow"):
        lab.load_data("cifar10_jpeg")


def jpeg_files(**changes):
    raw = SMALL["cifar10_jpeg"].published["cifar10-jpeg.tar.xz"]
    files = formats.parse_tar(lzma.decompress(raw), "") | {name.replace("_", "/") + ".jpg": changed
                                                          for name, changed in changes.items()}
    return lzma.compress(tar({name: content for name, content in files.items() if content is not None}))


WHOLE_JPEG = jpeg(np.zeros(3072, np.uint8))


@pytest.mark.parametrize("raw, message", [
    (lambda: jpeg_files(train_cat_0001=None), r" does not have the images it should, first of 1: train/cat/0001.jpg"),
    (lambda: jpeg_files(train_cat_0003=WHOLE_JPEG), r" does not have the images it should, first of 1: train/cat/0003"),
    (lambda: jpeg_files(test_dog_0001=WHOLE_JPEG[:-40]), ": test/dog/0001.jpg is not a JPEG image, or a damaged one"),
    (lambda: jpeg_files(test_dog_0001=HTML), ": test/dog/0001.jpg is not a JPEG image, or a damaged one"),
    (lambda: jpeg_files(test_dog_0001=b""), ": test/dog/0001.jpg is not a JPEG image"),
    (lambda: jpeg_files()[:-40], " is damaged: its compressed data"),
    (lambda: packed(HTML), " is not a tar archive"),
], ids=["one missing", "one too many", "truncated image", "web page", "empty image", "truncated", "no archive"])
def test_a_damaged_jpeg_copy_is_an_error_and_is_not_remembered(have, tmp_path, raw, message):
    (path,) = have("cifar10_jpeg")
    path.write_bytes(raw())
    with pytest.raises(DataFileError, match=f"cifar10-jpeg.tar.xz{message}"):
        lab.load_data("cifar10_jpeg")
    assert not (tmp_path / "cache").exists()


def test_an_image_of_another_size_is_an_error():
    with pytest.raises(DataFileError, match=r"is an image of \(32, 32, 3\), not \(16, 64, 3\)"):
        formats.decode_jpeg(WHOLE_JPEG, (3, 16, 64), "a file")


def test_what_is_remembered_is_what_comes_back(tmp_path):
    path = tmp_path / "deep/down/name"
    assert remembered(path) is None and remember(path, b"some bytes")
    assert bytes(remembered(path)) == b"some bytes" and os.listdir(path.parent) == ["name"]
    path.unlink(), path.mkdir()
    assert not remember(path, b"some bytes") and os.listdir(path.parent) == ["name"] and remembered(path) is None
