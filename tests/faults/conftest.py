"""Kill everything at random moments; ``make test-faults`` runs these."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=20, help="of each command (%(default)s)")


def pytest_terminal_summary(terminalreporter):
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    for report in reports:
        for name, text in report.user_properties:
            terminalreporter.write_line(f"{name:10} {text}")
