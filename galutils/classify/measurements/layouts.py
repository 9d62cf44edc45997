"""What files call their maps, and what a user says where a file does not."""

from pathlib import Path
from typing import NamedTuple

import yaml

from galutils.classify.measurements.galaxy import MAPS, SHAPE
from galutils.store import fits_files, texts
from galutils.store.files import require

NAMES = yaml.safe_load(Path(__file__).with_name("names.yml").read_text())


class Layout(NamedTuple):
    """What a file does not say, as a small YAML document may.

    Attributes
    ----------
    hdus : dict
        Map of `galutils.classify.measurements.galaxy.MAPS` to name or number of its HDU, of its
        dataset, or of its column.
    mask : str or int or None
        HDU that is 0 where maps are good.
    spaxel : float or None
        Side, arcsec, where the header has none; rows then run to the north, columns westward.
    centre : tuple or None
        Column and row of the galaxy, from 0.
    unit : str or None
        Of velocities and dispersions without one.
    shape : dict
        Of `galutils.classify.measurements.galaxy.SHAPE`, for all galaxies.
    """

    hdus: dict = {}
    mask: object = None
    spaxel: float | None = None
    centre: tuple | None = None
    unit: str | None = None
    shape: dict = {}


def read_layout(path):
    """Read a layout from YAML.

    Raises
    ------
    ValueError
        If it has other keys than those of `Layout`, or no mapping; names the file.
    """
    found = yaml.safe_load(texts.read(path)) or {}
    expected = f"some of {', '.join((*Layout._fields, *MAPS, *SHAPE))}"
    require(isinstance(found, dict), expected, type(found).__name__, path)
    bad = set(found) - set(Layout._fields)
    bad |= set(found.get("hdus") or {}) - {*MAPS, "x", "y"}
    bad |= set(found.get("shape") or {}) - set(SHAPE)
    require(not bad, expected, ", ".join(sorted(bad)), path)
    return Layout(**found)


def by_name(names):
    """Tell which name is which map; the stars' if there are several."""
    found, stars = {}, [n for n in names if fits_files.says(n, r"star|stell")]
    for ours, pattern in NAMES["hdus"].items():
        wrong = NAMES["other"] + ("|disp" if ours == "velocity" else "")
        good = [n for n in names if fits_files.says(n, pattern) and not fits_files.says(n, wrong)]
        good = [n for n in good if n in stars] or good
        errors = [n for n in good if fits_files.says(n, NAMES["errors"])]
        plain = [n for n in good if n not in errors]
        found |= {ours: plain[0]} if plain else {}
        if errors and f"{ours}_error" in MAPS:
            found[f"{ours}_error"] = errors[0]
    return found
