"""Cohort ageing against a published table (case S1), and the split of census groups into single years."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cohorts import age_forward, single_years

TABLE = Path(__file__).parents[1] / "data" / "qiao2021_ages_2020_2026.csv"


def published() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ages 6-14 by year (7, 9), primary and junior totals (7, 2), all ages (7,); ten thousand persons, China.

    Source: Qiao, Shen, Li, Zhong (2021), Journal of East China Normal University (Educational Sciences) 39(12) 59-80.
    """
    rows = list(csv.DictReader(TABLE.open(encoding="utf-8")))
    ages = np.array([[float(row[f"age{a}"]) for a in range(6, 15)] for row in rows])
    stages = np.array([[float(row["primary_total"]), float(row["lower_sec_total"])] for row in rows])
    return ages, stages, np.array([float(row["total"]) for row in rows])


def test_s1_school_age_population_2020_to_2026():
    ages, stages, total = published()
    got = age_forward(ages[0], ages[1:, 0], 1.0)
    assert got.shape == (7, 9)
    assert np.abs(got - ages).max() <= 10
    assert np.abs(got.sum(axis=1) / total - 1).max() < 0.002
    # the table rounds two cohorts down by 5 on the way, which four cells of the primary total show at once: 20 of 9,810
    assert np.abs(got[:, :6].sum(axis=1) - stages[:, 0]).max() <= 20
    assert np.abs(got[:, 6:].sum(axis=1) / stages[:, 1] - 1).max() < 0.002


def test_age_forward_by_hand():
    got = age_forward(np.array([[10.0, 20.0]]), np.array([[8.0, 6.0]]), 0.5)
    assert got.tolist() == [[[10.0, 20.0], [8.0, 5.0], [6.0, 4.0]]]


@pytest.mark.parametrize("survival", [1.5, -0.1])
def test_age_forward_refuses_survival_outside_0_to_1(survival):
    with pytest.raises(ValueError, match="survival"):
        age_forward(np.ones(3), np.ones(2), survival)


@given(st.lists(st.integers(0, 100_000), min_size=6, max_size=6))
def test_single_years_keep_groups_and_never_go_negative(groups):
    edges = np.array([0, 1, 5, 10, 15, 20, 25])
    years = single_years(edges, np.array([groups], float))
    assert years.shape == (1, 25)
    assert (years >= 0).all()
    assert np.allclose(np.add.reduceat(years[0], edges[:-1]), groups, atol=1e-6)


def test_single_years_of_an_even_population_are_even():
    assert np.allclose(single_years(np.array([0, 1, 5, 10]), np.array([[7.0, 28.0, 35.0]])), 7.0)
