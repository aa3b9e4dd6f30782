"""Pair-wise comparison against hand calculations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from results.compare import compare, interval_note, over_runs
from results.errors import ResultsError


def long(values: dict[tuple[str, int], float], measure: str = "score_mean", year: int = 2030) -> pd.DataFrame:
    """A long table with one series: value by (arm, seed)."""
    rows = [
        ("s", arm, seed, year, "region", "all", "junior", "all", measure, value, "SD", 0)
        for (arm, seed), value in values.items()
    ]
    names = ["scenario", "arm", "seed", "year", "level", "area", "stage", "group", "measure", "value", "unit", "draw"]
    return pd.DataFrame(rows, columns=names)


def test_differences_are_taken_pair_by_pair() -> None:
    # luck moves both arms by tens; the policy moves them by 1, 2, 3, 4, 5, whatever the order of the rows
    luck = {1: 50.0, 2: -40.0, 3: 0.0, 4: 10.0, 5: 70.0}
    rows = {("base", s): v for s, v in luck.items()} | {("plan", s): luck[s] + s for s in (5, 3, 1, 2, 4)}
    got = compare(long(rows)).iloc[0]
    assert (got["reference"], got["arm"], got["pairs"]) == ("base", "plan", 5)
    assert got["difference"] == 3
    assert got["reference_median"] == 10
    assert got["arm_median"] == 14
    # linear interpolation between the five ordered differences: 1 + 4 * p
    assert got["low80"] == pytest.approx(1 + 4 * 0.10)
    assert got["high80"] == pytest.approx(1 + 4 * 0.90)
    assert got["low95"] == pytest.approx(1 + 4 * 0.025)
    assert got["high95"] == pytest.approx(1 + 4 * 0.975)
    assert (got["falls"], got["rises"]) == (0, 1)
    assert got["interval"] == "chance only (seeds)"


def test_seeds_without_a_partner_are_left_out() -> None:
    got = compare(long({("base", 1): 0, ("base", 2): 100, ("plan", 1): 1, ("plan", 3): -100})).iloc[0]
    assert (got["pairs"], got["difference"]) == (1, 1)
    assert np.isnan(got["low95"])
    assert got["interval"] == "none: one draw"


def test_draws_are_matched_as_seeds_are() -> None:
    one, two = long({("base", 1): 0, ("plan", 1): 1}), long({("base", 1): 10, ("plan", 1): 15})
    got = compare(pd.concat([one.assign(draw=1), two.assign(draw=2)]), interval="chance+parameters").iloc[0]
    assert (got["pairs"], got["difference"]) == (2, 3)
    assert got["interval"] == "chance and parameters (seeds and draws)"


def test_a_gap_falls_when_the_groups_come_closer() -> None:
    # seed 1: from 0.2 to -0.1 (closer); seed 2: from -0.1 to -0.3 (wider, though the number fell); seed 3: no change
    rows = {("base", 1): 0.2, ("plan", 1): -0.1, ("base", 2): -0.1, ("plan", 2): -0.3, ("base", 3): 0, ("plan", 3): 0}
    gap, level = compare(long(rows, "gap.urban_rural")).iloc[0], compare(long(rows)).iloc[0]
    assert (gap["falls"], gap["rises"]) == pytest.approx((1 / 3, 1 / 3))
    assert (level["falls"], level["rises"]) == pytest.approx((2 / 3, 0))


def test_every_pair_of_three_arms_or_one_reference() -> None:
    rows = {("a", 1): 0.0, ("b", 1): 1.0, ("c", 1): 3.0}
    got = compare(long(rows))
    assert list(zip(got["reference"], got["arm"], got["difference"], strict=True)) == [
        ("a", "b", 1), ("a", "c", 3), ("b", "c", 2),
    ]  # fmt: skip
    got = compare(long(rows), against="c")
    assert list(zip(got["reference"], got["arm"], got["difference"], strict=True)) == [("c", "a", -3), ("c", "b", -2)]
    with pytest.raises(ResultsError, match="arm 'd' is not in this experiment"):
        compare(long(rows), against="d")


def test_a_year_that_one_arm_lacks_is_left_out() -> None:
    got = compare(pd.concat([long({("a", 1): 0, ("b", 1): 1}), long({("a", 1): 5}, year=2031)]))
    assert got["year"].tolist() == [2030]


def test_one_arm_or_no_common_draw_is_one_message() -> None:
    with pytest.raises(ResultsError, match="one arm"):
        compare(long({("a", 1): 0}))
    with pytest.raises(ResultsError, match="same --seeds"):
        compare(long({("a", 1): 0, ("b", 2): 1}))
    twice = long({("a", 1): 0, ("b", 1): 1})
    with pytest.raises(ResultsError, match="twice"):
        compare(pd.concat([twice, twice]))


def test_over_runs_gives_the_median_and_bands_of_each_arm() -> None:
    rows = {("a", s): float(s) for s in range(1, 12)} | {("b", 1): 7.0}
    a, b = (over_runs(long(rows)).query(f"arm == {arm!r}").iloc[0] for arm in "ab")
    assert (a["median"], a["low80"], a["high80"], a["runs"]) == (6, 2, 10, 11)
    assert b["median"] == 7
    assert np.isnan(b["low80"])


def test_the_note_says_what_an_interval_contains() -> None:
    assert "no interval" in interval_note("chance", [1])
    assert "20 draws; they contain chance only" in interval_note("chance", [20, 1])
    assert "chance and parameters" in interval_note("chance+parameters", [60])
    assert "参数" in interval_note("chance+parameters", [60], "zh")
