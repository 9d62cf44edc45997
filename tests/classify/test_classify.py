"""Every input has a row or a reason, whatever it lies in."""

import json

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import zarr
from classify_inputs import (
    map_model,
    maps,
    network,
    saved,
    write_image,
    write_map,
    write_maps,
)
from pyarrow import parquet

from galutils import cli
from galutils.classify import classify, inputs, parts
from galutils.classify.classifier import flagged
from galutils.classify.inputs import Files, Manifest, Stack
from galutils.classify.members import Network
from galutils.classify.rows import Rows
from galutils.inputs import images
from galutils.networks import cards, gz2_votes, train, wrappers
from galutils.networks import saved as networks_saved
from galutils.store.files import ArchiveError
from galutils.surveys.gz2 import images as gz2_images
from galutils.surveys.perseus import cutouts as perseus_cutouts

STACK = maps(12)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return map_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_maps(tmp_path_factory.mktemp("maps"), STACK)


@pytest.fixture(scope="module")
def expected(model):
    return train.predict(networks_saved.load(model), images.network_input(STACK))


def read(out):
    return pd.read_parquet(out) if out.suffix == ".parquet" else pd.read_csv(out)


def test_one_row_a_map_and_a_reason_for_the_rest(model, folder, expected, tmp_path):
    bad = tmp_path / "bad"
    write_map(bad / "empty.fits", np.full((50, 50), np.nan))
    write_map(bad / "9_A_stellar-velocity-dispersion_default_two-moment.fits", STACK[0])
    (bad / "short.fits").write_bytes(b"SIMPLE  =")
    write_image(bad / "galaxy.png", 200, "red")
    (bad / "notes.txt").write_text("no input")
    out = tmp_path / "sub" / "out.csv"
    found = classify(model, [folder, bad, tmp_path / "gone.fits"], out)
    assert found == (18, 12, 6)
    table, rejected = read(out), read(tmp_path / "sub" / "out_rejected.csv").set_index("id")
    np.testing.assert_allclose(table["probability"], expected, atol=1e-6)
    named = np.where(expected >= 0.5, "fast rotator", "slow rotator")
    assert table["class"].tolist() == named.tolist()
    ids = [f"{1000 + k}_A_stellar-velocity_default_two-moment" for k in range(12)]
    assert table["id"].tolist() == ids
    assert set(table["model"]) == {json.loads(cards.beside(model).read_text())["file"]["sha256"]}
    assert (table["spread"] > 0).all() and (table["flags"] == 0).all()
    reasons = {name: rejected.loc[name, "reason"] for name in rejected.index}
    assert "NaN in every spaxel" in reasons["empty"]
    assert "dispersion" in reasons["9_A_stellar-velocity-dispersion_default_two-moment"]
    assert "expected a whole velocity map" in reasons["short"]
    assert "expected a whole velocity map" in reasons["galaxy"]
    assert "received none" in reasons["gone"]
    assert reasons["notes.txt"].startswith("expected an ending of .fits, .fits.gz")
    assert not (tmp_path / "sub" / "out.csv.parts").exists()


def hdf5(path):
    with h5py.File(path, "w") as file:
        file["velocity"], file["id"] = STACK, [f"g{k}" for k in range(12)]
        file["sigma"] = STACK
    return Stack(path, "velocity")


def zarr_group(path):
    group = zarr.create_group(path)
    group.create_array("velocity", data=STACK, chunks=(5, 50, 50))
    group.create_array("catid", data=np.arange(100, 112))
    return Stack(path, "velocity", "catid")


def manifest(path, folder):
    files = sorted(str(file) for file in folder.rglob("*.fits"))
    pd.DataFrame({"id": np.arange(12), "file": files}).to_parquet(path)
    return Manifest(path)


def nested(path):
    columns = {"id": np.arange(12), "velocity": STACK.tolist()}
    parquet.write_table(pa.table(columns), path, row_group_size=5)
    return Manifest(path, "velocity")


def flat(path):
    kind = pa.list_(pa.float32(), 2500)
    column = pa.FixedSizeListArray.from_arrays(STACK.ravel(), type=kind)
    parquet.write_table(pa.table({"id": np.arange(12), "map": column}), path)
    return Manifest(path, "map")


def tensor(path):
    column = pa.FixedShapeTensorArray.from_numpy_ndarray(STACK)
    parquet.write_table(pa.table({"id": np.arange(12), "map": column}), path)
    return Manifest(path, "map")


