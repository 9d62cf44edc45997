"""Training of frozen and tuned backbones, and the experiments that are built of it."""

from functools import partial

import keras
import numpy as np
import pytest

from galutils.networks import efficientnet, finetune, saved, train

SIDE = 8


def backbone(side=SIDE):
    """Return a backbone of one convolution with normalisation, as those of `efficientnet` have."""
    keras.utils.set_random_seed(9)
    inputs = keras.Input((side, side, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.BatchNormalization(momentum=0.8)(keras.layers.Conv2D(6, 3)(x))
    return keras.Model(inputs, keras.layers.Activation("relu", name="top_activation")(x))


def coloured():
    """60 images, red (0), green (1) or blue (2) with noise, and their classes."""
    labels = np.arange(60) % 3
    images = np.random.default_rng(0).integers(0, 120, (60, SIDE, SIDE, 3), dtype=np.uint8)
    images[np.arange(60), ..., labels] += 90
    return images, labels


@pytest.fixture(scope="module")
def galaxies():
    return coloured()


@pytest.fixture(scope="module")
def features():
    """Features of three classes that overlap, so that the accuracy goes up and down."""
    labels = np.arange(200) % 3
    x = np.random.default_rng(1).normal(0, 1, (200, 5)).astype(np.float32)
    x[np.arange(200), labels] += 0.7
    return x, labels


def assert_same(first, second):
    for one, two in zip(first, second, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-7)


def test_a_step_turns_mirrors_and_enlarges():
    image = np.random.default_rng(2).integers(0, 255, (9, 9)).astype(np.uint8)
    same, mirrored = finetune.step(image), finetune.step(image, mirror=True)
    np.testing.assert_array_equal(same, image)
    np.testing.assert_array_equal(mirrored, image[:, ::-1])
    turned = finetune.step(image.astype(float), angle=90)
    assert any(np.allclose(turned, np.rot90(image, k)) for k in (1, 3))
    square = np.zeros((21, 21))
    square[8:13, 8:13] = 1
    assert finetune.step(square, zoom=2).sum() == pytest.approx(100, rel=0.05)
    assert finetune.step(square, zoom=0.5).sum() == pytest.approx(25 / 4, abs=3)


def test_changed_images_keep_their_middle_and_are_zoomed_by_up_to_a_fifth():
    y, x = np.mgrid[:41, :41] - 20
    disc = (255 * (np.hypot(x, y) < 9)).astype(np.uint8)
    images = np.repeat(disc[None, ..., None], 60, axis=0).repeat(3, axis=-1)
    found = finetune.changed(images, np.random.default_rng(3))
    assert (found.shape, found.dtype) == (images.shape, images.dtype)
    light = found[..., 0].astype(float)
    for axis in (x, y):
        centre = (light * axis).sum(axis=(1, 2)) / light.sum(axis=(1, 2))
        assert np.abs(centre).max() < 0.2
    area = light.sum(axis=(1, 2)) / disc.sum()
    assert area.min() > 0.8**2 * 0.9 and area.max() < 1.1 / 0.8**2
    assert area.min() < 0.85 and area.max() > 1.2


def build():
    return efficientnet.head(5, classes=3, dense=6, learning_rate=0.1)


again = train.reused(build)  # saves seconds where the model itself is not kept


@pytest.fixture(scope="module")
def fitted(features):
    x, y = features
    watched = x[120:], y[120:]
    return finetune.fit(x[:120], y[:120], None, 4, build, 10, watched, batch_size=50)


def test_the_second_network_is_that_of_the_epoch_that_does_best_on_validation(features, fitted):
    x, y = features
    (last, best), history = fitted
    watched = history["val_accuracy"].to_numpy()
    epoch = int(watched.argmax()) + 1
    assert 1 < epoch < 10, "choose a seed of which neither the first nor the last epoch is best"
    # A training that stops there ends with these weights.
    shorter, _ = finetune.fit(x[:120], y[:120], None, 4, again, epoch, batch_size=50)
    assert_same(shorter.get_weights(), best.get_weights())
    for model, expected in ((best, watched.max()), (last, watched[-1])):
        accuracy = np.mean(train.outputs(model, x[120:]).argmax(axis=1) == y[120:])
        assert accuracy == pytest.approx(expected, abs=1e-6)


def test_the_history_has_a_row_for_every_epoch_and_the_seed_repeats_it(features, fitted):
    x, y = features
    _, history = fitted
    names = ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert sorted(history) == sorted(names)
    assert history["epoch"].tolist() == list(range(1, 11))
    watched = x[120:], y[120:]
    same, other = (
        finetune.fit(x[:120], y[:120], None, seed, again, 2, watched, 50)[1] for seed in (4, 5)
    )
    np.testing.assert_allclose(same, history[:2], rtol=1e-5)
    assert not np.allclose(other["loss"], same["loss"], rtol=1e-3)


def test_a_training_without_gain_ends_after_its_patience(features):
    x, y = features
    watched = x[120:], (y[120:] + 1) % 3  # wrong: the first epochs do best
    data = x[:120], y[:120], None, 4, again, 40
    _, history = finetune.fit(*data, watched, batch_size=50, patience=3)
    best = history["val_accuracy"].idxmax()
    assert len(history) == best + 1 + 3 < 40
    _, whole = finetune.fit(*data[:-1], 6, watched, batch_size=50)
    assert len(whole) == 6


def test_every_row_trains_once_in_an_epoch_and_is_changed_anew(features):
    x, y = features
    x = x[:50].copy()
    x[:, 0] = np.arange(50)
    seen = []

    def change(rows, rng):
        seen.append((rows[:, 0].astype(int).tolist(), rng.random()))
        return rows

    finetune.fit(x, y[:50], None, 1, again, 2, batch_size=20, change=change)
    sizes = [len(rows) for rows, _ in seen[:6]]
    assert sizes == [20, 20, 10, 20, 20, 10]
    first, second = (sum((rows for rows, _ in seen[k : k + 3]), []) for k in (0, 3))
    assert sorted(first) == sorted(second) == list(range(50))
    assert seen[0][0] != seen[3][0]
    assert len({draw for _, draw in seen[:6]}) == 6


def test_rows_without_weight_do_not_train_and_the_others_do(features):
    x, y = features
    wrong = y.copy()
    wrong[:100] = (y[:100] + 1) % 3
    weights = np.where(np.arange(200) < 100, 0.0, 1.0)
    settings = {"build": again, "epochs": 6, "watched": (x, y), "batch_size": 40}
    (first, _), history = finetune.fit(x, wrong, None, 1, weights=weights, **settings)
    wrong[:100] = (y[:100] + 2) % 3
    (second, _), _ = finetune.fit(x, wrong, None, 1, weights=weights, **settings)
    assert_same(first.get_weights(), second.get_weights())
    assert history["val_accuracy"].iloc[-1] > 0.5


def test_another_loss_takes_other_targets(features):
    x, y = features
    loss = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0)
    focal = partial(efficientnet.head, 5, 3, dense=6, learning_rate=0.1, loss=loss)
    one_hot = np.eye(3)[y]
    (network, _), history = finetune.fit(
        x, one_hot, None, 1, focal, 8, watched=(x, one_hot), batch_size=40
    )
    p = train.outputs(network, x)
    accuracy = np.mean(p.argmax(axis=1) == y)
    assert history["val_accuracy"].iloc[-1] == pytest.approx(accuracy, abs=1e-6)
    assert accuracy > 0.5
    true = p[np.arange(200), y]
    expected = np.mean(-((1 - true) ** 2) * np.log(true))
    assert history["val_loss"].iloc[-1] == pytest.approx(expected, rel=1e-3)
    assert float(focal().optimizer.learning_rate) == pytest.approx(0.1)


def test_copies_are_like_their_originals(galaxies):
    images, _ = galaxies
    network = backbone()
    found = finetune.changed_features(network, images, copies=2, rng=1)
    first, (second, third) = efficientnet.features(network, images), found.reshape(2, 60, 6)
    # A copy is like its original, and not the same; no two copies are.
    for one, two in ((first, second), (first, third), (second, third)):
        assert np.all(np.any(one != two, axis=1))
        distance = np.linalg.norm(one[:, None] - two, axis=-1)
        assert np.median(distance.diagonal()) < 0.5 * np.median(distance)
    again = finetune.changed_features(network, images, copies=2, rng=1)
    np.testing.assert_array_equal(again, found)
    assert finetune.changed_features(network, images, copies=0).shape == (0, 6)


def test_a_tuned_network_starts_from_the_backbone_and_leaves_it_as_it_is(galaxies):
    images, labels = galaxies
    network = backbone()
    network.trainable = False
    before = [array.copy() for array in network.get_weights()]
    make = finetune.tuned_builder(network, 3, dense=8, learning_rate=0.03)
    fresh, other = make(), make()
    assert_same(fresh.layers[1].get_weights(), before)
    assert not np.allclose(fresh.get_weights()[-2], other.get_weights()[-2])
    fitted, _ = finetune.fit(images, labels, None, 1, make, 2, None, 20, finetune.changed)
    inside = fitted.layers[1]
    for variable, old in zip(inside.weights, before, strict=True):
        kept = "batch_normalization" in variable.path
        assert np.all(np.asarray(variable) == old) == kept, variable.path
    assert len(fitted.trainable_weights) == 2 + 4
    assert_same(network.get_weights(), before)
    assert not network.trainable


def test_a_head_on_its_backbone_is_the_whole_network(galaxies, tmp_path):
    images, labels = galaxies
    network = backbone()
    x = efficientnet.features(network, images)
    make = partial(efficientnet.head, 6, 3, dense=8, learning_rate=0.03)
    fitted, _ = finetune.fit(x, labels, None, 1, make, 3)
    whole = efficientnet.joined(network, fitted)
    expected = train.outputs(fitted, x)
    np.testing.assert_allclose(train.outputs(whole, images), expected, atol=1e-5)
    saved.save(whole, tmp_path / "whole.keras")
    again = saved.load(tmp_path / "whole.keras")
    np.testing.assert_allclose(train.outputs(again, images), expected, atol=1e-5)
