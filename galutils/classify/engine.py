"""Work through any number of inputs in parts, here or on a cluster; `classify` and `measure` do so.

A job says what is done with a run of inputs. It is a NamedTuple of paths and numbers, which can be
sent to other machines, with three methods:

``identity()``
    Two sha256, of what does the work and of its settings; parts of others are not gone on with.
``chosen(listing)``
    The inputs without those that are none of their own.
``begun()``
    An object whose ``load(listing)`` reads inputs and whose ``table(listing, loaded)`` returns a
    pyarrow.Table with a row for each good one, their places in the listing, and a dict of the
    reasons why the others have none, by place.
"""

import functools
import itertools
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from galutils.classify import parts
from galutils.store.files import require

CHUNK = 512
AHEAD = 2  # parts that are read while one is worked on
WAITING = 2  # parts handed out for each worker of a cluster, so that none waits for the next


def run(job, inputs, out, chunk=CHUNK, workers=None, scheduler=None, tell=None):
    """Do a job on every input, and write a row or the reason why not.

    Parameters
    ----------
    job : NamedTuple
        See the module.
    inputs, out, chunk, workers, scheduler, tell
        As of `galutils.classify.classify`.

    Returns
    -------
    galutils.classify.parts.Summary

    Raises
    ------
    ValueError, ArchiveError, BusyError, RuntimeError
        As of `galutils.classify.classify`.
    """
    from galutils.classify import inputs as kinds

    place = parts.folder(out)
    inputs, identity = kinds.of(inputs), job.identity()
    listing = kinds.listing(inputs)
    places = zip(listing["file"], listing["why"], strict=True)
    listing = listing[[not (why and parts.is_own(file, out)) for file, why in places]]
    digest, listing = kinds.digest(listing), job.chosen(listing)
    plan = parts.Plan(digest, *identity, chunk, len(listing))
    with parts.begun(place, plan) as todo:
        told = _told(plan, todo, tell)
        runs = ((number, listing.iloc[plan.rows(number)]) for number in todo)
        if todo and (workers or scheduler):
            _on_cluster(job, place, plan, runs, told, scheduler, workers)
        elif todo:
            _here(job.begun(), place, plan, runs, told)
        return parts.merge(place, plan, listing, out)


def _here(work, place, plan, runs, told):
    """Write the parts in this process; one thread reads ahead."""
    with ThreadPoolExecutor(1) as reader:
        begun = ((number, part, reader.submit(work.load, part)) for number, part in runs)
        waiting = deque(itertools.islice(begun, AHEAD))
        while waiting:
            waiting.extend(itertools.islice(begun, 1))
            number, part, loaded = waiting.popleft()
            found = work.table(part, loaded.result())
            told(len(part), parts.write(place, number, plan, part, *found))


def _on_cluster(job, place, plan, runs, told, scheduler, workers):
    """Let workers that see the same paths write the parts; another takes those of one that dies."""
    from distributed import Client, as_completed

    here = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with Client(scheduler) if scheduler else Client(**here) as client:
        begun = (client.submit(_work, job, place, plan, *run, pure=False) for run in runs)
        there = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        running = as_completed(list(itertools.islice(begun, WAITING * there)))
        for part in running:
            told(*part.result())
            part.release()
            running.update(list(itertools.islice(begun, 1)))


def _work(job, place, plan, number, listing):
    work = _begun(job, plan)
    found = work.table(listing, work.load(listing))
    return len(listing), parts.write(place, number, plan, listing, *found)


@functools.lru_cache(maxsize=1)  # once in a worker
def _begun(job, plan):
    here = job.identity()
    require(here == plan.identity, f"{job} with sha256 {plan.identity}", here)
    return job.begun()


def _told(plan, todo, tell):
    """Add up what is done, parts of an earlier run included, and pass it on."""
    done = plan.n_inputs - sum(plan.rows(n).stop - plan.rows(n).start for n in todo)
    left_out = 0

    def told(n, n_rejected):
        nonlocal done, left_out
        done, left_out = done + n, left_out + n_rejected
        if tell is not None:
            tell(done, plan.n_inputs, left_out)

    return told
