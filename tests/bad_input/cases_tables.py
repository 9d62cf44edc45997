"""Identifiers, tables in every format, samples, folders, and where the archives are."""

import datetime
import decimal
import gzip
import os
import shutil
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow as pa
from astropy.table import MaskedColumn, Table
from pyarrow import parquet

from galutils import surveys
from galutils.classify import inputs
from galutils.inputs import split
from galutils.inputs.duplicates import audit
from galutils.store import sample, tables
from galutils.store.catalogues import Catalogue, join
from galutils.store.identifiers import identifiers
from galutils.store.sample import rejections

from . import kinds
from .case import Case, Reader, nothing

SDSS = [587722981742084144 + k for k in range(4)]
FORMS = {".csv": "ascii.csv", ".ecsv": "ascii.ecsv", ".vot": "votable", ".fits": "fits"}
ENDINGS = (*FORMS, ".parquet")


def _values():
    reader = Reader("store.identifiers", nothing, lambda f: identifiers(SDSS, "objid"))
    texts = [f" {one} " for one in SDSS]
    for what, values in (
        *((f"of {kind}", np.array(SDSS, kind)) for kind in ("i8", "u8", ">i8", ">u8", "O")),
        ("as texts", np.array(texts)),
        ("as bytes", np.array(texts, dtype="S")),
        ("padded with zeros", [f"00{one}" for one in SDSS]),
        ("masked nowhere", np.ma.array(SDSS, mask=False)),
        ("of pandas", pd.Series(SDSS)),
        ("of pandas with room for gaps", pd.Series(SDSS, dtype="Int64")),
        ("of pandas as categories", pd.Series(SDSS, dtype="category")),
        ("of pandas as texts", pd.Series(texts, dtype="string")),
        ("of Arrow", pa.array(SDSS)),
        ("of Arrow as a dictionary", pa.array(texts).dictionary_encode()),
        ("of Arrow as views of texts", pa.array(texts, pa.string_view())),
    ):
        read = lambda f, values=values: identifiers(values, "objid", int)  # noqa: E731
        yield Case(reader, what, nothing, (), "read", read)
    for what, values in (
        *((f"as {kind}", np.array(SDSS, kind)) for kind in ("f4", "f8", ">f8", "c16", "M8[s]")),
        ("as bool", np.array([True, False])),
        ("as floats that pandas made for a gap", pd.Series([*SDSS, None])),
        ("as floats in a list", [*SDSS, 1.5]),
        ("as numpy's floats in a list", [np.float64(one) for one in SDSS]),
        ("as decimals", [decimal.Decimal(one) for one in SDSS]),
        ("as dates", [datetime.date(2020, 1, 1)]),
        ("as lists", [[one] for one in SDSS]),
        ("as texts and numbers", [SDSS[0], "NGC 1275"]),
        ("as texts and bytes", ["NGC 1275", b"NGC 1275"]),
        ("as texts of floats", ["587722981742084144.0"]),
        ("as Excel saves them", ["5.87722981742084E+17"]),
        ("as bytes of floats", np.array([b"5.9e17"])),
        ("in Latin 1", np.array(["Müller".encode("latin-1")])),
        ("beyond 64 bits", [2**70]),
        ("beyond 63 bits", np.array([2**64 - 1], "u8")),
        ("in two columns", np.zeros((2, 2), int)),
        ("one alone", SDSS[0]),
    ):
        read = lambda f, values=values: identifiers(values, "objid")  # noqa: E731
        yield Case(reader, what, nothing, ("objid",), "error", read)
    floats, table = np.array(SDSS, float), Table({"objid": SDSS})
    other = Table({"objid": floats, "v": floats})
    for what, call in (
        ("galaxies of a split as floats", lambda f: split.by_galaxy([0, 1] * 2, floats)),
        ("galaxies of folds as floats", lambda f: list(split.folds([0, 1] * 2, floats, 2))),
        ("identifiers of an audit as floats", lambda f: audit.audit(ids=floats)),
        ("a column of a join as floats", lambda f: join(table, "objid", {"v": ((), "")}, other)),
        ("galaxies of which one is None", lambda f: split.by_galaxy([0, 1], ["a", None])),
    ):
        yield Case(reader, what, nothing, (), "error", call)


