"""Heat lies on the patch that decides the class, in plain networks and in nested ones."""

import keras
import numpy as np
import pytest
from keras import layers

from galutils.explain import gradcam
from galutils.networks import efficientnet

SIDE, PATCH = 32, 8
RED, BLUE = (slice(2, 10), slice(4, 12)), (slice(18, 26), slice(20, 28))


def images():
    """Return noise with a red and a blue patch, and its mirror image; values of 0-1."""
    x = np.random.default_rng(0).uniform(0, 0.05, (SIDE, SIDE, 3))
    x[(*RED, 0)], x[(*BLUE, 2)] = 0.9, 0.9
    return np.stack([x, x[::-1]]).astype(np.float32)


def decider(nested, deciding=1.0):
    """Return a network for which red means class 1 and blue class 2, whatever else is there."""
    inputs = keras.Input((SIDE, SIDE, 3))
    colours = layers.Conv2D(3, 3, padding="same", activation="relu", name="colours")
    x = layers.AveragePooling2D(2)(colours(inputs))
    kernel = np.zeros((3, 3, 3, 3))
    kernel[..., [0, 1, 2], [0, 1, 2]] = 1 / 9
    colours.set_weights([kernel, np.full(3, -0.3)])
    score = layers.Dense(3, activation="softmax", name="classes")
    if nested:
        inside = keras.Model(inputs, x, name="backbone")
        inputs = keras.Input((SIDE, SIDE, 3))
        outside = keras.Model(inputs, inside(inputs), name="outside")
        inputs = keras.Input((SIDE, SIDE, 3))
        x = outside(inputs)
    outputs = score(layers.GlobalAveragePooling2D()(x))
    weights = np.zeros((3, 3))
    weights[0, 1] = weights[2, 2] = deciding
    score.set_weights([weights, np.zeros(3)])
    return keras.Model(inputs, outputs)


def share(heat, patch, margin=2):
    """Share of the heat on a patch and so many pixels about it."""
    inside = tuple(slice(side.start - margin, side.stop + margin) for side in patch)
    return heat[inside].sum() / heat.sum()


METHODS = {
    "grad_cam_pp": lambda model, x, classes: gradcam.grad_cam_pp(model, x, "colours", classes),
    "smooth_grad": lambda model, x, classes: gradcam.smooth_grad(
        model, x, classes, n=12, rng=1, batch_size=5
    ),
}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_heat_lies_on_the_patch_that_decides(method, nested):
    model, x = decider(nested), images()
    heat = METHODS[method](model, x, 1)
    assert heat.shape == x.shape[:3]
    assert share(heat[0], RED) > 0.9
    assert share(heat[1][::-1], RED) > 0.9
    heat = METHODS[method](model, x, [2, 1])
    assert share(heat[0], BLUE) > 0.9
    assert share(heat[1][::-1], RED) > 0.9


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_does_not_look_gives_a_map_of_zeros(method):
    heat = METHODS[method](decider(True, deciding=0.0), images(), 1)
    assert np.all(heat == 0)
    assert np.all(METHODS[method](decider(False), images(), 0) == 0)
    assert np.all(METHODS[method](decider(False), np.zeros((1, SIDE, SIDE, 3)), 1) == 0)


