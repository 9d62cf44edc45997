"""SDSS frames in g, r and i about a galaxy: seeing, neighbours, noise, files.

Sky, gain and read noise are those of `galutils.mock.instruments.sdss_cutouts`. Frames are
arrays (3, side, side) of nanomaggies a pixel, north up, east to the left.
"""

from functools import cache
from pathlib import Path

import numpy as np
from astropy.io import fits
from scipy import fft

from galutils.inputs.images import COUNT
from galutils.mock.bodies import light
from galutils.mock.instruments.sdss_cutouts import ELECTRONS, EMPTY, FULL_WELL, PIXEL, READ_VARIANCE

BANDS = ("g", "r", "i")
SIDE = 128  # pixels of a frame
FINE, MARGIN = 2, 8  # light is drawn on finer pixels and beyond the frame
# arcsec FWHM; a Moffat profile of this beta (SDSS DR7, median seeing)
SEEING, BETA = {"g": 1.4, "r": 1.3, "i": 1.2}, 3.0
SKY_LEFT = 0.05  # rms of the sky left in a frame, in the noise of a pixel
STAMP = 96  # pixels of that of a neighbour
# Objects brighter than FAINTEST in r in a frame (Yasuda et al. 2001, AJ 122, 1104), how their
# number grows with magnitude, and the brightest
FAINTEST = 22.0
GALAXIES, STARS = (4.5, 0.42, 16.0), (1.2, 0.20, 12.5)
N_STARS, N_GALAXIES = 16, 160  # drawn once, taken at random
# log10 half-light radius in arcsec of a galaxy of FAINTEST, and its growth with magnitude
LOG_SIZE, SIZE_SLOPE, SIZE_SCATTER = -0.15, -0.10, 0.15


# Electrons a nanomaggie and standard deviation of empty sky (nanomaggies) in a pixel of each band
GAIN = ELECTRONS[::-1]
NOISE = (np.sqrt(EMPTY + READ_VARIANCE) / ELECTRONS)[::-1, 0, 0]


@cache
def transfer(side, step):
    """Share of waves on a square of pixels that the seeing leaves, in g, r and i.

    Parameters
    ----------
    side : int
        Pixels along a side.
    step : float
        arcsec of one.

    Returns
    -------
    ndarray of float32, shape (3, side, side // 2 + 1)
    """
    axis = fft.fftfreq(side, 1 / side / step)
    square = axis**2 + axis[:, None] ** 2
    width = np.array(list(SEEING.values())) / 2 / np.sqrt(2 ** (1 / BETA) - 1)
    moffat = (1 + square / width[:, None, None] ** 2) ** -BETA
    moffat /= moffat.sum(axis=(1, 2), keepdims=True)
    return fft.rfft2(moffat).real.astype(np.float32)


def blur(image, step):
    """Image (3, side, side) through the seeing, on the same pixels of `step` arcsec."""
    waves = fft.rfft2(image) * transfer(image.shape[1], step)
    return fft.irfft2(waves, s=image.shape[1:], overwrite_x=True)


class Camera:
    """Takes light on fine pixels through the seeing to pixels of SDSS.

    Parameters
    ----------
    side : int
        Pixels along a side.

    Attributes
    ----------
    side, step : int, float
        Of the frame that `blur` takes: pixels along a side and arcsec of one.
    """

    def __init__(self, side=SIDE):
        self.side, self.step = FINE * (side + 2 * MARGIN), PIXEL / FINE

    def blur(self, image):
        """Light (3, `side`, `side`) on pixels of SDSS, the margin cut off."""
        rows = sum(image[:, k::FINE] for k in range(FINE))
        pixels = sum(rows[..., k::FINE] for k in range(FINE))
        return blur(pixels, PIXEL)[:, MARGIN:-MARGIN, MARGIN:-MARGIN]


def expose(image, rng):
    """Add saturation, what is left of the sky, and noise of sky, photons and read-out."""
    image = np.minimum(image, FULL_WELL)
    noise = np.sqrt(NOISE[:, None, None] ** 2 + np.maximum(image, 0) / GAIN)
    left = SKY_LEFT * NOISE[:, None, None] * rng.standard_normal((3, 1, 1))
    drawn = rng.standard_normal(image.shape, dtype=np.float32)
    return (image + left + noise * drawn).astype(np.float32)


