import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table
from PIL import Image

from book.images import landing
from galutils.store import sample


@pytest.fixture
def run(tmp_path):
    """Lay out the samples of a run and the files of two archives, eight galaxies each."""
    rng, n = np.random.default_rng(1), 8
    label = np.arange(n) % 2
    velocity = rng.normal(0, 60, (n, 50, 50)).astype("float32")
    velocity[:, :15] = np.nan
    r = np.linspace(15, 19, n)
    r[2] = np.nan
    tables = {
        "sami/sample": Table({"velocity": velocity, "label": label}, meta={"spaxel": 0.5}),
        "morphology/manga": Table(
            {"plateifu": [f"1-{k}" for k in range(n)], "early": np.ones(n, bool),
             "rotator": label, "r_e": np.linspace(1, 8, n)}
        ),
        "arms/sample": Table(
            {"objid": np.arange(n), "class": np.minimum(np.arange(n), 5)}
            | {f"t11_a{a}_debiased": rng.random(n) for a in (31, 32, 33, 34, 36, 37)}
        ),
        "perseus/training": Table(
            {"label": label, "star": np.arange(n) == 0, "r": r,
             "image": rng.integers(0, 255, (n, 200, 200, 3)).astype("uint8")}
        ),
    }  # fmt: skip
    for name, table in tables.items():
        (tmp_path / "build" / name).parent.mkdir(parents=True, exist_ok=True)
        sample.write(table, tmp_path / f"build/{name}.fits")
    cutouts, pictures = tmp_path / "mock/manga_images/cutouts", tmp_path / "mock/gz2/images_gz2"
    cutouts.mkdir(parents=True)
    (pictures / "images").mkdir(parents=True)
    for k in range(n):
        cube = rng.normal(0.1, 1, (3, 128, 128)).astype("float32")
        fits.writeto(cutouts / f"1-{k}.fits", cube)
        Image.new("RGB", (424, 424), (k, k, k)).save(pictures / f"images/{k}.jpg")
    mapping = pd.DataFrame({"objid": range(n), "asset_id": range(n)})
    mapping.to_csv(tmp_path / "mock/gz2/gz2_filename_mapping.csv", index=False)
    return tmp_path


def test_every_row_has_six_galaxies_of_the_named_classes(run):
    figure = landing.draw(run / "build", run / "mock")
    panels = [axes for axes in figure.axes if axes.images]
    titles = [axes.get_title() for axes in panels]
    assert titles[:6] == 3 * ["fast"] + 3 * ["slow"]
    assert titles[6:12] == 3 * ["early type, fast"] + 3 * ["early type, slow"]
    assert titles[12:18] == [
        "1 arm", "2 arms", "3 arms", "4 arms", "5 arms or more", "cannot tell",
    ]  # fmt: skip
    assert titles[18:24] == 3 * ["member"] + 3 * ["behind"]
    assert panels[0].images[0].get_clim() == (-landing.LIMIT, landing.LIMIT)
