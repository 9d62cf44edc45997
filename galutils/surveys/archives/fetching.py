"""Fetch many files: which ones, whether the disk holds them, several at a time."""

import contextlib
import fcntl
import os
import queue
import threading
from pathlib import Path
from shutil import disk_usage
from urllib.parse import quote

from galutils.store.files import ArchiveError
from galutils.surveys.archives import BY_HAND
from galutils.surveys.archives.checksums import Checksums
from galutils.surveys.archives.connection import Patience, Stopped
from galutils.surveys.archives.meter import Meter, amount
from galutils.surveys.archives.partial import Partial, sweep, tidy
from galutils.surveys.archives.transfer import SPARE, Job, bring, whole

KEYS = {"tng": "TNG_API_KEY"}  # environment variable, by survey
TICK = 0.2  # s


def prepare(folder, progress=None, patience=None):
    """Make a survey's folder, and what its files share while they are fetched.

    Parameters
    ----------
    folder : pathlib.Path
    progress : text stream, optional
    patience : Patience, optional

    Returns
    -------
    galutils.surveys.archives.transfer.Job

    Raises
    ------
    ArchiveError
        If the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Job(folder, Checksums(folder), patience or Patience(), Meter(progress))
    except OSError as error:
        raise ArchiveError(f"{folder}: expected a folder to write to, received {error}") from error


@contextlib.contextmanager
def alone(job):
    """Keep other fetches out of a survey's folder, and end the threads of this one.

    Parameters
    ----------
    job : galutils.surveys.archives.transfer.Job

    Raises
    ------
    ArchiveError
        If another is at work there.
    """
    handle = os.open(job.folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise ArchiveError(f"{job.folder}: expected no other fetch, found one at work") from error
    try:
        sweep(job.folder)
        yield
    finally:
        job.stop.set()
        job.meter.clear()
        with contextlib.suppress(OSError):  # a thread may still be at it
            tidy(job.folder)
        os.close(handle)


def expand(row, folder, subset=None):
    """Rows of single files that a row with names in braces stands for.

    Parameters
    ----------
    row : dict
        Of `galutils.surveys.archives.manifest`.
    folder : pathlib.Path
        Of the survey; its catalogue gives what stands for the names.
    subset : int, optional
        The first so many galaxies.

    Returns
    -------
    list of dict
        Where nothing can be fetched, a row whose ``state`` is (state, bytes, reason).
    """
    from galutils.surveys.archives.parts import targets

    if row["kind"] == "maps" and subset is None:
        return [row | {"state": ("left out", None, "expected a number of galaxies (subset)")}]
    try:
        galaxies = targets(row["survey"], folder)
    except ArchiveError as error:
        reason = f"expected a catalogue to name the files: {error}"
        return [row | {"state": ("failed", None, reason)}]
    return [
        row | {name: row[name].format(**galaxy) for name in ("file", "url")}
        for galaxy in galaxies[:subset]
    ]


def run(rows, job, jobs, tell=None):
    """Bring about every file, several at a time.

    Parameters
    ----------
    rows : list of dict
        Without names in braces.
    job : galutils.surveys.archives.transfer.Job
    jobs : int
        Files at a time.
    tell : callable, optional
        Called with each line as soon as it is known.

    Returns
    -------
    list of dict
        ``survey``, ``file``, ``state``, ``bytes``, ``reason``, in the order of `rows`.

    Raises
    ------
    ArchiveError
        If the disk has no room.
    """
    _announce(rows, job)
    job.meter.expect(len(rows))
    lines = [None] * len(rows)
    for index, outcome in _parallel(lambda row: _settle(row, job), rows, jobs, job):
        job.meter.done()
        state, size, reason = outcome
        lines[index] = {
            "survey": rows[index]["survey"],
            "file": rows[index]["file"],
            "state": state,
            "bytes": size,
            "reason": reason,
        }
        if tell is not None:
            job.meter.clear()
            tell(lines[index])
    return lines


def _announce(rows, job):
    """Say how much is to come, and refuse it where the disk has no room."""
    lacking = [row for row in rows if _lacks(row, job.folder)]
    if not lacking:
        return
    known = [row["bytes"] for row in lacking if row["bytes"] is not None]
    for row in lacking:
        if row["bytes"] is not None:
            job.meter.total(row["file"], row["bytes"])
    # A bundle and what comes out of it are there at once.
    need = sum(row["bytes"] * (1 + bool(row["unpack"])) for row in lacking if row["bytes"])
    free = disk_usage(job.folder).free
    job.meter.say(
        f"{job.folder.name}: {len(lacking)} files to fetch, {amount(sum(known))} known, "
        f"{len(lacking) - len(known)} of unknown size; {amount(free)} free in {job.folder}"
    )
    if need > free - SPARE:
        raise ArchiveError(
            f"{job.folder}: expected {amount(need + SPARE)} of free disk, found {amount(free)}"
        )


def _lacks(row, folder):
    """Whether a file is to be fetched, as far as a glance tells."""
    if "state" in row or _by_hand(row, folder):
        return False
    place = folder / (row["unpack"] or row["file"])
    if place.is_dir():
        return not any(place.iterdir())
    size = place.stat().st_size if place.is_file() else 0
    return not size or row["bytes"] not in (None, size)


def _parallel(call, rows, jobs, job):
    """Yield index and outcome of each call as it ends, and keep the meter going meanwhile.

    The threads are daemons: neither Ctrl-C nor the end of the program waits for a server.
    """
    todo, ended = queue.SimpleQueue(), queue.SimpleQueue()
    for pair in enumerate(rows):
        todo.put(pair)

    def work():
        while not job.stop.is_set():
            try:
                index, row = todo.get_nowait()
            except queue.Empty:
                return
            try:
                ended.put((index, call(row), None))
            except Stopped:
                return
            except BaseException as error:
                ended.put((index, None, error))

    for _ in range(min(jobs, len(rows))):
        threading.Thread(target=work, daemon=True).start()
    left = len(rows)
    while left:
        job.meter.tick()
        try:
            index, outcome, error = ended.get(timeout=TICK)
        except queue.Empty:
            continue
        if error is not None:
            raise error
        left -= 1
        yield index, outcome


def _by_hand(row, folder):
    """Say what a person must do to get a file; nothing where none is needed."""
    name = KEYS.get(row["survey"])
    place = folder / (row["unpack"] or row["file"])
    if row["access"] in BY_HAND:
        return f"{row['access']}: {row['note']}: {row['url']}; put it into {place}"
    if row["access"] == "key" and not os.environ.get(name, "").strip():
        return f"{name} is not set: {row['note']}"
    return ""


def _settle(row, job):
    """Bring about one file: its state, size and reason."""
    if "state" in row:
        return row["state"]
    place = job.folder / (row["unpack"] or row["file"])
    if whole(place, row, job.checksums):
        Partial(job.folder, row["file"], row["url"]).drop()  # of a run killed at the very end
        return "present", _size(place), ""
    reason = _by_hand(row, job.folder)
    if reason:
        return "by hand", None, reason
    key = os.environ[KEYS[row["survey"]]].strip() if row["access"] == "key" else ""
    try:
        bring(row | {"url": _asked(row["url"])}, job, {"api-key": key} if key else {})
    except ArchiveError as error:
        reason = str(error).removeprefix(f"{row['file']}: ")
        # A server may send the key back, in its answer or its page of apologies.
        return "failed", None, reason.replace(key, "***") if key else reason
    return "fetched", _size(place), ""


def _asked(url):
    """Put the queries of the code into an address that names them."""
    from galutils.surveys import skyserver

    for name in ("query_search", "query_spectroscopic"):
        if f"{{{name}}}" in url:
            url = url.replace(f"{{{name}}}", quote(getattr(skyserver, name)()))
    return url


def _size(place):
    files = [place] if place.is_file() else [p for p in Path(place).rglob("*") if p.is_file()]
    return sum(path.stat().st_size for path in files)
