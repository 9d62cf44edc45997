"""What is put into velocity maps, and where it is looked for."""

import numpy as np
import pytest

from galutils.studies import planted_signals


def ramp(angle, side=30, radius=12.0):
    """A plane that rises along an angle (degrees from the columns) within a circle."""
    y, x = np.indices((side, side)) - (side - 1) / 2
    field = x * np.cos(np.deg2rad(angle)) + y * np.sin(np.deg2rad(angle))
    return np.where(np.hypot(x, y) <= radius, field, np.nan)


def test_the_axis_is_where_the_map_rises():
    angles = [0, 35, 120, -100]
    noise = np.random.default_rng(0).normal(0, 1, (4, 30, 30))
    found = np.rad2deg(planted_signals.kinematic_axis(np.stack([ramp(a) for a in angles]) + noise))
    np.testing.assert_allclose(found, angles, atol=2)


def test_shares_along_the_axis():
    """Of a flat rotation curve half of |V| lies within 30 degrees, of the area a third."""
    field = ramp(50, side=80, radius=38)
    y, x = np.indices(field.shape) - 39.5
    flat = (field / np.hypot(x, y))[None]
    assert planted_signals.along_axis(flat, flat)[0] == pytest.approx(0.5, abs=0.01)
    assert planted_signals.along_axis(np.ones_like(flat), flat)[0] == pytest.approx(1 / 3, abs=0.01)
    assert planted_signals.along_axis(-flat, flat, half=90)[0] == pytest.approx(1)
    outside = np.where(np.isnan(flat), 1e6, np.abs(flat))
    assert planted_signals.along_axis(outside, flat)[0] == pytest.approx(0.5, abs=0.01)
    assert np.isnan(planted_signals.along_axis(0 * outside, flat)[0])


def test_a_rotation_has_the_axis_and_the_amplitude():
    maps = np.stack([ramp(20), ramp(-70, radius=6)])
    found = planted_signals.rotation(maps, 60.0)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(maps))
    np.testing.assert_allclose(np.sqrt(np.nanmean(found**2, axis=(1, 2))), 60)
    np.testing.assert_allclose(
        planted_signals.kinematic_axis(found), planted_signals.kinematic_axis(maps), atol=0.02
    )
    assert np.nanmax(found[0]) < 2 * np.sqrt(np.nanmean(found[0] ** 2))  # it flattens


def test_discs_lie_on_measured_spaxels_away_from_the_middle():
    maps = np.stack([ramp(0)] * 20 + [ramp(0, radius=5)])
    centre, inside = planted_signals.discs(maps, 4, rng=1)
    assert np.isnan(centre[-1]).all() and not inside[-1].any()
    distance = np.hypot(*(centre[:-1] - 14.5).T)
    assert np.all(distance > 4) and np.all(distance < 12)
    assert np.unique(centre[:-1], axis=0).shape[0] > 10
    assert not inside[:, 14:16, 14:16].all()
    counts = inside[:-1].sum(axis=(1, 2))
    assert np.all(counts >= 0.85 * 49) and np.all(counts <= 49)
    assert not (inside & np.isnan(maps)).any()


def test_a_planted_disc_rotates_and_leaves_the_rest():
    maps = np.stack([ramp(0, radius=14)] * 5) * 0
    centre, inside = planted_signals.discs(maps, 4, rng=2)
    found = planted_signals.plant(maps, centre, inside, 70.0, rng=3)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(maps))
    for field, at, disc in zip(found, centre.astype(int), inside, strict=True):
        assert np.sqrt(np.mean(field[disc] ** 2)) == pytest.approx(70)
        assert field[tuple(at)] == pytest.approx(0)
        assert disc.flat[np.nanargmax(np.abs(field))]
        y, x = np.indices(field.shape)
        far = np.isfinite(field) & (np.hypot(y - at[0], x - at[1]) > 8)
        assert np.abs(field[far]).max() < 2
    pairs = np.diff([np.nanargmax(one) for one in found])
    assert len(np.unique(pairs)) > 1  # not all in one direction


def test_rearranged_maps_keep_their_velocities():
    rng = np.random.default_rng(4)
    maps = np.stack([ramp(30), ramp(-45)]) + rng.normal(0, 8, (2, 30, 30))
    for how in ("sorted", "shuffled"):
        found = planted_signals.rearranged(maps, how, rng=5)
        np.testing.assert_array_equal(np.isnan(found), np.isnan(maps))
        for one, other in zip(found, maps, strict=True):
            np.testing.assert_array_equal(np.sort(one, axis=None), np.sort(other, axis=None))
        use = np.isfinite(maps[0])
        order = np.corrcoef(
            found[0][use], ramp(np.rad2deg(planted_signals.kinematic_axis(maps)[0]))[use]
        )
        assert (order[0, 1] > 0.95) if how == "sorted" else (abs(order[0, 1]) < 0.2)


def test_hits_look_among_the_wanted_spaxels():
    values, inside = np.zeros((3, 5, 5)), np.zeros((3, 5, 5), bool)
    inside[:, 1, 1] = True
    where = np.ones_like(inside)
    values[0, 1, 1], values[1, 3, 3] = 2, 2
    values[2, 1, 1], values[2, 4, 4] = 1, 9
    where[2, 4, 4] = False
    np.testing.assert_array_equal(planted_signals.hits(values, inside, where), [True, False, True])
