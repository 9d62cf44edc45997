"""Features of maps whose answer is known."""

import numpy as np
import pytest

from galutils.physics import kinematics, map_features


@pytest.fixture(scope="module")
def table():
    x, y = kinematics.spaxel_offsets((30, 30))
    plane = 3 * x + 4 * y + 70
    noise = np.random.default_rng(0).normal(0, 20, x.shape)
    plane[np.hypot(x, y) > 7] = np.nan
    return map_features.map_features(np.stack([plane, noise, np.abs(x), np.full_like(x, np.nan)]))


def test_plane_is_pure_ordered_rotation(table):
    row = table.iloc[0]
    assert row["gradient"] == pytest.approx(5)
    assert row["order"] == pytest.approx(1)
    assert row["antisymmetry"] == pytest.approx(1)
    assert row["moran_queen"] > 0.9


def test_rotation_curve_explains_a_disc_that_a_plane_does_not():
    x, y = kinematics.spaxel_offsets((60, 60))
    radius = np.maximum(np.hypot(x, y), 1e-9)
    disc = 100 * (radius / (radius + 2)) * (0.6 * x + 0.8 * y) / radius
    disc[radius > 14] = np.nan
    noisy = disc + np.random.default_rng(1).normal(0, 10, disc.shape)
    table = map_features.map_features(np.stack([disc, noisy]))
    assert table.loc[0, "rotation"] > 0.995 > table.loc[0, "order"]
    assert table.loc[1, "residual"] == pytest.approx(10, rel=0.1)
    assert table.loc[0, "asymmetry"] == pytest.approx(0, abs=1e-9)
    assert table.loc[1, "scatter"] > 5 * table.loc[0, "scatter"]
    assert table.loc[1, "roughness"] > 3 * table.loc[0, "roughness"]
    assert table.loc[0, "tail"] == pytest.approx(
        np.quantile(np.abs(disc[np.isfinite(disc)]), 0.99)
        / np.quantile(np.abs(disc[np.isfinite(disc)]), 0.9),
        rel=0.02,
    )


def test_noise_has_no_order(table):
    row = table.iloc[1]
    assert abs(row["order"]) < 0.02
    assert abs(row["rotation"]) < 0.03
    assert abs(row["moran_rook"]) < 0.1
    assert row["spread"] == pytest.approx(20, rel=0.1)
    assert row["amplitude"] == pytest.approx(1.645 * 20, rel=0.1)


def test_mirror_symmetric_map_is_not_rotation(table):
    assert table.loc[2, "antisymmetry"] == pytest.approx(-1)
    assert table.loc[2, "asymmetry"] == pytest.approx(2)
    assert table.loc[2, "gradient"] == pytest.approx(0, abs=1e-9)


def test_empty_map_has_no_features(table):
    assert table.loc[3, "n_valid"] == 0
    assert table.loc[3].drop("n_valid").isna().all()
