"""The plain model's objects laid out as the tables that policies read and the comparison looks at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.columns import Array
from sim.tables import FLAGS, Schools, Students, Teachers
from sim.world import World
from tests.reference.agents import Child

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel


def world_of(model: ReferenceModel) -> World:
    """Return a world with the plain model's own state: nothing of the engine's run is in it.

    Which schools families can choose (`choice`) is left out: no policy asks for it.
    """
    start = model.tables
    teachers = teacher_table(model)
    world = replace(
        start,
        schools=school_table(model),
        teachers=teachers,
        blocks=[child_table(children) for children in model.grades],
        first_person=[children[0].person for children in model.grades],
        posts_total=np.array([c.posts_total for c in model.counties]),
        choice=[],
        year=model.year,
        tally=model.tally,
        flows=model.flows,
        ledger=model.ledger,
        inspection=model.inspection,
        certified=np.array([c.certified for c in model.counties]),
        applying=np.array([c.applying for c in model.counties]),
        memory=np.array([c.memory for c in model.counties]),
        carry=np.array([c.carry for c in model.counties]),
        spend=np.array([s.spend for s in model.schools]),
        section_rows=np.searchsorted(teachers.section, np.arange(2 * len(model.schools) + 1)),
    )
    for name, value in start.__dict__.items():  # what is worked out once at the start: nearest towns, backgrounds
        if name not in world.__dict__:
            setattr(world, name, value)
    return world


def school_table(model: ReferenceModel) -> Schools:
    """Return the schools as a table."""
    table = model.tables.schools.copy()
    for name in (
        "open",
        "opens",
        "seats",
        "seats_coming",
        "beds",
        "stock",
        "posts",
        "leadership",
        "reputation",
        "pupils",
    ):
        getattr(table, name)[:] = [getattr(s, name) for s in model.schools]
    table.grade_pupils[:] = [s.grade_pupils for s in model.schools]
    table.classes[:] = [s.classes for s in model.schools]
    table.successor[:] = [s.successor.row for s in model.schools]
    return table


def child_table(children: list[Child]) -> Students:
    """Return a grade as a block."""
    table: Students = Students.empty(len(children))
    for name in ("ability", "knowledge", "ses"):
        getattr(table, name)[:] = [getattr(child, name) for child in children]
    table.home[:] = [child.home.row for child in children]
    table.school[:] = [-1 if child.school is None else child.school.row for child in children]
    for bit, name in enumerate(FLAGS):
        table.flags |= np.array([getattr(child, name) for child in children], np.uint8) << np.uint8(bit)
    return table


def teacher_table(model: ReferenceModel) -> Teachers:
    """Return the teachers in service as a table; section -1 = gone, until the lists are made anew."""
    rows = model.teachers
    table: Teachers = Teachers.empty(len(rows))
    table.id[:] = [t.person for t in rows]
    table.section[:] = [-1 if t.school is None else t.school.section(t.stage) for t in rows]
    table.home_section[:] = [-1 if t.home is None else t.home.section(t.stage) for t in rows]
    names = ("weight", "value_added", "age", "experience", "years_here", "rural_years", "degree", "backbone", "pe_art")
    for name in (*names, "kind", "return_year"):
        column: Array = getattr(table, name)
        column[:] = [getattr(t, name) for t in rows]
    return table
