"""Magnitudes and colours of cluster galaxies: red sequence, over-red images, flags, sky matching.

Sources: Pruitt (2024), a master's project at San Jose State University, for the
selections; Stoughton et al. (2002, AJ 123, 485) for the photometric flags of SDSS.
"""

import astropy.units as u
import numpy as np
from astropy.coordinates import Angle, SkyCoord

from galutils.store import texts
from galutils.store.files import require
from galutils.store.measured import floats, takes

CENTRE = SkyCoord(49.9467, 41.5131, unit="deg")  # Pruitt (2024), section 6
SLOPE = 14.3  # magnitudes of r for one of g-z along the red sequence
SEQUENCE = (37.0, 46.0)
MEMBER_REDSHIFT = (0.01, 0.033)
KINDS = ("star", "galaxy in front", "member", "galaxy behind")
STAR_REDSHIFT = 0.002  # 600 km/s: no star of our Galaxy recedes faster
BRIGHT = 19.4  # mag, inclusive: that leaves the published 272 catalogue objects
TRAINING_RADIUS = 45.0  # arcmin
OVER_RED = 0.5  # a cut-out with a larger share of red pixels is left out
SEPARATION = 3 * u.arcsec  # closer positions are one galaxy
# A(band) / A(V) for R_V = 3.1 (Schlafly & Finkbeiner 2011, ApJ 737, 103); what SDSS takes, too
EXTINCTION = dict(zip("ugriz", np.array([4.239, 3.303, 2.285, 1.698, 1.263]) / 2.742, strict=True))

# name: (bit, meaning). All that occur in the 45 arcmin search, whose column of names they equal.
FLAGS = {
    row["name"]: (int(row["bit"]), row["meaning"])
    for row in texts.beside(__file__, "sdss_flags.csv")
}


@takes(r="mag", g_z="mag")
def red_sequence(r, g_z):
    """Return the position of a galaxy across the red sequence.

    Pruitt (2024), section 6: r + 14.3 (g-z), between 37 and 46 on the sequence.

    Parameters
    ----------
    r, g_z : array_like of float
        Magnitude and colour, mag.

    Returns
    -------
    ndarray of float
        mag; NaN where either is.
    """
    return r + SLOPE * g_z.astype(float)


def dereddened(table, extinction_v):
    """Take the dust of our own Galaxy out of SDSS magnitudes and colours.

    Parameters
    ----------
    table : Table
        ``r`` and any colours such as ``g_z``, mag.
    extinction_v : array_like of float, shape (n,)
        A_V of each row, mag.

    Returns
    -------
    pandas.DataFrame
        ``r0``, ``g_z0``, ... in mag, NaN where magnitude, colour or extinction is.
    """
    import pandas as pd

    a_v, found = floats(extinction_v, "mag"), {}
    found["r0"] = floats(table["r"], "mag") - EXTINCTION["r"] * a_v
    for name in table.colnames:
        blue, _, red = name.partition("_")
        if blue in EXTINCTION and red in EXTINCTION:
            dust = EXTINCTION[blue] - EXTINCTION[red]
            found[f"{name}0"] = floats(table[name], "mag") - dust * a_v
    return pd.DataFrame(found)


@takes(r="mag", g_z="mag")
def fit_sequence(r, g_z):
    """Fit the red sequence by a line that outliers do not move.

    Repeated medians (Siegel 1982) of g-z against r, scatter from the median absolute deviation.

    Parameters
    ----------
    r, g_z : array_like of float, shape (n,)
        Magnitude and colour of members, mag; rows with NaN do not count.

    Returns
    -------
    dict
        ``slope`` (mag of colour per mag), ``colour`` (at r = 16 mag), ``scatter`` (mag).

    Raises
    ------
    ValueError
        With fewer than three galaxies.
    """
    from astropy.stats import mad_std
    from scipy.stats import siegelslopes

    good = np.isfinite(r) & np.isfinite(g_z)
    if good.sum() < 3:
        raise ValueError(f"a sequence needs three galaxies or more, received {good.sum()}")
    slope, colour = siegelslopes(g_z[good], r[good] - 16)
    rest = g_z[good] - colour - slope * (r[good] - 16)
    return {"slope": float(slope), "colour": float(colour), "scatter": float(mad_std(rest))}


def colour_region(r, g_z):
    """Return the region of the colour-magnitude diagram, named by colour.

    Below the lower line a galaxy is bluer, above the upper one redder than the
    sequence. Table 4 of Pruitt (2024) has the two names exchanged: its "blue
    cloud" are the 90 objects above 46, its "red shoulder" the 96 below 37.

    Parameters
    ----------
    r, g_z : array_like of float
        Magnitude and colour, mag.

    Returns
    -------
    ndarray of str
        ``blue cloud``, ``red sequence``, ``red shoulder``; '' where a value is NaN.
    """
    place = red_sequence(r, g_z)
    low, high = SEQUENCE
    regions = ["blue cloud", "red sequence", "red shoulder"]
    return np.select([place <= low, place < high, place >= high], regions, default="")


