"""The search completes its trials, ranks them, and reports failures."""

import numpy as np
import pytest

from galutils.networks import tune, velocity_cnn


@pytest.fixture(scope="module")
def data():
    """Return maps with a gradient (1) or noise only (0), labels, groups."""
    rng = np.random.default_rng(0)
    labels = np.tile([1, 0], 80)
    x = rng.normal(0, 0.4, (160, 16, 16, 1)).astype(np.float32)
    x += labels[:, None, None, None] * np.linspace(-1, 1, 16)[:, None].astype(np.float32)
    return x, labels, np.arange(160) // 2 * 10 + labels


def test_search_completes_its_trials_and_ranks_them(data):
    x, labels, _ = data

    def hypermodel(hp):
        return velocity_cnn.sami_cnn(
            (16, 16, 1), [hp.Int("filters", 4, 8, step=4)], jit_compile=False
        )

    table = tune.search(hypermodel, x, labels, (x, labels), trials=2, epochs=1, seed=0)
    assert len(table) == 2
    assert table["val_accuracy"].is_monotonic_decreasing
    assert set(table) == {"filters", "parameters", "val_accuracy"}


def test_search_says_when_a_trial_fails(data):
    x, labels, _ = data

    def hypermodel(hp):
        hp.Int("filters", 4, 8)
        raise RuntimeError("no such layer")

    with pytest.raises(RuntimeError):
        tune.search(hypermodel, x, labels, (x, labels), trials=1, epochs=1, seed=0)
