"""FITS files that may be damaged or made to do harm: opened only if they are what they claim.

A header is a claim about what follows. It is compared with the length of the file before any
memory is taken for it, and ``CHECKSUM`` and ``DATASUM`` with the content where a file has them.
A gzipped file is unpacked as of `galutils.store.files.unpacked`.
"""

import contextlib
import functools
import itertools
import re
import warnings

import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.table import Table
from astropy.utils.exceptions import AstropyUserWarning, AstropyWarning

from galutils.store import files, measured
from galutils.store.files import expect


@contextlib.contextmanager
def opened(path, expected="a complete FITS file"):
    """Open a FITS file for reading.

    Parameters
    ----------
    path : path-like
        Plain or gzipped, whatever its ending.
    expected : str
        What it should be, for the message.

    Yields
    ------
    astropy.io.fits.HDUList

    Raises
    ------
    ArchiveError
        If there is no such file, or what is done with it fails because it is cut short, claims
        more data than it has, has another checksum than it says, or is no FITS file; names it.
    """
    with files.guarded(path, expected), warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyWarning)  # archives' units are not standard
        for sign in ("File may have been truncated", "(Checksum|Datasum) verification failed"):
            warnings.filterwarnings("error", sign, AstropyUserWarning)
        with files.unpacked(path) as file:
            hdus = fits.open(file, memmap=False)
            if _summed(hdus):  # with checksums astropy reads all at once, before `_summed` can
                file.seek(0)
                hdus = fits.open(file, memmap=False, checksum=True)
            yield hdus


def _summed(hdus):
    """Read the headers one by one, and tell whether any has a checksum.

    A negative size would lead back to an earlier header, and around for ever.
    """
    summed = False
    for number in itertools.count():
        try:
            hdu = hdus[number]  # reads as far as that one
        except IndexError:
            return summed
        if hdu.size < 0:
            raise ValueError(f"a negative size of HDU {number}")
        summed |= "DATASUM" in hdu.header or "CHECKSUM" in hdu.header


def table(hdus, hdu, path):
    """Read the table of one HDU; astropy would take another where this one has none.

    Parameters
    ----------
    hdus : astropy.io.fits.HDUList
    hdu : int or str
    path : str or path-like
        For the message.

    Returns
    -------
    astropy.table.Table
        Numbers as they are in the file: NaN stays NaN and is not masked.

    Raises
    ------
    ArchiveError
        If there is no such HDU, or it holds no table.
    """
    try:
        kind = type(hdus[hdu]).__name__
    except (IndexError, KeyError):
        kind = "none"
    expect(kind in ("BinTableHDU", "TableHDU"), path, f"a table in HDU {hdu}", kind)
    found = Table.read(hdus, hdu=hdu, format="fits", mask_invalid=False)
    expect(found.colnames, path, f"columns in HDU {hdu}")
    found.convert_bytestring_to_unicode()  # now, where an error names the file
    return found


def image(hdu, shape, path):
    """Take the data of an image HDU, but only if its header claims the shape wanted.

    Parameters
    ----------
    hdu : astropy.io.fits image HDU
    shape : tuple of int
        The one wanted.
    path : str or path-like
        For the message.

    Returns
    -------
    ndarray of integers or floats

    Raises
    ------
    ArchiveError
        If the shape is another or the HDU holds no image.
    """
    received = getattr(hdu, "shape", ()) if hdu.is_image else ()
    expect(received == shape, path, f"shape {shape} in {hdu.name}", received or None)
    return hdu.data


# What names of HDUs, with blanks between words, say that is not the image wanted
SIGMA, ERROR = r"sig(?!nal)|disp(?!la)", r"err|unc\b|std|ivar|\bvar"
OTHER = (
    rf"{SIGMA}|{ERROR}|mask(?!ed)|flag|qual|\bdq|weight|wht|cov|noise|signal|snr|s2n|\bsn\b|"
    r"\bbin(id|s|num)?\b|\bid\b|\bh[34]\b|\bchi|\bew\b|\bage|metal|\bebv"
)


@functools.lru_cache(1000)  # files of a folder have the same names
def says(name, pattern):
    """Tell whether a name, in small letters and with blanks between words, has a pattern in it."""
    return re.search(pattern, re.sub(r"[\W_]+", " ", str(name).lower())) is not None


def choose(names, path, expected, wanted, other=OTHER):
    """Tell which HDU has the image wanted, by their names.

    Parameters
    ----------
    names : sequence of str
        Of all HDUs with such an image; '', PRIMARY and other names may say nothing.
    path : path-like
    expected : str
        What it should be called, for the message.
    wanted, other : str
        Patterns of names that say that it is the one, and that it is not.

    Returns
    -------
    int
        Place in `names`: of the one that says so, that of the stars if there are several, or
        else of the one that says nothing.

    Raises
    ------
    ArchiveError
        If there is none, or several; lists them.
    """
    found = [k for k, name in enumerate(names) if not says(name, other)]
    for pattern in (wanted, r"\bstar|stell"):
        found = [k for k in found if says(names[k], pattern)] or found
    listed = ", ".join(name or "one without a name" for name in names)
    expect(len(found) == 1, path, f"one image called {expected}", listed or "none")
    return found[0]


def check_pixels(header, expected, path):
    """Refuse pixels of another side along axis 2, if the header says it.

    Parameters
    ----------
    header : mapping
        With ``CDi_2``, or ``CDELTi`` and ``PCi_2``; values may be text, with ``D`` for the
        exponent (FITS standard, section 4.2.4).
    expected : float
        Side in arcsec.
    path : path-like

    Raises
    ------
    ArchiveError
        Otherwise.
    """

    def number(key, default):
        return float(str(header.get(key, default)).upper().replace("D", "E"))

    columns = [number(f"CDELT{k}", 0) * number(f"PC{k}_2", k - 1) for k in (1, 2)]
    side = np.hypot(*(number(f"CD{k}_2", columns[k - 1]) for k in (1, 2)))
    unit = str(header.get("CUNIT2", "")).strip() or ("deg" if side < 0.1 else "")  # 1 pixel is none
    with contextlib.suppress(ValueError):  # kpc or Angstrom
        side *= measured.factor(unit, "arcsec") if unit else 0
        good = side == 0 or abs(side - expected) <= 0.01 * expected
        expect(good, path, f"pixels of {expected} arcsec", f"{side:.3f}")


def check_unit(received, expected, path, name):
    """Refuse a unit that differs from the expected one; what is unknown passes.

    Archives leave out units or write them in their own ways, which is no error.

    Raises
    ------
    ArchiveError
        Otherwise.
    """
    unit = u.Unit(str(received or "").strip(), parse_strict="silent")
    try:
        same = np.isclose(measured.factor(received, expected), 1, rtol=1e-6)
    except ValueError:
        same = isinstance(unit, u.UnrecognizedUnit)
    expect(same, path, f"{name} in {expected}", unit)
