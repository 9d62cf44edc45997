"""Fetch one file: under a temporary name, checked, and only then under its own."""

import logging
import os
import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from galutils.surveys import ArchiveError

TIMEOUT = 60  # s without a byte
ZIP, GZIP, HDF5 = b"PK\x03\x04", b"\x1f\x8b", b"\x89HDF"
PICTURE = (b"\xff\xd8\xff", b"\x89PNG")  # SDSS serves JPEG under any name
# How a file begins, by ending
BEGINNINGS = {
    ".fits": (b"SIMPLE  =",),
    ".gz": (GZIP,),
    ".zip": (ZIP,),
    ".hdf5": (HDF5,),
    ".h5": (HDF5,),
    ".jpg": PICTURE,
    ".png": PICTURE,
}
TEXT = (".csv", ".tsv", ".txt")


def whole(path, row):
    """Whether a file, or the folder of an unpacked bundle, is there as the manifest wants it.

    Parameters
    ----------
    path : pathlib.Path
    row : dict
        Of `galutils.archives.manifest`; ``bytes`` and ``hash`` are compared where they are known.

    Returns
    -------
    bool
    """
    if path.is_dir():  # renamed into place when complete; by hand: with anything in it
        return any(path.iterdir())
    if not path.is_file() or not path.stat().st_size:
        return False
    if row["bytes"] is not None and path.stat().st_size != row["bytes"]:
        return False
    return not row["hash"] or _hash(path, row["hash"]) == row["hash"].lower()


def _hash(path, known):
    import pooch

    algorithm = known.split(":")[0]
    return f"{algorithm}:{pooch.file_hash(str(path), alg=algorithm)}"


def bring(row, folder, headers=None):
    """Fetch the file of a row into its place below a folder, whole or not at all.

    Parameters
    ----------
    row : dict
        Of `galutils.archives.manifest`, without names in braces.
    folder : pathlib.Path
        Of the survey.
    headers : dict, optional
        Sent with the request; never written or shown.

    Raises
    ------
    ArchiveError
        If the server cannot be reached or refuses, or what it sends is cut short, has another
        size or hash than it should, or is no such file. What was there before stays.
    """
    import pooch
    import requests

    path = Path(folder) / row["file"]
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)  # of a run that was cut short
    pooch.get_logger().setLevel(logging.WARNING)
    try:
        getter = pooch.HTTPDownloader(timeout=TIMEOUT, headers=headers or {})
        pooch.retrieve(row["url"], row["hash"] or None, new.name, new.parent, downloader=getter)
        _check(new, row)
        new.chmod(0o644)
        if row["unpack"]:
            _unpack(new, Path(folder) / row["unpack"])
        else:
            os.replace(new, path)
    except (requests.RequestException, OSError, ValueError) as error:
        raise ArchiveError(f"{row['file']}: {_reason(error, row['url'])}") from error
    finally:
        new.unlink(missing_ok=True)


def _reason(error, url):
    """Say in one line what went wrong."""
    import requests

    response = getattr(error, "response", None)
    if response is not None:
        return f"expected the file, received {response.status_code} {response.reason}"
    text = " ".join(str(error).split())
    if "IncompleteRead" in text:
        return "expected the whole file, received a part: the connection broke"
    if isinstance(error, requests.Timeout):
        return f"expected an answer of {urlsplit(url).netloc}, received none in {TIMEOUT} s"
    if isinstance(error, requests.ConnectionError):
        return f"expected to reach {urlsplit(url).netloc}, received none: is there a network?"
    return text


def _check(path, row):
    """Refuse a file of another size than listed, or of another kind than its name says."""
    size = path.stat().st_size
    if row["bytes"] is not None and size != row["bytes"]:
        raise ValueError(f"expected {row['bytes']} bytes, received {size}")
    with path.open("rb") as file:
        start = file.read(80)
    ending = Path(row["file"]).suffix.lower()
    wrong = not start or not start.startswith(BEGINNINGS.get(ending, (b"",)))
    if wrong or (ending in TEXT and start.lstrip().startswith(b"<")):
        shown = start.decode("ascii", "replace").strip()[:40]
        raise ValueError(f"expected a {ending[1:]} file, received {size} bytes: {shown!r}")


def _members(path):
    """Yield name and open file of everything in a bundle."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as bundle:
            for name in bundle.namelist():
                if not name.endswith("/"):
                    with bundle.open(name) as file:
                        yield name, file
    else:
        with tarfile.open(path) as bundle:
            for member in bundle:
                if member.isfile():
                    yield member.name, bundle.extractfile(member)


def _unpack(path, target):
    """Put the files of a bundle, without their folders, into a new folder."""
    new = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for member, file in _members(path):
            name = Path(member).name
            if name.startswith("."):  # what a Mac adds
                continue
            with (new / name).open("xb") as place:
                shutil.copyfileobj(file, place)
        new.chmod(0o755)
        if target.is_dir():
            target.rmdir()  # it is empty, or we would not be here
        os.replace(new, target)
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise ValueError(f"expected a whole bundle, received {error}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
