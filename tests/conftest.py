import os
import signal

import pytest

LONGEST = ("test_pipeline.py", "test_train.py", "test_kills.py", "test_sweeps.py")
SECONDS = 120  # for a test, and for what is made ready for it; pyproject.toml ends a stuck process
LONGER = {"faults", "browser"}  # folders of tests that wait for many runs


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that no core is idle at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    return (yield from limited(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    return (yield from limited(item))


def limited(item):
    """Raise an error in a test that takes too long, also while it waits for a child process."""

    def stop(number, frame):
        raise TimeoutError(f"{item.name}: expected at most {seconds:.0f} s")

    seconds = SECONDS * max(1, os.getloadavg()[0] / os.cpu_count())  # others may use the machine
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0 if LONGER & set(item.path.parts) else seconds)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
