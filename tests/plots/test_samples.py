"""Figures of `galutils.plots.samples` show what they are given."""

import io

import numpy as np
import pytest

from galutils.physics import kinematics
from galutils.plots import samples as plot_samples
from galutils.studies.arm_selection import CLASSES


def texts(figure):
    """Draw, and return the texts of a figure, stripped."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    found = [t.get_text().strip() for t in figure.findobj(lambda o: hasattr(o, "get_text"))]
    return [text for text in found if text]


@pytest.fixture(scope="module")
def masses():
    """Labels of all six classes, m = 4 has three galaxies; a prediction without any m = 5+."""
    rng = np.random.default_rng(1)
    number = np.repeat(np.arange(6), (30, 400, 60, 3, 12, 50))
    mass = rng.normal(10.2, 0.4, number.size) + 0.5 * (number == 0)
    mass[:2], mass[40] = np.nan, 3.0
    predicted = np.where(number == 4, 3, number)
    predicted[:10] = -1
    return {"labels": (mass, number), "B0": (mass, predicted)}


def test_mass_histograms_are_densities_in_the_same_bins(masses):
    figure = plot_samples.mass_histograms(masses, CLASSES)
    assert len(figure.axes) == 12
    assert [a.get_title() for a in figure.axes[:6]] == [f"m = {name}" for name in CLASSES]
    numbers = [t.get_text() for axes in figure.axes for t in axes.texts]
    expected = "28 400 60 3 12 50 20 400 60 15 0 50".split()
    assert numbers == [f"n = {n}" for n in expected]
    for axes in figure.axes:
        filled = axes.containers[0]
        area = sum(bar.get_height() * bar.get_width() for bar in filled)
        assert 0.98 < area < 1  # one galaxy in 200 beyond either end
    edges = [bar.get_x() for bar in filled] + [filled[-1].get_bbox().x1]
    x, y = figure.axes[1].patches[-1].get_xy().T
    assert np.unique(x) == pytest.approx(edges)
    assert 0.97 < np.trapezoid(y, x) < 1 and y.max() > 0.5
    assert "solar masses" in " ".join(texts(figure))


def test_few_galaxies_are_ticks_at_their_masses(masses):
    mass, number = masses["labels"]
    figure = plot_samples.mass_histograms(masses, CLASSES)
    four, five = figure.axes[3], figure.axes[10]  # labels m = 4; B0 m = 5+
    ticks = [segment[0, 0] for segment in four.collections[0].get_segments()]
    assert ticks == pytest.approx(mass[number == 3])
    assert len(four.patches) == len(five.patches) == 14  # bars of all galaxies only
    assert len(figure.axes[0].patches) == 15 and not figure.axes[0].collections


def test_masses_have_no_more_classes_than_colours(masses):
    with pytest.raises(ValueError, match="at most 6"):
        plot_samples.mass_histograms(masses, "abcdefg")


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


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
