import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import fault_cases
import numpy as np
import pytest
from classify_inputs import map_model, maps, write_maps
from kills import repeat


class Slow(SimpleHTTPRequestHandler):
    """Send files a piece at a time."""

    def copyfile(self, source, target):
        while piece := source.read(1 << 15):
            target.write(piece)
            time.sleep(0.02)

    def log_message(self, *_):
        pass


@pytest.fixture
def fetch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    rng = np.random.default_rng(0)
    for number in range(8):
        (folder / f"{number}.csv").write_text("a\n" + "\n".join(map(str, rng.random(30_000))))
    names = sorted(path.name for path in folder.iterdir())

    def handler(*arguments):
        return Slow(*arguments, directory=str(folder))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield fault_cases.fetch(f"http://127.0.0.1:{server.server_port}", names)
        server.shutdown()
        thread.join()


@pytest.fixture
def classify(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    map_model(folder)
    write_maps(folder / "maps", maps(200))
    return fault_cases.classify(folder)


@pytest.mark.parametrize("name", ["mock", "training", "notebook", "book", "classify", "fetch"])
def test_what_is_killed_ends_the_same_at_the_next_run(
    name, tmp_path, pytestconfig, request, record_property
):
    made = name in ("classify", "fetch")
    case = request.getfixturevalue(name) if made else getattr(fault_cases, name)()
    kills = pytestconfig.getoption("--kills")
    start = time.monotonic()
    runs, losses = repeat(case, tmp_path, kills, seed=11)
    seconds = time.monotonic() - start
    record_property(name, f"{runs} runs, {kills} killed, {len(losses)} lost, {seconds:.0f} s")
    assert losses == []
