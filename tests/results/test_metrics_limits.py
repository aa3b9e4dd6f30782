"""Metrics at their limits: parameters near 1 and very large, values at both ends of a float, weights that are shares."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results import metrics as m
from results.errors import ResultsError
from results.metrics.by_area import Ranked

LARGEST, SMALLEST, TINY = 1.7e308, 5e-324, 2.3e-308
SCALE_FREE = {
    "gini": m.gini, "theil_t": m.theil_t, "theil_l": m.theil_l, "atkinson": lambda v, w=None: m.atkinson(v, 0.5, w),
    "atkinson 1": lambda v, w=None: m.atkinson(v, 1, w), "atkinson 30": lambda v, w=None: m.atkinson(v, 30, w),
    "cv": m.coefficient_of_variation, "mcloone": m.mcloone,
    "percentiles": lambda v, w=None: m.percentile_ratio(v, weights=w),
    "concentration": lambda v, w=None: m.concentration_index(v, np.sin(np.arange(len(v))), w),
    "decomposition": lambda v, w=None: m.theil_decomposition(v, np.arange(len(v)) % 2, w),
    "decomposition l": lambda v, w=None: m.theil_decomposition(v, np.arange(len(v)) % 2, w, "l"),
    "between": lambda v, w=None: m.between_share(v, np.arange(len(v)) % 2, w),
}  # fmt: skip
BASE = np.array([1.0, 3.0, 2.0, 7.0, 3.0, 0.5])
PEOPLE = np.array([5.0, 1.0, 2.0, 9.0, 3.0, 4.0])


@pytest.mark.parametrize("name", SCALE_FREE)
@pytest.mark.parametrize("power", [1020, 900, -900, -1060])
def test_values_at_the_ends_of_a_float_give_the_same_index(name, power):
    metric = SCALE_FREE[name]
    moved = np.ldexp(BASE, power)  # at -1060 a value has 14 of its 53 digits left
    assert metric(moved, PEOPLE) == pytest.approx(metric(BASE, PEOPLE), rel=1e-12 if power > -1000 else 1e-3)
    assert metric(moved) == pytest.approx(metric(BASE), rel=1e-12 if power > -1000 else 1e-3)


@pytest.mark.parametrize("name", SCALE_FREE)
def test_weights_count_by_their_proportions_only(name):
    metric = SCALE_FREE[name]
    wanted = metric(BASE, PEOPLE)
    for same in (PEOPLE / PEOPLE.sum(), np.ldexp(PEOPLE, 1015), np.ldexp(PEOPLE, -1070), PEOPLE.astype(np.int8)):
        assert metric(BASE, same) == pytest.approx(wanted, rel=1e-12)
    with pytest.raises(ResultsError, match="not above 0"):
        metric(BASE, PEOPLE * 0)
    with pytest.raises(ResultsError, match="too far apart"):
        metric(BASE, [SMALLEST, *PEOPLE[1:]])


def test_whole_numbers_of_any_width_do_not_overflow():
    small = np.full(1000, 100, np.int8)
    small[0] = 1
    assert m.gini(small) == m.gini(small.astype(float))
    huge = np.array([2**64 - 1, 2**63], np.uint64)
    assert m.gini(huge) == pytest.approx(1 / 6) and m.dissimilarity(huge, huge) == 0.0
    assert m.gini([10**300, 10**300]) == 0.0 and m.gini([2**70, 0]) == 0.5
    with pytest.raises(ResultsError, match="not a finite"):
        m.gini([10**400, 1])


def test_both_ends_of_a_float_at_once():
    wide = [SMALLEST, 1.0, LARGEST]
    assert m.gini(wide) == pytest.approx(2 / 3) and m.theil_t(wide) == pytest.approx(math.log(3))
    by_hand = math.log(LARGEST / 3) - (math.log(SMALLEST) + 0.0 + math.log(LARGEST)) / 3
    assert m.theil_l(wide) == pytest.approx(by_hand, rel=1e-12)
    assert m.theil_decomposition(wide, ["a", "a", "b"], index="l").total == pytest.approx(by_hand, rel=1e-12)
    assert m.atkinson(wide, 1) == m.atkinson(wide, 50) == 1.0
    assert m.coefficient_of_variation(wide) == pytest.approx(math.sqrt(2))
    assert m.mcloone(wide) == pytest.approx(1 / 3)  # median 1, lower half: nothing and half of 1, over 1.5
    with pytest.raises(ResultsError, match="larger than a number"):
        m.percentile_ratio(wide)


@pytest.mark.parametrize("value", [0.1, 1 / 3, SMALLEST, TINY, LARGEST, 7.0])
@pytest.mark.parametrize("n", [1, 3, 10])
def test_the_same_for_everybody_is_exactly_equal(value, n):
    same, weights = [value] * n, np.linspace(0.1, 0.7, n)
    for index in (m.gini, m.theil_t, m.theil_l, m.atkinson, m.coefficient_of_variation):
        assert index(same) == 0.0 == index(same, weights=weights)
    for epsilon in (1e-300, 1 - 1e-16, 1, 1 + 3e-16, 1e300):
        assert m.atkinson(same, epsilon) == 0.0
    assert m.theil_decomposition(same, list(range(n))) == (0.0, 0.0, 0.0)
    assert m.mcloone(same) == m.percentile_ratio(same) == 1.0 and m.concentration_index(same, range(n)) == 0.0
    with pytest.raises(ResultsError, match="all values are equal"):
        m.between_share(same, list(range(n)))


@pytest.mark.parametrize("values", [BASE, [1.0, 1.0 + 1e-9], [1e-5, 1e5], [1.0] * 99 + [50.0]], ids=str)
def test_atkinson_is_continuous_at_one_and_ends_at_the_smallest_value(values):
    at_one = m.atkinson(values, 1)
    geometric = math.exp(math.fsum(map(math.log, values)) / len(values)) / (math.fsum(values) / len(values))
    assert at_one == pytest.approx(1 - geometric, abs=1e-12)
    for step in (1e-16, 2.3e-16, 1e-13, 1e-10):
        assert m.atkinson(values, 1 - step) == pytest.approx(at_one, abs=1e-8)
        assert m.atkinson(values, 1 + step) == pytest.approx(at_one, abs=1e-8)
    assert abs(m.atkinson(values, 1 + 1e-13) - m.atkinson(values, 1 - 1e-13)) < 1e-9
    least = 1 - min(values) / (math.fsum(values) / len(values))
    for epsilon in (1e6, 1e15, 1e300, 1.7e308):
        assert m.atkinson(values, epsilon) == pytest.approx(least, abs=2e-5)
    assert m.atkinson(values, 1e-300) == pytest.approx(0.0, abs=1e-15)
    steps = [m.atkinson(values, e) for e in (0.1, 0.5, 0.99, 1, 1.01, 2, 10, 1000)]
    assert steps == sorted(steps)


def test_atkinson_near_one_with_somebody_who_has_nothing():
    assert m.atkinson([0.0, 1.0], 0.5) == pytest.approx(0.5)  # (1/2 sqrt 2)^2 = 1/2
    assert m.atkinson([0.0, 1.0], 1 - 1e-12) == 1.0
    with pytest.raises(ResultsError, match="above 0"):
        m.atkinson([0.0, 1.0], 1 + 1e-12)


def test_small_differences_are_not_lost():
    d = 2.0**-30
    near = [1.0, 1.0 + d]
    assert m.theil_t(near) == pytest.approx(d * d / 8, rel=1e-6)
    assert m.theil_l(near) == pytest.approx(d * d / 8, rel=1e-6)
    assert m.gini(near) == pytest.approx(d / 4, rel=1e-8)
    assert m.coefficient_of_variation(near) == pytest.approx(d / 2, rel=1e-8)
    far = [1e15, 1e15 + 1, 1e15 + 2, 1e15 + 3]
    assert m.between_share(far, ["a", "a", "b", "b"]) == 0.8
    assert m.variance_components([1e15 + x for x in (0, 2, 4, 6, 1, 3)], list("aabbcc")).within == pytest.approx(2.0)


@pytest.mark.parametrize("power", [500, -500])
def test_variances_in_any_unit(power):
    scores, groups = [0.0, 2.0, 4.0, 6.0, 1.0, 3.0], list("aabbcc")
    plain, moved = m.variance_components(scores, groups), m.variance_components(np.ldexp(scores, power), groups)
    assert moved.share == plain.share and moved.mean == math.ldexp(plain.mean, power)
    assert moved.within == pytest.approx(math.ldexp(plain.within, 2 * power), rel=1e-12)
    assert moved.deviance == pytest.approx(plain.deviance + 6 * 2 * power * math.log(2), rel=1e-12)
    with pytest.raises(ResultsError, match="another unit"):
        m.variance_components(np.ldexp(scores, 2 * power), groups)
    parts = [np.ldexp(x, 2 * power) for x in (8.0, 4.0)]
    assert m.anova_share(*parts, 1, 2, 2) == m.anova_share(8.0, 4.0, 1, 2, 2) == pytest.approx(0.6)


def test_gaps_in_any_unit_and_weights_that_are_no_people():
    wanted = m.standardised_gap([1.0, 3.0], [0.0, 2.0])
    for power in (1000, -1000):
        first, second = np.ldexp([1.0, 3.0], power), np.ldexp([0.0, 2.0], power)
        assert m.standardised_gap(first, second) == wanted
        sd = math.ldexp(math.sqrt(2), power)
        assert m.gap_from_summary(math.ldexp(2, power), sd, 2, math.ldexp(1, power), sd, 2) == pytest.approx(wanted)
    assert m.standardised_gap([LARGEST, -LARGEST], [-LARGEST, LARGEST]) == 0.0
    assert m.gap_from_summary(1, 1, 1e308, 0, 1, 1e308) == pytest.approx(1.0)
    with pytest.raises(ResultsError, match="larger than a number"):
        m.gap_from_summary(LARGEST, 1e-300, 9, -LARGEST, 1e-300, 9)
    for shares in ([0.5, 0.5], [0.1, 0.2]):
        with pytest.raises(ResultsError, match="numbers of people, not shares"):
            m.standardised_gap([1.0, 3.0], [0.0, 2.0], shares)


def test_segregation_at_the_ends_of_a_float():
    counts = np.array([[10.0, 1.0], [2.0, 8.0]])
    for power in (1019, -1060):
        moved = np.ldexp(counts, power)
        assert m.mutual_information(moved) == pytest.approx(m.mutual_information(counts), rel=1e-12)
        assert m.information_theory_h(moved) == pytest.approx(m.information_theory_h(counts), rel=1e-12)
        assert m.dissimilarity(*moved.T) == pytest.approx(m.dissimilarity(*counts.T), rel=1e-12)
    assert m.mutual_information([[1.0, 2.0], [2.0, 4.0]]) == pytest.approx(0.0, abs=1e-16)
    assert m.information_theory_h([[3.0, 0.0], [0.0, 7.0]]) == pytest.approx(1.0, abs=1e-15)
    with pytest.raises(ResultsError, match="larger than a number"):
        m.cross_table(["a", "a"], ["x", "x"], [1e308, 1e308])


def test_by_area_at_the_ends_of_a_float():
    area = np.array([0, 0, 1, 1, 1, 2])
    order = np.argsort(BASE, kind="stable")
    plain = Ranked.by(order, area, PEOPLE, 4)
    for power in (1015, -900):
        moved, value = Ranked.by(order, area, np.ldexp(PEOPLE, power), 4), np.ldexp(BASE, power)
        for name in ("gini", "mcloone"):
            assert np.array_equal(getattr(moved, name)(value), getattr(plain, name)(BASE), equal_nan=True)
        assert np.array_equal(moved.concentration(value, BASE), plain.concentration(BASE, BASE), equal_nan=True)
    for bad in (PEOPLE * [0, 1, 1, 1, 1, 1], PEOPLE * [np.nan, 1, 1, 1, 1, 1]):
        with pytest.raises(ResultsError, match="weights"):
            Ranked.by(order, area, bad, 4)
    with pytest.raises(ResultsError, match="values"):
        plain.gini(np.array([1.0, np.nan, 1, 1, 1, 1]))
    with pytest.raises(ResultsError, match="area"):
        Ranked.by(order, area, PEOPLE, 2)


# -- against slow, plain arithmetic ------------------------------------------------------------------

ROWS = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 9), st.integers(0, 3)), min_size=2, max_size=14)


def exact_gini(values, weights):
    """Half the mean absolute difference between two people, over the mean: in fractions."""
    pairs = [
        (w * u, abs(x - y)) for x, w in zip(values, weights, strict=True) for y, u in zip(values, weights, strict=True)
    ]
    people = sum(weights)
    mean = Fraction(sum(x * w for x, w in zip(values, weights, strict=True)), people)
    return Fraction(sum(w * gap for w, gap in pairs), 2 * people**2) / mean


@settings(max_examples=80, deadline=None)
@given(ROWS, st.floats(0.05, 4), st.randoms(use_true_random=False))
def test_against_plain_python(rows, epsilon, shuffle):
    values, weights, groups = zip(*rows, strict=True)
    n, total = sum(weights), sum(x * w for x, w, _ in rows)
    ratio = [x * n / total for x in values]
    people = [w / n for w in weights]
    t = math.fsum(w * r * math.log(r) for w, r in zip(people, ratio, strict=True))
    l_index = -math.fsum(w * math.log(r) for w, r in zip(people, ratio, strict=True))
    square = Fraction(sum(w * (x * n - total) ** 2 for x, w, _ in rows), n) / total**2
    found = {
        "gini": m.gini(values, weights), "t": m.theil_t(values, weights), "l": m.theil_l(values, weights),
        "cv": m.coefficient_of_variation(values, weights), "atkinson": m.atkinson(values, epsilon, weights),
    }  # fmt: skip
    assert found["gini"] == pytest.approx(float(exact_gini(values, weights)), abs=1e-14)
    assert found["t"] == pytest.approx(t, abs=1e-13) and found["l"] == pytest.approx(l_index, abs=1e-13)
    assert found["cv"] == pytest.approx(math.sqrt(square), rel=1e-12)
    if abs(epsilon - 1) > 1e-3:
        power = 1 - epsilon
        equal = math.fsum(w * r**power for w, r in zip(people, ratio, strict=True)) ** (1 / power)
        assert found["atkinson"] == pytest.approx(1 - equal, abs=1e-11)
    # bounds; people one by one; another order
    assert 0 <= found["gini"] < 1 and 0 <= found["t"] <= math.log(n) + 1e-12 and found["l"] >= 0
    assert 0 <= found["atkinson"] <= 1
    assert m.gini(np.repeat(values, weights)) == pytest.approx(found["gini"], abs=1e-12)
    order = list(range(len(rows)))
    shuffle.shuffle(order)
    mixed = np.array(values)[order], np.array(weights)[order]
    assert m.theil_t(*mixed) == pytest.approx(found["t"], abs=1e-15)
    assert m.gini(*mixed) == pytest.approx(found["gini"], abs=1e-15)
    for index, whole in (("t", found["t"]), ("l", found["l"])):
        parts = m.theil_decomposition(values, groups, weights, index)
        assert parts.total == pytest.approx(whole, abs=1e-13) and parts.between >= 0 and parts.within >= 0
        means = {
            g: Fraction(sum(x * w for x, w, h in rows if h == g), sum(w for _, w, h in rows if h == g)) for g in groups
        }
        equal_inside = [float(means[g]) for g in groups]
        measure = m.theil_t if index == "t" else m.theil_l
        assert parts.between == pytest.approx(measure(equal_inside, weights), abs=1e-13)


@settings(max_examples=80, deadline=None)
@given(ROWS)
def test_variance_and_segregation_against_plain_python(rows):
    values, weights, groups = zip(*rows, strict=True)
    n = sum(weights)
    grand = Fraction(sum(x * w for x, w, _ in rows), n)
    means = {
        g: Fraction(sum(x * w for x, w, h in rows if h == g), sum(w for _, w, h in rows if h == g)) for g in groups
    }
    between = sum(w * (means[g] - grand) ** 2 for _, w, g in rows)
    within = sum(w * (x - means[g]) ** 2 for x, w, g in rows)
    if between + within:
        assert m.between_share(values, groups, weights) == pytest.approx(float(between / (between + within)), abs=1e-13)
    table = m.cross_table(groups, [x % 3 for x in values], weights)
    assert table.sum() == n
    share = table / n
    plain = math.fsum(
        p * math.log(p / (share[i].sum() * share[:, j].sum())) for (i, j), p in np.ndenumerate(share) if p > 0
    )
    assert m.mutual_information(table) == pytest.approx(plain, abs=1e-13) and m.mutual_information(table) >= 0
    first, second = [Fraction(x, sum(values)) for x in values], [Fraction(w, n) for w in weights]
    apart = sum(abs(a - b) for a, b in zip(first, second, strict=True)) / 2
    assert m.dissimilarity(values, weights) == pytest.approx(float(apart), abs=1e-14)
