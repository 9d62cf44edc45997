"""Figures: arrays in, a matplotlib Figure out. Import the modules, which share `style`.

Velocity maps are diverging and centred on zero, north up and east left, axes in arcsec, with a
scale bar; flux and dispersion are sequential.
"""
