"""Tell velocity maps that are unlike those a network was trained on.

A network answers for any map, also for one with a systemic velocity, in m/s, or filled with a
number where nothing was measured. The ranges of a few quantities among its training maps are kept
in its card and its record, so that such maps can be told.
"""

import numpy as np
import pandas as pd

from galutils.physics import kinematics
from galutils.store.measured import takes

INSIDE = (0.005, 0.995)  # quantiles of the training maps that are the ends of a range
MARGIN = 1.1  # real galaxies reach a little further than mock ones
# What each is, and whether it can be too small
QUANTITIES = {
    "offset": False, "amplitude": True, "coverage": True, "scale": True, "repeated_value": False,
}  # fmt: skip


def quantities(velocity):
    """Measure one map.

    Parameters
    ----------
    velocity : ndarray, shape (ny, nx)
        km/s, NaN where not measured; one number at least.

    Returns
    -------
    dict of str to float
        ``offset``: distance of the median from zero, in amplitudes; ``amplitude``: half the range
        from 5 to 95 per cent, km/s; ``scale``: median distance of measured spaxels from the
        middle of the map, in spaxels, since other spaxels make galaxies larger or smaller;
        ``coverage``: measured spaxels over those of the disc of that median distance;
        ``repeated_value``: share of the measured spaxels that have the lowest value, or the
        highest if that is more: fill values, or velocities that were clipped.
    """
    use = np.isfinite(velocity)
    values = velocity[use]
    low, middle, high = np.percentile(values, [5, 50, 95])
    reach = np.median(np.hypot(*kinematics.spaxel_offsets(velocity.shape, 1.0))[use])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "offset": np.abs(middle) / ((high - low) / 2),
            "amplitude": (high - low) / 2,
            "coverage": len(values) / (2 * np.pi * reach**2),
            "scale": reach,
            "repeated_value": max(np.mean(values == end) for end in (values.min(), values.max())),
        }
    return {name: float(value) for name, value in found.items()}


@takes(velocity="km/s")
def of(velocity):
    """Return the ranges of maps that a network is trained on.

    Parameters
    ----------
    velocity : ndarray, shape (n, ny, nx)
        km/s, NaN where not measured.

    Returns
    -------
    dict of str to list
        Smallest and largest value of each of `QUANTITIES`, but for half a per cent of the maps at
        either end; as JSON takes it.
    """
    found = pd.DataFrame([quantities(one) for one in velocity if np.isfinite(one).any()])
    low, high = found.quantile(INSIDE).to_numpy()
    low = np.where(list(QUANTITIES.values()), low, 0)
    return {
        n: [float(f"{a:.4g}"), float(f"{b:.4g}")] for n, a, b in zip(found, low, high, strict=True)
    }


def unlike(velocity, ranges):
    """Return the quantities of one map that lie outside the ranges, beyond `MARGIN` above.

    Parameters
    ----------
    velocity
        As of `quantities`.
    ranges : mapping of str to (float, float)
        As of `of`.

    Returns
    -------
    list of str
    """
    found = quantities(velocity)
    return [name for name, (a, b) in ranges.items() if not a <= found[name] <= MARGIN * b]


def sound(ranges):
    """Tell whether a document has ranges as of `of`."""
    numbers = isinstance(ranges, dict) and all(
        isinstance(ends, list) and len(ends) == 2 and all(isinstance(x, int | float) for x in ends)
        for ends in ranges.values()
    )
    return numbers and set(ranges) <= set(QUANTITIES)
