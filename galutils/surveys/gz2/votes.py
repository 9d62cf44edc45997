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
from astropy.table import Table

from galutils.store.files import ArchiveError
from galutils.store.sample import rejections
from galutils.surveys.gz2 import csv as gz2_csv
from galutils.surveys.gz2 import decision_tree as gz2_decision_tree

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


def _without_repeats(table, path, rejected):
    """Rows whose ``objid`` is new; the others join the rejected."""
    _, first = np.unique(table["objid"], return_index=True)
    repeated = np.delete(np.arange(len(table)), first)
    reason = f"{path.name}: expected each identifier once, received a repeated row"
    rejected = rejected + [(str(objid), reason) for objid in table["objid"][repeated]]
    return table[np.sort(first)], rejections(rejected)


def _not_asked(frame, kind):
    """Set the fractions of a question to NaN where they sum to 0, and where below 0."""
    for question in gz2_decision_tree.QUESTIONS:
        names = [f"{key}_{kind}" for key in gz2_decision_tree.keys(question.number)]
        block = frame[names].to_numpy()
        block = np.where(block < 0, np.nan, block)
        block[np.nansum(block, axis=1) == 0] = np.nan
        frame[names] = block


def _read_kaggle(path):
    names = list(gz2_decision_tree.KAGGLE)
    frame, rejected = gz2_csv.read(path, names, identifiers=("galaxyid",))
    fractions = gz2_decision_tree.to_conditional(frame[names].to_numpy())
    table = Table({"objid": frame["galaxyid"].to_numpy()})
    table["sample"] = np.full(len(table), "kaggle")
    table["ra"] = table["dec"] = np.full(len(table), np.nan)
    for key, values in zip(gz2_decision_tree.KEYS, fractions.T, strict=True):
        table[f"{key}_count"] = np.full(len(table), np.nan)
        table[f"{key}_fraction"] = values
        table[f"{key}_debiased"] = np.full(len(table), np.nan)
    return table, rejected


def _misplaced(frame):
    """Reasons for rows with an impossible position, by row."""
    ra, dec = frame["ra"].to_numpy(), frame["dec"].to_numpy()
    wrong = (ra < 0) | (ra > 360) | (np.abs(dec) > 90)
    return {
        row: f"expected a position, received {ra[row]}, {dec[row]}" for row in np.where(wrong)[0]
    }


def _read_published(path):
    names = gz2_csv.header(path)
    known = vote_columns(names)
    wanted = {
        f"{key}_{kind}": known.get(f"{key}_{kind}", f"{key}_..._{archive}")
        for key in gz2_decision_tree.KEYS
        for archive, kind in KINDS.items()
    }
    identifier = next(name for name in IDENTIFIERS if name in names)
    texts = ("sample",) if "sample" in names else ()
    frame, rejected = gz2_csv.read(path, ["ra", "dec", *wanted.values()], (identifier,), texts)
    frame = frame.rename(columns={archive: ours for ours, archive in wanted.items()})
    frame = frame.rename(columns={identifier: "objid"})
    reasons = _misplaced(frame)
    rejected += [(str(frame["objid"][row]), f"{path.name}: {why}") for row, why in reasons.items()]
    frame = frame.drop(index=list(reasons))
    for kind in ("fraction", "debiased"):
        _not_asked(frame, kind)
    table = Table({"objid": frame["objid"].to_numpy()})
    table["sample"] = frame["sample"].to_numpy(dtype=str) if texts else np.full(len(frame), "")
    for name in ("ra", "dec", *wanted):
        table[name] = frame[name].to_numpy()
    return table, rejected


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
    if form is not None and form not in FORMS:
        raise ValueError(f"form: expected one of {', '.join(FORMS)}, received {form!r}")
    found = find_votes(folder)
    form = form or next(iter(found), None)
    if form not in found:
        expected = f"of the form {form}" if form else f"({', '.join(FORMS)})"
        received = ", ".join(path.name for path in gz2_csv.tables(folder)) or "no table"
        raise ArchiveError(f"{folder}: expected a vote table {expected}, received {received}")
    path = found[form]
    table, rejected = (_read_kaggle if form == "kaggle" else _read_published)(path)
    table["ra"].unit = table["dec"].unit = "deg"
    table, rejected = _without_repeats(table, path, rejected)
    table.meta = {"form": form, "table": path.name, "debiased": FORMS[form]}
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
    mapping = Table.from_pandas(frame[["objid", "sample", "asset_id"]])
    return _without_repeats(mapping, path, rejected)


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
    rows = []
    for question in gz2_decision_tree.QUESTIONS:
        counts = [
            np.asarray(votes[f"{key}_count"]) for key in gz2_decision_tree.keys(question.number)
        ]
        voters = np.nansum(counts, axis=0)
        there = voters >= least
        median = float(np.median(voters[there])) if there.any() else np.nan
        rows.append((f"{question.number:02d}", question.text, float(there.mean()), median))
    return Table(rows=rows, names=("task", "question", "share", "votes"))
