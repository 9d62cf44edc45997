"""Integrated gradients add up, and vanish where the network does not look."""

import keras
import numpy as np
import pytest

from galutils.explain import integrated_gradients
from galutils.networks import train, velocity_cnn


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return velocity_cnn.sami_cnn((20, 20, 1), filters=(8, 8), jit_compile=False)


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


def test_every_input_may_have_a_baseline_of_its_own(network):
    x = np.random.default_rng(6).normal(size=(3, 20, 20, 1)).astype(np.float32)
    own = np.random.default_rng(7).normal(size=x.shape).astype(np.float32)
    together = integrated_gradients.integrated_gradients(network, x, own, tolerance=0.05)
    for k in range(3):
        alone = integrated_gradients.integrated_gradients(
            network, x[k : k + 1], own[k], tolerance=0.05
        )
        np.testing.assert_allclose(together.change[k], alone.change[0], atol=1e-6)
        missed = abs(together.values[k].sum() - alone.change[0])
        assert missed <= 0.05 * max(together.variation[k], 0.01)


def test_a_path_on_which_the_probability_rises_and_falls_again_has_variation_and_no_change():
    inputs = keras.Input((1, 1, 1))
    risen = keras.layers.Flatten()(keras.layers.ReLU()(inputs))
    fallen = keras.layers.Flatten()(keras.layers.ReLU()(inputs - 0.5))
    model = keras.Model(inputs, risen - 2 * fallen)
    found = integrated_gradients.integrated_gradients(model, np.ones((1, 1, 1, 1)), steps=64)
    assert found.variation[0] == pytest.approx(1.0)
    assert found.change[0] == found.values.sum() == pytest.approx(0.0, abs=1e-6)
    assert found.steps == 64


def test_enclosed_attribution_grows_to_one():
    values = np.zeros((2, 9, 9))
    values[0, 4, 4], values[0, 4, 7] = 3.0, -1.0
    share = integrated_gradients.enclosed(values, [0, 2.9, 3])
    np.testing.assert_allclose(share[0], [0.75, 0.75, 1])
    assert np.isnan(share[1]).all()
    np.testing.assert_allclose(
        integrated_gradients.enclosed(values[:1], [[3, 0, 9]])[0], [1, 0.75, 1]
    )


def _linear(slope):
    """A network whose probability rises or falls with the mean of its input."""
    inputs = keras.Input((4, 4, 1))
    dense = keras.layers.Dense(
        1, "sigmoid", kernel_initializer=keras.initializers.Constant(slope / 4)
    )
    return keras.Model(inputs, dense(keras.layers.Flatten()(inputs)))


def test_each_galaxy_is_explained_by_the_network_of_its_fold():
    networks = [_linear(1.0), _linear(-1.0)]
    x = np.random.default_rng(5).normal(size=(5, 4, 4, 1)).astype(np.float32)
    fold = np.array([0, 1, 0, 1, 1])
    found = integrated_gradients.by_fold(networks, x, [4, 0, 1], fold)
    for position, row in enumerate((4, 0, 1)):
        alone = integrated_gradients.integrated_gradients(networks[fold[row]], x[row : row + 1])
        np.testing.assert_allclose(found.values[position], alone.values[0], atol=1e-6)
        np.testing.assert_allclose(found.change[position], alone.change[0], atol=1e-6)


def test_several_baselines_give_the_mean_over_their_paths():
    network = _linear(1.0)
    x = np.random.default_rng(6).normal(size=(4, 4, 4, 1)).astype(np.float32)
    found = integrated_gradients.by_fold([network], x, [0], np.zeros(4, int), x[2:])
    apart = [
        integrated_gradients.integrated_gradients(network, x[:1], one).values[0] for one in x[2:]
    ]
    np.testing.assert_allclose(found.values[0], np.mean(apart, axis=0), atol=1e-5)
    p = train.predict(network, x)
    np.testing.assert_allclose(found.change[0], p[0] - p[2:].mean(), atol=1e-6)
