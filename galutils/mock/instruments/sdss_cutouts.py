"""Cut-outs of the sky as SkyServer serves them, drawn with GalSim.

SDSS took g, r and i frames of 0.396 arcsec pixels (Gunn et al. 1998, AJ 116,
3040). A converter smoothed and stretched them (Lupton et al. 2004, PASP 116,
133), i, r, g to red, green, blue, and stored them as JPEG; the cut-out service
turns and magnifies those and compresses once more
(www.sdss.org/dr16/imaging/jpg-images-on-skyserver).

The stretch below carries SDSS magnitudes and catalogued shapes of 55 galaxies
into the pixel values of their real cut-outs, to 5 per cent of the range. How the
converter smooths is not published: an adaptive (Wiener) filter gives noise the
correlation it has in real frames and leaves stars as sharp as they are there.
"""

import io

import galsim
import numpy as np
from astropy.visualization import make_lupton_rgb
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

SIDE, SCALE = 200, 0.1  # a cut-out: pixels, arcsec/pixel
PIXEL, NATIVE = 0.396, 76  # arcsec; pixels of a native frame, enough for a turned cut-out
ROTATION = 33.0  # deg from the scan direction to the west, about that of the runs on Perseus
BANDS = ("i", "r", "g")  # in the order of red, green, blue
SEEING = 1.1  # arcsec FWHM on a pixel, a good night
# Values of i, r and g as planes of one pixel. Sky in mag/arcsec2, e- per nanomaggie, read noise and
# dark in e-^2 (Gunn et al. 1998; frame data model, data.sdss.org/datamodel)
SKY = np.array([20.4, 20.9, 21.8]).reshape(3, 1, 1)
ELECTRONS = np.array([830, 960, 1030]).reshape(3, 1, 1)
READ_VARIANCE = 30.0
# Electrons and variance (nanomaggies) of a pixel of empty sky
EMPTY = 10 ** (-0.4 * (SKY - 22.5)) * PIXEL**2 * ELECTRONS
VARIANCE = (EMPTY + READ_VARIANCE) / ELECTRONS**2
FULL_WELL = 150.0  # nanomaggies in a pixel; brighter ones are saturated
STRETCH, SOFTENING = 1.11, 8.8
SCALES = np.array([2.44, 2.94, 3.44]).reshape(3, 1, 1)  # multiply nanomaggies per pixel
BLACK = (-0.008, -0.005, -0.006)
# Diffuse light of cluster and stars left in a frame on average, nanomaggies per pixel
SKY_LEFT = np.array([0.0072, 0.0036, 0.0026]).reshape(3, 1, 1)
SMOOTHING = 2.0  # noise the filter reckons with, relative to that of the sky
STORED, SERVED = 90, 75  # JPEG quality
N_KNOTS, DETAIL = 60, 20.5  # fainter discs than that in r are drawn without bulge and knots
# share of bulge and star-forming regions in i, r, g relative to r
BULGE_COLOUR, KNOT_COLOUR = np.array([1.08, 1.0, 0.85]), np.array([0.85, 1.0, 1.25])
# The field with too little sky subtracted in i (Pruitt 2024, figure 15): centre in deg, half
# sides in arcmin along and across the scan, nanomaggies per pixel left in
RED_FIELD, RED_HALF, RED_SKY = (49.83, 41.42), (6.75, 4.9), 0.149
GLARE = 16.5, 100.0  # galaxies brighter than this in r reach this far, arcsec
FRAME = {"nx": NATIVE, "ny": NATIVE, "scale": PIXEL, "method": "no_pixel"}
ACCURACY = galsim.GSParams(folding_threshold=0.05, maxk_threshold=0.003, maximum_fft_size=8192)
PSF = galsim.Moffat(beta=3.0, fwhm=SEEING, gsparams=ACCURACY)


def _offsets(ra, dec, centre):
    """Offsets in arcsec along and across the scan from a position in deg."""
    east = (ra - centre[0]) * np.cos(np.deg2rad(centre[1])) * 3600
    north, angle = (dec - centre[1]) * 3600, np.deg2rad(ROTATION)
    along = -east * np.cos(angle) + north * np.sin(angle)
    return along, east * np.sin(angle) + north * np.cos(angle)


def _shear(row, q):
    """Shear that gives a round profile an axis ratio at the position angle of the row."""
    return galsim.Shear(q=float(q), beta=(90 + row["position_angle"] - ROTATION) * galsim.degrees)


def _knots(row, size, seed):
    """Star-forming regions strewn over the disc, each a point source."""
    disc = galsim.Exponential(half_light_radius=size)
    knots = galsim.RandomKnots(N_KNOTS, profile=disc, rng=galsim.BaseDeviate(seed))
    places = knots.points @ _shear(row, row["axis_ratio"]).getMatrix().T
    return galsim.Sum([PSF.shift(x, y) / N_KNOTS for x, y in places])


def _components(row, seed):
    """Profiles of unit flux, blurred, with the share of the light they have in i, r, g."""
    if row["r_e"] == 0:
        return [(PSF, np.ones(3))]
    q, size = row["axis_ratio"], row["r_e"] * row["axis_ratio"] ** 0.5
    if row["bulge"] == 1:
        nucleus = row["nucleus"] * np.ones(3)
        index = max(0.5, round(4 * row["sersic"]) / 4)  # GalSim prepares each index once
        body = galsim.Sersic(index, half_light_radius=size, gsparams=ACCURACY)
        parts = [(galsim.Convolve(body.shear(_shear(row, q)), PSF), 1 - nucleus), (PSF, nucleus)]
    else:
        detail = row["r"] < DETAIL
        bulge, knots = detail * row["bulge"] * BULGE_COLOUR, detail * row["knots"] * KNOT_COLOUR
        disc = galsim.Exponential(half_light_radius=size, gsparams=ACCURACY)
        core = galsim.Sersic(2.5, half_light_radius=0.25 * row["r_e"], gsparams=ACCURACY)
        parts = [
            (galsim.Convolve(disc.shear(_shear(row, q)), PSF), 1 - bulge - knots),
            (galsim.Convolve(core.shear(_shear(row, 0.5 + 0.5 * q)), PSF), bulge),
            (_knots(row, size, seed), knots),
        ]
    return [(profile, shares) for profile, shares in parts if shares.any()]


