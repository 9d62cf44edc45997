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


def read_each(names, read, errors=ValueError):
    """Read things one by one, and keep the reasons why some cannot be read.

    Parameters
    ----------
    names : iterable of str
    read : callable
        Takes a name.
    errors : exception or tuple of them
        Those that say why something cannot be read; others are raised.

    Returns
    -------
    found : dict
        What was read, by name.
    rejected : list of (str, str)
        Names and reasons of the others.
    """
    found, rejected = {}, []
    for name in names:
        try:
            found[name] = read(name)
        except errors as error:
            rejected.append((name, str(error)))
    return found, rejected


def rejections(rows):
    """Return a table of what was left out: ``name`` and ``reason``, str."""
    return Table(rows=rows, names=("name", "reason"), dtype=(str, str))
