"""Write files whole or not at all; read them only if they are files."""

import contextlib
import fcntl
import glob
import gzip
import hashlib
import io
import json
import os
import shutil
import stat
import tempfile
from pathlib import Path

RATIO = 100  # of unpacked to packed size; maps and tables have 3 to 20
GZIP = b"\x1f\x8b"
KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


class ArchiveError(Exception):
    """A bad or missing archive file; the message names it, what was expected and received."""


def expect(good, path, expected, received="none"):
    """Raise an error that names a file, unless all is well with it.

    Parameters
    ----------
    good : bool
        Or anything that counts as true or false.
    path : path-like
    expected, received : object
        What the file should hold, and what it holds instead, for the message.

    Raises
    ------
    ArchiveError
        If not `good`.
    """
    if not good:
        raise ArchiveError(f"{path}: expected {expected}, received {received}")


def require(good, expected, received, name=""):
    """Raise an error that says what was expected, unless all is well.

    Parameters
    ----------
    good : bool
        Or anything that counts as true or false.
    expected, received : object
        For the message.
    name : object
        Of the argument, the column or the file, for the message; '' where the caller adds it.

    Raises
    ------
    ValueError
        If not `good`.
    """
    if not good:
        raise ValueError(f"{name}: " * (name != "") + f"expected {expected}, received {received}")


def first(values):
    """Show the first of some values in a message, '' where there are none."""
    return ", ".join(str(value) for value in values[:1])


@contextlib.contextmanager
def guarded(path, expected):
    """Turn whatever goes wrong with a file of an archive into an `ArchiveError` that names it.

    Parameters
    ----------
    path : path-like
    expected : str
        What the file should be, for the message.

    Raises
    ------
    ArchiveError
        If the file is missing or anything else is raised; an `ArchiveError` passes unchanged.
    """
    try:
        yield
    except ArchiveError:
        raise
    except FileNotFoundError:
        raise ArchiveError(f"{path}: expected {expected}, received none") from None
    except Exception as error:  # a hostile file may make a parser raise anything
        reason = f"{type(error).__name__}: {error}"
        raise ArchiveError(f"{path}: expected {expected}, received {reason}") from error


@contextlib.contextmanager
def replacing(path, folder=False, suffix=""):
    """Yield a temporary path that takes the place of `path` if nothing was raised.

    The temporary file lies beside `path` and is locked while it is written, so that `sweep`, which
    runs first, can tell what a killed write has left from the file of a writer at work.

    Parameters
    ----------
    path : path-like
        Folders above it are made.
    folder : bool
        It is a folder, of which an older one goes.
    suffix : str
        Ending of the temporary path, for writers that know files by theirs.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path)
    handle, temporary = _locked(path, folder, suffix)
    try:
        yield temporary
        os.chmod(temporary, 0o755 if folder else 0o644)  # it was made for this user alone
        if folder and path.exists():
            # A name that is swept below, or by the next run, should this one be killed here.
            os.replace(path, tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        os.replace(temporary, path)
        if folder:
            sweep(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(temporary) if folder else os.unlink(temporary)
        raise
    finally:
        os.close(handle)


def _locked(path, folder, suffix):
    """Make and lock a temporary file; another one where a sweep came before the lock."""
    name = {"dir": path.parent, "prefix": f".{path.name}.", "suffix": suffix}
    while True:
        if folder:
            temporary = tempfile.mkdtemp(**name)
            handle = os.open(temporary, os.O_RDONLY)
        else:
            handle, temporary = tempfile.mkstemp(**name)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, temporary
        os.close(handle)


def sweep(path, inside=False):
    """Remove the temporary files and folders that killed writes to a path have left beside it.

    Parameters
    ----------
    path : path-like
        The final path. Its temporaries are called ``.NAME.``, eight characters and perhaps its
        ending; one that a process holds locked is at work and stays.
    inside : bool
        Sweep what was left of all paths in the folder `path` instead.
    """
    path = Path(path)
    name = "*" if inside else glob.escape(path.name)
    place = path if inside else path.parent
    marks = f".{name}.{'?' * 8}"
    for rest in (*place.glob(marks), *place.glob(f"{marks}{glob.escape(path.suffix)}")):
        try:
            handle = os.open(rest, os.O_RDONLY)
        except (FileNotFoundError, PermissionError):
            continue  # moved to its place or swept meanwhile, or another user's
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
        except (BlockingIOError, FileNotFoundError):
            pass  # a writer at work, or another sweep
        finally:
            os.close(handle)


def write(path, content):
    """Write bytes or str to a file, whole or not at all."""
    content = content.encode() if isinstance(content, str) else content
    with replacing(path) as temporary:
        Path(temporary).write_bytes(content)


def write_json(path, content):
    """Write JSON; NaN is refused, since JSON has none."""
    write(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def regular(path):
    """Return a path as `Path` if a file is there; whoever opens a pipe may wait for ever.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    ValueError
        If it is a folder, a pipe, a socket, a device, or cannot be reached; names it.
    """
    path = Path(path)
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: expected a file, received {error}") from None
    require(kind == stat.S_IFREG, "a file", KINDS.get(kind, "a device"), path)
    return path


def unpacked(path):
    """Open a file for reading bytes, a gzipped one as what is packed in it.

    Raises
    ------
    ValueError
        As of `regular`; and if it unpacks to more than `RATIO` times its size.
    """
    file = regular(path).open("rb")
    packed = file.read(2) == GZIP
    file.seek(0)
    if not packed:
        return file
    with file:
        most = RATIO * os.fstat(file.fileno()).st_size
        content = gzip.GzipFile(fileobj=file).read(most + 1)
    if len(content) > most:
        raise ValueError(f"more than {RATIO} times its size when unpacked")
    return io.BytesIO(content)


def below(folder, name):
    """Path of a file by its name below a folder.

    Raises
    ------
    ValueError
        If the name leads out of the folder: it is absolute, or has ``..`` in it.
    """
    parts = Path(str(name))
    if parts.is_absolute() or ".." in parts.parts or "\0" in str(name):
        raise ValueError(f"{name}: expected a name below {Path(folder).name}, received one outside")
    return Path(folder) / parts


def read_text(path, errors="strict"):
    """Read a text in UTF-8, with or without a mark at its beginning, also a gzipped one.

    Parameters
    ----------
    path : path-like
    errors : {'strict', 'replace'}
        Refuse bytes that are no UTF-8, or read each as U+FFFD.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    ValueError
        If it is no file, or no such text; names it.
    """
    try:
        with unpacked(path) as file:
            text = file.read().decode("utf-8-sig", errors).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected text in UTF-8, received {error}") from error
    require("\0" not in text, "text in UTF-8", "NUL characters", path)
    return text


def read_json(path, kind=dict):
    """Read a JSON document.

    Parameters
    ----------
    path : path-like
    kind : type
        What it should hold.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    ValueError
        If it is no file, no JSON in UTF-8, or holds something else; names it.
    """
    text = read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path}: expected JSON, received {reason}") from error
    good = isinstance(content, kind)
    require(good, f"JSON with a {kind.__name__}", type(content).__name__, path)
    return content


def checksum(path):
    """Return the sha256 of a file, in hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
