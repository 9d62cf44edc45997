"""Train on one side of a split, and cross-validate with every galaxy on one side only."""

import numpy as np

from galutils.inputs import augment, images, split
from galutils.networks import train, wrappers


def fit_watched(x, labels, groups, seed, build, copies, epochs, **settings):
    """Train on augmented maps and watch other galaxies for early stopping.

    Galaxies are divided into training (85 per cent) and validation. Only training
    maps are copied, and the callbacks watch the validation galaxies.

    Parameters
    ----------
    x : ndarray, shape (n, h, w, 1)
        Network inputs.
    labels, groups : ndarray, shape (n,)
        Class and galaxy of each row.
    seed : int
        Of split, copies and weights.
    build : callable
        As in `galutils.networks.train.fit`.
    copies : mapping of label to int
        Augmented copies of each class (see `augment.augment_to_balance`).
    epochs : int
        Largest number of epochs.
    **settings
        Passed on to `galutils.networks.train.fit`.

    Returns
    -------
    model, history
        As `galutils.networks.train.fit` returns them.
    """
    inner, watched = split.by_galaxy(labels, groups, (0.85, 0.15), rng=seed)
    copied, origin = augment.augment_to_balance(x[inner], labels[inner], copies, rng=seed)
    validation = x[watched], labels[watched]
    model, history = train.fit(
        build, copied, labels[inner][origin], validation, epochs, seed, **settings
    )
    history.attrs = {"training": groups[inner], "validation": groups[watched]}
    return model, history


def fit_copied_first(x, labels, groups, seed, build, copies, test_fraction, epochs, **settings):
    """Train as the SAMI publication does: copy first, split the copies, stop by the test maps.

    Copies of one galaxy then stand on both sides, and the epoch is chosen on the maps by which
    the network is judged.

    Parameters
    ----------
    x, labels, groups, seed, build, copies, epochs, **settings
        As of `fit_watched`; `seed` is also that of the split.
    test_fraction : float
        Share of the copies that is watched.

    Returns
    -------
    model, history
        As `galutils.networks.train.fit` returns them.
    """
    copied, origin = augment.augment_to_balance(x, labels, copies, rng=seed)
    inner, test = split.random_split(labels[origin], test_fraction, rng=seed)
    y = labels[origin]
    watched = copied[test], y[test]
    model, history = train.fit(build, copied[inner], y[inner], watched, epochs, seed, **settings)
    history.attrs = {"training": groups[origin[inner]], "validation": groups[origin[test]]}
    return model, history


def fit_turned(x, labels, groups, seed, build, epochs, angles, side, by_angle, resume=None):
    """Train as Pruitt (2024) does: turn images by fixed angles and stop by a quarter of them.

    The scripts of the thesis watch the first quarter of the rows, and rows come angle by angle:
    every object is watched at some angles and trains at the others.

    Parameters
    ----------
    x : ndarray of uint8, shape (n, h, h, 3)
        Cut-outs, without those of the test.
    labels, groups, seed, build, epochs
        As of `fit_watched`.
    angles : sequence of int
        Degrees, as for `augment.rotations`.
    side : int
        Pixels along a side of the network's inputs.
    by_angle : bool
        Watch as the scripts do; otherwise all images of a quarter of the galaxies.
    resume : path-like, optional
        As of `galutils.networks.train.fit`.

    Returns
    -------
    model, history
        As `galutils.networks.train.fit` returns them, after the epoch of the lowest watched loss.
    """
    turned, row = augment.rotations(x, angles)
    turned, y = images.block_average(turned, side), labels[row]
    quarter = split.by_galaxy(labels, groups, (0.75, 0.25), rng=seed)[1]
    watched = np.arange(len(row)) < len(row) // 4 if by_angle else np.isin(row, quarter)
    rule = {"patience": 20, "batch_size": 20, "plateau": False, "monitor": "val_loss"}
    data = turned[~watched], y[~watched], (turned[watched], y[watched])
    model, history = train.fit(build, *data, epochs, seed, **rule, resume=resume)
    history.attrs = {"training": groups[row[~watched]], "validation": groups[row[watched]]}
    return model, history


