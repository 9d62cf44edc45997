"""Samples on disk, between the notebooks that write and read them, and tables of rejected rows."""

import io

from astropy.table import Table

from galutils.store import files, fits_files
from galutils.store.files import ArchiveError


def write(sample, path):
    """Write a sample as a FITS table, whole or not at all.

    Parameters
    ----------
    sample : astropy.table.Table
        Scalar and multidimensional columns; ``meta`` of plain values.
    path : path-like
        Where to; an older file is replaced.

    Raises
    ------
    ValueError
        If a column is int8, which FITS would store as true or false.
    """
    bad = [name for name in sample.colnames if sample[name].dtype == "int8"]
    if bad:
        raise ValueError(f"{path}: columns {bad} are int8, expected a wider integer")
    buffer = io.BytesIO()
    sample.write(buffer, format="fits")
    files.write(path, buffer.getvalue())


def read(path):
    """Read a sample that `write` has written, ``meta`` in lower case.

    Raises
    ------
    ValueError
        If the file is missing or no FITS table; names the file.
    """
    try:
        with fits_files.opened(path, "a sample as FITS table") as hdus:
            sample = fits_files.table(hdus, 1, path)
    except ArchiveError as error:
        raise ValueError(str(error)) from error
    for name in sample.colnames:  # FITS is big-endian, which neither pandas nor Keras takes
        column = sample[name]
        if column.dtype.byteorder == ">":
            sample[name] = column.astype(column.dtype.newbyteorder("="))
    sample.meta = {key.lower(): value for key, value in sample.meta.items()}
    return sample


def rejections(rows):
    """Return a table of what was left out: ``name`` and ``reason``, str."""
    return Table(rows=rows, names=("name", "reason"), dtype=(str, str))
