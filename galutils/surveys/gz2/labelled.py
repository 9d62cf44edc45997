"""Real images with votes or classes of Galaxy Zoo, from three surveys, as one sample.

Archive layout, in the folders ``gz2_labelled/``, ``manga/`` and ``gz2/``:

``gz2_labelled/images_votes.csv``, ``images_votes/<asset>.jpg``
    424x424 pixels with the weighted fractions of all questions of Galaxy Zoo 2.
``gz2_labelled/images_gz1.csv``, ``images_gz1/<objid>.jpg``
    128x128 pixels with a class of Galaxy Zoo 1.
``manga/sdss_png80``, see `galutils.surveys.manga.sdss_images`
    80x80 pixels with the share of votes for *smooth*; of some galaxies
    ``gz2_labelled/manga_images_gz2_table5.csv`` has the votes on all questions, and
    ``manga_images_hart2017.csv`` tells spirals with the share of votes for a bar.
``gz2/hart2017_spirals_mass.csv``
    Positions by which runs of SDSS are placed on the sky.

What a survey tells is written as votes, so that what it did not ask has none. A class counts as
`TOLD` volunteers of whom nineteen of twenty agree.
"""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.table import Table, vstack
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from galutils import surveys
from galutils.physics.photometry import SEPARATION, coordinates
from galutils.store import pictures
from galutils.store.files import below
from galutils.store.sample import rejections
from galutils.surveys import gz2, manga
from galutils.surveys.gz2 import csv as gz2_csv
from galutils.surveys.gz2 import identifiers, votes
from galutils.surveys.gz2.decision_tree import KEYS, PLACE, QUESTIONS, keys, spread
from galutils.surveys.gz2.images import middle
from galutils.surveys.manga import rotation, sdss_images

FOLDER, VOTES, CLASSES = "gz2_labelled", "images_votes", "images_gz1"
TABLE5, HART = "manga_images_gz2_table5.csv", "manga_images_hart2017.csv"
ANCHORS = "hart2017_spirals_mass.csv"
# pixels along a side of an image, and of the square in its middle that is kept
SIZES = {"votes": (424, 192), "classes": (128, 64), "manga": (80, 64)}
SIDE = 64
TOLD, AGREED = 20, 0.95
MOCKED = 400
SMOOTH, FEATURES = "t01_a01", "t01_a02"
EDGE_ON, FACE_ON, BAR, SPIRAL = "t02_a04", "t02_a05", "t03_a06", "t04_a08"
WOUND = (FEATURES, FACE_ON, SPIRAL)
# Answers that a class of Galaxy Zoo 1 gives: elliptical, clockwise, anticlockwise, edge-on
ANSWERS = {0: (SMOOTH,), 1: WOUND, 2: WOUND, 3: (EDGE_ON,)}
# What is read of this folder, and of those beside it
FILES = (f"{VOTES}.csv", f"{CLASSES}.csv", TABLE5, HART, f"../gz2/{ANCHORS}")
FILES += tuple(f"../manga/{name}" for name in (sdss_images.LIST, rotation.FILE))


def reached(fractions):
    """Compute how many of the volunteers reach each question of the tree.

    Parameters
    ----------
    fractions : ndarray, shape (n, 37)
        Shares of the answers to each question; NaN counts as 0.

    Returns
    -------
    ndarray, shape (n, 11)
        From 0 to 1.
    """
    fractions = np.nan_to_num(fractions)
    arrived = np.zeros((len(fractions), len(QUESTIONS) + 1))
    arrived[:, 1] = 1.0
    for number in (1, 2, 3, 4, 10, 11, 9, 5, 7, 6):  # after all that lead to it
        for answer, key in zip(QUESTIONS[number - 1].answers, keys(number), strict=True):
            arrived[:, answer.following] += arrived[:, number] * fractions[:, PLACE[key]]
    return arrived[:, 1:]


def tell(counts, rows, answer, share=AGREED, volunteers=TOLD):
    """Write what a catalogue tells of some galaxies as votes, in place.

    Parameters
    ----------
    counts : ndarray, shape (n, 37)
    rows : ndarray of bool or int
        Which galaxies.
    answer : str
        One of `galutils.surveys.gz2.decision_tree.KEYS`.
    share : float or ndarray
        Of the volunteers, for this answer; the others give the other answers, the first of them.
    volunteers : float
    """
    here = keys(int(answer[1:3]))
    other = next(key for key in here if key != answer)
    counts[np.ix_(np.arange(len(counts))[rows], [PLACE[key] for key in here])] = 0
    counts[rows, PLACE[answer]] = volunteers * np.asarray(share)
    counts[rows, PLACE[other]] = volunteers * (1 - np.asarray(share))


