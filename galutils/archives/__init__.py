"""What of the surveys' archives is here, and how the rest is fetched.

Where each file comes from stands in ``data/manifest.csv``, one row a file: ``survey`` (its
folder), ``part`` of it, ``file`` (path below it), ``url``, ``bytes`` and ``hash`` where they are
known, ``kind`` (catalogue, maps, images), ``access``, ``unpack`` (folder that a bundle's files
go to), ``licence``, ``citation``, ``note``, and ``checked``: whether the address was tried from
here.
A name in braces stands for a value of each galaxy, or for a query.

Access is ``open``, ``key`` (a free key is sent along), or by hand: ``form``, ``account`` or
``author``, whom the note and the address name.
"""

import csv
import itertools
import os
from pathlib import Path
from urllib.parse import quote

from galutils.surveys import PROJECT, ArchiveError, archive_root

MANIFEST = PROJECT / "data" / "manifest.csv"
BY_HAND = ("form", "account", "author")
KEYS = {"tng": "TNG_API_KEY"}  # environment variable, by survey
COLUMNS = ("survey", "file", "state", "bytes", "reason")


def manifest(path=MANIFEST):
    """Read the list of what can be had.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    list of dict
        One a row; ``bytes`` is an int, or None where it is not known, the others are str.
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["bytes"] = int(row["bytes"]) if row["bytes"] else None
    return rows


def tap_url(service, query):
    """Address that gives the answer to a TAP query as CSV, without an account.

    Parameters
    ----------
    service : str
        Address of the service, ``https://datacentral.org.au/vo/tap``.
    query : str
        ADQL, ``SELECT * FROM sami_dr3.CubeObs``.

    Returns
    -------
    str
    """
    options = "REQUEST=doQuery&LANG=ADQL&FORMAT=csv&MAXREC=1000000"
    return f"{service}/sync?{options}&QUERY={quote(query)}"


def status(root=None):
    """Tell for each part of each survey what is here, what the mock stands in for, what lacks.

    Parameters
    ----------
    root : path-like, optional
        Root of the real archives, see `galutils.surveys.archive_root`.

    Returns
    -------
    pandas.DataFrame
        ``survey`` (the folder), ``part``; ``source``, what the book reads: ``archive``, ``mock``
        or ``none``; ``files`` and ``megabytes`` of the archive's files; ``missing``, what the
        reader looks for and does not find there, optional names in brackets; ``mock_files`` and
        ``mock_megabytes``, 0 where no mock is written; ``get``, how the part is to be had.
    """
    import pandas as pd

    from galutils.archives.parts import PARTS, survey_state

    known = manifest()
    rows = [survey_state(part, archive_root(root)) | _how(known, part) for part in PARTS]
    return pd.DataFrame(rows)


def _how(rows, part):
    """Say which of the manifest's files of a part are fetched and which come by hand."""
    mine = [row for row in rows if (row["survey"], row["part"]) == (part.survey, part.part)]
    hand = sorted({row["access"] for row in mine if row["access"] in BY_HAND})
    ways = []
    if any(row["access"] not in BY_HAND for row in mine):
        key = any(row["access"] == "key" for row in mine)
        ways.append("fetch with a key" if key else "fetch")
    if hand:
        ways.append(f"by hand ({', '.join(hand)})")
    return {"get": "; ".join(ways)}


def fetch(survey, folder=None, subset=None, catalogues_only=False, rows=None, tell=None):
    """Fetch what the manifest lists for a survey and is not here whole.

    A file comes under a temporary name, is compared with size and hash where they are known, and
    looked at, since some servers send a page of apologies instead of a file; only then it gets
    its name. So a run that was cut short is taken up by calling this again.

    Parameters
    ----------
    survey : str
        Folder of the survey: sami, manga, tng, gz2, perseus, atlas3d.
    folder : path-like, optional
        Root of the archives, as `galutils.surveys.archive_root` takes it.
    subset : int, optional
        Galaxies of which single files (cut-outs, maps) are fetched, the first of the catalogue.
        Without it all cut-outs; maps of single galaxies come only with it, since all of them
        are a hundred gigabytes.
    catalogues_only : bool
        Leave out maps and images.
    rows : list of dict, optional
        Rows to use instead of those of `manifest`.
    tell : callable, optional
        Called with each row of the result as soon as it is known.

    Returns
    -------
    pandas.DataFrame
        ``survey``, ``file``, ``bytes``, ``reason`` and ``state``: ``present`` (it was here),
        ``fetched``, ``failed``, ``by hand`` (cannot be fetched, the reason says what to do),
        ``left out`` (needs `subset`).

    Raises
    ------
    ArchiveError
        If there is no such survey.
    ValueError
        If `subset` is below 1.
    """
    import pandas as pd

    rows = manifest() if rows is None else rows
    mine = [row for row in rows if row["survey"] == survey]
    if not mine:
        names = ", ".join(sorted({row["survey"] for row in rows}))
        raise ArchiveError(f"survey: expected one of {names}, received {survey}")
    if subset is not None and subset < 1:
        raise ValueError(f"subset: expected 1 or more galaxies, received {subset}")
    if catalogues_only:
        mine = [row for row in mine if row["kind"] == "catalogue"]
    target = archive_root(folder) / survey
    # Catalogues first: they name the galaxies of the rest.
    mine.sort(key=lambda row: ("{" in row["file"], row["kind"] != "catalogue"))
    results = []
    for one in itertools.chain.from_iterable(_expand(row, target, subset) for row in mine):
        results.append(
            dict(zip(COLUMNS, (survey, one["file"], *_settle(one, target)), strict=True))
        )
        if tell is not None:
            tell(results[-1])
    return pd.DataFrame(results, columns=COLUMNS)


def _expand(row, folder, subset):
    """Rows of single files that a row stands for; each may carry the ``state`` it ends in."""
    from galutils.surveys import skyserver

    if "{" not in row["file"]:
        queries = {
            name: getattr(skyserver, name) for name in ("query_search", "query_spectroscopic")
        }
        asked = {name: quote(query()) for name, query in queries.items() if name in row["url"]}
        yield row | {"url": row["url"].format(**asked) if asked else row["url"]}
        return
    if row["kind"] == "maps" and subset is None:
        yield row | {"state": ("left out", None, "expected a number of galaxies (subset)")}
        return
    from galutils.archives.parts import targets

    try:
        galaxies = targets(row["survey"], folder)
    except ArchiveError as error:
        yield row | {"state": ("failed", None, f"expected a catalogue to name the files: {error}")}
        return
    for galaxy in galaxies[:subset]:
        yield row | {name: row[name].format(**galaxy) for name in ("file", "url")}


def _settle(row, folder):
    """Bring about one file: its state, size and reason."""
    from galutils.archives.transfer import bring, whole

    if "state" in row:
        return row["state"]
    place = folder / (row["unpack"] or row["file"])
    if whole(place, row):
        return "present", _size(place), ""
    if row["access"] in BY_HAND:
        return "by hand", None, f"{row['access']}: {row['note']}: {row['url']}"
    headers = {}
    if row["access"] == "key":
        name = KEYS[row["survey"]]
        if not os.environ.get(name):
            return "by hand", None, f"{name} is not set: {row['note']}"
        headers = {"api-key": os.environ[name]}
    try:
        bring(row, folder, headers)
    except ArchiveError as error:
        return "failed", None, str(error).removeprefix(f"{row['file']}: ")
    return "fetched", _size(place), ""


def _size(place):
    files = [place] if place.is_file() else [p for p in Path(place).rglob("*") if p.is_file()]
    return sum(path.stat().st_size for path in files)
