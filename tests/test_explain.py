"""Integrated gradients add up, and vanish where the network does not look."""

import keras
import numpy as np
import pytest

from galutils import explain, models


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return models.sami_cnn((20, 20, 1), filters=(8, 8), jit_compile=False)


def test_contributions_add_up(network):
    x = np.random.default_rng(0).normal(size=(3, 20, 20, 1))
    result = explain.integrated_gradients(network, x)
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
    values = explain.integrated_gradients(model, x, steps=4).values
    np.testing.assert_allclose(values, weights * x, atol=1e-5)


def test_baseline_itself_has_no_attribution(network):
    result = explain.integrated_gradients(network, np.zeros((1, 20, 20, 1)))
    assert np.abs(result.values).max() == 0
    assert result.change[0] == 0


def test_path_that_does_not_add_up_is_refused(network):
    x = 30 * np.random.default_rng(2).normal(size=(1, 20, 20, 1))
    with pytest.raises(ValueError, match="miss f"):
        explain.integrated_gradients(network, x, tolerance=1e-9, steps=2, max_steps=2)
