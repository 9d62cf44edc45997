"""Execute notebooks of the project in a process of their own, and see what they write."""

import json
import os
import subprocess
import sys
from pathlib import Path

from kills import ROOT

# Runs in the kernel before the notebook, and lists what is opened for writing, moved or removed.
WATCH = """
import os, sys
def _watch(event, arguments, log=os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)):
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    if event == "open" and isinstance(arguments[2], int) and not arguments[2] & writes:
        return
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
                 "os.truncate", "shutil.rmtree"):
        names = [one for one in arguments[:2] if isinstance(one, (str, bytes, os.PathLike))]
        for name in names[: 2 if event == "os.rename" else 1]:
            os.write(log, (os.path.abspath(os.fsdecode(name)) + "\\n").encode())
sys.addaudithook(_watch)
del _watch
"""
NOTEBOOKS = {  # what they write besides results, and smaller settings
    "perseus/04_metrics": ({}, {}),
    "beyond/05_bookkeeping": ({}, {}),
    "sami/02_data": ({"sample_path": "sample.fits"}, {}),
    "sami/07_spatial_clustering": ({"moran_path": "moran.csv"}, {"sample_path": "sample.fits"}),
}
FREE = [Path("/dev"), Path("/proc"), Path.home() / ".cache", Path.home() / ".config"]


def execute(name, folder, archive, read):
    """Execute a notebook in a process of its own; return the paths it has written to."""
    for part in ("ipython/profile_default/startup", "scratch"):
        (folder / part).mkdir(parents=True)
    watched = folder / "watched"
    startup = folder / "ipython/profile_default/startup/watch.py"
    startup.write_text(WATCH.format(log=str(watched)))
    writes, reads = NOTEBOOKS[name]
    parameters = {"source": "mock", "results": str(folder / "results")}
    parameters |= {parameter: str(folder / file) for parameter, file in writes.items()}
    parameters |= {parameter: str(read / file) for parameter, file in reads.items()}
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython"),
        "TMPDIR": str(folder / "scratch"), "GALUTILS_DATA": str(archive / "data"),
        "GALUTILS_MOCK": str(archive / "mock"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    words = [sys.executable, "-m", "book.tools.run_notebook", f"notebooks/{name}.ipynb"]
    words += [str(folder / "out.ipynb"), "--log", str(folder / "log")]
    words += ["--parameters", json.dumps(parameters)]
    done = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [Path(line) for line in watched.read_text().splitlines()]


def strays(name, folder, written):
    """Return the paths written to that are neither declared nor for results or scratch."""
    allowed = [folder / "results", folder / "scratch", folder / "ipython", *FREE]
    own = [folder / file for file in NOTEBOOKS[name][0].values()]
    own += [path.with_name(f".{path.name}") for path in own]  # beginning of its temporary name
    return [
        path
        for path in written
        if path != folder
        and not any(path.is_relative_to(place) for place in allowed)
        and not any(str(path).startswith(str(one)) for one in own)
    ]
