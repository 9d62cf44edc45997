"""A benchmark of fast and slow rotators: anybody's predictions beside baselines.

``data/benchmark/`` has identifiers, folds and the baselines' probabilities; labels, maps and images
are those of the archives.

``manga.csv``, ``sami.csv``
    ``plateifu`` or ``catid``; ``galaxy``, which repeat observations share; ``fold``, 0 to 4, of a
    galaxy; for MaNGA ``field`` and ``image``, 1 where the observation has one.
``manga_baselines.csv``, ``sami_baselines.csv``
    The identifier, and the probability of a fast rotator by each baseline, blank where it has none:
    of MaNGA out of fold, of SAMI by what was trained on MaNGA.

Whoever takes part trains on four folds and predicts the fifth, five times; predicts SAMI without
having seen it, or on four folds of it.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from galutils.physics import kinematics
from galutils.results import comparison
from galutils.scores import binary, calibration, intervals, roc
from galutils.store import files, package
from galutils.store.catalogues import Catalogue
from galutils.store.files import expect, first
from galutils.surveys import archive_root, sami
from galutils.surveys.manga import rotation

FOLDER = package.shipped("benchmark")
# task: (survey, identifier, columns that are 1 in the rows of the task)
PARTS = {"field": ["field"], "image": ["image"], "together": ["field", "image"]}
TASKS = {task: ("manga", "plateifu", parts) for task, parts in PARTS.items()}
TASKS["sami"] = ("sami", "catid", [])
BALANCED = ("balanced accuracy", "balanced accuracy, threshold of other folds")
MEASURES = ("AUC", *BALANCED, "calibration error")


def baselines(task, folder=None):
    """Read the baselines of a task.

    Parameters
    ----------
    task, folder
        As of `galaxies`.

    Returns
    -------
    pandas.DataFrame
        By identifier (str): a column of probabilities for each baseline.
    """
    survey, key, _ = TASKS[task]
    return _table(folder, f"{survey}_baselines.csv", key)


def _table(folder, name, key):
    return pd.read_csv(Path(folder or FOLDER, name), dtype={key: str}).set_index(key)


def galaxies(task, root=None, folder=None):
    """Read the galaxies of a task and their labels.

    Parameters
    ----------
    task : str
        One of `TASKS`: from a velocity field, from an image, from both and the catalogue, or for
        SAMI.
    root : path-like, optional
        Root of the archives, which have the labels; see `galutils.surveys.archive_root`.
    folder : path-like, optional
        Of the files above; ``data/benchmark`` by default.

    Returns
    -------
    pandas.DataFrame
        By identifier (str): ``galaxy``, ``fold``, ``label`` (1 fast, 0 slow, -1 not known; see
        `galutils.physics.kinematics.ROTATOR_CLASS`).

    Raises
    ------
    ArchiveError
        If no published lambda_R is found, or its file is damaged.
    """
    survey, key, parts = TASKS[task]
    table = _table(folder, f"{survey}.csv", key)
    table = table.loc[(table[parts] == 1).all(axis=1), ["galaxy", "fold"]]
    if survey == "sami":
        published, spin = sami.load_catalogue(root, "archive"), "lambda_r"
    else:
        path, spin = archive_root(root) / survey, "lambda_re"
        published, _ = rotation.load(path)
        expect(len(published), path, f"{rotation.FILE} or a dynamical catalogue")
    label = kinematics.rotator_class(published[spin], published["ellipticity"])
    known = pd.Series(label, np.asarray(published[key]).astype(str))
    return table.assign(label=known.reindex(table.index, fill_value=-1))


def read(path, task):
    """Read predictions: a table as CSV, ECSV, FITS or VOTable.

    Parameters
    ----------
    path : path-like
        With the identifier of the task and ``probability`` of a fast rotator.
    task : str
        One of `TASKS`.

    Returns
    -------
    pandas.Series
        Probability by identifier (str), NaN where there is none; identifiers may repeat.

    Raises
    ------
    ArchiveError
        If the file is damaged, lacks a column, or has a probability outside 0 to 1.
    """
    path, key = Path(path), TASKS[task][1]
    catalogue = Catalogue(path.parent, (path.name,), texts=(key,))
    probability = catalogue.floats(("probability",))
    outside = probability[(probability < 0) | (probability > 1)]
    expect(not len(outside), path, "probabilities from 0 to 1", first(outside))
    return pd.Series(probability, catalogue.identifiers((key,)))


def remarks(given, table):
    """Count the identifiers of predictions by what becomes of them.

    Parameters
    ----------
    given : pandas.Series
        As `read` returns it.
    table : pandas.DataFrame
        As `galaxies` returns it.

    Returns
    -------
    pandas.DataFrame
        ``identifiers`` in words, ``number``, and ``for example`` the first three.
    """
    labelled, again = table.index[table["label"] >= 0], given.index.duplicated()
    names = given[~again].dropna().index
    kinds = {
        "scored": labelled.intersection(names),
        "missing: labelled, but without a probability": labelled.difference(names),
        "unknown: not in this task": given.index.unique().difference(table.index),
        "repeated: the first row counts": given.index[again].unique(),
        "without a label: not scored": table.index[table["label"] < 0].intersection(names),
    }
    rows = [(kind, len(found), ", ".join(found[:3])) for kind, found in kinds.items()]
    return pd.DataFrame(rows, columns=["identifiers", "number", "for example"])


def score(given, table, others, draws=500, rng=0):
    """Score predictions, and set them against each baseline on the galaxies that both have.

    Parameters
    ----------
    given : pandas.Series
        As `read` returns it.
    table, others : pandas.DataFrame
        As `galaxies` and `baselines` return them.
    draws, rng
        As of `galutils.scores.intervals.bootstrap`.

    Returns
    -------
    dict of str to dict
        ``predictions`` and ``less BASELINE`` to the `MEASURES`, each with ``value``, ``low`` and
        ``high`` by drawing galaxies. The threshold is 0.5, or for each fold the best of the others.

    Raises
    ------
    ValueError
        If a class is missing among the galaxies that are scored.
    """
    given = given[~given.index.duplicated()]
    table = table[table["label"] >= 0].assign(given=given).dropna(subset="given")
    if table["label"].nunique() < 2:
        raise ValueError("expected predictions of fast and slow rotators, received one class only")
    y, galaxy, settings = table["label"], table["galaxy"], (_measures, draws, rng)
    found = {"predictions": intervals.bootstrap(y, _with_calls(table, "given"), galaxy, *settings)}
    error = calibration.intervals(y, table["given"], galaxy, draws, rng)["ece"]
    found["predictions"][MEASURES[-1]] = error
    for name, other in others.items():
        both = table.assign(other=other).dropna(subset="other")
        if both["label"].nunique() == 2:
            y, *pair = both["label"], _with_calls(both, "given"), _with_calls(both, "other")
            less = intervals.bootstrap_differences(y, *pair, both["galaxy"], *settings)
            found[f"less {name}"] = less
    return found


def report(predictions, task, out=None, root=None):
    """Score a file of predictions; the scores in words, and as JSON in a file if one is named.

    Parameters
    ----------
    predictions, task, root
        As of `read` and `galaxies`.
    out : path-like, optional

    Returns
    -------
    str
    """
    table, given = galaxies(task, root), read(predictions, task)
    counted, found = remarks(given, table), score(given, table, baselines(task))
    if out:
        rows = counted.set_index("identifiers")["number"].to_dict()
        files.write_json(out, {"task": task, "identifiers": rows, "scores": found})
    scores = pd.DataFrame(found).T.map("{value:.3f} ({low:.3f} to {high:.3f})".format_map)
    scores = scores.rename_axis("scores").reset_index()
    return f"{comparison.frame_text(counted)}\n{comparison.frame_text(scores)}"


def _with_calls(table, column):
    """Probabilities beside the calls (0 or 1) at the best threshold of the other folds."""
    y, p, fold = (table[name].to_numpy() for name in ("label", column, "fold"))
    return np.column_stack([p, p >= roc.thresholds_out_of_fold(y, p, fold)])


def _measures(labels, values):
    probability, called = values.T
    found = binary.scores(labels, probability)
    balanced = found["balanced_accuracy"], binary.auc(labels, called)  # the same for calls
    values = (found["auc"], *balanced, calibration.expected_error(labels, probability))
    return dict(zip(MEASURES, values, strict=True))
