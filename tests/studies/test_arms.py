"""Divisions without common galaxies, both protocols from one training, F1 by crop."""

import numpy as np
import pytest
from astropy.table import Table
from explain.test_gradcam import BLUE, RED, decider, images, share
from networks.test_finetune import assert_same, backbone, coloured
from sklearn.metrics import f1_score

from galutils.inputs import resampling
from galutils.networks import efficientnet, finetune, train
from galutils.studies import arms
from galutils.surveys import gz2

LABELS = np.random.default_rng(0).permutation(np.repeat(np.arange(4), (10, 2000, 400, 17)))


def test_no_galaxy_stands_on_both_sides_of_a_division():
    found = arms.divide(LABELS, cap=300, rng=1)
    both = np.concatenate([found.training, found.test])
    assert sorted(both) == list(range(len(LABELS)))
    assert set(found.few_training) <= set(found.training)
    assert set(found.few_test) <= set(found.test)
    for few in (found.few_training, found.few_test):
        assert len(set(few)) == len(few)
    again, other = (arms.divide(LABELS, 300, seed) for seed in (1, 2))
    for one, two, three in zip(found, again, other, strict=True):
        np.testing.assert_array_equal(one, two)
        assert set(one) != set(three)


def test_classes_are_divided_70_to_30_and_capped_on_either_side():
    """A class smaller than the cap stays whole."""
    found = arms.divide(LABELS, cap=300, rng=1)
    counts = [np.bincount(LABELS[rows]).tolist() for rows in found]
    assert counts == [[7, 1400, 280, 12], [3, 600, 120, 5], [7, 210, 210, 12], [3, 90, 90, 5]]


@pytest.fixture(scope="module")
def galaxies():
    return coloured()


TRAINING, WATCHED = np.arange(36), np.arange(36, 60)


def settled(model):
    """Weights as they are now."""
    return [array.copy() for array in model.get_weights()]


@pytest.mark.parametrize("copies", [0, 2])
def test_a_frozen_backbone_stays_and_its_copies_have_their_labels(galaxies, copies):
    images, labels = galaxies
    network = backbone()
    before = settled(network)
    run = arms.frozen_network(network, 3, 8, copies, batch_size=12, dense=8, learning_rate=0.06)
    given = images[TRAINING], labels[TRAINING], None
    watched = images[WATCHED], labels[WATCHED]
    (last, best), history = run(*given, 1, watched)
    assert_same(network.get_weights(), before)
    p = arms.probabilities(last, images)
    assert np.mean(p.argmax(axis=1) == labels) > 0.9
    assert last.count_params() == network.count_params() + 6 * 8 + 8 + 8 * 3 + 3
    for one, accuracy in (
        (last, history["val_accuracy"].iloc[-1]),
        (best, history["val_accuracy"].max()),
    ):
        called = arms.probabilities(one, watched[0]).argmax(axis=1)
        assert np.mean(called == watched[1]) == pytest.approx(accuracy, abs=1e-6)
    # another training in between leaves no trace
    other, _ = run(*given, 2)
    assert not np.allclose(arms.probabilities(other, images), p, atol=1e-3)
    again, _ = run(*given, 1)
    for one in (last, again):
        np.testing.assert_allclose(arms.probabilities(one, images), p, atol=1e-5)


def test_networks_of_several_seeds_call_galaxies_they_were_not_given(galaxies):
    images, labels = galaxies
    run = arms.frozen_network(backbone(), 3, 8, batch_size=12, dense=8, learning_rate=0.06)
    called = arms.retrained(run, images, labels, TRAINING, WATCHED, [1, 2])
    assert called.shape == (2, len(WATCHED))
    assert np.mean(called == labels[WATCHED]) > 0.8
    network, _ = run(images[TRAINING], labels[TRAINING], None, 2)
    expected = arms.probabilities(network, images[WATCHED]).argmax(axis=1)
    np.testing.assert_array_equal(called[1], expected)


