"""Features are computed once, and again whenever what they depend on has changed."""

import keras
import numpy as np
import pytest

from galutils.networks import cached_features, efficientnet


def toy(scale=1.0):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(scale)(inputs)
    return keras.Model(inputs, keras.layers.Conv2D(5, 3, activation="relu")(x))


@pytest.fixture
def counted(monkeypatch):
    """Images of every computation, in order."""
    calls, compute = [], cached_features.compute

    def counting(backbone, images, batch_size):
        calls.append(len(images))
        return compute(backbone, images, batch_size)

    monkeypatch.setattr(cached_features, "compute", counting)
    return calls


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (7, 8, 8, 3), dtype=np.uint8)


def test_features_are_the_means_of_the_maps(images, tmp_path):
    network = toy()
    found = cached_features.features(network, images, tmp_path, batch_size=3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.asarray(network(images)).mean(axis=(1, 2)), rtol=1e-5)
    assert cached_features.features(network, images[:0], tmp_path).shape == (0, 5)


def test_the_second_time_is_read(images, tmp_path, counted):
    network = toy()
    first = cached_features.features(network, images, tmp_path / "new")
    second = cached_features.features(network, images.copy(), tmp_path / "new", batch_size=2)
    assert counted == [7]
    np.testing.assert_array_equal(first, second)
    [file] = (tmp_path / "new").iterdir()
    np.testing.assert_array_equal(np.load(file, allow_pickle=False)["features"], first)
    # The same network built anew, as in the next session.
    again = toy()
    again.set_weights(network.get_weights())
    cached_features.features(again, images, tmp_path / "new")
    assert counted == [7]


def test_any_change_is_computed_anew(images, tmp_path, counted):
    network = toy()
    features = [cached_features.features(network, images, tmp_path)]
    one = images.copy()
    one[3, 2, 1, 0] ^= 1
    for other in (one, images[:-1], images.astype(np.float32)):
        features.append(cached_features.features(network, other, tmp_path))
    rescaled = toy(scale=0.5)
    rescaled.set_weights(network.get_weights())
    features.append(cached_features.features(rescaled, images, tmp_path))
    weights = network.get_weights()
    weights[1] = weights[1] + 1e-3
    network.set_weights(weights)
    features.append(cached_features.features(network, images, tmp_path))
    assert counted == [7, 7, 6, 7, 7, 7]
    assert len(list(tmp_path.iterdir())) == 6
    assert np.any(features[1] != features[0]) and np.any(features[5] != features[0])


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-40],
        lambda content: content[:220] + bytes([content[220] ^ 1]) + content[221:],
        lambda content: b"not an array" * 20,
    ],
)
def test_a_damaged_file_is_computed_and_written_again(images, tmp_path, counted, damage):
    network = toy()
    expected = cached_features.features(network, images, tmp_path)
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    found = cached_features.features(network, images, tmp_path)
    assert counted == [7, 7]
    np.testing.assert_array_equal(found, expected)
    assert file.read_bytes() == whole


def test_a_head_on_features_is_the_whole_network(tmp_path):
    backbone = efficientnet.backbone("tiny", (32, 32, 3))
    images = np.random.default_rng(1).uniform(0, 255, (6, 32, 32, 3)).astype(np.float32)
    features = cached_features.features(backbone, images, tmp_path)
    head = efficientnet.head(features.shape[1], classes=3, dense=16, learning_rate=0.05)
    head.run_eagerly = True
    head.fit(features, np.arange(6) % 3, epochs=3, verbose=0)
    whole = efficientnet.joined(backbone, head)
    np.testing.assert_allclose(whole(images), head(features), atol=1e-5)
