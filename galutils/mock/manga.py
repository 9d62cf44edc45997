"""Mock MaNGA: velocity fields of rotating galaxies, and labels that follow from their physics.

Writes ``stellar_velocity_fields.h5``, ``labels.csv`` and ``lambda_re_pipe3d.csv`` as described
in `galutils.surveys.manga` and its module ``rotation``, and the images of ``sdss_images``, flaws
included: velocities clipped at ``vmin`` and ``vmax``, systemic velocities left in, blank labels,
repeat observations, which share an image, and a few images that may be those of other galaxies.

A field is *clean*, *messy* or *not usable* by its signal: the rms rotation
of the noise-free model over the velocity error, both over the valid spaxels.
The two limits give the shares of the real expert judgement, 2104, 1016 and 727
of 3847. No classifier enters.
"""

import h5py
import numpy as np
import pandas as pd
from PIL import Image
from skimage.measure import block_reduce

from galutils.mock import SEED, begin
from galutils.mock.bodies import light
from galutils.mock.instruments import gz2_images, ifu, manga_bundles
from galutils.mock.instruments.manga_bundles import SEEING, SPAXEL
from galutils.surveys.manga import sdss_images

BIN_SNR = 10.0
FEWEST_SPAXELS = 250
USABLE, CLEAN = 727 / 3847, (727 + 1016) / 3847  # quantiles of the signal
JUDGED, CATALOGUED = 3849 / 6258, 645 / 2409  # the second among those not judged
REPEATED = 0.03  # some lose a partner to blank identifiers; 64 of 4494 show in the archive
OFFSET_SHARE, OFFSET = 0.035, 200.0  # fields far off the systemic velocity, and how far, km/s
TYPES = {0.0: -2.4, 0.5: -2.1, 1.0: -1.6, 1.5: 0.5, 2.0: 2.8, 2.5: 4.2, 3.0: 5.2, -9.0: 1.4}
N_LAMBDA = 56
# lambda_R by the pipeline: share that is known, and its errors in each version. Most are small; the
# others make two versions of the real pipeline differ by more than 0.02 in 41 per cent of galaxies.
SPIN_KNOWN, SPIN_ERRORS, SPIN_LARGE = 0.81, (0.007, 0.08), 0.27
UNSAFE = 0.01  # share of images whose galaxy is in doubt


def _binned(maps):
    """Velocity and its error in square bins, the smallest with enough signal-to-noise.

    Stands in for MaNGA's Voronoi bins: squares of 8, 4, 2 and 1 spaxels; the
    largest are kept whatever their signal.
    """
    error, snr = maps["velocity_error"], maps["snr"]
    valid = np.isfinite(error)
    weight = np.where(valid, 1 / np.square(np.where(valid, error, 1)), 0)
    moment = np.where(valid, maps["velocity"], 0) * weight
    power = np.where(valid, np.square(snr), 0)
    velocity, uncertainty = np.full(error.shape, np.nan), np.full(error.shape, np.nan)
    for side in (8, 4, 2, 1):
        total, mean, signal = (_spread(image, side) for image in (weight, moment, power))
        good = valid & ((side == 8) | (signal >= BIN_SNR**2))
        velocity[good] = mean[good] / total[good]
        uncertainty[good] = 1 / np.sqrt(total[good])
    return velocity, uncertainty


def _spread(image, side):
    """Sum over squares of `side` spaxels, written back to each of their spaxels."""
    _, ny, nx = image.shape
    total = block_reduce(image, (1, side, side))
    return total.repeat(side, axis=1).repeat(side, axis=2)[:, :ny, :nx]


def _observed(parameters, rng):
    """Observe each bundle: field, signal, number of valid spaxels and lambda_R of each galaxy."""
    parts = []
    for bundle in np.unique(parameters["bundle"]):
        index = np.flatnonzero(parameters["bundle"] == bundle)
        rows, side = parameters[index], manga_bundles.frame_side(bundle)
        maps = manga_bundles.observe(rows, side, rng)
        truth = ifu.model(manga_bundles.moving(rows), (side, side), SPAXEL, SEEING, oversample=1)
        velocity, error = _binned(maps)
        seen = np.isfinite(velocity)
        valid = seen.sum(axis=(1, 2))
        rotation, noise = (
            np.sqrt(np.where(seen, np.square(image), 0).sum(axis=(1, 2)) / np.maximum(valid, 1))
            for image in (truth["velocity"], error)
        )
        signal = rotation / np.where(noise > 0, noise, np.inf)
        lambda_r = manga_bundles.catalogued_lambda_r(maps, rows)
        columns = {"field": list(velocity), "signal": signal, "valid": valid, "lambda_r": lambda_r}
        parts.append(pd.DataFrame(columns, index=index))
    return pd.concat(parts).sort_index()


