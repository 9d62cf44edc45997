"""Networks that see several things of a galaxy at once, any of which may be missing.

Each part has layers of its own, down to some numbers that are zero where the part is not known;
further layers see the numbers of all parts and which are known. In training, parts that are known
are left out at random (as Neverova et al. 2016, IEEE TPAMI 38, 1692, section 4, do), so that one
network tells the class by any of them.
"""

import keras
import numpy as np
from keras import layers, ops

from galutils.inputs import augment
from galutils.networks import train
from galutils.networks.fused_batchnorm import compile_model, fuse

UNITS = 32  # numbers of each part, and units of the layer that sees all
LEFT_OUT = 0.3  # share of known parts that an epoch leaves out


def pack(maps, images, columns):
    """Put the parts of each galaxy into one array.

    Parameters
    ----------
    maps : ndarray, shape (n, m, m, 1)
        Velocity maps as network inputs; all zero where there is none.
    images : ndarray, shape (n, k, k, channels)
        Images as network inputs; all zero where there is none.
    columns : ndarray, shape (n, c)
        Columns of a catalogue in units of their scatter, NaN where not known.

    Returns
    -------
    ndarray, shape (n,)
        With fields ``field``, ``image``, ``catalogue`` (0 for NaN) and ``known``, 1 or 0 for each
        of the three in this order.
    """
    parts = {"field": maps, "image": images, "catalogue": np.nan_to_num(columns)}
    known = np.column_stack([one.reshape(len(one), -1).any(axis=1) for one in parts.values()])
    parts["known"] = known
    packed = np.empty(len(maps), [(name, "f4", one.shape[1:]) for name, one in parts.items()])
    for name, one in parts.items():
        packed[name] = one
    return packed


def build(map_network, image_network, columns, dropout=0.3):
    """Join a network of maps, one of images and the columns of a catalogue, ready for training.

    Parameters
    ----------
    map_network, image_network : callable
        Return a model with one output that is its last layer.
    columns : int
        Number of columns.
    dropout : float
        Rate before the output.

    Returns
    -------
    keras.Model
        Inputs by the names that `pack` gives them, output of shape (None, 1).
    """
    networks = {"field": map_network(), "image": image_network()}
    inputs = {name: keras.Input(one.input_shape[1:], name=name) for name, one in networks.items()}
    inputs |= {"catalogue": keras.Input((columns,), name="catalogue")}
    ends = [keras.Model(one.input, one.layers[-1].input) for one in networks.values()]
    ends = [fuse(end)(inputs[name]) for end, name in zip(ends, networks, strict=True)]
    ends.append(layers.Dense(UNITS, activation="relu", dtype="float32")(inputs["catalogue"]))
    inputs["known"] = known = keras.Input((len(ends),), name="known")
    x = layers.Concatenate()([layers.Dense(UNITS, "relu", dtype="float32")(end) for end in ends])
    x = layers.Reshape((len(ends), UNITS))(x)
    x = layers.Flatten()(layers.Multiply()([x, layers.Reshape((len(ends), 1))(known)]))
    x = layers.Dense(UNITS, activation="relu")(layers.Concatenate()([x, known]))
    x = layers.Dense(1, activation="sigmoid")(layers.Dropout(dropout)(x))
    model = keras.Model(inputs, x)
    return compile_model(model, keras.optimizers.Adam(), "binary_crossentropy", metrics=None)


def change(packed, rng):
    """Turn and mirror maps and images, flip signs of maps, and leave parts out, at random.

    Parameters
    ----------
    packed : ndarray
        As of `pack`.
    rng : numpy.random.Generator

    Returns
    -------
    dict of ndarray
    """
    kept = packed["known"] * (rng.random(packed["known"].shape) >= LEFT_OUT)
    kept = np.where(kept.any(axis=1, keepdims=True), kept, packed["known"])
    return {
        "field": augment.random_dihedral_and_sign(packed["field"], rng),
        "image": augment.random_dihedral(packed["image"], rng),
        "catalogue": packed["catalogue"],
        "known": kept.astype(np.float32),
    }


def predict(model, packed, use=("field", "image", "catalogue"), batch_size=256):
    """Compute probabilities by some of the parts, the mean over the symmetries of the square.

    Parameters
    ----------
    model : keras.Model
        As of `build`.
    packed : ndarray, shape (n,)
        As of `pack`.
    use : sequence of str
        Parts; the others count as not known.
    batch_size : int

    Returns
    -------
    ndarray, shape (n,)
        Probability of class 1.
    """
    used = np.array([name in use for name in ("field", "image", "catalogue")])
    found, call = np.empty(len(packed)), train.graph(model)
    for start in range(0, len(packed), batch_size):
        rows = packed[start : start + batch_size]
        fixed = {"catalogue": rows["catalogue"], "known": rows["known"] * used}
        views = [
            call(fixed | {name: augment.dihedral(rows[name], s) for name in ("field", "image")})
            for s in range(8)
        ]
        found[start : start + batch_size] = ops.mean(ops.stack(views), axis=0)[:, 0]
    return found
