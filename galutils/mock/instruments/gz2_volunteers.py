"""Volunteers of a mock Galaxy Zoo 2: what they can see of a galaxy, and what they say.

How clear arms are follows from the image: their contrast, blurred by the
seeing over the distance from one arm to the next, against the noise of the
sky. So "can't tell", counts that are off by one and galaxies taken for smooth
are those whose arms the image shows badly. Constants are set so that mean
votes on spirals, and the counts of classes after the published cuts, are near
those of Willett et al. (2013, table 5) and of Lee, Soo & Sharoni (figure 6).
"""

import numpy as np
from scipy.special import expit, ndtr

from galutils.surveys.gz2.decision_tree import END, QUESTIONS

SIGMA = 0.57  # arcsec, of the seeing: 1.35 FWHM
SKY = 24.6  # r mag/arcsec2 as bright as the noise of the sky in one arcsec2
VOTERS, VOTERS_SCATTER = 44, 5  # classifications of a galaxy (Willett et al. 2013, figure 1)
ORDER = (1, 7, 2, 9, 3, 4, 10, 11, 5, 6, 8)  # every question after those that lead to it
CLEAR, FEATURED = 0.38, 0.50  # contrast that half of the volunteers call arms; shape at all
UNEXPLAINED = 0.2  # scatter of clarity from all that the parameters do not tell
SPIRAL = 1.1, 0.9, 0.8  # logit of a spiral: by logarithm of clarity; where it is CLEAR; scatter
# arms counted: natural logarithm, its scatter for clear arms and for torn ones
COUNTED, COUNTED_TORN = 0.155, 0.42
PIECES = 4.8  # arms that are counted where all is torn
# Share of the arms that is missed where they are uneven, or supposed besides a single one
MISSED, SUPPOSED = 0.24, 1.05
CANNOT, CANNOT_TORN, CANNOT_WIDTH = 1.14, 1.8, 0.58  # when volunteers cannot tell
SHARPER = 6.0  # debiased votes: change of the logarithm of a fraction for one unit of redshift
# Answers that distance hides, or brings about
FAINT_DETAIL = {2: 1, 8: 1, 33: 2, 34: 3, 36: 3, 1: -1, 9: -1, 37: -1}


def clarity(galaxies):
    """Contrast of the arms on the image: after seeing, and as far as noise leaves it.

    Parameters
    ----------
    galaxies : astropy.table.Table
        As of `galutils.mock.bodies.gz2_population.draw`.

    Returns
    -------
    ndarray of float
        About 0 to 2; 0 without arms.
    """
    g = {name: np.asarray(galaxies[name]) for name in galaxies.colnames}
    half = g["petro_r90"] / 2.32
    radius = np.maximum(1.2, 2 * g["arm_start"]) * half
    spacing = 2 * np.pi * radius * np.sin(np.deg2rad(np.abs(g["pitch"])))
    # A single arm is seen against the side where none is, as far away as the second of two.
    spacing *= g["axis_ratio"] / np.maximum(g["arms"], 2)
    blurred = np.exp(-2 * (np.pi * SIGMA / spacing) ** 2)
    # Light through the thickness of the disc hides arms, see `galutils.mock.bodies.fast_light`.
    flat = np.cos(np.deg2rad(g["inclination"])) / g["axis_ratio"]
    contrast = g["contrast"] * (1 - g["bulge"]) * flat**2 * blurred * (g["arms"] > 0)
    # An exponential disc at 1.2 half-light radii has 0.5 mag less than the mean within one.
    area = 2 * np.pi * half**2 * g["axis_ratio"]
    brightness = g["magnitude"] + 2.5 * np.log10(area) + 0.5
    signal = 10 ** (-0.4 * (brightness - SKY)) * np.sqrt(spacing * radius / 4)
    return contrast / np.sqrt(1 + (6 / np.maximum(contrast * signal, 1e-6)) ** 2)


def _ordered(position, edges, width):
    """Probabilities of ordered answers: normal about a position, divided at edges."""
    below = ndtr((np.asarray(edges) - position[:, None]) / width)
    whole = np.column_stack([np.zeros(len(position)), below, np.ones(len(position))])
    return np.diff(whole, axis=1)


def _pair(yes):
    return np.column_stack([yes, 1 - yes])


def _arm_number(g, clear):
    """Probabilities of the six answers on the number of arms."""
    # Fainter arms are missed; opposite a strong single arm some see another; and there are pieces.
    change = np.where(g["arms"] > 1, -MISSED, SUPPOSED) * g["uneven"]
    number = np.maximum(g["arms"], 1) * (1 + change)
    number += (PIECES - number) * g["torn"] ** 2
    scatter = (COUNTED + COUNTED_TORN * g["torn"]) * np.exp(-0.35 * np.clip(clear, -2, 2))
    edges = np.log([1.5, 2.5, 3.5, 4.5])
    counts = _ordered(np.log(number), edges, scatter[:, None])
    unsure = expit((CANNOT + CANNOT_TORN * g["torn"] - 1 - clear) / CANNOT_WIDTH)
    unsure = np.where(g["arms"] > 0, unsure, 0.8)
    return np.column_stack([counts * (1 - unsure)[:, None], unsure])