def _judgement(signal, parameters, rng):
    """Columns of the expert judgement, all NaN where nobody judged."""
    n = len(signal)
    quality = np.digitize(signal, np.quantile(signal, [USABLE, CLEAN])).astype(float)
    core = parameters["core"] * parameters["r_e"] > SEEING / 2
    feature = np.select([core & (quality > 0), np.abs(parameters["warp"]) > 30], [1.0, 2.0], 0.0)
    angle = (parameters["kinematic_angle"].data - 90) % 360  # +x is west: east of north
    gas = (angle + rng.standard_cauchy(n) * 8) % 360
    columns = {
        "stellar_pa": np.round(2 * angle) / 2,
        "halpha_pa": np.round(2 * gas) / 2,
        "stel_qual": quality,
        "stel_feature": feature,
        "halpha_qual": np.where(rng.random(n) < 0.75, quality, 0.0),
    }
    table = pd.DataFrame(columns)
    table[rng.random(n) >= JUDGED] = np.nan
    return table


def _catalogue(parameters, judged, rng):
    """Columns of the NSA and of the deep-learning morphology."""
    n = len(parameters)
    p = {name: parameters[name].data for name in parameters.colnames}
    ttype = np.array([TYPES[m] for m in p["morphology"]]) + rng.normal(0, 0.35, n)
    edge = 1 / (1 + np.exp(-30 * (p["ellipticity"] - 0.5) + rng.normal(0, 2, n)))
    flags = rng.random((2, n)) < [[136 / 4518], [88 / 4518]]
    nsa = {
        "objra": rng.uniform(27, 359, n),
        "objdec": rng.uniform(-8, 65, n),
        "nsa_z": p["redshift"],
        "nsa_elpetro_mass": 10 ** p["log_mass"] * 0.7**2,  # for H0 = 100 km/s/Mpc
        "nsa_elpetro_ba": np.clip(1 - p["ellipticity"] + rng.normal(0, 0.02, n), 0.1, 0.99),
        "nsa_elpetro_phi": (p["position_angle"] - 90) % 180,
        "nsa_elpetro_th50_r": p["r_e"] * np.exp(rng.normal(0, 0.05, n)),
        "nsa_sersic_n": np.clip(p["sersic"], 0.5, 6),
    }
    types = {
        "TTYPE": ttype,
        "FLAG_TT": flags[0].astype(float),
        "P_S0": 1 / (1 + np.exp(-1.2 * (ttype + 1.8) + rng.normal(0, 0.8, n))),
        "FLAG_S0": flags[1].astype(float),
        "P_EDGE_ON": edge,
        "P_MERG": rng.beta(0.7, 1.7, n),
    }
    table = pd.DataFrame(nsa)
    table.loc[rng.random(n) < 0.002, [c for c in nsa if c.startswith("nsa")]] = -9999.0
    table = table.assign(**types)
    table[~judged & (rng.random(n) >= CATALOGUED)] = np.nan
    return table


