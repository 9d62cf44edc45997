"""Cut-outs of galaxies in the filters g, r and i, as FITS cubes or as PNG.

A FITS file holds a cube (bands, 128, 128) in its first HDU with an image,
compressed or not: the first three bands are g, r, i in nanomaggies a pixel, row
0 is south; further bands are left out. A PNG holds i, r, g as red, green, blue,
row 0 north.
"""

import warnings
import zlib
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from PIL import Image

from galutils import images
from galutils.surveys import rejections

SIZE = 128
# ending: what its pixels are
PIXELS = {".fits": "nanomaggies", ".png": "PNG levels, 0 to 255"}
DAMAGED = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, zlib.error)
DAMAGED += (Image.DecompressionBombError,)


def _fits_pixels(path):
    with fits.open(path, memmap=False) as hdus:
        for hdu in hdus:
            if hdu.is_image and hdu.shape:
                cube = hdu.data
                break
        else:
            raise ValueError("no HDU with an image")
    if cube.ndim != 3 or len(cube) < 3 or cube.shape[1] != cube.shape[2]:
        raise ValueError(f"expected a cube (3 or more, side, side), received {cube.shape}")
    return np.moveaxis(cube[:3], 0, -1)


def _png_pixels(path):
    with Image.open(path, formats=("PNG",)) as image:
        if image.mode != "RGB" or image.width != image.height:
            size = f"{image.width}x{image.height}"
            raise ValueError(f"expected RGB and square, received {image.mode} of {size}")
        return np.asarray(image)[::-1, :, ::-1]


def read(path):
    """Read one cut-out.

    Parameters
    ----------
    path : path-like
        The ending, .fits or .png, says what it is.

    Returns
    -------
    ndarray of float32, shape (side, side, 3)
        g, r, i; row 0 south, columns as in the file. Nanomaggies a pixel from
        FITS, levels of 0 to 255 from PNG.

    Raises
    ------
    ValueError
        If the file is missing, damaged, not three square bands, or has a pixel
        that is no number; names it.
    """
    path = Path(path)
    pixels = _png_pixels if path.suffix == ".png" else _fits_pixels
    try:
        with warnings.catch_warnings():  # the archive's own headers are not all standard
            warnings.simplefilter("ignore", AstropyWarning)
            image = np.ascontiguousarray(pixels(path), dtype=np.float32)
    except FileNotFoundError:
        raise ValueError(f"{path.name}: expected this cut-out, found none") from None
    except DAMAGED as error:
        raise ValueError(f"{path.name}: expected a whole cut-out, received {error}") from error
    bad = np.count_nonzero(~np.isfinite(image))
    if bad:
        raise ValueError(f"{path.name}: expected numbers, received {bad} pixels without")
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
        Pixels along a side of the result, see `galutils.images.shrink`. A
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
    if not 1 <= side <= SIZE:
        raise ValueError(f"side: expected 1 to {SIZE}, received {side}")
    stems = [Path(folder) / pattern.format(name) for name in names]
    present = (e for e in PIXELS if any(s.with_name(s.name + e).is_file() for s in stems))
    ending = next(present, ".fits")
    result = np.empty((len(stems), side, side, 3), dtype=np.float32)
    good, rejected = [], []
    for row, stem in enumerate(stems):
        path = stem.with_name(stem.name + ending)
        try:
            image = read(path)
            if len(image) != SIZE:
                received = f"{len(image)}x{len(image)}"
                raise ValueError(f"{path.name}: expected {SIZE}x{SIZE}, received {received}")
        except ValueError as error:
            rejected.append((str(names[row]), str(error)))
        else:
            result[len(good)] = images.shrink(image[np.newaxis], side)[0]
            good.append(row)
    return result[: len(good)], np.array(good, dtype=int), PIXELS[ending], rejections(rejected)
