"""Perseus: cut-outs and tables of cluster and background galaxies (Pruitt 2024).

Archive layout, in the folder ``perseus/``:

``pcc_catalogue_wittmann2019.txt``
    The Perseus Cluster Catalogue, see `galutils.surveys.perseus.wittmann2019`.
``pcc_cutouts/``
    Cut-outs of its objects named by position, see `galutils.surveys.perseus.cutouts`.
``cutouts/``
    The training objects, with the label in the name: catalogue objects not
    fainter than 19.4, labelled by class, and objects of the search within 45
    arcmin, labelled by redshift.
``pcc_sdss_crossmatch.csv``
    SDSS photometry of bright catalogue objects: ``name``, ``labels``, ``reds``
    (percentage of red pixels), ``type`` (GALAXY or STAR) besides the
    photometric columns of `galutils.surveys.skyserver`. Near the bright
    galaxies of the cluster centre it took the wrong SDSS object, up to two
    arcmin away; that photometry is not joined.
``sdss_spec_search_45arcmin.csv``, ``sdss_search_90arcmin.csv``
    SkyServer exports: objects with spectra around the cluster centre, the
    first with flags and spectral class.
``published_independent_test_predictions.csv`` (optional)
    The independent test of the thesis with its true and predicted labels.
``independent_cutouts/`` (optional)
    Cut-outs of objects of the wider search outside the training set.
"""

import numpy as np
from astropy.table import vstack

from galutils import surveys
from galutils.physics import photometry
from galutils.physics.photometry import coordinates, nearest
from galutils.store.files import expect
from galutils.store.sample import rejections
from galutils.surveys import skyserver
from galutils.surveys.perseus import crossmatch as perseus_crossmatch
from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019
from galutils.surveys.perseus.crossmatch import SAME
from galutils.surveys.perseus.cutouts import list_cutouts, read_cutouts, read_images

CATALOGUE, CROSSMATCH = "pcc_catalogue_wittmann2019.txt", "pcc_sdss_crossmatch.csv"
SPECTROSCOPIC, SEARCH = "sdss_spec_search_45arcmin.csv", "sdss_search_90arcmin.csv"
PREDICTIONS = "published_independent_test_predictions.csv"
TRAINING, PCC_CUTOUTS, INDEPENDENT = "cutouts", "pcc_cutouts", "independent_cutouts"
NEEDED = (CATALOGUE, CROSSMATCH, SPECTROSCOPIC, SEARCH, TRAINING)
SPECTROSCOPIC_COLUMNS = (*skyserver.SPECTRUM, "spectral_class", "flags")


def archive(root, source):
    """Return the folder of the archive's files and the ``meta`` of samples of them."""
    folder, source = surveys.locate("perseus", NEEDED, root, source)
    return folder, surveys.meta("perseus", folder, source)


def opened(root, source):
    """Return the folder, the catalogue with the meta of `archive`, and lines that are left out."""
    folder, about = archive(root, source)
    catalogue, lines = perseus_wittmann2019.read(folder / CATALOGUE)
    catalogue.meta = about
    return folder, catalogue, lines


def load_catalogue(root=None, source="auto"):
    """Read the Perseus Cluster Catalogue.

    Parameters
    ----------
    root : path-like, optional
        Folder that holds ``perseus/``; ``$GALUTILS_DATA`` or ``data/`` otherwise.
    source : {'auto', 'archive', 'mock'}
        Which files to read; 'auto' takes the archive where it is complete.

    Returns
    -------
    sample, rejected : Table
        As of `galutils.surveys.perseus.wittmann2019.read`.

    Raises
    ------
    ArchiveError
        If a file of the archive is missing or no line can be read.
    """
    return opened(root, source)[1:]


def load_training(root=None, source="auto"):
    """Read the labelled cut-outs with what the tables know about their objects.

    Parameters
    ----------
    root, source
        As of `load_catalogue`.

    Returns
    -------
    sample : Table
        One row for each cut-out, by file name: ``image`` uint8 (n, 200, 200, 3);
        ``file`` str; ``ra``, ``dec`` float64, deg; ``label`` int64 of the file
        name, 1 member, 0 background; ``origin`` str, ``catalogue`` or
        ``spectroscopic``, the table whose position the cut-out has; ``group``
        int64, the galaxy (positions within 3 arcsec), and ``galaxy`` str, the
        position of its first cut-out; ``conflict`` bool, its cut-outs differ in
        label; ``distance`` float64, arcmin from the cluster centre. From the row
        within 1 arcsec of a table, NaN, -1 or '' where
        there is none: ``pcc``, ``class_name``, ``nucleation`` and ``v_mag`` of
        the catalogue; ``redshift``, ``spectral_class`` and ``flags`` of the
        spectroscopic search; ``objid``, ``r``, ``u_g``, ``g_z``, ``g_r``,
        ``g_i``, ``r_i``, ``r_z`` (mag) and ``petro_rad`` (arcsec) of that
        search, else of the cross-match; ``extinction_v`` (mag), A_V of the dust
        of our own Galaxy by that search, else by the catalogue; ``type`` and
        ``reds`` (per cent) of the cross-match, by catalogue name. ``star`` bool: its spectrum or
        photometric type is a star's; such rows stay in the sample.
        ``contradiction`` str: what a table says against the label, which
        stands all the same.
    rejected : Table
        ``name`` and ``reason`` of each cut-out left out (damaged, of another
        size, without label or table row) and each table row that cannot be
        used.

    Raises
    ------
    ArchiveError
        If a file of the archive is missing, lacks a column or holds no row.
    """
    folder, catalogue, lines = opened(root, source)
    listing, unknown = list_cutouts(folder / TRAINING)
    spectra, rows = skyserver.read(folder / SPECTROSCOPIC, SPECTROSCOPIC_COLUMNS)
    matched, apart = perseus_crossmatch.read_crossmatch(folder / CROSSMATCH, catalogue)
    listing, unlocated = perseus_crossmatch.located(listing, matched, spectra)
    listing, unusable = perseus_crossmatch.usable(listing, catalogue, spectra)
    sample, damaged = read_images(folder / TRAINING, listing)
    expect(len(sample), folder / TRAINING, "images", "none that can be used")

    perseus_crossmatch.join(sample, catalogue, spectra, matched)
    positions = coordinates(sample)
    sample["group"] = photometry.match_groups(positions)
    _, first = np.unique(sample["group"], return_index=True)
    places = [f"{ra:.4f} {dec:.4f}" for ra, dec in sample["ra", "dec"][first].iterrows()]
    sample["galaxy"] = np.array(places)[sample["group"]]
    sample["conflict"] = photometry.conflicts(sample["group"], sample["label"])
    sample["distance"] = positions.separation(photometry.CENTRE).to("arcmin")
    sample.meta = catalogue.meta
    return sample, vstack([unknown, unlocated, unusable, damaged, lines, rows, apart])