def _write(ending, columns=None):
    def write(folder):
        table = Table(columns or {"objid": SDSS, "plateifu": list("abcd"), "re": [1.5, 2, 3, 4]})
        if ending == ".parquet":
            parquet.write_table(pa.table({n: table[n].tolist() for n in table.colnames}), place)
        else:
            table.write(place, format=FORMS[ending], overwrite=True)
        (folder / f"t{ending}").write_bytes(place.read_bytes())
        place.unlink()

    place = Path(f"/tmp/galutils-{os.getpid()}-table")
    return write


def _read(ending):
    def read(folder):
        found = Catalogue(folder, [f"t{ending}"])
        names = found.identifiers(["objid"]), found.identifiers(["plateifu"])
        return Table([*names, found.floats(["re"])], names=["objid", "plateifu", "re"])

    return read


def _packed(path):
    content = gzip.compress(path.read_bytes())
    path.unlink()
    path.with_name(f"{path.name}.gz").write_bytes(content)


def _elsewhere(path):
    (path.parent / "disk").mkdir()
    path.rename(path.parent / "disk" / path.name)
    path.symlink_to(path.parent / "disk" / path.name)


def _tables():
    for ending in ENDINGS:
        name = f"t{ending}"
        reader = Reader(f"Catalogue ({ending})", _write(ending), _read(ending))
        at = lambda damage, name=name: lambda folder: damage(folder / name)  # noqa: E731
        for what, good in (
            ("with its ending in capitals", lambda p: p.rename(p.with_name(p.name.upper()))),
            ("behind a link", _elsewhere),
            ("packed by gzip", _packed),
        ):
            if (what, ending) != ("packed by gzip", ".parquet"):
                yield Case(reader, what, at(good), (), "read")
        for what, damage in (
            ("empty", kinds.content(b"")),
            ("an HTML page", kinds.content(kinds.HTML)),
            ("random bytes", kinds.noise),
            ("cut to a third", kinds.cut),
            ("a pipe", kinds.pipe),
            ("a folder", kinds.folder),
            ("a link to itself", kinds.link(None)),
            ("a gzip of nothing", kinds.content(gzip.compress(b""))),
        ):
            if (what, ending) != ("cut to a third", ".csv"):  # which may end with a whole row
                yield Case(reader, what, at(damage), (), "error")
        for what, objid in (
            ("identifiers as floats", np.array(SDSS, float)),
            ("identifiers as texts of floats", [f"{one:.0f}.0x"[:-1] for one in SDSS]),
        ):
            columns = {"objid": objid, "plateifu": list("abcd"), "re": [1.5, 2, 3, 4]}
            yield Case(reader, what, _write(ending, columns), ("objid",), "error")


def _hats(place, root=""):
    def write(folder):
        for k, objid in enumerate(SDSS):
            path = folder / root / place.format(k)
            path.parent.mkdir(parents=True, exist_ok=True)
            parquet.write_table(pa.table({"objid": [objid]}), path)
        if root:
            (folder / "collection.properties").write_text(f"hats_primary_table_url={root}\n")

    return write


def _cleared(write):
    def damage(folder):
        for rest in list(folder.iterdir()):
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
        write(folder)

    return damage


