"""Networks that vote, and dropout while predicting."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from galutils.networks import uncertainty


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    chain = [layers.Dense(64), layers.BatchNormalization(momentum=0.5), layers.Dropout(0.5)]
    chain += [layers.Dense(16, activation="relu"), layers.BatchNormalization(), layers.Dropout(0.2)]
    return keras.Sequential([keras.Input((3,)), *chain, layers.Dense(1, activation="sigmoid")])


def test_dropout_draws_drop_but_leave_batch_normalisation_at_rest(network):
    x = np.random.default_rng(2).normal(5, 3, (40, 3)).astype(np.float32)
    before = network.get_weights()
    drawn = uncertainty.dropout_draws(network, x, 400, rng=1, batch_size=16)
    assert drawn.shape == (400, 40) and np.all(drawn.std(axis=0) > 0.01)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(drawn, uncertainty.dropout_draws(network, x, 400, 1, 16))
    # a galaxy by itself has the same mean as among others; batch statistics would make it 0
    alone = uncertainty.dropout_draws(network, x[:1], 400, rng=3).mean()
    spread = drawn[:, 0].std() / np.sqrt(200)
    assert abs(alone - drawn[:, 0].mean()) < 4 * spread
    assert abs(drawn[:, 0].mean() - float(network(x[:1], training=False)[0, 0])) < 0.1


def test_without_dropping_the_draws_are_the_prediction(network):
    x = np.random.default_rng(2).normal(5, 3, (10, 3)).astype(np.float32)
    still = keras.models.clone_model(network)
    still.set_weights(network.get_weights())
    rates = [layer for layer in still.layers if isinstance(layer, layers.Dropout)]
    for layer in rates:
        layer.rate = 0.0
    drawn = uncertainty.dropout_draws(keras.Model(still.inputs, still.outputs), x, 3, rng=0)
    expected = np.asarray(network(x, training=False))[:, 0]
    np.testing.assert_allclose(drawn, [expected] * 3, rtol=1e-5)


def test_dropout_draws_refuse_what_they_would_get_wrong():
    inputs = keras.Input((3,))
    flat = keras.Model(inputs, layers.Dense(1)(inputs), name="flat")
    branched = layers.Dropout(0.5)(layers.Dense(3)(inputs))
    branched = keras.Model(inputs, layers.Dense(1)(layers.Add()([inputs, branched])), name="side")
    for model in (flat, branched):
        with pytest.raises(ValueError, match=f"{model.name}: expected a chain"):
            uncertainty.dropout_draws(model, np.zeros((2, 3), np.float32))


def test_networks_of_an_ensemble_share_their_maps_but_not_their_start(monkeypatch):
    seen = []

    def fit(build, x, y, validation, epochs, seed, patience, batch_size):
        seen.append((x, y, seed))
        assert validation is None and patience is None  # nothing is watched, the last epoch counts
        return seed, pd.DataFrame({"epoch": [1, 2], "loss": [0.7, 0.6]})

    monkeypatch.setattr(uncertainty.train, "fit", fit)
    monkeypatch.setattr(uncertainty.wrappers, "copied", lambda model: model)
    x = np.random.default_rng(0).random((6, 8, 8, 1)).astype(np.float32)
    labels = np.array([1, 1, 1, 1, 0, 0])
    models, history = uncertainty.deep_ensemble(x, labels, None, 5, None, {1: 0, 0: 1}, 3, 2)
    assert models == (5, 6, 7) and history["member"].tolist() == [0, 0, 1, 1, 2, 2]
    for maps, target, _ in seen:
        assert target.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
        np.testing.assert_array_equal(maps, seen[0][0])
