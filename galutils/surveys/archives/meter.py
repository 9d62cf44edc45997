"""How far a fetch has come, on one line of a terminal, or a line every so often elsewhere."""

import collections
import threading
import time

UNITS = ("B", "kB", "MB", "GB", "TB")


def amount(size):
    """Write a number of bytes for people: ``3.4 GB``."""
    power = 0
    while size >= 999.5 and power < len(UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.3g} {UNITS[power]}"


class Meter:
    """Files and bytes done, of how many, and how fast; counted by several threads.

    Parameters
    ----------
    stream : text stream, optional
        Where to show it, ``sys.stderr``; None shows nothing.
    every : float, optional
        Seconds between lines; default 0.5 on a terminal, else 30.
    """

    def __init__(self, stream=None, every=None):
        self._stream = stream
        self._terminal = stream is not None and stream.isatty()
        self._every = every if every is not None else 0.5 if self._terminal else 30
        self._lock = threading.Lock()
        self._files = self._done = self._bytes = self._received = 0
        self._totals = {}
        self._shown = self._began = time.monotonic()
        self._past = collections.deque([(self._began, 0)], maxlen=20)
        self._width = 0

    def expect(self, files):
        """Count files that are to be seen to."""
        self._files += files

    def total(self, file, size):
        """Take note of how many bytes a file has, as the list or its server says."""
        with self._lock:
            self._totals[file] = size

    def add(self, size, received=True):
        """Count bytes that are here; negative where a file is begun anew."""
        with self._lock:
            self._bytes += size
            self._received += size if received else 0

    def done(self):
        """Count a file that is seen to, whatever became of it."""
        self._done += 1

    def text(self):
        """Return the line: files, bytes and bytes a second."""
        now, (then, before) = time.monotonic(), self._past[0]
        with self._lock:
            known = sum(self._totals.values())
            size, received = self._bytes, self._received
        rate = max(received - before, 0) / max(now - then, 1e-3)
        of = f" of {amount(known)} known" if known else ""
        return f"{self._done}/{self._files} files, {amount(size)}{of}, {amount(rate)}/s"

    def tick(self):
        """Show the line if it is time to."""
        now = time.monotonic()
        if self._stream is None or now - self._shown < self._every:
            return
        text, self._shown = self.text(), now
        self._past.append((now, self._received))
        if self._terminal:
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def say(self, text):
        """Write a line of its own."""
        if self._stream is not None:
            self.clear()
            self._stream.write(text + "\n")
            self._stream.flush()

    def clear(self):
        """Make room on a terminal for a line of something else."""
        if self._terminal and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0