def hats(path):
    """Write three partitions, whose order by name is another than by pixel."""
    rows = {(0, 0, 4): slice(0, 5), (0, 0, 11): slice(5, 9), (1, 0, 30): slice(9, 12)}
    for (order, part, pixel), one in rows.items():
        place = path / "dataset" / f"Norder={order}" / f"Dir={part}"
        place.mkdir(parents=True, exist_ok=True)
        columns = {"_healpix_29": np.arange(12)[one] << 40, "objid": np.arange(12)[one]}
        table = pa.table(columns | {"velocity": STACK[one].tolist()})
        parquet.write_table(table, place / f"Npix={pixel}.parquet", row_group_size=3)
    return Manifest(path, "velocity", "objid")


@pytest.mark.parametrize("chunk", [3, 4, 512])
@pytest.mark.parametrize("kind", [hdf5, zarr_group, manifest, nested, flat, tensor, hats])
def test_every_kind_of_input_gives_the_same_in_chunks_of_any_size(
    kind, chunk, model, folder, expected, tmp_path
):
    path = tmp_path / {hdf5: "maps.h5", zarr_group: "maps", hats: "hats"}.get(kind, "maps.parquet")
    given = kind(path, folder) if kind is manifest else kind(path)
    assert classify(model, given, tmp_path / "out.parquet", chunk=chunk) == (12, 12, 0)
    table = read(tmp_path / "out.parquet")
    np.testing.assert_allclose(table["probability"], expected, atol=1e-6)
    first = {hdf5: "g0", zarr_group: "100"}.get(kind, "0")
    assert table["id"][0] == first and table["id"].is_unique


def test_a_catalogue_is_read_partition_by_partition(model, tmp_path, monkeypatch):
    given, opened = hats(tmp_path / "hats"), []
    file = parquet.ParquetFile

    def watched(path, **options):
        opened.append(str(path).partition("Npix=")[2])
        return file(path, **options)

    monkeypatch.setattr(parquet, "ParquetFile", watched)
    listing = inputs.listing(given)
    del opened[:]
    classify(model, given, tmp_path / "out.csv", chunk=2)
    # each once for its ids; then for its maps, in order, never going back
    assert opened[3:6] == ["4.parquet", "11.parquet", "30.parquet"]
    assert len(listing) == 12 and len(opened) == 6


def test_words_of_the_command_line_name_kinds(tmp_path):
    hats(tmp_path / "hats")
    zarr_group(tmp_path / "maps")
    assert inputs.of(["a", "b.fits"]) == Files(("a", "b.fits"))
    assert inputs.of(["a.h5::velocity"]) == Stack("a.h5", "velocity")
    assert inputs.of([f"{tmp_path}/maps::v::catid"]) == Stack(f"{tmp_path}/maps", "v", "catid")
    assert inputs.of(["a.parquet"]) == Manifest("a.parquet")
    found = inputs.of([f"{tmp_path / 'hats'}::velocity::objid"])
    assert found == Manifest(str(tmp_path / "hats"), "velocity", "objid")
    with pytest.raises(ValueError, match="or one stack or table, received a.h5 b"):
        inputs.of(["a.h5", "b"])


def test_inputs_that_are_none_are_named(model, tmp_path):
    out = tmp_path / "out.csv"
    (tmp_path / "nothing").mkdir()
    with pytest.raises(ArchiveError, match="expected maps or images, received none"):
        classify(model, tmp_path / "nothing", out)
    hdf5(tmp_path / "two.h5")
    with pytest.raises(ArchiveError, match="two.h5: expected one array of maps.*sigma"):
        classify(model, tmp_path / "two.h5", out)
    nested(tmp_path / "maps.parquet")
    with pytest.raises(ArchiveError, match="expected columns file, received id, velocity"):
        classify(model, tmp_path / "maps.parquet", out)
    with pytest.raises(ArchiveError, match="gone.h5: expected maps or images"):
        classify(model, tmp_path / "gone.h5", out)
    with pytest.raises(ValueError, match=r"out.txt: expected an ending of .csv or .parquet"):
        classify(model, tmp_path, tmp_path / "out.txt")


def test_a_row_that_is_no_map_has_a_reason(model, tmp_path):
    cells = [STACK[0].tolist(), None, [[1.0, 2.0], [3.0]], [[1.0, None], [2.0, 4.0]], []]
    path = tmp_path / "maps.parquet"
    parquet.write_table(pa.table({"id": list("abcde"), "map": cells}), path)
    assert classify(model, Manifest(path, "map"), tmp_path / "out.csv") == (5, 2, 3)
    assert read(tmp_path / "out.csv")["id"].tolist() == ["a", "d"]
    reasons = read(tmp_path / "out_rejected.csv").set_index("id")["reason"]
    assert list(reasons.index) == ["b", "c", "e"]
    assert "received rows of [2, 1] values" in reasons["c"]


