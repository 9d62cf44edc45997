"""List what is classified: files, stacks in HDF5 or Zarr, Parquet tables, HATS catalogues."""

import hashlib
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from galutils.classify.rows import is_stack, opened
from galutils.store.files import ArchiveError

ENDINGS = (".fits", ".fits.gz", ".fit", ".fit.gz", ".png", ".jpg", ".jpeg")
SEPARATOR = "::"  # PATH::DATASET::ID on the command line


@dataclass(frozen=True)
class Files:
    """Maps or images, one a file.

    Parameters
    ----------
    paths : tuple of path-like
        Files, and folders of files at any depth that end in one of `ENDINGS`. The id is the
        name without its ending.
    """

    paths: tuple


@dataclass(frozen=True)
class Stack:
    """Maps or images in one array (n, ny, nx) or (n, h, w, 3).

    Parameters
    ----------
    path : path-like
        HDF5 file or Zarr group.
    dataset : str, optional
        Its name; by default the only array there of three axes or more.
    ids : str, optional
        A dataset (n,); by default ``id`` where there is one, else the rows are counted from 0.
    """

    path: object
    dataset: str | None = None
    ids: str | None = None


@dataclass(frozen=True)
class Manifest:
    """A Parquet file, or the partitions of a HATS catalogue, read a few rows at a time.

    Parameters
    ----------
    path : path-like
        File; folder of a HATS catalogue, ``dataset/Norder=*/Dir=*/Npix=*.parquet``.
    column : str
        Paths of files, relative to `path`'s folder; or maps and images as lists.
    ids : str
        Column of identifiers.
    """

    path: object
    column: str = "file"
    ids: str = "id"


@dataclass(frozen=True)
class Listing:
    """Every input in a fixed order: its id, and where it lies.

    Attributes
    ----------
    ids : ndarray of str, shape (n,)
        As objects: identifiers have many lengths.
    files : tuple of str
        The files, each once.
    which : ndarray of int, shape (n,)
        Place in `files` of each input.
    rows : ndarray of int, shape (n,)
        Row in that file; -1 where the file is the input.
    datasets : tuple of (str or None)
        For each of `files` the array or column.
    repeated : ndarray of bool, shape (n,)
        Whether another input has the same id.
    """

    ids: np.ndarray
    files: tuple
    which: np.ndarray
    rows: np.ndarray
    datasets: tuple
    repeated: np.ndarray

    def __len__(self):
        """Count the inputs."""
        return len(self.ids)

    def __getitem__(self, part):
        """Return a slice of it that can be sent to another machine."""
        used, which = np.unique(self.which[part], return_inverse=True)
        files, datasets = (tuple(one[k] for k in used) for one in (self.files, self.datasets))
        rows, repeated = self.rows[part], self.repeated[part]
        return Listing(self.ids[part], files, which, rows, datasets, repeated)

    def digest(self):
        """Return a sha256 of the ids, the places, and size and time of every file."""
        digest = hashlib.sha256("\0".join(self.ids.tolist()).encode(errors="surrogateescape"))
        digest.update(self.which.astype("<i8").tobytes() + self.rows.astype("<i8").tobytes())
        for file, dataset in zip(self.files, self.datasets, strict=True):
            try:
                found = os.stat(file)
                state = (os.path.abspath(file), dataset, found.st_size, found.st_mtime_ns)
            except OSError:
                state = (os.path.abspath(file), dataset)
            digest.update(repr(state).encode(errors="surrogateescape"))
        return digest.hexdigest()


def of(words):
    """Tell from paths what kind of inputs they are.

    Parameters
    ----------
    words : sequence of str or path
        ``PATH``, or ``PATH::DATASET`` or ``PATH::DATASET::ID`` for stacks and tables. One
        stack or table, or any number of files and folders.

    Returns
    -------
    Files, Stack or Manifest

    Raises
    ------
    ValueError
        If a stack or a table stands beside other inputs.
    """
    kinds = {}
    for word in map(str, words):
        path, *names = word.split(SEPARATOR)
        kind = _kind(Path(path))
        kinds.setdefault(kind, []).append((path, names))
    if set(kinds) == {Files}:
        return Files(tuple(path for path, _ in kinds[Files]))
    if len(words) != 1:
        received = " ".join(map(str, words))
        raise ValueError(f"expected files and folders, or one stack or table, received {received}")
    [(kind, [(path, names)])] = kinds.items()
    return kind(path, *names)


def _kind(path):
    if is_stack(path):
        return Stack
    if path.suffix in (".parquet", ".parq") or _partitions(path):
        return Manifest
    return Files


