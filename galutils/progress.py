"""One line for every job of Snakemake that starts, ends or fails, in place of its own account."""

import logging
import sys
import time


class Progress(logging.Handler):
    """Write ``start`` and ``done`` lines; the Snakefile attaches it to Snakemake's logger.

    A job is called by the ``message`` of its rule.
    """

    def __init__(self):
        super().__init__()
        self._running = {}  # job id: (name, start)
        self._ended = None

    @classmethod
    def replace(cls, logger):
        """Put one in place of what writes a logger's records to the terminal."""
        for handler in list(logger.handlers):
            if type(handler) is cls or handler.name == "DefaultStreamHandler":
                logger.removeHandler(handler)
        logger.addHandler(cls())

    def emit(self, record):
        """Handle one of Snakemake's log records; see snakemake's ``LogEvent``."""
        event = getattr(getattr(record, "event", None), "value", None)
        if event == "job_info":
            self._running[record.jobid] = (record.rule_msg or record.rule_name, time.monotonic())
            self._line("start", self._running[record.jobid][0])
        elif event == "job_finished":
            self._ended = self._running.pop(record.job_id)
        elif event == "progress" and self._ended:
            name, start = self._ended
            seconds = time.monotonic() - start
            self._line("done", f"{name}  {seconds:.0f} s  ({record.done} of {record.total})")
        elif event == "job_error":
            name, _ = self._running.pop(record.jobid)
            self._line("FAILED", f"{name}  log: {', '.join(record.log) or 'none'}")
        elif event in (None, "error") and record.levelno >= logging.ERROR:
            # A command that failed has said why itself.
            if "CalledProcessError" not in record.getMessage():
                self._line("error", record.getMessage())

    def _line(self, what, text):
        print(f"{time.strftime('%H:%M:%S')}  {what:<6} {text}", file=sys.stderr, flush=True)
