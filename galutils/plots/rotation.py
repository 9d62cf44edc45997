"""Figures of fast and slow rotators: their colour images, counts, and places in a plane."""

import numpy as np

from galutils.physics.kinematics import slow_boundary
from galutils.plots import style
from galutils.plots.sky import BAR, mark_sky

EARLY, LATE = "#4477AA", "#CC3355"  # blue and red as in the thesis, neither that of a class
SURVEYS = (("o", 9, 0), ("x", 16, 0.8), ("^", 12, 0))  # marker, its size, width of its lines
BALANCE = np.array([1.0, 1.2, 1.41])  # weights of i, r, g relative to i, those of SkyServer

# what was called what, as `galutils.scores.roc.outcomes` names it
OUTCOMES = ("slow called fast", "fast called slow", "slow called slow", "fast called fast")


WHITE = 4.0  # nanomaggies in a pixel of SDSS, 18.9 mag/arcsec2 in the mean of three bands


def colour_images(fluxes, white=WHITE, softening=30.0):
    r"""Colour images with red, green, blue from i, r, g, all on one stretch, as those of SDSS.

    The mean I of the three bands becomes the brightness
    :math:`\mathrm{arsinh}(Q I / w) / \mathrm{arsinh}(Q)`, the same factor for all bands
    (Lupton et al. 2004, PASP 116, 133). It is 1 at the white point w; brighter
    pixels keep their hue.

    Parameters
    ----------
    fluxes : ndarray, shape (n, h, w, 3)
        g, r, i, row 0 south. NaN becomes black.
    white : float or None
        White point in the unit of the images; with None that of each image is the brightness that
        999 of 1000 of its pixels do not reach, for images in any unit.
    softening : float
        Q: the larger, the better faint light shows.

    Returns
    -------
    ndarray of uint8, shape (n, h, w, 3)
        RGB, row 0 north, as `cutouts` draws it. An image without light is black.

    Raises
    ------
    ValueError
        If the images are not of that shape.
    """
    if np.ndim(fluxes) != 4 or np.shape(fluxes)[-1] != 3:
        raise ValueError(f"fluxes: expected shape (n, h, w, 3), received {np.shape(fluxes)}")
    bands = np.nan_to_num(np.asarray(fluxes, dtype=np.float64))[:, ::-1, :, ::-1] * BALANCE
    mean = np.maximum(bands.mean(axis=-1, keepdims=True), np.finfo(np.float32).tiny)
    if white is None:
        white = np.reshape([np.quantile(image, 0.999) for image in mean], (-1, 1, 1, 1))
    rgb = bands * np.arcsinh(softening * mean / white) / np.arcsinh(softening) / mean
    rgb /= np.maximum(rgb.max(axis=-1, keepdims=True), 1)
    return np.round(255 * np.clip(rgb, 0, 1)).astype(np.uint8)


@style.styled
def outcome_gallery(groups, scale, columns=8, sky=True):
    """Cut-outs of galaxies by outcome of their classification, one row each.

    Parameters
    ----------
    groups : mapping of str to (images, lambda_r, ellipticity)
        Colour images (n, h, w, 3) as `colour_images` makes them, n at most
        `columns`, and the two quantities (n,) written above each. Where there
        are fewer images than columns the heading says so.
    scale : float
        arcsec per pixel.
    columns : int
        Cut-outs in a row.
    sky : bool
        False for simulated galaxies, whose images do not have north up and east left.

    Raises
    ------
    ValueError
        If a group has more images than columns, or a number of quantities
        other than that of its images.
    """
    size, ratios = (7.4, 7.4 / columns * len(groups) * 1.52), (0.16, 1) * len(groups)
    figure, grid = style.bare(2 * len(groups), columns, size, height_ratios=ratios)
    for row, (name, (images, lambda_r, ellipticity)) in enumerate(groups.items()):
        style.same_number(name, images, lambda_r, ellipticity, most=columns)
        n = len(images)
        few = "" if n == columns else f" (only {n})" if n else " (none)"
        heading = f"({chr(ord('a') + row)}) {name}{few}"
        grid[2 * row, 0].text(0, 0, heading, fontsize=10, weight="bold", in_layout=False)
        shown = zip(grid[2 * row + 1], images, lambda_r, ellipticity, strict=False)
        for axes, image, spin, shape in shown:
            style.picture(axes, image)
            title = rf"$\lambda_R$ = {spin:.2f}" + "\n" + rf"$\epsilon$ = {shape:.2f}"
            axes.set_title(title, fontsize=8.5, pad=3)
    first = next((axes for axes in grid[1::2, 0] if axes.images), None)
    if first:
        mark_sky(first, scale, sky, length=BAR)
    return figure


