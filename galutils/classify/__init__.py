"""A trained network over any number of maps or images, on this machine or on many.

The network's card says how inputs are read and prepared, so this cannot differ from training.
Results are written in parts; a run that was killed goes on where it stopped.
"""

from galutils.classify import engine
from galutils.classify.engine import CHUNK

__all__ = ["classify"]


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
        order, ``id``, ``file``, ``class`` (see `galutils.scores.multiclass.decide`),
        ``probability`` (of the second of two classes, of the named one of several), ``spread``
        over the members of an ensemble (NaN of one network), ``flags`` (bits of
        `galutils.classify.preparation.FLAGS`), ``model`` (sha256), and of
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
    galutils.classify.parts.Summary
        ``n_inputs``, ``n_done`` (classified), ``n_rejected``.

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
    from galutils.classify.classifier import Job

    return engine.run(Job(model_path, card), inputs, out, chunk, workers, scheduler, tell)
