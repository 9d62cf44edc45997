"""Figures of `galutils.plots.maps` show what they are given."""

import io

import numpy as np
import pytest
import seaborn

from galutils.physics import kinematics, spatial
from galutils.plots import maps as plot_maps
from galutils.plots import style as plot_style


@pytest.fixture(scope="module")
def maps():
    """Velocity and dispersion of two galaxies, 40 x 40 spaxels of 0.5 arcsec."""
    x, y = kinematics.spaxel_offsets((40, 40))
    velocity = np.stack([150 * np.tanh(x / 3) + 20, -30 * np.tanh(y / 3)])
    velocity[:, np.hypot(x, y) > 7.5] = np.nan
    return velocity, np.where(np.isfinite(velocity), 120 - 3 * np.hypot(x, y), np.nan)


def is_diverging(cmap):
    """Whether a colour map is palest in the middle and darkens to both ends."""
    steps = np.diff(cmap(np.linspace(0, 1, 101))[:, :3] @ (0.3, 0.59, 0.11))
    return (steps[:50] > -0.005).all() and (steps[50:] < 0.005).all()


def is_graded(cmap):
    """Whether lightness only rises or only falls."""
    steps = np.diff(cmap(np.linspace(0, 1, 101))[:, :3] @ (0.3, 0.59, 0.11))
    return (steps > -1e-3).all() or (steps < 1e-3).all()


def test_velocity_diverges_about_zero_and_dispersion_rises_from_it(maps):
    velocity, sigma = maps
    moran = spatial.moran(velocity[0], permutations=9, rng=0)
    pair = plot_maps.kinematic_maps(list(zip(velocity, sigma, strict=True)), "ab", "cd")
    signed = plot_maps.gallery(velocity, ["a", "b"]).axes[:2] + pair.axes[:4:2]
    signed += plot_maps.moran_panels(velocity[:1], [moran], {"IG": velocity[:1]}, ["a"]).axes[:3:2]
    for axes in signed:
        [image] = axes.images
        low, high = image.get_clim()
        assert low == -high < 0
        assert is_diverging(image.get_cmap())
    for axes in pair.axes[1:4:2]:
        [image] = axes.images
        assert image.get_clim()[0] == 0
        assert is_graded(image.get_cmap())
    assert is_graded(seaborn.color_palette(plot_style.SHARES, as_cmap=True))
    assert signed[0].images[0].get_cmap().name != signed[-1].images[0].get_cmap().name


def label_of(image):
    """Return what is written at the colour bar of an image."""
    bar = image.colorbar.ax
    return f"{bar.get_xlabel()} {bar.get_ylabel()}"


def test_every_map_has_a_colour_bar_with_its_unit(maps):
    velocity, sigma = maps
    gallery = plot_maps.gallery(velocity, ["a", "b"])
    pair = plot_maps.kinematic_maps([(velocity[0], sigma[0])], ["a"], ["b"])
    for axes in gallery.axes[:2] + pair.axes[:2]:
        assert "km/s" in label_of(axes.images[0])
    assert "V" in label_of(pair.axes[0].images[0]) and "σ" in label_of(pair.axes[1].images[0])


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
    attributions = {"from rest": [velocity[1]], "from maps": [velocity[2]]}
    figure = plot_maps.moran_panels([velocity[0]], [moran], attributions, ["one"])
    text = drawn(figure)
    assert f"{moran.statistic:.3f}" in text and "spatial lag" in text
    assert all(name in text for name in attributions)
    np.testing.assert_array_equal(figure.axes[3].images[0].get_array(), velocity[2])
