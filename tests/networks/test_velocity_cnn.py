"""Networks for velocity maps: the published layers and counts, the search space, attention."""

import keras
import keras_tuner
import numpy as np
import pytest

from galutils.networks import velocity_cnn

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
    model = velocity_cnn.sami_cnn()
    found = [
        (type(layer).__name__, layer.output.shape[1:], layer.count_params())
        for layer in model.layers[1:]
    ]
    assert found == [tuple(row) for row in TABLE_1]
    assert model.count_params() == 595_873
    assert model.loss == "binary_crossentropy"
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer.learning_rate) == pytest.approx(2e-4)
    assert model.optimizer.beta_1 == 0.9


def test_every_corner_of_the_search_space_builds():
    for layers in range(1, 5):
        hp = keras_tuner.HyperParameters()
        hp.Fixed("conv_layers", layers)
        model = velocity_cnn.sami_hypermodel(hp)
        convolutions = [la for la in model.layers if isinstance(la, keras.layers.Conv2D)]
        assert len(convolutions) == layers
        assert model.output_shape == (None, 1)
    space = {parameter.name: parameter for parameter in hp.space}
    assert space["learning_rate"].values == [1e-2, 1e-3, 1e-4]
    filters = space["filters_0"]
    assert (filters.min_value, filters.max_value, filters.step) == (32, 256, 32)


def test_attention_adds_weights_for_channels_and_places():
    plain = velocity_cnn.sami_cnn((40, 40, 1), (16, 32), jit_compile=False)
    model = velocity_cnn.sami_cnn((40, 40, 1), (16, 32), attention=4, jit_compile=False)
    # of n channels: n to n/4 and back with biases, and a 3x3 kernel from n channels to one weight
    added = sum(n * (n // 4) * 2 + n // 4 + n + 9 * n + 1 for n in (16, 32))
    assert model.count_params() == plain.count_params() + added
    assert model.output_shape == (None, 1)


def test_attention_gives_one_weight_to_a_channel_and_one_to_a_place():
    maps = np.random.default_rng(0).normal(size=(3, 16, 16, 2)).astype(np.float32)
    model = velocity_cnn.sami_cnn((16, 16, 2), (4,), attention=2, jit_compile=False)
    weighted = [layer.output for layer in model.layers if isinstance(layer, keras.layers.Multiply)]
    [before] = [one.output for one in model.layers if one.name.startswith("batch")]
    features, by_channel, by_place = (
        np.asarray(one) for one in keras.Model(model.input, [before, *weighted])(maps)
    )
    weight = by_channel.sum((1, 2), keepdims=True) / features.sum((1, 2), keepdims=True)
    np.testing.assert_allclose(by_channel, features * weight, atol=1e-6)
    assert ((weight > 0) & (weight < 1)).all()
    weight = by_place.sum(3, keepdims=True) / by_channel.sum(3, keepdims=True)
    np.testing.assert_allclose(by_place, by_channel * weight, atol=1e-6)
    assert ((weight > 0) & (weight < 1)).all()
