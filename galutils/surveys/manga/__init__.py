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

``stel_qual`` is 2 for clean ordered rotation, 1 for a messy field, 0 for one
that is not usable; ``stel_feature`` 1 for a decoupled core, 2 for a warp, 3
for a merger, 0 for none. A ``stel_qual`` of 3 occurs twice, means nothing that
is documented, and counts as not judged.

The velocity fields are recovered from published plots (Duckworth et al. 2020);
some keep a systemic velocity, so every field has its median taken off. Repeat
observations of one galaxy share a ``mangaid``.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.nddata import extract_array
from astropy.table import Column, Table

from galutils import surveys
from galutils.store import files, hdf5, texts
from galutils.store.files import expect, first
from galutils.store.sample import rejections
from galutils.surveys import locate

FIELDS, LABELS = "stellar_velocity_fields.h5", "labels.csv"
CITATION = (
    "Bundy et al. (2015), ApJ 798, 7; Duckworth et al. (2020), MNRAS 492, 1869; "
    "Dominguez Sanchez et al. (2018), MNRAS 476, 3661; Zhu et al. (2023), MNRAS 522, 6326"
)
SPAXEL = 0.5  # arcsec
# Odd, so that the galaxy centre is a spaxel; 24 of the 6258 fields reach beyond it.
SIZE = 73
CLASSES = {"stel_qual": (0, 1, 2), "stel_feature": (0, 1, 2, 3)}
FLAGS = {"FLAG_TT": "ttype_flag", "FLAG_S0": "p_s0_flag"}
# archive column: (column here, unit, description)
NUMBERS = {
    row["archive"]: (row["column"], row["unit"] or None, row["description"])
    for row in texts.records(Path(__file__).with_name("labels.csv"))
}
REQUIRED = ["plateifu", "mangaid", *CLASSES, *FLAGS, *NUMBERS, "nsa_elpetro_ba", "nsa_elpetro_mass"]


def _complete(folder):
    return (folder / FIELDS).is_file() and (folder / LABELS).is_file()


def _read_labels(path):
    text = texts.read(path, "a table of labels")
    texts.check(path, text)
    with files.guarded(path, "a table of labels"):
        dtypes = {"plateifu": str, "mangaid": str}
        labels = pd.read_csv(io.StringIO(text), dtype=dtypes, index_col=False)
    missing = sorted(set(REQUIRED) - set(labels.columns))
    expect(not missing, path, f"column {' and '.join(missing)}", list(labels.columns))
    expect(len(labels), path, "rows")
    for name in REQUIRED[2:]:
        values = pd.to_numeric(labels[name], errors="coerce").astype(float)
        bad = values.isna() & labels[name].notna() | np.isinf(values)
        if name in (*CLASSES, *FLAGS):
            bad |= values % 1 > 0
        bad |= labels[name].dtype == bool
        expect(not bad.any(), path, f"numbers in {name}", first(labels[name][bad].tolist()))
        labels[name] = values
    return labels


def _attribute(dataset, key):
    if key not in dataset.attrs:
        raise ValueError(f"expected attribute {key}, received none")
    value = np.asarray(dataset.attrs[key])
    if value.size != 1 or value.dtype.kind not in "iuf":
        raise ValueError(f"expected a number as attribute {key}, received {value.dtype}")
    return value.item()


def _read_field(archive, name):
    """Velocity on the common grid and its median; ValueError says what is wrong."""
    field = hdf5.numbers(archive, name, 2).astype(np.float32)
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
    velocity[np.isinf(velocity)] = np.nan
    if np.isnan(velocity).all():
        raise ValueError("expected velocities, received no spaxel with one")
    systemic = np.nanmedian(velocity)
    return velocity - systemic, systemic


def _read_fields(path, known):
    """All readable fields that have a label row, by name, and the reasons for the others."""
    fields, rejected = {}, []
    with hdf5.opened(path) as archive:
        for name in archive:
            try:
                if name not in known:
                    raise ValueError(f"expected a row in {LABELS}, received none")
                fields[name] = _read_field(archive, name)
            except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
                rejected.append((name, f"{path.name}: {error}"))
    expect(fields, path, "velocity fields", "none that can be read")
    return fields, rejected


def _positive(values):
    """NSA values, NaN where the catalogue writes -9999 or 0 for 'not measured'."""
    return values.where(values > 0).to_numpy()


def _columns(labels):
    """Label columns under the project's names, sentinels made NaN or -1."""
    table = Table({"plateifu": labels["plateifu"].to_numpy(dtype=str)})
    table["mangaid"] = labels["mangaid"].fillna("").to_numpy(dtype=str)
    table["group"] = labels["mangaid"].fillna(labels["plateifu"]).to_numpy(dtype=str)
    for key, allowed in CLASSES.items():
        table[key] = labels[key].where(labels[key].isin(allowed), -1).to_numpy(dtype=int)
    for key, name in FLAGS.items():
        table[name] = labels[key].fillna(-1).to_numpy(dtype=int)
    for key, (name, unit, description) in NUMBERS.items():
        values = labels[key].where(labels[key] > -999).to_numpy()
        values = values.astype(np.float32 if name not in ("ra", "dec") else np.float64)
        table[name] = Column(values, unit=unit, description=description)
    table["ellipticity"] = (1 - _positive(labels["nsa_elpetro_ba"])).astype(np.float32)
    table["ellipticity"].description = "1 - NSA elliptical Petrosian axis ratio"
    table["log_mass"] = np.log10(_positive(labels["nsa_elpetro_mass"])).astype(np.float32)
    table["log_mass"].description = "log10 of NSA stellar mass in h^-2 solar masses"
    return table


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
        others of `NUMBERS`, NaN where not measured.
    rejected : Table
        ``plateifu`` and ``reason`` of every field or label row left out.

    Raises
    ------
    ArchiveError
        If a file is missing, damaged as a whole, or lacks a column.
    """
    folder, source = locate("manga", _complete, root, source)
    expect(_complete(folder), folder, f"{FIELDS} and {LABELS}", "at most one")
    labels = _read_labels(folder / LABELS)
    repeated = labels["plateifu"].isna() | labels["plateifu"].duplicated()
    reason = f"{LABELS}: expected a row of its own, received a repeated or blank name"
    rejected = [(name, reason) for name in labels["plateifu"][repeated]]
    labels = labels[~repeated]
    fields, unread = _read_fields(folder / FIELDS, set(labels["plateifu"]))
    without = sorted(set(labels["plateifu"]) - set(fields) - {name for name, _ in unread})
    reason = f"{FIELDS}: expected a dataset, received none"
    rejected += unread + [(name, reason) for name in without]

    sample = _columns(labels.set_index("plateifu", drop=False).loc[list(fields)])
    velocity, systemic = zip(*fields.values(), strict=True)
    sample["systemic"] = Column(np.array(systemic, dtype=np.float32), unit="km/s")
    sample["velocity"] = Column(np.stack(velocity), unit="km/s")
    sample.meta = surveys.meta("MaNGA", "MPL-8", folder, source, CITATION)
    reasons = rejections([(str(name), reason) for name, reason in rejected])
    reasons.rename_column("name", "plateifu")
    return sample, reasons