@style.figure((7.2, 6.6), 2, 2, sharex=True, sharey=True)
def outcome_planes(grid, lambda_r, ellipticity, outcome):
    """lambda_R - ellipticity plane by outcome, all other galaxies grey behind.

    Parameters
    ----------
    lambda_r, ellipticity : ndarray, shape (n,)
        Rows with NaN are neither drawn nor counted.
    outcome : ndarray of str, shape (n,)
        As `roc.outcomes` names them.

    Raises
    ------
    ValueError
        If the arrays differ in length.
    """
    x, y = ellipticity, lambda_r
    known = np.isfinite(x) & np.isfinite(y)
    for letter, axes, name in zip("abcd", grid.flat, OUTCOMES, strict=True):
        true = int(name.startswith("fast"))
        chosen = known & (outcome == name)
        others = known & ~chosen
        axes.scatter(x[others], y[others], s=4, color="#C8C8C8", linewidths=0)
        look = {"marker": "os"[1 - true], "color": style.CLASS_COLOURS[true], "alpha": 0.8}
        axes.scatter(x[chosen], y[chosen], s=12, linewidths=0, **look)
        _finish_plane(axes, f"({letter}) {name}: {np.count_nonzero(chosen)}")


@style.styled
def plane_by_type(lambda_r, ellipticity, early, titles=None, survey=None):
    """lambda_R - ellipticity plane of early types, blue, and late types, red, side by side.

    Parameters
    ----------
    lambda_r, ellipticity : ndarray, shape (n,)
        Rows with NaN are neither drawn nor counted.
    early : ndarray of bool, shape (n,)
        Which galaxies are of early type.
    titles : mapping of bool to str, optional
        Which types to draw and their titles: both, early first, by default;
        ``{True: "TNG100"}`` draws one panel of early types.
    survey : ndarray of str, shape (n,), optional
        Where a galaxy is from, told by marker.

    Raises
    ------
    ValueError
        If the arrays differ in length, or there are more than three surveys.
    """
    titles = titles or {True: "early types", False: "late types"}
    survey = np.full(np.shape(early), "") if survey is None else survey
    x, y = ellipticity, lambda_r
    looks = style.series(dict.fromkeys(np.unique(survey)), SURVEYS)
    known = np.isfinite(x) & np.isfinite(y)
    size = 3.6 * len(titles) + 0.2 * (len(titles) == 1), 3.8
    figure, row = style.subplots(1, len(titles), figsize=size, sharey=True, squeeze=False)
    for axes, (value, title) in zip(row.flat, titles.items(), strict=True):
        colour, chosen = (EARLY if value else LATE), known & (early == value)
        for name, _, marker, size, width in looks:
            here = chosen & (survey == name)
            look = {"marker": marker, "s": size, "linewidths": width, "alpha": 0.5}
            label = f"{name} ({np.count_nonzero(here)})" if name else None
            axes.scatter(x[here], y[here], color=colour, label=label, **look)
        _finish_plane(axes, f"{title} ({np.count_nonzero(chosen)})")
        if survey.any():
            axes.legend(fontsize=8.5, loc="upper left", markerscale=1.5, handletextpad=0.1)
    return figure


def _finish_plane(axes, title):
    """Draw the line between slow and fast rotators and label the lambda_R - ellipticity plane."""
    grid = np.linspace(0, 1, 300)
    axes.plot(grid, slow_boundary(grid), color="black", lw=1.3)
    axes.set(title=title, xlim=(0, 1), ylim=(0, 1), **style.PLANE)
    axes.label_outer()


@style.figure((4.4, 3.4))
def class_counts(axes, counts):
    """Bars with the numbers of slow (rotator type 0) and fast (1) rotators.

    Parameters
    ----------
    counts : mapping of {0, 1} to int
        Number of galaxies by class.
    """
    numbers, look = [counts[0], counts[1]], [style.SLOW, style.FAST]
    bars = axes.bar([0, 1], numbers, 0.6, color=look, ec=look, alpha=0.55, hatch=["\\\\", "//"])
    axes.bar_label(bars, [f"{number:,}" for number in numbers], padding=2, fontsize=11)
    axes.set_xticks([0, 1], ["0\nslow", "1\nfast"])
    axes.set(xlabel="rotator type", ylabel="number of galaxies", xlim=(-0.6, 1.6))
    axes.margins(y=0.12)
