"""Compare the recorded results with those that are committed, number by number.

What no training has touched must be the same: counts, tables, text. Scores of trained networks may
differ, since another processor or number of threads adds up in another order: within the committed
interval where there is one, else by `SCORE`, in units of the number where that is above 1; counts
by three times their square root. Text of such notebooks (the best of several networks) is shown,
not judged, and so are their tables with another number of rows. If the committed results were made
on another machine or with other versions, what was trained is shown, not judged, and the rest has
those tolerances. Times are never compared.
"""

import io
import json
import math
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pandas as pd

from book.tools.imports import closure
from book.tools.order import UsageError, exit_status, read, upstream
from galutils.networks.device import describe
from galutils.results import reader
from galutils.results.comparison import frame_text

SAME = 1e-6  # relative: what is written out and read again, on any processor
SCORE = 0.05
TRAINING = {"galutils/networks/train.py", "galutils/networks/tune.py"}
TIMED = re.compile(r"seconds|minutes|hours|CPU s|speed|\bms\b")
COLUMNS = ("item", "quantity", "committed", "here", "tolerance", "beyond")
KINDS = (".json", ".csv")
ABSENT = (None, None, None)


def run(against="HEAD", root="."):
    """Print how the results differ from the committed ones.

    Parameters
    ----------
    against : str
        A git revision.
    root : path-like
        The project.

    Returns
    -------
    int
        1 if a number differs by more than its tolerance or an item is missing, else 0.

    Raises
    ------
    UsageError
        If git does not know the revision, or no results are in it.
    """
    order = read(root)
    folder = Path(root, "results")
    after = {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(folder.glob("*/*"))
        if path.suffix in KINDS
    }
    (before, there), here = committed(against, root), describe()
    frame, n_compared, left_out = compare(before, after, trained(order, root), there == here)
    if len(frame):
        print(frame_text(frame))
    if there != here:
        told = f"committed results: of {there}\nhere: {here}\n"
        print(f"{told}differences of what was trained are shown, not judged", file=sys.stderr)
    for name in left_out:
        print(f"not compared: {name}: another profile or source", file=sys.stderr)
    n_beyond = int(frame["beyond"].sum())
    print(f"{n_compared} values compared with {against}: {len(frame)} differ, {n_beyond} too much")
    return int(n_beyond > 0)


def committed(against, root="."):
    """Read the results of a revision.

    Parameters
    ----------
    against : str
        A git revision.
    root : path-like
        The project.

    Returns
    -------
    results : dict of str to bytes
        Content of each JSON and CSV file of an item by its path.
    machine : str or None
        The machine that made them, where it is recorded.

    Raises
    ------
    UsageError
        If git does not know the revision, or no results are in it.
    """
    command = ["git", "archive", "--format=tar", against, "results"]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if done.returncode:
        raise UsageError(f"--against {against}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        kept = [one for one in tar if one.isfile() and one.name.endswith(KINDS)]
        content = {one.name: tar.extractfile(one).read() for one in kept}
    machine = json.loads(content.get("results/index.json", "{}")).get("machine")
    return {name: text for name, text in content.items() if name.count("/") == 2}, machine


def trained(order, root="."):
    """Return the notebooks whose results depend on a training.

    Parameters
    ----------
    order : dict
        As `book.tools.order.read` returns it.
    root : path-like
        The project.

    Returns
    -------
    set of str
    """
    folder = Path(root)
    wanted = {str(folder / name) for name in TRAINING}
    own = {n for n in order if wanted & set(closure(folder / f"notebooks/{n}.ipynb", folder))}
    return {name for name in order if own & {name, *upstream(name, order)}}


def compare(before, after, trained=(), same_machine=True):
    """Compare two sets of results.

    Parameters
    ----------
    before, after : dict of str to bytes
        Content of files by their path, as `committed` returns it.
    trained : collection of str
        Notebooks that may differ within a tolerance.
    same_machine : bool
        If not, all others may differ within a tolerance, and those by any amount.

    Returns
    -------
    frame : pandas.DataFrame
        What differs: ``item``, ``quantity``, ``committed``, ``here``, ``tolerance`` (NaN where
        values must be equal or cannot be compared), ``beyond`` bool.
    n_compared : int
        Values that were compared.
    left_out : list of str
        Items of another profile or source.
    """
    rows, n_compared, left_out = [], 0, []
    for path in sorted(name for name in {*before, *after} if name.endswith(".json")):
        item = Path(path).stem
        if path not in before or path not in after:
            there = ["is there" if path in files else "" for files in (before, after)]
            rows.append([item, "", *there, math.nan, path not in after])
            continue
        old, new = (json.loads(files[path]) for files in (before, after))
        if any(old[key] != new[key] for key in ("profile", "source")):
            left_out.append(item)
            continue
        told = old["notebook"] in trained and not same_machine
        loose = old["notebook"] in trained or not same_machine
        one, other = _values(old, before), _values(new, after)
        n_compared += len(one)
        if loose and one.get("rows") != other.get("rows"):  # they do not stand for the same
            one, other = ({k: v for k, v in of.items() if "[" not in k} for of in (one, other))
        for name in dict.fromkeys([*one, *other]):
            pair = one.get(name, ABSENT), other.get(name, ABSENT)
            if not all(map(_same, *pair)):
                shown = loose and name == "rows"
                tolerance, beyond = (math.nan, False) if shown else _judge(*pair, loose)
                rows.append([item, name, pair[0][0], pair[1][0], tolerance, beyond and not told])
    return pd.DataFrame(rows, columns=COLUMNS).astype({"beyond": bool}), n_compared, left_out


def _values(record, files):
    """Return {name: (value, low, high)} of the numbers of an item, and of the cells of its table.

    Cells are named ``column [row]``; ``rows`` is how many there are.
    """
    found = {
        f"{quantity} {protocol}".strip(): interval
        for quantity, number in record["numbers"].items()
        for protocol, *interval in reader.by_protocol(number)
        if not TIMED.search(quantity)
    }
    for name in (name for name in record["files"] if name.endswith(".csv")):
        table = pd.read_csv(io.BytesIO(files[f"results/{name}"])).to_dict("records")
        found["rows"] = [len(table), None, None]
        for number, row in enumerate(table, 1):
            timed = {head for head in row if TIMED.search(f"{head} {next(iter(row.values()))}")}
            found |= {f"{h} [{number}]": [row[h], None, None] for h in row if h not in timed}
    return found


def _numeric(*values):
    return all(isinstance(value, int | float) for value in values)


def _same(one, other):
    """Return if two values are equal, as numbers are that were written out and read again."""
    if _numeric(one, other):
        return math.isclose(one, other, rel_tol=SAME) or (math.isnan(one) and math.isnan(other))
    return one == other


def _judge(old, new, loose):
    """Return the tolerance of a value with its interval, and whether another is beyond it."""
    (value, low, high), new = old, new[0]
    if not loose:
        return math.nan, True
    if not _numeric(value, new):
        return math.nan, value is None or new is None
    if _numeric(low, high):
        return (high - low) / 2, not low <= new <= high
    floating = SCORE * max(1.0, abs(value))
    tolerance = max(3.0, 3 * math.sqrt(abs(value))) if isinstance(value, int) else floating
    return tolerance, not abs(new - value) <= tolerance


if __name__ == "__main__":
    sys.exit(exit_status(run, *sys.argv[1:]))
