"""A catalogue of the members of a cluster: every object of a list, with a probability or a reason.

It is made of any list of positions and any folder of cut-outs, and written as ECSV, FITS and
VOTable with units, descriptions and UCDs of all columns (``membership.csv``).
"""

from pathlib import Path

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.table import Column, Table

from galutils.classify.classifier import flagged
from galutils.classify.parts import rejected_path
from galutils.inputs import images
from galutils.physics import photometry
from galutils.store import files, tables, texts
from galutils.store.files import expect
from galutils.store.identifiers import identifiers
from galutils.studies import baselines
from galutils.surveys.perseus import cutouts as perseus_cutouts

COLUMNS = {row["column"]: row for row in texts.beside(__file__)}
SAME = 1 * u.arcsec  # a cut-out and an object closer than this are one
SMALL_SIDE = 50  # pixels to which a cut-out is averaged before its red pixels are counted
SMALLEST = 0.25  # arcsec, half-light radius of a star at the seeing of 0.5
FEWEST = 50  # labels of each class to calibrate by
FORMATS = (".ecsv", ".fits", ".vot")


def members(model_path, objects, cutouts, out, magnitude="v_mag", trained_between=None, **settings):
    """Make a catalogue of members in one call.

    Parameters
    ----------
    model_path : path-like
        A ``.keras`` model of cut-outs with its card, as `galutils.classify.classify` takes it.
    objects : path-like or Table
        ``ra`` and ``dec`` (deg), and any columns of ``membership.csv``, among them ``label``: 1
        member, 0 not, -1 not known, by which probabilities are calibrated where there are enough.
        A file as `galutils.store.tables.read` takes it.
    cutouts : path-like
        Folder of cut-outs, named as `galutils.surveys.perseus.cutouts` has them.
    out : path-like
        Without its ending, which is one of ``.ecsv``, ``.fits``, ``.vot``; all three are written.
        What the network says of each cut-out goes beside it, ``_cutouts.csv`` added.
    magnitude, trained_between
        As of `catalogue`.
    **settings
        Passed on to `galutils.classify.classify`.

    Returns
    -------
    Table
        As of `catalogue`.

    Raises
    ------
    ValueError
        As of `galutils.classify.classify`; if a column has another unit than it should.
    ArchiveError
        If there are no cut-outs, no objects, or the list cannot be read or has no positions.
    """
    from galutils.classify import classify

    out = Path(out).with_suffix("") if Path(out).suffix in FORMATS else Path(out)
    if not isinstance(objects, Table):
        objects = tables.read(objects)
    classified = out.with_name(f"{out.name}_cutouts.csv")
    classify(model_path, cutouts, classified, **settings)
    found = catalogue(objects, judged(classified, cutouts), magnitude, trained_between)
    write(found, out)
    return found


def judged(classified, folder):
    """Return what `galutils.classify.classify` said of cut-outs, with their positions.

    Parameters
    ----------
    classified : path-like
        Its result, CSV, with the table of what was left out beside it.
    folder : path-like
        The cut-outs.

    Returns
    -------
    Table
        A row for each cut-out: ``file``, ``objid``, ``ra`` and ``dec`` by its name;
        ``probability`` and ``spread``, NaN where it was left out; ``flags``; ``red_share``;
        ``reason``.

    Raises
    ------
    ArchiveError
        If the folder or the files are missing.
    """
    listing, _ = perseus_cutouts.list_cutouts(folder)
    with files.guarded(classified, "a table of classified cut-outs"):
        said = pd.concat(map(pd.read_csv, (classified, rejected_path(classified))))
    said = said.assign(file=said["file"].map(lambda file: Path(file).name)).set_index("file")
    said = said.reindex(list(listing["file"]))
    for name in ("probability", "spread"):
        listing[name] = said[name].to_numpy(float)
    listing["flags"] = said["flags"].fillna(0).to_numpy(int)
    listing["reason"] = said["reason"].fillna("").to_numpy(str)
    listing["red_share"] = [
        _red_share(Path(folder, name)) if good else np.nan
        for name, good in zip(listing["file"], np.isfinite(listing["probability"]), strict=True)
    ]
    return listing


def _red_share(path):
    small = images.block_average(perseus_cutouts.read(path)[None], SMALL_SIDE)
    return photometry.red_share(small.astype(np.uint8))[0]


