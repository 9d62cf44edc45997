"""The same on many machines: parts are given out by Dask, and written where they are made."""

import functools
import itertools

from galutils.classify import parts
from galutils.store import files

WAITING = 2  # parts handed out for each worker, so that none waits for the next


def run(scheduler, workers, job, place, plan, listing, todo, tell):
    """Let the workers of a cluster write parts.

    Parameters
    ----------
    scheduler : str or None
        Address, ``tcp://host:8786``. The workers must see the inputs, the folder of parts and what
        the job names under the same paths. The part of a worker that dies is given to another.
    workers : int or None
        Processes of a cluster on this machine, where there is no `scheduler`; gone at the end.
    job : NamedTuple
        As of `galutils.classify.engine`.
    place, plan, listing, todo
        Folder, plan and listing; the parts that are missing.
    tell : callable
        Called with numbers of inputs and of those left out, once a part is written.
    """
    from distributed import Client, as_completed

    here = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    given, runs = (job, place, plan), ((number, listing.iloc[plan.rows(number)]) for number in todo)
    with Client(scheduler) if scheduler else Client(**here) as client:
        begun = (client.submit(_work, *given, *run, pure=False) for run in runs)
        there = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        running = as_completed(list(itertools.islice(begun, WAITING * there)))
        for part in running:
            tell(*part.result())
            part.release()
            running.update(list(itertools.islice(begun, 1)))


def _work(job, place, plan, number, listing):
    work = _begun(job, plan)
    found = work.table(listing, work.load(listing))
    return len(listing), parts.write(place, number, plan, listing, *found)


@functools.lru_cache(maxsize=1)  # once in a worker
def _begun(job, plan):
    here = job.identity()
    files.require(here == plan.identity, f"{job} with sha256 {plan.identity}", here)
    return job.begun()
