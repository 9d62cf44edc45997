"""Images of labelled galaxies with more pixels: which file, which field, which errors."""

import numpy as np
import pytest
from astropy.table import Table
from PIL import Image

from galutils.store.files import ArchiveError
from galutils.surveys.gz2 import enlarged


@pytest.fixture
def sample(tmp_path):
    """A bright square of half the sample's field in the middle of each image."""
    rows = {"manga": ("manga", "a.png", 80, 32), "votes": ("gz2_labelled", "b.png", 424, 96)}
    for folder, name, size, bright in rows.values():
        image, edge = np.zeros((size, size, 3), np.uint8), (size - bright) // 2
        image[edge:-edge, edge:-edge] = 200
        (tmp_path / folder).mkdir()
        Image.fromarray(image).save(tmp_path / folder / name)
    table = Table({"survey": list(rows), "file": [one[1] for one in rows.values()]})
    table.meta["source"] = "archive"
    return table


def test_images_have_the_same_field_whatever_the_survey(sample, tmp_path):
    for field, share in ((1.0, 1 / 4), (1.125, (1 / 2 / 1.125) ** 2)):
        images = enlarged.read(sample, 128, field, tmp_path)
        assert images.shape == (2, 128, 128, 3)
        np.testing.assert_allclose((images > 100).mean(axis=(1, 2, 3)), share, atol=0.02)


def test_a_missing_image_is_named(sample, tmp_path):
    (tmp_path / "manga/a.png").unlink()
    with pytest.raises(ArchiveError, match=r"manga: expected images, received a\.png"):
        enlarged.read(sample, 64, root=tmp_path)