def test_only_training_images_have_copies(galaxies, monkeypatch):
    images, labels = galaxies
    seen = []

    def fit(x, y, groups, seed, build, epochs, watched, batch_size):
        seen.append((x, y, watched, epochs, batch_size))
        return (build(), build()), None

    monkeypatch.setattr(finetune, "fit", fit)
    network = backbone()
    run = arms.frozen_network(network, 3, 8, 2, batch_size=12)
    watched = images[WATCHED], labels[WATCHED]
    run(images[TRAINING], labels[TRAINING], None, 1, watched)
    [(x, y, (watched, truth), epochs, batch_size)] = seen
    features = efficientnet.features(network, images)
    np.testing.assert_allclose(x[:36], features[TRAINING], rtol=1e-5)
    np.testing.assert_array_equal(y, np.tile(labels[TRAINING], 3))
    np.testing.assert_allclose(watched, features[WATCHED], rtol=1e-5)
    np.testing.assert_array_equal(truth, labels[WATCHED])
    assert (epochs, batch_size) == (8, 12)


def test_a_tuned_network_learns_and_leaves_its_backbone(galaxies):
    images, labels = galaxies
    network = backbone()
    before = settled(network)
    run = arms.tuned_network(network, 3, 8, batch_size=12, dense=8, learning_rate=0.02)
    given = images[TRAINING], labels[TRAINING], None
    watched = images[WATCHED], labels[WATCHED]
    (last, best), history = run(*given, 1, watched)
    assert_same(network.get_weights(), before)
    inside = last.layers[1]
    for variable, old in zip(inside.weights, before, strict=True):
        assert np.all(np.asarray(variable) == old) == ("batch_normalization" in variable.path)
    p = arms.probabilities(best, watched[0])
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    accuracy = history["val_accuracy"].max()
    assert np.mean(p.argmax(axis=1) == watched[1]) == pytest.approx(accuracy, abs=1e-6)
    assert accuracy > 0.8
    p = arms.probabilities(last, images)
    other, _ = run(*given, 2)
    again, _ = run(*given, 1)
    assert not np.allclose(arms.probabilities(other, images), p, atol=1e-3)
    np.testing.assert_allclose(arms.probabilities(again, images), p, atol=1e-4)


@pytest.fixture
def archive(monkeypatch):
    """A sample of 40 galaxies, of which one image cannot be read; and the crops asked for."""
    labels = np.repeat([0, 1], (28, 12))
    asked = []

    def with_images(sample, side, crop, root):
        asked.append((side, crop, root))
        result = sample[sample["objid"] != 7]
        # an image tells its galaxy and the crop
        result["image"] = np.stack(
            [np.full((side, side, 3), [n, crop, 0]) for n in result["objid"].tolist()]
        ).astype(np.uint16)
        return result, Table({"name": ["7"], "reason": ["damaged"]})

    monkeypatch.setattr(gz2, "with_images", with_images)
    return Table({"objid": np.arange(40)}), labels, asked


def test_f1_by_crop_is_that_of_the_watched_galaxies(archive, monkeypatch):
    sample, labels, asked = archive
    calls = []
    monkeypatch.setattr(arms, "probabilities", lambda network, images: network)

    def fit(images, truth, groups, seed, watched):
        numbers, others = (one[:, 0, 0, 0].astype(int) for one in (images, watched[0]))
        np.testing.assert_array_equal(truth, labels[numbers])
        np.testing.assert_array_equal(watched[1], labels[others])
        assert set(numbers).isdisjoint(others)
        p = np.random.default_rng(len(calls)).random((2, len(others), 2))
        calls.append((int(images[0, 0, 0, 1]), seed, tuple(numbers), tuple(others), p))
        return tuple(p), None

    both = {"frozen": fit, "tuned": fit}
    sides, networks = {400: 8, 200: 4}, {8: both, 4: both}
    scores = arms.crop_scores(sample, labels, sides, networks, runs=3, cap=20, seed=5, root="here")
    assert asked == [(8, 400, "here"), (4, 200, "here")]
    assert "label" not in sample.colnames
    assert len(scores) == len(calls) == 12
    for (_, row), (crop, seed, _, watched, p) in zip(scores.iterrows(), calls, strict=True):
        assert (row["crop"], row["run"]) == (crop, seed - 5)
        truth = labels[list(watched)]
        for protocol, one in zip(("grouped", "as_published"), p, strict=True):
            expected = f1_score(truth, one.argmax(axis=1), average="macro")
            assert row[protocol] == pytest.approx(expected)
    # capped at 20 of a class, less the one without an image, if it was drawn
    [numbers] = {tuple(sorted(call[2] + call[3])) for call in calls}
    counts = np.bincount(labels[list(numbers)])
    drawn = resampling.capped(labels, 20, 5)
    assert numbers == tuple(row for row in drawn if row != 7)
    assert counts[0] == 20 - (7 in drawn) and counts[1] == 12
    # a run has the same galaxies with every crop and network, and every run has others
    splits = {seed: {call[3] for call in calls if call[1] == seed} for seed in (5, 6, 7)}
    assert [len(of) for of in splits.values()] == [1, 1, 1]
    assert len(set.union(*splits.values())) == 3


