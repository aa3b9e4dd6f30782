"""Whole shares of a whole total."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.synthesis.apportion import apportion


@settings(deadline=None)  # the first call may compile
@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=40), st.integers(0, 5000), st.integers(0, 3), st.data())
def test_sums_floors_and_caps_hold(weights, extra, floor, data):
    n = len(weights)
    cap = floor + data.draw(st.integers(extra // n + 1, extra + 2))
    got = apportion(floor * n + extra, np.array(weights), floor=floor, cap=cap)
    assert got.sum() == floor * n + extra
    assert (got >= floor).all() and (got <= cap).all()


def test_in_proportion():
    assert apportion(10, np.array([1.0, 2.0, 2.0])).tolist() == [2, 4, 4]
    assert apportion(10, np.array([1.0, 2.0, 2.0]), cap=np.array([9, 3, 9])).sum() == 10
    assert apportion(4, np.array([0.0, 1.0]), floor=1).tolist() == [1, 3]


def test_impossible_totals_are_refused():
    with pytest.raises(ValueError, match="cannot lie between"):
        apportion(10, np.ones(3), cap=2)
    with pytest.raises(ValueError, match="cannot lie between"):
        apportion(2, np.ones(3), floor=1)
