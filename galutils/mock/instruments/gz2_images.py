"""Images of Galaxy Zoo 2 as the image server of SDSS made them, each in about 10 ms.

Light is drawn on pixels of SDSS (0.396 arcsec), or coarser ones where a frame
would have too many, blurred by the seeing, exposed and stretched as in
`galutils.mock.instruments.sdss_cutouts`, and magnified to 424 pixels of 0.02 petroR90_r. Frames
are arrays (3, side, side) of g, r and i in nanomaggies per pixel of SDSS.
"""

import io
from functools import cache

import numpy as np
from PIL import Image
from scipy import special
from scipy.ndimage import gaussian_filter

from galutils.mock.bodies import fast_light, light
from galutils.mock.bodies.velocity_field import sersic_b, turn
from galutils.mock.instruments import sdss_frames
from galutils.mock.instruments.sdss_cutouts import FULL_WELL, PIXEL, SOFTENING, STRETCH, jpeg

SIDE, FIELD = 424, 8.48  # an image in pixels, in petroR90_r
STORED, QUALITY = 85, 75  # of JPEG: frames; images, as the real files tell
SIDES = (72, 80, 90, 96, 108, 120, 128, 144, 160, 180, 192)  # pixels of frames
SPARE, COARSER = 6, 1.15  # pixels beyond the image at least; steps to coarser pixels
# Levels of the sky in 600 real images (Kaggle's, made by SDSS before DR8) tell what is left of it
# in g, r, i, in nanomaggies per pixel: always, and the mean of what changes; the correlation of
# their noise, how far (pixels) the converter smoothed it: GRAIN
SKY_LEFT, SKY_CHANGES = np.array([-0.0040, -0.0020, -0.0045]), np.array([0.0004, 0.0016, 0.0024])
GRAIN, BANK = 0.52, 1024  # BANK is the side of a square of noise drawn once, pixels
NEAR = 0.45  # neighbours in the counts of `sdss`, as many as in 500 real images
STAR_COLOURS, GALAXY_COLOURS = (0.3, 2.6), (1.2, 0.4)  # g-i: from, to; mean and scatter
POINT = 2.0  # galaxies smaller than that (half-light radius, in pixels) are drawn as points
# Stars brighter than SPIKED in r have spikes (arcsec, share of light) and a halo as of
# `galutils.mock.bodies.fast_light.sersic`
SPIKED, SPIKE, SPIKE_LIGHT, HALO, HALO_LIGHT = 13.5, 60.0, 0.01, (6.0, 1.0, 2.0), 0.03
# Distance in petroR90_r, magnitudes fainter, half-light radius in petroR90_r: from, to
COMPANION = (1.0, 3.0), (1.0, 3.0), (0.1, 0.25)
MERGING = (0.6, 1.4), (0.0, 1.2), (0.25, 0.45)
# Multiplies nanomaggies of g, r, i: from median colours of galaxies and stars in 500 real images,
# which are bluer than those of later releases (`galutils.mock.instruments.sdss_cutouts`)
SCALE = np.array([5.4, 3.6, 3.2], "f4")[:, None, None]
WELL = 0.3 * FULL_WELL * SCALE[1] / SCALE  # so that bright stars are white in the middle


