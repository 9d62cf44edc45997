import pytest

from galutils.studies import naming

SCORES = {"frozen": {"f1": 0.5, "accuracy": 0.7}, "tuned": {"f1": 0.6, "accuracy": 0.8}}


def test_both_keys_make_the_name():
    assert naming.flat(SCORES, "{1}, {0}") == {
        "f1, frozen": 0.5,
        "accuracy, frozen": 0.7,
        "f1, tuned": 0.6,
        "accuracy, tuned": 0.8,
    }


def test_keys_and_protocol_are_chosen():
    found = naming.flat(SCORES, keys=["f1"], protocol="grouped")
    assert found == {"frozen: f1": {"grouped": 0.5}, "tuned: f1": {"grouped": 0.6}}


def test_a_missing_key_is_an_error():
    with pytest.raises(KeyError):
        naming.flat(SCORES, keys=["recall"])
