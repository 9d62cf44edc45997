"""A few kills of what is cheap; ``make test-faults`` kills everything twenty times."""

import fault_cases
import pytest
from kills import repeat


@pytest.mark.parametrize(("name", "n_kills"), [("mock", 2), ("training", 1)])
def test_what_is_killed_ends_the_same_at_the_next_run(tmp_path, name, n_kills):
    _, losses = repeat(getattr(fault_cases, name)(), tmp_path, n_kills, seed=5)
    assert losses == []
