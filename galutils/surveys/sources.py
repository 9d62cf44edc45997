"""Ask a plain address, a TAP service or SkyServer for a file, and check what arrives."""

import os
import zipfile
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from galutils.store import package, tables, texts
from galutils.store.files import ArchiveError, expect

MANIFEST = package.shipped("manifest.csv")
KEYS = {"tng": "TNG_API_KEY"}  # environment variable, by survey
PIECE = 1 << 16  # bytes
TIMEOUT = (10, 20)  # s without a connection, and without a byte
# How a file begins, by ending; some servers send a web page instead of a file
BEGINNINGS = {".fits": (b"SIMPLE  =",), ".gz": (b"\x1f\x8b",), ".zip": (b"PK\x03\x04",)}
BEGINNINGS |= dict.fromkeys((".h5", ".hdf5"), (b"\x89HDF",))
# SDSS serves JPEG under any name
BEGINNINGS |= dict.fromkeys((".jpg", ".png"), (b"\xff\xd8\xff", b"\x89PNG"))
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
    rows = texts.records(path)
    for row in rows:
        row["bytes"] = int(row["bytes"]) if row["bytes"] else None
    return rows


def cutout_rows(path, survey="perseus"):
    """Return rows like those of the manifest that ask SDSS for a cut-out of each row of a table.

    Parameters
    ----------
    path : path-like
        A table with ``ra`` and ``dec``, deg, as `galutils.store.tables.read` takes it.
    survey : str
        Files go to the folder of the survey, into one named after the table, ``_cutouts`` added;
        they are named by position.

    Returns
    -------
    list of dict

    Raises
    ------
    ArchiveError
        If the table cannot be read, or has no positions.
    """
    table, folder = tables.read(path), f"{Path(path).stem}_cutouts"
    lacking = sorted({"ra", "dec"} - set(table.colnames))
    expect(not lacking and len(table), path, "rows with ra and dec", ", ".join(table.colnames))
    [row] = [row for row in manifest() if row["file"].startswith("pcc_cutouts/")]
    row |= {"survey": survey, "file": row["file"].replace("pcc_cutouts", folder)}
    places = [{"ra": f"{ra:.7f}", "dec": f"{dec:.7f}"} for ra, dec in table["ra", "dec"].iterrows()]
    return [row | {name: row[name].format(**place) for name in ("file", "url")} for place in places]


class Source:
    """Writes one file for pooch, from whichever service has it."""

    def __init__(self, row, fetcher):
        self.row, self.fetcher = row, fetcher

    def __call__(self, url, path, _):
        """Write the file; pooch asks again after a ValueError."""
        import requests

        try:
            {"tap": _tap, "skyserver": _skyserver}.get(self.row["access"], self._http)(url, path)
        except requests.HTTPError as error:
            status, reason = error.response.status_code, error.response.reason
            text = f"expected {url}, received {status} {reason}"
            raise (ArchiveError if status < 500 else ValueError)(text) from None
        except requests.RequestException as error:
            expected = f"to receive the whole file from {urlsplit(url).netloc}"
            raise ValueError(f"expected {expected}, received {error}") from None

    def _http(self, url, path):
        import requests

        headers = {"Accept-Encoding": "identity"}  # the bytes as they lie there
        if self.row["access"] == "key":
            headers["api-key"] = os.environ[KEYS[self.row["survey"]]].strip()
        options = {"timeout": TIMEOUT, "stream": True, "hooks": {"response": self._look}}
        with requests.get(url, headers=headers, **options) as answer, open(path, "wb") as file:
            answer.raise_for_status()
            for piece in answer.iter_content(PIECE):
                file.write(piece)
                with self.fetcher.lock:
                    self.fetcher.meter.update(len(piece))

    def _look(self, response, **_):
        """Look at an answer before its body comes: where it leads to, and how large it is."""
        if response.is_redirect:
            here = urlsplit(response.url)
            there = urlsplit(urljoin(response.url, response.headers["location"]))
            if (here.scheme, there.scheme) == ("https", "http"):
                raise ArchiveError(f"expected a safe address, received {there.geturl()}")
            if here.netloc != there.netloc:  # the key is for the first host only
                response.request.headers.pop("api-key", None)
            return
        size = response.headers.get("content-length")
        if response.ok and size is not None:
            if self.row["bytes"] not in (None, int(size)):
                raise ArchiveError(f"expected {self.row['bytes']} bytes, received {size}")
            self.fetcher.require(int(size) * (1 + bool(self.row["unpack"])))


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
