"""What can be done before its year: luck is a function of its keys, so it can be drawn while others still count.

Policies, county plans and whoever observes work mostly on one thread; beside them another draws the children who enter and
everybody's luck in learning. Nothing that a year changes is read here, so nothing can differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np

from sim.columns import Array
from sim.compile import beside
from sim.people import new_cohort
from sim.persons import Persons, Run, persons_in
from sim.streams import fill_normal_of
from sim.tables import Students

if TYPE_CHECKING:
    from sim.world import World


def learning_luck(world: World, grade: int, first: int, end: int) -> Array:
    """Return (end - first,) float32 standard normals: this year's luck in learning of some rows of a grade (0-8)."""
    drawn = None if world.ahead is None else world.ahead.luck(grade)
    return _draw(world, world.runs(grade, first, end), world.year) if drawn is None else drawn[first:end]


def _draw(world: World, pieces: Iterable[Run], year: int) -> Array:
    """Return the luck of some rows of a cohort."""
    pieces = list(pieces)
    first = pieces[0][0] if pieces else 0
    drawn = np.empty(pieces[-1][1] - first if pieces else 0, np.float32)
    for a, b, who in pieces:
        fill_normal_of(*world.streams.key("learning", year), who, drawn[a - first : b - first])
    return drawn


class Ahead:
    """The entrants and the learning luck of a year that has not moved its cohorts up yet, being drawn on a thread of their own."""

    def __init__(self, world: World, year: int) -> None:
        begin = beside("ahead").submit
        self.cohort: Future[tuple[Students, int, Persons | None]] = begin(new_cohort, world, year)
        self._luck: list[Future[Array]] = [begin(self._entrants_luck, world, year)]
        for grade, block in enumerate(world.blocks[:8]):
            self._luck.append(begin(_draw, world, list(world.runs(grade, 0, len(block))), year))

    def _entrants_luck(self, world: World, year: int) -> Array:
        block, first, persons = self.cohort.result()
        return _draw(world, persons_in(persons, first, 0, len(block)), year)

    def luck(self, grade: int) -> Array | None:
        """Return the luck of a whole grade (0-8), or None when it was not begun in time: draw it yourself."""
        return None if self._luck[grade].cancel() else self._luck[grade].result()


def look_ahead(world: World, year: int) -> None:
    """Begin to draw a year's luck, where there is a thread for it and nobody has; the first year has no entrants."""
    if world.ahead is None and world.threads > 1 and year > world.first_year:
        world.ahead = Ahead(world, year)
