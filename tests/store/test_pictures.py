"""Images read into one array."""

import numpy as np

from galutils.store import pictures


def test_images_that_cannot_be_read_are_left_out_with_their_reason():
    def read(name):
        if name == "bad":
            raise ValueError("expected an image, received none")
        return np.full((2, 2, 3), int(name))

    images, good, rejected = pictures.read_all(["1", "bad", "3"], (2, 2, 3), np.uint8, read)
    assert images.shape == (2, 2, 2, 3) and images.dtype == np.uint8
    assert images[:, 0, 0, 0].tolist() == [1, 3] and good.tolist() == [0, 2]
    assert [tuple(row) for row in rejected] == [("bad", "expected an image, received none")]


def test_no_image_at_all_gives_empty_arrays():
    images, good, rejected = pictures.read_all([], (2, 2, 3), np.uint8, None)
    assert images.shape == (0, 2, 2, 3) and good.dtype == int and len(rejected) == 0
