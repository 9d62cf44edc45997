"""Residual networks on paper, against Keras's and the publication's table."""

import keras
import pytest

from galutils.studies import resnets


@pytest.mark.parametrize("classes,side", [(1000, 224), (2, 200)])
def test_parameters_of_resnet50_are_keras_s(classes, side):
    model = keras.applications.ResNet50(weights=None, input_shape=(side, side, 3), classes=classes)
    table = resnets.table(side, classes).set_index("layers")
    assert table.loc[50, "parameters"] == model.count_params()


def test_multiply_adds_are_those_of_the_publication():
    table = resnets.table().set_index("layers")
    published = {18: 1.8e9, 34: 3.6e9, 50: 3.8e9, 101: 7.6e9, 152: 11.3e9}
    for layers, cost in published.items():
        assert table.loc[layers, "multiply_adds"] == pytest.approx(cost, rel=0.03)
