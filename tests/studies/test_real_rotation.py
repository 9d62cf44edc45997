"""Errors by quarter."""

import numpy as np

from galutils.studies import real_rotation


def test_errors_are_those_of_each_quarter_with_both_classes_alike():
    values = np.append(np.arange(80.0), np.nan)
    labels = np.append(np.arange(80) % 10 > 0, True).astype(int)  # one in ten is slow
    wrong = (values < 20) & (labels == 0)
    shares = real_rotation.error_by_quarter(values, wrong, labels)
    np.testing.assert_allclose(shares, [0.5, 0, 0, 0])


def test_a_quarter_without_a_class_has_no_share():
    shares = real_rotation.error_by_quarter(np.arange(8.0), np.zeros(8, bool), np.arange(8) // 4)
    assert np.isnan(shares).all()
