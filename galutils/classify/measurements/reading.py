"""From a file, or an entry of one, to the maps of a galaxy.

=============  =====================================================================
file           what is read
=============  =====================================================================
MaNGA MAPS     as `galutils.surveys.manga.dap_maps` does: HDUs by name, masks, bins
SAMI DR2, DR3  the file of velocities, and beside it that of dispersions
tables         bins of ATLAS3D and CALIFA by the columns of ``names.yml``
other FITS     HDUs by their names (``VEL``, ``SIG``, ``FLUX``, ``VEL_ERR``), or those
               that a layout names; Hector's products are read like this
HDF5           a group a galaxy with such names; MaNGA's recovered velocity fields; or
               stacks (n, ny, nx) of one file, which a layout may name
=============  =====================================================================

Units, spaxels, north and the centre are those of the header. Where it is silent a flag says so;
nothing is guessed but that a velocity without a unit is in km/s.
"""

from pathlib import Path

import numpy as np
from astropy.table import Column

from galutils.classify.measurements.galaxy import MAPS, Galaxy, on_map
from galutils.classify.measurements.layouts import NAMES, by_name
from galutils.store import fits_files, hdf5, measured
from galutils.store.files import expect
from galutils.surveys import manga
from galutils.surveys.manga import dap_maps

VELOCITY_FILE, SIGMA_FILE = "stellar-velocity_", "stellar-velocity-dispersion_"


def is_second(path):
    """Tell whether a file holds only the dispersions that go with another file's velocities."""
    path = Path(path)
    first = path.with_name(path.name.replace(SIGMA_FILE, VELOCITY_FILE))
    return SIGMA_FILE in path.name and first.is_file()


def of_file(path, layout):
    """Read the galaxy of a FITS file.

    Parameters
    ----------
    path : path-like
    layout : galutils.classify.measurements.layouts.Layout

    Returns
    -------
    Galaxy

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, or has no velocity; names what was expected.
    """
    path = Path(path)
    with fits_files.opened(path, "maps of stellar velocity in FITS") as hdus:
        if "STELLAR_VEL" in hdus and not layout.hdus:
            return _of_dap(path, hdus)
        images = {k: hdu for k, hdu in enumerate(hdus) if hdu.is_image and len(hdu.shape) == 2}
        if not images:
            return _of_bins(path, hdus, layout)
        maps, header = _images(path, hdus, images, layout)
        name = _name(path, hdus[0].header)
        header = header if "CTYPE1" in header else hdus[0].header
    other = path.with_name(path.name.replace(VELOCITY_FILE, SIGMA_FILE))
    if other != path and other.is_file():
        with fits_files.opened(other, "maps of stellar velocity dispersion in FITS") as hdus:
            maps["sigma"] = _values(hdus[0], layout.unit)
            if "SIG_ERR" in hdus:
                maps["sigma_error"] = _values(hdus["SIG_ERR"], layout.unit)
    steps, centre = _geometry(header, maps["velocity"].shape, layout)
    return on_map(maps, steps, centre, name=name, shape=layout.shape)


def _name(path, header):
    """Return what catalogues call a galaxy: CATID, PLATEIFU, OBJECT, or how its file begins."""
    for key in ("CATID", "PLATEIFU"):
        if str(header.get(key, "")).strip():
            return str(header[key]).strip()
    found = dap_maps.NAME.match(path.name)
    stem = path.name.partition(".")[0]
    return found[1] if found else stem.partition("_")[0] if VELOCITY_FILE in stem else stem


def _values(hdu, unit, name="velocity"):
    """Return a map in km/s, or as it is in case of the flux."""
    received = hdu.header.get("BUNIT") or hdu.header.get("UNIT") or unit
    scale = 1.0 if name == "flux" else measured.factor(received, "km/s", hdu.name)
    return measured.floats(hdu.data).astype(float) * scale


def _images(path, hdus, images, layout):
    """Return the maps of a FITS file by the layout or by names, and the header of the first."""
    if layout.hdus:
        for key in layout.hdus.values():
            good = key in images if isinstance(key, int) else key in hdus
            expect(good, path, f"HDU {key}", ", ".join(hdu.name for hdu in hdus))
        places = {name: hdus[key] for name, key in layout.hdus.items()}
        expect("velocity" in places, path, "a layout with a velocity", ", ".join(places))
    else:
        named = {hdu.name: hdu for hdu in images.values()}
        places = {name: named[one] for name, one in by_name(list(named)).items()}
        expect("velocity" in places, path, "an HDU called a velocity", ", ".join(named))
    maps = {name: _values(hdu, layout.unit, name) for name, hdu in places.items()}
    mask = f"{places['velocity'].name}_MASK" if layout.mask is None else layout.mask
    if layout.mask is not None or mask in hdus:
        bad = measured.floats(hdus[mask].data) != 0
        maps = {name: np.where(bad, np.nan, values) for name, values in maps.items()}
    one_shape(maps, path)
    return maps, places["velocity"].header


