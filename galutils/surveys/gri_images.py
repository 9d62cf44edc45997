"""Cut-outs of galaxies in the filters g, r and i, as FITS cubes or as PNG.

A FITS file holds a cube (bands, 128, 128) in its only HDU with an image that is not called
something else, compressed or not: the first three bands are g, r, i in nanomaggies a pixel of
0.396 arcsec, row 0 is south; further bands are left out. A header that says otherwise
(``BANDS``, ``BUNIT``, the scale) is an error. A PNG holds i, r, g as red, green, blue,
row 0 north.
"""

import re
from pathlib import Path

import numpy as np
from astropy.table import vstack

from galutils.physics import kinematics
from galutils.store import files, fits_files, pictures
from galutils.store.files import ArchiveError, expect, first, require
from galutils.store.folders import PACKED, walk
from galutils.store.measured import floats
from galutils.store.sample import rejections

SIZE, SCALE = 128, 0.396  # pixels, arcsec
# ending: what its pixels are
PIXELS = {".fits": "nanomaggies", ".png": "PNG levels, 0 to 255"}
MOST_BANDS = 16


def _fits_pixels(path):
    with fits_files.opened(path, "a whole cut-out") as hdus:
        found = [hdu for hdu in hdus if hdu.is_image and hdu.shape]
        expect(found, path, "an HDU with an image")
        names = [hdu.name for hdu in found]
        hdu = found[fits_files.choose(names, path, "an image", r"\bsci|image|flux|cutout|gri")]
        bands, *sides = hdu.shape
        wanted = f"(3 to {MOST_BANDS} bands, {SIZE}, {SIZE})"
        good = sides == [SIZE, SIZE] and 3 <= bands <= MOST_BANDS
        expect(good, path, f"a cube {wanted}", hdu.shape)
        fits_files.check_unit(hdu.header.get("BUNIT"), "nmgy", path, hdu.name)
        fits_files.check_pixels(hdu.header, SCALE, path)
        named = re.sub(r"\W", "", str(hdu.header.get("BANDS", "gri")))  # as the Legacy Surveys do
        expect(named.startswith("gri"), path, "bands gri", named)
        return np.moveaxis(hdu.data[:3], 0, -1)


def _png_pixels(path):
    return np.asarray(pictures.load(path, SIZE, ("PNG",)))[::-1, :, ::-1]


def read(path):
    """Read one cut-out.

    Parameters
    ----------
    path : path-like
        The ending, .fits or .png, says what it is.

    Returns
    -------
    ndarray of float32, shape (128, 128, 3)
        g, r, i; row 0 south, columns as in the file. Nanomaggies a pixel from
        FITS, levels of 0 to 255 from PNG.

    Raises
    ------
    ValueError
        If the file is missing, damaged, not three bands of 128x128, or has a pixel
        that is no number; names it.
    """
    path = Path(path)
    pixels = _png_pixels if path.suffix == ".png" else _fits_pixels
    try:
        image = np.ascontiguousarray(floats(pixels(path)), dtype=np.float32)
    except (ArchiveError, ValueError) as error:
        reason = str(error).removeprefix(f"{path}: ")
        raise ValueError(f"{path.name}: {reason}") from error
    bad = np.count_nonzero(~np.isfinite(image))
    require(not bad, "numbers", f"{bad} pixels without", path.name)
    return image


def read_many(folder, names, side=SIZE, pattern="{}"):
    """Read the cut-outs of named galaxies, averaged as they are read.

    FITS and PNG have different units, so a sample takes one of them only: FITS
    where any of the names has such a file, PNG otherwise.

    Parameters
    ----------
    folder : path-like
    names : sequence of str
    side : int
        Pixels along a side of the result, see `galutils.store.pictures.block_average`. A
        thousand images take 197 MB with 128, 49 MB with 64.
    pattern : str
        File name without its ending, the galaxy's name for ``{}``.

    Returns
    -------
    images : ndarray of float32, shape (n, side, side, 3)
        Of the good ones, as of `read`.
    good : ndarray of int
        Their places in `names`.
    pixels : str
        What a pixel is, a value of `PIXELS`.
    rejected : Table
        ``name`` and ``reason`` of those that are missing, damaged, or not of
        128x128 pixels.

    Raises
    ------
    ValueError
        If `side` is not between 1 and 128.
    """
    require(1 <= side <= SIZE, f"1 to {SIZE}", side, "side")
    stems = [pattern.format(name) for name in names]
    there = {path.name.lower(): path for path in walk(folder)}
    places = [(stem, packed) for stem in stems for packed in PACKED]
    present = (e for e in PIXELS if any(f"{s}{e}{p}".lower() in there for s, p in places))
    ending = next(present, ".fits")

    def averaged(name):
        path = files.below(folder, pattern.format(name) + ending)
        packed = (f"{path.name}{ending}".lower() for ending in PACKED)
        image = read(next((there[one] for one in packed if one in there), path))
        return pictures.block_average(image[np.newaxis], side)[0]

    images, good, rejected = pictures.read_all(names, (side, side, 3), np.float32, averaged)
    return images, good, PIXELS[ending], rejected


def with_images(sample, key, needed, folder, side, pattern="{}"):
    """Take the galaxies of a sample that have all values a study needs and a good cut-out.

    Parameters
    ----------
    sample : Table
        With ``lambda_r`` and ``ellipticity``.
    key : str
        Column that names a galaxy.
    needed : dict
        Column that needs a finite number, and its description.
    folder, side, pattern
        As of `read_many`.

    Returns
    -------
    sample : Table
        With ``rotator`` int64, 1 fast, 0 slow (`galutils.physics.kinematics.rotator_class`), and
        ``image``; ``meta``: ``pixels`` as of `read_many`, ``rotator``, the definition.
    rejected : Table
        ``name`` and ``reason`` of the others.

    Raises
    ------
    ArchiveError
        If no galaxy is left.
    """
    known = np.array([np.isfinite(sample[name]) for name in needed])
    unknown = []
    for row in np.flatnonzero(~known.all(axis=0)):
        missing = " and ".join(np.array(list(needed.values()))[~known[:, row]])
        unknown.append((str(sample[key][row]), f"expected {missing}, received none"))
    sample = sample[known.all(axis=0)]
    names = [str(name) for name in sample[key]]
    images, good, pixels, damaged = read_many(folder, names, side, pattern)
    rejected = vstack([rejections(unknown), damaged])
    expected = f"images of galaxies with {', '.join(needed.values())}"
    received = f"none; the first left out: {first(rejected['reason'])}"
    expect(len(good), folder, expected, received)
    sample = sample[good]
    sample["rotator"] = kinematics.rotator_class(sample["lambda_r"], sample["ellipticity"])
    sample.add_column(images, name="image", copy=False)  # up to a gigabyte
    sample.meta = {"pixels": pixels, "rotator": kinematics.ROTATOR_CLASS}
    return sample, rejected
