"""One line for every job of Snakemake that starts, ends or fails, in place of its own account."""

import json
import logging
import sys
import time
from pathlib import Path

from book.tools.reasons import plain
from galutils.store.files import write_json

TIMES = "build/times.json"
SHIPPED = "notebooks/times.json"  # of another machine, for the first run on this one
CAUTION = 30  # seconds; so much must have run before the pace of this machine counts


class Forecast:
    """Time left of a run, from the last measured seconds of each step.

    Parameters
    ----------
    known : dict
        Step to seconds.
    slots : int
        Steps at a time.
    """

    def __init__(self, known, slots):
        self.known, self.slots = known, slots
        self._ended = []  # (expected or None, measured)

    def ended(self, step, seconds):
        """Take note of a step that has run."""
        self._ended.append((self.known.get(step), seconds))

    def left(self, waiting, running=()):
        """Return seconds left, None if nothing is known.

        Steps never measured count as the mean of the others; what is known is corrected by how
        fast this run has been so far.

        Parameters
        ----------
        waiting : iterable of str
            Steps not started.
        running : iterable of (str, float)
            Steps at work, and for how many seconds.
        """
        pairs = [(expected, seconds) for expected, seconds in self._ended if expected is not None]
        pace = sum(seconds for _, seconds in pairs) + CAUTION
        pace /= sum(expected for expected, _ in pairs) + CAUTION
        waiting, running = list(waiting), list(running)
        names = [*waiting, *(step for step, _ in running)]
        measured = [pace * self.known[step] for step in names if step in self.known]
        measured += [seconds for _, seconds in self._ended]
        if not measured:
            return None
        usual = sum(measured) / len(measured)
        parts = [pace * self.known.get(step, usual / pace) for step in waiting]
        parts += [max(pace * self.known.get(s, usual / pace) - spent, 0) for s, spent in running]
        return max([sum(parts) / self.slots, *parts], default=0)


class Progress(logging.Handler):
    """Write ``start`` and ``done`` lines; the Snakefile attaches it to Snakemake's logger.

    A job is called by the ``message`` of its rule. How long each took is kept for the next run.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        Tells, once it has begun, whether it only lists jobs, and how many run at a time.
    profile : str
        Times are kept by profile.
    times : path-like
        File of the measured times.
    """

    def __init__(self, workflow, profile, times=TIMES):
        super().__init__()
        self._workflow, self._profile, self._times = workflow, profile, Path(times)
        self._measured = _read(self._times)
        settings = workflow.resource_settings
        slots = settings.nodes or settings.cores or 1
        self._forecast = Forecast(known(profile, times), slots)
        self._waiting, self._total = {}, 0  # rule: jobs to come
        self._running = {}  # job id: (name, step, start)
        self._ended = None
        self._made_by = {}  # file: name

    @classmethod
    def replace(cls, logger, workflow, profile):
        """Put one in place of what writes a logger's records to the terminal."""
        for handler in list(logger.handlers):
            if type(handler) is cls or handler.name == "DefaultStreamHandler":
                logger.removeHandler(handler)
        logger.addHandler(cls(workflow, profile))

    def emit(self, record):
        """Handle one of Snakemake's log records; see snakemake's ``LogEvent``."""
        event = getattr(getattr(record, "event", None), "value", None)
        if event == "run_info":
            self._plan(dict(record.stats))
        elif event == "job_info":
            self._start(record)
        elif event == "job_finished":
            self._ended = self._running.pop(record.job_id)
        elif event == "progress" and self._ended:
            self._done(record)
        elif event == "job_error" and record.jobid in self._running:
            name, *_ = self._running.pop(record.jobid)
            self._line("FAILED", f"{name}  log: {', '.join(record.log) or 'none'}")
        elif event in (None, "error") and record.levelno >= logging.ERROR:
            # A command that failed has said why itself.
            if "CalledProcessError" not in record.getMessage():
                self._line("error", record.getMessage())
        elif event is None and record.getMessage().startswith("Nothing to be done"):
            self._line("done", "nothing to run, all is up to date")

    def _plan(self, stats):
        """Say how much is to be done, before it begins."""
        if self._total:  # a dry run says it again at its end
            return
        self._total = stats.pop("total")
        self._waiting = stats
        steps = "1 step" if self._total == 1 else f"{self._total} steps"
        self._line("plan", f"{steps}{self._left(', about {}')}")

    def _start(self, record):
        name, step = record.rule_msg or record.rule_name, _step(record.rule_name)
        if self._workflow.dryrun:
            self._line("would", f"{name}  because {plain(record.reason, self._made_by)}")
            self._made_by |= dict.fromkeys(record.output, name)
            return
        self._waiting[record.rule_name] = self._waiting.get(record.rule_name, 1) - 1
        self._running[record.jobid] = (name, step, time.monotonic())
        self._line("start", name)

    def _done(self, record):
        name, step, start = self._ended
        self._ended = None
        seconds = time.monotonic() - start
        self._forecast.ended(step, seconds)
        self._measured.setdefault(self._profile, {})[step] = round(seconds, 1)
        write_json(self._times, self._measured)
        left = self._left(", about {} left") if record.done < record.total else ""
        self._line("done", f"{name}  {duration(seconds)}  ({record.done} of {record.total}{left})")

    def _left(self, text):
        """Return the text with the time left, nothing if it is not known."""
        waiting = [_step(rule) for rule, count in self._waiting.items() for _ in range(count)]
        now = time.monotonic()
        running = [(step, now - start) for _, step, start in self._running.values()]
        seconds = self._forecast.left(waiting, running)
        return text.format(duration(seconds)) if seconds and seconds >= 1 else ""

    def _line(self, what, text):
        print(f"{time.strftime('%H:%M:%S')}  {what:<6} {text}", file=sys.stderr, flush=True)


def duration(seconds):
    """Return seconds as text: ``40 s``, ``8 min``, ``2 h 10 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _step(rule):
    """Return what the rules of all points of a sweep have in common."""
    return rule.partition("__")[0]


def known(profile, times=TIMES, shipped=SHIPPED):
    """Return seconds of each step, from the last run here or, where there was none, as shipped.

    Parameters
    ----------
    profile : str
        Times are kept by profile.
    times, shipped : path-like
        Files of measured times; either may be missing.

    Returns
    -------
    dict
    """
    return {**_read(Path(shipped)).get(profile, {}), **_read(Path(times)).get(profile, {})}


def _read(path):
    """Return the times kept by an earlier run; none if there are none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
