"""Mock images of Galaxy Zoo 2: what a row says is in the picture, under the sky of real ones."""

import numpy as np
import pytest
from astropy.visualization import make_lupton_rgb
from PIL import Image

from galutils.mock.bodies import fast_light, light
from galutils.mock.instruments import gz2_images

# Medians of the corners of 600 real images (Kaggle's, made by SDSS before DR8): level, and how far
# the faintest sixth lies below it, in red, green, blue
SKY_LEVEL, SKY_NOISE = (4, 4, 2), (3, 3, 2)
FACE_ON = {
    "petro_r90": 20.0,
    "magnitude": 14.0,
    "g_i": 0.9,
    "disc": True,
    "artifact": False,
    "sersic": 4.0,
    "axis_ratio": 0.98,
    "thickness": 0.15,
    "position_angle": 30.0,
    "bulge": 0.1,
    "boxy": False,
    "bar": 0.0,
    "bar_angle": 0.5,
    "arms": 0,
    "pitch": 20.0,
    "contrast": 2.0,
    "width": 0.6,
    "phase": 0.5,
    "torn": 0.0,
    "uneven": 0.0,
    "arm_start": 0.4,
    "ring": 0.0,
    "odd": "",
    "companion": False,
}
ODD = ("disturbed", "irregular", "merger", "dust lane", "lens or arc", "other")


def body(seed=0, **changes):
    """Light of a galaxy alone, and its frame."""
    row = FACE_ON | changes
    frame = gz2_images.Frame(row["petro_r90"])
    return fast_light.draw(row, frame, np.random.default_rng(seed)), frame


def picture(seed=0, **changes):
    return gz2_images.draw(FACE_ON | changes, np.random.default_rng(seed))


def moments(image, frame):
    """Axis ratio of the light from its second moments, and its sum."""
    x, y = frame.x, frame.y
    xx, yy, xy = ((image * product).sum() for product in (x**2, y**2, x * y))
    minor, major = np.linalg.eigvalsh([[xx, xy], [xy, yy]])
    return np.sqrt(minor / major)


def waves(image, x, y, nearest, farthest):
    """Fourier amplitudes of 1 to 6 around the middle, relative to the mean."""
    radius, azimuth = np.hypot(x, y), np.arctan2(y, x)
    found = []
    for inner in np.linspace(nearest, farthest, 12):
        ring = (radius >= inner) & (radius < inner * 1.25)
        turns = np.exp(1j * np.outer(np.arange(1, 7), azimuth[ring]))
        found.append(np.abs(turns @ image[ring]) / image[ring].sum())
    return np.mean(found, axis=0)


def pixels():
    axis = np.arange(gz2_images.SIDE) - (gz2_images.SIDE - 1) / 2
    return np.meshgrid(axis, -axis)


class TestFiles:
    def test_same_seed_same_bytes(self, tmp_path):
        row = FACE_ON | {"arms": 3, "torn": 0.5, "companion": True, "odd": "merger"}
        files = []
        for seed in (1, 1, 2):
            files.append(tmp_path / f"{len(files)}.jpg")
            gz2_images.save(files[-1], row, np.random.default_rng(seed))
        first, again, other = (file.read_bytes() for file in files)
        assert first == again != other

    @pytest.mark.parametrize("r90", [3.0, 7.3, 23.0, 60.0])
    def test_any_size_fills_the_same_picture(self, r90, tmp_path):
        size = {"petro_r90": r90, "magnitude": 14 - 5 * np.log10(r90 / 20)}
        image = picture(**size)
        assert image.shape == (424, 424, 3)
        assert image.dtype == np.uint8
        gz2_images.save(tmp_path / "1.jpg", FACE_ON | size, np.random.default_rng(0))
        with Image.open(tmp_path / "1.jpg") as file:
            assert (file.size, file.mode) == ((424, 424), "RGB")
        x, y = pixels()
        profile = image.mean(axis=2)
        near, far = (profile[np.abs(np.hypot(x, y) - r) < 4].mean() for r in (25, 75))
        assert 55 < near < 140
        assert 3 < far < 25

    def test_pixels_are_those_of_sdss_or_coarser(self):
        for r90 in np.geomspace(1.5, 60, 40):
            frame = gz2_images.Frame(r90)
            assert frame.width * frame.step == pytest.approx(8.48 * r90)
            assert frame.side >= frame.width + gz2_images.SPARE - 1e-9
            assert frame.step >= gz2_images.PIXEL


