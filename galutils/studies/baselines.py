"""Classical classifiers beside the networks, scored on the same folds."""

import numpy as np

from galutils.inputs import split


def classifiers(seed):
    """Return the classifiers that the SAMI publication names as future work, and a linear one.

    Parameters
    ----------
    seed : int
        Random state of those that have one.

    Returns
    -------
    dict of str to sklearn estimator
        Each fills missing features by the median of the training side and,
        where it needs to, scales them.
    """
    from sklearn import ensemble, impute, linear_model, naive_bayes, pipeline, preprocessing, svm

    heads = {
        "random forest": ensemble.RandomForestClassifier(
            300, min_samples_leaf=3, class_weight="balanced", random_state=seed, n_jobs=2
        ),
        "support vector machine": svm.SVC(class_weight="balanced", random_state=seed),
        "naive Bayes": naive_bayes.GaussianNB(),
        "logistic regression": linear_model.LogisticRegression(class_weight="balanced"),
    }
    return {
        name: pipeline.make_pipeline(
            impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler(), head
        )
        for name, head in heads.items()
    }


def boosted_trees(seed):
    """Return gradient boosting of shallow steps, which takes missing features as they are."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(learning_rate=0.05, max_iter=150, random_state=seed)


def out_of_fold(classifier, features, labels, groups, n_folds, seed, classes=None):
    """Score every row by a classifier that has not seen its galaxy.

    Parameters
    ----------
    classifier : sklearn estimator
        Fitted anew in each fold.
    features : ndarray or pandas.DataFrame, shape (n, k)
        NaN allowed where the estimator allows it.
    labels, groups : ndarray, shape (n,)
        Class and galaxy of each row.
    n_folds, seed : int
        As for `galutils.networks.cross_validation.cross_validate`, which has the same galaxies in
        the same folds if the values are the same.
    classes : mapping of label to {0, 1}, optional
        Target of each class; rows of other classes are scored, but take no
        part in training. By default the labels are the targets.

    Returns
    -------
    ndarray, shape (n,)
        Probability of target 1, or the decision function where the estimator
        has no probability; larger is more like target 1.
    """
    from sklearn.model_selection import cross_val_predict

    classes = classes or {0: 0, 1: 1}
    used = np.isin(labels, list(classes))
    targets = np.array([classes.get(label, 0) for label in np.asarray(labels).tolist()])
    folds = split.folds(labels, groups, n_folds, rng=seed)
    folds = [(train[used[train]], test) for train, test in folds]
    probable = hasattr(classifier, "predict_proba")
    method = "predict_proba" if probable else "decision_function"
    features = np.asarray(features, dtype=float)
    scores = cross_val_predict(classifier, features, targets, cv=folds, method=method)
    return scores[:, 1] if probable else scores


def stacked(probabilities, labels, groups, folds):
    """Combine out-of-fold probabilities by logistic regression, fitted on the other folds.

    With one classifier this calibrates it (Platt 1999). A combination of few numbers is fitted,
    but the classifiers of the other folds have seen the galaxies of this one.

    Parameters
    ----------
    probabilities : sequence of array_like, each of shape (n,)
        Of class 1, by classifiers that have not seen the row's galaxy.
    labels : ndarray of {0, 1}, shape (n,)
    groups : ndarray, shape (n,)
        Galaxy of each row.
    folds : ndarray of int, shape (n,)
        Fold of each row, that of the classifiers.

    Returns
    -------
    ndarray, shape (n,)
        Probability of class 1.
    """
    from scipy.special import logit
    from sklearn.linear_model import LogisticRegression

    logits = logit(np.clip(np.column_stack(probabilities), 1e-6, 1 - 1e-6))
    return out_of_fold(LogisticRegression(C=np.inf), logits, labels, groups, folds, None)
