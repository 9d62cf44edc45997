"""Draw the objects towards the Perseus cluster: members, background galaxies, stars.

Every object is a row of one table, as light above the atmosphere: apparent
magnitudes dimmed by the dust of our own Galaxy, shape, redshift. Parametric
forms with constants from the literature; no row of a catalogue enters.

Cluster: redshift 0.0179, dispersion 1324 km/s (Struble & Rood 1999, ApJS 125,
35), distance 72 Mpc, faint-end slope about -1.35 (Wittmann et al. 2019, ApJS
245, 10: 50 per cent complete at M_V = -12). The slope of the red sequence is
about that of the lines in Pruitt (2024), 37 < r + 14.3 (g-z) < 46.
"""

from pathlib import Path

import numpy as np
from astropy import units as u
from astropy.table import Table
from scipy import special

from galutils.mock.bodies.population import COSMOLOGY
from galutils.physics.photometry import CENTRE, EXTINCTION, coordinates

RADIUS = 90.0  # arcmin around the centre
BANDS = ("u", "g", "r", "i", "z")
DUST = np.array(list(EXTINCTION.values()))

REDSHIFT, DISPERSION, MODULUS = 0.0179, 1324 / 299792.458, 34.29
CORE = 18.0  # arcmin; King (1962) profile
M_STAR, SLOPE, FAINTEST = -21.6, -1.35, -10.5  # Schechter function of M_r
# Giant ellipticals and S0 on top of it: share, mean and scatter of M_r (Sandage, Binggeli &
# Tammann 1985, AJ 90, 1759)
GIANTS = 0.030, -19.8, 0.8
# Red sequence: r, and g-z there, both without dust; scatter in g-z
SEQUENCE, SCATTER = ((12, 16, 18, 21), (1.60, 1.36, 1.17, 1.05)), 0.06
LATE_SHARE = 0.07, 0.10  # at the centre, and growth to the edge
KNOTS = 0.18  # share of the light of a late-type galaxy in star-forming regions

# Colours and the K-correction in r of galaxies against redshift, of stages 0 (E), 1 (Sbc) and 2
# (Scd): rounded from Fukugita, Shimasaku & Ichikawa 1995, PASP 107, 945, and, for E, Eisenstein
# et al. 2001, AJ 122, 2267. Of a column, a row of GALAXIES for each stage.
_TABLES = Path(__file__).parent
_COLUMNS = np.loadtxt(_TABLES / "galaxy_colours.csv", delimiter=",", skiprows=1, unpack=True)
GALAXIES = _COLUMNS.reshape(7, 3, -1)[1:]
# Stellar locus: g-i, then u-g, g-r, r-i, i-z (rounded from Covey et al. 2007, AJ 134, 2398)
LOCUS = np.loadtxt(_TABLES / "stellar_locus.csv", delimiter=",", skiprows=1, unpack=True)


def extinction(ra, dec):
    """A_V in mag at positions in deg: about 0.45, with the clouds of a low latitude."""
    x, y = (np.asarray(ra) - CENTRE.ra.deg) * 0.75, np.asarray(dec) - CENTRE.dec.deg
    wave = 0.10 * np.sin(3.1 * x + 1.3 * y) + 0.07 * np.cos(4.7 * y - 2.2 * x + 0.6)
    return 0.45 * np.exp(wave + 0.05 * np.sin(11 * x - 9 * y) + 0.25 * y)


def around_centre(distance, rng):
    """Right ascension and declination in deg at distances from the centre in arcmin."""
    angle = rng.uniform(0, 360, np.size(distance)) * u.deg
    where = CENTRE.directional_offset_by(angle, distance * u.arcmin)
    return where.ra.deg, where.dec.deg


def distance(table):
    """Distance of each row from the cluster centre in arcmin."""
    return coordinates(table).separation(CENTRE).arcmin


def uniform_in_disc(n, rng):
    """Positions spread evenly over the disc of `RADIUS`."""
    return around_centre(RADIUS * np.sqrt(rng.random(n)), rng)


def _table(kind, ra, dec, r, colours, **columns):
    """Rows with magnitudes dimmed by dust; `colours` are u-g, g-r, r-i, i-z without it."""
    a_v = extinction(ra, dec)
    ug, gr, ri, iz = colours
    intrinsic = np.stack([r + gr + ug, r + gr, r, r - ri, r - ri - iz])
    # V from g and r (Jester et al. 2005, AJ 130, 873, all stars), without dust as in Wittmann's
    table = {"kind": np.full(len(ra), kind), "ra": ra, "dec": dec, "a_v": a_v, "r0": r}
    table |= dict(zip(BANDS, intrinsic + DUST[:, None] * a_v, strict=True))
    return Table(table | {"v0": r + 0.41 * gr - 0.01} | columns)


def _discs(n, thickness, rng):
    """Axis ratios of discs seen from random directions."""
    cosine = rng.random(n)
    return np.sqrt(cosine**2 + thickness**2 * (1 - cosine**2))


