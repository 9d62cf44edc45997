"""Figures of classifiers: confusion matrices, probabilities, training, scores with intervals."""

import numpy as np

from galutils.plots import style


@style.styled
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
    figure, row = style.panels(len(matrices), len(matrices), (3.6, 3.5), (0.6, 0))
    for axes, matrix, title in zip(row, matrices, titles, strict=True):
        drawn = confusion(axes, matrix, names, title)
    figure.colorbar(drawn, ax=row, label="share of true class", shrink=0.8)
    return figure


def confusion(axes, matrix, names, title):
    """Draw one of `confusion_matrices` and return what a colour bar is for.

    The row of a class without galaxies is grey.
    """
    total = matrix.sum(axis=1, keepdims=True)
    share = np.where(total > 0, matrix / np.maximum(total, 1), np.nan)
    form = "{:,}\n{:.1%}" if len(names) < 4 else "{:,}\n{:.0%}"
    text = np.where(matrix > 0, np.vectorize(form.format)(matrix, share), "0")
    look = {"vmin": 0, "vmax": 1, "xticklabels": names, "yticklabels": names}
    look["annot_kws"] = {"fontsize": 10 if len(names) < 4 else 8}
    drawn = style.write_cells(axes, share, text, **look)
    axes.set(xlabel="predicted", ylabel="true", title=title)
    return drawn


@style.figure((6, 4.2))
def probability_histogram(axes, probability, labels=None, cuts=None):
    """Predicted probabilities on a logarithmic scale of counts.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        Of a fast rotator.
    labels : ndarray of {0, 1}, optional
        Truth, drawn behind as the publication's figure 3 does.
    cuts : (low, high), optional
        Probabilities below and above which a class is named.
    """
    from matplotlib.ticker import LogLocator

    bins = np.linspace(0, 1, 41)
    if labels is not None:
        axes.hist(labels, bins, color="#CC79A7", alpha=0.55, label="true label")
    axes.hist(probability, bins, histtype="step", lw=1.8, color=style.SLOW, label="network")
    if cuts is not None:
        low, high = cuts
        below, above = np.sum(probability <= low), np.sum(probability >= high)
        axes.axvline(low, color=style.SLOW, ls="--", label=f"slow, P ≤ {low}: {below}")
        axes.axvline(high, color=style.FAST, ls="-.", label=f"fast, P ≥ {high}: {above}")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set(xlim=(0, 1), xlabel="probability of a fast rotator P", ylabel="number of maps")
    style.legend_outside([axes], "lower center", ncols=2, fontsize=9)


@style.figure((7.6, 3.8), 1, 2)
def training_curves(axes, histories, names):
    """Loss and accuracy against epoch, training solid and validation, where there is any, dashed.

    Parameters
    ----------
    histories : sequence of pandas.DataFrame
        As `galutils.networks.train.fit` returns them, at most six.
    names : sequence of str
        One for each.

    Raises
    ------
    ValueError
        If there are more than six.
    """
    from matplotlib.ticker import MaxNLocator

    shown = style.series(dict(zip(names, histories, strict=True)))
    for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
        for name, history, colour, *_ in shown:
            size = 3 if len(history) <= 30 else 0
            axis.plot(history["epoch"], history[quantity], "o-", ms=size, color=colour, label=name)
            if f"val_{quantity}" in history:
                watched = history[f"val_{quantity}"]
                axis.plot(history["epoch"], watched, "s--", ms=size, color=colour)
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axis.set(xlabel="epoch", ylabel=quantity)
    lowest, highest = axes[0].dataLim.intervaly
    axes[0].set_ylabel("binary cross-entropy")
    axes[0].set_yscale("log" if highest > 10 * lowest > 0 else "linear")
    watched = any("val_loss" in history for history in histories)
    title = "solid: training, dashed: watched" if watched else "training"
    style.legend_outside(axes, "lower center", ncols=3, fontsize=8, title=title)


@style.figure((6.6, 1.4))
def intervals(axes, table, label, reference=None):
    """Values with intervals, each written beside its own or, if alone in its row, at the row's end.

    Parameters
    ----------
    table : mapping of str to (dict or mapping of str to dict)
        Name of the row to ``value``, ``low``, ``high``; or to several of these by their kind, six
        kinds at most. An interval may have the ``text`` that is written.
    label : str
        Axis label.
    reference : mapping of str to float, optional
        Values to mark by vertical lines, such as the published one.
    """
    rows = [{"": one} if "value" in one else one for one in table.values()]
    kinds = dict.fromkeys(kind for row in rows for kind in row)
    for shift, (kind, _, colour, _, marker) in style.side_by_side(kinds):
        drawn = {
            k + 0.6 / len(kinds) * shift: row[kind] for k, row in enumerate(rows) if kind in row
        }
        style.draw_rows(axes, [*drawn], *style.ends(drawn.values()), colour, marker, label=kind)
        for place, one in drawn.items():
            text = one.get("text", f"{one['value']:.3f}".replace("-", "−"))
            if kind:
                style.note(axes, text, (one["high"], place), (5, 0), va="center")
            else:
                where = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 9}
                axes.text(1.02, place, text, **where)
    for (name, value), look in zip((reference or {}).items(), ("--", ":", "-."), strict=False):
        axes.axvline(value, color=style.FAST, ls=look, lw=1.2, label=name)
    style.name_rows(axes, table, room=0.36 + 0.06 * len(kinds))
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(label)
    if reference or len(kinds) > 1:
        axes.figure.legend(loc="outside upper center", ncols=3)
