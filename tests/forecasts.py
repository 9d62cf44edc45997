"""Forecasts whose truth is known, for the tests of calibration and abstention."""

import numpy as np


def drawn(n, sharpness=1.0, spread=1.5, seed=0):
    """Labels, true probabilities, and those of a forecaster who is too sure."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, spread, n)
    truth = 1 / (1 + np.exp(-logit))
    said = 1 / (1 + np.exp(-sharpness * logit))
    return (rng.random(n) < truth).astype(int), truth, said
