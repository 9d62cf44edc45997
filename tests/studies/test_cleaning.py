import numpy as np
import pytest

from galutils.studies import cleaning


@pytest.fixture
def maps():
    """Six rotating discs and six maps of noise, with signal-to-noise ratios falling outwards."""
    y, x = np.mgrid[:50, :50] - 24.5
    rng = np.random.default_rng(3)
    measured = np.hypot(x, y) < 15
    velocity = rng.normal(0, 10, (12, 50, 50))
    velocity[:6] += 4 * x
    snr = np.where(measured, 20 * np.exp(-np.hypot(x, y) / 8), np.nan)
    return np.where(measured, velocity, np.nan), np.broadcast_to(snr, velocity.shape)


def test_only_the_faintest_spaxels_are_spoilt(maps):
    velocity, snr = maps
    spoilt = cleaning.spoil(velocity, snr, 0.03, 400.0, rng=1)
    changed = np.isfinite(velocity) & (spoilt != velocity)
    wanted = int(np.ceil(0.03 * np.isfinite(velocity[0]).sum()))
    assert (changed.sum(axis=(1, 2)) == wanted).all()
    untouched = np.isfinite(velocity) & ~changed
    assert np.nanmax(snr[changed]) <= np.nanmin(snr[untouched])
    assert np.abs(spoilt[changed]).max() <= 400 and np.abs(spoilt[changed]).max() > 300
    np.testing.assert_array_equal(np.isnan(spoilt), np.isnan(velocity))


def test_failed_fits_lower_morans_i_and_cleaning_brings_it_back(maps):
    velocity, snr = maps
    label = np.repeat([1, 0], 6)
    spoilt = cleaning.spoil(velocity, snr, 0.05, 400.0, rng=1)
    versions = {"before": velocity, "spoilt": spoilt} | cleaning.treatments(spoilt, snr, 3.5)
    table, moran = cleaning.moran_by_class(versions, label, np.arange(12), seed=1)
    median = table.set_index("maps")["median fast"]
    assert median["spoilt"] < median["before"] - 0.1
    assert median["as published"] == median["spoilt"]
    assert all(median[one] > median["before"] - 0.05 for one in ("no outliers", "no faint spaxels"))
    assert (table["AUC of Moran's I"] == 1).all() and (table["slow below 0.4"] == 1).all()
    assert table["spaxels"].iloc[-1] < table["spaxels"].iloc[0]
    assert set(moran) == set(versions)


def test_unknown_galaxies_and_empty_maps_count_in_no_class(maps):
    velocity, _ = maps
    velocity = np.concatenate([velocity, np.full((2, 50, 50), np.nan)])
    label = np.concatenate([np.repeat([1, 0], 6), [-1, 1]])
    table, moran = cleaning.moran_by_class({"maps": velocity}, label, np.arange(14), seed=1)
    assert np.isnan(moran["maps"][-1]) and table["AUC of Moran's I"][0] == 1
