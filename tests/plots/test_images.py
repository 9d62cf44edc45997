"""Figures of images show what they are given."""

import io

import numpy as np
import pytest

from galutils.plots import images as plot_images


def images(figure):
    """Return the arrays of all images, axes by axes."""
    return [np.asarray(i.get_array()) for axes in figure.axes for i in axes.images]


def test_image_grid_and_its_errors():
    figure = plot_images.image_grid(np.zeros((7, 8, 8)), list("0123456"), columns=5)
    assert len(images(figure)) == 7 and len(figure.axes) == 10
    assert [axes.get_title() for axes in figure.axes][:2] == ["0", "1"]
    for wrong in ([], ["one"]):
        with pytest.raises(ValueError, match="images and titles: expected equally many, 1 to"):
            plot_images.image_grid(np.zeros((2 * len(wrong), 8, 8)), wrong)


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_cutouts_have_north_up_and_a_true_scale():
    cut = np.zeros((2, 200, 200, 3), dtype=np.uint8)
    figure = plot_images.cutouts(cut, ["member", "background"])
    assert "5 arcsec" in drawn(figure)
    [bar] = figure.axes[0].artists
    assert bar.size_bar.get_children()[0].get_width() == pytest.approx(50)  # pixels of 0.1 arcsec
    assert not figure.axes[1].artists  # the scale is that of all
    for axes in figure.axes:
        bottom, top = axes.get_ylim()
        assert bottom > top  # row 0, north, is on top
    where = {t.get_text(): t.get_position() for t in figure.axes[0].texts}
    assert where["N"][1] > where["E"][1] and where["E"][0] < where["N"][0]  # points, up and left


def test_feature_maps_are_each_on_their_own_scale():
    rng = np.random.default_rng(3)
    layers = {"conv1": rng.random((3, 20, 20)), "block 2": 50 * rng.random((3, 5, 5))}
    layers["block 2"][2] = 0
    figure = plot_images.feature_maps(np.zeros((40, 40, 3), dtype=np.uint8), layers)
    maps = [array for array in images(figure) if array.shape in ((20, 20), (5, 5))]
    assert [array.max() for array in maps] == [1, 1, 1, 1, 1, 0]
    assert "20 × 20" in drawn(figure) and "activation" in drawn(figure)
    layers["conv1"] = layers["conv1"][:2]
