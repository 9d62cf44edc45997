"""What several maps of a galaxy give together: channels of one network input, and lambda_R."""

import numpy as np

from galutils.inputs import images
from galutils.physics import kinematics

SIGMA = 100.0  # km/s, near the median dispersion of a SAMI spaxel


def channels(galaxies, names=("velocity",), size=40):
    """Stack maps of a sample as channels.

    The velocity is scaled as by `images.network_input`. Of the dispersion 100 km/s are
    subtracted, and the rest is divided by the same 50 km/s. Of the flux, whose scale is
    distance, the logarithm to base ten over the median of the map is taken. NaN becomes zero
    after that, and so does flux that is not positive.

    Parameters
    ----------
    galaxies : astropy.table.Table
        With the columns `names`, (n, ny, nx).
    names : sequence of str
        Some of ``velocity``, ``sigma`` (km/s) and ``flux``.
    size : int
        Side of the central square, spaxels.

    Returns
    -------
    ndarray of float32, shape (n, size, size, len(names))
        Finite everywhere.

    Raises
    ------
    ValueError
        If a name is none of the three.
    """
    scaled = {"velocity": _as_is, "sigma": _about_usual, "flux": _in_dex}
    if unknown := set(names) - set(scaled):
        raise ValueError(f"names: expected some of {list(scaled)}, received {sorted(unknown)}")
    maps = [scaled[name](np.array(galaxies[name], dtype=np.float32)) for name in names]
    units = [1.0 if name == "flux" else 50.0 for name in names]
    inputs = [images.network_input(one, size, unit) for one, unit in zip(maps, units, strict=True)]
    return np.concatenate(inputs, axis=-1)


def _as_is(velocity):
    return velocity


def _about_usual(sigma):
    return sigma - np.float32(SIGMA)


def _in_dex(flux):
    flux[~(flux > 0)] = np.nan
    for one in flux:
        light = one[np.isfinite(one)]
        if light.size:
            one /= np.median(light)
    return np.log10(flux)


def lambda_on_map(galaxies, spaxel=0.5):
    """lambda_R within one effective radius as the maps show it, blurred by the seeing.

    The radius is the semi-major axis of the ellipse through a spaxel, as of SAMI (van de
    Sande et al. 2017).

    Parameters
    ----------
    galaxies : astropy.table.Table
        ``velocity``, ``sigma``, ``flux`` (n, ny, nx), ``ellipticity``, ``position_angle``
        (degrees east of north), ``r_e`` (arcsec).
    spaxel : float
        Side of a spaxel in arcsec.

    Returns
    -------
    ndarray, shape (n,)
        NaN without a spaxel within the radius.
    """
    maps = [np.array(galaxies[name], dtype=float) for name in ("velocity", "sigma", "flux")]
    eps, angle, r_e = (
        np.asarray(galaxies[name], dtype=float)[:, None, None]
        for name in ("ellipticity", "position_angle", "r_e")
    )
    x, y = kinematics.spaxel_offsets(maps[0].shape[1:], spaxel)
    radius = kinematics.elliptical_radius(x, y, eps, angle + 90)  # columns increase westward
    return kinematics.lambda_r(*maps, radius, radius < r_e)
