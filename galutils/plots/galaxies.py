"""Galaxies drawn by formula, arranged as Hubble and de Vaucouleurs classified them.

The stamps are sketches: a Sersic bulge, an exponential disc, logarithmic arms,
a bar, a ring and knots. They are not fits to any galaxy.
"""

import numpy as np
from astropy.modeling.functional_models import Sersic2D

from galutils.plots import style
from galutils.plots.diagrams import arrow, drawing, write

SKY, INK, FAINT, SECTION = "#0B1020", "#F2F2F2", "#8FA3C8", "#E69F00"
OLD, YOUNG = np.array([1.0, 0.80, 0.55]), np.array([0.62, 0.78, 1.0])

# In the order of the sequence: share of the light in the bulge, axis ratio,
# pitch angle of the arms in degrees, number of star-forming regions.
STAGES = {
    "S0⁻": {"bulge": 0.60, "ratio": 0.55},
    "S0": {"bulge": 0.50, "ratio": 0.55},
    "S0⁺": {"bulge": 0.40, "ratio": 0.55, "ring": 0.3},
    "Sa": {"bulge": 0.32, "pitch": 11},
    "Sb": {"bulge": 0.20, "pitch": 17, "knots": 20},
    "Sc": {"bulge": 0.09, "pitch": 26, "knots": 60},
    "Sd": {"bulge": 0.03, "pitch": 36, "knots": 70},
    "Sm": {"bulge": 0.0, "pitch": 42, "knots": 60, "lopsided": True},
    "Im": {"bulge": 0.0, "knots": 60, "lopsided": True},
}
FAMILIES = {"SA": ("ordinary", 0.0), "SAB": ("mixed", 0.55), "SB": ("barred", 1.2)}
VARIETIES = {"r": 1.6, "rs": 0.7, "s": 0.0}
Y, X = np.mgrid[-1:1:160j, -1:1:160j]  # places of the pixels of a stamp


def _elliptical(ratio):
    """Return an RGBA stamp of an elliptical of this axis ratio."""
    light = Sersic2D.evaluate(X, Y, 0.45, 0.35, 3.0, 0, 0, 1 - ratio, 0)
    return _develop(light, np.zeros_like(light))


def _disc(bulge, ratio=1.0, pitch=None, bar=0.0, ring=0.0, knots=0, lopsided=False):
    """Return an RGBA stamp of a disc galaxy; `bar` and `ring` are relative strengths."""
    radius, angle = np.hypot(X, Y / ratio), np.arctan2(Y / ratio, X)
    disc = np.exp(-radius / 0.28)
    old = 0.3 * disc + bar * np.exp(-((np.abs(X) / 0.30) ** 4) - (Y / 0.07) ** 2)
    old += bulge * Sersic2D.evaluate(X, Y, 0.8, 0.25, 2.0, 0, 0, 1 - ratio**0.6, 0)
    young = np.zeros_like(disc)
    if pitch:
        start = 0.30 if bar or ring else 0.12  # arms leave the ends of the bar, or the ring
        turn = angle - np.log(np.maximum(radius, 1e-3) / start) / np.tan(np.radians(pitch))
        crest = np.exp(5 * (np.cos(2 * turn) - 1))
        crest[lopsided & (np.cos(turn) < 0)] = 0  # one arm only
        young = disc * (0.2 + 2.6 * crest / (1 + np.exp((start - radius) / 0.02)))
    elif knots:
        young = 0.8 * np.exp(-np.hypot(X - 0.12, (Y - 0.06) / 0.6) / 0.25)
    young += 0.7 * ring * np.exp(-(((radius - 0.31) / 0.05) ** 2))
    if knots:
        rng = np.random.default_rng(8)
        chance = (young * (radius > 0.1)).ravel()
        for place in rng.choice(X.size, knots, p=chance / chance.sum()):
            away = (X - X.flat[place]) ** 2 + (Y - Y.flat[place]) ** 2
            young = young + rng.uniform(0.1, 0.45) * np.exp(-away / 0.025**2)
    return _develop(old, young)


def _develop(old, young):
    """Return red and blue light as RGBA (ny, nx, 4), transparent at the edge."""
    light = old[..., None] * OLD + young[..., None] * YOUNG
    light = np.arcsinh(3 * light) / np.arcsinh(6)
    light *= np.clip((0.98 - np.hypot(X, Y)) / 0.3, 0, 1)[..., None]
    alpha = np.clip(light.max(axis=-1, keepdims=True), 1e-6, 1)
    return np.concatenate([np.clip(light / alpha, 0, 1), alpha], axis=-1)


def _sky(axes, width, height):
    """Make the panel dark, with the units of the drawing."""
    axes.set(xlim=(0, width), ylim=(0, height), xticks=[], yticks=[], aspect="equal")
    axes.set_facecolor(SKY)
    axes.spines[:].set_visible(False)


