"""Mock galaxies to train a backbone on: votes and small images, every number of arms alike.

Among the galaxies of a survey nine of ten with clear arms have two, so a backbone
would hardly see others. These are drawn apart from those of the mock archive.
"""

from concurrent.futures import ProcessPoolExecutor

import numpy as np
from PIL import Image

from galutils.mock.bodies import gz2_population
from galutils.mock.instruments import gz2_images, gz2_volunteers
from galutils.surveys.gz2.images import middle

POOL, ARMED = 20, 0.75  # galaxies drawn for each one taken; share taken for their arms
LEAST = 10  # volunteers who saw arms, of the latter
WORKERS, CHUNK = 2, 200


def _small(task):
    row, rng, side, crop = task
    return middle(Image.fromarray(gz2_images.draw(row, rng)), side, crop)


def _taken(galaxies, counts, n, rng):
    """Rows of galaxies taken: most by their arms, the others at random."""
    arms = np.asarray(galaxies["arms"])
    clear = np.flatnonzero((counts[4][:, 0] >= LEAST) & (arms > 0))
    weight = 1 / np.bincount(arms[clear])[arms[clear]]
    some = rng.choice(clear, round(ARMED * n), replace=False, p=weight / weight.sum())
    rest = rng.permutation(np.setdiff1d(np.arange(len(arms)), some))
    return np.concatenate([some, rest[: n - some.size]])


def draw(n, side, crop, rng):
    """Draw galaxies with votes and images.

    Parameters
    ----------
    n : int
    side, crop : int
        As of `galutils.surveys.gz2.images.read_images`.
    rng : int or numpy.random.Generator
        Another seed than that of the archive.

    Returns
    -------
    images : ndarray of uint8, shape (n, side, side, 3)
    votes : ndarray of float32, shape (n, 37)
        In the order of `galutils.surveys.gz2.decision_tree.KEYS`.
    """
    rng = np.random.default_rng(rng)
    galaxies = gz2_population.draw(POOL * n, rng)
    counts = gz2_volunteers.vote(gz2_volunteers.probabilities(galaxies, rng), rng)
    rows = _taken(galaxies, counts, n, rng)
    votes = np.concatenate([counts[number][rows] for number in sorted(counts)], axis=1)
    pairs = gz2_population.rows(galaxies[rows], rng)
    tasks = [(row, stream, side, crop) for row, stream in pairs]
    with ProcessPoolExecutor(WORKERS) as pool:
        images = np.stack(list(pool.map(_small, tasks, chunksize=CHUNK)))
    return images, votes.astype(np.float32)
