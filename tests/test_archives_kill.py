import subprocess
import sys
from pathlib import Path

CASE = Path(__file__).parent / "faults" / "fetch_case.py"


def test_a_fetch_killed_at_any_moment_is_finished_by_the_next(tmp_path):
    command = [sys.executable, CASE, tmp_path, "20", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "fetch: 20 kills, 0 losses\n", done.stderr
