"""What is kept: persons, posts, money; who may write: nobody but the phases; and the checks that watch over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

import sim.phases.county_plan as plan
from policies.registry import BUILT_IN, make_policy
from sim.columns import LockedLater
from sim.invariants import BrokenInvariant
from sim.step import simulate, step
from sim.tables import OUTSIDE
from sim.tables import PERMANENT as OWN
from sim.world import World
from tests.small_worlds import GROWING, LEISHAN, SHIBING, differences, kept_world

ALL = [{"name": name, "start": 2024} for name in sorted(BUILT_IN)]


def start() -> World:
    """Return a world in which schools merge and open."""
    return kept_world("xinjiang", *GROWING, sample=0.1)


def policies() -> list[Any]:
    """Return all policies, teams from outside among them."""
    return [make_policy({**r, "partner": "both"} if r["name"] == "pairing_assistance" else r) for r in ALL]


def lived(observe: Callable[[World], None], years: int = 10) -> World:
    """Run with all policies; call observe after each year."""
    return simulate(start(), policies(), range(2024, 2024 + years), observe=observe)


def test_no_child_is_lost_doubled_or_changed_into_another() -> None:
    births: dict[int, tuple[int, bytes]] = {}

    def look(world: World) -> None:
        persons = np.concatenate(
            [first + np.arange(len(b)) for first, b in zip(world.first_person, world.blocks, strict=True)]
        )
        assert len(np.unique(persons)) == len(persons)
        for first, block in zip(world.first_person, world.blocks, strict=True):
            who = (len(block), block.ses.tobytes())
            assert births.setdefault(first, who) == who
        in_school = sum(int(((b.flags & 64) == 0).sum()) for b in world.blocks)
        assert in_school + world.tally.out.sum() == len(persons)

    lived(look)
    assert len(births) == 9 + 9


def test_teachers_are_the_old_minus_who_left_plus_who_came() -> None:
    last = [start().teachers]

    def look(world: World) -> None:
        before, now = last[0], world.teachers
        assert len(np.unique(now.id)) == len(now.id)
        came = ~np.isin(now.id, before.id)
        own = came & (now.kind != OUTSIDE)
        assert now.weight[own].sum() == pytest.approx(world.flows.hired.sum())
        assert ((now.experience == 0) | (now.kind == OUTSIDE))[came].all()
        stays = before.weight[np.isin(before.id, now.id)].sum()
        assert world.flows.present.sum() == pytest.approx(stays + now.weight[came].sum(), rel=1e-6)
        assert (now.kind[came & ~own] == OUTSIDE).all() and OWN != OUTSIDE
        last[0] = now

    lived(look)


def test_posts_are_what_the_county_has_and_no_more_are_filled() -> None:
    def look(world: World) -> None:
        own, posts = world.own_teachers_by_county(), world.by_county_stage(world.schools.posts)
        assert (posts == np.round(posts)).all()
        allowed = np.maximum(posts, world.teachers_before)
        assert (own <= allowed + world.row_weight.max()).all()

    lived(look)
    base = simulate(start(), [], range(2024, 2028))
    assert np.abs(base.by_county_stage(base.schools.posts) - base.posts_total).max() <= 1.0


def test_money_spent_is_not_more_than_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    there: list[tuple[np.ndarray, np.ndarray]] = []
    budget = plan.budget

    def counted(world: World, *args: Any) -> Any:
        ready, earmarked = budget(world, *args)
        there.append((ready.copy(), earmarked.copy()))
        return ready, earmarked

    monkeypatch.setattr(plan, "budget", counted)

    def look(world: World) -> None:
        ready, earmarked = there[-1]
        rows = world.ledger.rows
        own = rows["base.capital", "county"]
        grants = sum((yuan for (item, _), yuan in rows.items() if item == "standardisation"), np.zeros(len(own)))
        spent = world.by_county(world.spend.sum(1))
        assert (own <= ready * (1 + 1e-9)).all() and (own >= 0).all()
        assert (spent <= ready + earmarked + 1e-6).all() and (world.carry >= 0).all()
        assert (spent <= own + grants + 1e-3).all(), "capital was spent that nobody paid"

    lived(look)


def arrays(thing: Any, seen: set[int], path: str = "") -> dict[str, np.ndarray]:
    """Return the arrays that can be reached from a world, by path."""
    if isinstance(thing, np.ndarray):
        return {path: thing}
    if id(thing) in seen:
        return {}
    seen.add(id(thing))
    inside: dict[str, Any] = {}
    if isinstance(thing, World):
        inside = dict(vars(thing))
    elif is_dataclass(thing):
        inside = {f.name: getattr(thing, f.name) for f in fields(thing)}
    elif isinstance(thing, dict):
        inside = {str(key): value for key, value in thing.items()}
    elif isinstance(thing, list | tuple | LockedLater):
        inside = {str(i): value for i, value in enumerate(thing)}
    found: dict[str, np.ndarray] = {}
    for name, value in inside.items():
        found |= arrays(value, seen, f"{path}.{name}")
    return found


def test_what_a_policy_sees_cannot_be_written() -> None:
    world = simulate(start(), policies(), [2024])
    open_to_all = [path for path, array in arrays(world.read_only(), set()).items() if array.flags.writeable]
    assert open_to_all == [], "a policy could write these"
    with pytest.raises(ValueError, match="read-only"):
        world.read_only().schools.posts[0] = 9.0
    world.schools.posts[0] += 0.0  # the world itself can still be written by the phases


def test_running_a_copy_leaves_the_world_and_other_copies_untouched() -> None:
    world, kept = start().copy(), start().copy()
    one, two = world.copy(), world.copy()
    for year in (2024, 2025, 2026):
        step(one, policies(), year)
    assert differences(world, kept) == [] and differences(two, kept) == []
    for year in (2024, 2025, 2026):
        step(two, policies(), year)
    assert differences(one, two) == []


def lose_a_child(world: World) -> None:
    """Take a child's school away and count again."""
    world.blocks[2].school[5] = -1
    world.count_grades()


