"""Maps: what masks, infinities, fill values, units and names of arrays say of them."""

import gzip
import json

import astropy.units as u
import h5py
import numpy as np
import pyarrow as pa
import zarr
from astropy.io import fits
from astropy.table import Table
from containers import CONTAINERS
from pyarrow import parquet
from surveys import test_manga_dap_maps as maps_layout
from surveys import test_manga_images as manga_layout

from galutils.classify import inputs, velocity_maps
from galutils.classify.preparation import Preparation
from galutils.classify.rows import Rows
from galutils.inputs import channels, clean, images, ranges, split
from galutils.inputs.duplicates import audit
from galutils.physics import kinematics, map_features, spatial
from galutils.scores import abstention, binary, calibration, intervals, multiclass, roc
from galutils.store.sample import rejections
from galutils.surveys import manga

from . import cases_fits, kinds
from .case import Case, Reader, nothing
from .cases_documents import CARD as CARDFILE
from .cases_documents import CARDS
from .cases_fits import card, data, rewritten
from .cases_hdf5 import FIELDS, NAMES, at, attribute

Y, X = np.indices((50, 50)) - 24.5
RADIUS = np.hypot(X, Y)
BAD = RADIUS > 14
VELOCITY = 90 * np.tanh(X / 4) + np.random.default_rng(1).normal(0, 5, X.shape)
VELOCITY = np.round(VELOCITY * 8) / 8  # as exact with 32 bits
MAP = np.where(BAD, np.nan, VELOCITY)
SIGMA, FLUX = np.full(X.shape, 80.0), np.exp(-RADIUS / 5)
MAPFILE = "map.fits"


