"""Several maps as channels, and lambda_R as the maps show it."""

import numpy as np
import pytest
from astropy.table import Table

from galutils.inputs import augment, channels
from galutils.physics import kinematics


@pytest.fixture
def galaxies():
    rng = np.random.default_rng(0)
    maps = {
        "velocity": rng.normal(0, 80, (3, 50, 50)),
        "sigma": rng.uniform(50, 200, (3, 50, 50)),
        "flux": rng.uniform(0.5, 2, (3, 50, 50)),
    }
    for name in maps:
        maps[name][:, :12] = np.nan
        maps[name][2] = np.nan  # nothing measured
    maps["flux"][0, 25, 25] = -1.0
    return Table({name: values.astype(np.float32) for name, values in maps.items()})


def test_channels_are_scaled_before_nan_becomes_zero(galaxies):
    x = channels.channels(galaxies, ("velocity", "sigma", "flux"))
    assert (x.shape, x.dtype) == ((3, 40, 40, 3), np.float32)
    velocity, sigma, flux = (np.array(galaxies[n])[:, 5:45, 5:45] for n in galaxies.colnames)
    measured = np.isfinite(velocity)
    assert not x[~measured].any()  # not -2, as a dispersion of 0 km/s would be
    np.testing.assert_allclose(x[..., 0][measured], velocity[measured] / 50, rtol=1e-6)
    np.testing.assert_allclose(x[..., 1][measured], sigma[measured] / 50 - 2, atol=1e-5)
    assert x[0, 20, 20, 2] == 0  # no light, no logarithm
    light = np.array(galaxies["flux"][1])
    np.testing.assert_allclose(
        x[1, 20, 20, 2], np.log10(light[25, 25] / np.nanmedian(light)), rtol=1e-4
    )


def test_the_scale_of_the_flux_is_no_matter_and_the_sample_stays_as_it_is(galaxies):
    before = np.array(galaxies["flux"])
    x = channels.channels(galaxies, ("flux",))
    np.testing.assert_array_equal(galaxies["flux"], before)
    galaxies["flux"] *= 100
    np.testing.assert_allclose(channels.channels(galaxies, ("flux",)), x, atol=1e-5)


def test_another_scale_of_the_dispersion_and_the_shape_of_the_galaxy(galaxies):
    galaxies["ellipticity"] = [0.1, 0.2, 0.3]
    x = channels.channels(galaxies, ("sigma", "ellipticity"), dispersion=(0.0, 100.0))
    sigma = np.nan_to_num(np.array(galaxies["sigma"]))[:, 5:45, 5:45]
    np.testing.assert_allclose(x[..., 0], sigma / 100, rtol=1e-6)
    assert (x[..., 1] == np.float32([0.1, 0.2, 0.3])[:, None, None]).all()


def test_unknown_channel_is_refused(galaxies):
    with pytest.raises(ValueError, match="velocity.*received \\['h3'\\]"):
        channels.channels(galaxies, ("velocity", "h3"))


def test_only_the_velocity_changes_sign():
    maps = np.ones((200, 4, 4, 3), np.float32)
    changed = augment.random_dihedral_and_sign(maps, 1, signed=slice(1))
    assert (maps == 1).all()
    assert (changed[..., 1:] == 1).all()
    assert 60 < (changed[:, 0, 0, 0] < 0).sum() < 140
    assert np.ptp(changed[..., 0], axis=(1, 2)).max() == 0


def test_lambda_on_the_map_follows_the_ellipse_east_of_north():
    x, y = kinematics.spaxel_offsets((50, 50), 0.5)
    # elongated along the columns' direction, which is west: 90 degrees east of north
    radius = kinematics.elliptical_radius(x, y, 0.6, 0.0)
    inside = radius < 6
    velocity = np.where(inside, 100.0, 0.0)
    table = Table({
        "velocity": [velocity, velocity], "sigma": np.full((2, 50, 50), 100.0),
        "flux": np.ones((2, 50, 50)), "ellipticity": [0.6, 0.6], "position_angle": [90.0, 0.0],
        "r_e": [6.0, 6.0],
    })  # fmt: skip
    along, across = channels.lambda_on_map(table)
    assert along == pytest.approx(np.sqrt(0.5))
    assert across < 0.6
    table["r_e"] = np.nan
    assert np.isnan(channels.lambda_on_map(table)).all()


def test_a_systemic_velocity_is_taken_off_within_the_radius():
    rng = np.random.default_rng(3)
    x, y = kinematics.spaxel_offsets((50, 50))
    velocity = np.where(
        np.hypot(x, y) < 12, 90 * np.tanh(x / 3) + rng.normal(0, 5, x.shape), np.nan
    )
    table = Table({"velocity": [velocity, velocity + 400, velocity * np.nan]})
    table["sigma"], table["flux"] = np.full((3, 50, 50), 80.0), np.exp(-np.hypot(x, y) / 4)[None]
    table["ellipticity"], table["position_angle"], table["r_e"] = 0.2, 30.0, 4.0
    spin = channels.lambda_on_map(table, about_median=True)
    inside = kinematics.elliptical_radius(x, y, 0.2, 120.0) < 4
    about = velocity - np.nanmedian(velocity[inside])
    radius = kinematics.elliptical_radius(x, y, 0.2, 120.0)
    expected = kinematics.lambda_r(about, 80.0, table["flux"][0], radius, inside)
    np.testing.assert_allclose(spin, [expected, expected, np.nan])
    assert channels.lambda_on_map(table)[1] > 0.9  # nearly all is the systemic velocity
