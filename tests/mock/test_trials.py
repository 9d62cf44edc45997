import numpy as np
import pytest

from galutils.mock import sami, trials
from galutils.mock.bodies import velocity_field
from galutils.mock.instruments import ifu
from galutils.physics import kinematics


@pytest.fixture(scope="module")
def galaxies():
    return trials.draw(24, rng=5)


@pytest.fixture(scope="module")
def seen(galaxies):
    return trials.observe(galaxies, rng=6)


def _fast(table):
    return np.array(table["true_class"]) == kinematics.FAST


def test_true_spin_is_that_of_the_integral_over_a_plain_disc():
    disc = ifu.draw(1, rng=3)
    plain = {"ellipticity": 0.4, "position_angle": 20.0, "kinematic_angle": 20.0}
    for name in ("warp", "bar", "core", "core_velocity", "wave_velocity"):
        plain[name] = 0.0
    for name, value in plain.items():
        disc[name] = value
    radius = ((np.arange(400) + 0.5) / 400)[:, None]
    azimuth = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    index, slope = disc["sersic"][0], disc["sigma_slope"][0]
    light = np.exp(-velocity_field.sersic_b(index) * (radius ** (1 / index) - 1))
    _, fastest, hottest = velocity_field.amplitudes(disc)
    curve = radius / np.hypot(radius, disc["turnover"][0])
    velocity = np.abs(fastest[0] * curve * np.cos(azimuth))
    sigma = hottest[0] * (radius**2 + 0.15**2) ** (-slope / 2)
    weight = light * radius**2  # once for the area, once for lambda_R
    expected = (weight * velocity).sum() / (weight * np.hypot(velocity, sigma)).sum()
    assert trials.true_spin(disc)[0] == pytest.approx(expected, abs=0.01)


def test_true_spin_does_not_ask_for_distance_or_brightness(galaxies):
    far = galaxies.copy()
    far["r_e"] = galaxies["r_e"] / 3
    far["mu_e"] = galaxies["mu_e"] + 2
    np.testing.assert_allclose(trials.true_spin(far), galaxies["true_spin"], rtol=1e-5)


@pytest.mark.parametrize("truth", ["true_class", "body"])
def test_as_many_slow_as_fast_and_the_natural_share_is_kept(truth):
    drawn = trials.draw(20, rng=1, truth=truth)
    assert np.bincount(drawn[truth]).tolist() == [20, 20]
    assert 0.02 < drawn.meta["natural_slow"] < 0.15
    assert drawn.meta["source"] == "mock"
    assert np.unique(drawn["galaxy"]).size == 40


def test_true_class_follows_from_true_spin(galaxies):
    below = galaxies["true_spin"] < 0.31 * np.sqrt(galaxies["ellipticity"])
    np.testing.assert_array_equal(below, ~_fast(galaxies))


def test_an_unknown_survey_is_named():
    with pytest.raises(ValueError, match="SAMI, MaNGA, received 'CALIFA'"):
        trials.draw(2, survey="CALIFA")


def test_same_seed_same_maps_and_other_seed_other_noise(galaxies, seen):
    again, other = trials.observe(galaxies, rng=6), trials.observe(galaxies, rng=7)
    for name in trials.MAPS:
        np.testing.assert_array_equal(again[name], seen[name])
    assert not np.array_equal(other["velocity"], seen["velocity"], equal_nan=True)


def test_seeing_lowers_the_spin_of_fast_rotators(galaxies):
    median = []
    for seeing in (0.0, 2.0, 4.0):
        looked = trials.observe(galaxies, rng=6, seeing=seeing, depth=30.0)
        fast = _fast(looked) & (looked["r_e"].data > 1.5) & np.isfinite(looked["spin"])
        median.append(np.median((looked["spin"] / looked["true_spin"])[fast]))
    assert median[0] == pytest.approx(1, abs=0.05)
    assert median[0] > median[1] + 0.1 > median[2] + 0.15


def test_more_exposure_gives_less_noise_and_more_spaxels(galaxies, seen):
    deep = trials.observe(galaxies, rng=6, depth=16.0)
    both = np.isfinite(seen["velocity"]) & np.isfinite(deep["velocity"])
    ratio = np.median(seen["velocity_error"][both] / deep["velocity_error"][both])
    assert ratio == pytest.approx(4, rel=0.05)
    assert np.isfinite(deep["velocity"]).sum() > np.isfinite(seen["velocity"]).sum()


def test_another_look_is_at_the_same_galaxies(galaxies, seen):
    coarse = trials.observe(galaxies, rng=6, spaxel=1.0, seeing=3.0)
    assert coarse["velocity"].shape == (48, 25, 25)
    for name in ("galaxy", "true_spin", "true_class", "r_e"):
        np.testing.assert_array_equal(coarse[name], galaxies[name])
    assert set(coarse["seeing"]) == {3.0}
    light = [np.nansum(table["flux"], axis=(1, 2)) for table in (seen, coarse)]
    measured = (light[0] > 0) & (light[1] > 0)
    assert np.median(light[1][measured] / light[0][measured]) == pytest.approx(1, abs=0.2)


def test_an_aperture_takes_spaxels_away_and_nothing_else(seen):
    inner = trials.within(seen, 0.5)
    x, y = kinematics.spaxel_offsets(seen["velocity"].shape[1:])
    outside = np.hypot(x, y) > 0.5 * seen["r_e"].data[:, None, None]
    assert not np.isfinite(inner["velocity"][outside]).any()
    np.testing.assert_array_equal(inner["velocity"][~outside], seen["velocity"][~outside])
    assert (inner["reach"] <= seen["reach"]).all() and (inner["reach"] < 0.8).all()
    everything = trials.within(seen, 100.0)
    np.testing.assert_array_equal(everything["spin"], seen["spin"])


def test_the_catalogue_follows_the_rules_of_the_survey(seen):
    value = trials.catalogue_spin(seen)
    small = seen["r_e"].data <= np.maximum(1.5, 0.7 * seen["seeing"].data)
    assert np.isnan(value[small]).all() and np.isfinite(value).sum() > 20
    full = np.isfinite(value) & (seen["reach"] > 0.99)
    np.testing.assert_allclose(seen["spin"][full], value[full], atol=0.01)


def test_bundles_of_all_sizes_lie_in_one_frame():
    drawn = trials.draw(3, rng=2, survey="MaNGA")
    seen = trials.observe_bundles(drawn, rng=3)
    assert seen["velocity"].shape == (6, trials.BUNDLE_FRAME, trials.BUNDLE_FRAME)
    light, side = np.nan_to_num(seen["flux"]), trials.BUNDLE_FRAME
    measured = light.any(axis=(1, 2))
    brightest = light[measured].reshape(-1, side**2).argmax(axis=1)
    offset = np.array(np.unravel_index(brightest, (side, side))) - side // 2
    assert measured.sum() > 3 and np.abs(offset).max() <= 2
    extent = np.isfinite(seen["velocity"]).any(axis=1).sum(axis=1)
    assert np.all(extent * trials.SPAXEL <= [sizes(bundle) + 1 for bundle in drawn["bundle"]])
    value = trials.catalogue_spin(seen)
    assert np.isnan(value[seen["reach"] < 0.8]).all() and np.isfinite(value).any()


def sizes(bundle):
    return trials.manga_bundles.BUNDLES[bundle]


def test_the_frame_is_that_of_the_survey():
    assert trials.FRAME == 25.0 and sami.BUNDLE < trials.FRAME - 2 * sami.SEEING
