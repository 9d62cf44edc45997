"""What every reader may do with any bytes: return, or raise one of its named errors."""

import importlib
import shutil
import tempfile
import warnings
from pathlib import Path

NAMED = ("ArchiveError", "ValueError", "ParameterError", "UsageError")
# module of the cases: where it has the readers and their files
MODULES = {name: f"bad_input.cases_{name}" for name in ("fits", "texts", "hdf5", "documents")}


class Fault(AssertionError):
    """A reader did what none should do."""


class Target:
    """A reader, and the place of the file it reads.

    Calling it with bytes puts them there and reads.
    """

    def __init__(self, reader, file):
        self.reader, self.folder = reader, Path(tempfile.mkdtemp(prefix="fuzz-"))
        self.archive = self.folder / "archive"
        self.archive.mkdir()
        reader.write(self.archive)
        self.path = self.archive / file
        self.seed = self.path.read_bytes()

    def __call__(self, data):
        """Read bytes; returns the result, or the named error."""
        self.path.write_bytes(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self.reader.read(self.archive)
        except Exception as error:
            if type(error).__name__ not in NAMED or "expected" not in str(error):
                raise Fault(f"{self.reader.name}: {type(error).__name__}: {error}") from error
            return error

    def close(self):
        """Remove the archive."""
        shutil.rmtree(self.folder)


def files():
    """Return ``{name: (reader, file)}`` of all readers that read one file."""
    found = {}
    for module in MODULES.values():
        found |= importlib.import_module(module).FILES
    for reader, (file, _) in importlib.import_module("bad_input.cases_images").SIDES.items():
        found[reader] = file
    parameters = importlib.import_module("bad_input.cases_parameters")
    found[parameters.INSPECT] = parameters.TOY
    models = importlib.import_module("bad_input.cases_models")
    found |= dict.fromkeys((models.LOAD, models.DESCRIBE, models.KERAS), models.MODEL)
    found |= {models.CHECKPOINT: f"{models.POINT}.index"}
    found.pop(importlib.import_module("bad_input.cases_documents").RECORDER)  # it removes files
    return {reader.name: (reader, file) for reader, file in found.items()}
