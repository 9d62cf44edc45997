"""Measures of images of Galaxy Zoo 2 (424 pixels, 8.48 petroR90), and what real ones have.

``galaxy_zoo_measures.csv`` has medians and widths (half of what lies between the percentiles 16 and
84) of 765 real images with votes, by kind, and of Kaggle's 1200 together ("any"): brightness of the
core and of rings in levels of 255, half-light radius in pixels, red over blue (binary logarithm) of
core and rings, Fourier amplitudes of order m in rings of 0.3 to 1 petroR90, and structure on two
scales there. ``galaxy_zoo_arms.csv`` has what `relation` finds in the 81 of them with ten or more
answers on the number of arms, and 95 per cent intervals of a bootstrap.
``python tests/galaxy_zoo_measures.py FOLDER`` measures all anew; FOLDER is that of the archives.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy.ndimage import gaussian_filter, label, map_coordinates
from scipy.stats import mannwhitneyu, spearmanr

from galutils.surveys.gz2.decision_tree import QUESTIONS

TABLE = Path(__file__).with_suffix(".csv")
ARMS = TABLE.with_name("galaxy_zoo_arms.csv")
ANSWERS = 10  # on the number of arms, at least
NAMES = ("core", "half", "inner", "outer", "halo", "red core", "red inner", "red outer")
NAMES += ("m=1", "m=2", "m=3", "m=4", "m=5", "clumps", "lumps")

_AXIS = (np.arange(128) - 63.5) / 25  # petroR90
_X, _Y = np.meshgrid(_AXIS, -_AXIS)
_RADIUS, _AZIMUTH = np.hypot(_X, _Y), np.arctan2(_Y, _X)
_INNERMOST = np.argsort(_RADIUS, axis=None)[: np.count_nonzero(_RADIUS < 2)]


def _ring(inner, outer):
    return (_RADIUS >= inner) & (_RADIUS < outer)


_RINGS = [_ring(inner, inner + 0.1) for inner in np.arange(0.3, 0.95, 0.1)]
_TURNS = [np.exp(1j * np.outer(np.arange(1, 6), _AZIMUTH[ring])) for ring in _RINGS]


_TURN, _LOG = np.arange(96) * np.pi / 48, np.linspace(np.log(0.3), np.log(1.1), 28)
_WOUND = np.concatenate([np.arange(-30, -1), np.arange(2, 31)])  # radial wave numbers of spirals
_SPIRALS = np.exp(-1j * np.outer(_WOUND, _LOG)) / _LOG.size


def _middle(image):
    """Pixels of the middle of an image (424, 424, 3), two in one, and what is above the sky."""
    middle = Image.fromarray(image).crop((84, 84, 340, 340)).reduce(2)
    pixels = np.asarray(middle, dtype=float)
    return pixels, pixels - np.median(pixels[_RADIUS > 2.3], axis=0)


def measure(image):
    """Return the measures `NAMES` of an image (424, 424, 3)."""
    pixels, colours = _middle(image)
    light = colours.mean(axis=-1)
    grown = np.cumsum(np.maximum(light.ravel()[_INNERMOST], 0))
    half = 50 * _RADIUS.ravel()[_INNERMOST][np.searchsorted(grown, grown[-1] / 2)]
    levels = [np.median(light[_ring(*two)]) for two in ((0.3, 0.5), (0.6, 0.9), (1.0, 1.3))]
    red = [
        np.log2(np.divide(*np.maximum(colours[_ring(*two)].mean(axis=0)[[0, 2]], 1)))
        for two in ((0, 0.15), (0.3, 0.5), (0.6, 0.9))
    ]
    waves = [
        np.abs(turns @ light[ring]) / max(light[ring].sum(), 1)
        for turns, ring in zip(_TURNS, _RINGS, strict=True)
    ]
    disc, blurred = _ring(0.3, 1.0), [gaussian_filter(light, scale) for scale in (1, 3, 7)]
    structure = [(blurred[k] - blurred[k + 1])[disc].std() / light[disc].mean() for k in range(2)]
    core = pixels.mean(axis=-1)[_RADIUS < 0.08].mean()
    return [core, half, *levels, *red, *np.sqrt(np.mean(np.square(waves), axis=0)), *structure]


def _face_on(light):
    """Light of ellipses (28, 96) from 0.3 to 1.1 petroR90, shaped as the isophote at 0.9."""
    smooth = gaussian_filter(light, 1.5)
    parts, _ = label((smooth > np.median(smooth[_ring(0.8, 1.0)])) & (_RADIUS < 2))
    inside = parts == parts[64, 64]
    x, y = _X[inside], _Y[inside]
    squares, axes = np.linalg.eigh(np.array([[x @ x, x @ y], [x @ y, y @ y]]))
    root = np.clip(squares[0] / squares[1], 0.04, 1) ** 0.25  # of the axis ratio
    radius, along = np.exp(_LOG)[:, None], axes[:, 1]
    u, v = radius * np.cos(_TURN) / root, radius * np.sin(_TURN) * root
    x, y = u * along[0] - v * along[1], u * along[1] + v * along[0]
    return map_coordinates(light, [63.5 - 25 * y, 63.5 + 25 * x], order=1, mode="nearest")


def spirals(image):
    """Return how strong logarithmic spirals of 1 to 5 arms are in an image (424, 424, 3).

    The largest Fourier amplitude over pitch, in azimuth and logarithm of radius, of light in that
    of its ring (Puerari & Dottori 1992, A&AS 93, 469).
    """
    light = _face_on(_middle(image)[1].mean(axis=-1))
    relative = light / np.maximum(light.mean(axis=1, keepdims=True), 1)
    turns = np.fft.fft(relative, axis=1)[:, 1:6] / _TURN.size
    return np.abs(_SPIRALS @ turns).max(axis=0)


def relation(modes, number, spiral):
    """How votes on arms follow from images.

    Parameters
    ----------
    modes : ndarray, shape (n, 5)
        Of `spirals`.
    number : ndarray, shape (n, 6)
        Shares of the answers on the number of arms.
    spiral : ndarray, shape (n,)
        Share of those who see a spiral.

    Returns
    -------
    dict of str to float
        AUC of the share of the second mode for more than half of the votes on two arms; rank
        correlations of shares of modes with shares of votes on as many arms, and of the amplitude
        of modes 2 to 5 with shares of "can't tell" and of spirals.
    """
    share = modes / modes.sum(axis=1, keepdims=True)
    two, amplitude = number[:, 1] > 0.5, np.hypot.reduce(modes[:, 1:], axis=1)
    larger = mannwhitneyu(share[two, 1], share[~two, 1]).statistic
    pairs = {f"{m + 1}": (share[:, m], number[:, m]) for m in range(4)}
    pairs["3 or more"] = share[:, 2:].sum(axis=1), number[:, 2:5].sum(axis=1)
    pairs |= {"can't tell": (amplitude, number[:, 5]), "spiral": (amplitude, spiral)}
    ranks = {name: spearmanr(*pair).statistic for name, pair in pairs.items()}
    return {"two or not": larger / two.sum() / (~two).sum()} | ranks


def kind(shares):
    """Kind of galaxies by the shares of answers to questions 1, 2 and 4."""
    smooth, disc = shares[1][:, 0], shares[1][:, 1]
    flat, spiral = shares[2][:, 0], shares[4][:, 0]
    conditions = [smooth > 0.7, disc * flat > 0.5, disc * (1 - flat) * spiral > 0.5]
    return np.select(conditions, ["smooth", "edge-on", "spiral"], "other")


def _votes(folder):
    """Votes on real images, and shares of answers by question."""
    votes = pd.read_csv(folder / "gz2_labelled" / "images_votes.csv")
    shares = {}
    for question in QUESTIONS:
        start = [f"_a{answer.number:02d}_" for answer in question.answers]
        columns = [c for a in start for c in votes if a in c and c.endswith("weighted_fraction")]
        shares[question.number] = votes[columns].to_numpy()
    paths = [folder / "gz2_labelled" / "images_votes" / f"{k}.jpg" for k in votes["asset_id"]]
    return votes.assign(path=paths), shares


def _open(path):
    return np.asarray(Image.open(path).convert("RGB"))


def _arms(folder):
    """What `relation` finds in real images, with intervals."""
    votes, shares = _votes(folder)
    asked = shares[1][:, 1] * shares[2][:, 1] * shares[4][:, 0] * votes["total_classifications"]
    kept = np.flatnonzero(asked >= ANSWERS)
    data = [np.array([spirals(_open(path)) for path in votes["path"][kept]])]
    data += [shares[11][kept], shares[4][kept, 0]]
    draws = np.random.default_rng(0).integers(0, kept.size, (2000, kept.size))
    again = pd.DataFrame([relation(*(part[draw] for part in data)) for draw in draws])
    columns = {"real": relation(*data), "low": again.quantile(0.025), "high": again.quantile(0.975)}
    return pd.DataFrame(columns).round(3).rename_axis("relation")


def _real(folder):
    """Measures of real images, with their kind."""
    votes, shares = _votes(folder)
    kaggle = sorted((folder / "gz2" / "images_kaggle").glob("*.jpg"))
    measured = [measure(_open(path)) for path in [*votes["path"], *kaggle]]
    kinds = [*kind(shares), *["any"] * len(kaggle)]
    return pd.DataFrame(measured, columns=list(NAMES)).assign(kind=kinds)


if __name__ == "__main__":
    groups = _real(Path(sys.argv[1])).groupby("kind")
    low, middle, high = (groups.quantile(q).round(3).stack() for q in (0.16, 0.5, 0.84))
    table = pd.DataFrame({"median": middle, "width": ((high - low) / 2).round(3)})
    table.rename_axis(["kind", "measure"]).drop("other").to_csv(TABLE)
    _arms(Path(sys.argv[1])).to_csv(ARMS)