def _catalogues():
    plain = "dataset/Norder=1/Dir=0/Npix={}.parquet"
    reader = Reader("tables.read (HATS)", _hats(plain), lambda f: tables.read(f)["objid"].tolist())
    for place in (
        plain,
        "Norder=1/Dir=0/Npix={}.parquet",
        "dataset/Norder=1/Dir=0/Npix={}/0.parquet",
        "dataset/Norder=1/Dir=0/Npix={}.snappy.parquet",
        "dataset/Norder=1/Dir=0/Npix={}.pq",
    ):
        for root in ("", "main"):
            what = f"{place.format(0)}{' in a collection' * bool(root)}"
            yield Case(reader, what, _cleared(_hats(place, root)), (), "read")
    for what, text in (
        ("a collection without its table", "obs_collection=x"),
        ("a collection that leads out", "hats_primary_table_url=../main"),
        ("a collection that leads to the root", "hats_primary_table_url=/"),
        ("a collection of NUL", "hats_primary_table_url=\0"),
    ):
        damage = lambda f, text=text: (f / "collection.properties").write_text(text)  # noqa: E731
        yield Case(reader, what, damage, ("collection.properties",), "error")
    for what, damage in (
        ("a partition of random bytes", kinds.noise),
        ("an empty partition", kinds.content(b"")),
        ("a partition cut short", kinds.cut),
    ):
        path = plain.format(2)
        at = lambda f, damage=damage, path=path: damage(f / path)  # noqa: E731
        yield Case(reader, what, at, ("Npix=2.parquet",), "error")
    good = {"id": ["1", "2"], "file": pa.array(["a.png", "b.png"])}

    def table(column):
        return lambda folder: parquet.write_table(
            pa.table(good | {"file": column}), folder / "t.parquet"
        )

    def listed(folder):
        return inputs.listing(inputs.of([folder / "t.parquet"]))["id"].tolist()

    reader = Reader("inputs.listing (Parquet)", table(good["file"]), listed)
    names = good["file"]
    for what, column in (
        ("paths as a dictionary", names.dictionary_encode()),
        ("paths as views", names.cast(pa.string_view())),
        ("paths as bytes", names.cast(pa.binary())),
        ("paths of any length", names.cast(pa.large_string())),
        ("images as bytes", pa.array([{"bytes": b"\x89PNG", "path": "a"}] * 2)),
        ("maps as lists", pa.array([[1.0] * 9] * 2)),
    ):
        yield Case(reader, what, table(column), (), "read")
    for what, column in (
        ("floats", pa.array([1.5, 2.5])),
        ("integers", pa.array([1, 2])),
        ("bool", pa.array([True, False])),
        ("dates", pa.array([datetime.date(2020, 1, 1)] * 2)),
        ("times", pa.array([0, 1], pa.timestamp("s"))),
        ("decimals", pa.array([decimal.Decimal(1)] * 2)),
        ("structs without bytes", pa.array([{"path": "a"}] * 2)),
        ("numbers as a dictionary", pa.array([1, 2]).dictionary_encode()),
        ("nothing at all", pa.nulls(2)),
    ):
        words = ("t.parquet", "expected paths, or maps and images")
        yield Case(reader, f"inputs as {what}", table(column), words, "error")


def _with(good, ending, column):
    """Return a reader of a sample with one more column, which comes back or not."""

    def read(folder):
        table = good.copy()
        table["x"] = column
        sample.write(table, folder / f"s{ending}")
        again = sample.read(folder / f"s{ending}")
        same = np.ma.asarray(again["x"]).tolist() == np.ma.asarray(table["x"]).tolist()
        again.remove_columns(["x"] if same else ["x", "v"])
        return again

    return read


def _samples():
    good = Table({"objid": SDSS, "v": np.ones((4, 3, 3), "f4")})
    for ending in (".fits", ".ecsv", ".parquet"):
        reader = Reader(
            f"sample ({ending})",
            lambda f, ending=ending: sample.write(good, f / f"s{ending}"),
            lambda f, ending=ending: sample.read(f / f"s{ending}"),
        )

        for what, column in (
            ("999999 in integers with a mask", MaskedColumn([999999, 1, 2, 3], mask=[0, 1, 0, 0])),
            ("bool with a mask", MaskedColumn([True, True, False, True], mask=[0, 1, 0, 0])),
            ("texts with a mask", MaskedColumn(["", "b", "c", "d"], mask=[0, 1, 0, 0])),
            ("64 bits without a sign", np.array([2**64 - 1, 0, 1, 2], "u8")),
            ("empty texts", ["", "", "a", ""]),
        ):
            yield Case(reader, what, nothing, (), "read", _with(good, ending, column))
        for what, column in (
            ("objects", np.array([1, "a", None, []], dtype=object)),
            ("complex numbers", np.arange(4) * 1j),
            ("bytes", np.array([b"a"] * 4)),
            ("times", np.arange(4).astype("M8[s]")),
        ):
            read, words = _with(good, ending, column), (f"s{ending}", "columns ['x']")
            odd = Reader(reader.name, reader.write, reader.read, always=("cannot keep",))
            yield Case(odd, f"a column of {what}", nothing, words, "error", read)


