"""Test if a quantity differs from class to class, by Kolmogorov-Smirnov and Student's t."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from galutils.store.files import require
from galutils.store.measured import takes

# Lee, Soo & Sharoni, table 4, labels
PUBLISHED = Path(__file__).with_name("published_masses.csv")
PUBLISHED_ALL = 11291
COLUMNS = ["class", "n", "mean", "ks", "ks_p", "t", "t_p", "t_p_greater", "t_p_less"]


def _tests(values, others, equal_var):
    """Return statistics and p of both tests, without any where there are too few values."""
    if min(len(values), len(others)) < 2:
        return {}
    ks, t = stats.ks_2samp(values, others), stats.ttest_ind(values, others, equal_var=equal_var)
    found = {"ks": ks.statistic, "ks_p": ks.pvalue, "t": t.statistic, "t_p": t.pvalue}
    for side in ("greater", "less"):
        test = stats.ttest_ind(values, others, equal_var=equal_var, alternative=side)
        found[f"t_p_{side}"] = test.pvalue
    return found


@takes(values=None, classes=None)
def compare(values, classes, names, against="all"):
    """Compare the values of each class with those of all galaxies, or of the other classes.

    Lee, Soo & Sharoni, table 4: a class against the sample that it is part of, Student's
    t of equal variance. Its p are called one-tailed, but those given follow from the
    statistics as two-sided ones. A class is no independent sample of the whole, so
    against ``others`` it is compared with the rest, by Welch's t.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Rows with NaN are left out.
    classes : array_like of int, shape (n,)
        0 to k - 1; rows below 0 are left out.
    names : sequence of str
        Of the k classes.
    against : {'all', 'others'}
        What a class is compared with.

    Returns
    -------
    pandas.DataFrame
        One row a class: ``class``, ``n``, ``mean``; ``ks`` and ``ks_p`` (two-sided); ``t``,
        ``t_p`` (two-sided), ``t_p_greater``, ``t_p_less`` (the mean is larger, smaller); and
        ``ks_p_corrected``, ``t_p_corrected``: p times what the false discovery rate over the
        classes asks for (Benjamini & Hochberg 1995). NaN of a class with fewer than two rows.

    Raises
    ------
    ValueError
        If `against` is neither, or no row is left.
    """
    require(against in ("all", "others"), "'all' or 'others'", repr(against), "against")
    known = np.isfinite(values) & (classes >= 0)
    values, classes = values[known], classes[known]
    require(len(values), "values of galaxies with a class", "none")
    rows = []
    for number, name in enumerate(names):
        mine = classes == number
        rest = values if against == "all" else values[~mine]
        mean = float(values[mine].mean()) if mine.any() else np.nan
        about = {"class": name, "n": int(mine.sum()), "mean": mean}
        rows.append(about | _tests(values[mine], rest, equal_var=against == "all"))
    table = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("ks_p", "t_p"):
        known = table[name].notna()
        table.loc[known, f"{name}_corrected"] = stats.false_discovery_control(table[name][known])
    return table


@takes(values=None, other=None)
def at_fixed(values, other, degree=2):
    """Free values of what they owe to another quantity, as masses of that to the redshift.

    A sample limited in flux holds massive galaxies only where it is deep, and details are seen in
    near galaxies only, so two properties may go together through the redshift alone.

    Parameters
    ----------
    values, other : array_like of float, shape (n,)
    degree : int
        Of the polynomial in `other` that is fitted to the values.

    Returns
    -------
    ndarray, shape (n,)
        The values less the polynomial plus their mean; NaN where either is not known.
    """
    values, other = np.asarray(values, float), np.asarray(other, float)
    known = np.isfinite(values) & np.isfinite(other)
    line = np.polynomial.Polynomial.fit(other[known], values[known], degree)
    return np.where(known, values - line(other) + values[known].mean(), np.nan)


def published_again():
    """Compute the p values that go with the published statistics of the labels.

    Returns
    -------
    pandas.DataFrame
        ``class``, ``n``; ``ks``, ``ks_p, published`` and ``ks_p``, as `scipy.stats.ks_2samp` has it
        for large samples; ``t``, ``t_p, published``, ``t_p`` (two-sided) and ``t_p_one_sided`` (the
        mean differs in the direction found); ``t_p_corrected`` and ``ks_p_corrected`` as of
        `compare`, from the published p.
    """
    table = pd.read_csv(PUBLISHED)
    n, ks_p, t_p = (table[name] for name in ("n", "ks_p, published", "t_p, published"))
    effective = np.round(n * PUBLISHED_ALL / (n + PUBLISHED_ALL))
    one_sided = stats.t.sf(np.abs(table["t"]), n + PUBLISHED_ALL - 2)
    table.insert(4, "ks_p", stats.kstwo.sf(table["ks"], effective))
    return table.assign(
        t_p=2 * one_sided,
        t_p_one_sided=one_sided,
        t_p_corrected=stats.false_discovery_control(t_p),
        ks_p_corrected=stats.false_discovery_control(ks_p),
    )
