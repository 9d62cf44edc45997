"""Load weights of a backbone from a model of Keras, or of Zoobot's TensorFlow version."""

from collections import Counter
from pathlib import Path

from galutils.networks import saved
from galutils.store import files
from galutils.store.files import require


def layer_settings(network):
    """List the type and settings of a network's layers: all that it does besides its weights.

    Parameters
    ----------
    network : keras.Model
        Any model; names of layers and the size of the input do not count.

    Returns
    -------
    list of tuple of str
        Type and settings of each layer but the inputs.
    """
    described = []
    for layer in network.layers:
        inside = layer_settings(layer) if hasattr(layer, "layers") else layer.get_config()
        if isinstance(inside, dict):
            inside = {k: v for k, v in inside.items() if k not in ("name", "trainable")}
        described.append((type(layer).__name__, str(inside)))
    return [one for one in described if one[0] != "InputLayer"]


def load_weights(network, path):
    """Load weights of a backbone from a file; no code from the file is run.

    Parameters
    ----------
    network : keras.Model
        As of `galutils.networks.efficientnet.backbone`; changed in place.
    path : path-like
        A ``.keras`` model of the same backbone (of images of any size), or a TensorFlow checkpoint
        as Zoobot (Walmsley et al. 2023) published: the path without ``.index`` and ``.data-...``.
        Weights of a checkpoint are found by their names and shapes; those of its head and
        optimiser are left out.

    Raises
    ------
    ValueError
        If the file is neither or of another network; the message names the file.
    """
    path = Path(path)
    if Path(f"{path}.index").is_file():
        _load_checkpoint(network, path)
        return
    wanted = f"a .keras file, or a TensorFlow checkpoint ({path.name}.index)"
    received = "another file" if path.exists() else "nothing"
    require(path.is_file() and path.suffix == ".keras", wanted, received, path)
    model = saved.load(path)
    # Equal weights do not prove that two networks compute the same, so their layers are compared.
    expected, received = layer_settings(network), layer_settings(model)
    require(len(expected) == len(received), f"{len(expected)} layers", len(received), path)
    for number, (ours, theirs) in enumerate(zip(expected, received, strict=True), start=1):
        require(ours == theirs, ours, theirs, f"{path}: layer {number}")
    ours, theirs = (Counter(tuple(w.shape) for w in one.weights) for one in (network, model))
    if ours != theirs:  # images with another number of channels
        missing, others = (", ".join(map(str, one)) for one in (ours - theirs, theirs - ours))
        raise ValueError(f"{path}: missing shapes: {missing}, others: {others}")
    network.set_weights(model.get_weights())


def _load_checkpoint(network, path):
    import keras
    import tensorflow as tf

    try:
        for part in sorted(path.parent.glob(f"{path.name}.data-*")):
            files.regular(part)
        reader = tf.train.load_checkpoint(str(path))
        keys = _checkpoint_keys(reader)
        values = {name: reader.get_tensor(key) for name, key in keys.items()}
    except Exception as error:
        raise ValueError(f"{path}: expected a TensorFlow checkpoint, received {error}") from error
    for layer in network.layers:
        # Keras has this layer and Zoobot has not; as built it changes nothing.
        if isinstance(layer, keras.layers.Normalization):
            continue
        for weight in layer.weights:
            name, shape = f"{layer.name}/{weight.name}", tuple(weight.shape)
            received = getattr(values.get(name), "shape", "nothing of that name")
            require(received == shape, shape, received, f"{path}: {name}")
            weight.assign(values[name])


def _checkpoint_keys(reader):
    """Map layer and name of each weight, as Keras 3 has them, to its key in a checkpoint."""
    from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

    graph = TrackableObjectGraph.FromString(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
    keys = {}
    for attribute in (one for node in graph.nodes for one in node.attributes):
        # An optimiser keeps running means under the names of the weights.
        if "optimizer" not in attribute.checkpoint_key.lower():
            name = "/".join(attribute.full_name.split("/")[-2:])
            keys[name.replace("depthwise_kernel", "kernel")] = attribute.checkpoint_key
    return keys
