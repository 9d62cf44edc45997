"""Gold tests on published galaxies, and physics that must hold."""

import os

import numpy as np
import pytest
from ellipses import effective_ellipse

from galutils.physics import kinematics
from galutils.surveys import atlas3d

REAL = pytest.mark.skipif(
    not (os.environ.get("GALUTILS_DATA") and atlas3d.found()),
    reason="needs GALUTILS_DATA with the ATLAS3D files",
)


@pytest.fixture
def disc():
    """Return a rotating disc: velocity, sigma, flux, radius, x, y."""
    x, y = kinematics.spaxel_offsets((40, 40))
    radius = np.hypot(x, y)
    velocity = 150 * np.tanh(x / 3)
    return velocity, np.full_like(x, 80.0), np.exp(-radius / 4), radius, x, y


@REAL
def test_ngc4570_lambda_r_is_the_published():
    bins = atlas3d.load_bins("NGC4570_4moments_ATLAS3d.fits")
    x, y = bins["x"].value, bins["y"].value
    ellipticity, r_e = 0.626, 17.1
    angle = np.rad2deg(np.arctan2(np.cos(np.deg2rad(159.3)), -np.sin(np.deg2rad(159.3))))
    aperture = kinematics.elliptical_radius(x, y, ellipticity, angle) <= r_e / np.sqrt(
        1 - ellipticity
    )
    maps = (bins["velocity"].value, bins["sigma"].value, np.asarray(bins["flux"]))
    assert kinematics.lambda_r(*maps, np.hypot(x, y), aperture) == pytest.approx(0.603, abs=0.02)
    assert kinematics.v_over_sigma(*maps, aperture) == pytest.approx(0.586, abs=0.02)


@REAL
def test_boundary_gives_the_class_of_all_atlas3d_galaxies():
    table = atlas3d.load()
    ours = kinematics.rotator_class(table["lambda_r"], table["ellipticity"])
    assert len(table) == 260
    assert list(np.where(ours == kinematics.FAST, "F", "S")) == list(table["rotator"])


def test_lambda_r_lies_between_its_limits(disc):
    velocity, sigma, flux, radius, *_ = disc
    assert kinematics.lambda_r(0 * velocity, sigma, flux, radius) == 0
    assert kinematics.lambda_r(velocity, 0 * sigma, flux, radius) == pytest.approx(1)
    assert 0 < kinematics.lambda_r(velocity, sigma, flux, radius) < 1
    assert np.isnan(kinematics.lambda_r(0 * velocity, 0 * sigma, flux, radius))
    assert np.isnan(kinematics.lambda_r(np.nan * velocity, sigma, flux, radius))


def test_lambda_r_of_a_uniform_ratio_is_exact(disc):
    velocity, _, flux, radius, *_ = disc
    sigma = 2 * np.abs(velocity)
    assert kinematics.lambda_r(velocity, sigma, flux, radius) == pytest.approx(1 / np.sqrt(5))
    assert kinematics.v_over_sigma(velocity, sigma, flux) == pytest.approx(0.5)


def test_lambda_r_does_not_know_units_sign_or_orientation(disc):
    velocity, sigma, flux, radius, *_ = disc
    expected = kinematics.lambda_r(velocity, sigma, flux, radius)
    same = [
        (-velocity, sigma, flux, radius),
        (velocity, sigma, 7e-3 * flux, radius),
        (1e3 * velocity, 1e3 * sigma, flux, 4.8e-6 * radius),
        tuple(np.rot90(m) for m in (velocity, sigma, flux, radius)),
    ]
    for maps in same:
        assert kinematics.lambda_r(*maps) == pytest.approx(expected, rel=1e-12)


def test_stack_equals_single_maps_and_nan_spaxels_are_left_out(disc):
    velocity, sigma, flux, radius, *_ = disc
    holed = velocity.copy()
    holed[3:9, 5:20] = np.nan
    stack = np.stack([velocity, holed])
    expected = [kinematics.lambda_r(v, sigma, flux, radius) for v in stack]
    np.testing.assert_allclose(kinematics.lambda_r(stack, sigma, flux, radius), expected)
    aperture = np.isfinite(holed)
    assert expected[1] == pytest.approx(
        kinematics.lambda_r(velocity, sigma, flux, radius, aperture)
    )


def test_seeing_lowers_lambda_r(disc):
    from scipy.ndimage import gaussian_filter

    velocity, sigma, flux, radius, *_ = disc
    blurred = [
        gaussian_filter(flux * moment, 2) for moment in (1.0, velocity, velocity**2 + sigma**2)
    ]
    mean = blurred[1] / blurred[0]
    spread = np.sqrt(blurred[2] / blurred[0] - mean**2)
    assert kinematics.lambda_r(mean, spread, blurred[0], radius) < kinematics.lambda_r(
        velocity, sigma, flux, radius
    )


def test_monte_carlo_error_grows_with_noise(disc):
    velocity, sigma, flux, radius, *_ = disc
    small, _ = kinematics.lambda_r_error(velocity, 5.0, sigma, 5.0, flux, radius, rng=1)
    large, bias = kinematics.lambda_r_error(0 * velocity, 40.0, sigma, 5.0, flux, radius, rng=1)
    assert 0 < small < large
    assert bias > 0.1  # noise in a galaxy at rest looks like rotation


@pytest.mark.parametrize("angle", [0.0, 30.0, 117.0])
def test_effective_ellipse_of_an_exponential_disc(angle):
    x, y = kinematics.spaxel_offsets((121, 121), 0.25)
    flux = np.exp(-kinematics.elliptical_radius(x - 0.5, y + 0.25, 0.4, angle) / 2)
    ellipse = effective_ellipse(flux, 0.25)
    assert ellipse["ellipticity"] == pytest.approx(0.4, abs=0.02)
    assert ellipse["semi_major"] == pytest.approx(1.678 * 2, rel=0.03)  # 1.678 h holds half
    assert (ellipse["position_angle"] - angle + 90) % 180 - 90 == pytest.approx(0, abs=1)
    assert ellipse["centre"] == pytest.approx((0.5, -0.25), abs=0.03)


def test_effective_ellipse_refuses_a_dark_map():
    with pytest.raises(ValueError, match="no positive"):
        effective_ellipse(np.full((5, 5), np.nan))


def test_elliptical_radius():
    assert kinematics.elliptical_radius(0.0, 1.0, 0.5, 0.0) == pytest.approx(2.0)
    assert kinematics.elliptical_radius(0.0, 1.0, 0.5, 90.0) == pytest.approx(1.0)
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        kinematics.elliptical_radius(0.0, 1.0, 1.0)


def test_rotator_class_and_boundaries():
    lambda_r = np.ma.masked_invalid([0.5, 0.1, np.nan, 0.3, 0.1, 0.2])
    ellipticity = np.array([0.4, 0.4, 0.4, np.nan, 0.0, 0.5])
    classes = kinematics.rotator_class(lambda_r, ellipticity)
    assert classes.tolist() == [1, 0, -1, -1, 1, 0]
    newer = kinematics.rotator_class(lambda_r, ellipticity, kinematics.slow_boundary_2016)
    assert newer.tolist() == [1, 1, -1, -1, 1, 1]  # flat galaxies are never slow
    assert kinematics.slow_boundary_2016(0.2) == pytest.approx(0.13)


@REAL
def test_constants_of_the_pair_are_the_tables():
    table = atlas3d.load()
    table.add_index("name")
    for name, values in atlas3d.PAIR.items():
        assert {key: table.loc[name][key] for key in values} == values
