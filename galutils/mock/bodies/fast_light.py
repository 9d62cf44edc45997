"""The light of a mock Galaxy Zoo 2 galaxy in g, r and i, before any seeing.

As `galutils.mock.bodies.light`, but fast instead of exact: profiles are evaluated in the
middle of pixels, no steeper than pixels can show, and scaled to their light; what
belongs to the bright part of a galaxy is drawn there only.
"""

import numpy as np

from galutils.mock.bodies import light, spirals
from galutils.mock.bodies.velocity_field import enclosed, sersic_b, turn
from galutils.mock.instruments.sdss_cutouts import PIXEL

STAR_R90 = 1.2  # arcsec, of the seeing alone
BULGE_INDEX, BULGE_ROUND, BOXY, BULGE_COLOUR = 2.0, 0.6, 3.5, 0.45
# Young stars of a disc: share of light; size and g-i relative to the old; arms have their colour
YOUNG, YOUNG_SIZE, YOUNG_COLOUR = 0.35, 1.45, -0.65
LOPSIDED = 0.5  # shift of the outskirts in petroR90, of the most uneven galaxies
BAR_INDEX, BAR_SHAPE, RING_WIDTH = 0.6, 0.32, 0.14
CORE, CORE_COLOUR = 0.1, 0.6  # of a spheroid: light in its middle quarter, and that in g-i
REACHING = ("disturbed", "merger", "lens or arc", "other")  # beyond the middle of the frame
CLUMPY, FAINT = 1.5, 0.005  # contrast of irregular galaxies; arms of less light are left out
LANE, SLIGHT_LANE = (1.2, 2.5), (0.1, 0.8)  # depth of dust lanes, in V
GROWTH = 0.05 * 1.25 ** (np.arange(60) / 2)  # radii of curves of growth
ANGLES = (np.arange(6) + 0.5) * np.pi / 12


def radius_90(parts, axis_ratio):
    """Petrosian radius of 90 per cent of the light of concentric ellipses, in circles.

    As in SDSS (Strauss et al. 2002, AJ 124, 1810): the light is that within twice
    the radius where the surface brightness is a fifth of its mean inside.

    Parameters
    ----------
    parts : list of tuple
        Light, Sersic index and half-light radius (major axis, about 1) of each.
    axis_ratio : float
        Of all.

    Returns
    -------
    float
        In the unit of the half-light radii.
    """
    along = GROWTH / np.hypot(np.cos(ANGLES), axis_ratio * np.sin(ANGLES))[:, None]
    within = sum(share * enclosed(along / size, n).mean(axis=0) for share, n, size in parts)
    # Local: from 0.8 to 1.25 of a radius, two steps either way
    ratio = (within[4:] - within[:-4]) / (1.25**2 - 0.8**2) / within[2:-2]
    total = np.interp(2 * np.interp(-0.2, -ratio, GROWTH[2:-2]), GROWTH, within)
    return np.interp(0.9 * total, within, GROWTH)


def sersic(u, v, body, step, power=2):
    """Sersic profile, 1 in the middle.

    Parameters
    ----------
    u, v : ndarray
        arcsec along the axes.
    body : tuple of float
        Half-light radius (arcsec, major axis), axis ratio, Sersic index.
    step : float
        Side of a pixel, arcsec: the profile is softened to what pixels show.
    power : float
        2 for ellipses; more makes them boxy.
    """
    size, q, index = body
    soft = (0.3 * step / size) ** 2
    u, v = u / np.float32(size), v / np.float32(size * np.sqrt(q**2 + soft))
    if power != 2:
        square = (np.abs(u) ** power + np.abs(v) ** power) ** np.float32(2 / power)
    else:
        square = u**2 + v**2
    square += np.float32(soft)
    return np.exp(np.float32(-sersic_b(index)) * square ** np.float32(0.5 / index))


