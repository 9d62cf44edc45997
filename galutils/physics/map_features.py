"""Measure numbers on velocity maps, for classifiers that take no images."""

import numpy as np

from galutils.physics import kinematics, spatial
from galutils.store.measured import takes

# measured map by map
SINGLE = ("gradient", "order", "rotation", "residual", "scatter", "roughness", "tail")


@takes(velocity="km/s", spaxel="arcsec")
def map_features(velocity, spaxel=0.5):
    """Measure order, amplitude and symmetry of every velocity map.

    They do not use lambda_R, the dispersion or the light, so that a velocity map is
    enough.

    Parameters
    ----------
    velocity : ndarray, shape (n, ny, nx)
        km/s, NaN outside.
    spaxel : float
        Side of a spaxel in arcsec.

    Returns
    -------
    pandas.DataFrame
        One row a map:

        ``moran_queen``, ``moran_rook`` : Moran's I on valid spaxels;
        ``amplitude`` : half the range from 5 to 95 per cent, km/s;
        ``spread`` : standard deviation, km/s;
        ``gradient`` : slope of the best plane, km/s/arcsec;
        ``order`` : share of the variance that this plane explains;
        ``antisymmetry`` : minus the correlation with the map turned by 180
        degrees, 1 for pure rotation;
        ``asymmetry`` : mean of abs(V + V turned by 180 degrees) over mean
        speed, 0 for pure rotation about the centre;
        ``rotation`` : share of the variance that a rising and then flat
        rotation curve explains;
        ``residual`` : standard deviation of the remainder, km/s;
        ``scatter`` : median of the remainder over median speed;
        ``roughness`` : median step between neighbouring spaxels, km/s;
        ``tail`` : 99th over 90th percentile of absolute velocity;
        ``n_valid`` : valid spaxels.

        NaN where a map has too few valid spaxels.
    """
    import pandas as pd

    velocity = velocity.astype(float)
    low, high, spread = np.array([_width(one[np.isfinite(one)]) for one in velocity]).T
    antisymmetry, asymmetry = _turned(velocity)
    x, y = kinematics.spaxel_offsets(velocity.shape[1:], spaxel)
    single = np.array([_rotation(one, x, y) for one in velocity])
    single = dict(zip(SINGLE, single.T, strict=True))
    return pd.DataFrame(
        {
            "moran_queen": spatial.morans_i(velocity, "queen"),
            "moran_rook": spatial.morans_i(velocity, "rook"),
            "amplitude": (high - low) / 2,
            "spread": spread,
            "gradient": single["gradient"],
            "order": single["order"],
            "antisymmetry": antisymmetry,
            "asymmetry": asymmetry,
            **single,
            "n_valid": np.isfinite(velocity).sum(axis=(1, 2)),
        }
    )


def _width(values):
    """Return the fifth and the 95th percentile and the standard deviation."""
    return (*np.percentile(values, [5, 95]), values.std()) if values.size else (np.nan,) * 3


def _centred(values, weight):
    """Values less their mean over valid spaxels, zero elsewhere."""
    with np.errstate(invalid="ignore"):
        mean = np.where(weight, values, 0).sum(axis=1) / weight.sum(axis=1)
    return np.where(weight, values - mean[:, None], 0.0)


def _turned(velocity):
    """Compare maps with themselves rotated by 180 degrees: correlation, mean sum."""
    turned = velocity[:, ::-1, ::-1]
    both = (np.isfinite(velocity) & np.isfinite(turned)).reshape(len(velocity), -1)
    raw, against = (np.reshape(m, both.shape) for m in (velocity, turned))
    v, t = _centred(raw, both), _centred(against, both)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = (v * t).sum(axis=1) / np.sqrt((v * v).sum(axis=1) * (t * t).sum(axis=1))
        total = np.where(both, np.abs(raw + against), 0).sum(axis=1)
        return -correlation, total / np.where(both, np.abs(raw), 0).sum(axis=1)


def _rotation(values, x, y):
    """Return what is measured of the best plane and of a rotation curve, see `SINGLE`."""
    use = np.isfinite(values)
    v = values[use]
    if v.size < 8 or np.ptp(v) == 0:
        return (np.nan,) * len(SINGLE)
    _, along_x, along_y = kinematics.fit_plane(values, x, y)
    x, y = x[use], y[use]
    plane = along_x * x + along_y * y
    radius, angle = np.hypot(x, y), np.arctan2(y, x) - np.arctan2(along_y, along_x)
    # A model linear in its terms, so that least squares has one solution: curves r / (r + s)
    # along the axis that flatten at s = 1.5 and 4 arcsec, a twist (sine), a sharper lobe (cos^3).
    rise = [radius / (radius + scale) for scale in (1.5, 4.0, 2.5)]
    terms = [rise[0] * np.cos(angle), rise[1] * np.cos(angle)]
    terms += [rise[2] * np.sin(angle), rise[2] * np.cos(angle) ** 3]
    basis = np.column_stack([np.ones_like(x), *terms])
    left = v - basis @ np.linalg.lstsq(basis, v, rcond=None)[0]
    steps = np.abs(np.diff(values, axis=0))
    steps = steps[np.isfinite(steps)]
    middle, high, higher = np.percentile(np.abs(v - np.median(v)), [50, 90, 99])
    return (
        np.hypot(along_x, along_y),
        plane.var() / v.var(),
        1 - left.var() / v.var(),
        left.std(),
        np.median(np.abs(left)) / middle if middle > 0 else np.nan,
        np.median(steps) if steps.size else np.nan,
        higher / high if high > 0 else np.nan,
    )