def test_quality_flags_and_repeated_ids(model, tmp_path):
    stack = np.repeat(STACK[:1], 6, axis=0)
    stack[1][:, 20:] = np.nan
    stack[1][20:] = np.nan
    stack[2][20:30, 20:30] = np.nan
    stack[3] = 7
    stack[4][30, 30] = -1200
    with h5py.File(tmp_path / "maps.h5", "w") as file:
        file["velocity"], file["id"] = stack, [b"a", b"b", b"c", b"d", b"e", b"a"]
    classify(model, tmp_path / "maps.h5", tmp_path / "out.csv")
    flags = read(tmp_path / "out.csv")["flags"]
    names = ("few_measured", "no_centre", "flat", "saturated", "repeated_id")
    found = {name: np.flatnonzero(flagged(flags, name)).tolist() for name in names}
    assert found.pop("no_centre") == [1, 2]
    assert found == {"few_measured": [1], "flat": [3], "saturated": [4], "repeated_id": [0, 5]}


def test_images_of_all_kinds_are_prepared_by_the_card(tmp_path):
    cutouts, spirals = tmp_path / "cutouts", tmp_path / "spirals"
    cutouts.mkdir()
    spirals.mkdir()
    for k, red in enumerate((51, 204)):
        write_image(cutouts / f"sdss_objid={k + 1}.png", 200, (red, 0, 0))
        write_image(spirals / f"{k + 1}.jpg", 424, (red, 10, 90))
    write_image(cutouts / "small.png", 100, "red")
    write_image(cutouts / "white.png", 200, "white")
    write_image(cutouts / "black.png", 200, "black")
    member = saved(tmp_path / "m.keras", network((200, 200, 3)), "perseus-membership")
    small = saved(tmp_path / "s.keras", network((48, 48, 3)), "perseus-member")
    for model in (member, small):
        assert classify(model, cutouts, tmp_path / "out.csv") == (5, 4, 1)
        table = read(tmp_path / "out.csv").set_index("id")
        assert set(table["class"]) <= {"background", "cluster member"}
        assert table["spread"].isna().all()
        assert flagged(table.loc[["white", "black"], "flags"], "flat").all()
        assert flagged(table["flags"], "saturated").tolist() == [False, False, False, True]
    assert "received RGB of 100x100" in read(tmp_path / "out_rejected.csv")["reason"][0]

    sized = tmp_path / "sized"
    sized.mkdir()
    write_image(sized / "7443-12705.png", 80, (90, 60, 30))
    write_image(sized / "7443-1901.png", 128, (90, 60, 30))
    rotation = saved(tmp_path / "r.keras", network((48, 48, 3)), "manga-rotation-image")
    assert classify(rotation, sized, tmp_path / "sized.csv") == (2, 1, 1)
    assert read(tmp_path / "sized.csv")["id"].tolist() == ["7443-12705"]

    arms = saved(tmp_path / "a.keras", network((64, 64, 3), 6), "arms-tuned")
    assert classify(arms, spirals, tmp_path / "arms.csv") == (2, 2, 0)
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file["image"] = np.broadcast_to(np.array([51, 10, 90], np.uint8), (1, 424, 424, 3))
    classify(arms, tmp_path / "images.h5", tmp_path / "stack.csv")
    table = read(tmp_path / "arms.csv")
    arm_numbers = ("1", "2", "3", "4", "5+", "?")
    each = table[[f"p_{m}" for m in arm_numbers]].to_numpy()
    np.testing.assert_allclose(each.sum(axis=1), 1, atol=1e-5)
    assert [str(m) for m in table["class"]] == [arm_numbers[k] for k in each.argmax(axis=1)]
    np.testing.assert_allclose(table["probability"], each.max(axis=1))
    stack = read(tmp_path / "stack.csv")
    np.testing.assert_allclose(stack["probability"], table["probability"][:1], atol=0.02)

    grey = saved(tmp_path / "g.keras", network((64, 64, 1), 6), "arms-frozen")
    assert classify(grey, spirals, tmp_path / "grey.csv") == (2, 2, 0)
    seen = gz2_images.read_images(spirals, sorted(p.name for p in spirals.iterdir()), 64, 160)[0]
    expected = train.outputs(networks_saved.load(grey), seen.mean(axis=-1, keepdims=True))
    found = read(tmp_path / "grey.csv")["probability"]
    np.testing.assert_allclose(found, expected.max(axis=1), atol=1e-5)

    tree = saved(tmp_path / "t.keras", network((64, 64, 3), 10), "arms-tree")
    classify(tree, spirals, tmp_path / "tree.csv")
    table = read(tmp_path / "tree.csv")
    each = table[[f"p_{name}" for name in gz2_votes.CLASSES]].to_numpy()
    is_spiral = each[:, 4:].sum(axis=1) > each[:, :4].max(axis=1)
    assert table["class"].str.startswith("spiral").tolist() == is_spiral.tolist()


