"""Benchmarks: ``make bench`` writes ``results/benchmarks.json``.

A benchmark has two sides, ours and what it is held against, which take turns within one run,
so that what else the machine does falls on both; or one side, for a cost. An item holds
``ratio`` (of medians; above 1 ours takes less time) with ``low`` and ``high`` (quartiles over
the turns) and its ``target``, ``median`` and ``iqr`` of our side in ``unit``, a ``reason`` where
the target is missed, what the sides are, the ``machine``, and the ``load`` on it when the item
began. A run of some benchmarks replaces their items only.
"""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from galutils import device, files

RESULTS = Path(__file__).parents[1] / "results" / "benchmarks.json"


class Collector:
    """Items of one run, each written as soon as it is measured."""

    def __init__(self, path):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        self.path, self.machine = path, f"{device.describe()}, {memory:.0f} GiB"

    def add(self, name, item):
        """Put an item into the file, in place of an older one."""
        kept = json.loads(self.path.read_text()) if self.path.is_file() else {}
        item = {"machine": self.machine, **item}
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
        seconds, load = [], os.getloadavg()[0]

        def turn():
            start = time.perf_counter()
            theirs()
            seconds.append((time.perf_counter() - start) / share)

        benchmark.group = name
        benchmark.pedantic(ours, setup=turn, rounds=rounds, warmup_rounds=1)
        own, other = np.array(benchmark.stats.stats.data), np.array(seconds[1:])
        ratio = float(np.median(other) / np.median(own))
        low, high = np.quantile(other / own, [0.25, 0.75])
        item = {"ratio": ratio, "low": float(low), "high": float(high), "target": target}
        item |= {"unit": unit, **spread(own, amount), "ours": says[0], "theirs": says[1]}
        item |= {f"theirs_{key}": value for key, value in spread(other, amount).items()}
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
