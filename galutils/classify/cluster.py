"""The same on many machines: parts are given out by Dask, and written where they are made."""

import functools

from galutils.classify import parts
from galutils.classify.classifier import Classifier

WAITING = 2  # parts handed out for each worker, so that none waits for the next


def run(client, model_path, card_path, place, plan, listing, todo, tell):
    """Let the workers of a cluster write parts.

    Parameters
    ----------
    client : distributed.Client
        The workers must see model, inputs and the folder of parts under the same paths. The part
        of a worker that dies is given to another.
    model_path, card_path : path-like
    place, plan, listing, todo
        Folder, plan and listing; the parts that are missing.
    tell : callable
        Called with numbers of inputs and of those left out, once a part is written.
    """
    from distributed import as_completed

    waiting = list(reversed(todo))

    def submit():
        number = waiting.pop()
        part = listing.iloc[plan.rows(number)]
        return client.submit(_work, model_path, card_path, place, plan, number, part, pure=False)

    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    running = as_completed([submit() for _ in range(min(len(todo), WAITING * workers))])
    for future in running:
        tell(*future.result())
        future.release()
        if waiting:
            running.add(submit())


def connected(scheduler=None, workers=None):
    """Connect to a scheduler, or start workers on this machine.

    Parameters
    ----------
    scheduler : str, optional
        Address, ``tcp://host:8786``.
    workers : int, optional
        Processes of a local cluster, where there is no `scheduler`.

    Returns
    -------
    distributed.Client
        A context; at its end the workers it has started are gone.
    """
    from distributed import Client

    here = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    return Client(scheduler) if scheduler else Client(**here)


def _work(model_path, card_path, place, plan, number, listing):
    classifier = _loaded(model_path, card_path, plan.model)
    table = classifier.table(listing, classifier.load(listing))
    return len(listing), parts.write(place, number, plan, table)


@functools.lru_cache(maxsize=1)  # once in a worker
def _loaded(model_path, card_path, sha256):
    classifier = Classifier(model_path, card_path)
    if classifier.sha256 != sha256:
        raise ValueError(f"{model_path}: expected sha256 {sha256}, received {classifier.sha256}")
    return classifier
