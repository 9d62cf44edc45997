"""Mock Galaxy Zoo 2 (Lee, Soo & Sharoni): spirals with a known number of arms, seen and voted on.

Writes the files described in `galutils.surveys.gz2`: votes of every galaxy in
which arms were seen, and of one in `THINNED` of the others; images of those
with a clear number of arms, of some others, and of a few without votes, as
Kaggle's. Flaws: repeated rows, images missing or cut short, doubtful masses.

`draw_to_train` and `draw_with_arms` give small images with every number of arms
alike: nine of ten spirals of a survey have two.
"""

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
from astropy.io import fits
from PIL import Image

from galutils.mock import SEED, begin
from galutils.mock.bodies import gz2_population
from galutils.mock.instruments import gz2_images, gz2_volunteers
from galutils.store import texts
from galutils.surveys.gz2.decision_tree import QUESTIONS
from galutils.surveys.gz2.images import middle

SPIRALS, THINNED = 15, 10  # volunteers who saw arms; one of so many others is kept
AGREED = 0.78  # debiased fraction of a number of arms from which an image is surely there
OTHERS = 1 / 20  # share of the other galaxies that have one
REPEATED, LOST, DAMAGED = 4000, 600, 4000  # one of so many rows, images, images
KAGGLE = 1300  # images without votes: one for so many galaxies drawn
# folders of images by arms, with the condition on a galaxy, and the share of images in each
FOLDERS = {"2arms": 27, "5arms": 17, "smooth": 26}
WORKERS, CHUNK = 2, 100
# How the columns of an answer begin in the table of Willett et al. (2013)
COLUMNS = {int(row["answer"]): row["column"] for row in texts.beside(__file__, "gz2_columns.csv")}
FLAGGED = 0.8  # debiased fraction from which an answer is flagged as clean
CARELESS = 0.02  # volunteers who weigh little, scatter of their share
# Shares of spectra: no reliable fit, redshift in doubt, no mass, not in the catalogue: in all the
# 3.6 per cent that Lee, Soo & Sharoni lose (section 6)
UNRELIABLE, DOUBTFUL, FAILED, UNMATCHED = 0.012, 0.008, 0.008, 0.010
MASS_ERROR = 0.08  # dex (Kauffmann et al. 2003)
# To train on: galaxies drawn for each one taken, share for their arms, fewest who saw them
POOL, ARMED, LEAST = 20, 0.75, 10


def _looked_at(n, rng):
    galaxies = gz2_population.draw(n, rng)
    return galaxies, gz2_volunteers.vote(gz2_volunteers.probabilities(galaxies, rng), rng)


def _voted(n, rng):
    """Galaxies that enter the vote table, and the votes for them."""
    galaxies, counts = _looked_at(n, rng)
    kept = (counts[4][:, 0] >= SPIRALS) | (rng.random(n) < 1 / THINNED)
    galaxies = galaxies[kept]
    identify(galaxies, rng)
    return galaxies, {number: count[kept] for number, count in counts.items()}


def _pictured(votes, rng):
    """Rows of which there is an image."""
    arms = [name for name in votes.columns if name[:4] == "t11_" and name.endswith("_debiased")]
    clear = (votes[arms].max(axis=1) > AGREED) & (votes["t04_spiral_a08_spiral_count"] > 20)
    there = clear | (rng.random(len(votes)) < OTHERS)
    return np.flatnonzero(there & (rng.random(len(votes)) >= 1 / LOST))


def _small_image(side, crop, row, rng):
    return middle(Image.fromarray(gz2_images.draw(row, rng)), side, crop)


def _small_arms(side, crop, row, rng):
    return middle(gz2_images.arms(row, rng), side, crop)


def _each(function, galaxies, rng, *arguments):
    """Call a function of `arguments`, row and random stream of each galaxy on two processes."""
    rows = galaxies.to_pandas().to_dict("records")
    with ProcessPoolExecutor(WORKERS) as pool:
        calls = pool.map(function, *arguments, rows, rng.spawn(len(rows)), chunksize=CHUNK)
        return list(calls)  # a list, so that errors come out


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


