"""Let Snakemake run notebooks: all, some, with changed parameters, at many values, on a cluster.

``galutils run`` starts it as ``python -m book.tools.batch OPTIONS``: one JSON object.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from book.tools import order as book_order
from book.tools import preloaded
from book.tools.order import UsageError, exit_status, profile_values, read, select
from book.tools.parameter_overrides import parse, parse_sweep, resolve
from book.tools.steps import check, steps
from galutils.store.files import regular, write, write_json

BUSY = 75  # exit status
CONFIG = "build/run.json"
KEYS = ["item", "quantity", "protocol"]


def run(options):
    """Bring the book, or parts of it, up to date; or run notebooks at many values of a parameter.

    If notebooks are named, these are run with what they need and the results are gathered, but the
    book is not published, since the rest may be older. The points of a sweep run in folders of
    their own below ``build/sweeps``; one that fails does not stop the others.

    Parameters
    ----------
    options : types.SimpleNamespace
        ``targets``: list of studies and notebooks; ``profile``, ``source``; ``set``: list of
        changed parameters, see `book.tools.parameter_overrides.parse`; ``sweep``: one parameter at
        many values, see `book.tools.parameter_overrides.parse_sweep`, or None; ``jobs``: notebooks
        at a time; ``executor``: an executor of Snakemake, or empty for this machine; ``dry_run``:
        list what would run, and why; ``list``: list notebooks, or the parameters of one; ``more``:
        further options for Snakemake.

    Returns
    -------
    int
        0; 1 if a step failed; 75 if another run is at work, 130 or 143 after a signal.

    Raises
    ------
    UsageError
        Before anything starts.
    """
    order = read()
    names = select(options.targets, order)
    profile = profile_values(options.profile)
    if options.list:
        return _list(names, order, profile)
    changed = resolve([parse(text) for text in options.set], names, order)
    config = {"profile": options.profile, "source": options.source, "set": changed}
    places, folder = ["build"], None
    if options.sweep:
        if not options.targets:
            raise UsageError("--sweep: expected at least one study or notebook, received none")
        points = {change.folder: change for change in parse_sweep(options.sweep)}
        found = {point: resolve([change], names, order) for point, change in points.items()}
        takers = {name for resolved in found.values() for one in resolved.values() for name in one}
        if outside := sorted(takers - set(names)):
            raise UsageError(f"--sweep {options.sweep}: name {outside[0]} among the notebooks too")
        swept = next(iter(points.values())).name
        words = [target.removesuffix(".ipynb") for target in options.targets]
        folder = "build/sweeps/" + "-".join([*words, swept]).replace("/", "-").replace(":", ".")
        config["sweep"] = {"folder": folder, "targets": names, "points": found}
        places = [f"{folder}/{point}" for point in points]
    files = [f"{place}/notebooks/{name}.ipynb" for place in places for name in names]
    check(steps(order, options.profile, options.source, changed, config.get("sweep")), order)
    status = _snakemake(files if options.targets else [], config, options)
    if options.dry_run or not options.targets or status not in (0, 1):
        return status
    if folder:
        return max(status, collect(folder, points, names))
    if status == 0:
        words = ["-m", "galutils.cli", "index", *order]
        status = subprocess.run([sys.executable, *words], check=False).returncode
        print("galutils run, without a name, publishes the book")
    return status


def _snakemake(files, config, options):
    """Run Snakemake to its end and return its status; keep other runs out of this folder.

    The lock on a file dies with the processes that hold it; Snakemake's own would outlive a kill.
    """
    where = ["--executor", options.executor, "--jobs"] if options.executor else ["--cores"]
    words = [sys.executable, "-m", "snakemake", *files, *where, str(options.jobs)]
    words += ["--configfile", CONFIG, "--scheduler", "greedy", "--rerun-incomplete", "--nolock"]
    words += ["--keep-going"] if options.sweep else []
    words += ["--dry-run"] if options.dry_run else []
    Path("build").mkdir(exist_ok=True)
    with open("build/.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run is at work in this folder", file=sys.stderr)
            return BUSY
        write_json(CONFIG, config)
        words += options.more
        if options.executor or options.dry_run:
            return wait(words, pass_fds=[lock.fileno()])
        # Notebooks side by side share the cores: with threads for all of them each, small networks
        # take a quarter more of the processor.
        threads = str(max(1, os.cpu_count() // options.jobs))
        with preloaded.server(
            TF_NUM_INTRAOP_THREADS=threads, OMP_NUM_THREADS=threads
        ) as environment:
            return wait(words, pass_fds=[lock.fileno()], env=environment)


def wait(command, **options):
    """Run a command to its end and return its status, 130 or 143 if it was told to stop.

    An interrupt is passed on to the command and all it started; `SIGTERM` to the command alone,
    which lets Snakemake finish what is running. A second interrupt kills.

    Parameters
    ----------
    command : list of str
        The command.
    **options
        Of `subprocess.Popen`.
    """
    told = []

    def stop(number, _):
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGINT:
                os.killpg(process.pid, signal.SIGKILL if told else number)
            else:
                process.send_signal(number)
        told.append(128 + number)

    # Before the command starts, which would otherwise ignore interrupts if this process does, as
    # what a shell starts in the background.
    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    process = subprocess.Popen(command, process_group=0, **options)
    status = process.wait()
    for number, handler in before.items():
        signal.signal(number, handler)
    return told[0] if told else status and 1


def collect(folder, points, notebooks):
    """Gather the numbers that the points of a sweep recorded, and write them as one table.

    ``<folder>.csv`` has one row a number and point: ``item``, ``quantity``, ``protocol``, the
    swept parameter, ``value``, ``low``, ``high``, and ``mean``, ``sd`` (of a sample) and ``n`` of
    the values over all points. Text that was recorded is left out, true is 1. Points that are not
    in the table are printed, with the reason.

    Parameters
    ----------
    folder : path-like
        Folder of the sweep, with one folder a point.
    points : dict
        ``{name: Change}``.
    notebooks : list of str
        What each point runs.

    Returns
    -------
    int
        1 if a point was rejected, else 0.
    """
    import pandas as pd

    from galutils.results import reader
    from galutils.results.report import gather

    column, parts, rejected = next(iter(points.values())).name, [], []
    for point, change in points.items():
        place = Path(folder, point)
        try:
            for name in notebooks:
                regular(place / "notebooks" / f"{name}.ipynb")  # is missing if the notebook failed
            table = reader.frame(gather(place / "results", notebooks))
        except (FileNotFoundError, ValueError, KeyError) as error:
            rejected.append((point, f"{error}; see {place}/logs"))
            continue
        parts.append(table.assign(**{column: [change.value] * len(table)}))
    made = pd.concat(parts) if parts else pd.DataFrame(columns=reader.COLUMNS)
    made = made.reindex(columns=[*KEYS, column, "value", "low", "high"])
    made = made[made["protocol"].notna()]  # the others are published only
    made = made[made["value"].map(type).ne(str)]
    made = made.astype({key: float for key in ("value", "low", "high")})
    groups = made.groupby(KEYS, sort=False)
    # The items as they were recorded, the points of each together.
    places = groups.ngroup().argsort(kind="stable")
    made = made.join(groups["value"].agg(mean="mean", sd="std", n="count"), on=KEYS).iloc[places]
    write(f"{folder}.csv", made.to_csv(index=False))
    print(f"{folder}.csv: {len(made)} rows of {len(points)} points, {len(rejected)} rejected")
    for point, reason in rejected:
        print(f"rejected: {point}: {reason}", file=sys.stderr)
    return int(bool(rejected))


def _list(names, order, profile):
    """Print notebooks: name, title, and what they need; of a single one its parameters too."""
    for name in names:
        needs = ", ".join([*order[name].get("data", []), *sorted(book_order.upstream(name, order))])
        print(f"{name:<34} {book_order.title(name)}" + (f"  (needs {needs})" if needs else ""))
    if len(names) == 1:
        import papermill

        hidden = {"profile", "source", "results", *order[name]["reads"], *order[name]["writes"]}
        for key, found in papermill.inspect_notebook(f"notebooks/{name}.ipynb").items():
            if key not in hidden:
                value = profile.get(name, {}).get(key, found["default"])
                print(f"  {key}: {found['inferred_type_name']} = {value}  # {found['help']}")
    return 0


def main():
    """Run with the options of the command line; return the exit status."""
    return exit_status(run, SimpleNamespace(**json.loads(sys.argv[1])))


if __name__ == "__main__":
    sys.exit(main())
