"""The light of mock galaxies and the SDSS frames made of it."""

import galsim
import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from ellipses import effective_ellipse

from galutils.mock.bodies import light, spirals
from galutils.mock.instruments import sdss_frames
from galutils.mock.instruments.sdss_cutouts import PIXEL
from galutils.physics import kinematics

PLAIN = {
    "r_e": 3.0,
    "ellipticity": 0.4,
    "position_angle": 30.0,
    "inclination": 60.0,
    "thickness": 0.35,
    "sersic": 2.5,
    "slow": False,
    "morphology": 1.0,
    "bar": 0.0,
    "g_i": 1.0,
    "magnitude": 15.0,
}
# The same shape as a slow spheroid, an S0 and a spiral
KINDS = {
    "spheroid": {"slow": True, "morphology": 0.5},
    "early": {},
    "late": {"morphology": 2.5, "sersic": 1.5},
}


@pytest.fixture(scope="module")
def camera():
    return sdss_frames.Camera()


def body(**changes):
    """A row whose ellipticity is that of its thickness and inclination."""
    row = PLAIN | changes
    if "ellipticity" not in changes:
        row["ellipticity"] = 1 - light.projected(row["thickness"], row["inclination"])
    return row


def drawn(camera, row, seed=0, **options):
    return light.draw(row, camera.side, camera.step, np.random.default_rng(seed), **options)


def radius(side, step, row):
    x, y = kinematics.spaxel_offsets((side, side), step)
    return kinematics.elliptical_radius(x, y, row["ellipticity"], row["position_angle"])


