"""A few kills of what is cheap; ``make test-faults`` kills everything twenty times."""

import fault_cases
import pytest
from kills import repeat


@pytest.mark.parametrize("name", ["mock", "training"])
def test_what_is_killed_ends_the_same_at_the_next_run(tmp_path, name):
    _, losses = repeat(getattr(fault_cases, name)(), tmp_path, n_kills=2, seed=5)
    assert losses == []
