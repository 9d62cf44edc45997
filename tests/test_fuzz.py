"""Every fuzz target for a moment, with the same changes each time."""

import fuzz  # noqa: F401  the layouts on the path
import numpy as np
import pytest
from fuzz.mutations import mutated
from fuzz.targets import Fault, Target, files

INPUTS = 12  # for each reader; under ten milliseconds each


@pytest.mark.parametrize("name", files())
def test_a_reader_returns_or_raises_a_named_error(name):
    target, rng = Target(*files()[name]), np.random.default_rng(5)
    try:
        assert not isinstance(target(target.seed), Exception)
        outcomes = [target(mutated(target.seed, rng)) for _ in range(INPUTS)]
    finally:
        target.close()
    assert len(outcomes) == INPUTS


def test_another_exception_is_a_fault():
    class Reader:
        name = "toy"

        def write(self, folder):
            (folder / "a").write_bytes(b"good")

        def read(self, folder):
            return {b"good": 1}[(folder / "a").read_bytes()]

    target = Target(Reader(), "a")
    assert target(b"good") == 1
    with pytest.raises(Fault, match="toy: KeyError: b'bad'"):
        target(b"bad")
    target.close()


def test_the_same_seed_gives_the_same_changes():
    one, two = (
        [mutated(b"SIMPLE = 12345, 6789" * 9, np.random.default_rng(seed)) for _ in range(5)]
        for seed in (3, 3)
    )
    assert one == two
