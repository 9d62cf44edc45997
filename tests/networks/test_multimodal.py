"""Networks of several parts of a galaxy, any of which may be missing."""

from functools import partial

import keras
import numpy as np
import pytest

from galutils.networks import cross_validation, multimodal, saved, train, velocity_cnn, wrappers

N = 24


@pytest.fixture(scope="module")
def packed():
    rng = np.random.default_rng(0)
    maps, images = rng.normal(size=(N, 8, 8, 1)), rng.uniform(size=(N, 12, 12, 3))
    columns = rng.normal(size=(N, 2))
    columns[3, 0], images[:5], maps[7] = np.nan, 0, 0
    return multimodal.pack(maps, images, columns)


@pytest.fixture(scope="module")
def build():
    network = partial(velocity_cnn.sami_cnn, filters=(4,), jit_compile=False)
    image = partial(network, input_shape=(12, 12, 3))
    return partial(multimodal.build, partial(network, input_shape=(8, 8, 1)), image, 2)


@pytest.fixture(scope="module")
def model(build):
    keras.utils.set_random_seed(0)
    return build()


def test_what_is_missing_is_known_to_be(packed):
    assert packed["known"].sum(axis=0).tolist() == [N - 1, N - 5, N]
    assert np.isfinite(packed["catalogue"]).all() and packed["catalogue"][3, 0] == 0


def test_parts_that_are_not_used_change_nothing(model, packed):
    other = packed.copy()
    other["image"], other["catalogue"] = 1 - packed["image"], 5
    by_field = multimodal.predict(model, packed, ["field"])
    np.testing.assert_allclose(multimodal.predict(model, other, ["field"]), by_field, atol=1e-6)
    assert np.abs(multimodal.predict(model, other) - multimodal.predict(model, packed)).max() > 1e-3


def test_turned_maps_and_images_give_the_same(model, packed):
    turned = packed.copy()
    for name in ("field", "image"):
        turned[name] = np.rot90(packed[name], axes=(1, 2))
    np.testing.assert_allclose(
        multimodal.predict(model, turned, batch_size=7),
        multimodal.predict(model, packed),
        atol=1e-5,
    )


def test_an_epoch_leaves_parts_out_but_never_all(packed):
    changed = multimodal.change(packed, np.random.default_rng(1))
    assert (changed["known"] <= packed["known"]).all()
    assert 0 < changed["known"].mean() < packed["known"].mean()
    assert changed["known"].any(axis=1).all()


def test_it_learns_and_is_saved_as_an_ensemble(build, packed, tmp_path):
    y = (packed["catalogue"][:, 1] > 0).astype(np.float32)
    fitted, history = cross_validation.fit_symmetric(
        packed, y, None, 1, train.reused(build), None, 25, 0.03, members=2, change=multimodal.change
    )
    assert history["loss"].iloc[-1] < 0.5 * history["loss"].iloc[0]
    found = multimodal.predict(fitted, packed, ["catalogue"])
    assert np.mean((found > 0.5) == y) > 0.9
    saved.save(fitted, tmp_path / "multimodal.keras")
    again = saved.load(tmp_path / "multimodal.keras")
    assert len(wrappers.members(again)) == 2
    np.testing.assert_allclose(multimodal.predict(again, packed, ["catalogue"]), found, atol=1e-6)
