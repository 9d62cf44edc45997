"""Figures carry what their arrays say: labels with units, limits, counts."""

import io

import numpy as np
import pandas as pd
import pytest

from galutils.physics import kinematics, spatial
from galutils.plots import maps as plot_maps
from galutils.plots import roc as plot_roc
from galutils.plots import samples as plot_samples
from galutils.plots import scores as plot_scores


@pytest.fixture(scope="module")
def velocity():
    x, y = kinematics.spaxel_offsets((40, 40))
    maps = np.stack([100 * np.tanh(x / 3), -30 * np.tanh(y / 3), 0 * x])
    maps[:, np.hypot(x, y) > 7.5] = np.nan
    return maps


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_maps_are_centred_on_zero_with_east_left(velocity):
    figure = plot_maps.gallery(velocity, ["a", "b", "at rest"])
    assert "[km/s]" in drawn(figure) and "[arcsec]" in drawn(figure)
    images = [image for axes in figure.axes for image in axes.images]
    assert len(images) == 3
    for image in images:
        low, high = image.get_clim()
        assert low == -high < 0
        left, right, bottom, top = image.get_extent()
        assert left > right and bottom < top


def test_empty_gallery_says_so():
    assert "nothing wrong" in drawn(plot_maps.gallery([], [], empty="nothing wrong"))


def test_kinematic_maps_and_panels(velocity):
    text = drawn(plot_maps.kinematic_maps([(velocity[0], 80 + velocity[1])], ["one"], ["λR = 0.5"]))
    assert "V [km/s]" in text and "σ [km/s]" in text
    moran = spatial.moran(velocity[0], permutations=9, rng=0)
    text = drawn(plot_maps.moran_panels([velocity[0]], [moran], [velocity[1]], ["one"]))
    assert f"{moran.statistic:.3f}" in text and "spatial lag" in text


def test_planes_and_histograms_count_what_they_draw():
    rng = np.random.default_rng(0)
    lam, eps = rng.random(50), rng.random(50) * 0.9
    lam[:5] = np.nan
    classes = kinematics.rotator_class(lam, eps)
    text = drawn(
        plot_samples.lambda_ellipticity(lam, eps, classes, {"E11": kinematics.slow_boundary})
    )
    assert f"fast ({np.sum(classes == 1)})" in text and "E11" in text
    figure = plot_samples.class_histograms(lam, classes, "spin")
    assert f"slow ({np.sum(classes == 0)})" in drawn(figure)
    sides = [{"lam": lam}, {"lam": lam[::2]}]
    assert "share" in drawn(
        plot_samples.distributions(sides, ["a", "b"], {"lam": ("λ", np.linspace(0, 1, 9))})
    )
    assert "colour" in drawn(plot_samples.scatter(lam, eps, "x", "y", eps, "colour"))


def test_figures_of_classifiers():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 80)
    probability = np.clip(labels * 0.4 + rng.random(80) * 0.6, 0, 1)
    text = drawn(plot_scores.confusion_matrices([np.array([[3, 1], [2, 14]])] * 2, ["a", "b"]))
    assert "75.0%" in text and "14" in text
    figure = plot_roc.roc_curves({"net": (labels, probability)})
    assert figure.axes[0].get_xscale() == "log"
    text = drawn(plot_scores.probability_histogram(probability, labels, cuts=(0.05, 0.95)))
    assert f"P ≥ 0.95: {np.sum(probability >= 0.95)}" in text
    history = pd.DataFrame(
        {"epoch": [1, 2], "loss": [1, 0.5], "val_loss": [1, 0.9], "accuracy": [0.5, 0.8],
         "val_accuracy": [0.5, 0.7]}
    )  # fmt: skip
    assert "cross-entropy" in drawn(plot_scores.training_curves([history], ["one"]))
    rows = {"a": {"value": 0.9, "low": 0.8, "high": 0.95}}
    assert "0.900" in drawn(plot_scores.intervals(rows, "AUC", {"published": 0.95}))
