"""Figures of classifiers: confusion, ROC, probabilities, training, intervals."""

import numpy as np

from galutils.plots.style import FAST, SLOW, UNKNOWN, share_map, styled, subplots, symbols


@styled
def confusion_matrices(matrices, titles, names=("slow", "fast")):
    """Confusion matrices as counts and as shares of each true class.

    Parameters
    ----------
    matrices : sequence of ndarray of int, shape (2, 2)
        Rows truth, columns prediction.
    titles : sequence of str
        One for each.
    names : sequence of str
        Class names in the order of rows.
    """
    import seaborn

    figure, axes = subplots(1, len(matrices), figsize=(3.6 * len(matrices) + 0.6, 3.5))
    for axis, matrix, title in zip(np.atleast_1d(axes), matrices, titles, strict=True):
        share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        text = np.vectorize("{}\n{:.1%}".format)(matrix, share)
        seaborn.heatmap(
            share, vmin=0, vmax=1, cmap=share_map(), annot=text, fmt="", square=True, cbar=False,
            xticklabels=names, yticklabels=names, ax=axis,
        )  # fmt: skip
        axis.set(xlabel="predicted", title=title)
    np.atleast_1d(axes)[0].set_ylabel("true")
    figure.colorbar(axis.collections[0], ax=axes, label="share of true class", shrink=0.8)
    return figure


@styled
def roc_curves(curves, log=True):
    """ROC curves, by default with logarithmic false-positive axis.

    Parameters
    ----------
    curves : mapping of str to (labels, probability)
        One curve each.
    log : bool
        Logarithmic axis of the false-positive rate.
    """
    from sklearn.metrics import roc_curve

    figure, axes = subplots(figsize=(5.6, 4.2))
    lowest = 1.0
    styles = zip(
        curves.items(), (SLOW, FAST, "#009E73", "black"), "- -- -. :".split(), strict=False
    )
    for (name, (labels, probability)), colour, style in styles:
        false_positive, true_positive, _ = roc_curve(labels, probability)
        lowest = min(lowest, 1 / max(np.count_nonzero(np.asarray(labels) == 0), 1))
        axes.plot(
            false_positive, true_positive, style, color=colour, drawstyle="steps-post", label=name
        )
    grid = np.geomspace(lowest / 2, 1, 200) if log else np.linspace(0, 1, 50)
    axes.plot(grid, grid, color=UNKNOWN, lw=1, ls=":", label="chance")
    if log:
        axes.set_xscale("log")
        axes.set_xlim(lowest / 2, 1)
    axes.set(ylim=(0, 1.02), xlabel="false-positive rate", ylabel="true-positive rate")
    axes.legend(loc="best")
    return figure


@styled
def probability_histogram(probability, labels=None, cuts=None, title=None):
    """Predicted probabilities on a logarithmic scale of counts.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        Of a fast rotator.
    labels : ndarray of {0, 1}, optional
        Truth, drawn behind as the publication's figure 3 does.
    cuts : (low, high), optional
        Probabilities below and above which a class is named.
    title : str, optional
        Title of the axes.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    figure, axes = subplots(figsize=(6, 3.8))
    bins = np.linspace(0, 1, 41)
    if labels is not None:
        axes.hist(labels, bins, color="#CC79A7", alpha=0.55, label="true label")
    axes.hist(probability, bins, histtype="step", lw=1.8, color=SLOW, label="network")
    if cuts is not None:
        low, high = cuts
        for cut, colour, style, text in (
            (low, SLOW, "--", f"slow, P ≤ {low}: {np.count_nonzero(probability <= low)}"),
            (high, FAST, "-.", f"fast, P ≥ {high}: {np.count_nonzero(probability >= high)}"),
        ):
            axes.axvline(cut, color=colour, ls=style, label=text)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set(
        xlim=(0, 1), xlabel="probability of a fast rotator P", ylabel="number of maps", title=title
    )
    axes.legend(fontsize=9, loc="upper center")
    return figure


@styled
def training_curves(histories, names):
    """Loss and accuracy against epoch, training solid and validation dashed.

    Parameters
    ----------
    histories : sequence of pandas.DataFrame
        As `galutils.networks.train.fit` returns them, at most six.
    names : sequence of str
        One for each.

    Raises
    ------
    ValueError
        If there are more than six, which no colours would tell apart.
    """
    from matplotlib.ticker import MaxNLocator

    colours = (SLOW, FAST, "#009E73", "#CC79A7", "#E69F00", "black")
    if len(histories) > len(colours):
        raise ValueError(f"expected at most {len(colours)} histories, received {len(histories)}")
    figure, axes = subplots(1, 2, figsize=(7.6, 3.8))
    for history, name, colour in zip(histories, names, colours, strict=False):
        size = 3 if len(history) <= 30 else 0
        for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
            values, watched = history[quantity], history[f"val_{quantity}"]
            axis.plot(history["epoch"], values, "o-", ms=size, color=colour, label=name)
            axis.plot(history["epoch"], watched, "s--", ms=size, color=colour)
    for axis in axes:
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    lowest, highest = axes[0].dataLim.intervaly
    axes[0].set(xlabel="epoch", ylabel="binary cross-entropy")
    axes[0].set_yscale("log" if highest > 10 * lowest > 0 else "linear")
    axes[1].set(xlabel="epoch", ylabel="accuracy")
    handles, labels = axes[1].get_legend_handles_labels()
    title = "solid: training, dashed: watched"
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8, title=title)
    return figure


@styled
def intervals(table, label, reference=None):
    """Values with intervals, one row each, the value written at its end.

    Parameters
    ----------
    table : mapping of str to dict
        Name to ``value``, ``low``, ``high``.
    label : str
        Axis label.
    reference : mapping of str to float, optional
        Values to mark by vertical lines, such as the published one.
    """
    figure, axes = subplots(figsize=(6.6, 0.42 * len(table) + 1.4))
    for row, (_, item) in enumerate(table.items()):
        axes.plot([item["low"], item["high"]], [row, row], color=SLOW, lw=2)
        axes.plot(item["value"], row, "o", color=SLOW)
        text = f"{item['value']:.3f}".replace("-", "−")
        axes.text(1.02, row, text, transform=axes.get_yaxis_transform(), va="center", fontsize=9)
    for (name, value), style in zip((reference or {}).items(), ("--", ":", "-."), strict=False):
        axes.axvline(value, color=FAST, ls=style, lw=1.2, label=name)
    axes.set_yticks(range(len(table)), [symbols(name) for name in table])
    axes.locator_params(axis="x", nbins=5)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlabel(label)
    if reference:
        figure.legend(loc="outside upper center", ncols=3)
    return figure
