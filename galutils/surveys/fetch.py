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
import csv
import fcntl
import os
import shlex
import shutil
import threading
import zipfile
from multiprocessing.pool import ThreadPool
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from galutils.store.files import ArchiveError
from galutils.surveys import PROJECT, archive_root, bundles

MANIFEST = PROJECT / "data" / "manifest.csv"
BY_HAND = ("form", "account", "author")
KEYS = {"tng": "TNG_API_KEY"}  # environment variable, by survey
COLUMNS = ("survey", "file", "state", "bytes", "reason")
PARTIAL, TRUSTED = ".partial", "hashes.txt"
SPARE = 100 * 10**6  # bytes left free on a disk
PIECE = 1 << 16  # bytes
TIMEOUT = (10, 20)  # s without a connection, and without a byte
ZIP, GZIP, HDF5 = b"PK\x03\x04", b"\x1f\x8b", b"\x89HDF"
PICTURE = (b"\xff\xd8\xff", b"\x89PNG")  # SDSS serves JPEG under any name
# How a file begins, by ending; some servers send a web page instead of a file
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


def manifest(path=MANIFEST):
    """Read the list of files that can be fetched.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    list of dict
        One per row; ``bytes`` is an int, or None where it is not known, the others are str.
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["bytes"] = int(row["bytes"]) if row["bytes"] else None
    return rows


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
    if not mine:
        names = ", ".join(sorted({row["survey"] for row in rows}))
        raise ArchiveError(f"survey: expected one of {names}, received {survey}")
    if subset is not None and subset < 1:
        raise ValueError(f"subset: expected 1 or more galaxies, received {subset}")
    if jobs < 1:
        raise ValueError(f"jobs: expected 1 or more, received {jobs}")
    if catalogues_only:
        mine = [row for row in mine if row["kind"] == "catalogue"]
    mine.sort(key=lambda row: row["kind"] != "catalogue")
    single = [row for row in mine if "{" in row["file"]]
    place = archive_root(folder) / survey
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ArchiveError(f"{folder}: expected a folder to write to, received {error}") from error
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
        galaxies = targets(row["survey"], folder)
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
        self.lock = threading.Lock()
        if (folder / TRUSTED).is_file():
            try:
                self.trusted.load_registry(folder / TRUSTED)
            except OSError as error:
                raise ArchiveError(
                    f"{folder / TRUSTED}: expected hashes, received {error}"
                ) from error

    def run(self, pool, rows, tell):
        """Fetch the rows, several at a time; return a line of the result for each."""
        from tqdm import tqdm

        missing = [row for row in rows if self._lacks(row)]
        # A bundle and the files from it are on the disk at once.
        need = sum((row["bytes"] or 0) * (1 + bool(row["unpack"])) for row in missing)
        self._require(need)
        lines = [None] * len(rows)
        with tqdm(
            total=sum(row["bytes"] or 0 for row in missing), unit="B", unit_scale=True,
            file=self.progress, disable=self.progress is None or not missing, leave=False,
            desc=f"{self.folder.name}: {len(missing)} files",
        ) as self.meter:  # fmt: skip
            for index, outcome in pool.imap_unordered(self._numbered, enumerate(rows)):
                values = (rows[index]["survey"], rows[index]["file"], *outcome)
                lines[index] = dict(zip(COLUMNS, values, strict=True))
                if tell is not None:
                    self.meter.clear()
                    tell(lines[index])
        return lines

    def _numbered(self, pair):
        return pair[0], self._settled(pair[1])

    def _place(self, row):
        return self.folder / (row["unpack"] or row["file"])

    def _lacks(self, row):
        place = self._place(row)
        there = any(place.iterdir()) if place.is_dir() else place.is_file()
        return not ("state" in row or there or self._by_hand(row))

    def _require(self, size):
        free = shutil.disk_usage(self.folder).free
        if size > free - SPARE:
            raise ArchiveError(
                f"{self.folder}: expected {(size + SPARE) / 1e6:.0f} MB of free disk, "
                f"found {free / 1e6:.0f} MB"
            )

    def _by_hand(self, row):
        """Say what a person must do to get a file; nothing where none is needed."""
        name = KEYS.get(row["survey"])
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
        from pooch import file_hash

        place, known = self._place(row), self._known(row)
        if place.is_dir():  # renamed into place when complete; by hand: with anything in it
            return any(place.iterdir())
        size = place.stat().st_size if place.is_file() else 0
        if not size or row["bytes"] not in (None, size):
            return False
        algorithm, _, digits = (known or "").rpartition(":")
        return not known or file_hash(str(place), alg=algorithm or "sha256") == digits

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
            key = os.environ.get(KEYS.get(row["survey"], ""), "").strip()
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
        path = Path(one.fetch(name, downloader=_Source(row, self)))
        check(path, row)
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


class _Source:
    """Writes one file for pooch, from whichever service has it."""

    def __init__(self, row, fetcher):
        self.row, self.fetcher = row, fetcher

    def __call__(self, url, path, _):
        import requests

        try:
            {"tap": _tap, "skyserver": _skyserver}.get(self.row["access"], self._http)(url, path)
        except requests.HTTPError as error:
            status, reason = error.response.status_code, error.response.reason
            text = f"expected {url}, received {status} {reason}"
            # pooch tries again after a ValueError
            raise (ArchiveError if status < 500 else ValueError)(text) from None
        except requests.RequestException as error:
            host = urlsplit(url).netloc
            raise ValueError(
                f"expected to receive the whole file from {host}, received {error}"
            ) from None

    def _http(self, url, path):
        from pooch import HTTPDownloader

        headers = {"Accept-Encoding": "identity"}  # the bytes as they lie there
        if self.row["access"] == "key":
            headers["api-key"] = os.environ[KEYS[self.row["survey"]]].strip()
        get = HTTPDownloader(
            chunk_size=PIECE, timeout=TIMEOUT, headers=headers, progressbar=_Share(self.fetcher),
            hooks={"response": self._look},
        )  # fmt: skip
        get(url, path, None)

    def _look(self, response, **_):
        """Look at an answer before its body comes: where it leads to, and how large it is."""
        if response.is_redirect:
            here, there = (
                urlsplit(response.url),
                urlsplit(urljoin(response.url, response.headers["location"])),
            )
            if (here.scheme, there.scheme) == ("https", "http"):
                raise ArchiveError(f"expected a safe address, received {there.geturl()}")
            if here.netloc != there.netloc:  # the key is for the first host only
                response.request.headers.pop("api-key", None)
            return
        size = response.headers.get("content-length")
        if response.ok and size is not None:
            if self.row["bytes"] not in (None, int(size)):
                raise ArchiveError(f"expected {self.row['bytes']} bytes, received {size}")
            self.fetcher._require(int(size) * (1 + bool(self.row["unpack"])))


class _Share:
    """What pooch takes for a progress bar, as a share of the one that all files have."""

    total = 0

    def __init__(self, fetcher):
        self.fetcher = fetcher

    def update(self, count):
        """Move the common bar; pooch's last update, of the whole file, comes after `reset`."""
        with self.fetcher.lock:
            self.fetcher.meter.update(count)

    def reset(self):
        """End the counting: the bar has had every piece."""
        self.update = lambda count: None

    def close(self):
        """Leave the common bar open."""


