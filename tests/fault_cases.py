"""Commands that are killed: mock, training, notebook, book. `faults.fetch_case` kills fetches."""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import nbformat
import numpy as np
from kills import ROOT, Case, contents
from toys import write_notebook, write_toy_book

PYTHON = sys.executable


def nothing(folder):
    """Lay out nothing."""


def mock():
    words = [PYTHON, "-m", "galutils.mock", "sami", "--n", "60", "--seed", "3", "--out", "out/sami"]
    return Case(nothing, lambda folder: words, lambda folder: contents(folder / "out"))


def training():
    words = [PYTHON, "-W", "ignore", __file__]
    return Case(nothing, lambda folder: words, lambda folder: contents(folder / "out"))


def train(folder):
    """Train a small network with a state; write its weights and history."""
    import keras

    from galutils.networks import resume, train
    from galutils.store import files

    def build():
        layers = [keras.Input((400,)), keras.layers.Dense(64), keras.layers.BatchNormalization()]
        layers += [keras.layers.Dropout(0.5), keras.layers.Dense(1, activation="sigmoid")]
        model = keras.Sequential(layers)
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
        return model

    rng = np.random.default_rng(0)
    y = np.arange(1600) % 2
    x = (rng.normal(size=(1600, 400)) + 0.1 * y[:, None]).astype("f4")
    data = x[:1200], y[:1200], (x[1200:], y[1200:])
    model, history = train.fit(build, *data, 15, 1, patience=20, batch_size=32, resume="state")
    weights = [np.asarray(value).tobytes() for value in model.weights]
    files.write(folder / "out/history.csv", history.to_csv())
    files.write(folder / "out/weights.txt", hashlib.sha256(b"".join(weights)).hexdigest())
    resume.clear("state")


COMMON = """profile: str = "quick"  # name
results: str = "../results"  # folder
table_path: str = "../build/table.csv"  # file"""
CELLS = [
    "import numpy as np\nimport pandas as pd\nfrom galutils.store import files\n"
    "from galutils.results.record import Recorder\n"
    'rec = Recorder("sami/02_use", "mock", profile, results)',
    "table = pd.DataFrame(np.random.default_rng(1).normal(size=(40_000, 3)), columns=list('abc'))\n"
    "files.write(table_path, table.to_csv(index=False))",
    'rec.table("sami-t1", table.describe(), caption="Columns")',
    'rec.numbers("sami-n1", {"n_maps": len(table), "mean": table["a"].mean()})',
]


def notebook():
    words = [PYTHON, "-m", "book.tools.run_notebook", "notebooks/toy.ipynb", "build/toy.ipynb"]
    words += ["--log", "build/toy.log"]

    def result(folder):
        cells = nbformat.read(folder / "build/toy.ipynb", as_version=4).cells
        shown = [cell.get("outputs", []) for cell in cells]
        table = contents(folder / "build")["table.csv"]
        items = {k: v for k, v in contents(folder / "results").items() if "/." not in k}
        return json.dumps(shown), table, items

    def prepare(folder):
        write_notebook(folder / "notebooks/toy.ipynb", COMMON, *CELLS)

    return Case(prepare, lambda folder: words, result)


def book():
    """A book of three pages, one of them a notebook."""
    words = [PYTHON, "-m", "galutils.cli", "book"]

    def result(folder):
        pages = contents(folder / "book/_build/html")
        return {name: digest for name, digest in pages.items() if name.endswith(".html")}

    def prepare(folder):
        write_toy_book(ROOT, folder)
        write_notebook(folder / "build/notebooks/sami/02_use.ipynb", COMMON, "1 + 1")
        (folder / "results/index.json").write_text('{"items": {}}')

    return Case(prepare, lambda folder: words, result)


def classify(source):
    """Two hundred maps, from a folder where they and a network were laid out before."""
    words = [PYTHON, "-m", "galutils.cli", "classify", "maps.keras", "maps", "-o", "out/maps.csv"]
    words += ["--chunk", "16"]

    def prepare(folder):
        shutil.copytree(source, folder, dirs_exist_ok=True)

    return Case(prepare, lambda folder: words, lambda folder: contents(folder / "out"))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    train(Path.cwd())