class Frame:
    """Pixels of the sky about a galaxy.

    Parameters
    ----------
    r90 : float
        petroR90_r, arcsec.

    Attributes
    ----------
    side, step, width : int, float, float
        Pixels along a side, arcsec of one, and how many of them the image shows.
    x, y : ndarray
        arcsec to the right (a row) and upwards (a column) of the middle.
    """

    def __init__(self, r90):
        native = FIELD * r90 / PIXEL
        coarser = max(0, np.ceil(np.log(native / (SIDES[-1] - SPARE)) / np.log(COARSER)))
        self.step = PIXEL * COARSER**coarser
        self.width = FIELD * r90 / self.step
        self.side = SIDES[np.searchsorted(SIDES, self.width + SPARE)]
        self.x = ((np.arange(self.side) - (self.side - 1) / 2) * self.step).astype(np.float32)
        self.y = -self.x[:, None]

    def shift(self, rng):
        """Move the galaxy by a part of a pixel: images are cut at whole ones."""
        self.x += np.float32(PIXEL * rng.uniform(-0.5, 0.5))
        self.y += np.float32(PIXEL * rng.uniform(-0.5, 0.5))

    def shown(self, picture, side):
        """Part of a `PIL.Image` of the frame that an image shows, magnified to `side` pixels."""
        low, high = (self.side - self.width) / 2, (self.side + self.width) / 2
        return picture.resize((side, side), Image.Resampling.BILINEAR, box=(low, low, high, high))

    def spot(self, image, x, y, flux):
        """Add points at x, y (arcsec), light (n, 3) in nanomaggies, in place."""
        row, column = (np.rint(p / self.step + (self.side - 1) / 2).astype(int) for p in (-y, x))
        seen = (np.minimum(row, column) >= 0) & (np.maximum(row, column) < self.side)
        places = np.s_[:, row[seen], column[seen]]
        np.add.at(image, places, (flux[seen].T * (PIXEL / self.step) ** 2).astype(np.float32))

    def body(self, image, place, angle, body, flux):
        """Add a body as of `fast_light.sersic` at x, y (arcsec), turned (rad), in place."""
        size, q, index = body
        reach = 5 * size * max(1, index / 2)
        edges = np.array([[-place[1]], [place[0]]]) + [-reach, reach]
        edges = np.clip(edges / self.step + self.side / 2, 0, self.side).astype(int)
        row, column = (slice(*edge) for edge in edges)
        x, y = self.x[column] - np.float32(place[0]), self.y[row] - np.float32(place[1])
        profile = fast_light.sersic(*turn(x, y, angle), body, self.step)
        b = sersic_b(index)
        area = 2 * np.pi * index * special.gamma(2 * index) * b ** (-2 * index) * q * size**2
        image[:, row, column] += (flux * PIXEL**2 / area).astype("f4")[:, None, None] * profile


@cache
def _bank():
    """Noise of the sky as the converter leaves it; images show parts of it."""
    white = np.random.default_rng(0).standard_normal((3, BANK, BANK), dtype=np.float32)
    noise = sdss_frames.NOISE[:, None, None].astype(np.float32)
    return gaussian_filter(white, (0, GRAIN, GRAIN), mode="wrap") * noise


def _stars(image, frame, places, magnitudes, rng):
    """Add stars at places (n, 2) in arcsec in place; bright ones have a halo and spikes."""
    flux = light.fluxes(magnitudes, rng.uniform(*STAR_COLOURS, len(magnitudes))).T
    frame.spot(image, *places.T, flux)
    turned = rng.uniform(0, np.pi)  # how the camera stood
    for k in np.flatnonzero(magnitudes < SPIKED):
        frame.body(image, places[k], 0.0, HALO, HALO_LIGHT * flux[k])
        distance = np.arange(1, SPIKE, frame.step / 2)
        angle = turned + np.arange(4)[:, None] * np.pi / 2
        x, y = places[k, 0] + distance * np.cos(angle), places[k, 1] + distance * np.sin(angle)
        shares = distance**-1.5 / (distance**-1.5).sum() * SPIKE_LIGHT / 4
        frame.spot(image, x.ravel(), y.ravel(), np.outer(np.tile(shares, 4), flux[k]))


def _neighbours(image, frame, rng):
    """Add foreground stars and background galaxies, at the counts of SDSS, in place."""
    field = frame.side * frame.step
    area = NEAR * (field / sdss_frames.SIDE / PIXEL) ** 2
    stars = sdss_frames.magnitudes(sdss_frames.STARS, rng, area)
    _stars(image, frame, field * (rng.random((stars.size, 2)) - 0.5), stars, rng)
    magnitudes = sdss_frames.magnitudes(sdss_frames.GALAXIES, rng, area)
    size = 10 ** sdss_frames.log_sizes(magnitudes, rng)
    n = size.size
    places = field * (rng.random((n, 2)) - 0.5)
    flux = light.fluxes(magnitudes, rng.normal(*GALAXY_COLOURS, n)).T
    points = size < POINT * frame.step
    frame.spot(image, *places[points].T, flux[points])
    for k in np.flatnonzero(~points):
        body = size[k], rng.uniform(0.25, 1), 1.0
        frame.body(image, places[k], rng.uniform(0, np.pi), body, flux[k])