def _voted(folder):
    path = folder / f"{VOTES}.csv"
    names = list(votes.wanted(path, {"weighted_fraction": "fraction"}))
    identified = ("dr7objid", "asset_id")
    frame, rejected = gz2_csv.read(path, [*names, "total_classifications"], identified)
    fractions = frame[names].to_numpy()
    asked = spread(reached(fractions))
    counts = np.nan_to_num(fractions) * asked * frame[["total_classifications"]].to_numpy()
    files = [f"{VOTES}/{number}.jpg" for number in frame["asset_id"]]
    return _rows("votes", files, frame["dr7objid"], counts, True), rejected


def _classified(folder):
    frame, rejected = gz2_csv.read(folder / f"{CLASSES}.csv", ["class"], ("objid",))
    frame = frame[frame["class"].isin(list(ANSWERS))].reset_index(drop=True)
    counts = np.zeros((len(frame), len(KEYS)))
    for number, answers in ANSWERS.items():
        for answer in answers:
            tell(counts, np.asarray(frame["class"] == number), answer)
    files = [f"{CLASSES}/{number}.jpg" for number in frame["objid"]]
    return _rows("classes", files, frame["objid"], counts, False), rejected


def _rows(survey, files, objid, counts, voted):
    table = Table({"name": [Path(file).stem for file in files]})
    table["survey"] = survey
    table["file"] = files
    table["objid"] = np.asarray(objid, dtype=np.int64)
    table["counts"] = counts.astype(np.float32)
    table["voted"] = voted
    table["log_mass"] = table["redshift"] = np.nan
    return table


def _manga(root, folder):
    """Safe images of MaNGA galaxies of which something was asked; none is opened."""
    names = ("plateifu",)
    listing, rejected = gz2_csv.read(root / "manga" / sdss_images.LIST, ["margin"], texts=names)
    listed = listing["plateifu"][listing["margin"] > sdss_images.SAFE].drop_duplicates()
    columns = list(votes.wanted(folder / TABLE5, {"count": "count"}))
    paths = {
        root / "manga" / rotation.FILE: ["gz_p_smooth"],
        folder / HART: ["p_bar"],
        folder / TABLE5: columns,
    }
    told = pd.DataFrame(index=pd.Index(listed))
    for path, wanted in paths.items():
        frame, _ = gz2_csv.read(path, ["ra", "dec", *wanted], texts=names)
        told = told.combine_first(frame.drop_duplicates("plateifu").set_index("plateifu"))
    told = told.reindex(listed)
    counts, voted = np.zeros((len(told), len(KEYS))), told[columns].notna().all(axis=1).to_numpy()
    smooth, bar = (told[name].to_numpy() for name in ("gz_p_smooth", "p_bar"))
    known, spiral = (smooth >= 0) & (smooth <= 1), (bar >= 0) & (bar <= 1)
    tell(counts, known, SMOOTH, smooth[known])
    for answer, share in ((FACE_ON, AGREED), (SPIRAL, AGREED), (BAR, bar[spiral])):
        tell(counts, spiral, answer, share)
    counts[voted] = told.loc[voted, columns]
    files = [f"{sdss_images.FOLDER}/{name}.png" for name in told.index]
    table = _rows("manga", files, np.zeros(len(told)), counts, voted)
    wanted = ["nsa_z", "nsa_elpetro_mass"]
    frame, _ = gz2_csv.read(root / "manga" / manga.LABELS, wanted, texts=names)
    nsa = frame.drop_duplicates("plateifu").set_index("plateifu").reindex(told.index)
    told["redshift"] = nsa["nsa_z"]
    told["log_mass"] = np.log10(nsa["nsa_elpetro_mass"].where(nsa["nsa_elpetro_mass"] > 0))
    for name in ("ra", "dec", "log_mass", "redshift"):
        table[name] = told[name].to_numpy(float)
    return table[counts.sum(axis=1) > 0], rejected


def _image(folder, name, size, crop):
    """Middle `crop` of the `size` pixels along a side of an image, averaged over areas."""
    return middle(pictures.load(below(folder, name), size), SIDE, crop)


