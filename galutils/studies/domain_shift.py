"""Score classifiers of rotation under other conditions, against the true class."""

from functools import partial

import numpy as np

from galutils.inputs import channels, images
from galutils.networks import train
from galutils.physics import kinematics, seeing
from galutils.scores import intervals, roc
from galutils.store.measured import floats
from galutils.surveys.sami import SHAPE, SPAXEL

MEASURES = ("balanced accuracy", "area under the ROC curve")
SPINS = ("lambda_R", "lambda_R, corrected (Harborne)")


def margins(seen, spin="spin"):
    """Return the distance of each galaxy above the line between fast and slow.

    Parameters
    ----------
    seen : astropy.table.Table
        As of `galutils.mock.trials.observe`.
    spin : str
        Column of lambda_R.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Excess of lambda_R over `galutils.physics.kinematics.slow_boundary`, as measured
        (first of `SPINS`) and corrected by `galutils.physics.seeing.correct_harborne2020`
        (second); 0, that is undecided, where there is no lambda_R.
    """
    column = {n: np.asarray(seen[n]) for n in (spin, "seeing", "r_e", "ellipticity", "sersic")}
    values = (column[spin], seeing.correct_harborne2020(*column.values()))
    line = kinematics.slow_boundary(column["ellipticity"])
    return {n: np.nan_to_num(v - line) for n, v in zip(SPINS, values, strict=True)}


def fixed_scale(seen, size=40):
    """Return network input in arcsec: spaxels of any size on the SAMI publication's grid.

    Parameters
    ----------
    seen : astropy.table.Table
        ``velocity`` maps and the side of their spaxels in ``meta``.
    size : int
        Side of the input in spaxels of 0.5 arcsec.

    Returns
    -------
    ndarray of float32, shape (n, size, size, 1)
        As `galutils.inputs.images.network_input` gives; a coarse spaxel is repeated.
    """
    velocity, spaxel = floats(seen["velocity"], "km/s"), seen.meta["spaxel"]
    if spaxel != SPAXEL:
        side = velocity.shape[1]
        offset = (np.arange(SHAPE[0]) - (SHAPE[0] - 1) / 2) * SPAXEL / spaxel
        index = np.clip(np.rint(offset + (side - 1) / 2).astype(int), 0, side - 1)
        velocity = velocity[:, index][:, :, index]
    return images.network_input(velocity, size)


def free_scale(seen, size=40):
    """Return network input by `galutils.inputs.images.fill_frame`, less the maps' means."""
    velocity = floats(seen["velocity"], "km/s")
    with np.errstate(invalid="ignore"):
        number = np.maximum(np.isfinite(velocity).sum(axis=(1, 2)), 1)
        mean = np.nansum(velocity, axis=(1, 2)) / number
    return images.fill_frame(velocity - mean[:, None, None], size)


PREPARATIONS = {"in arcsec": fixed_scale, "scale free": free_scale}


def score_with_intervals(truth, scores, rng=None):
    """Score several classifiers by both measures, with intervals over galaxies.

    Parameters
    ----------
    truth : array_like of {0, 1}, shape (n,)
        1 fast.
    scores : mapping of str to ndarray, shape (n,)
        Larger is more like fast; a galaxy is classified as fast above 0, as slow
        below, and 0 counts half for either.
    rng : int, optional
        Seed of the bootstrap; the same draws serve all classifiers.

    Returns
    -------
    dict of str to dict of str to dict
        Classifier, then `MEASURES`, then ``value``, ``low``, ``high``.
    """
    return {name: _both(values) for name, values in _drawn(truth, scores, rng).items()}


def _drawn(truth, scores, rng, draws=500):
    """Both measures of each classifier on the data itself, then on every draw."""
    galaxy, fast = np.arange(len(truth)), np.asarray(truth) == 1
    weight = intervals.cluster_counts(galaxy, draws, rng)
    areas = roc.drawn_areas(truth, scores, galaxy, draws=draws, rng=rng)
    result = {}
    for name, score in scores.items():
        right = np.heaviside(np.where(fast, score, -np.asarray(score)), 0.5)
        with np.errstate(invalid="ignore"):  # a draw without a class
            recalls = [weight[:, k] @ right[k] / weight[:, k].sum(axis=1) for k in (fast, ~fast)]
        result[name] = np.stack([sum(recalls) / 2, areas[name]])
    return result


def _both(drawn):
    accuracy, area = drawn
    return dict(zip(MEASURES, (_interval(accuracy), intervals.percentiles(area)), strict=True))


def gains(truth, scores, over, rng=None):
    """Compare both measures of each classifier with those of one of them, on the same galaxies.

    Parameters
    ----------
    truth, scores, rng
        As in `score_with_intervals`.
    over : str
        Which classifier the others are compared with.

    Returns
    -------
    dict of str to dict of str to dict
        As of `score_with_intervals`, without `over`.
    """
    drawn = _drawn(truth, scores, rng)
    base = drawn.pop(over)
    return {name: _both(values - base) for name, values in drawn.items()}


