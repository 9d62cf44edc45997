"""How good a classifier is, and how sure we are of that."""

import numpy as np


def auc(labels, probability):
    """Area under the ROC curve by ranks (Mann-Whitney); NaN where only one class is present.

    Parameters
    ----------
    labels : array_like of {0, 1}, shape (n,)
        Truth, 1 the positive class.
    probability : array_like of float, shape (n,)
        Score of the positive class.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For other labels, and for scores that are not finite.
    """
    from scipy.stats import rankdata

    labels, probability = np.asarray(labels), np.asarray(probability, dtype=float)
    if not (np.isin(labels, (0, 1)).all() and np.isfinite(probability).all()):
        raise ValueError("AUC: expected labels 0 and 1 and finite scores, received others")
    positive = labels == 1
    n_positive = np.count_nonzero(positive)
    pairs = n_positive * (len(labels) - n_positive)
    won = rankdata(probability)[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(won / pairs) if pairs else float("nan")


def scores(labels, probability, threshold=0.5):
    """Accuracy, precision, recall, specificity, F1, AUC and balanced accuracy.

    Accuracy and precision as in equation 1 of Chegeni et al. (2025), fast
    rotators being the positive class.

    Returns
    -------
    dict of str to float
        A ratio is 0 where its denominator is; the AUC is NaN for one class.
    """
    result = call_scores(labels, probability, threshold)
    balanced = result.pop("balanced_accuracy")
    return result | {"auc": auc(labels, probability), "balanced_accuracy": balanced}


def call_scores(labels, probability, threshold=0.5):
    """`scores` but the AUC, from what is called alone.

    Returns
    -------
    dict of str to float
    """
    (true_slow, false_fast), (false_slow, true_fast) = confusion(labels, probability, threshold)
    result = {
        "accuracy": _share(true_slow + true_fast, false_slow + false_fast),
        "precision": _share(true_fast, false_fast),
        "recall": _share(true_fast, false_slow),
        "specificity": _share(true_slow, false_fast),
        "f1": _share(2 * true_fast, false_slow + false_fast),
    }
    result["balanced_accuracy"] = (result["recall"] + result["specificity"]) / 2
    return result


def _share(part, rest):
    return float(part / (part + rest)) if part + rest else 0.0


def bootstrap(labels, probability, groups, metric=scores, draws=500, level=0.95, rng=None):
    """Intervals of metrics by drawing galaxies with replacement.

    Parameters
    ----------
    labels, probability : array_like, shape (n,)
        Truth and score of each row.
    groups : array_like, shape (n,)
        Galaxy of each row; all rows of a drawn galaxy are drawn together.
    metric : callable
        Takes labels and probabilities, returns a dict of name to float.
    draws : int
        Number of resamples; NaN values (one class only) are left out.
    level : float
        Coverage of the percentile interval.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    dict of str to dict
        Metric name to ``value`` (on the data itself), ``low`` and ``high``.
    """
    rng = np.random.default_rng(rng)
    labels, probability = np.asarray(labels), np.asarray(probability)
    _, galaxy = np.unique(groups, return_inverse=True)
    order, size = np.argsort(galaxy, kind="stable"), np.bincount(galaxy)
    start = np.cumsum(size) - size
    drawn = []
    for _ in range(draws):
        chosen = rng.integers(len(size), size=len(size))
        before = np.cumsum(size[chosen]) - size[chosen]
        rows = np.repeat(start[chosen] - before, size[chosen])
        rows = order[rows + np.arange(len(rows))]
        drawn.append(list(metric(labels[rows], probability[rows]).values()))
    tail = (1 - level) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    whole = metric(labels, probability)
    return {
        name: {"value": float(value), "low": float(low[i]), "high": float(high[i])}
        for i, (name, value) in enumerate(whole.items())
    }


def bootstrap_difference(labels, first, second, groups, draws=500, rng=None, quantity="auc"):
    """Difference in a score of two classifiers on the same galaxies.

    Both are scored on the same bootstrap galaxies, so that what they have in
    common cancels.

    Parameters
    ----------
    labels, groups : array_like, shape (n,)
        Truth and galaxy of each row.
    first, second : array_like, shape (n,)
        Scores of both classifiers.
    draws, rng
        As in `bootstrap`.
    quantity : str
        One of `scores`.

    Returns
    -------
    dict
        ``value``, ``low`` and ``high`` of the score of `first` less that of `second`.
    """

    def score(y, p):
        return auc(y, p) if quantity == "auc" else scores(y, p)[quantity]

    pair = np.column_stack([first, second])
    result = bootstrap(
        labels,
        pair,
        groups,
        lambda y, p: {quantity: score(y, p[:, 0]) - score(y, p[:, 1])},
        draws,
        rng=rng,
    )
    return result[quantity]


def mean_interval(values, level=0.95):
    """Mean over folds or seeds with Student's t interval.

    Parameters
    ----------
    values : array_like
        At least two numbers.
    level : float
        Coverage.

    Returns
    -------
    dict
        ``value``, ``low``, ``high``.

    Raises
    ------
    ValueError
        With fewer than two values.
    """
    from scipy.stats import t

    values = np.asarray(values, dtype=float)
    if values.size < 2:
        raise ValueError(f"an interval needs two values or more, received {values.size}")
    half = t.ppf(0.5 + level / 2, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size)
    mean = values.mean()
    return {"value": float(mean), "low": float(mean - half), "high": float(mean + half)}


def share_interval(count, total):
    """Share with its Wilson interval of 95 per cent.

    Parameters
    ----------
    count, total : int
        Of `total` at least one, `count` have it.

    Returns
    -------
    dict
        ``value``, ``low``, ``high``.
    """
    from scipy.stats import binomtest

    interval = binomtest(int(count), int(total)).proportion_ci(method="wilson")
    return {
        "value": float(count / total),
        "low": float(interval.low),
        "high": float(interval.high),
    }


def fold_scores(labels, probability, fold, threshold=0.5):
    """`scores` within each fold.

    Returns
    -------
    pandas.DataFrame
        One row a fold, indexed by fold.
    """
    import pandas as pd

    rows = {
        number: scores(labels[fold == number], probability[fold == number], threshold)
        for number in np.unique(fold)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def confusion(labels, probability, threshold=0.5):
    """Confusion matrix, rows truth and columns prediction, 0 before 1.

    Returns
    -------
    ndarray of int, shape (2, 2)
    """
    called = np.asarray(probability) >= threshold
    return np.bincount(2 * np.asarray(labels, dtype=int) + called, minlength=4).reshape(2, 2)


def name_by_cuts(probability, high=0.95, low=0.05):
    """Count what the publication's cuts name among galaxies of unknown class.

    Section 3.2 of Chegeni et al. (2025): fast at P >= 0.95, slow at P <= 0.05.

    Returns
    -------
    dict
        ``n_unknown``, ``n_fast``, ``n_slow``.
    """
    probability = np.asarray(probability)
    return {
        "n_unknown": int(probability.size),
        "n_fast": int(np.count_nonzero(probability >= high)),
        "n_slow": int(np.count_nonzero(probability <= low)),
    }


def per_class(labels, probability, names=("background", "cluster member")):
    """Precision, recall, F1 and support of each class, as the Perseus thesis tabulates them.

    Pruitt (2024), equations 5-7 and tables 2-4.

    Parameters
    ----------
    labels : array_like of {0, 1}, shape (n,)
        Truth.
    probability : array_like, shape (n,)
        Of class 1; a label 0 or 1 serves as well. Class 1 is predicted at 0.5.
    names : sequence of str
        Of classes 0 and 1.

    Returns
    -------
    pandas.DataFrame
        Columns ``class``, ``precision``, ``recall``, ``f1``, ``support``; one row
        a class, then accuracy (in the column ``f1``), macro and weighted
        average. A ratio is 0 where its denominator is.
    """
    import pandas as pd
    from sklearn.metrics import classification_report

    predicted = (np.asarray(probability) >= 0.5).astype(int)
    report = classification_report(
        labels, predicted, labels=[0, 1], target_names=names, output_dict=True, zero_division=0
    )
    accuracy = report.pop("accuracy", None)
    if accuracy is None:  # scikit-learn leaves it out where a class is missing on both sides
        accuracy = float(np.mean(predicted == np.asarray(labels)))
    columns = {"precision": "precision", "recall": "recall", "f1-score": "f1", "support": "support"}
    table = pd.DataFrame.from_dict(report, orient="index")[list(columns)].rename(columns=columns)
    table.insert(0, "class", table.index)
    table["support"] = table["support"].astype(int)
    whole = {"class": "accuracy", "f1": accuracy, "support": len(predicted)}
    return pd.concat([table[:2], pd.DataFrame([whole]), table[2:]], ignore_index=True)
