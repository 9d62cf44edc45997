import keras
import numpy as np
import pytest

from galutils.networks import cutout, image_cnn, saved, velocity_cnn
from galutils.networks.fused_batchnorm import build_optimizer, fuse

SHAPE = (8, 8, 3)


def small(dtype="float32"):
    inputs = keras.Input(SHAPE)
    x = keras.layers.Conv2D(4, 3, dtype=dtype)(inputs)
    x = keras.layers.BatchNormalization(momentum=0.8, dtype=dtype)(x)
    x = keras.layers.Dense(1, dtype="float32")(keras.layers.Flatten(dtype=dtype)(x))
    model = keras.Model(inputs, x)
    model.compile("sgd", "mse", jit_compile=False)
    return model


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(3)
    return rng.normal(2, 3, (40, *SHAPE)).astype("f4"), rng.normal(size=40).astype("f4")


def trained(change, x, y, dtype="float32"):
    keras.utils.set_random_seed(1)
    model = change(small(dtype))
    model.fit(x, y, batch_size=16, epochs=2, verbose=0)  # the last batch has eight
    return model


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 0.03)])
def test_a_fused_network_trains_as_keras_does(sample, dtype, tolerance):
    plain, one = trained(lambda m: m, *sample, dtype), trained(fuse, *sample, dtype)
    for expected, found in zip(plain.get_weights(), one.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_a_saved_one_is_plain(sample, tmp_path):
    model = trained(fuse, *sample)
    saved.save(model, tmp_path / "a.keras")
    loaded = saved.load(tmp_path / "a.keras")
    assert "call" not in vars(loaded.layers[2])
    assert [type(one) for one in loaded.layers] == [type(one) for one in model.layers]
    np.testing.assert_array_equal(loaded(sample[0]), model(sample[0]))


def test_an_optimizer_built_before_the_first_step_trains_the_same(sample):
    plain, early = trained(lambda model: model, *sample), trained(build_optimizer, *sample)
    for one, other in zip(plain.weights, early.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert build_optimizer(small()).optimizer.variables


def test_a_frozen_layer_keeps_its_means(sample):
    model = fuse(small())
    layer = model.layers[2]
    layer.trainable = False
    model(sample[0], training=True)
    assert not layer.moving_mean.numpy().any()
    layer.trainable = True
    model(sample[0], training=True)
    assert layer.moving_mean.numpy().any()


@pytest.mark.parametrize(
    "build",
    [
        lambda: velocity_cnn.sami_cnn((20, 20, 1), (4, 8), jit_compile=False),
        lambda: velocity_cnn.sami_cnn((20, 20, 1), (4, 8), jit_compile="device"),
        lambda: image_cnn.morphology_cnn((16, 16, 3), (4, 4, 4, 4)),
        lambda: cutout.cutout_cnn(side=16, filters=(4, 4), last=4),
    ],
)
def test_networks_trained_here_are_fused(build):
    layers = [one for one in build().layers if type(one).__name__ == "BatchNormalization"]
    of_maps = [one for one in layers if len(one.input.shape) == 4]
    assert of_maps
    assert all("call" in vars(one) for one in of_maps)
