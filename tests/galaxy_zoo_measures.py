"""Measures of images of Galaxy Zoo 2 (424 pixels, 8.48 petroR90), and what real ones have.

``galaxy_zoo_measures.csv`` has medians and widths (half of what lies between the percentiles 16 and
84) of 765 real images with votes, by kind, and of Kaggle's 1200 together ("any"): brightness of the
core and of rings in levels of 255, half-light radius in pixels, red over blue (binary logarithm) of
core and rings, Fourier amplitudes of order m in rings of 0.3 to 1 petroR90, and structure on two
scales there. ``python tests/galaxy_zoo_measures.py FOLDER`` measures them anew, FOLDER being
that of the archives.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy.ndimage import gaussian_filter

from galutils.surveys.gz2.decision_tree import QUESTIONS

TABLE = Path(__file__).with_suffix(".csv")
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


def measure(image):
    """Return the measures `NAMES` of an image (424, 424, 3)."""
    middle = Image.fromarray(image).crop((84, 84, 340, 340)).reduce(2)
    pixels = np.asarray(middle, dtype=float)
    colours = pixels - np.median(pixels[_RADIUS > 2.3], axis=0)
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


def kind(shares):
    """Kind of galaxies by the shares of answers to questions 1, 2 and 4."""
    smooth, disc = shares[1][:, 0], shares[1][:, 1]
    flat, spiral = shares[2][:, 0], shares[4][:, 0]
    conditions = [smooth > 0.7, disc * flat > 0.5, disc * (1 - flat) * spiral > 0.5]
    return np.select(conditions, ["smooth", "edge-on", "spiral"], "other")


def _real(folder):
    """Measures of real images, with their kind."""
    votes = pd.read_csv(folder / "gz2_labelled" / "images_votes.csv")
    shares = {}
    for question in QUESTIONS[:4]:
        start = [f"_a{answer.number:02d}_" for answer in question.answers]
        columns = [c for a in start for c in votes if a in c and c.endswith("weighted_fraction")]
        shares[question.number] = votes[columns].to_numpy()
    paths = [folder / "gz2_labelled" / "images_votes" / f"{k}.jpg" for k in votes["asset_id"]]
    kaggle = sorted((folder / "gz2" / "images_kaggle").glob("*.jpg"))
    measured = [measure(np.asarray(Image.open(p).convert("RGB"))) for p in paths + kaggle]
    kinds = [*kind(shares), *["any"] * len(kaggle)]
    return pd.DataFrame(measured, columns=list(NAMES)).assign(kind=kinds)


if __name__ == "__main__":
    groups = _real(Path(sys.argv[1])).groupby("kind")
    low, middle, high = (groups.quantile(q).round(3).stack() for q in (0.16, 0.5, 0.84))
    table = pd.DataFrame({"median": middle, "width": ((high - low) / 2).round(3)})
    table.rename_axis(["kind", "measure"]).drop("other").to_csv(TABLE)
