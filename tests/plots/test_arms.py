"""Figures of the study of spiral arms: what is drawn equals what was given."""

import io

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyBboxPatch

from galutils.plots import arms as plot_arms
from galutils.plots import network_diagrams as plot_network_diagrams
from galutils.plots import samples as plot_samples
from galutils.plots import scores_by_class as plot_scores_by_class
from galutils.studies.arm_selection import CLASSES, PUBLISHED, group_names


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


def test_examples_write_fractions_and_leave_places_empty(galaxies):
    rows = {"2": (galaxies[:4], [0.81, 0.9, 0.95, 1.0]), "5+": (galaxies[4:6], [0.83, 0.88])}
    figure = plot_arms.class_examples(rows | {"4": (galaxies[:0], [])}, columns=4)
    assert len(figure.axes) == 12 and len(panels(figure)) == 6
    text = texts(figure)
    assert [t for t in text if t.startswith("m")] == ["m = 2", "m = 5+", "m = 4"]
    given = zip(panels(figure), galaxies, (0.81, 0.9, 0.95, 1.0, 0.83, 0.88), strict=False)
    for axes, image, fraction in given:
        assert np.array_equal(axes.images[0].get_array(), image)
        assert f"p = {fraction:.2f}" in [t.get_text() for t in axes.texts]
        bottom, top = axes.get_ylim()
        assert bottom > top  # row 0 on top
    with pytest.raises(ValueError, match="2: expected at most 3"):
        plot_arms.class_examples(rows, columns=3)
    with pytest.raises(ValueError, match="fraction each"):
        plot_arms.class_examples({"2": (galaxies[:2], [0.9])})


def test_steps_are_at_one_scale_from_left_to_right(galaxies):
    crop = galaxies[0, 3:9, 3:9]
    steps = [galaxies[0], crop, crop.mean(axis=-1)]
    figure = plot_arms.processing_steps(steps, ["original", "cropped", "grey"])
    text = texts(figure)
    assert "original" in text and "12 × 12 pixels" in text and text.count("6 × 6 pixels") == 2
    [axes] = figure.axes
    extents = np.array([image.get_extent() for image in axes.images])
    assert extents[:, 1] - extents[:, 0] == pytest.approx([12, 6, 6])
    assert extents[:, 3] - extents[:, 2] == pytest.approx([12, 6, 6])
    assert np.ptp(extents[:, 2:].mean(axis=1)) < 1e-9  # on one line
    assert (extents[1:, 0] > extents[:-1, 1]).all()
    arrows = [t for t in axes.texts if getattr(t, "arrow_patch", None)]
    for arrow, left, right in zip(arrows, extents[:-1, 1], extents[1:, 0], strict=True):
        assert left < arrow.xyann[0] < arrow.xy[0] < right
    low, high = axes.get_xlim()
    assert low <= extents.min() and extents[:, :2].max() <= high
    for wrong in ([], ["one"]):
        with pytest.raises(ValueError, match="title each"):
            plot_arms.processing_steps(steps[: 2 * len(wrong)], wrong)


def test_tail_has_layers_in_order_and_a_unit_a_class():
    shapes = [("top_activation", "7 × 7 × 1280"), ("pooling", "1280"), ("softmax", "5")]
    figure = plot_network_diagrams.network_tail("EfficientNetB0", shapes, group_names("3+4"))
    text = texts(figure)
    assert "EfficientNetB0\n\ntop_activation" in text
    places = {t.get_text(): t.get_position()[0] for t in figure.axes[0].texts}
    assert places["7 × 7 × 1280"] < places["pooling"] == places["1280"] < places["softmax"]
    assert len(figure.findobj(FancyBboxPatch)) == 3 and len(figure.findobj(Circle)) == 5
    heights = {t.get_text(): t.get_position()[1] for t in figure.axes[0].texts}
    assert heights["P(m = 1)"] > heights["P(m = 3, 4)"] > heights["P(m = ?)"]
    with pytest.raises(ValueError, match="shapes"):
        plot_network_diagrams.network_tail("EfficientNetB0", shapes[:1], CLASSES)


