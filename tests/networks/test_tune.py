"""The search completes its trials, ranks them, and reports failures."""

import pytest

from galutils.networks import tune, velocity_cnn


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
