"""Figures of convolution, in one dimension and over an image."""

import numpy as np

from galutils.plots import style


@style.styled
def convolution_2d(image, kernel, positions, result):
    """Convolution of an image step by step: the kernel's window, the map as it fills.

    Parameters
    ----------
    image : ndarray of int, shape (ny, nx)
        Pixel values.
    kernel : ndarray of int, shape (ky, kx)
        Weights.
    positions : sequence of (row, column)
        Pixels of the feature map, one step each; the map is shown as far as
        the kernel has come row by row.
    result : ndarray of int, shape (ny - ky + 1, nx - kx + 1)
        Feature map; as in networks the kernel is not mirrored.
    """
    image, kernel, result = np.asarray(image), np.asarray(kernel), np.asarray(result)
    rows, width = (image.shape[0], result.shape[0]), image.shape[1]
    figure, panels = style.subplots(2, len(positions) + 1, figsize=(7.4, 4.1), height_ratios=rows)
    _numbers(panels[0, 0], kernel, (rows[0], width), "kernel", style.ATTRIBUTION)
    panels[1, 0].axis("off")
    for step, (column, (row, place)) in enumerate(zip(panels.T[1:], positions, strict=True), 1):
        _numbers(column[0], image, (rows[0], width), f"step {step}: image")
        _window(column[0], row, place, kernel.shape)
        scanned = np.arange(result.size).reshape(result.shape) <= row * result.shape[1] + place
        so_far = np.where(scanned, result, np.nan)
        scale = {"cmap": style.ATTRIBUTION, "limit": np.abs(result).max()}
        _numbers(column[1], so_far, (rows[1], width), "feature map", **scale)
        _window(column[1], row, place, (1, 1))
    return figure


@style.styled
def padding(image, kernel, same, valid):
    """Convolution with a border of zeros, which keeps the size, and without.

    Parameters
    ----------
    image : ndarray of int, shape (ny, nx)
        Pixel values.
    kernel : ndarray of int, shape (ky, kx)
        Weights; odd sides.
    same, valid : ndarray of int
        Feature maps with and without padding; the window of the first pixel
        is outlined.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    border = [(side // 2, side // 2) for side in kernel.shape]
    padded = np.pad(image, border)
    rows, width = (len(padded), len(image)), padded.shape[1]
    figure, panels = style.subplots(2, 3, figsize=(7.2, 4.7), height_ratios=rows)
    for row, height, source, output, name in (
        (panels[0], rows[0], padded, same, "padded image"),
        (panels[1], rows[1], image, valid, "image as it is"),
    ):
        shape, limit = (height, width), np.abs(same).max()
        _numbers(row[0], source, shape, name)
        _numbers(row[1], kernel, shape, "kernel", style.ATTRIBUTION)
        _numbers(row[2], output, shape, "feature map", style.ATTRIBUTION, limit)
        _window(row[0], 0, 0, kernel.shape)
        _window(row[2], 0, 0, (1, 1))
        for axes, sign in zip(row[1:], "∗=", strict=True):
            axes.text(0, 0.5, sign, transform=axes.transAxes, fontsize=14, ha="center")
    _window(panels[0, 0], border[0][0], border[1][0], image.shape, lw=1.3, ls="--", ec=style.FAST)
    return figure


def _numbers(axes, values, shape, title, cmap="Blues", limit=None):
    """Draw a table of numbers as shaded cells at the scale of a table of `shape`.

    Row 0 is on top, as matrices are written; NaN stay empty. With `ATTRIBUTION`
    shades are symmetric about zero.
    """
    values = np.asarray(values, dtype=float)
    rows, columns = values.shape
    limit = 1.8 * (np.nanmax(np.abs(values)) if limit is None else limit)
    scale = {"cmap": cmap, "vmin": -limit if cmap == style.ATTRIBUTION else 0, "vmax": limit}
    lines = {"edgecolors": style.UNKNOWN, "linewidth": 0.6}
    axes.pcolormesh(np.arange(columns + 1), np.arange(rows + 1), values, **scale, **lines)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            text = f"{value:g}".replace("-", "−")
            axes.text(column + 0.5, row + 0.54, text, ha="center", va="center", fontsize=8)
    margin = (shape[1] - columns) / 2 + 0.1
    axes.set(xlim=(-margin, columns + margin), ylim=(shape[0] + 0.1, -0.1), aspect="equal")
    axes.set_title(f"{title}, {rows} × {columns}", fontsize=9)
    axes.axis("off")


def _window(axes, row, column, shape, **look):
    """Outline cells from (row, column) on."""
    from matplotlib.patches import Rectangle

    look = {"fill": False, "ec": "black", "lw": 2.2, "zorder": 4} | look
    axes.add_patch(Rectangle((column, row), *shape[::-1], **look))
