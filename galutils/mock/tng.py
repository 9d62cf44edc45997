"""Mock TNG100: simulated early types with lambda_R, and images with and without noise.

Writes the files described in `galutils.surveys.tng`: bodies of a volume-limited
sample, all seen as at one redshift from random directions. The softening of
gravity (0.74 kpc; Nelson et al. 2019, ComAC 6, 2) makes them thicker and
slower than real ones: discs of small galaxies are not resolved (Pillepich et
al. 2019, MNRAS 490, 3196). lambda_R is that of the model, without seeing.
"""

import h5py
import numpy as np
from astropy.table import vstack
from scipy import special

from galutils.mock import SEED, begin
from galutils.mock.bodies import light, population
from galutils.mock.instruments import ifu, manga_bundles, sdss_frames

REDSHIFT = 0.05
SOFTENING = 0.74  # kpc
# In softenings: least height of a disc; within how far gravity is weak and stars are heated
HEIGHT, HEATED = 1.8, 1.5
COLD = 0.82  # rotation left by heavy particles of dark matter (Ludlow et al. 2021, MNRAS 508, 5114)
# Stellar mass function (Pillepich et al. 2018, MNRAS 475, 648): Schechter's, log10 Msun
KNEE, SLOPE, MASS_RANGE = 11.1, -1.2, (9.5, 11.75)
MASS_BIN = 0.05
EARLY = 1200 / 2250  # share of early types, from the numbers of the thesis
MIDDLE, SHARPNESS, ERROR = 1.5, 4.0, 0.35  # visual type of P_Late 0.5; of the network
R_E, SIDE = 8.0, 35  # arcsec and spaxels of the maps for lambda_R


def _bodies(n, rng):
    """Galaxies of a volume above a mass, brought to REDSHIFT."""
    edges = np.arange(*MASS_RANGE, MASS_BIN)
    mass = 10 ** (edges[:-1] - KNEE)
    bodies = population.resampled(n, rng, edges, mass ** (SLOPE + 1) * np.exp(-mass), pool=20)

    kpc = population.COSMOLOGY.kpc_proper_per_arcmin(bodies["redshift"]).value / 60
    size = bodies["r_e"] * kpc
    bodies["r_e"] = size / population.COSMOLOGY.kpc_proper_per_arcmin(REDSHIFT).value * 60
    bodies["mu_e"] += 10 * np.log10((1 + REDSHIFT) / (1 + bodies["redshift"]))
    bodies["redshift"] = REDSHIFT
    height = HEIGHT * SOFTENING / size
    light.thicken(bodies, np.minimum(np.hypot(bodies["thickness"], height), 0.9))
    bodies["magnitude"] = light.magnitudes(bodies)
    bodies = ifu.draw(n, rng, bodies)
    bodies["v_over_sigma"] *= COLD / np.hypot(1, HEATED * SOFTENING / size)
    return bodies


def _classify(bodies, rng):
    """Add what a network says of each galaxy: P_Late, P_S0 of early and P_Sab of late types."""
    n = len(bodies)
    stage = np.where(bodies["morphology"] < 0, light.UNAGREED, bodies["morphology"])
    stage = stage + rng.normal(0, ERROR, n)
    for name, middle, sign in (("P_Late", MIDDLE, 1), ("P_S0", 0.7, 1), ("P_Sab", 2.4, -1)):
        bodies[name] = special.expit(sign * SHARPNESS * (stage - middle))


def draw(n, rng):
    """Galaxies of the simulation in random order, a share EARLY of them called early types.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    astropy.table.Table
        Columns of `galutils.mock.bodies.dynamics.draw`, ``magnitude`` (r), ``P_Late``,
        ``P_S0``, ``P_Sab``, ``SubfindID`` and ``lambda_R``.
    """
    bodies = _bodies(4 * n + 50, rng)
    _classify(bodies, rng)
    early = bodies["P_Late"] < 0.5
    n_early = round(EARLY * n)
    bodies = vstack([bodies[early][:n_early], bodies[~early][: n - n_early]])
    bodies = bodies[rng.permutation(len(bodies))]
    numbers = np.cumsum(rng.integers(1, 300, len(bodies)))
    bodies["SubfindID"] = numbers.astype(np.int32)
    bodies["lambda_R"] = manga_bundles.true_lambda_r(bodies, R_E, SIDE, manga_bundles.SPAXEL)
    return bodies


def _write_tables(folder, bodies):
    """Write kinematics and types."""
    with h5py.File(folder / "tng100_099_lambda.hdf5", "w") as archive:
        archive["SubfindID"] = bodies["SubfindID"].data
        for name in ("lambda_R", "ellipticity", "log_mass"):
            archive[name] = bodies[name].data.astype(np.float32)
    with h5py.File(folder / "morphologies_deeplearn.hdf5", "w") as archive:
        group = archive.create_group("Snapshot_99")
        group["SubhaloID"] = bodies["SubfindID"].data
        for name in ("P_Late", "P_S0", "P_Sab"):
            group[name] = bodies[name].data.astype(np.float32)


def _write_images(folder, bodies, rng):
    """Write each galaxy twice: as SDSS would see it, and the same light without the rest."""
    noisy, noiseless = (folder / name for name in ("sdss", "sdss_noiseless"))
    noisy.mkdir()
    noiseless.mkdir()
    camera, neighbours = sdss_frames.Camera(), sdss_frames.Neighbours(rng)
    for row, stream in zip(bodies, rng.spawn(len(bodies)), strict=True):
        image = camera.blur(light.draw(row, camera.side, camera.step, stream))
        name = f"broadband_{row['SubfindID']}.fits"
        # As fine as the brightest pixel allows, so that faint light stays smooth.
        finest = 2.0 ** np.ceil(np.log2(image.max() / 32767))
        sdss_frames.save(noiseless / name, image, float(finest))
        image = sdss_frames.expose(image + neighbours.frame(stream), stream)
        sdss_frames.save(noisy / name, image)


def write(folder, n=2250, rng=SEED):
    """Write a mock archive of TNG100.

    Parameters
    ----------
    folder : path-like
        An existing folder, usually called ``tng``; see `galutils.mock.publish`.
    n : int
        Number of galaxies, about half of them early types.
    rng : int or numpy.random.Generator
        The same seed gives the same bytes.

    Raises
    ------
    ValueError
        If `n` is less than 10.
    """
    folder, rng = begin(folder, n, 10, rng)
    bodies = draw(n, rng)
    _write_tables(folder, bodies)
    _write_images(folder, bodies, rng)
