"""timm's EfficientNetB0 written out with its own names, and the Keras network layer by layer."""

import json

import numpy as np
import pytest
import tensorflow as tf

from galutils.networks import efficientnet, timm_weights

# timm's efficientnet_b0: kernel, stride, expansion, channels and repeats of each stage
STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3))
STAGES += ((5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1))


class Timm:
    """The network in PyTorch's conventions: weights by name, first drawn at random."""

    def __init__(self, seed=0):
        self.rng, self.state, self.seen = np.random.default_rng(seed), {}, {}

    def get(self, name, *shape, low=-1.0, high=1.0):
        if name not in self.state:
            self.state[name] = self.rng.uniform(low, high, shape).astype(np.float32)
        return self.state[name]

    def conv(self, x, name, filters, kernel=1, stride=1, depthwise=False, bias=False):
        channels = x.shape[-1]
        shape = (channels, 1) if depthwise else (filters, channels)
        scale = 1 / np.sqrt(kernel**2 * shape[1])
        w = self.get(f"{name}.weight", *shape, kernel, kernel, low=-scale, high=2 * scale)
        edge = kernel // 2
        x = tf.pad(x, [[0, 0], [edge, edge], [edge, edge], [0, 0]])
        if depthwise:
            w = tf.transpose(w, (2, 3, 0, 1))
            x = tf.nn.depthwise_conv2d(x, w, (1, stride, stride, 1), "VALID")
        else:
            x = tf.nn.conv2d(x, tf.transpose(w, (2, 3, 1, 0)), stride, "VALID")
        return x + self.get(f"{name}.bias", filters) if bias else x

    def norm(self, x, name):
        n = x.shape[-1]
        gamma, beta = self.get(f"{name}.weight", n, low=0.5), self.get(f"{name}.bias", n)
        mean = self.get(f"{name}.running_mean", n)
        variance = self.get(f"{name}.running_var", n, low=1e-4)  # some as small as epsilon
        return (x - mean) / tf.sqrt(variance + 1e-5) * gamma + beta

    def block(self, x, name, kernel, stride, expansion, filters):
        before, channels = x, x.shape[-1]
        inside = channels * expansion
        if expansion > 1:
            x = tf.nn.silu(self.norm(self.conv(x, f"{name}.conv_pw", inside), f"{name}.bn1"))
        names = ("bn2", "conv_pwl", "bn3") if expansion > 1 else ("bn1", "conv_pw", "bn2")
        x = self.conv(x, f"{name}.conv_dw", inside, kernel, stride, depthwise=True)
        x = tf.nn.silu(self.norm(x, f"{name}.{names[0]}"))
        se = tf.reduce_mean(x, (1, 2), keepdims=True)
        se = tf.nn.silu(self.conv(se, f"{name}.se.conv_reduce", channels // 4, bias=True))
        x *= tf.sigmoid(self.conv(se, f"{name}.se.conv_expand", inside, bias=True))
        x = self.norm(self.conv(x, f"{name}.{names[1]}", filters), f"{name}.{names[2]}")
        return x + before if stride == 1 and channels == filters else x

    def __call__(self, images):
        x = tf.nn.silu(self.norm(self.conv(images, "conv_stem", 32, 3, 2), "bn1"))
        self.seen["stem_activation"] = x
        for stage, (kernel, stride, expansion, filters, repeats) in enumerate(STAGES):
            for k in range(repeats):
                given = kernel, stride if k == 0 else 1, expansion, filters
                x = self.block(x, f"blocks.{stage}.{k}", *given)
                last = "add" if k else "project_bn"
                self.seen[f"block{stage + 1}{chr(97 + k)}_{last}"] = x
        x = tf.nn.silu(self.norm(self.conv(x, "conv_head", 1280), "bn2"))
        self.seen["top_activation"] = x
        return x


def write(path, arrays):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in arrays.items():
        offsets = [len(data), len(data) + array.nbytes]
        about = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
        header, data = header | {name: about}, data + array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


@pytest.fixture(scope="module")
def drawn():
    timm = Timm()
    images = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    timm(images / 255)
    return timm, images


def test_every_layer_is_that_of_timm(drawn, tmp_path):
    import keras

    timm, images = drawn
    more = {"classifier.weight": np.zeros((3, 1280), np.float32)}
    path = write(tmp_path / "zoobot.safetensors", timm.state | more)
    network = efficientnet.backbone("B0", (64, 64, 3), path)
    shown = keras.Model(network.input, {n: network.get_layer(n).output for n in timm.seen})
    for name, found in shown(images).items():
        expected = timm.seen[name].numpy()
        scale = np.abs(expected).max()
        np.testing.assert_allclose(found.numpy() / scale, expected / scale, atol=1e-4, err_msg=name)


def test_a_grey_image_is_given_to_all_colours_and_a_prefix_does_not_count(drawn):
    timm, images = drawn
    state = {f"encoder.{name}": array for name, array in timm.state.items()}
    grey = timm_weights.network((64, 64, 1), state)
    one = images[..., :1]
    colour = timm_weights.network((64, 64, 3), timm.state)
    expected = colour(np.repeat(one, 3, axis=-1)).numpy()
    np.testing.assert_allclose(grey(one).numpy(), expected, rtol=1e-3, atol=1e-3)


def test_what_is_no_such_file_is_refused(drawn, tmp_path):
    timm, _ = drawn
    lacking = {k: v for k, v in timm.state.items() if k != "blocks.3.1.bn2.weight"}
    path = write(tmp_path / "a.safetensors", lacking)
    with pytest.raises(ValueError, match=r"a.safetensors: expected blocks.3.1.bn2.weight"):
        efficientnet.backbone("B0", (64, 64, 3), path)
    other = timm.state | {"blocks.0.0.conv_pw.weight": np.zeros((24, 32, 1, 1), np.float32)}
    with pytest.raises(ValueError, match=r"expected blocks.0.0.conv_pw as \(1, 1, 32, 16\)"):
        timm_weights.network((64, 64, 3), other)
    with pytest.raises(ValueError, match="expected variant B0, received tiny"):
        efficientnet.backbone("tiny", (64, 64, 3), path)
    for content in (b"", b"\x05\0\0\0\0\0\0\0pickl", path.read_bytes()[:-40]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"a.safetensors: expected arrays in safetensors"):
            timm_weights.read(path)
