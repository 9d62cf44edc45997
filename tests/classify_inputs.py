"""Networks with cards, and folders of files, for the tests of `galutils.classify`."""

import keras
import numpy as np
from astropy.io import fits
from PIL import Image

from galutils.inputs import ranges as training_ranges
from galutils.networks import cards, wrappers
from galutils.networks import saved as networks_saved


def network(shape, outputs=1, seed=0):
    """Return a network that is quick to build and whose output depends on the input."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(shape)
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(shape[0] // 4)(inputs))
    kind = "sigmoid" if outputs == 1 else "softmax"
    return keras.Model(inputs, keras.layers.Dense(outputs, activation=kind)(x))


def saved(path, model, card, ranges=None):
    """Save a network with the card of one of the book's; return the path."""
    networks_saved.save(model, path)
    cards.begin(card, path, "quick", "mock", ranges)
    return path


def map_model(folder, members=2):
    """Save a network whose card says that it was trained on maps as of `maps`, and smaller ones."""
    parts = [network((40, 40, 1), seed=k) for k in range(members)]
    rng, stack = np.random.default_rng(1), maps(400, seed=1)
    y, x = np.indices((50, 50)) - 24.5
    stack[np.hypot(x, y) > rng.uniform(10, 16, (400, 1, 1))] = np.nan
    stack[rng.random(stack.shape) < rng.uniform(0, 0.05, (400, 1, 1))] = np.nan
    trained_on = training_ranges.of(stack)
    return saved(folder / "maps.keras", wrappers.ensemble(parts), "sami-grouped", trained_on)


def maps(n, seed=0, side=50):
    """Return rotating discs, float32 (n, side, side), NaN beyond a radius."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((side, side)) - (side - 1) / 2
    angle = rng.uniform(0, 2 * np.pi, (n, 1, 1))
    field = rng.uniform(20, 300, (n, 1, 1)) * np.tanh((x * np.cos(angle) + y * np.sin(angle)) / 5)
    return np.where(np.hypot(x, y) < 15, field, np.nan).astype(np.float32)


def write_map(path, velocity, *extensions, **header):
    hdus = [fits.PrimaryHDU(velocity.astype(">f8")), *extensions]
    hdus[0].header.update(header)
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.HDUList(hdus).writeto(path)
    return path


def write_maps(folder, stack):
    """Write SAMI-like files by number; return the folder."""
    for k, velocity in enumerate(stack):
        name = f"{1000 + k}_A_stellar-velocity_default_two-moment.fits"
        write_map(folder / str(1000 + k) / name, velocity, BUNIT="km/s")
    return folder


def write_image(path, size, colour):
    Image.new("RGB", (size, size), colour).save(path)
    return path
