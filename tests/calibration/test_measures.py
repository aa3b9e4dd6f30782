"""What the anchors are measured by is what the catalogue's measures are: both are computed on one world and compared."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.measures import between_share, year_correlation, year_measures
from experiments.observe import Observer
from sim.step import step
from sim.tables import OUT
from tests.small_worlds import OASES, small_world


@pytest.fixture(scope="module")
def year():
    world = small_world("xinjiang", *OASES, seed=3)  # four counties with their own people, every child
    before = [np.where(b.flags & OUT, np.nan, b.ability + b.knowledge) for b in world.blocks]
    step(world, (), world.first_year)
    observer = Observer()
    observer(world)
    return world, before, observer.region_row(world.first_year)


@pytest.mark.parametrize(
    ("mine", "measure"),
    [
        ("gap_junior", "gap.urban_rural@junior"),
        ("gap_primary", "gap.urban_rural@primary"),
        ("between_primary", "between_share@primary"),
        ("between_junior", "between_share@junior"),
        ("ses_correlation", "ses_correlation"),
        ("score_sd", "score_sd"),
        ("score_mean", "score_mean"),
        ("retention", "retention"),
        ("gap_left_behind", "gap.left_behind@junior"),
    ],
)
def test_the_anchor_is_the_measure_of_the_catalogue(year, mine, measure):
    world, _, row = year
    assert year_measures(world)[mine] == pytest.approx(row[measure], abs=1e-9)


def test_correlation_of_successive_years_is_that_of_the_children_themselves(year):
    world, before, _ = year
    rows = [
        (a, b.ability[i] + b.knowledge[i])
        for grade, b in enumerate(world.blocks)
        for i, a in enumerate(before[grade].tolist())
        if grade > 0 and not np.isnan(a) and not b.flags[i] & OUT
    ]
    old, new = np.array(rows, dtype=np.float64).T
    assert year_correlation(world, before) == pytest.approx(np.corrcoef(old, new)[0, 1], abs=1e-6)


def test_schools_without_children_do_not_count():
    n, score = np.array([2.0, 2.0, 0.0]), np.array([2.0, 6.0, 0.0])
    squares = np.array([4.0, 20.0, 0.0])
    assert between_share(n, score, squares) == between_share(n[:2], score[:2], squares[:2]) > 0
