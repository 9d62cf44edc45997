"""Score a classifier of two classes: areas, shares and counts."""

import numpy as np

from galutils.store.measured import finite, floats


def checked(labels, scores):
    """Return labels as int and scores as float, both of shape (n,).

    Parameters
    ----------
    labels, scores : array_like, shape (n,) or, as networks give it, (n, 1)

    Raises
    ------
    ValueError
        For labels other than 0 and 1, scores that are missing or not finite, and other shapes.
    """
    both = floats(labels, name="labels"), finite(scores, "scores")
    labels, scores = (one[:, 0] if one.shape[1:] == (1,) else one for one in both)
    if labels.ndim != 1 or labels.shape != scores.shape:
        raise ValueError(f"expected a score for each label, received {[x.shape for x in both]}")
    other = labels[(labels != 0) & (labels != 1)]
    if len(other):
        raise ValueError(f"labels: expected 0 and 1, received {other[0]:g}")
    return labels.astype(int), scores


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

    labels, probability = checked(labels, probability)
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
    (true_slow, false_fast), (false_slow, true_fast) = confusion(labels, probability, threshold)
    recall, specificity = _share(true_fast, false_slow), _share(true_slow, false_fast)
    return {
        "accuracy": _share(true_slow + true_fast, false_slow + false_fast),
        "precision": _share(true_fast, false_fast),
        "recall": recall,
        "specificity": specificity,
        "f1": _share(2 * true_fast, false_slow + false_fast),
        "auc": auc(labels, probability),
        "balanced_accuracy": (recall + specificity) / 2,
    }


def _share(part, rest):
    return float(part / (part + rest)) if part + rest else 0.0


def fold_scores(labels, probability, fold, threshold=0.5):
    """Return `scores` within each fold.

    Returns
    -------
    pandas.DataFrame
        One row a fold, indexed by fold.
    """
    import pandas as pd

    parts = {number: fold == number for number in np.unique(fold)}
    rows = {k: scores(labels[part], probability[part], threshold) for k, part in parts.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def confusion(labels, probability, threshold=0.5):
    """Confusion matrix, rows truth and columns prediction, 0 before 1.

    Returns
    -------
    ndarray of int, shape (2, 2)

    Raises
    ------
    ValueError
        As of `checked`.
    """
    labels, probability = checked(labels, probability)
    return np.bincount(2 * labels + (probability >= threshold), minlength=4).reshape(2, 2)


def name_by_cuts(probability, high=0.95, low=0.05):
    """Count the galaxies of unknown class that the publication's cuts name.

    Section 3.2 of Chegeni et al. (2025): fast at P >= 0.95, slow at P <= 0.05.

    Returns
    -------
    dict
        ``n_unknown``, ``n_fast``, ``n_slow``.
    """
    probability = finite(probability, "probability")
    return {
        "n_unknown": int(probability.size),
        "n_fast": int(np.count_nonzero(probability >= high)),
        "n_slow": int(np.count_nonzero(probability <= low)),
    }


def per_class(labels, probability, names=("background", "cluster member")):
    """Tabulate precision, recall, F1 and support of each class as the Perseus thesis does.

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

    labels, probability = checked(labels, probability)
    predicted = (probability >= 0.5).astype(int)
    report = classification_report(
        labels, predicted, labels=[0, 1], target_names=names, output_dict=True, zero_division=0
    )
    # scikit-learn leaves the accuracy out where a class is missing on both sides.
    accuracy = float(np.mean(predicted == labels))
    rows = {name: report[name] for name in (*names, "macro avg", "weighted avg")}
    table = pd.DataFrame.from_dict(rows, orient="index").rename(columns={"f1-score": "f1"})
    table = table.astype({"support": int}).rename_axis("class").reset_index()
    whole = {"class": "accuracy", "f1": accuracy, "support": len(predicted)}
    return pd.concat([table[:2], pd.DataFrame([whole]), table[2:]], ignore_index=True)
