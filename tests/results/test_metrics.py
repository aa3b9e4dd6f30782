"""Metrics against published tables (cases S2-S6) and hand cases; bad input gets one clear error."""

import csv
from pathlib import Path

import numpy as np
import pytest

from results import metrics as m
from results.errors import ResultsError, nearest

DATA = Path(__file__).parents[1] / "data"


def table(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# S2: documentation and tests of PySAL's inequality, 32 Mexican states in 5 regions (Gini: recomputed, sorted formula)
MEXICO = {
    1940: (0.20894344, 0.03458890, 0.17435454, 0.353724),
    1950: (0.15222451, 0.02816853, 0.12405598, 0.296446),
    1960: (0.10472941, 0.05260921, 0.05212020, 0.253718),
    1970: (0.10194725, 0.05931219, 0.04263506, 0.255134),
}


@pytest.mark.parametrize("year", MEXICO)
def test_s2_theil_decomposition_and_gini(year):
    rows = table("mexico_pcgdp.csv")
    value = [float(r[f"pcgdp{year}"]) for r in rows]
    total, between, within, gini = MEXICO[year]
    parts = m.theil_decomposition(value, [r["hanson98"] for r in rows])
    assert m.theil_t(value) == pytest.approx(total, abs=1e-7)
    assert parts == pytest.approx((total, between, within), abs=1e-7)
    assert m.gini(value) == pytest.approx(gini, abs=1e-6)


def pupils_of(size, mean, squares):
    """Return scores with a given mean and sum of squared deviations: all that the null model sees of a school."""
    scores = np.full(size, mean)
    scores[:2] += np.array([1.0, -1.0]) * np.sqrt(squares / 2)
    return scores


def london():
    rows = table("london_schools.csv")
    schools = [(int(r["pupils"]), float(r["mean"]), float(r["sum_of_squares"])) for r in rows]
    return np.concatenate([pupils_of(*s) for s in schools]), np.repeat(np.arange(65), [s[0] for s in schools])


def test_s3_variance_components_of_london_schools():
    scores, schools = london()
    assert len(scores) == 4059
    fit = m.variance_components(scores, schools)
    assert fit.between == pytest.approx(0.169, abs=0.002)
    assert fit.within == pytest.approx(0.848, abs=0.002)
    assert fit.share == pytest.approx(0.166, abs=0.002)
    assert fit.deviance == pytest.approx(11010.65, abs=0.005)
    assert (fit.between, fit.within, fit.share) == pytest.approx((0.16864, 0.84776, 0.16592), abs=1e-5)


def test_variance_components_find_the_maximum_of_the_full_likelihood():
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(6), [2, 5, 3, 4, 1, 5])
    scores = rng.normal(size=20) + rng.normal(size=6)[groups]
    fit = m.variance_components(scores, groups)

    def deviance(mean, between, within):
        cov = within * np.eye(20) + between * (groups[:, None] == groups)
        rest = scores - mean
        return 20 * np.log(2 * np.pi) + np.linalg.slogdet(cov)[1] + rest @ np.linalg.solve(cov, rest)

    best = deviance(fit.mean, fit.between, fit.within)
    assert fit.deviance == pytest.approx(best, abs=1e-8)
    for step in (1e-3, -1e-3):
        assert deviance(fit.mean + step, fit.between, fit.within) > best
        assert deviance(fit.mean, max(0.0, fit.between + step), fit.within) >= best
        assert deviance(fit.mean, fit.between, fit.within + step) > best


def test_variance_components_without_differences_between_groups_lie_at_zero():
    fit = m.variance_components([-1.0, 1.0, -2.0, 2.0, -3.0, 3.0], ["a", "a", "b", "b", "c", "c"])
    assert fit.between == 0.0 and fit.share == 0.0
    assert fit.within == pytest.approx(28 / 6)


def test_between_share_plain_and_corrected_near_the_model():
    scores, schools = london()
    components = m.variance_components(scores, schools)
    assert m.between_share(scores, schools, corrected=True) == pytest.approx(components.share, abs=0.02)
    assert m.between_share(scores, schools) > m.between_share(scores, schools, corrected=True)


def test_the_correction_removes_what_chance_puts_between_small_groups():
    scores = np.random.default_rng(1).normal(size=40_000)
    groups = np.repeat(np.arange(10_000), 4)
    assert m.between_share(scores, groups) == pytest.approx(0.25, abs=0.01)
    assert m.between_share(scores, groups, corrected=True) < 0.02


