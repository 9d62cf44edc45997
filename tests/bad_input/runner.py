"""Run cases in child processes, so that none can hang, take the memory, or end the interpreter."""

import importlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import warnings
from pathlib import Path

import numpy as np

MODULES = ("fits", "texts", "images", "hdf5", "documents", "parameters", "models", "maps", "tables")
HEAVY = ("parameters", "models")  # those with cases that need TensorFlow or a kernel
SECONDS = 180  # wall time for one case, much of it other programs
MEMORY = 1 << 30  # bytes more than the interpreter has when it begins
SHOWN = 280  # characters of an outcome that are recorded
END = "end"
CANARY = "canary"  # a file that code from an input would write
OF_OTHERS = ("group", "conflict")  # columns that depend on the other rows
NAMED = ("ArchiveError", "ValueError", "ParameterError", "UsageError")


def cases(heavy=None):
    """Return all cases, or those that do, or do not, need TensorFlow."""
    found = []
    for name in HEAVY if heavy else MODULES:
        found += importlib.import_module(f"{__package__}.cases_{name}").CASES
    return [case for case in found if heavy in (None, case.reader.heavy)]


def run_all():
    """Run all cases; returns a list of records, see `results/bad_input.json`."""
    return [record for heavy in (False, True) for record in _group(heavy)]


def _group(heavy):
    done, last = [], ""
    while last != END:
        begun = None
        for last in filter(None, _child(heavy, len(done))):
            if begun is None:  # what is to be recorded if nothing follows
                begun = last
            elif last != END:
                done.append(json.loads(last))
                begun = None
        if last != END and begun is None:
            raise RuntimeError("the child process ended before a case; run tests.bad_input.worker")
        if last != END:
            done.append(json.loads(begun))
    return done


def _child(heavy, first):
    """Yield the lines of a child that runs the cases from the first on."""
    command = [sys.executable, "-m", "tests.bad_input.worker", str(int(heavy)), str(first)]
    yield from lines_of(command)


def lines_of(command):
    """Yield lines that a command prints; one after the first may take `SECONDS`, or it is ended."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(
        command, cwd=root, env=environment, text=True, bufsize=1, **pipe
    ) as child:
        lines = iter(child.stdout.readline, "")
        yield next(lines, "").strip()  # the imports may take long
        while True:
            watch = threading.Timer(SECONDS, child.kill)
            watch.start()
            line = next(lines, "").strip()
            watch.cancel()
            if not line:
                return
            yield line


def work(heavy, first):
    """Run cases here; prints lines of JSON, before each what it is if nothing follows."""
    listed = cases(heavy)[first:]
    if heavy:
        import keras  # noqa: F401  before any case is timed
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        if not heavy:
            _limit_memory()
        for case in listed:
            lost = _record(case, f"hung for {SECONDS} s, or ended the interpreter", False)
            print(json.dumps(lost), flush=True)
            print(json.dumps(bench.run(case)), flush=True)
    print(END, flush=True)


def _limit_memory():
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Bench:
    """Good inputs and what the readers make of them, and bad ones made of them."""

    def __init__(self, scratch):
        self.scratch, self.good, self.number = scratch, {}, 0

    def _baseline(self, reader):
        if reader.name not in self.good:
            folder = self.scratch / f"good-{len(self.good)}"
            folder.mkdir()
            reader.write(folder)
            copy = Path(shutil.copytree(folder, f"{folder}-read"))  # a reader may change it
            os.chdir(copy)
            self.good[reader.name] = folder, reader.read(copy)
        return self.good[reader.name]

    def run(self, case):
        """Return the record of a case."""
        source, good = self._baseline(case.reader)
        self.number += 1
        folder = self.scratch / f"case-{self.number}" / "archive"
        shutil.copytree(source, folder, symlinks=True)
        case.damage(folder)
        try:
            os.chdir(folder)
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                outcome, ok = _outcome(case, folder, good)
        finally:
            os.chdir(self.scratch)
        if list(folder.parent.rglob(CANARY)):
            outcome, ok = f"code was run; {outcome}", False
        text = plain(outcome, folder)
        ok = ok and all(word in text for word in case.words)
        shutil.rmtree(folder.parent)
        return _record(case, text, ok)


def _record(case, outcome, ok):
    expected = {
        "error": "an error with",
        "rejected": "the rest and a rejected row with",
        "read": "what the good input gives",
    }[case.outcome]
    if case.outcome != "read":
        expected += " " + ", ".join(f"'{word}'" for word in (*case.reader.always, *case.words))
    shown = outcome if len(outcome) <= SHOWN else outcome[:SHOWN] + " ..."
    known = {"case": case.name, "reader": case.reader.name, "expected": expected}
    return known | {"outcome": shown, "ok": bool(ok)}


def _outcome(case, folder, good):
    """Return what came out in words, and whether it is of the kind expected."""
    try:
        result = (case.read or case.reader.read)(folder)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        named = type(error).__name__ in NAMED and case.outcome == "error"
        return text, named and all(word in text for word in case.reader.always)
    told = _told(result) - _told(good)
    if told:
        text = "rejected: " + "; ".join(sorted(told))
        right = case.outcome == "rejected" and _rows(result) < _rows(good)
        said = all(word in one for one in told for word in case.reader.always)
        return text, right and bool(_rows(result)) and said
    same = _rows(result) == _rows(good)
    return ("read as the good input" if same else "read as something else"), (
        same and case.outcome == "read"
    )


def _told(result):
    """Names and reasons in the table of the rejected."""
    if not (isinstance(result, tuple) and hasattr(result[-1], "colnames")):
        return set()
    return {f"{name}: {reason}" for name, reason in result[-1].iterrows()}


def _rows(result):
    """The rows of a table, or the whole result, as something that can be compared."""
    table = result[0] if isinstance(result, tuple) else result
    if not hasattr(table, "colnames"):
        return {repr(_comparable(table))}
    named = [name for name in table.colnames if name not in OF_OTHERS]
    columns = [np.ma.filled(np.ma.asarray(table[name])) for name in named]
    return {tuple(_bytes(column[row]) for column in columns) for row in range(len(table))}


def _comparable(value):
    if isinstance(value, dict):
        return {key: _comparable(one) for key, one in sorted(value.items())}
    return value.tobytes() if isinstance(value, np.ndarray) else value


def _bytes(value):
    if isinstance(value, (float, np.floating)):
        return f"{value:.12g}"  # the last digits depend on how many rows are computed together
    return str(value) if isinstance(value, (str, bytes)) else np.asarray(value).tobytes()


def plain(text, folder):
    """Text without what differs from run to run: temporary places, addresses in memory."""
    text = text.replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
    text = text.replace(str(folder), folder.name)
    text = re.sub(r"/tmp/[\w./-]*", "/tmp/...", text)
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "0x...", text)
    return " ".join(text.split())
