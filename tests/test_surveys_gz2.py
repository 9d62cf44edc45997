"""The Galaxy Zoo 2 readers, on an archive written here, and once on the real one."""

import gzip
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from PIL import Image

from galutils import sample as samples
from galutils.surveys import ArchiveError, gz2, gz2_csv, gz2_masses, gz2_tree, gz2_votes

# Published names of tasks and answers
TASKS = {
    1: ("smooth_or_features", {1: "smooth", 2: "features_or_disk", 3: "star_or_artifact"}),
    2: ("edgeon", {4: "yes", 5: "no"}),
    3: ("bar", {6: "bar", 7: "no_bar"}),
    4: ("spiral", {8: "spiral", 9: "no_spiral"}),
    5: (
        "bulge_prominence",
        {10: "no_bulge", 11: "just_noticeable", 12: "obvious", 13: "dominant"},
    ),
    6: ("odd", {14: "yes", 15: "no"}),
    7: ("rounded", {16: "completely_round", 17: "in_between", 18: "cigar_shaped"}),
    8: (
        "odd_feature",
        {19: "ring", 20: "lens_or_arc", 21: "disturbed", 22: "irregular"}
        | {23: "other", 24: "merger", 38: "dust_lane"},
    ),
    9: ("bulge_shape", {25: "rounded", 26: "boxy", 27: "no_bulge"}),
    10: ("arms_winding", {28: "tight", 29: "medium", 30: "loose"}),
    11: (
        "arms_number",
        {31: "1", 32: "2", 33: "3", 34: "4", 36: "more_than_4", 37: "cant_tell"},
    ),
}
ANSWERS = {
    f"t{q:02d}_a{a:02d}": f"t{q:02d}_{task}_a{a:02d}_{name}"
    for q, (task, names) in TASKS.items()
    for a, name in names.items()
}
SPIRAL = {"t01_a02": 40, "t01_a01": 10, "t02_a05": 40, "t04_a08": 30, "t04_a09": 10}
SPIRAL |= {"t10_a29": 30, "t11_a32": 27, "t11_a37": 3, "t05_a11": 40, "t06_a15": 50}
SMOOTH = {"t01_a01": 44, "t01_a03": 1, "t07_a17": 44, "t06_a15": 44}
DR7, COADD = 587722981736120347, 8647474690312307154
REAL = Path(os.environ.get("GALUTILS_DATA", "")) / "gz2"
needs_real = pytest.mark.skipif(
    not (REAL / "gz2_table5_stripe82_coadd.csv.gz").is_file(), reason="the real data are not there"
)


def voted(counts):
    """Six published columns for each answer, from votes; debiased is the fraction less 0.01."""
    row = {}
    for key, stem in ANSWERS.items():
        total = sum(counts.get(other, 0) for other in ANSWERS if other[:3] == key[:3])
        count = counts.get(key, 0)
        fraction = round(count / total, 3) if total else 0.0
        values = (count, float(count), fraction, fraction, max(fraction - 0.01, 0), 0)
        kinds = ("count", "weight", "fraction", "weighted_fraction", "debiased", "flag")
        row |= {f"{stem}_{kind}": value for kind, value in zip(kinds, values, strict=True)}
    return row


def identity(form, number, ra=150.0, dec=2.0):
    place = {"ra": ra, "dec": dec}
    texts = {"rastring": "10:00:00.00", "decstring": "+02:00:00.0", "sample": "original"}
    return {
        "skyserver": {"specobjid": 5, "dr8objid": number + 7, "dr7objid": number} | place | texts,
        "coadd": {"specobjid": 5, "stripe82objid": number, "dr8objid": 7, "dr7objid": 9} | place,
        "hart": {"dr7objid": number} | place | texts | {"gz2_class": "Sc2m"},
        "table5": {"objid": number, "sample": "stripe82_c"} | place,
    }[form] | {"total_classifications": 50, "total_votes": 300}


def galaxies(form, *rows):
    """Rows of a form from (number, counts) or (number, counts, ra, dec)."""
    return [identity(form, number, *place) | voted(counts) for number, counts, *place in rows]


def write(path, rows, first="", **changes):
    text = pd.DataFrame(rows).rename(columns=changes).to_csv(index=False)
    data = (first + text).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def kaggle(number, **probabilities):
    names = [f"Class{q}.{k + 1}" for q, (_, answers) in TASKS.items() for k in range(len(answers))]
    return {"GalaxyID": number} | dict.fromkeys(names, 0.0) | probabilities


