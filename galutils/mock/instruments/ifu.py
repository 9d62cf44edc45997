"""Rotating galaxies as an integral-field instrument sees them.

A galaxy is a row of parameters (`draw`); its maps follow from them (`model`),
and what a telescope makes of those maps, from coverage, seeing and noise
(`observe`). All functions work on many galaxies at once.
"""

import numpy as np
from scipy import fft, special
from skimage.measure import block_reduce

from galutils.mock.bodies.dynamics import draw as draw
from galutils.mock.bodies.velocity_field import FLUX_ZERO, sky

# Variance of the flux of one 0.5 arcsec SAMI spaxel: sky and read noise, and photons
# (fitted to the error map of a DR2 galaxy, in the unit of FLUX).
SKY_VARIANCE, PHOTON_VARIANCE = 3.5e-6, 1.3e-4
# Signal-to-noise of a spectrum after the fit, relative to that of the flux map,
# and its scatter.
FIT_GAIN, FIT_SCATTER = 1.4, 0.18
# VEL_ERR x S/N / sqrt(sigma^2 + INSTRUMENT^2), same galaxy; blue-arm resolution in km/s.
VELOCITY_PRECISION, INSTRUMENT = 0.55, 70.0
BLUE_LOSS = 1.3  # growth of errors per mag of g-i below 1.1
HARD_SIGMA = 60.0  # km/s; the error of a narrower dispersion grows fast
# Below the first two a spaxel has no value; the third is the growth of the scatter of the errors
# (natural logarithm) with noise over signal
FAINT = {"minimum_snr": 3.0, "least_exposure": 0.1, "error_scatter": 0.0}
ERROR_SCATTER = 0.12  # of the errors of spaxels of equal signal-to-noise ratio, natural logarithm
# Gaussian scale in arcsec of noise shared by neighbouring spaxels: velocities of neighbours less
# a smooth map correlate as in the public map of 105420 (0.39).
NOISE_LENGTH = 0.18
WINGS = 0.2  # share of the seeing in a Gaussian twice as wide
BATCH = 128


def model(parameters, shape, spaxel, psf_fwhm, oversample=2):
    """Noise-free maps through the seeing.

    Light and the light-weighted first and second velocity moments are convolved
    with the point-spread function, on a periodic frame: leave about two
    FWHM between the field that matters and the edge.

    Parameters
    ----------
    parameters : astropy.table.Table
        n rows as of `draw`.
    shape : tuple of int
        ``(ny, nx)`` spaxels.
    spaxel : float
        Side in arcsec.
    psf_fwhm : float or ndarray, shape (n,)
        Seeing in arcsec; 0 for none.
    oversample : int
        Points along a side of a spaxel.

    Returns
    -------
    dict of ndarray, shape (n, ny, nx), float32
        ``flux`` (1e-16 erg/s/cm2/A/spaxel), ``velocity`` and ``sigma`` (km/s).
    """
    ny, nx = (side * oversample for side in shape)
    step = spaxel / oversample
    x = ((np.arange(nx) - (nx - 1) / 2) * step).astype(np.float32)
    y = ((np.arange(ny) - (ny - 1) / 2) * step).astype(np.float32)[:, None]
    columns = {name: _single(parameters[name].data) for name in parameters.colnames}
    light, velocity, square = sky(columns, x, y)

    frequency = fft.rfftfreq(nx, step) ** 2 + (fft.fftfreq(ny, step) ** 2)[:, None]
    width = np.broadcast_to(np.asarray(psf_fwhm) / 2.3548, len(parameters))[:, None, None]
    # a Gaussian core with the wings of a Moffat profile
    core = np.exp(-2 * np.pi**2 * width**2 * frequency)
    transfer = ((1 - WINGS) * core + WINGS * core**4).astype(np.float32)
    moments = []
    for image in (light, light * velocity, light * (velocity**2 + square)):
        blurred = fft.irfft2(fft.rfft2(image) * transfer, s=(ny, nx))
        moments.append(block_reduce(blurred, (1, oversample, oversample), np.mean))
    flux = np.maximum(moments[0], np.finfo(np.float32).tiny)
    velocity = moments[1] / flux
    sigma = np.sqrt(np.maximum(moments[2] / flux - velocity**2, 1.0))
    return {"flux": flux * np.float32(spaxel**2), "velocity": velocity, "sigma": sigma}


def _single(values):
    return values.astype(np.float32) if values.dtype.kind == "f" else values


def coverage(shape, spaxel, diameter, sides=None, softness=0.35):
    """Relative exposure over a bundle of fibres.

    Parameters
    ----------
    shape : tuple of int
        ``(ny, nx)`` spaxels.
    spaxel, diameter : float
        In arcsec. For a hexagon, the distance between opposite corners.
    sides : {None, 6}
        A circle (SAMI) or a hexagon with corners along x (MaNGA).
    softness : float
        Arcsec over which dithered fibres let the exposure fall.

    Returns
    -------
    ndarray, shape (ny, nx)
        In (0, 1).
    """
    x = (np.arange(shape[1]) - (shape[1] - 1) / 2) * spaxel
    y = ((np.arange(shape[0]) - (shape[0] - 1) / 2) * spaxel)[:, None]
    if sides is None:
        inward = diameter / 2 - np.hypot(x, y)
    else:
        normal = np.maximum(np.abs(y), np.abs(x) * np.sqrt(0.75) + np.abs(y) / 2)
        inward = diameter / 2 * np.sqrt(0.75) - normal
    return special.expit(inward / softness)


