"""Results in parts, so that a run which was killed goes on where it stopped.

Beside the result ``OUT`` lies ``OUT.parts`` while a run is at work: ``plan.json`` says what is
done by what in which parts, ``part-000000.parquet`` and so on hold the rows of one part each,
``.lock`` keeps other runs out. Every file is written whole or not at all, so at any moment a part
is there or not, and the same parts make the same result.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from galutils.store import files

ENDINGS = (".csv", ".parquet")


class BusyError(BlockingIOError):
    """Another run is writing the same result."""


class Summary(NamedTuple):
    """Count the inputs, and those that were classified or measured, and rejected."""

    n_inputs: int
    n_done: int
    n_rejected: int


class Plan(NamedTuple):
    """Describe a run, so that only parts of the same run are put together.

    Attributes
    ----------
    inputs : str
        Digest of the listing.
    tool : str
        sha256 of the model, or of the code that measures.
    settings : str
        sha256 of the card, which says how inputs are prepared, or of what the user has set.
    chunk : int
        Inputs in a part.
    n_inputs : int
    """

    inputs: str
    tool: str
    settings: str
    chunk: int
    n_inputs: int

    @property
    def numbers(self):
        """Numbers of the parts, a range."""
        return range(-(-self.n_inputs // self.chunk))

    @property
    def identity(self):
        """Return what a job must be, as its ``identity()``."""
        return self.tool, self.settings

    @property
    def key(self):
        """Return what a part carries to say which plan it is of."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def rows(self, number):
        """Return the inputs of a part, a slice."""
        return slice(number * self.chunk, min((number + 1) * self.chunk, self.n_inputs))


def folder(out):
    """Return the folder of the parts of a result.

    Raises
    ------
    ValueError
        If the result's ending is none of `ENDINGS`.
    """
    out = Path(out)
    files.require(out.suffix in ENDINGS, f"an ending of {' or '.join(ENDINGS)}", out.suffix, out)
    return out.with_name(f"{out.name}.parts")


def rejected_path(out):
    """Return where what was left out is written."""
    out = Path(out)
    return out.with_name(f"{out.stem}_rejected{out.suffix}")


def is_own(path, out):
    """Tell whether a file is one that the run of a result writes, also an earlier such run."""
    path, out = Path(path).resolve(), Path(out).resolve()
    return folder(out) in path.parents or path in (out, rejected_path(out))


@contextlib.contextmanager
def begun(place, plan):
    """Begin a plan, or go on with it; other runs are kept out meanwhile.

    Parameters
    ----------
    place : pathlib.Path
        The folder.
    plan : Plan

    Yields
    ------
    list of int
        The parts that are not there yet.

    Raises
    ------
    BusyError
        If another run is at work there.
    ValueError
        If the parts there are of another plan.
    """
    place.mkdir(parents=True, exist_ok=True)
    with open(place / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{place}: another run is at work here") from None
        if not os.fstat(lock.fileno()).st_nlink:  # the run that held it has removed it
            raise BusyError(f"{place}: another run has just ended here, try again")
        _agree(place / "plan.json", plan._asdict())
        yield [number for number in plan.numbers if not _is_whole(place, number, plan)]


def _agree(path, plan):
    if not path.is_file():
        files.write_json(path, plan)
        return
    known = json.loads(path.read_text(encoding="utf-8"))
    unlike = [name for name in plan if known.get(name) != plan[name]]
    advice = "remove the folder, or write to another file"
    received = f"those of one with other {', '.join(unlike)}; {advice}"
    files.require(not unlike, "the parts of this run", received, path.parent)


def _path(place, number):
    return place / f"part-{number:06d}.parquet"


def _is_whole(place, number, plan):
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.read_metadata(_path(place, number))
    except (FileNotFoundError, pa.ArrowInvalid):  # a disk that was switched off leaves empty files
        return False
    rows = plan.rows(number)
    key = (found.metadata or {}).get(b"plan", b"").decode()
    return key == plan.key and found.num_rows == rows.stop - rows.start


def write(place, number, plan, listing, found, good, reasons):
    """Write one part, whole or not at all: a row for each input, null where there is a reason.

    Parameters
    ----------
    place, number, plan
        Folder, number and plan.
    listing : pandas.DataFrame
        Its inputs, as of `galutils.classify.inputs.listing`.
    found, good, reasons
        As a job's ``table`` makes them, see `galutils.classify.engine`.

    Returns
    -------
    int
        How many of its inputs were left out.
    """
    import pyarrow as pa
    from pyarrow import parquet

    rows = {place_of: row for row, place_of in enumerate(good)}
    taken = found.take(pa.array(map(rows.get, range(len(listing))), pa.int64()))
    columns = {name: pa.array(listing[name], pa.string()) for name in ("id", "file")}
    columns |= dict(zip(taken.column_names, taken.columns, strict=True))
    columns["reason"] = pa.array(map(reasons.get, range(len(listing))), pa.string())
    with files.replacing(_path(place, number)) as temporary:
        parquet.write_table(pa.table(columns, metadata={"plan": plan.key}), temporary)
    return len(reasons)


def merge(place, plan, listing, out):
    """Put all parts together in the order of the listing, and remove them.

    Parameters
    ----------
    place, plan
        Folder and plan.
    listing : pandas.DataFrame
        As of `galutils.classify.inputs.listing`.
    out : path-like
        ``.csv`` or ``.parquet``; what was left out goes to `rejected_path`.

    Returns
    -------
    Summary

    Raises
    ------
    RuntimeError
        If the parts do not hold every input once.
    """
    from pyarrow import compute, parquet

    n_rejected = 0
    with _sink(out) as good, _sink(rejected_path(out)) as bad:
        for number in plan.numbers:
            table = parquet.read_table(_path(place, number)).replace_schema_metadata()
            if table["id"].to_pylist() != listing["id"].iloc[plan.rows(number)].tolist():
                raise RuntimeError(f"{_path(place, number)}: expected the ids of the listing")
            known = compute.is_null(table["reason"])
            rejected = table.filter(compute.invert(known)).select(["id", "file", "reason"])
            n_rejected += len(rejected)
            good(table.filter(known).drop_columns("reason"))
            bad(rejected)
    _remove(place, plan)
    return Summary(plan.n_inputs, plan.n_inputs - n_rejected, n_rejected)


def _remove(place, plan):
    """Remove the parts; the plan last, so that a kill in between leaves what can be resumed."""
    for number in plan.numbers:
        _path(place, number).unlink(missing_ok=True)
    files.sweep(place, inside=True)  # of workers that were killed
    (place / "plan.json").unlink()
    (place / ".lock").unlink()
    with contextlib.suppress(OSError):  # something of another hand is in it
        place.rmdir()


@contextlib.contextmanager
def _sink(path):
    """Yield a function that appends tables to a file, which is there at the end or not at all."""
    from pyarrow import parquet

    def append(table):
        nonlocal writer
        if Path(path).suffix == ".parquet":
            writer = writer or end.enter_context(parquet.ParquetWriter(temporary, table.schema))
            writer.write_table(table)
        else:
            header = not os.path.getsize(temporary)
            table.to_pandas().to_csv(temporary, mode="a", index=False, header=header)

    writer = None
    with files.replacing(path) as temporary, contextlib.ExitStack() as end:
        yield append