def catalogue(objects, judged, magnitude="v_mag", trained_between=None):
    """Give every object of a list a probability of being a member, flags, or a reason.

    Parameters
    ----------
    objects : Table
        As of `members`; ``trained`` bool, ``star`` bool and ``distance`` (arcmin) are used where
        they are.
    judged : Table
        As `judged` returns it. An object has the cut-out of its ``objid``, or else the nearest
        within 1 arcsec.
    magnitude : str
        Column of `objects` by which probabilities are calibrated and compared with training.
    trained_between : (float, float), optional
        Brightest and faintest magnitude of the objects that trained the network.

    Returns
    -------
    Table
        A row for each object, in order, with the columns of ``membership.csv`` that are known;
        all have a description, and a unit and a UCD (``meta["ucd"]``) where there is one.

    Raises
    ------
    ArchiveError
        If there are no objects, or they have no positions.
    """
    lacking = {"ra", "dec"} - set(objects.colnames)
    expect(len(objects) and not lacking, "list of objects", "rows with ra and dec", lacking or 0)
    row = _cutout_of(objects, judged)

    def of_cutout(name, without):
        return np.where(row >= 0, np.asarray(judged[name])[row], without)

    found = Table({name: objects[name] for name in COLUMNS if name in objects.colnames})
    found["p_network"] = of_cutout("probability", np.nan)
    found["p_spread"] = of_cutout("spread", np.nan)
    found["p_member"] = found["p_network"]
    if "label" in objects.colnames:
        found["p_member"] = _calibrated(objects, found["p_network"].data, magnitude)
    flags = of_cutout("flags", 0)
    found["star_like"] = _is_star(objects)
    found["over_red"] = of_cutout("red_share", np.nan) > photometry.OVER_RED
    found["edge"] = flagged(flags, "few_measured") | flagged(flags, "no_centre")
    if trained_between is not None and magnitude in objects.colnames:
        low, high = trained_between
        brightness = np.asarray(objects[magnitude], dtype=float)
        found["out_of_range"] = (brightness < low) | (brightness > high)
    found["cutout"] = of_cutout("file", "")
    why = of_cutout("reason", "no cut-out within 1 arcsec")
    found["reason"] = np.where(np.isfinite(found["p_network"]), "", why)
    return _described(found)


def _cutout_of(objects, judged):
    """Row of the cut-out of each object, -1 where it has none."""
    row = np.full(len(objects), -1)
    placed = np.flatnonzero(np.isfinite(judged["ra"]))
    if len(placed):
        nearest, apart = photometry.nearest(photometry.coordinates(objects), judged[placed])
        row = np.where(apart <= SAME, placed[nearest], -1)
    if "objid" in objects.colnames:
        named = {number: k for k, number in enumerate(judged["objid"].tolist()) if number > 0}
        numbers = identifiers(objects["objid"], "objid", int).tolist()
        row = [named.get(number, k) for number, k in zip(numbers, row, strict=True)]
    return np.asarray(row)


def _is_star(objects):
    star = np.zeros(len(objects), dtype=bool)
    if "star" in objects.colnames:
        star |= np.asarray(objects["star"])
    if "redshift" in objects.colnames:
        star |= photometry.kind(objects["redshift"]) == "star"
    if "r50" in objects.colnames:
        star |= np.asarray(objects["r50"], dtype=float) <= SMALLEST
    return star


def _calibrated(objects, probability, magnitude):
    """Fit the probability to the labels by magnitude and distance; out of fold for labelled rows.

    Logistic regression on the logit of the probability, magnitude, logarithm of the distance, and
    whether the object trained (other networks judge it then), and their products. As it is where
    labels of a class are too few.
    """
    from scipy.special import logit
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    label = np.asarray(objects["label"])
    judged = np.isfinite(probability)
    known = judged & (label >= 0)
    if min(np.sum(known & (label == k)) for k in (0, 1)) < FEWEST:
        return probability
    given = [name for name in (magnitude, "distance", "trained") if name in objects.colnames]
    features = {name: np.asarray(objects[name], dtype=float) for name in given}
    if "distance" in features:
        features["distance"] = np.log10(np.maximum(features["distance"], 0.1))
    x = np.column_stack([logit(np.clip(probability, 1e-4, 1 - 1e-4)), *features.values()])
    model = make_pipeline(
        SimpleImputer(), StandardScaler(), PolynomialFeatures(2), LogisticRegression(C=1.0)
    )
    group = photometry.match_groups(photometry.coordinates(objects))[known]
    result = probability.copy()
    result[known] = baselines.out_of_fold(model, x[known], label[known], group, 5, 0)
    rest = judged & ~known
    if rest.any():
        result[rest] = model.fit(x[known], label[known]).predict_proba(x[rest])[:, 1]
    return result


def _described(table):
    """Put the columns in order and give them description, unit and UCD."""
    table = table[[name for name in COLUMNS if name in table.colnames]]
    for name in table.colnames:
        about, column = COLUMNS[name], table[name]
        told = {"description": about["description"], "meta": {"ucd": about["ucd"]}}
        table[name] = Column(column, unit=column.unit or about["unit"] or None, **told)
    return table


def write(table, out):
    """Write a catalogue as ECSV, FITS and VOTable, each whole or not at all.

    Parameters
    ----------
    table : Table
        As `catalogue` returns it; ``meta`` of plain values.
    out : path-like
        Without an ending.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    ValueError
        If a column cannot be kept in one of the formats.
    """
    ecsv, fits, votable = paths = [Path(f"{out}{ending}") for ending in FORMATS]
    tables.write(table, ecsv)
    tables.write(table, fits)
    with files.replacing(votable) as temporary:
        table.write(temporary, format="votable", overwrite=True)
    return paths
