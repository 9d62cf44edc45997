"""Choose the crop of the images for the networks that count arms (Lee, Soo & Sharoni, 4.2.1)."""

from typing import NamedTuple

import numpy as np


class CropChoice(NamedTuple):
    """Compare crops by the trainings at each of them.

    Attributes
    ----------
    variation : float
        Smallest coefficient of variation over the crops, per cent.
    steadiest, highest : int
        Crop with this coefficient, and crop with the largest mean F1.
    spread : float
        Largest less smallest mean F1.
    """

    variation: float
    steadiest: int
    highest: int
    spread: float


def crop_choice(f1, crops):
    """Choose a crop by the coefficient of variation (section 4.2.1), and by F1 itself.

    Parameters
    ----------
    f1 : ndarray, shape (crops, runs)
        One network of `by_crop`; at least two runs.
    crops : sequence of int
        Pixels that are kept, in the order of the rows.

    Returns
    -------
    CropChoice
    """
    mean = f1.mean(axis=1)
    variation = 100 * f1.std(axis=1, ddof=1) / mean
    steadiest, highest = crops[int(np.argmin(variation))], crops[int(np.argmax(mean))]
    return CropChoice(float(variation.min()), steadiest, highest, float(np.ptp(mean)))