@pytest.mark.parametrize(("index", "r_e"), [(1.0, 4.0), (4.0, 3.0), (6.0, 6.0)])
def test_profiles_through_the_seeing_are_those_of_galsim(camera, index, r_e):
    q, angle, centre = 0.5, 40.0, (0.1, -0.15)
    canvas = light.Canvas(camera.side, camera.step, angle, centre)
    image = canvas.draw(light.sersic(index, r_e, q)) * canvas.area
    ours = camera.blur(np.stack([image] * 3))[1]
    profile = galsim.Sersic(index, half_light_radius=r_e * q**0.5)
    profile = profile.shear(q=q, beta=angle * galsim.degrees).shift(*centre)
    seen = galsim.Convolve(
        profile, galsim.Moffat(beta=sdss_frames.BETA, fwhm=sdss_frames.SEEING["r"])
    )
    theirs = seen.drawImage(nx=sdss_frames.SIDE, ny=sdss_frames.SIDE, scale=PIXEL).array
    assert np.abs(ours - theirs).max() < 0.015 * theirs.max()
    np.testing.assert_allclose(ours, theirs, rtol=0.03, atol=3e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inclination", [20.0, 60.0, 88.0])
def test_light_is_that_of_the_magnitudes(camera, kind, inclination):
    row = body(**KINDS[kind], inclination=inclination, r_e=2.0)
    total = camera.blur(drawn(camera, row)).sum(axis=(1, 2))
    expected = light.fluxes(row["magnitude"], row["g_i"])
    np.testing.assert_allclose(total, expected, rtol=0.035)
    magnitude = 22.5 - 2.5 * np.log10(total)
    assert magnitude[0] - magnitude[2] == pytest.approx(row["g_i"], abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_half_of_the_light_lies_within_the_effective_ellipse(camera, kind):
    row = body(**KINDS[kind], inclination=30.0)
    shares = []
    for seed in range(4):
        r = drawn(camera, row, seed)[1]
        inside = radius(camera.side, camera.step, row) < row["r_e"]
        shares.append(r[inside].sum() / light.fluxes(row["magnitude"], row["g_i"])[1])
    assert np.mean(shares) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_shape_and_angle_are_those_of_the_body(camera, kind):
    """Second moments of the image without noise; seeing makes small bodies rounder."""
    for angle, inclination in ((0, 50), (30, 65), (100, 80), (160, 88)):
        row = body(**KINDS[kind], position_angle=angle, inclination=inclination, r_e=5.0)
        image = camera.blur(drawn(camera, row))[1]
        seen = np.where(image > 0.01 * image.max(), image, 0)  # what does not reach the edge
        ellipse = effective_ellipse(seen, PIXEL)
        assert ellipse["ellipticity"] == pytest.approx(row["ellipticity"], abs=0.08)
        away = (ellipse["position_angle"] - angle + 90) % 180 - 90
        assert abs(away) < 5


def test_position_angle_turns_from_columns_to_rows(camera):
    row = body(position_angle=90.0, inclination=80.0)
    image = camera.blur(drawn(camera, row))[1]
    up = image[:, 62:66].sum()
    assert up > 1.5 * image[62:66].sum()


def test_centre_moves_the_galaxy_by_less_than_a_pixel(camera):
    image = camera.blur(drawn(camera, body(), centre=(0.3 * PIXEL, -0.4 * PIXEL)))[1]
    weight = image[44:84, 44:84].astype(float)
    offset = np.arange(40) - 19.5
    place = [(weight.sum(axis=k) * offset).sum() / weight.sum() for k in (0, 1)]
    np.testing.assert_allclose(place, [0.3, -0.4], atol=0.03)


def test_thickness_weighted_by_light_is_that_of_the_body():
    rng = np.random.default_rng(0)
    for thickness in (0.15, 0.3, 0.5, 0.8):
        for bulge in (0.1, 0.4, 0.6):
            row = body(thickness=thickness, inclination=90.0)
            core, disc, flat = light._shapes(row, bulge, rng)
            assert bulge * core + (1 - bulge) * disc == pytest.approx(thickness)
            assert 0 < disc <= core < 1 or thickness > 0.6
            assert flat == pytest.approx(0, abs=1e-12)


def test_same_inclination_for_bulge_and_disc():
    core, disc, flat = light._shapes(body(inclination=0.0), 0.3, np.random.default_rng(0))
    assert (core, disc, flat) == pytest.approx((1, 1, 1))


def test_thicker_bodies_keep_their_light_and_inclination():
    row = body(thickness=0.2, inclination=70.0)
    table = Table([row | {"mu_e": 20.0}])
    before = light.magnitudes(table)
    light.thicken(table, np.array([0.5]))
    np.testing.assert_allclose(light.magnitudes(table), before)
    assert 1 - table["ellipticity"][0] == pytest.approx(light.projected(0.5, 70.0))


def colour(image, where):
    g, _, i = (band[where].sum() for band in image)
    return -2.5 * np.log10(g / i)


@pytest.mark.parametrize("kind", KINDS)
def test_galaxies_are_redder_in_the_middle(camera, kind):
    row = body(**KINDS[kind], inclination=40.0, r_e=4.0)
    image = sum(drawn(camera, row, seed) for seed in range(4))
    r = radius(camera.side, camera.step, row)
    inner, outer = colour(image, r < 2.0), colour(image, (r > 6.0) & (r < 10.0))
    assert outer < inner - 0.03


def test_gradient_of_spheroids_is_the_published_one(camera):
    row = body(**KINDS["spheroid"], sersic=4.0, r_e=4.0)
    image, r = drawn(camera, row), radius(camera.side, camera.step, row)
    inner, outer = (colour(image, (r > 0.9 * s) & (r < 1.1 * s)) for s in (2.0, 8.0))
    assert (outer - inner) / np.log10(4) == pytest.approx(light.GRADIENT, abs=0.015)


def test_dust_reddens_edge_on_spirals(camera):
    row = body(**KINDS["late"], inclination=89.0, thickness=0.15, r_e=6.0, position_angle=0.0)
    lane = light._lane(light.Canvas(64, 0.2), row, np.random.default_rng(0))
    middle = lane[:, 24:40, 32].min(axis=1)
    assert (np.diff(middle) > 0).all()
    assert lane[:, 0, 32].min() > 0.99


def ripple(camera, row, seed):
    """Share of the light that goes with twice the azimuth, in rings of the disc."""
    image = drawn(camera, row, seed)[1]
    x, y = kinematics.spaxel_offsets(image.shape, camera.step)
    r, azimuth = np.hypot(x, y), np.arctan2(y, x)
    power = []
    for inner in (2.5, 3.5, 4.5):
        ring = (r > inner) & (r < inner + 0.5)
        wave = (image[ring] * np.exp(2j * azimuth[ring])).sum()
        power.append(abs(wave) / image[ring].sum())
    return np.mean(power)


def test_only_late_types_have_arms(camera):
    round_on_the_sky = {"inclination": 0.0, "r_e": 5.0}
    early, late = (
        [ripple(camera, body(**KINDS[kind], **round_on_the_sky), seed) for seed in range(8)]
        for kind in ("early", "late")
    )
    assert max(early) < 0.02
    assert np.median(late) > 0.05


def test_thickness_hides_arms_edge_on(camera):
    """Face-on and edge-on, what the arms add relative to the smooth disc."""
    canvas = light.Canvas(camera.side, camera.step)
    shares = []
    for inclination in (0.0, 88.0):
        row = body(**KINDS["late"], inclination=inclination)
        _, parts = light._disc_galaxy(canvas, row, 2.5, np.random.default_rng(3))
        shares.append(parts[2:, 1].sum())
    assert shares[1] < 0.1 * shares[0]


class TestArms:
    azimuth = np.linspace(0, 2 * np.pi, 720, endpoint=False)

    @pytest.mark.parametrize("number", [1, 2, 5])
    def test_number_and_contrast(self, number):
        ring = spirals.arms(np.full(720, 2.0), self.azimuth, number, 20.0, 1.5, 0.6)
        peaks = (ring > np.roll(ring, 1)) & (ring >= np.roll(ring, -1))
        assert peaks.sum() == number
        assert ring.max() == pytest.approx(2.5, abs=0.06)
        assert ring.min() >= 1

    @pytest.mark.parametrize("pitch", [12.0, -30.0])
    def test_pitch(self, pitch):
        place = [
            self.azimuth[spirals.arms(np.full(720, r), self.azimuth, 1, pitch, 1, 0.5).argmax()]
            for r in (2.0, 2.2)
        ]
        wound = (place[1] - place[0] + np.pi) % (2 * np.pi) - np.pi
        expected = np.log(1.1) / np.tan(np.deg2rad(pitch))
        assert wound == pytest.approx(expected, abs=0.02)

    def test_wider_arms_fill_more(self):
        means = [spirals.arms(2.0, self.azimuth, 2, 20.0, 1.0, w).mean() for w in (0.4, 0.8)]
        assert means[1] - 1 > 1.5 * (means[0] - 1)

    def test_none_within_their_beginning_or_far_outside(self):
        values = spirals.arms(np.array([0.1, 12.0]), 0.0, 2, 20.0, 1.0, 0.6)
        np.testing.assert_allclose(values, 1, atol=0.01)

    def test_clumps_have_unit_rms(self):
        rng = np.random.default_rng(0)
        radius, azimuth = np.meshgrid(np.geomspace(0.5, 5, 200), self.azimuth)
        values = spirals.clumps(radius, azimuth, spirals.waves(8, 20.0, rng))
        assert values.std() == pytest.approx(1, abs=0.2)

    def test_knots_lie_where_it_is_bright(self):
        image = np.zeros((20, 20))
        image[5:8, 10:14] = 1
        knots = spirals.knots(image, np.random.default_rng(0))
        assert knots.sum() == pytest.approx(1)
        assert knots[image == 0].sum() == 0


class TestFrames:
    def test_seeing(self, camera):
        point = np.zeros((3, camera.side, camera.side), dtype=np.float32)
        middle = camera.side // 2
        point[:, middle : middle + 2, middle : middle + 2] = 0.25  # one pixel of SDSS
        image = camera.blur(point)
        profile = image[:, 64, 64:]
        half = [np.interp(-0.5, -p / p[0], np.arange(64)) * 2 * PIXEL for p in profile]
        np.testing.assert_allclose(
            half, [sdss_frames.SEEING[b] for b in sdss_frames.BANDS], rtol=0.05
        )
        np.testing.assert_allclose(image.sum(axis=(1, 2)), 1, rtol=1e-3)

    def test_noise_of_sky_and_photons(self):
        rng = np.random.default_rng(0)
        for level in (0.0, 5.0):
            flat = np.full((3, 128, 128), level, dtype=np.float32)
            image = sdss_frames.expose(flat, rng)
            photons = level / sdss_frames.GAIN.ravel()
            expected = np.sqrt(sdss_frames.NOISE**2 + photons)
            np.testing.assert_allclose(image.std(axis=(1, 2)), expected, rtol=0.03)
            np.testing.assert_allclose(image.mean(axis=(1, 2)), level, atol=0.01)

    def test_depth_is_the_published_one(self):
        """5 sigma point sources (York et al. 2000, AJ 120, 1579): g 23.3, r 23.1, i 22.3."""
        area = 2.27 * (np.array([sdss_frames.SEEING[b] for b in sdss_frames.BANDS]) / PIXEL) ** 2
        depth = 22.5 - 2.5 * np.log10(5 * sdss_frames.NOISE * np.sqrt(area))
        np.testing.assert_allclose(depth, [23.3, 23.1, 22.3], atol=0.4)

    def test_bright_stars_saturate(self):
        image = sdss_frames.expose(np.full((3, 8, 8), 1e4), np.random.default_rng(0))
        assert image.max() < 160

    def test_a_few_neighbours_a_frame(self):
        rng = np.random.default_rng(1)
        neighbours = sdss_frames.Neighbours(rng)
        frames = [neighbours.frame(rng)[1] for _ in range(100)]
        bright = [frame.max() > 5 * sdss_frames.NOISE[1] for frame in frames]
        assert 0.7 < np.mean(bright) < 1
        assert 0.005 < np.mean([frame.sum() > 250 for frame in frames]) < 0.15  # 16.5 mag

    def test_files_hold_the_frame_to_half_a_step(self, tmp_path):
        rng = np.random.default_rng(0)
        image = rng.normal(0, 0.03, (3, 128, 128)).astype(np.float32)
        image[0, 3, 5] = 140.0
        sdss_frames.save(tmp_path / "a.fits", image)
        with fits.open(tmp_path / "a.fits") as hdus:
            hdus.verify("exception")
            assert hdus[0].header["BANDS"] == "gri" and hdus[0].header["BITPIX"] == 16
            stored = hdus[0].data
        assert np.abs(stored - image).max() < 0.51 * sdss_frames.COUNT
        assert sdss_frames.COUNT < 0.35 * sdss_frames.NOISE.min()
