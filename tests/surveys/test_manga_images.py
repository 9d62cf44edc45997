"""MaNGA catalogues and images, on files in the published layouts, and once on the real one."""

import os
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from manga_layout import MORPHOLOGY_15
from PIL import Image

from galutils.store import sample as samples
from galutils.store.files import ArchiveError
from galutils.surveys import gri_images
from galutils.surveys.manga import catalogues as manga_catalogues
from galutils.surveys.manga import images as manga_images

MORPHOLOGY_17 = {
    "INTID": "J",
    "MANGA_ID": "10A",
    "PLATEIFU": "12A",
    "RA": "D",
    "DEC": "D",
    "Z": "E",
    "DUPL_GR": "J",
    "T-Type": "E",
    "P_LTG": "E",
    "P_S0": "E",
    "P_edge": "E",
    "P_bar": "E",
    "Visual_Class": "J",
    "Visual_Flag": "J",
}
PYMORPH = {"PLATEIFU": "12A", "MANGA_ID": "10A", "FLAG_FIT": "J", "SPA": "E", "N_S": "E"}
PYMORPH |= {f"{name}_{fit}": "E" for name in ("M", "A_HL", "BA", "PA") for fit in ("S", "SE")}
PYMORPH |= {"BT_SE": "E", "N_SE_BULGE": "E"}
DAP = {"PLATEIFU": "12A", "MANGAID": "10A", "DAPTYPE": "24A", "DAPDONE": "L", "DAPQUAL": "J"}
DAP |= dict.fromkeys(
    "OBJRA OBJDEC NSA_Z NSA_ELPETRO_BA NSA_ELPETRO_PHI NSA_ELPETRO_TH50_R "
    "STELLAR_SIGMA_1RE".split(),
    "D",
)
JAM = {"plateifu": "12A", "mangaid": "10A"}
JAM |= dict.fromkeys(("Lambda_Re", "Eps_MGE", "Sigma_Re", "Re_arcsec_MGE"), "D")


def table_hdu(formats, rows, **keywords):
    """Binary table; a value that a row lacks is 0 or '', as a writer of structures leaves it."""
    columns = []
    for name, form in formats.items():
        blank = "" if form.endswith("A") else 0
        columns.append(fits.Column(name, form, array=[row.get(name, blank) for row in rows]))
    return fits.BinTableHDU.from_columns(columns, **keywords)


def write_tables(path, *hdus):
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path, overwrite=True)


def morphology(plateifu, mangaid="1-1", **values):
    return {"PLATEIFU": plateifu, "MANGA-ID": mangaid, "MANGA_ID": mangaid} | values


def profile(plateifu, flag=1, ba=0.6, **values):
    row = {"PLATEIFU": plateifu, "FLAG_FIT": flag, "N_S": 3.0, "A_HL_S": 5.0, "BA_S": ba}
    row |= {"PA_S": 20.0, "M_S": 15.0, "SPA": 40.0, "A_HL_SE": 6.0, "BA_SE": 0.5, "PA_SE": 80.0}
    return row | {"M_SE": 14.5, "BT_SE": 0.3, "N_SE_BULGE": 9.0} | values


def dynamics(plateifu, lambda_r=0.5, **values):
    return {"plateifu": plateifu, "mangaid": "1-1", "Lambda_Re": lambda_r} | values


def write_pymorph(folder, rows, others=None, name="manga-pymorph-DR15.fits"):
    others = rows if others is None else others
    bands = [table_hdu(PYMORPH, part) for part in (others, rows, others)]
    write_tables(folder / name, *bands)


def cube(value=0.0, bands=3, side=128):
    """Planes of value + 1, 2, 3 ..., the southern row 10 more, the eastern column 100 more."""
    planes = np.full((bands, side, side), value, dtype=np.float32)
    planes += np.arange(1, bands + 1, dtype=np.float32)[:, None, None]
    planes[:, 0] += 10
    planes[:, :, 0] += 100
    return planes


def compressed(planes):
    return fits.CompImageHDU(planes, compression_type="RICE_1", quantize_level=0)


