"""A trained network over any number of maps or images, on this machine or on many.

The network's card says how inputs are read and prepared, so this cannot differ from training.
Results are written in parts; a run that was killed goes on where it stopped.
"""

import hashlib
import itertools
import json
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from galutils.classify import parts
from galutils.classify.parts import Summary

__all__ = ["Summary", "classify"]

CHUNK = 512
AHEAD = 2  # parts that are read while one is classified


def classify(
    model_path, inputs, out, card=None, chunk=CHUNK, workers=None, scheduler=None, tell=None
):
    """Give every input a class and its probability, or the reason why not.

    Parameters
    ----------
    model_path : path-like
        A ``.keras`` model, loaded in safe mode.
    inputs : path-like, sequence of path-like, or Files, Stack or Manifest
        See `galutils.classify.inputs`.
    out : path-like
        ``.csv`` or ``.parquet``, written whole or not at all: a row for each input in a fixed
        order, ``id``, ``file``, ``class``, ``probability`` (of the second of two classes, of the
        named one of several), ``spread`` over the members of an ensemble (NaN of one network),
        ``flags`` (bits of `galutils.classify.preparation.FLAGS`), ``model`` (sha256), and of
        several classes ``p_<class>``. What was left out goes beside it, ``_rejected`` added to
        the name: ``id``, ``file``, ``reason``.
    card : path-like, optional
        The model's card; by default ``model.card.json`` beside it.
    chunk : int
        Inputs in a part: what is lost by a kill, and how much memory holds.
    workers : int, optional
        Processes of a Dask cluster on this machine; by default this process does the work.
    scheduler : str, optional
        Address of a Dask scheduler whose workers do the work. They see the same files.
    tell : callable, optional
        Called with the number of inputs done, of all, and of those left out.

    Returns
    -------
    Summary
        ``n_inputs``, ``n_classified``, ``n_rejected``.

    Raises
    ------
    ValueError
        If the model is no model or no classifier, the card is not its own, or parts of another
        plan lie beside `out`.
    ArchiveError
        If there are no such inputs.
    BusyError
        If another run is writing `out`.
    RuntimeError
        If the parts do not hold every input once.
    """
    from galutils.classify import inputs as kinds
    from galutils.classify.classifier import Classifier, read_card

    place = parts.folder(out)
    if isinstance(inputs, (str, os.PathLike)):
        inputs = [inputs]
    if not isinstance(inputs, (kinds.Files, kinds.Stack, kinds.Manifest)):
        inputs = kinds.of(inputs)
    known = read_card(model_path, card)
    prepared_as = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()
    listing = kinds.listing(inputs)
    digest = kinds.digest(listing)
    plan = parts.Plan(digest, known["file"]["sha256"], prepared_as, chunk, len(listing))
    with parts.begun(place, plan) as todo:
        told = _told(plan, todo, tell)
        if todo and (workers or scheduler):
            from galutils.classify import cluster

            with cluster.connected(scheduler, workers) as client:
                cluster.run(client, model_path, card, place, plan, listing, todo, told)
        elif todo:
            _here(Classifier(model_path, card), place, plan, listing, todo, told)
        return parts.merge(place, plan, listing, out)


def _here(classifier, place, plan, listing, todo, told):
    """Write the parts in this process; one thread reads ahead."""
    with ThreadPoolExecutor(1) as reader:
        runs = ((number, listing.iloc[plan.rows(number)]) for number in todo)
        begun = ((number, part, reader.submit(classifier.load, part)) for number, part in runs)
        waiting = deque(itertools.islice(begun, AHEAD))
        while waiting:
            waiting.extend(itertools.islice(begun, 1))
            number, part, loaded = waiting.popleft()
            table = classifier.table(part, loaded.result())
            told(len(part), parts.write(place, number, plan, table))


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
