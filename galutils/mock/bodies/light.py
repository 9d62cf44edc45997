"""The light of a galaxy in g, r and i: its parts seen along one line of sight.

A body is a row of `galutils.mock.bodies.dynamics`, so light and motions belong to one
shape seen at one inclination. Spheroids are one Sersic body; other early types
a bulge and a disc of the thickness that gives the body its own; late types
have arms on the disc. GalSim (Rowe et al. 2015) draws the profiles, in real
space and on finer pixels where they are steep: its Fourier transform of a cuspy
profile takes ten times as long (a test compares the two).
"""

import galsim
import numpy as np

from galutils.mock.bodies import spirals
from galutils.mock.bodies.velocity_field import enclosed, sersic_b, turn

RED_SHARE = 0.68  # g-r in g-i: of old galaxies 0.77 of 1.15 (Fukugita et al. 1995, PASP 107, 945)
GRADIENT = -0.07  # d(g-i) / dlog r of spheroids (Tortora et al. 2010, MNRAS 407, 144)
# g-i relative to the smooth disc
BULGE_EARLY, BULGE_LATE, BAR, ARMS, RING, KNOTS = 0.12, 0.45, 0.25, -0.40, -0.35, -1.1
SPIRAL, UNAGREED = 2.0, 1.5  # visual types from here on have arms; of those without a type
BULGE_SIZE = 0.28  # half-light radius in that of the disc
BARRED = 4.0  # deg of twist in the field of a barred galaxy, see `galutils.mock.bodies.dynamics`
RINGED = 0.08  # share of discs
EDGE_ON, DUST = 0.33, np.array([1.2, 0.86, 0.63])  # axis ratio; g, r, i relative to V
MIDDLE, FINER = 12, 8  # pixels in the middle that are divided, into how many along a side


