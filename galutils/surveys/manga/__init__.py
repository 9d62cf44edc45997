"""MaNGA: stellar velocity fields with an expert's judgement of them.

Archive layout, in the folder ``manga/``:

``stellar_velocity_fields.h5``
    One HDF5 dataset for each observation, named by plate and IFU
    (``10001-12701``): float32 (ny, nx), km/s, NaN outside, cropped to the data.
    Row 0 is south, columns grow westward. Attributes of a dataset: ``dpix``,
    the side of a spaxel (0.5 arcsec); ``east0`` and ``north0``, offsets of
    spaxel (0, 0) from the galaxy centre in arcsec, so that the centre lies at
    column ``east0 / dpix`` and row ``-north0 / dpix``, both counted from 0;
    ``vmin`` and ``vmax``, at which velocities are clipped (km/s).
``labels.csv``
    One row for each observation, joined by ``plateifu``. Blank fields were not
    measured or judged; the NSA columns write -9999 for that too.
``lambda_re_pipe3d.csv`` or a catalogue of the archive (optional)
    Published lambda_R of most of them, see `galutils.surveys.manga.rotation`.

``stel_qual`` is 2 for clean ordered rotation, 1 for a messy field, 0 for one
that is not usable; ``stel_feature`` 1 for a decoupled core, 2 for a warp, 3
for a merger, 0 for none. A ``stel_qual`` of 3 occurs twice, means nothing that
is documented, and counts as not judged.

The velocity fields are recovered from published plots (Duckworth et al. 2020);
some keep a systemic velocity, so every field has its median taken off. Repeat
observations of one galaxy share a ``mangaid``.
"""

import numpy as np
from astropy.nddata import extract_array
from astropy.table import Column, Table, vstack

from galutils import surveys
from galutils.store import hdf5, texts
from galutils.store.catalogues import Catalogue, once
from galutils.store.files import expect, require
from galutils.store.sample import read_each, rejections
from galutils.surveys.manga import rotation

FIELDS, LABELS = "stellar_velocity_fields.h5", "labels.csv"
SPAXEL = 0.5  # arcsec
# Odd, so that the galaxy centre is a spaxel; 24 of the 6258 fields reach beyond it.
SIZE = 73
CLASSES = {"stel_qual": (0, 1, 2), "stel_feature": (0, 1, 2, 3)}
FLAGS = {"FLAG_TT": "ttype_flag", "FLAG_S0": "p_s0_flag"}
# archive column: (column here, unit, description)
NUMBERS = {
    row["archive"]: (row["column"], row["unit"] or None, row["description"])
    for row in texts.beside(__file__, "labels.csv")
}


def _attribute(dataset, key):
    require(key in dataset.attrs, f"attribute {key}", "none")
    value = np.asarray(dataset.attrs[key])
    good = value.size == 1 and value.dtype.kind in "iuf"
    require(good, f"a number as attribute {key}", value.dtype)
    return value.item()


def read_field(archive, name):
    """Read one field onto the common grid.

    Parameters
    ----------
    archive : h5py.File
    name : str
        Of the dataset, which has ``dpix``, ``east0`` and ``north0``.

    Returns
    -------
    ndarray of float32, shape (73, 73)
        km/s as in the file, NaN outside, the galaxy centre on the middle spaxel.

    Raises
    ------
    ValueError
        If the dataset is something else, or has no number in it; says what is wrong.
    """
    field = hdf5.numbers(archive, name, 2, "km/s").astype(np.float32)
    east0, north0, dpix = (_attribute(archive[name], key) for key in ("east0", "north0", "dpix"))
    try:
        if dpix != SPAXEL:
            raise ValueError("spaxels of another side")
        centre = (round(-north0 / SPAXEL), round(east0 / SPAXEL))  # comes to the middle spaxel
        velocity = extract_array(field, (SIZE, SIZE), centre, fill_value=np.nan)
    except (ValueError, OverflowError):  # of the centre: NaN, or far outside
        raise ValueError(
            f"expected {SPAXEL} arcsec spaxels about a known centre, "
            f"received dpix {dpix}, east0 {east0}, north0 {north0}"
        ) from None
    require(np.isfinite(velocity).any(), "velocities", "no spaxel with one")
    return velocity