def write_png(path, planes):
    """RGB is i, r, g; row 0 north."""
    rgb = np.moveaxis(planes[2::-1, ::-1], 0, -1)
    Image.fromarray(np.ascontiguousarray(rgb).astype(np.uint8)).save(path)


GOOD = ("8000-1901", "8000-1902", "8001-12705")


@pytest.fixture
def archive(tmp_path):
    """Three good observations of two galaxies; the root of the archive."""
    folder = tmp_path / "manga"
    (folder / "cutouts").mkdir(parents=True)
    rows = [
        morphology(GOOD[0], "1-11", TTYPE=-2.0, DUPL_GR=1, RA=10.5, DEC=-1.0, Z=0.03),
        morphology(GOOD[1], "1-11", TTYPE=-2.0, DUPL_GR=1),
        morphology(GOOD[2], "1-12", TTYPE=1.0),
    ]
    write_tables(folder / "manga-morphology-dl-DR15.fits", table_hdu(MORPHOLOGY_15, rows))
    # in another order, so that only a join by plateifu can be right
    write_pymorph(folder, [profile(GOOD[2], ba=0.3), profile(GOOD[1]), profile(GOOD[0], ba=0.9)])
    jam = [dynamics(GOOD[1], 0.6), dynamics(GOOD[0], 0.05), dynamics(GOOD[2], 0.7)]
    write_tables(folder / "SDSSDR17_MaNGA_JAM.fits", table_hdu(JAM, jam))
    for number, name in enumerate(GOOD):
        fits.PrimaryHDU(cube(1000 * number)).writeto(folder / "cutouts" / f"{name}.fits")
    return tmp_path


def reasons(rejected):
    return dict(zip(rejected["name"], rejected["reason"], strict=True))


def test_morphology_of_both_releases(tmp_path):
    old = [
        morphology("8000-1901", "1-1 ", TTYPE=-1.5, FLAG_TT=1, P_MERG=0.25, DUPL_GR=7, Z=-9999.0),
        morphology("8000-1902", TTYPE=-999.0, P_EDGE_ON=0.5),
        morphology("8000-1901", TTYPE=4.0),
        morphology("", TTYPE=4.0),
    ]
    write_tables(tmp_path / "manga-morphology-dl-DR15.fits", table_hdu(MORPHOLOGY_15, old))
    table, rejected = manga_catalogues.load_morphology(tmp_path)
    assert table["plateifu"].tolist() == ["8000-1901", "8000-1902"]
    assert table["mangaid"].tolist() == ["1-1", "1-1"]
    assert table["ttype"][0] == -1.5 and np.isnan(table["ttype"][1])
    assert np.isnan(table["redshift"][0]) and table["redshift"][1] == 0
    assert table["ttype_flag"].tolist() == [1, 0] and table["ttype_flag"].dtype == np.int64
    assert table["repeat"].tolist() == [True, False]
    assert table["p_merger"][0] == 0.25 and table["p_edge_on"][1] == 0.5
    assert np.isnan(table["p_late"]).all() and str(table["ra"].unit) == "deg"
    assert "repeated" in reasons(rejected)["8000-1901"] and "none" in reasons(rejected)[""]

    (tmp_path / "manga-morphology-dl-DR15.fits").unlink()
    new = [{"T-Type": -1.5, "P_LTG": 0.125, "P_edge": 0.5, "Z": 0.03125} | morphology("7443-1901")]
    write_tables(tmp_path / "manga-morphology-dl-DR17.fits", table_hdu(MORPHOLOGY_17, new))
    table, rejected = manga_catalogues.load_morphology(tmp_path)
    row = table[0]
    assert (row["mangaid"], row["ttype"], row["ttype_flag"]) == ("1-1", -1.5, -1)
    assert (row["p_late"], row["p_edge_on"], row["redshift"]) == (0.125, 0.5, 0.03125)
    assert np.isnan(row["p_merger"]) and len(rejected) == 0


