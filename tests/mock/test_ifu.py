import numpy as np
import pytest
from scipy import special

from galutils.mock.bodies import dynamics, population, velocity_field
from galutils.mock.instruments import ifu
from galutils.physics import kinematics

SHAPE, SPAXEL = (50, 50), 0.5


@pytest.fixture(scope="module")
def galaxies():
    return ifu.draw(64, rng=1)


@pytest.fixture
def disc():
    """One plain fast rotator without disorder."""
    galaxy = ifu.draw(1, rng=3)
    plain = {
        "ellipticity": 0.5,
        "position_angle": 30.0,
        "kinematic_angle": 30.0,
        "r_e": 3.0,
        "sersic": 2.0,
        "mu_e": 19.0,
        "sigma_e": 180.0,
        "v_over_sigma": 0.6,
        "warp": 0.0,
        "bar": 0.0,
        "core": 0.0,
        "core_velocity": 0.0,
        "wave_velocity": 0.0,
    }
    for name, value in plain.items():
        galaxy[name] = value
    return galaxy


def _lambda(maps, galaxy):
    x, y = kinematics.spaxel_offsets(SHAPE, SPAXEL)
    eps, angle, r_e = (galaxy[c][0] for c in ("ellipticity", "position_angle", "r_e"))
    radius = kinematics.elliptical_radius(x, y, eps, angle)
    inputs = (maps[name][0] for name in ("velocity", "sigma", "flux"))
    return float(kinematics.lambda_r(*inputs, radius, radius <= r_e))


def test_binney_matches_the_published_isotropic_line():
    # Binney (2005): an isotropic oblate body of c/a = 0.6 has V/sigma near 0.66; rounder less
    values = dynamics.binney_v_over_sigma(np.array([0.99, 0.6, 0.3]), 0.0)
    np.testing.assert_allclose(values, [0.084, 0.657, 1.137], atol=0.01)
    assert dynamics.binney_v_over_sigma(0.6, 0.6) == 0


def test_half_of_the_light_lies_within_the_effective_radius():
    for index in (0.6, 1.0, 4.0):
        b = velocity_field.sersic_b(index)
        assert special.gammainc(2 * index, b) == pytest.approx(0.5, abs=2e-3)


def test_velocity_is_odd_and_light_even_through_the_centre(disc):
    maps = ifu.model(disc, SHAPE, SPAXEL, 2.0)
    turned = {name: image[0][::-1, ::-1] for name, image in maps.items()}
    np.testing.assert_allclose(maps["velocity"][0], -turned["velocity"], atol=0.05)
    np.testing.assert_allclose(maps["flux"][0], turned["flux"], rtol=1e-3, atol=1e-7)
    assert maps["velocity"].max() > 50


def test_receding_side_lies_at_the_kinematic_angle(disc):
    velocity = ifu.model(disc, SHAPE, SPAXEL, 0.0)["velocity"][0]
    x, y = kinematics.spaxel_offsets(SHAPE, SPAXEL)
    angle = np.rad2deg(np.arctan2((velocity * y).sum(), (velocity * x).sum()))
    assert abs(angle - 30) < 15 and velocity[x + y > 5].mean() > 20


def test_stated_integrals_come_out_of_the_maps(disc):
    maps = ifu.model(disc, SHAPE, SPAXEL, 0.0, oversample=4)
    x, y = kinematics.spaxel_offsets(SHAPE, SPAXEL)
    inside = kinematics.elliptical_radius(x, y, 0.5, 30.0) <= 3.0
    ratio = kinematics.v_over_sigma(maps["velocity"][0], maps["sigma"][0], maps["flux"][0], inside)
    assert ratio == pytest.approx(0.6, abs=0.04)
    light = maps["flux"][0][inside].sum() / (np.pi * 9.0 * 0.5)
    assert light == pytest.approx(velocity_field.FLUX_ZERO * 10 ** (-0.4 * 19.0), rel=0.05)