def _halo(row):
    """Draw the galaxy as one smooth profile, for its wings, which the seeing leaves alone."""
    index = max(1.0, round(2 * row["sersic"]) / 2) if row["bulge"] == 1 else 1.0
    size = row["r_e"] * row["axis_ratio"] ** 0.5
    body = galsim.Sersic(index, half_light_radius=size, gsparams=ACCURACY)
    return [(body.shear(_shear(row, row["axis_ratio"])), np.ones(3))]


class Camera:
    """Looks at a sky of objects.

    Parameters
    ----------
    sky : astropy.table.Table
        Rows as of `galutils.mock.bodies.perseus_population`.
    seed : int
        Noise, sky level and star-forming regions follow from it and the row
        looked at, so that one object looks the same from two lists.
    """

    def __init__(self, sky, seed):
        self.seed = seed
        self.sky = sky.as_array()
        self.flux = np.stack([10 ** (-0.4 * (self.sky[b] - 22.5)) for b in BANDS], axis=1)
        self.origin = self.sky["ra"].mean(), self.sky["dec"].mean()
        place = np.stack(_offsets(self.sky["ra"], self.sky["dec"], self.origin), axis=1)
        self.tree = KDTree(place)
        self.bright = np.flatnonzero((self.sky["r"] < GLARE[0]) & (self.sky["r_e"] > 0))
        self.bright_tree = KDTree(place[self.bright])

    def _near(self, where):
        """Rows whose light falls on a frame."""
        here = np.array(_offsets(*where, self.origin))
        glare = self.bright[self.bright_tree.query_ball_point(here, GLARE[1])]
        near = self.tree.query_ball_point(here, 0.75 * NATIVE * PIXEL)
        return np.union1d(near, glare).astype(int)

    def _light(self, where):
        """Light in nanomaggies per pixel in the three bands, (3, NATIVE, NATIVE)."""
        total = np.zeros((3, NATIVE, NATIVE))
        for k in self._near(where):
            row = self.sky[k]
            place = np.array(_offsets(row["ra"], row["dec"], where)) / PIXEL
            far = row["r_e"] > 0 and np.abs(place).max() > NATIVE / 2 + 5
            for profile, shares in _halo(row) if far else _components(row, self.seed + int(k)):
                image = profile.drawImage(offset=place, **FRAME)
                total += (shares * self.flux[k])[:, None, None] * image.array
        return total

    def _exposed(self, light, where, rng):
        """Saturation, noise, what is left of the sky, and what the converter does to noise."""
        left = rng.exponential() * rng.normal(1, 0.25, (3, 1, 1))
        axis = (np.arange(NATIVE) - NATIVE / 2 + 0.5) * PIXEL
        offsets = zip(_offsets(*where, RED_FIELD), RED_HALF, strict=True)
        columns, rows = (np.abs(axis + offset) < 60 * half for offset, half in offsets)
        in_field = columns * rows[:, None]
        image = np.minimum(light, FULL_WELL)
        noise = np.sqrt(VARIANCE + image / ELECTRONS)
        image = image + SKY_LEFT * left + noise * rng.standard_normal(image.shape)
        image = _smoothed(image, SMOOTHING * VARIANCE)
        image[0] += RED_SKY * in_field
        return image

    def frame(self, k, ra, dec):
        """Photograph the row `k` of the sky, centred on a position.

        Parameters
        ----------
        k : int
        ra, dec : float
            deg; where a catalogue says the object is.

        Returns
        -------
        bytes
            A JPEG file, 200 x 200 pixels, north up, east to the left.
        """
        rng = np.random.default_rng([self.seed, k])
        where = float(self.sky["ra"][k]), float(self.sky["dec"][k])
        exposed = self._exposed(self._light(where), where, rng)
        composite = make_lupton_rgb(*SCALES * exposed, minimum=BLACK, stretch=STRETCH, Q=SOFTENING)
        stored = Image.open(io.BytesIO(jpeg(Image.fromarray(composite), STORED)))
        return jpeg(_magnified(stored, _offsets(ra, dec, where)), SERVED)


def _smoothed(image, noise):
    """Wiener filter: the local mean where an image varies no more than noise of that variance."""
    mean, square = (gaussian_filter(part, (0, 1, 1)) for part in (image, image**2))
    variance = np.maximum(square - mean**2, noise)
    return mean + (1 - noise / variance) * (image - mean)


def jpeg(image, quality):
    """Bytes of a JPEG file of a Pillow image."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def _magnified(image, shift):
    """Turn a native frame north up and magnify it, centred `shift` arcsec along and across."""
    step = SCALE / PIXEL
    cosine, sine = step * np.cos(np.deg2rad(ROTATION)), step * np.sin(np.deg2rad(ROTATION))
    half = SIDE / 2
    # native column and row of a cut-out's column (westward) and row (southward)
    column = cosine, -sine, NATIVE / 2 + shift[0] / PIXEL - half * (cosine - sine)
    row = -sine, -cosine, NATIVE / 2 + shift[1] / PIXEL + half * (sine + cosine)
    transform = Image.Transform.AFFINE, (*column, *row)
    return image.transform((SIDE, SIDE), *transform, Image.Resampling.BICUBIC)