# S4: README of the R package segregation, schools00
def test_s4_mutual_information_and_h():
    rows = table("segregation_schools00.csv")
    people = [float(r["n"]) for r in rows]
    race = [r["race"] for r in rows]
    by_school = m.cross_table([r["school"] for r in rows], race, people)
    by_state = m.cross_table([r["state"] for r in rows], race, people)
    assert by_school.shape == (2045, 5) and by_school.sum() == 877_739
    assert m.mutual_information(by_school) == pytest.approx(0.425539, abs=1e-6)
    assert m.information_theory_h(by_school) == pytest.approx(0.418808, abs=1e-6)
    assert m.mutual_information(by_state) == pytest.approx(0.0992437, abs=1e-6)
    assert m.information_theory_h(by_state) == pytest.approx(0.0976740, abs=1e-6)
    assert by_state[0].tolist() == [1573, 103427, 3888, 1393, 132749]  # asian, black, hisp, native, white


@pytest.mark.parametrize(
    ("first", "second"), [((100, 60, 40, 0), (0, 40, 60, 100)), ((80, 80, 20, 20), (20, 20, 80, 80))]
)
def test_s4_dissimilarity(first, second):
    assert m.dissimilarity(first, second) == pytest.approx(0.6, abs=1e-6)


# S5: pay in two firms (recomputed from the tables)
FIRMS = {
    "Universal": (400, 36452.5, 1.442005, 0.279625, 0.286154, 0.984200),
    "Worldwide": (1300, 38773.077, 3.583350, 0.227509, 0.463163, 0.977949),
}


@pytest.mark.parametrize("firm", FIRMS)
@pytest.mark.parametrize("expanded", [False, True])
def test_s5_grouped_data(firm, expanded):
    rows = [r for r in table("hale_widget.csv") if r["company"] == firm]
    pay, people = np.array([[float(r["salary"]), float(r["n"])] for r in rows]).T
    if expanded:
        pay, people = np.repeat(pay, people.astype(int)), np.ones(int(people.sum()))
    n, mean, cv, gini, theil, mcloone = FIRMS[firm]
    assert people.sum() == n and np.average(pay, weights=people) == pytest.approx(mean, abs=0.001)
    assert m.coefficient_of_variation(pay, people) == pytest.approx(cv, abs=1e-6)
    assert m.gini(pay, people) == pytest.approx(gini, abs=1e-6)
    assert m.theil_t(pay, people) == pytest.approx(theil, abs=1e-6)
    assert m.mcloone(pay, people) == pytest.approx(mcloone, abs=1e-6)


def test_s5_pooled_theil():
    rows = table("hale_widget.csv")
    pay, people = [float(r["salary"]) for r in rows], [float(r["n"]) for r in rows]
    parts = m.theil_decomposition(pay, groups=[r["company"] for r in rows], weights=people)
    assert parts == pytest.approx((0.423782, 0.000335180, 0.423446966), abs=1e-6)


# S6: Mao, Zang, Zhang (2020), table 2: not left behind, left behind
S6 = [
    (10.413, 3.821, 9.522, 3.891, 0.232),
    (82.106, 25.303, 76.628, 26.119, 0.215),
    (83.604, 21.258, 79.851, 22.179, 0.175),
    (80.477, 31.720, 73.755, 33.783, 0.209),
    (82.236, 30.098, 76.277, 30.830, 0.197),
]


@pytest.mark.parametrize(("mean1", "sd1", "mean2", "sd2", "gap"), S6)
def test_s6_standardised_gap(mean1, sd1, mean2, sd2, gap):
    assert m.gap_from_summary(mean1, sd1, 8448, mean2, sd2, 2084) == pytest.approx(gap, abs=0.0005)
    first = pupils_of(8448, mean1, 8447 * sd1**2)
    second = pupils_of(2084, mean2, 2083 * sd2**2)
    assert m.standardised_gap(first, second) == pytest.approx(gap, abs=0.0005)


def test_the_official_worked_example_of_the_coefficient_of_variation():
    pupils = np.array([45.0, 37, 89, 76, 55])
    books = np.array([279.0, 137, 935, 160, 402])
    assert m.coefficient_of_variation(books / pupils, pupils) == pytest.approx(0.52, abs=0.005)


def test_theil_l_and_its_parts():
    value, weight, group = [1.0, 2.0, 4.0], [3.0, 1.0, 2.0], ["a", "a", "b"]
    mean = 13 / 6
    by_hand = (3 * np.log(mean / 1) + np.log(mean / 2) + 2 * np.log(mean / 4)) / 6
    parts = m.theil_decomposition(value, group, weight, index="l")
    between = (4 * np.log(mean / 1.25) + 2 * np.log(mean / 4)) / 6
    assert m.theil_l(value, weight) == pytest.approx(by_hand)
    assert parts == pytest.approx((by_hand, between, by_hand - between))


def test_percentile_ratio_and_mcloone_by_hand():
    assert m.percentile_ratio(range(1, 101)) == 9.0
    assert m.percentile_ratio([1.0, 5.0], weights=[80.0, 20.0]) == 5.0
    assert m.percentile_ratio([1.0, 5.0], weights=[95.0, 5.0]) == 1.0
    assert m.mcloone([1.0, 2.0, 3.0, 4.0]) == pytest.approx(3 / 5)  # median 2.5, lower half 1 and 2
    assert m.mcloone([7.0, 7.0]) == 1.0


