"""Arithmetic on published numbers: operations written as text.

``published_functions.csv`` defines functions by operations of the same kind.
"""

import ast
import math
import operator

from scipy import stats

from galutils.scores import roc
from galutils.store import texts

OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Pow: operator.pow,
}  # fmt: skip


def nearest(value, *others):
    """Return the nearest of the others."""
    return min(others, key=lambda other: abs(other - value))


def _defined(row):
    """Return a function as a row of the table defines it."""
    names = row["arguments"].split()
    return lambda *given: compute(row["formula"], dict(zip(names, given, strict=True)))


FUNCTIONS = {
    "abs": abs, "round": round, "min": min, "ceil": math.ceil, "nearest": nearest,
    "standard_error": roc.standard_error, "t_above": stats.t.sf, "ks_above": stats.kstwo.sf,
    "normal_quantile": stats.norm.ppf, "normal_below": stats.norm.cdf,
    "normal_above": stats.norm.sf,
}  # fmt: skip
DEFINITIONS = texts.beside(__file__, "published_functions.csv")
FUNCTIONS |= {row["name"]: _defined(row) for row in DEFINITIONS}


def compute(formula, values):
    """Evaluate an operation on named values.

    Parameters
    ----------
    formula : str
        Numbers, names, ``+ - * / // **``, brackets and `FUNCTIONS`.
    values : mapping of str to float
        Values of the names.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the formula has anything else, or a name without a value.
    """

    def of(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return node.value
        if isinstance(node, ast.Name) and node.id in values:
            return values[node.id]
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](of(node.left), of(node.right))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in FUNCTIONS:
            return FUNCTIONS[node.func.id](*map(of, node.args))
        raise ValueError(f"{formula}: expected arithmetic, received {ast.unparse(node)!r}")

    return of(ast.parse(formula, mode="eval").body)