def plain(value):
    """Return numbers as lists, the last digits left out, of arrays in whatever form."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return np.round(np.asarray(value, dtype=float), 4).tolist()


# One map, as a velocity
FUNCTIONS = {
    "kinematics.lambda_r": lambda v: kinematics.lambda_r(v, SIGMA, FLUX, RADIUS),
    "kinematics.v_over_sigma": lambda v: kinematics.v_over_sigma(v, SIGMA, FLUX),
    "map_features.map_features": lambda v: map_features.map_features(v[None]).to_numpy(),
    "clean.without_systemic": clean.without_systemic,
    "clean.without_outliers": clean.without_outliers,
    "images.network_input": lambda v: images.network_input(v[None]),
    "images.fill_frame": lambda v: images.fill_frame(v[None]),
    "channels.channels": lambda v: channels.channels({"velocity": v[None]}),
    "ranges.of": lambda v: list(ranges.of(v[None]).values()),
    "velocity_maps.as_map": velocity_maps.as_map,
}
ANY_UNIT = {
    "spatial.morans_i": lambda v: spatial.morans_i(v[None]),
    "kinematics.fit_plane": lambda v: kinematics.fit_plane(v, X, Y),
    "audit.audit": lambda v: list(audit.audit(v[None], MAP[None]).summary()["test_share"].values()),
}
WAYS = (
    "infinite", "-999", "-9999 as float32", "1e20", "numpy mask", "astropy mask", "masked column",
    "quantity in m/s", "masked quantity in m/s", "column in KM/S", "mask of bits", "objects",
)  # fmt: skip
REFUSED = {
    "complex numbers": (lambda: MAP.astype(complex), "expected numbers, received complex128"),
    "texts": (lambda: MAP.astype(str), "expected numbers, received"),
    "in kelvin": (lambda: MAP * u.K, "expected km/s, received 'K'"),
}


def _of_functions():
    for name, call in (FUNCTIONS | ANY_UNIT).items():
        reader = Reader(name, nothing, lambda folder, call=call: plain(call(MAP)))
        for way in WAYS:
            if name in ANY_UNIT and ("m/s" in way.lower() or way == "mask of bits"):
                continue
            read = lambda f, call=call, way=way: plain(call(CONTAINERS[way](VELOCITY, BAD)))  # noqa: E731
            yield Case(reader, f"not measured: {way}", nothing, (), "read", read)
        for what, (make, word) in REFUSED.items():
            if name in FUNCTIONS or what == "complex numbers":
                read = lambda f, call=call, make=make: plain(call(make()))  # noqa: E731
                yield Case(reader, what, nothing, (word,), "error", read)


LABELS, P = np.tile([0, 1, 1], 8), np.linspace(0.05, 0.95, 24)
ROWS = np.arange(len(LABELS))
SCORES = {
    "binary.scores": lambda y, p: list(binary.scores(y, p).values()),
    "binary.confusion": binary.confusion,
    "abstention.named": lambda y, p: [abstention.named(y, p)["n fast"]],
    "calibration.temperature": calibration.temperature,
    "roc.areas": lambda y, p: list(
        roc.areas(y, {"a": p}, np.arange(24), draws=3, rng=0)["a"].values()
    ),
    "intervals.bootstrap": lambda y, p: list(
        intervals.bootstrap(y, p, np.arange(24), draws=3, rng=0)["auc"].values()
    ),
    "multiclass.confusion": lambda y, p: multiclass.confusion(y, np.where(p > 0.5, 1.0, 0 * p), 2),
}
FEW = np.arange(24) == 7
MISSING = {
    "a probability that is NaN": lambda y, p: (y, np.where(FEW, np.nan, p)),
    "a masked probability": lambda y, p: (y, np.ma.array(p, mask=FEW)),
    "an infinite probability": lambda y, p: (y, np.where(FEW, np.inf, p)),
    "a label that is NaN": lambda y, p: (np.where(FEW, np.nan, y), p),
    "a masked label": lambda y, p: (np.ma.array(y, mask=FEW), p),
    "a label of -1": lambda y, p: (np.where(FEW, -1, y), p),
    "a label of 0.7": lambda y, p: (np.where(FEW, 0.7, y), p),
}


def _of_scores():
    for name, call in SCORES.items():
        reader = Reader(name, nothing, lambda folder, call=call: plain(call(LABELS, P)), always=())
        for what, change in MISSING.items():
            if name.startswith("multiclass") and "probability" in what:
                continue
            read = lambda f, call=call, change=change: plain(call(*change(LABELS, P)))  # noqa: E731
            yield Case(reader, what, nothing, ("expected", "received"), "error", read)
        if name not in ("multiclass.confusion",):
            read = lambda f, call=call: plain(call(LABELS, P[:, None]))  # noqa: E731
            yield Case(reader, "probabilities as a network gives them", nothing, (), "read", read)
    reader = Reader("split.by_galaxy", nothing, lambda f: len(split.by_galaxy(LABELS, ROWS)))
    for what, labels in (
        ("labels that are NaN", np.where(FEW, np.nan, LABELS)),
        ("masked labels", np.ma.array(LABELS, mask=FEW)),
        ("labels that are None", np.where(FEW, None, LABELS)),
    ):
        read = lambda f, labels=labels: split.by_galaxy(labels, ROWS)  # noqa: E731
        yield Case(reader, what, nothing, ("labels: expected one in every row",), "error", read)
    reader = Reader("kinematics.rotator_class", nothing, lambda f: [-1])
    for spin, ellipticity in ((0.1, -0.02), (0.1, -99.0), (-99.0, 0.3), (0.1, 1.7), (np.inf, 0.2)):
        given = [spin], [ellipticity]
        read = lambda f, given=given: kinematics.rotator_class(*given).tolist()  # noqa: E731
        yield Case(reader, f"lambda_R {spin}, ellipticity {ellipticity}", nothing, (), "read", read)


def write_map(folder):
    hdus = [fits.PrimaryHDU(), fits.ImageHDU(MAP.astype("f4"), name="V")]
    hdus.append(fits.ImageHDU(np.ones((50, 50)), name="V_ERR"))
    fits.HDUList(hdus).writeto(folder / MAPFILE)


def first(image, name):
    """Put an image before the velocity."""
    return rewritten(lambda hdus: hdus.insert(1, fits.ImageHDU(image, name=name)))


def renamed(*names):
    def change(hdus):
        for hdu, name in zip(hdus[1:], names, strict=False):
            hdu.name = name

    return rewritten(change)


def primary(image):
    return rewritten(lambda hdus: hdus.__setitem__(0, fits.PrimaryHDU(image)))


def filled(value):
    return data(lambda d: np.where(np.isnan(d), np.float32(value), d), 1)


def beside(name, values):
    def change(hdus):
        hdus[1].data = np.where(BAD, 5000, hdus[1].data).astype("f4")
        hdus.append(fits.ImageHDU(values, name=name))

    return rewritten(change)


def packed(path):
    with fits.open(path) as hdus:
        how = {"compression_type": "GZIP_2", "quantize_level": 0}
        made = [fits.CompImageHDU(hdu.data, hdu.header, **how) for hdu in hdus[1:]]
        copies = fits.HDUList([fits.PrimaryHDU(), *made])
        path.unlink()
        copies.writeto(path)


def summed(path):
    with fits.open(path, mode="update") as hdus:
        for hdu in hdus:
            hdu.add_checksum()


def letter_d(number):
    def damage(path):
        card("CDELT2", 0.5 / 3600, 1)(path)
        text = f"CDELT2  = {number:>20}".ljust(80).encode()
        content = path.read_bytes()
        start = content.index(b"CDELT2  =")
        path.write_bytes(content[:start] + text + content[start + 80 :])

    return damage


FITSMAP = Reader(
    "velocity_maps.read", write_map, lambda folder: velocity_maps.read(folder / MAPFILE).tolist(),
    always=("expected",),
)  # fmt: skip
HALF = 0.5 / 3600
READ = {
    **{
        f"{name} before the velocity": first(image, name)
        for name, image in (
            ("FLUX", FLUX), ("SNR", FLUX), ("SIG", SIGMA), ("MASK", BAD.astype("u1")),
            ("BIN_ID", np.arange(2500).reshape(50, 50)), ("FORM_ERR_V", SIGMA), ("IVAR", FLUX),
            ("", FLUX), ("HALPHA", FLUX), ("CHI2", FLUX),
        )
    },
    **{f"a velocity called {name}": renamed(name) for name in ("VEL", "V_STARS", "STELLAR_VEL")},
    "a velocity called nothing": renamed(""),
    "light in the primary HDU": primary(FLUX),
    **{f"{value:g} where not measured": filled(value) for value in (np.inf, -np.inf, -999, -1e30)},
    "a mask beside it": beside("V_MASK", BAD.astype("i4")),
    "a mask of bits beside it": beside("V_MASK", BAD * (1 << 30)),
    "weights beside it": beside("V_IVAR", np.where(BAD, 0, 0.04)),
    "infinite weights beside it": beside("V_IVAR", np.where(BAD, np.inf, 0.04)),
    **{f"BUNIT {unit!r}": card("BUNIT", unit, 1) for unit in ("KM/S", "km/sec", "kms-1")},
    "CDELT2 of the letter D": letter_d("1.388888888888889D-04"),
    "CDELT2 in arcsec": rewritten(
        lambda h: h[1].header.update({"CDELT2": 0.5, "CUNIT2": "arcsec"})
    ),
    "CD turned by a right angle": rewritten(
        lambda h: h[1].header.update({"CD1_2": HALF, "CD2_2": 0.0})
    ),
    "PC with the scale": rewritten(lambda h: h[1].header.update({"CDELT2": 1.0, "PC2_2": HALF})),
    "packed by fpack": packed,
    "packed by gzip": kinds.change(lambda d: gzip.compress(d, mtime=0)),
    "with checksums": summed,
}  # fmt: skip
ERRORS = {
    "light alone": (renamed("FLUX", "FLUX_ERR"), "received FLUX, FLUX_ERR"),
    "two images of other names": (renamed("A", "B"), "received A, B"),
    "two gas velocities": (renamed("HA_VEL", "OIII_VEL"), "received HA_VEL, OIII_VEL"),
    "dispersions": (renamed("SIGMA", "SIGMA_ERR"), "received SIGMA, SIGMA_ERR"),
    "a dispersion by its error": (renamed("DATA", "SIG_ERR"), "one of dispersion"),
    "spaxels of 1 arcsec by the letter D": (letter_d("2.777777777777778D-04"), "received 1.000"),
    "spaxels of 0.2 arcsec by CD": (card("CD2_2", 0.2 / 3600, 1), "received 0.200"),
    "spaxels of 1 arcsec by PC": (
        rewritten(lambda h: h[1].header.update({"CDELT2": 1.0, "PC2_2": 2 * HALF})),
        "received 1.000",
    ),
    "BUNIT of light": (card("BUNIT", "erg/s", 1), "BUNIT: expected km/s, received 'erg/s'"),
    "BUNIT that is not known": (card("BUNIT", "furlong", 1), "received 'furlong'"),
    "infinite everywhere": (data(lambda d: d + np.inf, 1), "NaN in every spaxel"),
    "-999 everywhere": (data(lambda d: d * 0 - 999, 1), "NaN in every spaxel"),
    "a mask over everything": (beside("V_MASK", np.ones((50, 50), "i4")), "NaN in every spaxel"),
    "a mask of another shape": (beside("V_MASK", np.ones((4, 4), "i4")), "whole velocity map"),
    "CDELT2 that is a word": (card("CDELT2", "half", 1), "whole velocity map"),
}  # fmt: skip


def _of_files():
    for what, (damage, word) in kinds.FITS.items():
        yield Case(FITSMAP, what, at(MAPFILE, damage), (word,))
    for what, damage in READ.items():
        yield Case(FITSMAP, what, at(MAPFILE, damage), (), "read")
    for what, (damage, word) in ERRORS.items():
        yield Case(FITSMAP, what, at(MAPFILE, damage), (word,))


CARD = {
    "name": "toy", "architecture": {"input": [40, 40, 1]}, "data": {},
    "preprocessing": [{"function": "galutils.inputs.images.network_input", "arguments": {}}],
}  # fmt: skip


def stack_reader(kind, write):
    name = {"HDF5": "maps.h5", "Zarr": "maps", "Parquet": "maps.parquet"}[kind]

    def read(folder):
        word = f"{name}::velocity" if kind == "Parquet" else name
        listing = inputs.listing(inputs.of([folder / word]))
        x, good, flags, reasons = Preparation(CARD, Rows()).load(listing)
        table = Table({"id": listing["id"].to_numpy(str)[good], "x": x.round(4)})
        return table, rejections([(str(row), why) for row, why in reasons.items()])

    return Reader(f"classify ({kind})", lambda folder: write(folder / name), read)


STACK = np.stack([MAP, MAP * 0.5]).astype("f4")


def write_hdf5(path, stack=STACK, name="velocity", **attributes):
    with h5py.File(path, "w") as file:
        file[name] = stack
        file[name].attrs.update(attributes)


def write_zarr(path, stack=STACK, name="velocity", version=3, **attributes):
    kinds.remove(path)
    group = zarr.open_group(str(path), mode="w", zarr_format=version)
    array = group.create_array(name, shape=stack.shape, dtype=stack.dtype)
    array[:] = stack
    array.attrs.update(attributes)


def write_alone(path, version=3):
    kinds.remove(path)
    zarr.save_array(str(path), STACK, zarr_format=version)


def write_parquet(path, stack=STACK, **metadata):
    kind = pa.list_(pa.list_(pa.float64()))
    fields = [pa.field("id", pa.string()), pa.field("velocity", kind, metadata=metadata or None)]
    columns = [pa.array(["0", "1"]), pa.array(stack.tolist(), kind)]
    parquet.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)), path)


def _of_stacks():
    for kind, write in (("HDF5", write_hdf5), ("Zarr", write_zarr), ("Parquet", write_parquet)):
        reader = stack_reader(kind, write)
        name = {"HDF5": "maps.h5", "Zarr": "maps", "Parquet": "maps.parquet"}[kind]

        def case(what, words=(), outcome="read", reader=reader, name=name, write=write, **given):
            return Case(reader, what, at(name, lambda path: write(path, **given)), words, outcome)

        for value in (np.inf, -999, 1e20):
            filled = np.where(np.isnan(STACK), np.float32(value), STACK)
            yield case(f"{value:g} where not measured", stack=filled)
        for unit in ("m/s", "M/S"):
            yield case(f"in {unit}", stack=(STACK * 1000).astype("f8"), unit=unit)
        yield case("in KM/S", unit="KM/S")
        cold = np.stack([MAP, MAP * np.nan]).astype("f4")
        yield case("NaN everywhere in one", ("NaN in every spaxel",), "rejected", stack=cold)
        if kind != "Parquet":
            yield case("the attribute units", stack=(STACK * 1000).astype("f8"), units="m/s")
    reader = stack_reader("Zarr", write_zarr)
    yield Case(reader, "of version 2", at("maps", lambda p: write_zarr(p, version=2)), (), "read")
    for version in (2, 3):
        alone = at("maps", lambda p, version=version: write_alone(p, version))
        yield Case(reader, f"an array alone, version {version}", alone, (), "read")


def _of_surveys():
    velocity = cases_fits.FILES[cases_fits.SAMI]
    name = velocity.split("/")[-1]
    for value in (np.inf, -999, -9999, 1e20):
        damage = data(lambda d, value=value: np.where(np.isnan(d), value, d))
        where = at(velocity, damage)
        yield Case(cases_fits.SAMI, f"{value:g} where not measured", where, (), "read")
    for what, damage, word in (
        ("spaxels of 1 arcsec", card("CDELT2", 2 * HALF), "received 1.000"),
        ("VEL_ERR in m/s", card("BUNIT", "m/s", 1), "VEL_ERR in km/s"),
        ("in M/S", card("BUNIT", "M/S"), "PRIMARY in km/s"),
        ("in kelvin", card("BUNIT", "K"), "received K"),
    ):
        yield Case(cases_fits.SAMI, what, at(velocity, damage), (name, word), "rejected")
    for unit in ("KM/S", "km/sec"):
        spelled = at(velocity, card("BUNIT", unit))
        yield Case(cases_fits.SAMI, f"BUNIT {unit!r}", spelled, (), "read")

    path, reader = cases_fits.MAPS, cases_fits.DAP_MAPS
    hdus = list(maps_layout.layout())
    for what, hdu, change, word in (
        ("velocity in m/s", "STELLAR_VEL", {"BUNIT": "m/s"}, "STELLAR_VEL in km/s"),
        ("dispersion in M/S", "STELLAR_SIGMA", {"BUNIT": "M/S"}, "STELLAR_SIGMA in km/s"),
        ("spaxels of 1 arcsec", "STELLAR_VEL", {"CD2_2": 2 * HALF}, "received 1.000"),
    ):
        (key, value), place = next(iter(change.items())), hdus.index(hdu)
        yield Case(reader, what, at(path, card(key, value, place)), (path, word))
    spelled = card("BUNIT", "KM/S", hdus.index("STELLAR_VEL"))
    yield Case(reader, "BUNIT 'KM/S'", at(path, spelled), (), "read")

    image = cases_fits.FILES[cases_fits.CUBES]
    for what, damage, word in (
        ("bands g, r, z", card("BANDS", "grz"), "bands gri, received grz"),
        ("in jansky", card("BUNIT", "Jy"), "in nmgy"),
        ("pixels of 0.262 arcsec", card("CDELT2", 0.262 / 3600), "received 0.262"),
        ("an infinite pixel", data(lambda d: np.where(d > 105, np.inf, d)), "pixels without"),
        ("a pixel of -999", data(lambda d: np.where(d > 105, -999, d)), "pixels without"),
        (
            "another image beside it",
            rewritten(lambda h: h.append(fits.ImageHDU(manga_layout.cube(), name="B"))),
            "one image called an image, received PRIMARY, B",
        ),
    ):
        yield Case(cases_fits.CUBES, what, at(image, damage), (image, word), "rejected")
    weight = rewritten(lambda h: h.append(fits.ImageHDU(manga_layout.cube(), name="IVAR")))
    yield Case(cases_fits.CUBES, "weights beside it", at(image, weight), (), "read")
    named = at(image, card("BANDS", "griz"))
    yield Case(cases_fits.CUBES, "bands by name", named, (), "read")

    fields = f"manga/{manga.FIELDS}"
    for unit in ("Angstrom", "furlong"):
        damage = at(fields, attribute("units", unit))
        words = (NAMES[1], f"expected km/s, received '{unit}'")
        yield Case(FIELDS, f"in {unit}", damage, words, "rejected")
    yield Case(FIELDS, "in KM/S", at(fields, attribute("unit", "KM/S")), (), "read")


def _of_cards():
    for what, wrong in (
        ("a list", "[1]"), ("one number", '{"offset": [1]}'), ("words", '{"offset": ["a", "b"]}'),
        ("the wrong way round", '{"scale": [2, 1]}'), ("of something else", '{"size": [0, 1]}'),
    ):  # fmt: skip
        change = kinds.change(lambda d, wrong=wrong: ranged(d, wrong))
        words = (CARDFILE, f"any of {', '.join(ranges.QUANTITIES)}")
        yield Case(CARDS, f"ranges that are {what}", at(CARDFILE, change), words)


def ranged(content, wrong):
    """Return a card with ranges of the training maps."""
    document = json.loads(content)
    document["data"] = {**(document.get("data") or {}), "ranges": json.loads(wrong)}
    return json.dumps(document).encode()


CASES = [*_of_functions(), *_of_scores(), *_of_files(), *_of_stacks(), *_of_surveys(), *_of_cards()]
