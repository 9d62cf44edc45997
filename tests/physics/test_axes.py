"""Axes of rotation and of light, of discs whose axes are known."""

import numpy as np
import pytest

from galutils.physics import axes, kinematics

X, Y = kinematics.spaxel_offsets((40, 44), 0.5)


def disc(angle, centre=(0.0, 0.0), noise=0.0, seed=0):
    """Return a velocity field whose receding side lies at an angle east of north."""
    turned = np.deg2rad(angle)
    x, y = X - centre[0], Y - centre[1]
    along = y * np.cos(turned) - x * np.sin(turned)
    across = y * np.sin(turned) + x * np.cos(turned)
    field = 150 * along / np.hypot(2.0, np.hypot(along, across / 0.6))
    field += noise * np.random.default_rng(seed).standard_normal(field.shape)
    return np.where(np.hypot(X, Y) < 8, field, np.nan)


@pytest.mark.parametrize("angle", [0, 33, 90, 151.5, 210, 300])
def test_the_receding_side_is_found(angle):
    found = axes.rotation_axis(disc(angle) + 70, X, Y)
    assert abs((found.position_angle - angle + 180) % 360 - 180) <= 0.5
    assert found.systemic == pytest.approx(70, abs=0.5)
    assert found.error < 2


def test_a_mirrored_grid_and_bins_give_the_same():
    field = disc(120)
    flipped = axes.rotation_axis(field[:, ::-1], X[:, ::-1], Y[:, ::-1])
    use = np.isfinite(field)
    bins = axes.rotation_axis(field[use], X[use], Y[use])
    assert flipped.position_angle == pytest.approx(120, abs=0.5)
    assert bins.position_angle == pytest.approx(120, abs=1)


def test_the_error_grows_with_the_noise_and_covers_the_truth():
    found = [axes.rotation_axis(disc(60, noise=120, seed=k), X, Y) for k in range(20)]
    away = np.abs([(one.position_angle - 60 + 180) % 360 - 180 for one in found])
    errors = np.array([one.error for one in found])
    assert errors.mean() > 2 * axes.rotation_axis(disc(60, noise=10), X, Y).error
    assert np.mean(away < 2 * errors) >= 0.8


def test_noise_alone_has_no_axis():
    noise = np.random.default_rng(1).standard_normal(X.shape)
    assert axes.rotation_axis(noise, X, Y).error > 20


def test_too_few_or_equal_velocities_have_no_axis():
    few = np.full(X.shape, np.nan)
    few[20, 20:26] = 5
    assert np.isnan(axes.rotation_axis(few, X, Y)).all()
    assert np.isnan(axes.rotation_axis(np.ones(X.shape), X, Y)).all()


@pytest.mark.parametrize(("ellipticity", "angle"), [(0.1, 20), (0.4, 100), (0.6, 170)])
def test_the_ellipse_of_the_light(ellipticity, angle):
    radius = kinematics.elliptical_radius(X - 0.5, Y + 1, ellipticity, angle + 90)
    found = axes.light_ellipse(np.exp(-radius / 2.5), X, Y)
    assert found.ellipticity == pytest.approx(ellipticity, abs=0.04)
    assert found.position_angle == pytest.approx(angle, abs=1 / ellipticity)
    assert (found.x, found.y) == (pytest.approx(0.5, abs=0.1), pytest.approx(-1, abs=0.1))
    assert np.isnan(axes.light_ellipse(np.full(X.shape, np.nan), X, Y)).all()
