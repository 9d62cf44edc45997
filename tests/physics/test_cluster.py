"""Velocities, dispersion and escape of a cluster whose answers are known."""

import numpy as np
import pytest

from galutils.physics import cluster

CENTRE, SIGMA = 0.018, 1300.0


@pytest.fixture
def galaxies():
    """Return redshifts and distances of 400 members and 60 galaxies behind them."""
    rng = np.random.default_rng(4)
    z = CENTRE + (1 + CENTRE) * rng.normal(0, SIGMA, 400) / cluster.LIGHT
    return np.append(z, rng.uniform(0.045, 0.2, 60)), rng.uniform(1, 90, 460)


def test_velocities_are_those_of_the_cluster_s_frame():
    found = cluster.velocity([CENTRE, 2 * CENTRE, np.nan], CENTRE)
    assert found[0] == 0 and found[1] == pytest.approx(299792.458 * 0.018 / 1.018)
    assert np.isnan(found[2])


def test_centre_and_dispersion_are_found_with_intervals(galaxies):
    z, _ = galaxies
    given = np.append(z[:400], np.nan), 500
    for drawn, truth in zip(
        cluster.centre_and_dispersion(*given, rng=1), (CENTRE, SIGMA), strict=True
    ):
        assert drawn.shape == (501,)
        low, high = np.quantile(drawn[1:], [0.025, 0.975])
        assert low < truth < high and low < drawn[0] < high
        assert high - low < 0.2 * truth
    with pytest.raises(ValueError, match="three members or more, received 1"):
        cluster.centre_and_dispersion([0.018, np.nan])


def test_a_halo_is_that_of_its_dispersion():
    mass, radius = cluster.halo(1177, 0.0)
    assert mass == pytest.approx(1e15 / 0.6766, rel=1e-3)  # h of Planck 2018
    # 200 times the critical density of 1.28e11 M_sun per Mpc^3
    assert mass / (4 / 3 * np.pi * radius**3) == pytest.approx(200 * 1.27e11, rel=0.02)


def test_escape_is_slower_outside_and_faster_from_a_heavier_cluster():
    radius = np.array([0.0, 0.5, 1.0, 3.0])
    light, heavy = (cluster.escape_velocity(radius, sigma, CENTRE) for sigma in (700, 1300))
    assert np.all(np.diff(heavy) < 0) and np.all(heavy > light) and np.isfinite(heavy).all()
    _, r_200 = cluster.halo(1300, CENTRE)
    [at] = cluster.escape_velocity([r_200], 1300, CENTRE)
    inner = np.log(5) - 0.8
    circular = np.sqrt(4.30091e-9 * cluster.halo(1300, CENTRE)[0] / r_200)
    assert at == pytest.approx(circular * np.sqrt(2 * np.log(5) / inner), rel=1e-3)


def test_bound_are_the_members_and_nothing_behind(galaxies):
    z, distance = galaxies
    distance[0] = np.nan
    found = cluster.bound(z, distance, (0.01, 0.033))
    assert not found[400:].any() and not found[0]
    assert found[1:400].mean() > 0.99
    cut = (z > 0.01) & (z < 0.033)
    assert np.sum(found & ~cut) > 0  # of a Gaussian some lie beyond the cut
    assert cluster.projected(90, CENTRE) == pytest.approx(2.03, abs=0.03)
