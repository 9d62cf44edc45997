"""Draw the parameters of the velocity field of a mock galaxy.

Ordered against random motion of fast rotators comes from the tensor virial
theorem for oblate bodies (Binney 2005, MNRAS 363, 937) with an anisotropy that
grows with flattening (Cappellari et al. 2007, MNRAS 379, 418). Slow rotators
hardly rotate, along any axis, and often hold a decoupled core.
"""

import numpy as np
from astropy.table import Table

from galutils.mock.bodies import population

WAVES = 5  # plane waves that make up the disorder of a velocity field


def binney_v_over_sigma(thickness, anisotropy):
    """Edge-on V/sigma of an oblate galaxy held by its own gravity.

    Parameters
    ----------
    thickness : array_like
        Intrinsic axis ratio c/a, in (0, 1).
    anisotropy : array_like
        Global anisotropy delta, in [0, 1).

    Returns
    -------
    ndarray
        Light-weighted sqrt(<V^2>/<sigma^2>); 0 where the body is too anisotropic
        for its shape to need any rotation.

    Notes
    -----
    Binney (2005), equation 26, with alpha = 0.15; Cappellari et al. (2007).
    """
    eccentricity = np.sqrt(1 - np.square(thickness))
    arc = np.arcsin(eccentricity)
    shape = (arc - eccentricity * thickness) / (eccentricity / thickness - arc) / thickness**2 / 2
    ordered = (1 - np.asarray(anisotropy)) * shape
    return np.sqrt(np.maximum(ordered - 1, 0) / (0.15 * ordered + 1))


def _dynamics(galaxies, rng):
    """Parameters of motion for a table of galaxies, as a dict of arrays."""
    n = len(galaxies)
    thickness, slow = galaxies["thickness"].data, galaxies["slow"].data
    diskiness, log_mass = galaxies["diskiness"].data, galaxies["log_mass"].data
    inclination = np.deg2rad(galaxies["inclination"].data)
    # Anisotropy grows with flattening up to beta_z = 0.7 eps (Cappellari et al. 2007).
    steepness = np.clip(rng.normal(0.40 - 0.19 * diskiness, 0.22), 0.0, 0.70)
    anisotropy = steepness * (1 - thickness)
    support = binney_v_over_sigma(thickness, anisotropy)
    projected = np.sin(inclination) / np.sqrt(1 - anisotropy * np.cos(inclination) ** 2)
    slow_support = np.exp(rng.normal(np.log(0.12), 0.42, n))
    core = slow & (rng.random(n) < 0.4)
    field = {
        "anisotropy": anisotropy,
        "v_over_sigma": np.where(slow, slow_support, support * projected),
        "turnover": np.exp(rng.normal(np.log(0.45) - 0.1 * (log_mass - 10), 0.35)),
        "sigma_slope": np.clip(rng.normal(0.10 + 0.05 * (log_mass - 10), 0.06), -0.05, 0.35),
        # Fast rotators are aligned to a few degrees; half of the slow ones are not.
        "misalignment": np.where(slow, rng.vonmises(0, 1.0, n) * 180 / np.pi, rng.normal(0, 4, n)),
        "warp": rng.normal(0, 1, n) * np.where(rng.random(n) < 0.25, 15, 2),
        "bar": rng.normal(0, 1, n) * np.where(~slow & (rng.random(n) < 0.3), 20, 1),
        "core": np.where(core, rng.uniform(0.15, 0.5, n), 0.0),
        "core_velocity": np.where(core, rng.uniform(0.15, 0.45, n), 0.0),
        "core_angle": rng.uniform(0, 360, n),
        "turned": rng.integers(0, 2, n) * 180.0,
        "wave_length": np.exp(rng.normal(np.log(0.9), 0.35, (n, WAVES))),
        "wave_angle": rng.uniform(0, 2 * np.pi, (n, WAVES)),
        "wave_phase": rng.uniform(0, 2 * np.pi, (n, WAVES)),
        "wave_velocity": np.abs(rng.normal(np.where(slow, 0.05, 0.04), 0.02, n)),
    }
    # The sense of rotation has nothing to do with the direction of the isophotes.
    angle = galaxies["position_angle"].data + field.pop("turned") + field.pop("misalignment")
    field["kinematic_angle"] = angle % 360
    return field


def draw(n, rng=None, galaxies=None):
    """Galaxies with motions: one row of parameters for `model` each.

    Parameters
    ----------
    n : int
        How many.
    rng : numpy.random.Generator or int, optional
        Source of randomness or seed.
    galaxies : astropy.table.Table, optional
        Photometric parameters, columns as of `galutils.mock.bodies.population.draw`,
        for another survey than SAMI; `n` rows.

    Returns
    -------
    astropy.table.Table
        The columns of `population.draw` and ``anisotropy`` (beta_z),
        ``v_over_sigma`` (light-weighted, within Re, before seeing), ``turnover``
        (radius where the rotation curve bends, in Re), ``sigma_slope`` (minus the
        power of the dispersion profile), ``kinematic_angle`` (deg of the receding
        side, counter-clockwise from +x), ``warp`` (deg per Re), ``bar`` (deg,
        twist of the inner field), ``core`` (radius of a decoupled core in Re, 0
        none), ``core_velocity`` (in `sigma_e`), ``core_angle`` (deg), and small
        disorder: ``wave_length`` (Re), ``wave_angle`` and ``wave_phase`` (rad),
        each (n, WAVES), with ``wave_velocity`` (rms in `sigma_e`).
    """
    rng = np.random.default_rng(rng)
    if galaxies is None:
        galaxies = population.draw(n, rng)
    parameters = Table(galaxies, copy=True)
    parameters.update(_dynamics(galaxies, rng))
    return parameters
