"""Images, masses and samples of Galaxy Zoo 2, on an archive written here, and the real one."""

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from gz2_layout import DR7, REAL, SPIRAL, galaxies, jpeg, kaggle, needs_real, put, write
from PIL import Image

from galutils.store import sample as samples
from galutils.store.files import ArchiveError
from galutils.surveys import gz2
from galutils.surveys.gz2 import masses as gz2_masses


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "gz2"
    path.mkdir()
    return path


@pytest.fixture
def pictures(folder):
    put(folder, "images_gz2/images/12.jpg", jpeg((200, 100, 50)))
    put(folder, "images_training_rev1/12.jpg", jpeg((10, 20, 30)))
    put(folder, f"others/{DR7}.jpeg", jpeg())
    put(folder, f"copies/2arms/{DR7}.PNG", jpeg(kind="PNG"))
    put(folder, "others/galaxy.png", jpeg(kind="PNG"))
    put(folder, "images_gz2/readme.txt", b"")
    return folder


def test_images_are_listed_by_what_their_number_is(pictures):
    listing, rejected = gz2.list_images(pictures)
    assert [tuple(row) for row in listing] == [
        (f"copies/2arms/{DR7}.PNG", "objid", DR7, "2arms"),
        ("images_gz2/images/12.jpg", "asset", 12, "images"),
        ("images_training_rev1/12.jpg", "kaggle", 12, "images_training_rev1"),
    ]
    assert set(rejected["name"]) == {f"others/{DR7}.jpeg", "others/galaxy.png"}
    empty, _ = gz2.list_images(pictures / "none")
    assert len(empty) == 0
    assert empty["id"].dtype == np.int64


def test_images_are_cut_in_the_middle_and_averaged(folder):
    # the middle 212 pixels; white in their upper left quarter and outside of them
    white = Image.new("RGB", (106, 106), (255, 255, 255))
    inside = Image.new("RGB", (212, 212), (0, 0, 0))
    inside.paste(white, (0, 0))
    png = jpeg((255, 255, 255), kind="PNG", patch=((106, 106), inside))
    put(folder, "1.png", png)
    images, good, rejected = gz2.read_images(folder, ["1.png"], side=4, crop=212)
    assert (images.shape, images.dtype) == ((1, 4, 4, 3), np.uint8)
    assert good.tolist() == [0]
    assert len(rejected) == 0
    expected = np.zeros((4, 4))
    expected[:2, :2] = 255
    np.testing.assert_array_equal(images[0, ..., 1], expected)
    # 3 does not divide 212: the field stays whole, so a ninth holds the quarter's share of it
    thirds = gz2.read_images(folder, ["1.png"], side=3, crop=212)[0]
    assert thirds.mean() == pytest.approx(255 / 4, rel=0.02)
    assert thirds[0, 1, 1, 0] == pytest.approx(255 / 4, rel=0.1)
    whole = gz2.read_images(folder, ["1.png"])[0]
    np.testing.assert_array_equal(whole[0], np.asarray(Image.open(folder / "1.png")))


def test_bad_images_are_rejected_and_the_rest_goes_on(folder):
    put(folder, "1.jpg", jpeg((200, 100, 50)))
    put(folder, "2.jpg", jpeg()[:500])
    put(folder, "3.jpg", b"no image")
    put(folder, "4.jpg", jpeg(size=(200, 200)))
    put(folder, "5.jpg", jpeg(30, mode="L"))
    files = [f"{k}.jpg" for k in (2, 1, 3, 4, 5, 6)]
    images, good, rejected = gz2.read_images(folder, files, side=8, crop=224)
    assert good.tolist() == [1]
    np.testing.assert_allclose(images[0].mean(axis=(0, 1)), (200, 100, 50), atol=3)
    reasons = dict(zip(rejected["name"], rejected["reason"], strict=True))
    expected = {"2": "whole", "3": "whole", "4": "200x200", "5": "received L", "6": "received none"}
    assert reasons.keys() == {f"{k}.jpg" for k in expected}
    for number, part in expected.items():
        assert part in reasons[f"{number}.jpg"]
    for side, crop in ((0, 10), (11, 10), (10, 425)):
        with pytest.raises(ValueError, match=f"received {side} and {crop}"):
            gz2.read_images(folder, files, side, crop)


# spectra by what the published cuts say of them
SPECTRA = {
    "good": (10.0, 1.0, 0.03, 0, 1, 10.5),
    "unreliable": (11.0, 1.0, 0.03, 0, 0, 10.5),
    "warned": (12.0, 1.0, 0.03, 4, 1, 10.5),
    "no mass": (13.0, 1.0, 0.03, 0, 1, -9999.0),
    "no redshift": (14.0, 1.0, -0.01, 0, 1, 10.5),
    "no place": (-9999.0, -9999.0, 0.03, 0, 1, 10.5),
}


