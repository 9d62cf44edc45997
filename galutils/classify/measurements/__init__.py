"""Measure stellar kinematics from maps of any survey: from a folder of files to a table.

``galutils.measure`` is `measure`. What is read of a file is told in ``reading``, what is measured
in ``quantities``.
"""

from galutils.classify import engine

__all__ = ["measure", "sample"]

CHUNK = 128
NETWORK = "manga_rotation"


def measure(
    inputs, out, catalogues=(), layout=None, spaxel=None, fwhm=None, network=NETWORK, draws=100,
    permutations=199, seed=0, chunk=CHUNK, workers=None, scheduler=None, tell=None,
):  # fmt: skip
    """Measure rotation, shape and order of every galaxy, with errors, or say why not.

    Parameters
    ----------
    inputs : path-like, sequence of path-like, or Files or Stack
        As of `galutils.classify.classify`: folders and files of FITS, or one HDF5 file.
    out : path-like
        ``.csv`` or ``.parquet``, written whole or not at all. A row for each galaxy: ``id``,
        ``file``, ``name`` (of the catalogue), the numbers of
        `galutils.classify.measurements.quantities.NUMBERS`, NaN where not measured; ``class`` by
        the boundary of Emsellem et al. (2011) and ``class_2016`` by that of Cappellari (2016);
        ``p_fast_network``, ``network_spread`` over its members, and ``network_notes``, in which
        quantities the map is unlike those of training; ``notes``, the names of what is missing or
        to be taken with care, and ``flags``, the same as bits of
        `galutils.classify.measurements.galaxy.FLAGS`. What was left out goes beside it,
        ``_rejected`` added to the name: ``id``, ``file``, ``reason``.
    catalogues : sequence of path-like
        Of sizes and shapes; see `galutils.classify.measurements.catalogue.read`. Without them,
        those of the files' headers are taken where they have any.
    layout : path-like, optional
        YAML; see `galutils.classify.measurements.layouts.Layout`.
    spaxel : float, optional
        Side of a spaxel, arcsec, for files that do not say it.
    fwhm : float, optional
        Seeing, arcsec, where the catalogues have none.
    network : str, path-like or None
        A shipped network of velocity maps by its name, a ``.keras`` file, or none.
    draws : int
        Monte-Carlo draws of the maps within their errors.
    permutations : int
        For the p-value of Moran's I.
    seed : int
        Random state of both; that of a galaxy does not depend on the others.
    chunk, workers, scheduler, tell
        As of `galutils.classify.classify`.

    Returns
    -------
    galutils.classify.parts.Summary
        ``n_inputs``, ``n_done``, ``n_rejected``.

    Raises
    ------
    ValueError
        If the layout or the network is none, or parts of other settings lie beside `out`.
    ArchiveError
        If there are no inputs, or a catalogue cannot be read.
    BusyError, RuntimeError
        As of `galutils.classify.classify`.
    """
    from galutils.classify.measurements.job import Job
    from galutils.networks import shipped

    path = None if network in (None, "none") else shipped.find(network)
    job = Job(tuple(catalogues), layout, spaxel, fwhm, path, draws, permutations, seed)
    return engine.run(job, inputs, out, chunk, workers, scheduler, tell)


def sample(out, inputs, layout=None, spaxel=None, size=73):
    """Read a result with the velocity maps, for `galutils.explore`.

    Parameters
    ----------
    out : path-like
        As `measure` wrote it.
    inputs, layout, spaxel
        As it was given them.
    size : int
        Side of the frame about the centre of each galaxy, spaxels.

    Returns
    -------
    astropy.table.Table
        The columns of the result, and ``velocity``, float32 (n, size, size) km/s;
        ``meta`` has the side of a ``spaxel``, arcsec, where it is known and the same in all maps.
    """
    import numpy as np
    from astropy.table import Column

    from galutils.classify import inputs as kinds
    from galutils.classify.measurements.job import Job, Measurer
    from galutils.store import tables

    found = tables.read(out, with_text=("id",))
    listing = kinds.listing(kinds.of(inputs))
    work = Measurer(Job(layout=layout, spaxel=spaxel))
    listing = listing.set_index("id", drop=False).loc[list(found["id"])]
    galaxies = work.load(listing)
    maps = np.stack([galaxy.frame(size) for galaxy in galaxies])
    found["velocity"] = Column(maps, unit="km/s")
    sides = {round(galaxy.spaxel, 3) for galaxy in galaxies if np.isfinite(galaxy.spaxel)}
    if len(sides) == 1:  # else no side is that of every map
        found.meta["spaxel"] = sides.pop()
    return found