def test_maps_of_several_sizes_and_units(model, expected, tmp_path):
    from astropy.io import fits

    wide = np.pad(STACK[0], 6, constant_values=np.nan)
    write_map(tmp_path / "a" / "1_wide.fits", wide * 1000, BUNIT="m/s")
    write_map(tmp_path / "a" / "2_cut.fits", STACK[0][5:45, 5:45], CDELT2=0.5 / 3600)
    write_map(tmp_path / "a" / "3_flux.fits", STACK[0], BUNIT="erg/s")
    write_map(tmp_path / "a" / "4_coarse.fits", STACK[0], CDELT2=1 / 3600)
    sigma = fits.ImageHDU(STACK[0], name="SIG_ERR")
    write_map(tmp_path / "a" / "5_renamed.fits", STACK[0], sigma)
    assert classify(model, tmp_path / "a", tmp_path / "out.csv") == (5, 2, 3)
    np.testing.assert_allclose(read(tmp_path / "out.csv")["probability"], expected[0], atol=1e-6)
    reasons = read(tmp_path / "out_rejected.csv")["reason"].tolist()
    assert "BUNIT: expected km/s, received 'erg/s'" in reasons[0]
    assert "expected pixels of 0.5 arcsec, received 1.000" in reasons[1]
    assert "one of dispersion" in reasons[2]


@pytest.mark.parametrize("card", ["beyond-in-arcsec", "beyond-scale-free"])
def test_every_preparation_of_maps_is_that_of_training(card, folder, tmp_path):
    from astropy.table import Table

    from galutils.studies import domain_shift

    path = saved(tmp_path / "m.keras", network((40, 40, 1)), card)
    classify(path, folder, tmp_path / "out.csv")
    prepare = {
        "beyond-in-arcsec": domain_shift.fixed_scale,
        "beyond-scale-free": domain_shift.free_scale,
    }
    x = prepare[card](Table({"velocity": STACK}, meta={"spaxel": 0.5}))
    expected = train.predict(networks_saved.load(path), x)
    np.testing.assert_allclose(read(tmp_path / "out.csv")["probability"], expected, atol=1e-6)


def test_the_spread_is_that_of_the_members(tmp_path):
    members = [network((40, 40, 3), seed=k) for k in range(4)]
    x = np.random.default_rng(0).uniform(0, 255, (5, 85, 85, 3)).astype(np.float32)
    whole = wrappers.shrinking(wrappers.symmetrised(wrappers.ensemble(members)), 85)
    networks_saved.save(whole, tmp_path / "all.keras")
    seen = images.block_average(x, 40)
    each = np.stack([train.predict_symmetric(one, seen) for one in members])
    network_ = Network(tmp_path / "all.keras")
    mean, spread = network_.mean_and_spread(x)
    assert network_.n_members == 4
    np.testing.assert_allclose(spread[:, 0], each.std(axis=0), atol=1e-6)
    np.testing.assert_allclose(mean[:, 0], train.predict(whole, x), atol=1e-6)


def test_a_card_that_is_not_the_models_is_refused(model, folder, tmp_path):
    out = tmp_path / "out.csv"
    other = tmp_path / "other.keras"
    networks_saved.save(network((40, 40, 1), seed=9), other)
    with pytest.raises(ValueError, match="other.keras: expected a model and its card"):
        classify(other, folder, out)
    with pytest.raises(ValueError, match="other.keras: expected sha256 .* received"):
        classify(other, folder, out, card=cards.beside(model))
    networks_saved.save(network((32, 32, 3)), other)
    cards.begin("arms-galaxy", other, "quick", "mock")
    with pytest.raises(ValueError, match="expected the card of a classifier"):
        classify(other, folder, out)
    cards.begin("arms-tuned", other, "quick", "mock")
    with pytest.raises(ValueError, match="expected outputs for .*received a model of 1"):
        classify(other, folder, out)
    assert not out.exists()