def _companion(image, frame, row, rng):
    """Add a galaxy that is smaller, or about as large where two merge, in place."""
    merging = row["odd"] == "merger"
    far, fainter, smaller = MERGING if merging else COMPANION
    distance, angle = row["petro_r90"] * rng.uniform(*far), rng.uniform(0, 2 * np.pi)
    place = distance * np.cos(angle), distance * np.sin(angle)
    size = row["petro_r90"] * rng.uniform(*smaller)
    body = size, rng.uniform(0.35, 1), rng.choice([1.0, 2.5])
    flux = light.fluxes(row["magnitude"] + rng.uniform(*fainter), row["g_i"] + rng.normal(0, 0.15))
    frame.body(image, place, rng.uniform(0, np.pi), body, flux)


def _exposed(image, frame, rng):
    """Saturate, add what is left of the sky and its noise, which hides that of photons."""
    row, column = rng.integers(0, BANK - frame.side + 1, 2)
    part = np.s_[row : row + frame.side, column : column + frame.side]
    noise = _bank()[:, *part][:, :: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
    left = SKY_LEFT + SKY_CHANGES * rng.exponential() * rng.normal(1, 0.3, 3)
    noise = noise * np.float32(PIXEL / frame.step)
    return np.minimum(image, WELL) + noise + left.astype("f4")[:, None, None]


def _stretched(image):
    """Image of red, green and blue (Lupton et al. 2004), as `astropy.visualization` has it."""
    scaled = SCALE * image
    mean = (scaled[0] + scaled[1] + scaled[2]) * np.float32(1 / 3)
    mean = np.maximum(mean, np.float32(1e-6))
    slope = np.float32(255 * 0.1 / np.arcsinh(0.1 * SOFTENING))
    scaled *= np.arcsinh(np.float32(SOFTENING / STRETCH) * mean) * slope / mean
    brightest = np.maximum(np.maximum(scaled[0], scaled[1]), scaled[2])
    scaled *= 255 / np.maximum(brightest, 255)
    levels = np.maximum(scaled, 0, out=scaled).astype(np.uint8)
    return Image.merge("RGB", [Image.fromarray(band) for band in levels[::-1]])


def draw(row, rng):
    """Draw the image of a galaxy.

    Parameters
    ----------
    row : mapping
        Of a table as of `galutils.mock.bodies.gz2_population.draw`.
    rng : numpy.random.Generator
        For what the row does not tell: details, neighbours, noise.

    Returns
    -------
    ndarray of uint8, shape (424, 424, 3)
        Red, green, blue; the first row is the uppermost.
    """
    frame = Frame(row["petro_r90"])
    if row["artifact"]:
        image = np.zeros((3, frame.side, frame.side), np.float32)
        _stars(image, frame, np.zeros((1, 2)), np.array([row["magnitude"]]), rng)
    else:
        frame.shift(rng)
        image = fast_light.draw(row, frame, rng)
        if row["companion"] or row["odd"] == "merger":
            _companion(image, frame, row, rng)
    return photograph(image, frame, rng)


def photograph(image, frame, rng, side=SIDE):
    """Add neighbours to a galaxy, and take an image as the server of SDSS does.

    Parameters
    ----------
    image : ndarray of float32, shape (3, frame.side, frame.side)
        Light in nanomaggies per pixel of SDSS, not blurred; changed in place.
    frame : Frame
    rng : numpy.random.Generator
    side : int
        Pixels of the result along a side.

    Returns
    -------
    ndarray of uint8, shape (side, side, 3)
        As of `draw`.
    """
    _neighbours(image, frame, rng)
    image = _exposed(sdss_frames.blur(image, frame.step), frame, rng)
    stored = Image.open(io.BytesIO(jpeg(_stretched(image), STORED)))
    return np.asarray(frame.shown(stored, side))


def arms(row, rng):
    """Share of the light that belongs to arms, after seeing, on the pixels of `draw`.

    Parameters
    ----------
    row : mapping
        Of a galaxy with arms, as of `draw`.
    rng : numpy.random.Generator
        In the state in which `draw` takes it.

    Returns
    -------
    PIL.Image.Image
        Of floats, 424 pixels along a side.
    """
    frame = Frame(row["petro_r90"])
    frame.shift(rng)
    light = sdss_frames.blur(fast_light.arms(row, frame, rng), frame.step)
    share = light[0] / np.maximum(light[1], 1e-9 * light[1].max())
    return frame.shown(Image.fromarray(share), SIDE)


def save(path, row, rng):
    """Write an image of `draw` as JPEG."""
    Image.fromarray(draw(row, rng)).save(path, "JPEG", quality=QUALITY)
