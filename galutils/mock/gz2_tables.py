"""Tables of a mock Galaxy Zoo 2: votes, names of images, and MPA-JHU's stellar masses."""

from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits

from galutils.mock.instruments.gz2_volunteers import debiased
from galutils.store import texts
from galutils.surveys.gz2.decision_tree import QUESTIONS

# How the columns of an answer begin in the table of Willett et al. (2013), by its number
COLUMNS = {
    int(row["answer"]): row["column"]
    for row in texts.records(Path(__file__).with_name("gz2_columns.csv"))
}
FLAGGED = 0.8  # debiased fraction from which an answer is flagged as clean
CARELESS = 0.02  # volunteers who weigh little, scatter of their share
# Shares of spectra without a reliable fit, with a redshift in doubt, without a mass, not in the
# catalogue: together the 3.6 per cent that Lee, Soo & Sharoni lose (section 6)
UNRELIABLE, DOUBTFUL, FAILED, UNMATCHED = 0.012, 0.008, 0.008, 0.010
MASS_ERROR = 0.08  # dex (Kauffmann et al. 2003)


def identify(galaxies, rng):
    """Give galaxies identifiers of SDSS and positions, in place.

    Parameters
    ----------
    galaxies : astropy.table.Table
        ``objid`` and ``specobjid`` int64, ``ra`` and ``dec`` (deg) are added.
    rng : numpy.random.Generator
        Source of randomness.
    """
    n = len(galaxies)
    numbers = rng.choice(10**9, n, replace=False)
    galaxies["objid"] = 587_722_000_000_000_000 + numbers * 60_000
    galaxies["specobjid"] = 299_489_000_000_000_000 + rng.permutation(n) * 2048
    galaxies["ra"] = rng.uniform(110, 260, n)
    galaxies["dec"] = np.rad2deg(np.arcsin(rng.uniform(0, np.sin(np.deg2rad(65)), n)))


def votes(galaxies, counts, rng):
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
        unbiased = np.round(debiased(weighted, question.number, redshift), 3)
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
        As `votes` takes them.
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
