"""Kill a command at random moments, run it again, and compare with a run nobody killed."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import galutils

ROOT = Path(galutils.__file__).parents[1]


@dataclass(frozen=True)
class Case:
    """What is run, and what it shall leave.

    Attributes
    ----------
    prepare : callable
        Takes an empty folder and lays out what the command needs.
    command : callable
        Takes the folder, returns the words of the command; it is run in the folder.
    result : callable
        Takes the folder, returns what is compared.
    """

    prepare: callable
    command: callable
    result: callable

    def start(self, folder):
        """Start the command as a group of its own."""
        return subprocess.Popen(
            self.command(folder), cwd=folder, env=environment(folder), process_group=0,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, folder):
        """Run the command to its end; return its seconds and what it left."""
        start = time.monotonic()
        process = self.start(folder)
        _, told = process.communicate(timeout=3600)
        assert process.returncode == 0, told[-3000:]
        return time.monotonic() - start, self.result(folder)


def environment(folder):
    """Return the environment of a child: this checkout's package, or the folder's own copy."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GALUTILS_")}
    package = folder if (folder / "galutils").is_dir() else ROOT
    return kept | {"PYTHONPATH": f"{package}:{ROOT / 'tests'}", "TF_CPP_MIN_LOG_LEVEL": "3"}


def repeat(case, folder, n_kills, seed):
    """Kill `n_kills` runs, one in each of as many equal parts of the time an undisturbed one takes.

    Returns
    -------
    runs : int
        All that were started to be killed: some may have ended by themselves before.
    losses : list of float
        The seconds after which a run was killed whose successor did not end with the same result.
    """
    whole = folder / "whole"
    whole.mkdir(parents=True)
    case.prepare(whole)
    seconds, expected = case.run(whole)
    assert expected
    rng, kills, runs, losses = np.random.default_rng(seed), 0, 0, []
    while kills < n_kills:
        broken = folder / f"broken{runs}"
        broken.mkdir()
        case.prepare(broken)
        moment = seconds * (kills + rng.random()) / n_kills
        start = time.monotonic()
        if killed(case.start(broken), moment):
            kills += 1
        else:  # the machine has more time for us than it had
            seconds = time.monotonic() - start
        runs += 1
        try:
            same = case.run(broken)[1] == expected
        except AssertionError as error:
            print(error, file=sys.stderr)
            same = False
        losses += [] if same else [moment]
        shutil.rmtree(broken, ignore_errors=True)  # a kernel may live a second longer
    return runs, losses


def killed(process, seconds):
    """Kill a process and all it has started after some seconds; tell whether it still ran."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    running = process.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return running


def contents(folder):
    """Return the SHA-256 of every file below a folder by its name."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
