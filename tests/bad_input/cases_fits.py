"""FITS: maps, cubes, catalogues and samples."""

import gzip

import numpy as np
from astropy.io import fits
from astropy.table import Table
from surveys import test_manga_dap_maps as maps_layout
from surveys import test_manga_images as manga_layout

from galutils.store import sample
from galutils.surveys import atlas3d, gri_images, sami
from galutils.surveys.gz2 import masses as gz2_masses
from galutils.surveys.manga import catalogues as manga_catalogues
from galutils.surveys.manga import dap_maps as manga_dap_maps
from galutils.surveys.sami.catalogue import INPUT, STELKIN

from . import kinds
from .case import Case, Reader

VELOCITY = "{}_A_stellar-velocity_default_two-moment.fits"
DISPERSION = "{}_A_stellar-velocity-dispersion_default_two-moment.fits"
CATIDS = (105420, 9403801579)


def _maps(path, first, second, **cards):
    y, x = np.indices((50, 50))
    hdus = [fits.PrimaryHDU((x - 25.0) * 4)]
    hdus[0].header.update(cards)
    for name, value in ((second, 5.0), ("FLUX", 1.0), ("FLUX_ERR", 0.1), ("SNR", 30.0)):
        hdus.append(fits.ImageHDU(np.full((50, 50), value) + y, name=name))
    hdus[0].data[:2] = np.nan
    fits.HDUList(hdus).writeto(path)


def write_sami(folder):
    (folder / "sami").mkdir()
    for catid in CATIDS:
        _maps(folder / "sami" / VELOCITY.format(catid), "V", "VEL_ERR", CATID=str(catid))
        _maps(folder / "sami" / DISPERSION.format(catid), "S", "SIG_ERR", CATID=str(catid))


def write_sami_catalogue(folder, ending="fits"):
    (folder / "sami").mkdir()
    form = "fits" if ending == "fits" else "ascii.csv"
    names = {name: f"{name}_A" for name in CATIDS}
    table = Table({"CATID": np.array(CATIDS), "CUBEIDPUB": list(names.values())})
    for (name,), _ in STELKIN.values():
        table[name.upper()] = [0.25, 0.5]
    table.write(folder / "sami" / f"samiDR3Stelkin.{ending}", format=form)
    table = Table({"CATID": np.array(CATIDS)})
    for (name,), _ in INPUT.values():
        table[name.upper()] = [0.75, 1.5]
    table.write(folder / "sami" / f"InputCatGAMADR3.{ending}", format=form)
    table = Table({"CATID": np.array(CATIDS), "CUBEIDPUB": list(names.values())})
    table["ISBEST"] = ["True", "True"]
    table.write(folder / "sami" / f"CubeObs.{ending}", format=form)


def write_manga(folder):
    names = manga_layout.GOOD
    rows = [manga_layout.morphology(name, f"1-1{k}", TTYPE=1.0) for k, name in enumerate(names)]
    hdu = manga_layout.table_hdu(manga_layout.MORPHOLOGY_15, rows)
    manga_layout.write_tables(folder / MORPHOLOGY, hdu)
    manga_layout.write_pymorph(folder, [manga_layout.profile(name) for name in names])
    rows = [manga_layout.dynamics(name, 0.5, Eps_MGE=0.3, Sigma_Re=99.0) for name in names]
    manga_layout.write_tables(folder / DYNAMICS, manga_layout.table_hdu(manga_layout.JAM, rows))
    rows = [
        {"PLATEIFU": name, "MANGAID": "1-1", "DAPTYPE": "HYB10-GAU-MILESHC", "DAPDONE": True}
        | {"NSA_ELPETRO_BA": 0.5, "OBJRA": 10.0}
        for name in names
    ]
    manga_layout.write_tables(folder / DAP, manga_layout.table_hdu(manga_layout.DAP, rows))


MORPHOLOGY, PYMORPH = "manga-morphology-dl-DR15.fits", "manga-pymorph-DR15.fits"
DYNAMICS, DAP = "SDSSDR17_MaNGA_JAM.fits", "dapall-v2_4_3-2.2.1.fits"
MAPS = "manga-8000-1901-MAPS-HYB10-MILESHC-MASTARSSP.fits"


