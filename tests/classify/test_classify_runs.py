"""A run that is killed, here or on a cluster, loses nothing and changes nothing."""

import fcntl
import os
import signal
import subprocess
import sys
import time

import pytest
from classify_inputs import map_model, maps, write_maps

from galutils import cli
from galutils.classify import classify, parts

N, CHUNK = 60, 4
# the same, but slowly, so that there is time to kill it
SLOW = """
import sys, time
from galutils.classify import classify, parts
write = parts.write
parts.write = lambda *given: (time.sleep(0.2), write(*given))[1]
classify(sys.argv[1], sys.argv[2], sys.argv[3], chunk=int(sys.argv[4]))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a model, a folder with a bad file, and what a run that nothing disturbs writes."""
    root = tmp_path_factory.mktemp("run")
    model, folder = map_model(root), write_maps(root / "maps", maps(N))
    (folder / "bad.fits").touch()
    assert classify(model, folder, root / "whole.csv", chunk=CHUNK) == (N + 1, N, 1)
    return model, folder, written(root / "whole.csv")


def written(out):
    return out.read_bytes(), parts.rejected_path(out).read_bytes()


def test_after_a_kill_the_next_run_ends_with_the_same_bytes(run, tmp_path):
    model, folder, whole = run
    out = tmp_path / "out.csv"
    words = [model, folder, out, CHUNK]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, *map(str, words)], stderr=subprocess.DEVNULL
    )
    place = parts.folder(out)
    end = time.monotonic() + 120
    while len(list(place.glob("part-*"))) < 3 and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    with pytest.raises(parts.BusyError, match="another run is at work"):
        classify(model, folder, out, chunk=CHUNK)
    assert cli.main(["classify", str(model), str(folder), "-o", str(out)]) == 75
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = len(list(place.glob("part-*")))
    assert 3 <= done < 16 and not out.exists()
    (place / ".part-000009.parquet.k3jx_10z").touch()  # of a write that was cut short
    told = []
    classify(model, folder, out, chunk=CHUNK, tell=lambda *numbers: told.append(numbers))
    assert len(told) == 16 - done  # nothing is done twice
    assert written(out) == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out_rejected.csv"]


@pytest.mark.parametrize("left", [0, 3, 16])
def test_a_kill_while_parts_are_removed(run, tmp_path, monkeypatch, left):
    """The result is there, and some or all of the parts: the next run gives the same."""
    model, folder, whole = run
    out = tmp_path / "out.csv"

    def killed(place, plan):
        for number in plan.numbers[left:]:
            (place / f"part-{number:06d}.parquet").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(parts, "_remove", killed)
        classify(model, folder, out, chunk=CHUNK)
    classify(model, folder, out, chunk=CHUNK)
    assert written(out) == whole and not parts.folder(out).exists()


def test_parts_of_another_plan_are_not_mixed_in(run, tmp_path, monkeypatch):
    model, folder, whole = run
    out = tmp_path / "out.csv"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(parts, "_remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        classify(model, folder, out, chunk=CHUNK)
    with pytest.raises(ValueError, match="received those of one with other chunk; remove"):
        classify(model, folder, out, chunk=5)
    (place := parts.folder(out)).joinpath("plan.json").unlink()
    (place / "part-000001.parquet").write_bytes(b"")  # as a disk without power leaves it
    os.utime(folder / "bad.fits", (1, 1))  # other inputs now
    told = []
    classify(model, folder, out, chunk=CHUNK, tell=lambda *numbers: told.append(numbers))
    assert len(told) == 16 and written(out) == whole


def test_a_killed_worker_loses_nothing(run, tmp_path):
    from distributed import LocalCluster

    model, folder, whole = run
    out, killed = tmp_path / "out.csv", []
    settings = {"n_workers": 3, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(silence_logs=50, **settings) as cluster:

        def tell(done, total, left_out):
            if not killed:
                killed.append(cluster.workers[0].pid)
                os.kill(killed[0], signal.SIGKILL)

        address = cluster.scheduler_address
        found = classify(model, folder, out, chunk=CHUNK, scheduler=address, tell=tell)
    assert killed and found == (N + 1, N, 1)
    assert written(out) == whole


def test_a_lock_of_a_run_that_has_ended_is_no_lock(tmp_path):
    plan = parts.Plan("inputs", "model", "card", 4, 10)
    place = tmp_path / "out.csv.parts"
    with parts.begun(place, plan) as todo:
        assert todo == [0, 1, 2]
        with open(place / ".lock") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with parts.begun(place, plan) as todo:
        assert todo == [0, 1, 2]
