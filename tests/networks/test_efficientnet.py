"""The published counts and tail; weights from every kind of file, and from no wrong one."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import galutils
from galutils.networks import efficientnet, saved
from galutils.networks.pretrained import layer_settings, load_weights

SHAPE = (32, 32, 1)


@pytest.fixture(scope="module")
def b0():
    """B0 for one channel with random values in all its weights, running means too."""
    network = efficientnet.backbone("B0", SHAPE)
    fill(network, 0)
    return network


@pytest.fixture(scope="module")
def classifier():
    return efficientnet.efficientnet("B0", input_shape=SHAPE)


@pytest.fixture(scope="module")
def other(classifier):
    return classifier.layers[1]


def fill(network, seed):
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        if not isinstance(layer, keras.layers.Normalization):
            layer.set_weights([rng.uniform(0.5, 1, w.shape) for w in layer.get_weights()])


def checkpoint(network, path, leave_out=(), optimizer=True):
    """Write a backbone as Zoobot's TensorFlow version does: two networks deep, head and optimiser.

    Names of variables are those of Keras 2, where the layers have no Normalization.
    """
    inner, slots, number = {}, {}, 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization) or not layer.weights:
            continue
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        variables = {}
        for weight in layer.weights:
            name = "depthwise_kernel" if depthwise and weight.name == "kernel" else weight.name
            full = f"{layer.name}/{name}"
            if full not in leave_out:
                value = np.asarray(weight)
                variables[name] = tf.Variable(value, name=full)
                slots[str(len(slots))] = tf.Variable(0 * value, name=f"Adam/m/{full}")
        inner[f"layer_with_weights-{number}"] = tf.train.Checkpoint(**variables)
        number += 1
    effnet = tf.train.Checkpoint(**{"layer_with_weights-0": tf.train.Checkpoint(**inner)})
    dense = tf.train.Checkpoint(kernel=tf.Variable(np.ones((1280, 34)), name="dense/kernel"))
    root = {"layer_with_weights-0": effnet, "layer_with_weights-1": dense}
    root["step"] = tf.Variable(0, dtype=tf.int64, name="model_step", trainable=False)
    if optimizer:
        # With mixed precision an optimiser holds the one that has the running means.
        inside = tf.train.Checkpoint(_variables=tf.train.Checkpoint(**slots))
        root["optimizer"] = tf.train.Checkpoint(inner_optimizer=inside)
    tf.train.Checkpoint(**root).write(str(path))
    return path


def assert_same(network, other):
    for one, two in zip(network.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_v2m_has_the_published_count_and_is_trained():
    model = efficientnet.efficientnet("V2M", input_shape=(64, 64, 3))
    assert model.count_params() == 54_468_282
    backbone = model.layers[1]
    assert backbone.output_shape == (None, 2, 2, 1280)
    assert len(model.trainable_weights) == len(backbone.trainable_weights) + 4
    assert backbone.trainable_weights


def test_b0_has_the_published_count_with_zoobots_layers_and_is_frozen(classifier):
    backbone = classifier.layers[1]
    [normalisation] = [
        layer for layer in backbone.layers if isinstance(layer, keras.layers.Normalization)
    ]
    steps = 1  # Zoobot's counter, `model_step`
    assert classifier.count_params() - normalisation.count_params() + steps == 5_366_883
    assert [weight.path for weight in classifier.trainable_weights] == [
        "dense/kernel",
        "dense/bias",
        "probabilities/kernel",
        "probabilities/bias",
    ]


def test_the_tail_is_that_of_figure_4():
    model = efficientnet.efficientnet("tiny", classes=5, input_shape=(32, 32, 3), dense=7)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["InputLayer", "Functional", "GlobalAveragePooling2D", "Dense", "Dense"]
    assert model.layers[3].units == 7
    assert model.layers[3].activation is keras.activations.relu
    assert model.layers[4].activation is keras.activations.softmax
    assert model.output_shape == (None, 5)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-4)


def test_tiny_learns_which_way_a_bar_lies():
    y = np.arange(32) % 2
    x = np.random.default_rng(0).uniform(0, 60, (32, 16, 16, 3)).astype(np.float32)
    x[y == 1, 4:12, 7:9] += 150
    x[y == 0, 7:9, 4:12] += 150
    keras.utils.set_random_seed(1)
    loss = keras.losses.SparseCategoricalCrossentropy()
    model = efficientnet.efficientnet("tiny", 2, (16, 16, 3), 16, learning_rate=3e-3, loss=loss)
    assert 150_000 < model.layers[1].count_params() < 200_000
    model.run_eagerly = True  # so few batches do not repay a graph
    history = model.fit(x, y, epochs=3, verbose=0).history
    assert history["accuracy"][-1] > 0.9


def test_the_small_backbone_is_trained():
    trained = efficientnet.efficientnet("tiny", input_shape=(32, 32, 3))
    backbone = efficientnet.backbone("tiny", (32, 32, 3))
    assert len(trained.trainable_weights) == 4 + len(backbone.trainable_weights)


def test_weights_of_keras_load_for_images_of_another_size(tmp_path):
    network = efficientnet.backbone("tiny", (48, 48, 3))
    fill(network, 1)
    path = tmp_path / "backbone.keras"
    network.save(path)
    assert_same(efficientnet.backbone("tiny", (32, 32, 3), weights=path), network)


def test_weights_of_keras_load_into_b0(tmp_path, b0, other):
    path = tmp_path / "b0.keras"
    b0.save(path)
    load_weights(other, path)
    assert_same(other, b0)


def test_weights_of_another_network_are_refused(tmp_path):
    network = efficientnet.backbone("tiny", (32, 32, 1))
    path = tmp_path / "backbone.keras"
    network.save(path)
    with pytest.raises(
        ValueError, match=r"missing shapes: \(3, 3, 3, 24\), others: \(3, 3, 1, 24\)"
    ):
        efficientnet.backbone("tiny", (32, 32, 3), weights=path)


def test_a_network_with_other_preprocessing_is_refused(tmp_path):
    network = efficientnet.backbone("tiny", (32, 32, 3))
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 127)(inputs)
    for layer in network.layers[2:4]:
        x = layer(x)
    path = tmp_path / "other.keras"
    keras.Model(inputs, x).save(path)
    ours = keras.Model(network.input, network.layers[3].output)
    with pytest.raises(
        ValueError, match="other.keras: layer 1: expected .*Rescaling.*0.0039.*0.0078"
    ):
        load_weights(ours, path)
    with pytest.raises(ValueError, match="other.keras: expected 32 layers, received 3"):
        load_weights(network, path)


def test_zoobots_checkpoint_loads_by_name(tmp_path, b0, other):
    fill(other, 3)
    load_weights(other, checkpoint(b0, tmp_path / "checkpoint"))
    assert_same(other, b0)
    # Values of 0-1 reach the convolutions, as in Zoobot.
    grey = np.random.default_rng(2).uniform(0, 255, (1, *SHAPE)).astype(np.float32)
    stem = keras.Model(other.input, other.get_layer("stem_conv_pad").input)
    np.testing.assert_allclose(stem(grey), grey / 255, rtol=1e-5)


def test_a_checkpoint_of_another_network_is_refused(tmp_path, b0, other):
    path = checkpoint(b0, tmp_path / "lacking", leave_out=["block3a_bn/beta"], optimizer=False)
    with pytest.raises(ValueError, match=r"lacking: block3a_bn/beta: expected \(144,\), .*nothing"):
        load_weights(other, path)
    expected = r"lacking: stem_conv/kernel: expected \(3, 3, 3, 24\), received \(3, 3, 1, 32\)"
    with pytest.raises(ValueError, match=expected):
        efficientnet.backbone("tiny", (32, 32, 3), weights=path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("absent.keras", None, "received nothing"),
        ("weights.pkl", b"x", "received another file"),
        ("damaged.keras", b"PK", "expected a .keras model"),
        ("own.weights.h5", b"x", "received another file"),
        ("damaged.index", b"x", "expected a TensorFlow checkpoint"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path, name, content, reason):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    path = tmp_path / name.removesuffix(".index")
    with pytest.raises(ValueError, match=f"{path.name}.*{reason}"):
        efficientnet.backbone("tiny", (32, 32, 3), weights=path)


def test_imagenet_needs_its_network_and_its_file(monkeypatch):
    with pytest.raises(ValueError, match="expected variant B0 or V2M and 1 or 3 channels"):
        efficientnet.backbone("B0", (32, 32, 2), weights="imagenet")
    with pytest.raises(ValueError, match="received tiny"):
        efficientnet.backbone("tiny", (32, 32, 3), weights="imagenet")

    def offline(**settings):
        assert settings["weights"] == "imagenet"
        raise OSError("no route")

    monkeypatch.setattr(keras.applications, "EfficientNetB0", offline)
    with pytest.raises(ValueError, match="ImageNet weights of B0: .* received no route"):
        efficientnet.backbone("B0", (32, 32, 3), weights="imagenet")
    with pytest.raises(ValueError, match="expected one of B0, V2M, Lite0, tiny, received 'B1'"):
        efficientnet.backbone("B1")


def test_weights_of_imagenet_see_a_grey_image_as_three_equal_colours(monkeypatch):
    build, made = keras.applications.EfficientNetB0, []

    def local(weights, **settings):  # as downloaded: the same weights at every call
        assert weights == "imagenet"
        made.append(build(weights=None, **settings))
        fill(made[-1], 7)
        return made[-1]

    monkeypatch.setattr(keras.applications, "EfficientNetB0", local)
    grey = efficientnet.backbone("B0", (32, 32, 1), weights="imagenet")
    colour = efficientnet.backbone("B0", (32, 32, 3), weights="imagenet")
    assert grey.input_shape == (None, 32, 32, 1)
    image = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 1)).astype(np.float32)
    of_colour = np.asarray(colour(np.repeat(image, 3, axis=-1)))
    np.testing.assert_allclose(np.asarray(grey(image)), of_colour, rtol=1e-4, atol=1e-6)
    assert grey.layers[-1].name == "top_activation"


def test_a_training_starts_from_what_is_named(tmp_path):
    galaxy = efficientnet.backbone("tiny", (32, 32, 3))
    fill(galaxy, 4)
    path = tmp_path / "galaxy.keras"
    saved.save(galaxy, path)
    assert_same(efficientnet.starting("galaxy", 32, path), galaxy)
    # a path may hold a colon itself; the file is not looked for where it is not asked for
    folder = tmp_path / "a:b"
    folder.mkdir()
    galaxy.save(folder / "own.keras")
    loaded = efficientnet.starting(f"tiny:{folder}/own.keras", 48, tmp_path / "absent")
    assert loaded.input_shape == (None, 48, 48, 3)
    assert_same(loaded, galaxy)
    first, second = (efficientnet.starting("tiny:", 32, path) for _ in range(2))
    assert not np.allclose(first.get_weights()[0], second.get_weights()[0])


def test_zoobots_backbone_is_grey_and_others_take_three_colours(monkeypatch):
    asked = []
    monkeypatch.setattr(efficientnet, "backbone", lambda *given: asked.append(given))
    for start in ("B0:/path/of/a/checkpoint", "V2M:imagenet", "B0:", "tiny"):
        efficientnet.starting(start, 64, "galaxy.keras")
    assert asked == [
        ("B0", (64, 64, 1), "/path/of/a/checkpoint"),
        ("V2M", (64, 64, 3), "imagenet"),
        ("B0", (64, 64, 1), None),
        ("tiny", (64, 64, 3), None),
    ]


def test_a_backbone_takes_images_of_another_side_with_the_same_weights(tmp_path):
    path, small = tmp_path / "galaxy.keras", efficientnet.backbone("tiny", (32, 32, 3))
    saved.save(small, path)
    large = efficientnet.starting("galaxy", 64, path)
    assert large.output_shape == (None, 8, 8, 256)
    for one, other in zip(large.get_weights(), small.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_start_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "galaxy.keras"
    with pytest.raises(ValueError, match="galaxy.keras"):
        efficientnet.starting("galaxy", 32, path)
    with pytest.raises(ValueError, match="expected one of B0, V2M, Lite0, tiny, received 'own'"):
        efficientnet.starting("own:imagenet", 32, path)


def test_compiling_changes_the_network_itself_and_no_weights():
    inputs = keras.Input((2,))
    network = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(inputs))
    before = network.get_weights()
    assert efficientnet.compile_classifier(network, learning_rate=0.02) is network
    np.testing.assert_array_equal(network.get_weights()[0], before[0])
    assert isinstance(network.optimizer, keras.optimizers.Adam)
    assert float(network.optimizer.learning_rate) == pytest.approx(0.02)
    x, y = np.eye(2, dtype=np.float32), np.array([2, 0])
    p = np.asarray(network(x))
    loss, accuracy = network.evaluate(x, y, verbose=0)
    assert loss == pytest.approx(-np.mean(np.log(p[[0, 1], y])), rel=1e-5)
    assert accuracy == pytest.approx(np.mean(p.argmax(axis=1) == y))


def test_the_shipped_backbone_is_the_small_one():
    path = Path(galutils.__file__).parents[1] / "data" / "weights" / "galaxy.keras"
    network = efficientnet.starting("galaxy", 64, path)
    built = efficientnet.backbone("tiny", (64, 64, 3))
    assert layer_settings(network) == layer_settings(built)
    load_weights(built, path)
    for one, two in zip(network.get_weights(), built.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
        assert np.isfinite(one).all()


def test_features_are_the_means_of_the_maps():
    backbone = efficientnet.backbone("tiny", (32, 32, 3))
    images = np.random.default_rng(1).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
    found = efficientnet.features(backbone, images, batch_size=4)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.asarray(backbone(images)).mean(axis=(1, 2)), rtol=1e-4)
    assert efficientnet.features(backbone, images[:0]).shape == (0, 256)
