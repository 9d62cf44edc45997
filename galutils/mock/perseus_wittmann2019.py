"""The Perseus Cluster Catalogue as a text table, from what lies in its footprint.

Wittmann et al. (2019, ApJS 245, 10): V from the William Herschel Telescope,
colours g-r and r-z and classes from Subaru images of 0.5 arcsec seeing. The classes
are a visual judgement: they follow shape, size and colour, and are wrong now
and then.
"""

import numpy as np
import pandas as pd

from galutils.mock.bodies.perseus_population import DUST, distance
from galutils.surveys.perseus.wittmann2019 import CLASSES

# Rectangles of the footprint: right ascension and declination in deg
FOOTPRINT = ((49.2355, 49.565, 41.285, 41.62), (49.565, 50.009, 41.1957, 41.7693))
CROWDING = (0.40, 0.60)  # share of the galaxies in each: the halos of giants hide some
LIMIT = 23.4  # V of half the background galaxies
DWARF_LIMIT = 23.4  # brighter for the low surface brightness of dwarfs
GIANTS = 15.0  # V; half of the brighter galaxies were left out
LATE, UNRESOLVED, EDGE_ON, LIKELY, MERGER, POSSIBLE, WEAK = CLASSES  # in words
MERGERS = 23 / 5437
ADDRESS = "http://dc.zah.uni-heidelberg.de/pcc/q/stamp/dlget?ID="
SUBARU = -0.045  # mag; g-r less than in SDSS
SMALLEST = 0.12  # arcsec, the size given to unresolved sources
# Ends of the columns in a line: name, 17 numbers, class, nucleus; the address follows
ENDS = (3, 13, 22, 31, 38, 44, 51, 57, 64, 70, 76, 83, 89, 95, 100, 107, 114, 121, 128, 190, 222)


def inside(ra, dec):
    """Tell which positions, in deg, lie in the footprint; ndarray of bool."""
    return np.any([(ra > w) & (ra < e) & (dec > s) & (dec < n) for w, e, s, n in FOOTPRINT], axis=0)


def positions(n, rng):
    """Positions in the footprint."""
    west, east, south, north = np.array(FOOTPRINT)[rng.choice(len(FOOTPRINT), n, p=CROWDING)].T
    return rng.uniform(west, east), rng.uniform(south, north)


def detected(members, rng):
    """Choose the cluster galaxies that the catalogue has: no giants, few of the faintest dwarfs."""
    v = members["v0"]
    chance = _chance(v, GIANTS, 0.25) / (1 + np.exp((v - DWARF_LIMIT) / 0.3))
    chance = chance * (1 - 0.6 * np.exp(-((distance(members) / 10) ** 2)))  # halos of the giants
    found = inside(members["ra"], members["dec"]) & (v > 14)
    return found & (rng.random(len(members)) < chance)


def _chance(value, middle, width):
    """Chance that rises with a value."""
    return 1 / (1 + np.exp(-(value - middle) / width))


def classes(objects, rng):
    """Class in words of each object, as a look at it gives.

    Cluster early types pass for background ones now and then, and large near
    background ellipticals for cluster ones. Stars are unresolved sources.
    """
    v, size, q = (objects[name].data for name in ("v0", "r_e", "axis_ratio"))
    member, early = objects["kind"] == "member", objects["early"].data
    luck = rng.random((3, len(objects)))
    recognised = luck[0] < np.where(member, 0.95 * (1 - _chance(v, 23.8, 0.5)), 0)
    large = (size > 2.0) & (objects["redshift"] < 0.10)
    mistaken = luck[0] < np.where(member, 0, np.where(large, 0.8, 0.01))
    candidate = early & (recognised | mistaken)
    sure = luck[1] > 0.6 * _chance(v, 22.0, 0.5)
    blurred = luck[2] < _chance(v, 21.5, 0.7)
    disc = ~early & (size > 0.5)
    told = {
        MERGER: disc & (rng.random(len(objects)) < 2 * MERGERS),  # half of the sources are discs
        LIKELY: candidate & sure,
        POSSIBLE: candidate,
        EDGE_ON: disc & (q < 0.42),
        LATE: disc & ~blurred & (size > 0.8),
        WEAK: (size > 1.0) & disc | member & early & (luck[1] < 0.5),
    }
    return np.select(list(told.values()), list(told), UNRESOLVED)


