"""Classifying many: against a bare network, with more inputs and with more workers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from astropy.io import fits

from galutils.classify import classify
from galutils.classify.inputs import Stack
from galutils.inputs import images
from galutils.mock import trials
from galutils.networks import cards, saved, velocity_cnn, wrappers

ROOT = Path(__file__).parents[1]
N_MAPS = 1000  # different ones; larger stacks show them again and again
ALONE, TOGETHER = (1_000, 10_000, 100_000), (1, 2, 4)
N_TOGETHER = 6_000
N_ROUND = 4_000  # of either side in a turn


@pytest.fixture(scope="module")
def maps():
    seen = trials.observe(trials.draw(50, 0), 0)["velocity"]
    return np.asarray(seen)[np.arange(N_MAPS) % 100].astype(np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "sami.keras"
    saved.save(wrappers.ensemble([velocity_cnn.sami_cnn(jit_compile=False)]), path)
    cards.begin("sami-grouped", path, "quick", "mock")
    return path


def stack(path, maps, n):
    """Write an HDF5 stack of `n` maps that shows the same ones again and again."""
    with h5py.File(path, "w") as file:
        source = h5py.VirtualSource(file.create_dataset("once", data=maps))
        layout = h5py.VirtualLayout((n, *maps.shape[1:]), maps.dtype)
        for start in range(0, n, len(maps)):
            layout[start : start + len(maps)] = source[: min(len(maps), n - start)]
        file.create_virtual_dataset("velocity", layout)
    return path


@pytest.mark.parametrize("kind", ["stack", "files"])
def test_against_a_bare_network(compare, model, maps, tmp_path, kind):
    repeated = maps[np.arange(N_ROUND) % N_MAPS]
    if kind == "stack":
        inputs = Stack(stack(tmp_path / "maps.h5", maps, N_ROUND), "velocity")
    else:
        inputs = tmp_path / "maps"
        inputs.mkdir()
        for k, values in enumerate(repeated):
            name = f"{1000 + k}_A_stellar-velocity_default_two-moment.fits"
            fits.PrimaryHDU(values.astype(">f8")).writeto(inputs / name)
    network, prepared = saved.load(model), images.network_input(repeated)
    compare(
        f"classify, {kind}", lambda: classify(model, inputs, tmp_path / "out.parquet"),
        lambda: network.predict(prepared, batch_size=256, verbose=0),
        says=(
            f"classify of {N_ROUND} maps ({'HDF5' if kind == 'stack' else 'FITS files'}), "
            "model loaded, table written",
            "Keras's predict by a network in memory of the same maps, prepared and in memory",
        ),
        target=0.8, rounds=3, amount=N_ROUND / 1000, unit="s per 1000 galaxies",
        reason="the model is read and traced anew by classify, a second or two whatever the "
        "number of inputs" + ("; FITS files are opened one by one" if kind == "files" else ""),
    )  # fmt: skip


SCRIPT = """
import json, re, resource, sys, time
from pathlib import Path
from galutils.classify import classify
from galutils.classify.inputs import Stack

def main(model, path, out, workers, chunk):
    ticks, start = [], time.perf_counter()
    classify(model, Stack(path, "velocity"), out, workers=workers or None, chunk=chunk,
             tell=lambda done, n, left: ticks.append((time.perf_counter() - start, done)))
    # ru_maxrss would be that of the process that started this one, where that is larger
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
    used = [resource.getrusage(k) for k in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({
        "seconds": time.perf_counter() - start, "ticks": ticks,
        "cpu_seconds": sum(one.ru_utime + one.ru_stime for one in used),
        "peak_mib": peak / 1024,
    }))

if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5]))
"""


def measured(folder, model, maps, n, workers, chunk):
    """Classify a stack in a process of its own; the rate is that after the first part."""
    script, out = folder / "script.py", folder / f"{n}-{workers}.parquet"
    script.write_text(SCRIPT)
    path = stack(folder / f"{n}.h5", maps, n)
    command = [sys.executable, script, model, path, out, str(workers), str(chunk)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stderr[-3000:]
    one = json.loads(found.stdout.splitlines()[-1])
    (first, some), (last, all_) = one["ticks"][0], one.pop("ticks")[-1]
    return one | {
        "n": n, "workers": workers, "rate": (all_ - some) / (last - first),
        "output_bytes": out.stat().st_size / n,
    }  # fmt: skip


def test_scaling(collector, model, maps, tmp_path):
    load = os.getloadavg()[0]
    alone = [measured(tmp_path, model, maps, n, 0, 250 if n == 1000 else 1000) for n in ALONE]
    together = [measured(tmp_path, model, maps, N_TOGETHER, k, 500) for k in TOGETHER]
    for run in together:
        del run["peak_mib"]  # of the process that waits for the workers
    small, large = alone[-2:]
    seconds = (large["cpu_seconds"] - small["cpu_seconds"]) / (large["n"] - small["n"])
    collector.add(
        "classify, scaling",
        {
            "ratio": None, "target": None, "unit": "core-seconds per galaxy", "median": seconds,
            "ours": "classify of an HDF5 stack in a process of its own; no workers, then several",
            "runs": alone, "worker_runs": together, "load": load,
            "input_bytes": maps[0].nbytes,  # and of the output where maps repeat least
             "output_bytes": alone[0]["output_bytes"],
        },
    )  # fmt: skip
    assert large["peak_mib"] < 1.5 * small["peak_mib"]
