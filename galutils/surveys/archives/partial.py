"""What has come of a file so far, kept out of sight until it is whole.

It lies in ``.partial`` of the survey's folder: the bytes, and beside them a note of what they
are the beginning of. Without a note that fits, the bytes are worth nothing and go.
"""

import json
import os
import re
from pathlib import Path

from galutils.store import files

FOLDER = ".partial"
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Partial:
    """Beginning of a file.

    Parameters
    ----------
    folder : path-like
        Of the survey.
    file : str
        Path of the file below it.
    url : str
        Where it is asked for.

    Attributes
    ----------
    path : pathlib.Path
        The bytes.
    joined : bool
        Whether they came in more than one part.
    """

    def __init__(self, folder, file, url):
        self.path = Path(folder) / FOLDER / f"{file}.part"
        self._note = self.path.with_name(f"{self.path.name}.json")
        self._url = url
        self._known = self._read()
        if not self._known:
            self.drop()
        self.joined = self.size > 0

    def _read(self):
        try:
            known = json.loads(self._note.read_text(encoding="utf-8"))
            fits = known["url"] == self._url
            total = known["bytes"]
            fits &= self.size == total if known["whole"] else total is None or self.size <= total
            return known if fits else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    @property
    def size(self):
        """Bytes so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def whole(self):
        """Whether all bytes are here."""
        return self._known.get("whole", False)

    @property
    def total(self):
        """Bytes in all; None where the server has not said."""
        return self._known.get("bytes")

    def drop(self):
        """Forget it all. The note goes first: without it the bytes count for nothing."""
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self._known, self.joined = {}, False

    def drop_unusable(self):
        """Forget what no further run could take up."""
        if not (self.whole or (self.size and self._known.get("validator"))):
            self.drop()

    def condition(self):
        """Headers that ask for the rest, of the same version only; none where it cannot be told."""
        validator = self._known.get("validator")
        if not (self.size and validator):
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": validator}

    def continues(self, response):
        """Whether an answer of status 206 is the rest of this file, which is joined then."""
        found = RANGE.fullmatch(response.headers.get("content-range", ""))
        if not found or int(found[1]) != self.size or int(found[2]) != int(found[3]) - 1:
            return False
        validators = (response.headers.get("etag"), response.headers.get("last-modified"))
        same = self._known["validator"] in validators or not any(validators)
        self.joined = same and self.total in (None, int(found[3]))
        return self.joined

    def begin(self, response, encoded):
        """Start anew with an answer of status 200."""
        self.drop()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        length = response.headers.get("content-length", "")
        etag = response.headers.get("etag", "")
        # A weak tag does not promise the same bytes.
        strong = etag if etag.startswith('"') else response.headers.get("last-modified")
        self._write(
            bytes=int(length) if length.isdigit() and not encoded else None,
            validator=None if encoded else strong,
            whole=False,
        )

    def finish(self):
        """Note that all has come, and see it on the disk."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self._write(**self._known | {"bytes": self.size, "whole": True})

    def _write(self, **known):
        self._known = {"url": self._url} | known
        files.write_json(self._note, self._known)


def sweep(folder):
    """Remove below a survey's folder what a killed run left that no other can take up.

    Unpacked files of a bundle go, and notes that were not yet in their place.
    """
    for path in list((Path(folder) / FOLDER).rglob("*")):
        if path.is_file() and not path.name.endswith((".part", ".part.json")):
            path.unlink()


def tidy(folder):
    """Remove the folder of partial files below a survey's where it holds nothing."""
    top = Path(folder) / FOLDER
    folders = [path for path in (top, *top.rglob("*")) if path.is_dir()]
    for path in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
