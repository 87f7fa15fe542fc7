"""Where the files of a data set come from: your own folder, the cache, or a mirror.

* ``ACTFNS_DATA`` names a folder that has them already. What lies there is read and never changed.
* ``ACTFNS_CACHE`` names the folder that downloads go to, one subfolder per data set; without it they go where
  `pooch.os_cache` puts the cache of a program on this system.
"""

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from actfns.lab.data.formats import DataFileError

DATA, CACHE = "ACTFNS_DATA", "ACTFNS_CACHE"


def find(folders, *names):
    """Path of the first of these files in the given subfolders of the folder ``ACTFNS_DATA`` names, or None."""
    if not os.environ.get(DATA):
        return None
    root = Path(os.environ[DATA]).expanduser()
    if not root.is_dir():
        raise DataFileError(f"{DATA} names {root}, which is not a folder; name the folder that has the data files, or "
                            "unset it to have them downloaded")
    paths = (root / folder / name for folder in folders for name in names)
    return next((path for path in paths if os.path.lexists(path)), None)  # a link to nowhere must not pass for absent


def read_own(path, read):
    """``read(path)`` for a file of the reader's own, with what to do when it cannot be used."""
    try:
        return read(path)
    except DataFileError as error:
        raise DataFileError(f"{error}; it was left as it is: put the published file in its place, or take it out of "
                            f"the folder {DATA} names") from None


def cache_folder(name):
    """The cache's folder for the data set ``name``; it need not exist yet."""
    import pooch

    return (Path(os.environ.get(CACHE) or pooch.os_cache("actfns")).expanduser() / name).absolute()


def fetch(name, file, downloads, mirrors):
    """Path of a file of the set ``name`` in the cache, downloaded if it is not there or has another checksum.

    ``downloads`` maps the set's published files to their SHA-256. The mirrors are tried in turn. A download goes into
    a temporary file that takes its place in one step once the checksum is right. Raises `DataFileError` when the cache
    cannot be used or no mirror has the file.
    """
    import pooch
    from requests import RequestException

    folder, failures = cache_folder(name), []
    for mirror in mirrors:
        try:
            return Path(pooch.retrieve(mirror + file, downloads[file], fname=file, path=folder,
                                       downloader=_downloader()))
        except (RequestException, ValueError) as error:  # pooch says ValueError for a wrong checksum
            failures.append(f"{urlsplit(mirror).hostname}: {_reason(error)}")
        except OSError as error:
            reason = getattr(error.__cause__, "strerror", error.strerror) or error  # pooch wraps a refusal
            raise DataFileError(f"{folder / file} cannot be read or written ({reason}); let {CACHE} name a folder that "
                                f"can be, or {DATA} one that has {file}") from None
    raise DataFileError(f"{file} could not be downloaded ({'; '.join(failures)}); put {', '.join(downloads)} into "
                        f"a folder {name} and let {DATA} name the folder above it")


def remember(path, data):
    """Write ``data``, after its SHA-256, to ``path`` in one step; returns whether that was possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(data).digest())
            file.write(data)
        os.replace(temporary, path)
        return True
    except OSError:
        os.unlink(temporary)
        return False


def remembered(path):
    """The data that `remember` wrote to ``path``, or None if they are not there or not as they were."""
    try:
        raw = memoryview(path.read_bytes())
    except OSError:
        return None
    return raw[32:] if hashlib.sha256(raw[32:]).digest() == raw[:32] else None


def _downloader():
    """An HTTP downloader with a progress bar on a terminal; identity: no server may unpack the .gz on the way."""
    from pooch import HTTPDownloader

    return HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=20, headers={"Accept-Encoding": "identity"})


def _reason(error):
    from requests import ConnectionError, HTTPError, Timeout

    if isinstance(error, HTTPError):
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, Timeout):
        return "no answer in time"
    if isinstance(error, ConnectionError):
        return "no connection"
    return "the download broke off" if isinstance(error, OSError) else "another file than the published one"