def test_counts_that_do_not_add_up_are_an_error(model, folder, tmp_path, monkeypatch):
    write = parts.write

    def short(place, number, plan, part, *found):
        return write(place, number, plan, part[:3] if number == 1 else part, *found)

    monkeypatch.setattr(parts, "write", short)
    with pytest.raises(RuntimeError, match="part-000001.parquet: expected the ids of the listing"):
        classify(model, folder, tmp_path / "out.csv", chunk=4)
    assert not (tmp_path / "out.csv").exists()


class TestCommandLine:
    def test_says_how_many(self, model, folder, tmp_path, capsys):
        (tmp_path / "bad.fits").touch()
        out = tmp_path / "out.parquet"
        words = ["classify", str(model), str(folder), str(tmp_path / "bad.fits"), "-o", str(out)]
        assert cli.main([*words, "--chunk", "5"]) == 0
        said = capsys.readouterr()
        assert said.out.splitlines() == [
            f"{out}: 12 of 13 inputs classified",
            f"{tmp_path}/out_rejected.parquet: 1 left out, and why",
        ]
        assert "5 of 13, 0 left out" in said.err and "13 of 13, 1 left out" in said.err

    def test_says_what_cannot_be_done(self, model, folder, tmp_path, capsys):
        out = str(tmp_path / "out.csv")
        assert cli.main(["classify", str(tmp_path / "x.keras"), str(folder), "-o", out]) == 2
        assert "x.keras: expected a model and its card" in capsys.readouterr().err
        (tmp_path / "bad.fits").touch()
        assert cli.main(["classify", str(model), str(tmp_path / "bad.fits"), "-o", out]) == 1
        assert "0 of 1 inputs classified" in capsys.readouterr().out


@pytest.mark.parametrize(
    "kind", ["plain", "dictionary", "string_view", "binary", "large_string", "struct"]
)
def test_columns_of_paths_and_images_of_every_type(tmp_path, kind):
    write_image(tmp_path / "a.png", 200, "red")
    names = pa.array(["a.png", None])
    content = {"bytes": (tmp_path / "a.png").read_bytes(), "path": "a.png"}
    column = {
        "plain": names,
        "dictionary": names.dictionary_encode(),
        "string_view": names.cast(pa.string_view()),
        "binary": names.cast(pa.binary()),
        "large_string": names.cast(pa.large_string()),
        "struct": pa.array([content, None]),
    }[kind]
    parquet.write_table(pa.table({"id": [5, 6], "file": column}), tmp_path / "t.parquet")
    listing = inputs.listing(inputs.of([tmp_path / "t.parquet"]))
    assert listing["id"].tolist() == ["5", "6"]
    if kind != "struct":
        assert listing["file"].tolist() == [str(tmp_path / "a.png"), str(tmp_path)]
        return
    packed, missing = Rows().read(*listing.loc[0, ["file", "dataset"]], 0, 2)
    assert perseus_cutouts.read(packed).shape == (200, 200, 3)
    assert "expected a map or an image, received none" in str(missing)


@pytest.mark.parametrize("column", [[1.5, 2.5], [1, 2], [True, False], [{"path": "a"}] * 2])
def test_columns_that_are_no_input_are_refused_in_one_line(tmp_path, column):
    parquet.write_table(pa.table({"id": [5, 6], "file": column}), tmp_path / "t.parquet")
    with pytest.raises(ArchiveError, match=r"t\.parquet: expected paths, or maps .* in file"):
        inputs.listing(inputs.of([tmp_path / "t.parquet"]))


def test_identifiers_that_are_floats_are_refused(tmp_path):
    table = pd.DataFrame({"id": [587722981742084144, None], "file": ["a.fits", "b.fits"]})
    table.to_parquet(tmp_path / "t.parquet")
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["velocity"], file["id"] = STACK[:2], np.array([1.0, 2.0])
    for name in ("t.parquet", "s.h5"):
        with pytest.raises(ArchiveError, match="expected texts or whole numbers, received float"):
            inputs.listing(inputs.of([tmp_path / name]))


def test_a_result_among_its_inputs_is_none_of_them(model, tmp_path):
    write_maps(tmp_path, STACK[:2])
    (tmp_path / "log.txt").write_text("begun")
    for _ in range(2):
        assert classify(model, tmp_path, tmp_path / "out.csv") == (3, 2, 1)
        (tmp_path / "log.txt").write_text("ended, which a run that goes on may find")
    assert read(tmp_path / "out_rejected.csv")["id"].tolist() == ["log.txt"]
    left = tmp_path / "out.csv.parts"
    left.mkdir()
    (left / "part-000000.parquet").touch()
    assert classify(model, tmp_path, tmp_path / "out.csv") == (3, 2, 1)
