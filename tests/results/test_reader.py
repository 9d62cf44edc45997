import json

import pytest

from galutils.results import reader


@pytest.fixture
def results(tmp_path):
    accuracy = {"as_published": 0.91, "grouped": {"value": 0.88123, "low": 0.85, "high": 0.9}}
    numbers = {"accuracy": accuracy, "n": 2444, "auc: r, g.5": 0.5, "slope": None, "best": "cnn"}
    numbers |= {"area": {"value": 0.7, "low": None, "high": None}}
    record = {"numbers": numbers, "source": "mock", "published": {"accuracy": 0.95}}
    (tmp_path / "sami").mkdir()
    (tmp_path / "sami/sami-f1.json").write_text(json.dumps(record))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sami-f1:n", "2444"),
        ("sami-f1:n:,", "2,444"),
        ("sami-f1:best", "cnn"),
        ("sami-f1:slope", "not defined"),
        ("sami-f1:auc: r, g.5", "0.5"),
        ("sami-f1:auc: r, g.5:.2f", "0.50"),
        ("sami-f1:accuracy:as_published", "0.91"),
        ("sami-f1:accuracy:as_published:.0%", "91%"),
        ("sami-f1:accuracy:grouped", "0.881"),
        ("sami-f1:accuracy:grouped.low", "0.85"),
        ("sami-f1:accuracy:grouped.high:.2f", "0.90"),
        ("sami-f1:accuracy:grouped.interval", "0.881 (0.85–0.9)"),
        ("sami-f1:accuracy:grouped.interval:.2f", "0.88 (0.85–0.90)"),
        ("sami-f1:area.interval", "0.7 (not defined–not defined)"),
        ("sami-f1:@source", "mock"),
        ("sami-f1:@published.accuracy:.2f", "0.95"),
    ],
)
def test_a_number_is_written_as_the_role_asks(results, text, expected):
    assert reader.written(results, text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sami-f1", "expected item:quantity"),
        ("sami-f1:accuracy:grouped:.2f:x", "expected item:quantity"),
        ("sami-f2:auc", "expected the result sami-f2 once"),
        ("sami-f1:auc", "expected 'auc' in the result sami-f1, received accuracy, n"),
        ("sami-f1:n:grouped", "expected 'grouped' in 'n' of sami-f1, received int 2444"),
        ("sami-f1:accuracy", "expected a number to write"),
        ("sami-f1:n.interval:.1q", "expected a number to write"),
        ("sami-f1:best:.2f", "expected a number to write, received 'cnn'"),
        ("sami-f1:@published.auc", "expected 'auc' in the recorded item"),
    ],
)
def test_a_number_that_cannot_be_written_is_named(results, text, message):
    with pytest.raises(ValueError, match=message) as raised:
        reader.written(results, text)
    assert text in str(raised.value)