def test_photometry_takes_the_fit_that_the_flag_prefers(tmp_path):
    flags = {"8000-1": 1, "8000-2": 2, "8000-3": 0, "8000-4": 3}
    rows = [profile(name, flag) for name, flag in flags.items()]
    rows.append(profile("8000-5", 1, A_HL_S=-999.0, BA_S=-999.0, N_S=-999.0))
    write_pymorph(tmp_path, rows, [profile("8000-6", 1, ba=0.25)])
    table, _ = manga_catalogues.load_photometry(tmp_path)
    nan = np.nan
    np.testing.assert_allclose(table["r_e"], [5, 6, 6, nan, nan])
    np.testing.assert_allclose(table["axis_ratio"], [0.6, 0.5, 0.5, nan, nan], rtol=1e-6)
    np.testing.assert_allclose(table["magnitude"], [15, 14.5, 14.5, nan, 15])
    np.testing.assert_allclose(table["bulge_to_total"], [nan, 0.3, 0.3, nan, nan], rtol=1e-6)
    np.testing.assert_allclose(table["sersic_n"], [3, 3, 3, 3, nan])
    # (90 - 20) - 40 and (90 - 80) - 40 + 180
    np.testing.assert_allclose(table["position_angle"], [30, 150, 150, nan, 30])
    assert str(table["r_e"].unit) == "arcsec"
    table, _ = manga_catalogues.load_photometry(tmp_path, band="i")
    assert table["plateifu"].tolist() == ["8000-6"] and table["axis_ratio"][0] == 0.25
    with pytest.raises(ValueError, match="received 'z'"):
        manga_catalogues.load_photometry(tmp_path, band="z")


def summary(plateifu, daptype, **values):
    row = {"PLATEIFU": plateifu, "MANGAID": "1-1", "DAPTYPE": daptype, "DAPDONE": True}
    return row | {"NSA_ELPETRO_BA": 0.5, "STELLAR_SIGMA_1RE": 120.0} | values


def test_dap_summary_of_both_releases(tmp_path):
    hybrid = "HYB10-GAU-MILESHC"
    rows = [
        summary("8000-1", "VOR10-GAU-MILESHC", STELLAR_SIGMA_1RE=1.0),
        summary("8000-1", hybrid, DAPQUAL=1 << 30, NSA_ELPETRO_BA=-9999.0),
        summary("8000-2", hybrid, DAPDONE=False),
        summary("8000-3", hybrid, NSA_ELPETRO_TH50_R=4.5, STELLAR_SIGMA_1RE=-999.0),
    ]
    write_tables(tmp_path / "dapall-v2_4_3-2.2.1.fits", table_hdu(DAP, rows))
    table, rejected = manga_catalogues.load_dap(tmp_path)
    assert table["plateifu"].tolist() == ["8000-1", "8000-3"]
    assert table["quality"].tolist() == [1 << 30, 0]
    np.testing.assert_allclose(table["sigma_re"], [120, np.nan])
    np.testing.assert_allclose(table["axis_ratio"], [np.nan, 0.5])
    np.testing.assert_allclose(table["r_e"], [np.nan, 4.5])
    assert "DAPDONE 0" in reasons(rejected)["8000-2"]

    (tmp_path / "dapall-v2_4_3-2.2.1.fits").unlink()
    types = ("SPX-MILESHC-MASTARSSP", "HYB10-MILESHC-MASTARHC2", "HYB10-MILESHC-MASTARSSP")
    hdus = [
        table_hdu(DAP, [summary("8000-1", name, STELLAR_SIGMA_1RE=100.0 + k)], name=name)
        for k, name in enumerate(types)
    ]
    write_tables(tmp_path / "dapall-v3_1_1-3.1.0.fits", *hdus)
    table, rejected = manga_catalogues.load_dap(tmp_path)
    assert table["sigma_re"].tolist() == [102] and len(rejected) == 0


