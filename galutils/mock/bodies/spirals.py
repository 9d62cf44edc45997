"""Arms, torn arms and star-forming regions on a disc seen from above."""

import numpy as np

REACH = 6.0  # arms end about there, in the radius where they begin
# Of arms that are all torn: light in loose pieces, and how uneven the rest is; of branches, at most
LOOSE, RAGGED, FORKED = 1.4, 4.0, 0.8
PIECES = 3, 7  # how many a turn: from, to below
FINEST = 14.0  # radial wave number, per unit of the logarithm: finer ones would be grooves


def window(radius):
    """From 0 to 1 about a radius of 1, back to 0 far outside."""
    return np.exp(-((radius / REACH) ** 4)) / (1 + np.exp(np.clip((1 - radius) * 7, -50, 50)))


def arms(radius, azimuth, number, pitch, contrast, width, phase=0.0):
    """Logarithmic spiral arms: how many times brighter they make a disc.

    Parameters
    ----------
    radius : ndarray
        In the plane of the disc, in the radius where the arms begin.
    azimuth : ndarray
        rad, in the same plane.
    number : int
        How many arms.
    pitch : float
        deg; negative for arms that wind the other way.
    contrast : float
        Crests are 1 + contrast times as bright as the disc.
    width : float
        rad, half width of an arm times `number`; 1 fills a third of the disc.
    phase : float
        rad, where the first arm begins.

    Returns
    -------
    ndarray
        1 well within the beginning and far outside.
    """
    wound = np.log(np.maximum(radius, 0.05)) / np.float32(np.tan(np.deg2rad(pitch)))
    crest = np.cos(np.float32(number) * (azimuth - np.float32(phase) - wound))
    return 1 + contrast * np.exp((crest - 1) * np.float32(1 / width**2)) * window(radius)


def waves(number, pitch, rng, counts=(2, 8)):
    """Draw azimuthal and radial wave number and phase (rad) of waves for `clumps`."""
    count = rng.integers(*counts, number)
    wound = count / np.tan(np.deg2rad(pitch)) * rng.normal(1, 0.35, number)
    return np.stack([count, wound, rng.uniform(0, 2 * np.pi, number)], axis=1).astype(np.float32)


def clumps(radius, azimuth, waves):
    """Pieces of arms: random spiral waves of rms 1; arguments as of `arms` and from `waves`."""
    log = np.log(np.maximum(radius, 0.05))
    total = sum(np.cos(count * azimuth - wound * log + phase) for count, wound, phase in waves)
    return total * np.float32(np.sqrt(2 / len(waves)))


def broken(row, radius, azimuth, rng):
    """Arms of a galaxy of Galaxy Zoo 2: grand ones, or torn to pieces, as the row says.

    Torn arms lose their light to loose pieces, which are more a turn than most arms. Branches
    are as many as arms, more open and fainter.

    Parameters
    ----------
    row : mapping
        Of a table as of `galutils.mock.bodies.gz2_population.draw`.
    radius, azimuth : ndarray
        In the plane of the disc: in its half-light radius, and rad.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray
        Light of the arms in that of the disc.
    """
    radius, pitch = radius / np.float32(row["arm_start"]), row["pitch"]
    pieces = clumps(radius, azimuth, np.clip(waves(8, pitch, rng, PIECES), -FINEST, FINEST))
    loose = np.float32(min(LOOSE * row["torn"], 0.95))
    torn = loose * np.maximum(pieces, 0) ** 1.5
    torn *= np.float32(max(row["contrast"], 0.5)) * window(radius)
    if row["arms"] == 0:
        return torn
    number, shape = int(row["arms"]), (row["contrast"], row["width"])
    grand = arms(radius, azimuth, number, pitch, *shape, row["phase"]) - 1
    fork, wider = rng.uniform(1.5, 3), rng.uniform(1.3, 1.8)
    turned = row["phase"] + np.log(fork) / np.tan(np.deg2rad(pitch))
    branches = arms(radius / np.float32(fork), azimuth, number, pitch * wider, *shape, turned) - 1
    grand += np.float32(FORKED * rng.random()) * branches
    strong = rng.uniform(0, 2 * np.pi)
    grand *= arms(radius, azimuth, 1, pitch, -row["uneven"], 1.0, strong) * (1 - loose)
    return torn + grand * np.maximum(1 + np.float32(RAGGED * row["torn"]) * pieces, 0)


def draw(stage, phase, rng):
    """Draw what the arms of a late type add to its disc.

    Arms open and stand out more towards late types (Kennicutt 1981, AJ 86,
    1847); many spirals, most of the latest, have torn arms instead of a few
    grand ones (Elmegreen & Elmegreen 1982, MNRAS 201, 1021).

    Parameters
    ----------
    stage : float
        Visual type, 2 early spiral to 3 late.
    phase : float
        rad, where an arm begins: at the end of a bar.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    callable
        Light in that of the disc, of radius (where arms begin is 1) and azimuth (rad).
    """
    late = stage - 2
    contrast = (1.8 + 1.2 * late) * np.exp(rng.normal(0, 0.3))
    pitch = rng.choice([-1, 1]) * np.clip(rng.normal(14 + 11 * late, 5), 10, 35)
    number = rng.choice([2, 3, 4], p=[0.6, 0.22, 0.18])
    width = rng.uniform(0.5, 0.85)
    torn = rng.random() < 0.25 + 0.35 * late
    pieces = waves(8, pitch, rng)

    def pattern(radius, azimuth):
        noise = clumps(radius, azimuth, pieces)
        if torn:
            return np.float32(0.9 * contrast) * np.maximum(noise, 0) ** 1.5 * window(radius)
        added = arms(radius, azimuth, number, pitch, contrast, width, phase) - 1
        return added * np.maximum(1 + np.float32(0.5) * noise, 0)

    return pattern


def knots(image, rng):
    """Star-forming regions strewn where an image is bright: single pixels, unit light in all."""
    number = rng.poisson(60) + 5
    heap = np.cumsum(image, dtype=float)
    places = np.searchsorted(heap, rng.random(number) * heap[-1])
    light = rng.pareto(1.6, number) + 0.3
    strewn = np.bincount(np.minimum(places, image.size - 1), light / light.sum(), image.size)
    return strewn.reshape(image.shape).astype(np.float32)
