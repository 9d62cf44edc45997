"""Mock Perseus: the cluster, what lies behind and before it, and the lists of Pruitt (2024).

Writes the files of `galutils.surveys.perseus`, flaws included: ``N/A``, several
spectra of one object, galaxies in both lists, some with opposite labels, stars
taken for galaxies, over-red cut-outs, missing cut-outs, photometry of the wrong
object. Cut-outs of the catalogue are JPEG under a name ending in .png, as in the
archive. The catalogue is complete as text, faint objects mostly without a cut-out.
"""

import io

import numpy as np
import pandas as pd
from astropy.table import vstack
from PIL import Image

from galutils.mock import SEED, begin, perseus_skyserver
from galutils.mock import perseus_wittmann2019 as wittmann
from galutils.mock.bodies import perseus_population as sky
from galutils.mock.instruments import sdss_cutouts
from galutils.physics import photometry
from galutils.physics.photometry import BRIGHT, OVER_RED, TRAINING_RADIUS
from galutils.surveys.perseus.wittmann2019 import CLASSES

FULL = 5437  # lines of the real catalogue; the numbers below belong to it
MEMBERS, CATALOGUE_STARS = 5600, 170  # cluster galaxies within 90 arcmin, stars in the catalogue
BRIGHT_FIELD = 1000  # background galaxies brighter than V = 18.2 within 90 arcmin
SPECTRA = {"member": 202, "background": 141, "star": 217}  # distinct objects
SECOND = 89 / 563  # share with two spectra
FIELD_STARS, FIELD_GALAXIES = 25000, 10000  # per square degree, to r = 22
# V of the faintest of which all have a cut-out (to save time), how many of the others, share lost
FAINTEST_SHOWN, FAINT_CUTOUTS, LOST_CUTOUTS = 20.6, 300, 45 / 5437
CROSSMATCHED, WRONG = 191 / 225, 0.1  # bright objects with photometry; with that of another


def _double_stars(n, rng):
    """Stars taken for galaxies: most have a close companion, which comes after them."""
    # the spectroscopic plates are centred on the cluster
    ra, dec = sky.around_centre(sky.RADIUS * rng.random(n) ** (1 / 1.7), rng)
    first = sky.stars(ra, dec, 14.8, 18.7, rng)
    apart, angle = rng.uniform(0.9, 2.6, n) / 3600, rng.uniform(0, 2 * np.pi, n)
    ra = ra + apart * np.sin(angle) / np.cos(np.deg2rad(dec))
    second = sky.stars(ra, dec + apart * np.cos(angle), 15.5, 20.0, rng)
    return first, second[rng.random(n) < 0.8]


def _with_spectra(objects, share, rng):
    """Rows of the objects with a spectrum, the brighter the likelier."""
    chosen = []
    for kind, limit, width in (("member", 15.2, 0.45), ("background", 17.0, 0.25)):
        rows = np.flatnonzero(objects["kind"] == kind)
        weight = 1 / (1 + np.exp((objects["r0"][rows].data - limit) / width))
        number = round(SPECTRA[kind] * share)
        chosen.append(rng.choice(rows, number, replace=False, p=weight / weight.sum()))
    return np.concatenate(chosen)


def _universe(n, rng, redshift=sky.REDSHIFT, dust=1.0):
    """Objects in the lists, and their rows: in the catalogue, and with a spectrum."""
    share = n / FULL
    members = sky.moved(sky.members(round(MEMBERS * share), rng), redshift)
    found = wittmann.detected(members, rng)
    n_stars = round(CATALOGUE_STARS * share)
    foreground = sky.stars(*wittmann.positions(n_stars, rng), 18.3, 23.5, rng)
    number = n - n_stars - found.sum()
    behind = sky.background(*wittmann.positions(number, rng), wittmann.LIMIT, rng)
    field = sky.background(*sky.uniform_in_disc(round(BRIGHT_FIELD * share), rng), 18.2, rng)
    field = field[~wittmann.inside(field["ra"], field["dec"])]
    doubles, companions = _double_stars(round(SPECTRA["star"] * share), rng)
    parts = [members, foreground, behind, field, doubles, companions]
    objects, edges = sky.reddened(vstack(parts), dust), np.cumsum([len(part) for part in parts])
    catalogue = np.concatenate([np.flatnonzero(found), np.arange(edges[0], edges[2])])
    spectra = np.concatenate([_with_spectra(objects, share, rng), np.arange(edges[3], edges[4])])
    return objects, catalogue[np.argsort(objects["ra"][catalogue])], np.sort(spectra)


def _sky(objects, rng, dust=1.0):
    """Objects of the lists, then what else is on the frames."""
    area = np.pi * (sky.RADIUS / 60) ** 2
    places = [sky.uniform_in_disc(round(n * area), rng) for n in (FIELD_STARS, FIELD_GALAXIES)]
    around = [sky.stars(*places[0], 12, 22, rng), sky.background(*places[1], 22, rng)]
    return vstack([objects, sky.reddened(vstack(around), dust)])


def _places(table):
    """Positions as in names of files, with the digits of the list they come from."""
    pairs = zip(table["ra"], table["dec"], strict=True)
    return [f"ra={ra:.15g}_dec={dec:.15g}" for ra, dec in pairs]


