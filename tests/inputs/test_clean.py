import numpy as np
import pytest

from galutils.inputs import clean


@pytest.fixture
def disc():
    """Two maps that rise linearly along x, with the noise of measured ones and a round edge."""
    y, x = np.mgrid[:40, :40] - 19.5
    noise = np.random.default_rng(1).normal(0, 4, (2, 40, 40))
    return np.where(np.hypot(x, y) < 15, 5 * x + noise, np.nan).astype(np.float32)


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


def test_deviation_is_from_the_median_of_measured_neighbours(disc):
    field = disc[0] + np.random.default_rng(3).normal(0, 30, disc[0].shape)
    deviation = np.full(field.shape, np.nan)
    for y, x in np.argwhere(np.isfinite(field)):
        square = field[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3].copy()
        square[min(y, 2), min(x, 2)] = np.nan
        deviation[y, x] = abs(field[y, x] - np.nanmedian(square))
    removed = deviation > 2 * clean.TO_SIGMA * np.nanmedian(deviation)
    assert removed.sum() > 5
    expected = np.where(removed, np.nan, field)
    np.testing.assert_array_equal(clean.without_outliers(field, limit=2), expected)


def test_a_spaxel_without_measured_neighbours_stays():
    alone = np.full((5, 5), np.nan)
    alone[2, 2] = 1.0
    assert clean.without_outliers(alone)[2, 2] == 1.0


def test_faint_and_unmeasured_spaxels_go(disc):
    snr = np.full(disc.shape, 2.0)
    snr[:, 18:22], snr[:, 20] = 8.0, np.nan
    kept = np.isfinite(clean.bright_spaxels(disc, snr, 3.0))
    assert kept[:, 18].any() and not kept[:, 20].any() and not kept[:, 10].any()
