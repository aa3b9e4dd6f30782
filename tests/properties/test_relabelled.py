"""Counties in another order.

Draws are keyed by person, place, school and county row, so a county under another number has other luck: whole runs agree
in distribution only. What holds exactly, and is tested here: everything that is decided and not drawn (county plans,
equipment, classes, choice, inspection, who measures what) treats a county the same under any number.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.columns import Array
from sim.effects import Effects
from sim.people import children_by_place
from sim.phases.admission import admission
from sim.phases.choice import build_choice
from sim.phases.county_plan import county_plan
from sim.phases.equip import equip
from sim.phases.inspection import inspect_world
from sim.start import link_places, survey
from sim.step import simulate
from sim.tally import Ledger, StaffFlows, Tally
from sim.world import World
from tests.small_worlds import OASES, cut_out, kept_world, numbered, rows_of, small_land

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ORDERS = st.permutations(range(len(OASES)))


def relabelled(world: World, order: list[int]) -> tuple[World, Array]:
    """Return the same world with its counties in another order, and the old row of each new row of schools."""
    land, rows = small_land("xinjiang", *OASES), np.array(order)
    moved = cut_out(land, rows)
    region = replace(moved.region, births=land.region.births, education_spending=land.region.education_spending)
    schools, places = rows_of(world.schools.county, rows), rows_of(world.places.county, rows)
    sections = np.stack([2 * schools, 2 * schools + 1], axis=1).ravel()
    twin = world.copy()
    twin.region, twin.counties, twin.places, twin.county_start = (
        region,
        region.counties,
        moved.places,
        moved.county_start,
    )
    twin.schools = world.schools.take(schools)
    twin.schools.county[:], twin.schools.place[:] = moved.schools.county, moved.schools.place
    twin.schools.successor[:] = numbered(world.schools.successor[schools], schools)
    for name in ("certified", "applying", "memory", "carry", "posts_total"):
        setattr(twin, name, getattr(world, name)[rows].copy())
    twin.spend, twin.row_weight = world.spend[schools], world.row_weight[sections]
    teachers = world.teachers.copy()
    teachers.section[:] = numbered(world.teachers.section, sections)
    at_home = world.teachers.home_section < 0
    teachers.home_section[:] = np.where(at_home, -1, numbered(np.maximum(world.teachers.home_section, 0), sections))
    for block in twin.blocks:
        block.home[:] = numbered(block.home, places)
        block.school[:] = numbered(block.school, schools)
    twin.choice = []
    link_places(twin)
    twin.rebuild_teachers(teachers, [])
    twin.tally = Tally(*(getattr(world.tally, f.name)[:, schools] for f in fields(Tally)))
    twin.flows = StaffFlows(*(getattr(world.flows, f.name)[schools] for f in fields(StaffFlows)))
    inspect_world(twin, Effects(), twin.streams, twin.year)
    twin.ledger = Ledger()
    return twin, schools


@pytest.fixture(scope="module")
def lived() -> World:
    """Return a world of four counties after three years."""
    return simulate(kept_world("xinjiang", *OASES, sample=0.5), [], range(2024, 2027))


@FEW
@given(ORDERS)
def test_the_inspection_is_the_same_for_every_county(lived: World, order: list[int]) -> None:
    twin, schools = relabelled(lived, order)
    for name in ("passed", "cv", "mean", "cv_met", "sections_passing", "sections_counted"):
        assert np.allclose(
            getattr(twin.inspection, name), getattr(lived.inspection, name)[order], rtol=1e-12, equal_nan=True
        )
    assert (twin.inspection.met == lived.inspection.met[schools]).all()
    assert np.allclose(twin.memory, lived.memory[order], rtol=1e-12)


@FEW
@given(ORDERS)
def test_plans_and_equipment_are_the_same_for_every_county(lived: World, order: list[int]) -> None:
    one, (twin, schools) = lived.copy(), relabelled(lived, order)
    for world in (one, twin):
        world.open_year(2027)
        county_plan(world, Effects(), world.streams, 2027)
        equip(world, Effects(), world.streams, 2027)
    for name in ("posts", "seats", "seats_coming", "stock", "open", "opens", "pupils"):
        assert np.allclose(getattr(twin.schools, name), getattr(one.schools, name)[schools], rtol=1e-9), name
    assert np.allclose(twin.spend, one.spend[schools], rtol=1e-9, atol=1e-3)
    for name in ("carry", "posts_total", "applying"):
        assert np.allclose(getattr(twin, name), getattr(one, name)[order], rtol=1e-9), name
    for key, yuan in one.ledger.rows.items():
        assert np.allclose(twin.ledger.rows[key], yuan[order], rtol=1e-9)


@FEW
@given(ORDERS)
def test_families_see_the_same_schools_with_the_same_chances(lived: World, order: list[int]) -> None:
    twin, schools = relabelled(lived, order)
    places = rows_of(lived.places.county, np.array(order))
    for level in range(3):
        one = build_choice(lived.places, lived.schools, lived.county_start, level, lived.params)
        two = build_choice(twin.places, twin.schools, twin.county_start, level, twin.params)
        assert (schools[two.school] == one.school[places]).all()
        assert (two.cum == one.cum[places]).all() and (two.far == one.far[places]).all()


@FEW
@given(ORDERS)
def test_classes_and_pupils_are_the_same_for_every_school(lived: World, order: list[int]) -> None:
    one, (twin, schools) = lived.copy(), relabelled(lived, order)
    for world in (one, twin):
        world.first_year = world.year = 2026  # the first year has no admission: pupils are counted and classes formed
        world.count_grades()
        admission(world, Effects(), world.streams, 2026)
    assert (twin.schools.grade_pupils == one.schools.grade_pupils[schools]).all()
    assert (twin.schools.classes == one.schools.classes[schools]).all()


@FEW
@given(ORDERS)
def test_cohorts_are_as_large_in_every_county(order: list[int]) -> None:
    land, moved = small_land("xinjiang", *OASES), cut_out(small_land("xinjiang", *OASES), np.array(order))
    for year in (2020, 2024, 2030):
        one = children_by_place(land.region, land.places, year, 2024, "middle")
        two = children_by_place(moved.region, moved.places, year, 2024, "middle")
        assert np.allclose(two, one[rows_of(land.places.county, np.array(order))], rtol=1e-12)


def test_a_cut_of_all_counties_in_order_is_the_land_itself() -> None:
    land = survey("xinjiang")
    cut = cut_out(land, np.arange(len(land.region.counties)))
    for table in ("schools", "places"):
        for f in fields(getattr(land, table)):
            assert (getattr(getattr(cut, table), f.name) == getattr(getattr(land, table), f.name)).all()
    assert np.allclose(cut.region.entrants(2024), land.region.entrants(2024))
    assert cut.region.education_spending == land.region.education_spending