def groups(sample):
    """Give each galaxy of a sample a number, the same to images that may show one galaxy.

    Parameters
    ----------
    sample : Table
        ``objid``, 0 where the position is good to an arcsecond; ``ra``, ``dec``, deg.

    Returns
    -------
    ndarray of int, shape (n,)
        The same for images with one identifier, with good positions within `SEPARATION`, with a
        good and a rough one within `identifiers.UNCERTAINTY`, and for chains of such.
    """
    coord, objid = coordinates(sample), np.asarray(sample["objid"])
    rough = objid > 0
    first, second, apart, _ = coord.search_around_sky(coord, identifiers.UNCERTAINTY * u.deg)
    near = np.where(rough[first], objid[first] == objid[second], apart <= SEPARATION)
    same = np.where(rough[first] == rough[second], near, True)
    links = coo_array((same[same], (first[same], second[same])), shape=2 * (len(sample),))
    return connected_components(links, directed=False)[1]


def load(root=None, source="auto"):
    """Read all real images with votes or classes, and which of them may show one galaxy.

    Parameters
    ----------
    root : path-like, optional
        Folder that holds ``gz2_labelled/`` and the others; ``$GALUTILS_DATA`` or ``data/``
        otherwise.
    source : {'auto', 'archive', 'mock'}
        Which files to read; the mock has `MOCKED` images of ``gz2/`` with votes.

    Returns
    -------
    sample : Table
        One row for each image: ``name`` str, of its file; ``survey`` str, ``votes``, ``classes``
        or ``manga``; ``objid`` int64, in SDSS DR7, 0 for MaNGA; ``counts`` float32 (n, 37), votes
        in the order of `galutils.surveys.gz2.decision_tree.KEYS`, 0 where a question was not
        asked; ``voted`` bool, whether volunteers were asked all questions of Galaxy Zoo 2;
        ``log_mass``, of solar masses (MaNGA's of the NSA), and ``redshift``, NaN if not known;
        ``ra``, ``dec``, deg; ``group`` int64, see `groups`; ``image`` uint8 (n, 64, 64, 3), the
        middle by `SIZES`, row 0 uppermost. ``meta``: origin.
    rejected : Table
        ``name`` and ``reason`` of images and rows left out, among them those without a position.

    Raises
    ------
    ArchiveError
        If a table is missing, damaged or lacks a column.
    """
    folder, source = surveys.locate(FOLDER, _complete, root, source, "gz2")
    sample, rejected = _mock() if source == "mock" else _archive(folder)
    sample["group"] = groups(sample)
    sample.meta = surveys.meta(FOLDER, folder, source)
    return sample, rejected


def _complete(folder):
    return not surveys.lacking(folder, FILES)


def _mock():
    mocked, _ = gz2.load(source="mock")
    mocked = mocked[np.flatnonzero(np.asarray(mocked["file"]) != "")[:MOCKED]]
    table, rejected = gz2.with_images(mocked, SIDE, SIZES["votes"][1])
    counts = np.nan_to_num(np.stack([table[f"{key}_count"] for key in KEYS], axis=1))
    sample = _rows("votes", table["file"], table["objid"], counts, True)
    for name in ("ra", "dec", "image", "log_mass", "redshift"):
        sample[name] = np.asarray(table[name])
    return sample, rejected


def _archive(folder):
    root = folder.parent
    anchors, _ = gz2_csv.read(root / "gz2" / ANCHORS, ["ra", "dec"], ("dr7objid",))
    known = [anchors[name].to_numpy() for name in ("dr7objid", "ra", "dec")]
    parts, rejected = [], []
    for table, lines in (_manga(root, folder), _voted(folder), _classified(folder)):
        survey, home = table["survey"][0], folder
        if survey == "manga":
            home = root / "manga"
        else:
            table["ra"], table["dec"] = identifiers.positions(table["objid"], *known)
        placed = np.isfinite(table["ra"] + table["dec"])
        reason = "expected a position, or a run of SDSS with known ones, received none"
        lines += [(name, reason) for name in table["file"][~placed]]
        size, crop = SIZES[survey]
        fetch = partial(_image, home, size=size, crop=crop)
        shape = (SIDE, SIDE, 3)
        images, good, unread = pictures.read_all(table["file"][placed], shape, np.uint8, fetch)
        table = table[placed][good]
        table["image"] = images
        parts.append(table)
        rejected += [rejections(lines), unread]
    return vstack(parts), vstack(rejected)
