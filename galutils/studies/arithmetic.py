"""Arithmetic on published numbers: small functions, and operations written as text."""

import ast
import math
import operator

from scipy import stats

from galutils.scores import roc


def f1(precision, recall):
    """Harmonic mean of precision and recall."""
    return 2 * precision * recall / (precision + recall)


def convolution(size, inputs, filters):
    """Parameters of a convolution of size x size pixels with biases."""
    return size**2 * inputs * filters + filters


def normalisation(filters):
    """Parameters of a batch normalisation: scale, shift, mean and variance."""
    return 4 * filters


def dense(inputs, units):
    """Parameters of a dense layer with biases."""
    return inputs * units + units


def right(recall, number):
    """Objects of a class that are classified correctly: the whole number nearest to the recall."""
    return round(recall * number)


def called(precision, recall, number):
    """Objects that are assigned to a class, from its precision, recall and number."""
    return round(right(recall, number) / precision)


def recall_from(accuracy, precision, positives, negatives):
    """Recall that follows from accuracy and precision, from TP + TN and TP / (TP + FP)."""
    surplus = accuracy * (positives + negatives) - negatives  # TP - FP
    return surplus * precision / (2 * precision - 1) / positives


def specificity_from(accuracy, precision, positives, negatives):
    """Specificity that follows from accuracy and precision."""
    true = recall_from(accuracy, precision, positives, negatives) * positives
    return 1 - true * (1 - precision) / precision / negatives


def balanced_accuracy_of(area):
    """Return the best balanced accuracy of two normal scores of equal spread with this ROC area."""
    return float(stats.norm.cdf(stats.norm.ppf(area) / math.sqrt(2)))


def area_error(area, number, ratio):
    """Estimate the standard error of a ROC area; `ratio` fast galaxies for each slow one."""
    slow = number / (1 + ratio)
    return float(roc.standard_error(area, ratio * slow, slow))


def two_sided(z):
    """Two-sided p of a normal statistic."""
    return float(2 * stats.norm.sf(abs(z)))


def t_two_sided(t, freedom):
    """Two-sided p of Student's t."""
    return 2 * t_one_sided(t, freedom)


def t_one_sided(t, freedom):
    """One-sided p of Student's t, on the side where t lies."""
    return float(stats.t.sf(abs(t), freedom))


def ks_two_sided(distance, first, second):
    """Two-sided p of a Kolmogorov-Smirnov distance of two samples, for large samples."""
    return float(stats.kstwo.sf(distance, round(first * second / (first + second))))


def nearest(value, *others):
    """Return the nearest of the others."""
    return min(others, key=lambda other: abs(other - value))


FUNCTIONS = {
    function.__name__: function
    for function in (
        f1, convolution, normalisation, dense, right, called, recall_from, specificity_from,
        balanced_accuracy_of, area_error, two_sided, t_two_sided, t_one_sided, ks_two_sided,
        nearest, round, min, math.ceil,
    )
}  # fmt: skip
OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Pow: operator.pow,
}  # fmt: skip


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
