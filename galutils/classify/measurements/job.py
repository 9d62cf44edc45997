"""Measuring as a job of `galutils.classify.engine`: from a run of inputs to rows of a table."""

import hashlib
import json
import zlib
from typing import NamedTuple

import numpy as np

import galutils
from galutils.classify.classifier import Classifier
from galutils.classify.classifier import Job as ClassifyJob
from galutils.classify.measurements import catalogue, reading
from galutils.classify.measurements.galaxy import FLAGS
from galutils.classify.measurements.layouts import Layout, read_layout
from galutils.classify.measurements.quantities import COLUMNS, measure_one
from galutils.classify.preparation import FLAGS as UNLIKE
from galutils.store.files import ArchiveError, checksum
from galutils.surveys import manga

SPAXEL = 0.5  # arcsec, of the maps that the networks were trained on
CLASSES = np.array(["slow rotator", "fast rotator"])


class Job(NamedTuple):
    """Measure maps; the arguments are those of `galutils.classify.measurements.measure`."""

    catalogues: tuple = ()
    layout: object = None
    spaxel: float | None = None
    fwhm: float | None = None
    network: object = None
    draws: int = 100
    permutations: int = 199
    seed: int = 0

    def identity(self):
        """Return the sha256 of the version and the network, and of all settings and catalogues."""
        network = ClassifyJob(self.network).identity() if self.network else ()
        files = [checksum(path) for path in self.catalogues]
        layout = read_layout(self.layout) if self.layout else None
        settings = repr((files, layout, *self[2:4], *self[5:]))
        tool = json.dumps([galutils.__version__, *network])
        return tuple(hashlib.sha256(text.encode()).hexdigest() for text in (tool, settings))

    def chosen(self, listing):
        """Return the inputs without files that only go with another one."""
        return listing[[not reading.is_second(path) for path in listing["file"]]]

    def begun(self):
        """Load catalogues and network."""
        return Measurer(self)


class Measurer:
    """Reads and measures galaxies; see `Job`."""

    def __init__(self, job):
        self.job, self.known = job, catalogue.read(job.catalogues)
        self.layout = read_layout(job.layout) if job.layout else Layout()
        if job.spaxel is not None:
            self.layout = self.layout._replace(spaxel=job.spaxel)
        if job.fwhm is not None:
            self.layout = self.layout._replace(shape={**self.layout.shape, "fwhm": job.fwhm})
        self.network = Classifier(job.network) if job.network else None

    def load(self, listing):
        """Read the galaxies of a listing.

        Returns
        -------
        list
            A `galutils.classify.measurements.galaxy.Galaxy` for each, or the reason why there is
            none.
        """
        places = listing[["file", "dataset", "row", "why"]].itertuples(index=False)
        return [self._read(*place) for place in places]

    def _read(self, file, dataset, row, why):
        try:
            if why:
                return why
            if dataset is None:
                return reading.of_file(file, self.layout)
            return reading.of_entry(file, dataset, row, self.layout)
        except (ArchiveError, ValueError, KeyError) as error:
            return str(error).removeprefix(f"{file}: ")

    def table(self, listing, loaded):
        """Measure what was loaded.

        Returns
        -------
        pyarrow.Table
            Of the good ones, with the columns of `quantities.COLUMNS`.
        good, reasons
            As of `galutils.classify.engine`.
        """
        import pyarrow as pa

        rows, reasons = {}, {}
        for place, galaxy in enumerate(loaded):
            try:
                if isinstance(galaxy, str):
                    raise ValueError(galaxy)
                rows[place] = self._row(listing["id"].iloc[place], galaxy)
                if listing["repeated"].iloc[place]:
                    rows[place]["notes"].add("repeated_id")
            except ValueError as error:
                reasons[place] = str(error)
        self._ask_network(rows, loaded)
        for row in rows.values():
            row["flags"] = sum(FLAGS[note] for note in row["notes"])
            row["notes"] = " ".join(sorted(row["notes"]))
        types = {"text": pa.string(), "bits": pa.uint32()}
        kinds = {name: types.get(about["kind"], pa.float64()) for name, about in COLUMNS.items()}
        return pa.Table.from_pylist(list(rows.values()), pa.schema(kinds)), list(rows), reasons

    def _row(self, name, galaxy):
        """Return the row of one galaxy, without the network's part."""
        keys = (galaxy.name, name)
        known = next((self.known.loc[key] for key in keys if key in self.known.index), {})
        rng = np.random.default_rng([self.job.seed, zlib.crc32(name.encode())])
        numbers, notes = measure_one(galaxy, known, self.job.draws, self.job.permutations, rng)
        row = {"name": galaxy.name or name, **numbers, "notes": notes}
        for year, column in (("2011", "class"), ("2016", "class_2016")):
            distance = numbers[f"distance_{year}"]
            row[column] = CLASSES[int(distance >= 0)] if np.isfinite(distance) else None
        return row

    def _ask_network(self, rows, galaxies):
        """Add the network's probability, and what is unlike its training."""
        if self.network is None:
            return
        fit = [k for k in rows if abs(galaxies[k].spaxel - SPAXEL) < 0.02 * SPAXEL]
        frames = ((k, galaxies[k].frame(manga.SIZE, kept=True)) for k in fit)
        good, mean, spread, flags = self.network.probabilities(frames)
        for place, p, s, found in zip(good, mean[:, -1], spread[:, -1], flags, strict=True):
            names = [name for name, bit in UNLIKE.items() if found & bit]
            rows[place] |= {"p_fast_network": float(p), "network_spread": float(s)}
            rows[place]["network_notes"] = " ".join(names)
            if names:
                rows[place]["notes"].add("unlike_training")
        for place in rows.keys() - set(good.tolist()):
            rows[place]["notes"].add("no_network")
