"""Images that the tests of figures share."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def fluxes():
    """Two galaxies of one shape, the other a thousand times fainter, redder than a corner star."""
    y, x = np.mgrid[:48, :48] - 23.5
    light = np.exp(-np.hypot(x, y / 0.6) / 5)
    images = light[..., None] * np.array([0.4, 1.0, 1.4])
    images[2:5, 40:43] += np.array([2.0, 1.0, 0.8])  # south, row 3
    return np.stack([images, images / 1000])
