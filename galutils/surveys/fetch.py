"""Fetch the files of the surveys' archives, by pooch, pyvo and astroquery.

``data/manifest.csv`` lists them, one row a file: ``survey`` (its folder), ``part`` of it, ``file``
(path below the folder), ``url``, ``bytes`` and ``hash`` where they are known, ``kind``
(catalogue, maps, images), ``access``, ``unpack`` (folder that the files of a bundle go to),
``licence``, ``citation``, ``note``, and ``checked``: whether the address was tried from here. A
name in braces stands for a value of each galaxy.

Access is ``open``, ``key`` (a free key is sent along), ``tap`` (the table named after ``#`` in
the address), ``skyserver`` (the query of `galutils.surveys.skyserver` named there), or by hand:
``form``, ``account`` or ``author``, with the address and a note that say how.

A file arrives in the hidden folder ``.partial``, where its size, its hash and its first bytes are
checked; only then is it moved to its place. An interrupted run leaves whole files only, and the
next one fetches the rest. Where the archive gives no hash, that of the first file that arrives is
trusted, logged, and written to ``hashes.txt`` (a pooch registry), with which later ones are
compared. To accept a file that an archive has changed, delete its line there.
"""

import contextlib
import fcntl
import os
import shlex
import shutil
import threading
from multiprocessing.pool import ThreadPool
from pathlib import Path

from galutils.store.files import ArchiveError, expect, guarded, require
from galutils.store.folders import walk
from galutils.surveys import archive_root, bundles, sources
from galutils.surveys.sources import manifest

BY_HAND = ("form", "account", "author")
COLUMNS = ("survey", "file", "state", "bytes", "reason")
ABSENT = ("failed", None, "expected a run to its end, received an interrupt")
PARTIAL, TRUSTED = ".partial", "hashes.txt"
SPARE = 100 * 10**6  # bytes left free on a disk


def fetch(
    survey, folder=None, subset=None, catalogues_only=False, jobs=4, *,
    rows=None, tell=None, progress=None, tries=4,
):  # fmt: skip
    """Fetch the files of a survey that the manifest lists and that are not here whole.

    Parameters
    ----------
    survey : str
        Folder of the survey: sami, manga, tng, gz2, perseus, atlas3d.
    folder : path-like, optional
        Root of the archives, as `galutils.surveys.archive_root` takes it.
    subset : int, optional
        Number of galaxies of which single files (cut-outs, maps) are fetched, the first of the
        catalogue. Without it all cut-outs are fetched, and no maps of single galaxies: all of
        them are a hundred gigabytes.
    catalogues_only : bool
        Leave out maps and images.
    jobs : int
        Files at a time.
    rows : list of dict, optional
        Rows to use instead of those of `manifest`.
    tell : callable, optional
        Called with each row of the result as soon as it is known.
    progress : text stream, optional
        Where a progress bar is drawn, for example ``sys.stderr``.
    tries : int
        How often a file is asked for where the connection breaks or the hash does not fit. A
        refusal (status 400 to 499) is final.

    Returns
    -------
    pandas.DataFrame
        ``survey``, ``file``, ``bytes``, ``reason`` and ``state``: ``present`` (it was here),
        ``fetched``, ``failed``, ``by hand`` (the reason says how to get it), ``left out`` (needs
        `subset`). In the manifest's order, catalogues first.

    Raises
    ------
    ArchiveError
        If there is no such survey, the disk has no room for the files of known size, the folder
        cannot be written, or another fetch is at work in it.
    ValueError
        If `subset` or `jobs` is below 1.
    """
    import pandas as pd

    rows = manifest() if rows is None else rows
    mine = [row for row in rows if row["survey"] == survey]
    names = ", ".join(sorted({row["survey"] for row in rows}))
    expect(mine, "survey", f"one of {names}", survey)
    require(subset is None or subset >= 1, "1 or more galaxies", subset, "subset")
    require(jobs >= 1, "1 or more", jobs, "jobs")
    if catalogues_only:
        mine = [row for row in mine if row["kind"] == "catalogue"]
    mine.sort(key=lambda row: row["kind"] != "catalogue")
    single = [row for row in mine if "{" in row["file"]]
    root = archive_root() if folder is None else Path(folder).expanduser()  # it may be new
    place = root / survey
    with _alone(place), ThreadPool(jobs) as pool:
        fetcher = _Fetcher(place, progress, tries)
        # Catalogues name the galaxies of the rest.
        lines = fetcher.run(pool, [row for row in mine if row not in single], tell)
        expanded = [one for row in single for one in _expanded(row, place, subset)]
        lines += fetcher.run(pool, expanded, tell)
    return pd.DataFrame(lines, columns=COLUMNS)


@contextlib.contextmanager
def _alone(folder):
    """Keep other fetches out of a survey's folder, and remove unfinished files before and after."""
    with guarded(folder, "a folder to write to"):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder / PARTIAL, ignore_errors=True)  # left by a killed run
        yield
        shutil.rmtree(folder / PARTIAL, ignore_errors=True)
    except BlockingIOError as error:
        raise ArchiveError(f"{folder}: expected no other fetch, found one at work") from error
    finally:
        os.close(handle)


def _expanded(row, folder, subset):
    """Return a row for each galaxy; where there can be none, one with its ``state``."""
    from galutils.surveys.holdings import targets

    if row["kind"] == "maps" and subset is None:
        return [row | {"state": ("left out", None, "expected a number of galaxies (subset)")}]
    try:
        galaxies = targets(row["survey"], folder, row["file"])
    except ArchiveError as error:
        reason = f"expected a catalogue to name the files: {error}"
        return [row | {"state": ("failed", None, reason)}]
    names = ("file", "url")
    return [row | {n: row[n].format(**galaxy) for n in names} for galaxy in galaxies[:subset]]