def _luminosities(n, rng):
    """Absolute magnitudes in r of cluster galaxies."""
    magnitude = np.linspace(M_STAR - 2, FAINTEST, 500)
    luminosity = 10 ** (-0.4 * (magnitude - M_STAR))
    density = luminosity ** (SLOPE + 1) * np.exp(-luminosity)
    dwarfs = np.interp(rng.random(n), np.cumsum(density) / density.sum(), magnitude)
    share, mean, scatter = GIANTS
    return np.where(rng.random(n) < share, rng.normal(mean, scatter, n), dwarfs)


def members(n, rng):
    """Galaxies of the cluster out to `RADIUS`, from giants to M_r = -10.5.

    Sizes and Sersic indices follow one relation from giants to dwarfs (Wittmann
    et al. 2019, figure 9; Janz & Lisker 2008, ApJ 689, L25). Some bright
    early types are S0 with a disc; dwarfs may have a nucleus.

    Parameters
    ----------
    n : int
        How many.
    rng : numpy.random.Generator

    Returns
    -------
    astropy.table.Table
        ``kind``, ``ra``, ``dec`` (deg), ``a_v``, ``u`` to ``z`` (mag as seen), ``r0``
        and ``v0`` (mag without dust), ``redshift``, ``early`` (bool), ``r_e``
        (arcsec, half the light, along the major axis), ``sersic``, ``bulge``
        (share of light in a bulge; 1: a single component), ``knots`` and
        ``nucleus`` (shares), ``axis_ratio``, ``position_angle`` (deg east of north).
    """
    reach = np.log1p((RADIUS / CORE) ** 2)
    distance = CORE * np.sqrt(np.expm1(rng.random(n) * reach))
    ra, dec = around_centre(distance, rng)
    r = _luminosities(n, rng) + MODULUS
    early = rng.random(n) > LATE_SHARE[0] + LATE_SHARE[1] * distance / RADIUS
    sequence = np.interp(r, *SEQUENCE) + rng.normal(0, SCATTER, n)
    g_z = np.where(early, sequence, rng.normal(0.80, 0.22, n))
    # the other colours follow g-z closely (SDSS photometry of the members)
    gr = 0.78 + 0.42 * (g_z - 1.43) + rng.normal(0, 0.015, n)
    ri = 0.38 + 0.28 * (g_z - 1.43) + rng.normal(0, 0.015, n)
    ug = np.where(early, 1.81, 1.55) + 0.57 * (g_z - 1.43) + rng.normal(0, 0.06, n)

    lenticular = early & (r < 17) & (rng.random(n) < 0.5)
    disc = lenticular | ~early
    body = np.clip(rng.normal(0.76, 0.15, n), 0.35, 1)
    log_size = 0.60 - 0.09 * (r - 17.8) + rng.normal(0, 0.17, n)
    sersic = 1.35 * 10 ** (-0.11 * (r - 17.8) + rng.normal(0, 0.12, n))
    nucleated = early & (r > 15.5) & (rng.random(n) < 1 / (1 + np.exp((r - 20.7) / 1.2)))
    bulge = np.where(lenticular, rng.uniform(0.2, 0.5, n), np.where(early, 1, 0.05))
    return _table(
        "member",
        *(ra, dec, r, (ug, gr, ri, g_z - gr - ri)),
        redshift=rng.normal(REDSHIFT, DISPERSION, n),
        early=early,
        r_e=10**log_size,
        sersic=np.clip(sersic, 0.5, 4.0),
        bulge=bulge,
        knots=np.where(early, 0, KNOTS),
        nucleus=np.where(nucleated, 10 ** rng.normal(-2, 0.3, n), 0),
        axis_ratio=np.where(disc, _discs(n, np.where(early, 0.3, 0.2), rng), body),
        position_angle=rng.uniform(-90, 90, n),
    )


def _counts(n, limit, rng):
    """Magnitudes V of field galaxies, number counts of slope 0.4 flattening to 0.3."""
    magnitude = np.linspace(14.5, limit + 1.0, 400)
    steps = magnitude - 19
    density = 10 ** (0.425 * steps - 0.012 * steps**2)
    density /= 1 + np.exp((magnitude - limit) / 0.25)  # detection
    return np.interp(rng.random(n), np.cumsum(density) / density.sum(), magnitude)


def _background_redshift(v, rng):
    """Smail distribution, its median growing with magnitude; never nearer than the cluster."""
    middle = 0.095 * 10 ** (0.14 * (v - 17))
    shape = rng.gamma(2.0, 1.0, v.size) ** (1 / 1.5)
    return np.maximum(middle * shape / special.gammaincinv(2.0, 0.5) ** (1 / 1.5), 0.04)


def _by_type(stage, redshift):
    """Colours u-g, g-r, r-i, i-z and K-correction in r of stages 0 (E) to 2 (Scd)."""
    total = np.zeros((5, redshift.size))
    for k, (known, *rows) in enumerate(GALAXIES.swapaxes(0, 1)):
        colours = [np.interp(redshift, known, row) for row in rows]
        total += np.maximum(1 - np.abs(stage - k), 0) * np.array(colours)
    return total


