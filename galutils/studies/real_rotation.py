"""Classifiers of real galaxies: where they err, and what carries over to another survey."""

import numpy as np

from galutils.networks import wrappers
from galutils.physics import kinematics
from galutils.store.measured import floats


def error_by_quarter(values, wrong, labels):
    """Share of galaxies called wrongly in quarters of a quantity, both classes weighted alike.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Quantity, NaN where not measured; those galaxies are left out.
    wrong : ndarray of bool, shape (n,)
        Whether a galaxy was called wrongly.
    labels : ndarray of {0, 1}, shape (n,)

    Returns
    -------
    ndarray, shape (4,)
        From the lowest quarter to the highest; NaN where a quarter lacks a class.
    """
    measured = np.isfinite(values)
    values, wrong, labels = values[measured], np.asarray(wrong)[measured], labels[measured]
    quarter = np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values, side="right")
    shares = np.full((4, 2), np.nan)
    for k in range(4):
        for value in (0, 1):
            chosen = (quarter == k) & (labels == value)
            shares[k, value] = wrong[chosen].mean() if chosen.any() else np.nan
    return shares.mean(axis=1)


def retrainable(model, learning_rate):
    """Return a compiled copy of a trained network of one probability, to be trained further.

    Parameters
    ----------
    model : keras.Model
    learning_rate : float
        Of Adam.

    Returns
    -------
    keras.Model
    """
    import keras

    copy = wrappers.copied(model)
    adam = keras.optimizers.Adam(learning_rate)
    copy.compile(adam, "binary_crossentropy", metrics=["accuracy"])
    return copy


def measured_spin(sample, spaxel=0.5):
    """Compute lambda_R within one effective radius from maps, with elliptical radii.

    Parameters
    ----------
    sample : astropy.table.Table
        ``velocity`` and ``sigma`` in km/s, ``flux``, of (n, ny, nx), NaN where not measured;
        ``r_e`` (arcsec), ``ellipticity``, ``position_angle`` (deg, east of north).
    spaxel : float
        arcsec.

    Returns
    -------
    ndarray, shape (n,)
        NaN where shape, radius or maps are missing. The systemic velocity is the median within
        the ellipse.
    """
    spin = np.full(len(sample), np.nan)
    maps = (
        floats(sample["velocity"], "km/s"),
        floats(sample["sigma"], "km/s"),
        floats(sample["flux"]),
    )
    for number, row in enumerate(sample):
        shape = [float(row[name]) for name in ("r_e", "ellipticity", "position_angle")]
        if not np.isfinite(shape).all():
            continue
        velocity, sigma, flux = (one[number] for one in maps)
        x, y = kinematics.spaxel_offsets(velocity.shape, spaxel)
        radius = kinematics.elliptical_radius(x, y, shape[1], shape[2] + 90)
        inside = (radius <= shape[0]) & np.isfinite(velocity)
        if inside.any():
            velocity = velocity - np.median(velocity[inside])
            spin[number] = kinematics.lambda_r(velocity, sigma, flux, radius, inside)
    return spin


def outside(features, training, tail=0.005):
    """Share of the features of each map that lie outside nearly all of the training maps'.

    Parameters
    ----------
    features, training : pandas.DataFrame
        As `galutils.physics.map_features.map_features` returns them.
    tail : float
        Share of the training maps beyond either limit.

    Returns
    -------
    ndarray, shape (n,)
        A feature that is missing counts as outside.
    """
    low, high = (training.quantile(level) for level in (tail, 1 - tail))
    return 1 - ((features >= low) & (features <= high)).mean(axis=1).to_numpy()
