"""The table of classify tells maps that are unlike those of training, and networks that cannot."""

import gzip
import json

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import zarr
from astropy.io import fits
from classify_inputs import map_model, maps, network, saved, write_map
from pyarrow import parquet

from galutils.classify import classify
from galutils.classify.classifier import flagged
from galutils.classify.inputs import Manifest, Stack
from galutils.classify.preparation import FLAGS
from galutils.inputs import ranges
from galutils.networks import cards

[MAP] = maps(1, seed=3)
INSIDE = np.isfinite(MAP)
UNLIKE = {name: FLAGS[name] for name in ranges.QUANTITIES}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return map_model(tmp_path_factory.mktemp("model"))


def holed(velocity):
    velocity = velocity.copy()
    velocity[15:35, 15:35] = np.nan
    return velocity


PLANTED = {
    "a clean map": (MAP, []),
    "plus 3 amplitudes": (MAP + 3 * np.nanmax(MAP), ["offset"]),
    "in m/s without a unit": (MAP * 1000, ["amplitude", "saturated"]),
    "normalised": (MAP / 500, ["amplitude"]),
    "a hole": (holed(MAP), ["coverage", "no_centre", "scale"]),
    "spaxels of 0.25 arcsec": (np.repeat(np.repeat(MAP, 2, 0), 2, 1), ["scale"]),
    "spaxels of 1 arcsec": (MAP[1::2, 1::2], ["scale"]),
    "-500 outside": (np.where(INSIDE, MAP, -500), None),
    "0 outside": (np.nan_to_num(MAP), ["scale"]),
    "-999 outside": (np.where(INSIDE, MAP, -999), []),
    "infinite outside": (np.where(INSIDE, MAP, np.inf), []),
}


def test_each_planted_fault_has_its_flag(model, tmp_path):
    for number, (velocity, _) in enumerate(PLANTED.values()):
        write_map(tmp_path / "maps" / f"{number:02d}.fits", velocity)
    assert classify(model, tmp_path / "maps", tmp_path / "out.csv").n_rejected == 0
    table = pd.read_csv(tmp_path / "out.csv")
    for flags, (name, (_, expected)) in zip(table["flags"], PLANTED.items(), strict=True):
        found = {one for one in FLAGS if flagged(flags, one)}
        if expected is None:
            assert "repeated_value" in found, name
        else:
            assert found == set(expected), name
    clean = table["probability"][list(PLANTED).index("a clean map")]
    for name in ("-999 outside", "infinite outside"):
        assert table["probability"][list(PLANTED).index(name)] == clean


def test_one_infinite_spaxel_changes_hardly_anything(model, tmp_path):
    spoiled = MAP.copy()
    spoiled[24, 20] = -np.inf
    for name, one in (("a", MAP), ("b", spoiled), ("c", np.where(spoiled < -1e9, np.nan, MAP))):
        write_map(tmp_path / "maps" / f"{name}.fits", one)
    classify(model, tmp_path / "maps", tmp_path / "out.csv")
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["probability"][1] == table["probability"][2]
    assert abs(table["probability"][0] - table["probability"][1]) < 0.05
    assert (table["flags"] == 0).all()


def test_a_network_without_ranges_says_that_it_compared_nothing(tmp_path):
    path = saved(tmp_path / "m.keras", network((40, 40, 1)), "sami-grouped")
    write_map(tmp_path / "maps" / "a.fits", MAP)
    write_map(tmp_path / "maps" / "b.fits", MAP * 1000)
    classify(path, tmp_path / "maps", tmp_path / "out.csv")
    table = pd.read_csv(tmp_path / "out.csv")
    assert flagged(table["flags"], "no_ranges").all()
    assert not any(flagged(table["flags"], name).any() for name in ranges.QUANTITIES)


@pytest.mark.parametrize(
    "wrong", [[1], {"offset": [1]}, {"offset": ["a", "b"]}, {"offset": [2, 1]}, {"size": [0, 1]},
              {"offset": [0, float("nan")]}, "offset", None, {"offset": 3}]
)  # fmt: skip
def test_a_card_with_other_ranges_is_refused(model, wrong, tmp_path):
    card = json.loads(cards.beside(model).read_text())
    card["data"]["ranges"] = wrong
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card))
    with pytest.raises(ValueError, match="card.json: expected two numbers of any of offset, "):
        cards.read(path)


