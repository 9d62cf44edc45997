"""From a folder of maps to a table: every layout, one broken file, parts, and what is flagged."""

import h5py
import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table

import galutils
from galutils import cli
from galutils.classify import measurements, parts
from galutils.classify.measurements import catalogue, layouts, quantities, reading
from galutils.classify.measurements.galaxy import FLAGS, on_map
from galutils.physics import kinematics
from galutils.store.files import ArchiveError

SIDE, SPAXEL = 40, 0.5
X, Y = kinematics.spaxel_offsets((SIDE, SIDE), SPAXEL)
SHAPE = {"r_e": 5.0, "ellipticity": 0.3, "position_angle": 40.0, "sersic": 2.0, "fwhm": 1.5}


def maps(speed=150.0, noise=2.0, seed=0):
    """Return velocity, dispersion and flux of a disc, with the errors of its noise."""
    rng = np.random.default_rng(seed)
    radius = kinematics.elliptical_radius(X, Y, SHAPE["ellipticity"], 130)
    turned = np.deg2rad(SHAPE["position_angle"])
    along = Y * np.cos(turned) - X * np.sin(turned)
    inside = np.hypot(X, Y) < 8
    found = {
        "velocity": speed * along / np.hypot(radius, 1.5) + noise * rng.standard_normal(X.shape),
        "sigma": 90 + noise * rng.standard_normal(X.shape),
        "flux": np.exp(-radius / 3),
        "velocity_error": np.full(X.shape, noise),
        "sigma_error": np.full(X.shape, noise),
    }
    return {name: np.where(inside, values, np.nan) for name, values in found.items()}


def wcs():
    scale = SPAXEL / 3600
    return {
        "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CDELT1": -scale, "CDELT2": scale,
        "CRPIX1": SIDE / 2 + 0.5, "CRPIX2": SIDE / 2 + 0.5, "CRVAL1": 10.0, "CRVAL2": 0.0,
    }  # fmt: skip


def write_sami(folder, catid, one):
    """Write both files of a galaxy as SAMI DR3 has them."""
    pairs = {"velocity": ("velocity", "VEL_ERR"), "velocity-dispersion": ("sigma", "SIG_ERR")}
    for word, (name, error) in pairs.items():
        hdus = [fits.PrimaryHDU(one[name]), fits.ImageHDU(one[f"{name}_error"], name=error)]
        hdus += [fits.ImageHDU(one["flux"], name="FLUX")]
        hdus[0].header.update({**wcs(), "CATID": str(catid)})
        fits.HDUList(hdus).writeto(folder / f"{catid}_A_stellar-{word}_default_two-moment.fits")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("galaxies") / "maps"
    folder.mkdir()
    write_sami(folder, 1001, maps())
    write_sami(folder, 1002, maps(speed=8, seed=2))
    (folder / "broken.fits").write_bytes(b"SIMPLE  =")
    columns = {"A": X, "D": Y, "FLUX": maps()["flux"], "VPXF": maps()["velocity"] + 1700}
    columns |= {"SPXF": maps()["sigma"]}
    good = np.isfinite(columns["VPXF"])
    Table({k: v[good] for k, v in columns.items()}).write(folder / "NGC1_bins.fits")
    named = {"STARS_V": maps()["velocity"] * 1000, "STARS_S": maps()["sigma"] * 1000}
    hdus = [fits.PrimaryHDU(), *(fits.ImageHDU(v, name=k) for k, v in named.items())]
    hdus += [fits.ImageHDU(maps()["flux"], name="CONT_FLUX")]
    for hdu in hdus[1:3]:
        hdu.header["BUNIT"] = "m/s"
    (folder / "named").mkdir()
    fits.HDUList(hdus).writeto(folder / "named" / "mine.fits")
    names = ["1001", "1002", "NGC1", "mine"]
    pd.DataFrame({"name": names, **SHAPE}).to_csv(folder.parent / "sizes.csv", index=False)
    return folder


def run(folder, out, *words):
    more = ["--catalogue", str(folder.parent / "sizes.csv"), "--draws", "20", *map(str, words)]
    return cli.main(["measure", str(folder), "-o", str(out), *more])


