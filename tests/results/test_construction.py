"""Counts that follow from how an arm is made: found from stored verdicts, counted without them, said in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from results.construction import always_failed, construction, span
from results.store import Store, open_store
from tests.results.invented import record, spec, verdicts_run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "c.db") as opened:
        which = opened.begin_experiment(spec([1], acts_on={"baseline": [], "plan": ["government.11"]}))
        for arm in ("baseline", "plan"):
            opened.write_run(which, record(arm, 1), verdicts_run(arm))
        yield opened


def test_an_item_that_every_county_fails_every_year_is_decided_by_the_arm(store: Store) -> None:
    told = construction(store)
    assert told.items == {"baseline": ("government.11",), "plan": ()}
    assert told.left_out == ("government.11",)
    assert told.counties == 3


def test_the_count_without_these_items_has_a_path_of_its_own(store: Store) -> None:
    told = construction(store)
    assert told.so_far("baseline", without=False) == {2024: [0], 2025: [0], 2026: [0]}
    assert told.so_far("baseline") == {2024: [0], 2025: [1], 2026: [2]}  # 520102 in 2025, 520103 in 2026
    assert told.passing("baseline") == {2024: [0], 2025: [1], 2026: [2]}
    # with the item 520102 passes in 2025 and 520111 in 2026; without it 520103 passes in 2024, before it grows too large
    assert told.so_far("plan", without=False) == {2024: [0], 2025: [1], 2026: [2]}
    assert told.so_far("plan") == {2024: [2], 2025: [3], 2026: [3]}
    assert told.passing("plan") == {2024: [2], 2025: [1], 2026: [2]}
    run = told.run("plan", 1, 0)
    assert run is not None
    assert run.first(told.left_out) == {"520103": 2024, "520111": 2024, "520102": 2025}
    assert run.certified == {"520102": 2025, "520103": 0, "520111": 2026}


def test_an_arm_whose_policies_act_on_the_item_is_not_excused(tmp_path: Path) -> None:
    with open_store(tmp_path / "c.db") as opened:
        which = opened.begin_experiment(spec([1], arms=["baseline"], acts_on={"baseline": ["government.11"]}))
        opened.write_run(which, record("baseline", 1), verdicts_run("baseline"))
        told = construction(opened)
    assert (told.items, told.left_out, told.reasons(), told.without()) == ({"baseline": ()}, (), [], "")
    assert told.counts_words(2026) == ""


def test_a_single_year_tells_nothing_about_the_arm(store: Store) -> None:
    runs = construction(store).arms["baseline"]
    assert always_failed(runs) == ["government.11"]
    for run in runs:
        run.fails = {key: failed for key, failed in run.fails.items() if key[0] == 2024}
    assert always_failed(runs) == []  # schools.primary fails everywhere, but it is no item, and a year is no path


def test_the_words(store: Store) -> None:
    told = construction(store)
    assert told.without() == "without item 11"
    assert told.without("zh") == "不计第11项"
    (reason,) = told.reasons()
    assert reason.startswith(
        'In the arm "No new policy" every county fails item 11 of government guarantee in every year'
    )
    assert told.reasons("zh")[0].startswith("方案“无新增政策”中，所有县每年均未通过政府保障程度第11项")
    assert (
        told.counts_words(2026) == "Without item 11, counties that passed so far in 2026: No new policy 2; The plan 3."
    )
    assert told.modelled_words() == ""  # this database holds no details
    assert [span([78]), span([80, 77, 78]), span([3, 3])] == ["78", "78 [77-80]", "3"]


def test_counties_without_schools_pass_nothing(store: Store) -> None:
    run = construction(store).arms["plan"][0]
    run.fails[2026, "520102"] = frozenset()  # nothing to evaluate: nothing listed, and not passed
    run.passed.discard((2026, "520102"))
    assert run.passing(("government.11",))[2026] == 1
