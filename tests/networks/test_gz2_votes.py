"""The loss against plain numpy, and a network that learns what volunteers said."""

import keras
import numpy as np
import pytest
from astropy.table import Table
from scipy.special import log_softmax

from galutils.networks import efficientnet, gz2_votes, train
from galutils.surveys.gz2.decision_tree import KEYS, PLACE, QUESTIONS, keys

PLACES = [[PLACE[key] for key in keys(question.number)] for question in QUESTIONS]


def draw(n, rng):
    """Votes of n galaxies, floats; a third of the questions is not asked, and galaxy 0 nothing."""
    votes = rng.integers(0, 9, (n, 37)).astype(np.float32)
    for places in PLACES:
        votes[np.ix_(rng.random(n) < 1 / 3, places)] = 0
    votes[0] = 0
    return votes


@pytest.fixture(scope="module")
def votes():
    return draw(40, np.random.default_rng(0))


@pytest.fixture(scope="module")
def scores():
    return np.random.default_rng(1).normal(0, 2, (40, 37)).astype(np.float32)


def loss(votes, scores):
    return np.asarray(gz2_votes.vote_loss(keras.ops.array(votes), keras.ops.array(scores)))


def test_blocks_are_the_questions():
    edges = np.cumsum((0, *gz2_votes.BLOCKS))
    assert [list(range(*pair)) for pair in zip(edges, edges[1:], strict=False)] == PLACES


def test_the_loss_is_the_likelihood_of_the_votes(votes, scores):
    expected = []
    for of, score in zip(votes.astype(float), scores.astype(float), strict=True):
        terms = [np.sum(of[p] * log_softmax(score[p])) for p in PLACES]
        expected.append(-sum(terms) / max(of.sum(), 1))
    np.testing.assert_allclose(loss(votes, scores), expected, rtol=1e-5)
    assert loss(votes, scores)[0] == 0


def test_a_question_that_was_not_asked_does_not_count(votes, scores):
    changed = scores.copy()
    for places in PLACES:
        unasked = votes[:, places].sum(axis=1) == 0
        changed[np.ix_(unasked, places)] += np.arange(len(places)) - 7
    assert np.mean(changed != scores) > 0.2
    np.testing.assert_allclose(loss(votes, changed), loss(votes, scores), rtol=1e-6)


def test_the_loss_is_least_at_the_fractions_of_the_votes(votes):
    best = np.log(np.maximum(np.nan_to_num(gz2_votes.voted(votes)), 1e-7))
    rng = np.random.default_rng(2)
    for _ in range(5):
        other = best + rng.normal(0, 0.3, best.shape).astype(np.float32)
        assert np.all(loss(votes, other)[1:] > loss(votes, best)[1:])
    # twice as many votes alike weigh as much
    np.testing.assert_allclose(loss(2 * votes, best), loss(votes, best), rtol=1e-5)


def test_votes_are_counted_in_the_order_of_the_tree():
    """NaN, as Kaggle's and questions not asked, is no vote."""
    values = np.arange(74.0).reshape(2, 37)
    values[0, 3], values[1] = np.nan, np.nan
    shuffled = np.random.default_rng(0).permutation(37)
    table = Table({f"{KEYS[k]}_count": values[:, k] for k in shuffled})
    found = gz2_votes.counts(table)
    assert found.dtype == np.float32
    expected = np.arange(37.0)
    expected[3] = 0
    np.testing.assert_array_equal(found, [expected, np.zeros(37)])


def test_fractions_sum_to_one_within_each_question(scores):
    found = gz2_votes.fractions(scores)
    for places in PLACES:
        np.testing.assert_allclose(found[:, places].sum(axis=1), 1, rtol=1e-5)
        exponent = np.exp(scores[:, places].astype(float))
        expected = exponent / exponent.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found[:, places], expected, rtol=1e-4)
    assert np.isfinite(gz2_votes.fractions(500 * scores)).all()