def write_maps(folder):
    maps_layout.write(folder / MAPS, maps_layout.layout())


def write_cubes(folder):
    for number, name in enumerate("abc"):
        fits.PrimaryHDU(manga_layout.cube(number)).writeto(folder / f"{name}.fits")


def read_cubes(folder):
    images, good, _, rejected = gri_images.read_many(folder, list("abc"))
    return Table({"place": good, "image": images}), rejected


def write_bins(folder):
    (folder / "atlas3d").mkdir()
    names = {"A": "arcsec", "D": "arcsec", "FLUX": "", "VPXF": "km/s", "SPXF": "km/s"}
    table = Table({name: np.arange(1.0, 9) for name in names}, units=names)
    table.write(folder / "atlas3d" / BINS)


BINS = "NGC4570_4moments_ATLAS3d.fits"


def read_bins(folder):
    table = atlas3d.load_bins(BINS, folder)
    return {name: np.asarray(table[name]) for name in table.colnames}


INFO, EXTRA = "galSpecInfo-dr8.fits", "galSpecExtra-dr8.fits"


def write_masses(folder):
    spectra = ["299489676975171584", "299489676975171585"]
    info = {"SPECOBJID": spectra, "RA": [10.0, 11.0], "DEC": [1.0, 2.0], "Z": [0.05, 0.06]}
    info |= {"Z_WARNING": [0, 0], "RELIABLE": [1, 1]}
    Table(info).write(folder / INFO)
    Table({"SPECOBJID": spectra, "LGM_TOT_P50": [10.5, 11.0]}).write(folder / EXTRA)


def write_sample(folder):
    table = Table({"catid": np.array(CATIDS), "velocity": np.ones((2, 5, 5), "f4")})
    table["file"] = ["a.fits", "b.fits"]
    sample.write(table, folder / "sample.fits")


def _catalogue(folder):
    return sami.load_catalogue(folder, "archive")


SAMI = Reader("sami.load", write_sami, lambda folder: sami.load(folder, "archive"))
SAMI_CATALOGUE = Reader("sami.load_catalogue", write_sami_catalogue, _catalogue)
TYPES = Reader("manga_catalogues.load_morphology", write_manga, manga_catalogues.load_morphology)
PROFILES = Reader("manga_catalogues.load_photometry", write_manga, manga_catalogues.load_photometry)
SUMMARY = Reader("manga_catalogues.load_dap", write_manga, manga_catalogues.load_dap)
SPINS = Reader("manga_catalogues.load_dynamics", write_manga, manga_catalogues.load_dynamics)
DAP_MAPS = Reader("manga_maps.load", write_maps, lambda folder: manga_dap_maps.load(folder / MAPS))
CUBES = Reader("gri.read_many", write_cubes, read_cubes)
ATLAS = Reader("atlas3d.load_bins", write_bins, read_bins)
MASSES = Reader("gz2_masses.load_masses (FITS)", write_masses, gz2_masses.load_masses)
SAMPLE = Reader("sample.read", write_sample, lambda folder: sample.read(folder / "sample.fits"))

FILES = {
    SAMI: f"sami/{VELOCITY.format(CATIDS[0])}",
    SAMI_CATALOGUE: "sami/samiDR3Stelkin.fits",
    TYPES: MORPHOLOGY,
    PROFILES: PYMORPH,
    SUMMARY: DAP,
    SPINS: DYNAMICS,
    DAP_MAPS: MAPS,
    CUBES: "b.fits",
    ATLAS: f"atlas3d/{BINS}",
    MASSES: EXTRA,
    SAMPLE: "sample.fits",
}
REJECTS = (SAMI, CUBES)
# catalogues are looked for among files only, so that another thing of the name is none
LOOKED_FOR = {reader: "received" for reader in (TYPES, PROFILES, SUMMARY, SPINS)}
LOOKED_FOR |= {SAMI_CATALOGUE: "sami archive", ATLAS: BINS, MASSES: "stellar masses"}


def _at(name, damage):
    return lambda folder: damage(folder / name)