class Neighbours:
    """Foreground stars and background galaxies, at the counts of SDSS.

    Parameters
    ----------
    rng : numpy.random.Generator
        For the few that are drawn once; they appear anywhere, mirrored, at any
        magnitude.
    """

    def __init__(self, rng):
        camera = Camera(STAMP)
        self.stars = [self._star(camera, rng) for _ in range(N_STARS)]
        self.log_size = np.linspace(-0.5, 0.7, N_GALAXIES)
        self.galaxies = [
            self._galaxy(camera, 10**size, [1.0, 3.0][k % 2], rng)
            for k, size in enumerate(self.log_size)
        ]

    @staticmethod
    def _star(camera, rng):
        image = np.zeros((3, camera.side, camera.side), dtype=np.float32)
        row, column = camera.side // 2 + rng.integers(-FINE, FINE, 2)
        image[:, row, column] = 1
        return camera.blur(image)

    @staticmethod
    def _galaxy(camera, r_e, index, rng):
        angle, centre = rng.uniform(0, 180), rng.uniform(-0.2, 0.2, 2)
        canvas = light.Canvas(camera.side, camera.step, angle, centre)
        q = rng.uniform(0.25, 1)
        image = canvas.draw(light.sersic(index, r_e, q)) * np.float32(canvas.area)
        return camera.blur(np.broadcast_to(image, (3, *image.shape)))

    def _drawn(self, rng):
        """Stamps of unit light in each band and the light of each, of one frame."""
        for magnitude in magnitudes(STARS, rng):
            g_i = rng.uniform(0.3, 2.6)
            yield self.stars[rng.integers(N_STARS)], light.fluxes(magnitude, g_i)
        for magnitude in magnitudes(GALAXIES, rng):
            k = np.searchsorted(self.log_size, log_sizes(magnitude, rng)).clip(max=N_GALAXIES - 1)
            g_i = rng.normal(1.5 if k % 2 else 0.9, 0.3)
            turned = self.galaxies[k][:, :: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
            yield turned, light.fluxes(magnitude, g_i)

    def frame(self, rng):
        """Light of the neighbours on a frame, blurred."""
        image = np.zeros((3, SIDE + STAMP, SIDE + STAMP), dtype=np.float32)
        for stamp, flux in self._drawn(rng):
            row, column = rng.integers(0, SIDE + 1, 2)
            part = image[:, row : row + STAMP, column : column + STAMP]
            part += stamp * flux[:, None, None].astype(np.float32)
        half = STAMP // 2
        return image[:, half:-half, half:-half]


def magnitudes(counts, rng, area=1.0):
    """Draw magnitudes of objects on so many frames; `counts` are `GALAXIES` or `STARS`.

    Their numbers grow as 10**(slope * magnitude).
    """
    number, slope, brightest = counts
    drawn = FAINTEST + np.log10(1 - rng.random(rng.poisson(area * number))) / slope
    return np.maximum(drawn, brightest)


def log_sizes(magnitude, rng):
    """Draw log10 of half-light radii in arcsec of galaxies by their magnitudes."""
    mean = LOG_SIZE + SIZE_SLOPE * (magnitude - FAINTEST)
    return mean + rng.normal(0, SIZE_SCATTER, np.shape(magnitude))


@cache
def _header(step):
    hdu = fits.PrimaryHDU(np.zeros((3, SIDE, SIDE), dtype=np.int16))
    hdu.header.update(BSCALE=step, BZERO=0.0, BUNIT="nanomaggy", BANDS="".join(BANDS))
    return hdu.header.tostring().encode("ascii")


def save(path, image, step=COUNT):
    """Write a frame as a FITS cube of 16-bit integers.

    The file is put together here since astropy takes 40 s more for all frames.

    Parameters
    ----------
    path : path-like
    image : ndarray, shape (3, 128, 128)
        nanomaggies a pixel.
    step : float
        Pixels are rounded to multiples of it, about a count of an SDSS frame.
    """
    levels = np.rint(np.clip(image / step, -32767, 32767)).astype(">i2").tobytes()
    Path(path).write_bytes(_header(step) + levels + bytes(-len(levels) % 2880))