class _Fetcher:
    """The files of one survey."""

    def __init__(self, folder, progress, tries):
        import pooch

        pooch.get_logger().setLevel("ERROR")  # `tell` says what there is to say
        self.folder, self.progress, self.tries = folder, progress, tries
        self.trusted = pooch.create(path=folder, base_url="")
        self.lock, self.stopped = threading.Lock(), threading.Event()
        if (folder / TRUSTED).is_file():
            with guarded(folder / TRUSTED, "hashes"):
                self.trusted.load_registry(folder / TRUSTED)

    def run(self, pool, rows, tell):
        """Fetch the rows, several at a time; return a line of the result for each."""
        from tqdm import tqdm

        self.stopped.clear()
        missing = [row for row in rows if self._lacks(row)]
        # A bundle and the files from it are on the disk at once.
        need = sum((row["bytes"] or 0) * (1 + bool(row["unpack"])) for row in missing)
        self.require(need)
        lines = [None] * len(rows)
        with tqdm(
            total=sum(row["bytes"] or 0 for row in missing), unit="B", unit_scale=True,
            file=self.progress, disable=self.progress is None or not missing, leave=False,
            desc=f"{self.folder.name}: {len(missing)} files",
        ) as self.meter:  # fmt: skip
            try:
                for index, outcome in pool.imap_unordered(self._numbered, enumerate(rows)):
                    values = (rows[index]["survey"], rows[index]["file"], *outcome)
                    lines[index] = dict(zip(COLUMNS, values, strict=True))
                    if tell is not None:
                        self.meter.clear()
                        tell(lines[index])
            finally:
                self.stopped.set()  # after an interrupt no further file is begun
        return lines

    def _numbered(self, pair):
        return pair[0], ABSENT if self.stopped.is_set() else self._settled(pair[1])

    def _place(self, row):
        return self.folder / (row["unpack"] or row["file"])

    def _lacks(self, row):
        place = self._place(row)
        there = any(place.iterdir()) if place.is_dir() else place.is_file()
        return not ("state" in row or there or self._by_hand(row))

    def require(self, size):
        """Refuse so many bytes where the disk has no room for them."""
        free = shutil.disk_usage(self.folder).free
        expected = f"{(size + SPARE) / 1e6:.0f} MB of free disk"
        expect(size <= free - SPARE, self.folder, expected, f"{free / 1e6:.0f} MB")

    def _by_hand(self, row):
        """Say what a person must do to get a file; nothing where none is needed."""
        name = sources.KEYS.get(row["survey"])
        if row["access"] in BY_HAND:
            return f"{row['access']}: {row['note']}: {row['url']}; put it into {self._place(row)}"
        if row["access"] == "key":
            key = os.environ.get(name, "").strip()
            if not key:
                return f"{name} is not set: {row['note']}"
            if not key.isprintable():
                return f"{name}: expected printable characters, received others"
        return ""

    def _known(self, row):
        """Return the hash that a file must have, ``algorithm:digits``, or None."""
        return row["hash"].lower() or self.trusted.registry.get(row["file"])

    def _is_whole(self, row):
        from pooch.hashes import hash_matches

        place = self._place(row)
        if place.is_dir():  # renamed into place when complete; by hand: with anything in it
            return any(place.iterdir())
        size = place.stat().st_size if place.is_file() else 0
        if not size or row["bytes"] not in (None, size):
            return False
        return hash_matches(str(place), self._known(row))

    def _settled(self, row):
        """Return state, bytes and reason of a file that is here or can be fetched."""
        if "state" in row:
            return row["state"]
        try:
            bundles.check_name(row["file"])
            if self._is_whole(row):
                return "present", _size(self._place(row)), ""
            reason = self._by_hand(row)
            if reason:
                return "by hand", None, reason
            trusted = self._fetched(row)
            return "fetched", _size(self._place(row)), trusted
        except (ArchiveError, OSError, ValueError) as error:
            # A server may send the key back in its answer.
            key = os.environ.get(sources.KEYS.get(row["survey"], ""), "").strip()
            reason = " ".join(str(error).split())
            return "failed", None, reason.replace(key, "***") if key else reason

    def _fetched(self, row):
        """Bring a file to its place, whole and checked; return what was trusted about it."""
        import pooch

        partial, name = self.folder / PARTIAL, row["file"]
        one = pooch.create(
            path=partial, base_url="", registry={name: self._known(row)}, urls={name: row["url"]},
            retry_if_failed=self.tries - 1,
        )  # fmt: skip
        # Pooch makes the folder too, but two of its threads at once collide.
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        path = Path(one.fetch(name, downloader=sources.Source(row, self)))
        sources.check(path, row)
        place, digest = self._place(row), pooch.file_hash(str(path))
        if row["unpack"]:
            bundles.unpack(path, place, partial / "unpacked" / name)
        new = not self._known(row)
        if new:
            self._trust(name, digest, row["url"])
        if not row["unpack"]:
            place.parent.mkdir(parents=True, exist_ok=True)
            path.chmod(0o644)  # temporary files have 0600
            os.replace(path, place)
        return f"no hash known, trusted sha256:{digest[:12]}..." if new else ""

    def _trust(self, name, digest, url):
        line = f"{shlex.quote(name)} sha256:{digest} {shlex.quote(url)}\n"
        with self.lock, open(self.folder / TRUSTED, "a", encoding="utf-8") as file:
            file.write(line)
            self.trusted.registry[name] = f"sha256:{digest}"


def _size(place):
    files = [place] if place.is_file() else [p for p in walk(place) if p.is_file()]
    return sum(path.stat().st_size for path in files)
