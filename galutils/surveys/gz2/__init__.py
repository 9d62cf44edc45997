"""Galaxy Zoo 2: volunteers' votes on the shape of SDSS galaxies, images and stellar masses.

Archive layout, in the folder ``gz2/``:

one or more vote tables
    See `galutils.surveys.gz2.votes`: ``zoo2MainSpecz.csv``, ``gz2_hart16.csv``,
    ``gz2_table5_*.csv.gz``, ``training_solutions_rev1.csv``; told by their columns.
``gz2_filename_mapping.csv``
    Which image shows which object.
``images_gz2/images/<asset_id>.jpg`` and other folders of images
    See `galutils.surveys.gz2.images`: by asset, by identifier of the object, by
    Kaggle's identifier.
mass tables (optional)
    See `galutils.surveys.gz2.masses`: ``galSpecInfo-dr8.fits`` with
    ``galSpecExtra-dr8.fits``, an export of both, or ``hart2017_spirals_mass.csv``.

Where identifiers differ (table 5 of the coadded images has its own), tables are
joined by position.
"""

from functools import partial
from pathlib import Path

import numpy as np
from astropy.table import Column, vstack

from galutils import surveys
from galutils.physics.photometry import SEPARATION, coordinates, nearest
from galutils.store.files import expect
from galutils.store.sample import rejections
from galutils.surveys.gz2.images import SIDE, list_images, read_images
from galutils.surveys.gz2.masses import find_masses, load_masses
from galutils.surveys.gz2.votes import MAPPING, find_votes, load_mapping, load_votes

FEWEST = 100  # images that go with the votes; a handful is not a survey


def complete(folder, form=None):
    """Tell whether a folder has a vote table and at least `FEWEST` images that may go with it."""
    forms = find_votes(folder)
    form = form or next(iter(forms), None)
    if form not in forms:
        return False
    kinds = {"kaggle"} if form == "kaggle" else {"objid"}
    if form != "kaggle" and (Path(folder) / MAPPING).is_file():
        kinds.add("asset")
    listing, _ = list_images(folder)
    return int(np.isin(listing["kind"], list(kinds)).sum()) >= FEWEST


def join_masses(votes, masses):
    """Give galaxies the mass of the nearest row within 3 arcsec.

    Parameters
    ----------
    votes, masses : Table
        As of `load_votes` and `load_masses`.

    Returns
    -------
    Table
        A copy of `votes` with ``redshift`` and ``log_mass`` (of solar masses), NaN
        where no mass is near or the galaxy has no position.
    """
    known = np.flatnonzero(np.isfinite(votes["ra"]) & np.isfinite(votes["dec"]))
    result = votes.copy()
    row, separation = nearest(coordinates(votes[known]), masses)
    same = separation <= SEPARATION
    for name in ("redshift", "log_mass"):
        values = np.full(len(votes), np.nan)
        values[known[same]] = masses[name][row[same]]
        result[name] = Column(values, description=masses[name].description)
    return result


def _files(votes, folder):
    """Image of each galaxy, '' where there is none, and what was rejected on the way."""
    listing, rejected = list_images(folder)
    known = zip(listing["kind"].tolist(), listing["id"].tolist(), strict=True)
    files = dict(zip(known, listing["file"].tolist(), strict=True))
    kind, assets = "kaggle" if votes.meta["form"] == "kaggle" else "objid", {}
    if kind == "objid" and (folder / MAPPING).is_file():
        mapping, repeated = load_mapping(folder)
        assets = dict(zip(mapping["objid"].tolist(), mapping["asset_id"].tolist(), strict=True))
        rejected = vstack([rejected, repeated])
    numbers = votes["objid"].tolist()
    found = [files.get(("asset", assets.get(n))) or files.get((kind, n), "") for n in numbers]
    return found, rejected


def _catalogue(folder, source, form, masses):
    sample, rejected = load_votes(folder, form)
    about, whose = sample.meta, "none"
    if masses is not None or find_masses(folder):
        table, failed = load_masses(folder, masses)
        sample, whose = join_masses(sample, table), table.meta["masses"]
        rejected = vstack([rejected, failed])
    else:
        sample["redshift"] = sample["log_mass"] = np.nan
    release = f"votes {about['form']}, debiased {about['debiased']}"
    sample.meta = surveys.meta("gz2", folder, source, release=release) | about | {"masses": whose}
    return sample, rejected


