"""Curves, gains and random weights on networks whose answer is known."""

from collections import Counter

import keras
import numpy as np
import pytest
from explain.test_comparison import linear
from keras import layers
from scipy.stats import spearmanr

from galutils.explain import checks
from galutils.networks import efficientnet

SIDE = 8


@pytest.fixture(scope="module")
def patch():
    """A network that adds up 16 of 64 pixels."""
    weights = np.zeros((SIDE, SIDE))
    weights[2:6, 1:5] = 1
    return weights, linear(weights)


def everywhere(n):
    return np.ones((n, SIDE, SIDE), bool)


def curves_in_order(network, values, x, **settings):
    order = checks.ranks(values, everywhere(len(x)), rng=1)
    return checks.curves(network, x, 0.0, order, 0, **settings)


def test_ranks_are_even_and_follow_the_values():
    values, where = np.random.default_rng(0).random((2, 3, 4)), np.ones((2, 3, 4), bool)
    where[1, 0] = False
    order = checks.ranks(values, where)
    np.testing.assert_allclose(np.sort(order[0].ravel()), (np.arange(12) + 0.5) / 12)
    assert order[0].argmin() == values[0].argmax() and order[0].argmax() == values[0].argmin()
    np.testing.assert_array_equal(np.isinf(order), ~where)
    flat = [checks.ranks(np.zeros((1, 9, 9)), np.ones((1, 9, 9), bool), s) for s in (1, 1, 2)]
    np.testing.assert_array_equal(flat[0], flat[1])
    assert np.any(flat[0] != flat[2])


def test_areas_of_the_best_and_the_worst_order(patch):
    """Each of a quarter of the pixels counts one: the areas are 2 and 14 of 16."""
    weights, network = patch
    x = np.ones((3, SIDE, SIDE, 1), np.float32)
    stack = np.broadcast_to(weights, (3, SIDE, SIDE))
    orders = {
        "best": curves_in_order(network, stack, x),
        "worst": curves_in_order(network, -stack, x),
        "random": curves_in_order(network, 0 * stack, x),
    }
    found = checks.compare(orders, ["worst"])
    for order, kind, area in (
        ("best", "deletion", 2),
        ("best", "insertion", 14),
        ("worst", "deletion", 14),
        ("worst", "insertion", 2),
    ):
        assert found[order, kind, "area"]["value"] == pytest.approx(area)
    assert found["best", "deletion", "gain over worst"]["value"] == pytest.approx(12)
    assert found["best", "insertion", "gain over worst"]["value"] == pytest.approx(12)
    assert ("worst", "deletion", "gain over worst") not in found
    for kind in ("deletion", "insertion"):
        assert 4 < found["random", kind, "area"]["value"] < 12


def test_curves_begin_and_end_at_input_and_baseline(patch):
    _, network = patch
    rng = np.random.default_rng(2)
    x, baseline = rng.random((2, 11, SIDE, SIDE, 1)).astype(np.float32)
    where = rng.random((11, SIDE, SIDE)) < 0.7
    order = checks.ranks(rng.random(where.shape), where)
    column = np.arange(11) % 2
    found = checks.curves(network, x, baseline, order, column, steps=5)
    assert found.shape == (11, 2, 6)
    rest = np.where(where[..., None], baseline, x)  # pixels without a rank stay
    start, end = (np.asarray(network(of))[np.arange(11), column] for of in (x, rest))
    for kind, (first, last) in enumerate(((start, end), (end, start))):
        np.testing.assert_allclose(found[:, kind, 0], first, rtol=1e-5)
        np.testing.assert_allclose(found[:, kind, -1], last, rtol=1e-5)
    # of a sum, what deletion takes insertion has: both add up to the two ends
    np.testing.assert_allclose(
        found.sum(axis=1), np.repeat((start + end)[:, None], 6, 1), rtol=1e-4
    )
    assert checks.curves(network, x[:0], 0.0, order[:0], 0, steps=5).shape == (0, 2, 6)


