"""Numbers from one velocity map, for classifiers that take no images."""

import numpy as np

from galutils import kinematics, spatial


def map_features(velocity, spaxel=0.5):
    """Measure order, amplitude and symmetry of every velocity map.

    None of them uses lambda_R, the dispersion or the light, so they can be
    had wherever a velocity map can.

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
        ``order`` : share of the variance that plane explains;
        ``antisymmetry`` : minus the correlation with the map turned by 180
        degrees, 1 for pure rotation;
        ``n_valid`` : valid spaxels.

        NaN where a map has too few valid spaxels.
    """
    import pandas as pd

    velocity = np.asarray(velocity, dtype=float)
    use = np.isfinite(velocity)
    flat, weight = velocity.reshape(len(velocity), -1), use.reshape(len(velocity), -1)
    low, high = np.array([_percentiles(row) for row in flat]).T
    gradient, order, spread = _plane(flat, weight, velocity.shape[1:], spaxel)
    return pd.DataFrame(
        {
            "moran_queen": spatial.morans_i(velocity, "queen"),
            "moran_rook": spatial.morans_i(velocity, "rook"),
            "amplitude": (high - low) / 2,
            "spread": spread,
            "gradient": gradient,
            "order": order,
            "antisymmetry": _antisymmetry(velocity),
            "n_valid": weight.sum(axis=1),
        }
    )


def _percentiles(row):
    row = row[np.isfinite(row)]
    return np.percentile(row, [5, 95]) if row.size else (np.nan, np.nan)


def _centred(values, weight):
    """Values less their mean over valid spaxels, zero elsewhere."""
    with np.errstate(invalid="ignore"):
        mean = np.where(weight, values, 0).sum(axis=1) / weight.sum(axis=1)
    return np.where(weight, values - mean[:, None], 0.0)


def _plane(flat, weight, shape, spaxel):
    """Slope of the least-squares plane, the variance it explains, the spread."""
    x, y = (axis.ravel() for axis in kinematics.spaxel_offsets(shape, spaxel))
    x, y, v = (_centred(np.broadcast_to(q, flat.shape), weight) for q in (x, y, flat))
    xx, yy, xy, xv, yv, vv = (
        np.einsum("ij,ij->i", a, b) for a, b in ((x, x), (y, y), (x, y), (x, v), (y, v), (v, v))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        determinant = xx * yy - xy**2
        a, b = (yy * xv - xy * yv) / determinant, (xx * yv - xy * xv) / determinant
        order = (a * xv + b * yv) / vv
        spread = np.sqrt(vv / weight.sum(axis=1))
    return np.hypot(a, b), order, spread


def _antisymmetry(velocity):
    turned = velocity[:, ::-1, ::-1]
    both = (np.isfinite(velocity) & np.isfinite(turned)).reshape(len(velocity), -1)
    v, t = (_centred(np.reshape(m, both.shape), both) for m in (velocity, turned))
    with np.errstate(divide="ignore", invalid="ignore"):
        return -(v * t).sum(axis=1) / np.sqrt((v * v).sum(axis=1) * (t * t).sum(axis=1))
