"""Mock MaNGA galaxies with SDSS images (Lopez Morales 2020): light and motions of one body each.

Writes the files described in `galutils.surveys.manga.images` and a few DAP
MAPS files. Galaxies are those of `galutils.mock.manga` with the masses and the
roundness of the real sample; lambda_R is measured on maps with MaNGA's seeing,
coverage and noise, images are SDSS frames. Flaws: missing cut-outs, failed
profile fits, repeat observations, types changed by eye.
"""

import shutil

import numpy as np
from astropy.io import fits
from astropy.table import vstack

from galutils.mock import SEED, begin
from galutils.mock import manga_catalogues as catalogues
from galutils.mock.bodies import light
from galutils.mock.instruments import ifu, manga_bundles, manga_dap, sdss_frames

# Share of the galaxies of MaNGA in bins of log10 mass (NSA, H0 = 70 km/s/Mpc)
MASSES = np.linspace(9.0, 11.7, 10)
MASS_SHARES = np.array([0.047, 0.089, 0.139, 0.121, 0.143, 0.142, 0.145, 0.133, 0.040])
# Frames for lambda_R, in spaxels: sides of fast Fourier transforms
SIDES = np.array([21, 25, 27, 35, 45, 49, 55, 63, 75, 81, 91])
MEASURED = 0.8  # share of galaxies bright enough for lambda_R, at least
PAIRS, TRIPLES = 49 / 4672, 12 / 4672  # galaxies observed twice, three times
ELSEWHERE = 0.05  # rows of the dynamical catalogue that have no image, relative to the others
LOST = 1500  # one cut-out of so many is missing
CENTRED = 0.4  # pixels: cut-outs are centred to this
N_MAPS = 3


def draw(n, rng):
    """Galaxies as MaNGA chose them, with motions and r magnitudes.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    astropy.table.Table
        Columns of `galutils.mock.bodies.dynamics.draw`, ``bundle`` and ``magnitude``.
    """
    bodies = manga_bundles.catalogued(n, rng, MASSES, MASS_SHARES)
    bodies["magnitude"] = light.magnitudes(bodies)
    return ifu.draw(n, rng, bodies)


def measure(bodies, rng):
    """lambda_R of an observation of each body, corrected for seeing, NaN where it is too faint."""
    side = 2 * (bodies["r_e"].data + 2 * manga_bundles.SEEING) / manga_bundles.SPAXEL + 1
    side = SIDES[np.minimum(np.searchsorted(SIDES, side), SIDES.size - 1)]
    lambda_r = np.full(len(bodies), np.nan)
    for bundle in manga_bundles.BUNDLES:
        mine = bodies["bundle"] == bundle
        for length in np.unique(side[mine]):
            index = np.flatnonzero(mine & (side == length))
            maps = manga_bundles.observe(bodies[index], int(length), rng)
            lambda_r[index] = manga_bundles.catalogued_lambda_r(maps, bodies[index])
    return lambda_r


def _observations(n, rng):
    """Table of observations: n with lambda_R, then some that have no image; repeats among them."""
    pairs, triples = max(1, round(PAIRS * n)), round(TRIPLES * n)
    bodies = draw(round(n / MEASURED) + 20, rng)
    catalogues.identify(bodies, rng)
    catalogues.classify(bodies, rng)
    bodies["body"] = np.arange(len(bodies))
    bodies["lambda_r"] = measure(bodies, rng)
    known = np.flatnonzero(np.isfinite(bodies["lambda_r"]))
    twice = bodies[known[: pairs + triples]]
    thrice = twice[:triples]
    for again in (twice, thrice):
        again["lambda_r"] = measure(again, rng)
        again.remove_rows(np.flatnonzero(np.isnan(again["lambda_r"])))
    first = n - len(twice) - len(thrice)
    seen = vstack([bodies[known[:first]], twice, thrice])[rng.permutation(n)]
    rest = rng.permutation(np.setdiff1d(np.arange(len(bodies)), known[:first]))
    rest = rest[: round(ELSEWHERE * n)]
    seen = vstack([seen, bodies[rest]])
    seen["plateifu"] = manga_bundles.plateifus(seen["bundle"], rng)
    seen["intid"] = np.arange(1, len(seen) + 1, dtype=np.int32)
    return seen


def _write_catalogues(folder, seen, n, rng):
    """Write the four; the dynamical one has all rows, the others the first n."""
    first = seen[:n]
    tables = {
        "SDSSDR17_MaNGA_JAM.fits": [catalogues.jam(seen, rng)],
        "manga-morphology-dl-DR15.fits": [catalogues.morphology(first)],
        "dapall-v2_4_3-2.2.1.fits": [catalogues.dapall(first, rng)],
        "manga-pymorph-DR15.fits": catalogues.pymorph(first, rng),
    }
    for name, hdus in tables.items():
        fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(folder / name)


def _write_cutouts(folder, seen, rng):
    """Write the cut-outs, the same for all observations of a galaxy."""
    folder.mkdir()
    camera, neighbours = sdss_frames.Camera(), sdss_frames.Neighbours(rng)
    lost = set(rng.choice(len(seen), max(1, len(seen) // LOST), replace=False).tolist())
    written = {}
    for k, (row, stream) in enumerate(zip(seen, rng.spawn(len(seen)), strict=True)):
        path = folder / f"{row['plateifu']}.fits"
        if row["body"] in written:
            shutil.copyfile(written[row["body"]], path)
        elif k not in lost:
            centre = stream.uniform(-CENTRED, CENTRED, 2) * sdss_frames.PIXEL
            image = camera.blur(light.draw(row, camera.side, camera.step, stream, centre))
            image = sdss_frames.expose(image + neighbours.frame(stream), stream)
            sdss_frames.save(path, image)
            written[row["body"]] = path


def write(folder, n=4672, rng=SEED):
    """Write a mock archive of MaNGA galaxies with images.

    Parameters
    ----------
    folder : path-like
        An existing folder, usually called ``manga_images``; see `galutils.mock.publish`.
    n : int
        Number of observations with lambda_R.
    rng : int or numpy.random.Generator
        The same seed gives the same bytes.

    Raises
    ------
    ValueError
        If `n` is less than 20, too few for repeats and flaws.
    """
    folder, rng = begin(folder, n, 20, rng)
    seen = _observations(n, rng)
    _write_catalogues(folder, seen, n, rng)
    _write_cutouts(folder / "cutouts", seen[:n], rng)
    (folder / "maps").mkdir()
    for row in seen[:N_MAPS]:
        manga_dap.save(folder / "maps", row, rng)
