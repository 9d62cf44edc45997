"""What failed fits do to Moran's I and to a network, and what cleaning the maps does to both."""

import numpy as np
import pandas as pd

from galutils.inputs import clean, images
from galutils.physics import spatial
from galutils.scores import intervals
from galutils.store.measured import takes


@takes(velocity="km/s", snr=None)
def spoil(velocity, snr, share, amplitude=400.0, rng=None):
    """Replace the spaxels of lowest signal-to-noise ratio by velocities drawn at random.

    Parameters
    ----------
    velocity, snr : ndarray, shape (n, ny, nx)
        km/s and ratio, NaN where not measured.
    share : float
        Of the measured spaxels of each map, rounded up.
    amplitude : float
        km/s; velocities are uniform between minus and plus this.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    ndarray of the same shape
    """
    rng = np.random.default_rng(rng)
    rank = np.where(np.isfinite(velocity), snr, np.inf).reshape(len(snr), -1).argsort(axis=1)
    rank = rank.argsort(axis=1).reshape(snr.shape)
    count = np.ceil(share * np.isfinite(velocity).sum(axis=(1, 2), keepdims=True))
    drawn = rng.uniform(-amplitude, amplitude, velocity.shape)
    return np.where(np.isfinite(velocity) & (rank < count), drawn, velocity)


def treatments(velocity, brightness, minimum):
    """Return maps as they are and after each way of cleaning, by name.

    Parameters
    ----------
    velocity, brightness : ndarray, shape (n, ny, nx)
        km/s, and signal-to-noise ratio or flux.
    minimum : float or ndarray
        Of `brightness`, as of `galutils.inputs.clean.bright_spaxels`.

    Returns
    -------
    dict of str to ndarray
    """
    bright = clean.bright_spaxels(velocity, brightness, minimum)
    return {
        "as published": velocity,
        "no systemic velocity": clean.without_systemic(velocity),
        "no outliers": clean.without_outliers(velocity),
        "no faint spaxels": bright,
        "all cleaned": clean.without_systemic(clean.without_outliers(bright)),
    }


def moran_by_class(maps, label, groups, seed):
    """Compare Moran's I of fast and slow rotators for several versions of the same maps.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (n, 50, 50)
        km/s, NaN where not measured.
    label : ndarray, shape (n,)
        1 fast, 0 slow; others are left out.
    groups : ndarray, shape (n,)
        Galaxy of each map, for the intervals.
    seed : int
        Of the bootstrap.

    Returns
    -------
    table : pandas.DataFrame
        One row for each version: medians of Moran's I (queen contiguity, central 40x40 spaxels)
        by class, shares on the publication's side of 0.4, the AUC of Moran's I with its
        interval, and the median number of spaxels. Maps without a value are left out.
    moran : dict of str to ndarray, shape (n,)
    """
    rows, moran = [], {}
    for name, velocity in maps.items():
        value = moran[name] = spatial.morans_i(images.central_crop(velocity, 40))
        fast, slow = (value[label == one] for one in (1, 0))
        used = (label >= 0) & np.isfinite(value)
        auc = intervals.bootstrap(label[used], value[used], groups[used], rng=seed)["auc"]
        rows.append(
            {
                "maps": name,
                "spaxels": np.median(np.isfinite(velocity[label >= 0]).sum(axis=(1, 2))),
                "median fast": np.nanmedian(fast),
                "median slow": np.nanmedian(slow),
                "fast above 0.4": np.nanmean(fast > 0.4),
                "slow below 0.4": np.nanmean(slow < 0.4),
                "AUC of Moran's I": auc["value"],
                "low": auc["low"],
                "high": auc["high"],
            }
        )
    return pd.DataFrame(rows), moran
