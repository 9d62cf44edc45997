"""List which parts of each archive are here, which the mock stands in for, and what is missing.

``holdings.csv`` says what belongs to a part of a survey: by what ``names`` it goes (patterns, any
of which will do; of a folder, the files in it), whether the reader can do without (``optional``),
and in which folder a mock of the part is written.
"""

from itertools import groupby
from pathlib import Path

import pandas as pd

from galutils.store import texts
from galutils.store.folders import matching
from galutils.surveys import archive_root, fetch, gz2, lacking, mock_root, perseus, sami, tng
from galutils.surveys.gz2 import masses as gz2_masses
from galutils.surveys.gz2 import votes as gz2_votes
from galutils.surveys.manga import catalogues as manga_catalogues
from galutils.surveys.manga import images as manga_images
from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019

PARTS = texts.beside(__file__)
# What is told by its columns, whatever its name
FINDERS = {
    "a vote table": lambda folder: gz2_votes.find_votes(folder).values(),
    "a mass table": gz2_masses.find_masses,
}
# When the reader takes a part for the archive; the others where all that is needed is there
USED = {
    ("sami", "velocity maps"): sami.complete,
    ("manga", "catalogues"): manga_images.complete,
    ("manga", "images"): manga_images.complete,
    ("tng", "catalogues"): lambda folder: not lacking(folder, tng.FILES),
    ("tng", "images"): lambda folder: not lacking(folder, tng.FILES),
    ("gz2", "images"): gz2.complete,
}
# What lacks where all is found and the reader still takes the mock
ENOUGH = {
    ("sami", "velocity maps"): f"at least {sami.SURVEY_SIZE} velocity maps",
    ("gz2", "images"): f"at least {gz2.FEWEST} images that go with the votes",
}


def status(root=None):
    """List for each part of each survey what is here, what the mock stands in for, what is missing.

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
        ``mock_megabytes``, 0 where no mock is written; ``get``, how the part can be had.
    """
    parts = groupby(PARTS, lambda row: (row["survey"], row["part"]))
    return pd.DataFrame([_state(part, list(rows), archive_root(root)) for part, rows in parts])


def _found(folder, row):
    """Files of one row of `PARTS`."""
    if row["what"] in FINDERS:
        return set(FINDERS[row["what"]](folder))
    return {path for path in matching(folder, row["names"].split()) if path.is_file()}


def _state(part, rows, root):
    folder = root / part[0]
    found = [_found(folder, row) for row in rows]
    lacking = [row for row, paths in zip(rows, found, strict=True) if not paths]
    needed = [row for row in lacking if not row["optional"]]
    used = USED.get(part, lambda folder: not needed)(folder)
    mock = [_found(mock_root() / row["mock"], row) for row in rows if row["mock"]]
    shown = [f"({row['what']})" if row["optional"] else row["what"] for row in lacking]
    if not used and not needed and part in ENOUGH:
        shown.append(ENOUGH[part])
    (files, size), (mock_files, mock_size) = _sum(found), _sum(mock)
    return {
        "survey": part[0],
        "part": part[1],
        "source": "archive" if used else "mock" if mock_files else "none",
        "files": files,
        "megabytes": size,
        "missing": ", ".join(shown),
        "mock_files": mock_files,
        "mock_megabytes": mock_size,
        "get": _how(part),
    }


def _sum(found):
    """Count different files and their megabytes."""
    files = set().union(*found)
    return len(files), round(sum(path.stat().st_size for path in files) / 1e6, 1)


def _how(part):
    """Say which of the manifest's files of a part are fetched and which come by hand."""
    rows = [row for row in fetch.manifest() if (row["survey"], row["part"]) == part]
    access = {row["access"] for row in rows}
    hand = sorted(access.intersection(fetch.BY_HAND))
    ways = ["fetch with a key" if "key" in access else "fetch"] if access.difference(hand) else []
    if hand:
        ways.append(f"by hand ({', '.join(hand)})")
    return "; ".join(ways)


def targets(survey, folder, file=""):
    """Galaxies that single files are fetched of, by the survey's catalogue.

    Parameters
    ----------
    survey : {'manga', 'perseus'}
    folder : path-like
        Of the survey.
    file : str
        The row's file in the manifest, which tells the galaxies where a survey has several lists.

    Returns
    -------
    list of dict
        What stands for the names in braces of the manifest, in the catalogue's order: ``ra``
        and ``dec`` in deg; for the independent objects of Perseus ``objid``; for MaNGA
        ``plateifu``, ``plate`` and ``ifu``.

    Raises
    ------
    ArchiveError
        If the catalogue is missing or damaged.
    """
    if file.startswith(perseus.INDEPENDENT):
        table = perseus.without_cutout(Path(folder))
        return table["objid", "ra", "dec"].to_pandas().to_dict("records")
    if survey == "perseus":
        table, _ = perseus_wittmann2019.read(Path(folder) / perseus.CATALOGUE)
        return table["ra", "dec"].to_pandas().to_dict("records")
    table, _ = manga_catalogues.load_morphology(folder)
    galaxies = table["ra", "dec", "plateifu"].to_pandas().to_dict("records")
    for galaxy in galaxies:
        galaxy["plate"], galaxy["ifu"] = galaxy["plateifu"].split("-")
    return galaxies
