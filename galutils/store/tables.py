"""One reader of tables: FITS, CSV, ECSV, VOTable, Parquet, and the partitions of HATS catalogues.

Types stay as they are in the file: whole numbers of which some are missing are masked, not floats,
and texts of any kind (bytes, dictionaries, objects) are str.
"""

import csv
import re
from pathlib import Path

import numpy as np
from astropy.table import Column, MaskedColumn, Table, vstack

from galutils.store import files, fits_files, texts
from galutils.store.files import expect, first

DESCRIBED = {".ecsv": "ascii.ecsv", ".vot": "votable", ".votable": "votable", ".xml": "votable"}
PARQUET = (".parquet", ".parq", ".pq")
PARTITION = re.compile(r"Norder=(\d+)/Dir=(\d+)/Npix=(\d+)")
SHAPES = "shapes"  # in the meta of a table in Parquet, which has lists for columns of maps


def _foreign(column):
    return not isinstance(column, Column) or column.dtype.kind not in "iufbU"


# What each format would change
UNFIT = {form: {"of another type": _foreign} for form in ("fits", "ascii.ecsv", "parquet")}
UNFIT["fits"] |= {
    "int8": lambda column: column.dtype == "int8",  # true or false there
    "float16": lambda column: column.dtype == "float16",
    "texts beyond ASCII": lambda column: column.dtype.kind == "U" and not _ascii(column),
}


def _ascii(column):
    return "".join(np.ma.compressed(column).ravel().tolist()).isascii()


def read(path, hdu=1, with_text=()):
    """Read a table; what it is, the ending says.

    Parameters
    ----------
    path : path-like
        ``.csv``, ``.ecsv``, VOTable (``.vot``, ``.xml``), Parquet, the folder of a HATS catalogue,
        or else FITS; all but Parquet also gzipped.
    hdu : int or str
        Of a FITS file.
    with_text : sequence of str
        Columns of a CSV file that hold texts, even if all of them look like numbers.

    Returns
    -------
    astropy.table.Table
        Masked where a value is missing; NaN stays NaN.

    Raises
    ------
    ArchiveError
        If it is missing, damaged, or no table.
    """
    path, partitions = Path(path), hats(path)
    ending = Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()
    if partitions:
        found = vstack([_parquet(one) for one in partitions], metadata_conflicts="silent")
    elif ending == ".csv":
        found = _csv(path, with_text)
    elif ending in PARQUET:
        found = _parquet(path)
    elif ending in DESCRIBED:
        with files.guarded(path, f"a table ({DESCRIBED[ending]})"):
            with files.unpacked(path) as file:
                found = Table.read(file, format=DESCRIBED[ending])
    else:
        with fits_files.opened(path, f"a table in HDU {hdu}") as hdus:
            found = fits_files.table(hdus, hdu, path)
    for name in found.colnames:  # a VOTable has texts of any length as objects
        column = found[name]
        if column.dtype == object and {*map(type, np.ma.compressed(column))} <= {str}:
            found[name] = column.astype(str)
    return found


def hats(path):
    """Return the files of a HATS catalogue, or of the main one of a collection, in their order.

    Parameters
    ----------
    path : path-like
        Folder with ``dataset/Norder=*/Dir=*/Npix=*``: files of any ending, or folders of files.

    Returns
    -------
    list of pathlib.Path
        Empty where it is no such folder.

    Raises
    ------
    ArchiveError
        If a collection does not name its catalogue.
    """
    path, found = Path(path), []
    about = path / "collection.properties"
    if path.is_dir() and about.is_file():
        lines = [line.partition("=") for line in texts.read(about).splitlines()]
        names = {key.strip(): value.strip() for key, _, value in lines}
        primary = names.get("hats_primary_table_url")
        expect(primary, about, "hats_primary_table_url")
        with files.guarded(about, "a folder beside it"):
            path = files.below(path, primary)
    for place in ("dataset/", ""):
        for one in path.glob(f"{place}Norder=*/Dir=*/Npix=*"):
            order = PARTITION.search(one.as_posix())
            if order:
                rank = [int(number) for number in order.groups()]
                parts = sorted(one.rglob("[!._]*")) if one.is_dir() else [one]
                found += [(rank, part) for part in parts if part.is_file()]
    return [part for _, part in sorted(found)]


