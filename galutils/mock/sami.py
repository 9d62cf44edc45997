"""Mock SAMI: the files of data release 3, filled from physics.

Layout, file names, extensions, units and catalogue columns are those of
`galutils.surveys.sami`; galaxies come from `population` and `rotators`,
catalogue kinematics from measuring the very maps that are written (`stelkin`).
The flaws of the archive are there too: missing spaxels, repeat observations,
neighbours in the bundle, bad sky, galaxies without photometry.
"""

from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits

from galutils.mock import SEED, begin
from galutils.mock.bodies import population
from galutils.mock.instruments import ifu, sami_pipeline
from galutils.store import texts
from galutils.surveys.sami import SHAPE, SPAXEL

N_GALAXIES = 2444
BUNDLE = 15.0  # arcsec
SEEING, SEEING_SCATTER, SEEING_RANGE = 2.06, 0.44, (1.1, 3.8)  # `cubefwhm` of CubeObs
# Observations of a galaxy: shares of galaxies with a second, third, fourth cube (DR3).
REPEATED = (0.0818, 0.028, 0.0068)
DEPTH, DEPTH_SCATTER = 0.75, 0.30  # median and lognormal scatter, relative to a good field
SPOILT, SPOILT_DEPTH = 0.05, 0.1  # share and depth of fields of which little is left
NEIGHBOUR, BAD_SKY = 0.02, 0.02  # shares with WARNMULT = 2 and WARNSKER = 1
NO_PHOTOMETRY = 0.011
LEAST_SNR = 2.6  # of a mean spaxel within Re; the brightest then reach 3
# Release 3 publishes every fit inside the bundle, so faint spaxels hold mostly noise. These values
# give the coverage, the deviations from neighbouring spaxels and the Moran's I of 62 real maps.
FAINT = {"minimum_snr": 0.6, "least_exposure": 0.5, "error_scatter": 0.3}
# Zero velocity is that of the catalogue redshift: medians of the same maps, Student's t in km/s.
SYSTEMIC_SCALE, SYSTEMIC_FREEDOM = 30.0, 4
LARGEST_SIGMA = 1000.0  # km/s, at which the survey's fits (pPXF) end
CHUNK = 256
# Extensions of the files of a cube: name, map, unit
PRODUCTS = texts.beside(__file__, "sami_products.csv")
# names of columns: of the kinematics catalogue in their order, and of the flags of a cube
COLUMNS = pd.read_csv(Path(__file__).with_name("sami_columns.csv")).groupby("table")["column"]
# Names in the input catalogues, what they are here, and the digits that are given
INPUT = pd.read_csv(Path(__file__).with_name("sami_input.csv"), index_col="column")
STELKIN_COLUMNS, WARNINGS = (COLUMNS.get_group(name) for name in ("samiDR3Stelkin", "CubeObs"))
# Cards of the primary header of a velocity or dispersion file, with the galaxy's values in braces
HEADER = Path(__file__).with_name("sami_header.txt").read_text()
# right ascension and declination of the GAMA fields, deg
GAMA_FIELDS = ((129.0, 141.0, -1.0, 3.0), (174.0, 186.0, -2.0, 2.0), (211.5, 223.5, -2.0, 2.0))


def _conditions(n, rng):
    """Seeing (arcsec) and depth of `n` observations."""
    seeing = rng.normal(SEEING, SEEING_SCATTER, n).clip(*SEEING_RANGE)
    depth = np.exp(rng.normal(np.log(DEPTH), DEPTH_SCATTER, n))
    return seeing, depth * np.where(rng.random(n) < SPOILT, SPOILT_DEPTH, 1.0)


def _select(n, rng):
    """Draw `n` galaxies bright enough, for their observation, to have stellar kinematics."""
    galaxies = ifu.draw(2 * n + 20, rng)
    galaxies["seeing"], galaxies["depth"] = _conditions(len(galaxies), rng)
    snr = ifu.expected_snr(galaxies, SPAXEL, galaxies["seeing"].data, galaxies["depth"].data)
    return galaxies[snr > LEAST_SNR][:n]


