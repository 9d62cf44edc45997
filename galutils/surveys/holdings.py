"""List which parts of each archive are here, which the mock stands in for, and what is missing."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from galutils.store import fits_catalogue
from galutils.store.files import ArchiveError
from galutils.surveys import archive_root, atlas3d, fetch, gz2, manga, mock_root, perseus, sami, tng
from galutils.surveys.gz2 import images as gz2_images
from galutils.surveys.gz2 import masses as gz2_masses
from galutils.surveys.gz2 import votes as gz2_votes
from galutils.surveys.manga import catalogues as manga_catalogues
from galutils.surveys.manga import images as manga_images
from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019
from galutils.surveys.sami import catalogue as sami_catalogue

NGC4570 = "NGC4570_4moments_ATLAS3d.fits"


class Part(NamedTuple):
    """Files that a reader takes together, or not at all.

    Attributes
    ----------
    survey, part : str
        Folder of the survey, and what it is.
    wanted : callable
        Takes a folder, gives ``{what: [paths found]}``.
    used : callable, optional
        Takes a folder, tells whether the reader takes it for the archive; by default it does
        where everything wanted is there.
    optional : tuple of str
        Of what is wanted, what the reader can do without.
    mock : str, optional
        Folder of the mock; None where none is written.
    enough : str, optional
        What lacks where all is found and the reader still takes the mock.
    """

    survey: str
    part: str
    wanted: Callable
    used: Callable | None = None
    optional: tuple = ()
    mock: str | None = None
    enough: str = ""


def _named(*names):
    """Files or folders by name; of a folder, what lies in it."""

    def wanted(folder):
        return {name: _paths(Path(folder) / name) for name in names}

    return wanted


def _paths(place):
    return [path for path in (place, *place.rglob("*")) if path.is_file()]


def _first(folder, **alternatives):
    """Files of which any one of several names will do."""
    found = {what: fits_catalogue.find(folder, names) for what, names in alternatives.items()}
    return {what: [path] if path else [] for what, path in found.items()}


def _sami_maps(folder):
    velocity = [path for path in folder.rglob("*.fits") if sami.NAME.search(path.name)]
    names = [path.name.replace("velocity", "velocity-dispersion") for path in velocity]
    other = [path.with_name(name) for path, name in zip(velocity, names, strict=True)]
    dispersion = [path for path in other if path.is_file()]
    return {"velocity maps": velocity, "dispersion maps": dispersion}


def _sami_catalogues(folder):
    names = ("samiDR3Stelkin", *sami_catalogue.INPUT_CATALOGUES, "VisualMorphologyDR3", "CubeObs")
    found = {name: sami_catalogue.find(folder, name) for name in names}
    return {name: [path] if path else [] for name, path in found.items()}


def _manga_catalogues(folder):
    return _first(
        folder,
        types=manga_catalogues.MORPHOLOGY,
        profiles=manga_catalogues.PHOTOMETRY,
        dynamics=manga_catalogues.DYNAMICS,
        summary=manga_catalogues.DAP,
    )


def _tng(folder):
    return _first(folder, kinematics=tng.KINEMATICS, types=(tng.TYPES,))


def _gz2_votes(folder):
    votes = list(gz2_votes.find_votes(folder).values())
    return {"a vote table": votes} | _named(gz2_votes.MAPPING)(folder)


def _gz2_images(folder):
    return {"images": [folder / name for name in gz2_images.list_images(folder)[0]["file"]]}


PARTS = (
    Part(
        "sami",
        "velocity maps",
        _sami_maps,
        lambda folder: len(_sami_maps(folder)["velocity maps"]) >= sami.SURVEY_SIZE,
        ("dispersion maps",),
        "sami",
        enough=f"at least {sami.SURVEY_SIZE} velocity maps",
    ),
    Part(
        "sami",
        "catalogues",
        _sami_catalogues,
        lambda folder: bool(_sami_catalogues(folder)["samiDR3Stelkin"]),
        mock="sami",
    ),
    Part("manga", "velocity fields", _named(manga.FIELDS, manga.LABELS), mock="manga"),
    Part(
        "manga",
        "catalogues",
        _manga_catalogues,
        manga_images.complete,
        ("summary",),
        "manga_images",
    ),
    Part(
        "manga", "images", _named(manga_images.CUTOUTS), manga_images.complete, mock="manga_images"
    ),
    Part("manga", "DAP maps", _named("maps"), mock="manga_images"),
    Part("tng", "catalogues", _tng, tng.complete, mock="tng"),
    Part("tng", "images", _named(tng.NOISY, tng.NOISELESS), tng.complete, (tng.NOISELESS,), "tng"),
    Part("gz2", "votes", _gz2_votes, gz2.has_votes, (gz2_votes.MAPPING,), "gz2"),
    Part(
        "gz2",
        "images",
        _gz2_images,
        gz2.complete,
        mock="gz2",
        enough=f"at least {gz2.FEWEST} images that go with the votes",
    ),
    Part(
        "gz2", "masses", lambda folder: {"a mass table": gz2_masses.find_masses(folder)}, mock="gz2"
    ),
    Part(
        "perseus",
        "tables and cut-outs",
        _named(*perseus.NEEDED, perseus.PCC_CUTOUTS, perseus.INDEPENDENT, perseus.PREDICTIONS),
        optional=(perseus.PCC_CUTOUTS, perseus.INDEPENDENT, perseus.PREDICTIONS),
        mock="perseus",
    ),
    Part(
        "atlas3d",
        "tables",
        _named(atlas3d.TABLE_B1, NGC4570),
        lambda folder: (folder / atlas3d.TABLE_B1).is_file(),
        (NGC4570,),
    ),
)


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
    import pandas as pd

    known = fetch.manifest()
    return pd.DataFrame([_state(part, archive_root(root)) | _how(known, part) for part in PARTS])


def _how(rows, part):
    """Say which of the manifest's files of a part are fetched and which come by hand."""
    mine = [row for row in rows if (row["survey"], row["part"]) == (part.survey, part.part)]
    hand = sorted({row["access"] for row in mine if row["access"] in fetch.BY_HAND})
    ways = []
    if any(row["access"] not in fetch.BY_HAND for row in mine):
        key = any(row["access"] == "key" for row in mine)
        ways.append("fetch with a key" if key else "fetch")
    if hand:
        ways.append(f"by hand ({', '.join(hand)})")
    return {"get": "; ".join(ways)}


