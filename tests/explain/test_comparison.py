"""Maps that explain any class, and where the units of a layer look."""

import keras
import numpy as np
import pytest
from keras import layers

from galutils.explain import comparison, gradcam
from galutils.networks import efficientnet, train, velocity_cnn


def linear(weights):
    """Two outputs: the weighted sum of the pixels, and three less half of it."""
    inputs = keras.Input((*np.shape(weights), 1))
    last = layers.Dense(2)
    network = keras.Model(inputs, last(layers.Flatten()(inputs)))
    column = np.ravel(weights)[:, None].astype(np.float32)
    last.set_weights([np.hstack([column, -column / 2]), np.array([0, 3], np.float32)])
    return network


@pytest.fixture(scope="module")
def small():
    keras.utils.set_random_seed(3)
    return velocity_cnn.sami_cnn(input_shape=(24, 24, 1), filters=(4, 6), jit_compile=False)


def test_both_classes_keeps_the_probability(small):
    x = np.random.default_rng(0).normal(size=(5, 24, 24, 1)).astype(np.float32)
    one, two = train.outputs(small, x)[:, 0], train.outputs(comparison.both_classes(small), x)
    np.testing.assert_allclose(two[:, 1], one, rtol=1e-5)
    np.testing.assert_allclose(two.sum(axis=1), 1, rtol=1e-5)


def test_path_attributions_of_a_linear_network_are_weight_times_difference():
    rng = np.random.default_rng(1)
    weights, x = rng.normal(size=(4, 4)), rng.normal(size=(3, 4, 4, 1)).astype(np.float32)
    own = rng.normal(size=x.shape).astype(np.float32)
    factor = np.array([1, -0.5, 1])[:, None, None]
    for baseline in (0.0, own[0], own):
        found = comparison.path_attributions(linear(weights), x, [0, 1, 0], baseline)
        expected = factor * weights * (x - baseline)[..., 0]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_layer_looks_where_its_gradient_is(small):
    """The centre of the pixels that a unit depends on, with and without padding."""
    chains = {
        "valid": small,
        "same": efficientnet.backbone("tiny", (64, 64, 3)),
    }
    for kind, network in chains.items():
        name = [one.name for one in network.layers if "conv" in one.name][
            -1 if kind == "valid" else 2
        ]
        first, step, units = comparison.unit_centres(network, name)
        output = network.get_layer(name).output
        assert units == output.shape[1]
        part = keras.Model(network.input, output)
        for unit in (units // 2, units // 2 + 1):
            pixels = seen(part, unit)
            assert pixels.mean() == pytest.approx(first + step * unit, abs=0.51), kind


def seen(part, unit):
    """Columns of the input that move a unit in the middle row."""
    import tensorflow as tf

    x = tf.constant(np.random.default_rng(2).normal(size=(40, *part.input_shape[1:])), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(part(x, training=False)[:, unit, unit] ** 2)
    moved = np.abs(tape.gradient(value, x).numpy()).sum(axis=(0, 1, 3))
    return np.flatnonzero(moved > 0)


def test_unit_centres_know_padding_layers_and_names():
    inputs = keras.Input((9, 9, 1))
    x = layers.ZeroPadding2D(1)(inputs)
    x = layers.Conv2D(2, 3, strides=2, name="half")(x)
    network = keras.Model(inputs, layers.Conv2D(2, 1, name="point")(x))
    assert comparison.unit_centres(network, "half") == (0, 2, 5)
    assert comparison.unit_centres(network, "point") == (0, 2, 5)
    with pytest.raises(ValueError, match="'none'"):
        comparison.unit_centres(network, "none")


def test_placing_brings_a_map_back_to_its_units():
    """A 3x3 map on units at 5, 9 and 13 of 24 pixels, enlarged as saliency does."""
    coarse = np.arange(9.0).reshape(1, 3, 3) ** 2
    enlarged = keras.ops.image.resize(coarse[..., None], (24, 24), interpolation="bilinear")
    found = comparison.placed(np.asarray(enlarged)[..., 0], 5, 4, 3)
    at = np.ix_([0], [5, 9, 13], [5, 9, 13])
    np.testing.assert_allclose(found[at], coarse, rtol=0.1, atol=1.0)
    np.testing.assert_allclose(found[0, 20:, 20:], coarse[0, 2, 2], rtol=1e-6)
    assert found[0, 9, 13] > found[0, 9, 11] > found[0, 9, 9]


def test_maps_of_both_classes(small):
    network = comparison.both_classes(small)
    name = [one.name for one in small.layers if "conv" in one.name][-1]
    x = np.random.default_rng(4).normal(size=(3, 24, 24, 1)).astype(np.float32)
    maps = comparison.attributions(network, x, [1, 0, 1], name, n_noisy=2, rng=5)
    signed = maps["integrated gradients"]
    ends = train.outputs(network, np.concatenate([x, 0 * x[:1]]))
    change = (ends[:3] - ends[3])[np.arange(3), [1, 0, 1]]
    np.testing.assert_allclose(
        signed.sum(axis=(1, 2)), change, atol=0.05 * np.maximum(np.abs(change), 0.01).max()
    )
    np.testing.assert_array_equal(maps["|integrated gradients|"], np.abs(signed))
    enlarged = gradcam.grad_cam_pp(network, x, name, [1, 0, 1])
    assert {one.shape for one in maps.values()} == {(3, 24, 24)}
    assert np.abs(maps["Grad-CAM++"] - enlarged).max() > 0.05
    none = comparison.attributions(network, x[:0], 1, name, n_noisy=2)
    assert {one.shape for one in none.values()} == {(0, 24, 24)}
