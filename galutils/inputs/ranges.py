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
REPEATED = 0.05  # share of a value that any map may have, as where numbers are rounded
QUANTITIES = ("offset", "amplitude", "coverage", "scale", "repeated_value")


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
        from 5 to 95 per cent, km/s; ``coverage``: measured spaxels over those of the disc of the
        median distance, which is ``scale``: of measured spaxels from the middle of the map, in
        spaxels, since other spaxels make galaxies larger or smaller; ``repeated_value``: share
        of the measured spaxels that repeat the lowest value, or the highest if that is more: fill
        values, or velocities that were clipped.
    """
    use = np.isfinite(velocity)
    values, distance = velocity[use], np.hypot(*kinematics.spaxel_offsets(velocity.shape, 1.0))
    low, middle, high = np.percentile(values, [5, 50, 95])
    amplitude, scale = (high - low) / 2, np.median(distance[use])
    with np.errstate(divide="ignore", invalid="ignore"):
        offset, coverage = np.abs(middle) / amplitude, len(values) / (2 * np.pi * scale**2)
    found = (offset, amplitude, coverage, scale, repeated(velocity))
    return dict(zip(QUANTITIES, map(float, found), strict=True))


def repeated(velocity):
    """Return the share of measured spaxels that repeat the lowest, or the highest, velocity."""
    values = velocity[np.isfinite(velocity)]
    same = max(np.count_nonzero(values == end) for end in (values.min(), values.max()))
    return (same - 1) / len(values)


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
        either end; as JSON takes it. No offset and no repeated value is too small, and
        `REPEATED` is never too much of the latter.
    """
    found = pd.DataFrame([quantities(one) for one in velocity if np.isfinite(one).any()])
    ends = found.quantile(INSIDE)
    ends.iloc[0, [0, 4]], ends.iloc[1, 4] = 0, max(ends.iloc[1, 4], REPEATED)
    return ends.to_dict("list")


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
