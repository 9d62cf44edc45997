import subprocess
import sys
import time
from pathlib import Path

import fault_cases
import pytest
from classify_inputs import map_model, maps, write_maps
from kills import repeat


@pytest.fixture
def classify(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    map_model(folder)
    write_maps(folder / "maps", maps(200))
    return fault_cases.classify(folder)


@pytest.mark.parametrize("name", ["mock", "training", "notebook", "book", "classify"])
def test_what_is_killed_ends_the_same_at_the_next_run(
    name, tmp_path, pytestconfig, request, record_property
):
    case = request.getfixturevalue(name) if name == "classify" else getattr(fault_cases, name)()
    kills = pytestconfig.getoption("--kills")
    start = time.monotonic()
    runs, losses = repeat(case, tmp_path, kills, seed=11)
    seconds = time.monotonic() - start
    record_property(name, f"{runs} runs, {kills} killed, {len(losses)} lost, {seconds:.0f} s")
    assert losses == []


def test_a_killed_fetch_is_finished_by_the_next(tmp_path, pytestconfig, record_property):
    kills = str(pytestconfig.getoption("--kills"))
    command = [sys.executable, Path(__file__).with_name("fetch_case.py"), tmp_path, kills]
    done = subprocess.run(command, capture_output=True, text=True)
    record_property("fetch", done.stdout.strip())
    assert done.stdout == f"fetch: {kills} kills, 0 losses\n", done.stderr
