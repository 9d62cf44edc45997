"""Classical classifiers on the folds of the networks."""

import numpy as np
from scipy.special import expit

from galutils.inputs import split
from galutils.scores import binary
from galutils.studies import baselines


def test_all_classifiers_learn_what_can_be_learnt_and_nothing_else():
    rng = np.random.default_rng(0)
    labels = (rng.random(240) < 0.8).astype(int)
    features = rng.normal(size=(240, 3))
    features[:, 0] += 2.5 * labels
    features[::17, 1] = np.nan
    for name, classifier in baselines.classifiers(seed=1).items():
        learnt = baselines.out_of_fold(classifier, features, labels, np.arange(240), 4, 1)
        assert binary.auc(labels, learnt) > 0.9, name
        shuffled = rng.permutation(labels)
        guessed = baselines.out_of_fold(classifier, features, shuffled, np.arange(240), 4, 1)
        assert abs(binary.auc(shuffled, guessed) - 0.5) < 0.17, name


def test_stacking_calibrates_and_combines():
    rng = np.random.default_rng(3)
    labels, folds = (rng.random(2000) < 0.9).astype(int), np.arange(2000) % 4
    sure = 2 * labels - 1
    first, second = (expit(3 * (sure + rng.normal(0, 1.5, 2000))) for _ in range(2))
    alone, both = (
        baselines.stacked(one, labels, np.arange(2000), folds) for one in ([first], [first, second])
    )
    assert abs(alone.mean() - labels.mean()) < 0.01 < abs(first.mean() - labels.mean())
    assert binary.auc(labels, both) > binary.auc(labels, alone) + 0.03


def test_classes_left_out_are_scored_but_not_learnt():
    rng = np.random.default_rng(2)
    quality = rng.integers(0, 3, 150)
    features = quality[:, None] + rng.normal(0, 0.2, (150, 1))
    line = baselines.classifiers(0)["logistic regression"]
    scores = baselines.out_of_fold(line, features, quality, np.arange(150), 3, 0, {2: 1, 0: 0})
    low, middle, high = (scores[quality == value].mean() for value in (0, 1, 2))
    assert low < 0.2 < middle < 0.8 < high


def test_no_row_is_scored_by_a_classifier_that_saw_its_galaxy():
    # with one random feature per galaxy and its copy on the other side, 1-NN would be perfect
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(150), 2)
    labels = np.repeat(rng.integers(0, 2, 150), 2)
    features = np.repeat(rng.normal(size=(150, 1)), 2, axis=0)
    nearest = KNeighborsClassifier(1)
    honest = baselines.out_of_fold(nearest, features, labels, groups, 5, 0)
    leaky = baselines.out_of_fold(nearest, features, labels, np.arange(300), 5, 0)
    assert binary.auc(labels, honest) < 0.65
    assert binary.auc(labels, leaky) > 0.75
    assert split.shared_galaxies(groups, *next(split.folds(labels, groups, 5, rng=0))).size == 0