def write_mpa_jhu(folder, rows, order=slice(None)):
    names = ("RA", "DEC", "Z", "Z_WARNING", "RELIABLE", "LGM_TOT_P50")
    table = Table(rows=list(rows), names=names, dtype=("f4", "f4", "f4", "i2", "i2", "f4"))
    table["SPECOBJID"] = [f"{29948967744 + k:>22d}" for k in range(len(table))]
    table[["SPECOBJID", *names[:-1]]].write(folder / "galSpecInfo-dr8.fits")
    table[order][["SPECOBJID", "LGM_TOT_P50"]].write(folder / "galSpecExtra-dr8.fits")


def write_hart(path, *rows, prefix=""):
    names = ("dr7objid", "ra", "dec", "p_bar", "psi_sparcfire", "psi_gz2", "logMstar")
    full = [(objid, ra, dec, 0.1, -999.0, 18.4, mass) for objid, ra, dec, mass in rows]
    pd.DataFrame(full, columns=[prefix + name for name in names]).to_csv(path, index=False)


def test_published_cuts_on_mpa_jhu_masses_as_fits_and_csv(folder):
    names = ("ra", "dec", "z", "z_warning", "reliable", "lgm_tot_p50")
    rows = [dict(zip(names, row, strict=True)) for row in SPECTRA.values()]
    write(folder / "masses.csv", rows, first="#Table1\n")
    from_csv, rejected = gz2.load_masses(folder)
    write_mpa_jhu(folder, SPECTRA.values())
    from_fits, again = gz2.load_masses(folder)
    assert from_fits.meta["table"] == "galSpecExtra-dr8.fits"
    for masses in (from_csv, from_fits):
        assert masses["ra"].tolist() == [10]
        assert masses["log_mass"].tolist() == [10.5]
        assert masses["redshift"][0] == pytest.approx(0.03)
    assert rejected["reason"].tolist() == again["reason"].tolist()
    assert rejected["reason"].tolist() == [
        f"{reason}, received 1 rows without" for reason in gz2_masses.CUTS
    ]


def test_masses_of_other_spectra_are_not_taken(folder):
    write_mpa_jhu(folder, [SPECTRA["good"], SPECTRA["warned"]], order=[1, 0])
    with pytest.raises(ArchiveError, match="expected the spectra of galSpecInfo"):
        gz2.load_masses(folder)
    for path in folder.iterdir():
        path.unlink()
    write_mpa_jhu(folder, [SPECTRA["good"], SPECTRA["warned"]], order=[0])
    with pytest.raises(ArchiveError, match="received 1 and 2"):
        gz2.load_masses(folder)


def test_masses_of_spirals_and_of_the_match(folder):
    write_hart(folder / "hart2017.csv", (DR7, 10.0, 1.0, 10.2), (DR7 + 1, 11.0, 1.0, -999.0))
    write_hart(folder / "a_match.csv", (DR7, 10.0, 1.0, 10.3), prefix="hart17_")
    masses, rejected = gz2.load_masses(folder, "hart2017.csv")
    assert masses["objid"].tolist() == [DR7]
    assert masses["log_mass"].tolist() == [10.2]
    assert np.isnan(masses["redshift"]).all()
    assert rejected["name"].tolist() == [str(DR7 + 1)]
    assert gz2.load_masses(folder, "a_match.csv")[0]["log_mass"].tolist() == [10.3]
    with pytest.raises(ArchiveError, match=r"named other.csv, received"):
        gz2.load_masses(folder, "other.csv")
    write_hart(folder / "hart2017.csv", (DR7, 10.0, 1.0, -999.0))
    with pytest.raises(ArchiveError, match="hart2017.csv: expected masses"):
        gz2.load_masses(folder, "hart2017.csv")


def test_a_galaxy_takes_the_mass_nearest_on_the_sky(folder):
    arcsec = 1 / 3600
    places = [(359.9999, 0.0), (20.0, 60.0), (30.0, 0.0)]
    rows = [(k + 1, SPIRAL, *place) for k, place in enumerate(places)]
    write(folder / "gz2_table5.csv", galaxies("table5", *rows))
    write_hart(
        folder / "hart2017.csv",
        (11, 0.0001, 0.0, 9.1),  # 0.7 arcsec on, beyond the zero of right ascension
        (12, 20.0 + 5 * arcsec, 60.0, 9.2),  # 2.5 arcsec, as circles of declination shrink
        (13, 20.0 + 3 * arcsec, 60.0, 9.3),  # 1.5 arcsec
        (14, 30.0, 3.1 * arcsec, 9.4),
    )
    votes, masses = gz2.load_votes(folder)[0], gz2.load_masses(folder)[0]
    joined = gz2.join_masses(votes, masses)
    np.testing.assert_array_equal(joined["log_mass"], [9.1, 9.3, np.nan])
    votes["ra"] = np.nan
    assert np.isnan(gz2.join_masses(votes, masses)["log_mass"]).all()


