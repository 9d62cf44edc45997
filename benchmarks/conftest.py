"""Benchmarks: ``make bench`` writes ``results/benchmarks.json``.

A benchmark has two sides, ours and what it is held against, which take turns within one run,
so that what else the machine does falls on both; or one side, for a cost. An item holds
``ratio`` (of medians; above 1 ours takes less time) with ``low`` and ``high`` (quartiles over
the turns) and its ``target``, ``median`` and ``iqr`` of our side in ``unit``, a ``reason`` where
the target is missed, what the sides are, the ``machine``, the ``load`` on it when the item
began, and the share of the processors' time that its host kept back (``stolen``). Of turns, the
half with the least of that counts, and those with less than `FREE` of it. A run of some
benchmarks replaces their items only.
"""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from galutils.networks import device
from galutils.store import files

FREE = 0.05
RESULTS = Path(__file__).parents[1] / "results" / "benchmarks.json"


class Stolen:
    """Shares of the processors' time that the host of a virtual machine kept back, turn by turn."""

    def __init__(self):
        self.shares = []
        self._last = self._ticks()

    def lap(self):
        """Note the share since the last lap; 0 where the system does not tell."""
        last, self._last = self._last, self._ticks()
        busy, stolen = (now - before for now, before in zip(self._last, last, strict=True))
        self.shares.append(stolen / busy if busy else 0.0)

    def _ticks(self):
        """Ticks that programs asked for since the machine began, and how many they did not get."""
        path = Path("/proc/stat")
        ticks = list(map(int, path.read_text().split()[1:9])) if path.is_file() else [0] * 8
        return sum(ticks) - ticks[3] - ticks[4], ticks[7]  # idle and waiting for a disk left out


class Collector:
    """Items of one run, each written as soon as it is measured."""

    def __init__(self, path):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        self.path, self.machine = path, f"{device.describe()}, {memory:.0f} GiB"
        self._stolen = Stolen()

    def add(self, name, item):
        """Put an item into the file, in place of an older one."""
        kept = json.loads(self.path.read_text()) if self.path.is_file() else {}
        self._stolen.lap()
        item = {"machine": self.machine, "stolen": self._stolen.shares[-1], **item}
        files.write_json(self.path, dict(sorted({**kept, name: item}.items())))


@pytest.fixture(scope="session")
def collector():
    return Collector(RESULTS)


def spread(seconds, amount):
    """Median and interquartile range of seconds, for each of `amount` things."""
    low, median, high = np.quantile(seconds, [0.25, 0.5, 0.75]) / amount
    return {"median": float(median), "iqr": float(high - low), "rounds": len(seconds)}


@pytest.fixture
def compare(benchmark, collector):
    """Time two callables in turns and record how many times faster ours is.

    ``says``: what either side is; ``share``: part of the work that `theirs` does; ``extra``:
    called at the end, what it returns goes into the item.
    """

    def measure(
        name, ours, theirs, *, says, target, rounds,
        amount=1, share=1.0, unit="s", reason=None, extra=dict,
    ):  # fmt: skip
        seconds, load, stolen = [], os.getloadavg()[0], Stolen()

        def turn():
            stolen.lap()
            start = time.perf_counter()
            theirs()
            seconds.append((time.perf_counter() - start) / share)

        benchmark.group = name
        benchmark.pedantic(ours, setup=turn, rounds=rounds, warmup_rounds=1)
        stolen.lap()
        shares = np.array(stolen.shares[2:])  # of the turns, without the first, which warms up
        counted = shares <= max(FREE, np.median(shares))
        own, other = np.array(benchmark.stats.stats.data)[counted], np.array(seconds[1:])[counted]
        ratio = float(np.median(other) / np.median(own))
        low, high = np.quantile(other / own, [0.25, 0.75])
        item = {"ratio": ratio, "low": float(low), "high": float(high), "target": target}
        item |= {"unit": unit, **spread(own, amount), "ours": says[0], "theirs": says[1]}
        item |= {f"theirs_{key}": value for key, value in spread(other, amount).items()}
        item |= {"stolen": float(shares[counted].max())}
        item |= {"share": share, "load": load, "reason": reason if ratio < target else None}
        collector.add(name, {**item, **extra()})
        return item

    return measure


@pytest.fixture
def cost(benchmark, collector):
    """Time one callable and record its cost."""

    def measure(name, ours, *, says, rounds, amount=1, unit="s", warm=1, extra=dict):
        load = os.getloadavg()[0]
        benchmark.group = name
        benchmark.pedantic(ours, rounds=rounds, warmup_rounds=warm)
        item = {"ratio": None, "target": None, "unit": unit, "ours": says, "load": load}
        item |= spread(np.array(benchmark.stats.stats.data), amount)
        collector.add(name, {**item, **extra()})

    return measure
