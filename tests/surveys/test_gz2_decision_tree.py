"""The decision tree of Galaxy Zoo 2 and its two kinds of vote fractions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galutils.surveys.gz2 import decision_tree as gz2_decision_tree
from galutils.surveys.gz2.decision_tree import KEYS, PLACE, QUESTIONS

# Table 1 of the publication: next question after each answer, 0 at the end
NEXT = {
    1: (7, 2, 0),
    2: (9, 3),
    3: (4, 4),
    4: (10, 5),
    5: (6, 6, 6, 6),
    6: (8, 0),
    7: (6, 6, 6),
    8: (0,) * 7,
    9: (6, 6, 6),
    10: (11, 11, 11),
    11: (5,) * 6,
}
BLOCKS = {q.number: [PLACE[key] for key in gz2_decision_tree.keys(q.number)] for q in QUESTIONS}


def conditional(**fractions):
    """Fractions by key, NaN for the questions not given; a given question is filled up with 0."""
    values = np.full(len(KEYS), np.nan)
    for key, fraction in fractions.items():
        block = BLOCKS[int(key[1:3])]
        values[block] = np.nan_to_num(values[block])
        values[PLACE[key]] = fraction
    return values


def volunteers(number, rng):
    """Votes for each answer of volunteers who walk through the tree as its table says."""
    votes = np.zeros(len(KEYS))
    for _ in range(number):
        question = 1
        while question:
            k = rng.integers(len(NEXT[question]))
            votes[BLOCKS[question][k]] += 1
            question = NEXT[question][k]
    return votes


def shares(votes):
    """Votes over the sum of their question, NaN where that is 0."""
    result = np.full(votes.shape, np.nan)
    for block in BLOCKS.values():
        total = votes[..., block].sum(axis=-1, keepdims=True)
        result[..., block] = votes[..., block] / np.where(total > 0, total, np.nan)
    return result


def test_the_tree_is_table_1():
    assert {q.number: tuple(a.following for a in q.answers) for q in QUESTIONS} == NEXT
    assert len(KEYS) == len(set(KEYS)) == 37
    numbers = [a.number for q in QUESTIONS for a in q.answers]
    assert sorted(numbers) == [*range(1, 35), 36, 37, 38]
    assert gz2_decision_tree.keys(8)[-1] == "t08_a38"
    assert gz2_decision_tree.keys(11) == (
        "t11_a31",
        "t11_a32",
        "t11_a33",
        "t11_a34",
        "t11_a36",
        "t11_a37",
    )


def test_the_table_has_one_row_for_an_answer_and_names_every_question_once():
    table = gz2_decision_tree.table()
    assert len(table) == 37
    assert table["Task"][table["Task"] != ""].tolist() == [f"{k:02d}" for k in range(1, 12)]
    assert table["Question"].nunique() == 12  # '' beside them
    row = table.iloc[PLACE["t08_a38"]]
    assert (row["Task"], row["Response"], row["Next"]) == ("", "dust lane", "end")
    row = table.iloc[PLACE["t04_a08"]]
    assert (row["Task"], row["Response"], row["Next"]) == ("04", "yes", "10")


def test_kaggles_columns_are_numbered_within_a_question():
    names = gz2_decision_tree.KAGGLE
    assert len(names) == 37
    assert names["class1.2"] == "t01_a02"
    assert names["class8.7"] == "t08_a38"
    assert names["class11.5"] == "t11_a36"


def test_a_question_that_nobody_can_reach_has_no_fraction():
    smooth = conditional(t01_a01=1.0, t07_a17=1.0, t06_a15=1.0)
    cumulative = np.nan_to_num(smooth)
    np.testing.assert_array_equal(gz2_decision_tree.to_conditional(cumulative), smooth)


def test_a_question_with_an_unknown_probability_stays_unknown():
    cumulative = np.full(len(KEYS), 0.25)
    cumulative[PLACE["t11_a32"]] = np.nan
    fractions = gz2_decision_tree.to_conditional(cumulative)
    assert np.isnan(fractions[BLOCKS[11]]).all()
    assert np.isfinite(fractions[BLOCKS[10]]).all()


def test_fractions_of_walking_volunteers_come_back_from_their_probabilities():
    votes = volunteers(400, np.random.default_rng(1))
    np.testing.assert_allclose(gz2_decision_tree.to_conditional(votes / 400), shares(votes))


VOTES = st.lists(
    st.lists(st.integers(0, 40), min_size=37, max_size=37), min_size=1, max_size=3
).map(lambda rows: np.array(rows, dtype=float))


@given(VOTES)
@settings(max_examples=60, deadline=None)
def test_fractions_come_back_from_probabilities(votes):
    back = gz2_decision_tree.to_conditional(votes / 40)
    np.testing.assert_allclose(back, shares(votes), atol=1e-12)


def test_bad_input_is_told():
    with pytest.raises(ValueError, match=r"37 answers.*\(36,\)"):
        gz2_decision_tree.to_conditional(np.zeros(36))