class Canvas:
    """Pixels of a frame in the axes of a galaxy.

    Parameters
    ----------
    side : int
        Pixels along a side, even.
    step : float
        Side of a pixel in arcsec.
    position_angle : float
        deg of the major axis, counter-clockwise from +x.
    centre : tuple of float
        x, y of the galaxy in arcsec from the middle of the frame.
    """

    def __init__(self, side, step, position_angle=0.0, centre=(0.0, 0.0)):
        axis = (np.arange(side) - (side - 1) / 2) * step
        half = slice((side - MIDDLE) // 2, (side + MIDDLE) // 2)
        inside = ((np.arange(FINER) + 0.5) / FINER - 0.5) * step
        self.middle, self.area, self.side, self.step = (half, half), step**2, side, step
        self.position_angle, self.centre = np.deg2rad(position_angle), centre
        self.coarse = self._turned(axis)
        self.fine = self._turned((axis[half, None] + inside).ravel())

    def _turned(self, axis):
        x, y = axis - self.centre[0], (axis - self.centre[1])[:, None]
        x, y = x.astype(np.float32), y.astype(np.float32)
        return turn(x, y, self.position_angle)

    def _averaged(self, image, fine):
        """Means over pixels: `image`, in its middle those of finer pixels."""
        image[self.middle] = fine.reshape(MIDDLE, FINER, MIDDLE, FINER).mean(axis=(1, 3))
        return image

    def __call__(self, pattern):
        """Mean over each pixel of a function of arcsec along and across the major axis."""
        return self._averaged(pattern(*self.coarse), pattern(*self.fine))

    def draw(self, profile):
        """Light an arcsec2 of a GalSim profile whose major axis is x."""
        placed = profile.rotate(self.position_angle * galsim.radians).shift(*self.centre)
        sides = (self.side, self.step), (MIDDLE * FINER, self.step / FINER)
        images = (placed.drawImage(nx=n, ny=n, scale=step, method="sb") for n, step in sides)
        return self._averaged(*(image.array for image in images))


def sersic(index, r_e, axis_ratio):
    """Sersic profile of unit light along x; `r_e` the semi-major axis of half of it."""
    return galsim.Sersic(index, half_light_radius=r_e).transform(1, 0, 0, axis_ratio) / axis_ratio


def projected(thickness, inclination):
    """Axis ratio of an oblate body on the sky, `inclination` in deg (90 edge-on)."""
    angle = np.deg2rad(inclination)
    return np.hypot(np.cos(angle), thickness * np.sin(angle))


def magnitudes(bodies):
    """Total r magnitudes, from the mean surface brightness within r_e."""
    area = 2 * np.pi * bodies["r_e"] ** 2 * (1 - bodies["ellipticity"])
    return np.asarray(bodies["mu_e"] - 2.5 * np.log10(area))


def thicken(bodies, thickness):
    """Give bodies another intrinsic axis ratio; they are seen from where they were.

    Parameters
    ----------
    bodies : astropy.table.Table
        Columns as of `galutils.mock.bodies.population.draw`; ``thickness``,
        ``ellipticity`` and ``mu_e``, at equal light, are changed.
    thickness : ndarray
        Axis ratio c/a.
    """
    inclination, before = bodies["inclination"], bodies["ellipticity"].copy()
    oval = (1 - before) / projected(bodies["thickness"], inclination)
    after = np.clip(1 - projected(thickness, inclination) * oval, 0.005, 0.92)
    bodies["mu_e"] += 2.5 * np.log10((1 - after) / (1 - before))
    bodies["thickness"], bodies["ellipticity"] = thickness, after


def bulge_share(index, late):
    """Share of the light in the bulge, from the Sersic index of the whole.

    None of an exponential, half for n = 4; less in late types, whose bulges
    are small (Graham & Worley 2008, MNRAS 388, 1708).
    """
    share = np.clip(0.85 * (index - 1) / (index + 1), 0, 0.65)
    return share * np.where(late, 0.6, 1.0)


def bulge_index(late):
    """Sersic index of a bulge: small ones of late types are less concentrated."""
    return np.where(late, 1.5, 2.5)


def disc_size(bulge, index):
    """Half-light radius of the disc in that of disc and bulge (of Sersic `index`) together."""
    radius = np.geomspace(0.1, 3, 200)  # in that of the disc
    parts = [(bulge, index, BULGE_SIZE), (1 - bulge, 1.0, 1.0)]
    within = sum(share * enclosed(radius / size, n) for share, n, size in parts)
    return 1 / np.interp(0.5, within, radius)


def colour_shares(light, colour):
    """Shares in the light in g, r, i, from r-band light and g-i of each part: (parts, 3)."""
    excess = np.multiply.outer(np.asarray(colour), [RED_SHARE, 0, RED_SHARE - 1])
    shares = np.asarray(light)[:, None] * 10 ** (-0.4 * excess)
    return shares / shares.sum(axis=0)


def _spheroid(canvas, row):
    """One Sersic body in r; a smaller copy taken from g and put to i reddens it inwards."""
    index, size, q = row["sersic"], row["r_e"], 1 - row["ellipticity"]
    images = [canvas.draw(sersic(index, half, q)) for half in (size, size / 2)]
    radius = np.array([0.5, 2.0])  # in r_e
    ratio = 4 * np.exp(-sersic_b(index) * radius ** (1 / index) * (2 ** (1 / index) - 1))
    moved = -GRADIENT * np.log10(4) / 1.086 / (ratio[0] - ratio[1])
    copy = moved * np.array([-RED_SHARE, 0, 1 - RED_SHARE])
    return images, np.stack([1 - copy, copy])


def _shapes(row, bulge, rng):
    """Axis ratios of bulge and disc on the sky, and how much of the disc's is no thickness.

    Bulges are rounder than discs, and the mean thickness weighted by light is
    that of the body; where a thin body forbids it, the bulge is flat as well.
    """
    whole, inclination = row["thickness"], row["inclination"]
    round_bulge = rng.uniform(0.6, 0.8)
    disc = max((whole - bulge * round_bulge) / (1 - bulge), 0.6 * whole)
    core = (whole - (1 - bulge) * disc) / max(bulge, 0.01)
    oval = (1 - row["ellipticity"]) / projected(whole, inclination)
    flat = np.cos(np.deg2rad(inclination)) / projected(disc, inclination)
    return projected(core, inclination) * oval, projected(disc, inclination) * oval, flat**2


def _disc_galaxy(canvas, row, stage, rng):
    """Bulge and disc, and bar, ring, arms and knots of those that have them."""
    late = stage >= SPIRAL
    bulge, index = float(bulge_share(row["sersic"], late)), float(bulge_index(late))
    q_bulge, q_disc, flat = _shapes(row, bulge, rng)
    disc = disc_size(bulge, index) * row["r_e"]
    barred = np.abs(row["bar"]) > BARRED
    reach = disc * (rng.uniform(0.4, 0.7) if barred else rng.uniform(0.2, 0.4))
    angle = rng.uniform(0, np.pi)
    squeeze = np.float32(1 / q_disc)

    def plane(profile):
        """Mean over pixels of a function of radius and azimuth in the disc."""
        return canvas(lambda u, v: profile(np.hypot(u, v * squeeze), np.arctan2(v * squeeze, u)))

    smooth = canvas.draw(sersic(1.0, disc, q_disc))
    images, light, colour = [smooth], [1 - bulge], [0.0]

    def add(image, amount, excess):
        images.append(image)
        light.append(amount)
        colour.append(excess)

    def add_on_disc(image, amount, excess):
        """Add some of a pattern times the disc, as far as thickness does not hide it."""
        total = image.sum() * canvas.area
        add(image / total, amount * total * flat * (1 - bulge), excess)

    if bulge > 0:
        core = canvas.draw(sersic(index, BULGE_SIZE * disc, q_bulge))
        add(core, bulge, BULGE_LATE if late else BULGE_EARLY)
    if barred:
        bar = sersic(0.6, 0.6 * reach, 0.32).rotate(angle * galsim.radians)
        bar = bar.transform(1, 0, 0, q_disc) / q_disc  # as flat as the disc it lies in
        add(canvas.draw(bar), rng.uniform(0.06, 0.14), BAR)
    if rng.random() < RINGED:
        middle = rng.uniform(0.6, 1.1) * disc
        ring = plane(lambda r, _: np.exp(-(((r / middle - 1) / 0.18) ** 2) / 2))
        add_on_disc(smooth * ring, rng.uniform(0.6, 1.5), RING)
    if late:
        pattern = spirals.draw(stage, angle, rng)
        crests = plane(lambda r, a: pattern(r / np.float32(reach), a))
        add_on_disc(smooth * crests, 1, ARMS)
        # Farther out than the light: stars are younger there
        strewn = spirals.knots(np.sqrt(smooth) * crests, rng) / np.float32(canvas.area)
        add(strewn, rng.uniform(0.08, 0.35) * light[-1], KNOTS)
    return images, colour_shares(light, colour)


def _lane(canvas, row, rng):
    """Return the share of light that a lane of dust leaves of an edge-on disc in g, r and i."""
    size, offset = row["r_e"], rng.normal(0, 0.04) * row["r_e"]
    depth = canvas(lambda u, v: np.exp(-np.abs(u) / size - ((v - offset) / (0.09 * size)) ** 2 / 2))
    return np.exp(np.multiply.outer(-rng.uniform(0.6, 2.2) * DUST, depth)).astype(np.float32)


def fluxes(magnitude, g_i):
    """Light in g, r and i in nanomaggies, from r (mag) and g-i."""
    magnitudes = [magnitude + RED_SHARE * g_i, magnitude, magnitude - (1 - RED_SHARE) * g_i]
    return 10 ** (-0.4 * (np.array(magnitudes) - 22.5))


def draw(row, side, step, rng, centre=(0.0, 0.0)):
    """Light of a galaxy on a frame, before any seeing.

    Parameters
    ----------
    row : mapping
        Of a table as of `galutils.mock.bodies.dynamics.draw`: ``r_e`` (arcsec),
        ``ellipticity``, ``position_angle`` (deg, counter-clockwise from +x),
        ``inclination`` (deg), ``thickness``, ``sersic``, ``slow``,
        ``morphology``, ``bar``, ``g_i``; and ``magnitude``, of r.
    side : int
        Pixels along a side, even.
    step : float
        Side of a pixel in arcsec.
    rng : numpy.random.Generator
        For what the row does not tell, as arms.
    centre : tuple of float
        x, y of the galaxy in arcsec from the middle of the frame, less than
        four pixels of it.

    Returns
    -------
    ndarray of float32, shape (3, side, side)
        g, r, i in nanomaggies a pixel; light beyond the frame is lost.
    """
    stage = row["morphology"] if row["morphology"] >= 0 else UNAGREED
    canvas = Canvas(side, step, row["position_angle"], centre)
    if row["slow"] or stage == 0:
        images, shares = _spheroid(canvas, row)
    else:
        images, shares = _disc_galaxy(canvas, row, stage, rng)
    weights = shares * fluxes(row["magnitude"], row["g_i"]) * canvas.area
    light = np.einsum("kb,kyx->byx", weights.astype(np.float32), np.stack(images))
    if stage >= SPIRAL and 1 - row["ellipticity"] < EDGE_ON:
        total = light.sum(axis=(1, 2), keepdims=True)
        light *= _lane(canvas, row, rng)
        light *= total / light.sum(axis=(1, 2), keepdims=True)
    return light
