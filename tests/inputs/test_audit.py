"""The audit of a split finds galaxies on both sides by identifier, position and image."""

import os
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from galutils.inputs import split
from galutils.inputs.duplicates import audit
from galutils.surveys import perseus
from galutils.surveys.perseus import crossmatch as perseus_crossmatch


def sample(seed, n=120, repeats=40):
    rng = np.random.default_rng(seed)
    galaxies = rng.permutation(10_000_000_000 + np.arange(n))
    groups = np.concatenate([galaxies, rng.choice(galaxies, repeats)])
    labels = (groups % 3 > 0).astype(int)
    return labels, groups


def positions(ra):
    return SkyCoord(np.asarray(ra, dtype=float), np.full(len(ra), 41.0), unit="deg")


def test_audit_finds_identifiers_positions_and_conflicts():
    arcsec = 1 / 3600 / np.cos(np.radians(41))
    train = positions([49.0, 49.1, 49.2, np.nan])
    test = positions([49.3, 49.1 + 2 * arcsec, 49.0 + 4 * arcsec, np.nan])
    found = audit.audit(
        labels=([1, 0, 1, 1], [0, 1, 1, 0]),
        ids=(["a", "b", "", "d"], ["", "b", "d", "d"]),
        coords=(train, test),
    )
    pairs = found.pairs
    assert list(zip(pairs["train"], pairs["test"], strict=True)) == [(1, 1), (3, 2), (3, 3)]
    assert pairs["identifier"].tolist() == [True, True, True]
    assert pairs["position"].tolist() == [True, False, False]
    assert pairs["separation"][0] == pytest.approx(2, abs=0.01)
    assert np.isnan(pairs["separation"][1])
    assert pairs["conflict"].tolist() == [True, False, True]
    summary = found.summary()
    assert summary["test_share"]["value"] == 0.75 and summary["train_rows"] == 2
    assert summary["conflicts"] == 2 and summary["unseen"] == 4
    wider = audit.audit(coords=(train, test), separation=5)
    assert wider.summary()["position"] == 2


def test_audit_of_one_set_names_pairs_once_and_honest_folds_pass():
    labels, groups = sample(3)
    whole = audit.audit(ids=groups, labels=labels)
    assert whole.itself and len(whole.pairs) >= 40
    assert np.all(whole.pairs["train"] < whole.pairs["test"])
    assert np.all(groups[whole.pairs["train"]] == groups[whole.pairs["test"]])
    assert whole.summary()["conflicts"] == 0  # the label follows the galaxy
    for train, test in split.folds(labels, groups, 3, rng=0):
        assert len(audit.audit(ids=(groups[train], groups[test])).pairs) == 0
    train, test = split.random_split(labels, rng=0)
    shared = split.shared_galaxies(groups, train, test)
    pairs = audit.audit(ids=(groups[train], groups[test])).pairs
    assert set(groups[train][pairs["train"]]) == set(shared)


def test_audit_sees_copies_that_have_other_names():
    rng = np.random.default_rng(0)
    maps = rng.normal(0, 50, (6, 24, 24))
    maps[:, :3] = np.nan
    turned = -np.rot90(maps[[4, 1]], axes=(1, 2))
    found = audit.audit(maps, turned, ids=(np.arange(6), [4, 9]), labels=([0] * 6, [0, 1]))
    assert list(zip(found.pairs["train"], found.pairs["test"], strict=True)) == [(4, 0), (1, 1)]
    assert found.pairs["near_copy"].all() and found.pairs["negative"].all()
    assert found.pairs["identifier"].tolist() == [True, False]
    assert found.pairs["conflict"].tolist() == [False, True]
    assert found.summary()["unseen"] == 0


def test_audit_refuses_what_it_cannot_compare():
    with pytest.raises(ValueError, match="received none"):
        audit.audit(labels=[0, 1])
    with pytest.raises(ValueError, match="of everything or of nothing"):
        audit.audit(ids=([1], [2]), labels=[0])
    with pytest.raises(ValueError, match="equally many rows"):
        audit.audit(ids=[1, 2, 3], labels=[0, 1])


ARCHIVE = Path(os.environ.get("GALUTILS_DATA", "nowhere")) / "perseus"


@pytest.mark.skipif(not ARCHIVE.is_dir(), reason="GALUTILS_DATA holds no Perseus archive")
def test_real_cut_outs_of_one_galaxy_are_found_by_position_and_by_image():
    training, _ = perseus.load_training(source="archive")
    found = audit.audit(
        np.asarray(training["image"]),
        labels=np.asarray(training["label"]),
        coords=perseus_crossmatch.coordinates(training),
    )
    pairs = found.pairs
    groups = np.asarray(training["group"])
    assert pairs["position"].sum() == len(training) - np.unique(groups).size == 15
    assert pairs["conflict"][pairs["position"]].sum() == 2
    assert (pairs["position"] & pairs["near_copy"]).sum() >= 14
    # besides, two objects 4.3 arcsec apart, each in the other's cut-out
    assert (pairs["near_copy"] & ~pairs["position"]).sum() <= 1


def test_copies_are_found_under_masks_and_fill_values():
    rng = np.random.default_rng(1)
    maps = rng.normal(size=(4, 50, 50)).astype("f4")
    bad = np.zeros(maps.shape, bool)
    bad[:, :8] = True

    def behind():
        return np.where(bad, 1e5 * rng.normal(size=maps.shape), maps)

    holed = np.where(bad, np.nan, maps)
    expected = audit.audit(holed, holed).summary()["near_copy"]
    assert expected == 4
    for first, second in (
        (np.ma.array(behind(), mask=bad), np.ma.array(behind(), mask=bad)),
        (np.where(bad, -999, maps), np.where(bad, np.inf, maps)),
    ):
        assert audit.audit(first, second).summary()["near_copy"] == expected


def test_a_masked_label_conflicts_with_nothing():
    labels = np.ma.array([0, 1], mask=[True, False])
    found = audit.audit(ids=(["a", "b"], ["a", "b"]), labels=(labels, np.array([1, 0]))).summary()
    assert found["conflicts"] == 1
