"""Published corrections of lambda_R for the seeing.

Both need only the shape of a galaxy and the width of the point-spread function
relative to it. They multiply lambda_R of every galaxy, also of one that hardly
rotates, by a factor: they correct the plane, not the class.
"""

import numpy as np

from galutils.store.measured import takes

FWHM_TO_SIGMA = 1 / 2.355


@takes(spin=None, fwhm="arcsec", r_e="arcsec", sersic=None)
def correct_graham2018(spin, fwhm, r_e, sersic):
    r"""Correct lambda_R of regular rotators for the seeing.

    With :math:`x = \sigma_\mathrm{PSF} / R_\mathrm{e}`, the corrected value is
    the measured one times :math:`[1 + (x/0.47)^{1.76}]^{0.84} [1 + 0.26 (n - 2) x]`.

    Parameters
    ----------
    spin : array_like
        Measured lambda_R within the effective radius; NaN stays NaN.
    fwhm, r_e : array_like
        Seeing and semi-major axis of half the light, arcsec.
    sersic : array_like
        Sersic index n; between 0.5 and 6.5 in the publication.

    Returns
    -------
    ndarray
        At most 1. As the authors do, values of galaxies smaller than the
        seeing (x > 1) are left as they are.

    Notes
    -----
    Graham et al. (2018), MNRAS 477, 4711, equation 5.
    """
    x = fwhm * FWHM_TO_SIGMA / r_e
    factor = (1 + (x / 0.47) ** 1.76) ** 0.84 * (1 + 0.26 * (sersic - 2) * x)
    return np.minimum(spin * np.where(x > 1, 1.0, factor), 1.0)


@takes(spin=None, fwhm="arcsec", r_e="arcsec", ellipticity=None, sersic=None)
def correct_harborne2020(spin, fwhm, r_e, ellipticity, sersic):
    r"""Correct lambda_R, with radii along the semi-major axis, for the seeing.

    With :math:`x = \sigma_\mathrm{PSF} / R_\mathrm{e}` and the sum taken within one
    effective radius,

    .. math::

        \Delta &= \frac{7.49}{1 + \exp(4.01 x^{1.57} + 2.84)} - \frac{7.49}{1 + \exp(2.84)} \\
               &+ x\,(0.0164 \lg\epsilon - 0.190 \lg n - 0.134 + 0.280)

    is the change of the decimal logarithm of lambda_R by the seeing.

    Parameters
    ----------
    spin : array_like
        Measured lambda_R; NaN stays NaN.
    fwhm, r_e : array_like
        Seeing and semi-major axis, arcsec.
    ellipticity, sersic : array_like
        Shape and Sersic index n of the galaxy.

    Returns
    -------
    ndarray
        At most 1.

    Notes
    -----
    Harborne et al. (2020), MNRAS 497, 2018, the version for elliptical radii
    (the survey's; van de Sande et al. 2021, MNRAS 505, 3078), with the digits of
    the authors' script.
    """
    x = fwhm * FWHM_TO_SIGMA / r_e
    general = 7.49 / (1 + np.exp(4.01 * x**1.57 + 2.84)) - 7.49 / (1 + np.exp(2.84))
    shape = 0.01638699 * np.log10(ellipticity) - 0.19020806 * np.log10(sersic)
    change = general + x * (shape - 0.13429812 + 0.27955548)
    return np.minimum(spin * 10**-change, 1.0)
