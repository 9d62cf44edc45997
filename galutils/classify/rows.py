"""Rows of the arrays and tables that hold many maps or images each."""

import contextlib
import io
import itertools
import os
from math import isqrt
from pathlib import Path

from astropy.table import Column
from pyarrow import compute, parquet, types

from galutils.classify import velocity_maps
from galutils.store import hdf5
from galutils.surveys import manga

HDF5 = (".h5", ".hdf5", ".hdf")
ZARR = ("zarr.json", ".zgroup", ".zarray")  # of version 3, and of 2
BATCH = 64  # rows of a table that are decoded at once


class Rows:
    """Reads runs of rows. In a table it goes on where it stopped; going back costs a row group."""

    def __init__(self):
        self._next, self._cells = None, None

    def read(self, file, dataset, start, stop):
        """Read some rows.

        Parameters
        ----------
        file : str
            HDF5 file, folder of a Zarr group, or else a Parquet file.
        dataset : str
            Array or column.
        start, stop : int
            First row, and the one after the last.

        Returns
        -------
        list
            An ndarray for each row, the one of a dataset that is one galaxy's alone, or the bytes
            of an image's file as a stream; the ValueError for one that is no map or image.
        """
        if is_stack(file):
            with opened(file) as group:
                if is_each(group[dataset]):
                    return [_one(group, dataset)]
                unit = hdf5.unit_of(group[dataset].attrs)
                return [Column(row, unit=unit) for row in group[dataset][start:stop]]
        if self._next != (file, dataset, start):
            self._cells = _cells(file, dataset, start)
        self._next = file, dataset, stop
        return list(itertools.islice(self._cells, stop - start))


def is_stack(path):
    """Tell whether a path is an HDF5 file, or a Zarr group or array, by its ending or content."""
    path = Path(path)
    return path.suffix.lower() in HDF5 or any((path / name).is_file() for name in ZARR)


def opened(path):
    """Open a stack for reading, as a context; a Zarr array alone has the name of its folder."""
    path = Path(path)
    if path.suffix.lower() in HDF5:
        import h5py

        return h5py.File(path, "r")
    import zarr

    found = zarr.open(os.fspath(path), mode="r")
    return contextlib.nullcontext(found if isinstance(found, zarr.Group) else {path.stem: found})


def is_each(entry):
    """Tell whether an entry of a file holds the map or the maps of one galaxy."""
    return not hasattr(entry, "shape") or len(entry.shape) == 2


def _one(group, name):
    """Read the velocity map of one galaxy; the ValueError of one that is none."""
    try:
        if not hasattr(group[name], "shape"):
            group, names = group[name], list(group[name])
            name = names[velocity_maps.chosen(names, group.name)]
        elif "east0" in group[name].attrs:
            return manga.read_field(group, name)
        return Column(hdf5.numbers(group, name, 2, "km/s"), unit="km/s")
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        return ValueError(str(error))


def _cells(file, column, start):
    """Yield what stands in a column from one row on; memory holds a few rows."""
    with parquet.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20) as table:
        groups = range(table.num_row_groups)
        ends = list(itertools.accumulate(table.metadata.row_group(k).num_rows for k in groups))
        first = next((k for k, end in enumerate(ends) if end > start), len(ends))
        row = ends[first - 1] if first else 0
        about = table.schema_arrow.field(column).metadata or {}
        for batch in table.iter_batches(BATCH, row_groups=groups[first:], columns=[column]):
            for k in range(max(start - row, 0), len(batch)):
                cell = _cell(batch.column(0), k)
                as_it_is = isinstance(cell, ValueError | io.BytesIO)
                yield cell if as_it_is else Column(cell, unit=about.get(b"unit"))
            row += len(batch)


def _cell(column, k):
    if hasattr(column, "to_numpy_ndarray"):  # fixed_shape_tensor
        return column.slice(k, 1).to_numpy_ndarray()[0]
    try:
        if not column[k].is_valid:
            raise ValueError("none")
        if types.is_struct(column.type):
            return io.BytesIO(column[k]["bytes"].as_py() or b"")
        return _square(_array(column[k].values))
    except ValueError as error:
        return ValueError(f"expected a map or an image, received {error}")


def _array(values):
    """Turn lists of lists into axes; null becomes NaN."""
    if not types.is_nested(values.type):
        return values.to_numpy(zero_copy_only=False)
    lengths = compute.list_value_length(values).unique().to_pylist()
    if len(lengths) != 1 or not lengths[0]:
        raise ValueError(f"rows of {lengths} values")
    below = _array(values.flatten())
    return below.reshape(len(values), lengths[0], *below.shape[1:])


def _square(values):
    """Give a row of numbers the shape of a square map, or of a square image of three channels."""
    if values.ndim > 1:
        return values
    for channels in (1, 3):
        side = isqrt(values.size // channels)
        if side and side**2 * channels == values.size:
            return values.reshape((side, side, 3)[: 2 if channels == 1 else 3])
    raise ValueError(f"{values.size} values in a row, those of no square")