class _Galaxy:
    """A galaxy being drawn: pixels along its axes, its smooth body and the parts found so far."""

    def __init__(self, row, frame, rng):
        self.row, self.rng, self.step = row, rng, frame.step
        self.bulge = min(row["bulge"], 0.7) if row["disc"] and row["odd"] != "irregular" else 0.0
        self.q, index = row["axis_ratio"], 1.0 if row["disc"] else row["sersic"]
        self.young = YOUNG * (1 - self.bulge) if row["disc"] else 0.0
        inner = (self.bulge, BULGE_INDEX, light.BULGE_SIZE) if row["disc"] else (CORE, index, 0.25)
        outer = (self.young, 1.0, YOUNG_SIZE)
        sizes = [inner, (1 - self.bulge - self.young, index, 1.0), outer]
        self.r90 = np.sqrt(max(row["petro_r90"] ** 2 - STAR_R90**2, STAR_R90**2))
        self.size = self.r90 / radius_90(sizes, self.q)
        self.body = self.size, self.q, index
        u, v = turn(*self._places(frame), np.deg2rad(row["position_angle"]))
        smooth = sersic(u, v, self.body, self.step)
        self.smooth = smooth / smooth.sum()
        border = 0 if row["odd"] in REACHING else frame.side // 4
        self.box = (slice(border, frame.side - border),) * 2
        self.u, self.v = u[self.box], v[self.box]
        self.across = self.v / np.float32(self.q)  # in the plane of the disc
        self.radius = np.sqrt(self.u**2 + self.across**2) / np.float32(self.size)
        self.azimuth = np.arctan2(self.across, self.u)
        self.parts = []

    def _places(self, frame):
        """x, y of pixels; the outskirts are displaced, most those of a disturbed galaxy."""
        shift = LOPSIDED * self.row["uneven"]
        if self.row["odd"] in ("disturbed", "merger"):
            shift = self.rng.uniform(0.2, 0.5)
        far = 1 - np.exp(-(frame.x**2 + frame.y**2) / np.float32(self.r90**2))
        far *= np.float32(shift * self.r90)
        angle = self.rng.uniform(0, 2 * np.pi)
        return frame.x + np.float32(np.cos(angle)) * far, frame.y + np.float32(np.sin(angle)) * far

    def add(self, image, excess, amount=None):
        """Add an image with g-i relative to the body and an amount of light, else its sum."""
        total = float(image.sum())
        amount = total if amount is None else amount
        self.parts.append((image * np.float32(1 / total), excess, amount))

    def mixed(self):
        """Light in g, r, i in nanomaggies per pixel of SDSS."""
        whole = (self.smooth, 0.0, 1 - self.bulge - self.young)
        images, excess, amounts = zip(whole, *self.parts, strict=True)
        shares = light.colour_shares(amounts, excess)
        weights = shares * light.fluxes(self.row["magnitude"], self.row["g_i"])
        weights = (weights * (PIXEL / self.step) ** 2).astype(np.float32)[:, :, None, None]
        total = weights[0] * self.smooth
        for image, weight in zip(images[1:], weights[1:], strict=True):
            total[:, *self.box] += weight * image
        return total


def _spheroid(galaxy):
    """Redden the middle of a body without disc."""
    size, q, index = galaxy.body
    core = sersic(galaxy.u, galaxy.v, (size / 4, q, index), galaxy.step)
    galaxy.add(core, CORE_COLOUR, CORE)


def _flatness(row):
    """Cosine of the inclination squared over the axis ratio squared: 1 of a thin disc."""
    thickness = min(row["thickness"], 0.99 * row["axis_ratio"])
    cosine = (row["axis_ratio"] ** 2 - thickness**2) / (1 - thickness**2)
    return cosine / row["axis_ratio"] ** 2


def _bulge(galaxy):
    row = galaxy.row
    cosine = _flatness(row) * row["axis_ratio"] ** 2
    q = np.sqrt(cosine + BULGE_ROUND**2 * (1 - cosine))
    boxy = row["boxy"] and row["axis_ratio"] < light.EDGE_ON
    body = light.BULGE_SIZE * galaxy.size, q, BULGE_INDEX
    image = sersic(galaxy.u, galaxy.v, body, galaxy.step, BOXY if boxy else 2)
    galaxy.add(image, BULGE_COLOUR, galaxy.bulge)


def _bar(galaxy):
    """Add a bar as long as the radius where arms begin."""
    reach = galaxy.row["arm_start"] * galaxy.size
    along = turn(galaxy.u, galaxy.across, galaxy.row["bar_angle"])
    image = sersic(*along, (0.6 * reach, BAR_SHAPE, BAR_INDEX), galaxy.step)
    galaxy.add(image, light.BAR, galaxy.row["bar"])


def _ring(galaxy):
    middle = np.float32(galaxy.rng.uniform(0.8, 1.3))
    image = np.exp(-(((galaxy.radius / middle - 1) / np.float32(RING_WIDTH)) ** 2) / 2)
    galaxy.add(image, light.RING, galaxy.row["ring"])


def _arms(galaxy, disc):
    """Add arms and star-forming regions on them."""
    row, rng = galaxy.row, galaxy.rng
    pattern = spirals.broken(row, galaxy.radius, galaxy.azimuth, rng)
    image = pattern * disc * np.float32(_flatness(row))
    amount = float(image.sum())
    if amount > FAINT:
        galaxy.add(image, YOUNG_COLOUR)
        # Farther out than the light: stars are younger there
        knots = spirals.knots(pattern * np.sqrt(disc), rng)
        galaxy.add(knots, light.KNOTS, rng.uniform(0.05, 0.2) * amount)


