"""One line of Snakemake's log for every job that starts, ends or fails."""

import logging
import sys
import time


class JobLines(logging.Handler):
    """Write the lines to the terminal; the Snakefile puts it in place of Snakemake's own handler.

    A job is called by the ``message`` of its rule. A dry run has the reason beside it, in
    Snakemake's words.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        Tells whether this is a dry run.
    """

    def __init__(self, workflow):
        super().__init__()
        self._workflow, self._titles, self._ended = workflow, {}, ""

    def emit(self, record):
        """Handle one record; see snakemake's ``LogEvent``."""
        event = getattr(getattr(record, "event", None), "value", None)
        if event == "job_info":
            self._titles[record.jobid] = title = record.rule_msg or record.rule_name
            dry = self._workflow.dryrun
            self._line(*(("would", f"{title}: {record.reason}") if dry else ("start", title)))
        elif event == "job_finished":
            self._ended = self._titles[record.job_id]
        elif event == "progress" and self._ended:
            self._line("done", f"{self._ended} ({record.done} of {record.total})")
        elif event == "job_error":
            log = ", ".join(record.log) or "none"
            self._line("FAILED", f"{self._titles.get(record.jobid, record.rule_name)}, log: {log}")
        elif event in (None, "error") and record.levelno >= logging.ERROR:
            if "CalledProcessError" not in record.getMessage():  # the command itself has said why
                self._line("error", record.getMessage())
        elif event is None and record.getMessage().startswith("Nothing to be done"):
            self._line("done", "nothing to run, all is up to date")

    def _line(self, what, text):
        print(f"{time.strftime('%H:%M:%S')}  {what:<6} {text}", file=sys.stderr, flush=True)