def one_shape(maps, path):
    """Refuse maps of several shapes."""
    shapes = {values.shape for values in maps.values()}
    expect(len(shapes) == 1, path, "maps of one shape", sorted(shapes))


def _geometry(header, shape, layout):
    """Return steps and centre by the header's WCS, or by the layout."""
    from astropy.wcs import WCS

    if not str(header.get("CTYPE1")).startswith("RA"):
        return layout.spaxel, layout.centre
    world = WCS(header, naxis=2)
    matrix = world.pixel_scale_matrix * 3600  # columns and rows to east and north
    steps = [[-matrix[0, 0], matrix[1, 0]], [-matrix[0, 1], matrix[1, 1]]]
    place = tuple(float(k) - 1 for k in world.wcs.crpix)
    near = all(abs(k - (n - 1) / 2) <= 2 for k, n in zip(place, shape[::-1], strict=True))
    return steps, layout.centre or (place if near else None)


def _of_dap(path, hdus):
    maps = dap_maps.load(path)
    centre = None
    if "SPX_SKYCOO" in hdus:
        east, north = np.asarray(hdus["SPX_SKYCOO"].data[:2], dtype=float)
        row, column = (n // 2 for n in north.shape)  # offsets grow evenly from any spaxel
        step = dap_maps.SPAXEL
        centre = column + east[row, column] / step, row - north[row, column] / step
    shape = {name: maps[name] for name in ("r_e", "ellipticity", "position_angle")}
    kept = {name: maps[name] for name in MAPS}
    name = maps["plateifu"]
    return on_map(kept, dap_maps.SPAXEL, centre, bins=maps["bin"], shape=shape, name=name)


def _of_bins(path, hdus, layout):
    """Read a table of bins; offsets `x` grow to the west, as ATLAS3D's ``A`` does."""
    table = fits_files.table(hdus, 1, path)
    lower = {name.lower().replace("-", "_"): name for name in table.colnames}
    found = {}
    for ours, names in NAMES["bins"].items():
        names = [str(layout.hdus[ours]).lower()] if ours in layout.hdus else names
        name = next((lower[one] for one in names if one in lower), None)
        if name is not None:
            unit = "arcsec" if ours in ("x", "y") else MAPS[ours]
            found[ours] = measured.floats(table[name], unit, name).astype(float)
    lacking = {"x", "y", "velocity"} - found.keys()
    received = ", ".join(table.colnames)
    expect(not lacking, path, f"columns of {', '.join(sorted(lacking))}", received)
    x, y = found.pop("x"), found.pop("y")
    good = np.isfinite(x + y)
    maps = {name: values[good] for name, values in found.items()}
    return Galaxy(maps, x[good], y[good], shape=dict(layout.shape), name=path.name.split("_")[0])


def of_entry(file, name, row, layout):
    """Read the galaxy of a group, of a dataset, or of one row of stacks, of an HDF5 file.

    Parameters
    ----------
    file : path-like
    name : str
        Of the group or dataset.
    row : int
        Of stacks.
    layout : galutils.classify.measurements.layouts.Layout

    Returns
    -------
    Galaxy

    Raises
    ------
    ArchiveError, ValueError
        If it has no maps; says what was expected.
    """
    with hdf5.opened(file) as archive:
        entry = archive[name]
        about, centre = {"name": name, "shape": layout.shape}, layout.centre
        spaxel = entry.attrs.get("spaxel", entry.attrs.get("dpix", layout.spaxel))
        if not hasattr(entry, "shape"):
            maps = _group(entry, layout)
        elif entry.ndim == 2 and "east0" in entry.attrs:
            maps, spaxel, centre = {"velocity": manga.read_field(archive, name)}, manga.SPAXEL, None
        elif entry.ndim == 2:
            maps = {"velocity": hdf5.numbers(archive, name, 2, "km/s")}
        else:
            maps, about["name"] = _rows(archive, name, row, layout), ""
        one_shape(maps, about["name"])
        maps = {ours: values.astype(float) for ours, values in maps.items()}
        return on_map(maps, None if spaxel is None else float(spaxel), centre, **about)


def _group(group, layout):
    names = layout.hdus or by_name(list(group))
    expect("velocity" in names, group.name, "a velocity", ", ".join(group))
    return {ours: hdf5.numbers(group, key, 2, MAPS[ours] or "") for ours, key in names.items()}


def _rows(archive, name, row, layout):
    shape, maps = archive[name].shape, {}
    alike = [key for key in archive if getattr(archive[key], "shape", ()) == shape]
    for ours, key in ((layout.hdus or by_name(alike)) | {"velocity": name}).items():
        values = Column(archive[key][row], unit=hdf5.unit_of(archive[key].attrs))
        maps[ours] = measured.floats(values, MAPS[ours], key)
    return maps