def _generic():
    for reader, file in FILES.items():
        name = file.split("/")[-1]
        for what, (damage, word) in kinds.FITS.items():
            words = (name, word)
            if what.startswith(("a pipe", "a folder", "a link")) and reader in LOOKED_FOR:
                words = (LOOKED_FOR[reader],)
            outcome = "rejected" if reader in REJECTS else "error"
            if what == "7 bits a number" and reader not in (*REJECTS, DAP_MAPS):
                words, outcome = (), "read"  # tables do not look at it
            yield Case(reader, what, _at(file, damage), words, outcome)


def rewritten(change):
    """Read the HDUs of a file, change the list, and write it again."""

    def damage(path):
        with fits.open(path, memmap=False) as hdus:
            copies = [type(hdu)(hdu.data, hdu.header) for hdu in hdus]
        change(copies)
        path.unlink()
        fits.HDUList(copies).writeto(path, output_verify="silentfix")

    return damage


def column(name, values, hdu=1, **changes):
    """Replace a column of a table by values in another form."""

    def change(hdus):
        table = Table(hdus[hdu].data)
        table[name] = values
        for key, value in changes.items():
            setattr(table[name], key, value)
        hdus[hdu] = fits.BinTableHDU(table, name=hdus[hdu].name)

    return rewritten(change)


def without(name):
    def change(hdus):
        table = Table(hdus[1].data)
        table.remove_column(name)
        hdus[1] = fits.BinTableHDU(table)

    return rewritten(change)


def data(function, hdu=0):
    def change(hdus):
        hdus[hdu].data = function(hdus[hdu].data)

    return rewritten(change)


def card(keyword, value, hdu=0):
    return rewritten(lambda hdus: hdus[hdu].header.set(keyword, value))


def _renamed(old, new):
    def change(hdus):
        for hdu in hdus:
            if hdu.name == old:
                hdu.name = new

    return rewritten(change)


def _larger_tile(path):
    hdu = fits.CompImageHDU(manga_layout.cube(), compression_type="RICE_1", quantize_level=0)
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path, overwrite=True)
    kinds.header("ZNAXIS1", 2_000_000_000)(path)


def _code_in_meta(path):
    """A FITS table whose comments rebuild a column by calling a program."""
    comments = [
        "--BEGIN-ASTROPY-SERIALIZED-COLUMNS--",
        "datatype:",
        "- !!python/object/apply:os.system ['touch canary']",
        "--END-ASTROPY-SERIALIZED-COLUMNS--",
    ]

    def change(hdus):
        for line in comments:
            hdus[1].header["COMMENT"] = line

    rewritten(change)(path)


