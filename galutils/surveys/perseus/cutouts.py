"""Folders of SDSS colour cut-outs, 200x200 pixels of 0.1 arcsec.

A file is named by position or identifier of its object, with its label where
it has one: ``sdss_ra=49.2475_dec=41.3259.png``, ``sdss_objid=1237661059574334114-label=1.png``.
The ending is .png, the content PNG or JPEG, which is what SDSS serves.
"""

import os
import re

import numpy as np
from astropy.table import Table, vstack

from galutils.store import files, pictures
from galutils.store.files import expect, require
from galutils.store.sample import read_each, rejections

SIDE = 200
NAME = re.compile(
    r"sdss_(?:objid=(\d{1,19})|ra=(\d+(?:\.\d+)?)_dec=(-?\d+(?:\.\d+)?))(?:-label=([01]))?\.png",
    re.I,
)


def _parse(name):
    match = NAME.fullmatch(name)
    require(match, "a name with ra and dec or objid", "another")
    objid, ra, dec, label = match.groups()
    require(objid is None or 0 < int(objid) < 2**63, "an objid of 64 bits", objid)
    good = ra is None or float(ra) <= 360 and abs(float(dec)) <= 90
    require(good, "a position", f"{ra}, {dec}")
    return name, int(objid or -1), float(ra or "nan"), float(dec or "nan"), int(label or -1)


def list_cutouts(folder):
    """Read the names in a folder, not the images.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    listing : Table
        By name: ``file`` str; ``objid`` int64, -1 where the name has none;
        ``ra`` and ``dec`` float64, deg, NaN where it has none; ``label`` int64,
        1 member, 0 background, -1 where it has none.
    rejected : Table
        ``name`` and ``reason`` of what is named otherwise.

    Raises
    ------
    ArchiveError
        If the folder is missing or holds none.
    """
    with files.guarded(folder, "cut-outs"):
        names = sorted(name for name in os.listdir(folder) if name[0] != ".")
    rows, rejected = read_each(names, _parse)
    expect(rows, folder, "cut-outs", f"{len(rejected)} other files")
    names, units = ("file", "objid", "ra", "dec", "label"), {"ra": "deg", "dec": "deg"}
    kinds = (str, np.int64, float, float, np.int64)
    listing = Table(rows=list(rows.values()), names=names, dtype=kinds, units=units)
    return listing, rejections(rejected)


def read(path):
    """Read one cut-out, whatever its name.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    ndarray of uint8, shape (200, 200, 3)

    Raises
    ------
    ValueError
        If it is missing, cannot be decoded, has another size, or is not RGB.
    """
    return np.asarray(pictures.load(path, SIDE))


def read_images(folder, listing):
    """Read the images of some listed cut-outs.

    Parameters
    ----------
    folder : path-like
    listing : Table
        Rows of `list_cutouts`. A thousand images take 120 MB.

    Returns
    -------
    cutouts : Table
        The rows that can be read, with ``image`` uint8 (n, 200, 200, 3).
    rejected : Table
        ``name`` and ``reason`` of those that cannot be decoded, have another
        size, or are not RGB.
    """
    images, good, rejected = pictures.read_all(
        listing["file"], (SIDE, SIDE, 3), np.uint8, lambda name: read(files.below(folder, name))
    )
    cutouts = listing[good]
    cutouts["image"] = images
    return cutouts, rejected


def read_cutouts(folder):
    """Read all cut-outs of a folder, as `list_cutouts` and `read_images` do together."""
    listing, unknown = list_cutouts(folder)
    cutouts, damaged = read_images(folder, listing)
    return cutouts, vstack([unknown, damaged])
