"""Check the publications' numbers against each other by arithmetic on recorded constants.

``published.csv`` holds the constants as they are printed, ``published_checks.csv`` the checks: a
stated constant, an operation on others, and how the two should compare. An operation is
arithmetic with the functions of `galutils.studies.arithmetic`; nothing else is evaluated.
"""

import itertools
import math
import operator
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from galutils.scores import intervals
from galutils.studies.arithmetic import compute

CONSTANTS = Path(__file__).with_name("published.csv")
CHECKS = Path(__file__).with_name("published_checks.csv")
RELATIONS = {"=": "equal to", "<=": "at most", ">=": "at least"}
STUDIES = ("sami", "morphology", "arms", "perseus")


def half_unit(text):
    """Return half a unit of a printed number's last digit: 0.005 of ``0.95``, 50 of ``1.2e3``."""
    return 0.5 * 10.0 ** Decimal(text).as_tuple().exponent


def span(formula, constants):
    """Return the value of an operation, and its range where its inputs are rounded.

    Parameters
    ----------
    formula : str
        As for `galutils.studies.arithmetic.compute`.
    constants : mapping of str to dict
        As `read_constants` returns them for one study.

    Returns
    -------
    value, low, high : float
        The latter two over all combinations of the ends of the inputs' rounding.
    """
    names = [name for name in _names(formula) if name in constants]
    middle = [constants[name]["value"] for name in names]
    half = [0 if constants[name]["exact"] else constants[name]["half_unit"] for name in names]

    def at(ends):
        return compute(formula, dict(zip(names, map(operator.add, middle, ends), strict=True)))

    results = [at(ends) for ends in itertools.product(*({-one, one} for one in half))]
    return at([0] * len(names)), min(results), max(results)


def agrees(stated, half, low, high, relation="="):
    """Return if a stated number, as rounded, can have this relation to a computed one.

    Parameters
    ----------
    stated, half : float
        The number and half a unit of its last digit.
    low, high : float
        Least and largest result of the operation, over the rounding of its inputs.
    relation : {'=', '<=', '>='}

    Returns
    -------
    bool
    """
    slack = 1e-9 * max(abs(stated), 1.0)
    at_most, at_least = stated - half <= high + slack, stated + half >= low - slack
    return {"=": at_most and at_least, "<=": at_most, ">=": at_least}[relation]


def read_constants(study):
    """Read the recorded constants of a study.

    Returns
    -------
    dict of str to dict
        Key to ``text`` as printed, ``value``, ``half_unit``, ``exact`` (no rounding: counts and
        settings), ``unit``, ``place``, ``what``.

    Raises
    ------
    ValueError
        If the study has none, or has a key twice.
    """
    constants = _rows(CONSTANTS, study).set_index("key").to_dict("index")
    for row in constants.values():
        text = row["text"] = row.pop("value")
        row["value"] = float(text) if set(text) & set(".eE") else int(text)
        row |= {"half_unit": half_unit(text), "exact": row["exact"] == "yes"}
    return constants


def _rows(path, study):
    """Return the rows of a study in one of the two files, every value as text."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = table[table["study"] == study]
    if rows.empty:
        raise ValueError(f"{path}: expected rows of {study!r}, received none")
    return rows


def table(study, constants=None):
    """Evaluate all checks of a study.

    Parameters
    ----------
    study : {'sami', 'morphology', 'arms', 'perseus'}
    constants : mapping, optional
        As `read_constants` returns them, which is the default.

    Returns
    -------
    pandas.DataFrame
        One row a check: ``check``; ``stated`` as printed, empty where the publication has no such
        number; ``gives``, ``gives_low`` and ``gives_high`` by the rounding of the inputs;
        ``agrees``: yes, no, or "implied" where nothing is stated; ``operation`` with its numbers;
        ``places`` of all numbers; ``n``, ``low`` and ``high``: number of objects of a share
        and its Wilson interval of 95 per cent, NaN for other checks; ``comment``.
    """
    constants = read_constants(study) if constants is None else constants
    return pd.DataFrame([_line(row, constants) for row in _rows(CHECKS, study).to_dict("records")])


def shown(checks):
    """Return the columns of a table of checks for readers, with whole numbers as such.

    Parameters
    ----------
    checks : pandas.DataFrame
        As `table` returns it.

    Returns
    -------
    pandas.DataFrame
        ``check`` with the places in brackets, ``stated``, ``gives``, ``agrees``, ``operation``,
        ``note``: Wilson's interval of a share with the number of objects, and the comment.
    """
    kept = checks[["stated", "agrees", "operation"]].copy()
    places = checks["places"].str.replace("script of the authors", "script")
    kept.insert(0, "check", checks["check"] + " (" + places + ")")
    gives = [int(value) if float(value).is_integer() else value for value in checks["gives"]]
    kept.insert(2, "gives", np.array(gives, dtype=object))
    shares = zip(checks["n"], checks["low"], checks["high"], strict=True)
    text = [f"{low:.2f} to {high:.2f} of {n:.0f}." if n == n else "" for n, low, high in shares]
    notes = zip(text, checks["comment"], strict=True)
    kept["note"] = [" ".join(filter(None, both)) for both in notes]
    return kept


def _line(row, constants):
    value, low, high = span(row["formula"], constants)
    stated, text, verdict = constants[row["stated"]] if row["stated"] else None, "", "implied"
    if stated:
        sign = "" if row["relation"] == "=" else f" ({RELATIONS[row['relation']]} the result)"
        fits = agrees(stated["value"], stated["half_unit"], low, high, row["relation"])
        text, verdict = stated["text"] + sign, "yes" if fits else "no"
    names = [name for name in (row["stated"], *_names(row["formula"])) if name in constants]
    line = {
        "check": row["what"], "stated": text,
        "gives": value, "gives_low": low, "gives_high": high, "agrees": verdict,
        "operation": operation(row["formula"], constants),
        "places": "; ".join(dict.fromkeys(constants[name]["place"] for name in names)),
        "n": math.nan, "low": math.nan, "high": math.nan, "comment": row["comment"],
    }  # fmt: skip
    if row["n"]:
        line["n"] = round(span(row["n"], constants)[0])
        share = intervals.share_interval(round(value * line["n"]), line["n"])
        line |= {"low": share["low"], "high": share["high"]}
    return line


def operation(formula, constants):
    """Return an operation with the printed numbers in place of the names."""
    words = re.split(r"([A-Za-z_]\w*)", formula)
    text = "".join(constants[word]["text"] if word in constants else word for word in words)
    return text.replace(" ** ", "^").replace("*", "×")


def _names(formula):
    """Return the names in a formula, in order, each once."""
    return list(dict.fromkeys(re.findall(r"[A-Za-z_]\w*", formula)))
