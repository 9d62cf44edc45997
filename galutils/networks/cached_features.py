"""Features of a frozen backbone, computed once and kept by what they were computed from."""

import hashlib
import io
from pathlib import Path

import numpy as np

from galutils.networks import pretrained
from galutils.store import files

DIGEST = 32  # bytes of a SHA-256


def key(backbone, images):
    """Hash of everything that features depend on.

    Parameters
    ----------
    backbone : keras.Model
        Its weights count, and the settings of its layers: preprocessing is among them.
    images : ndarray
        Values, type and shape count.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(repr(pretrained.layer_settings(backbone)).encode())
    for array in (*backbone.get_weights(), images):
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(memoryview(array.reshape(-1).view(np.uint8)))
    return digest.hexdigest()


def compute(backbone, images, batch_size=64):
    """Mean over the maps of a backbone.

    Parameters
    ----------
    backbone : keras.Model
        Output of shape (None, height, width, n_features).
    images : ndarray, shape (n, h, w, c)
        As the backbone takes them; NaN gives NaN.
    batch_size : int
        Images computed together.

    Returns
    -------
    ndarray of float32, shape (n, n_features)
    """
    starts = range(0, len(images), batch_size)
    batches = [
        np.asarray(backbone(images[i : i + batch_size], training=False)).mean(axis=(1, 2))
        for i in starts
    ]
    empty = np.empty((0, backbone.output_shape[-1]))
    return np.concatenate([empty, *batches]).astype(np.float32)


def features(backbone, images, folder, batch_size=64):
    """Features of images, from the folder if they were computed before.

    The files are ``.npy``, written whole or not at all, with a checksum at the
    end that `numpy.load` does not look at. A damaged file is computed and
    written again.

    Parameters
    ----------
    backbone, images, batch_size
        As of `compute`.
    folder : path-like
        Where ``features_<hash>.npy`` lies, or will; made if missing.

    Returns
    -------
    ndarray of float32, shape (n, n_features)
    """
    path = Path(folder, f"features_{key(backbone, images)}.npy")
    kept = _read(path)
    if kept is None:
        kept = compute(backbone, images, batch_size)
        buffer = io.BytesIO()
        np.save(buffer, kept, allow_pickle=False)
        content = buffer.getvalue()
        files.write(path, content + hashlib.sha256(content).digest())
    return kept


def _read(path):
    """Array of a file, or None where there is none or its checksum is wrong."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    if hashlib.sha256(content[:-DIGEST]).digest() != content[-DIGEST:]:
        return None
    try:
        return np.load(io.BytesIO(content), allow_pickle=False)
    except ValueError:  # written by another program: computed again
        return None
