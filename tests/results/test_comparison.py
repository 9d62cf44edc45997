import math

import pytest

from galutils.results import comparison, reader

INTERVAL = {"value": 0.881234, "low": 0.85, "high": 0.9}


def index(**numbers):
    about = {"study": "sami", "source": "mock", "profile": "quick", "notebook": "sami/05"}
    return {"items": {"sami-f1": about | {"numbers": numbers}}}


def test_the_frame_has_a_row_for_each_protocol_and_for_what_was_only_published():
    frame = reader.frame(index(accuracy={"as_published": 0.93, "grouped": INTERVAL}, n=3))
    found = frame.drop(columns=["study", "item", "shows", "source", "profile", "notebook"])
    assert found.values.tolist() == [
        ["accuracy", "as_published", 0.93, None, None, 0.91],
        ["accuracy", "grouped", 0.881234, 0.85, 0.9, 0.91],
        ["precision", None, None, None, None, 0.95],
        ["n", "", 3, None, None, None],
    ]
    assert set(frame["shows"]) == {"Confusion matrix on the test set"}
    missing = reader.frame(index(n=3), missing=True)
    assert missing.loc[missing["item"] == "sami-f2", "source"].tolist() == [""]
    assert reader.frame({"items": {}}).empty


def test_protocols_stand_side_by_side():
    numbers = {"accuracy": {"as_published": 0.93, "grouped": INTERVAL}, "slope": None}
    frame = comparison.rows(index(**numbers), "sami", missing=False).set_index("quantity")
    row = frame.loc["accuracy"]
    assert row[["published", "as_published", "grouped"]].tolist() == [0.91, 0.93, 0.881234]
    assert (row["grouped_low"], row["grouped_high"]) == (0.85, 0.9)
    assert frame.loc["slope", "as_published"] is None
    assert math.isnan(frame.loc["precision", "as_published"])
    lines = comparison.lines(frame.reset_index())
    assert [line[1:5] for line in lines] == [
        ["accuracy", "0.91", "0.93", "0.8812 (0.85 to 0.9)"],
        ["precision", "0.95", "", ""],
        ["slope", "", "–", ""],
    ]


def test_what_is_not_there_is_named():
    with pytest.raises(ValueError, match="study: expected one of sami, received 'samy'"):
        comparison.rows(index(n=3), "samy", missing=False)
    with pytest.raises(ValueError, match="format: expected one of terminal, markdown, csv"):
        comparison.text(comparison.rows(index(n=3)), "html")


def test_a_terminal_is_filled_without_breaking_the_first_column():
    lines = comparison.aligned(
        ["name", "text"], [["a-long-name [x]", "word " * 10]], 30
    ).splitlines()
    assert lines[0].split() == ["name", "text"]
    assert lines[2].startswith("a-long-name [x]  word")
    assert len(lines) > 4 and max(map(len, lines)) <= 30