@pytest.fixture
def archive(folder, monkeypatch):
    """Four galaxies: image by asset, by objid, damaged, none."""
    monkeypatch.setattr(gz2, "FEWEST", 2)
    monkeypatch.setenv("GALUTILS_MOCK", str(folder.parent / "mock"))
    rows = [(DR7 + k, SPIRAL, 10.0 + k, 1.0) for k in range(4)]
    write(folder / "zoo2MainSpecz.csv", galaxies("skyserver", *rows))
    pairs = [{"objid": DR7 + k, "sample": "original", "asset_id": 12 + k} for k in (0, 2, 3)]
    write(folder / gz2.MAPPING, pairs)
    write_mpa_jhu(folder, SPECTRA.values())
    put(folder, "images_gz2/images/12.jpg", jpeg((200, 100, 50)))
    put(folder, f"images_objid/{DR7 + 1}.jpg", jpeg((10, 20, 30)))
    put(folder, "images_gz2/images/14.jpg", jpeg()[:300])
    return folder.parent


def test_votes_masses_and_images_make_a_sample(archive, tmp_path):
    sample, rejected = gz2.load(archive)
    files = ["images_gz2/images/12.jpg", f"images_objid/{DR7 + 1}.jpg", "images_gz2/images/14.jpg"]
    assert sample["file"].tolist() == [*files, ""]
    np.testing.assert_array_equal(sample["log_mass"], [10.5, np.nan, np.nan, np.nan])
    about = {"source": "archive", "form": "skyserver", "masses": gz2_masses.MPA_JHU}
    assert sample.meta.items() >= about.items()
    assert set(rejected["name"]) == {"galSpecExtra-dr8.fits"}
    pictures, damaged = gz2.with_images(sample, side=8, crop=224, root=archive)
    assert pictures["objid"].tolist() == [DR7, DR7 + 1]
    np.testing.assert_allclose(pictures["image"][1].mean(axis=(0, 1)), (10, 20, 30), atol=3)
    assert damaged["name"].tolist() == [str(DR7 + 3), files[2]]
    samples.write(pictures, tmp_path / "sample.fits")
    back = samples.read(tmp_path / "sample.fits")
    np.testing.assert_array_equal(back["image"], pictures["image"])
    assert back["objid"].tolist() == [DR7, DR7 + 1]
    assert back.meta == pictures.meta


def test_the_mock_stands_in_where_images_are_few(archive, monkeypatch):
    monkeypatch.setattr(gz2, "FEWEST", 4)
    assert gz2.load_catalogue(archive)[0].meta["source"] == "archive"
    with pytest.raises(ArchiveError, match="expected files of the gz2 archive"):
        gz2.load(archive, source="archive")
    with pytest.raises(ArchiveError, match="expected a mock archive"):
        gz2.load(archive)
    (archive / "mock").mkdir()
    (archive / "gz2").rename(archive / "mock" / "gz2")
    (archive / "mock" / "gz2" / "MANIFEST.json").write_text('{"seed": 7}')
    sample, _ = gz2.load(archive)
    assert (sample.meta["source"], sample.meta["seed"]) == ("mock", 7)
    assert len(gz2.with_images(sample, side=4)[0]) == 2


def test_images_of_another_kind_do_not_go_with_the_votes(archive):
    (archive / "gz2" / gz2.MAPPING).unlink()
    assert not gz2.complete(archive / "gz2")  # one image by objid is left
    write(archive / "gz2" / "training_solutions_rev1.csv", [kaggle(12), kaggle(13)])
    for number in (12, 77):
        put(archive / "gz2", f"images_kaggle/{number}.jpg", jpeg())
    assert gz2.complete(archive / "gz2", "kaggle")
    sample, _ = gz2.load(archive, form="kaggle")
    assert sample["file"].tolist() == ["images_kaggle/12.jpg", ""]
    assert np.isnan(sample["log_mass"]).all()


def test_images_of_none_of_the_galaxies_are_an_error(archive):
    write(archive / "gz2" / "zoo2MainSpecz.csv", galaxies("skyserver", (5, SPIRAL)))
    with pytest.raises(ArchiveError, match=r"images of the galaxies in zoo2MainSpecz.csv"):
        gz2.load(archive)


