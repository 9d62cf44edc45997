"""Vote tables of Galaxy Zoo 2 in every published form, and the names of the images.

A form is told by its columns; in order of preference:

``skyserver``
    The tables zoo2MainSpecz, zoo2MainPhotoz, zoo2Stripe82Normal, zoo2Stripe82Coadd1
    and 2 of Willett et al. (2013, MNRAS 435, 2835), from SkyServer or the project:
    ``dr7objid``, for the coadds ``stripe82objid``.
``hart``
    ``gz2_hart16.csv`` of Hart et al. (2016, MNRAS 461, 3663): ``dr7objid`` and
    ``gz2_class``, votes of the same names, debiased by another method.
``table5``
    Tables 5 to 9 of Willett et al. (2013): ``objid``; those of the coadds have
    identifiers of the coadded image, to be joined by position.
``kaggle``
    ``training_solutions_rev1.csv``: ``GalaxyID`` (drawn at random) and cumulative
    probabilities ``Class1.1`` to ``Class11.6``, no counts, no positions.

In the first three a column is named by task, answer and quantity, as
``t11_arms_number_a31_1_weighted_fraction``; a question that was not asked has
zeros. Tables that hold stellar masses, too, are not vote tables but matches of one.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.table import Table, vstack

from galutils.store.catalogues import once
from galutils.store.files import require
from galutils.store.sample import rejections
from galutils.surveys.gz2 import csv as gz2_csv
from galutils.surveys.gz2 import decision_tree as gz2_decision_tree
from galutils.surveys.gz2.decision_tree import KEYS, QUESTIONS

MAPPING = "gz2_filename_mapping.csv"
VOTE = re.compile(r"t(\d\d)_(?:\w+?_)??a(\d\d)_(?:\w+?_)??(count|weighted_fraction|debiased)")
# quantity in the tables: name here
KINDS = {"count": "count", "weighted_fraction": "fraction", "debiased": "debiased"}
IDENTIFIERS = ("stripe82objid", "dr7objid", "objid")
WILLETT, HART = "Willett et al. (2013)", "Hart et al. (2016)"
# form: whose debiased fractions it has
FORMS = {"skyserver": WILLETT, "hart": HART, "table5": WILLETT, "kaggle": "none"}
MASSES = ("lgm_tot_p50", "logmstar", "hart17_logmstar")


def vote_columns(names):
    """Vote columns among names of an archive: ``{"t11_a31_debiased": archive's name}``."""
    columns = {}
    for name in names:
        match = VOTE.fullmatch(name)
        if match:
            question, answer, kind = match.groups()
            columns[f"{gz2_decision_tree.key(int(question), int(answer))}_{KINDS[kind]}"] = name
    return columns


def wanted(path, kinds=KINDS):
    """Vote columns of a table, ``{archive's name: t11_a31_debiased}``, those it lacks with dots.

    Parameters
    ----------
    path : path-like
    kinds : dict
        The quantities, of `KINDS`.
    """
    known = vote_columns(gz2_csv.header(path))
    return {
        known.get(f"{key}_{ours}", f"{key}_..._{archive}"): f"{key}_{ours}"
        for key in KEYS
        for archive, ours in kinds.items()
    }


def _form(names):
    """Form of a table with these columns, None where it is no vote table."""
    if "galaxyid" in names and "class1.1" in names:
        return "kaggle"
    if not vote_columns(names) or any(name in names for name in MASSES):
        return None
    if "dr7objid" in names or "stripe82objid" in names:
        return "hart" if "gz2_class" in names else "skyserver"
    return "table5" if "objid" in names else None


def find_votes(folder):
    """Vote tables of a folder.

    Returns
    -------
    dict
        Path by form, the preferred form first; of several tables of a form that
        of galaxies with spectra (``specz`` in its name), else the first by name.
    """
    found = {}
    for path in sorted(gz2_csv.tables(folder), key=lambda p: ("specz" not in p.name.lower(), p)):
        found.setdefault(_form(gz2_csv.header(path)), path)
    return {form: found[form] for form in FORMS if form in found}


def _table(frame, path, rejected):
    """Rows of a frame whose ``objid`` is new; the others join the rejected."""
    table = gz2_csv.to_table(frame)
    table, repeated = once(table, table["objid"].astype(str).data, "identifier", path)
    return table, vstack([rejections(rejected), repeated])


def _read_kaggle(path):
    names = list(gz2_decision_tree.KAGGLE)
    frame, rejected = gz2_csv.read(path, names, identifiers=("galaxyid",))
    fractions = gz2_decision_tree.to_conditional(frame[names].to_numpy())
    votes = pd.DataFrame(fractions, columns=[f"{key}_fraction" for key in KEYS])
    return votes.assign(objid=frame["galaxyid"], sample="kaggle"), rejected


def _read_published(path):
    names, votes = gz2_csv.header(path), wanted(path)
    identifier = next(name for name in IDENTIFIERS if name in names)
    texts = ("sample",) if "sample" in names else ()
    frame, rejected = gz2_csv.read(path, ["ra", "dec", *votes], (identifier,), texts)
    frame = frame.rename(columns=votes | {identifier: "objid"})
    wrong = (frame["ra"] < 0) | (frame["ra"] > 360) | (frame["dec"].abs() > 90)
    for row in frame[wrong].itertuples():
        reason = f"{path.name}: expected a position, received {row.ra}, {row.dec}"
        rejected.append((str(row.objid), reason))
    frame = frame[~wrong].copy()
    frame["sample"] = frame["sample"] if texts else ""
    for kind in ("fraction", "debiased"):  # NaN where a question was not asked, and below 0
        columns = [f"{key}_{kind}" for key in KEYS]
        fractions = frame[columns].to_numpy()
        total = gz2_decision_tree.totals(np.where(fractions > 0, fractions, 0))
        asked = gz2_decision_tree.spread(total) > 0
        frame[columns] = np.where(asked & (fractions >= 0), fractions, np.nan)
    return frame, rejected


def load_votes(folder, form=None):
    """Read a vote table.

    Parameters
    ----------
    folder : path-like
    form : str, optional
        One of `FORMS`; by default the first of them that is found.

    Returns
    -------
    votes : Table
        One row for each galaxy, in the order of the file: ``objid`` int64, the
        identifier of the form (Kaggle's ``GalaxyID``); ``sample`` str, the
        archive's name of the subsample, '' where there is none; ``ra``, ``dec``
        float64, deg, NaN for Kaggle; for every answer of
        `galutils.surveys.gz2.decision_tree.KEYS`, all float64, ``t11_a31_count``, number
        of votes; ``t11_a31_fraction``, share of the votes on that question,
        each weighted by the consistency of the voter; ``t11_a31_debiased``, the same freed of
        the effect of distance.
        NaN in the last two where a question was not asked, in the first and
        last for Kaggle, which has neither. Debiased fractions of a question
        need not sum to 1. ``meta``: ``form``, ``table``, ``debiased`` (by whom).
    rejected : Table
        ``name`` and ``reason`` of repeated identifiers and rows that cannot be
        read.

    Raises
    ------
    ArchiveError
        If there is no such table, or it is damaged or lacks an answer.
    ValueError
        If there is no such form.
    """
    require(form in (None, *FORMS), f"one of {', '.join(FORMS)}", repr(form), "form")
    found = find_votes(folder)
    expected = f"of the form {form}" if form else f"({', '.join(FORMS)})"
    form = gz2_csv.chosen(folder, found, form, f"a vote table {expected}")
    frame, rejected = (_read_kaggle if form == "kaggle" else _read_published)(found[form])
    counted = [f"{key}_{kind}" for key in KEYS for kind in KINDS.values()]
    frame = frame.reindex(columns=["objid", "sample", "ra", "dec", *counted])
    table, rejected = _table(frame, found[form], rejected)
    table["ra"].unit = table["dec"].unit = "deg"
    table.meta = {"form": form, "table": found[form].name, "debiased": FORMS[form]}
    return table, rejected


def load_mapping(folder):
    """Read which image shows which object, ``gz2_filename_mapping.csv``.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    mapping : Table
        ``objid`` int64; ``sample`` str; ``asset_id`` int64, the file name of the
        image without its ending. One row for each object, the first of the
        file: coadded ones have two images.
    rejected : Table
        ``name`` and ``reason`` of the other rows.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged or lacks a column.
    """
    path = Path(folder) / MAPPING
    frame, rejected = gz2_csv.read(path, (), ("objid", "asset_id"), ("sample",))
    return _table(frame[["objid", "sample", "asset_id"]], path, rejected)


def asked(votes, least=1):
    """Count how often each question of the tree was reached.

    Parameters
    ----------
    votes : Table
        As of `load_votes`.
    least : int
        Volunteers who must have answered a question for a galaxy to count.

    Returns
    -------
    Table
        ``task`` and ``question`` str; ``share`` of the galaxies; ``votes``, the median number
        of answers where it was asked, NaN where it never was.
    """
    counts = np.stack([votes[f"{key}_count"] for key in KEYS], axis=1)
    rows = []
    voters = gz2_decision_tree.totals(np.nan_to_num(counts)).T
    for question, number in zip(QUESTIONS, voters, strict=True):
        there = number >= least
        median = float(np.median(number[there])) if there.any() else np.nan
        rows.append((f"{question.number:02d}", question.text, float(there.mean()), median))
    return Table(rows=rows, names=("task", "question", "share", "votes"))
