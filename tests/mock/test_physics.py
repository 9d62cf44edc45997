"""What must hold whatever the numbers: bounds, symmetries, and units of what is read."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from ellipses import effective_ellipse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter

from galutils.classify import velocity_maps
from galutils.explain import gradcam
from galutils.inputs import split
from galutils.mock import manga_images as mock_manga_images
from galutils.mock import sami as mock_sami
from galutils.networks import cross_validation, train
from galutils.physics import kinematics, spatial
from galutils.surveys import sami
from galutils.surveys.manga import images as manga_images

SHAPE = (6, 7)
measured = arrays(np.float64, SHAPE, elements=st.floats(-500, 500) | st.just(np.nan))
positive = arrays(np.float64, SHAPE, elements=st.floats(0, 300))
few = settings(max_examples=60, deadline=None)


@few
@given(measured, positive, positive)
def test_lambda_r_is_a_share_or_undefined(velocity, sigma, flux):
    x, y = kinematics.spaxel_offsets(SHAPE)
    value = kinematics.lambda_r(velocity, sigma, flux, np.hypot(x, y))
    assert np.isnan(value) or 0 <= value <= 1 + 1e-12
    turned = (np.rot90(one) for one in (velocity, sigma, flux, np.hypot(x, y)))
    np.testing.assert_allclose(kinematics.lambda_r(*turned), value, rtol=1e-9)


@few
@given(measured, positive)
def test_no_rotation_is_zero_and_no_dispersion_is_one(velocity, sigma):
    x, y = kinematics.spaxel_offsets(SHAPE)
    radius, flux = np.hypot(x, y), np.ones(SHAPE)
    still = kinematics.lambda_r(0 * velocity, sigma, flux, radius)
    assert np.isnan(still) or still == 0
    cold = kinematics.lambda_r(velocity, 0 * sigma, flux, radius)
    assert np.isnan(cold) or cold == pytest.approx(1)


def test_a_velocity_offset_raises_lambda_r_until_it_is_subtracted():
    """The sum takes velocities about the systemic one: an offset looks like rotation."""
    x, y = kinematics.spaxel_offsets((30, 30))
    radius, sigma = np.hypot(x, y), np.full(x.shape, 120.0)
    velocity, flux = 60 * np.tanh(x / 3), np.exp(-radius / 3)
    expected = kinematics.lambda_r(velocity, sigma, flux, radius)
    moved = velocity + 80
    assert kinematics.lambda_r(moved, sigma, flux, radius) > expected
    again = moved - np.average(moved, weights=flux)
    assert kinematics.lambda_r(again, sigma, flux, radius) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("steepness", [1.0, 4.0])
def test_more_seeing_lowers_lambda_r_more(steepness):
    x, y = kinematics.spaxel_offsets((50, 50))
    radius, sigma = np.hypot(x, y), np.full(x.shape, 60.0)
    velocity, flux = 180 * np.tanh(x / steepness), np.exp(-radius / 4)
    values = []
    for fwhm in (0, 1, 2, 3):  # arcsec
        blur = [
            gaussian_filter(flux * moment, fwhm / 2.355 / 0.5)
            for moment in (np.ones_like(x), velocity, velocity**2 + sigma**2)
        ]
        mean = blur[1] / blur[0]
        spread = np.sqrt(blur[2] / blur[0] - mean**2)
        values.append(kinematics.lambda_r(mean, spread, blur[0], radius))
    assert np.all(np.diff(values) < 0)


@pytest.mark.parametrize("ellipticity", [0.0, 0.2, 0.7])
def test_the_effective_ellipse_has_the_shape_of_the_light(ellipticity):
    x, y = kinematics.spaxel_offsets((161, 161), 0.25)
    flux = np.exp(-kinematics.elliptical_radius(x, y, ellipticity, 25.0) / 2)
    found = effective_ellipse(flux, 0.25)
    assert found["ellipticity"] == pytest.approx(ellipticity, abs=0.02)
    assert effective_ellipse(1e-3 * flux, 0.25)["semi_major"] == pytest.approx(found["semi_major"])


@few
@given(arrays(np.float64, (8, 8), elements=st.floats(-300, 300)))
def test_morans_i_has_the_symmetries_of_the_square(velocity):
    for contiguity in ("rook", "queen"):
        value = spatial.morans_i(velocity[None], contiguity)
        for same in (np.rot90(velocity), velocity.T, -velocity[::-1]):
            np.testing.assert_allclose(spatial.morans_i(same[None], contiguity), value, atol=1e-6)


@few
@given(st.lists(st.tuples(st.integers(0, 14), st.booleans()), min_size=30, max_size=90))
def test_no_split_divides_a_galaxy_or_loses_a_row(rows):
    groups = np.array([group for group, _ in rows] + list(range(15)) * 2)
    kind = {group: label for group, label in rows}
    labels = np.array([kind.get(group, group % 2 == 0) for group in groups.tolist()], int)
    if min(len(set(groups[labels == label])) for label in (0, 1)) < 4:
        return  # too few galaxies of a class to be divided
    sides = split.by_galaxy(labels, groups, (0.7, 0.3), rng=1)
    tested = []
    for parts in [sides, *split.folds(labels, groups, 3, rng=1)]:
        assert not set(groups[parts[0]]) & set(groups[parts[1]])
        assert sorted(np.concatenate(parts[:2]).tolist()) == list(range(len(groups)))
        tested += [] if parts is sides else parts[1].tolist()
    assert sorted(tested) == list(range(len(groups)))


def test_augmented_copies_stay_on_the_side_of_their_galaxy(monkeypatch):
    """Each galaxy's map holds its number only, and so do its copies."""
    groups = np.repeat(np.arange(1, 41), 2)
    x = np.full((80, 8, 8, 1), groups[:, None, None, None], np.float32)
    seen = {}

    def fit(build, x, y, validation, *rest, **settings):
        seen.update(train=x, watched=validation[0], y=y)
        return None, SimpleNamespace()

    monkeypatch.setattr(train, "fit", fit)
    cross_validation.fit_watched(x, groups % 2, groups, 1, None, {1: 3, 0: 5}, 1)
    trained, watched = (
        set(np.unique(np.abs(seen[k][seen[k] != 0])).round(3)) for k in ("train", "watched")
    )
    assert watched and trained and not watched & trained
    assert len(seen["train"]) > 3 * len(trained)
    inside = np.abs(seen["train"]).max(axis=(1, 2, 3)).round().astype(int)
    np.testing.assert_array_equal(inside % 2, seen["y"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_grad_cam_is_nowhere_negative(seed):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((16, 16, 1))
    x = keras.layers.Conv2D(6, 3, activation="relu", name="last")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    maps = np.random.default_rng(seed).normal(size=(3, 16, 16, 1)).astype("f4")
    heat = gradcam.grad_cam_pp(model, maps, "last", np.array([0, 1, 2]))
    assert heat.shape[0] == 3 and np.isfinite(heat).all() and heat.min() >= 0


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    root = tmp_path_factory.mktemp("mock")
    for name, mock in (("sami", mock_sami), ("manga", mock_manga_images)):
        (root / name).mkdir()
        mock.write(root / name, n=30, rng=5)
    return root


@pytest.mark.parametrize(
    ("reader", "column", "unit", "low", "high"),
    [
        (sami, "velocity", "km/s", -1200, 1200),
        (sami, "sigma", "km/s", 0, 1000),
        (sami, "r_e", "arcsec", 0.3, 30),
        (sami, "ra", "deg", 0, 360),
        (sami, "dec", "deg", -90, 90),
        (sami, "position_angle", "deg", 0, 180),
        (sami, "mu_e", "mag/arcsec2", 14, 28),
        (manga_images, "r_e", "arcsec", 0.3, 40),
        (manga_images, "ra", "deg", 0, 360),
        (manga_images, "dec", "deg", -90, 90),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)).rpartition(".")[2],
)
def test_units_are_stated_and_values_are_of_that_size(archive, reader, column, unit, low, high):
    found = reader.load(root=archive, source="archive")
    table = found[0] if isinstance(found, tuple) else found
    values = np.ma.filled(np.ma.asarray(table[column].astype(float)), np.nan)
    assert table[column].unit == unit
    assert np.nanmin(values) >= low and np.nanmax(values) <= high
    assert np.nanmax(np.abs(values)) > 0.01 * max(abs(low), abs(high))  # not of another unit


def test_velocities_in_metres_become_kilometres(archive, tmp_path):
    from astropy.io import fits

    path = next((archive / "sami").rglob("*_stellar-velocity*.fits*"))
    with fits.open(path) as hdus:
        velocity = hdus[0].data.astype(float)
    given = SimpleNamespace(km=tmp_path / "km.fits", m=tmp_path / "m.fits")
    for place, factor, unit in ((given.km, 1, "km/s"), (given.m, 1e3, "m/s")):
        fits.PrimaryHDU(velocity * factor, fits.Header({"BUNIT": unit})).writeto(place)
    np.testing.assert_allclose(
        velocity_maps.read(given.m), velocity_maps.read(given.km), rtol=1e-6, equal_nan=True
    )
