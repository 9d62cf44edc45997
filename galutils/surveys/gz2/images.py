"""Images of Galaxy Zoo 2: JPEG or PNG of 424x424 pixels, colours from g, r and i.

A pixel is 0.02 petroR90_r (arcsec), so galaxies of every size fill the same part.

A file is named by a number. What the number is, file and folder tell: one of 17 to
19 digits is the object's identifier in SDSS (``objid``); in a folder ``images_gz2``
it is the ``asset`` of the mapping; elsewhere Kaggle's ``GalaxyID`` (``kaggle``).
"""

import re
from pathlib import Path

import numpy as np
from astropy.table import Table
from PIL import Image

from galutils.store import folders, pictures
from galutils.store.files import below, require
from galutils.store.sample import rejections

SIDE = 424
NAME = re.compile(r"(\d{1,19})\.(?:jpe?g|png)", re.IGNORECASE)
ASSETS = "images_gz2"
OBJID = 17  # digits of the shortest


def list_images(folder):
    """List the images in the folders of an archive; none is opened.

    Parameters
    ----------
    folder : path-like
        The one that holds ``images_gz2`` and the like.

    Returns
    -------
    listing : Table
        By path: ``file`` str, path below `folder`; ``kind`` str, ``objid``,
        ``asset`` or ``kaggle``; ``id`` int64; ``group`` str, name of the
        innermost folder. Without rows where there are no images.
    rejected : Table
        ``name`` and ``reason`` of images named otherwise or for the second time.
    """
    folder = Path(folder)
    rows, seen, rejected = [], {}, []
    for path in folders.listing(folder, folders.IMAGES).taken:
        path = path.relative_to(folder)
        match = NAME.fullmatch(path.name)
        if match is None or int(match[1]) >= 2**63:
            rejected.append((path.as_posix(), "expected a number for a name, received another"))
            continue
        short = "asset" if ASSETS in path.parts else "kaggle"
        known = ("objid" if len(match[1]) >= OBJID else short, int(match[1]))
        if known in seen:
            rejected.append((path.as_posix(), f"expected {known[1]} once, kept {seen[known]}"))
            continue
        seen[known] = path.as_posix()
        rows.append((path.as_posix(), *known, path.parent.name))
    names, types = ("file", "kind", "id", "group"), (str, str, np.int64, str)
    return Table(rows=rows or None, names=names, dtype=types), rejections(rejected)


def middle(image, side, crop):
    """Middle `crop` pixels of a square `PIL.Image`, averaged to `side`, as an array."""
    border = (image.width - crop) // 2
    part = image.crop((border, border, border + crop, border + crop))
    # averages over areas, so that any side keeps the whole field
    return np.asarray(part.resize((side, side), Image.Resampling.BOX))


def read(path, side=SIDE, crop=SIDE):
    """Read one image.

    Parameters
    ----------
    path : path-like
    side, crop : int
        As of `read_images`.

    Returns
    -------
    ndarray of uint8, shape (side, side, 3)

    Raises
    ------
    ValueError
        If it is missing, cannot be decoded, is not RGB or not of 424x424 pixels.
    """
    return middle(pictures.load(path, SIDE), side, crop)


def read_images(folder, files, side=SIDE, crop=SIDE):
    """Read images, each cut and averaged as it is read.

    Parameters
    ----------
    folder : path-like
    files : sequence of str
        Paths below `folder`, as of `list_images`; '' counts as missing.
    side : int
        Pixels along a side of the result. A thousand images take 151 MB with
        224, 12 MB with 64.
    crop : int
        Original pixels along a side of the square in the middle that is kept;
        the publication keeps 224. An odd excess leaves one more pixel at the
        right and lower border.

    Returns
    -------
    images : ndarray of uint8, shape (n, side, side, 3)
        Of the good ones, red, green, blue; row 0 is the uppermost of the file.
    good : ndarray of int
        Their places in `files`.
    rejected : Table
        ``name`` and ``reason`` of those that are missing, damaged, not RGB or
        not of 424x424 pixels.

    Raises
    ------
    ValueError
        Unless 1 <= side <= crop <= 424.
    """
    require(1 <= side <= crop <= SIDE, f"1 <= side <= crop <= {SIDE}", f"{side} and {crop}")

    def found(name):
        require(name, "an image", "none of this galaxy")
        return read(below(folder, name), side, crop)

    return pictures.read_all(files, (side, side, 3), np.uint8, found)
