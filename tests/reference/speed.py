"""How many child-years a second the plain model and the engine make of the same start world."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from sim.step import step
from sim.world import World
from tests.reference.model import ReferenceModel


def children_of(world: World) -> int:
    """Return the children (rows) of a world."""
    return sum(len(block) for block in world.blocks)


def plain_child_years_per_second(start: World, policies: Sequence[Any], years: int = 1) -> float:
    """Return the speed of the plain model; copying the rows into objects is not counted."""
    model, children = ReferenceModel(start.copy(), policies), 0
    before = perf_counter()
    for _ in range(years):
        model.step()
        children += sum(len(grade) for grade in model.grades)
    return children / (perf_counter() - before)


def engine_child_years_per_second(start: World, policies: Sequence[Any], years: int = 10) -> float:
    """Return the speed of the engine; one year runs first, so that compiling is not counted."""
    world, children = start.copy(), 0
    step(world, policies, world.first_year)
    before = perf_counter()
    for year in range(world.first_year + 1, world.first_year + 1 + years):
        step(world, policies, year)
        children += children_of(world)
    return children / (perf_counter() - before)
