"""From a file or a row to a network's input: the steps of the model's card, and no others."""

import io
import itertools
import pkgutil
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from astropy.table import Table
from PIL import Image

from galutils.classify import velocity_maps
from galutils.inputs import ranges
from galutils.store.files import require
from galutils.surveys.gz2 import images as gz2_images
from galutils.surveys.manga import sdss_images
from galutils.surveys.perseus import cutouts as perseus_cutouts
from galutils.surveys.sami import SPAXEL

FLAGS = {"few_measured": 1, "no_centre": 2, "flat": 4, "saturated": 8, "repeated_id": 16}
# unlike the maps of training, or not compared with them, as the card has no ranges
FLAGS |= {name: 32 << k for k, name in enumerate((*ranges.QUANTITIES, "no_ranges"))}
FEW_SPAXELS = 100  # 25 square arcsec, about six discs of SAMI's seeing
FASTEST = 1000.0  # km/s about the systemic velocity; more is a failed fit
FEW_PIXELS, SATURATED = 0.5, 0.01  # shares of an image: not black, and at 255


class Kind(NamedTuple):
    """Read and check one kind of network input.

    Attributes
    ----------
    read : callable
        Takes a path, gives an array as it was measured; ValueError with the reason if it cannot.
    take : callable
        Takes an array of a stack or a table, gives the same.
    flags : callable
        Takes an array as measured, gives bits of `FLAGS`.
    first : callable or None
        Does the card's first step on one measured array; None where that step takes many.
    why_not : callable
        Takes the name of a data set or column, says why it is something else, '' if it is not.
    """

    read: Callable
    take: Callable
    flags: Callable
    first: Callable | None = None
    why_not: Callable = lambda name: ""


def _map_flags(velocity):
    valid = np.isfinite(velocity)
    values = velocity[valid]
    low, high = values.min(), values.max()
    few, fast = values.size < FEW_SPAXELS, max(-low, high) >= FASTEST
    return _bits(few_measured=few, no_centre=_no_centre(valid), flat=low == high, saturated=fast)


def _image_flags(image):
    lit, flat = image.any(axis=-1), image.min() == image.max()
    few, full = lit.mean() < FEW_PIXELS, (image == 255).any(axis=-1).mean() > SATURATED
    return _bits(few_measured=few, no_centre=_no_centre(lit), flat=flat, saturated=full)


