"""What the publications' own numbers imply: every line is worked out from recorded constants.

``published.csv`` holds the constants as they are printed, ``published_checks.csv`` the checks: a
stated constant, an operation on others, and how the two should stand to each other. An operation
is arithmetic with the functions of `galutils.studies.consistency`; nothing else is evaluated.
"""

import csv
import itertools
import math
import operator
import re
from decimal import Decimal
from pathlib import Path

import numpy as np

from galutils.scores import evaluate
from galutils.studies import consistency

CONSTANTS = Path(__file__).with_name("published.csv")
CHECKS = Path(__file__).with_name("published_checks.csv")
RELATIONS = {"=": "equal to", "<=": "at most", ">=": "at least"}
STUDIES = ("sami", "morphology", "arms", "perseus")


def half_unit(text):
    """Half a unit of the last digit of a printed number: ``0.95`` 0.005, ``1.2e3`` 50."""
    return 0.5 * 10.0 ** Decimal(text).as_tuple().exponent


def span(formula, constants):
    """Value of an operation, and its least and largest where its inputs are rounded.

    Parameters
    ----------
    formula : str
        As in `arithmetic.compute`.
    constants : mapping of str to dict
        As `read_constants` returns them for one study.

    Returns
    -------
    value, low, high : float
        The latter two over all combinations of the ends of the inputs' rounding.
    """
    names = [name for name in _names(formula) if name in constants]
    rows = [constants[name] for name in names]
    ends = [(0,) if row["exact"] else (-row["half_unit"], row["half_unit"]) for row in rows]
    middle = [row["value"] for row in rows]
    results = [
        consistency.compute(
            formula, dict(zip(names, map(operator.add, middle, shift), strict=True))
        )
        for shift in itertools.product(*ends)
    ]
    value = consistency.compute(formula, dict(zip(names, middle, strict=True)))
    return value, min(results), max(results)


def agrees(stated, half, low, high, relation="="):
    """Whether a stated number, as rounded, can stand so to a computed one.

    Parameters
    ----------
    stated, half : float
        The number and half a unit of its last digit.
    low, high : float
        What the operation gives, over the rounding of its inputs.
    relation : {'=', '<=', '>='}

    Returns
    -------
    bool
    """
    slack = 1e-9 * max(abs(stated), 1.0)
    at_most, at_least = stated - half <= high + slack, stated + half >= low - slack
    return {"=": at_most and at_least, "<=": at_most, ">=": at_least}[relation]


def read_constants(study, path=CONSTANTS):
    """Read the recorded constants of a study.

    Returns
    -------
    dict of str to dict
        Key to ``text`` as printed, ``value``, ``half_unit``, ``exact`` (no rounding: counts and
        settings), ``unit``, ``place``, ``what``.

    Raises
    ------
    ValueError
        If the study has none, or a key stands twice.
    """
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["study"] == study]
    if not rows:
        raise ValueError(f"{path}: expected constants of {study!r}, received none")
    constants = {}
    for row in rows:
        if row["key"] in constants:
            raise ValueError(f"{path}: {row['key']} stands twice for {study}")
        text = row["value"]
        value = float(text) if set(text) & set(".eE") else int(text)
        constants[row["key"]] = {
            "text": text, "value": value, "half_unit": half_unit(text),
            "exact": row["exact"] == "yes",
            "unit": row["unit"], "place": row["place"], "what": row["what"],
        }  # fmt: skip
    return constants


def table(study, constants=None, path=CHECKS):
    """Work out all checks of a study.

    Parameters
    ----------
    study : {'sami', 'morphology', 'arms', 'perseus'}
    constants : mapping, optional
        As `read_constants` returns them, which is the default.
    path : path-like, optional
        The checks.

    Returns
    -------
    pandas.DataFrame
        One row a check: ``check``; ``stated`` as printed, empty where the publication has no such
        number; ``gives``, ``gives_low`` and ``gives_high`` by the rounding of the inputs;
        ``agrees``: yes, no, or "implied" where nothing is stated; ``operation`` with its numbers;
        ``places`` of all numbers; ``n``, ``low`` and ``high``: objects that a share rests on
        and its Wilson interval of 95 per cent, NaN for what is no share; ``comment``.
    """
    import pandas as pd

    constants = read_constants(study) if constants is None else constants
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["study"] == study]
    return pd.DataFrame([_line(row, constants) for row in rows])


def shown(checks):
    """Return the columns of a table of checks that a reader needs, whole numbers as such.

    Parameters
    ----------
    checks : pandas.DataFrame
        As `table` returns it.

    Returns
    -------
    pandas.DataFrame
        ``check`` with the places in brackets, ``stated``, ``gives``, ``agrees``, ``operation``,
        ``note``: Wilson's interval with the number of objects (none for what is no share), and
        the comment.
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
    stated = constants[row["stated"]] if row["stated"] else None
    verdict = "implied"
    if stated:
        fits = agrees(stated["value"], stated["half_unit"], low, high, row["relation"])
        verdict = "yes" if fits else "no"
    names = [name for name in (row["stated"], *_names(row["formula"])) if name in constants]
    line = {
        "check": row["what"],
        "stated": _stated(stated, row["relation"]),
        "gives": value, "gives_low": low, "gives_high": high,
        "agrees": verdict,
        "operation": operation(row["formula"], constants),
        "places": "; ".join(dict.fromkeys(constants[name]["place"] for name in names)),
    }  # fmt: skip
    share = {"n": math.nan, "low": math.nan, "high": math.nan}
    if row["n"]:
        number = round(span(row["n"], constants)[0])
        share = {"n": number} | evaluate.share_interval(round(value * number), number)
    return line | {key: share[key] for key in ("n", "low", "high")} | {"comment": row["comment"]}


def operation(formula, constants):
    """Return an operation with the printed numbers in place of the names."""
    text = re.sub(
        r"[A-Za-z_]\w*",
        lambda m: constants[m[0]]["text"] if m[0] in constants else m[0],
        formula,
    )
    return text.replace(" ** ", "^").replace("*", "×")


def _stated(stated, relation):
    sign = "" if relation in ("", "=") else f" ({RELATIONS[relation]} what the operation gives)"
    return f"{stated['text']}{sign}" if stated else ""


def _names(formula):
    """Return the names in a formula, in order, each once."""
    return list(dict.fromkeys(re.findall(r"[A-Za-z_]\w*", formula)))