@takes(redshift=None)
def is_member_redshift(redshift):
    """Return if a redshift is that of the cluster, 0.01 < z < 0.033; False where NaN.

    Pruitt (2024), section 6 and figure 25.
    """
    low, high = MEMBER_REDSHIFT
    return (redshift > low) & (redshift < high)


@takes(redshift=None)
def kind(redshift):
    """Return what an object with a spectrum is, by redshift; '' where NaN.

    ``star`` below 0.002, ``galaxy in front``, ``member`` (`is_member_redshift`) or ``galaxy
    behind``.
    """
    member, low = is_member_redshift(redshift), MEMBER_REDSHIFT[0]
    edges = [redshift < STAR_REDSHIFT, redshift <= low, member, redshift > low]
    return np.select(edges, KINDS, default="")


def red_pixels(image):
    """Return which pixels of a colour image count as red.

    Pruitt (2024), section 3.3, drops images of more than 50 per cent red pixels,
    whose sky was subtracted badly, and does not define red. With hue in steps of
    2 degrees and saturation and value in 1/255, a pixel is red here if its value
    is at least 20 and either hue <= 10 and saturation >= 80, or hue >= 160 and
    saturation >= 100. That gives the published percentage (``reds``) of all 188
    catalogue cut-outs that have one, to the pixel.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
        Red, green, blue.

    Returns
    -------
    ndarray of bool, shape (h, w)
    """
    from skimage.color import rgb2hsv

    red = image.max(axis=-1) >= 20  # most pixels are dark sky: converting them is slow
    # to whole numbers with halves up, even where 10.5 comes as 10.4999...
    hue, saturation, _ = np.floor(rgb2hsv(image[red]) * [180, 255, 255] + 0.500001).T
    hue %= 180
    red[red] = (hue <= 10) & (saturation >= 80) | (hue >= 160) & (saturation >= 100)
    return red


def red_share(images):
    """Share of red pixels of colour images, see `red_pixels`.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w, 3)
        Red, green, blue.

    Returns
    -------
    ndarray of float, shape (n,)
        0 to 1.

    Raises
    ------
    ValueError
        If `images` has another type or shape.
    """
    good = images.dtype == np.uint8 and images.ndim == 4 and images.shape[3] == 3
    require(good, "uint8 of shape (n, h, w, 3)", f"{images.dtype} of {images.shape}")
    return np.array([red_pixels(image).mean() for image in images])


def decode_flags(flags):
    """Names of the photometric flags that are set.

    Parameters
    ----------
    flags : int
        Value of the SDSS column ``flags``, 64 bits; the lower 32 are its
        ``flags1``, the upper ``flags2``.

    Returns
    -------
    list of str
        By rising bit; a bit that is not among `FLAGS` as ``bit 40``.
    """
    names = {bit: name for name, (bit, _) in FLAGS.items()}
    return [names.get(bit, f"bit {bit}") for bit in range(64) if int(flags) >> bit & 1]


def coordinates(table):
    """Sky positions of a table's rows."""
    return SkyCoord(floats(table["ra"], "deg"), floats(table["dec"], "deg"), unit="deg")


def nearest(positions, table):
    """Row of a table that lies nearest to each position, and its separation (inf: no rows)."""
    if not len(table):
        return np.zeros(len(positions), dtype=int), Angle(np.full(len(positions), np.inf), "arcsec")
    row, separation, _ = positions.match_to_catalog_sky(coordinates(table))
    return row, separation


def match_groups(coord, separation=SEPARATION):
    """Return the galaxy that each row belongs to, by sky position.

    Parameters
    ----------
    coord : SkyCoord, shape (n,)
        Positions.
    separation : Quantity
        Positions at most this far apart are one galaxy, and so are chains of them.

    Returns
    -------
    ndarray of int, shape (n,)
        From 0, in the order of first appearance.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second, _, _ = coord.search_around_sky(coord, separation)
    links = coo_array((np.ones(len(first)), (first, second)), shape=(len(coord), len(coord)))
    return connected_components(links, directed=False)[1].astype(int)


def conflicts(groups, labels):
    """Return the rows whose galaxy has more than one label.

    Parameters
    ----------
    groups, labels : array_like of int, shape (n,)
        Galaxy and class of each row.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    import pandas as pd

    return pd.Series(labels).groupby(np.asarray(groups)).transform("nunique").to_numpy() > 1