def test_score_by_size_has_means_and_ratios_at_their_sizes():
    sizes, runs = [424, 224, 124], np.array([[0.8, 0.9], [0.9, 0.94], [0.7, 0.7]])
    figure = plot_scores_by_class.score_by_size(
        sizes, {"B0": runs, "V2M": runs - 0.1}, {"B0": (224, 0.91, 2.2)}
    )
    above, below = figure.axes
    container = above.containers[0]
    line, _, (bars,) = container.lines
    assert line.get_xydata() == pytest.approx(np.array([(124, 0.7), (224, 0.92), (424, 0.85)]))
    spread = np.array([np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()])
    assert spread == pytest.approx([0, 0.02 * np.sqrt(2), 0.05 * np.sqrt(2)])
    ratio = below.lines[0].get_ydata()
    assert ratio == pytest.approx(100 * spread / [0.7, 0.92, 0.85])
    marks = [line for line in (*above.lines, *below.lines) if line.get_markersize() > 6]
    assert [m.get_xydata()[0].tolist() for m in marks] == [[224, 0.91], [224, 2.2]]
    assert all(m.get_markerfacecolor() == "none" for m in marks)
    assert above.get_xlim() == below.get_xlim()
    legend = [t.get_text() for t in above.get_legend().get_texts()]
    assert legend == ["B0", "B0, published", "V2M"]
    assert "side of the crop [pixels of 424]" in texts(figure)
    for wrong in (runs[:2], runs[:, :1]):
        with pytest.raises(ValueError, match="V2M: expected 3 sizes"):
            plot_scores_by_class.score_by_size(sizes, {"V2M": wrong})
    with pytest.raises(ValueError, match="published"):
        plot_scores_by_class.score_by_size(sizes, {"B0": runs}, {"V2M": (224, 0.9, 2)})


def test_counts_stand_in_their_class_below_the_cap():
    down = [min(n, 300) for n in PUBLISHED[:5]] + [0]
    figure = plot_scores_by_class.counts_by_class(
        {"full": PUBLISHED, "down-sampled": down}, CLASSES, cap=300
    )
    [axes] = figure.axes
    assert axes.get_yscale() == "log" and axes.lines[0].get_ydata() == [300, 300]
    for bars, counts, side in zip(axes.containers, (PUBLISHED, down), (-1, 1), strict=True):
        assert [bar.get_height() for bar in bars] == list(counts)
        offsets = np.array([b.get_x() + b.get_width() / 2 for b in bars]) - np.arange(6)
        assert (side * offsets > 0).all() and (np.abs(offsets) < 0.5).all()
    assert [t.get_text() for t in axes.get_xticklabels()] == list(CLASSES)
    text = texts(figure)
    assert "10,677" in text and "0" in text and "at most 300" in text
    low, high = axes.get_ylim()
    assert all(low < t.get_position()[1] < high for t in axes.texts)
    with pytest.raises(ValueError, match="full: expected 5 classes"):
        plot_scores_by_class.counts_by_class({"full": PUBLISHED}, CLASSES[:5])
    with pytest.raises(ValueError, match="at most 3, received 4"):
        plot_scores_by_class.counts_by_class(dict.fromkeys("abcd", down), CLASSES)


def test_confusion_is_normalised_over_the_truth():
    matrix = np.array([[3, 1, 0], [0, 0, 0], [1, 0, 1199]])
    groups = {"all": (matrix, ["1", "2", "?"]), "merged": (np.eye(2, dtype=int), ["1, 2", "?"])}
    figure = plot_scores_by_class.confusion_grid({"B0": groups, "V2M": groups})
    shown = figure.axes[:4]
    assert len(figure.axes) == 5
    first, meshes = shown[0], [axes.collections[0] for axes in shown]
    share = np.reshape(np.ma.filled(meshes[0].get_array(), np.nan), (3, 3))
    assert share[0] == pytest.approx([0.75, 0.25, 0]) and np.isnan(share[1]).all()
    assert np.nansum(share, axis=1) == pytest.approx([1, 0, 1])
    assert to_hex(first.get_facecolor()) == "#dddddd"
    assert {mesh.get_clim() for mesh in meshes} == {(0, 1)}
    written = {tuple(np.floor(t.get_position())): t.get_text().split("\n") for t in first.texts}
    assert written[0, 0] == ["0.75", "3"] and written[1, 0] == ["0.25", "1"]  # (column, row)
    assert written[2, 2] == ["1.00", "1,199"] and not any(row == 1 for _, row in written)
    bottom, top = first.get_ylim()
    assert bottom > top  # the first class on top
    assert [a.get_title() for a in shown] == ["all", "merged", "", ""]
    assert [a.get_ylabel().split("\n")[0] for a in shown] == ["B0", "", "V2M", ""]
    with pytest.raises(ValueError, match="same names"):
        plot_scores_by_class.confusion_grid({"B0": groups, "V2M": {"all": groups["all"]}})
    with pytest.raises(ValueError, match="B0, all: 2 classes"):
        plot_scores_by_class.confusion_grid({"B0": {"all": (matrix, ["1", "2"])}})


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
    with pytest.raises(ValueError, match="same names"):
        plot_arms.explained_galaxies({"1": {"B0": one}, "2": {"V2M": one}})


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
    with pytest.raises(ValueError, match="called 1: 5 images and 1 texts"):
        plot_arms.misclassified_galaxies({"called 1": (galaxies[:5], ["P = 0.9"])})


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


@pytest.mark.parametrize("figure", [plot_samples.mass_histograms, plot_samples.mass_violins])
def test_masses_must_belong_to_classes(figure, masses):
    mass, number = masses["labels"]
    for wrong, classes, message in (
        ((mass, number[1:]), CLASSES, "one length"),
        ((mass, number), CLASSES[:4], "labels: 4 classes, received index 5"),
        ((mass, number), "abcdefg", "at most 6"),
        ((np.full(3, np.nan), np.zeros(3, int)), CLASSES, "received none"),
    ):
        with pytest.raises(ValueError, match=message):
            figure({"labels": wrong}, classes)


