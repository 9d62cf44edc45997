"""One velocity map from one file: SAMI's, MaNGA's MAPS, or a plain FITS image.

===========  ==================================================================
file         what is read
===========  ==================================================================
SAMI         PRIMARY, km/s (see `galutils.surveys.sami`)
MaNGA MAPS   STELLAR_VEL, NaN where its mask or weight says so
other FITS   the first HDU with an image of two axes, in its BUNIT (km/s if it
             has none)
===========  ==================================================================

Maps of velocity dispersion are refused: they look alike to a program.
"""

import re
import warnings
from pathlib import Path

import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from galutils.surveys.manga import dap_maps as manga_dap_maps
from galutils.surveys.sami import SPAXEL

BLOCK, CARD = 2880, 80  # bytes, of every FITS file
END = "END".ljust(CARD)
VALUE = re.compile(r"(.{8})= *(?:'([^']*)|([^/]*))")  # of a keyword, a text or a number
DISPERSION = re.compile(r"disp|sigma|^sig_|^vdisp", re.IGNORECASE)
PIXELS = {-32: ">f4", -64: ">f8"}
SCALES = ("CDELT2", "CD2_2")  # deg


def read(path):
    """Read a velocity map.

    Parameters
    ----------
    path : path-like
        FITS, or FITS in gzip.

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
    if DISPERSION.search(path.name):
        raise ValueError("expected a map of velocity, received one of dispersion by its name")
    try:
        found = _plain(path)
        values, header, names = _any(path) if found is None else found
    except FileNotFoundError:
        raise ValueError("expected this map, found none") from None
    except Exception as error:  # a hostile file may make a parser raise anything
        raise ValueError(f"expected a whole velocity map in FITS, received {error}") from error
    if any(DISPERSION.search(name) for name in names):
        raise ValueError(f"expected a map of velocity, received one of dispersion: {names}")
    _see_spaxel(header)
    velocity = (values * _factor(header)).astype(np.float32)
    if not np.isfinite(velocity).any():
        raise ValueError("expected finite velocity, received NaN in every spaxel")
    return velocity


def _factor(header):
    """Return what makes km/s of the values."""
    unit = str(header.get("BUNIT", "")).strip()
    if unit in ("", "km/s", "km s-1"):  # parsing a unit takes longer than reading the map
        return 1.0
    try:
        return u.Unit(unit).to("km/s")
    except (ValueError, u.UnitsError) as error:
        raise ValueError(f"expected BUNIT of a velocity, received {unit!r}") from error


def _see_spaxel(header):
    sizes = [abs(float(header[key])) * 3600 for key in SCALES if key in header]
    # 1 pixel is what a header without sky coordinates says
    if sizes and sizes[0] < 3600 and abs(sizes[0] - SPAXEL) > 0.01 * SPAXEL:
        raise ValueError(f"expected spaxels of {SPAXEL} arcsec, received {sizes[0]:.3f}")


def _plain(path):
    """Read an image of the first HDU; None where it is not as simple as SAMI's.

    astropy needs about fifteen times as long for such a file, as long as a network for its map.
    """
    with open(path, "rb") as file:
        header = _header(file)
        if header is None or "BSCALE" in header or "BZERO" in header or header.get("NAXIS") != "2":
            return None
        shape = int(header["NAXIS2"]), int(header["NAXIS1"])
        kind = PIXELS.get(int(header["BITPIX"]))
        if kind is None:
            return None
        length = np.dtype(kind).itemsize * shape[0] * shape[1]
        content = file.read(length)
        if len(content) < length:
            raise OSError(f"{length} bytes of pixels expected, {len(content)} found")
        file.seek(-length % BLOCK, 1)
        second = _header(file) or {}
        return np.frombuffer(content, kind).reshape(shape), header, [second.get("EXTNAME", "")]


def _header(file):
    """Return keyword to value as text of the header that begins here; None without one."""
    cards = []
    while len(block := file.read(BLOCK).decode("latin-1")) == BLOCK:
        cards += [block[start : start + CARD] for start in range(0, BLOCK, CARD)]
        if END in cards:
            known = filter(None, map(VALUE.match, cards[: cards.index(END)]))
            found = {card[1].rstrip(): (card[2] or card[3] or "").strip() for card in known}
            return found if "SIMPLE" in found or "XTENSION" in found else None
    return None


def _any(path):
    """Read the map of any file; also its header, and the names of HDUs that may say dispersion."""
    with warnings.catch_warnings():  # the archives' own headers are not all standard
        warnings.simplefilter("ignore", AstropyWarning)
        with fits.open(path, memmap=False) as hdus:
            if "STELLAR_VEL" in hdus:
                return manga_dap_maps.velocity(hdus), {}, []
            for hdu in hdus:
                if hdu.is_image and len(hdu.shape) == 2:
                    return hdu.data.astype(float), hdu.header, [hdu.name]
    raise ValueError("no image of two axes")