def identify(galaxies, rng):
    """Give a table of galaxies ``objid`` and ``specobjid`` (int64), ``ra`` and ``dec`` (deg)."""
    n = len(galaxies)
    numbers = rng.choice(10**9, n, replace=False)
    galaxies["objid"] = 587_722_000_000_000_000 + numbers * 60_000
    galaxies["specobjid"] = 299_489_000_000_000_000 + rng.permutation(n) * 2048
    galaxies["ra"] = rng.uniform(110, 260, n)
    galaxies["dec"] = np.rad2deg(np.arcsin(rng.uniform(0, np.sin(np.deg2rad(65)), n)))


def vote_table(galaxies, counts, rng):
    """Vote table in the form of ``zoo2MainSpecz``.

    Parameters
    ----------
    galaxies : astropy.table.Table
        As of `galutils.mock.bodies.gz2_population.draw`, identified.
    counts : dict
        As of `galutils.mock.instruments.gz2_volunteers.vote`.
    rng : numpy.random.Generator
        For the weights of volunteers.

    Returns
    -------
    pandas.DataFrame
        Six columns an answer; zeros where a question was not asked.
    """
    redshift = np.asarray(galaxies["redshift"])
    columns = {
        "specobjid": np.asarray(galaxies["specobjid"]),
        "dr7objid": np.asarray(galaxies["objid"]),
        "ra": np.round(galaxies["ra"], 7),
        "dec": np.round(galaxies["dec"], 7),
        "sample": np.full(len(galaxies), "original"),
        "total_classifications": counts[1].sum(axis=1),
        "total_votes": sum(one.sum(axis=1) for one in counts.values()),
    }
    for question in QUESTIONS:
        count = counts[question.number]
        weight = count * (1 - np.abs(rng.normal(0, CARELESS, count.shape)))
        whole = [np.maximum(one.sum(axis=1, keepdims=True), 1e-9) for one in (count, weight)]
        weighted = np.round(weight / whole[1], 3)
        unbiased = np.round(gz2_volunteers.debiased(weighted, question.number, redshift), 3)
        measures = {
            "count": count,
            "weight": np.round(weight, 1),
            "fraction": np.round(count / whole[0], 3),
            "weighted_fraction": weighted,
            "debiased": unbiased,
            "flag": (unbiased >= FLAGGED).astype(int),
        }
        for place, answer in enumerate(question.answers):
            stem = COLUMNS[answer.number]
            columns |= {f"{stem}_{name}": values[:, place] for name, values in measures.items()}
    return pd.DataFrame(columns)


def masses(galaxies, rng):
    """MPA-JHU catalogue: ``galSpecInfo`` and ``galSpecExtra``, one row a spectrum in both.

    Parameters
    ----------
    galaxies : astropy.table.Table
        As `vote_table` takes them.
    rng : numpy.random.Generator
        Of errors, flags and the order of the rows.

    Returns
    -------
    info, extra : astropy.io.fits.BinTableHDU
    """
    n = len(galaxies)
    rows = rng.permutation(np.flatnonzero(rng.random(n) >= UNMATCHED))
    spectra, count = galaxies[rows], rows.size
    spectrum = np.array([f"{number:019d}" for number in spectra["specobjid"]])
    mass = np.asarray(spectra["log_mass"]) + rng.normal(0, MASS_ERROR, count)
    mass[rng.random(count) < FAILED] = -9999
    name = fits.Column("SPECOBJID", "19A", array=spectrum)
    info = [
        name,
        fits.Column("RA", "D", array=np.asarray(spectra["ra"]), unit="deg"),
        fits.Column("DEC", "D", array=np.asarray(spectra["dec"]), unit="deg"),
        fits.Column("Z", "E", array=np.asarray(spectra["redshift"])),
        fits.Column("Z_WARNING", "I", array=4 * (rng.random(count) < DOUBTFUL)),
        fits.Column("RELIABLE", "I", array=1 * (rng.random(count) >= UNRELIABLE)),
    ]
    extra = [name, fits.Column("LGM_TOT_P50", "E", array=mass)]
    return fits.BinTableHDU.from_columns(info), fits.BinTableHDU.from_columns(extra)


