"""Positions from identifiers: a synthetic run on a tilted circle, and the real catalogue."""

import os

import numpy as np
import pandas as pd
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from scipy.spatial.transform import Rotation

from galutils.surveys import archive_root
from galutils.surveys.gz2 import identifiers


def objid(run, column, field, number=1):
    return (8 << 56) | (40 << 48) | (run << 32) | (column << 29) | (field << 16) | number


def test_run_column_and_field_are_read():
    run, column, field = identifiers.scan([objid(756, 3, 244, 77), objid(94, 6, 1023, 65535)])
    assert (run.tolist(), column.tolist(), field.tolist()) == ([756, 94], [3, 6], [244, 1023])


def apart(first, second):
    return SkyCoord(*first, unit="deg").separation(SkyCoord(*second, unit="deg"))


def test_a_run_is_placed_by_some_of_its_objects():
    rng = np.random.default_rng(0)
    column, field = rng.integers(1, 7, 40), rng.integers(11, 600, 40)
    ids = np.array([objid(94, *one) for one in zip(column.tolist(), field.tolist(), strict=True)])
    mu, nu = np.deg2rad(field * identifiers.FIELD), (column - 3.5) * identifiers.COLUMN
    nu = np.deg2rad(nu)
    along = [np.cos(nu) * np.cos(mu), np.cos(nu) * np.sin(mu), np.sin(nu)]
    x, y, z = Rotation.from_euler("zxz", [0.4, 1.1, 2.0]).apply(np.stack(along, 1)).T
    sky = np.rad2deg(np.arctan2(y, x)) % 360, np.rad2deg(np.arcsin(z))
    known = [one[:6] for one in (ids, *sky)]
    found = identifiers.positions(ids, *known)
    assert apart(found, sky).max() < 1 * u.arcsec
    few = identifiers.positions(ids, *(one[:3] for one in known))
    assert np.isnan(few).all()
    other = identifiers.positions([objid(95, 1, 20)], *known)
    assert np.isnan(other).all()


@pytest.mark.skipif("GALUTILS_DATA" not in os.environ, reason="no archive folder")
def test_real_objects_left_out_of_the_fit_lie_within_the_uncertainty():
    table = pd.read_csv(archive_root() / "gz2" / "hart2017_spirals_mass.csv")
    one = np.arange(len(table)) % 10 == 0
    known = [table[~one][name].to_numpy() for name in ("dr7objid", "ra", "dec")]
    ra, dec = identifiers.positions(table["dr7objid"][one], *known)
    placed = np.isfinite(ra)
    assert placed.mean() > 0.8
    away = apart((ra[placed], dec[placed]), [table[one][n][placed] for n in ("ra", "dec")])
    assert away.deg.max() < identifiers.UNCERTAINTY
    assert np.quantile(away.deg, 0.99) < identifiers.UNCERTAINTY / 1.5
