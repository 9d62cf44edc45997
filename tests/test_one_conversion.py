"""Every function that takes maps makes the same of masks, infinities, fill values and units."""

import importlib
import inspect

import numpy as np
import pytest
from containers import CONTAINERS

from galutils.inputs import affine, augment, channels, clean, images, ranges
from galutils.inputs.duplicates import descriptors
from galutils.physics import kinematics, map_features, photometry, seeing, spatial
from galutils.plots import maps as plot_maps
from galutils.plots import style
from galutils.studies import cleaning, domain_shift, planted_signals
from galutils.surveys import sami

Y, X = np.indices((24, 24)) - 11.5
BAD = np.zeros(X.shape, bool)
BAD[:3], BAD[20:, :5] = True, True
RADIUS = np.hypot(X, Y)
VELOCITY = 90 * np.tanh(X / 4) + np.random.default_rng(1).normal(0, 5, X.shape)
SIGMA, FLUX = np.full(X.shape, 80.0), np.exp(-RADIUS / 5)
ERROR = np.full(X.shape, 10.0)
EPS = np.full(X.shape, 0.3)


def drawn(velocity):
    figure = plot_maps.gallery(velocity, ["one"])
    return [one.get_array().filled(np.nan) for axes in figure.axes for one in axes.images]


def drawing(draw, values):
    figure, axes = style.subplots()
    draw(axes, values)
    return figure


def shown(draw):
    """Return colours and their ends of a figure with one map."""

    def call(velocity):
        [image] = [one for axes in draw(velocity).axes[:1] for one in axes.images]
        return [np.ma.filled(image.get_array(), np.nan), image.get_clim()]

    return call


class Sample(dict):
    """Maps by name, as columns of a table would be, which copies them."""

    meta = {"spaxel": 0.5}


def sample(**maps):
    return Sample(maps, ellipticity=[0.3], position_angle=[20.0], r_e=[4.0])


def with_one(values):
    """Return a map as a stack of one."""
    return values[None]