def load_catalogue(root=None, source="auto", form=None, masses=None):
    """Read votes and stellar masses, without images.

    Parameters
    ----------
    root : path-like, optional
        Folder that holds ``gz2/``; ``$GALUTILS_DATA`` or ``data/`` otherwise.
    source : {'auto', 'archive', 'mock'}
        Which files to read; 'auto' takes the archive where it has a vote table.
    form : str, optional
        Form of the vote table, see `load_votes`.
    masses : str, optional
        File name of the mass table, see `load_masses`.

    Returns
    -------
    sample : Table
        The columns of `load_votes` and `join_masses`; all masses NaN where
        there is no such table. ``meta``: origin, ``form``, ``table``,
        ``debiased``, ``masses``.
    rejected : Table
        ``name`` and ``reason`` of rows of either table left out.

    Raises
    ------
    ArchiveError
        If a table is missing, damaged or lacks a column.
    """
    folder, source = surveys.locate("gz2", find_votes, root, source)
    return _catalogue(folder, source, form, masses)


def load(root=None, source="auto", form=None, masses=None):
    """Read votes and masses, and find the images that go with them.

    The images stay on disk until `with_images` reads those of the galaxies that
    a study takes, since all of them take more than a hundred
    gigabytes.

    Parameters
    ----------
    root, source, form, masses
        As of `load_catalogue`, but 'auto' takes the archive only if it has at
        least `FEWEST` images named in the way of its vote table.

    Returns
    -------
    sample : Table
        As of `load_catalogue`, with ``file`` str, the image below the folder
        of the archive, '' where there is none.
    rejected : Table
        ``name`` and ``reason`` of rows and images left out.

    Raises
    ------
    ArchiveError
        If a table is missing, damaged or lacks a column, or no galaxy has an
        image.
    """
    folder, source = surveys.locate("gz2", partial(complete, form=form), root, source)
    sample, rejected = _catalogue(folder, source, form, masses)
    files, unknown = _files(sample, folder)
    expect(any(files), folder, f"images of the galaxies in {sample.meta['table']}")
    sample.add_column(files, index=1, name="file")
    return sample, vstack([rejected, unknown])


def with_images(sample, side=SIDE, crop=SIDE, root=None):
    """Rows of a sample with their images.

    Parameters
    ----------
    sample : Table
        Rows of `load`.
    side, crop : int
        See `galutils.surveys.gz2.images.read_images`.
    root : path-like, optional
        As of `load`.

    Returns
    -------
    sample : Table
        The rows whose image can be read, with ``image`` uint8
        (n, side, side, 3).
    rejected : Table
        ``name`` (the image, or the object where it has none) and ``reason`` of
        the others.
    """
    mock = sample.meta["source"] == "mock"
    folder = (surveys.mock_root() if mock else surveys.archive_root(root)) / "gz2"
    named = np.asarray(sample["file"]) != ""
    images, good, damaged = read_images(folder, sample["file"][named], side, crop)
    result = sample[np.flatnonzero(named)[good]]
    result.add_column(images, name="image", copy=False)  # up to gigabytes
    without = [(str(objid), "expected an image") for objid in sample["objid"][~named]]
    return result, vstack([rejections(without), damaged])


def load_images(group, root=None, source="auto", side=SIDE, crop=SIDE):
    """Read all images of a folder, with or without votes.

    Parameters
    ----------
    group : str
        Folder of the archive that holds them, as ``images_kaggle``; folders inside it say
        what is in them.
    root, source
        As of `load`; 'auto' takes the archive if it has this folder.
    side, crop : int
        See `galutils.surveys.gz2.images.read_images`.

    Returns
    -------
    sample : Table
        By path: ``file`` and ``group`` str (the innermost folder, '' directly in `group`), ``id``
        int64, ``image`` uint8 (n, side, side, 3). ``meta``: origin.
    rejected : Table
        ``name`` and ``reason`` of images left out.

    Raises
    ------
    ArchiveError
        If there is no such folder, or no image in it can be read.
    """
    archive, source = surveys.locate("gz2", lambda one: (one / group).is_dir(), root, source)
    folder = archive / group
    expect(folder.is_dir(), folder, "a folder of images")
    listing, unnamed = list_images(folder)
    images, good, damaged = read_images(folder, listing["file"], side, crop)
    expect(len(good), folder, "images", "none that can be read")
    sample = listing["file", "group", "id"][good]
    sample.add_column(images, name="image", copy=False)
    sample.meta = surveys.meta("gz2", archive, source, release=f"images of {group}")
    return sample, vstack([unnamed, damaged])