BROKEN: dict[str, tuple[str, Callable[[World], Any], str]] = {
    "a stock below zero": ("equip", lambda w: w.schools.stock.__setitem__((0, 1), -1.0), "stock"),
    "a stock that is no number": ("equip", lambda w: w.schools.stock.__setitem__((0, 1), np.nan), "stock"),
    "places below zero": ("county_plan", lambda w: w.schools.seats.__setitem__((0, 0), -1.0), "places or posts"),
    "posts below zero": ("county_plan", lambda w: w.schools.posts.__setitem__((0, 0), -1.0), "places or posts"),
    "more spent than there was": ("county_plan", lambda w: w.carry.__setitem__(0, -5.0), "money"),
    "purchases beyond the money": ("county_plan", lambda w: w.spend.__setitem__((0, 0), 1e12), "money"),
    "an open school that points at a closed one": (
        "county_plan", lambda w: w.schools.successor.__setitem__(0, int(np.flatnonzero(~w.schools.open)[0])), "living"
    ),
    "a teacher nowhere": ("staff", lambda w: w.teachers.section.__setitem__(3, -1), "teacher without a section"),
    "a teacher in a closed school": ("staff", lambda w: w.schools.open.__setitem__(0, False), "closed school|living row"),
    "a child at no school": ("admission", lose_a_child, "living"),
    "a child counted twice": ("admission", lambda w: w.schools.grade_pupils.__setitem__((0, 1), 1e4), "lost or doubled"),
    "pupils of a stage that the school lacks": (
        "admission",
        lambda w: w.schools.pupils.__setitem__((int(np.flatnonzero(w.schools.kind == 1)[0]), 1), 3.0),
        "does not teach",
    ),
    "more teachers than posts": ("staff", lambda w: w.schools.posts.__imul__(0.5), "more teachers than posts"),
    "a score that is no number": ("teach", lambda w: w.tally.score.__setitem__((0, 0), np.nan), "scores"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_broken_state_is_found_after_its_phase(what: str) -> None:
    phase, corrupt, says = BROKEN[what]
    world = simulate(kept_world("guizhou", LEISHAN, SHIBING, sample=0.05), [], [2024])
    world.check(after=phase)
    if what == "more teachers than posts":
        world.teachers_before = world.teachers_before * 0.0
    corrupt(world)
    with pytest.raises(BrokenInvariant, match=says):
        world.check(after=phase)


@pytest.mark.parametrize(("share", "keep"), [(0.0, 0), (1.0, 2)])
def test_certified_counties_keep_up_their_effort_as_far_as_assumed(share: float, keep: int) -> None:
    start = kept_world("guizhou", LEISHAN, SHIBING, sample=0.25)
    for certified, applying in ((2024, keep), (0, 2)):
        world = start.copy()
        world.params = start.params.with_values({"keep_effort": share})
        found = world.inspection
        world.inspection = replace(found, sections_passing=found.sections_counted.copy())
        world.certified[:] = certified
        plan.apply_for_certification(world)
        assert world.applying.sum() == applying
