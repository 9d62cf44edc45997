"""Folds keep galaxies apart; networks trained on random symmetries know no orientation."""

from functools import partial

import numpy as np
import pytest

from galutils.networks import cross_validation, image_cnn, train, velocity_cnn


def build():
    return velocity_cnn.sami_cnn(
        (16, 16, 1), filters=(8,), learning_rate=3e-3, momentum=0.8, jit_compile=False
    )


def test_cross_validation_predicts_every_row_by_a_model_that_has_not_seen_it(data):
    x, labels, groups = data
    side = partial(cross_validation.fit_watched, build=build, copies={1: 1, 0: 1}, epochs=4)
    probability, fold, fitted, histories = cross_validation.cross_validate(
        side, x, labels, groups, 2, 3
    )
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
    model, history = cross_validation.fit_symmetric(
        x, quality, groups, 2, build, {2: 1, 0: 0}, epochs=8, learning_rate=3e-3, members=2
    )
    assert sorted(history["member"].unique()) == [0, 1]
    assert len(history) == 16
    turned = -np.rot90(x, axes=(1, 2))
    rest = quality != 1
    called = train.predict_symmetric(model, turned) > 0.5
    assert np.mean(called[rest] == labels[rest]) > 0.85


def test_extra_rows_train_and_the_change_is_made_in_every_epoch(data):
    x, labels, groups = data
    seen = []

    def change(maps, rng):
        seen.append((len(maps), rng.random()))
        return maps

    extra = x[:7], labels[:7]
    settings = {"build": build, "classes": {0: 0, 1: 1}, "epochs": 3, "change": change}
    _, history = cross_validation.fit_symmetric(
        x[20:], labels[20:], groups[20:], 1, extra=extra, **settings
    )
    assert [n for n, _ in seen] == [147] * 3
    assert len({draw for _, draw in seen}) == 3
    assert len(history) == 3


@pytest.mark.parametrize("regularisation", ["batch", "dropout"])
def test_a_reused_model_trains_exactly_as_a_new_one(regularisation):
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 8, 8, 3)).astype("f4"), np.arange(40) % 2
    build = partial(
        image_cnn.morphology_cnn, (8, 8, 3), (2, 2, 2, 4), dense=4, regularisation=regularisation
    )
    again = train.reused(build)
    cross_validation.fit_symmetric(x, y, None, 1, again, {0: 0, 1: 1}, 2)
    new, old = (
        cross_validation.fit_symmetric(x, y, None, 7, one, {0: 0, 1: 1}, 2, members=2)[0]
        for one in (build, again)
    )
    np.testing.assert_array_equal(train.predict(new, x), train.predict(old, x))
    assert again() is again()


def test_each_row_is_predicted_by_the_network_of_its_fold():
    x = np.arange(5.0)[:, None, None, None]
    models = [10.0, 20.0]
    found = cross_validation.predict_folds(
        models, x, np.array([1, 0, 1, -1, 0]), lambda model, x: model + x[:, 0, 0, 0]
    )
    np.testing.assert_array_equal(found, [20, 11, 22, np.nan, 14])
