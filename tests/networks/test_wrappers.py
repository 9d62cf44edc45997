"""Means of members in float32 and over symmetries, and networks of larger images."""

import keras
import numpy as np
import pytest

from galutils.inputs import augment, images
from galutils.networks import cutout, saved, train, velocity_cnn, wrappers


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return cutout.cutout_cnn(side=16, filters=(4, 4), last=6)


def test_ensemble_is_the_mean_in_float32(tmp_path):
    x = np.random.default_rng(0).normal(size=(8, 40, 40, 1)).astype(np.float32)
    settings = {"filters": (8, 8), "jit_compile": False}
    members = [velocity_cnn.sami_cnn(dtype=d, **settings) for d in ("float32", "mixed_bfloat16")]
    assert members[1].output.dtype == "float32"
    ensemble = wrappers.ensemble(members)
    assert {str(w.dtype) for w in ensemble.weights} == {"float32"}
    copies = [la for la in ensemble.layers if isinstance(la, keras.Model)]
    assert all(la.compute_dtype == "float32" for copy in copies for la in copy.layers)
    np.testing.assert_allclose(
        ensemble(x), (np.asarray(members[0](x)) + np.asarray(members[1](x))) / 2, atol=0.02
    )
    np.testing.assert_allclose(wrappers.ensemble(members[:1])(x), members[0](x), atol=1e-6)
    path = tmp_path / "ensemble.keras"
    ensemble.save(path)
    np.testing.assert_allclose(keras.saving.load_model(path)(x), ensemble(x), atol=1e-6)


def test_symmetrised_is_the_mean_over_symmetries_and_does_not_turn(network, tmp_path):
    x = np.random.default_rng(2).uniform(0, 255, (5, 16, 16, 3)).astype(np.float32)
    model = wrappers.symmetrised(wrappers.ensemble([network, network]))
    saved.save(model, tmp_path / "m.keras")
    model = saved.load(tmp_path / "m.keras")
    expected = train.predict_symmetric(network, x)
    for symmetry in range(8):
        turned = train.predict(model, augment.dihedral(x, symmetry))
        np.testing.assert_allclose(turned, expected, atol=1e-6)
    assert np.ptp(train.predict(network, np.concatenate([x[:1], x[:1, ::-1]]))) > 1e-6


def test_shrinking_network_sees_shrunk_images(network):
    x = np.random.default_rng(3).integers(0, 255, (3, 70, 70, 3)).astype(np.uint8)
    expected = train.predict(network, images.block_average(x, 16))
    np.testing.assert_allclose(
        train.predict(wrappers.shrinking(network, 70), x), expected, atol=1e-6
    )
