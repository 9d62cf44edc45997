"""Kill fetches at random moments; the next one must finish with whole files and no others.

``python tests/faults/fetch_case.py FOLDER [KILLS [SEED]]`` prints a line; status 1 for a loss.
"""

import hashlib
import io
import os
import random
import signal
import sys
import time
import zipfile
from pathlib import Path

SIZES = {"a.csv": 60_000, "b.csv": 200_000, "c.csv": 90_000}


def contents():
    """Return what the server has: tables with and without a hash, and a bundle."""
    source = random.Random(4)
    answers = {name: source.randbytes(size // 2).hex().encode() for name, size in SIZES.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        for number in range(200):
            bundle.writestr(f"images/{number}.jpg", source.randbytes(500))
    return answers | {"bundle.zip": buffer.getvalue()}


def expected(files):
    """Return the files that a fetch must end with, path below the folder to bytes."""
    with zipfile.ZipFile(io.BytesIO(files["bundle.zip"])) as bundle:
        images = {name: bundle.read(name) for name in bundle.namelist()}
    return {name: files[name] for name in SIZES} | images


def found(folder):
    """Return the files in their places, of which hidden ones are no part."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    kept = {name: path for name, path in names.items() if not name.startswith(".")}
    return {name: path.read_bytes() for name, path in kept.items() if name != "hashes.txt"}


def fetch(root, port, files):
    """Fetch everything as the command line does, but from our server; return the states."""
    from archive_server import manifest_row

    from galutils.surveys import fetch as fetching

    rows = []
    for name, content in files.items():
        more = {"unpack": "images", "kind": "images"} if name == "bundle.zip" else {}
        if name == "b.csv":
            more["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
        rows.append(manifest_row(f"http://127.0.0.1:{port}/{name}", name, **more))
    return set(fetching.fetch("sami", root, jobs=2, rows=rows)["state"])


def serve(files):
    """Serve slowly in a process of its own; return its number and the port."""
    from archive_server import Answer, Server

    answers = {
        f"/{name}": Answer(content, etag=f'"{name}"', ranges=name != "c.csv", drip=(16384, 0.004))
        for name, content in files.items()
    }
    server = Server(answers)
    process = os.fork()
    if not process:
        server.serve_forever()
    server.socket.close()
    return process, server.server_port


def killed(seconds, call, *arguments):
    """Run a call in a process that is killed after some seconds; whether it was still at work."""
    process = os.fork()
    if not process:
        call(*arguments)
        os._exit(0)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    return os.waitpid(process, 0)[1] != 0


def run(folder, kills=20, seed=0):
    """Kill as many fetches; each time a file in its place must be whole, and at the end all are.

    Every third kill begins with an empty folder, the others go on from what is there.

    Returns
    -------
    hit, losses : int
        Fetches that were at work when killed, and runs after which something was wrong.
    """
    files = contents()
    wanted, moments = expected(files), random.Random(seed)
    process, port = serve(files)
    try:
        fetch(folder / "first", port, files)  # the children need to import nothing then
        begun = time.monotonic()
        assert fetch_apart(folder / "measured", port, files) == wanted
        duration = time.monotonic() - begun
        hit = losses = count = 0
        while hit < kills:
            root = folder / f"root{count // 3}"
            count += 1
            hit += killed(moments.uniform(0, duration), fetch, root, port, files)
            here = found(root / "sami") if root.exists() else {}
            half = {name for name, content in here.items() if wanted.get(name) != content}
            images = [name for name in here if name.startswith("images/")]
            losses += bool(half) or len(images) not in (0, 200)
            if count % 3 == 0 or hit == kills:
                losses += fetch_apart(root, port, files) != wanted
        return hit, losses
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def fetch_apart(root, port, files):
    """Fetch in a process that nobody kills; return what is there then."""
    process = os.fork()
    if not process:
        states = fetch(root, port, files)
        os._exit(0 if states <= {"fetched", "present"} else 1)
    failed = os.waitpid(process, 0)[1]
    left = (root / "sami" / ".partial").exists()
    return {} if failed or left else found(root / "sami")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    hit, losses = run(Path(sys.argv[1]), *map(int, sys.argv[2:]))
    print(f"fetch: {hit} kills, {losses} losses")
    sys.exit(bool(losses))