def background(ra, dec, limit, rng):
    """Galaxies behind the cluster, at given positions, to a limit in V.

    The share of early types falls with magnitude. Sizes: Shen et al. (2003,
    MNRAS 343, 978), carried to angles by the redshift.

    Parameters
    ----------
    ra, dec : ndarray of float
        deg.
    limit : float
        V magnitude at which half of the galaxies are found.
    rng : numpy.random.Generator

    Returns
    -------
    astropy.table.Table
        As `members`.
    """
    n = len(ra)
    v = _counts(n, limit, rng)
    redshift = _background_redshift(v, rng)
    early = rng.random(n) < np.clip(0.65 - 0.15 * (v - 16.7), 0.12, 0.65)
    later = np.clip(1 + 0.4 * (v - 18), 1, 3)
    stage = np.where(early, 0, 2 * rng.beta(later, 1.3))
    ug, gr, ri, iz, k = _by_type(stage, redshift)
    tint = rng.normal(0, np.where(early, 0.04, 0.10))
    r = v - 0.41 * (gr + tint) + 0.01

    absolute = r - COSMOLOGY.distmod(redshift).value - k
    slope, size = np.where(early, -0.27, -0.20), np.where(early, 0.62, 0.76)
    log_kpc = size + slope * (absolute + 21.5) + rng.normal(0, 0.16, n)
    kpc_per_arcsec = COSMOLOGY.kpc_proper_per_arcmin(redshift).value / 60
    return _table(
        "background",
        *(ra, dec, r, (ug + tint, gr + tint, ri + tint / 2, iz + tint / 3)),
        redshift=redshift,
        early=early,
        r_e=np.clip(10**log_kpc / kpc_per_arcsec, 0.12, 12),
        sersic=np.clip(rng.normal(3.3, 0.8, n), 1.5, 4.0),
        bulge=np.where(early, 1, np.maximum(0.45 - 0.25 * stage, 0.02)),
        knots=0.5 * KNOTS * stage,
        nucleus=np.zeros(n),
        axis_ratio=np.where(
            early, np.clip(rng.normal(0.75, 0.14, n), 0.4, 1), _discs(n, 0.25, rng)
        ),
        position_angle=rng.uniform(-90, 90, n),
    )


def stars(ra, dec, brightest, faintest, rng):
    """Stars of our own Galaxy at given positions, between two magnitudes in r.

    Faint ones are mostly M dwarfs; redshifts are those of velocities of tens of
    km/s. Columns as in `members`, sizes 0.
    """
    n = len(ra)
    slope = 0.18 * np.log(10)
    grow = np.expm1(slope * (faintest - brightest))
    r = brightest + np.log1p(rng.random(n) * grow) / slope
    dwarf = rng.random(n) < np.clip(0.1 * (r - 16.5), 0.04, 0.6)
    g_i = np.where(dwarf, rng.normal(2.0, 0.45, n), rng.normal(0.8, 0.35, n))
    locus = [np.interp(g_i, LOCUS[0], row) + rng.normal(0, 0.03, n) for row in LOCUS[1:]]
    nothing = dict.fromkeys(("r_e", "bulge", "knots", "nucleus", "position_angle"), np.zeros(n))
    return _table(
        "star",
        *(ra, dec, r - DUST[2] * extinction(ra, dec), locus),
        redshift=rng.normal(-1e-4, 1.3e-4, n),
        early=np.zeros(n, bool),
        sersic=np.full(n, 0.5),
        axis_ratio=np.ones(n),
        **nothing,
    )


def moved(members, redshift):
    """Put the galaxies of the cluster at another redshift: fainter, smaller, redder by it.

    Parameters
    ----------
    members : astropy.table.Table
        As of `members`.
    redshift : float
        Mean of the cluster; at that of Perseus nothing is changed.

    Returns
    -------
    astropy.table.Table
    """
    if redshift == REDSHIFT:
        return members
    there, n = members.copy(), len(members)
    stage = np.where(members["early"], 0.0, 1.0)
    (*near, k_near), (*far, k_far) = (_by_type(stage, np.full(n, z)) for z in (REDSHIFT, redshift))
    ug, gr, ri, iz = np.array(far) - np.array(near)
    dimmer = COSMOLOGY.distmod(redshift).value - COSMOLOGY.distmod(REDSHIFT).value + k_far - k_near
    for band, colour in zip(BANDS, (gr + ug, gr, 0, -ri, -ri - iz), strict=True):
        there[band] = members[band] + dimmer + colour
    there["r0"], there["v0"] = members["r0"] + dimmer, members["v0"] + dimmer + 0.41 * gr
    scale = COSMOLOGY.arcsec_per_kpc_proper([redshift, REDSHIFT]).value
    there["r_e"] = members["r_e"] * scale[0] / scale[1]
    there["redshift"] = members["redshift"] + redshift - REDSHIFT
    return there


def reddened(objects, dust):
    """Put objects behind `dust` times as much dust of our own Galaxy."""
    if dust == 1:
        return objects
    behind = objects.copy()
    for band, share in zip(BANDS, DUST, strict=True):
        behind[band] = objects[band] + (dust - 1) * share * objects["a_v"]
    behind["a_v"] = dust * objects["a_v"]
    return behind