def test_the_attribution_of_a_linear_network_is_the_best_order():
    rng = np.random.default_rng(3)
    weights = rng.normal(size=(SIDE, SIDE))
    network, x = linear(weights), rng.normal(size=(6, SIDE, SIDE, 1)).astype(np.float32)
    maps = {"attribution": weights * x[..., 0]}
    found = checks.curves_by_order(network, x, 0.0, maps, everywhere(6), 0, n_random=2, rng=4)
    assert set(found) == {"attribution", "plain input", "centre first", "random order"}
    gains = checks.compare(found, ["random order", "plain input"])
    for kind in ("deletion", "insertion"):
        for other in ("random order", "plain input"):
            assert gains["attribution", kind, f"gain over {other}"]["low"] > 0


def test_orders_that_know_no_network():
    """With equal weights the brightest pixels go first; in a centred blob, those of the middle."""
    y, x = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    blob = np.repeat(np.exp(-(x**2 + y**2) / 4)[None, ..., None], 4, axis=0).astype(np.float32)
    network = linear(np.ones((SIDE, SIDE)))
    found = checks.curves_by_order(network, blob, 0.0, {}, everywhere(4), 0, rng=5)
    deletion = {name: of[0, 0].mean() for name, of in found.items()}
    assert deletion["plain input"] == pytest.approx(deletion["centre first"], rel=1e-5)
    assert deletion["plain input"] < deletion["random order"]
    moved = checks.curves_by_order(network, blob, 1.0, {}, everywhere(4), 0, rng=5)
    # from a bright baseline the dark corners differ most
    assert np.all(np.diff(moved["plain input"][0, 0], 2) < 1e-3)
    assert moved["plain input"][0, 0].mean() > moved["centre first"][0, 0].mean()


def test_gains_are_paired_galaxy_by_galaxy():
    """Galaxies differ much more than the orders do, by the same for all."""
    level = np.array([0.0, 0.3, 0.9])[:, None, None]
    low, high = np.broadcast_to(level, (3, 2, 5)), np.broadcast_to(level + 0.05, (3, 2, 5))
    found = checks.compare({"low": low, "high": high}, ["high"])
    for kind, sign in (("deletion", 1), ("insertion", -1)):
        gain = found["low", kind, "gain over high"]
        assert (gain["low"], gain["high"]) == pytest.approx((0.05 * sign, 0.05 * sign))
        area = found["low", kind, "area"]
        assert area["high"] - area["low"] > 0.5


def deep():
    keras.utils.set_random_seed(6)
    inputs = keras.Input((16, 16, 1))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    x = layers.Flatten()(layers.BatchNormalization(name="bn")(x))
    return keras.Model(inputs, layers.Dense(2, activation="softmax", name="last")(x))


def test_the_cascade_ends_where_all_weights_are_random():
    network = deep()
    before = network.get_weights()
    names, changed, last = [], [], None
    for name, model in checks.cascade(network, rng=7):
        names.append(name)
        pairs = zip(model.layers, network.layers, strict=True)
        changed.append(
            {
                one.name
                for one, other in pairs
                for a, b in zip(one.get_weights(), other.get_weights(), strict=True)
                if np.any(a != b)
            }
        )
        last = model.get_weights()
    assert names == ["last", "conv"]
    assert changed == [{"last"}, {"last", "conv"}]  # new normalisation: ones and zeros
    random = checks.randomised(network, 7).get_weights()
    for now, then, one, expected in zip(network.get_weights(), before, last, random, strict=True):
        np.testing.assert_array_equal(now, then)
        np.testing.assert_array_equal(one, expected)


def test_random_weights_destroy_the_signed_map_of_a_network():
    network = deep()
    x = np.random.default_rng(8).normal(size=(3, 16, 16, 1)).astype(np.float32)
    where = np.ones((3, 16, 16), bool)
    settings = {"rng": 9, "n_noisy": 1, "tolerance": np.inf, "depths": [-1]}
    of = checks.under_randomisation(network, x, 1, "conv", where, **settings)
    assert {tuple(names) for names in of.values()} == {("conv",)}
    assert np.abs(of["integrated gradients"]["conv"]).max() < 0.35
    assert of["|integrated gradients|"]["conv"].min() > 0.3  # which follows the input