def _place(galaxies, rng):
    """Add ``catid``, ``ra``, ``dec`` and ``photometry`` (bool), and sort by catid."""
    n, region = len(galaxies), galaxies["region"].data
    low_ra, high_ra, low_dec, high_dec = np.array(GAMA_FIELDS)[rng.integers(3, size=n)].T
    ra, dec = rng.uniform(low_ra, high_ra), rng.uniform(low_dec, high_dec)
    catid = rng.choice(np.arange(6821, 719000, dtype=np.int64), size=n, replace=False)
    member = region == population.CLUSTER
    for index, (_, _, _, centre_ra, centre_dec, prefix) in enumerate(population.CLUSTERS):
        rows = np.flatnonzero(member & (galaxies["cluster"].data == index))
        catid[rows] = prefix * 100_000 + 1 + np.arange(rows.size)
        offset = rng.normal(0, 0.3, (2, rows.size))
        ra[rows] = centre_ra + offset[0] / np.cos(np.deg2rad(centre_dec))
        dec[rows] = centre_dec + offset[1]
    galaxies["photometry"] = (region != population.FILLER) & (rng.random(n) >= NO_PHOTOMETRY)
    galaxies["catid"], galaxies["ra"], galaxies["dec"] = catid, ra, dec
    galaxies.sort("catid")


def _cubes(galaxies, rng):
    """One row for each observation: galaxy, letter, seeing, depth, flags."""
    n = len(galaxies)
    extra = (rng.random(n)[:, None] < np.array(REPEATED)).sum(axis=1)
    row = np.repeat(np.arange(n), extra + 1)
    number = np.arange(row.size) - np.searchsorted(row, row)
    best = np.where((extra > 0) & (rng.random(n) < 0.17), 1, 0)
    first = number == 0
    seeing, depth = _conditions(row.size, rng)
    seeing[first], depth[first] = galaxies["seeing"].data, galaxies["depth"].data
    neighbour = (rng.random(n) < NEIGHBOUR)[row]
    bad_sky = rng.random(row.size) < BAD_SKY
    catid = galaxies["catid"].data[row]
    letter = np.array(list("ABCD"))[number]
    plate = [f"Y15SAR{k % 4 + 1}_P{k // 12 % 12 + 1:03d}_15T{k // 12 % 120 + 1:03d}" for k in row]
    columns = {
        "cubeidpub": [f"{c}_{x}" for c, x in zip(catid, letter, strict=True)],
        "cubeid": [f"{c}_{x + 7}_{p}" for c, x, p in zip(catid, number, plate, strict=True)],
        "catid": catid,
        "cubefwhm": seeing,
        "cubetexp": 1800.0 * rng.integers(6, 9, row.size),
        "meantrans": rng.normal(0.90, 0.12, row.size).clip(0.58, 1.3),
        "isbest": number == best[row],
        "catsource": galaxies["region"].data[row],
    }
    cubes = pd.DataFrame(columns | dict.fromkeys(WARNINGS, 0))
    cubes["warnmult"], cubes["warnsker"] = 2 * neighbour, bad_sky.astype(int)
    parts = cubes["cubeid"].str.split("_", n=1)
    cubes.insert(2, "cubename", [f"{a}_blue_{b}.fits" for a, b in parts])
    return cubes, row, depth


def _primary_header(galaxy, cube):
    digits = {"ra": 6, "dec": 6, "redshift": 5}
    values = {name: round(float(galaxy[name]), number) for name, number in digits.items()}
    text = HEADER.format(catid=f"'{galaxy['catid']:<8}'", cube=cube["cubename"], **values)
    cards = map(fits.Card.fromstring, text.splitlines())
    header = fits.PrimaryHDU(np.zeros(SHAPE), fits.Header(cards)).header
    header.set("EXTEND", True, after="NAXIS2")
    return header.tostring().encode("ascii")


@cache
def _extension_header(name, unit):
    hdu = fits.ImageHDU(np.zeros(SHAPE), name=name)
    hdu.header["UNIT"] = unit
    return hdu.header.tostring().encode("ascii")


def _bytes(header, image):
    """One HDU; put together here since `HDUList.writeto` takes 40 s for 5500 small files."""
    data = image.astype(">f8").tobytes()
    return header + data + bytes(-len(data) % 2880)


def _write_products(folder, galaxy, cube, maps):
    target = folder / "ifs" / str(galaxy["catid"])
    target.mkdir(parents=True, exist_ok=True)
    primary = _primary_header(galaxy, cube)
    for product, extensions in groupby(PRODUCTS, itemgetter("product")):
        with open(target / f"{cube['cubeidpub']}_{product}_default_two-moment.fits", "wb") as file:
            for row in extensions:
                name, unit = row["extension"], row["unit"]
                header = primary if name == "PRIMARY" else _extension_header(name, unit)
                file.write(_bytes(header, maps[row["map"]]))


