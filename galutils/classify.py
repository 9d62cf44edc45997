"""A trained network over a folder of cut-outs."""

from pathlib import Path

import numpy as np
from astropy.table import vstack

from galutils import files, train
from galutils.surveys.cutouts import SIDE, list_cutouts, read_images

CHUNK = 256  # images in memory at once


def classify(model_path, folder, out=None):
    """Give every cut-out of a folder the probability that a network sees in it.

    Parameters
    ----------
    model_path : path-like
        A ``.keras`` model that takes RGB of 0-255 as large as the cut-outs, such as
        ``build/perseus/membership.keras``. It is loaded in safe mode.
    folder : path-like
        Cut-outs named as `galutils.surveys.cutouts` reads them. A label in a
        name is not looked at.
    out : path-like, optional
        Where to write the result as CSV, whole or not at all; what was left out
        goes beside it, ``_rejected`` added to the name.

    Returns
    -------
    result : Table
        One row for each file, by name: ``file`` str, ``objid`` int64 (-1 if the name
        has none), ``ra`` and ``dec`` in deg (NaN if it has none),
        ``probability`` float of class 1, ``predicted`` int64, 1 where that is
        0.5 or more.
    rejected : Table
        ``name`` and ``reason`` of the files that are no such cut-outs.

    Raises
    ------
    ValueError
        If the model cannot be loaded or takes other inputs.
    ArchiveError
        If the folder is missing or holds no cut-out.
    """
    model = train.load(model_path)
    expected, received = (SIDE, SIDE, 3), tuple(model.input_shape[1:])
    if received != expected:
        raise ValueError(
            f"{model_path}: expected a model of inputs {expected}, received one of {received}"
        )
    listing, rejected = list_cutouts(folder)
    kept, reasons, probability = [], [rejected], []
    for start in range(0, len(listing), CHUNK):
        cutouts, damaged = read_images(folder, listing[start : start + CHUNK])
        probability.append(train.predict(model, np.asarray(cutouts["image"]), batch_size=32))
        cutouts.remove_columns(["image", "label"])
        kept.append(cutouts)
        reasons.append(damaged)
    result = vstack(kept)
    result["probability"] = np.concatenate(probability).astype(float)
    result["predicted"] = (result["probability"] >= 0.5).astype(np.int64)
    rejected = vstack(reasons)
    if out is not None:
        out = Path(out)
        beside = out.with_name(f"{out.stem}_rejected{out.suffix}")
        files.write(beside, rejected.to_pandas().to_csv(index=False))
        files.write(out, result.to_pandas().to_csv(index=False))
    return result, rejected
