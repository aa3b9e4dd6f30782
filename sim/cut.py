"""What a year leaves for whoever observes it; where only some counties are run, tables cut to them, rows numbered afresh."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.columns import Array
from sim.evaluation import Inspection
from sim.tables import Schools, Teachers
from sim.tally import Ledger, StaffFlows, Tally

if TYPE_CHECKING:
    from sim.world import World

BY_SCHOOL = (
    "kind", "pupils", "excluded", "counted", "share", "value", "met", "shortfall", "passed_section", "over_size",
    "size_limit", "over_class_size", "largest_class",
)  # fmt: skip
BY_COUNTY = ("mean", "cv", "cv_met", "sections_counted", "sections_passing", "passed")
OF_COUNTIES = ("certified", "applying", "memory", "carry", "money", "posts_total", "teachers_before")


def finding(world: World) -> World:
    """Do the work of `World.finding`."""
    if world.outside is not None:
        return cut_to(world, world.outside.counties)
    twin = world._shallow()
    twin.schools, twin.blocks, twin.first_person, twin.ahead = world.schools.copy(), [], [], None
    twin.scratch, twin.lines = None, {}
    twin.teachers = Teachers.empty(0)
    return twin


def cut_to(world: World, counties: Array) -> World:
    """Return what a year left in some counties, (C,) bool, without children and teachers one by one.

    `map_rows` holds the rows that the schools have in the whole map.
    """
    county, school = np.flatnonzero(counties), np.flatnonzero(counties[world.schools.county])
    number = np.cumsum(counties) - 1  # of a county among these
    twin = world._shallow()
    twin.counties = world.counties.take(county)
    twin.schools = cut_schools(world.schools, school, number)
    twin.tally = Tally.of_planes(np.stack([getattr(world.tally, f.name)[:, school] for f in fields(Tally)]))
    twin.flows = StaffFlows(*(getattr(world.flows, f.name)[school] for f in fields(StaffFlows)))
    twin.ledger = Ledger({key: yuan[county] for key, yuan in world.ledger.rows.items()})
    twin.inspection = cut_inspection(world.inspection, county, school, number)
    for name in OF_COUNTIES:
        value = getattr(world, name)
        setattr(twin, name, None if value is None else value[county])
    twin.spend = world.spend[school]
    twin.county_start = np.searchsorted(twin.schools.county, np.arange(len(county) + 1)).astype(np.int64)
    twin.map_rows, twin.outside = school, None
    twin.blocks, twin.first_person, twin.persons, twin.choice = [], [], [], []
    twin.teachers, twin.ahead, twin.scratch, twin.counted, twin.lines = Teachers.empty(0), None, None, None, {}
    return twin


def cut_schools(schools: Schools, rows: Array, number: Array) -> Schools:
    """Return some schools, their counties and successors numbered afresh; `place` stays a row of the whole map."""
    table: Schools = schools.take(rows)
    table.county[:] = number[table.county]
    table.successor[:] = np.searchsorted(rows, table.successor)  # in the same county
    return table


def cut_inspection(found: Inspection, county: Array, school: Array, number: Array) -> Inspection:
    """Return what an inspection found in some counties."""
    items = {
        key: replace(result, state=result.state[county], values={name: x[county] for name, x in result.values.items()})
        for key, result in found.items.items()
    }
    by_school = {name: getattr(found, name)[school] for name in BY_SCHOOL}
    by_county = {name: getattr(found, name)[county] for name in BY_COUNTY}
    return replace(found, county=number[found.county[school]], items=items, **by_school, **by_county)
