"""Real SAMI maps that were recovered from published figures, where the archive's files are missing.

Archive layout: ``sami/maps_from_plots.h5``, one group for each galaxy, named by its catid, with
``vel`` and ``sig`` (km/s) and ``flux`` (arbitrary unit) of 50x50 spaxels of 0.5 arcsec. Velocities
are clipped where the figures' colour bars end, at 150 km/s; there are no errors. The catalogues of
`galutils.surveys.sami` beside the file give the published quantities.
"""

import numpy as np
from astropy.table import Table

from galutils.physics import kinematics
from galutils.store import hdf5
from galutils.store.files import ArchiveError, require
from galutils.store.identifiers import identifiers
from galutils.store.sample import read_each
from galutils.surveys import archive_root, meta, sami
from galutils.surveys.sami import catalogue as sami_catalogue

FILE = "sami/maps_from_plots.h5"
# ours: (name in the file, unit)
MAPS = {"velocity": ("vel", "km/s"), "sigma": ("sig", "km/s"), "flux": ("flux", "")}


def load(root=None):
    """Read the recovered maps with their catalogue values; none where there is no file.

    Parameters
    ----------
    root : path-like, optional
        Root of the archives, see `galutils.surveys.archive_root`.

    Returns
    -------
    sample : astropy.table.Table
        One row for each galaxy, by catid: ``catid`` (int64), ``velocity``, ``sigma`` and ``flux``
        as float32 (n, 50, 50), NaN where not measured, row 0 south, columns westward; the numbers
        of `galutils.surveys.sami.load_catalogue`, NaN where a catalogue lacks the galaxy, and
        ``label``, whose definition is ``meta["label"]``.
    rejected : astropy.table.Table
        ``catid`` (as it stands in the file) and ``reason`` of each group that is damaged.

    Raises
    ------
    ArchiveError
        If the file or a catalogue is there and cannot be read; names the file.
    """
    root = archive_root(root)
    maps, rejected = _read(root / FILE) if (root / FILE).exists() else ({}, [])
    folder = root / "sami"
    units = {name: unit for name, (_, unit) in MAPS.items()}
    sample = sami.with_catalogue(maps, units, folder, sami_catalogue.best_cubes(folder))
    sample.meta = meta("sami_recovered", folder, "archive")
    sample.meta |= {"label": kinematics.ROTATOR_CLASS, "spaxel": sami.SPAXEL}
    return sample, Table(rows=rejected, names=("catid", "reason"), dtype=(str, str))


def _read(path):
    """Read the maps of every group, and the reasons why others are left out."""
    seen = set()

    def of_group(name):
        catid = int(identifiers([name], "the name of a group", int)[0])
        require(catid > 0 and catid not in seen, "each catid once, above 0", "another")
        maps = {key: _map(archive[name], *one) for key, one in MAPS.items()}
        seen.add(catid)
        return catid, maps

    with hdf5.opened(path, "maps of SAMI galaxies in HDF5") as archive:
        bad = (ValueError, AttributeError, ArchiveError)
        found, rejected = read_each(archive, of_group, bad)
    return dict(found.values()), rejected


def _map(group, name, unit):
    """Read one map of the survey's shape with at least one number."""
    values = hdf5.numbers(group, name, 2, unit)
    if values.shape != sami.SHAPE or not np.isfinite(values).any():
        raise ArchiveError(f"{name}: expected numbers in {sami.SHAPE}, received {values.shape}")
    return values
