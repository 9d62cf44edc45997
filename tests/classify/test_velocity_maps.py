"""One map from one file, whichever survey it is of."""

import gzip

import numpy as np
import pytest
from astropy.io import fits
from classify_inputs import maps, write_map

from galutils.classify import velocity_maps

[MAP] = maps(1)


def test_the_short_way_reads_what_astropy_reads(tmp_path):
    path = write_map(tmp_path / "1.fits", MAP, fits.ImageHDU(MAP, name="VEL_ERR"), BUNIT="km/s")
    np.testing.assert_array_equal(velocity_maps.read(path), fits.getdata(path).astype("f4"))
    packed = tmp_path / "1.fits.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(velocity_maps.read(packed), MAP)


def test_scaled_integers_are_left_to_astropy(tmp_path):
    hdu = fits.PrimaryHDU(np.nan_to_num(MAP))
    hdu.scale("int16", bscale=0.1)
    hdu.writeto(tmp_path / "1.fits")
    found = velocity_maps.read(tmp_path / "1.fits")
    np.testing.assert_allclose(found, np.nan_to_num(MAP), atol=0.06)


def test_masked_spaxels_of_manga_are_nan(tmp_path):
    mask, weight = np.zeros((50, 50), int), np.ones((50, 50))
    mask[20], weight[30] = 1, 0
    layers = {"STELLAR_VEL": MAP, "STELLAR_VEL_IVAR": weight, "STELLAR_VEL_MASK": mask}
    hdus = [fits.ImageHDU(data, name=name) for name, data in layers.items()]
    path = tmp_path / "manga-7443-12701-MAPS-HYB10-MILESHC-MASTARSSP.fits"
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    found = velocity_maps.read(path)
    assert np.isnan(found[[20, 30]]).all()
    np.testing.assert_array_equal(found[21:30], MAP[21:30])


@pytest.mark.parametrize("length", [0, 1000, 2880, 5000])
def test_a_file_that_ends_early_is_named(tmp_path, length):
    path = write_map(tmp_path / "1.fits", MAP)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="expected a whole velocity map"):
        velocity_maps.read(path)
