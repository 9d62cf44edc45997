"""Labelled images: how votes are told, which images may show one galaxy, and the real folder."""

import os

import numpy as np
import pytest
from astropy.table import Table

from galutils.inputs import split
from galutils.networks import gz2_votes
from galutils.store.files import ArchiveError
from galutils.studies import real_arms
from galutils.surveys.gz2 import labelled
from galutils.surveys.gz2.decision_tree import KEYS, PLACE, QUESTIONS, keys

needs_real = pytest.mark.skipif("GALUTILS_DATA" not in os.environ, reason="no archive folder")


def test_volunteers_reach_a_question_by_the_answers_before_it():
    share = np.zeros((1, len(KEYS)))
    for key, value in {
        "t01_a01": 0.2, "t01_a02": 0.7, "t01_a03": 0.1, "t02_a04": 0.4, "t02_a05": 0.6,
        "t03_a06": 0.5, "t03_a07": 0.5, "t04_a08": 0.9, "t04_a09": 0.1,
    }.items():  # fmt: skip
        share[0, PLACE[key]] = value
    reached = dict(enumerate(labelled.reached(share)[0], start=1))
    expected = {1: 1, 2: 0.7, 3: 0.42, 4: 0.42, 10: 0.378, 7: 0.2, 9: 0.28}
    for number, value in expected.items():
        assert reached[number] == pytest.approx(value), number
    share = np.random.default_rng(0).random((5, 37))
    for question in QUESTIONS:
        places = [PLACE[key] for key in keys(question.number)]
        share[:, places] /= share[:, places].sum(axis=1, keepdims=True)
    reached = labelled.reached(share)
    assert (reached > 0).all()
    # all but those who see a star or an artifact are asked for something odd
    np.testing.assert_allclose(reached[:, 5], 1 - share[:, 2])


def test_a_class_is_told_as_votes():
    counts = np.zeros((3, len(KEYS)))
    labelled.tell(counts, np.array([True, False, True]), "t04_a08", 0.75, 8)
    assert counts[:, PLACE["t04_a08"]].tolist() == [6, 0, 6]
    assert counts[:, PLACE["t04_a09"]].tolist() == [2, 0, 2]
    assert counts.sum() == 16


def test_images_that_may_show_one_galaxy_have_one_group():
    """Good positions by arcseconds, a rough one by tenths of a degree, identifiers exactly."""
    rows = [
        (0, 10.0, 0.0), (0, 10.0, 0.0005), (0, 10.1, 0.0),  # MaNGA: one galaxy twice, another
        (5, 10.05, 0.0),  # rough: may be any of the three
        (6, 50.0, 0.0), (7, 50.01, 0.0), (6, 50.02, 0.0),  # rough ones: identifiers tell
        (0, 80.0, 0.0), (0, 80.01, 0.0),
    ]  # fmt: skip
    sample = Table(rows=rows, names=("objid", "ra", "dec"), dtype=(np.int64, float, float))
    group = labelled.groups(sample).tolist()
    assert group[0] == group[1] == group[2] == group[3]
    assert group[4] == group[6] != group[5]
    assert len(set(group)) == 5


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(ArchiveError, match="gz2_labelled"):
        labelled.load(tmp_path, "archive")


@pytest.fixture(scope="module")
def real():
    return labelled.load(source="archive")


@needs_real
def test_real_images_are_read_with_what_was_asked(real):
    sample, rejected = real
    survey, counts = np.array(sample["survey"]), np.array(sample["counts"])
    assert {one: int(np.sum(survey == one)) for one in np.unique(survey)} == {
        "classes": 6072, "manga": 4896, "votes": 757,
    }  # fmt: skip
    assert len(set(sample["name"].tolist())) == len(sample)
    assert len(rejected) == 429
    assert sample["image"].shape[1:] == (64, 64, 3)
    assert np.median(sample["image"][:, 30:34, 30:34]) > np.median(sample["image"][:, :4]) + 30
    arms = counts[:, gz2_votes.ARMS].sum(axis=1)
    assert not arms[survey == "classes"].any()
    voted = np.array(sample["voted"])
    assert int(np.sum(voted & (arms >= 10))) == 148
    known = counts[:, :3].sum(axis=1) > 0
    assert known[voted].all()
    massive = np.isfinite(sample["log_mass"] + sample["redshift"])
    assert 0.7 < massive[survey == "manga"].mean() <= 1
    assert not massive[survey != "manga"].any()
    assert 9 < np.median(sample["log_mass"][massive]) < 11.5


@needs_real
def test_no_real_galaxy_is_on_both_sides(real):
    sample, _ = real
    group, objid = np.array(sample["group"]), np.array(sample["objid"])
    for taught, test in real_arms.folds(sample, 3, 0):
        assert not len(split.shared_galaxies(group, taught, test))
        assert not len(np.intersect1d(objid[taught][objid[taught] > 0], objid[test]))
        two = real_arms.asked(sample, "t11_a32")[test]
        assert 40 < two.sum() < 60
