"""Light, velocity and dispersion of a rotating galaxy on the sky, from its parameters.

Isophotes and velocity field share ellipses, and the velocity along one goes with the cosine of the
azimuth: the kinemetric description that holds for fast rotators to a few per cent (Krajnovic et
al. 2008, MNRAS 390, 93).
"""

import numpy as np
from scipy import special

from galutils.mock.bodies.dynamics import WAVES

# r-band AB zero point at 6200 A in 1e-16 erg/s/cm2/A per arcsec2 at 0 mag, times
# the blue-arm flux of an old population relative to r.
FLUX_ZERO = 2.83e7 * 0.65


def sersic_b(index):
    """Sersic's b for half the light within Re (Ciotti & Bertin 1999), 0.4 < n < 10."""
    return 2 * index - 1 / 3 + 4 / (405 * index) + 46 / (25515 * index**2)


def enclosed(radius, index):
    """Share of the light of a Sersic body within a radius, in that of half of it."""
    return special.gammainc(2 * index, sersic_b(index) * radius ** (1 / index))


def _profiles(radius, parameters):
    """Relative light, rotation and dispersion at `radius` (in Re); all broadcast."""
    index, turnover, slope = parameters["sersic"], parameters["turnover"], parameters["sigma_slope"]
    light = np.exp(-sersic_b(index) * (radius ** (1 / index) - 1))
    rotation = radius / np.sqrt(radius**2 + turnover**2)
    dispersion = (radius**2 + 0.15**2) ** (-slope / 2)
    return light, rotation, dispersion


def amplitudes(parameters):
    """Light, rotation and dispersion scales that give a galaxy its stated integrals.

    Returns
    -------
    flux : ndarray
        Surface brightness at Re, 1e-16 erg/s/cm2/A/arcsec2, for the stated `mu_e`.
    velocity, sigma : ndarray
        km/s, such that within Re the light-weighted <V^2 + sigma^2> is
        ``sigma_e**2`` and <V^2>/<sigma^2> is ``v_over_sigma**2``.
    """
    radius = (np.arange(200) + 0.5) / 200
    columns = {name: parameters[name][:, None] for name in ("sersic", "turnover", "sigma_slope")}
    light, rotation, dispersion = _profiles(radius, columns)
    weight = light * radius
    weight /= weight.sum(axis=1, keepdims=True)
    ordered = (weight * rotation**2).sum(axis=1) / 2  # mean of cos^2 along an ellipse
    random = (weight * dispersion**2).sum(axis=1)
    square = parameters["sigma_e"] ** 2 / (1 + parameters["v_over_sigma"] ** 2)
    sigma = np.sqrt(square / random)
    velocity = parameters["v_over_sigma"] * np.sqrt(square / ordered)
    index = parameters["sersic"]
    b = sersic_b(index)
    mean = index * np.exp(b) * special.gamma(2 * index) / b ** (2 * index)
    flux = FLUX_ZERO * 10 ** (-0.4 * parameters["mu_e"]) / mean
    return flux, velocity, sigma


def turn(x, y, angle):
    """Components of x, y along and across an axis, `angle` in rad counter-clockwise from x.

    They have the type of `x`.
    """
    cosine = np.cos(angle).astype(x.dtype, copy=False)
    sine = np.sin(angle).astype(x.dtype, copy=False)
    return x * cosine + y * sine, y * cosine - x * sine


def sky(parameters, x, y):
    """Compute the maps of galaxies before seeing.

    Parameters
    ----------
    parameters : mapping of str to ndarray, shape (n, ...)
        Columns as of `galutils.mock.bodies.dynamics.draw`.
    x, y : ndarray, broadcasting to (ny, nx)
        Offsets in arcsec.

    Returns
    -------
    light, velocity, square : ndarray, shape (n, ny, nx)
        1e-16 erg/s/cm2/A/arcsec2, km/s, and the squared dispersion in km2/s2.
    """
    flux, fast, hot = (values[:, None, None] for values in amplitudes(parameters))
    p = {name: np.asarray(values)[:, None, None] for name, values in parameters.items()}
    x, y = x / p["r_e"], y / p["r_e"]
    axis_ratio = 1 - p["ellipticity"]

    major, minor = turn(x, y, np.deg2rad(p["position_angle"]))
    radius = np.sqrt(major**2 + (minor / axis_ratio) ** 2 + 1e-4)
    light, rotation, dispersion = _profiles(radius, p)

    twist = p["warp"] * np.minimum(radius, 2.5) + p["bar"] * np.exp(-((radius / 0.6) ** 2))
    along, across = turn(x, y, np.deg2rad(p["kinematic_angle"] + twist))
    velocity = fast * rotation * along / np.sqrt(along**2 + (across / axis_ratio) ** 2 + 1e-4)
    inside = p["core"] > 0
    scaled = turn(x, y, np.deg2rad(p["core_angle"]))[0] / np.where(inside, p["core"], 1)
    round_radius = np.hypot(x, y) / np.where(inside, p["core"], 1)
    velocity += p["core_velocity"] * p["sigma_e"] * 1.6 * scaled * np.exp(-(round_radius**2) / 2)
    for k in range(WAVES):
        length, angle, phase = (p[f"wave_{w}"][..., k] for w in ("length", "angle", "phase"))
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / length) + phase)
        velocity += p["wave_velocity"] * p["sigma_e"] * np.sqrt(2 / WAVES) * wave
    return flux * light, velocity, (hot * dispersion) ** 2
