"""Shape of the light in an image, for tests of mock images."""

import numpy as np

from galutils.physics import kinematics
from galutils.store.measured import takes


@takes(flux=None)
def effective_ellipse(flux, spaxel=1.0, fraction=0.5):
    """Measure the ellipse that holds a fraction of the light, from moments of the image.

    The ellipticity and position angle come from the second moments of the
    brightest spaxels; the ellipse then grows until it holds `fraction` of the
    light on the map.

    Parameters
    ----------
    flux : ndarray, shape (ny, nx)
        Surface brightness, NaN outside.
    spaxel : float
        Side of a spaxel in arcsec.
    fraction : float
        Share of the light inside, 0.5 for the effective ellipse.

    Returns
    -------
    dict
        ``semi_major`` and ``centre`` (x, y from the middle of the map) in
        arcsec, ``ellipticity``, ``position_angle`` in degrees
        counter-clockwise from ``+x``, in [0, 180).

    Raises
    ------
    ValueError
        If the map holds no light.

    Notes
    -----
    The moments are those of Stobie (1980) and of ``find_galaxy`` as used by
    Emsellem et al. (2011), section 3.3.
    """
    light = np.where(np.isfinite(flux) & (flux > 0), flux, 0.0)
    total = light.sum()
    if total == 0:
        raise ValueError("the flux map holds no positive finite spaxel")
    x, y = kinematics.spaxel_offsets(flux.shape, spaxel)
    x0, y0 = (light * x).sum() / total, (light * y).sum() / total
    dx, dy = x - x0, y - y0
    xx, yy, xy = ((light * m).sum() / total for m in (dx * dx, dy * dy, dx * dy))
    half_difference = np.hypot((xx - yy) / 2, xy)
    mean = (xx + yy) / 2
    ratio = np.sqrt(max(mean - half_difference, 0) / (mean + half_difference))
    angle = np.rad2deg(0.5 * np.arctan2(2 * xy, xx - yy)) % 180
    ellipticity = min(1 - ratio, 0.99)
    radius = kinematics.elliptical_radius(dx, dy, ellipticity, angle)
    order = np.argsort(radius, axis=None)
    growth = np.cumsum(light.ravel()[order]) / total
    semi_major = radius.ravel()[order][np.searchsorted(growth, fraction)]
    return {
        "semi_major": float(semi_major),
        "centre": (float(x0), float(y0)),
        "ellipticity": float(ellipticity),
        "position_angle": float(angle),
    }
