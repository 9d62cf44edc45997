"""Folds keep galaxies apart; networks trained on random symmetries know no orientation."""

from functools import partial

import numpy as np
import pytest

from galutils.inputs import images
from galutils.networks import cross_validation, cutout, image_cnn, train, velocity_cnn


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


@pytest.mark.parametrize("by_angle", (True, False))
def test_turned_images_are_watched_by_angle_as_in_the_scripts_or_by_galaxy(by_angle):
    rng = np.random.default_rng(0)
    labels, groups = np.tile([0, 1], 20), np.repeat(np.arange(20), 2)
    labels = labels[groups]
    x = (rng.integers(0, 60, (40, 32, 32, 3)) + 150 * labels[:, None, None, None]).astype(np.uint8)
    build = partial(cutout.small_resnet, side=16, filters=(4, 4), last=4)
    model, history = cross_validation.fit_turned(
        x, labels, groups, 1, build, 4, (0, 60, 135, 270), 16, by_angle
    )
    training, watched = (set(history.attrs[name].tolist()) for name in ("training", "validation"))
    assert training | watched == set(range(20))
    assert (training == watched) == by_angle and bool(training & watched) == by_angle
    assert len(history.attrs["validation"]) == pytest.approx(40, abs=8)
    assert model.input_shape == (None, 16, 16, 3)
    if by_angle:  # the first of the four angles is 0
        best = history.loc[history["val_loss"].idxmin()]
        called = train.predict(model, images.block_average(x, 16)) > 0.5
        assert np.mean(called == labels) == pytest.approx(best["val_accuracy"], abs=1e-6)


def test_turned_images_of_a_quarter_of_the_files_are_tested_once_a_seed():
    x = np.random.default_rng(0).integers(0, 255, (40, 32, 32, 3)).astype(np.uint8)
    labels, groups, given = np.tile([0, 1], 20), np.repeat(np.arange(20), 2), []

    def fit_side(x, labels, groups, seed):
        given.append((len(x), seed))
        return cutout.small_resnet(side=16, filters=(4, 4), last=4), seed

    found, fitted, histories = cross_validation.judge_turned(
        fit_side, x, labels, groups, (3, 4), (0, 90), 16
    )
    assert given == [(30, 3), (30, 4)] and histories == [3, 4] and len(fitted) == 2
    assert found.groupby("seed").size().tolist() == [20, 20]
    assert found["probability"].between(0, 1).all()
    counts = found[found["seed"] == 3].groupby(["galaxy", "label"]).size()
    assert set(counts) == {2}  # each of the tested files at both angles


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