def write(folder, n=234_500, rng=SEED):
    """Write a mock archive of Galaxy Zoo 2.

    Parameters
    ----------
    folder : path-like
        An existing folder, usually called ``gz2``; see `galutils.mock.publish`.
    n : int
        Number of galaxies that volunteers looked at; by default as many as in the main
        sample (Willett et al. 2013). The vote table has a fifth of them.
    rng : int or numpy.random.Generator
        The same seed gives the same bytes.

    Raises
    ------
    ValueError
        If `n` is less than 1000, too few for every class.
    """
    folder, rng = begin(folder, n, 1000, rng)
    galaxies, counts = _voted(n, rng)
    votes = vote_table(galaxies, counts, rng)
    again = votes.iloc[rng.choice(len(votes), max(1, len(votes) // REPEATED), replace=False)]
    pd.concat([votes, again]).to_csv(folder / "zoo2MainSpecz.csv", index=False)
    assets = 1 + rng.permutation(len(votes))
    mapping = {"objid": votes["dr7objid"], "sample": votes["sample"], "asset_id": assets}
    pd.DataFrame(mapping).to_csv(folder / "gz2_filename_mapping.csv", index=False)
    for name, table in zip(("Info", "Extra"), masses(galaxies, rng), strict=True):
        fits.HDUList([fits.PrimaryHDU(), table]).writeto(folder / f"galSpec{name}-dr8.fits")
    pictured = _pictured(votes, rng)
    paths = [folder / "images_gz2" / "images" / f"{assets[row]}.jpg" for row in pictured]
    others, unlabelled = _unlabelled(folder, max(20, n // KAGGLE), rng)
    for place in {path.parent for path in (*paths, *others)}:
        place.mkdir(parents=True)
    _each(gz2_images.save, galaxies[pictured], rng, paths)
    _each(gz2_images.save, unlabelled, rng, others)
    _damage(paths, rng)


def _alike(rows, arms, n, rng):
    """Choose some of the rows, of every number of arms alike."""
    weight = 1 / np.bincount(arms[rows])[arms[rows]]
    return rng.choice(rows, n, replace=False, p=weight / weight.sum())


def _taken(galaxies, counts, n, rng):
    """Rows of galaxies taken: most by their arms, the others at random."""
    arms = np.asarray(galaxies["arms"])
    clear = np.flatnonzero((counts[4][:, 0] >= LEAST) & (arms > 0))
    some = _alike(clear, arms, round(ARMED * n), rng)
    rest = rng.permutation(np.setdiff1d(np.arange(len(arms)), some))
    return np.concatenate([some, rest[: n - some.size]])


def draw_to_train(n, side, crop, rng):
    """Draw galaxies with votes and images.

    Parameters
    ----------
    n : int
    side, crop : int
        As of `galutils.surveys.gz2.images.read_images`.
    rng : int or numpy.random.Generator
        Not that of the archive.

    Returns
    -------
    images : ndarray of uint8, shape (n, side, side, 3)
    votes : ndarray of float32, shape (n, 37)
        In the order of `galutils.surveys.gz2.decision_tree.KEYS`.
    """
    rng = np.random.default_rng(rng)
    galaxies, counts = _looked_at(POOL * n, rng)
    rows = _taken(galaxies, counts, n, rng)
    votes = np.concatenate([counts[number][rows] for number in sorted(counts)], axis=1)
    images = _each(_small_image, galaxies[rows], rng, [side] * n, [crop] * n)
    return np.stack(images), votes.astype(np.float32)


def draw_with_arms(n, side, crop, seed):
    """Draw galaxies whose arms are clear, of every number alike, and where the arms are.

    Parameters
    ----------
    n, side, crop, seed : int
        As of `draw_to_train`.

    Returns
    -------
    images : ndarray of uint8, shape (n, side, side, 3)
    share : ndarray of float32, shape (n, side, side)
        Share of the light in each pixel that belongs to arms.
    arms : ndarray of int, shape (n,)
    """
    rng = np.random.default_rng(seed)
    galaxies = gz2_population.draw(POOL * max(n, 50), rng)
    clear = gz2_volunteers.clarity(galaxies) > 2 * gz2_volunteers.CLEAR
    clear &= (np.asarray(galaxies["odd"]) == "") & (np.asarray(galaxies["axis_ratio"]) > 0.5)
    number = np.asarray(galaxies["arms"])
    rows = _alike(np.flatnonzero(clear & (number > 0)), number, n, rng)
    images, share = (
        np.stack(_each(look, galaxies[rows], np.random.default_rng(seed), [side] * n, [crop] * n))
        for look in (_small_image, _small_arms)
    )
    return images, share, number[rows]