@pytest.mark.parametrize("least", [1, 10])
def test_voted_fractions_are_nan_where_too_few_voted(votes, least):
    found = gz2_votes.voted(votes, least)
    assert found.shape == votes.shape
    for galaxy, fractions in zip(votes, found, strict=True):
        for places in PLACES:
            total = galaxy[places].sum()
            if total >= least:
                np.testing.assert_allclose(fractions[places], galaxy[places] / total, rtol=1e-6)
            else:
                assert np.isnan(fractions[places]).all()
    assert np.isnan(found[0]).all() and np.isfinite(found).any()


def test_correlations_leave_out_what_is_not_known():
    """NaN with fewer than three galaxies, and where all of them have the same fraction."""
    rng = np.random.default_rng(3)
    first = rng.random((50, 6))
    second = 0.5 * first + 0.2 * rng.random((50, 6))
    second[:, 1] = -first[:, 1]
    first[:20, 2], second[10:30, 2] = np.nan, np.nan
    first[2:, 3] = np.nan
    second[:, 4] = 0.25
    first[:, 5], first[:2, 5] = 1.0, np.nan
    found = gz2_votes.correlations(first, second)
    assert found[0] == pytest.approx(np.corrcoef(first[:, 0], second[:, 0])[0, 1])
    assert found[1] == pytest.approx(-1)
    assert found[2] == pytest.approx(np.corrcoef(first[30:, 2], second[30:, 2])[0, 1])
    assert np.isnan(found[3:]).all()


def small():
    """Return a backbone of one convolution: few seconds of training."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    return keras.Model(inputs, keras.layers.Conv2D(6, 3, activation="relu")(x))


@pytest.fixture(scope="module")
def asked():
    """Red and blue galaxies: all say smooth of red ones, features of blue ones; else no votes."""
    blue = np.arange(36) % 2
    images = np.random.default_rng(4).integers(0, 60, (36, 8, 8, 3), dtype=np.uint8)
    images[blue == 0, ..., 0] += 150
    images[blue == 1, ..., 2] += 150
    votes = np.zeros((36, 37), np.float32)
    votes[np.arange(36), np.where(blue, PLACE["t01_a02"], PLACE["t01_a01"])] = 20
    return images, votes, blue


def learn(asked, seed=1, epochs=25):
    keras.utils.set_random_seed(0)
    backbone = small()
    model = gz2_votes.voter(backbone, learning_rate=0.03)
    before = backbone.get_weights()
    history = gz2_votes.fit(model, *asked[:2], epochs, seed, batch_size=16)
    return backbone, before, model, history


@pytest.fixture(scope="module")
def learned(asked):
    return learn(asked)


def test_a_backbone_learns_which_votes_go_with_which_image(asked, learned):
    images, _, blue = asked
    backbone, before, model, history = learned
    assert len(history) == 25 and history[-1] < 0.2 * history[0]
    found = gz2_votes.fractions(train.outputs(model, images))
    featured = found[:, PLACE["t01_a02"]]
    assert featured[blue == 1].min() > 0.8 and featured[blue == 0].max() < 0.2
    # the backbone itself, for which all this is done
    moved = [np.abs(a - b).max() for a, b in zip(before, backbone.get_weights(), strict=True)]
    assert min(moved) > 0.01


def test_a_seed_repeats_the_training(asked, learned):
    again, other = (learn(asked, seed, epochs=3)[3] for seed in (1, 2))
    np.testing.assert_allclose(again, learned[3][:3], rtol=1e-4)
    assert not np.allclose(other, again, rtol=1e-3)


def test_the_voter_is_that_of_the_small_backbone():
    backbone = efficientnet.backbone("tiny", (32, 32, 3))
    model = gz2_votes.voter(backbone)
    x = np.random.default_rng(5).uniform(0, 255, (3, 32, 32, 3)).astype(np.float32)
    kernel, bias = model.layers[-1].get_weights()
    expected = np.asarray(backbone(x)).mean(axis=(1, 2)) @ kernel + bias
    np.testing.assert_allclose(model(x), expected, rtol=1e-4, atol=1e-5)
    assert len(model.trainable_weights) == len(backbone.trainable_weights) + 2
