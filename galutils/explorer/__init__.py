"""Browse a sample in JupyterLab: a plane of galaxies beside the map or image of the one clicked."""

import numpy as np

from galutils.explorer import columns
from galutils.explorer.network import Network
from galutils.explorer.sample import Catalogue
from galutils.explorer.views import frame
from galutils.explorer.widget import Explorer


def explore(
    sample, model=None, *, identifier=None, classes=None, names=None, x=None, y=None, scale=None,
    unit="arcsec", prepare=None, figure=None,
):  # fmt: skip
    """Browse a sample: click a galaxy in the plane, see its map or image and its catalogue row.

    Parameters
    ----------
    sample : astropy.table.Table
        One row a galaxy with an identifier, numeric columns and maps in ``velocity`` (n, h, w) or
        images in ``image`` (n, h, w, 3). A column ``probability`` is shown where there is one,
        such as predictions out of fold.
    model : keras.Model or path-like, optional
        Network on the maps or images. Its probabilities are computed when they are needed (and
        stand in for the column where there is none), integrated gradients on demand.
    identifier, classes : str, optional
        Columns with the name and the class, where the first known one is not meant.
    names : mapping, optional
        Value of the class column to its name.
    x, y : str, optional
        Columns of the plane to begin with: lambda_R over ellipticity, r over g - z, or arms over
        mass if not given, whichever the sample has.
    scale : float, optional
        Side of a pixel, where neither the survey nor the sample tells.
    unit : str
        Of `scale`.
    prepare : callable, optional
        Makes network inputs of rows of the sample; see `network.Network`.
    figure : str, optional
        Label of the picture in the book; ``explore-<survey>`` if not given.

    Returns
    -------
    Explorer
        A widget; as the last line of a cell it shows itself.

    Raises
    ------
    ValueError
        If the sample is no table, has no row, identifier, map or image, fewer than two numeric
        columns, too many classes, or the model takes other inputs.
    """
    sample = columns.plain(sample)
    asked = model is not None and "probability" not in sample.colnames
    if asked:
        sample = sample.copy(copy_data=False)
        sample["probability"] = np.nan
    catalogue = Catalogue(sample, identifier, classes, names, asked)
    network = None if model is None else Network(model, sample, catalogue.picture, prepare)
    pixel = frame(sample, catalogue.picture, scale, unit)
    return Explorer(catalogue, network, catalogue.plane(x, y), pixel, figure)