def test_no_rotation_without_ordered_motion(disc):
    disc["v_over_sigma"] = 0.0
    assert np.abs(ifu.model(disc, SHAPE, SPAXEL, 2.0)["velocity"]).max() < 0.1


def test_worse_seeing_lowers_lambda_and_raises_the_central_dispersion(disc):
    sharp, blurred = (ifu.model(disc, SHAPE, SPAXEL, fwhm) for fwhm in (1.0, 3.5))
    assert _lambda(blurred, disc) < _lambda(sharp, disc) - 0.08
    assert blurred["sigma"][0, 24, 24] > sharp["sigma"][0, 24, 24]
    np.testing.assert_allclose(sharp["flux"].sum(), blurred["flux"].sum(), rtol=1e-3)


def test_noise_is_as_large_as_the_errors_say(disc):
    many = disc[np.zeros(40, dtype=int)]
    exposure = ifu.coverage(SHAPE, SPAXEL, 15.0)
    seen = ifu.observe(many, exposure, SPAXEL, 2.0, rng=5)
    truth = ifu.model(disc, SHAPE, SPAXEL, 2.0)
    for name, error in (("velocity", "velocity_error"), ("sigma", "sigma_error")):
        pull = (seen[name] - truth[name]) / seen[error]
        assert np.nanstd(pull) == pytest.approx(1.0, abs=0.12)
        neighbours = np.nanmean(pull[:, :, 1:] * pull[:, :, :-1]) / np.nanvar(pull)
        assert 0.15 < neighbours < 0.4


def test_masks_follow_signal_to_noise_and_aperture(galaxies):
    exposure = ifu.coverage(SHAPE, SPAXEL, 15.0)
    seen = ifu.observe(galaxies, exposure, SPAXEL, 2.0, rng=2)
    x, y = kinematics.spaxel_offsets(SHAPE, SPAXEL)
    valid = np.isfinite(seen["velocity"])
    assert (seen["snr"][valid] > 3).all()
    assert not valid[:, np.hypot(x, y) > 8.6].any()
    assert all((np.isfinite(image) == valid).all() for image in seen.values())
    assert all(image.dtype == np.float32 for image in seen.values())
    deeper = ifu.observe(galaxies, exposure, SPAXEL, 2.0, depth=9.0, rng=2)
    assert np.isfinite(deeper["velocity"]).sum() > 1.3 * valid.sum()
    assert np.nanmedian(deeper["velocity_error"][valid]) < np.nanmedian(
        seen["velocity_error"][valid]
    )


def test_hexagon_lies_within_its_circle():
    circle = ifu.coverage((72, 72), SPAXEL, 32.0) > 0.5
    hexagon = ifu.coverage((72, 72), SPAXEL, 32.0, sides=6) > 0.5
    assert not (hexagon & ~circle).any()
    assert hexagon.sum() / circle.sum() == pytest.approx(3 * np.sqrt(3) / 2 / np.pi, abs=0.02)


def test_same_seed_same_galaxies_other_seed_others():
    one, two, other = (ifu.draw(20, rng=seed) for seed in (1, 1, 2))
    assert all((one[name] == two[name]).all() for name in one.colnames)
    assert (one["log_mass"] != other["log_mass"]).any()


def test_given_galaxies_keep_their_photometry():
    given = population.draw(5, rng=9)
    drawn = ifu.draw(5, rng=1, galaxies=given)
    assert all((drawn[name] == given[name]).all() for name in given.colnames)
    assert "v_over_sigma" in drawn.colnames and "v_over_sigma" not in given.colnames


def test_slow_bodies_turn_slowly_and_only_they_have_cores():
    drawn = ifu.draw(3000, rng=4)
    slow = drawn["slow"].data
    assert np.median(drawn["v_over_sigma"][slow]) < 0.4 * np.median(drawn["v_over_sigma"][~slow])
    assert (drawn["core"][~slow] == 0).all() and 0.3 < (drawn["core"][slow] > 0).mean() < 0.5
    assert (drawn["anisotropy"] <= 0.7 * (1 - drawn["thickness"]) + 1e-9).all()