class TestSize:
    # Strauss et al. (2002), Graham et al. (2005): in half-light radii of the profile
    @pytest.mark.parametrize(("index", "known"), [(1.0, 2.32), (4.0, 3.33 * 0.714)])
    def test_radius_90_of_known_profiles(self, index, known):
        assert fast_light.radius_90([(1, index, 1)], 1.0) == pytest.approx(known, rel=0.03)

    @pytest.mark.parametrize(
        "changes",
        [{}, {"axis_ratio": 0.3, "thickness": 0.2}, {"bulge": 0.5}, {"disc": False, "sersic": 2.0}],
    )
    def test_petrosian_radius_is_that_of_the_row(self, changes):
        image, frame = body(**changes)
        radius, light_ = np.hypot(frame.x, frame.y), image[1] / image[1].sum()
        circles = np.arange(2, 76, 0.5)
        within = np.array([light_[radius < r].sum() for r in circles])
        annuli = [light_[(radius > 0.8 * r) & (radius < 1.25 * r)].mean() for r in circles[:80]]
        mean = within[:80] / (np.pi * circles[:80] ** 2) * frame.step**2
        petrosian = circles[np.argmax(np.array(annuli) < 0.2 * mean)]
        total = np.interp(2 * petrosian, circles, within)
        assert np.interp(0.9 * total, within, circles) == pytest.approx(20.0, rel=0.06)

    @pytest.mark.parametrize("changes", [{}, {"disc": False}, {"arms": 4, "bar": 0.1, "ring": 0.1}])
    def test_light_is_that_of_the_row(self, changes):
        image, frame = body(**changes)
        total = image.sum(axis=(1, 2)) * (frame.step / gz2_images.PIXEL) ** 2
        assert total == pytest.approx(light.fluxes(14.0, 0.9), rel=1e-3)


class TestShape:
    @pytest.mark.parametrize("q", [0.4, 0.7, 1.0])
    def test_spheroids_have_the_axis_ratio_of_the_row(self, q):
        image, frame = body(disc=False, axis_ratio=q, sersic=2.0)
        assert moments(image[1], frame) == pytest.approx(q, abs=0.05)

    def test_spheroids_are_smooth_and_redder_inside(self):
        image, frame = body(disc=False, axis_ratio=1.0)
        radius = np.hypot(frame.x, frame.y)
        ratio = [(image[0] / image[2])[np.abs(radius - r) < 1].mean() for r in (2, 20)]
        assert ratio[0] < 0.95 * ratio[1]
        assert waves(image[1], frame.x, frame.y, 8, 20).max() < 0.02

    def test_edge_on_discs_are_flat_and_hide_arms(self, monkeypatch):
        flat = {"axis_ratio": 0.16, "bulge": 0.0}
        image, frame = body(**flat)
        assert moments(image[1], frame) < 0.22
        monkeypatch.setattr(fast_light, "SLIGHT_LANE", (0, 0))
        shown = []
        for shape in (flat, {}):
            plain, armed = (body(**shape, **arms)[0] for arms in ({}, {"arms": 2, "contrast": 1.0}))
            shown.append(np.abs(armed - plain).sum() / plain.sum())
        assert shown[0] < 0.25 * shown[1]

    def test_boxy_bulges(self):
        steep = {"axis_ratio": 0.2, "bulge": 0.5}
        image, boxy = (body(**steep, boxy=boxy)[0] for boxy in (False, True))
        assert 0.01 < np.abs(boxy - image).sum() / image.sum() < 0.3


class TestArms:
    @pytest.mark.parametrize("number", [2, 3, 4])
    def test_pictures_have_the_number_of_arms(self, number):
        shape = {"arms": number, "contrast": 3.0, "bulge": 0.05, "magnitude": 14.5}
        found = [
            waves(picture(seed, **shape).mean(axis=2), *pixels(), 15, 40)[1:] for seed in range(6)
        ]
        amplitudes = np.mean(found, axis=0)  # without the first: discs are lopsided
        assert amplitudes.argmax() + 2 == number
        assert amplitudes[number - 2] > 0.05

    def test_one_arm_or_uneven_ones_are_lopsided(self):
        sides = [
            waves(body(**changes)[0][1], *np.meshgrid(frame.x, -frame.x), 8, 18)[0]
            for changes in ({"arms": 2}, {"arms": 2, "uneven": 0.9}, {"arms": 1})
            for frame in [gz2_images.Frame(20.0)]
        ]
        assert sides[1] > 1.5 * sides[0]
        assert sides[2] > 2 * sides[0]

    def test_torn_arms_lose_their_number(self):
        clear = []
        for torn in (0.0, 1.0):
            found = []
            for seed in range(12):
                image, frame = body(seed, arms=3, torn=torn)
                found.append(waves(image[1], frame.x, frame.y, 8, 18))
            found = np.mean(found, axis=0)
            clear.append(found[2] / found[[0, 1, 3, 4, 5]].max())
        assert clear[1] < 0.65 * clear[0]

    def test_they_wind_the_other_way_with_negative_pitch(self):
        image, frame = body(arms=2)
        other, _ = body(arms=2, pitch=-20.0)
        x, y = np.meshgrid(frame.x, -frame.x)
        turned = []
        for light_ in (image[1], other[1]):
            phases = [
                np.angle(np.sum(light_[ring] * np.exp(2j * np.arctan2(y, x)[ring])))
                for ring in (np.abs(np.hypot(x, y) - radius) < 0.8 for radius in (10, 12))
            ]
            turned.append(np.angle(np.exp(1j * (phases[1] - phases[0]))))
        assert turned[0] * turned[1] < 0

    def test_crests_are_bluer(self):
        image, frame = body(arms=2, contrast=3.0)
        ring = np.abs(np.hypot(frame.x, frame.y) - 12) < 2
        crest = image[1][ring] > np.percentile(image[1][ring], 80)
        blue = (image[0] / image[2])[ring]
        assert blue[crest].mean() > 1.05 * blue[~crest].mean()