# What is given a map; of a stack the function of `with_one`
CALLS = {
    "kinematics.lambda_r": lambda v: kinematics.lambda_r(v, SIGMA, FLUX, RADIUS),
    "kinematics.lambda_r, sigma": lambda v: kinematics.lambda_r(VELOCITY, v, FLUX, RADIUS),
    "kinematics.v_over_sigma": lambda v: kinematics.v_over_sigma(v, SIGMA, FLUX),
    "kinematics.v_over_sigma, sigma": lambda v: kinematics.v_over_sigma(VELOCITY, v, FLUX),
    "kinematics.lambda_r_error": lambda v: kinematics.lambda_r_error(
        v, ERROR, SIGMA, ERROR, FLUX, RADIUS, draws=4, rng=0
    ),
    "map_features.map_features": lambda v: map_features.map_features(with_one(v)).to_numpy(),
    "clean.without_systemic": clean.without_systemic,
    "clean.neighbour_deviation": clean.neighbour_deviation,
    "clean.without_outliers": clean.without_outliers,
    "clean.smoothed": lambda v: clean.smoothed(v, 1.5),
    "clean.bright_spaxels": lambda v: clean.bright_spaxels(v, FLUX, 0.05),
    "images.network_input": lambda v: images.network_input(with_one(v), 20),
    "images.fill_frame": lambda v: images.fill_frame(with_one(v), 20),
    "ranges.of": lambda v: [*ranges.of(with_one(v)).values()],
    "channels.channels": lambda v: channels.channels(sample(velocity=with_one(v)), size=20),
    "channels.lambda_on_map": lambda v: channels.lambda_on_map(
        sample(velocity=with_one(v), sigma=SIGMA[None], flux=FLUX[None])
    ),
    "cleaning.spoil": lambda v: cleaning.spoil(with_one(v), FLUX[None], 0.1, rng=0),
    "planted_signals.along_axis": lambda v: planted_signals.along_axis(FLUX[None], with_one(v)),
    "planted_signals.rotation": lambda v: planted_signals.rotation(with_one(v), 9.0),
    "planted_signals.discs": lambda v: planted_signals.discs(with_one(v), 3.0, rng=0)[1],
    "planted_signals.rearranged": lambda v: planted_signals.rearranged(with_one(v), "sorted"),
    "domain_shift.fixed_scale": lambda v: domain_shift.fixed_scale(
        sample(velocity=with_one(v)), 20
    ),
    "domain_shift.free_scale": lambda v: domain_shift.free_scale(sample(velocity=with_one(v)), 20),
    "sami.good_spaxels": lambda v: sami.good_spaxels(
        {"snr": FLUX * 100, "velocity_error": v, "sigma": SIGMA, "sigma_error": ERROR}
    ),
    "plot_maps.gallery": lambda v: drawn(with_one(v)),
    "plot_maps.kinematic_maps": shown(lambda v: plot_maps.kinematic_maps([(v, SIGMA)], [""], [""])),
}
# Their maps have any unit, so that one in m/s is another map
ANY_UNIT = {
    "kinematics.lambda_r, flux": lambda f: kinematics.lambda_r(VELOCITY, SIGMA, f, RADIUS),
    "kinematics.v_over_sigma, flux": lambda f: kinematics.v_over_sigma(VELOCITY, SIGMA, f),
    "kinematics.fit_plane": lambda v: kinematics.fit_plane(v, X, Y),
    "clean.bright_spaxels, brightness": lambda b: clean.bright_spaxels(VELOCITY, b, -50),
    "planted_signals.kinematic_axis": lambda v: planted_signals.kinematic_axis(with_one(v)),
    "spatial.morans_i": lambda v: spatial.morans_i(with_one(v)),
    "spatial.permutation_p_values": lambda v: spatial.permutation_p_values(with_one(v), rng=0),
    "spatial.moran": lambda v: spatial.moran(v, permutations=9, rng=0)[:2],
    "images.central_crop": lambda v: spatial.morans_i(images.central_crop(with_one(v), 20)),
    "seeing.correct_graham2018": lambda v: seeing.correct_graham2018(v, 2.0, 4.0, 2.0),
    "seeing.correct_harborne2020": lambda v: seeing.correct_harborne2020(v, 2.0, 4.0, EPS, 2.0),
    "photometry.is_member_redshift": photometry.is_member_redshift,
    "kinematics.rotator_class": lambda v: kinematics.rotator_class(v / 200 + 0.5, EPS),
    "kinematics.slow_boundary_2016": kinematics.slow_boundary_2016,
    "descriptors.prepare": lambda v: descriptors.prepare(with_one(v)).detail,
    "style.draw_map": shown(lambda v: drawing(style.draw_map, v)),
}
WITH_UNIT = [name for name in CONTAINERS if "m/s" in name.lower()] + ["mask of bits"]


def equal(found, expected):
    pairs = zip(found, expected, strict=True) if isinstance(found, list) else [(found, expected)]
    for one, other in pairs:
        assert not np.ma.isMaskedArray(one) and not hasattr(one, "unit")
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", CALLS)
def test_a_map_in_any_container_gives_what_it_gives_with_nan(name, container):
    call, expected = CALLS[name], CALLS[name](CONTAINERS["NaN"](VELOCITY, BAD))
    found = call(CONTAINERS[container](VELOCITY, BAD))
    equal(found, expected)


@pytest.mark.parametrize("container", [one for one in CONTAINERS if one not in WITH_UNIT])
@pytest.mark.parametrize("name", ANY_UNIT)
def test_a_map_of_any_unit_gives_what_it_gives_with_nan(name, container):
    call, expected = ANY_UNIT[name], ANY_UNIT[name](CONTAINERS["NaN"](VELOCITY, BAD))
    if name == "kinematics.rotator_class" and container in ("objects",):
        pytest.skip("arithmetic of None is the caller's")
    found = call(CONTAINERS[container](VELOCITY, BAD))
    equal(found, expected)


@pytest.mark.parametrize("name", CALLS)
def test_another_quantity_than_a_velocity_is_refused(name):
    import astropy.units as u

    with pytest.raises(ValueError, match="expected km/s, received 'K'"):
        CALLS[name](VELOCITY * u.K)


MODULES = ("physics.kinematics", "physics.spatial", "physics.map_features", "physics.seeing")
MODULES += ("inputs.clean", "inputs.images", "inputs.ranges", "studies.planted_signals")
MODULES += ("studies.cleaning",)
TAKEN = {"velocity", "maps", "values", "flux", "spin"}
# of one measured map; no map but attributions; masks stay masks
LEFT = {"ranges.quantities", "ranges.unlike", "ranges.repeated"}
LEFT |= {"planted_signals.hits", "planted_signals.plant"}
LEFT |= {"cleaning.treatments", "cleaning.moran_by_class"}


