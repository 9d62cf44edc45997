import numpy as np
import pytest

from galutils.inputs import clean


@pytest.fixture
def disc():
    """Two maps that rise linearly along x, with the noise of measured ones and a round edge."""
    y, x = np.mgrid[:40, :40] - 19.5
    noise = np.random.default_rng(1).normal(0, 4, (2, 40, 40))
    return np.where(np.hypot(x, y) < 15, 5 * x + noise, np.nan).astype(np.float32)


def test_systemic_velocity_is_the_median_of_each_map(disc):
    offset = np.array([40.0, -70.0], np.float32)[:, None, None]
    np.testing.assert_allclose(
        clean.without_systemic(disc + offset), clean.without_systemic(disc), atol=1e-4
    )
    assert abs(np.nanmedian(clean.without_systemic(disc + offset)[1])) < 1e-4
    empty = np.full((1, 5, 5), np.nan)
    assert np.isnan(clean.without_systemic(empty)).all()


def test_planted_outliers_go_and_the_rest_stays(disc):
    rng = np.random.default_rng(2)
    rows, columns = np.nonzero(np.isfinite(disc[0]))
    chosen = rng.choice(rows.size, 20, replace=False)
    spoilt = disc.copy()
    spoilt[0, rows[chosen], columns[chosen]] += rng.choice([-300, 300], 20)
    cleaned = clean.without_outliers(spoilt, limit=4)
    assert np.isnan(cleaned[0, rows[chosen], columns[chosen]]).all()
    kept = np.isfinite(cleaned[0])
    np.testing.assert_array_equal(cleaned[0][kept], disc[0][kept])
    # of spaxels that are not outliers 4 standard deviations remove hardly any
    assert np.isnan(cleaned[0]).sum() - np.isnan(disc[0]).sum() <= 24


def test_a_map_does_not_depend_on_those_beside_it(disc):
    disc[1] *= 20
    for one, both in zip(disc, clean.without_outliers(disc), strict=True):
        np.testing.assert_array_equal(clean.without_outliers(one), both)


def test_deviation_is_from_the_median_of_measured_neighbours():
    field = np.full((5, 5), np.nan)
    field[2, 2], field[2, 3], field[1, 1], field[0, 0] = 10.0, 4.0, 2.0, 100.0
    assert clean.neighbour_deviation(field, 3)[2, 2] == 10 - 3
    assert np.isnan(clean.neighbour_deviation(field, 3)[4, 4])
    alone = np.full((5, 5), np.nan)
    alone[2, 2] = 1.0
    assert np.isnan(clean.neighbour_deviation(alone)).all()
    assert clean.without_outliers(alone)[2, 2] == 1.0


@pytest.mark.parametrize("window", (1, 4))
def test_window_must_have_a_middle(window):
    with pytest.raises(ValueError, match=f"odd number from 3 up, received {window}"):
        clean.neighbour_deviation(np.zeros((5, 5)), window)


def test_faint_and_unmeasured_spaxels_go(disc):
    snr = np.full(disc.shape, 2.0)
    snr[:, 18:22], snr[:, 20] = 8.0, np.nan
    kept = np.isfinite(clean.bright_spaxels(disc, snr, 3.0))
    assert kept[:, 18].any() and not kept[:, 20].any() and not kept[:, 10].any()


def test_smoothing_keeps_a_gradient_lowers_noise_and_leaves_gaps():
    rng = np.random.default_rng(0)
    plane = np.tile(np.arange(40.0), (40, 1))
    noisy = plane + rng.normal(0, 10, plane.shape)
    noisy[:, 30:] = np.nan
    [found] = clean.smoothed(noisy[None], 1.8)
    assert np.isnan(found[:, 30:]).all() and np.isfinite(found[:, :30]).all()
    inside = (slice(8, 32), slice(8, 22))
    assert np.std((found - plane)[inside]) < 2.5
    assert np.abs(np.mean((found - plane)[inside])) < 1
