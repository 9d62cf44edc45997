"""Fitting: best epoch kept, folds honest, files whole, search complete."""

from functools import partial

import keras
import numpy as np
import pytest

from galutils.networks import models, train, tune


def build():
    return models.sami_cnn(
        (16, 16, 1), filters=(8,), learning_rate=3e-3, momentum=0.8, jit_compile=False
    )


@pytest.fixture(scope="module")
def data():
    """Return maps with a gradient (1) or noise only (0), labels, groups."""
    rng = np.random.default_rng(0)
    labels = np.tile([1, 0], 80)
    x = rng.normal(0, 0.4, (160, 16, 16, 1)).astype(np.float32)
    x += labels[:, None, None, None] * np.linspace(-1, 1, 16)[:, None].astype(np.float32)
    return x, labels, np.arange(160) // 2 * 10 + labels


def test_fit_learns_returns_the_best_epoch_and_saves_it(data, tmp_path):
    x, labels, _ = data
    path = tmp_path / "sub" / "model.keras"
    watched = (x[120:], labels[120:])
    model, history = train.fit(build, x[:120], labels[:120], watched, 6, seed=1, path=path)
    accuracy = np.mean((train.predict(model, x[120:]) > 0.5) == labels[120:])
    assert accuracy == pytest.approx(history["val_accuracy"].max(), abs=1e-6)
    assert accuracy > 0.9
    assert history["epoch"].tolist() == list(range(1, len(history) + 1))
    np.testing.assert_allclose(train.predict(train.load(path), x), train.predict(model, x))
    assert [p.name for p in path.parent.iterdir()] == ["model.keras"]


def test_seed_repeats_a_fit(data):
    x, labels, _ = data
    runs = [
        train.fit(build, x[:64], labels[:64], (x[64:], labels[64:]), 2, seed=5)[1] for _ in range(2)
    ]
    np.testing.assert_allclose(runs[0].to_numpy(), runs[1].to_numpy(), rtol=1e-5)


def test_cross_validation_predicts_every_row_by_a_model_that_has_not_seen_it(data):
    x, labels, groups = data
    side = partial(train.fit_watched, build=build, copies={1: 1, 0: 1}, epochs=4)
    probability, fold, fitted, histories = train.cross_validate(side, x, labels, groups, 2, 3)
    assert np.isfinite(probability).all()
    assert set(fold) == {0, 1}
    for number, model in enumerate(fitted):
        tested = fold == number
        np.testing.assert_allclose(train.predict(model, x[tested]), probability[tested], atol=1e-5)
        assert not set(groups[tested]) & set(groups[~tested])
    assert np.mean((probability > 0.5) == labels) > 0.85
    assert len(histories) == 2


def test_symmetric_fit_learns_what_has_no_orientation_and_leaves_classes_out(data):
    x, labels, groups = data
    quality = np.where(labels == 1, 2, 0)
    quality[::10] = 1  # neither
    model, history = train.fit_symmetric(
        x, quality, groups, 2, build, {2: 1, 0: 0}, epochs=8, learning_rate=3e-3, members=2
    )
    assert sorted(history["member"].unique()) == [0, 1]
    assert len(history) == 16
    turned = -np.rot90(x, axes=(1, 2))
    rest = quality != 1
    called = train.predict_symmetric(model, turned) > 0.5
    assert np.mean(called[rest] == labels[rest]) > 0.85


def test_symmetric_prediction_does_not_know_orientation(data):
    x, *_ = data
    keras.utils.set_random_seed(0)
    model = build()
    expected = train.predict_symmetric(model, x[:6])
    turned = train.predict_symmetric(model, np.rot90(x[:6], axes=(1, 2)))
    np.testing.assert_allclose(turned, expected, atol=1e-5)
    assert train.predict(model, x[:0]).shape == (0,)


def test_failed_save_leaves_the_former_file(tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(b"former")

    class Broken:
        def save(self, partial):
            partial.write_bytes(b"half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        train.save(Broken(), path)
    assert path.read_bytes() == b"former"
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


def test_unreadable_and_unsafe_models_are_refused(tmp_path):
    path = tmp_path / "bad.keras"
    path.write_bytes(b"no model")
    with pytest.raises(ValueError, match=r"bad\.keras: expected a \.keras model"):
        train.load(path)
    inputs = keras.Input((2,))
    hostile = keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2)(inputs))
    hostile.save(path)
    with pytest.raises(ValueError, match="bad"):
        train.load(path)


def test_search_completes_its_trials_and_ranks_them(data):
    x, labels, _ = data

    def hypermodel(hp):
        return models.sami_cnn((16, 16, 1), [hp.Int("filters", 4, 8, step=4)], jit_compile=False)

    table = tune.search(hypermodel, x, labels, (x, labels), trials=2, epochs=1, seed=0)
    assert len(table) == 2
    assert table["val_accuracy"].is_monotonic_decreasing
    assert set(table) == {"filters", "parameters", "val_accuracy"}


def test_search_says_when_a_trial_fails(data):
    x, labels, _ = data

    def hypermodel(hp):
        hp.Int("filters", 4, 8)
        raise RuntimeError("no such layer")

    with pytest.raises(RuntimeError):
        tune.search(hypermodel, x, labels, (x, labels), trials=1, epochs=1, seed=0)


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


def test_extra_rows_train_and_the_change_is_made_in_every_epoch(data):
    x, labels, groups = data
    seen = []

    def change(maps, rng):
        seen.append((len(maps), rng.random()))
        return maps

    extra = x[:7], labels[:7]
    settings = {"build": build, "classes": {0: 0, 1: 1}, "epochs": 3, "change": change}
    _, history = train.fit_symmetric(x[20:], labels[20:], groups[20:], 1, extra=extra, **settings)
    assert [n for n, _ in seen] == [147] * 3
    assert len({draw for _, draw in seen}) == 3
    assert len(history) == 3


@pytest.mark.parametrize("regularisation", ["batch", "dropout"])
def test_a_reused_model_trains_exactly_as_a_new_one(regularisation):
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 8, 8, 3)).astype("f4"), np.arange(40) % 2
    build = partial(
        models.morphology_cnn, (8, 8, 3), (2, 2, 2, 4), dense=4, regularisation=regularisation
    )
    again = train.reused(build)
    train.fit_symmetric(x, y, None, 1, again, {0: 0, 1: 1}, 2)
    new, old = (
        train.fit_symmetric(x, y, None, 7, one, {0: 0, 1: 1}, 2, members=2)[0]
        for one in (build, again)
    )
    np.testing.assert_array_equal(train.predict(new, x), train.predict(old, x))
    assert again() is again()
