import keras
import numpy as np
import pandas as pd
import pytest

from galutils.inputs import augment, images
from galutils.mock import trials
from galutils.physics import kinematics, seeing
from galutils.plots import domain_shift as plot_domain_shift
from galutils.studies import domain_shift


@pytest.fixture(scope="module")
def galaxies():
    return trials.draw(40, rng=8)


@pytest.fixture(scope="module")
def seen(galaxies):
    return trials.observe(galaxies, rng=9, depth=10.0)


def test_corrections_do_nothing_without_seeing():
    spin = np.array([0.05, 0.4, np.nan])
    np.testing.assert_allclose(seeing.correct_graham2018(spin, 0.0, 2.0, 1.0), spin)
    np.testing.assert_allclose(seeing.correct_harborne2020(spin, 0.0, 2.0, 0.4, 1.0), spin)


def test_corrections_against_numbers_worked_out_by_hand():
    # x = 0.5: (1 + (0.5 / 0.47) ** 1.76) ** 0.84 = 1.8750; n = 4 adds 26 per cent
    fwhm = 0.5 * 2.355
    assert seeing.correct_graham2018(0.2, fwhm, 1.0, 2.0) == pytest.approx(0.2 * 1.8750, rel=2e-3)
    assert seeing.correct_graham2018(0.2, fwhm, 1.0, 4.0) == pytest.approx(
        0.2 * 1.8750 * 1.26, rel=2e-3
    )
    # 7.49 / (1 + e^(1.35073 + 2.84)) - 7.49 / (1 + e^2.84) = -0.3017, and 0.5 x 0.1454 for n = 1
    change = -0.3017 + 0.5 * 0.14526 + 0.5 * 0.016387 * np.log10(0.4)
    found = seeing.correct_harborne2020(0.2, fwhm, 1.0, 0.4, 1.0)
    assert found == pytest.approx(0.2 * 10**-change, rel=5e-3)


def test_corrections_stop_where_the_publications_do():
    assert seeing.correct_graham2018(0.3, 3.0, 1.0, 2.0) == 0.3  # smaller than the seeing
    assert seeing.correct_graham2018(0.9, 2.0, 1.0, 2.0) == 1.0
    assert seeing.correct_harborne2020(0.9, 2.0, 1.0, 0.3, 2.0) == 1.0


def test_corrections_bring_smeared_values_nearer_to_the_truth(seen):
    fast = np.array(seen["true_class"]) == 1
    use = fast & (seen["r_e"].data > 1.5) & np.isfinite(seen["spin"])
    part = seen[use]
    true, spin = part["true_spin"].data, part["spin"].data
    shape = (part["ellipticity"].data, part["sersic"].data)
    lifted = (
        seeing.correct_harborne2020(spin, part["seeing"].data, part["r_e"].data, *shape),
        seeing.correct_graham2018(spin, part["seeing"].data, part["r_e"].data, shape[1]),
    )
    for values in lifted:
        assert np.median(np.abs(values - true)) < 0.5 * np.median(np.abs(spin - true))


def test_margin_is_the_excess_over_the_line_and_0_if_nothing_was_measured(seen):
    poor = seen.copy()
    poor["spin"][0] = np.nan
    plain, corrected = domain_shift.margins(poor).values()
    assert plain[0] == corrected[0] == 0
    called = kinematics.rotator_class(poor["spin"], poor["ellipticity"])
    known = np.isfinite(poor["spin"])
    np.testing.assert_array_equal(plain[known] >= 0, called[known] == 1)
    assert (corrected[known] >= plain[known]).all()


def test_coarse_spaxels_are_repeated_in_their_place(galaxies):
    fine = trials.observe(galaxies[:6], rng=1, depth=1e4, seeing=3.0)
    coarse = trials.observe(galaxies[:6], rng=1, depth=1e4, seeing=3.0, spaxel=1.0)
    one, other = domain_shift.fixed_scale(fine), domain_shift.fixed_scale(coarse)
    np.testing.assert_array_equal(one, images.network_input(np.asarray(fine["velocity"])))
    assert other.shape == one.shape == (6, 40, 40, 1)
    for first, second in zip(one, other, strict=True):
        both = (first != 0) & (second != 0)  # zero points differ
        assert np.std((first - second)[both]) < 0.25 * np.std(first[both])


def test_scale_free_input_forgets_the_zero_point(seen):
    moved = seen[:5].copy()
    moved["velocity"] += 40
    np.testing.assert_allclose(
        domain_shift.free_scale(moved), domain_shift.free_scale(seen[:5]), atol=1e-4
    )


