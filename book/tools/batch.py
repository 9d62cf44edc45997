"""Let Snakemake run notebooks: all, some, with changed parameters, here or on a cluster."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from book.tools import kernels, parameter_overrides
from book.tools.order import UsageError, profile_values, read, select
from galutils.store.files import write_json

BUSY = 75  # exit status where another run is at work
INTERRUPTED = 130
TERMINATED = 143


@dataclass(frozen=True)
class Run:
    """What is to be run, and how.

    Attributes
    ----------
    profile, source : str
        Profile of ``notebooks/profiles.yml``; source of the data.
    jobs : int
        Notebooks at a time.
    executor : str
        An executor of Snakemake, such as ``slurm``; empty for this machine.
    dry_run : bool
        Only list what would run, and why.
    more : list of str
        Further options for Snakemake.
    """

    profile: str = "quick"
    source: str = "auto"
    jobs: int = 2
    executor: str = ""
    dry_run: bool = False
    more: list = field(default_factory=list)

    def command(self, files=(), config=None):
        """Return the command line of Snakemake.

        Parameters
        ----------
        files : sequence of str
            What is asked for; the book if empty.
        config : path-like, optional
            File with changed parameters.
        """
        words = [sys.executable, "-m", "snakemake", *files]
        if self.executor:
            words += ["--executor", self.executor, "--jobs", str(self.jobs)]
        else:
            words += ["--cores", str(self.jobs)]
        words += ["--config", f"profile={self.profile}", f"source={self.source}"]
        words += ["--configfile", str(config)] if config else []
        # Locks are ours, see `lock`.
        words += ["--scheduler", "greedy", "--rerun-incomplete", "--nolock"]
        return words + (["--dry-run"] if self.dry_run else []) + list(self.more)


def run(targets, settings, how):
    """Bring the book, or parts of it, up to date.

    Parameters
    ----------
    targets : list of str
        Studies and notebooks. If any, these are run with what they need and the results are
        gathered, but the book is not published, since the rest may be older. None: the book.
    settings : list of str
        Changed parameters, see `book.tools.parameter_overrides.parse`.
    how : Run
        Profile, jobs, executor.

    Returns
    -------
    int
        0; 1 if a step failed; `BUSY`, `INTERRUPTED` or `TERMINATED`.

    Raises
    ------
    UsageError
        Before anything starts.
    """
    order = read()
    names = select(targets, order)
    profile_values(how.profile)
    resolved = parameter_overrides.resolve(
        [parameter_overrides.parse(text) for text in settings], names, order
    )
    files = [f"build/notebooks/{name}.ipynb" for name in names] if targets else []
    with lock() as locked:
        if not locked:
            return BUSY
        config = None
        if resolved:
            config = "build/run.json"
            write_json(config, {"set": resolved})
        status = call(how.command(files, config), locked)
    if status == 0 and targets and not how.dry_run:
        from galutils.networks.device import describe
        from galutils.results.report import merge

        items = merge("results", list(order), describe())["items"]
        print(f"results/index.json: {len(items)} items; galutils run publishes the book")
    return status


@contextlib.contextmanager
def lock(folder="build"):
    """Keep other runs out of this folder.

    Yields the open lock file, or None, having said so, if another run is at work. The lock dies
    with the process and what it started; Snakemake's own would outlive a kill.
    """
    Path(folder).mkdir(exist_ok=True)
    with open(Path(folder, ".lock"), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run is at work in this folder", file=sys.stderr)
            file = None
        yield file


def call(command, locked, **options):
    """Run a command to its end and return its status, 130 or 143 if it was told to stop.

    An interrupt is passed on to the command and all it started; `SIGTERM` to the command alone,
    which lets Snakemake finish what is running. A second interrupt kills.

    Parameters
    ----------
    command : list of str
        The command.
    locked : file
        See `lock`; the command holds it too, so that a kill of this process frees nothing early.
    **options
        Of `subprocess.Popen`.
    """
    with kernels.server() as (environment, held):
        files = [locked.fileno(), held]
        process = subprocess.Popen(
            command, process_group=0, pass_fds=files, env=environment, **options
        )
        return _wait(process)


def _wait(process):
    """Return the status of a process, as `call` does."""
    told = []

    def terminate(*_):
        told.append(TERMINATED)
        process.terminate()

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        while True:
            try:
                status = process.wait()
                return told[0] if told else status and 1
            except KeyboardInterrupt:
                how = signal.SIGKILL if INTERRUPTED in told else signal.SIGINT
                told.append(INTERRUPTED)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, how)
    finally:
        signal.signal(signal.SIGTERM, before)


def stale(files, how, config, locked):
    """Return what Snakemake would run for some files, as a set of titles of steps.

    Raises
    ------
    UsageError
        If Snakemake cannot tell; with what it said.
    """
    command = replace(how, dry_run=True, executor="", more=[]).command(files, config)
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, pass_fds=[locked.fileno()]
    )
    if done.returncode:
        raise UsageError(done.stderr.strip())
    return set(re.findall(r"^\S+  would  (.+?)  because ", done.stderr, re.M))