def jpeg(colour=(30, 20, 10), size=(424, 424), mode="RGB", kind="JPEG", patch=None):
    image = Image.new(mode, size, colour)
    if patch:
        image.paste(patch[1], patch[0])
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def put(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "gz2"
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("form", "identifiers", "name", "first"),
    [
        ("skyserver", "skyserver", "zoo2MainSpecz.csv", "#Table1\n"),
        ("skyserver", "skyserver", "zoo2MainSpecz.csv.gz", ""),
        ("skyserver", "coadd", "zoo2Stripe82Coadd1.csv", ""),
        ("hart", "hart", "gz2_hart16.csv", ""),
        ("table5", "table5", "gz2_table5.csv.gz", ""),
    ],
)
def test_every_form_gives_the_same_columns(folder, form, identifiers, name, first):
    write(folder / name, galaxies(identifiers, (COADD, SPIRAL), (DR7, SMOOTH)), first)
    votes, rejected = gz2.load_votes(folder)
    assert votes.meta["form"] == form
    assert votes.meta["debiased"] == ("Hart et al. (2016)" if form == "hart" else gz2_votes.WILLETT)
    assert len(rejected) == 0
    assert votes["objid"].tolist() == [COADD, DR7]  # more digits than a float holds
    assert votes["objid"].dtype == np.int64
    kinds = ("count", "fraction", "debiased")
    expected = [f"{key}_{kind}" for key in gz2_tree.KEYS for kind in kinds]
    assert votes.colnames == ["objid", "sample", "ra", "dec", *expected]
    assert votes["ra"].unit == votes["dec"].unit == "deg"
    spiral, smooth = votes
    assert spiral["t11_a32_count"] == 27
    assert spiral["t11_a32_fraction"] == 0.9
    assert spiral["t11_a32_debiased"] == pytest.approx(0.89)
    assert spiral["t11_a31_fraction"] == 0
    assert np.isnan(spiral["t08_a38_fraction"])
    assert np.isnan(smooth["t11_a32_fraction"])
    assert np.isnan(smooth["t11_a32_debiased"])
    assert smooth["t11_a32_count"] == 0


def test_kaggle_probabilities_become_conditional(folder):
    row = kaggle(
        100008,
        **{"Class1.1": 0.4, "Class1.2": 0.6, "Class2.2": 0.6, "Class4.1": 0.3, "Class4.2": 0.3},
        **{"Class11.2": 0.24, "Class11.6": 0.06, "Class6.1": 0.1, "Class6.2": 0.9, "Class8.7": 0.1},
    )
    write(folder / "training_solutions_rev1.csv", [row, kaggle(100023, **{"Class1.3": 1.0})])
    votes, _ = gz2.load_votes(folder)
    assert (votes.meta["form"], votes["objid"].tolist()) == ("kaggle", [100008, 100023])
    first, second = votes
    expected = {"t02_a05": 1, "t04_a08": 0.5, "t11_a32": 0.8, "t11_a37": 0.2, "t08_a38": 1}
    for key, value in expected.items():
        assert first[f"{key}_fraction"] == pytest.approx(value), key
    assert np.isnan(second["t11_a32_fraction"])
    assert np.isnan([first["ra"], first["t11_a32_count"], first["t11_a32_debiased"]]).all()
    fractions = np.array([first[f"{key}_fraction"] for key in gz2_tree.KEYS])
    probabilities = np.nan_to_num(gz2_tree.to_cumulative(fractions))
    asked = [gz2_tree.PLACE[key] for key in ("t11_a32", "t11_a37", "t04_a08", "t08_a38")]
    np.testing.assert_allclose(probabilities[asked], [0.24, 0.06, 0.3, 0.1])


def test_the_preferred_form_is_taken_and_any_can_be_asked_for(folder):
    write(folder / "training_solutions_rev1.csv", [kaggle(1)])
    write(folder / "gz2_hart16.csv", galaxies("hart", (2, SPIRAL)))
    write(folder / "gz2_table5.csv", galaxies("table5", (3, SPIRAL)))
    write(folder / "zoo2MainPhotoz.csv", galaxies("skyserver", (4, SPIRAL)))
    write(folder / "zoo2MainSpecz.csv", galaxies("skyserver", (5, SPIRAL)))
    write(folder / "match.csv", [row | {"logMstar": 10} for row in galaxies("table5", (6, SPIRAL))])
    write(folder / "gz2_filename_mapping.csv", [{"objid": 7, "sample": "extra", "asset_id": 1}])
    assert list(gz2.find_votes(folder)) == ["skyserver", "hart", "table5", "kaggle"]
    assert gz2.load_votes(folder)[0]["objid"].tolist() == [5]
    read = {form: gz2.load_votes(folder, form)[0]["objid"][0] for form in gz2_votes.FORMS}
    assert read == {"skyserver": 5, "hart": 2, "table5": 3, "kaggle": 1}
    with pytest.raises(ValueError, match="hart17"):
        gz2.load_votes(folder, "hart17")


