"""FITS files that may be damaged or made to do harm: opened only if they are what they claim.

A header is a claim about what follows. It is compared with the length of the file before any
memory is taken for it, and ``CHECKSUM`` and ``DATASUM`` with the content where a file has them.
A gzipped file is unpacked in memory, up to `RATIO` times its size, and its checksum compared.
"""

import gzip
import io
import itertools
import os
import warnings
from contextlib import contextmanager

import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.table import Table
from astropy.utils.exceptions import AstropyUserWarning, AstropyWarning

from galutils.store import files
from galutils.store.files import expect

RATIO = 100  # of unpacked to packed size; maps and tables have 3 to 20
GZIP = b"\x1f\x8b"


@contextmanager
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
        with _source(path) as file:
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


def _source(path):
    """Open file, or the unpacked content of a gzipped one."""
    file = files.regular(path).open("rb")
    packed = file.read(2) == GZIP
    file.seek(0)
    if not packed:
        return file
    with file:
        most = RATIO * os.fstat(file.fileno()).st_size
        content = gzip.GzipFile(fileobj=file).read(most + 1)
    if len(content) > most:
        raise ValueError(f"more than {RATIO} times its size when unpacked")
    return io.BytesIO(content)


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


def check_unit(received, expected, path, name):
    """Refuse a unit that differs from the expected one by a factor; what is unknown passes.

    Archives leave out units or write them in their own ways, which is no error.

    Raises
    ------
    ArchiveError
        Otherwise.
    """
    unit = u.Unit(str(received or "").strip(), parse_strict="silent")
    same = not unit.is_equivalent(expected) or np.isclose(unit.to(expected), 1, rtol=1e-6)
    expect(same, path, f"{name} in {expected}", unit)