def test_dynamics_without_a_value_is_nan(tmp_path):
    rows = [
        dynamics("8000-1", 0.5, Eps_MGE=0.25, Sigma_Re=150.0, Re_arcsec_MGE=4.0),
        dynamics("8000-2", -1.0),
        dynamics("8000-3", np.nan, Sigma_Re=-9999.0),
        dynamics("8000-1", 0.9),
    ]
    write_tables(tmp_path / "SDSSDR17_MaNGA_JAM.fits", table_hdu(JAM, rows))
    table, rejected = manga_catalogues.load_dynamics(tmp_path)
    np.testing.assert_allclose(table["lambda_r"], [0.5, np.nan, np.nan])
    assert table[0]["ellipticity"] == 0.25 and table[0]["r_e"] == 4
    assert np.isnan(table["sigma_re"][2]) and rejected["name"].tolist() == ["8000-1"]


@pytest.mark.parametrize(
    "load", ["load_morphology", "load_photometry", "load_dap", "load_dynamics"]
)
def test_missing_and_damaged_catalogues_name_the_file(tmp_path, load):
    read = getattr(manga_catalogues, load)
    with pytest.raises(ArchiveError, match=f"{tmp_path.name}: expected .*fits, received none"):
        read(tmp_path)
    names = {
        "load_morphology": manga_catalogues.MORPHOLOGY,
        "load_photometry": manga_catalogues.PHOTOMETRY,
        "load_dap": manga_catalogues.DAP,
        "load_dynamics": manga_catalogues.DYNAMICS,
    }
    path = tmp_path / names[load][0]
    path.write_bytes(b"<html>404</html>" * 500)
    with pytest.raises(ArchiveError, match=path.name):
        read(tmp_path)
    write_tables(path)  # no table at all
    with pytest.raises(ArchiveError, match=f"{path.name}: expected a table"):
        read(tmp_path)
    hdu = table_hdu({"PLATEIFU": "12A", "DAPTYPE": "24A"}, [])
    write_tables(path, hdu, hdu)
    with pytest.raises(ArchiveError, match=rf"{path.name}: expected column .*, received plateifu"):
        read(tmp_path)


def test_masked_rows_are_missing_values(tmp_path):
    rows = [morphology("8000-1901", DUPL_GR=-99, FLAG_TT=-99, TTYPE=2.0)]
    hdu = table_hdu(MORPHOLOGY_15, rows)
    hdu.columns["FLAG_TT"].null = hdu.columns["DUPL_GR"].null = -99
    write_tables(tmp_path / "manga-morphology-dl-DR15.fits", hdu)
    table, _ = manga_catalogues.load_morphology(tmp_path)
    assert (table["ttype_flag"][0], table["repeat"][0], table["ttype"][0]) == (-1, False, 2)


def test_one_cutout_from_any_form_of_file(tmp_path):
    expected = np.moveaxis(cube(), 0, -1)
    planes = cube(bands=4)
    forms = {
        "primary": [fits.PrimaryHDU(planes)],
        "extension": [fits.PrimaryHDU(), table_hdu(JAM, []), fits.ImageHDU(planes)],
        "rice": [fits.PrimaryHDU(), compressed(planes)],
    }
    for name, hdus in forms.items():
        fits.HDUList(hdus).writeto(tmp_path / f"{name}.fits")
        image = gri_images.read(tmp_path / f"{name}.fits")
        assert image.dtype == np.float32 and image.flags.c_contiguous
        np.testing.assert_array_equal(image, expected, err_msg=name)
    write_png(tmp_path / "a.png", cube())
    np.testing.assert_array_equal(gri_images.read(tmp_path / "a.png"), expected)


