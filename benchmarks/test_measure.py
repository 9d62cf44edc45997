"""Measuring many: the rate and the memory of 1,000 and of 10,000 maps."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from galutils.mock import trials

ROOT = Path(__file__).parents[1]
N_MAPS, NUMBERS = 200, (1_000, 10_000)
SCRIPT = """
import json, re, sys, time
from pathlib import Path
import galutils

path, known, out = sys.argv[1:]
ticks, start = [], time.perf_counter()
galutils.measure(
    f"{path}::velocity", out, [known], spaxel=0.5, network=None,
    tell=lambda done, n, left: ticks.append((time.perf_counter() - start, done)),
)
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps({
    "seconds": time.perf_counter() - start, "cpu_seconds": time.process_time(),
    "ticks": ticks, "peak_mib": peak / 1024,
}))
"""


def stack(path, seen, n):
    """Write a stack of `n` galaxies that has the same ones again and again; small in the file."""
    with h5py.File(path, "w") as file:
        for name in ("velocity", "velocity_error", "sigma", "sigma_error", "flux"):
            maps = np.asarray(seen[name], dtype=np.float32)
            source = h5py.VirtualSource(file.create_dataset(f"once/{name}", data=maps))
            layout = h5py.VirtualLayout((n, *maps.shape[1:]), maps.dtype)
            for start in range(0, n, len(maps)):
                layout[start : start + len(maps)] = source[: min(len(maps), n - start)]
            file.create_virtual_dataset(name, layout)
    columns = {name: np.resize(seen[name], n) for name in ("r_e", "ellipticity", "position_angle")}
    known = path.with_suffix(".csv")
    pd.DataFrame({"id": np.arange(n), "fwhm": 2.0, **columns}).to_csv(known, index=False)
    return known


def measured(folder, seen, n):
    """Measure a stack in a process of its own; the rate is that after the first part."""
    path, out, script = folder / f"{n}.h5", folder / f"{n}.parquet", folder / "script.py"
    known = stack(path, seen, n)
    script.write_text(SCRIPT)
    command = [sys.executable, script, path, known, out]
    found = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stderr[-3000:]
    one = json.loads(found.stdout.splitlines()[-1])
    (first, some), (last, all_) = one["ticks"][0], one.pop("ticks")[-1]
    assert all_ == n
    return one | {"n": n, "rate": (all_ - some) / (last - first)}


def test_scaling(collector, tmp_path):
    seen = trials.observe(trials.draw(N_MAPS // 2, 0), 0)
    seen = seen[np.isfinite(seen["velocity"]).sum(axis=(1, 2)) >= 100]  # none that is refused
    runs = [measured(tmp_path, seen, n) for n in NUMBERS]
    small, large = runs
    seconds = (large["cpu_seconds"] - small["cpu_seconds"]) / (large["n"] - small["n"])
    collector.add(
        "measure, scaling",
        {
            "ratio": None, "target": None, "unit": "core-seconds per galaxy", "median": seconds,
            "ours": "measure of an HDF5 stack of SAMI's mock in a process of its own, no network",
            "runs": runs,
        },
    )  # fmt: skip
    assert large["peak_mib"] < 1.2 * small["peak_mib"]
