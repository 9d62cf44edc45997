"""Unpack what others have packed, trusting none of it.

A bundle gives files and nothing else: no links, no devices, no path that leads out of the
folder, no name twice, and no more than its size can hold honestly.
"""

import contextlib
import gzip
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

PIECE = 1 << 20  # bytes
HEAD = 16 << 20  # bytes that a tar may want at once; what it reads whole are headers


class Limits(NamedTuple):
    """What a bundle may hold.

    Attributes
    ----------
    members : int
    size : int
        Bytes unpacked.
    ratio : float
        Bytes unpacked for each packed one; not asked of the first `free`.
    free : int
    """

    members: int = 1_000_000
    size: int = 200 * 10**9
    ratio: float = 100
    free: int = 64 * 10**6

    def most(self, packed):
        """Bytes that a bundle of so many may give."""
        return int(min(self.size, max(self.free, self.ratio * packed)))


LIMITS = Limits()


def unpack(path, target, work, limits=None):
    """Put the files of a zip, tar or tar.gz, without their folders, into a new folder.

    Parameters
    ----------
    path : pathlib.Path
        Whatever its name: the content tells which it is.
    target : pathlib.Path
        Missing or empty; it is there only once everything is in it.
    work : pathlib.Path
        Folder to unpack in, on the same disk; made anew, and gone at the end.
    limits : Limits, optional

    Raises
    ------
    ValueError
        If the bundle is damaged, hostile, encrypted, or holds no file. Hidden files, which a
        Mac adds, are left out.
    OSError
        If the disk is full or may not be written.
    """
    shutil.rmtree(work, ignore_errors=True)  # of a run that was cut short
    work.mkdir(parents=True)
    try:
        _write(path, work, limits or LIMITS)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            target.rmdir()  # it is empty, or we would not be here
        os.replace(work, target)
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        gzip.BadGzipFile,
        zlib.error,
        EOFError,
        RuntimeError,  # encrypted, or a compression that is not known
    ) as error:
        raise ValueError(f"expected a whole bundle, received {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(path, work, limits):
    most, written, seen = limits.most(path.stat().st_size), 0, set()
    for count, (member, file) in enumerate(_members(path, most), start=1):
        if count > limits.members:
            raise ValueError(f"expected at most {limits.members} members, received more")
        check_name(member)
        name = PurePosixPath(member).name
        if file is None or name.startswith("."):
            continue
        if name in seen:
            raise ValueError(f"expected every name once, received {_shown(name)} twice")
        seen.add(name)
        with (work / name).open("xb") as place:
            while piece := file.read(PIECE):
                written += len(piece)
                if written > most:
                    raise ValueError(f"expected at most {most} bytes unpacked, received more")
                place.write(piece)
    if not seen:
        raise ValueError("expected files in the bundle, received none")


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
    if astray or long or "\\" in name or not name.isprintable():
        raise ValueError(f"expected a path inside the folder, received {_shown(name)}")


def _shown(name):
    return ascii(name if len(name) <= 60 else f"{name[:57]}...")


def _members(path, most):
    """Yield name and open file of each member; None for the file of a folder."""
    if zipfile.is_zipfile(path):
        return _zip_members(path)
    return _tar_members(path, most)


def _zip_members(path):
    with zipfile.ZipFile(path) as bundle:
        for info in bundle.infolist():
            mode = info.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ValueError(f"expected files only, received a link: {_shown(info.filename)}")
            if info.is_dir():
                yield info.filename, None
            else:
                with bundle.open(info) as file:
                    yield info.filename, file


def _tar_members(path, most):
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        if file.read(2) == b"\x1f\x8b":
            file = stack.enter_context(gzip.open(path))
        file.seek(0)
        bundle = stack.enter_context(tarfile.open(fileobj=_Bounded(file, most), mode="r:"))
        for member in bundle:
            if not (member.isdir() or member.isreg()) or member.issparse():
                raise ValueError(f"expected files only, received a link: {_shown(member.name)}")
            yield member.name, bundle.extractfile(member) if member.isreg() else None


class _Bounded:
    """A file that gives a limited number of bytes, and few of them at once."""

    def __init__(self, file, most):
        self.seek, self.tell = file.seek, file.tell
        self._file, self._left = file, 2 * most  # headers and padding come on top

    def read(self, size):
        self._left -= size
        if size > HEAD or self._left < 0:
            raise ValueError("expected a plain bundle, received one that grows without end")
        return self._file.read(size)