@pytest.mark.parametrize("module", MODULES)
def test_no_function_that_takes_maps_is_missing_here(module):
    tried = {name.partition(",")[0] for name in (*CALLS, *ANY_UNIT)} | LEFT
    found = importlib.import_module(f"galutils.{module}")
    for name, function in inspect.getmembers(found, inspect.isfunction):
        own = function.__module__ == found.__name__ and not name.startswith("_")
        if own and TAKEN & set(inspect.signature(function).parameters):
            assert f"{module.rpartition('.')[2]}.{name}" in tried


def test_maps_of_different_units_together():
    import astropy.units as u

    kms, ms = u.km / u.s, u.m / u.s
    expected = kinematics.lambda_r(VELOCITY, SIGMA, FLUX, RADIUS)
    found = kinematics.lambda_r(VELOCITY * 1000 * ms, SIGMA * kms, FLUX, RADIUS * u.arcsec)
    assert found == pytest.approx(expected)
    radius = kinematics.elliptical_radius(X * u.arcsec, Y / 60 * u.arcmin, 0.4, 0.5 * u.rad)
    np.testing.assert_allclose(radius, kinematics.elliptical_radius(X, Y, 0.4, np.rad2deg(0.5)))
    assert kinematics.v_over_sigma(
        np.full((5, 5), 300, "i2"), np.full((5, 5), 900, "i2"), np.full((5, 5), 100, "i2")
    ) == pytest.approx(1 / 3)


def test_an_aperture_that_is_masked_is_not_summed():
    inside = RADIUS < 8
    expected = kinematics.lambda_r(VELOCITY, SIGMA, FLUX, RADIUS, inside & ~BAD)
    masked = np.ma.array(inside, mask=BAD)
    assert kinematics.lambda_r(VELOCITY, SIGMA, FLUX, RADIUS, masked) == expected


@pytest.mark.parametrize(
    ("spin", "ellipticity"),
    [(0.01, -0.02), (0.01, -99.0), (-99.0, 0.3), (0.01, 1.7), (1.3, 0.3), (np.inf, 0.3),
     (0.3, -np.inf), (-999, 0.3), (0.3, 1.0)],
)  # fmt: skip
def test_a_class_needs_values_that_can_be(spin, ellipticity):
    for boundary in (kinematics.slow_boundary, kinematics.slow_boundary_2016):
        assert kinematics.rotator_class([spin], [ellipticity], boundary).tolist() == [-1]


def test_networks_take_finite_inputs_only():
    import keras

    from galutils.explain import gradcam, integrated_gradients
    from galutils.networks import train, uncertainty

    inputs = keras.Input((4, 4, 1))
    layers = (keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(1, "sigmoid"))
    model = keras.Sequential([inputs, *layers])
    x = np.zeros((2, 4, 4, 1), np.float32)
    masked = np.ma.array(x, mask=False)
    masked[1, 2] = np.ma.masked
    holed = np.where(np.arange(4)[:, None] == 1, np.nan, x).astype("f4")
    for bad in (masked, holed, np.where(holed == 0, x, np.inf)):
        for call in (
            lambda bad: train.predict(model, bad),
            lambda bad: train.predict_symmetric(model, bad),
            lambda bad: uncertainty.dropout_draws(model, bad, 2),
            lambda bad: integrated_gradients.integrated_gradients(model, bad),
            lambda bad: gradcam.smooth_grad(model, bad, 0, n=2),
            lambda bad: train.fit(lambda: model, bad, np.zeros(2), None, 1, 0),
            lambda bad: augment.augment_to_balance(bad, [0, 1], {0: 1, 1: 1}),
        ):
            with pytest.raises(ValueError, match="finite"):
                call(bad)


def test_copies_of_masked_maps_have_nan_where_the_mask_is():
    maps = np.ma.array(np.ones((1, 8, 8)), mask=False)
    maps[..., 7] = np.ma.masked
    turned = affine.transform(maps, np.eye(2)[None], np.zeros((1, 2)))
    assert np.isnan(turned[..., 7]).all() and np.nanmax(turned) == 1
