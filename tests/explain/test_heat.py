"""Which galaxies are explained, for which class, and how maps are measured."""

from collections import Counter

import keras
import numpy as np
import pytest
from explain.test_gradcam import BLUE, RED, decider, images, share
from scipy.stats import spearmanr

from galutils.explain import checks
from galutils.networks import efficientnet
from galutils.studies import arms


def test_extremes_are_the_surest_of_each_class():
    rng = np.random.default_rng(0)
    labels, probability = rng.integers(0, 4, 60), rng.dirichlet(np.ones(4), 60)
    called = probability.argmax(axis=1)
    for right in (True, False):
        found = arms.extremes(labels, probability, right)
        assert list(found) == [0, 1, 2, 3]
        for number, row in found.items():
            of = [k for k in range(60) if labels[k] == number and (called[k] == number) == right]
            assert row == max(of, key=lambda k: probability[k].max())


def test_a_class_without_such_a_galaxy_is_left_out():
    """Class 1 is never called rightly, 2 never wrongly, and 3 has no galaxy."""
    probability = np.array([[0.7, 0.1, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1], [0, 0.2, 0.8, 0]])
    labels = [0, 1, 2]
    assert arms.extremes(labels, probability, right=True) == {0: 0, 2: 2}
    assert arms.extremes(labels, probability, right=False) == {1: 1}
    assert arms.extremes(labels[:0], probability[:0], right=True) == {}


def test_heat_lies_on_the_patch_of_the_class_that_is_called():
    """Red means class 1 and blue class 2; the second image shows the first upside down."""
    model, x = decider(nested=True), images()
    # As if image 0 were called 2, and image 1 called 1, whatever they truly are.
    probability = np.array([[0.1, 0.2, 0.7], [0.05, 0.9, 0.05]])
    rows = {0: 1, 2: 0}
    found = arms.explained(model, x, probability, rows, "colours", 8, ("a", "b", "c"), rng=1)
    assert list(found) == [0, 2]
    assert [found[k]["title"] for k in found] == ["P(b) = 0.90", "P(c) = 0.70"]
    for kind in ("grad_cam", "smooth_grad"):
        assert found[0][kind].shape == x.shape[1:3]
        assert share(found[0][kind][::-1], RED) > 0.9, kind
        assert share(found[2][kind], BLUE) > 0.9, kind
    for number, row in rows.items():
        np.testing.assert_array_equal(found[number]["image"], x[row])
    again = arms.explained(model, x, probability, rows, "colours", 8, ("a", "b", "c"), rng=1)
    np.testing.assert_array_equal(again[2]["smooth_grad"], found[2]["smooth_grad"])
    assert arms.explained(model, x, probability, {}, "colours", 2, ("a", "b", "c")) == {}


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
