"""File formats of the image data sets: idx, CIFAR's binary records, tar, JPEG.

Every reader looks at the whole file before it returns anything: compressed data must pass the check they carry, sizes
must fit to the byte. Nothing is unpickled and nothing unpacked onto the disk.
"""

import gzip
import hashlib
import io
import lzma
import math
import tarfile
import zlib
from pathlib import Path

import numpy as np

_IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"


class DataFileError(OSError):
    """A data file that is damaged, of another kind, missing or out of reach.

    One sentence that names the file and says what is wrong and what helps. An `OSError`, as ``gzip.BadGzipFile`` is.
    """


def content(path):
    """All bytes of a file, uncompressed if it is gzip or xz, which its first bytes tell whatever its name is.

    Raises `DataFileError` when there is no such file, it cannot be read, is empty, or is damaged.
    """
    return unpack(stored(path), path)


def stored(path):
    """All bytes of a file as they lie there, at least one; errors as in `content`."""
    if Path(path).is_dir():
        raise DataFileError(f"{path} is a folder where a file is expected")
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise DataFileError(f"{path} does not exist") from None
    except OSError as error:
        raise DataFileError(f"{path} cannot be read ({error.strerror})") from None
    if not raw:
        raise DataFileError(f"{path} is empty")
    return raw


def unpack(raw, path):
    """The bytes ``raw`` of a file uncompressed; ``path`` is named in errors. See `content`."""
    try:
        return gzip.decompress(raw) if raw.startswith(_GZIP) else lzma.decompress(raw) if raw.startswith(_XZ) else raw
    except EOFError:
        raise DataFileError(f"{path} is cut off: its compressed data stop before their end") from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise DataFileError(f"{path} is damaged: its compressed data cannot be unpacked ({error})") from None


def read_idx(path):
    """The array in a file of MNIST's idx format, plain or compressed.

    The format, all numbers big-endian: two zero bytes, a byte for the type (8 unsigned byte, 9 signed byte, 11 and 12
    integers of 2 and 4 bytes, 13 and 14 floating-point numbers of 4 and 8 bytes), a byte for the number of
    dimensions, their sizes in 4 bytes each, the values with the last index running fastest.

    Reads your own files too: flatten the images, divide them by 255 and hand them to `from_arrays` with their shape.

    Raises `DataFileError` for a file that is not exactly this.

    >>> from actfns.lab.data.formats import read_idx
    >>> from pathlib import Path; from tempfile import mkdtemp
    >>> path = Path(mkdtemp(), "labels-idx1-ubyte")
    >>> path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 1, 9]))
    11
    >>> read_idx(path)
    array([7, 1, 9], dtype=uint8)
    """
    return parse_idx(content(path), path)


def parse_idx(raw, path):
    """The array in the bytes ``raw`` of an idx file; ``path`` is named in errors. See `read_idx`."""
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _IDX_TYPES or raw[3] == 0:
        raise DataFileError(f"{path} is not an idx file: it begins with {raw[:4].hex(' ')}, not with 00 00, a type "
                            "and a number of dimensions")
    dtype, dimensions = np.dtype(_IDX_TYPES[raw[2]]), raw[3]
    header = 4 + 4 * dimensions
    if len(raw) < header:
        raise DataFileError(f"{path} is cut off within its header, after {len(raw)} bytes")
    shape = tuple(int(size) for size in np.frombuffer(raw, ">u4", dimensions, offset=4))
    _check_length(raw, header + math.prod(shape) * dtype.itemsize, path)
    return np.frombuffer(raw, dtype, offset=header).reshape(shape).astype(dtype.newbyteorder("="))


def parse_records(raw, records, size, path):
    """Images (records, size) and labels (records,), both uint8, from CIFAR's binary records.

    A record is one byte for the label and ``size`` bytes for the image, its channels one after the other.
    """
    _check_length(raw, records * (1 + size), path)
    table = np.frombuffer(raw, np.uint8).reshape(records, 1 + size)
    return table[:, 1:], table[:, 0]


def parse_tar(raw, path):
    """Names and contents of the regular files in the bytes of a tar archive, as a dictionary."""
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            return {member.name.removeprefix("./"): archive.extractfile(member).read()
                    for member in archive if member.isreg()}
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise DataFileError(f"{path} is not a tar archive, or a damaged one ({error})") from None


def decode_jpeg(raw, shape, path):
    """A JPEG image as uint8 (channels · height · width,), one channel after the other; ``shape`` is what it must have.

    Raises `ImportError` without Pillow.
    """
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(f"{path} is a JPEG image, and reading it needs Pillow: pip install pillow") from None
    try:
        with Image.open(io.BytesIO(raw), formats=["JPEG"]) as image:
            pixels = np.asarray(image)
    except (OSError, SyntaxError) as error:
        raise DataFileError(f"{path} is not a JPEG image, or a damaged one ({error})") from None
    if pixels.shape != (*shape[1:], shape[0]):
        raise DataFileError(f"{path} is an image of {pixels.shape}, not {(*shape[1:], shape[0])}")
    return np.moveaxis(pixels, -1, 0).reshape(-1)


def check_content(raw, known, path, title):
    """Raise `DataFileError` unless the bytes have the checksum ``known``, "algorithm:digits"."""
    algorithm, digits = known.split(":")
    found = hashlib.new(algorithm, raw, usedforsecurity=False).hexdigest()
    if found != digits:
        raise DataFileError(f"{path} has the right form but not the content of {title}'s published file "
                            f"({algorithm.upper()} {found} instead of {digits})")


def _check_length(raw, expected, path):
    if len(raw) < expected:
        raise DataFileError(f"{path} is cut off: {len(raw):,} of {expected:,} bytes are there")
    if len(raw) > expected:
        raise DataFileError(f"{path} is too long: {len(raw):,} bytes instead of {expected:,}")
