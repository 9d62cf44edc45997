"""Training on a class and quantities together."""

from functools import partial

import numpy as np
import pytest
from scipy.special import expit

from galutils.inputs import augment
from galutils.networks import joint, shipped, train, velocity_cnn
from galutils.scores import binary

NETWORK = partial(
    velocity_cnn.sami_cnn, input_shape=(12, 12, 1), filters=(8,), momentum=0.9, dropout=0.0
)


def test_loss_takes_known_targets_only():
    truth = np.array([[1.0, np.nan, 1.0], [np.nan, 2.0, np.nan]], np.float32)
    output = np.array([[0.5, 9.0, 0.8], [7.0, 1.0, 0.3]], np.float32)
    found = np.asarray(joint._loss(truth, output))
    np.testing.assert_allclose(found, [0.3 * 0.25 - np.log(0.8), 0.3], rtol=1e-5)


def test_quantities_teach_a_class_that_few_rows_have(tmp_path):
    """The class is noisy and known of few; the brightness that decides it is known of all."""
    rng = np.random.default_rng(1)
    level = rng.uniform(-1, 1, 600).astype(np.float32)
    x = rng.normal(0, 1, (600, 12, 12, 1)).astype(np.float32) + level[:, None, None, None]
    label = (rng.random(600) < expit(4 * level)).astype(np.float32)
    label[40:500] = np.nan
    targets = np.column_stack([level, label])
    test = np.arange(500, 600)
    settings = {"epochs": 6, "change": augment.random_dihedral, "repeated": 2, "members": 2}
    side = partial(joint.fit, build=partial(joint.build, NETWORK, 1), **settings)
    family = shipped.Family("both", side, {}, "train", tmp_path)
    names = np.arange(500).astype(str)
    model, history = family(x[:500], targets[:500], names, 0)
    assert model.output_shape == (None, 1)
    assert len(history) == 12 and history["loss"].notna().all()
    p = train.predict(model, x[test])
    assert ((p > 0) & (p < 1)).all()
    assert binary.auc(label[test].astype(int), p) > 0.8
    family.ship(names, about="", source={}, scores={})
    [again], _ = shipped.read("both", tmp_path)
    np.testing.assert_allclose(train.predict(again, x[test]), p, atol=2e-3)


def test_without_any_known_class_nothing_breaks():
    x = np.zeros((8, 12, 12, 1), np.float32)
    targets = np.column_stack([np.arange(8.0), np.full(8, np.nan)]).astype(np.float32)
    build = partial(joint.build, NETWORK, 1)
    model, history = joint.fit(
        x, targets, None, 0, build=build, epochs=1, change=augment.random_dihedral
    )
    assert np.isfinite(history["loss"]).all()
    assert train.predict(model, x) == pytest.approx(train.predict(model, x)[0])