def without_cutout(folder):
    """Return the objects of the wider search of which no training cut-out is within 3 arcsec.

    Parameters
    ----------
    folder : pathlib.Path
        Of the archive; without training cut-outs these are all objects.

    Returns
    -------
    Table
        As of `galutils.surveys.skyserver.read`.

    Raises
    ------
    ArchiveError
        If the search is missing or damaged.
    """
    search, _ = skyserver.read(folder / SEARCH)
    if not (folder / TRAINING).is_dir():
        return search
    training, _ = perseus_crossmatch.located(list_cutouts(folder / TRAINING)[0], search)
    return search[nearest(coordinates(search), training)[1] > photometry.SEPARATION]


def _published(folder, objid):
    """Label that the thesis predicted, -1 where it predicted none."""
    if not (folder / PREDICTIONS).is_file():
        return np.full(len(objid), -1), rejections([])
    table, rejected = skyserver.read(folder / PREDICTIONS, required=("predicted_label",))
    labels = dict(zip(table["objid"].tolist(), table["predicted_label"].tolist(), strict=True))
    return np.array([labels.get(number, -1) for number in objid.tolist()]), rejected


def _with_images(sample, folder):
    """Rows of the sample that have a cut-out, with it; the reasons for rows and files without."""
    cutouts, damaged = read_cutouts(folder)
    cutouts, unlocated = perseus_crossmatch.located(cutouts, sample)
    row, separation = nearest(coordinates(sample), cutouts)
    near = separation <= SAME
    expect(near.any(), folder, "cut-outs of independent objects")
    reason = "expected an object of the independent sample of its own"
    rejected = [(name, reason) for name in np.delete(cutouts["file"].data, row[near])]
    reason = f"expected a cut-out in {INDEPENDENT}"
    rejected += [(f"{SEARCH} objid {number}", reason) for number in sample["objid"][~near]]
    result = sample[near]
    result["image"] = cutouts["image"][row[near]]
    return result, vstack([damaged, unlocated, rejections(rejected)])


def load_independent(root=None, source="auto"):
    """Read the objects of the wider search that are not in the training set.

    The thesis takes its training objects off the search within 90 arcmin and
    tests on 335 objects: all 330 beyond the 45 arcmin of the training search,
    and 5 within. Of these 5 the archive has 4 among its training cut-outs, the
    only over-red ones of that search, so that the thesis presumably had not
    trained on them; here they are no independent objects. In return 42 objects
    within 45 arcmin are, since the archive lacks their training cut-outs. The
    published test set is ``sample["published"] >= 0``, but for those 4.

    Parameters
    ----------
    root, source
        As of `load_catalogue`.

    Returns
    -------
    sample : Table
        One row for each object of which no training cut-out lies within 3
        arcsec, in the order of the search: the columns of
        `galutils.surveys.skyserver.read`, with ``distance`` in arcmin;
        ``label`` int64, 1 where 0.01 < z < 0.033; ``published`` int64, the
        label predicted by the thesis, -1 where there is none; where the folder
        ``independent_cutouts`` is, ``image`` uint8 (n, 200, 200, 3), and only
        rows that have one.
    rejected : Table
        ``name`` and ``reason`` of each row and cut-out left out.

    Raises
    ------
    ArchiveError
        If a file of the archive is missing, lacks a column or holds no row.
    """
    folder, about = archive(root, source)
    search, rejected = skyserver.read(folder / SEARCH, required=(*skyserver.SPECTRUM, "distance"))
    listing, unknown = list_cutouts(folder / TRAINING)
    training, _ = perseus_crossmatch.located(listing, search)
    row, separation = nearest(coordinates(search), training)
    near, blank = separation <= photometry.SEPARATION, np.isnan(search["redshift"])
    reasons = []
    for k in np.flatnonzero(near | blank):
        why = f"training cut-out {training['file'][row[k]]}" if near[k] else "expected a redshift"
        reasons.append((f"{SEARCH} objid {search['objid'][k]}", why))
    sample = search[~near & ~blank]
    expect(len(sample), folder / SEARCH, f"objects outside {TRAINING}")
    sample["label"] = photometry.is_member_redshift(sample["redshift"]).astype(np.int64)
    sample["published"], unread = _published(folder, sample["objid"])
    rejected = vstack([rejected, unknown, rejections(reasons), unread])
    if (folder / INDEPENDENT).is_dir():
        sample, without = _with_images(sample, folder / INDEPENDENT)
        rejected = vstack([rejected, without])
    sample.meta = about
    return sample, rejected
