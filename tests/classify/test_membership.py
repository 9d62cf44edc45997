"""A catalogue of members from a list of positions and a folder of cut-outs."""

import numpy as np
import pytest
from astropy.io import votable
from astropy.table import Column, Table
from classify_inputs import network, saved
from PIL import Image

from galutils import cli
from galutils.classify import membership
from galutils.networks import wrappers
from galutils.scores import calibration
from galutils.store import tables
from galutils.store.files import ArchiveError
from galutils.surveys.perseus.cutouts import SIDE


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A network, ten cut-outs of which one is damaged and one over-red, and twelve objects."""
    folder = tmp_path_factory.mktemp("members")
    model = wrappers.ensemble([network((SIDE, SIDE, 3), seed=k) for k in (0, 1)])
    saved(folder / "m.keras", model, "perseus-membership")
    rng, cutouts = np.random.default_rng(0), folder / "cutouts"
    cutouts.mkdir()
    ra = np.round(49.5 + 0.01 * np.arange(12), 4)
    for k in range(10):
        pixels = rng.integers(0, 90, (SIDE, SIDE, 3), dtype=np.uint8)
        if k == 3:
            pixels[:] = 200, 10, 10
        name = f"sdss_objid={700 + k}.png" if k == 2 else f"sdss_ra={ra[k]}_dec=41.5.png"
        Image.fromarray(pixels).save(cutouts / name)
    (cutouts / f"sdss_ra={ra[4]}_dec=41.5.png").write_bytes(b"no image")
    objects = Table({"name": [f"G{k}" for k in range(12)], "ra": ra, "dec": np.full(12, 41.5)})
    objects["ra"].unit = objects["dec"].unit = "deg"
    objects["objid"] = 700 + np.arange(12)
    objects["v_mag"] = Column(np.linspace(15, 22, 12), unit="mag")
    objects["redshift"] = [0.0001, *[np.nan] * 11]
    objects["r50"] = Column([2.0, 0.1, *[3.0] * 10], unit="arcsec")
    objects["own"] = 1
    objects.write(folder / "list.ecsv")
    return folder


@pytest.fixture(scope="module")
def found(work):
    given = work / "m.keras", work / "list.ecsv", work / "cutouts", work / "out"
    return membership.members(*given, trained_between=(16, 21))


def test_every_object_has_a_probability_or_a_reason(found):
    assert len(found) == 12 and "own" not in found.colnames
    judged = np.isfinite(found["p_network"])
    assert list(judged) == [True] * 4 + [False] + [True] * 5 + [False] * 2
    assert np.array_equal(found["reason"] == "", judged)
    assert "image" in found["reason"][4] and "no cut-out within 1 arcsec" in found["reason"][11]
    assert np.all(found["p_spread"][judged] > 0)
    assert found["cutout"][2] == "sdss_objid=702.png"  # by identifier


def test_flags_are_those_of_object_and_cut_out(found):
    assert list(np.flatnonzero(found["star_like"])) == [0, 1]  # by redshift, and by size
    assert list(np.flatnonzero(found["over_red"])) == [3]
    assert not found["edge"].any()
    faint, bright = found["v_mag"] > 21, found["v_mag"] < 16
    assert np.array_equal(found["out_of_range"], faint | bright)


def test_all_formats_hold_the_same_with_units_and_descriptions(work, found):
    for ending in membership.FORMATS:
        again = tables.read(work / f"out{ending}")
        assert again.colnames == found.colnames
        assert np.array_equal(again["p_member"], found["p_member"], equal_nan=True)
        assert list(again["star_like"]) == list(found["star_like"])
        assert list(again["name"]) == list(found["name"])
        assert str(again["ra"].unit) == "deg"
        assert "Right ascension" in again["ra"].description
    document = votable.parse(work / "out.vot", verify="exception")
    assert document.get_first_table().get_field_by_id("ra").ucd == "pos.eq.ra;meta.main"
    assert votable.validate(work / "out.vot", output=None)
    missing = [
        n for n, row in membership.COLUMNS.items() if not (row["ucd"] and row["description"])
    ]
    assert not missing


def test_the_command_makes_the_same(work, found, capsys):
    given = [work / "m.keras", work / "cutouts", "--objects", work / "list.ecsv"]
    assert cli.main(["classify", *map(str, given), "--out", str(work / "cli.fits")]) == 0
    assert "9 of 12 objects judged" in capsys.readouterr().out
    again = tables.read(work / "cli.fits")
    assert np.array_equal(again["p_network"], found["p_network"], equal_nan=True)


def test_labels_calibrate_by_magnitude():
    rng = np.random.default_rng(3)
    n = 3000
    magnitude = rng.uniform(15, 23, n)
    share = np.where(magnitude < 19, 0.6, 0.05)
    label = (rng.random(n) < share).astype(int)
    p = np.clip(0.5 + 0.2 * (2 * label - 1) + rng.normal(0, 0.15, n), 0.01, 0.99)
    objects = Table({"ra": rng.uniform(10, 20, n), "dec": rng.uniform(0, 10, n), "label": label})
    objects["v_mag"] = magnitude
    judged = Table({"ra": objects["ra"], "dec": objects["dec"], "probability": p})
    judged["objid"], judged["flags"], judged["spread"], judged["red_share"] = -1, 0, 0.1, 0.0
    judged["reason"], judged["file"] = "", [f"{k}.png" for k in range(n)]
    objects["label"][:100] = -1
    found = membership.catalogue(objects, judged)
    known = np.asarray(objects["label"]) >= 0
    before, after = (
        calibration.expected_error(label[known], np.asarray(found[name])[known])
        for name in ("p_network", "p_member")
    )
    assert after < 0.02 < before
    assert np.isfinite(found["p_member"]).all()
    few = objects.copy()
    few["label"][60:] = -1
    assert np.array_equal(membership.catalogue(few, judged)["p_member"], p)


def test_lists_without_positions_are_refused(work, found):
    judged = membership.judged(work / "out_cutouts.csv", work / "cutouts")
    with pytest.raises(ArchiveError, match="expected rows with ra and dec"):
        membership.catalogue(Table({"ra": [1.0]}), judged)
    with pytest.raises(ArchiveError, match="none.csv"):
        membership.judged(work / "none.csv", work / "cutouts")
