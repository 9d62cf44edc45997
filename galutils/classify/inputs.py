"""List what is classified: files, stacks in HDF5 or Zarr, Parquet tables, HATS catalogues."""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from galutils.classify.rows import is_each, is_stack, opened
from galutils.store import folders, tables
from galutils.store.files import expect, guarded, require
from galutils.store.identifiers import identifiers

ENDINGS = (*folders.FITS, *folders.IMAGES)
TEXTS = ("string", "large_string", "string_view", "binary", "large_binary")
SEPARATOR = "::"  # PATH::DATASET::ID on the command line


class Files(NamedTuple):
    """Maps or images, one a file.

    Parameters
    ----------
    paths : tuple of path-like
        Files, and folders of files at any depth that end in one of `ENDINGS`; others are left
        out with that reason. The id is the name without its ending.
    """

    paths: tuple


class Stack(NamedTuple):
    """Maps or images in one array (n, ny, nx) or (n, h, w, 3); of HDF5 also one dataset each.

    A file without an array of three axes holds a map in every dataset of two, which is named by the
    galaxy, or a galaxy in every group.

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


class Manifest(NamedTuple):
    """A Parquet file, or the partitions of a HATS catalogue, read a few rows at a time.

    Parameters
    ----------
    path : path-like
        File; folder of a HATS catalogue or collection, see `galutils.store.tables.hats`.
    column : str
        Paths of files, relative to `path`'s folder; maps and images as lists; or images as the
        bytes of their files, a struct with ``bytes``.
    ids : str
        Column of identifiers.
    """

    path: object
    column: str = "file"
    ids: str = "id"


def of(words):
    """Tell from paths what kind of inputs they are.

    Parameters
    ----------
    words : path-like, or sequence of path-like
        ``PATH``, or ``PATH::DATASET`` or ``PATH::DATASET::ID`` for stacks and tables. One
        stack or table, or any number of files and folders. Files, Stack or Manifest as it is.

    Returns
    -------
    Files, Stack or Manifest

    Raises
    ------
    ValueError
        If a stack or a table stands beside other inputs.
    """
    if isinstance(words, Files | Stack | Manifest):
        return words
    words = [words] if isinstance(words, str | os.PathLike) else words
    given = [str(word).split(SEPARATOR) for word in words]
    given = [[os.path.expanduser(path), *names] for path, *names in given]
    kinds = [_kind(Path(path)) for path, *_ in given]
    if set(kinds) == {Files}:
        return Files(tuple(path for path, *_ in given))
    received = " ".join(map(str, words))
    require(len(given) == 1, "files and folders, or one stack or table", received)
    return kinds[0](*given[0])


def _kind(path):
    if is_stack(path):
        return Stack
    if path.suffix.lower() in tables.PARQUET or tables.hats(path):
        return Manifest
    return Files


def listing(inputs):
    """List the inputs, in the same order at every call; no map or image is read.

    Parameters
    ----------
    inputs : Files, Stack or Manifest

    Returns
    -------
    pandas.DataFrame
        ``id`` str; ``file`` str; ``dataset``: the array or column there, None where the file is
        the input; ``row`` int: row in that array or table; ``why``: the reason to leave it out
        without reading it, or ''; ``repeated`` bool: another input has the same id.

    Raises
    ------
    ArchiveError
        If there are none, or the file lacks what it should have.
    """
    makers = {Files: _of_files, Stack: _of_stack, Manifest: _of_manifest}
    with guarded(getattr(inputs, "path", "inputs"), "maps or images"):
        found = makers[type(inputs)](inputs)
    good = (found["why"] == "").any()
    where = ", ".join(map(str, getattr(inputs, "paths", ())[:3])) or inputs.path
    expect(good, where, "maps or images", folders.told(found["why"]))
    return found.assign(repeated=found["id"].duplicated(keep=False))


def digest(listing):
    """Return a sha256 of the ids, the places, and size and time of every file that is taken."""
    found, listing = hashlib.sha256(), listing[listing["why"] == ""]
    for name in ("id", "file", "dataset", "row"):
        found.update("\0".join(map(str, listing[name])).encode(errors="surrogateescape"))
    for file in listing["file"].unique():
        state = os.stat(file) if os.path.exists(file) else None
        about = (os.path.abspath(file), state and (state.st_size, state.st_mtime_ns))
        found.update(repr(about).encode(errors="surrogateescape"))
    return found.hexdigest()


def _of_files(inputs):
    taken, left_out = [], {}
    for path in map(Path, inputs.paths):
        one = folders.Listing([path], [])
        found = folders.listing(path, ENDINGS) if path.is_dir() else one
        taken += found.taken
        left_out |= dict(found.left_out)
    taken = list(dict.fromkeys(taken))  # a folder that is named twice counts once
    files = [os.fspath(path) for path in (*taken, *left_out)]
    listed = _listed([*map(_stem, taken), *(path.name for path in left_out)], files)
    return listed.assign(why=[""] * len(taken) + list(left_out.values()))


def _listed(ids, files, dataset=None, path=None, name="id"):
    """Return inputs of which each is a file of its own, or the next row of one file's data set."""
    text = list(ids) if path is None else identifiers(ids, name, str, path)
    columns = {"id": text, "file": files, "dataset": dataset, "why": ""}
    found = pd.DataFrame(columns, dtype=object)
    return found.assign(row=np.arange(len(text)))


