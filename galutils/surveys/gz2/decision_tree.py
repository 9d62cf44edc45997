"""The decision tree of Galaxy Zoo 2: 11 questions, 37 answers, the next question after each.

Willett et al. (2013), MNRAS 435, 2835, table 2; table 1 of Lee, Soo & Sharoni. An
answer has a key of question and answer, as ``t11_a31``; answers are numbered
through all questions, a35 was never used and the dust lane is a38.

A vote fraction is either *conditional*, the share of those who were asked the
question, as in the published tables, or *cumulative*, that share times the
fraction of all answers that must have been given before, as in the solutions of
the Kaggle challenge. Arrays of fractions have the answers of `KEYS` along their
last axis.
"""

from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd

from galutils.store import texts
from galutils.store.files import require
from galutils.store.measured import floats

TREE = texts.beside(__file__)
END = 0  # in place of a next question


class Answer(NamedTuple):
    """One of the answers to a question: number in the tables, words, next question."""

    number: int
    text: str
    following: int


class Question(NamedTuple):
    """One question: number of its task, words, answers."""

    number: int
    text: str
    answers: tuple


def _questions():
    """Read the tree, one row an answer; 0 is the end."""
    for (number, text), answers in groupby(TREE, lambda row: (int(row["question"]), row["text"])):
        found = [Answer(int(row["answer"]), row["response"], int(row["next"])) for row in answers]
        yield Question(number, text, tuple(found))


QUESTIONS = tuple(_questions())


def key(question, answer):
    """Key of an answer by the numbers of both, as ``t11_a31``."""
    return f"t{question:02d}_a{answer:02d}"


KEYS = tuple(key(q.number, a.number) for q in QUESTIONS for a in q.answers)
PLACE = {name: place for place, name in enumerate(KEYS)}
# Kaggle's column, in small letters, of every answer
KAGGLE = {
    f"class{q.number}.{k}": key(q.number, a.number)
    for q in QUESTIONS
    for k, a in enumerate(q.answers, start=1)
}


def keys(question):
    """Keys of the answers to a question, by its number."""
    return tuple(key(question, answer.number) for answer in QUESTIONS[question - 1].answers)


def totals(values):
    """Sum the values of the answers to each question.

    Parameters
    ----------
    values : ndarray, shape (..., 37)

    Returns
    -------
    ndarray, shape (..., 11)
    """
    return np.add.reduceat(values, [PLACE[keys(q.number)[0]] for q in QUESTIONS], axis=-1)


def spread(values):
    """Repeat a value of each question for each of its answers, shape (..., 11) to (..., 37)."""
    return np.repeat(values, [len(question.answers) for question in QUESTIONS], axis=-1)


def to_conditional(cumulative):
    """Conditional fractions of cumulative probabilities: each over the sum of its question.

    Parameters
    ----------
    cumulative : array_like, shape (..., 37)
        As Kaggle's solutions have them.

    Returns
    -------
    ndarray of float, shape (..., 37)
        They sum to 1 for each question; NaN where a question was not asked,
        that is where its probabilities are all 0 or one is NaN.

    Raises
    ------
    ValueError
        If the last axis has not 37 answers.
    """
    cumulative = floats(cumulative, name="cumulative").astype(float)
    good = cumulative.shape[-1:] == (len(KEYS),)
    require(good, f"{len(KEYS)} answers along the last axis", cumulative.shape)
    total = spread(totals(cumulative))
    return cumulative / np.where(total > 0, total, np.nan)


def table():
    """Return the tree as a pandas table, one row for each answer: table 1 of the publication.

    Returns
    -------
    pandas.DataFrame
        ``Task``, ``Question``, ``Response`` and ``Next``, all str; task and
        question stand in the first row of each only.
    """
    rows = pd.DataFrame(TREE)
    first = ~rows["question"].duplicated()
    columns = {
        "Task": rows["question"].str.zfill(2).where(first, ""),
        "Question": rows["text"].where(first, ""),
        "Response": rows["response"],
        "Next": rows["next"].str.zfill(2).replace("00", "end"),
    }
    return pd.DataFrame(columns)
