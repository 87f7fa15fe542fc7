"""Small data sets in their published file formats, written by the tests themselves, and mirrors to fetch them from."""

import gzip
import hashlib
import io
import lzma
import tarfile
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from actfns import lab
from actfns.lab.data.imagesets import IMAGE_SETS

IDX_TYPES = {"u1": 8, "i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}
TRAIN, TEST = 30, 20
NOWHERE = "http://127.0.0.1:9/"  # nobody answers there
HTML = b"<!DOCTYPE html><title>404 Not Found</title>"


def idx(values, dtype="u1"):
    """An array as the bytes of an idx file."""
    sizes = np.array(values.shape, ">u4").tobytes()
    return bytes([0, 0, IDX_TYPES[dtype], values.ndim]) + sizes + values.astype(dtype).tobytes()


def records(pixels, labels):
    """Images (n, pixels) and labels as CIFAR's binary records."""
    return np.column_stack([labels, pixels]).astype("u1").tobytes()


def tar(files):
    """Files (name → bytes) as an uncompressed tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, raw in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return buffer.getvalue()


def packed(raw):
    return gzip.compress(raw, mtime=0)


def jpeg(pixels):
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.moveaxis(pixels.reshape(3, 32, 32), 0, -1)).save(buffer, "JPEG")
    return buffer.getvalue()


def random_images(shape, seed=0):
    """X_train, y_train, X_test, y_test: random pixels, every class in both parts."""
    rng = np.random.default_rng(seed)
    parts = [(rng.integers(0, 256, (n, int(np.prod(shape))), np.uint8), rng.permutation(np.arange(n) % 10))
             for n in (TRAIN, TEST)]
    return *parts[0], *parts[1]


class SmallSet:
    """A data set with few images: ``arrays``, its unpacked ``contents``, and the ``published`` files made of them."""

    def __init__(self, name, seed=0):
        self.name, real = name, IMAGE_SETS[name]
        shape = (1, 5, 4) if name in ("mnist", "fashion_mnist") else real.shape
        self.arrays = random_images(shape, seed)
        self.contents, self.published, counts = _FILES[name](self.arrays, shape)
        self.images = replace(
            real, shape=shape,
            contents=counts or {file: (size, f"md5:{hashlib.md5(raw).hexdigest()}")
                                for file, (size, raw) in self.contents.items()},
            downloads={file: hashlib.sha256(raw).hexdigest() for file, raw in self.published.items()})

    def install(self, patch, *mirrors):
        """Let it take the place of the real set of its name."""
        patch.setitem(IMAGE_SETS, self.name, replace(self.images, mirrors=mirrors))
        return self

    def write(self, folder, unpacked=False):
        """Write its files to a folder; returns the paths."""
        folder.mkdir(parents=True, exist_ok=True)
        files = {name: raw for name, (_, raw) in self.contents.items()} if unpacked else self.published
        for name, raw in files.items():
            (folder / name).write_bytes(raw)
        return [folder / name for name in files]


def _idx_files(arrays, shape):
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    contents = {name: (len(values), idx(values.reshape(-1, *shape[1:]) if values.ndim > 1 else values))
                for name, values in zip(names, arrays)}
    return contents, {f"{name}.gz": packed(raw) for name, (_, raw) in contents.items()}, None


def _cifar_files(arrays, shape):
    X, y, X_test, y_test = arrays
    contents = {f"data_batch_{k + 1}.bin": (TRAIN // 5, records(X[k::5], y[k::5])) for k in range(5)}
    contents["test_batch.bin"] = TEST, records(X_test, y_test)
    archive = {f"cifar-10-batches-bin/{name}": raw for name, (_, raw) in contents.items()}
    return contents, {"cifar-10-binary.tar.gz": packed(tar({"readme.html": b"hello", **archive}))}, None


def _jpeg_files(arrays, shape):
    files = {}
    for part, (X, y) in {"test": arrays[2:], "train": arrays[:2]}.items():  # not in the order in which they are wanted
        for label, kind in enumerate(IMAGE_SETS["cifar10_jpeg"].classes):
            files |= {f"{part}/{kind}/{k:04d}.jpg": jpeg(pixels) for k, pixels in enumerate(X[y == label])}
    return {}, {"cifar10-jpeg.tar.xz": lzma.compress(tar(files))}, {"train": TRAIN // 10, "test": TEST // 10}


_FILES = {"mnist": _idx_files, "fashion_mnist": _idx_files, "cifar10": _cifar_files, "cifar10_jpeg": _jpeg_files}


class Mirror(BaseHTTPRequestHandler):
    """Answers each request from ``server.answer(file name)``: (status, bytes, how many of them to send)."""

    def do_GET(self):  # noqa: N802
        status, raw, sent = self.server.answer(self.path.rpartition("/")[2])
        self.server.requests.append(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw[:sent])

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def mirror(answer):
    """A web server on this machine: gives the address of a folder on it and the list of requests."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.answer, server.requests = answer, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/files/", server.requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


SMALL = {name: SmallSet(name) for name in IMAGE_SETS}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """No test sees the files, the cache or the proxy of the machine it runs on."""
    monkeypatch.delenv("ACTFNS_DATA", raising=False)
    monkeypatch.setenv("ACTFNS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture(name="have")
def having(tmp_path, monkeypatch):
    """Writes a small set into a subfolder of the folder ``ACTFNS_DATA`` names and installs it without mirrors."""

    def write(name, folder=".", unpacked=False):
        monkeypatch.setenv("ACTFNS_DATA", str(tmp_path / "own"))
        return SMALL[name].install(monkeypatch).write(tmp_path / "own" / folder, unpacked)

    return write


def assert_same(name, **options):
    """What is loaded is the small set; returns it."""
    data, expected = lab.load_data(name, scale="raw", **options), SMALL[name].arrays
    if name == "cifar10":  # its batches hold every fifth image
        order = np.concatenate([np.arange(k, TRAIN, 5) for k in range(5)])
        expected = (expected[0][order], expected[1][order], *expected[2:])
    for found, values in zip((data.X_train, data.y_train, data.X_test, data.y_test), expected):
        assert np.array_equal(found, values)
    return data


def whole(files):
    """A mirror's answers when all is well."""
    return lambda file: (200, files[file], None)


def flipped(raw):
    """The bytes with one bit changed near their end."""
    return raw[:-20] + bytes([raw[-20] ^ 1]) + raw[-19:]


def state(path):
    """What shows whether a file was touched: its number on the disk, size and time of change."""
    found = path.lstat()
    return found.st_ino, found.st_size, found.st_mtime_ns