def test_similarity_counts_the_wanted_pixels():
    rng = np.random.default_rng(10)
    first, where = rng.random((3, 6, 6)), np.zeros((3, 6, 6), bool)
    where[:, :3] = True
    second = np.where(where, -first, first)
    second[2] = 1
    found = checks.similarities(first, second, where)
    np.testing.assert_allclose(found, [-1, -1, np.nan])
    stack = np.stack([first, first**3, -first])  # pairs: 1, -1, -1
    np.testing.assert_allclose(checks.agreement(stack, where), -1 / 3)


def test_parts_are_joined_in_order():
    parts = [{"a": np.zeros((2, 3)), "b": np.zeros(2)}, {"a": np.ones((1, 3)), "b": np.ones(1)}]
    found = checks.joined(parts)
    assert found["a"].shape == (3, 3) and found["a"][2, 0] == 1
    np.testing.assert_array_equal(found["b"], [0, 0, 1])


@pytest.fixture(scope="module")
def classifier():
    """A small backbone and tail with random values in all weights, running means too."""
    backbone = efficientnet.backbone("tiny", (32, 32, 3))
    model = efficientnet.joined(backbone, efficientnet.head(256, classes=4, dense=8))
    rng = np.random.default_rng(6)
    model.set_weights([rng.uniform(0.1, 1, w.shape) for w in model.get_weights()])
    return model


def test_random_weights_are_those_of_each_array_shuffled(classifier):
    before = [array.copy() for array in classifier.get_weights()]
    random = checks.randomised(classifier, rng=2)
    for old, new in zip(classifier.weights, random.weights, strict=True):
        assert old is not new
        one, two = np.asarray(old), np.asarray(new)
        assert (old.name, one.shape) == (new.name, two.shape)
        assert Counter(one.ravel().tolist()) == Counter(two.ravel().tolist())
        assert one.size < 3 or np.any(one != two), old.path
    for kept, now in zip(before, classifier.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)
    # changing the copy does not reach the original either
    random.set_weights([0 * array for array in before])
    np.testing.assert_array_equal(classifier.get_weights()[0], before[0])


def test_a_randomised_model_computes_with_its_weights_and_follows_the_seed(classifier):
    x = np.random.default_rng(1).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    expected = np.asarray(classifier(x))
    same, again, other = (checks.randomised(classifier, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(same(x), again(x))
    for one, two in zip(same.get_weights(), other.get_weights(), strict=True):
        assert one.size < 3 or np.any(one != two)
    np.testing.assert_array_equal(classifier(x), expected)
    names = [[layer.name for layer in model.layers[1:]] for model in (same, classifier)]
    assert names[0] == names[1]  # `saliency` finds its layer in either
    inputs = keras.Input((3,))
    plain = keras.Model(inputs, keras.layers.Dense(2, use_bias=False)(inputs))
    shuffled = checks.randomised(plain, rng=4)
    ones = np.eye(3, dtype=np.float32)
    np.testing.assert_array_equal(shuffled(ones), shuffled.get_weights()[0])


def test_similarity_is_the_mean_rank_correlation_of_maps_that_vary():
    rng = np.random.default_rng(7)
    first, second = rng.random((2, 5, 8, 8))
    expected = np.mean(
        [spearmanr(a.ravel(), b.ravel())[0] for a, b in zip(first, second, strict=True)]
    )
    assert checks.similarity(first, second) == pytest.approx(expected)
    assert checks.similarity(first, np.exp(5 * first)) == pytest.approx(1)
    assert checks.similarity(first, -first) == pytest.approx(-1)
    flat = first.copy()
    flat[1:] = 0.5
    assert checks.similarity(flat, -first) == pytest.approx(-1)
    assert np.isnan(checks.similarity(flat[1:], first[1:]))
