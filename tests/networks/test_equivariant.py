"""A symmetric network gives a map and its rotated copy the same answer."""

import keras
import numpy as np
import pytest

from galutils.inputs import augment
from galutils.networks import saved, train, velocity_cnn, wrappers
from galutils.networks.equivariant import ORDER, PRODUCTS, SymmetricConv2D

MAPS = np.random.default_rng(0).normal(size=(3, 16, 16, 2)).astype(np.float32)


def turned(s, maps=MAPS):
    return np.ascontiguousarray(augment.dihedral(maps, s))


@pytest.fixture(scope="module")
def symmetric():
    keras.utils.set_random_seed(1)
    model = velocity_cnn.symmetric_cnn((16, 16, 2), (3, 4), momentum=0.9)
    rng = np.random.default_rng(2)
    # as after a training: no statistic, scale or bias at its beginning
    changed = [
        w + rng.uniform(0.05, 0.2, w.shape) if w.ndim == 1 else w for w in model.get_weights()
    ]
    model.set_weights(changed)
    return model


@pytest.mark.parametrize("s", range(ORDER))
def test_symmetric_network_does_not_know_the_orientation(symmetric, s):
    expected = train.predict(symmetric, MAPS)
    assert np.ptp(expected) > 1e-3  # it does tell the maps apart
    np.testing.assert_allclose(train.predict(symmetric, turned(s)), expected, atol=1e-5)


def test_mean_of_eight_views_does_not_know_it_either_and_one_view_does():
    keras.utils.set_random_seed(3)
    plain = velocity_cnn.sami_cnn((16, 16, 2), (4, 4), jit_compile=False)
    alone, mean = train.predict(plain, MAPS), train.predict_symmetric(plain, MAPS)
    assert np.abs(train.predict(plain, turned(1)) - alone).max() > 1e-3
    for s in range(ORDER):
        np.testing.assert_allclose(train.predict_symmetric(plain, turned(s)), mean, atol=1e-5)


def test_a_turned_map_turns_what_the_layers_return_and_swaps_its_orientations():
    first, second = SymmetricConv2D(3, 3, 1), SymmetricConv2D(2, 5, ORDER, activation="relu")

    def through(maps):
        return np.asarray(second(first(maps)))

    whole = through(MAPS).reshape(3, 16, 16, ORDER, 2)
    for s in range(ORDER):
        expected = augment.dihedral(whole, s)[..., PRODUCTS[s], :]
        np.testing.assert_allclose(
            through(turned(s)).reshape(expected.shape), expected, atol=1e-5, err_msg=str(s)
        )


def test_the_first_orientation_is_a_plain_convolution():
    layer = SymmetricConv2D(3, 3, 1)
    result = np.asarray(layer(MAPS))[..., :3]
    plain = keras.layers.Conv2D(3, 3, padding="same")
    plain.build(MAPS.shape)
    plain.set_weights([np.asarray(layer.kernel).reshape(3, 3, 2, 3), np.asarray(layer.bias)])
    np.testing.assert_allclose(result, np.asarray(plain(MAPS)), atol=1e-5)
    assert layer.count_params() == plain.count_params()  # eight orientations for nothing


def test_symmetric_network_refuses_maps_that_pooling_would_cut():
    with pytest.raises(ValueError, match="divisible by 8, received 20 by 20"):
        velocity_cnn.symmetric_cnn((20, 20, 1), (2, 2, 2))


@pytest.mark.parametrize("kind", ["symmetric", "attentive"])
def test_networks_come_back_from_a_file_in_safe_mode(tmp_path, symmetric, kind):
    attentive = velocity_cnn.sami_cnn((16, 16, 2), (4, 4), attention=4, jit_compile=False)
    model = wrappers.ensemble([symmetric if kind == "symmetric" else attentive])
    saved.save(model, tmp_path / "model.keras")
    again = saved.load(tmp_path / "model.keras")
    np.testing.assert_allclose(train.predict(again, MAPS), train.predict(model, MAPS), atol=1e-6)
