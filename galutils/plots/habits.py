"""Figure of the ladder: what a score loses or gains as habits are taken away."""

from galutils.plots.style import FAST, SLOW, UNKNOWN, styled, subplots

TITLES = {
    "auc": "area under the ROC curve", "accuracy": "accuracy", "precision": "precision",
    "balanced_accuracy": "balanced accuracy", "recall": "recall",
}  # fmt: skip


@styled
def waterfall(levels, changes, singles, names, published=None, minor=None):
    """Scores step by step: the first measure large with its changes, the others small.

    Levels are short lines with their intervals over galaxies, changes bars from one level
    to the next (down hatched), single seeds small dots.

    Parameters
    ----------
    levels : mapping of str to mapping
        Step to measure to ``value``, ``low``, ``high``; the first measure is the large one.
    changes : mapping of str to mapping
        ``"A to B"`` to measure to ``value``, ``low``, ``high``, for neighbouring steps.
    singles : pandas.DataFrame
        Measures by step and seed, indexed so.
    names : mapping of str to str
        What stands below each step of the large panel.
    published : mapping of str to float, optional
        Measures to mark by a line.
    minor : sequence of str, optional
        Measures of the small panels.
    """
    published = published or {}
    minor = minor or ("accuracy", "balanced_accuracy", "precision")
    steps = list(levels)
    figure, axes = subplots(
        2, len(minor), figsize=(8.4, 6.6), gridspec_kw={"height_ratios": (1.6, 1)}
    )
    for axis in axes[0, 1:]:
        axis.remove()
    large = axes[0, 0]
    large.set_subplotspec(axes[0, 0].get_gridspec()[0, :])
    _ladder(large, "auc", levels, singles, published)
    _labels(large, "auc", levels, changes)
    large.set_xticks(range(len(steps)), [f"{step}\n{names[step]}" for step in steps], fontsize=8.5)
    for axis, measure in zip(axes[1], minor, strict=True):
        _ladder(axis, measure, levels, singles, published)
        axis.set_xticks(range(len(steps)), steps)
    handles, texts = {}, []
    for axis in (large, *axes[1]):
        for handle, text in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(text, handle)
    texts = list(handles)
    figure.legend(
        [handles[text] for text in texts], texts, loc="outside lower center", ncols=3, fontsize=8
    )
    return figure


def _ladder(axis, measure, levels, singles, published):
    """Draw levels, the bars between them, single seeds, and the published value."""
    steps = list(levels)
    values = [levels[step][measure]["value"] for step in steps]
    for x, step in enumerate(steps):
        one = levels[step][measure]
        last = x == len(steps) - 1
        axis.plot([x, x], [one["low"], one["high"]], color="black", lw=2.2 if last else 1.2,
                  label="upright: 95 per cent over galaxies" if last else None)  # fmt: skip
        axis.plot([x - 0.22, x + 0.22], [values[x]] * 2, color="black", lw=3 if last else 2,
                  label="level: mean over seeds" if last else None)  # fmt: skip
        seeds = singles.xs(step, level="step")[measure]
        axis.plot([x + 0.12] * len(seeds), seeds, "o", ms=3.5, mfc="white", mec=UNKNOWN,
                  label="one seed" if last else None, zorder=3)  # fmt: skip
    for x, (before, after) in enumerate(zip(values[:-1], values[1:], strict=True)):
        lower = after < before
        axis.bar(
            x + 0.5, after - before, 0.3, bottom=before, edgecolor="black", lw=0.6,
            color=FAST if lower else SLOW, hatch="//" if lower else None,
            label="change downwards" if lower else "change upwards",
        )  # fmt: skip
    if measure in published:
        axis.axhline(published[measure], color=UNKNOWN, ls="--", lw=1.3, label="published")
    axis.set_xlim(-0.5, len(steps) - 0.5)
    axis.set_ylabel(TITLES[measure])


def _labels(axis, measure, levels, changes):
    """Write each level beside its interval and each change with its interval above everything."""
    steps = list(levels)
    for x, step in enumerate(steps):
        one = levels[step][measure]
        axis.annotate(
            f"{one['value']:.3f}", (x, one["high"]), (-4, 0), textcoords="offset points",
            ha="right", va="top", fontsize=9, bbox={"fc": "white", "ec": "none", "pad": 0.5},
        )  # fmt: skip
    for x, pair in enumerate(zip(steps[:-1], steps[1:], strict=True)):
        one = changes[" to ".join(pair)][measure]
        axis.annotate(
            f"{one['value']:+.3f}\n({one['low']:+.3f} to\n{one['high']:+.3f})".replace("-", "−"),
            (x + 0.5, 1.01), xycoords=("data", "axes fraction"), ha="center", va="bottom",
            fontsize=8.5,
        )  # fmt: skip
    axis.margins(y=0.1)