def _disc(galaxy):
    row, (size, q, index) = galaxy.row, galaxy.body
    young = sersic(galaxy.u, galaxy.v, (YOUNG_SIZE * size, q, index), galaxy.step)
    galaxy.add(young, YOUNG_COLOUR, galaxy.young)
    if galaxy.bulge > 0:
        _bulge(galaxy)
    if row["bar"] > 0 and row["odd"] != "irregular":
        _bar(galaxy)
    if row["ring"] > 0:
        _ring(galaxy)
    if row["arms"] > 0 or row["torn"] > 0:
        old = (1 - galaxy.bulge - galaxy.young) * galaxy.smooth[galaxy.box]
        _arms(galaxy, old + galaxy.young * galaxy.parts[0][0])


def _irregular(galaxy):
    """Add clumps everywhere."""
    rng = galaxy.rng
    pieces = spirals.clumps(galaxy.radius + 0.3, galaxy.azimuth, spirals.waves(10, 60, rng))
    image = galaxy.smooth[galaxy.box] * np.maximum(pieces, 0) ** 2
    galaxy.add(image, light.ARMS, CLUMPY)
    galaxy.add(spirals.knots(np.sqrt(image), rng), light.KNOTS, 0.2)


def _tail(galaxy):
    """Add tidal tails: wide open arms far out."""
    rng = galaxy.rng
    pitch, number = rng.choice([-1, 1]) * rng.uniform(25, 50), rng.integers(1, 3)
    phase = rng.uniform(0, 2 * np.pi)
    image = spirals.arms(galaxy.radius, galaxy.azimuth, number, pitch, 1, 0.35, phase) - 1
    image *= np.exp(-galaxy.radius / np.float32(1.2))
    galaxy.add(image, light.ARMS, rng.uniform(0.1, 0.3))


def _arc(galaxy):
    """Add an arc of a lensed galaxy about the middle."""
    rng = galaxy.rng
    radius = np.hypot(galaxy.u, galaxy.v) / np.float32(galaxy.r90 * rng.uniform(0.7, 1.2))
    place = np.arctan2(galaxy.v, galaxy.u) - np.float32(rng.uniform(0, 2 * np.pi))
    image = np.exp(-(((radius - 1) / 0.07) ** 2) / 2 + (np.cos(place) - 1) / 0.25)
    galaxy.add(image, 2 * light.ARMS, rng.uniform(0.03, 0.08))


def _polar_ring(galaxy):
    """Add a ring across the galaxy, seen nearly edge-on."""
    reach = np.float32(galaxy.r90 * galaxy.rng.uniform(0.5, 0.8))
    radius = np.hypot(galaxy.v, galaxy.u / np.float32(0.2)) / reach
    image = np.exp(-(((radius - 1) / np.float32(0.2)) ** 2) / 2)
    galaxy.add(image, light.ARMS, galaxy.rng.uniform(0.06, 0.15))


ODD = {
    "disturbed": _tail,
    "merger": _tail,
    "irregular": _irregular,
    "lens or arc": _arc,
    "other": _polar_ring,
}


def _lane(galaxy, depth):
    """Return what a lane of dust along the major axis leaves of the light in g, r, i."""
    size, offset = galaxy.size, galaxy.rng.normal(0, 0.04) * galaxy.size
    shape = np.abs(galaxy.u) / size + ((galaxy.v - offset) / (0.09 * size)) ** 2 / 2
    left = -depth * light.DUST.astype(np.float32)[:, None, None] * np.exp(-shape)
    return np.exp(left)


def draw(row, frame, rng):
    """Light of a galaxy and of what touches it.

    Parameters
    ----------
    row : mapping
        Of a table as of `galutils.mock.bodies.gz2_population.draw`.
    frame : galutils.mock.instruments.gz2_images.Frame
    rng : numpy.random.Generator
        For what the row does not tell.

    Returns
    -------
    ndarray of float32, shape (3, side, side)
        g, r, i in nanomaggies per pixel of SDSS.
    """
    galaxy = _Galaxy(row, frame, rng)
    (_disc if row["disc"] else _spheroid)(galaxy)
    if row["odd"] in ODD:
        ODD[row["odd"]](galaxy)
    image = galaxy.mixed()
    if row["odd"] == "dust lane":
        image[:, *galaxy.box] *= _lane(galaxy, rng.uniform(*LANE))
    elif row["disc"] and row["axis_ratio"] < light.EDGE_ON:
        image[:, *galaxy.box] *= _lane(galaxy, rng.uniform(*SLIGHT_LANE))
    return image


def arms(row, frame, rng):
    """Light of the arms of a disc, and all its light, twice: float32, (3, side, side).

    In the light of the whole; arguments as of `draw`.
    """
    galaxy = _Galaxy(row, frame, rng)
    _disc(galaxy)
    light = np.zeros((3, frame.side, frame.side), np.float32)
    light[1:] = (1 - galaxy.bulge - galaxy.young) * galaxy.smooth
    for number, (image, _, amount) in enumerate(galaxy.parts, start=2):  # arms and knots are last
        light[number < len(galaxy.parts) :, *galaxy.box] += image * np.float32(amount)
    return light
