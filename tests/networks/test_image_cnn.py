"""The network for morphology has the published sizes."""

import numpy as np
import pytest

from galutils.networks import image_cnn


def test_morphology_cnn_has_the_sizes_of_figure_5():
    model = image_cnn.morphology_cnn()
    kinds = [type(layer).__name__ for layer in model.layers]
    shown = ("Conv2D", "MaxPooling2D", "Flatten", "Dense")
    sizes = [
        layer.output.shape[1:]
        for layer, kind in zip(model.layers, kinds, strict=True)
        if kind in shown
    ]
    assert sizes == [
        (128, 128, 32),
        (128, 128, 64),
        (64, 64, 64),
        (64, 64, 64),
        (32, 32, 64),
        (32, 32, 128),
        (131072,),
        (64,),
        (1,),
    ]
    assert kinds.count("BatchNormalization") == 5 and "Dropout" not in kinds


def test_morphology_cnn_with_dropout_and_two_outputs():
    model = image_cnn.morphology_cnn((16, 16, 1), (4, 4, 4, 8), regularisation="dropout", outputs=2)
    rates = [layer.rate for layer in model.layers if type(layer).__name__ == "Dropout"]
    assert rates == [0.25] * 5  # after four convolutions and the dense layer
    assert not any(type(layer).__name__ == "BatchNormalization" for layer in model.layers)
    probability = np.asarray(model(np.random.default_rng(0).random((5, 16, 16, 1))))
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("wrong", [{"regularisation": "none"}, {"outputs": 3}])
def test_morphology_cnn_rejects_what_the_thesis_does_not_have(wrong):
    with pytest.raises(ValueError, match="expected batch or dropout, outputs: 1 or 2"):
        image_cnn.morphology_cnn(**wrong)
