"""An ensemble is the mean of its members, computed in float32."""

import keras
import numpy as np

from galutils.networks import velocity_cnn, wrappers


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
