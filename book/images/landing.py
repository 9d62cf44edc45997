"""The picture of the landing page: one row for each question, six galaxies in each.

``python -m book.images.landing``, started by hand, draws it from the samples of the last run in
``build/``. It is kept in the repository, since most samples are not.
"""

from pathlib import Path

import numpy as np

from galutils.inputs import images
from galutils.plots import sky
from galutils.plots.style import draw_map, subplots
from galutils.store import sample
from galutils.surveys import gri_images
from galutils.surveys.gz2 import images as gz2_images

SIDES = {"sami": 30, "manga": 64, "gz2": 160}  # of the middle that is shown: spaxels, pixels
PIXELS = {"image": 0.396, "cluster": 0.1}  # arcsec
ROWS = {
    "velocity": ("fast", "slow"),
    "image": ("early type, fast", "early type, slow"),
    "spiral arms": ("1 arm", "2 arms", "3 arms", "4 arms", "5 arms or more", "cannot tell"),
    "cluster": ("member", "behind"),
}
ANSWERS = ("31", "32", "33", "34", "36", "37")  # of Galaxy Zoo, for each number of arms
LIMIT = 120  # km/s, ends of the colours
# Galaxies that fill their frame well: spaxels, effective radius in arcsec, magnitude in r.
SIZES = {"sami": 640, "manga": 3.5, "perseus": 17.0}


def draw(build="build", archive="data/mock"):
    """Draw the picture.

    Parameters
    ----------
    build, archive : str or path
        Folder of the run's samples, and of the files they were read from.

    Returns
    -------
    matplotlib.figure.Figure
    """
    build, archive = Path(build), Path(archive)
    figure, axes = subplots(4, 6, figsize=(9.6, 6.9))
    sami = sample.read(build / "sami/sample.fits")
    shown = [
        _velocities(sami),
        _early_types(sample.read(build / "morphology/manga.fits"), archive),
        _spirals(sample.read(build / "arms/sample.fits"), archive / "gz2"),
        _cluster(sample.read(build / "perseus/training.fits")),
    ]
    for row, (name, titles), galaxies in zip(axes, ROWS.items(), shown, strict=True):
        row[0].set_ylabel(name, fontsize=11)
        each = np.repeat(titles, len(row) // len(titles))
        for panel, title, pixels in zip(row, each, galaxies, strict=True):
            if name == "velocity":
                image = draw_map(panel, pixels, sami.meta["spaxel"], limit=LIMIT)
            else:
                panel.imshow(pixels, origin="lower" if name == "image" else "upper")
            panel.set(xticks=[], yticks=[], title=title)
            panel.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes[0], label="V [km/s]", extend="both", pad=0.01, aspect=12)
    sky.mark_sky(axes[0, 0], colour="black")
    sky.mark_sky(axes[1, 0], PIXELS["image"])
    sky.mark_sky(axes[3, 0], PIXELS["cluster"])
    return figure


def _velocities(galaxies):
    """Return maps of fast and slow rotators with many spaxels."""
    velocity = np.array(galaxies["velocity"])
    spaxels = np.isfinite(velocity).sum(axis=(1, 2))
    rows = _six(np.array(galaxies["label"]), spaxels - SIZES["sami"])
    return images.central_crop(velocity[rows], SIDES["sami"])


def _early_types(galaxies, archive):
    """Return images of early types of both classes."""
    from astropy.visualization import make_lupton_rgb

    label = np.where(np.array(galaxies["early"]), np.array(galaxies["rotator"]), -1)
    edge = (gri_images.SIZE - SIDES["manga"]) // 2
    for place in _six(label, np.array(galaxies["r_e"]) - SIZES["manga"]):
        name = f"manga_images/cutouts/{galaxies['plateifu'][place]}.fits"
        pixels = gri_images.read(archive / name)[edge:-edge, edge:-edge]
        bands = np.moveaxis(np.maximum(pixels[..., ::-1], 1e-6), -1, 0)  # i, r, g
        yield make_lupton_rgb(*bands, stretch=0.5, Q=8)


def _spirals(galaxies, archive):
    """Return for each number of arms the galaxy on which the volunteers agree most."""
    from pandas import read_csv

    assets = read_csv(archive / "gz2_filename_mapping.csv").set_index("objid")["asset_id"]
    names = []
    for number, answer in enumerate(ANSWERS):
        share = np.array(galaxies[f"t11_a{answer}_debiased"])
        place = np.argmax(np.where(np.array(galaxies["class"]) == number, share, -1))
        names.append(f"images_gz2/images/{assets[galaxies['objid'][place]]}.jpg")
    return gz2_images.read_images(archive, names, SIDES["gz2"], SIDES["gz2"])[0]


def _cluster(galaxies):
    """Return images of members of the cluster and of galaxies behind it."""
    label = np.where(np.array(galaxies["star"]), -1, np.array(galaxies["label"]))
    rows = _six(label, np.array(galaxies["r"]) - SIZES["perseus"])
    return galaxies["image"][rows]


def _six(label, distance):
    """Return three rows of class 1 and three of class 0, those nearest to the wanted size."""
    order = np.argsort(np.abs(distance), kind="stable")  # NaN last
    return np.concatenate([order[label[order] == one][:3] for one in (1, 0)])


if __name__ == "__main__":
    draw().savefig("book/images/landing.png", dpi=110, metadata={"Software": None})
