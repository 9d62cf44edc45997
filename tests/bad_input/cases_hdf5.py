"""HDF5: velocity fields of MaNGA, tables of TNG."""

import h5py
import numpy as np
from surveys import test_manga as manga_layout
from surveys import test_tng as tng_layout

from galutils.surveys import manga, tng

from . import kinds
from .case import Case, Reader

NAMES = ("7443-1901", "7443-3701", "7443-12701")


def write_fields(folder):
    (folder / "manga").mkdir()
    with h5py.File(folder / "manga" / manga.FIELDS, "w") as fields:
        for number, name in enumerate(NAMES):
            field = manga_layout.rotating(9, 11, 4, 5, number)
            manga_layout.write_field(fields, name, field, 4, 5)
    rows = [manga_layout.label(name, mangaid=f"1-{name[5:]}", stel_qual=2) for name in NAMES]
    manga_layout.write_labels(folder / "manga", rows)


def write_tables(folder):
    tng_layout.write_kinematics(folder)
    tng_layout.write_types(folder)


FIELDS = Reader("manga.load_fields", write_fields, lambda f: manga.load_fields(f, "archive"))
SPINS = Reader("tng.load_kinematics", write_tables, tng.load_kinematics)
TYPES = Reader("tng.load_types", write_tables, tng.load_types)
FILES = {FIELDS: f"manga/{manga.FIELDS}", SPINS: tng.KINEMATICS, TYPES: tng.TYPES}
GENERIC = {
    "empty": (kinds.content(b""), "received"),
    "cut to a third": (kinds.cut, "truncated"),
    "an HTML page": (kinds.content(kinds.HTML), "signature"),
    "random bytes": (kinds.noise, "signature"),
    "a pipe": (kinds.pipe, "received"),
    "a folder": (kinds.folder, "received"),
    "a link to itself": (kinds.link(None), "received"),
}


def edited(name, make):
    """Delete an entry of a file and make another in its place."""

    def damage(path):
        with h5py.File(path, "a") as file:
            attributes = dict(file[name].attrs)
            del file[name]
            make(file, name)
            if name in file and isinstance(file.get(name, getlink=True), h5py.HardLink):
                file[name].attrs.update(attributes)

    return damage


def dataset(**options):
    return lambda file, name: file.create_dataset(name, **options)


def link(kind, *to):
    return lambda file, name: file.__setitem__(name, kind(*to))


def external(file, name):
    file.create_dataset(name, shape=(9,), dtype="f4", external=[("/etc/hosts", 0, 36)])


def virtual(file, name):
    layout = h5py.VirtualLayout(shape=(9,), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "a", shape=(9,))
    file.create_virtual_dataset(name, layout)


def attribute(key, value):
    def damage(path):
        with h5py.File(path, "a") as file:
            file[NAMES[1]].attrs[key] = value

    return damage


BAD = {
    "a link to another file": (link(h5py.ExternalLink, "/etc/hosts", "a"), "received a link"),
    "a link inside the file": (link(h5py.SoftLink, "/nowhere"), "received a link"),
    "values in another file": (external, "link to others"),
    "a view of another file": (virtual, "link to others"),
    "texts": (dataset(data=np.array([b"a", b"b", b"c", b"d"])), "numbers in"),
    "objects": (dataset(data=["a", "b"], dtype=h5py.string_dtype()), "numbers in"),
    "complex numbers": (dataset(data=np.ones(4, complex)), "numbers in"),
    "no values at all": (dataset(data=h5py.Empty("f4")), "expected a dataset"),
    "a group": (lambda file, name: file.create_group(name), "received group"),
    "a cube": (dataset(data=np.ones((2, 3, 4))), "numbers in"),
}
HUGE = {1: (10**11,), 2: (10**6, 10**6)}


def at(name, damage):
    return lambda folder: damage(folder / name)


def _cases():
    for reader, file in FILES.items():
        name = file.split("/")[-1]
        for what, (damage, word) in GENERIC.items():
            words = (name, word)
            if reader is FIELDS and what.startswith("a link"):
                words = ("manga archive",)
            yield Case(reader, what, at(file, damage), words)
        entry = {FIELDS: NAMES[1], SPINS: "lambda_R", TYPES: f"{tng.SNAPSHOT}/P_Late"}[reader]
        ndim, outcome = (2, "rejected") if reader is FIELDS else (1, "error")
        huge = dataset(shape=HUGE[ndim], dtype="f8", chunks=(64,) * ndim)
        bad = BAD | {"a claim of terabytes": (huge, "received a claim")}
        for what, (make, word) in bad.items():
            yield Case(reader, what, at(file, edited(entry, make)), (name, word), outcome)
    path = FILES[FIELDS]
    for key, value, word in (
        ("dpix", 0.75, "0.5 arcsec spaxels"),
        ("dpix", "half", "attribute dpix"),
        ("dpix", np.ones(2), "attribute dpix"),
        ("east0", np.nan, "known centre"),
        ("east0", 1e308, "known centre"),
        ("north0", 400.0, "known centre"),
    ):
        what = f"{key} of {value}"
        words = (manga.FIELDS, NAMES[1], word)
        yield Case(FIELDS, what, at(path, attribute(key, value)), words, "rejected")
    for what, values, word in (
        ("NaN everywhere", np.full((9, 11), np.nan), "no spaxel"),
        ("infinite everywhere", np.full((9, 11), np.inf), "no spaxel"),
    ):
        place = at(path, edited(NAMES[1], dataset(data=values)))
        yield Case(FIELDS, what, place, (manga.FIELDS, word), "rejected")
    unknown = at(path, lambda p: _rename(p, NAMES[1], "9999-9999"))
    yield Case(FIELDS, "a field without a label", unknown, ("9999-9999", "labels.csv"), "rejected")
    for reader, name, entry, identifier in (
        (SPINS, tng.KINEMATICS, "SubfindID", "SubfindID"),
        (TYPES, tng.TYPES, f"{tng.SNAPSHOT}/SubhaloID", "SubhaloID"),
    ):
        own = tng_layout.COLUMNS["SubfindID"] if reader is SPINS else list(tng_layout.TYPES)
        for what, value, outcome, word in (
            ("identifier of 1.5", 1.5, "error", "whole numbers"),
            ("identifiers as floats", float(own[1]), "error", "whole numbers, received float64"),
            ("identifier beyond 2**63", 2**63 + 1, "error", "received 9223372036854775809"),
            ("identifier twice", own[0], "rejected", "repeated row"),
            ("identifier of -1", -1, "rejected", f"expected a {identifier}"),
        ):
            values = np.array([own[0], value, *own[2:]])
            if isinstance(value, int) and value > 0:
                values = np.array([own[0], value, *own[2:]], dtype=np.uint64)
            place = at(name, edited(entry, dataset(data=values)))
            yield Case(reader, what, place, (name, word), outcome)
        short = at(name, edited(entry, dataset(data=np.arange(3.0))))
        yield Case(reader, "columns of different lengths", short, (name, "one length"))
        gone = at(name, edited(entry, lambda file, name: None))
        yield Case(reader, "no identifiers", gone, (name, identifier))
    other = at(tng.TYPES, lambda p: _rename(p, tng.SNAPSHOT, "Snapshot_33"))
    yield Case(TYPES, "another snapshot only", other, (tng.TYPES, tng.SNAPSHOT))


def _rename(path, old, new):
    with h5py.File(path, "a") as file:
        file.move(old, new)


CASES = list(_cases())
