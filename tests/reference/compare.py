"""Where the plain model and the engine part: the first difference by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from sim.columns import Array
from sim.effects import Effects
from sim.tables import FLAGS
from sim.world import World
from tests.reference.model import ReferenceModel
from tests.reference.view import world_of

SCORE = 1e-4  # student-level SD: what scores, abilities and teachers' effects may differ by
CHILDREN_TOUCHED = ("households", "admission", "teach", "stay_or_leave")
CLOSE = ("ability", "knowledge", "ses", "value_added", "reputation", "leadership")
Told = str | None


def first_difference(engine: World, model: ReferenceModel, phase: str) -> Told:
    """Return what differs after a phase, None when nothing does."""
    plain = world_of(model)
    found = schools_differ(engine, plain) or counties_differ(engine, plain)
    if phase in ("start", "households", "staff"):
        found = found or teachers_differ(engine, plain)
    if phase == "start" or phase in CHILDREN_TOUCHED:
        found = found or children_differ(engine, plain)
    if phase == "staff":
        found = found or sums_differ("flows", engine.flows, plain.flows)
    if phase in ("stay_or_leave", "inspect"):
        found = found or sums_differ("tally", engine.tally, plain.tally)
    if phase == "inspect":
        found = found or ledgers_differ(engine, plain) or inspections_differ(engine, plain)
    return found and f"after {phase} of {engine.year}: {found} (engine, plain)"


def tell(what: str, names: Any, one: Array, two: Array, tolerance: float) -> Told:
    """Return the first row in which two columns differ, under the row's name."""
    if one.shape != two.shape:
        return f"{what}: {one.shape} rows against {two.shape}"
    a, b = one.astype(np.float64), two.astype(np.float64)
    apart = ~((np.abs(a - b) <= tolerance + tolerance * np.abs(b)) | (a == b) | (np.isnan(a) & np.isnan(b)))
    if not apart.any():
        return None
    at = tuple(np.argwhere(apart)[0])
    return f"{what}{list(map(int, at[1:])) or ''} of {names(at[0])}: {a[at]} != {b[at]}; {apart.sum()} differ"


def school_name(world: World) -> Any:
    """Return how to name a row of schools."""
    return lambda row: f"school {row} {world.schools.name[row]}"


def schools_differ(engine: World, plain: World) -> Told:
    """Compare every column of the schools and the capital they are given."""
    for f in fields(engine.schools):
        one, two = getattr(engine.schools, f.name), getattr(plain.schools, f.name)
        if one.dtype.kind != "U":
            tolerance = SCORE if f.name in CLOSE else 1e-9
            found = tell(f"schools.{f.name}", school_name(engine), one, two, tolerance)
            if found:
                return found
    return tell("spend", school_name(engine), engine.spend, plain.spend, 1e-6)


def counties_differ(engine: World, plain: World) -> Told:
    """Compare what counties carry from year to year."""
    for name, tolerance in (
        ("posts_total", 1e-9),
        ("carry", 1e-6),
        ("certified", 0.0),
        ("applying", 0.0),
        ("memory", 1e-12),
    ):
        one, two = getattr(engine, name), getattr(plain, name)
        found = tell(name, lambda row: f"county {engine.counties.name[row]}", one, two, tolerance)
        if found:
            return found
    return None


def teachers_differ(engine: World, plain: World) -> Told:
    """Compare the teachers, row by row: same persons in the same order with the same attributes."""
    one, two = engine.teachers, plain.teachers
    if not np.array_equal(one.id, two.id):
        only = [sorted({int(x) for x in a.id} - {int(x) for x in b.id})[:3] for a, b in ((one, two), (two, one))]
        return f"teachers: only in the engine {only[0]}, only in the plain model {only[1]}, or in another order"
    for f in fields(one):
        tolerance = SCORE if f.name in CLOSE else 0.0
        found = tell(f"teachers.{f.name}", lambda row: f"teacher {one.id[row]}", getattr(one, f.name),
                     getattr(two, f.name), tolerance)  # fmt: skip
        if found:
            return found
    return None


def children_differ(engine: World, plain: World) -> Told:
    """Compare the children of every grade: the same persons, homes, schools, states, and scores to 1e-4."""
    if list(engine.first_person) != list(plain.first_person):
        return f"first persons: {engine.first_person} != {plain.first_person}"
    for grade, (one, two) in enumerate(zip(engine.blocks, plain.blocks, strict=True), 1):
        first = engine.first_person[grade - 1]

        def name(row: int, first: int = first, grade: int = grade) -> str:
            return f"child {first + row} of grade {grade}"

        for f in fields(one):
            a, b = getattr(one, f.name), getattr(two, f.name)
            found = tell(f"children.{f.name}", name, a, b, SCORE if f.name in CLOSE else 0.0)
            if found and f.name == "flags" and len(a) == len(b):
                row = int(np.flatnonzero(a != b)[0])
                found += ": " + ", ".join(flag for bit, flag in enumerate(FLAGS) if (a[row] ^ b[row]) >> bit & 1)
            if found:
                return found
    return None


def sums_differ(what: str, one: Any, two: Any) -> Told:
    """Compare the year's sums: counts exactly, sums of scores to 1e-4 a child."""
    for f in fields(one):
        counts = what == "flows" or f.name.startswith("n") or f.name in ("dropped", "returned", "out")
        found = tell(f"{what}.{f.name}", lambda row: f"row {row}", getattr(one, f.name), getattr(two, f.name),
                     1e-9 if counts else SCORE)  # fmt: skip
        if found:
            return found
    return None


def ledgers_differ(engine: World, plain: World) -> Told:
    """Compare who paid what, to a millionth."""
    one = {key: yuan for key, yuan in engine.ledger.rows.items() if yuan.any()}
    two = {key: yuan for key, yuan in plain.ledger.rows.items() if yuan.any()}
    if one.keys() != two.keys():
        return f"ledger: {sorted(one)} != {sorted(two)}"
    for key in one:
        found = tell(f"ledger {key}", lambda row: f"county {engine.counties.name[row]}", one[key], two[key], 1e-6)
        if found:
            return found
    return None


def inspections_differ(engine: World, plain: World) -> Told:
    """Compare the verdicts and coefficients of the official inspection."""
    for name in ("passed", "counted", "met", "passed_section", "value", "cv", "cv_met", "over_class_size"):
        found = tell(f"inspection.{name}", lambda row: f"row {row}", getattr(engine.inspection, name),
                     getattr(plain.inspection, name), 1e-6)  # fmt: skip
        if found:
            return found
    return None


def effects_differ(one: Effects, two: Effects) -> Told:
    """Compare what the policies asked of the two: they saw the same world."""
    for name in ("posts", "class_cap", "leave_factor", "score_shift"):
        a, b = getattr(one, name), getattr(two, name)
        if (a is None) != (b is None):
            return f"effects.{name}: only one of the two has it"
        found = None if a is None else tell(f"effects.{name}", lambda row: f"row {row}", a, b, 1e-6)
        if found:
            return found
    for name in ("capital", "costs", "exchanges", "outside", "salary_items"):
        if len(getattr(one, name)) != len(getattr(two, name)):
            return f"effects.{name}: {len(getattr(one, name))} against {len(getattr(two, name))}"
    for x, y in zip(one.exchanges, two.exchanges, strict=True):
        for name in ("send", "into", "link"):
            found = tell(
                f"exchange {x.item}.{name}", lambda row: f"school {row}", getattr(x, name), getattr(y, name), 1e-9
            )
            if found:
                return found
    return None