def classified(seen, networks):
    """Score galaxies by networks and by their lambda_R, on the same maps.

    Parameters
    ----------
    seen : astropy.table.Table
        As of `galutils.mock.trials.observe`.
    networks : mapping of str to keras.Model
        Probability of a fast rotator, by the name of their preparation.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        ``network, <preparation>`` and `SPINS`, as `score_with_intervals` takes them.
    """
    scores = {
        f"network, {name}": train.predict(network, PREPARATIONS[name](seen)) - 0.5
        for name, network in networks.items()
    }
    return scores | margins(seen)


def lines(found, **condition):
    """Return a row of a table for each classifier and measure of `score_with_intervals`."""
    return [
        {**condition, "classifier": name, "measure": measure, **interval}
        for name, one in found.items()
        for measure, interval in one.items()
    ]


def flat(prefix, numbers):
    """Name the numbers of intervals for the prose: value, ``..._low`` and ``..._high``."""
    ends = {"": "value", "_low": "low", "_high": "high"}
    pairs = ((name, end) for name in numbers for end in ends)
    return {f"{prefix}{n}{end}": float(numbers[n][ends[end]]) for n, end in pairs}


def named(truth, probability, natural_slow, cuts=(0.05, 0.95), draws=2000, rng=None):
    """Galaxies named by cuts of the probability, at the natural shares of the classes.

    Parameters
    ----------
    truth : ndarray of {0, 1}, shape (n,)
        Of galaxies drawn class by class, as `galutils.mock.trials.draw` does, or of a part of
        them chosen without regard to class.
    probability : ndarray, shape (n,)
        Of a fast rotator.
    natural_slow : float
        Share of class 0 in the survey the galaxies were drawn from.
    cuts : (low, high)
        Slow at and below, fast at and above.
    draws : int
        Number of draws of the counts, from the Dirichlet distribution of Jeffreys' prior: a
        bootstrap would be sure of a purity of one where no mistake has come up yet.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    dict of str to dict
        ``share fast`` (of all, how many are so), ``accuracy`` (called at 0.5), ``named slow`` and
        ``named fast`` (of all), ``purity slow`` and ``purity fast`` (of those named, how many
        are so); each ``value``, ``low``, ``high``, all NaN if none is named.
    """
    truth, probability = np.asarray(truth), np.asarray(probability)
    low, high = cuts
    place = (probability > low).astype(int) + (probability >= 0.5) + (probability >= high)
    counts = np.bincount(4 * truth + place, minlength=8).reshape(2, 4)
    drawn = np.random.default_rng(rng).gamma(counts + 0.5, size=(draws, 2, 4))
    weight = np.array([natural_slow, 1 - natural_slow])[:, None]
    cells = np.concatenate([counts[None], drawn]) * weight
    slow, fast, total = cells[:, 0], cells[:, 1], cells.sum(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        values = {
            "share fast": fast.sum(axis=1) / total,
            "accuracy": (slow[:, :2].sum(axis=1) + fast[:, 2:].sum(axis=1)) / total,
            "named slow": (slow + fast)[:, 0] / total,
            "named fast": (slow + fast)[:, 3] / total,
            "purity slow": slow[:, 0] / (slow + fast)[:, 0],
            "purity fast": fast[:, 3] / (slow + fast)[:, 3],
        }
    return {name: _interval(value) for name, value in values.items()}


def _interval(values):
    """Widen a percentile interval where it does not hold the value itself."""
    value, low, high = intervals.percentiles(values).values()
    return intervals.interval(value, np.minimum(low, value), np.maximum(high, value))


# Velocity in units of 50 km/s, dispersion of 100 km/s, and the ellipticity, everywhere the same.
moving_and_hot = partial(
    channels.channels, names=("velocity", "sigma", "ellipticity"), dispersion=(0.0, 100.0)
)
TAUGHT = {"network, V": fixed_scale, "network, V, sigma, shape": moving_and_hot}


def scored(seen, networks, taught, regression):
    """Score galaxies by all classifiers that are compared with lambda_R.

    Parameters
    ----------
    seen : astropy.table.Table
        Maps, ``spin`` and ``catalogue_spin``; where the catalogue has no value, ``spin`` is taken.
    networks : mapping of str to keras.Model
        As for `classified`; trained on classes by measured lambda_R.
    taught : mapping of str to keras.Model
        Keys of `TAUGHT`; trained on the true class.
    regression : sklearn estimator
        Of lambda_R and ellipticity; trained on the true class.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        As `score_with_intervals` takes them.
    """
    known = np.isfinite(seen["catalogue_spin"])
    best = seen.copy()
    best["spin"] = np.where(known, seen["catalogue_spin"], seen["spin"])
    features = np.column_stack([best["spin"], best["ellipticity"]])
    columns = [np.asarray(best[n]) for n in ("spin", "seeing", "r_e", "sersic")]
    corrected = seeing.correct_graham2018(*columns)
    line = kinematics.slow_boundary(np.asarray(best["ellipticity"]))
    scores = margins(best) | {"lambda_R, corrected (Graham)": np.nan_to_num(corrected - line)}
    scores["lambda_R and shape, true labels"] = regression.predict_proba(features)[:, 1] - 0.5
    scores |= {
        f"{n}, catalogue labels": p for n, p in classified(best, networks).items() if n not in SPINS
    }
    for name, network in taught.items():
        scores[f"{name}, true labels"] = train.predict(network, TAUGHT[name](seen)) - 0.5
    return scores