def nuclei(objects, words, rng):
    """Note on the nucleus of each early-type candidate, blank for the others."""
    unsure = rng.random(len(objects)) < 0.08
    note = np.select(
        [objects["v0"] < 16.9, unsure, objects["nucleus"] > 0],
        ["Bulge or Bright central source", "Unsure about nucleation", "Nucleated"],
        "Non-nucleated",
    )
    return np.where(np.isin(words, (LIKELY, POSSIBLE)), note, "")


def _colours(objects, rng):
    """Colours g-r and r-z without dust in two apertures; the second for larger sources."""
    a_v, v, size = (objects[name].data for name in ("a_v", "v0", "r_e"))
    pairs = [("g", "r", DUST[1] - DUST[2]), ("r", "z", DUST[2] - DUST[4])]
    columns = {}
    for aperture, faint in (("a", 1.0), ("b", 1.4)):
        for blue, red, dust in pairs:
            error = np.minimum(0.03 + 0.05 * faint * 10 ** (0.3 * (v - 22)), 0.4)
            colour = (objects[blue] - objects[red]).data - dust * a_v + SUBARU * (blue == "g")
            colour = (colour + error * rng.standard_normal(len(v))).round(2)
            missing = rng.random(len(v)) < (0.01 if aperture == "a" else 1 - _chance(size, 1, 0.15))
            columns[aperture + blue] = np.where(missing, np.nan, colour)
    return columns


def measured(objects, words, rng):
    """Table of the 17 numbers of each object, NaN where the catalogue has none."""
    n = len(objects)
    v, size, q = (objects[name].data for name in ("v0", "r_e", "axis_ratio"))
    v_error = 0.012 * 10 ** (0.18 * (v - 20)) * np.exp(rng.normal(0, 0.4, n))
    v = v + np.minimum(v_error, 0.3) * rng.standard_normal(n)
    size = np.maximum(size * np.exp(rng.normal(0, 0.04, n)), SMALLEST)
    q = np.clip(q + rng.normal(0, 0.02, n), 0.1, 1.0)
    round_or_faint = (q > 0.93) | (rng.random(n) < 0.1)
    disc = 1.2 + 1.5 * objects["bulge"].data  # one component fitted to two
    index = np.where(objects["bulge"] == 1, objects["sersic"].data, disc)
    index = index * np.where(objects["kind"] == "background", 10 ** (-0.06 * (v - 18)), 1)  # seeing
    columns = {
        "ra": (objects["ra"].data + rng.normal(0, 2e-5, n)).round(4),
        "dec": (objects["dec"].data + rng.normal(0, 2e-5, n)).round(4),
        "V": v.round(2),
        "V_error": v_error.round(2),
        "R50": size.round(2),
        "R50_error": (1.5 * v_error * size).round(2),
        "mu": (v + 2.5 * np.log10(2 * np.pi * size**2 * q)).round(2),
        "n": np.clip(index * np.exp(rng.normal(0, 0.15, n)), 0.05, 4.0).round(2),
        "q": q.round(2),
        "pa": objects["position_angle"].data.round(1),
        "pa_error": (60 * v_error / (1.1 - q) ** 0.7).clip(0, 89).round(1),
        "A_V": objects["a_v"].data.round(2),
        "flag": (rng.random(n) < 1 - _chance(v, 18.9, 0.9)).astype(float),
        **_colours(objects, rng),
    }
    table = pd.DataFrame(columns)
    failed = rng.random(n) < 0.25 * _chance(v, 22.9, 0.3)
    table.loc[failed | (size == SMALLEST), "R50_error"] = np.nan
    table.loc[failed, ["V_error", "q", "flag"]] = np.nan
    no_angle = failed | round_or_faint | (words == UNRESOLVED) & (q > 0.9)
    table.loc[no_angle, ["pa", "pa_error"]] = np.nan
    return table


def text(table, words, notes):
    """Lines of the table, fixed columns, the last without an end of line."""
    names = [f"PCC-{k:04d}" for k in range(1, len(table) + 1)]
    numbers = (table + 0.0).map(str)  # the sum has no negative zero
    numbers["flag"] = table["flag"].map("{:.0f}".format)
    numbers = numbers.mask(table.isna(), "N/A").to_numpy().T
    address = [f"  {ADDRESS}{name}" for name in names]
    rows = zip(["N/A"] * len(names), names, *numbers, words, notes, address, strict=True)
    line = "".join(f"{{:>{width}}}" for width in np.diff([0, *ENDS])) + "{}"
    return "\n".join(line.format(*row) for row in rows)
