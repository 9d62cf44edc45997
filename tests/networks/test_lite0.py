"""EfficientNet-Lite0 written out with the names of its package, against the Keras network."""

import numpy as np
import pytest
import tensorflow as tf
from torch_writer import content

from galutils.networks import efficientnet, lite0


class Written:
    """The network in TensorFlow's conventions, weights of PyTorch's order drawn at random."""

    def __init__(self):
        self.rng, self.state, self.seen = np.random.default_rng(0), {}, []

    def get(self, name, *shape, low=-1.0, high=1.0):
        self.state[name] = self.rng.uniform(low, high, shape).astype(np.float32)
        return self.state[name]

    def layer(self, x, conv, norm, filters, kernel=1, stride=1, depthwise=False, flat=False):
        n = x.shape[-1]
        shape = (n, 1) if depthwise else (filters, n)
        scale = 1 / np.sqrt(kernel**2 * shape[1])
        w = self.get(f"{conv}.weight", *shape, kernel, kernel, low=-scale, high=2 * scale)
        if depthwise:
            w = tf.transpose(w, (2, 3, 0, 1))
            x = tf.nn.depthwise_conv2d(x, w, (1, stride, stride, 1), "SAME")
        else:
            x = tf.nn.conv2d(x, tf.transpose(w, (2, 3, 1, 0)), stride, "SAME")
        gamma, beta = (
            self.get(f"{norm}.weight", filters, low=0.5),
            self.get(f"{norm}.bias", filters),
        )
        mean = self.get(f"{norm}.running_mean", filters)
        variance = self.get(f"{norm}.running_var", filters, low=1e-4)
        self.state[f"{norm}.num_batches_tracked"] = np.array(0, dtype=np.int64)
        x = (x - mean) / tf.sqrt(variance + 1e-3) * gamma + beta
        return x if flat else tf.nn.relu6(x)

    def __call__(self, images):
        x = self.layer((images - 127) / 128, "_conv_stem", "_bn0", 32, 3, 2)
        number, stages = 0, [(3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3)]
        for kernel, first, wider, filters, repeats in [
            *stages, (5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1),
        ]:  # fmt: skip
            for k in range(repeats):
                name, before, inside = f"_blocks.{number}", x, wider * x.shape[-1]
                if wider > 1:
                    x = self.layer(x, f"{name}._expand_conv", f"{name}._bn0", inside)
                x = self.layer(
                    x, f"{name}._depthwise_conv", f"{name}._bn1", inside, kernel,
                    1 if k else first, depthwise=True,
                )  # fmt: skip
                x = self.layer(x, f"{name}._project_conv", f"{name}._bn2", filters, flat=True)
                x = x + before if k else x
                self.seen.append(x)
                number += 1
        return self.layer(x, "_conv_head", "_bn1", 1280)


@pytest.fixture(scope="module")
def written():
    network = Written()
    images = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    return network, images, network(images).numpy()


def test_every_block_is_that_of_the_package(written, tmp_path, monkeypatch):
    import keras

    network, images, expected = written
    (tmp_path / "a.pth").write_bytes(content(network.state, monkeypatch))
    lite0.convert(tmp_path / "a.pth", tmp_path / "lite0.keras")
    found = efficientnet.backbone("Lite0", (64, 64, 3), tmp_path / "lite0.keras")
    ends = [
        f"block{k}_{'add' if network.seen[k].shape == network.seen[k - 1].shape else 'project_bn'}"
        for k in range(16)
    ]
    inside = keras.Model(found.input, [found.get_layer(one).output for one in ends])
    for name, one, other in zip(ends, inside(images), network.seen, strict=True):
        scale = np.abs(other).max()
        np.testing.assert_allclose(one / scale, other / scale, atol=1e-4, err_msg=name)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found(images) / scale, expected / scale, atol=1e-4)


def test_other_arrays_are_refused(written, tmp_path, monkeypatch):
    network, _, _ = written
    (tmp_path / "a.pth").write_bytes(content(dict(list(network.state.items())[:9]), monkeypatch))
    with pytest.raises(ValueError, match=r"a\.pth: expected \S+ among 9 arrays"):
        lite0.convert(tmp_path / "a.pth", tmp_path / "lite0.keras")
    assert not (tmp_path / "lite0.keras").exists()


def test_the_network_has_the_published_size():
    network = lite0.network()
    top = 1280 * 1000 + 1000  # the scores of the classes of ImageNet, which it is without
    assert 4.6e6 < network.count_params() + top < 4.7e6
    assert network.output_shape == (None, 7, 7, 1280)
