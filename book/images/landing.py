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

SIDES = {
    "sami": 30,
    "manga": 64,
    "gz2": 160,
}  # of the middle that is shown: spaxels, pixels
PIXELS = {"manga": 0.396, "perseus": 0.1}  # arcsec
ROWS = ("velocity", "image", "spiral arms", "cluster")
LIMIT = 120  # km/s, ends of the colours
# Galaxies that fill their frame well: spaxels, effective radius in arcsec, magnitude in r.
SIZES = {"sami": 450, "manga": 3.5, "perseus": 17.0}


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
    _velocities(figure, axes[0], sample.read(build / "sami/sample.fits"))
    _early_types(axes[1], sample.read(build / "morphology/manga.fits"), archive)
    _spirals(axes[2], sample.read(build / "arms/sample.fits"), archive / "gz2")
    _cluster(axes[3], sample.read(build / "perseus/training.fits"))
    for row, name in zip(axes, ROWS, strict=True):
        row[0].set_ylabel(name, fontsize=11)
        for panel in row:
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_visible(False)
    return figure


def _velocities(figure, row, galaxies):
    """Draw fast and slow rotators with many spaxels."""
    spaxels = np.isfinite(galaxies["velocity"]).sum(axis=(1, 2))
    rows = _six(np.array(galaxies["label"]), (1, 0), spaxels - SIZES["sami"])
    for panel, place in zip(row, rows, strict=True):
        middle = images.central_crop(np.array(galaxies["velocity"])[[place]], SIDES["sami"])[0]
        image = draw_map(panel, middle, galaxies.meta["spaxel"], limit=LIMIT)
        panel.set_title("fast" if galaxies["label"][place] else "slow")
    sky.scale_bar(row[0], colour="black")
    sky.compass(row[0], colour="black")
    figure.colorbar(image, ax=row, label="V [km/s]", extend="both", pad=0.01, aspect=12)


def _early_types(row, galaxies, archive):
    """Draw early types of both classes."""
    from astropy.visualization import make_lupton_rgb

    early = np.array(galaxies["early"])
    label = np.where(early, np.array(galaxies["rotator"]), -1)
    rows = _six(label, (1, 0), np.array(galaxies["r_e"]) - SIZES["manga"])
    edge = (gri_images.SIZE - SIDES["manga"]) // 2
    for panel, place in zip(row, rows, strict=True):
        pixels = gri_images.read(
            archive / f"manga_images/cutouts/{galaxies['plateifu'][place]}.fits"
        )
        pixels = pixels[edge:-edge, edge:-edge]
        bands = np.moveaxis(np.maximum(pixels[..., ::-1], 1e-6), -1, 0)  # i, r, g
        colours = make_lupton_rgb(*bands, stretch=0.5, Q=8)
        panel.imshow(colours, origin="lower")
        panel.set_title("early type, fast" if label[place] else "early type, slow")
    sky.scale_bar(row[0], PIXELS["manga"])


def _spirals(row, galaxies, archive):
    """Draw for each number of arms the galaxy on which the volunteers agree most."""
    from pandas import read_csv

    assets = read_csv(archive / "gz2_filename_mapping.csv").set_index("objid")["asset_id"]
    answers = ("31", "32", "33", "34", "36", "37")
    for panel, number, answer in zip(row, range(6), answers, strict=True):
        share = np.array(galaxies[f"t11_a{answer}_debiased"])
        place = np.argmax(np.where(np.array(galaxies["class"]) == number, share, -1))
        name = f"images_gz2/images/{assets[galaxies['objid'][place]]}.jpg"
        [image], _, _ = gz2_images.read_images(archive, [name], SIDES["gz2"], SIDES["gz2"])
        panel.imshow(image)
        many = {4: "5 arms or more", 5: "cannot tell"}
        panel.set_title(many.get(number, f"{number + 1} arm{'s' * (number > 0)}"))


def _cluster(row, galaxies):
    """Draw members of the cluster and galaxies behind it."""
    label = np.where(np.array(galaxies["star"]), -1, np.array(galaxies["label"]))
    rows = _six(label, (1, 0), np.array(galaxies["r"]) - SIZES["perseus"])
    for panel, place in zip(row, rows, strict=True):
        panel.imshow(galaxies["image"][place])
        panel.set_title("member" if label[place] else "behind")
    sky.scale_bar(row[0], PIXELS["perseus"])
    sky.compass(row[0])


def _six(label, classes, distance):
    """Return three rows of each of two classes, those nearest to the wanted size."""
    order = np.argsort(np.abs(distance), kind="stable")  # NaN last
    return np.concatenate([order[label[order] == one][:3] for one in classes])


if __name__ == "__main__":
    draw().savefig("book/images/landing.png", dpi=110, metadata={"Software": None})
