"""Test if a quantity differs from class to class, by Kolmogorov-Smirnov and Student's t."""

import numpy as np
from astropy.table import Table

# Lee, Soo & Sharoni, table 4, labels: class, galaxies, Kolmogorov-Smirnov and p, t and p
PUBLISHED = (
    ("1", 161, 0.1196, 0.0194, 2.4429, 0.0146),
    ("2", 10290, 0.0021, 1.0000, -0.1116, 0.9111),
    ("3", 290, 0.0644, 0.1825, -0.3531, 0.7240),
    ("4, 5+", 54, 0.0610, 0.9807, 0.0946, 0.9247),
    ("?", 496, 0.0262, 0.9853, -0.4439, 0.6571),
)
PUBLISHED_ALL = 11291
COLUMNS = ("ks", "ks_p", "t", "t_p", "t_p_greater", "t_p_less")


def _tests(values, others, equal_var):
    from scipy import stats

    if min(len(values), len(others)) < 2:
        return dict.fromkeys(COLUMNS, np.nan)
    ks = stats.ks_2samp(values, others)
    tests = [
        stats.ttest_ind(values, others, equal_var=equal_var, alternative=side)
        for side in ("two-sided", "greater", "less")
    ]
    p = [test.pvalue for test in tests]
    return dict(zip(COLUMNS, (ks.statistic, ks.pvalue, tests[0].statistic, *p), strict=True))


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
    astropy.table.Table
        One row a class: ``class``, ``n``, ``mean``; ``ks`` and ``ks_p`` (two-sided); ``t``,
        ``t_p`` (two-sided), ``t_p_greater``, ``t_p_less`` (the mean is larger, smaller); and
        ``ks_p_corrected``, ``t_p_corrected``: p times what the false discovery rate over the
        classes asks for (Benjamini & Hochberg 1995). NaN of a class with fewer than two rows.

    Raises
    ------
    ValueError
        If `against` is neither, or no row is left.
    """
    if against not in ("all", "others"):
        raise ValueError(f"against: expected 'all' or 'others', received {against!r}")
    values, classes = np.asarray(values, dtype=float), np.asarray(classes)
    known = np.isfinite(values) & (classes >= 0)
    values, classes = values[known], classes[known]
    if not len(values):
        raise ValueError("expected values of galaxies with a class, received none")
    rows = []
    for number, name in enumerate(names):
        mine = classes == number
        rest = values if against == "all" else values[~mine]
        mean = float(values[mine].mean()) if mine.any() else np.nan
        about = {"class": name, "n": int(mine.sum()), "mean": mean}
        rows.append(about | _tests(values[mine], rest, equal_var=against == "all"))
    table = Table(rows)
    for name in ("ks_p", "t_p"):
        table[f"{name}_corrected"] = _corrected(np.asarray(table[name]))
    return table


def _corrected(p):
    from scipy.stats import false_discovery_control

    result, known = np.full(len(p), np.nan), np.isfinite(p)
    if known.any():
        result[known] = false_discovery_control(p[known])
    return result


def published_again():
    """Compute the p values that go with the published statistics of the labels.

    Returns
    -------
    astropy.table.Table
        ``class``, ``n``; ``ks``, ``ks_p, published`` and ``ks_p``, as `scipy.stats.ks_2samp` has it
        for large samples; ``t``, ``t_p, published``, ``t_p`` (two-sided) and ``t_p_one_sided`` (the
        mean differs in the direction found); ``t_p_corrected`` and ``ks_p_corrected`` as of
        `compare`, from the published p.
    """
    from scipy import stats

    names, n, ks, ks_p, t, t_p = (np.array(column) for column in zip(*PUBLISHED, strict=True))
    effective = np.round(n * PUBLISHED_ALL / (n + PUBLISHED_ALL))
    one_sided = stats.t.sf(np.abs(t), n + PUBLISHED_ALL - 2)
    return Table(
        {
            "class": names,
            "n": n,
            "ks": ks,
            "ks_p, published": ks_p,
            "ks_p": stats.kstwo.sf(ks, effective),
            "t": t,
            "t_p, published": t_p,
            "t_p": 2 * one_sided,
            "t_p_one_sided": one_sided,
            "t_p_corrected": _corrected(t_p),
            "ks_p_corrected": _corrected(ks_p),
        }
    )
