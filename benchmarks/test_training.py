"""Training the SAMI network as published and as fast as this machine can, to the same accuracy."""

import numpy as np

from galutils.inputs import augment, images
from galutils.mock import trials
from galutils.networks import device, velocity_cnn

EPOCHS = 6  # and a first one that compiles
N_MAPS, BATCH, N_TEST = 1536, 32, 1200
LEARNING_RATE = 1e-3  # in the first epoch


def observed(n, seed):
    """Maps and classes of `n` mock galaxies, half of them slow."""
    seen = trials.observe(trials.draw(n // 2, seed), seed)
    return images.network_input(seen["velocity"]), np.asarray(seen["true_class"])


class Side:
    """A network in training: an epoch at each call, the learning rate falling to nothing.

    Without that the last epoch's accuracy is as much chance as precision.
    """

    def __init__(self, maps, labels, **settings):
        import keras

        keras.utils.set_random_seed(0)
        self.model = velocity_cnn.sami_cnn(momentum=0.9, **settings)
        self.done = 0
        self.arguments = {"x": maps, "y": labels, "batch_size": BATCH, "verbose": 0}

    def __call__(self):
        falling = (1 + np.cos(np.pi * self.done / (EPOCHS + 1))) / 2
        self.model.optimizer.learning_rate = LEARNING_RATE * falling
        self.model.fit(**self.arguments)
        self.done += 1

    def right(self, maps, truth):
        """Which galaxies it calls rightly."""
        return (self.model.predict(maps, verbose=0)[:, 0] > 0.5) == truth


def test_training(compare):
    rng = np.random.default_rng(0)
    few, classes = observed(N_MAPS // 4, 1)
    maps, origin = augment.augment_to_balance(few, classes, {0: 3, 1: 3}, rng=rng)
    fast = {"dtype": device.dtype_policy(), "jit_compile": device.jit_compile()}
    ours, published = (Side(maps, classes[origin], **settings) for settings in (fast, {}))

    def judged():
        """Shares of unseen galaxies called rightly, and the interval of their difference."""
        unseen = observed(N_TEST, 2)
        right = [side.right(*unseen).astype(int) for side in (ours, published)]
        drawn = (right[0] - right[1])[rng.integers(N_TEST, size=(2000, N_TEST))].mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        return {
            "accuracy": float(right[0].mean()), "theirs_accuracy": float(right[1].mean()),
            "accuracy_difference": {
                "value": float((right[0] - right[1]).mean()), "low": float(low), "high": float(high)
            },
            "n_test": N_TEST, "epochs": EPOCHS + 1,
        }  # fmt: skip

    item = compare(
        "training", ours, published,
        says=(
            f"velocity_cnn.sami_cnn in {fast['dtype']}, jit_compile={fast['jit_compile']}, "
            f"batches of {BATCH}: an epoch of {N_MAPS} augmented mock maps",
            f"Keras's defaults: float32, jit_compile='auto', batches of {BATCH}, the same maps",
        ),
        target=4, rounds=EPOCHS, amount=N_MAPS / 1000, unit="s per 1000 maps", extra=judged,
        reason="no bfloat16 units in this CPU: XLA left out is all that is won"
        if fast["dtype"] == "float32"
        else "the convolutions alone take about as long as the target allows; normalisation, "
        "activation and pooling are bound by memory and gain little from bfloat16",
    )  # fmt: skip
    assert item["ratio"] > 0