def test_images_are_averaged_and_the_bad_told(tmp_path):
    for name in ("a", "b"):
        fits.PrimaryHDU(cube(5)).writeto(tmp_path / f"{name}.fits")
    whole = (tmp_path / "a.fits").read_bytes()
    (tmp_path / "short.fits").write_bytes(whole[: len(whole) // 2])
    fits.HDUList([fits.PrimaryHDU(), compressed(cube())]).writeto(tmp_path / "c.fits")
    packed = (tmp_path / "c.fits").read_bytes()
    (tmp_path / "packed.fits").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "empty.fits").write_bytes(b"")
    fits.PrimaryHDU().writeto(tmp_path / "blank.fits")
    fits.PrimaryHDU(cube(side=64)).writeto(tmp_path / "small.fits")
    fits.PrimaryHDU(cube(bands=2)).writeto(tmp_path / "two.fits")
    fits.PrimaryHDU(cube()[:, :, 1:]).writeto(tmp_path / "oblong.fits")
    broken = cube()
    broken[1, 3, :2] = np.nan, np.inf
    fits.PrimaryHDU(broken).writeto(tmp_path / "nan.fits")
    expected = {
        "short": "whole cut-out",
        "packed": "whole cut-out",
        "empty": "whole cut-out",
        "blank": "expected an HDU with an image, received none",
        "small": "received (3, 64, 64)",
        "two": "(2, 128, 128)",
        "oblong": "(3, 128, 127)",
        "nan": "2 pixels",
        "absent": "whole cut-out, received none",
    }
    images, good, pixels, rejected = gri_images.read_many(tmp_path, ["a", *expected, "b"], side=32)
    assert good.tolist() == [0, 1 + len(expected)] and pixels == "nanomaggies"
    told = reasons(rejected)
    assert told.keys() == expected.keys()
    for name, part in expected.items():
        assert part in told[name] and f"{name}.fits" in told[name], told[name]
    blocks = cube(5).reshape(3, 32, 4, 32, 4).mean(axis=(2, 4))
    assert images.shape == (2, 32, 32, 3) and images.dtype == np.float32
    np.testing.assert_allclose(images[1], np.moveaxis(blocks, 0, -1), rtol=1e-6)
    with pytest.raises(ValueError, match="received 256"):
        gri_images.read_many(tmp_path, ["a"], side=256)


def test_a_sample_has_one_kind_of_pixels(tmp_path):
    for name in ("a", "b"):
        write_png(tmp_path / f"{name}.png", cube())
    images, good, pixels, _ = gri_images.read_many(tmp_path, ["a", "b"])
    assert good.tolist() == [0, 1] and pixels.startswith("PNG")
    np.testing.assert_array_equal(images[0], np.moveaxis(cube(), 0, -1))
    fits.PrimaryHDU(cube(0.5)).writeto(tmp_path / "b.fits")
    _, good, pixels, rejected = gri_images.read_many(tmp_path, ["a", "b"])
    assert good.tolist() == [1] and pixels == "nanomaggies"
    assert reasons(rejected) == {"a": "a.fits: expected a whole cut-out, received none"}
    Image.new("L", (128, 128)).save(tmp_path / "grey.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:200])
    _, good, _, rejected = gri_images.read_many(tmp_path, ["grey", "cut"])
    told = reasons(rejected)
    assert len(good) == 0 and "received L of 128x128" in told["grey"] and "whole" in told["cut"]


def test_sample_joins_catalogues_and_images_by_plateifu(archive):
    sample, rejected = manga_images.load(archive, side=64)
    assert len(rejected) == 0 and sample.meta["source"] == "archive"
    assert sample["plateifu"].tolist() == list(GOOD)
    assert sample["group"].tolist() == ["1-11", "1-11", "1-12"]
    np.testing.assert_allclose(sample["lambda_r"], [0.05, 0.6, 0.7])
    np.testing.assert_allclose(sample["ellipticity"], [0.1, 0.4, 0.7], rtol=1e-6)
    assert sample["rotator"].tolist() == [0, 1, 1] and sample["rotator"].dtype == np.int64
    assert sample["early"].tolist() == [True, True, False]  # 1.0 is not below 1.0
    assert sample["image"].shape == (3, 64, 64, 3) and sample["image"].dtype == np.float32
    np.testing.assert_allclose(sample["image"][:, 32, 32, 1], [2, 1002, 2002])
    assert (sample["ra"][0], sample["dec"][0], sample["redshift"][0]) == (10.5, -1.0, 0.03)
    assert sample.meta["release"] == "DR15" and sample.meta["pixels"] == "nanomaggies"
    assert manga_images.load(archive, side=8, early_below=1.5)[0]["early"].all()


def test_observations_that_lack_something_are_told(archive):
    folder = archive / "manga"
    names = [f"8002-{k}" for k in range(5)]
    rows = [morphology(name) for name in (GOOD[0], *names)]
    rows[3]["TTYPE"] = -999.0
    write_tables(folder / "manga-morphology-dl-DR15.fits", table_hdu(MORPHOLOGY_15, rows))
    profiles = [profile(GOOD[0]), *(profile(name) for name in names)]
    profiles[2]["FLAG_FIT"] = 3
    write_pymorph(folder, profiles)
    jam = [dynamics(name) for name in (GOOD[0], *names[1:], GOOD[0])]
    write_tables(folder / "SDSSDR17_MaNGA_JAM.fits", table_hdu(JAM, jam))
    fits.PrimaryHDU(cube(side=64)).writeto(folder / "cutouts" / f"{names[4]}.fits")
    sample, rejected = manga_images.load(archive)
    assert sample["plateifu"].tolist() == [GOOD[0]]
    told = reasons(rejected)
    expected = {
        names[0]: "lambda_R",
        names[1]: "axis ratio",
        names[2]: "T type",
        names[3]: "whole cut-out, received none",
        names[4]: "(3, 64, 64)",
        GOOD[0]: "SDSSDR17_MaNGA_JAM.fits: expected each PLATEIFU once",
    }
    assert told.keys() == expected.keys()
    for name, part in expected.items():
        assert part in told[name], told[name]


def test_archive_without_images_is_not_complete_and_says_so(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    folder = archive / "manga"
    for path in (folder / "cutouts").iterdir():
        path.unlink()
    with pytest.raises(ArchiveError, match="received none; the first left out: 8000-1901.fits"):
        manga_images.load(archive)
    (folder / "cutouts").rmdir()
    with pytest.raises(ArchiveError, match="python -m galutils.mock manga_images"):
        manga_images.load(archive)


def test_the_mock_is_found_under_its_own_name(archive, monkeypatch):
    monkeypatch.setenv("GALUTILS_MOCK", str(archive))
    (archive / "manga").rename(archive / "manga_images")
    (archive / "manga_images" / "MANIFEST.json").write_text('{"seed": 5}')
    sample, _ = manga_images.load(archive / "manga_images", side=16)
    assert sample.meta["source"] == "mock" and sample.meta["seed"] == 5


def test_sample_survives_a_file(archive):
    sample, _ = manga_images.load(archive, side=16)
    samples.write(sample, archive / "sample.fits")
    again = samples.read(archive / "sample.fits")
    assert again.meta["pixels"] == "nanomaggies" and again.colnames == sample.colnames
    np.testing.assert_array_equal(again["image"], sample["image"])
    np.testing.assert_array_equal(again["early"], sample["early"])


def test_identifiers_that_are_blank_fall_back_to_the_observation(archive):
    folder = archive / "manga"
    rows = [morphology(name, "") for name in GOOD]
    write_tables(folder / "manga-morphology-dl-DR15.fits", table_hdu(MORPHOLOGY_15, rows))
    sample, _ = manga_images.read(folder, side=16)
    assert sample["group"].tolist() == list(GOOD) and set(sample["mangaid"]) == {""}


REAL = Path(os.environ.get("GALUTILS_DATA", "nowhere")) / "manga"
REAL_FILE = REAL / manga_catalogues.MORPHOLOGY[0]


@pytest.mark.skipif(not REAL_FILE.is_file(), reason="GALUTILS_DATA holds no MaNGA morphology")
def test_real_morphology():
    table, rejected = manga_catalogues.load_morphology(REAL)
    raw = Table.read(REAL_FILE, hdu=1)
    assert len(table) == 4672 and len(rejected) == 0
    assert table["plateifu"].dtype.kind == table["mangaid"].dtype.kind == "U"
    np.testing.assert_array_equal(table["ttype"], raw["TTYPE"])
    assert table["repeat"].sum() == 134 and len(set(table["mangaid"])) == 4605
    for name in ("p_s0", "p_edge_on", "p_bar", "p_merger", "p_bulge", "p_cigar"):
        assert table[name].min() >= 0 and table[name].max() <= 1
    assert set(table["ttype_flag"]) == {0, 1}


def test_the_image_is_taken_and_nothing_else(tmp_path):
    expected = np.moveaxis(cube(), 0, -1)
    others = [fits.ImageHDU(cube(9), name=name) for name in ("IVAR", "MASK", "ERR", "WEIGHT")]
    for number, name in enumerate(("", "SCI", "IMAGE", "FLUX", "sdss")):
        image = fits.ImageHDU(cube(), name=name)
        for hdus in ([*others, image], [image, *others]):
            path = tmp_path / f"{number}.fits"
            fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path, overwrite=True)
            np.testing.assert_array_equal(gri_images.read(path), expected)
    two = [fits.ImageHDU(cube(), name=name) for name in ("A", "B")]
    fits.HDUList([fits.PrimaryHDU(), *two]).writeto(tmp_path / "two.fits")
    with pytest.raises(
        ValueError, match="two.fits: expected one image called an image, received A, B"
    ):
        gri_images.read(tmp_path / "two.fits")


@pytest.mark.parametrize(
    ("cards", "word"),
    [({"BANDS": "grz"}, "bands gri, received grz"), ({"BANDS": "u,g,r"}, "received ugr"),
     ({"BUNIT": "Jy"}, "in nmgy, received Jy"), ({"CDELT2": 0.262 / 3600}, "received 0.262"),
     ({"CD1_1": 1e-5, "CD2_2": 7.3e-5, "CUNIT2": "deg"}, "received 0.263")],
)  # fmt: skip
def test_other_bands_units_and_pixels_are_named(tmp_path, cards, word):
    hdu = fits.PrimaryHDU(cube())
    hdu.header.update(cards)
    hdu.writeto(tmp_path / "a.fits")
    with pytest.raises(ValueError, match=f"a.fits: expected .*{word}"):
        gri_images.read(tmp_path / "a.fits")


@pytest.mark.parametrize(
    "cards",
    [{"BANDS": "griz"}, {"BANDS": "g,r,i"}, {"BUNIT": "nanomaggy"}, {"BUNIT": "nanomaggies"},
     {"CDELT2": 0.396127 / 3600}, {"CDELT2": 0.3, "CUNIT2": "kpc"}],
)  # fmt: skip
def test_headers_that_agree_are_no_error(tmp_path, cards):
    hdu = fits.PrimaryHDU(cube(bands=4))
    hdu.header.update(cards)
    hdu.writeto(tmp_path / "a.fits")
    np.testing.assert_array_equal(gri_images.read(tmp_path / "a.fits"), np.moveaxis(cube(), 0, -1))


@pytest.mark.parametrize("value", [np.inf, -999, 1e20])
def test_a_pixel_that_was_not_measured_is_named(tmp_path, value):
    planes = cube()
    planes[0, 5, 5] = value
    fits.PrimaryHDU(planes).writeto(tmp_path / "a.fits")
    with pytest.raises(ValueError, match="a.fits: expected numbers, received 1 pixels without"):
        gri_images.read(tmp_path / "a.fits")


def test_the_band_of_an_hdu_is_that_of_its_name(tmp_path):
    rows = {band: [profile("8000-1", ba=ba)] for band, ba in (("i", 0.3), ("g", 0.5), ("r", 0.7))}
    hdus = [table_hdu(PYMORPH, part, name=f"{band}_band") for band, part in rows.items()]
    write_tables(tmp_path / "manga-pymorph-DR15.fits", *hdus)
    for band, ba in (("g", 0.5), ("r", 0.7), ("i", 0.3)):
        table, _ = manga_catalogues.load_photometry(tmp_path, band)
        assert table["axis_ratio"].tolist() == pytest.approx([ba])
