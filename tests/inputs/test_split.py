"""No galaxy on both sides, the published way excepted."""

import os
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from galutils.inputs import split
from galutils.surveys import perseus
from galutils.surveys.perseus import crossmatch as perseus_crossmatch


def sample(seed, n=120, repeats=40):
    rng = np.random.default_rng(seed)
    galaxies = rng.permutation(10_000_000_000 + np.arange(n))
    groups = np.concatenate([galaxies, rng.choice(galaxies, repeats)])
    labels = (groups % 3 > 0).astype(int)
    return labels, groups


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_folds_never_divide_a_galaxy_and_test_every_row_once(seed):
    labels, groups = sample(seed)
    tested = []
    for train, test in split.folds(labels, groups, 4, rng=seed):
        assert split.shared_galaxies(groups, train, test).size == 0
        assert set(labels[test]) == {0, 1}
        tested.extend(test)
    assert sorted(tested) == list(range(len(labels)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_by_galaxy_keeps_galaxies_and_shares(seed):
    labels, groups = sample(seed)
    parts = split.by_galaxy(labels, groups, rng=seed)
    assert split.shared_galaxies(groups, *parts).size == 0
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    galaxies = [np.unique(groups[part]).size for part in parts]
    np.testing.assert_allclose(galaxies, [84, 18, 18], atol=1)


def test_as_published_puts_copies_on_both_sides():
    groups = np.repeat(np.arange(100), 9)
    labels = (groups % 8 > 0).astype(int)
    train, test = split.as_published(labels, rng=0)
    assert len(test) == 180
    assert split.shared_galaxies(groups, train, test).size > 80


def test_seed_decides():
    labels, groups = sample(0)
    first, second, other = (split.by_galaxy(labels, groups, rng=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_impossible_splits_are_refused():
    with pytest.raises(ValueError, match="class 0 has 2 galaxies"):
        list(split.folds([0, 0, 0, 1, 1, 1, 1, 1], [1, 1, 2, 3, 4, 5, 6, 7], 3))
    with pytest.raises(ValueError, match="add up to 1"):
        split.by_galaxy([0, 1], [1, 2], (0.5, 0.4))


def positions(ra):
    return SkyCoord(np.asarray(ra, dtype=float), np.full(len(ra), 41.0), unit="deg")


def test_audit_finds_identifiers_positions_and_conflicts():
    arcsec = 1 / 3600 / np.cos(np.radians(41))
    train = positions([49.0, 49.1, 49.2, np.nan])
    test = positions([49.3, 49.1 + 2 * arcsec, 49.0 + 4 * arcsec, np.nan])
    found = split.audit(
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
    wider = split.audit(coords=(train, test), separation=5)
    assert wider.summary()["position"] == 2


def test_audit_of_one_set_names_pairs_once_and_honest_folds_pass():
    labels, groups = sample(3)
    whole = split.audit(ids=groups, labels=labels)
    assert whole.itself and len(whole.pairs) >= 40
    assert np.all(whole.pairs["train"] < whole.pairs["test"])
    assert np.all(groups[whole.pairs["train"]] == groups[whole.pairs["test"]])
    assert whole.summary()["conflicts"] == 0  # the label follows the galaxy
    for train, test in split.folds(labels, groups, 3, rng=0):
        assert len(split.audit(ids=(groups[train], groups[test])).pairs) == 0
    train, test = split.as_published(labels, rng=0)
    shared = split.shared_galaxies(groups, train, test)
    pairs = split.audit(ids=(groups[train], groups[test])).pairs
    assert set(groups[train][pairs["train"]]) == set(shared)


def test_audit_sees_copies_that_have_other_names():
    rng = np.random.default_rng(0)
    maps = rng.normal(0, 50, (6, 24, 24))
    maps[:, :3] = np.nan
    turned = -np.rot90(maps[[4, 1]], axes=(1, 2))
    found = split.audit(maps, turned, ids=(np.arange(6), [4, 9]), labels=([0] * 6, [0, 1]))
    assert list(zip(found.pairs["train"], found.pairs["test"], strict=True)) == [(4, 0), (1, 1)]
    assert found.pairs["near_copy"].all() and found.pairs["negative"].all()
    assert found.pairs["identifier"].tolist() == [True, False]
    assert found.pairs["conflict"].tolist() == [False, True]
    assert found.summary()["unseen"] == 0


def test_audit_refuses_what_it_cannot_compare():
    with pytest.raises(ValueError, match="received none"):
        split.audit(labels=[0, 1])
    with pytest.raises(ValueError, match="of everything or of nothing"):
        split.audit(ids=([1], [2]), labels=[0])
    with pytest.raises(ValueError, match="equally many rows"):
        split.audit(ids=[1, 2, 3], labels=[0, 1])


ARCHIVE = Path(os.environ.get("GALUTILS_DATA", "nowhere")) / "perseus"


@pytest.mark.skipif(not ARCHIVE.is_dir(), reason="GALUTILS_DATA holds no Perseus archive")
def test_real_cut_outs_of_one_galaxy_are_found_by_position_and_by_image():
    training, _ = perseus.load_training(source="archive")
    found = split.audit(
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