def fit_symmetric(
    x, labels, groups, seed, build, classes, epochs, learning_rate=1e-3, members=1, batch_size=32,
    change=augment.random_dihedral_and_sign, extra=None, repeated=1,
):  # fmt: skip
    """Train a small ensemble on maps or images changed at random in every epoch.

    This is for inputs whose orientation carries no meaning. The learning rate
    falls along a cosine to zero: at epoch k of n it is that of the first epoch
    times (1 + cos(pi k / n)) / 2. Nothing is watched, so all rows train, and the
    last epoch counts.

    Parameters
    ----------
    x : ndarray, shape (n, size, size, channels)
        Network inputs.
    labels : ndarray, shape (n,)
        Class of each row, or with `classes` None the target itself, in [0, 1], the last of
        several.
    groups : ndarray
        Not used, since nothing is split here; `cross_validate` passes it.
    seed : int
        Random state of the weights and of the order of batches.
    build : callable
        As in `galutils.networks.train.fit`.
    classes : mapping of label to {0, 1}, or None
        Target of each class; rows of other classes are left out.
    epochs, members, batch_size : int
        Epochs of each member, number of members, inputs in a batch.
    learning_rate : float
        At the first epoch.
    change : callable
        Takes inputs and a Generator: `augment.random_dihedral_and_sign` for velocity maps,
        `augment.sky_changes` for SDSS cut-outs.
    extra : tuple of ndarray, optional
        Further inputs and targets to train on, of galaxies that are not in the
        sample at all, neither here nor on the test side.
    repeated : int
        How often an epoch shows each row whose target is below a half.

    Returns
    -------
    model : keras.Model
        Mean of the members, see `galutils.networks.wrappers.ensemble`.
    history : pandas.DataFrame
        ``loss`` and ``accuracy`` by ``epoch`` and ``member``.
    """
    import keras
    import pandas as pd

    if classes is None:
        y = labels
    else:
        used = np.isin(labels, list(classes))
        x, y = x[used], np.array([classes[label] for label in labels[used].tolist()])
    if extra is not None:
        x, y = np.concatenate([x, extra[0]]), np.concatenate([y, extra[1]])
    again = np.repeat(np.flatnonzero(y.reshape(len(y), -1)[:, -1] < 0.5), repeated - 1)
    x, y = (np.concatenate([one, one[again]]) for one in (x, y))
    networks, history = [], []
    for member in range(members):
        keras.utils.set_random_seed(seed + member)
        rng = np.random.default_rng([seed, member])
        model = build()
        for epoch in range(epochs):
            model.optimizer.learning_rate = learning_rate * (1 + np.cos(np.pi * epoch / epochs)) / 2
            record = model.fit(change(x, rng), y, batch_size=batch_size, verbose=0).history
            last = {name: value for name, [value] in record.items()}
            history.append({"member": member, "epoch": epoch + 1, **last})
        networks.append(wrappers.copied(model))  # `build` may hand out this one again
    return wrappers.ensemble(networks), pd.DataFrame(history)


def cross_validate(fit_side, x, labels, groups, n_folds, seed, predict=train.predict):
    """Compute out-of-fold probabilities with every galaxy kept on one side.

    Parameters
    ----------
    fit_side : callable
        Takes inputs, labels, groups and a seed, returns model and history:
        `fit_watched` or `fit_symmetric` with the rest of their arguments
        bound. It is given the training side only.
    x : ndarray, shape (n, h, w, c)
        Network inputs.
    labels, groups : ndarray, shape (n,)
        Class and galaxy of each row.
    n_folds : int or ndarray of int, shape (n,)
        Folds as `galutils.inputs.split.folds` takes them.
    seed : int
        Of folds and training.
    predict : callable
        Takes model and inputs: `galutils.networks.train.predict` or
        `galutils.networks.train.predict_symmetric`.

    Returns
    -------
    probability : ndarray, shape (n,)
        Probability of target 1, by the model that has not seen the galaxy.
    fold : ndarray of int, shape (n,)
        Fold in which the row was tested.
    fitted, histories : list
        The model and its history for each fold.
    """
    probability, fold_of_row = np.full(len(x), np.nan), np.full(len(x), -1)
    fitted, histories = [], []
    for fold, (side, test) in enumerate(split.folds(labels, groups, n_folds, rng=seed)):
        model, history = fit_side(x[side], labels[side], groups[side], seed + 100 * fold)
        probability[test] = predict(model, x[test])
        fold_of_row[test] = fold
        fitted.append(model)
        histories.append(history.assign(fold=fold))
    return probability, fold_of_row, fitted, histories


def judge_turned(fit_side, x, labels, groups, seeds, angles, side):
    """Judge trainings as Pruitt (2024) does: on turned images of a quarter of the files.

    Parameters
    ----------
    fit_side : callable
        As of `cross_validate`, such as `fit_turned` with the rest of its arguments bound.
    x, labels, groups, angles, side
        As of `fit_turned`, with all files.
    seeds : sequence of int
        Of a division and a training each.

    Returns
    -------
    predictions : pandas.DataFrame
        One row a seed and turned image: ``seed``, ``galaxy``, ``label``, ``probability``.
    fitted, histories : list
        The model and its history for each seed.
    """
    import pandas as pd

    tables, fitted, histories = [], [], []
    for seed in seeds:
        outer, test = split.random_split(labels, 0.25, rng=seed)
        model, history = fit_side(x[outer], labels[outer], groups[outer], seed)
        turned, row = augment.rotations(x[test], angles)
        p = train.predict(model, images.block_average(turned, side))
        columns = {"seed": seed, "galaxy": groups[test][row], "label": labels[test][row]}
        tables.append(pd.DataFrame(columns | {"probability": p}))
        fitted.append(model)
        histories.append(history)
    return pd.concat(tables, ignore_index=True), fitted, histories


def predict_folds(fitted, x, fold, predict=train.predict):
    """Compute the probability of each row by the network of its fold.

    Parameters
    ----------
    fitted : sequence of keras.Model
        One for each fold, as `cross_validate` returns them.
    x : ndarray, shape (n, h, w, c)
        Network inputs.
    fold : ndarray of int, shape (n,)
        Fold of each row; others than those of `fitted` have no network.
    predict : callable
        As of `cross_validate`.

    Returns
    -------
    ndarray, shape (n,)
        NaN where there is no network.
    """
    probability = np.full(len(x), np.nan)
    for number, model in enumerate(fitted):
        probability[fold == number] = predict(model, x[fold == number])
    return probability
