"""The experiments of the morphology thesis, each with one changed setting."""

from dataclasses import asdict, dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from galutils.inputs import augment, images, split
from galutils.networks import cross_validation, image_cnn, shipped, train
from galutils.scores import roc

CHANGE = partial(augment.random_affine, blank=True)


@dataclass(frozen=True)
class Setting:
    """Input of a network and how it is built.

    Attributes
    ----------
    normalisation : str
        One of `images.NORMALISATIONS`.
    bands : str
        Filters in their order, such as ``gri`` or ``r``.
    share : float
        Central part of the side that is kept: 1, or 0.5 for 64 of 128 pixels.
    network : dict
        Arguments of `image_cnn.morphology_cnn` besides the shape of its input.
    central, count : float
        As of `images.normalise`: where the maximum is looked for, and the faintest light.
    """

    normalisation: str = "max"
    bands: str = "gri"
    share: float = 1.0
    network: dict = field(default_factory=dict)
    central: float = 0.25
    count: float = images.COUNT

    def inputs(self, pixels):
        """Network inputs, float32 (n, h, w, bands), of flux images (n, h, w, 3) in g, r, i."""
        scaled = images.normalise(pixels, self.normalisation, self.central, self.count)
        cropped = images.central_crop(scaled, round(self.share * pixels.shape[1]))
        return np.ascontiguousarray(cropped[..., ["gri".index(band) for band in self.bands]])

    def build(self, side, **network):
        """Return a function that builds the network for images of `side` pixels before the cut."""
        shape = (round(self.share * side),) * 2 + (len(self.bands),)
        return partial(image_cnn.morphology_cnn, input_shape=shape, **self.network, **network)

    def change(self, **changes):
        """Return the same setting but for `changes`."""
        return replace(self, **changes)


def fit_side(setting, side, epochs, batch_size=64, members=1, **network):
    """Return the training of one side of a split, as `train.cross_validate` takes it.

    All rows train, perturbed anew in every epoch; no rows are watched, so that
    no choice depends on galaxies that are tested.

    Parameters
    ----------
    setting : Setting
        Input and network of the experiment.
    side : int
        Side of the images in pixels.
    epochs, batch_size, members : int
        As in `train.fit_symmetric`.
    **network
        Arguments of `models.morphology_cnn` that are not part of the setting.

    Returns
    -------
    callable
        Takes inputs, labels, groups and a seed; returns model and history.
    """
    build = train.reused(setting.build(side, **network))
    training = {"classes": {0: 0, 1: 1}, "epochs": epochs, "batch_size": batch_size}
    changing = {"members": members, "change": CHANGE}
    return partial(cross_validation.fit_symmetric, build=build, **training, **changing)


def family(name, setting, side, weights="auto", **training):
    """Return the networks of a setting, shipped or trained, as `fit_side` would train them.

    Parameters
    ----------
    name : str
        Of the files in ``data/weights``, without ``morphology_``.
    setting, side, **training
        As of `fit_side`.
    weights : {"auto", "train"}
        As of `galutils.networks.shipped.Family`.
    """
    stated = {"setting": asdict(setting), "side": side, **training}
    fit = fit_side(setting, side, **training)
    return shipped.Family(f"morphology_{name}", fit, stated, weights)


def both_protocols(fit, x, labels, groups, n_folds, seed):
    """Judge a training as published and by galaxy.

    As published, 80 per cent of the rows train and the others are tested, with repeat observations
    of a galaxy on both sides; by galaxy, every row is tested once.

    Parameters
    ----------
    fit : callable
        As of `cross_validation.cross_validate`, such as `family`.
    x, labels, groups : ndarray
        Network inputs, 1 fast or 0 slow, and the galaxy of each row.
    n_folds, seed : int
        As of `cross_validation.cross_validate`.

    Returns
    -------
    table : pandas.DataFrame
        ``fold``, and probabilities of a fast rotator ``grouped`` and ``as_published``, NaN where
        a row was not tested.
    networks, histories : list
        Of the published protocol, then of each fold.
    """
    side, test = split.random_split(labels, 0.2, rng=seed)
    model, history = fit(x[side], labels[side], groups[side], seed)
    published = np.full(len(x), np.nan)
    published[test] = train.predict(model, x[test])
    p, fold, networks, histories = cross_validation.cross_validate(
        fit, x, labels, groups, n_folds, seed
    )
    table = pd.DataFrame({"fold": fold, "grouped": p, "as_published": published})
    return table, [model, *networks], [history, *histories]