def test_grad_cam_pp_is_the_published_formula():
    inputs = keras.Input((6, 6, 2))
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="maps")(inputs)
    x = layers.Dense(5, activation="relu")(layers.Flatten()(x))
    outputs = layers.Dense(3, activation="softmax")(x)
    keras.utils.set_random_seed(3)
    model = keras.Model(inputs, outputs)
    for layer in model.layers:
        layer.set_weights([np.random.default_rng(4).normal(size=w.shape) for w in layer.weights])
    x = np.random.default_rng(5).normal(size=(3, 6, 6, 2)).astype(np.float32)
    maps = np.asarray(keras.Model(model.input, model.layers[1].output)(x), np.float64)
    flat = maps.reshape(3, -1)
    first, second = (layer.get_weights() for layer in model.layers[3:])
    active = (flat @ first[0] + first[1] > 0).astype(float)
    slope = ((active * second[0][:, 1]) @ first[0].T).reshape(maps.shape)
    # Equations 19, 5 and 11, as printed.
    alpha = slope**2 / (2 * slope**2 + maps.sum(axis=(1, 2), keepdims=True) * slope**3)
    weights = (alpha * np.maximum(slope, 0)).sum(axis=(1, 2))
    expected = np.maximum(np.einsum("nk,nijk->nij", weights, maps), 0)
    heat = gradcam.grad_cam_pp(model, x, "maps", 1, batch_size=2)
    assert expected.max() > 0
    np.testing.assert_allclose(heat, expected / expected.max(axis=(1, 2), keepdims=True), atol=1e-4)


def test_without_noise_smooth_grad_is_the_gradient_of_the_score():
    inputs = keras.Input((4, 4, 2))
    dense = layers.Dense(3, activation="softmax")
    model = keras.Model(inputs, dense(layers.Flatten()(inputs)))
    heat = gradcam.smooth_grad(model, np.ones((2, 4, 4, 2)), [0, 2], n=3, noise=0)
    weights = np.abs(dense.get_weights()[0]).reshape(4, 4, 2, 3).mean(axis=2)
    np.testing.assert_allclose(heat, np.moveaxis(weights, -1, 0)[[0, 2]], rtol=1e-5)


def test_noise_is_a_share_of_the_range_of_the_image():
    # The slope of a square is twice the value: its mean absolute value tells sigma.
    inputs = keras.Input((20, 20, 1))
    dense = layers.Dense(1, activation="sigmoid", kernel_initializer="ones")
    model = keras.Model(inputs, dense(layers.Flatten()(layers.Multiply()([inputs, inputs]))))
    x = np.zeros((2, 20, 20, 1))
    x[0, 0, 0], x[1, 0, 0] = 10, 200
    heat = gradcam.smooth_grad(model, x, 0, n=40, noise=0.2, rng=0)
    sigma = heat[:, 1:].mean(axis=(1, 2)) / 2 / np.sqrt(2 / np.pi)
    np.testing.assert_allclose(sigma, [2, 40], rtol=0.05)
    np.testing.assert_array_equal(heat, gradcam.smooth_grad(model, x, 0, n=40, noise=0.2, rng=0))


def test_a_classifier_is_explained_and_stays_as_it_was(tmp_path):
    backbone = efficientnet.backbone("tiny", (32, 32, 3))
    model = efficientnet.joined(backbone, efficientnet.head(256, classes=4, dense=8))
    x = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    before = np.asarray(model(x))
    heat = gradcam.grad_cam_pp(model, x, "top_activation", before.argmax(axis=1))
    assert np.all(np.isfinite(heat)) and heat.max() == 1 and heat.min() >= 0
    assert np.all(gradcam.smooth_grad(model, x, 3, n=2).max(axis=(1, 2)) > 0)
    np.testing.assert_allclose(model(x), before, atol=1e-6)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(x), before, atol=1e-5)


def test_what_cannot_be_explained_is_refused():
    model, x = decider(True), images()
    with pytest.raises(ValueError, match="layer: expected one of .*, received 'nothing'"):
        gradcam.grad_cam_pp(model, x, "nothing", 1)
    with pytest.raises(ValueError, match="classes: expected 0 to 2, received 3"):
        gradcam.smooth_grad(model, x, 3)
    mean = keras.Model(model.input, layers.Average()([model.output, model.output]))
    with pytest.raises(ValueError, match="ends in an activation, received average"):
        gradcam.smooth_grad(mean, x, 1)
    assert gradcam.grad_cam_pp(model, x[:0], "colours", 1).shape == (0, SIDE, SIDE)