def _observe(folder, galaxies, cubes, row, depth, rng):
    """Write the maps of all cubes; return what the survey measures on them."""
    exposure = ifu.coverage(SHAPE, SPAXEL, BUNDLE)
    scale = population.COSMOLOGY.kpc_proper_per_arcmin(galaxies["redshift"].data).value / 60
    seeing, measured = cubes["cubefwhm"].to_numpy(), []
    for start in range(0, len(cubes), CHUNK):
        chunk = np.arange(start, min(start + CHUNK, len(cubes)))
        observed = galaxies[row[chunk]]
        maps = released(observed, exposure, SPAXEL, seeing[chunk], depth[chunk], rng)
        columns = sami_pipeline.measure(maps, observed, seeing[chunk], scale[row[chunk]])
        measured.append(pd.DataFrame(columns))
        records = cubes.iloc[chunk].to_dict("records")
        for k, cube in enumerate(records):
            one = {name: stack[k] for name, stack in maps.items()}
            _write_products(folder, observed[k], cube, one)
    return pd.concat(measured, ignore_index=True)


def released(*given):
    """Observe as release 3 publishes it; given and returned as of `mock.instruments.ifu.observe`.

    Every fit in the bundle is kept, and the zero of the velocity is that of the catalogue redshift.
    """
    maps, rng = ifu.observe(*given, FAINT), given[-1]
    maps["sigma"] = np.minimum(maps["sigma"], LARGEST_SIGMA)
    systemic = SYSTEMIC_SCALE * rng.standard_t(SYSTEMIC_FREEDOM, (len(given[0]), 1, 1))
    maps["velocity"] += systemic.astype(np.float32)
    return maps


def _input_catalogues(galaxies):
    """GAMA, cluster and filler input catalogues as data frames."""
    column = {name: galaxies[name].data for name in galaxies.colnames}
    area = 2.5 * np.log10(2 * np.pi * column["r_e"] ** 2 * (1 - column["ellipticity"]))
    column["r_auto"] = column["mu_e"] - area
    column["r_petro"] = column["r_auto"] + 0.05
    column["mu_1re"], column["mu_2re"] = column["mu_e"] + 1.1, column["mu_e"] + 2.8
    # from north through east, where the maps count from west through north
    column["pa"] = (column["position_angle"] - 90) % 180
    table = pd.DataFrame({name: column[source] for name, source in INPUT["source"].items()})
    table = table.round(INPUT["digits"].dropna().astype(int))
    table, region = table.assign(surv_sami=8, bad_class=0), column["region"]
    table.loc[~column["photometry"], "r_e":"pa"] = np.nan
    gama = table[region == population.GAMA]
    gama = gama.assign(ra_ifu=gama.ra_obj, dec_ifu=gama.dec_obj, z_tonry=gama.z_spec, a_g=0.13)
    clusters = table[region == population.CLUSTER].assign(is_mem=1)
    fillers = table.loc[region == population.FILLER, ["catid", "ra_obj", "dec_obj", "z_spec"]]
    fillers = fillers.assign(fillflag=50)
    return {"InputCatGAMADR3": gama, "InputCatClustersDR3": clusters, "InputCatFiller": fillers}


def _stelkin(cubes, measured, photometry):
    """Kinematics catalogue: no values for cubes with a neighbour or bad sky."""
    table = measured.where((cubes["warnmult"] < 2) & (cubes["warnsker"] == 0), np.nan)
    resolved = [name for name in table if name.startswith(("lambdar", "vsigma", "rmax", "aper"))]
    table.loc[~photometry, [*resolved, "sigma_re"]] = np.nan  # no effective radius is known
    names = cubes[["cubeid", "cubeidpub", "cubename", "catid"]]
    return pd.concat([names, table], axis=1).reindex(columns=STELKIN_COLUMNS)


def write(folder, n=N_GALAXIES, rng=SEED):
    """Write a mock archive of `n` galaxies.

    Parameters
    ----------
    folder : path-like
        An existing folder, usually called ``sami``; see `galutils.mock.publish`.
    n : int
        Galaxies; about a twelfth of them are observed more than once.
    rng : int or numpy.random.Generator
        The same seed gives the same bytes.

    Raises
    ------
    ValueError
        If `n` is less than 1.
    """
    folder, rng = begin(folder, n, 1, rng)
    galaxies = _select(n, rng)
    _place(galaxies, rng)
    cubes, row, depth = _cubes(galaxies, rng)
    measured = _observe(folder, galaxies, cubes, row, depth, rng)
    catalogues = _input_catalogues(galaxies)
    catalogues["samiDR3Stelkin"] = _stelkin(cubes, measured, galaxies["photometry"].data[row])
    catalogues["CubeObs"] = cubes
    types = {"catid": galaxies["catid"].data, "type": galaxies["morphology"].data}
    catalogues["VisualMorphologyDR3"] = pd.DataFrame(types)
    for name, table in catalogues.items():
        path = folder / f"sami_dr3.{name}.csv"
        table.reset_index(drop=True).to_csv(path, na_rep="nan", float_format="%.7g")