def _put(axes, stamp, x, y, half):
    """Draw a stamp centred on (x, y)."""
    limits = axes.axis()  # imshow sets those of its image
    extent = (x - half, x + half, y - half, y + half)
    axes.imshow(stamp, extent=extent, origin="lower", interpolation="bilinear", zorder=2)
    axes.axis(limits)


def _galaxy(axes, stage, text, x, y, half, **look):
    """Draw a stamp of a stage, changed by a look, with a text below."""
    stamp = _elliptical(**look) if stage == "E" else _disc(**STAGES[stage] | look)
    _put(axes, stamp, x, y, half)
    write(axes, x, y - 0.98, text, color=INK)


def tuning_fork(division=False):
    """Hubble's tuning fork (1936, The Realm of the Nebulae).

    Ellipticals E0 to E7, S0, two branches Sa-Sc and SBa-SBc, and irregulars.

    Parameters
    ----------
    division : bool
        Draw a line between early types, up to S0, and late types.

    Returns
    -------
    matplotlib.figure.Figure
        The galaxies are sketches, equal at every call.
    """
    figure = drawing("tuning fork, divided" if division else "tuning fork", galaxy=_galaxy)
    [axes] = figure.axes
    axes.set_axis_on()  # with a white margin, as all figures have
    _sky(axes, 13, 6.2)
    return figure


@style.figure((7.2, 2.6))
def revised_sequence(axes):
    """Hubble's sequence as de Vaucouleurs (1959, Handbuch der Physik 53, 275) revised it.

    Stages E to Im in the families SA, SAB and SB.

    Returns
    -------
    matplotlib.figure.Figure
        The galaxies are sketches, equal at every call.
    """
    _sky(axes, 13.2, 4.7)
    places = dict(zip(("E", "E⁺", *STAGES), 1.75 + 1.08 * np.arange(11), strict=True))
    for stage, x in places.items():
        write(axes, x, 4.4, stage, color=INK)
    for ratio, x in ((0.95, places["E"]), (0.7, places["E⁺"])):
        _put(axes, _elliptical(ratio), x, 2.1, 0.6)
    for y, (family, (name, bar)) in zip((3.5, 2.1, 0.7), FAMILIES.items(), strict=True):
        write(axes, 0.55, y + 0.17, family, color=INK)
        write(axes, 0.55, y - 0.25, name, color=FAINT, fontsize=8, style="italic")
        for stage, look in STAGES.items():
            _put(axes, _disc(**look, bar=bar), places[stage], y, 0.64)


@style.figure((7.2, 3.65))
def classification_volume(axes):
    """De Vaucouleurs' classification volume and its section at stage b.

    Left, stage runs along the axis and family and variety across it, so that
    the volume is widest at the spirals and closes at E and Im. Right, the nine
    kinds of Sb: families SA, SAB, SB from top to bottom, varieties (r) inner
    ring, (rs) and (s) pure spiral from left to right (de Vaucouleurs 1959,
    Handbuch der Physik 53, 275).

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.patches import Ellipse

    _sky(axes, 16, 8.1)
    names = ("E", *STAGES)
    places = np.linspace(0.6, 8.2, len(names))
    grid = np.linspace(places[0], places[-1], 200)
    half = 2.4 * np.sin(np.pi * np.linspace(0, 1, 200) ** 0.9) ** 0.8
    for sign in (1, -1):
        axes.plot(grid, 4.65 + sign * half, color=FAINT)
    for place, name in zip(places, names, strict=True):
        height = 2 * np.interp(place, grid, half)
        colour, ink = (SECTION, SECTION) if name == "Sb" else (FAINT, INK)
        axes.add_patch(Ellipse((place, 4.65), 0.3 * height, height, fill=False, ec=colour))
        write(axes, place, 1.0, name, color=ink)
    arrow(axes, (1.2, 0.35), (7.6, 0.35), colour=FAINT)
    write(axes, 4.4, 0.35, "stage", color=FAINT, style="italic", backgroundcolor=SKY)
    write(axes, 4.4, 7.45, "ordinary, SA", color=FAINT, style="italic")
    write(axes, 4.4, 1.8, "barred, SB", color=FAINT, style="italic")
    axes.add_patch(Ellipse((12.3, 4.05), 7.2, 7.8, fill=False, ec=SECTION))
    for y, (family, (_, bar)) in zip((6.25, 4.3, 2.35), FAMILIES.items(), strict=True):
        for x, (variety, ring) in zip((10.5, 12.3, 14.1), VARIETIES.items(), strict=True):
            _galaxy(axes, "Sb", f"{family}({variety})b", x, y, 1.0, ring=ring, bar=bar)
