"""Fetch one file: what has come lies out of sight, is checked, and only then gets its name."""

import contextlib
import os
import shutil
import threading
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from galutils.store.files import ArchiveError
from galutils.surveys.archives import bundles
from galutils.surveys.archives.checksums import Checksums, file_hash
from galutils.surveys.archives.connection import Broken, Patience, Refused, Stopped, ask, pieces
from galutils.surveys.archives.meter import Meter, amount
from galutils.surveys.archives.partial import FOLDER, Partial

STEP = 1 << 20  # bytes; so much more than ever before, and a download gets on
SPARE = 100 * 10**6  # bytes left free on a disk
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


@dataclass
class Job:
    """What all files of a survey share while they are fetched.

    Attributes
    ----------
    folder : pathlib.Path
        Of the survey.
    checksums : Checksums
    patience : Patience
    meter : Meter
    stop : threading.Event
        Set where the run is being ended.
    silent : set of str
        Hosts that gave no answer, however often they were asked: others of their files are
        not waited for.
    """

    folder: Path
    checksums: Checksums
    patience: Patience = Patience()
    meter: Meter = field(default_factory=Meter)
    stop: threading.Event = field(default_factory=threading.Event)
    silent: set = field(default_factory=set)


def whole(path, row, checksums):
    """Whether a file, or the folder of an unpacked bundle, is there as it should be.

    Parameters
    ----------
    path : pathlib.Path
    row : dict
        Of `galutils.surveys.archives.manifest`; ``bytes`` and ``hash`` are compared where they are known.
    checksums : Checksums
        Compared where the manifest has no hash.

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
    known = row["hash"] or (checksums.known(row["file"]) or {}).get("hash")
    return not known or file_hash(path, known.split(":")[0]) == known.lower()


def bring(row, job, secret=None):
    """Fetch the file of a row into its place below a folder, whole or not at all.

    What has come of it stays in ``.partial`` where a later run can take it up.

    Parameters
    ----------
    row : dict
        Of `galutils.surveys.archives.manifest`, without names in braces.
    job : Job
    secret : dict, optional
        Headers that are sent to the address's own host only; never written or shown.

    Raises
    ------
    ArchiveError
        If the server cannot be reached or refuses, or what it sends is cut short, too slow, of
        another size, hash or kind than it should, or a bundle is not to be trusted. What was
        there before stays.
    galutils.surveys.archives.connection.Stopped
        If the run is being ended.
    """
    try:
        bundles.check_name(row["file"])
        part = Partial(job.folder, row["file"], row["url"])
        job.meter.add(part.size, received=False)
        with contextlib.ExitStack() as stack:
            stack.callback(part.drop_unusable)
            _place(row, part, job, _complete(row, part, job, secret or {}))
    except (OSError, ValueError) as error:
        text = " ".join(str(error).split())
        raise ArchiveError(f"{row['file']}: {text}") from error


def _complete(row, part, job, secret):
    """Have all of a file, and return its hash; anew if the end did not fit the beginning."""
    for again in (True, False):
        _download(row, part, job, secret)
        try:
            return _check(row, part, job)
        except ValueError:
            joined = part.joined
            job.meter.add(-part.size, received=False)
            part.drop()
            if not (again and joined):
                raise


def _download(row, part, job, secret):
    """Ask for a file until it is here, or it is plain that it will not be."""
    patience, host = job.patience, urlsplit(row["url"]).netloc
    best, failures = part.size, 0
    while not part.whole:
        if host in job.silent:
            raise Refused(f"expected an answer of {host}, received none for other files of it")
        try:
            return _attempt(row, part, job, secret)
        except Broken as error:
            if part.size >= best + STEP:
                best, failures = part.size, 0
            failures += 1
            if failures >= patience.tries:
                if error.silent:
                    job.silent.add(host)
                raise Refused(f"{error} (asked {failures} times)") from error
            wait = patience.wait * 2 ** (failures - 1) if error.after is None else error.after
            if wait > patience.longest and error.after is not None:
                raise Refused(f"{error}, to come again in {wait:.0f} s") from error
            if job.stop.wait(min(wait, patience.longest)):
                raise Stopped from error


def _attempt(row, part, job, secret):
    """Ask once, for the rest of a file where there is a beginning."""
    headers = {"Accept-Encoding": "identity"} | part.condition()  # bytes as they lie there
    with ask(row["url"], headers, secret, job.patience) as response:
        # A server may say so of what lies there packed anyway.
        encoded = bool(response.headers.get("content-encoding")) and not row["file"].endswith("gz")
        if response.status_code == 200:
            job.meter.add(-part.size, received=False)
            part.begin(response, encoded)
        elif response.status_code == 416 or not part.size or not part.continues(response):
            job.meter.add(-part.size, received=False)
            part.drop()
            raise Broken("expected the rest of the file, received another part")
        _expect(row, part, job)
        _receive(response, part, job, encoded)
    if part.total is not None and part.size != part.total:
        raise Broken("expected the whole file, received a part: the connection broke")
    part.finish()


def _expect(row, part, job):
    """Refuse a file of the wrong size, or too large for the disk, before it comes."""
    if part.total is None:
        return
    if row["bytes"] is not None and part.total != row["bytes"]:
        raise Refused(f"expected {row['bytes']} bytes, received {part.total}")
    job.meter.total(row["file"], part.total)
    _require(part.total - part.size, job.folder)


def _require(size, folder):
    free = shutil.disk_usage(folder).free
    if size > free - SPARE:
        raise Refused(f"expected {amount(size + SPARE)} of free disk, found {amount(free)}")


def _receive(response, part, job, encoded):
    count = 0
    with part.path.open("ab") as file:
        for piece in pieces(response, job.patience, job.stop, encoded):
            file.write(piece)
            file.flush()
            job.meter.add(len(piece))
            count += len(piece)
            if part.total is None and count >= 100 * STEP:  # it may never end
                _require(0, job.folder)
                count = 0


def _check(row, part, job):
    """Return the hash of a file; refuse another size, kind or hash than it should have."""
    size, ending = part.size, Path(row["file"]).suffix.lower()
    if row["bytes"] is not None and size != row["bytes"]:
        raise ValueError(f"expected {row['bytes']} bytes, received {size}")
    with part.path.open("rb") as file:
        start = file.read(80)
    wrong = not start or not start.startswith(BEGINNINGS.get(ending, (b"",)))
    if wrong or (ending in TEXT and start.lstrip().startswith(b"<")):
        shown = start.decode("ascii", "replace").strip()[:40]
        raise ValueError(f"expected a {ending[1:]} file, received {size} bytes: {shown!r}")
    # Servers that do not say how long a file is cannot be seen to break off.
    cut = {".fits": lambda: size % 2880, ".zip": lambda: not zipfile.is_zipfile(part.path)}
    if ending in cut and cut[ending]():
        raise ValueError(f"expected a whole {ending[1:]} file, received {size} bytes")
    known = job.checksums.known(row["file"])
    wanted = row["hash"].lower() or (known["hash"] if known else "")
    digest = file_hash(part.path, *wanted.split(":")[:-1])
    if wanted in ("", digest):
        return digest
    reason = f"expected hash {wanted}, received {digest}"
    if not row["hash"]:
        reason += f"; the first is of {known['fetched']}: to accept the other, delete the line of "
        reason += f"the file in {job.checksums.path}"
    raise ValueError(reason)


def _place(row, part, job, digest):
    """Give a file its name, or unpack it; trust the hash of what came for the first time."""
    new = not row["hash"] and job.checksums.known(row["file"]) is None
    line = (row["file"], part.size, digest, row["url"])
    if row["unpack"]:
        try:
            target, work = (job.folder / row["unpack"], job.folder / FOLDER / row["unpack"])
            bundles.unpack(part.path, target, work)
        except ValueError:
            part.drop()  # fetching it again would end here again
            raise
        if new:
            job.checksums.keep(*line)
    else:
        if new:
            job.checksums.keep(*line)
        place = job.folder / row["file"]
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part.path, place)
    part.drop()