def test_bad_rows_are_rejected_and_the_rest_goes_on(folder):
    rows = galaxies("table5", *((number, SPIRAL) for number in range(1, 10)))
    rows[1]["t11_arms_number_a32_2_debiased"] = "many"
    rows[2]["objid"] = "5.87e17"
    rows[3]["ra"] = 400
    rows[4]["objid"] = 1
    rows[5]["t04_spiral_a08_spiral_count"] = np.inf
    rows[6]["t11_arms_number_a31_1_weighted_fraction"] = -999.0
    rows[7]["t11_arms_number_a31_1_debiased"] = "NULL"
    path = folder / "gz2_table5.csv"
    write(path, rows)
    lines = path.read_text().splitlines()
    lines[9] += ",1"
    path.write_text("\n".join([*lines[:3], "", *lines[3:]]) + "\n")
    votes, rejected = gz2.load_votes(folder)
    assert votes["objid"].tolist() == [1, 7, 8]
    assert np.isnan(votes["t11_a31_fraction"][1])
    assert votes["t11_a32_fraction"][1] == 0.9
    assert np.isnan(votes["t11_a31_debiased"][2])
    reasons = dict(zip(rejected["name"], rejected["reason"], strict=True))
    assert reasons.keys() == {
        *(f"gz2_table5.csv line {k}" for k in (3, 5, 8, 11)),
        "4",
        "1",
    }
    assert "received many" in reasons["gz2_table5.csv line 3"]
    assert "received 5.87e17" in reasons["gz2_table5.csv line 5"]
    assert "received inf" in reasons["gz2_table5.csv line 8"]
    assert "received 229" in reasons["gz2_table5.csv line 11"]
    assert "400" in reasons["4"]
    assert "repeated" in reasons["1"]


def test_a_table_that_cannot_be_used_is_named(folder):
    with pytest.raises(ArchiveError, match="expected a vote table"):
        gz2.load_votes(folder)
    rows = galaxies("table5", (1, SPIRAL))
    missing = "t11_arms_number_a36_more_than_4_debiased"
    path = folder / "gz2_table5.csv"
    write(path, [{k: v for k, v in row.items() if k != missing} for row in rows])
    with pytest.raises(ArchiveError, match=r"gz2_table5.csv.*without t11_a36_..._debiased"):
        gz2.load_votes(folder)
    write(path, [row | {"objid": "none"} for row in rows])
    with pytest.raises(ArchiveError, match=r"gz2_table5.csv: expected rows, received 1"):
        gz2.load_votes(folder)
    path.unlink()
    data = gzip.compress(pd.DataFrame(rows * 200).to_csv(index=False).encode())
    (folder / "gz2_table5.csv.gz").write_bytes(data[:-20])
    with pytest.raises(ArchiveError, match=r"gz2_table5.csv.gz: expected a CSV table"):
        gz2.load_votes(folder)
    with pytest.raises(ArchiveError, match=r"found none|No such file"):
        gz2_csv.read(folder / "absent.csv", ["ra"])


def test_the_mapping_keeps_the_first_image_of_an_object(folder):
    rows = [(DR7, "original", 1), (COADD, "stripe82_coadd_1", 2), (COADD, "stripe82_coadd_2", 3)]
    names = ("objid", "sample", "asset_id")
    write(folder / gz2.MAPPING, [dict(zip(names, row, strict=True)) for row in rows])
    mapping, rejected = gz2.load_mapping(folder)
    assert [tuple(row) for row in mapping] == rows[:2]
    assert rejected["name"].tolist() == [str(COADD)]


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
    expected = {"2": "whole", "3": "whole", "4": "200x200", "5": "received L", "6": "found none"}
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
    assert rejected["reason"].tolist() == [f"1 rows: {reason}" for reason in gz2_masses.CUTS]


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
    with pytest.raises(ArchiveError, match=r"named other.csv, found none"):
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


