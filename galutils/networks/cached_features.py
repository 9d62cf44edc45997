"""Compute the features of a frozen backbone once, and keep them in a folder.

`joblib.Memory` does the same, but it unpickles what it finds, which may run code from the folder.
"""

import contextlib
from pathlib import Path

import numpy as np

from galutils.networks import pretrained, saved, train


def key(backbone, images):
    """Hash everything that features depend on.

    Parameters
    ----------
    backbone : keras.Model
        Its weights count, and the settings of its layers, among them preprocessing.
    images : ndarray
        Values, type and shape count.

    Returns
    -------
    str
        40 hexadecimal digits.
    """
    import joblib

    settings = repr(pretrained.layer_settings(backbone))
    arrays = [np.ascontiguousarray(array) for array in (*backbone.get_weights(), images)]
    return joblib.hash([settings, arrays], hash_name="sha1")


def compute(backbone, images, batch_size=64):
    """Compute the mean of each map of a backbone.

    Parameters
    ----------
    backbone : keras.Model
        Output of shape (None, height, width, n_features).
    images : ndarray, shape (n, h, w, c)
        Inputs of the backbone; NaN gives NaN.
    batch_size : int
        Images computed together.

    Returns
    -------
    ndarray of float32, shape (n, n_features)
    """
    means = train.outputs(backbone, images, batch_size, lambda maps: np.mean(maps, axis=(1, 2)))
    return means.astype(np.float32)


def features(backbone, images, folder, batch_size=64):
    """Return the features of images, from the folder if they were computed before.

    Files are written completely or not at all. They are zip archives (``.npz``), in which every
    part has a checksum; a damaged file is computed and written again.

    Parameters
    ----------
    backbone, images, batch_size
        As of `compute`.
    folder : path-like
        Folder of ``features_<hash>.npz``; made if missing.

    Returns
    -------
    ndarray of float32, shape (n, n_features)
    """
    path = Path(folder, f"features_{key(backbone, images)}.npz")
    with contextlib.suppress(Exception):  # a damaged file may make the parser raise anything
        return saved.read_arrays(path)["features"]
    computed = compute(backbone, images, batch_size)
    saved.write_arrays(path, features=computed)
    return computed