def _csv(path, with_text):
    lines = texts.read(path).splitlines()
    reader, rows = csv.reader(lines, strict=True), []
    with files.guarded(path, "a CSV table"):
        names = next(reader, [])
        expect(names, path, "a header of names")
        repeated = [name for name in names if names.count(name) > 1]
        expect(not repeated, path, f"column {first(repeated)} once", "it twice")
        for row in reader:  # astropy would fill up one that is too short
            expected = f"{len(names)} fields in line {reader.line_num}"
            expect(len(row) in (0, len(names)), path, expected, len(row))
            rows += [row] if row else []
        table = Table.read(lines, format="ascii.csv")  # with converters it would take 1_0
        for name in set(with_text).intersection(names):
            table[name] = np.array([row[names.index(name)] for row in rows], dtype=str)
        return table


def _parquet(path):
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    names = [f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)]
    kinds = {getattr(pa, name.lower())(): pd.api.types.pandas_dtype(name) for name in names}
    kinds[pa.bool_()] = pd.BooleanDtype()  # with masks in the place of floats
    with files.guarded(path, "a table in Parquet"):
        schema = parquet.read_schema(files.regular(path))
        if b"table_meta_yaml" in (schema.metadata or {}):  # astropy has written it
            table = Table.read(path, format="parquet")
            for name, shape in table.meta.pop(SHAPES, {}).items():
                table[name] = table[name].reshape(-1, *shape)
            return table
        options = {"types_mapper": kinds.get, "timestamp_as_object": True}
        # not what hive calls columns, the names of its folders
        table = Table.from_pandas(parquet.ParquetFile(path).read().to_pandas(**options))
        for field in schema:
            column = table[field.name]
            about = {key.lower(): text.decode() for key, text in (field.metadata or {}).items()}
            column.unit = about.get(b"unit")
            if pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
                said = [b"" if one is np.ma.masked else one for one in column]
                table[field.name] = np.char.decode(np.array(said, dtype=bytes))
        return table


def write(table, path):
    """Write a table, whole or not at all, so that `read` gives the same values, types and masks.

    Parameters
    ----------
    table : astropy.table.Table
        Columns of numbers, of true and false, and of texts, each also with a mask; ``meta`` of
        plain values. In FITS, floats that are masked become NaN.
    path : path-like
        ``.ecsv``, ``.parquet``, or else FITS; an older file is replaced.

    Raises
    ------
    ValueError
        If a column cannot be kept as it is; names the file and the columns.
    """
    path, table = Path(path), table.copy(copy_data=False)
    form = {".ecsv": "ascii.ecsv", ".parquet": "parquet"}.get(path.suffix.lower(), "fits")
    for what, unfit in UNFIT[form].items():
        bad = [name for name in table.colnames if unfit(table[name])]
        if bad:
            raise ValueError(f"{path}: columns {bad} are {what}, which {form} cannot keep")
    for name in table.colnames if form == "ascii.ecsv" else ():
        if table[name].dtype.kind == "U":  # otherwise '' would be read as masked
            table[name] = MaskedColumn(table[name], copy=False)
    for column in table.itercols():
        if isinstance(column, MaskedColumn) and not (form == "fits" and column.dtype.kind == "f"):
            column.info.serialize_method[form.removeprefix("ascii.")] = "data_mask"
    if form == "parquet":
        deep = {name: list(table[name].shape[1:]) for name in table.colnames}
        table.meta[SHAPES] = {name: shape for name, shape in deep.items() if len(shape) > 1}
    with files.replacing(path) as temporary:
        table.write(temporary, format=form, overwrite=True)
