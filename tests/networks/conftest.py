"""Maps that the tests of training share."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def data():
    """Return maps with a gradient (1) or noise only (0), labels, groups."""
    rng = np.random.default_rng(0)
    labels = np.tile([1, 0], 80)
    x = rng.normal(0, 0.4, (160, 16, 16, 1)).astype(np.float32)
    x += labels[:, None, None, None] * np.linspace(-1, 1, 16)[:, None].astype(np.float32)
    return x, labels, np.arange(160) // 2 * 10 + labels
