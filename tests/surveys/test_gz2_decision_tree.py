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


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("t01_a02", ()),
        ("t07_a16", ("t01_a01",)),
        ("t09_a25", ("t01_a02", "t02_a04")),
        ("t03_a06", ("t01_a02", "t02_a05")),
        ("t05_a13", ("t01_a02", "t02_a05")),
        ("t10_a28", ("t01_a02", "t02_a05", "t04_a08")),
        ("t11_a37", ("t01_a02", "t02_a05", "t04_a08")),
        ("t06_a14", ()),
        ("t08_a38", ("t06_a14",)),
    ],
)
def test_the_path_holds_what_everybody_answered_before(answer, expected):
    assert gz2_decision_tree.path(answer) == expected


def test_kaggles_columns_are_numbered_within_a_question():
    names = gz2_decision_tree.KAGGLE
    assert len(names) == 37
    assert names["class1.2"] == "t01_a02"
    assert names["class8.7"] == "t08_a38"
    assert names["class11.5"] == "t11_a36"


def test_cumulative_probabilities_by_hand():
    fractions = conditional(
        t01_a01=0.2, t01_a02=0.8, t02_a04=0.25, t02_a05=0.75, t04_a08=0.5, t04_a09=0.5
    )
    fractions[BLOCKS[11]] = conditional(t11_a32=0.9, t11_a37=0.1)[BLOCKS[11]]
    fractions[BLOCKS[5]] = conditional(t05_a12=1.0)[BLOCKS[5]]
    fractions[BLOCKS[6]] = conditional(t06_a14=0.4, t06_a15=0.6)[BLOCKS[6]]
    fractions[BLOCKS[8]] = conditional(t08_a19=0.5, t08_a38=0.5)[BLOCKS[8]]
    cumulative = gz2_decision_tree.to_cumulative(fractions)
    expected = {
        "t02_a05": 0.6,
        "t04_a08": 0.3,
        "t11_a32": 0.27,
        "t11_a37": 0.03,
        "t11_a31": 0,
        "t05_a12": 0.6,  # asked of spirals and others alike
        "t06_a14": 0.4,  # asked of all
        "t08_a38": 0.2,
    }
    for key, value in expected.items():
        assert cumulative[PLACE[key]] == pytest.approx(value), key


def test_cumulative_probabilities_are_the_shares_of_volunteers_who_gave_an_answer():
    votes = volunteers(400, np.random.default_rng(1))
    cumulative = gz2_decision_tree.to_cumulative(shares(votes))
    asked_of_galaxies = [PLACE[key] for q in (6, 8) for key in gz2_decision_tree.keys(q)]
    others = np.delete(np.arange(37), asked_of_galaxies)
    np.testing.assert_allclose(cumulative[others], votes[others] / 400)
    galaxies = 400 - votes[PLACE["t01_a03"]]
    np.testing.assert_allclose(cumulative[asked_of_galaxies], votes[asked_of_galaxies] / galaxies)


def test_a_question_that_nobody_can_reach_has_probability_0_and_no_fraction():
    smooth = conditional(t01_a01=1.0, t07_a17=1.0, t06_a15=1.0)
    cumulative = gz2_decision_tree.to_cumulative(smooth)
    assert (cumulative[BLOCKS[11]] == 0).all()
    assert (cumulative[BLOCKS[8]] == 0).all()
    np.testing.assert_array_equal(gz2_decision_tree.to_conditional(cumulative), smooth)


def test_a_question_that_somebody_reached_without_a_vote_stays_unknown():
    fractions = conditional(t01_a02=1.0, t02_a05=1.0, t04_a08=1.0, t10_a28=1.0)
    cumulative = gz2_decision_tree.to_cumulative(fractions)
    assert np.isnan(cumulative[BLOCKS[11]]).all()
    assert np.isnan(gz2_decision_tree.to_conditional(cumulative)[BLOCKS[11]]).all()


VOTES = st.lists(
    st.lists(st.integers(0, 40), min_size=37, max_size=37), min_size=1, max_size=3
).map(lambda rows: np.array(rows, dtype=float))


@given(VOTES)
@settings(max_examples=60, deadline=None)
def test_fractions_come_back_from_probabilities(votes):
    fractions = shares(votes)
    cumulative = gz2_decision_tree.to_cumulative(fractions)
    back = gz2_decision_tree.to_conditional(cumulative)
    for number, block in BLOCKS.items():
        gates = [PLACE[key] for key in gz2_decision_tree.path(KEYS[block[0]])]
        shut = (fractions[:, gates] == 0).any(axis=1)
        assert (cumulative[shut][:, block] == 0).all(), number
        assert np.isnan(back[shut][:, block]).all(), number
        unknown = np.isnan(fractions[:, gates]).any(axis=1)
        whole = ~shut & ~unknown
        np.testing.assert_allclose(back[whole][:, block], fractions[whole][:, block], atol=1e-12)


@given(VOTES)
@settings(max_examples=60, deadline=None)
def test_probabilities_of_a_question_sum_to_that_of_the_answer_before(votes):
    cumulative = gz2_decision_tree.to_cumulative(shares(votes + 1))
    sums = {number: cumulative[:, block].sum(axis=1) for number, block in BLOCKS.items()}
    np.testing.assert_allclose(sums[1], 1)
    np.testing.assert_allclose(sums[6], 1)
    for number, key in {2: "t01_a02", 3: "t02_a05", 5: "t02_a05", 11: "t04_a08"}.items():
        np.testing.assert_allclose(sums[number], cumulative[:, PLACE[key]])


def test_bad_input_is_told():
    with pytest.raises(ValueError, match="t11_a35"):
        gz2_decision_tree.path("t11_a35")
    for convert in (gz2_decision_tree.to_cumulative, gz2_decision_tree.to_conditional):
        with pytest.raises(ValueError, match=r"37 answers.*\(36,\)"):
            convert(np.zeros(36))
