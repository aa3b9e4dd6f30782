"""Metrics against PySAL's `inequality` on random data, and the by-area form against the plain one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from results import metrics as m
from results.errors import ResultsError
from results.metrics.by_area import Ranked

VALUES = arrays(np.float64, st.integers(2, 60), elements=st.floats(0.01, 1e4))


@settings(max_examples=60, deadline=None)
@given(VALUES, st.floats(0.1, 2.5))
def test_same_numbers_as_pysal(values, epsilon):
    from inequality.atkinson import atkinson
    from inequality.gini import Gini
    from inequality.theil import Theil

    assert m.gini(values) == pytest.approx(Gini(values).g, abs=1e-9)
    assert m.theil_t(values) == pytest.approx(float(Theil(values).T), abs=1e-9)
    assert m.atkinson(values, epsilon) == pytest.approx(atkinson(values, epsilon), abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(VALUES, st.integers(0, 2**32 - 1))
def test_same_decomposition_as_pysal(values, seed):
    from inequality.theil import TheilD

    groups = np.random.default_rng(seed).integers(0, 5, len(values))
    theirs = TheilD(values, groups)
    ours = m.theil_decomposition(values, groups)
    assert ours.between == pytest.approx(float(np.squeeze(theirs.bg)), abs=1e-9)
    assert ours.within == pytest.approx(float(np.squeeze(theirs.wg)), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, 12, elements=st.floats(0.01, 100)), arrays(np.int64, 12, elements=st.integers(1, 5)))
def test_a_weight_is_that_many_people(values, people):
    each, people_ = np.repeat(values, people), people.astype(float)
    groups = np.arange(12) % 3
    for plain, weighted in [
        (m.gini(each), m.gini(values, people_)),
        (m.theil_t(each), m.theil_t(values, people_)),
        (m.theil_l(each), m.theil_l(values, people_)),
        (m.atkinson(each, 1.0), m.atkinson(values, 1.0, people_)),
        (m.coefficient_of_variation(each), m.coefficient_of_variation(values, people_)),
        (m.mcloone(each), m.mcloone(values, people_)),
        (m.percentile_ratio(each), m.percentile_ratio(values, weights=people_)),
        (m.concentration_index(each, -each), m.concentration_index(values, -values, people_)),
    ]:
        assert weighted == pytest.approx(plain, abs=1e-9)
    if np.ptp(each) > 0:
        spread = m.between_share(values, groups, people_)
        assert spread == pytest.approx(m.between_share(each, np.repeat(groups, people)), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(VALUES, st.floats(0.01, 100.0))
def test_indices_do_not_depend_on_the_unit(values, scale):
    for index in (m.gini, m.theil_t, m.theil_l, m.atkinson, m.coefficient_of_variation, m.mcloone):
        assert index(values * scale) == pytest.approx(index(values), abs=1e-8)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 60), st.integers(1, 9), st.integers(0, 2**32 - 1), st.booleans())
def test_by_area_agrees_with_the_plain_functions(n, n_areas, seed, coarse):
    rng = np.random.default_rng(seed)
    value = rng.integers(0, 5, n).astype(float) if coarse else rng.lognormal(size=n)
    key = rng.integers(0, 4, n).astype(float) if coarse else rng.normal(size=n)
    weight = rng.integers(1, 9, n).astype(float)
    area = rng.integers(0, n_areas, n)
    by_value = Ranked.by(np.argsort(value), area, weight, n_areas)
    by_key = Ranked.by(np.argsort(key), area, weight, n_areas)
    got = {
        "gini": by_value.gini(value),
        "mcloone": by_value.mcloone(value),
        "p10": by_value.quantile(value, 0.1),
        "p90": by_value.quantile(value, 0.9),
        "concentration": by_key.concentration(value, key),
    }
    for a in range(n_areas):
        here = area == a
        v, w = value[here], weight[here]
        if not here.any():
            assert all(np.isnan(x[a]) for x in got.values())
            continue
        assert got["gini"][a] == pytest.approx(m.gini(v, w), abs=1e-12)
        assert got["concentration"][a] == pytest.approx(m.concentration_index(v, key[here], w), abs=1e-12)
        if got["p10"][a] > 0:
            assert got["p90"][a] / got["p10"][a] == m.percentile_ratio(v, weights=w)
        if np.isnan(got["mcloone"][a]):
            with pytest.raises(ResultsError, match="median is 0"):
                m.mcloone(v, w)
        else:
            assert got["mcloone"][a] == pytest.approx(m.mcloone(v, w), abs=1e-12)