def test_questions_are_counted_by_how_many_were_asked(folder):
    few = {"t01_a01": 5, "t07_a17": 4, "t06_a15": 9}
    rows = ((1, SPIRAL), (2, SMOOTH), (3, few), (4, SPIRAL | {"t11_a32": 7}))
    write(folder / "gz2_table5.csv", galaxies("table5", *rows))
    votes, _ = gz2.load_votes(folder)
    found = gz2_votes.asked(votes)
    assert found["task"].tolist() == [f"{k:02d}" for k in range(1, 12)]
    assert found["question"][10] == "How many spiral arms are there?"
    by_task = {row["task"]: (row["share"], row["votes"]) for row in found}
    assert by_task["01"] == (1, 47.5)  # of 50, 45, 5 and 50
    assert by_task["04"] == (0.5, 40)
    assert by_task["07"] == (0.5, 24)
    assert by_task["11"] == (0.5, 20)  # of 30 and 10
    assert by_task["08"][0] == 0 and np.isnan(by_task["08"][1])
    least = gz2_votes.asked(votes, least=10)
    assert (least["share"][6], least["votes"][6]) == (0.25, 44)
    assert (least["share"][5], least["votes"][5]) == (0.75, 50)


def test_kaggles_volunteers_cannot_be_counted(folder):
    write(folder / "training_solutions_rev1.csv", [kaggle(1, **{"Class1.1": 1.0})])
    found = gz2_votes.asked(gz2.load_votes(folder)[0])
    assert set(found["share"]) == {0} and np.isnan(found["votes"]).all()


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
    with pytest.raises(ArchiveError, match=r"damaged: expected images, found none that can"):
        gz2.load_images("damaged", tmp_path)
    with pytest.raises(ArchiveError, match="expected files of the gz2 archive"):
        gz2.load_images("absent", tmp_path, source="archive")
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    (tmp_path / "mock" / "gz2").mkdir(parents=True)
    with pytest.raises(ArchiveError, match=r"absent: expected a folder of images, found none"):
        gz2.load_images("absent", tmp_path)


@needs_real
def test_the_real_votes_are_conditional_fractions():
    votes, rejected = gz2.load_votes(REAL, "table5")
    assert (len(votes), len(rejected)) == (19761, 0)
    assert votes["objid"].min() > 2**60
    for question in gz2_tree.QUESTIONS:
        names = gz2_tree.keys(question.number)
        fractions = np.stack([votes[f"{name}_fraction"] for name in names], axis=1)
        asked = np.isfinite(fractions).all(axis=1)
        np.testing.assert_allclose(fractions[asked].sum(axis=1), 1, atol=0.0025)
        counts = np.sum([votes[f"{name}_count"] for name in names], axis=0)
        assert not np.isfinite(fractions[counts == 0]).any()
    # As many answered a question as gave the answers before it: the tree is the one they saw.
    for name, before in (("t04", "t02_a05"), ("t11", "t04_a08"), ("t09", "t02_a04")):
        answers = [key for key in gz2_tree.KEYS if key.startswith(name)]
        asked = np.sum([votes[f"{key}_count"] for key in answers], axis=0)
        assert np.mean(np.abs(asked - votes[f"{before}_count"]) <= 1) > 0.99, name


@needs_real
def test_cumulative_probabilities_of_the_real_votes_are_shares_of_all_volunteers():
    votes, _ = gz2.load_votes(REAL, "table5")
    fractions = np.stack([votes[f"{key}_fraction"] for key in gz2_tree.KEYS], axis=1)
    cumulative = gz2_tree.to_cumulative(fractions)
    total = np.sum([votes[f"{key}_count"] for key in gz2_tree.keys(1)], axis=0)
    for key in ("t11_a32", "t05_a12", "t09_a25"):
        share = votes[f"{key}_count"] / total
        difference = np.abs(cumulative[:, gz2_tree.PLACE[key]] - share)
        # but for votes of little weight, which the counts do not know
        assert np.nanquantile(difference, 0.9) < 0.02, key


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


@needs_real
def test_the_real_volunteers_were_asked_as_the_tree_says():
    votes, _ = gz2.load_votes(REAL, "table5")
    found = gz2_votes.asked(votes, least=5)
    share = dict(zip(found["task"].tolist(), found["share"].tolist(), strict=True))
    assert share["01"] == 1
    # a question is reached by fewer than the one before it
    for first, then in (("01", "02"), ("02", "03"), ("04", "10"), ("06", "08")):
        assert share[first] > share[then]
    assert abs(share["10"] - share["11"]) < 0.01
    assert 10 < found["votes"][0] < 60
