"""Samples on disk, between the notebooks that write and read them, and tables of rejected rows."""

from astropy.table import Table

from galutils.store import tables
from galutils.store.files import ArchiveError

write = tables.write


def read(path):
    """Read a sample that `write` has written, ``meta`` in lower case.

    Raises
    ------
    ValueError
        If the file is missing or no table; names the file.
    """
    try:
        sample = tables.read(path)
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