def _catalogue(objects, rows, rng):
    """Lines of the catalogue, and name, position, V and label by row of the objects."""
    listed = objects[rows]
    words = wittmann.classes(listed, rng)
    numbers = wittmann.measured(listed, words, rng)
    lines = wittmann.text(numbers, words, wittmann.nuclei(listed, words, rng))
    table = numbers[["ra", "dec", "V"]].set_index(rows)
    table["name"] = [f"PCC-{k:04d}" for k in range(1, len(rows) + 1)]
    table["label"] = [CLASSES[word][1] for word in words]
    return lines, table


def _shown(catalogue, n, rng):
    """Catalogue objects with a cut-out: few of the faintest, and less some lost."""
    shown = np.array(catalogue["V"] <= FAINTEST_SHOWN)
    faint = np.flatnonzero(~shown)
    shown[rng.choice(faint, round(FAINT_CUTOUTS * n / FULL), replace=False)] = True
    kept = catalogue[shown]
    return kept[rng.random(len(kept)) >= LOST_CUTOUTS]


def _pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def _photographed(table, camera):
    """Add the cut-outs of a table (JPEG) and their share of red pixels."""
    files = [camera.frame(row.Index, row.ra, row.dec) for row in table.itertuples()]
    shares = [photometry.red_share(_pixels(data)[None])[0] for data in files]
    return table.assign(file=files, red=shares)


def _crossmatch(training, measured, objects, rng):
    """SDSS photometry of bright catalogue objects, of the wrong object for some."""
    chosen = training.sample(frac=CROSSMATCHED, random_state=rng)
    chosen = chosen.sort_values("label", kind="stable")
    table = measured.loc[chosen.index].rename(columns={"R_mag": "modelMag_r"})
    table = table.assign(name=chosen["name"], labels=chosen["label"], reds=100 * chosen["red"])
    wrong = rng.random(len(table)) < WRONG
    star = np.asarray(objects["kind"][table.index] == "star")
    table["type"] = np.where(star | wrong & (rng.random(len(table)) < 0.6), "STAR", "GALAXY")
    # a fragment of a bright galaxy, or a star, up to two arcmin away
    number = wrong.sum()
    table.loc[wrong, "objID"] += rng.integers(20000, 40000, number)
    table.loc[wrong, "modelMag_r"] += rng.uniform(0, 5, number)
    table.loc[wrong, list(perseus_skyserver.COLOURS)] += rng.normal(0, 1.2, (number, 6))
    table.loc[wrong, ["ra", "dec"]] += rng.normal(0, 20 / 3600, (number, 2))
    return table


def _write_cutouts(folder, names, files, png=True):
    folder.mkdir()
    for name, data in zip(names, files, strict=True):
        path = folder / f"sdss_{name}.png"
        if png:
            Image.fromarray(_pixels(data)).save(path)
        else:
            path.write_bytes(data)


def write(folder, n=FULL, rng=SEED, redshift=sky.REDSHIFT, dust=1.0):
    """Write a mock Perseus archive.

    Parameters
    ----------
    folder : path-like
        An existing folder, usually called ``perseus``; see `galutils.mock.publish`.
    n : int
        Lines of the catalogue; everything else in proportion.
    rng : int or numpy.random.Generator
        The same seed gives the same bytes.
    redshift : float
        Of the cluster; the limits of its members move with it.
    dust : float
        Extinction in units of that before Perseus.

    Raises
    ------
    ValueError
        If `n` is less than 100, too few for a handful of bright objects.
    """
    path, rng = begin(folder, n, 100, rng)
    objects, catalogued, observed = _universe(n, rng, redshift, dust)
    lines, catalogue = _catalogue(objects, catalogued, rng)
    (path / "pcc_catalogue_wittmann2019.txt").write_text(lines)

    bright = catalogue.index[catalogue["V"] <= BRIGHT]
    measured = perseus_skyserver.measure(objects, np.union1d(observed, bright), rng)
    spectra = measured.join(perseus_skyserver.spectra(objects, observed, rng), how="inner")
    spectra = spectra.sort_values("distance", kind="stable")
    search = perseus_skyserver.repeated(spectra, SECOND, rng)
    perseus_skyserver.export(search, "search", path / "sdss_search_90arcmin.csv")
    near = spectra[spectra["distance"] < TRAINING_RADIUS]
    exported = path / "sdss_spec_search_45arcmin.csv"
    perseus_skyserver.export(near, "spectroscopic", exported, first_line="#Table1\n")

    camera = sdss_cutouts.Camera(_sky(objects, rng, dust), int(rng.integers(2**31)))
    shown = _photographed(_shown(catalogue, n, rng), camera)
    spectra = _photographed(spectra, camera)
    good = shown[(shown["V"] <= BRIGHT) & (shown["label"] >= 0) & (shown["red"] <= OVER_RED)]
    crossmatch = _crossmatch(good, measured, objects, rng)
    perseus_skyserver.export(crossmatch, "crossmatch", path / "pcc_sdss_crossmatch.csv")

    near = spectra[(spectra["distance"] < TRAINING_RADIUS) & (spectra["red"] <= OVER_RED)]
    moved = redshift - sky.REDSHIFT
    near = near.assign(label=photometry.is_member_redshift(near["z"] - moved).astype(int))
    training = pd.concat([good, near])
    rest = spectra[~spectra.index.isin(training.index)]
    shown["place"], training["place"] = _places(shown), _places(training)
    labelled = training["place"] + "-label=" + training["label"].astype(str)
    _write_cutouts(path / "pcc_cutouts", shown["place"], shown["file"], png=False)
    _write_cutouts(path / "cutouts", labelled, training["file"])
    named = "objid=" + rest["objID"].astype(str)
    _write_cutouts(path / "independent_cutouts", named, rest["file"])
