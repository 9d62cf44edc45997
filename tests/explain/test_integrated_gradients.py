"""Integrated gradients add up, and vanish where the network does not look."""

import keras
import numpy as np
import pytest

from galutils.explain import feature_maps, integrated_gradients
from galutils.networks import efficientnet, models


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return models.sami_cnn((20, 20, 1), filters=(8, 8), jit_compile=False)


def test_contributions_add_up(network):
    x = np.random.default_rng(0).normal(size=(3, 20, 20, 1))
    result = integrated_gradients.integrated_gradients(network, x)
    assert result.values.shape == x.shape
    expected = network.predict(x, verbose=0)[:, 0] - network.predict(0 * x, verbose=0)[:, 0]
    np.testing.assert_allclose(result.change, expected, atol=1e-6)
    limit = 0.01 * np.maximum(np.abs(expected), 0.01)
    assert np.all(np.abs(result.values.sum(axis=(1, 2, 3)) - expected) <= limit)


def test_linear_network_has_exact_attributions():
    inputs = keras.Input((4, 4, 1))
    dense = keras.layers.Dense(1)
    model = keras.Model(inputs, dense(keras.layers.Flatten()(inputs)))
    x = np.random.default_rng(1).normal(size=(2, 4, 4, 1)).astype(np.float32)
    weights = dense.get_weights()[0].reshape(4, 4, 1)
    values = integrated_gradients.integrated_gradients(model, x, steps=4).values
    np.testing.assert_allclose(values, weights * x, atol=1e-5)


def test_baseline_itself_has_no_attribution(network):
    result = integrated_gradients.integrated_gradients(network, np.zeros((1, 20, 20, 1)))
    assert np.abs(result.values).max() == 0
    assert result.change[0] == 0


def test_path_that_does_not_add_up_is_refused(network):
    x = 30 * np.random.default_rng(2).normal(size=(1, 20, 20, 1))
    with pytest.raises(ValueError, match="miss f"):
        integrated_gradients.integrated_gradients(network, x, tolerance=1e-9, steps=2, max_steps=2)


def test_activations_are_those_of_the_network_inside(network):
    x = np.random.default_rng(3).normal(size=(20, 20, 1)).astype(np.float32)
    found = feature_maps.activations(models.symmetrised(models.ensemble([network])), x, n_maps=3)
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


def test_kernels_are_the_largest_weights(network):
    layer = [one for one in network.layers if isinstance(one, keras.layers.Conv2D)][1]
    weights = layer.get_weights()[0]
    found = feature_maps.kernels(models.ensemble([network]), layer.name, 5)
    assert found.shape == (5, 3, 3)
    largest = np.abs(weights).max(axis=(0, 1)).ravel()
    np.testing.assert_allclose(np.abs(found).max(axis=(1, 2)), np.sort(largest)[::-1][:5])
    with pytest.raises(ValueError, match="No such layer"):
        feature_maps.kernels(network, "nothing", 5)


def test_every_input_may_have_a_baseline_of_its_own(network):
    x = np.random.default_rng(6).normal(size=(3, 20, 20, 1)).astype(np.float32)
    own = np.random.default_rng(7).normal(size=x.shape).astype(np.float32)
    together = integrated_gradients.integrated_gradients(network, x, own, tolerance=0.05)
    for k in range(3):
        alone = integrated_gradients.integrated_gradients(
            network, x[k : k + 1], own[k], tolerance=0.05
        )
        np.testing.assert_allclose(together.change[k], alone.change[0], atol=1e-6)
        assert abs(together.values[k].sum() - alone.change[0]) < 0.05 * max(
            abs(alone.change[0]), 0.01
        )


def test_enclosed_attribution_grows_to_one():
    values = np.zeros((2, 9, 9))
    values[0, 4, 4], values[0, 4, 7] = 3.0, -1.0
    share = integrated_gradients.enclosed(values, [0, 2.9, 3])
    np.testing.assert_allclose(share[0], [0.75, 0.75, 1])
    assert np.isnan(share[1]).all()
    np.testing.assert_allclose(
        integrated_gradients.enclosed(values[:1], [[3, 0, 9]])[0], [1, 0.75, 1]
    )
