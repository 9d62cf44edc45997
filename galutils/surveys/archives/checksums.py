"""Checksums of what was fetched: trusted the first time, compared ever after.

For files of which the archive gives no hash. They stand in ``checksums.csv`` in the folder of
the survey, a line a file: ``file``, ``bytes``, ``hash`` (``sha256:...``), ``fetched`` (date,
UTC), ``url``. To accept a file that an archive has changed, delete its line.
"""

import csv
import io
import threading
from datetime import UTC, datetime
from pathlib import Path

NAME = "checksums.csv"
COLUMNS = ("file", "bytes", "hash", "fetched", "url")


def file_hash(path, algorithm="sha256"):
    """Hash of a file as the manifest writes it.

    Parameters
    ----------
    path : path-like
    algorithm : str

    Returns
    -------
    str
        ``sha256:4be0...``
    """
    import pooch

    return f"{algorithm}:{pooch.file_hash(str(path), alg=algorithm)}"


class Checksums:
    """The lines of one folder; used by several threads.

    Parameters
    ----------
    folder : path-like
    """

    def __init__(self, folder):
        self.path = Path(folder) / NAME
        self._lock = threading.Lock()
        self._rows = self._read()

    def _read(self):
        if not self.path.is_file():
            return {}
        with self.path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, fieldnames=COLUMNS)
            # A line may have been cut short by a failing machine.
            return {row["file"]: row for row in rows if row["url"] and row["hash"] != "hash"}

    def known(self, file):
        """Return the line of a file, or None."""
        return self._rows.get(file)

    def keep(self, file, size, digest, url):
        """Add the line of a file."""
        date = datetime.now(UTC).strftime("%Y-%m-%d")
        row = dict(zip(COLUMNS, (file, str(size), digest, date, url), strict=True))
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        with self._lock:
            if not self.path.is_file():
                writer.writeheader()
            elif not self.path.read_bytes().endswith(b"\n"):
                text.write("\n")
            writer.writerow(row)
            with self.path.open("a", encoding="utf-8", newline="") as lines:
                lines.write(text.getvalue())
            self._rows[file] = row
