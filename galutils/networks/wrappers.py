"""Build networks around trained ones: a mean of several or over symmetries, or larger inputs."""


def copied(model, **settings):
    """Return a copy that is not compiled; `settings` are those of `keras.models.clone_model`."""
    import keras

    copy = keras.models.clone_model(model, **settings)
    copy.set_weights(model.get_weights())
    copy.compiled, copy.optimizer = False, None  # Keras copies the optimizer too, with its weights
    return copy


def members(model):
    """Return the networks of which `ensemble` made a model, in their order."""
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.Model)]


def in_float32(model):
    """Copy a network, perhaps with others in it, into one that computes in float32."""
    return copied(model, clone_function=_in_float32, recursive=True)


def ensemble(members):
    """Combine several networks into one that returns their mean, computed in float32.

    Gradients in bfloat16 carry three digits, too few for attributions that
    must add up, so the copies do not keep the dtype policy of their members.

    Parameters
    ----------
    members : sequence of keras.Model
        Networks of equal input and output shape.

    Returns
    -------
    keras.Model
        Not compiled.
    """
    import keras

    inputs = keras.tree.map_structure(
        lambda one: keras.Input(one.shape[1:], name=one.name), members[0].input
    )
    outputs = []
    for number, member in enumerate(members):
        copy = in_float32(member)
        copy.name = f"member_{number}"
        outputs.append(copy(inputs))
    mean = keras.layers.Average()(outputs) if len(outputs) > 1 else outputs[0]
    return keras.Model(inputs, mean, name="ensemble")


def _in_float32(layer):
    import keras

    policy = {"dtype": "float32"} if isinstance(layer, keras.Layer) else {}  # operations have none
    return type(layer).from_config({**layer.get_config(), **policy})


def symmetrised(model):
    """Average a network over the eight symmetries of the square, as one network.

    Rotating or mirroring an image does not change what it shows, and the mean
    does not depend on it at all.

    Parameters
    ----------
    model : keras.Model
        A network of square images.

    Returns
    -------
    keras.Model
        Network of the same input and output shape, not compiled.
    """
    import keras
    from keras import ops

    inputs = keras.Input(model.input_shape[1:])
    views = []
    for image in (inputs, ops.transpose(inputs, (0, 2, 1, 3))):
        for mirrored in (image, ops.flip(image, 1)):
            views += [mirrored, ops.flip(mirrored, 2)]
    # one call on all eight, since eight calls of an ensemble would be a large graph
    outputs = model(ops.concatenate(views, axis=0))
    mean = ops.mean(ops.reshape(outputs, (8, -1, outputs.shape[-1])), axis=0)
    return keras.Model(inputs, mean, name="symmetrised")


def shrinking(model, size):
    """Make a network accept larger images, which it averages as `images.block_average` does.

    Parameters
    ----------
    model : keras.Model
        A network of square images of at most `size` pixels.
    size : int
        Side of the new input in pixels.

    Returns
    -------
    keras.Model
        Not compiled.
    """
    import keras

    side, channels = model.input_shape[2:]
    block = size // side
    inputs = keras.Input((size, size, channels))
    x = keras.layers.CenterCrop(block * side, block * side)(inputs)
    return keras.Model(inputs, model(keras.layers.AveragePooling2D(block)(x)), name="shrinking")
