"""Activations are those of the layers inside a network."""

import keras
import numpy as np
import pytest

from galutils.explain import feature_maps
from galutils.networks import cutout, efficientnet, velocity_cnn, wrappers


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return velocity_cnn.sami_cnn((20, 20, 1), filters=(8, 8), jit_compile=False)


def test_activations_are_those_of_the_network_inside(network):
    x = np.random.default_rng(3).normal(size=(20, 20, 1)).astype(np.float32)
    found = feature_maps.activations(
        wrappers.symmetrised(wrappers.ensemble([network])), x, n_maps=3
    )
    layers = [one for one in network.layers if isinstance(one, keras.layers.Conv2D)]
    assert list(found) == [one.name for one in layers]
    first = np.maximum(np.asarray(layers[0](x[None]))[0], 0)
    maps = found[layers[0].name]
    assert maps.shape == (3, 18, 18)
    spread = first.std(axis=(0, 1))
    expected = np.sort(np.argsort(-spread)[:3])
    np.testing.assert_allclose(maps, first[..., expected].transpose(2, 0, 1), atol=1e-6)


def test_activations_of_separable_and_depthwise_convolutions():
    """1x1 convolutions, which only mix maps, are passed over."""
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 1, name="mixed")(inputs)
    depth = keras.layers.DepthwiseConv2D(3, name="depth")
    separable = keras.layers.SeparableConv2D(5, 5, name="separable")
    x = separable(keras.layers.Activation("relu")(depth(x)))
    network = keras.Model(inputs, keras.layers.Conv2D(2, 3, name="plain")(x))
    image = np.random.default_rng(4).normal(size=(16, 16, 3)).astype(np.float32)
    found = feature_maps.activations(network, image, n_maps=2)
    assert list(found) == ["depth", "separable", "plain"]
    assert [maps.shape for maps in found.values()] == [(2, 14, 14), (2, 10, 10), (2, 8, 8)]
    tapped = keras.Model(inputs, separable.output)(image[None])
    maps = np.maximum(np.asarray(tapped)[0], 0).transpose(2, 0, 1)
    chosen = np.sort(np.argsort(-maps.std(axis=(1, 2)))[:2])
    np.testing.assert_allclose(found["separable"], maps[chosen], atol=1e-6)


def test_activations_of_the_network_that_counts_arms_go_from_its_stem_to_its_top():
    backbone = efficientnet.backbone("tiny", (32, 32, 3))
    model = efficientnet.joined(backbone, efficientnet.head(256, classes=3, dense=4))
    image = np.random.default_rng(5).uniform(0, 255, (32, 32, 3)).astype(np.float32)
    found = feature_maps.activations(model, image, n_maps=3, n_layers=3)
    names = list(found)
    assert len(names) == 3 and (names[0], names[-1]) == ("stem_conv", "top_conv")
    assert [maps.shape for maps in found.values()] == [(3, 16, 16), (3, 4, 4), (3, 4, 4)]


def test_activations_are_those_of_the_image_as_it_stands():
    """Layers that turn images at random in training do not act, so two calls agree."""
    keras.utils.set_random_seed(1)
    network = cutout.cutout_cnn(side=16, filters=(4, 4), last=6)
    image = np.random.default_rng(6).uniform(0, 255, (16, 16, 3)).astype(np.float32)
    found = [feature_maps.activations(network, image, n_maps=4) for _ in range(2)]
    convolution = network.get_layer("block_1")
    expected = np.maximum(np.asarray(convolution(image[None] / 255))[0], 0).transpose(2, 0, 1)
    np.testing.assert_allclose(found[0]["block_1"], expected, atol=1e-5)
    for name, maps in found[0].items():
        np.testing.assert_array_equal(found[1][name], maps)
