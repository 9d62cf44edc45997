"""Unpack zip and tar files that others have packed, trusting none of it.

A bundle gives plain files and nothing else: no links, no devices, no path that leads out of the
folder, no name twice, and not more than its size can hold honestly.
"""

import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from pathlib import PurePosixPath, PureWindowsPath

from galutils.store.files import require

MOST_MEMBERS = 1_000_000
# Bytes unpacked: at most so many for each packed one, but not asked of the first few
RATIO, FREE = 100, 64 * 10**6
DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError)
DAMAGED += (RuntimeError, NotImplementedError)  # encrypted, or a compression that is not known


def unpack(path, target, work):
    """Put the files of a zip, tar or tar.gz, without their folders, into a new folder.

    Parameters
    ----------
    path : pathlib.Path
        Whatever its name: the content tells which it is. Hidden files, which a Mac adds, are
        left out.
    target : pathlib.Path
        Missing or empty; it is there only once everything is in it.
    work : pathlib.Path
        Folder to unpack in, on the same disk; it is gone at the end.

    Raises
    ------
    ValueError
        If the bundle is damaged, hostile, encrypted, or holds no file.
    OSError
        If the disk is full or may not be written.
    """
    work.mkdir(parents=True)
    try:
        packed = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else tarfile.open(path, "r:*")
        with packed:
            _extract(packed, work, max(FREE, RATIO * path.stat().st_size))
        require(any(work.iterdir()), "files in the bundle", "none")
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            target.rmdir()
        os.replace(work, target)
    except DAMAGED as error:
        raise ValueError(f"expected a whole bundle, received {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _extract(packed, work, most):
    size = 0
    for count, (name, length, plain, opened) in enumerate(_members(packed), start=1):
        check_name(name)
        size += length  # what a member says of itself is all that the libraries read of it
        if count > MOST_MEMBERS or size > most:
            raise ValueError(f"expected at most {MOST_MEMBERS} members and {most} bytes")
        base = PurePosixPath(name).name
        if not plain or base.startswith("."):
            continue
        require(not (work / base).exists(), "every name once", f"{_shown(base)} twice")
        with opened() as source, (work / base).open("xb") as place:
            shutil.copyfileobj(source, place)


def _members(packed):
    """Yield name, bytes, whether it is a file and not a folder, and how to open it."""
    if isinstance(packed, zipfile.ZipFile):
        for info in packed.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
            require(plain, "files only", f"a link: {_shown(info.filename)}")
            yield info.filename, info.file_size, not info.is_dir(), lambda i=info: packed.open(i)
    else:
        for info in packed:
            plain = (info.isdir() or info.isreg()) and not info.issparse()
            require(plain, "files only", f"a link: {_shown(info.name)}")
            yield info.name, info.size, info.isreg(), lambda i=info: packed.extractfile(i)


def check_name(name):
    """Refuse a path that does not stay below the folder it is joined to.

    Parameters
    ----------
    name : str
        With ``/`` between folders.

    Raises
    ------
    ValueError
        If it is absolute, goes up, or holds what no plain name holds.
    """
    path = PurePosixPath(name)
    astray = path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive
    long = max((len(os.fsencode(part)) for part in path.parts), default=0) > 255
    good = not (astray or long or "\\" in name) and name.isprintable()
    require(good, "a path inside the folder", _shown(name))


def _shown(name):
    return ascii(name if len(name) <= 60 else f"{name[:57]}...")