def _state(part, root):
    folder = Path(root) / part.survey
    found = part.wanted(folder)
    missing = [what for what, paths in found.items() if not paths]
    needed = [what for what in missing if what not in part.optional]
    used = part.used(folder) if part.used else not needed
    stands = part.wanted(mock_root() / part.mock) if part.mock else {}
    files, size = _sum(found)
    mock_files, mock_size = _sum(stands)
    shown = [what if what in needed else f"({what})" for what in missing]
    if not (used or needed) and part.enough:
        shown.append(part.enough)
    return {
        "survey": part.survey,
        "part": part.part,
        "source": "archive" if used else "mock" if mock_files else "none",
        "files": files,
        "megabytes": size,
        "missing": ", ".join(shown),
        "mock_files": mock_files,
        "mock_megabytes": mock_size,
    }


def _sum(found):
    """Count different files and their megabytes."""
    files = {path for paths in found.values() for path in paths}
    return len(files), round(sum(path.stat().st_size for path in files) / 1e6, 1)


def targets(survey, folder):
    """Galaxies that single files are fetched of, by the survey's catalogue.

    Parameters
    ----------
    survey : {'manga', 'perseus'}
    folder : path-like
        Of the survey.

    Returns
    -------
    list of dict
        What stands for the names in braces of the manifest, in the catalogue's order: ``ra``
        and ``dec`` in deg; for MaNGA ``plateifu``, ``plate`` and ``ifu``.

    Raises
    ------
    ArchiveError
        If the catalogue is missing or damaged.
    """
    if survey == "perseus":
        path = Path(folder) / perseus.CATALOGUE
        if not path.is_file():
            raise ArchiveError(f"{path}: expected the catalogue, found none")
        table, _ = perseus_wittmann2019.read(path)
        return [{"ra": float(row["ra"]), "dec": float(row["dec"])} for row in table]
    table, _ = manga_catalogues.load_morphology(folder)
    return [
        {"ra": float(row["ra"]), "dec": float(row["dec"]), "plateifu": str(row["plateifu"])}
        | dict(zip(("plate", "ifu"), str(row["plateifu"]).split("-"), strict=True))
        for row in table
    ]