def _odd_features(g):
    """Probabilities of the seven odd features: what is there, or a little of everything."""
    names = ["ring", "lens or arc", "disturbed", "irregular", "other", "merger", "dust lane"]
    always = np.full(len(names), 0.3)
    always[4] += 0.6
    weight = always + 4.0 * (g["odd"][:, None] == names)
    weight[:, 0] += 25 * g["ring"]
    weight[:, 5] += 2.0 * g["companion"]
    return weight / weight.sum(axis=1, keepdims=True)


def probabilities(galaxies, rng):
    """Probability of each answer, given that the question is asked.

    Parameters
    ----------
    galaxies : astropy.table.Table
        As of `galutils.mock.bodies.gz2_population.draw`.
    rng : numpy.random.Generator
        Of what the parameters do not explain.

    Returns
    -------
    dict of int to ndarray, shape (n, answers)
        By number of the question; answers in the order of `galutils.surveys.gz2.decision_tree`.
    """
    g = {name: np.asarray(galaxies[name]) for name in galaxies.colnames}
    n = len(galaxies)
    seen = np.log(np.maximum(clarity(galaxies), 1e-3)) + rng.normal(0, UNEXPLAINED, n)
    clear = seen - np.log(CLEAR)
    steep = np.where(g["disc"], (g["inclination"] - 79) / 4, -5)
    bar = np.where(g["bar"] > 0, 16 * g["bar"] - 1.0, -2.6) + rng.normal(0, 0.4, n)
    odd = (g["odd"] != "") | (g["ring"] > 0.08) | g["companion"]
    shape = np.logaddexp.reduce([seen - np.log(FEATURED), 0.5 * bar - 0.8, 0.4 * steep], axis=0)
    featured = np.where(g["disc"], expit(1.7 * shape), 0.06) * 0.97 + 0.01
    artifact = np.where(g["artifact"], 0.9, 0.02)
    spiral = expit(SPIRAL[0] * clear + SPIRAL[1] + rng.normal(0, SPIRAL[2], n))
    others = (1 - artifact)[:, None] * _pair(1 - featured)
    return {
        1: np.column_stack([others, artifact]),
        2: _pair(np.clip(expit(steep), 0.01, 0.99)),
        3: _pair(expit(bar)),
        4: _pair(np.where(g["arms"] > 0, np.clip(spiral, 0, 0.99), 0.06)),
        5: _ordered(g["bulge"], [0.02, 0.14, 0.36], 0.08),
        6: _pair(np.where(odd, 0.6, 0.10) + rng.uniform(-0.08, 0.08, n)),
        7: _ordered(1 - g["axis_ratio"], [0.16, 0.62], 0.09),
        8: _odd_features(g),
        9: np.column_stack([0.75 - 0.5 * g["boxy"], 0.05 + 0.5 * g["boxy"], np.full(n, 0.2)]),
        10: _ordered(np.abs(g["pitch"]), [16, 24], 6.0),
        11: _arm_number(g, clear),
    }


def vote(chances, rng):
    """Draw how many volunteers gave each answer, question after question.

    Parameters
    ----------
    chances : dict
        As of `probabilities`.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    dict of int to ndarray of int, shape (n, answers)
        By number of the question.
    """
    n = len(chances[1])
    asked = {question.number: np.zeros(n, dtype=int) for question in QUESTIONS}
    asked[1] = np.maximum(rng.normal(VOTERS, VOTERS_SCATTER, n).astype(int), 20)
    counts = {}
    for number in ORDER:
        counts[number] = rng.multinomial(asked[number], chances[number])
        for place, answer in enumerate(QUESTIONS[number - 1].answers):
            if answer.following != END:
                asked[answer.following] += counts[number][:, place]
    return counts


def debiased(fractions, question, redshift):
    """Votes as of a near galaxy: answers that distance hides gain with redshift.

    Parameters
    ----------
    fractions : ndarray, shape (n, answers)
        Weighted fractions, 0 in the whole row where the question was not asked.
    question : int
        Its number.
    redshift : ndarray, shape (n,)

    Returns
    -------
    ndarray of float, shape (n, answers)
        Rows sum to 1, or 0 where not asked.
    """
    answers = [answer.number for answer in QUESTIONS[question - 1].answers]
    hidden = np.array([FAINT_DETAIL.get(number, 0) for number in answers])
    moved = fractions * np.exp(SHARPER * hidden * (redshift - 0.03)[:, None])
    return moved / np.maximum(moved.sum(axis=1, keepdims=True), 1e-9)
