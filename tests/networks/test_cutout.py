"""Networks for cut-outs: published counts and rates."""

import keras
import numpy as np
import pytest

from galutils.networks import cutout
from galutils.studies import resnets


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return cutout.cutout_cnn(side=16, filters=(4, 4), last=6)


def test_resnet50_has_the_published_layers_rate_penalty_and_outputs():
    model = cutout.resnet50(side=40)
    counts = resnets.table(side=40, classes=2).set_index("layers")["parameters"]
    assert counts[50] == 23_591_810
    assert model.count_params() == counts[50]  # what is left of 40 pixels is one pixel
    assert cutout.resnet50().count_params() == 23_653_250
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    rates = [float(model.optimizer._learning_rate(step)) for step in (0, 100_000, 200_000)]
    np.testing.assert_allclose(rates, [0.08, 0.072, 0.0648], rtol=1e-6)
    kernels = [one.kernel for one in model._flatten_layers() if hasattr(one, "kernel")]
    penalties = sum(float(1e-3 * np.sum(np.square(kernel))) for kernel in kernels[:-1])
    assert sum(map(float, model.losses)) == pytest.approx(penalties, rel=1e-4)
    assert model.input_shape == (None, 40, 40, 3)
    x = np.random.default_rng(0).integers(0, 255, (2, 40, 40, 3))
    np.testing.assert_allclose(np.asarray(model(x)).sum(axis=1), 1, rtol=1e-5)


def test_small_resnet_has_the_training_and_output_of_resnet50():
    model, large = cutout.small_resnet(side=16), cutout.resnet50(side=40)
    assert model.output_shape == large.output_shape == (None, 2)
    training, published = (one.optimizer.get_config() for one in (model, large))
    assert training | {"name": ""} == published | {"name": ""}
    assert model.loss == large.loss and len(model.losses) == 5
    x = np.random.default_rng(0).integers(0, 255, (2, 16, 16, 3))
    calm = [np.asarray(model(x, training=True)) for _ in range(2)]
    np.testing.assert_array_equal(*calm)  # nothing in it is random


def test_default_network_is_residual_and_small():
    model = cutout.cutout_cnn()
    assert model.input_shape == (None, 48, 48, 3)
    assert model.count_params() < 100_000
    added = model.get_layer("residual_2").output.shape
    assert added == (None, 12, 12, 64)


def test_network_is_random_in_training_only(network):
    x = np.random.default_rng(1).uniform(0, 255, (4, 16, 16, 3)).astype(np.float32)
    calm = [np.asarray(network(x, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*calm)
    wild = [np.asarray(network(x, training=True)) for _ in range(2)]
    assert np.abs(wild[0] - wild[1]).max() > 1e-4