def sweep(name, pixels, labels, groups, settings, n_folds, seed, weights="auto", **training):
    """Judge several settings under both protocols in the same folds; shipped where it fits.

    Parameters
    ----------
    name : str
        Of the record in ``data/weights``, without ``morphology_``.
    pixels : ndarray, shape (n, side, side, 3)
        Flux images in g, r, i.
    labels, groups, n_folds, seed
        As of `both_protocols`.
    settings : mapping of str to Setting
        Input and network of each.
    weights : {"auto", "train"}
        As of `galutils.networks.shipped.kept`.
    **training
        Arguments of `fit_side`.

    Returns
    -------
    dict of str to pandas.DataFrame
        As `both_protocols` returns it, by setting.
    """

    def compute():
        tables = []
        for setting in settings.values():
            fit = fit_side(setting, pixels.shape[1], **training)
            x = setting.inputs(pixels)
            tables.append(both_protocols(fit, x, labels, groups, n_folds, seed)[0])
        return tuple(tables)

    stated = {"settings": {key: asdict(one) for key, one in settings.items()}, "seed": seed}
    stated |= {"side": pixels.shape[1], "n_folds": n_folds, **training}
    facts = {"about": "Predictions of unseen galaxies under several settings (Lopez Morales 2020)"}
    found = shipped.kept(
        f"morphology_{name}", compute, stated, rows_of(labels, groups), weights, **facts
    )
    tables = [pd.DataFrame(one).astype({"as_published": float}) for one in found]
    return dict(zip(settings, tables, strict=True))


def rows_of(labels, groups):
    """Return integers that stand for galaxies and labels, (n, 2), for `shipped.kept`."""
    galaxy = pd.util.hash_array(np.asarray(groups).astype(object)).astype(np.int64)
    return np.column_stack([galaxy, labels])


def areas(labels, groups, tables, rng):
    """Areas under the ROC curve of several settings under both protocols.

    Parameters
    ----------
    labels, groups : ndarray
        As of `both_protocols`.
    tables : mapping of str to pandas.DataFrame
        As `sweep` returns them.
    rng : int

    Returns
    -------
    dict of str to dict
        By setting, ``as_published`` and ``grouped``, each with ``value``, ``low`` and ``high``.
    """
    result = {name: {} for name in tables}
    for protocol in ("as_published", "grouped"):
        scores = {name: one[protocol].to_numpy() for name, one in tables.items()}
        tested = np.isfinite(np.column_stack(list(scores.values()))).all(axis=1)
        scores = {name: p[tested] for name, p in scores.items()}
        for name, area in roc.areas(labels[tested], scores, groups[tested], rng=rng).items():
            result[name][protocol] = area
    return result


def judged(labels, groups, tables, rng):
    """Score several settings under both protocols, for a figure of ROC curves.

    As published, the threshold is found on the test rows; by galaxy, on the other folds.

    Parameters
    ----------
    labels, groups, tables, rng
        As of `areas`; with a setting named "" the protocol alone names the curves.

    Returns
    -------
    curves, area, threshold : dict
        By setting and protocol, as `galutils.plots.roc.roc_with_threshold` takes them.
    numbers : dict
        ``auc`` and ``threshold`` of each setting, by protocol.
    """
    curves, area, threshold, numbers = {}, {}, {}, {}
    for name, table in tables.items():
        tested = table["as_published"].notna().to_numpy()
        p = {key: table[key].to_numpy() for key in ("as_published", "grouped")}
        cut = roc.thresholds_out_of_fold(labels, p["grouped"], table["fold"].to_numpy())
        rows = {"as_published": tested, "grouped": np.ones(len(labels), dtype=bool)}
        best = roc.optimal_threshold(labels[tested], p["as_published"][tested])
        cuts = {"as_published": best, "grouped": float(np.median(cut))}
        found = areas(labels, groups, {name: table}, rng)[name]
        for key, words in (("as_published", "as published"), ("grouped", "by galaxy")):
            title = f"{name}, {words}" if name else words
            curves[title] = labels[rows[key]], p[key][rows[key]]
            area[title], threshold[title] = found[key], cuts[key]
        of = f", {name}" if name else ""
        numbers |= {f"auc{of}": found, f"threshold{of}": cuts}
    return curves, area, threshold, numbers


def learning_curve(pixels, labels, groups, setting, sizes, seed, **training):
    """Train on more and more galaxies and test on the same fifth of them.

    Parameters
    ----------
    pixels, labels, groups, setting
        As of `sweep`, with one Setting.
    sizes : sequence of int
        Numbers of training rows, ascending; each set holds the one before.
    seed : int
        Of split and training.
    **training
        Arguments of `fit_side` but ``epochs``, and ``steps``: batches that every
        network is trained for, so that few galaxies are seen more often.

    Returns
    -------
    test : ndarray of int
        Rows tested.
    probability : dict of int to ndarray, shape (len(test),)
        By number of training rows.

    Raises
    ------
    ValueError
        If a size exceeds the training side.
    """
    steps, batch_size = training.pop("steps"), training.get("batch_size", 64)
    side, test = split.by_galaxy(labels, groups, (0.8, 0.2), rng=seed)
    if max(sizes) > len(side):
        raise ValueError(f"sizes: expected at most {len(side)}, received {max(sizes)}")
    side = np.random.default_rng(seed).permutation(side)
    x, probability = setting.inputs(pixels), {}
    fit = fit_side(setting, pixels.shape[1], epochs=None, **training)
    for size in sizes:
        epochs = max(1, round(steps * batch_size / size))
        model, _ = fit(x[side[:size]], labels[side[:size]], None, seed, epochs=epochs)
        probability[size] = train.predict(model, x[test])
    return test, probability
