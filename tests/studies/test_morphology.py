"""Sweeps of the morphology thesis on toy galaxies that differ in ellipticity alone."""

import numpy as np
import pytest

from galutils.inputs import images
from galutils.scores import binary, roc
from galutils.studies import attention, morphology

TRAINING = {"epochs": 8, "filters": (4, 4, 4, 8), "dense": 8, "batch_size": 20}


@pytest.fixture(scope="module")
def toys():
    rng = np.random.default_rng(0)
    n, side = 240, 16
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    labels = (np.arange(n) % 3 > 0).astype(int)
    flat = np.where(labels == 1, 0.7, 0.1)[:, None, None]
    angle = rng.uniform(0, np.pi, n)[:, None, None]
    major, minor = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    light = np.exp(-np.hypot(major, minor / (1 - flat)) / 3)
    pixels = light[..., None] * np.array([0.5, 1.0, 1.4]) + rng.normal(0, 0.01, (n, side, side, 3))
    return pixels.astype("f4"), labels, np.arange(n) // 2


def test_settings_select_bands_centre_and_normalisation(toys):
    pixels = toys[0]
    setting = morphology.Setting("max_r", "r", 0.5, {"regularisation": "dropout"})
    x = setting.inputs(pixels)
    assert x.shape == (240, 8, 8, 1)
    scaled = images.normalise(pixels, "max_r", central=0.25)
    np.testing.assert_allclose(x[..., 0], scaled[:, 4:12, 4:12, 1])
    model = setting.build(16, filters=(2, 2, 2, 2))()
    assert model.input_shape == (None, 8, 8, 1)
    assert any(type(layer).__name__ == "Dropout" for layer in model.layers)
    assert setting.change(bands="gri").bands == "gri"


def test_sweep_judges_each_setting_under_both_protocols_and_keeps_galaxies_together(toys):
    settings = {"max": morphology.Setting(), "max_r": morphology.Setting("max_r", "r", 0.5)}
    tables = morphology.sweep("toys", *toys, settings, 2, 5, **TRAINING)
    assert list(tables) == ["max", "max_r"]
    for table in tables.values():
        assert list(table.columns) == ["fold", "grouped", "as_published"]
        assert table["as_published"].notna().sum() == 48
        fold = table["fold"].to_numpy()
        assert (fold[::2] == fold[1::2]).all(), "both rows of a galaxy lie in one fold"
    assert binary.auc(toys[1], tables["max"]["grouped"]) > 0.8
    areas = morphology.areas(toys[1], toys[2], tables, 3)["max"]
    assert areas["as_published"]["value"] > 0.75
    assert areas["grouped"]["value"] == pytest.approx(binary.auc(toys[1], tables["max"]["grouped"]))


def test_family_trains_a_network_of_the_whole_then_one_a_fold(toys):
    pixels, labels, groups = toys
    half = morphology.Setting("max_r", "r", 0.5, {"outputs": 2})
    fit = morphology.family("toys", half, 16, **TRAINING)
    table, networks, histories = morphology.both_protocols(
        fit, half.inputs(pixels), labels, groups, 2, 5
    )
    assert fit.trained and len(networks) == len(histories) == len(fit.members) == 3
    assert networks[1].input_shape == (None, 8, 8, 1)
    assert fit.settings["setting"]["normalisation"] == "max_r"
    maps = attention.attributions(networks[1], half, pixels[:2], zoom=2)
    assert maps.shape == (2, 16, 16)
    assert roc.optimal_threshold(labels, table["grouped"].to_numpy()) <= 1


def test_learning_curve_tests_the_same_galaxies(toys):
    training = {name: TRAINING[name] for name in ("filters", "dense", "batch_size")}
    test, probability = morphology.learning_curve(
        *toys, morphology.Setting(), [20, 180], 5, steps=30, **training
    )
    assert list(probability) == [20, 180]
    assert all(len(p) == len(test) == 48 for p in probability.values())
    assert binary.auc(toys[1][test], probability[180]) > 0.8
    with pytest.raises(ValueError, match="expected at most 192, received 500"):
        morphology.learning_curve(*toys, morphology.Setting(), [500], 5, steps=30)
