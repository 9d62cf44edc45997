"""Tests of distributions against scipy called directly, and the published table again."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from galutils.scores import class_tests
from galutils.studies import arm_selection
from galutils.surveys import gz2

REAL = Path(os.environ.get("GALUTILS_DATA", ""))
needs_real = pytest.mark.skipif(
    not (REAL / "gz2" / "gz2_table5_stellar_mass_match.csv").is_file(),
    reason="the real masses are not there",
)
TESTED = ("ks", "ks_p", "t", "t_p", "t_p_greater", "t_p_less")
CORRECTED = ("ks_p_corrected", "t_p_corrected")


def benjamini_hochberg(p):
    """Smallest level of the false discovery rate at which each p is called, NaN left out."""
    known = [value for value in p if np.isfinite(value)]
    result = []
    for mine in p:
        least = min(
            (
                len(known) * other / sum(one <= other for one in known)
                for other in known
                if other >= mine
            ),
            default=np.nan,
        )
        result.append(min(least, 1.0) if np.isfinite(mine) else np.nan)
    return np.array(result)


def direct(values, classes, number, against):
    """Statistics of one class by scipy, without the module."""
    mine = values[classes == number]
    rest = values if against == "all" else values[classes != number]
    equal = against == "all"
    ks, t = stats.ks_2samp(mine, rest), stats.ttest_ind(mine, rest, equal_var=equal)
    sides = [
        stats.ttest_ind(mine, rest, equal_var=equal, alternative=side).pvalue
        for side in ("greater", "less")
    ]
    return [ks.statistic, ks.pvalue, t.statistic, t.pvalue, *sides]


def assert_direct(table, values, classes, names, against):
    """Compare a table with scipy, row by row; values and classes without what is unknown."""
    assert table["class"].tolist() == list(names)
    for number, row in enumerate(table.to_dict("records")):
        mine = values[classes == number]
        assert row["n"] == mine.size
        if mine.size > 1:
            assert row["mean"] == pytest.approx(mine.mean(), rel=1e-12)
            expected = direct(values, classes, number, against)
            np.testing.assert_allclose([row[c] for c in TESTED], expected, rtol=1e-12, atol=1e-12)
        else:
            assert np.isnan([row[c] for c in (*TESTED, *CORRECTED)]).all()
    for name in ("ks_p", "t_p"):
        expected = benjamini_hochberg(np.array(table[name]))
        np.testing.assert_allclose(table[f"{name}_corrected"], expected, rtol=1e-12)


@pytest.mark.parametrize("against", ["all", "others"])
def test_every_number_is_scipys(against):
    rng = np.random.default_rng(0)
    classes = rng.permutation(np.repeat([0, 1, 2, 3, -1], (30, 400, 60, 1, 20)))
    values = rng.normal(10.3 + 0.3 * (classes == 0), 0.4 + 0.2 * (classes == 2))
    values[rng.random(len(values)) < 0.1] = np.nan
    values[classes == 3] = 9.0
    table = class_tests.compare(values, classes, ("1", "2", "3", "4", "5+"), against)
    known = np.isfinite(values) & (classes >= 0)
    assert table["n"].sum() == known.sum()
    assert_direct(table, values[known], classes[known], ("1", "2", "3", "4", "5+"), against)
    assert table["mean"][3] == 9.0 and np.isnan(table["mean"][4])


def test_the_sides_are_those_of_the_mean():
    rng = np.random.default_rng(1)
    classes = np.repeat([0, 1], 100)
    table = class_tests.compare(rng.normal(classes, 1), classes, ("low", "high"), "others")
    assert table["mean"][0] < table["mean"][1]
    assert table["t_p_less"][0] < 1e-6 and table["t_p_greater"][1] < 1e-6
    np.testing.assert_allclose(table["t_p_greater"] + table["t_p_less"], 1)
    np.testing.assert_allclose(table["t_p"][0], 2 * table["t_p_less"][0])


def test_a_class_is_compared_with_a_sample_that_holds_it_or_with_the_rest():
    """A shift looks smaller against all, and a class that is all has nothing else beside it."""
    rng = np.random.default_rng(2)
    classes = np.repeat([0, 1], 50)
    values = rng.normal(2 * classes, 1)
    whole, rest = (class_tests.compare(values, classes, "ab", how) for how in ("all", "others"))
    assert np.all(whole["ks"] < 0.7 * rest["ks"])
    assert rest["ks"][0] == rest["ks"][1] and rest["t"][0] == pytest.approx(-rest["t"][1])
    alone = class_tests.compare(values, np.zeros(100), ("a",), "others")
    assert alone["n"][0] == 100 and np.isnan([alone[name][0] for name in TESTED]).all()
    same = class_tests.compare(values, np.zeros(100), ("a",))
    assert (same["ks"][0], same["t"][0], same["t_p"][0]) == (0, 0, 1)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="expected 'all' or 'others', received 'rest'"):
        class_tests.compare([1.0], [0], ("1",), against="rest")
    for values, classes in (([np.nan, 1.0], [0, -1]), ([], [])):
        with pytest.raises(ValueError, match="expected values of galaxies with a class"):
            class_tests.compare(values, classes, ("1",))


def test_the_published_p_are_two_sided_and_do_not_survive_five_tests():
    table = class_tests.published_again()
    assert sum(table["n"]) == class_tests.PUBLISHED_ALL
    np.testing.assert_allclose(table["t_p"], table["t_p, published"], atol=3e-4)
    for row in table.to_dict("records"):
        freedom = row["n"] + 11291 - 2  # the class is counted in the whole, too
        assert row["t_p_one_sided"] == pytest.approx(stats.t.sf(abs(row["t"]), freedom))
    np.testing.assert_allclose(table["t_p"], 2 * table["t_p_one_sided"])
    assert table["t_p_one_sided"][0] == pytest.approx(0.0073, abs=1e-4)
    for name in ("ks_p", "t_p"):
        published = benjamini_hochberg(table[f"{name}, published"])
        np.testing.assert_allclose(table[f"{name}_corrected"], published, rtol=1e-12)
        assert table[f"{name}_corrected"].min() > 0.05
    assert table["t_p_corrected"][0] == pytest.approx(0.073)


@pytest.mark.parametrize("name", ["1", "3", "4, 5+"])
def test_the_published_ks_p_go_with_their_statistics(name):
    """Of two arms the statistic has two digits only; of '?' 0.89 follows, 0.9853 is published."""
    row = class_tests.published_again().set_index("class").loc[name]
    n, ks, p = row["n"], row["ks"], row["ks_p, published"]
    size = n * class_tests.PUBLISHED_ALL / (n + class_tests.PUBLISHED_ALL)
    assert stats.kstwo.sf(ks, round(size)) == pytest.approx(p, abs=6e-4)


@needs_real
@pytest.mark.parametrize("against", ["all", "others"])
def test_the_real_masses_of_the_coadded_spirals(against):
    masses = "gz2_table5_stellar_mass_match.csv"
    votes, _ = gz2.load_catalogue(REAL, "archive", masses=masses)
    classes, _ = arm_selection.select(votes, n_spiral=5, p_m=0)
    mass = np.asarray(votes["log_mass"])
    assert np.isfinite(mass).sum() == 236
    known = np.isfinite(mass) & (classes >= 0)
    assert known.sum() > 100
    names = arm_selection.CLASSES
    table = class_tests.compare(mass, classes, names, against)
    assert np.isfinite(table["t_p"]).sum() >= 3
    assert_direct(table, mass[known], classes[known], names, against)


def test_values_at_fixed_redshift_know_nothing_of_it():
    """A trend through the redshift alone goes; a shift of one class by itself stays."""
    rng = np.random.default_rng(3)
    redshift = rng.uniform(0.01, 0.2, 4000)
    mass = 9 + 15 * redshift - 30 * redshift**2 + rng.normal(0, 0.2, 4000)
    near = (redshift < 0.05).astype(int)
    fixed = class_tests.at_fixed(mass, redshift)
    assert abs(np.corrcoef(fixed, redshift)[0, 1]) < 0.01
    assert fixed.mean() == pytest.approx(mass.mean())
    names = ("far", "near")
    assert class_tests.compare(mass, near, names, "others")["t_p"].max() < 1e-6
    assert class_tests.compare(fixed, near, names, "others")["t_p"].min() > 0.01
    odd = rng.random(4000) < 0.1
    moved = class_tests.at_fixed(mass + 0.1 * odd, redshift)
    assert moved[odd].mean() - moved[~odd].mean() == pytest.approx(0.1, abs=0.03)
    mass[:5], redshift[5:9] = np.nan, np.nan
    assert np.isnan(class_tests.at_fixed(mass, redshift)).sum() == 9