def _stem(path):
    ends = (ending for ending in ENDINGS if path.name.lower().endswith(ending))
    return path.name[: -max(map(len, ends), default=0) or None] if path.suffix else path.name


def _of_stack(inputs):
    with opened(inputs.path) as group:
        arrays = {name: group[name] for name in group if hasattr(group[name], "shape")}
        deep = [name for name, array in arrays.items() if len(array.shape) >= 3]
        if not (deep or inputs.dataset) and len(group) and is_each(group[next(iter(group))]):
            names = list(group)
            return _listed(names, os.fspath(inputs.path), names)
        dataset = inputs.dataset or (deep[0] if len(deep) == 1 else None)
        good = dataset is not None and dataset in group and len(group[dataset].shape) >= 3
        expected = f"one array of maps, named as PATH{SEPARATOR}DATASET"
        expect(good, inputs.path, expected, ", ".join(arrays) or "none")
        n = group[dataset].shape[0]
        name = inputs.ids or ("id" if "id" in arrays else None)
        ids = np.arange(n) if name is None else np.asarray(group[name][:])
    expect(ids.shape == (n,), inputs.path, f"{n} ids in {name}", ids.shape)
    return _listed(ids, os.fspath(inputs.path), dataset, inputs.path, name)


def _of_manifest(inputs):
    import pyarrow as pa
    from pyarrow import parquet

    files = tables.hats(inputs.path) or [Path(inputs.path)]
    schema = parquet.read_schema(files[0])
    missing = " and ".join(sorted({inputs.column, inputs.ids} - set(schema.names)))
    expect(not missing, files[0], f"columns {missing}", ", ".join(schema.names))
    kind = schema.field(inputs.column).type
    texts = kind.value_type if pa.types.is_dictionary(kind) else kind
    by_path = any(getattr(pa.types, f"is_{name}")(texts) for name in TEXTS)
    inside = pa.types.is_nested(kind) or isinstance(kind, pa.FixedShapeTensorType)
    inside &= not pa.types.is_struct(kind) or "bytes" in [field.name for field in kind]
    expected = f"paths, or maps and images as lists or bytes, in {inputs.column}"
    expect(by_path or inside, files[0], expected, kind)
    root = Path(inputs.path) if Path(inputs.path).is_dir() else Path(inputs.path).parent
    found = []
    for file in files:
        # without the columns of folders that reading all as one data set would add
        table = parquet.ParquetFile(file).read([inputs.ids, *[inputs.column] * by_path])
        ids, about = table[inputs.ids], (file, inputs.ids)
        if by_path:
            names = [name or "" for name in table[inputs.column].to_pylist()]
            names = [name.decode() if isinstance(name, bytes) else name for name in names]
            found.append(_listed(ids, [os.fspath(root / name) for name in names], None, *about))
        else:
            found.append(_listed(ids, os.fspath(file), inputs.column, *about))
    return pd.concat(found, ignore_index=True)