MAPS = ("a.fits", "b.fits", "sub/c.fits")


def _maps(folder):
    (folder / "maps" / "sub").mkdir(parents=True)
    for name in MAPS:
        (folder / "maps" / name).touch()


def _listed(folder):
    found = inputs.listing(inputs.of([folder / "maps"]))
    taken, out = found[found["why"] == ""], found[found["why"] != ""]
    rejected = rejections(list(zip(out["id"], out["why"], strict=True)))
    return Table({"id": sorted(taken["id"])}, dtype=["U9"]), rejected


def _folders():
    reader = Reader("inputs.listing (folder)", _maps, _listed, always=("expected",))

    def renamed(name):
        return lambda f: (f / "maps" / "b.fits").rename(f / "maps" / name)

    packed = [f"b.{name}{end}" for name in ("fits", "fit", "fts") for end in ("", ".gz", ".fz")]
    for name in (*packed, "b.FITS", "b.Fits.GZ", "b.png", "b.JPG", "b.jpeg"):
        yield Case(reader, f"a file {name}", renamed(name), (), "read")
    for name in (
        *("b.txt", "b.fits.part", "b.fits~", "b.fits.bak", "b.h5", "b.csv", "b.fits.zip", "b"),
        *("b.fits.tmp", "b.tar.gz", "b.gz", "b.fz", "bfits", "b.fits ", "b.tiff", "b.parquet"),
    ):
        yield Case(reader, f"a file {name}", renamed(name), (name.strip(), "ending"), "rejected")

    def linked(folder):
        (folder / "maps").rename(folder / "disk")
        (folder / "maps").symlink_to(folder / "disk")

    def inside(folder):
        (folder / "maps" / "sub").rename(folder / "disk")
        (folder / "maps" / "sub").symlink_to(folder / "disk")

    circle = lambda f: (f / "maps" / "sub" / "up").symlink_to(f / "maps")  # noqa: E731
    twice = lambda f: (f / "maps" / "again").symlink_to(f / "maps" / "sub")  # noqa: E731
    hidden = lambda f: (f / "maps" / ".d.fits").touch()  # noqa: E731
    for what, damage in (
        ("a folder that is a link", linked),
        ("a link to a folder", inside),
        ("a link in a circle", circle),
        ("a folder with two names", twice),
        ("a hidden file", hidden),
        ("an empty folder", lambda f: (f / "maps" / "more").mkdir()),
    ):
        yield Case(reader, what, damage, (), "read")
    for what, damage in (
        ("no files", lambda f: kinds.folder(f / "maps")),
        ("hidden files only", lambda f: (kinds.folder(f / "maps"), hidden(f))),
    ):
        strict = Reader(reader.name, reader.write, reader.read)
        yield Case(strict, what, damage, ("maps or images",), "error")


def _roots():
    def write(folder):
        (folder / "archives ü" / "sami").mkdir(parents=True)
        (folder / "file").touch()

    def links(folder):
        (folder / "gone").symlink_to(folder / "nothing")
        (folder / "circle").symlink_to(folder / "circle")
        (folder / "linked").symlink_to(folder / "archives ü")

    def read(root, name):
        def call(folder):
            variables = {"HOME": str(folder)} | ({} if name == "root" else {name: root})
            with patch.dict(os.environ, variables):
                given = root if name == "root" else None
                found, source = surveys.locate("sami", Path.is_dir, given)
                return source, found.resolve().parts[-2:]

        return call

    for name in ("root", "GALUTILS_DATA"):
        reader = Reader(f"surveys.locate ({name})", write, read("archives ü", "root"))
        for root in ("archives ü", "archives ü/", "./archives ü", "~/archives ü", "linked"):
            yield Case(reader, repr(root), links, (), "read", read(root, name))
        slips = ("", " ", "nothing", "/no/such/folder", "~/archive", "~nobody0/a", "file", "gone")
        for root in (*slips, "circle", "Archives ü", "a" * 5000, "archives ü/sami/ifs"):
            words = (f"{name}: expected a folder that can be read",)
            yield Case(reader, repr(root)[:60], links, words, "error", read(root, name))


CASES = [*_values(), *_tables(), *_catalogues(), *_samples(), *_folders(), *_roots()]