def test_balanced_accuracy_comes_from_the_call_and_undecided_counts_half():
    truth = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    scores = {"good": np.array([-1, -1, -2, 1, 1, 1, 2, 0.0]), "idle": np.zeros(8)}
    found = domain_shift.score_with_intervals(truth, scores, rng=0)
    accuracy, area = domain_shift.MEASURES
    assert found["good"][accuracy]["value"] == pytest.approx((3 / 4 + 3.5 / 4) / 2)
    assert found["idle"][accuracy]["value"] == found["idle"][area]["value"] == 0.5
    gained = domain_shift.gains(truth, scores, "idle", rng=0)
    expected = found["good"][area]["value"] - 0.5
    assert list(gained) == ["good"] and gained["good"][area]["value"] == pytest.approx(expected)


def test_names_are_weighed_at_natural_shares():
    truth = np.repeat([0, 1], 100)
    probability = np.where(truth == 1, 0.99, 0.01)
    probability[100:110] = 0.02  # a tenth of the fast ones look slow
    found = domain_shift.named(truth, probability, natural_slow=0.1, rng=0)
    assert found["share fast"]["value"] == pytest.approx(0.9)
    assert found["accuracy"]["value"] == pytest.approx(0.91)
    assert found["named slow"]["value"] == pytest.approx(0.19)
    assert found["purity slow"]["value"] == pytest.approx(0.1 / 0.19)
    assert found["purity fast"]["value"] == found["purity fast"]["high"] == 1
    assert 0.99 < found["purity fast"]["low"] < 1  # none of 90 is wrong yet
    assert found["purity slow"]["low"] < 0.1 / 0.19 < found["purity slow"]["high"]
    none = domain_shift.named(truth, np.full(200, 0.5), 0.1, rng=0)
    assert np.isnan(none["purity slow"]["value"]) and none["named slow"]["value"] == 0


def test_three_channels_turn_together_and_only_velocity_changes_sign(seen):
    inputs = domain_shift.moving_and_hot(seen[:30])
    assert inputs.shape == (30, 40, 40, 3)
    np.testing.assert_allclose(inputs[:, 3, 5, 2], seen["ellipticity"][:30], rtol=1e-6)
    turned = augment.random_dihedral_and_sign(inputs, np.random.default_rng(0), signed=slice(1))
    assert (turned[..., 1:] >= 0).all()
    middle = inputs[..., 0] * inputs[..., 1], turned[..., 0] * turned[..., 1]
    np.testing.assert_allclose(*(np.abs(m).sum(axis=(1, 2)) for m in middle), rtol=1e-4)
    signs = np.sign(turned[..., 0].max(axis=(1, 2)) - np.abs(turned[..., 0].min(axis=(1, 2))))
    assert not np.array_equal(turned, inputs) and np.unique(signs).size >= 2


def test_everything_is_scored_on_the_same_galaxies(seen):
    from sklearn.linear_model import LogisticRegression

    part = seen[:16].copy()
    part["spin"] = np.nan_to_num(part["spin"])
    part["catalogue_spin"] = np.where(np.arange(16) < 8, 0.9, np.nan)
    model = LogisticRegression().fit([[0, 0.1], [1, 0.1]], [0, 1])
    network = _mean()
    scores = domain_shift.scored(part, {"in arcsec": network}, {"network, V": network}, model)
    assert {len(one) for one in scores.values()} == {16} and len(scores) == 6
    line = kinematics.slow_boundary(np.asarray(part["ellipticity"]))
    np.testing.assert_allclose(scores["lambda_R"][:8], 0.9 - line[:8])
    np.testing.assert_allclose(scores["lambda_R"][8:], part["spin"][8:] - line[8:])
    same = (scores[f"network, {n}"] for n in ("in arcsec, catalogue labels", "V, true labels"))
    np.testing.assert_allclose(*same)


def _mean():
    inputs = keras.Input((40, 40, 1))
    outputs = keras.layers.Dense(1, activation="sigmoid")(
        keras.layers.GlobalAveragePooling2D()(inputs)
    )
    return keras.Model(inputs, outputs)


def test_figures_show_every_number():
    interval = {"value": 0.81, "low": 0.7, "high": 0.9}
    found = {name: {m: interval for m in domain_shift.MEASURES} for name in ("network", "lambda_R")}
    rows = [r for s in (1, 2) for r in domain_shift.lines(found, condition="seeing", setting=s)]
    figure = plot_domain_shift.degraded(
        pd.DataFrame(rows), {"seeing": "FWHM [arcsec]"}, usual={"seeing": 1.5}
    )
    assert [axes.get_ylabel() for axes in figure.axes] == list(domain_shift.MEASURES)
    assert figure.axes[1].get_xlabel() == "FWHM [arcsec]"
    assert figure.axes[0].lines[0].get_ydata().tolist() == [0.81, 0.81]

    panels = {title: {"network": interval, "lambda_R": interval} for title in ("one", "two")}
    figure = plot_domain_shift.classifiers_by_panel(panels, "area")
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["network", r"$\lambda_R$"]
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["0.810", "0.810"]