def _no_centre(measured):
    """Tell whether nothing is measured in the middle three rows and columns, four of an even n."""
    y, x = measured.shape
    return not measured[(y - 1) // 2 - 1 : y // 2 + 2, (x - 1) // 2 - 1 : x // 2 + 2].any()


def _bits(**found):
    return sum(FLAGS[name] for name, true in found.items() if true)


def _take_image(array, side):
    array = np.asarray(array)
    good = array.shape == (side, side, 3) and array.dtype == np.uint8
    require(good, f"uint8 of {side}x{side}x3", f"{array.dtype} of {array.shape}")
    return array


def _images_of(survey, first=None):
    """Return the kind of the images that a module of `galutils.surveys` reads."""
    return Kind(survey.read, partial(_take_image, side=survey.SIDE), _image_flags, first)


def _middle(image, side=gz2_images.SIDE, crop=gz2_images.SIDE):
    return gz2_images.middle(Image.fromarray(image), side, crop)


MAPS = Kind(velocity_maps.read, velocity_maps.as_map, _map_flags, why_not=velocity_maps.why_not)
# the first step of a card: what is to be read
KINDS = {
    "galutils.inputs.images.network_input": MAPS,
    "galutils.inputs.clean.without_systemic": MAPS,
    "galutils.studies.domain_shift.fixed_scale": MAPS,
    "galutils.studies.domain_shift.free_scale": MAPS,
    "galutils.surveys.manga.sdss_images.network_input": _images_of(sdss_images),
    "galutils.surveys.perseus.cutouts.read_images": _images_of(perseus_cutouts, np.asarray),
    "galutils.surveys.gz2.images.read_images": _images_of(gz2_images, _middle),
}


class Preparation:
    """Reads and prepares as a card says.

    Parameters
    ----------
    card : dict
        As of `galutils.networks.cards.read`.
    rows : galutils.classify.rows.Rows
        Reader of stacks and tables.

    Raises
    ------
    ValueError
        If the card names no step that says what is to be read.
    """

    def __init__(self, card, rows):
        steps = card["preprocessing"]
        good = steps and steps[0]["function"] in KINDS
        require(good, f"a first step of {', '.join(KINDS)}", steps[:1], f"card {card['name']}")
        self.shape = tuple(card["architecture"]["input"])
        self._kind, self._rows = KINDS[steps[0]["function"]], rows
        self._ranges = card["data"].get("ranges")
        self._settings = steps[0]["arguments"]
        self._steps = steps if self._kind.first is None else steps[1:]

    def load(self, listing):
        """Read the inputs of a listing and prepare them.

        Parameters
        ----------
        listing : pandas.DataFrame
            As of `galutils.classify.inputs.listing`.

        Returns
        -------
        x : ndarray, shape (n_good, ...) of inputs
        good : ndarray of int, shape (n_good,)
            Places in `listing`.
        flags : ndarray of uint16, shape (n_good,)
            Bits of `FLAGS`.
        reasons : dict of int to str
            Place to what was wrong, for all others.
        """
        return self.of(enumerate(self._inputs(listing)))

    def of(self, inputs):
        """Read and prepare inputs, wherever they are.

        Parameters
        ----------
        inputs : iterable of (int, object)
            Place, and the array as it was measured, the path or the bytes of a file, or the
            ValueError that says why there is none.

        Returns
        -------
        x, good, flags, reasons
            As of `load`.
        """
        measured, flags, reasons = {}, {}, {}
        first = self._kind.first
        for place, found in inputs:
            try:
                array = self._measured(found)
                unlike = ranges.unlike(array, self._ranges) if self._ranges else ["no_ranges"]
                flags[place] = self._kind.flags(array) | sum(FLAGS[name] for name in unlike)
                measured[place] = array if first is None else first(array, **self._settings)
            except ValueError as error:
                reasons[place] = str(error)
        prepared = self._prepared(measured, reasons)
        good = np.array([place for place in measured if place not in reasons], dtype=int)
        x = np.empty((0, *self.shape), np.float32)
        if len(good):
            x = np.stack([prepared[place] for place in good])
        return x, good, np.array([flags[place] for place in good], dtype=np.uint16), reasons

    def _inputs(self, listing):
        """Yield the path or the row of each input, or the ValueError of what is left out."""
        places = zip(*(listing[name] for name in ("file", "dataset", "why", "row")), strict=True)
        for (file, dataset, out), run in itertools.groupby(places, lambda place: place[:3]):
            rows = [row for *_, row in run]
            why = out or (self._kind.why_not(dataset) if dataset is not None else "")
            if why:
                yield from [ValueError(why)] * len(rows)
            elif dataset is None:
                yield from [file] * len(rows)
            else:
                yield from self._rows.read(file, dataset, rows[0], rows[-1] + 1)

    def _measured(self, found):
        """Return the array of a path or of a row, which may be the bytes of an image's file."""
        if isinstance(found, ValueError):
            raise found
        packed = isinstance(found, io.BytesIO)
        require(not packed or self._kind is not MAPS, "a map", "the bytes of a file")
        read = packed or isinstance(found, str)
        return self._kind.read(found) if read else self._kind.take(found)

    def _prepared(self, measured, reasons):
        """Do the steps on all arrays of one shape together; one by one where they fail."""
        shapes, prepared = {}, {}
        for place, array in measured.items():
            shapes.setdefault(array.shape, []).append(place)
        waiting = list(shapes.values())
        while waiting:
            places = waiting.pop()
            try:
                stack = np.stack([measured[place] for place in places])
                for step in self._steps:
                    stack = apply(step["function"], stack, step["arguments"])
                if stack.shape[1:] != self.shape:
                    raise ValueError(f"inputs of {stack.shape[1:]} in place of {self.shape}")
                prepared |= dict(zip(places, stack, strict=True))
            except (ValueError, IndexError) as error:
                if len(places) > 1:
                    waiting += [[place] for place in places]
                else:
                    reasons[places[0]] = f"expected what the card prepares, received {error}"
        return prepared


def apply(function, stack, arguments):
    """Call a step of a card, one of `galutils.networks.cards.STEPS`, by its name."""
    if function.startswith("galutils.studies.domain_shift."):  # these take a sample
        stack = Table({"velocity": stack}, meta={"spaxel": SPAXEL})
    return pkgutil.resolve_name(function)(stack, **arguments)
