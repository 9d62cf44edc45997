"""A reader with a good input, and a case of a bad one."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reader:
    """A reader and how its input is written.

    `write` puts a good input into a folder; `read` takes the folder and returns a table, a table
    and a table of the rejected, or anything else. With `heavy` it needs TensorFlow. The words of
    `always` stand in every message.
    """

    name: str
    write: Callable
    read: Callable
    heavy: bool = False
    always: tuple = ("expected", "received")


@dataclass(frozen=True)
class Case:
    """One way to be bad.

    `damage` changes the good input in a folder. `outcome` is an ``error``, a row ``rejected``
    while the others are read, or ``read``: as the good input. `words` stand in the message, the
    file's name among them. `read` takes the place of the reader's.
    """

    reader: Reader
    name: str
    damage: Callable
    words: tuple
    outcome: str = "error"
    read: Callable | None = None


def nothing(folder):
    """Leave the input as it is."""
