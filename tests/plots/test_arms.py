"""Figures of `galutils.plots.arms` show what they are given."""

import io

import numpy as np
import pytest

from galutils.plots import arms as plot_arms


def texts(figure):
    """Draw, and return the texts of a figure, stripped."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    found = [t.get_text().strip() for t in figure.findobj(lambda o: hasattr(o, "get_text"))]
    return [text for text in found if text]


def panels(figure):
    """Return the axes that hold an image, without colour bars."""
    return [a for a in figure.axes if a.images and a.get_label() != "<colorbar>"]


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (7, 12, 12, 3), dtype=np.uint8)


def explained(image, title):
    heat = np.linspace(0, 1, image.shape[0] * image.shape[1]).reshape(image.shape[:2])
    smooth = 4 * heat
    return {"image": image, "grad_cam": heat, "smooth_grad": smooth, "title": title}


def test_explained_galaxies_lie_in_their_row_and_block(galaxies):
    one, other = (explained(galaxies[k], f"P({k}) = 0.9") for k in (1, 2))
    grey = explained(galaxies[3].mean(axis=-1), "P(?) = 0.6")
    rows = {"1": {"B0": one, "V2M": other}, "?": {"B0": None, "V2M": grey}}
    figure = plot_arms.explained_galaxies(rows)
    shown = panels(figure)
    assert [len(axes.images) for axes in shown] == [1, 2, 1] * 3
    assert np.array_equal(shown[0].images[0].get_array(), one["image"])
    assert np.array_equal(shown[3].images[0].get_array(), other["image"])
    base, heat = shown[1].images
    assert base.get_array().ndim == 2 and 0 < heat.get_alpha() < 1
    assert np.array_equal(heat.get_array(), one["grad_cam"])
    smooth = shown[2].images[0]
    inside = np.mean(np.asarray(smooth.get_array()) <= smooth.get_clim()[1])
    assert 0.98 < inside < 1  # the few largest are cut off
    text = texts(figure)
    for name, times in {
        "m = 1": 1, "m = ?": 1, "none": 1, "B0": 1, "V2M": 1, "SmoothGrad": 2, "Grad-CAM++": 2,
        "P(1) = 0.9": 1, "P(2) = 0.9": 1, "P(?) = 0.6": 1,
    }.items():  # fmt: skip
        assert text.count(name) == times, name
    assert "low" in text and "high" in text
    places = [axes.get_position() for axes in shown[:4]]
    gaps = [right.x0 - left.x1 for left, right in zip(places, places[1:], strict=False)]
    assert gaps[2] > 2 * gaps[1] > 0  # between the blocks, and within one
    assert shown[6].get_position().x0 == pytest.approx(shown[3].get_position().x0)


def test_explained_galaxies_take_a_map_of_zeros_and_no_galaxy(galaxies):
    dark = explained(galaxies[0], "P(1) = 0.3") | {"smooth_grad": np.zeros((12, 12))}
    figure = plot_arms.explained_galaxies({"1": {"B0": dark}})
    assert not np.any(panels(figure)[2].images[0].get_array())
    text = texts(plot_arms.explained_galaxies({"1": {"B0": None}, "2": {"B0": None}}))
    assert text.count("none") == 2 and "low" not in text


def test_called_otherwise_puts_blocks_side_by_side(galaxies):
    groups = {
        "called 1": (galaxies[:5], [f"P = 0.{k}" for k in range(5)]),
        "called 3": galaxies[5:],
    }
    figure = plot_arms.misclassified_galaxies(groups, columns=2)
    shown = panels(figure)
    assert len(shown) == 7
    text = texts(figure)
    assert "called 1" in text and "P = 0.4" in text
    first = [a for a in shown if a.get_title()]
    second = [a for a in shown if not a.get_title()]
    for axes, image in zip([*first, *second], galaxies, strict=True):
        assert np.array_equal(axes.images[0].get_array(), image)
    left = max(a.get_position().x1 for a in first)
    assert left < min(a.get_position().x0 for a in second)
    assert len({round(a.get_position().y0, 3) for a in first}) == 3  # rows of two
    assert "none" in texts(
        plot_arms.misclassified_galaxies({"called 1": galaxies, "called 4": galaxies[:0]})
    )
    with pytest.raises(ValueError, match=r"called 1: expected equally many, .* received \[5, 1\]"):
        plot_arms.misclassified_galaxies({"called 1": (galaxies[:5], ["P = 0.9"])})