def _partitions(path):
    """Return the files of a HATS catalogue by order, folder and pixel; none if it is not one."""
    found = path.glob("dataset/Norder=*/Dir=*/Npix=*.parquet") if path.is_dir() else ()

    def place(file):
        return [int(part.partition("=")[2]) for part in (*file.parts[-3:-1], file.stem)]

    return sorted(found, key=place)


def listing(inputs):
    """List the inputs, in the same order at every call; no map or image is read.

    Parameters
    ----------
    inputs : Files, Stack or Manifest

    Returns
    -------
    Listing

    Raises
    ------
    ArchiveError
        If there are none, or the file lacks what it should have.
    """
    makers = {Files: _of_files, Stack: _of_stack, Manifest: _of_manifest}
    try:
        found = makers[type(inputs)](inputs)
    except (OSError, KeyError, ValueError) as error:
        if isinstance(error, ArchiveError):
            raise
        where = getattr(inputs, "path", None)
        raise ArchiveError(f"{where}: expected maps or images, received {error}") from error
    if not len(found):
        raise ArchiveError(f"{inputs}: expected maps or images, received none")
    return found


def _of_files(inputs):
    files = []
    for path in inputs.paths:
        if not os.path.isdir(path):
            files.append(os.fspath(path))
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            wanted = (n for n in sorted(names) if n.lower().endswith(ENDINGS) and n[0] != ".")
            files += [os.path.join(folder, name) for name in wanted]
    files = list(dict.fromkeys(files))  # a folder that is named twice counts once
    return _listed(map(_stem, files), files, np.arange(len(files)))


def _listed(ids, files, which, rows=None, dataset=None):
    import pandas as pd

    text = [one.decode() if isinstance(one, bytes) else str(one) for one in ids]
    ids = np.array([*text, None], dtype=object)[:-1]  # None, so that it stays one of objects
    rows = np.full(len(which), -1) if rows is None else rows
    datasets, repeated = (dataset,) * len(files), pd.Index(ids).duplicated(keep=False)
    return Listing(ids, tuple(files), which, rows, datasets, repeated)


def _stem(file):
    name = os.path.basename(file)
    ending = next((e for e in (".fits.gz", ".fit.gz") if name.lower().endswith(e)), None)
    return name[: -len(ending)] if ending else os.path.splitext(name)[0]


def _of_stack(inputs):
    with opened(inputs.path) as group:
        arrays = {name: group[name] for name in group if hasattr(group[name], "shape")}
        deep = [name for name, array in arrays.items() if len(array.shape) >= 3]
        dataset = inputs.dataset or (deep[0] if len(deep) == 1 else None)
        if dataset is None or dataset not in group or len(group[dataset].shape) < 3:
            raise ArchiveError(
                f"{inputs.path}: expected one array of maps, named as PATH{SEPARATOR}DATASET, "
                f"received {', '.join(arrays) or 'none'}"
            )
        n = group[dataset].shape[0]
        name = inputs.ids or ("id" if "id" in arrays else None)
        ids = np.arange(n) if name is None else np.asarray(group[name][:])
    if ids.shape != (n,):
        raise ArchiveError(f"{inputs.path}: expected {n} ids in {name}, received {ids.shape}")
    return _rows([os.fspath(inputs.path)], [ids], dataset)


def _rows(files, ids, dataset):
    counts = [len(one) for one in ids]
    which = np.repeat(np.arange(len(files)), counts)
    rows = np.concatenate([np.arange(n) for n in counts])
    return _listed(itertools.chain.from_iterable(ids), files, which, rows, dataset)


def _of_manifest(inputs):
    import pyarrow as pa
    from pyarrow import parquet

    files = _partitions(Path(inputs.path)) or [Path(inputs.path)]
    schema = parquet.read_schema(files[0])
    missing = {inputs.column, inputs.ids} - set(schema.names)
    if missing:
        raise ArchiveError(
            f"{files[0]}: expected columns {' and '.join(sorted(missing))}, "
            f"received {', '.join(schema.names)}"
        )
    # one file at a time, without the columns of folders that reading as a data set would add
    tables = [parquet.ParquetFile(file) for file in files]
    ids = [table.read([inputs.ids])[inputs.ids].to_pylist() for table in tables]
    kind = schema.field(inputs.column).type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return _rows([os.fspath(file) for file in files], ids, inputs.column)
    root = Path(inputs.path) if Path(inputs.path).is_dir() else Path(inputs.path).parent
    names = [n for t in tables for n in t.read([inputs.column])[inputs.column].to_pylist()]
    paths = [os.fspath(root / (name or "")) for name in names]
    places = {path: k for k, path in enumerate(dict.fromkeys(paths))}
    which = np.array([places[path] for path in paths], dtype=np.int64)
    return _listed(itertools.chain.from_iterable(ids), places, which)
