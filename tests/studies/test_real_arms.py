"""Truths from votes, decisions along the tree, and a judge that has not seen what it judges."""

import numpy as np
import pytest
from astropy.table import Table

from galutils.networks import efficientnet, gz2_votes, train
from galutils.studies import backbones, real_arms
from galutils.surveys.gz2.decision_tree import KEYS, PLACE


def votes(**counts):
    row = np.zeros(len(KEYS), np.float32)
    for key, n in counts.items():
        row[PLACE[key]] = n
    return row


SPIRAL = {"t01_a01": 4, "t01_a02": 36, "t02_a05": 36, "t04_a08": 30, "t04_a09": 6}
COUNTS = np.stack(
    [
        votes(**SPIRAL, t11_a32=20, t11_a33=10),
        votes(**SPIRAL, t11_a32=3, t11_a36=4),
        votes(t01_a01=38, t01_a02=2),
        votes(t01_a01=10, t01_a02=30, t02_a04=28, t02_a05=2),
        votes(t01_a01=10, t01_a02=30, t02_a05=30, t04_a08=5, t04_a09=25),
        votes(t01_a01=22, t01_a02=18, t02_a05=18, t04_a08=18),
        votes(t01_a03=30),
    ]
)


@pytest.fixture
def sample():
    n = len(COUNTS)
    rng = np.random.default_rng(0)
    return Table(
        {
            "counts": COUNTS,
            "voted": np.arange(n) != 5,
            "survey": ["votes"] * n,
            "group": np.arange(n),
            "image": rng.integers(0, 255, (n, 32, 32, 3)).astype(np.uint8),
        }
    )


def test_truths_follow_the_majority(sample):
    assert real_arms.clear(sample).tolist() == [1, 1, 0, -1, -1, -1, -1]
    assert real_arms.followed(gz2_votes.voted(COUNTS)).tolist() == [3, 3, 0, 1, 2, 0, -1]
    assert real_arms.asked(sample, "t11_a32").tolist() == [True, *[False] * 6]
    assert real_arms.majority(sample, "t11_a32")[:2].tolist() == [True, False]
    assert real_arms.asked(sample, "t01_a01").tolist() == [True] * 5 + [False, True]


def test_kinds_of_outcomes():
    called = np.arange(len(gz2_votes.CLASSES))
    assert real_arms.kinds(called).tolist() == [0, -1, 1, 2] + [3] * 6


def test_a_network_judges_what_it_has_not_seen(sample):
    networks = [
        gz2_votes.decided(gz2_votes.voter(efficientnet.backbone("tiny", (32, 32, 3))))
        for _ in range(2)
    ]
    parts = [(np.arange(3, 7), np.arange(3)), (np.arange(3), np.arange(3, 7))]
    images = np.array(sample["image"])
    rows = np.arange(7) != 6
    scores, outcomes = real_arms.judge(networks, parts, images, rows)
    assert np.isnan(outcomes[6]).all()
    for network, (_, test) in zip(networks, parts, strict=True):
        test = test[rows[test]]
        views = [np.rot90(images[test], k, axes=(1, 2)) for k in range(4)]
        views += [one[:, ::-1] for one in views]
        mean = np.mean([train.outputs(network, np.ascontiguousarray(one)) for one in views], axis=0)
        np.testing.assert_allclose(outcomes[test], mean, rtol=1e-4)
    np.testing.assert_allclose(outcomes[:6].sum(axis=1), 1, rtol=1e-5)
    turned = np.ascontiguousarray(np.rot90(images, axes=(1, 2)))
    again, _ = real_arms.judge(networks, parts, turned, rows)
    np.testing.assert_allclose(again, scores, rtol=1e-4, atol=1e-5)


def test_outcomes_are_the_products_along_the_tree(sample):
    network = gz2_votes.decided(gz2_votes.voter(efficientnet.backbone("tiny", (32, 32, 3))))
    both = train.outputs(gz2_votes.with_scores(network), np.array(sample["image"]))
    share, outcomes = gz2_votes.fractions(both[:, :37]), both[:, 37:]
    spiral = share[:, PLACE["t01_a02"]] * share[:, PLACE["t02_a05"]] * share[:, PLACE["t04_a08"]]
    np.testing.assert_allclose(outcomes[:, real_arms.SPIRAL].sum(axis=1), spiral, rtol=1e-4)
    two = spiral * share[:, PLACE["t11_a32"]]
    np.testing.assert_allclose(outcomes[:, gz2_votes.CLASSES.index("spiral: 2")], two, rtol=1e-4)


def test_features_that_hold_the_answer_answer_it():
    rng, n = np.random.default_rng(1), 240
    smooth = rng.random(n) < 0.5
    counts = np.zeros((n, len(KEYS)), np.float32)
    counts[:, PLACE["t01_a01"]] = np.where(smooth, 30, 4)
    counts[:, PLACE["t01_a02"]] = np.where(smooth, 4, 30)
    for question in ("t02_a04", "t03_a06", "t04_a08", "t11_a32"):
        of, place = real_arms.columns(question)
        counts[:, of[place]] = rng.integers(0, 2, n) * 30
        counts[:, of[1 - place]] = 15
    sample = Table({"counts": counts, "voted": np.ones(n, bool), "group": np.arange(n)})
    x = rng.normal(size=(n, 4)) + 3 * smooth[:, None] * np.eye(4)[0]
    parts = [(np.arange(120), np.arange(120, n)), (np.arange(120, n), np.arange(120))]
    told = backbones.probe([x, x], sample, parts)
    found = real_arms.areas(sample, told, draws=50, rng=0)
    assert found["smooth"]["value"] > 0.95
    assert 0.3 < found["two arms"]["value"] < 0.7


def test_the_closest_image_is_the_image_itself(sample):
    images = np.array(sample["image"])
    found = real_arms.closest(images[:2], images[1:])
    assert found[1] == pytest.approx(1, abs=1e-5)
    assert found[0] < 0.5
