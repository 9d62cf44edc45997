"""Run notebooks at several values of a parameter, and gather what they recorded in one table."""

import io
import sys
from pathlib import Path

from book.tools import batch, parameter_overrides
from book.tools.order import UsageError, profile_values, read, select, upstream
from book.tools.steps import own_steps
from galutils.results.report import gather
from galutils.results.tables import cell, markdown
from galutils.store import files

FOLDER = "build/sweeps"
KEYS = ["item", "quantity", "protocol"]
STATISTICS = ["mean", "sd", "n"]


def run(targets, settings, sweeps, how, name=None):
    """Run every point of a sweep in a folder of its own and gather the results.

    Points that are done already are not run again; one that fails does not stop the others.
    The book's own files are not touched.

    Parameters
    ----------
    targets : list of str
        Studies and notebooks, at least one.
    settings : list of str
        Parameters changed at every point, see `book.tools.parameter_overrides.parse`.
    sweeps : list of str
        See `book.tools.parameter_overrides.parse_sweep`; several are combined with each other.
    how : batch.Run
        Profile, jobs, executor.
    name : str, optional
        Of the sweep: its files are ``build/sweeps/<name>*``. Made of targets and parameters by
        default.

    Returns
    -------
    int
        0 if every point is done; 1 if not; as `batch.run` otherwise.

    Raises
    ------
    UsageError
        Before anything starts.
    """
    order = read()
    if not targets:
        raise UsageError("--sweep: expected at least one study or notebook, received none")
    names = select(targets, order)
    profile_values(how.profile)
    resolved = parameter_overrides.resolve(
        [parameter_overrides.parse(text) for text in settings], names, order
    )
    swept = [parameter_overrides.parse_sweep(text) for text in sweeps]
    points = parameter_overrides.points(swept)
    found = {
        point: parameter_overrides.resolve([*values], names, order)
        for point, values in points.items()
    }
    name = name or _name(targets, swept)
    folder = f"{FOLDER}/{name}"
    with batch.lock() as locked:
        if not locked:
            return batch.BUSY
        config = f"{FOLDER}/{name}.json"
        files.write_json(config, {"set": resolved})
        before = sorted(
            {f"build/notebooks/{one}.ipynb" for n in names for one in upstream(n, order)}
        )
        old = batch.stale(before, how, config, locked) if before else set()
        fresh = [one for one in order if one not in old]
        sweep = {"folder": folder, "points": found, "targets": names, "fresh": fresh}
        files.write_json(config, {"set": resolved, "sweep": sweep})
        own = {point: own_steps(takers, names, order) for point, takers in found.items()}
        executed = {
            f"{folder}/{point}/notebooks/{one}.ipynb": (point, one)
            for point, mine in own.items()
            for one in order
            if one in mine
        }
        command = [*how.command(list(executed), config), "--keep-going"]
        status = batch.call(command, locked)
        if how.dry_run or status > 1:
            return status
        left = _unfinished(executed, how, config, locked) if status else {}
    table, rejected = collect(folder, points, own, left)
    place = _write(folder, table, rejected, {"profile": how.profile, "settings": settings,
                                             "sweeps": sweeps, "targets": targets})  # fmt: skip
    bad = rejected["point"].nunique()
    print(f"{place}: {len(table)} rows of {len(points)} points, {bad} rejected")
    for row in rejected.itertuples(index=False):
        print(f"rejected: {row.point}: {row.notebook}: {row.reason}", file=sys.stderr)
    return 1 if bad else 0