def _tap(url, path):
    """Write a whole table of a TAP service as CSV."""
    import pyvo

    service, _, table = url.partition("#")
    try:
        found = pyvo.dal.TAPService(service).run_sync(f"SELECT * FROM {table}", maxrec=10**6)
    except pyvo.DALAccessError as error:
        raise ValueError(f"expected the table {table} of {service}, received {error}") from error
    if found.query_status == "OVERFLOW":
        raise ArchiveError(f"expected all rows of {table}, received the first {len(found)}")
    found.to_table().write(path, format="ascii.csv", overwrite=True)


def _skyserver(url, path):
    """Write the answer of SkyServer to one of our queries as CSV."""
    from galutils.surveys import skyserver

    service, _, query = url.partition("#")
    release = int(service.rpartition("/dr")[2])
    found = skyserver.run(getattr(skyserver, query)(), release)
    found.write(path, format="ascii.csv", overwrite=True)


def check(path, row):
    """Refuse a file of another size or kind than it should have.

    Parameters
    ----------
    path : pathlib.Path
    row : dict
        Of `manifest`.

    Raises
    ------
    ArchiveError
        If it is empty, of another size, does not begin as its ending says, or was cut short.
    """
    size, ending = path.stat().st_size, Path(row["file"]).suffix.lower()
    if row["bytes"] not in (None, size):
        raise ArchiveError(f"expected {row['bytes']} bytes, received {size}")
    with path.open("rb") as file:
        start = file.read(80)
    wrong = not start or not start.startswith(BEGINNINGS.get(ending, (b"",)))
    if wrong or (ending in TEXT and start.lstrip().startswith(b"<")):
        shown = start.decode("ascii", "replace").strip()[:40]
        raise ArchiveError(f"expected a {ending[1:]} file, received {size} bytes: {shown!r}")
    # Servers that do not say how long a file is cannot be seen to break off.
    cut = {".fits": lambda: size % 2880, ".zip": lambda: not zipfile.is_zipfile(path)}
    if ending in cut and cut[ending]():
        raise ArchiveError(f"expected a whole {ending[1:]} file, received {size} bytes")


def _size(place):
    files = [place] if place.is_file() else [p for p in Path(place).rglob("*") if p.is_file()]
    return sum(path.stat().st_size for path in files)