def test_images_of_a_folder_need_no_votes(folder, tmp_path, monkeypatch):
    put(folder, "sorted/2arms/5.jpg", jpeg((200, 100, 50)))
    put(folder, f"sorted/smooth/{DR7}.jpg", jpeg((10, 20, 30)))
    put(folder, "sorted/smooth/5.jpg", jpeg())
    put(folder, "sorted/2arms/6.jpg", jpeg()[:300])
    put(folder, "sorted/7.jpg", jpeg((1, 2, 3)))
    put(folder, "other/8.jpg", jpeg())
    sample, rejected = gz2.load_images("sorted", tmp_path, side=8, crop=224)
    files = ["2arms/5.jpg", "7.jpg", f"smooth/{DR7}.jpg"]
    assert sample.colnames == ["file", "group", "id", "image"]
    assert sample["file"].tolist() == files
    assert sample["group"].tolist() == ["2arms", "", "smooth"]
    assert sample["id"].tolist() == [5, 7, DR7]
    assert (sample["image"].shape, sample["image"].dtype) == ((3, 8, 8, 3), np.uint8)
    colours = sample["image"].mean(axis=(1, 2))
    np.testing.assert_allclose(colours, [(200, 100, 50), (1, 2, 3), (10, 20, 30)], atol=3)
    assert set(rejected["name"]) == {"smooth/5.jpg", "2arms/6.jpg"}
    assert (sample.meta["source"], sample.meta["release"]) == ("archive", "images of sorted")
    # a mock stands in for a folder that the archive does not have, and says so
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    put(tmp_path / "mock" / "gz2", "drawn/9.jpg", jpeg())
    (tmp_path / "mock" / "gz2" / "MANIFEST.json").write_text('{"seed": 7}')
    sample, _ = gz2.load_images("drawn", tmp_path, side=8)
    assert (sample.meta["source"], sample.meta["seed"]) == ("mock", 7)


def test_a_folder_without_images_is_an_error(folder, tmp_path, monkeypatch):
    put(folder, "damaged/6.jpg", jpeg()[:300])
    with pytest.raises(ArchiveError, match=r"damaged: expected images, received none that can"):
        gz2.load_images("damaged", tmp_path)
    with pytest.raises(ArchiveError, match="expected files of the gz2 archive"):
        gz2.load_images("absent", tmp_path, source="archive")
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    (tmp_path / "mock" / "gz2").mkdir(parents=True)
    with pytest.raises(ArchiveError, match=r"absent: expected a folder of images, received none"):
        gz2.load_images("absent", tmp_path)


@needs_real
def test_the_real_masses_join_by_position():
    spirals, _ = gz2.load_masses(REAL, "hart2017_spirals_mass.csv")
    matched, _ = gz2.load_masses(REAL, "gz2_table5_stellar_mass_match.csv")
    assert (len(spirals), len(matched)) == (6222, 236)
    sample, _ = gz2.load_catalogue(REAL.parent, source="archive", form="table5")
    with_mass = sample[np.isfinite(sample["log_mass"])]
    np.testing.assert_allclose(np.sort(with_mass["log_mass"]), np.sort(matched["log_mass"]))


@needs_real
def test_the_real_images():
    listing, rejected = gz2.list_images(REAL)
    assert (len(listing), len(rejected)) == (1270, 0)
    assert np.unique(listing["group"]).tolist() == ["2arms", "5arms", "images_kaggle", "smooth"]
    files = listing["file"][listing["group"] == "5arms"]
    images, good, _ = gz2.read_images(REAL, files, side=32, crop=224)
    assert len(good) == len(files) == 17
    middle, edge = images[:, 14:18, 14:18].mean(), images[:, :4].mean()
    assert middle > 3 * edge


@needs_real
def test_the_real_folders_of_images():
    sample, rejected = gz2.load_images("images_arm_number", REAL.parent, "archive", 32, 224)
    assert (len(sample), len(rejected)) == (70, 0)
    names, counts = np.unique(sample["group"], return_counts=True)
    assert (names.tolist(), counts.tolist()) == (["2arms", "5arms", "smooth"], [27, 17, 26])
    assert np.unique(sample["id"]).size == 70
    expected, *_ = gz2.read_images(REAL / "images_arm_number", sample["file"][:1], 32, 224)
    np.testing.assert_array_equal(sample["image"][:1], expected)
    others, rejected = gz2.load_images("images_kaggle", REAL.parent, "archive", 32)
    assert (len(others), len(rejected)) == (1200, 0)
    assert set(others["group"]) == {""}
    assert np.all(others["image"].max(axis=(1, 2, 3)) > 40)  # no image is empty
