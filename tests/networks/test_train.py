"""Training keeps the best epoch, repeats with its seed, and predicts by parts."""

import gc
import weakref

import keras
import numpy as np
import pytest

from galutils.networks import train, velocity_cnn


def build():
    return velocity_cnn.sami_cnn(
        (16, 16, 1), filters=(8,), learning_rate=3e-3, momentum=0.8, jit_compile=False
    )


def test_fit_learns_and_returns_the_best_epoch(data):
    x, labels, _ = data
    watched = (x[120:], labels[120:])
    model, history = train.fit(build, x[:120], labels[:120], watched, 6, seed=1)
    accuracy = np.mean((train.predict(model, x[120:]) > 0.5) == labels[120:])
    assert accuracy == pytest.approx(history["val_accuracy"].max(), abs=1e-6)
    assert accuracy > 0.9
    assert history["epoch"].tolist() == list(range(1, len(history) + 1))


def test_seed_repeats_a_fit(data):
    x, labels, _ = data
    runs = [
        train.fit(build, x[:64], labels[:64], (x[64:], labels[64:]), 2, seed=5)[1] for _ in range(2)
    ]
    np.testing.assert_allclose(runs[0].to_numpy(), runs[1].to_numpy(), rtol=1e-5)


def test_symmetric_prediction_does_not_know_orientation(data):
    x, *_ = data
    keras.utils.set_random_seed(0)
    model = build()
    expected = train.predict_symmetric(model, x[:6])
    turned = train.predict_symmetric(model, np.rot90(x[:6], axes=(1, 2)))
    np.testing.assert_allclose(turned, expected, atol=1e-5)
    assert train.predict(model, x[:0]).shape == (0,)


def test_without_patience_the_last_epoch_counts(data):
    x, labels, _ = data
    model, history = train.fit(build, x[:64], labels[:64], (x[64:], labels[64:]), 3, 2, None)
    assert len(history) == 3
    accuracy = np.mean((train.predict(model, x[64:]) > 0.5) == labels[64:])
    assert accuracy == pytest.approx(history["val_accuracy"].iloc[-1], abs=1e-6)


def test_probability_of_class_1_from_two_outputs(data):
    inputs = keras.Input((16, 16, 1))
    flat = keras.layers.Flatten()(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(flat))
    expected = np.asarray(model(data[0]))[:, 1]
    np.testing.assert_allclose(train.predict(model, data[0]), expected, atol=1e-6)


def test_outputs_are_those_of_the_whole_batch_by_parts():
    """Of three outputs and images of any type; none of none."""
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    images = np.random.default_rng(0).integers(0, 9, (11, 4, 4, 3), dtype=np.uint8)
    expected = model.predict(images.astype(np.float32), verbose=0)
    for batch_size in (4, 11, 256):
        found = train.outputs(model, images, batch_size)
        np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_array_equal(train.predict(model, images), found[:, -1])
    assert train.outputs(model, images[:0]).shape == (0, 3)


def test_many_inputs_go_through_a_sequential_model_that_was_only_fitted():
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    x = np.random.default_rng(0).integers(0, 9, (9, 4, 4, 1), dtype=np.uint8)
    model.fit(x, np.arange(9) % 2, verbose=0)
    expected = np.asarray(model(x.astype(np.float32)))
    np.testing.assert_allclose(train.outputs(model, x, batch_size=4), expected, atol=1e-6)


def test_a_model_has_one_graph_which_follows_its_weights_and_goes_with_it(data):
    model, x = build(), data[0]
    assert train.graph(model) is train.graph(model)
    model.set_weights([0.5 * one for one in model.get_weights()])
    for n in (1, 7):
        layer_by_layer = np.asarray(model(x[:n], training=False))
        np.testing.assert_allclose(train.graph(model)(x[:n]), layer_by_layer, atol=1e-6)
    gone = weakref.ref(model)
    del model
    keras.backend.clear_session()
    gc.collect()
    assert gone() is None
