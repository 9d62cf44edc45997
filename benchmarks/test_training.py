"""Training the SAMI network against a product of matrices in the same precision, turn by turn.

No way of training can ask for more of a machine than a large product of matrices gets from it. The
ratio is that of floating-point operations a second.
"""

import numpy as np
import pytest

from galutils.inputs import augment, images
from galutils.mock import trials
from galutils.networks import device, velocity_cnn

EPOCHS = 6  # and a first one that compiles
N_MAPS, BATCH, N_TEST = 1536, 32, 1200
LEARNING_RATE = 1e-3  # in the first epoch
SIDE, PRODUCTS = 2048, 12
TARGETS = {"float32": 0.75, "mixed_bfloat16": 0.65}
RIGHT = {}  # which unseen galaxies the network of each precision calls rightly


def observed(n, seed):
    """Maps and classes of `n` mock galaxies, half of them slow."""
    seen = trials.observe(trials.draw(n // 2, seed), seed)
    return images.network_input(seen["velocity"]), np.asarray(seen["true_class"])


def operations(model):
    """Count floating-point operations of training by one map.

    A layer takes as many for the gradient of its weights as for its output, and once more for that
    of its input, which the first layer does not need.
    """
    weighty = [layer for layer in model.layers if hasattr(layer, "kernel")]
    places = [np.prod(layer.output.shape[1:-1]) for layer in weighty]
    forward = [2 * n * np.prod(one.kernel.shape) for n, one in zip(places, weighty, strict=True)]
    return float(3 * sum(forward) - forward[0])


class Training:
    """A network in training: an epoch at each call, the learning rate falling to nothing.

    Without that the last epoch's accuracy is as much chance as precision.
    """

    def __init__(self, maps, labels, dtype):
        import keras

        keras.utils.set_random_seed(0)
        compiled = device.jit_compile()
        self.model = velocity_cnn.sami_cnn(momentum=0.9, dtype=dtype, jit_compile=compiled)
        self.done = 0
        self.arguments = {"x": maps, "y": labels, "batch_size": BATCH, "verbose": 0}

    def __call__(self):
        falling = (1 + np.cos(np.pi * self.done / (EPOCHS + 1))) / 2
        self.model.optimizer.learning_rate = LEARNING_RATE * falling
        self.model.fit(**self.arguments)
        self.done += 1


@pytest.mark.parametrize("dtype", TARGETS)
def test_training(compare, dtype):
    import tensorflow as tf

    if dtype not in ("float32", device.dtype_policy()):
        pytest.skip(f"no {dtype} on this machine")
    rng = np.random.default_rng(0)
    few, classes = observed(N_MAPS // 4, 1)
    maps, origin = augment.augment_to_balance(few, classes, {0: 3, 1: 3}, rng=rng)
    training = Training(maps, classes[origin], dtype)
    kind = dtype.removeprefix("mixed_")
    matrix = tf.cast(rng.normal(size=(SIDE, SIDE)), kind)

    @tf.function
    def multiplied(x):
        return tf.linalg.matmul(matrix, x)

    def products():
        x = matrix
        for _ in range(PRODUCTS):
            x = multiplied(x) / SIDE
        return x.numpy()

    asked, had = operations(training.model) * N_MAPS, PRODUCTS * 2 * SIDE**3

    def judged():
        """Operations a second, and the interval of the difference in accuracy from float32."""
        unseen, truth = observed(N_TEST, 2)
        right = (training.model.predict(unseen, verbose=0)[:, 0] > 0.5) == truth
        RIGHT[dtype] = right.astype(int)
        less = RIGHT[dtype] - RIGHT["float32"]
        drawn = less[rng.integers(N_TEST, size=(2000, N_TEST))].mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        change = {"value": float(less.mean()), "low": float(low), "high": float(high)}
        return {"accuracy": float(right.mean()), "accuracy_difference": change, "n_test": N_TEST}

    item = compare(
        f"training, {kind}", training, products,
        says=(
            f"velocity_cnn.sami_cnn in {dtype}, batches of {BATCH}: an epoch of {N_MAPS} maps, "
            f"{asked / 1e9:.0f}e9 operations",
            f"{PRODUCTS} products of {SIDE} x {SIDE} matrices in {kind}, {had / 1e9:.0f}e9 "
            "operations, scaled",
        ),
        target=TARGETS[dtype], rounds=EPOCHS, amount=N_MAPS / 1000, unit="s per 1000 maps",
        share=had / asked,
        extra=lambda: judged(),
        reason="normalisation, activation and pooling are bound by memory and do no products, and "
        "the products of one batch of 32 maps are small",
    )  # fmt: skip
    assert item["ratio"] > 0
