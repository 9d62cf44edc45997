"""What mock archives cost."""

import importlib
import shutil

import pytest

from galutils import mock

SIZES = {"sami": 250, "manga": 250, "manga_images": 250, "tng": 250, "perseus": 250, "gz2": 1000}


@pytest.mark.parametrize("survey", SIZES)
def test_mock(cost, tmp_path, survey):
    write = importlib.import_module(f"galutils.mock.{survey}").write
    n = SIZES[survey]

    def once():
        shutil.rmtree(mock.publish(write, tmp_path / survey, n, mock.SEED))

    cost(
        f"mock {survey}", once, says=f"galutils.mock.{survey} of {n}, its files written",
        unit="s per 1000 galaxies", rounds=1, warm=0, amount=n / 1000,
    )  # fmt: skip
