"""Combine several maps of a galaxy: as channels of one network input, and into lambda_R."""

import numpy as np

from galutils.inputs import clean, images
from galutils.physics import kinematics
from galutils.store.files import require
from galutils.store.measured import floats

UNITS = {"velocity": "km/s", "sigma": "km/s", "position_angle": "deg", "r_e": "arcsec"}
DISPERSION = (100.0, 50.0)  # km/s: near the median dispersion of a SAMI spaxel, and the unit


def channels(galaxies, names=("velocity",), size=40, dispersion=DISPERSION):
    """Stack maps of a sample as channels of one network input.

    The velocity is scaled as by `images.network_input`. The dispersion sigma becomes
    (sigma - zero) / unit. The flux, whose scale depends on the distance, becomes log10 of the flux
    over the median of the map. NaN, and flux that is not positive, become zero after the scaling.

    Parameters
    ----------
    galaxies : astropy.table.Table
        With the columns `names`: maps (n, ny, nx), or one number a galaxy.
    names : sequence of str
        Some of ``velocity``, ``sigma`` (km/s), ``flux`` and ``ellipticity``. An ellipticity
        becomes a channel that has the same value everywhere.
    size : int
        Side of the central square, spaxels.
    dispersion : (float, float)
        Zero and unit of the dispersion, km/s.

    Returns
    -------
    ndarray of float32, shape (n, size, size, len(names))
        Finite if the ellipticity is.

    Raises
    ------
    ValueError
        If a name is none of the four.
    """
    zero, unit = dispersion
    known = {
        "velocity": lambda maps: images.network_input(maps, size),
        "sigma": lambda maps: images.network_input(maps - np.float32(zero), size, unit),
        "flux": lambda maps: images.network_input(_log_flux(maps), size, 1.0),
        "ellipticity": lambda numbers: np.tile(numbers[:, None, None, None], (1, size, size, 1)),
    }
    unknown = sorted(set(names) - set(known))
    require(not unknown, f"some of {list(known)}", unknown, "names")
    given = {name: _numbers(galaxies, name).astype(np.float32) for name in names}  # a copy
    made = [known[name](given[name]) for name in names]
    return np.concatenate(made, axis=-1)


def _numbers(galaxies, name):
    return floats(galaxies[name], UNITS.get(name), name)


def _log_flux(flux):
    """Return the logarithm of each map over its median, NaN where the flux is not positive."""
    flux[~(flux > 0)] = np.nan
    for one in flux:
        light = one[np.isfinite(one)]
        if light.size:
            one /= np.median(light)
    return np.log10(flux)


def lambda_on_map(galaxies, spaxel=0.5, about_median=False):
    """Compute lambda_R within one effective radius from the maps, not corrected for seeing.

    The radius of a spaxel is the semi-major axis of the ellipse through it, as for SAMI (van de
    Sande et al. 2017).

    Parameters
    ----------
    galaxies : astropy.table.Table
        ``velocity``, ``sigma``, ``flux`` (n, ny, nx), ``ellipticity``, ``position_angle``
        (degrees east of north), ``r_e`` (arcsec).
    spaxel : float
        Side of a spaxel in arcsec.
    about_median : bool
        Take off the median velocity within the radius, for maps that keep a systemic one.

    Returns
    -------
    ndarray, shape (n,)
        NaN if no spaxel lies within the radius, or a galaxy lacks its shape.
    """
    maps = [_numbers(galaxies, name).astype(float) for name in ("velocity", "sigma", "flux")]
    eps, angle, r_e = (
        _numbers(galaxies, name).astype(float)[:, None, None]
        for name in ("ellipticity", "position_angle", "r_e")
    )
    x, y = kinematics.spaxel_offsets(maps[0].shape[1:], spaxel)
    radius = kinematics.elliptical_radius(x, y, eps, angle + 90)  # columns increase westward
    inside = radius < r_e
    if about_median:
        maps[0] = clean.without_systemic(np.where(inside, maps[0], np.nan))
    return kinematics.lambda_r(*maps, radius, inside)
