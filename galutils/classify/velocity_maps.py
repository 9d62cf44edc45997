"""One velocity map from one file: SAMI's, MaNGA's MAPS, or a plain FITS image.

===========  ==================================================================
file         what is read
===========  ==================================================================
SAMI         PRIMARY, km/s (see `galutils.surveys.sami`)
MaNGA MAPS   STELLAR_VEL
other FITS   the image of two axes whose HDU is called a velocity (``V``, ``VEL``,
             ``V_STARS``, that of the stars if there are several), or the only one
             that is not called something else; in its BUNIT (km/s if it has none)
===========  ==================================================================

Where HDUs are called as that image with ``_MASK`` or ``_IVAR``, spaxels of another mask
than 0 or without weight are NaN.

Maps of velocity dispersion are refused: they look alike to a program.
"""

import contextlib
import math
import os
import re
from pathlib import Path

import numpy as np

from galutils.store import files, fits_files, measured
from galutils.store.files import ArchiveError, expect, require
from galutils.store.fits_files import ERROR, OTHER, SIGMA, says
from galutils.surveys.sami import SPAXEL

BLOCK, CARD = 2880, 80  # bytes, of every FITS file
LARGEST = 10**7  # bytes of a file that is read in the short way
HEADER = re.compile(rb"(?=SIMPLE  =|XTENSION=)(?:.{80})+?END {77}", re.DOTALL)
NOT_PLAIN = {"BSCALE", "BZERO", "CHECKSUM", "DATASUM", "ZIMAGE"}  # for astropy
VALUE = re.compile(r"(.{8})= *(?:'([^']*)|([^/]*))")  # of a keyword, a text or a number
DISPERSION = r"dispersion|\b(v|vel)?(disp|sigma|sig)\b"
VELOCITY = r"\bv\b|\bg?vel|\bv(los|star)|stell?(ar)?vel"
PIXELS = {-32: ">f4", -64: ">f8"}
WHOLE = "a whole velocity map in FITS"


def read(path):
    """Read a velocity map.

    Parameters
    ----------
    path : path-like
        FITS, also compressed by gzip or fpack.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
        km/s, NaN where not measured; row 0 as in the file.

    Raises
    ------
    ValueError
        If the file is missing, damaged, has no such image, no number in it, another
        unit than a velocity's, spaxels of another size than 0.5 arcsec, or a dispersion.
    """
    path = Path(path)
    try:
        with files.guarded(path, WHOLE):
            values, header = _plain(path) or _any(path)
            fits_files.check_pixels(header, SPAXEL, path)
    except ArchiveError as error:
        raise ValueError(str(error).removeprefix(f"{path}: ")) from error
    why = why_not(path.stem)
    if why and not says(header.get("EXTNAME", ""), VELOCITY):
        raise ValueError(why)
    return as_map(values, header.get("BUNIT"))


def why_not(name):
    """Say why a file or a column is no velocity map by its name; '' if nothing speaks against."""
    expected = "expected a map of velocity, received one of dispersion by its name"
    return f"{expected}, {name}" if says(name, DISPERSION) else ""


def as_map(values, unit=None):
    """Return a velocity map as float32, km/s, NaN where not measured.

    Parameters
    ----------
    values : array_like, shape (ny, nx)
        As of `galutils.store.measured.floats`.
    unit : str, optional
        What they are in, where they do not say so themselves.

    Raises
    ------
    ValueError
        If it has other axes, another unit than a velocity's, or no number in it.
    """
    scale = measured.factor(unit, "km/s", "BUNIT")
    velocity = measured.floats(values, "km/s", "velocity") * scale
    require(velocity.ndim == 2, "a map of two axes", velocity.shape)
    with np.errstate(over="ignore"):
        velocity = measured.floats(velocity.astype(np.float32))
    require(np.isfinite(velocity).any(), "finite velocity", "NaN in every spaxel")
    return velocity


def chosen(names, path):
    """Place of the velocity among the HDUs or datasets with an image of two axes, by name."""
    place = fits_files.choose(names, path, "a velocity", VELOCITY, f"{OTHER}|flux|light|intens")
    errors = [name for name in names if says(name, ERROR)]
    spread = any(says(name, SIGMA) for name in errors)
    spread &= not any(says(name, VELOCITY) for name in (names[place], *errors))
    expect(not spread, path, "a map of velocity", "one of dispersion, since it has its error")
    return place


def _plain(path):
    """Read the map of a file as simple as SAMI's, and its header as text; None of another one.

    astropy needs about fifteen times as long for such a file, as long as a network for its map.
    """
    images, place = [], 0
    with contextlib.suppress(KeyError, ValueError):  # astropy says what is wrong
        content = files.regular(path).read_bytes() if os.path.getsize(path) < LARGEST else b""
        while found := HEADER.match(content, place):
            text, place = found[0].decode("latin-1"), found.end() + -found.end() % BLOCK
            cards = (VALUE.match(text[start : start + CARD]) for start in range(0, len(text), CARD))
            header = {c[1].rstrip(): (c[2] or c[3] or "").strip() for c in cards if c}
            shape = [int(header[f"NAXIS{k}"]) for k in range(int(header["NAXIS"]), 0, -1)]
            size = abs(int(header["BITPIX"])) // 8 * math.prod(shape) * bool(shape)
            size += int(header.get("PCOUNT", 0))
            if header.keys() & NOT_PLAIN or min(size, *shape, 0) < 0:
                return None
            if len(shape) == 2 and header.get("XTENSION", "IMAGE") == "IMAGE":
                images.append((header, shape, place))
            place += size + -size % BLOCK
        if not images:
            return None
        names = [header.get("EXTNAME", "") for header, *_ in images]
        header, shape, start = images[chosen(names, path)]
        own = header.get("EXTNAME", "PRIMARY")
        if not {f"{own}_MASK", f"{own}_IVAR"}.intersection(names):
            kind = np.dtype(PIXELS[int(header["BITPIX"])])
            pixels = content[start : start + math.prod(shape) * kind.itemsize]
            return np.frombuffer(pixels, kind).reshape(shape), header
    return None


def _any(path):
    """Read the map of any file, and its header."""
    with fits_files.opened(path, WHOLE) as hdus:
        images = [hdu for hdu in hdus if hdu.is_image and len(hdu.shape) == 2]
        hdu = images[chosen([hdu.name for hdu in images], path)]
        values, header = measured.floats(hdu.data), hdu.header
        for ending, good in (("_MASK", lambda mask: mask == 0), ("_IVAR", lambda ivar: ivar > 0)):
            if f"{hdu.name}{ending}" in hdus:
                beside = measured.floats(hdus[f"{hdu.name}{ending}"].data)
                values = np.where(good(beside), values, np.nan)
        return values, header