def units(place, unit):
    """Write the map in m/s with what says so, in each kind of stack; return the inputs."""
    stack = np.where(INSIDE, MAP * 1000, -999)[None]
    with h5py.File(place / "maps.h5", "w") as file:
        file["velocity"] = stack
        file["velocity"].attrs["units"] = unit
    array = zarr.create_group(place / "group").create_array("velocity", data=stack)
    array.attrs["unit"] = unit
    kind = pa.list_(pa.list_(pa.float64()))
    field = pa.field("velocity", kind, metadata={"unit": unit})
    columns = [pa.array(["a"]), pa.array(stack.tolist(), kind)]
    table = pa.Table.from_arrays(columns, schema=pa.schema([pa.field("id", pa.string()), field]))
    parquet.write_table(table, place / "maps.parquet")
    return (
        Stack(place / "maps.h5"),
        Stack(place / "group"),
        Manifest(place / "maps.parquet", "velocity"),
    )


def test_stacks_and_tables_say_their_unit(model, tmp_path):
    write_map(tmp_path / "maps" / "a.fits", MAP)
    classify(model, tmp_path / "maps", tmp_path / "one.csv")
    expected = pd.read_csv(tmp_path / "one.csv")
    for number, unit in enumerate(("m/s", "M/S")):
        (tmp_path / str(number)).mkdir()
        for inputs in units(tmp_path / str(number), unit):
            assert classify(model, inputs, tmp_path / "out.csv").n_done == 1
            found = pd.read_csv(tmp_path / "out.csv")
            np.testing.assert_allclose(found["probability"], expected["probability"], atol=1e-6)
            assert found["flags"].tolist() == [0]
    (tmp_path / "K").mkdir()
    for inputs in units(tmp_path / "K", "K"):
        assert classify(model, inputs, tmp_path / "out.csv").n_rejected == 1
        reason = pd.read_csv(tmp_path / "out_rejected.csv")["reason"][0]
        assert "velocity: expected km/s, received 'K'" in reason


def test_a_stack_of_dispersions_is_refused_by_its_name(model, tmp_path):
    for name in ("sigma", "stellar_vdisp"):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file[name] = MAP[None]
        assert classify(model, tmp_path / f"{name}.h5", tmp_path / "out.csv").n_rejected == 1
        reason = pd.read_csv(tmp_path / "out_rejected.csv")["reason"][0]
        assert f"received one of dispersion by its name, {name}" in reason


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_of_both_versions_in_a_group_or_alone(version, model, tmp_path):
    group = zarr.open_group(str(tmp_path / "group"), mode="w", zarr_format=version)
    group.create_array("velocity", shape=(1, 50, 50), dtype="f4")[:] = MAP[None]
    zarr.save_array(str(tmp_path / "velocity"), MAP[None], zarr_format=version)
    found = []
    for name in ("group", "velocity"):
        assert classify(model, tmp_path / name, tmp_path / "out.csv").n_done == 1
        found.append(pd.read_csv(tmp_path / "out.csv")["probability"][0])
    assert found[0] == found[1]


def test_compressed_files_of_a_folder_are_inputs(model, tmp_path):
    folder = tmp_path / "maps"
    write_map(folder / "1.fits", MAP)
    content = (folder / "1.fits").read_bytes()
    (folder / "2_A_stellar-velocity_default_two-moment.fits.gz").write_bytes(gzip.compress(content))
    how = {"compression_type": "GZIP_2", "quantize_level": 0}
    packed = fits.CompImageHDU(MAP.astype("f8"), **how)
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(folder / "3.fits.fz")
    names = ("STELLAR_VEL", "STELLAR_VEL_IVAR", "STELLAR_VEL_MASK")
    layers = (np.where(INSIDE, MAP, 0), INSIDE * 1.0, (~INSIDE).astype(int))
    hdus = [fits.ImageHDU(one, name=name) for name, one in zip(names, layers, strict=True)]
    dap = "manga-7443-12701-MAPS-HYB10-MILESHC-MASTARSSP.fits.gz"
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(folder / dap)
    packed = [fits.CompImageHDU(h.data, h.header, **how) for h in hdus]
    fits.HDUList([fits.PrimaryHDU(), *packed]).writeto(folder / f"{dap[:-3]}.fz")
    assert classify(model, folder, tmp_path / "out.csv") == (5, 5, 0)
    table = pd.read_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(table["probability"], table["probability"][0], atol=1e-6)
    stem = "manga-7443-12701-MAPS-HYB10-MILESHC-MASTARSSP"
    assert table["id"].tolist() == ["1", "2_A_stellar-velocity_default_two-moment", "3", stem, stem]


def test_networks_that_are_shipped_hold_the_ranges_of_their_maps():
    from galutils.networks import shipped

    for name in ("sami_grouped", "sami_published_text", "sami_published_code"):
        _, record = shipped.read(name)
        found = record["ranges"]
        assert tuple(found) == ranges.QUANTITIES and found["amplitude"][0] > 20
        assert ranges.unlike(MAP, {"amplitude": found["amplitude"]}) == []
        assert ranges.unlike(MAP / 1000, found) != []
