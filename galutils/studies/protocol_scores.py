"""Scores of the steps of a protocol ablation, their changes, and intervals of both.

The steps are those of `galutils.studies.protocol_ablation`.
"""

import numpy as np
import pandas as pd

from galutils.scores import binary, intervals
from galutils.store import texts

STEPS = texts.beside(__file__, "protocol_steps.csv")
SHORT = {row["step"]: row["short"] for row in STEPS}
MEASURES = ("auc", "accuracy", "balanced_accuracy", "precision", "recall")


def _measured(labels, columns):
    """Average each measure over seeds; columns are probability, called, seed and fold."""
    found = []
    for seed in np.unique(columns[:, 2]):
        of = columns[:, 2] == seed
        y, (p, called, _, fold) = labels[of], columns[of].T
        areas = [binary.auc(y[fold == one], p[fold == one]) for one in np.unique(fold)]
        one = binary.scores(y, called) | {"auc": np.mean(areas)}
        found.append([one[name] for name in MEASURES])
    return dict(zip(MEASURES, np.mean(found, axis=0).tolist(), strict=True))


def scores(predictions):
    """Return the `MEASURES` of every step and seed.

    Classifications of all folds are counted together. The AUC is the mean over folds: the
    probabilities of two networks are not on one scale, so that pooled ones rank worse than
    those of either network.

    Returns
    -------
    pandas.DataFrame
        Indexed by step and seed.
    """
    parts = predictions.groupby(["step", "seed"])
    rows = {key: _measured(*_columns(part)) for key, part in parts}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["step", "seed"])


def _columns(part):
    return part["label"].to_numpy(), part[["probability", "called", "seed", "fold"]].to_numpy(float)


def levels(predictions, draws=200, rng=None):
    """Average the measures of every step over seeds, with intervals over galaxies.

    A drawn galaxy is drawn with all its copies and rows, under all seeds.

    Returns
    -------
    dict of str to dict
        Step to measure to ``value``, ``low``, ``high``.
    """
    return {
        step: intervals.bootstrap(*_columns(part), part["group"], _measured, draws, rng=rng)
        for step, part in predictions.groupby("step")
    }


def changes(table):
    """Return the change of each measure from step to step, and from the first to the last.

    Parameters
    ----------
    table : pandas.DataFrame
        As `scores` returns it; two seeds or more.

    Returns
    -------
    dict of str to dict
        ``"A to A'"`` and so on, to measure to the mean over seeds of the differences
        within a seed, ``value``, with Student's t interval, ``low`` and ``high``.
    """
    steps = list(table.index.unique("step"))
    pairs = list(zip(steps[:-1], steps[1:], strict=True))
    if len(steps) > 2:
        pairs.append((steps[0], steps[-1]))
    return {
        f"{before} to {after}": {
            name: intervals.mean_interval(table.loc[after][name] - table.loc[before][name])
            for name in MEASURES
        }
        for before, after in pairs
    }


def gain_if_copies_known(predictions, step="C"):
    """Return the largest gain in AUC by twins: if every tested row with a twin were known.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As of `ladder`.
    step : str

    Returns
    -------
    dict
        ``value``, the mean over seeds, and ``low`` and ``high``, those of the seeds.
    """
    part = predictions[predictions["step"] == step]
    known = part.assign(probability=part["probability"].mask(part["seen"], part["label"]))
    gain = scores(known)["auc"] - scores(part)["auc"]
    return {"value": float(gain.mean()), "low": float(gain.min()), "high": float(gain.max())}


def score_table(reached, moved):
    """Levels and changes of all steps as text.

    Parameters
    ----------
    reached, moved : dict
        As of `levels` and `changes`.

    Returns
    -------
    pandas.DataFrame
        ``step``, ``what it is``, each measure with its interval over galaxies, and
        ``change of auc`` from the step before with its interval over seeds.
    """
    what = {row["step"]: row["what"] for row in STEPS}
    rows, before = [], None
    for step, of in reached.items():
        row = {"step": step, "what it is": what[step]}
        row |= {name.replace("_", " "): interval_text(of[name]) for name in MEASURES}
        change = moved.get(f"{before} to {step}")
        row["change of auc"] = interval_text(change["auc"], signed=True) if change else ""
        rows.append(row)
        before = step
    return pd.DataFrame(rows)


def interval_text(one, signed=False):
    """Write an interval, ``0.931 (0.902 to 0.954)``."""
    sign = "+" if signed else ""
    return f"{one['value']:{sign}.3f} ({one['low']:{sign}.3f} to {one['high']:{sign}.3f})"


def verdict(one):
    """Return "can" if an interval of a change excludes zero, otherwise "cannot"."""
    return "can" if one["low"] > 0 or one["high"] < 0 else "cannot"