def test_crop_choice_tells_the_steadiest_from_the_best():
    f1 = np.array([[0.5, 0.5, 0.52], [0.7, 0.8, 0.9]])
    choice = arms.crop_choice(f1, [320, 160])
    assert (choice["steadiest"], choice["highest"]) == (320, 160)
    np.testing.assert_allclose(choice["spread"], 0.8 - f1[0].mean())
    np.testing.assert_allclose(choice["variation"], 100 * f1[0].std(ddof=1) / f1[0].mean())


def test_a_network_of_one_channel_is_given_the_mean_of_the_colours():
    images = np.random.default_rng(1).integers(0, 255, (12, 16, 16, 3), dtype=np.uint8)
    labels = np.arange(12) % 2
    grey = efficientnet.backbone("tiny", (16, 16, 1))
    given = efficientnet.inputs(grey, images)
    np.testing.assert_allclose(given[..., 0], images.astype(float).mean(axis=-1), rtol=1e-6)
    assert efficientnet.inputs(efficientnet.backbone("tiny", (16, 16, 3)), images) is images
    frozen = arms.frozen_network(grey, 2, 1, 1, dense=4)
    tuned = arms.tuned_network(grey, 2, 1, dense=4)
    for network in (frozen, tuned):
        fitted, _ = network(images[:8], labels[:8], None, 1)
        expected = train.outputs(fitted, given)
        np.testing.assert_allclose(arms.probabilities(fitted, images), expected, atol=1e-5)


def test_extremes_are_the_surest_of_each_class():
    rng = np.random.default_rng(0)
    labels, probability = rng.integers(0, 4, 60), rng.dirichlet(np.ones(4), 60)
    called = probability.argmax(axis=1)
    for right in (True, False):
        found = arms.extremes(labels, probability, right)
        assert list(found) == [0, 1, 2, 3]
        for number, row in found.items():
            of = [k for k in range(60) if labels[k] == number and (called[k] == number) == right]
            assert row == max(of, key=lambda k: probability[k].max())


def test_a_class_without_such_a_galaxy_is_left_out():
    """Class 1 is never called rightly, 2 never wrongly, and 3 has no galaxy."""
    probability = np.array([[0.7, 0.1, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1], [0, 0.2, 0.8, 0]])
    labels = [0, 1, 2]
    assert arms.extremes(labels, probability, right=True) == {0: 0, 2: 2}
    assert arms.extremes(labels, probability, right=False) == {1: 1}
    assert arms.extremes(labels[:0], probability[:0], right=True) == {}


def test_heat_lies_on_the_patch_of_the_class_that_is_called():
    """Red means class 1 and blue class 2; the second image shows the first upside down."""
    model, x = decider(nested=True), images()
    # As if image 0 were called 2, and image 1 called 1, whatever they truly are.
    probability = np.array([[0.1, 0.2, 0.7], [0.05, 0.9, 0.05]])
    rows = {0: 1, 2: 0}
    found = arms.explained(model, x, probability, rows, "colours", 8, ("a", "b", "c"), rng=1)
    assert list(found) == [0, 2]
    assert [found[k]["title"] for k in found] == ["P(b) = 0.90", "P(c) = 0.70"]
    for kind in ("grad_cam", "smooth_grad"):
        assert found[0][kind].shape == x.shape[1:3]
        assert share(found[0][kind][::-1], RED) > 0.9, kind
        assert share(found[2][kind], BLUE) > 0.9, kind
    for number, row in rows.items():
        np.testing.assert_array_equal(found[number]["image"], x[row])
    again = arms.explained(model, x, probability, rows, "colours", 8, ("a", "b", "c"), rng=1)
    np.testing.assert_array_equal(again[2]["smooth_grad"], found[2]["smooth_grad"])
    assert arms.explained(model, x, probability, {}, "colours", 2, ("a", "b", "c")) == {}
