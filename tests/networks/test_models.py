"""Networks: the published layers and counts, the published search space."""

import keras
import keras_tuner
import numpy as np
import pytest

from galutils.networks import models

TABLE_1 = [
    ("Conv2D", (38, 38, 64), 640),
    ("MaxPooling2D", (19, 19, 64), 0),
    ("BatchNormalization", (19, 19, 64), 256),
    ("Conv2D", (17, 17, 128), 73_856),
    ("MaxPooling2D", (8, 8, 128), 0),
    ("BatchNormalization", (8, 8, 128), 512),
    ("Conv2D", (6, 6, 256), 295_168),
    ("MaxPooling2D", (3, 3, 256), 0),
    ("BatchNormalization", (3, 3, 256), 1_024),
    ("Flatten", (2304,), 0),
    ("Dense", (96,), 221_280),
    ("Dropout", (96,), 0),
    ("Dense", (32,), 3_104),
    ("Dropout", (32,), 0),
    ("Dense", (1,), 33),
]


def test_sami_cnn_is_table_1():
    model = models.sami_cnn()
    table = models.layer_table(model)
    expected = [(name, str((None, *shape)), count) for name, shape, count in TABLE_1]
    assert list(table.itertuples(index=False, name=None)) == expected
    assert model.count_params() == table["Parameters"].sum() == 595_873
    assert model.loss == "binary_crossentropy"
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer.learning_rate) == pytest.approx(2e-4)
    assert model.optimizer.beta_1 == 0.9


def test_every_corner_of_the_search_space_builds():
    for layers in range(1, 5):
        hp = keras_tuner.HyperParameters()
        hp.Fixed("conv_layers", layers)
        model = models.sami_hypermodel(hp)
        convolutions = [la for la in model.layers if isinstance(la, keras.layers.Conv2D)]
        assert len(convolutions) == layers
        assert model.output_shape == (None, 1)
    space = {parameter.name: parameter for parameter in hp.space}
    assert space["learning_rate"].values == [1e-2, 1e-3, 1e-4]
    filters = space["filters_0"]
    assert (filters.min_value, filters.max_value, filters.step) == (32, 256, 32)


def test_ensemble_is_the_mean_in_float32(tmp_path):
    x = np.random.default_rng(0).normal(size=(8, 40, 40, 1)).astype(np.float32)
    settings = {"filters": (8, 8), "jit_compile": False}
    members = [models.sami_cnn(dtype=d, **settings) for d in ("float32", "mixed_bfloat16")]
    assert members[1].output.dtype == "float32"
    ensemble = models.ensemble(members)
    assert {str(w.dtype) for w in ensemble.weights} == {"float32"}
    copies = [la for la in ensemble.layers if isinstance(la, keras.Model)]
    assert all(la.compute_dtype == "float32" for copy in copies for la in copy.layers)
    np.testing.assert_allclose(
        ensemble(x), (np.asarray(members[0](x)) + np.asarray(members[1](x))) / 2, atol=0.02
    )
    np.testing.assert_allclose(models.ensemble(members[:1])(x), members[0](x), atol=1e-6)
    path = tmp_path / "ensemble.keras"
    ensemble.save(path)
    np.testing.assert_allclose(keras.saving.load_model(path)(x), ensemble(x), atol=1e-6)


def test_morphology_cnn_has_the_sizes_of_figure_5():
    model = models.morphology_cnn()
    table = models.layer_table(model)
    shapes = table[table["Layer Type"].isin(["Conv2D", "MaxPooling2D", "Flatten", "Dense"])]
    assert shapes["Output Shape"].tolist() == [
        "(None, 128, 128, 32)",
        "(None, 128, 128, 64)",
        "(None, 64, 64, 64)",
        "(None, 64, 64, 64)",
        "(None, 32, 32, 64)",
        "(None, 32, 32, 128)",
        "(None, 131072)",
        "(None, 64)",
        "(None, 1)",
    ]
    assert (table["Layer Type"] == "BatchNormalization").sum() == 5
    assert not (table["Layer Type"] == "Dropout").any()


def test_morphology_cnn_with_dropout_and_two_outputs():
    model = models.morphology_cnn((16, 16, 1), (4, 4, 4, 8), regularisation="dropout", outputs=2)
    rates = [layer.rate for layer in model.layers if type(layer).__name__ == "Dropout"]
    assert rates == [0.25] * 3
    assert not any(type(layer).__name__ == "BatchNormalization" for layer in model.layers)
    probability = np.asarray(model(np.random.default_rng(0).random((5, 16, 16, 1))))
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("wrong", [{"regularisation": "none"}, {"outputs": 3}])
def test_morphology_cnn_rejects_what_the_thesis_does_not_have(wrong):
    with pytest.raises(ValueError, match="expected batch or dropout, outputs: 1 or 2"):
        models.morphology_cnn(**wrong)