def _published(parameters, lambda_r, rng):
    """Columns of the dynamical catalogue, filled for a few galaxies."""
    n = len(parameters)
    columns = {
        "Lambda_Re": lambda_r,
        "Sigma_Re": parameters["sigma_e"].data,
        "Re_arcsec_MGE": parameters["r_e"].data * np.exp(rng.normal(0, 0.05, n)),
        "Eps_MGE": np.clip(parameters["ellipticity"].data + rng.normal(0, 0.02, n), 0.01, 0.95),
    }
    table = pd.DataFrame(columns).round(3)
    candidates = np.flatnonzero(np.isfinite(lambda_r))
    size = min(N_LAMBDA, n // 10, candidates.size)
    table[~np.isin(np.arange(n), rng.choice(candidates, size, replace=False))] = np.nan
    return table


def _pipeline(names, lambda_r, catalogue, rng):
    """Table of lambda_R by two versions of the pipeline, blank where not known."""
    n = len(names)
    large = rng.random((2, n)) < SPIN_LARGE
    error = np.where(large, SPIN_ERRORS[1], SPIN_ERRORS[0]) * rng.standard_normal((2, n))
    versions = np.clip(lambda_r + error, 0, 1)
    versions[:, rng.random(n) >= SPIN_KNOWN] = np.nan
    versions[1, rng.random(n) >= 0.4] = np.nan
    nsa = catalogue.replace(-9999.0, np.nan)
    columns = {
        "plateifu": names,
        "lambda_re": versions[0],
        "lambda_re_mpl9": versions[0],
        "lambda_re_mpl8": versions[1],
        "eps": 1 - nsa["nsa_elpetro_ba"].to_numpy(),
        "nsa_sersic_n": nsa["nsa_sersic_n"].to_numpy(),
        "log_mass": np.log10(nsa["nsa_elpetro_mass"].to_numpy()),
        "gz_p_smooth": 1 / (1 + np.exp(nsa["TTYPE"].to_numpy())),
    }
    return pd.DataFrame(columns).round(5)


def _write_field(archive, name, field, angle, rng):
    """One dataset: cropped to the data, shifted, clipped, rounded as on a plot."""
    valid = np.isfinite(field)
    rows, columns = (np.flatnonzero(valid.any(axis=axis)) for axis in (1, 0))
    middle = field.shape[0] // 2
    field = field[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    far = rng.random() < OFFSET_SHARE
    field = field + rng.normal(3.5, OFFSET if far else 12.0)
    low, high = np.nanquantile(field, [0.05, 0.95])
    margin = 0.12 * (high - low)
    vmin, vmax = max(np.nanmin(field), low - margin), min(np.nanmax(field), high + margin)
    field = np.clip(np.round(field, 1), vmin, vmax).astype(np.float32)
    dataset = archive.create_dataset(name, data=field, compression="gzip")
    values = {
        "dpix": SPAXEL,
        "east0": (middle - columns[0]) * SPAXEL + rng.uniform(0, 0.03),
        "kin_pa_plot": angle,
        "north0": (rows[0] - middle) * SPAXEL + rng.uniform(0, 0.03),
        "vmax": vmax,
        "vmin": vmin,
    }
    dataset.attrs.update({key: np.float32(value) for key, value in values.items()})
    return f"{field.shape[0]}x{field.shape[1]}"


def _write_images(path, names, parameters, rng):
    """Write the image of each galaxy, and the list of them."""
    (path / sdss_images.FOLDER).mkdir()
    parameters["magnitude"], streams = light.magnitudes(parameters), {}
    for row, name in zip(parameters, names, strict=True):
        stream = np.random.default_rng(streams.setdefault(row["galaxy"], rng.integers(2**32)))
        frame = gz2_images.Frame(row["r_e"])  # of FIELD effective radii
        image = light.draw(row, frame.side, frame.step, stream)[:, ::-1]  # the first row is north
        image = image * np.float32((gz2_images.PIXEL / frame.step) ** 2)
        pixels = gz2_images.photograph(image, frame, stream, sdss_images.SIDE)
        Image.fromarray(pixels).save(path / sdss_images.FOLDER / f"{name}.png")
    margin = np.where(rng.random(len(names)) < UNSAFE, 1.5, 12.0)
    listing = pd.DataFrame({"plateifu": names, "margin": margin})
    listing.sort_values("plateifu").to_csv(path / sdss_images.LIST, index=False)


def write(folder, n=600, rng=SEED):
    """Write a mock MaNGA archive.

    Parameters
    ----------
    folder : path-like
        An existing folder, usually called ``manga``; see `galutils.mock.publish`.
    n : int
        Number of velocity fields; some are a second look at the same galaxy.
    rng : int or numpy.random.Generator
        The same seed gives the same bytes.

    Raises
    ------
    ValueError
        If `n` is less than 20, too few for shares of labels.
    """
    path, rng = begin(folder, n, 20, rng)
    wanted = round(1.35 * n) + 20  # one in eight is too faint for a field
    parameters = ifu.draw(wanted, rng, manga_bundles.catalogued(wanted, rng))
    second = max(1, round(REPEATED * n))
    parameters["galaxy"] = np.arange(wanted)
    rows = np.concatenate([np.arange(second), np.arange(wanted)])
    seen = _observed(parameters[rows], rng)
    kept = rng.permutation(np.flatnonzero(seen["valid"] >= FEWEST_SPAXELS)[:n])
    parameters, seen = parameters[rows[kept]], seen.iloc[kept]

    names = manga_bundles.plateifus(parameters["bundle"], rng)
    judgement = _judgement(seen["signal"].to_numpy(), parameters, rng)
    judged = judgement["stel_qual"].notna().to_numpy()
    catalogue = _catalogue(parameters, judged, rng)
    identifiers = np.array([f"1-{number}" for number in 10000 + 7 * parameters["galaxy"]])
    angles = (parameters["kinematic_angle"].data - 90) % 360
    with h5py.File(path / "stellar_velocity_fields.h5", "w") as archive:
        archive.attrs["about"] = "mock MaNGA stellar velocity fields, km/s, NaN outside"
        fields = zip(names, seen["field"], angles, strict=True)
        shapes = [_write_field(archive, *field, rng) for field in fields]
    mangaid = np.where(catalogue["nsa_z"].notna(), identifiers, "")
    labels = pd.DataFrame({"plateifu": names, "shape": shapes, "mangaid": mangaid})
    published = _published(parameters, seen["lambda_r"].to_numpy(), rng)
    labels = pd.concat([labels, judgement, catalogue, published], axis=1)
    labels.sort_values("plateifu").to_csv(path / "labels.csv", index=False)
    spins = _pipeline(names, seen["lambda_r"].to_numpy(), catalogue, rng).sort_values("plateifu")
    spins.to_csv(path / "lambda_re_pipe3d.csv", index=False)
    _write_images(path, names, parameters, rng)