def test_violins_are_trimmed_and_have_their_means(masses):
    figure = plot_samples.mass_violins(masses, CLASSES)
    assert [a.get_title() for a in figure.axes] == ["labels", "B0"]
    known = [np.isfinite(mass) & (number >= 0) for mass, number in masses.values()]
    sets = [(m[k], n[k]) for (m, n), k in zip(masses.values(), known, strict=True)]
    low, high = np.quantile(np.concatenate([mass for mass, _ in sets]), (0.05, 0.99))
    for axes, (mass, number) in zip(figure.axes, sets, strict=True):
        inside = (mass >= low) & (mass <= high)
        lines = [c for c in axes.collections if isinstance(c, LineCollection)]
        ends = [line.get_segments()[0] for line in lines]
        means = {round(end[:, 0].mean()): end[0, 1] for end in ends}
        expected = {k: mass[inside & (number == k)].mean() for k in np.unique(number[inside])}
        assert means == pytest.approx(expected)
        across = [line for line in axes.lines if list(line.get_xdata()) == [0, 1]]
        assert [line.get_ydata()[0] for line in across] == pytest.approx([mass[inside].mean()])
        bodies = [c for c in axes.collections if c not in lines]
        assert len(bodies) == np.count_nonzero(np.bincount(number[inside]) >= 5)
        for body in bodies:
            y = body.get_paths()[0].vertices[:, 1]
            assert low <= y.min() and y.max() <= high
    few = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [set(line.get_xdata()) for line in few] == [{3}]
    assert "mean of the class" in texts(figure) and "mean of all" in texts(figure)


def test_votes_count_pairs_and_correlate():
    rng = np.random.default_rng(2)
    voted = rng.random((300, 4))
    predicted = np.stack([voted[:, 0], 1 - voted[:, 1], rng.random(300), np.full(300, 0.2)], axis=1)
    voted[:20, 1], predicted[5:8, 0] = np.nan, np.nan
    figure = plot_scores_by_class.votes_against_prediction(voted, predicted, ["1", "2", "3", "?"])
    shown = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in shown] == ["1", "2", "3", "?"]
    corners = [axes.texts[0].get_text() for axes in shown]
    assert corners[0] == "r = 1.00\nn = 297" and corners[1] == "r = -1.00\nn = 280"
    assert abs(float(corners[2].split()[2])) < 0.2 and corners[3] == "r: none\nn = 300"
    for axes, count in zip(shown, (297, 280, 300, 300), strict=True):
        assert axes.collections[0].get_array().sum() == count
        assert axes.lines[0].get_xydata().tolist() == [[0, 0], [1, 1]]
    centres = shown[3].collections[0].get_offsets()
    assert np.abs(centres[:, 1] - 0.2).max() < 0.05  # x volunteers, y prediction
    assert len({axes.collections[0].get_clim() for axes in shown}) == 1
    assert "share of votes, volunteers" in texts(figure)
    with pytest.raises(ValueError, match=r"\(n, 3\)"):
        plot_scores_by_class.votes_against_prediction(voted, predicted, ["1", "2", "3"])


def test_votes_take_an_answer_nobody_was_asked():
    voted = np.array([[0.2, np.nan], [0.7, np.nan]])
    figure = plot_scores_by_class.votes_against_prediction(voted, np.full((2, 2), 0.5), ["1", "2"])
    assert "r: none\nn = 0" in texts(figure)


def test_intervals_stand_at_their_class_side_by_side():
    def item(value):
        return {"value": value, "low": value - 0.1, "high": value + 0.05}

    table = {
        "none": {"1": item(0.5), "3, 4": item(0.7), "?": item(np.nan)},
        "weights": {"3, 4": item(0.8), "1": item(0.6)},
    }
    figure = plot_scores_by_class.score_intervals_by_class(table, "F1 score")
    [axes] = figure.axes
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "3, 4", "?"]
    one, other = (line.get_xydata() for line in axes.lines[:4] if line.get_label()[0] != "_")
    assert one[:2, 1].tolist() == [0.5, 0.7] and other[:, 1].tolist() == [0.8, 0.6]
    assert np.round(one[:, 0]).tolist() == [0, 1, 2] and np.round(other[:, 0]).tolist() == [1, 0]
    assert one[0, 0] < 0 < other[1, 0]
    segment = axes.collections[1].get_segments()[0]
    assert segment == pytest.approx(np.array([[other[0, 0], 0.7], [other[0, 0], 0.85]]))
    text = texts(figure)
    assert "none" in text and "weights" in text and "F1 score" in text
    with pytest.raises(ValueError, match="at most 6"):
        plot_scores_by_class.score_intervals_by_class(dict.fromkeys("abcdefg", table["none"]), "F1")