def _noise(shape, spaxel, rng):
    """Draw unit normal noise shared by neighbouring spaxels."""
    frequency = fft.rfftfreq(shape[-1], spaxel) ** 2
    frequency = frequency + (fft.fftfreq(shape[-2], spaxel) ** 2)[:, None]
    transfer = np.exp(-2 * np.pi**2 * NOISE_LENGTH**2 * frequency).astype(np.float32)
    white = rng.standard_normal(shape, dtype=np.float32)
    image = fft.irfft2(fft.rfft2(white) * transfer, s=shape[-2:])
    return image / image.std()


def expected_snr(parameters, spaxel, psf_fwhm, depth=1.0):
    """Estimate the signal-to-noise ratio of a mean spaxel within Re.

    Parameters
    ----------
    parameters : astropy.table.Table
        n rows with ``r_e``, ``ellipticity`` and ``mu_e``.
    spaxel, psf_fwhm, depth
        As in `observe`.

    Returns
    -------
    ndarray, shape (n,)
        The seeing enlarges the ellipse by its half width squared.
    """
    area = parameters["r_e"].data ** 2 * (1 - parameters["ellipticity"].data)
    dilution = area / (area + (np.asarray(psf_fwhm) / 2) ** 2)
    flux = FLUX_ZERO * 10 ** (-0.4 * parameters["mu_e"].data) * dilution * spaxel**2
    return FIT_GAIN * flux / np.sqrt(_variance(flux, spaxel) / depth)


def _variance(flux, spaxel):
    """Return the variance of a spaxel's flux at unit exposure."""
    return SKY_VARIANCE * (spaxel / 0.5) ** 2 + PHOTON_VARIANCE * flux


def _measure(maps, exposure, spaxel, depth, colour, rng, faint):
    """Errors, noise and masks on the maps of one batch."""
    shape = maps["flux"].shape
    variance = _variance(maps["flux"], spaxel) / (exposure * depth[:, None, None])
    # S/N holds for a wavelength pixel; the flux is a mean over very many of them.
    flux_error = np.sqrt(variance) * np.exp(0.04 * _noise(shape, spaxel, rng))
    flux = maps["flux"] + 0.1 * flux_error * _noise(shape, spaxel, rng)
    # How well a spectrum fits differs from spaxel to spaxel: ragged edges, single holes.
    scatter = np.exp(FIT_SCATTER * rng.standard_normal(shape, dtype=np.float32))
    snr = FIT_GAIN * maps["flux"] / flux_error * scatter
    spread = ERROR_SCATTER + faint["error_scatter"] / np.maximum(snr, faint["minimum_snr"])
    with np.errstate(divide="ignore"):
        precision = VELOCITY_PRECISION / snr * np.exp(spread * _noise(shape, spaxel, rng))
    width = np.hypot(maps["sigma"], INSTRUMENT)
    # Young stars have weak and broad lines.
    precision *= 1 + BLUE_LOSS * np.clip(1.1 - colour, 0, 0.6)[:, None, None]
    velocity_error = precision * width
    # Below the resolution a width hardly changes the line: its error grows.
    sigma_error = precision * 1.1 * width * (1 + (HARD_SIGMA / maps["sigma"]) ** 2)
    good = (snr > faint["minimum_snr"]) & (exposure > faint["least_exposure"])
    with np.errstate(invalid="ignore"):
        out = {
            "velocity": maps["velocity"] + velocity_error * _noise(shape, spaxel, rng),
            "velocity_error": velocity_error,
            "sigma": np.abs(maps["sigma"] + sigma_error * _noise(shape, spaxel, rng)),
            "sigma_error": sigma_error,
            "flux": flux,
            "flux_error": flux_error,
            "snr": snr,
        }
    return {name: np.where(good, image, np.nan).astype(np.float32) for name, image in out.items()}


def observe(parameters, exposure, spaxel, psf_fwhm, depth=1.0, rng=None, faint=FAINT):
    """Add errors, noise and missing spaxels to the maps of `model`.

    Parameters
    ----------
    parameters : astropy.table.Table
        n rows as of `draw`.
    exposure : ndarray, shape (ny, nx)
        Relative exposure, see `coverage`.
    spaxel : float
        Side in arcsec.
    psf_fwhm, depth : float or ndarray, shape (n,)
        Seeing in arcsec; exposure relative to a usual SAMI field.
    rng : numpy.random.Generator or int, optional
    faint : dict
        What becomes of faint spaxels, see `FAINT`. Surveys that publish every fit have a low
        ``minimum_snr``, so the velocities of their faint spaxels are mostly noise, and a positive
        ``error_scatter``, since the spectra of faint spaxels are fitted unevenly well.

    Returns
    -------
    dict of ndarray, shape (n, ny, nx), float32
        ``velocity``, ``velocity_error``, ``sigma``, ``sigma_error`` (km/s),
        ``flux``, ``flux_error`` (1e-16 erg/s/cm2/A/spaxel) and ``snr``; all NaN where a
        spaxel has no value.
    """
    rng = np.random.default_rng(rng)
    n = len(parameters)
    psf_fwhm, depth = np.broadcast_to(psf_fwhm, n), np.broadcast_to(depth, n)
    colour = parameters["g_i"].data.astype(np.float32)
    batches = []
    for start in range(0, n, BATCH):
        rows = slice(start, start + BATCH)
        maps = model(parameters[rows], exposure.shape, spaxel, psf_fwhm[rows])
        batches.append(_measure(maps, exposure, spaxel, depth[rows], colour[rows], rng, faint))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