@pytest.fixture(scope="module")
def table(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "measured.csv"
    layout = folder.parent / "layout.yml"
    layout.write_text("spaxel: 0.5\n")
    assert run(folder, out, "--layout", layout) == 0
    return out, pd.read_csv(out, dtype={"name": str}).set_index("name")


def test_every_layout_has_the_same_numbers(table):
    _, found = table
    disc = found.loc[["1001", "NGC1", "mine"]]
    truth = maps(noise=0)
    radius = kinematics.elliptical_radius(X, Y, SHAPE["ellipticity"], 130)
    spin = kinematics.lambda_r(
        *[truth[k] for k in ("velocity", "sigma", "flux")], radius, radius < 5
    )
    np.testing.assert_allclose(disc["lambda_r"], spin, atol=0.005)
    assert np.all(np.abs(disc["kinematic_pa"] - 40) < 2) and (disc["misalignment"] < 2).all()
    assert (disc["class"] == "fast rotator").all() and disc["p_fast_2011"].dropna().gt(0.99).all()
    assert found.loc["1002", "class"] == found.loc["1002", "class_2016"] == "slow rotator"
    assert found.loc["NGC1", "systemic"] == pytest.approx(1700, abs=2)
    assert (disc["lambda_r_circular"] > disc["lambda_r"]).all()
    assert (disc["lambda_r_graham2018"] > disc["lambda_r"]).all()
    assert found.loc["1001", "lambda_r_error"] < found.loc["1002", "lambda_r_error"] < 0.02


def test_what_is_missing_is_in_the_notes_and_the_bits(table):
    _, found = table
    assert found.loc["1001", "notes"] != found.loc["mine", "notes"]
    assert "errors_assumed" in found.loc["mine", "notes"]
    assert "no_network" in found.loc["NGC1", "notes"] and np.isnan(found.loc["NGC1", "moran"])
    for _, row in found.iterrows():
        names = str(row["notes"]).split() if isinstance(row["notes"], str) else []
        assert row["flags"] == sum(FLAGS[name] for name in names)
    assert found.loc["1001", "p_fast_network"] > found.loc["1002", "p_fast_network"]


def test_a_broken_file_has_its_reason_and_dispersions_are_no_galaxies(table):
    out, found = table
    [rejected] = pd.read_csv(parts.rejected_path(out)).to_dict("records")
    assert rejected["id"] == "broken" and "maps of stellar velocity" in rejected["reason"]
    assert len(found) == 4


def test_parts_of_any_size_and_workers_give_the_same_bytes(folder, table, tmp_path):
    out, _ = table
    measure = measurements.measure
    known = {
        "catalogues": [folder.parent / "sizes.csv"],
        "layout": folder.parent / "layout.yml",
        "draws": 20,
    }
    assert measure(folder, tmp_path / "a.csv", chunk=2, **known) == (5, 4, 1)
    assert (tmp_path / "a.csv").read_bytes() == out.read_bytes()
    found = measure(folder, tmp_path / "b.csv", chunk=3, workers=2, **known | {"network": None})
    assert found == (5, 4, 1)
    alone = pd.read_csv(tmp_path / "b.csv")["lambda_r_error"]
    np.testing.assert_array_equal(alone, pd.read_csv(out)["lambda_r_error"])


def test_stacks_and_groups_of_hdf5(tmp_path):
    one = maps()
    with h5py.File(tmp_path / "groups.h5", "w") as file:
        for name in "ab":
            for key, values in {"vel": "velocity", "sig": "sigma", "flux": "flux"}.items():
                file[f"{name}/{key}"] = one[values]
        file["bad/vel"] = np.full((5, 5), np.nan)
    with h5py.File(tmp_path / "stack.h5", "w") as file:
        for key in ("velocity", "sigma", "flux", "velocity_error"):
            file[key] = np.stack([one[key]] * 3)
    known = {"network": None, "spaxel": SPAXEL, "draws": 5}
    assert galutils.measure(tmp_path / "groups.h5", tmp_path / "a.csv", **known) == (3, 2, 1)
    stack = f"{tmp_path / 'stack.h5'}::velocity"
    assert galutils.measure(stack, tmp_path / "b.csv", **known) == (3, 3, 0)
    first, second = (pd.read_csv(tmp_path / f"{k}.csv") for k in "ab")
    assert np.isnan(first["lambda_r"]).all() and first["notes"].str.contains("no_r_e").all()
    assert second["kinematic_pa"].sub(40).abs().max() < 2
    galaxies = measurements.sample(tmp_path / "a.csv", tmp_path / "groups.h5", spaxel=SPAXEL)
    assert galaxies["velocity"].shape == (2, 73, 73)


def test_without_a_scale_nothing_is_guessed(tmp_path):
    one = on_map({name: maps()[name] for name in ("velocity", "sigma", "flux")})
    numbers, notes = quantities.measure_one(one, SHAPE, draws=5)
    assert {"no_scale"} <= notes and np.isnan(numbers["lambda_r"])
    assert np.isfinite(numbers["kinematic_pa"])


def test_too_few_spaxels_are_refused_and_bad_errors_are_clipped():
    one = maps()
    one["velocity_error"] = np.where(X > 3, 50.0, one["velocity_error"])
    numbers, _ = quantities.measure_one(on_map(one, SPAXEL), SHAPE, draws=5)
    assert numbers["n_clipped"] == np.count_nonzero(np.isfinite(one["velocity"]) & (X > 3))
    empty = {"velocity": np.full((9, 9), np.nan)}
    with pytest.raises(ValueError, match="expected 10 spaxels with a velocity, received 0"):
        quantities.measure_one(on_map(empty, SPAXEL), {})


def test_spaxels_of_a_bin_move_together():
    one = maps(noise=10)
    bins = np.arange(SIDE * SIDE).reshape(SIDE, SIDE) // 8
    apart, _ = quantities.measure_one(on_map(one, SPAXEL), SHAPE, rng=1)
    together, _ = quantities.measure_one(on_map(one, SPAXEL, bins=bins), SHAPE, rng=1)
    assert together["v_sigma_error"] > 1.5 * apart["v_sigma_error"]


def test_layouts_and_catalogues_say_what_is_wrong(folder, tmp_path):
    bad = tmp_path / "layout.yml"
    bad.write_text("hdus: {speed: V}\n")
    with pytest.raises(ValueError, match="layout.yml: expected some of .*, received speed"):
        layouts.read_layout(bad)
    with pytest.raises(ArchiveError, match="expected HDU SPEED"):
        reading.of_file(folder / "named" / "mine.fits", layouts.Layout({"velocity": "SPEED"}))
    (tmp_path / "none.csv").write_text("id,mass\na,1\n")
    with pytest.raises(ArchiveError, match="none.csv: expected any of r_e"):
        catalogue.read([tmp_path / "none.csv"])
    (tmp_path / "two.csv").write_text("plateifu,nsa_elpetro_ba,nsa_elpetro_th50_r\na,0.7,-9999\n")
    known = catalogue.read([tmp_path / "two.csv"]).loc["a"]
    assert known["ellipticity"] == pytest.approx(0.3) and np.isnan(known["r_e"])
    assert run(folder, tmp_path / "out.csv", "--network", "no_such") == 2