def _specific():
    velocity = FILES[SAMI]
    name = velocity.split("/")[-1]
    dispersion = f"sami/{DISPERSION.format(CATIDS[0])}"
    spoiled = {
        "40x40 spaxels": (data(lambda d: d[:40, :40]), "(40, 40)"),
        "a cube in place of a map": (data(lambda d: np.stack([d, d])), "(2, 50, 50)"),
        "NaN in every spaxel": (data(lambda d: d * np.nan), "NaN in every spaxel"),
        "infinite in every spaxel": (data(lambda d: d + np.inf), "finite velocity"),
        "no image": (rewritten(lambda hdus: hdus.__setitem__(0, fits.PrimaryHDU())), "None"),
        "no VEL_ERR": (rewritten(lambda hdus: hdus.pop(1)), "VEL_ERR"),
        "FLUX is a table": (
            rewritten(lambda h: h.__setitem__(2, fits.BinTableHDU(Table({"a": [1]}), name="FLUX"))),
            "FLUX",
        ),
        "in m/s": (card("BUNIT", "m/s"), "m / s"),
        "another CATID": (card("CATID", "77"), "received 77"),
    }
    for what, (damage, word) in spoiled.items():
        yield Case(SAMI, what, _at(velocity, damage), (name, word), "rejected")
    for what in ("cut to a third", "a pipe", "header claims 40 GB", "in m/s"):
        damage, word = (kinds.FITS | spoiled)[what]
        words = ("velocity-dispersion", word)
        place = _at(dispersion, damage)
        yield Case(SAMI, f"dispersion file: {what}", place, words, "rejected")

    path = FILES[SAMI_CATALOGUE]
    spoiled = {
        "catid as floats": (column("CATID", np.array(CATIDS, dtype=float)), "texts or whole"),
        "catid beyond 64 bits": (column("CATID", np.array([5, 2**63], dtype="u8")), "64 bits"),
        "no catid": (without("CATID"), "column catid"),
        "no cubeidpub": (without("CUBEIDPUB"), "column cubeidpub"),
        "cubes without letters": (column("CUBEIDPUB", ["105420", "x"]), "105420_A"),
        "lambda_R as text": (column("LAMBDAR_RE", ["0.5", "n/a"]), "lambdar_re"),
        "two values in each row of lambda_R": (
            column("LAMBDAR_RE", np.ones((2, 2))),
            "shape (2, 2)",
        ),
        "dispersion in m/s": (column("SIGMA_RE", np.ones(2), unit="m/s"), "m / s"),
        "complex lambda_R": (column("LAMBDAR_RE", np.ones(2, dtype=complex)), "of shape (2,)"),
    }
    for what, (damage, word) in spoiled.items():
        yield Case(SAMI_CATALOGUE, what, _at(path, damage), ("samiDR3Stelkin.fits", word))

    spoiled = {
        "no T type": (without("TTYPE"), "column ttype"),
        "T type as text": (column("TTYPE", ["1.0", "2_0", "x"]), "numbers in ttype"),
        "vectors in place of T types": (column("TTYPE", np.ones((3, 2))), "shape (3, 2)"),
        "right ascension in rad": (column("RA", np.ones(3), unit="rad"), "received rad"),
        "plateifu as floats": (column("PLATEIFU", np.arange(3.0)), "texts or whole numbers"),
        "flag of 0.5": (column("FLAG_TT", np.full(3, 0.5)), "whole numbers in flag_tt"),
        "flag beyond 2**53": (column("DUPL_GR", np.full(3, 2**60)), "whole numbers in dupl_gr"),
        "complex T type": (column("TTYPE", np.ones(3, dtype=complex)), "of shape (3,)"),
        "no rows": (kinds.no_rows, "expected rows"),
        "no name in any row": (column("PLATEIFU", ["", "", ""]), "expected rows"),
        "an image in place of the table": (
            rewritten(lambda hdus: hdus.__setitem__(1, fits.ImageHDU(np.ones((3, 3))))),
            "a table in HDU 1",
        ),
    }
    for what, (damage, word) in spoiled.items():
        yield Case(TYPES, what, _at(MORPHOLOGY, damage), (MORPHOLOGY, word))
    names = list(manga_layout.GOOD)
    repeated = column("PLATEIFU", [names[0], names[1], names[0]])
    words = (MORPHOLOGY, "repeated row")
    yield Case(TYPES, "a galaxy twice", _at(MORPHOLOGY, repeated), words, "rejected")
    nameless = column("PLATEIFU", [names[0], "", names[2]])
    words = (MORPHOLOGY, "received none")
    yield Case(TYPES, "a row without a name", _at(MORPHOLOGY, nameless), words, "rejected")
    fit = column("FLAG_FIT", np.full(3, 1.5), hdu=2)
    yield Case(PROFILES, "flag of 1.5", _at(PYMORPH, fit), (PYMORPH, "whole numbers"))
    bands = rewritten(lambda hdus: hdus.__delitem__(slice(2, None)))
    yield Case(PROFILES, "one band only", _at(PYMORPH, bands), (PYMORPH, "HDU 2"))
    other = column("DAPTYPE", ["VOR10", "VOR10", "SPX"])
    yield Case(SUMMARY, "another binning", _at(DAP, other), (DAP, "expected rows"))
    unfinished = column("DAPDONE", np.array([True, False, True]))
    words = (DAP, "DAPDONE")
    yield Case(SUMMARY, "an analysis that did not finish", _at(DAP, unfinished), words, "rejected")

    large = data(lambda d: np.zeros((2000, 2000), np.uint8), 5)
    spoiled = {
        "no STELLAR_VEL_MASK": (_renamed("STELLAR_VEL_MASK", "OTHER"), "STELLAR_VEL_MASK"),
        "another name of the channel": (card("C01", "radius", 1), "Elliptical radius"),
        "channel 99 of 4": (
            rewritten(
                lambda h: (h[1].header.remove("C01"), h[1].header.set("C99", "Elliptical radius"))
            ),
            "Elliptical radius",
        ),
        "a map of 2000x2000": (large, "up to (100, 200, 200)"),
        "a radius of another shape": (data(lambda d: d[:, :5], 1), "expected radius of"),
        "text in place of the redshift": (card("SCINPVEL", "fast"), "fast"),
        "a line in place of a map": (data(lambda d: d[0, 0], 1), "expected maps"),
    }
    for what, (damage, word) in spoiled.items():
        yield Case(DAP_MAPS, what, _at(MAPS, damage), (MAPS, word))
    zipped = kinds.change(lambda d: gzip.compress(d, mtime=0))
    yield Case(DAP_MAPS, "gzipped without saying so", _at(MAPS, zipped), (), "read")
    torn = kinds.change(lambda d: gzip.compress(d, mtime=0)[:-5])
    yield Case(DAP_MAPS, "gzip cut short", _at(MAPS, torn), (MAPS, "Compressed file ended"))

    def bit(content):
        content = bytearray(gzip.compress(content, 0, mtime=0))
        content[len(content) // 2] ^= 1
        return bytes(content)

    yield Case(DAP_MAPS, "gzip with a flipped bit", _at(MAPS, kinds.change(bit)), (MAPS, "CRC"))

    spoiled = {
        "two bands": (data(lambda d: d[:2]), "(2, 128, 128)"),
        "64x64 pixels": (data(lambda d: d[:, :64, :64]), "(3, 64, 64)"),
        "1000 bands claimed": (kinds.header("NAXIS3", 1000), "truncated"),
        "a pixel that is NaN": (data(lambda d: np.where(d > 105, np.nan, d)), "pixels without"),
        "no image": (rewritten(lambda hdus: hdus.__setitem__(0, fits.PrimaryHDU())), "an image"),
        "compressed tiles that claim 8 GB": (_larger_tile, "2000000000"),
    }
    for what, (damage, word) in spoiled.items():
        yield Case(CUBES, what, _at("b.fits", damage), ("b.fits", word), "rejected")
    for what, outside in (("..", "../a"), ("an absolute path", "/etc/hosts")):

        def read(folder, outside=outside):
            images, good, _, rejected = gri_images.read_many(folder, ["a", outside, "c"])
            return Table({"place": good, "image": images}), rejected

        words = (outside, "one outside")
        yield Case(CUBES, f"a name with {what}", lambda folder: None, words, "rejected", read)

    path = FILES[ATLAS]
    spoiled = {
        "no velocity": (without("VPXF"), "vpxf"),
        "velocity as text": (column("VPXF", ["a"] * 8), "numbers in vpxf"),
        "velocity in m/s": (column("VPXF", np.ones(8), unit="m/s"), "m / s"),
        "no light in any bin": (column("FLUX", np.zeros(8)), "flux"),
        "NaN in every bin": (column("SPXF", np.full(8, np.nan)), "flux"),
    }
    for what, (damage, word) in spoiled.items():
        yield Case(ATLAS, what, _at(path, damage), (BINS, word))

    lossy = column("SPECOBJID", np.array([299489676975171584.0, 299489676975171585.0]))
    words = (EXTRA, "specobjid: expected texts or whole numbers")
    yield Case(MASSES, "identifiers as floats", _at(EXTRA, lossy), words)
    mixed = column("SPECOBJID", ["299489676975171585", "299489676975171584"])
    words = (EXTRA, "received others")
    yield Case(MASSES, "rows of other spectra", _at(EXTRA, mixed), words)
    fewer = data(lambda d: d[:1], 1)
    yield Case(MASSES, "fewer rows than the other file", _at(EXTRA, fewer), (EXTRA, "as many rows"))

    damage = _at("sample.fits", _code_in_meta)
    yield Case(
        SAMPLE, "a program to call in the comments", damage, ("sample.fits", "YamlParseError")
    )
    image = rewritten(lambda hdus: hdus.pop(1))
    yield Case(SAMPLE, "no table", _at("sample.fits", image), ("sample.fits", "a table in HDU 1"))


CASES = [*_generic(), *_specific()]
