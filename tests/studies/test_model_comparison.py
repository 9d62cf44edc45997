"""Classifiers on the same folds: scores, parameters, differences."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from galutils.networks import cross_validation, shipped, train, velocity_cnn
from galutils.plots import model_comparison as plot_model_comparison
from galutils.studies import baselines, model_comparison

N = 160


@pytest.fixture(scope="module")
def game():
    rng = np.random.default_rng(0)
    return model_comparison.Contest((rng.random(N) < 0.75).astype(int), np.arange(N), 3, 1)


@pytest.fixture(scope="module")
def features(game):
    values = np.random.default_rng(1).normal(size=(N, 3))
    values[:, 0] += 2.5 * game.labels
    return values


@pytest.fixture(scope="module")
def entries(game, features):
    line = baselines.classifiers(0)["logistic regression"]
    return {
        "good": game.classical("features", line, features),
        "slow": game.classical("features", line, features, extraction=0.1),
        "useless": game.classical("features", line, features[:, 1:]),
        "as useless": game.classical("features", line, features[:, 2:]),
    }


def test_parameters_are_counted(features, game):
    fitted = {name: c.fit(features, game.labels) for name, c in baselines.classifiers(0).items()}
    assert model_comparison.size(fitted["logistic regression"]) == 3 * 3 + 4
    assert model_comparison.size(fitted["naive Bayes"]) == 3 * 3 + 2 * 3 + 2 * 3 + 2
    machine = fitted["support vector machine"][-1]
    assert (
        model_comparison.size(fitted["support vector machine"])
        == 9 + 4 * machine.n_support_.sum() + 1
    )
    trees = [tree.tree_ for tree in fitted["random forest"][-1].estimators_]
    inner = sum(int((tree.children_left >= 0).sum()) for tree in trees)
    leaves = sum(tree.node_count for tree in trees) - inner
    assert model_comparison.size(fitted["random forest"]) == 9 + 2 * inner + leaves


def test_the_measurement_of_features_is_part_of_the_speed(entries):
    assert 9 < entries["slow"].speed < 10  # a tenth of a second each, and a little
    assert entries["good"].speed > 1000


def test_differences_name_who_is_worse_and_who_only_looks_so(game, entries):
    table = game.table(entries, draws=200).set_index("name")
    assert table.loc["good", "value"] > 0.9 > 0.65 > table.loc["useless", "value"]
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    change = game.differences(entries, "good", draws=200).set_index("name")
    assert "good" not in change.index
    assert change.loc["useless", "high"] < 0
    assert change.loc["useless", "p_corrected"] < 1e-3
    assert (change["p_corrected"] >= change["p"]).all()
    both = game.differences(entries, "useless", draws=200).set_index("name")
    assert both.loc["as useless", "p"] > 0.05
    expected = table.loc["good", "value"] - table.loc["useless", "value"]
    assert both.loc["good", "value"] == pytest.approx(expected)


def test_a_part_keeps_the_shares_and_lies_within_a_larger_one(game):
    rows = np.arange(0, N, 2)
    small, large = (model_comparison.part(game.labels, rows, n, 3) for n in (20, 60))
    assert set(small) < set(large) < set(rows)
    assert abs(game.labels[large].mean() - game.labels[rows].mean()) < 0.02
    assert len(large) in (59, 60, 61)


def test_networks_score_galaxies_they_have_not_seen(game, features, tmp_path):
    game = replace(game, n_folds=2)
    rng = np.random.default_rng(4)
    x = rng.normal(size=(N, 12, 12, 1)).astype(np.float32)
    x += 3 * game.labels[:, None, None, None]  # but the sign is changed at random
    build = train.reused(
        partial(velocity_cnn.sami_cnn, (12, 12, 1), (8,), momentum=0.9, jit_compile=False)
    )
    fit = partial(
        cross_validation.fit_symmetric,
        build=build,
        classes={0: 0, 1: 1},
        epochs=6,
        change=model_comparison.CHANGE,
    )
    family = shipped.Family("none", fit, {}, folder=tmp_path)
    entry = game.network("network", family, x)
    assert game.table({"network": entry}, 50)["value"][0] > 0.9
    assert entry.parameters == build().count_params()
    assert (len(entry.fitted), entry.training > 0, entry.speed > 0) == (2, True, True)
    for model, (_, test) in zip(entry.fitted, game.folds(), strict=True):
        np.testing.assert_allclose(train.predict(model, x[test]), entry.probability[test])
    averaged = game.entered("network", entry.fitted, x, 1.0, train.predict_symmetric)
    assert np.abs(averaged.probability - entry.probability).max() > 1e-6
    line = baselines.classifiers(0)["logistic regression"]
    network, line = game.few(40, fit, x, line, features)
    assert np.isfinite([network, line]).all()
    assert (
        game.table({"few": model_comparison.Contestant("", line, 1, 1, 1)}, 50)["value"][0] > 0.85
    )


def test_more_kinds_than_markers_are_refused(game, entries):
    table = game.table(entries | {"fifth": entries["good"]}, draws=50).assign(kind=list("abcde"))
    with pytest.raises(ValueError, match="at most 4, received 5"):
        plot_model_comparison.costs(table, {"training": "s"})