def test_concentration_index_by_hand():
    assert m.concentration_index([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == pytest.approx(m.gini([1.0, 2.0, 3.0]))
    assert m.concentration_index([3.0, 2.0, 1.0], [-1.0, 0.0, 5.0]) == pytest.approx(-m.gini([1.0, 2.0, 3.0]))
    assert m.concentration_index([1.0, 9.0, 4.0], [2.0, 2.0, 2.0]) == pytest.approx(0.0, abs=1e-12)


def test_all_zero_is_equal_and_lone_values_are_too():
    for index in (m.gini, m.theil_t, m.atkinson):
        assert index([0.0, 0.0]) == 0.0
        assert index([5.0]) == pytest.approx(0.0, abs=1e-15)


ONE_ARRAY = [
    m.gini, m.theil_t, m.theil_l, m.atkinson, m.coefficient_of_variation, m.mcloone, m.percentile_ratio,
    lambda v: m.theil_decomposition(v, ["a"] * len(v)),
    lambda v: m.concentration_index(v, [0.0] * len(v)),
    lambda v: m.dissimilarity(v, v),
    lambda v: m.mutual_information([v]),
    lambda v: m.information_theory_h([v]),
]  # fmt: skip
SCORES = [
    lambda v: m.between_share(v, ["a"] * len(v)),
    lambda v: m.variance_components(v, ["a"] * len(v)),
    lambda v: m.standardised_gap(v, [1.0, 2.0]),
]


@pytest.mark.parametrize("metric", ONE_ARRAY + SCORES)
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([], "empty"),
        ([1.0, float("nan")], "not a finite"),
        ([float("inf"), 1.0], "not a finite"),
        (["x"], "not numeric"),
    ],
)
def test_bad_values_are_refused(metric, bad, words):
    with pytest.raises(ResultsError, match=words):
        metric(bad)


@pytest.mark.parametrize("metric", ONE_ARRAY)
def test_negatives_are_refused_where_they_mean_nothing(metric):
    with pytest.raises(ResultsError, match=r"negative at position (0, )?1"):
        metric([1.0, -2.0])


@pytest.mark.parametrize(
    "metric", [m.gini, m.theil_t, m.theil_l, m.coefficient_of_variation, m.mcloone, lambda v, w: m.atkinson(v, 0.5, w)]
)
def test_bad_weights_are_refused(metric):
    for weights, words in (
        ([1.0], "one weight for each"),
        ([1.0, 0.0], "not above 0"),
        ([1.0, np.nan], "not a finite"),
    ):
        with pytest.raises(ResultsError, match=words):
            metric([1.0, 2.0], weights)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.theil_l([0.0, 1.0]), "above 0"),
        (lambda: m.atkinson([0.0, 1.0], 1.0), "above 0"),
        (lambda: m.atkinson([1.0], -1.0), "epsilon"),
        (lambda: m.coefficient_of_variation([0.0, 0.0]), "mean is 0"),
        (lambda: m.mcloone([0.0, 0.0, 1.0]), "median is 0"),
        (lambda: m.percentile_ratio([0.0, 1.0]), "percentile 10 is 0"),
        (lambda: m.percentile_ratio([1.0], upper=10, lower=90), "0 < lower < upper"),
        (lambda: m.theil_decomposition([1.0, 2.0], ["a"]), "one group label"),
        (lambda: m.theil_decomposition([1.0], ["a"], index="x"), "'t'"),
        (lambda: m.concentration_index([1.0, 2.0], [1.0]), "rank_by"),
        (lambda: m.dissimilarity([1.0, 2.0], [1.0]), "same units"),
        (lambda: m.dissimilarity([1.0], [0.0]), "second group has nobody"),
        (lambda: m.mutual_information([1.0, 2.0]), "dimensions"),
        (lambda: m.mutual_information([[0.0, 0.0]]), "all zero"),
        (lambda: m.information_theory_h([[1.0, 0.0]]), "only one group"),
        (lambda: m.between_share([1.0, 1.0], ["a", "b"]), "all values are equal"),
        (lambda: m.between_share([1.0, 2.0], ["a", "b"], corrected=True), "group of two"),
        (lambda: m.variance_components([1.0, 2.0], ["a", "a"]), "At least two"),
        (lambda: m.variance_components([1.0, 2.0], ["a", "b"]), "no spread"),
        (lambda: m.standardised_gap([1.0, 1.0], [1.0, 1.0]), "no spread"),
    ],
)
def test_what_has_no_meaning_is_refused(call, words):
    with pytest.raises(ResultsError, match=words):
        call()


def test_the_nearest_name_is_suggested():
    assert "Did you mean 'gini'?" in nearest("ginni", ["gini", "theil"])
    assert nearest("xyz", ["gini"]) == " Allowed: gini."
