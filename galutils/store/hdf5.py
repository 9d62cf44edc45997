"""HDF5 files that may be damaged or made to do harm: read only if they are what they claim.

A dataset may lie in another file, or claim more values than the file can hold. Both are refused
before any memory is taken.
"""

from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from astropy.table import Column

from galutils.store import files
from galutils.store.files import RATIO, require
from galutils.store.measured import floats


@contextmanager
def opened(path, expected="an HDF5 file"):
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path : path-like
    expected : str
        What it should be, for the message.

    Yields
    ------
    h5py.File

    Raises
    ------
    ArchiveError
        If there is no such file, or what is done with it fails because it is damaged; names it.
    """
    with files.guarded(path, expected), h5py.File(files.regular(path), "r") as file:
        yield file


def unit_of(attributes):
    """Return what a dataset of HDF5 or Zarr says in ``unit`` or ``units``, None without either."""
    return attributes.get("unit", attributes.get("units"))


def numbers(group, name, ndim, unit=None):
    """Read a dataset of numbers that lies in the file itself.

    Parameters
    ----------
    group : h5py.Group
    name : str
        Of the dataset, directly in the group.
    ndim : int
        Dimensions it must have.
    unit : str, optional
        Make floats in this unit of them by `galutils.store.measured.floats`, '' for any unit.

    Returns
    -------
    ndarray of integers or floats

    Raises
    ------
    ValueError
        If it is something else, or claims more than `galutils.store.files.RATIO` times the
        size of the file.
    """
    linked = not isinstance(group.get(name, getlink=True), h5py.HardLink)
    require(not linked, "a dataset in the file", "a link", name)
    data = group[name]
    good = isinstance(data, h5py.Dataset) and data.shape is not None
    require(good, "a dataset", type(data).__name__.lower(), name)
    elsewhere = data.external or data.is_virtual
    require(not elsewhere, "values in the file", "a link to others", name)
    good, received = data.ndim == ndim and data.dtype.kind in "iuf", f"{data.dtype} of {data.shape}"
    require(good, f"numbers in {ndim} dimensions", received, name)
    most = RATIO * Path(group.file.filename).stat().st_size
    claimed = max(data.nbytes, np.prod(data.chunks or (0,), dtype=float) * data.dtype.itemsize)
    require(claimed <= most, f"up to {most} bytes", f"a claim of {claimed:.0f}", name)
    if unit is None:
        return data[()]
    return floats(Column(data[()], unit=unit_of(data.attrs)), unit, name)
