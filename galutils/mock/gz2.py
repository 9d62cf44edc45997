"""Mock Galaxy Zoo 2 (Lee, Soo & Sharoni): spirals with a known number of arms, seen and voted on.

Writes the files described in `galutils.surveys.gz2`: votes of every galaxy in
which arms were seen, and of one in `THINNED` of the others; images of those
whose volunteers agree on a number of arms, of some others, and of a few
without votes, as Kaggle's. Flaws: rows that are repeated, images that are
missing or cut short, masses that cannot be trusted.
"""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits

from galutils.mock import SEED, gz2_tables
from galutils.mock.bodies import gz2_population
from galutils.mock.instruments import gz2_images, gz2_volunteers

SPIRALS, THINNED = 15, 10  # volunteers who saw arms; one of so many others is kept
AGREED = 0.78  # debiased fraction of a number of arms from which an image is surely there
OTHERS = 1 / 20  # share of the other galaxies that have one
REPEATED, LOST, DAMAGED = 4000, 600, 4000  # one of so many rows, images, images
KAGGLE = 1300  # images without votes: one for so many galaxies drawn
# folders of images by arms, with the condition on a galaxy, and the share of images in each
FOLDERS = {"2arms": 27, "5arms": 17, "smooth": 26}
WORKERS, CHUNK = 2, 100


def _voted(n, rng):
    """Galaxies that enter the vote table, and the votes for them."""
    galaxies = gz2_population.draw(n, rng)
    counts = gz2_volunteers.vote(gz2_volunteers.probabilities(galaxies, rng), rng)
    kept = (counts[4][:, 0] >= SPIRALS) | (rng.random(n) < 1 / THINNED)
    galaxies = galaxies[kept]
    gz2_tables.identify(galaxies, rng)
    return galaxies, {number: count[kept] for number, count in counts.items()}


def _pictured(votes, rng):
    """Rows of which there is an image."""
    arms = [name for name in votes.columns if name[:4] == "t11_" and name.endswith("_debiased")]
    clear = (votes[arms].max(axis=1) > AGREED) & (votes["t04_spiral_a08_spiral_count"] > 20)
    there = clear | (rng.random(len(votes)) < OTHERS)
    return np.flatnonzero(there & (rng.random(len(votes)) >= 1 / LOST))


def _draw(tasks):
    for path, row, rng in tasks:
        gz2_images.save(path, gz2_images.draw(row, rng))


def _write_images(paths, galaxies, rng):
    """Draw galaxies, on two processes: each has a random stream of its own."""
    pairs = gz2_population.rows(galaxies, rng)
    tasks = [(path, row, stream) for path, (row, stream) in zip(paths, pairs, strict=True)]
    chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(_draw, chunks))  # a list, so that errors come out


def _damage(paths, rng):
    """Cut some files short, as a broken download does."""
    for index in rng.choice(len(paths), max(1, len(paths) // DAMAGED), replace=False):
        paths[index].write_bytes(paths[index].read_bytes()[:2000])


def _unlabelled(folder, n, rng):
    """Paths and galaxies of images without votes: sorted by arms, and unsorted."""
    galaxies = gz2_population.draw(40 * (n + sum(FOLDERS.values())), rng)
    clear = gz2_volunteers.clarity(galaxies) > 2 * gz2_volunteers.CLEAR
    arms, flat = np.asarray(galaxies["arms"]), np.asarray(galaxies["axis_ratio"]) < 0.4
    which = {"2arms": clear & ~flat & (arms == 2), "5arms": clear & ~flat & (arms >= 5)}
    which["smooth"] = ~np.asarray(galaxies["disc"])
    chosen = [(f"images_arm_number/{k}", np.flatnonzero(which[k])[: FOLDERS[k]]) for k in FOLDERS]
    chosen.append(("images_kaggle", np.arange(len(galaxies))[-n:]))
    names = rng.choice(np.arange(100_000, 999_999), len(galaxies), replace=False)
    paths = [folder / place / f"{names[row]}.jpg" for place, rows in chosen for row in rows]
    return paths, galaxies[np.concatenate([rows for _, rows in chosen])]


def write(folder, n=234_500, rng=SEED):
    """Write a mock archive of Galaxy Zoo 2.

    Parameters
    ----------
    folder : path-like
        An existing folder, usually called ``gz2``; see `galutils.mock.publish`.
    n : int
        Number of galaxies that volunteers looked at; by default as many as in
        the main sample (Willett et al. 2013). The vote table has a fifth of them.
    rng : int or numpy.random.Generator
        The same seed gives the same bytes.

    Raises
    ------
    ValueError
        If `n` is less than 1000, too few for every class.
    """
    if n < 1000:
        raise ValueError(f"n must be at least 1000, received {n}")
    rng, folder = np.random.default_rng(rng), Path(folder)
    galaxies, counts = _voted(n, rng)
    votes = gz2_tables.votes(galaxies, counts, rng)
    again = votes.iloc[rng.choice(len(votes), max(1, len(votes) // REPEATED), replace=False)]
    pd.concat([votes, again]).to_csv(folder / "zoo2MainSpecz.csv", index=False)
    assets = 1 + rng.permutation(len(votes))
    mapping = {"objid": votes["dr7objid"], "sample": votes["sample"], "asset_id": assets}
    pd.DataFrame(mapping).to_csv(folder / "gz2_filename_mapping.csv", index=False)
    for name, table in zip(("Info", "Extra"), gz2_tables.masses(galaxies, rng), strict=True):
        fits.HDUList([fits.PrimaryHDU(), table]).writeto(folder / f"galSpec{name}-dr8.fits")
    pictured = _pictured(votes, rng)
    paths = [folder / "images_gz2" / "images" / f"{assets[row]}.jpg" for row in pictured]
    others, unlabelled = _unlabelled(folder, max(20, n // KAGGLE), rng)
    for place in {path.parent for path in (*paths, *others)}:
        place.mkdir(parents=True)
    _write_images(paths, galaxies[pictured], rng)
    _write_images(others, unlabelled, rng)
    _damage(paths, rng)
