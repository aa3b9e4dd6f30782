"""What can be done before its year: luck is a function of its keys, so it can be drawn while others still count.

Policies, county plans and whoever observes work mostly on one thread; beside them another draws the children who enter next
year and everybody's luck in next year's learning. Nothing that a year changes is read here, so nothing can differ.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np

from sim.columns import Array
from sim.compile import beside
from sim.people import make_cohort
from sim.streams import fill_normal
from sim.tables import Students

if TYPE_CHECKING:
    from sim.world import World


def learning_luck(world: World, grade: int, first: int, end: int) -> Array:
    """Return (end - first,) float32 standard normals: this year's luck in learning of some rows of a grade (0-8)."""
    drawn = None if world.ahead is None else world.ahead.luck(grade)
    return (
        _draw(world, world.first_person[grade] + first, end - first, world.year) if drawn is None else drawn[first:end]
    )


def _draw(world: World, person: int, n: int, year: int) -> Array:
    drawn = np.empty(n, np.float32)
    fill_normal(*world.streams.key("learning", year), person, drawn)
    return drawn


class Ahead:
    """The entrants and the learning luck of the year after a world's year, being drawn on a thread of their own."""

    def __init__(self, world: World) -> None:
        year, begin = world.year + 1, beside("ahead").submit
        self.cohort: Future[tuple[Students, int]] = begin(make_cohort, world, world.streams, year, year)
        self._luck: list[Future[Array]] = [begin(self._entrants_luck, world, year)]
        for first, block in zip(world.first_person[:8], world.blocks[:8], strict=True):
            self._luck.append(begin(_draw, world, first, len(block), year))

    def _entrants_luck(self, world: World, year: int) -> Array:
        block, first = self.cohort.result()
        return _draw(world, first, len(block), year)

    def luck(self, grade: int) -> Array | None:
        """Return the luck of a whole grade (0-8), or None when it was not begun in time: draw it yourself."""
        return None if self._luck[grade].cancel() else self._luck[grade].result()


def look_ahead(world: World) -> None:
    """Begin to draw the next year's luck, where there is a thread for it."""
    if world.threads > 1:
        world.ahead = Ahead(world)
