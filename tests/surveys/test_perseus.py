"""The Perseus reader, on an archive written here, and once on the real one."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from galutils.physics import photometry
from galutils.scores import binary
from galutils.store import sample
from galutils.store.files import ArchiveError
from galutils.surveys import perseus, skyserver
from galutils.surveys.perseus import crossmatch as perseus_crossmatch
from galutils.surveys.perseus import cutouts as perseus_cutouts
from galutils.surveys.perseus import objects as perseus_objects
from galutils.surveys.perseus import selection as perseus_selection
from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019

PHOTOMETRY = "u_g,g_z,g_r,g_i,r_i,r_z,petroRad_r"
CROSSMATCH = f"name,labels,reds,objID,type,ra,dec,modelMag_r,{PHOTOMETRY}"
SPECTROSCOPIC = (
    f"objID,ra,dec,R_mag,{PHOTOMETRY},flags,flag_text,specObjID,z,zErr,zWarning,class,distance"
)
SEARCH = f"objID,ra,dec,R_mag,{PHOTOMETRY},specObjID,z,zErr,zWarning,distance"
COLOURS = "1.5,1.4,0.9,1.2,0.3,0.5,4.5"
LTG = "Cluster or background LTG"
DWARF = "Likely dE/ETGcluster candidate         Nucleated"
MERGING = "Likely merging system"
ARC = 1 / 3600  # deg


def png(colour=(30, 20, 10), mode="RGB", size=(200, 200), kind="PNG"):
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, kind)
    return buffer.getvalue()


def pcc(number, ra, dec, v_mag, words, **changes):
    numbers = [ra, dec, v_mag, 0.04, 1.44, "N/A", 20.8, 1.07, 0.5, "N/A", "N/A", 0.41, 0]
    line = " ".join(str(value) for value in [*numbers, 0.7, "N/A", 0.6, 0.3])
    return f"N/A  PCC-{number:04d}  {line}   {words}      http://example.org/?ID={number}"


def spectrum(objid, ra, dec, redshift, kind="GALAXY", r=17.0):
    return f"{objid},{ra},{dec},{r},{COLOURS},4096,CR ,{objid + 5},{redshift},1e-5,0,{kind},9.5"


def found(objid, ra, dec, redshift, distance, specobjid=None):
    return (
        f"{objid},{ra},{dec},17.5,{COLOURS},{specobjid or objid},{redshift},1e-5,0,{distance:.2f}"
    )


def matched(name, label, reds, objid, ra, dec, kind="GALAXY"):
    return f"{name},{label},{reds},{objid},{kind},{ra},{dec},18.5,{COLOURS}"


FILES = {
    perseus.CATALOGUE: [
        pcc(1, 49.9, 41.5, 17.5, DWARF),
        pcc(2, 49.91, 41.5, 18.0, LTG),
        pcc(3, 49.92, 41.5, 19.4, MERGING),
        pcc(4, 49.93, 41.5, 19.0, DWARF),
        pcc(5, 49.94, 41.5, 19.41, LTG),
        pcc(6, 49.95, 41.5, 19.3, LTG),
    ],
    perseus.CROSSMATCH: [
        CROSSMATCH,
        matched("PCC-0001", 1, 12.5, 9001, 49.9 + 0.3 * ARC, 41.5),
        matched("PCC-0002", 0, 3.25, 9002, 49.91, 41.5 + 50 * ARC),
        matched("PCC-0004", 1, 4.0, 9004, 49.93, 41.5, kind="STAR"),
        matched("PCC-0004", 1, 4.0, 9004, 49.93, 41.5),
        matched("PCC-0777", 1, 4.0, 9005, 49.95, 41.5),
    ],
    perseus.SPECTROSCOPIC: [
        "#Table1",
        SPECTROSCOPIC,
        spectrum(1237661059574334001, 49.9299876, 41.5000512, 0.0594),  # PCC-0004 again
        spectrum(1237661059574334002, 50.1000123, 41.2000456, 0.0181),
        spectrum(1237661059574334003, 50.2000123, 41.2000456, -0.0002, "STAR"),
    ],
    perseus.SEARCH: [
        SEARCH,
        found(1237661059574334001, 49.9299876, 41.5000512, 0.0594, 1),
        found(1237661059574334002, 50.1000123, 41.2000456, 0.0181, 20),
        found(1237661059574334003, 50.2000123, 41.2000456, -0.0002, 22),
        found(1237661059574334004, 50.3, 41.3, 0.02, 24),
        found(1237661059574334004, 50.3, 41.3, 0.02, 24, 55),
        found(1237661059574334005, 49.0, 42.0, 0.0099, 55),
        found(1237661059574334006, 49.0, 42.2, 0.0101, 60),
        found(1237661059574334007, 49.0, 42.3, "null", 61),
    ],
}
CUTOUTS = {
    "sdss_ra=49.9_dec=41.5-label=1.png": png(),
    "sdss_ra=49.91_dec=41.5-label=1.png": png(),  # the catalogue says background
    "sdss_ra=49.93_dec=41.5-label=1.png": png(),
    "sdss_ra=49.9299876_dec=41.5000512-label=0.png": png((1, 2, 3)),
    "sdss_objid=1237661059574334002-label=1.png": png(kind="JPEG"),
    "sdss_ra=50.2000123_dec=41.2000456-label=0.png": png(),
}


@pytest.fixture
def archive(tmp_path):
    """Archive of the files above, which a test may change."""
    folder = tmp_path / "perseus"
    for name, lines in FILES.items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("\n".join(lines))
    (folder / perseus.TRAINING).mkdir()
    for name, content in CUTOUTS.items():
        (folder / perseus.TRAINING / name).write_bytes(content)
    return folder


def training(archive):
    table, rejected = perseus.load_training(archive.parent, source="archive")
    table.add_index("file")
    return table, dict(zip(rejected["name"], rejected["reason"], strict=True))


def independent(archive):
    table, rejected = perseus.load_independent(archive.parent, source="archive")
    return table, dict(zip(rejected["name"], rejected["reason"], strict=True))


def append(path, *lines):
    path.write_text("\n".join([path.read_text(), *lines]))


def test_catalogue_columns_classes_and_labels(archive):
    catalogue, rejected = perseus.load_catalogue(archive.parent)
    assert catalogue["pcc"].tolist() == [f"PCC-000{k}" for k in range(1, 7)]
    assert catalogue["label"].tolist() == [1, 0, -1, 1, 0, 0]
    assert catalogue["class_name"].tolist()[:3] == [
        "likely cluster early type",
        "late type",
        "merging",
    ]
    assert catalogue["nucleation"].tolist()[:3] == ["Nucleated", "", ""]
    first = catalogue[0]
    assert (first["ra"], first["dec"], first["v_mag"], first["r50"]) == (49.9, 41.5, 17.5, 1.44)
    assert (first["sersic_n"], first["axis_ratio"], first["extinction_v"]) == (1.07, 0.5, 0.41)
    assert np.isnan([first["r50_error"], first["position_angle"], first["aperture_colour_2"]]).all()
    assert str(catalogue["v_mag"].unit) == "mag"
    assert len(rejected) == 0
    assert catalogue.meta["source"] == "archive"


def test_catalogue_words_of_all_classes(tmp_path):
    notes = [note for note in perseus_wittmann2019.NUCLEI if note]
    words = [
        *perseus_wittmann2019.CLASSES,
        *(f"Possible dE/ETGcluster candidate  {n}" for n in notes),
    ]
    lines = [pcc(k, 49, 41, 20, phrase) for k, phrase in enumerate(words, start=1)]
    (tmp_path / "catalogue.txt").write_text("\n".join(lines))
    catalogue, rejected = perseus_wittmann2019.read(tmp_path / "catalogue.txt")
    assert catalogue["label"].tolist() == [0, 0, 0, 1, -1, 1, 0, 1, 1, 1, 1]
    assert len(set(catalogue["class_name"])) == 7
    assert catalogue["nucleation"].tolist()[7:] == notes
    assert len(rejected) == 0


def test_malformed_catalogue_lines_are_rejected(archive):
    append(
        archive / perseus.CATALOGUE,
        "",
        pcc(7, 49, 41, 20, LTG).replace("0.04", "0.04 0.05"),
        pcc(8, 49, 41, "bright", LTG),
        pcc(9, 49, "N/A", 20, LTG),
        pcc(10, 49, 41, "nan", LTG),
        pcc(11, 49, 41, 20, "Cluster or background spiral"),
        pcc(12, 49, 41, 20, "Likely dE/ETGcluster candidate  Twice nucleated"),
        pcc(1, 49, 41, 20, LTG),
        "N/A  PCC-0013 49.1 41.2",
        pcc(14, 49, 41, 20, LTG),
    )
    catalogue, rejected = perseus.load_catalogue(archive.parent)
    assert catalogue["pcc"].tolist()[6:] == ["PCC-0014"]
    reasons = dict(zip(rejected["name"], rejected["reason"], strict=True))
    expected = {
        8: "17 numbers, received 18",
        9: "bright",
        10: "expected a position",
        11: "expected a number or N/A, received nan",
        12: "one of the seven classes",
        13: "received 'Twice nucleated'",
        14: "PCC-0001: expected a new name",
        15: "expected name, numbers, class and address",
    }
    assert list(reasons) == [f"{perseus.CATALOGUE} line {line}" for line in expected]
    for part, reason in zip(expected.values(), reasons.values(), strict=True):
        assert part in reason


def test_catalogue_without_an_object(archive):
    (archive / perseus.CATALOGUE).write_text("<html>404</html>\n")
    with pytest.raises(ArchiveError, match=r"wittmann2019\.txt: expected objects, received none"):
        perseus.load_catalogue(archive.parent)


def test_cutouts_are_named_by_position_or_identifier(archive):
    table, rejected = perseus.read_cutouts(archive / perseus.TRAINING)
    assert table["file"].tolist() == sorted(CUTOUTS)
    by_objid = table[0]
    assert by_objid["objid"] == 1237661059574334002
    assert np.isnan(by_objid["ra"])
    assert table["objid"].tolist()[1:] == [-1] * 5
    assert (table["ra"][1], table["dec"][1]) == (49.91, 41.5)
    assert table["label"].tolist() == [1, 1, 0, 1, 1, 0]
    assert table["image"].shape == (6, 200, 200, 3)
    assert table["image"].dtype == np.uint8
    assert table["image"][2, 0, 0].tolist() == [1, 2, 3]
    assert len(rejected) == 0


def test_listing_does_not_open_a_file(tmp_path):
    for name in ("sdss_ra=1.5_dec=-0.25.png", "sdss_objid=77.png"):
        (tmp_path / name).write_bytes(b"")
    listing, rejected = perseus_cutouts.list_cutouts(tmp_path)
    assert listing.colnames == ["file", "objid", "ra", "dec", "label"]
    assert listing["objid"].tolist() == [77, -1]
    assert listing["dec"].tolist()[1] == -0.25
    assert listing["label"].tolist() == [-1, -1]
    assert len(rejected) == 0


BAD_CUTOUTS = {
    "sdss_ra=49.9001_dec=41.5-label=1.png": (png()[:200], "expected a whole image"),
    "sdss_ra=49.9002_dec=41.5-label=1.png": (b"", "expected a whole image"),
    "sdss_ra=49.9003_dec=41.5-label=1.png": (b"<html></html>", "expected a whole image"),
    "sdss_ra=49.9004_dec=41.5-label=1.png": (png((9, 9, 9, 9), "RGBA"), "RGBA of 200x200"),
    "sdss_ra=49.9005_dec=41.5-label=1.png": (png(9, "L"), "received L of 200x200"),
    "sdss_ra=49.9006_dec=41.5-label=1.png": (png(size=(200, 199)), "received RGB of 200x199"),
    "sdss_ra=49.9007_dec=41.5-label=1.png": (png(kind="GIF"), "expected a whole image"),
    "sdss_ra=49.9008_dec=41.5-label=2.png": (png(), "expected a name"),
    "sdss_ra=49.9008_dec=41.5-label=1.fits": (png(), "expected a name"),
    "sdss_ra=49.9008_dec=91-label=1.png": (png(), "expected a position"),
    "sdss_objid=9999999999999999999-label=1.png": (png(), "expected an objid of 64 bits"),
    "Thumbs.db": (b"x", "expected a name"),
}


def test_bad_cutouts_are_rejected_with_a_reason(tmp_path):
    for name, (content, _) in BAD_CUTOUTS.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "sdss_ra=1_dec=1.png").mkdir()
    (tmp_path / "sdss_ra=2_dec=1.png").write_bytes(png((7, 7, 7)))
    table, rejected = perseus.read_cutouts(tmp_path)
    assert table["file"].tolist() == ["sdss_ra=2_dec=1.png"]
    assert (table["image"] == 7).all()
    reasons = dict(zip(rejected["name"], rejected["reason"], strict=True))
    assert reasons.keys() == {*BAD_CUTOUTS, "sdss_ra=1_dec=1.png"}
    for name, (_, part) in BAD_CUTOUTS.items():
        assert part in reasons[name], (name, reasons[name])


def test_folder_without_cutouts_is_named(tmp_path):
    with pytest.raises(ArchiveError, match="nowhere: expected cut-outs"):
        perseus.read_cutouts(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("none yet")
    with pytest.raises(ArchiveError, match="expected cut-outs, received 1 other files"):
        perseus.read_cutouts(tmp_path)


def test_training_sample_joins_the_tables(archive):
    table, _ = training(archive)
    assert table["file"].tolist() == sorted(CUTOUTS)
    dwarf = table.loc["sdss_ra=49.9_dec=41.5-label=1.png"]
    assert (dwarf["origin"], dwarf["pcc"], dwarf["class_name"]) == (
        "catalogue",
        "PCC-0001",
        "likely cluster early type",
    )
    assert (dwarf["r"], dwarf["g_z"], dwarf["objid"], dwarf["reds"]) == (18.5, 1.4, 9001, 12.5)
    assert np.isnan(dwarf["redshift"]) and dwarf["flags"] == -1 and not dwarf["star"]
    galaxy = table.loc["sdss_objid=1237661059574334002-label=1.png"]
    assert (galaxy["origin"], galaxy["pcc"], galaxy["class_name"]) == ("spectroscopic", "", "")
    assert (galaxy["ra"], galaxy["objid"]) == (50.1000123, 1237661059574334002)
    assert (galaxy["r"], galaxy["redshift"], galaxy["flags"]) == (17.0, 0.0181, 4096)
    assert np.isnan(galaxy["reds"])
    expected = np.hypot((50.1000123 - 49.9467) * np.cos(np.radians(41.356)), 41.5131 - 41.2000456)
    assert galaxy["distance"] == pytest.approx(60 * expected, rel=1e-3)
    assert str(table["distance"].unit) == "arcmin" and str(table["r"].unit) == "mag"
    assert table["star"].tolist() == [False, False, True, True, False, True]


def test_a_galaxy_in_both_tables_is_one_group_and_its_labels_conflict(archive):
    table, _ = training(archive)
    both = ["sdss_ra=49.93_dec=41.5-label=1.png", "sdss_ra=49.9299876_dec=41.5000512-label=0.png"]
    first, second = table.loc[both[0]], table.loc[both[1]]
    assert (first["origin"], second["origin"]) == ("catalogue", "spectroscopic")
    assert first["pcc"] == second["pcc"] == "PCC-0004"
    assert first["redshift"] == second["redshift"] == 0.0594
    assert first["group"] == second["group"]
    assert np.unique(table["group"]).size == 5
    assert set(table["file"][table["conflict"]]) == set(both)


def test_labels_that_a_table_contradicts_stay_and_are_noted(archive):
    table, _ = training(archive)
    noted = {row["file"]: row["contradiction"] for row in table if row["contradiction"]}
    assert noted == {
        "sdss_ra=49.91_dec=41.5-label=1.png": "class late type",
        "sdss_ra=49.93_dec=41.5-label=1.png": "redshift 0.0594",
        "sdss_ra=49.9299876_dec=41.5000512-label=0.png": "class likely cluster early type",
    }
    assert table.loc["sdss_ra=49.91_dec=41.5-label=1.png"]["label"] == 1


def test_photometry_of_another_object_is_not_joined(archive):
    table, reasons = training(archive)
    spiral = table.loc["sdss_ra=49.91_dec=41.5-label=1.png"]
    assert np.isnan([spiral["r"], spiral["petro_rad"]]).all()
    assert (spiral["objid"], spiral["type"], spiral["reds"]) == (-1, "", 3.25)
    assert "50.0 arcsec away" in reasons[f"{perseus.CROSSMATCH} PCC-0002"]
    assert "expected a catalogue object" in reasons[f"{perseus.CROSSMATCH} PCC-0004"]
    assert "expected a catalogue object" in reasons[f"{perseus.CROSSMATCH} PCC-0777"]
    assert len(reasons) == 3


def test_every_cutout_is_in_the_training_sample_or_rejected(archive):
    extra = {
        "sdss_ra=60.5_dec=41.5-label=1.png": "expected a table row within 1 arcsec, received",
        "sdss_objid=12345-label=1.png": "expected a table row of that objid, received none",
        "sdss_ra=49.95_dec=41.5.png": "expected a label in the name, received none",
    }
    for name in extra:
        (archive / perseus.TRAINING / name).write_bytes(png())
    (archive / perseus.TRAINING / "sdss_ra=49.94_dec=41.5-label=0.png").write_bytes(png()[:99])
    append(archive / perseus.SPECTROSCOPIC, "1,2,3")
    append(archive / perseus.CATALOGUE, "PCC-9999")
    table, reasons = training(archive)
    assert table["file"].tolist() == sorted(CUTOUTS)
    for name, part in extra.items():
        assert part in reasons[name]
    assert "whole image" in reasons["sdss_ra=49.94_dec=41.5-label=0.png"]
    assert f"{perseus.SPECTROSCOPIC} line 6" in reasons
    assert f"{perseus.CATALOGUE} line 7" in reasons


def test_training_folder_without_a_usable_cutout(archive):
    for path in (archive / perseus.TRAINING).iterdir():
        path.unlink()
    (archive / perseus.TRAINING / "sdss_objid=12345-label=1.png").write_bytes(png())
    with pytest.raises(ArchiveError, match="cutouts: expected images, received none"):
        training(archive)
    assert [objid % 10 for objid in independent(archive)[0]["objid"]] == [1, 2, 3, 4, 5, 6]


def test_training_sample_survives_a_file(archive, tmp_path):
    table, _ = perseus.load_training(archive.parent)
    sample.write(table, tmp_path / "sample.fits")
    again = sample.read(tmp_path / "sample.fits")
    assert again.colnames == table.colnames
    for name in ("image", "flags", "origin", "conflict", "contradiction", "redshift"):
        np.testing.assert_array_equal(again[name], table[name])


def test_independent_sample_leaves_training_objects_out(archive):
    table, reasons = independent(archive)
    assert [objid % 10 for objid in table["objid"]] == [4, 5, 6]
    assert table["label"].tolist() == [1, 0, 1]
    assert table["published"].tolist() == [-1, -1, -1]
    assert table["distance"].tolist() == [24, 55, 60]
    assert "image" not in table.colnames
    prefix = f"{perseus.SEARCH} objid 123766105957433400"
    assert reasons[prefix + "1"].startswith("training cut-out sdss_ra=49.9299876_")
    assert reasons[prefix + "2"] == "training cut-out sdss_objid=1237661059574334002-label=1.png"
    assert reasons[prefix + "7"] == "expected a redshift"
    assert "expected one spectrum" in reasons[f"{perseus.SEARCH} line 6"]
    assert len(reasons) == 5


def test_independent_sample_with_published_labels(archive):
    header = SEARCH + ",true_labels,pred_labels"
    lines = [found(1237661059574334006, 49.0, 42.2, 0.0101, 60) + ",1,0"]
    (archive / perseus.PREDICTIONS).write_text("\n".join([header, *lines]))
    table, _ = independent(archive)
    assert table["published"].tolist() == [-1, -1, 0]


def test_independent_sample_with_images(archive):
    folder = archive / perseus.INDEPENDENT
    folder.mkdir()
    files = {
        "sdss_objid=1237661059574334006.png": png((6, 6, 6)),
        "sdss_ra=50.3_dec=41.30001.png": png((4, 4, 4)),
        "sdss_objid=1237661059574334002.png": png(),
        "sdss_objid=1237661059574334004.png": png(),
        "sdss_ra=10_dec=10.png": png(),
        "sdss_objid=1237661059574334005.png": png()[:300],
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    table, reasons = independent(archive)
    assert [objid % 10 for objid in table["objid"]] == [4, 6]
    assert table["image"][:, 0, 0, 0].tolist() == [30, 6]
    assert "image" in table.colnames and table["image"].shape == (2, 200, 200, 3)
    assert "objid, received none" in reasons["sdss_objid=1237661059574334002.png"]
    for name in ("sdss_ra=10_dec=10.png", "sdss_ra=50.3_dec=41.30001.png"):
        assert "of its own" in reasons[name]
    assert "whole image" in reasons["sdss_objid=1237661059574334005.png"]
    assert "cut-out" in reasons[f"{perseus.SEARCH} objid 1237661059574334005"]


def test_independent_folder_without_a_cutout_of_the_sample(archive):
    (archive / perseus.INDEPENDENT).mkdir()
    (archive / perseus.INDEPENDENT / "sdss_ra=10_dec=10.png").write_bytes(png())
    with pytest.raises(ArchiveError, match="cut-outs of independent objects, received none"):
        independent(archive)


def test_bookkeeping(archive):
    folder = archive / perseus.PCC_CUTOUTS
    folder.mkdir()
    red = np.zeros((200, 200, 3), dtype=np.uint8)
    red[:101, :, 0] = 200
    buffer = io.BytesIO()
    Image.fromarray(red).save(buffer, "PNG")
    contents = {49.9: png(), 49.91: png(), 49.92: png(), 49.93: buffer.getvalue(), 49.94: png()}
    for ra, content in contents.items():
        (folder / f"sdss_ra={ra}_dec=41.5.png").write_bytes(content)
    counts = perseus_selection.bookkeeping(archive.parent)
    classes = counts.pop("class_counts")
    assert list(classes) == [name for name, _ in perseus_wittmann2019.CLASSES.values()]
    assert (classes["late type"], classes["likely cluster early type"]) == (3, 2)
    assert (classes["merging"], sum(classes.values())) == (1, 6)
    assert counts == {
        "n_catalogue": 6,
        "n_bright": 5,
        "n_cutouts": 4,
        "n_over_red": 1,
        "n_merging": 1,
        "n_kept": 2,
        "n_member": 1,
        "n_background": 1,
        "n_search": 4,
        "n_spectroscopic": 3,
        "n_rotated": {15: 30, 16: 32},
        "n_with_spectra": {15: 75, 16: 80},
    }


@pytest.mark.parametrize("name", perseus.NEEDED)
def test_incomplete_archive(archive, name, monkeypatch):
    path = archive / name
    path.rename(archive / "elsewhere")
    with pytest.raises(ArchiveError, match="expected files of the perseus archive"):
        perseus.load_training(archive.parent, source="archive")
    monkeypatch.setenv("GALUTILS_MOCK", str(archive.parent))
    (archive.parent / "none").mkdir()
    with pytest.raises(ArchiveError, match=f"received no {name}"):
        perseus.load_training(archive.parent / "none", source="mock")


def test_mock_files_are_told_by_their_folder(archive, monkeypatch):
    (archive / "MANIFEST.json").write_text('{"seed": 7}')
    monkeypatch.setenv("GALUTILS_MOCK", str(archive.parent))
    (archive.parent / "none").mkdir()
    table, _ = perseus.load_training(archive.parent / "none")
    assert (table.meta["source"], table.meta["seed"]) == ("mock", 7)
    assert "Wittmann" in table.meta["citation"]


ARCHIVE = Path(os.environ.get("GALUTILS_DATA", "nowhere")) / "perseus"
real = pytest.mark.skipif(not ARCHIVE.is_dir(), reason="GALUTILS_DATA holds no Perseus archive")


@pytest.fixture(scope="module")
def real_training():
    return perseus.load_training(source="archive")


@real
def test_real_training_sample(real_training):
    table, rejected = real_training
    assert len(table) == 391
    origins = {name: int((table["origin"] == name).sum()) for name in set(table["origin"])}
    assert origins == {"catalogue": 201, "spectroscopic": 190}
    assert np.unique(table["group"]).size == 391 - 15
    assert table["conflict"].sum() == 4
    assert (table["contradiction"] != "").sum() == 4
    assert np.array_equal(table["conflict"], table["contradiction"] != "")
    assert np.isfinite(table["r"]).sum() == 342
    assert (table["spectral_class"] == "STAR").sum() == 60
    assert len(rejected) == 26
    assert all("photometry is not joined" in reason for reason in rejected["reason"])


@real
def test_real_independent_sample(real_training):
    table, _ = perseus.load_independent(source="archive")
    published = table["published"] >= 0
    beyond = np.asarray(table["distance"]) > perseus_selection.TRAINING_RADIUS
    assert (len(table), published.sum(), beyond.sum()) == (373, 331, 330)
    assert published[beyond].all()
    agreement = (table["published"] == table["label"])[published].mean()
    assert agreement == pytest.approx(0.92, abs=0.005)
    # the four published test objects that the archive trains on are its over-red ones
    predictions, _ = skyserver.read(ARCHIVE / perseus.PREDICTIONS, required=("true_label",))
    trained = ~np.isin(predictions["objid"], table["objid"])
    assert trained.sum() == 4
    spectroscopic = real_training[0][real_training[0]["origin"] == "spectroscopic"]
    shares = photometry.red_share(spectroscopic["image"].data)
    over_red = spectroscopic["objid"][shares > photometry.OVER_RED]
    assert set(over_red) == set(predictions["objid"][trained])


@real
def test_real_red_shares_are_the_published_ones():
    matched = {
        row["name"]: row["reds"]
        for row in skyserver.read(ARCHIVE / perseus.CROSSMATCH, required=("reds",))[0]
    }
    catalogue, rejected = perseus.load_catalogue(source="archive")
    assert (len(catalogue), len(rejected)) == (5437, 0)
    folder = ARCHIVE / perseus.PCC_CUTOUTS
    listing, _ = perseus_cutouts.list_cutouts(folder)
    row, separation = perseus_crossmatch.nearest(perseus_crossmatch.coordinates(listing), catalogue)
    assert separation.arcsec.max() < 0.01
    listing["pcc"] = catalogue["pcc"][row]
    chosen = listing[[name in matched for name in listing["pcc"]]]
    assert len(chosen) == 188
    images, rejected = perseus_cutouts.read_images(
        folder, chosen[::3]
    )  # all agree; a third is quick
    assert len(rejected) == 0
    reds = [matched[name] for name in images["pcc"]]
    np.testing.assert_allclose(100 * photometry.red_share(images["image"].data), reds, atol=1e-9)


@real
def test_real_bookkeeping():
    counts = perseus_selection.bookkeeping(source="archive")
    assert list(counts["class_counts"].values()) == [384, 3008, 1049, 398, 23, 98, 477]
    assert (counts["n_catalogue"], counts["n_bright"], counts["n_search"]) == (5437, 272, 233)
    assert (counts["n_cutouts"], counts["n_over_red"], counts["n_merging"]) == (227, 15, 3)
    assert (counts["n_member"], counts["n_background"]) == (93, 116)
    assert counts["n_rotated"][15] == 15 * 209
    assert counts["n_with_spectra"][15] == 15 * (209 + 190)


@pytest.fixture
def photographed(archive):
    """Archive with cut-outs of catalogue objects: two bright ones, one faint one."""
    folder = archive / perseus.PCC_CUTOUTS
    folder.mkdir()
    (folder / "sdss_ra=49.9_dec=41.5.png").write_bytes(png((200, 10, 10), kind="JPEG"))
    (folder / "sdss_ra=49.91_dec=41.5.png").write_bytes(png(kind="JPEG"))
    (folder / "sdss_ra=49.94_dec=41.5.png").write_bytes(png((7, 7, 7)))
    append(archive / perseus.CATALOGUE, "", pcc(7, 50.3, 41.3, 20.5, LTG))  # has a spectrum
    append(archive / perseus.CATALOGUE, "", pcc(8, 50.4, 41.4, 20.5, LTG))  # no cut-out
    return archive


def test_bright_objects_with_cutouts(photographed):
    sample, rejected = perseus_selection.load_bright(photographed.parent, "archive")
    assert sample["pcc"].tolist() == ["PCC-0001", "PCC-0002"]
    assert sample["red_share"].tolist() == [1.0, 0.0]
    assert set(rejected["name"]) >= {"PCC-0003", "PCC-0004", "PCC-0006"}


def test_faint_objects_are_known_nowhere_else(photographed):
    sample, rejected = perseus_selection.load_faint(21.0, photographed.parent, "archive")
    assert sample["pcc"].tolist() == ["PCC-0005"]
    assert sample["label"].tolist() == [0]
    assert sample["image"][0, 0, 0].tolist() == [7, 7, 7]
    reasons = dict(zip(rejected["name"], rejected["reason"], strict=True))
    assert "has a spectrum" in reasons["PCC-0007"]
    assert "no file in" in reasons["PCC-0008"]
    with pytest.raises(ArchiveError, match="expected"):
        perseus_selection.load_published(photographed.parent, "archive")


@real
def test_published_predictions_give_the_published_tables():
    table = perseus_selection.load_published(source="archive")
    label, called = np.array(table["label"]), np.array(table["published"])
    place = photometry.colour_region(np.array(table["r"]), np.array(table["g_z"]))
    # rows of tables 3 and 4: precision, recall, F1, support of background and member; accuracy
    published = {
        "all": [(0.94, 0.94, 0.94, 247), (0.84, 0.84, 0.84, 88), 0.92],
        "red shoulder": [(1.00, 0.99, 0.99, 89), (0.50, 1.00, 0.67, 1), 0.99],
        "red sequence": [(0.85, 0.88, 0.87, 78), (0.87, 0.83, 0.85, 71), 0.86],
        "blue cloud": [(0.97, 0.95, 0.96, 80), (0.78, 0.88, 0.82, 16), 0.94],
    }
    for name, (background, member, accuracy) in published.items():
        part = (place == name) | (name == "all")
        found = binary.per_class(label[part], called[part]).round(2)
        assert tuple(found.iloc[0, 1:]) == background, name
        assert tuple(found.iloc[1, 1:]) == member, name
        assert found["f1"][2] == accuracy


@real
def test_real_bright_and_faint_objects():
    bright, _ = perseus_selection.load_bright(source="archive")
    assert (len(bright), int((bright["red_share"] > photometry.OVER_RED).sum())) == (227, 15)
    faint, _ = perseus_selection.load_faint(source="archive")
    assert (len(faint), int(faint["label"].sum())) == (639, 123)
    search, _ = skyserver.read(ARCHIVE / perseus.SEARCH)
    row, separation = perseus_crossmatch.nearest(perseus_crossmatch.coordinates(faint), search)
    assert (separation > photometry.SEPARATION).all()


def test_undecided_classes_are_three():
    expected = {"late type", "edge-on disk", "weak substructure"}
    assert set(perseus_wittmann2019.UNDECIDED) == expected
    assert {perseus_wittmann2019.LABELS[name] for name in expected} == {0}


def test_cut_outs_are_asked_for_of_what_no_training_cut_out_shows(archive):
    from galutils.surveys.holdings import targets

    wanted = targets("perseus", archive, f"{perseus.INDEPENDENT}/x.png")
    assert [one["objid"] % 10 for one in wanted] == [4, 5, 6, 7]
    assert wanted[0]["ra"] == 50.3 and wanted[0]["dec"] == 41.3
    assert [one["ra"] for one in targets("perseus", archive, "pcc_cutouts/x.png")][0] == 49.9
    for path in (archive / perseus.TRAINING).iterdir():
        path.unlink()
    (archive / perseus.TRAINING).rmdir()
    assert len(targets("perseus", archive, f"{perseus.INDEPENDENT}/x.png")) == 7


def test_objects_of_both_lists_have_a_row_each(archive):
    objects, rejected = perseus_objects.load(archive.parent, source="archive")
    assert list(objects["name"][:6]) == [f"PCC-000{k}" for k in range(1, 7)]
    assert len(objects) == 6 + 6  # one of the seven of the search is in the catalogue
    objects.add_index("name")
    both = objects.loc["PCC-0004"]
    assert both["objid"] == 1237661059574334001 and both["redshift"] == 0.0594
    assert both["label"] == 0 and both["class_by_eye"] == "likely cluster early type"
    assert both["star"]  # by the cross-match
    alone = objects.loc["SDSS 1237661059574334004"]
    assert alone["label"] == 1 and alone["class_by_eye"] == "" and np.isnan(alone["v_mag"])
    star = objects.loc["SDSS 1237661059574334003"]
    assert star["star"] and star["label"] == 0
    unknown = objects.loc["SDSS 1237661059574334007"]
    assert unknown["label"] == -1 and not unknown["star"]
    assert objects.loc["PCC-0001"]["r"] == 18.5 and np.isnan(objects.loc["PCC-0002"]["r"])
    assert objects.loc["PCC-0003"]["label"] == -1 and objects["distance"].unit == "arcmin"
    assert any("line" in name for name in rejected["name"])