class TestParts:
    def test_bars_lie_along_their_angle_and_are_redder(self):
        row = {"bulge": 0.0, "position_angle": 0.0, "bar_angle": 0.5}
        image, frame = body(**row, bar=0.15)
        plain, _ = body(**row)
        excess = image[1] - plain[1] * (image[1].sum() * 0.87 / plain[1].sum())
        inside = (np.hypot(frame.x, frame.y) < 4) & (excess > 0)
        turns = np.exp(2j * np.arctan2(frame.y, frame.x + 0 * frame.y))
        angle = np.angle((excess * turns)[inside].sum()) / 2
        assert angle == pytest.approx(0.5, abs=0.08)
        assert (image[0] / image[2])[inside].mean() < 0.97 * (plain[0] / plain[2])[inside].mean()

    def test_rings_stand_out(self):
        image, frame = body(ring=0.15)
        plain, _ = body()
        radius = np.hypot(frame.x, frame.y)
        ratio = [(image[1] / plain[1])[np.abs(radius - r) < 0.5].mean() for r in range(1, 19)]
        assert 4 < np.argmax(ratio) < 17
        assert max(ratio) > 1.2 * ratio[0]

    @pytest.mark.parametrize("odd", ODD)
    @pytest.mark.parametrize("changes", [{}, {"disc": False}, {"axis_ratio": 0.2}])
    def test_every_oddity_shows(self, odd, changes):
        image, plain = body(**changes, odd=odd)[0], body(**changes)[0]
        assert np.abs(image - plain).sum() > 0.04 * plain.sum()

    def test_a_dust_lane_reddens(self):
        image, plain = body(axis_ratio=0.2, odd="dust lane")[0], body(axis_ratio=0.2)[0]
        middle = np.s_[90:102, 90:102]
        found, clean = ((light_[0] / light_[2])[middle].min() for light_ in (image, plain))
        assert found < 0.85 * clean

    def test_mergers_have_a_second_galaxy(self):
        middles = []
        for odd in ("disturbed", "merger"):
            image = picture(4, odd=odd).astype(float)[62:362, 62:362].mean(axis=2)
            middles.append((image > 60).sum())
        assert middles[1] > 1.2 * middles[0]

    def test_companions_are_near_and_fainter(self):
        row = FACE_ON | {"companion": True}
        for seed in range(5):
            frame = gz2_images.Frame(20.0)
            image = np.zeros((3, frame.side, frame.side), np.float32)
            gz2_images._companion(image, frame, row, np.random.default_rng(seed))
            distance = np.hypot(frame.x, frame.y)[
                np.unravel_index(image[1].argmax(), image[1].shape)
            ]
            assert 0.9 < distance / 20 < 3.1
            flux = image[1].sum() * (frame.step / gz2_images.PIXEL) ** 2
            assert flux < 0.45 * light.fluxes(14.0, 0.9)[1]


class TestSky:
    def test_corners_are_those_of_real_images(self):
        levels, noise = [], []
        for seed, r90 in enumerate(np.geomspace(4, 20, 24)):
            image = picture(seed, petro_r90=r90, magnitude=15.0).astype(float)
            corners = np.concatenate(
                [image[rows, columns].reshape(-1, 3) for rows in ENDS for columns in ENDS]
            )
            levels.append(np.median(corners, axis=0))
            noise.append(levels[-1] - np.percentile(corners, 15.87, axis=0))
        assert np.median(levels, axis=0) == pytest.approx(SKY_LEVEL, abs=1.6)
        assert np.median(noise, axis=0) == pytest.approx(SKY_NOISE, abs=1.1)

    def test_stretch_is_that_of_lupton(self):
        rng = np.random.default_rng(0)
        image = 10 ** rng.uniform(-2.5, 1.5, (3, 40, 40)).astype(np.float32)
        scaled = (gz2_images.SCALE * image)[::-1]
        known = make_lupton_rgb(*scaled, stretch=gz2_images.STRETCH, Q=gz2_images.SOFTENING)
        found = np.asarray(gz2_images._stretched(image))
        assert np.abs(found.astype(int) - known).max() <= 1

    def test_artifacts_are_stars(self):
        image = picture(artifact=True, magnitude=13.0, petro_r90=8.0).astype(float)
        middle = image[212, 212]
        assert middle.min() > 200
        x, y = pixels()
        assert image[np.abs(np.hypot(x, y) - 60) < 4].mean() < 40


ENDS = slice(0, 60), slice(-60, None)