def _read_fields(path, known):
    """All readable fields that have a label row, and their medians; reasons for the others."""

    def field(name):
        require(name in known, f"a row in {LABELS}", "none")
        velocity = read_field(archive, name)
        systemic = np.nanmedian(velocity)
        return velocity - systemic, systemic

    with hdf5.opened(path) as archive:
        bad = (OSError, KeyError, TypeError, ValueError, RuntimeError)
        fields, rejected = read_each(archive, field, bad)
    expect(fields, path, "velocity fields", "none that can be read")
    return fields, [(name, f"{path.name}: {why}") for name, why in rejected]


def load_labels(folder):
    """Label columns under the project's names, sentinels made NaN or -1, once each observation."""
    labels = Catalogue(folder, [LABELS], texts=("plateifu", "mangaid"))
    table = Table({name: labels.identifiers([name]) for name in ("plateifu", "mangaid")})
    table["group"] = np.where(table["mangaid"] == "", table["plateifu"], table["mangaid"])
    for name, allowed in CLASSES.items():
        values = labels.integers([name])
        table[name] = np.where(np.isin(values, allowed), values, -1)
    for key, name in FLAGS.items():
        table[name] = labels.integers([key.lower()])
    for key, (name, unit, description) in NUMBERS.items():
        kind = np.float64 if name in ("ra", "dec") else np.float32
        values = labels.floats([key.lower()]).astype(kind)
        table[name] = Column(values, unit=unit, description=description)
    axis_ratio, mass = (labels.floats([f"nsa_elpetro_{name}"]) for name in ("ba", "mass"))
    axis_ratio[axis_ratio <= 0] = mass[mass <= 0] = np.nan  # 0 too where not measured
    table["ellipticity"] = (1 - axis_ratio).astype(np.float32)
    table["ellipticity"].description = "1 - NSA elliptical Petrosian axis ratio"
    table["log_mass"] = np.log10(mass).astype(np.float32)
    table["log_mass"].description = "log10 of NSA stellar mass in h^-2 solar masses"
    return once(table, table["plateifu"].data, "plateifu", labels.path)


def load_fields(root=None, source="auto"):
    """Read all stellar velocity fields with their labels.

    Parameters
    ----------
    root : path, optional
        Folder that holds ``manga/``; ``$GALUTILS_DATA`` or ``data/`` otherwise.
    source : {'auto', 'archive', 'mock'}
        Which files to read; 'auto' takes the archive where it is complete.

    Returns
    -------
    sample : Table
        One row for each observation, in the order of `plateifu`:
        ``plateifu`` and ``mangaid`` str ('' where blank); ``group`` str, the
        galaxy (`mangaid`, or `plateifu` where that is blank); ``velocity``
        float32 (n, 73, 73) km/s with its median taken off, NaN outside, the
        galaxy centre on the middle spaxel, row 0 south, columns westward;
        ``systemic`` float32 km/s, the median taken off; ``stel_qual`` and
        ``stel_feature`` int64, -1 where not judged; ``ttype_flag`` and
        ``p_s0_flag`` int64, 0 good, -1 blank; ``ellipticity``, ``log_mass``,
        ``r_e``, ``sersic_n``, ``redshift``, ``ttype``, ``lambda_r`` and the
        others of `NUMBERS`, NaN where not measured; the columns of
        `galutils.surveys.manga.rotation.add_class`, among them ``rotator`` int64,
        1 fast, 0 slow, -1 where not known.
    rejected : Table
        ``plateifu`` and ``reason`` of every field or label row left out.

    Raises
    ------
    ArchiveError
        If a file is missing, damaged as a whole, or lacks a column.
    """
    folder, source = surveys.locate("manga", (FIELDS, LABELS), root, source)
    labels, repeated = load_labels(folder)
    row = {name: row for row, name in enumerate(labels["plateifu"].tolist())}
    fields, unread = _read_fields(folder / FIELDS, row)
    without = sorted(row.keys() - fields.keys() - {name for name, _ in unread})
    reason = f"{FIELDS}: expected a dataset, received none"
    unread += [(name, reason) for name in without]

    sample = labels[[row[name] for name in fields]]
    velocity, systemic = zip(*fields.values(), strict=True)
    sample["systemic"] = Column(np.array(systemic, dtype=np.float32), unit="km/s")
    sample["velocity"] = Column(np.stack(velocity), unit="km/s")
    sample.meta = surveys.meta("manga", folder, source)
    published, again = rotation.load(folder)
    rotation.add_class(sample, published)
    rejected = vstack([repeated, again, rejections(unread)])
    rejected.rename_column("name", "plateifu")
    return sample, rejected
