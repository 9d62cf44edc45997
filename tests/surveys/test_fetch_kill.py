"""Runs that end before their files have come."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from archive_server import Answer, manifest_row, serving

CASE = Path(__file__).parents[1] / "faults" / "fetch_case.py"
LINE = """import signal, sys
from galutils import cli
from galutils.surveys import fetch
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where jobs run in the background
fetch.manifest = lambda: [{row!r}]
sys.exit(cli.main(["data", "fetch", "sami", "--root", {root!r}]))
"""


def test_a_fetch_killed_at_any_moment_is_finished_by_the_next(tmp_path):
    command = [sys.executable, CASE, tmp_path, "20", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "fetch: 20 kills, 0 losses\n", done.stderr


def test_an_interrupt_waits_for_no_server_and_says_how_to_go_on(tmp_path):
    answer = Answer(bytes(100_000), etag='"1"', drip=(50_000, 60))
    with serving({"/a.csv": answer}) as server:
        row = manifest_row(server.address("a.csv"), "a.csv")
        code = LINE.format(row=row, root=str(tmp_path))
        run = subprocess.Popen(
            [sys.executable, "-c", code], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        while not server.asked:
            assert run.poll() is None
            time.sleep(0.02)
        begun = time.monotonic()
        run.send_signal(signal.SIGINT)
        _, shown = run.communicate()
    assert run.returncode == 130 and time.monotonic() - begun < 30
    assert shown.splitlines()[-1] == "interrupted: the same command goes on from here"
    assert "Traceback" not in shown
