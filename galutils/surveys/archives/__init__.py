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
from urllib.parse import quote

from galutils.store.files import ArchiveError
from galutils.surveys import PROJECT, archive_root

MANIFEST = PROJECT / "data" / "manifest.csv"
BY_HAND = ("form", "account", "author")
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

    from galutils.surveys.archives.parts import PARTS, survey_state

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


def fetch(
    survey, folder=None, subset=None, catalogues_only=False, jobs=4, *,
    rows=None, tell=None, progress=None, patience=None,
):  # fmt: skip
    """Fetch what the manifest lists for a survey and is not here whole.

    A file comes under ``.partial``, is compared with size and hash where they are known, and
    looked at, since some servers send a page of apologies instead of a file; only then it gets
    its name. Of a file without a hash the first one that comes is trusted, and its hash kept in
    ``checksums.csv``, see `galutils.surveys.archives.checksums`. A run that was cut short is taken up by
    calling this again: also in the middle of a file, where the server offers it and the file
    has not changed.

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
    jobs : int
        Files at a time.
    rows : list of dict, optional
        Rows to use instead of those of `manifest`.
    tell : callable, optional
        Called with each row of the result as soon as it is known.
    progress : text stream, optional
        Where to show what is left to do and how far it has come, ``sys.stderr``.
    patience : galutils.surveys.archives.connection.Patience, optional
        Waits and numbers of tries.

    Returns
    -------
    pandas.DataFrame
        ``survey``, ``file``, ``bytes``, ``reason`` and ``state``: ``present`` (it was here),
        ``fetched``, ``failed``, ``by hand`` (cannot be fetched, the reason says what to do),
        ``left out`` (needs `subset`). In the manifest's order, catalogues first.

    Raises
    ------
    ArchiveError
        If there is no such survey, the disk has no room for what is known of its files, or
        another fetch is at work in its folder.
    ValueError
        If `subset` or `jobs` is below 1.
    """
    import pandas as pd

    from galutils.surveys.archives import fetching

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
    job = fetching.prepare(archive_root(folder) / survey, progress, patience)
    with fetching.alone(job):
        # Catalogues name the galaxies of the rest.
        lines = fetching.run([row for row in mine if "{" not in row["file"]], job, jobs, tell)
        single = [row for row in mine if "{" in row["file"]]
        expanded = [one for row in single for one in fetching.expand(row, job.folder, subset)]
        lines += fetching.run(expanded, job, jobs, tell)
    return pd.DataFrame(lines, columns=COLUMNS)