def collect(folder, points, notebooks, unfinished=()):
    """Gather the numbers that the points of a sweep recorded.

    Parameters
    ----------
    folder : path-like
        Folder of the sweep, with one folder a point.
    points : dict
        ``{name: list of Change}``, as `book.tools.parameter_overrides.points` returns them.
    notebooks : dict
        ``{name: notebooks run}``.
    unfinished : dict
        ``{(point, notebook): reason}``; what these recorded does not count.

    Returns
    -------
    table : pandas.DataFrame
        One row a number and point: ``item``, ``quantity``, ``protocol`` (``as_published``,
        ``grouped`` or empty), one column for each swept parameter, ``value``, ``low``, ``high``
        (NaN where there is no interval), and ``mean``, ``sd`` (of a sample, NaN for one point)
        and ``n`` of the values over the points that differ in nothing but a seed; over all
        points if no seed is swept. Text that was recorded is left out, true is 1.
    rejected : pandas.DataFrame
        ``point``, ``notebook``, ``reason`` of what is not in the table.
    """
    import pandas as pd

    unfinished = dict(unfinished)
    rows, left = [], [(*key, reason) for key, reason in unfinished.items()]
    columns = [change.name for change in next(iter(points.values()))]
    for point, values in points.items():
        at = {change.name: _flat(change.value) for change in values}
        done = [name for name in notebooks[point] if (point, name) not in unfinished]
        try:
            items = gather(Path(folder, point, "results"), done)["items"]
        except (FileNotFoundError, ValueError, KeyError) as error:
            left.append((point, ", ".join(done), f"{type(error).__name__}: {error}"))
            continue
        for item, recorded in items.items():
            rows += [{"item": item, **row, **at} for row in _numbers(recorded["numbers"])]
    table = pd.DataFrame(rows, columns=[*KEYS, *columns, "value", "low", "high"])
    table = table.astype({key: float for key in ("value", "low", "high")})
    others = [name for name in columns if name.split(":")[-1] != "seed"]
    same = KEYS + (others if len(others) < len(columns) else [])
    groups = table.groupby(same, sort=False)["value"]
    for statistic, how in zip(STATISTICS, ("mean", "std", "count"), strict=True):
        table[statistic] = groups.transform(how)
    # Items in the order they were recorded, the points of each together.
    rank = table.groupby(KEYS, sort=False).ngroup().argsort(kind="stable")
    table = table.iloc[rank].reset_index(drop=True)
    return table, pd.DataFrame(left, columns=["point", "notebook", "reason"])


def summary(table):
    """Return the table of `collect` without its points: one row a mean, with the extremes.

    Parameters
    ----------
    table : pandas.DataFrame
        As `collect` returns it.

    Returns
    -------
    pandas.DataFrame
        Keys of the groups, ``mean``, ``sd``, ``n``, ``lowest``, ``highest``.
    """
    columns = [c for c in table.columns if c not in [*KEYS, "value", "low", "high", *STATISTICS]]
    others = [name for name in columns if name.split(":")[-1] != "seed"]
    same = KEYS + (others if len(others) < len(columns) else [])
    groups = table.groupby(same, sort=False)
    return groups.agg(
        mean=("mean", "first"), sd=("sd", "first"), n=("n", "first"),
        lowest=("value", "min"), highest=("value", "max"),
    ).reset_index()  # fmt: skip


def _write(folder, table, rejected, meta):
    """Write the table as CSV, ECSV and (its summary) Markdown; return the name of the first."""
    from astropy.table import Table

    ecsv = io.StringIO()
    described = Table.from_pandas(table)
    described.meta = meta
    described.write(ecsv, format="ascii.ecsv")
    frame = summary(table)
    rows = [[cell(value) for value in row] for row in frame.itertuples(index=False)]
    files.write(f"{folder}.ecsv", ecsv.getvalue())
    files.write(f"{folder}.md", markdown(list(frame.columns), rows) + "\n")
    files.write(f"{folder}_rejected.csv", rejected.to_csv(index=False))
    files.write(f"{folder}.csv", table.to_csv(index=False))
    return f"{folder}.csv"


def _unfinished(executed, how, config, locked):
    """Return why each notebook that is not up to date after a run is not."""
    left = {}
    for file in executed:
        point, name = executed[file]
        log = Path(file.replace("/notebooks/", "/logs/", 1)).with_suffix(".log")
        failed = log.with_suffix(".failed.ipynb").is_file()
        if failed:
            lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
            reasons = [line for line in lines if "Error" in line.split(":")[0]]
            left[point, name] = f"{(reasons or lines or ['no log'])[-1]} (log: {log})"
    stale = batch.stale(list(executed), how, config, locked)
    for file, (point, name) in executed.items():
        if f"{name} [{point}]" in stale or not Path(file).is_file():
            left.setdefault((point, name), "not run: what it needs failed, or the run was stopped")
    return left


def _numbers(numbers):
    """Yield one row for each number, interval or protocol."""
    for quantity, value in numbers.items():
        both = isinstance(value, dict) and "value" not in value
        for protocol, one in value.items() if both else [("", value)]:
            interval = one if isinstance(one, dict) else {"value": one, "low": None, "high": None}
            if any(isinstance(number, str) for number in interval.values()):
                continue
            row = {key: float("nan") if n is None else float(n) for key, n in interval.items()}
            yield {"quantity": quantity, "protocol": protocol, **row}


def _flat(value):
    return (
        value if isinstance(value, (bool, int, float, str)) else parameter_overrides.compact(value)
    )


def _name(targets, swept):
    words = [target.removesuffix(".ipynb").replace("/", "-").strip("-") for target in targets]
    name = "-".join(
        [*words, *(sweep[0].name.replace("/", "-").replace(":", ".") for sweep in swept)]
    )
    if len(name) > 100:
        raise UsageError("--sweep: too many notebooks to name the sweep after; give --name")
    return name
