"""What stands for the counties that are not run when only some are: their schools with expected pupils, and posts as teachers.

The map stays whole. Outside the chosen counties nobody is simulated one by one; schools there hold the pupils that cohorts,
moves and the families' choice let expect, and what their pupils and teachers are like is taken from the chosen schools of
the same place type. Money, posts, places and stocks of these counties go through the ordinary rules, so that the chosen
ones get their share of what the province gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.columns import Array
from sim.compile import kernel
from sim.tables import PLACE_TYPES

TYPES = len(PLACE_TYPES)


@dataclass(frozen=True)
class Outside:
    """Which counties are run, and what stands for the others.

    counties (C,), schools (S,), places (P,): bool, run child by child; pupils: (S, 9) expected in the other schools, 0 in
    those that are run; boarders: (9, S) of these pupils; tiers: (P, 3) share of each place's children by third of family
    background
    """

    counties: Array
    schools: Array
    places: Array
    tiers: Array
    pupils: Array
    boarders: Array

    def like_inside(self, values: Array, weight: Array, place_type: Array) -> None:
        """Give the schools outside, in each row of `values` (n, S), the weighted mean of the chosen schools of their place type.

        weight: (n, S), what each school counts for
        """
        fill_by_type(values, weight, place_type, self.schools)

    def tell(self, planes: Array, place_type: Array, rows: float) -> None:
        """Write the sums over children outside into a tally's planes (fields, 9, S): as inside, for the expected pupils.

        rows: rows of children that one child is
        """
        expected = np.ascontiguousarray(self.pupils.T) * rows
        tell_sums(planes, expected, place_type, self.schools)

    def teachers(self, into: Array, posts: Array, place_type: Array) -> None:
        """Let outside every post be held by a teacher, with titles and degrees as usual inside; into: (5, 2 S)."""
        sections = np.repeat(place_type, 2)
        inside = np.repeat(self.schools, 2)
        stage = np.tile(np.arange(2, dtype=sections.dtype), len(place_type))
        fill_staff(into, posts.ravel(), TYPES * stage + sections, inside)


def runs(chosen: Array) -> list[tuple[int, int]]:
    """Return (first, end) of each run of neighbours that a mask chooses."""
    edges = np.flatnonzero(np.diff(np.r_[False, chosen, False]))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@kernel
def fill_by_type(values, weight, place_type, inside):
    """Do the work of `Outside.like_inside`; a place type that is not there inside gets the mean of all."""
    total, count = np.empty(TYPES + 1), np.empty(TYPES + 1)
    for r in range(values.shape[0]):
        total[:], count[:] = 0.0, 0.0
        for s in range(inside.size):
            if inside[s]:
                amount = weight[r, s] * values[r, s]
                total[place_type[s]] += amount
                count[place_type[s]] += weight[r, s]
                total[TYPES] += amount
                count[TYPES] += weight[r, s]
        for s in range(inside.size):
            if not inside[s]:
                k = place_type[s] if count[place_type[s]] > 0 else TYPES
                values[r, s] = total[k] / count[k] if count[k] > 0 else 0.0


@kernel
def tell_sums(planes, expected, place_type, inside):
    """Do the work of `Outside.tell`; plane 0 holds the children counted."""
    total = np.empty(TYPES + 1)
    for grade in range(expected.shape[0]):
        count = np.zeros(TYPES + 1)
        for s in range(inside.size):
            if inside[s]:
                count[place_type[s]] += planes[0, grade, s]
                count[TYPES] += planes[0, grade, s]
        for field in range(planes.shape[0] - 1, -1, -1):  # the children counted last
            plane = planes[field, grade]
            total[:] = 0.0
            for s in range(inside.size):
                if inside[s]:
                    total[place_type[s]] += plane[s]
                    total[TYPES] += plane[s]
            for s in range(inside.size):
                if not inside[s]:
                    k = place_type[s] if count[place_type[s]] > 0 else TYPES
                    plane[s] = expected[grade, s] * (total[k] / count[k]) if count[k] > 0 else 0.0


@kernel
def fill_staff(into, posts, group, inside):
    """Do the work of `Outside.teachers`. group: (2 S,) stage and place type; rows 0 and 4 of `into` are all and own teachers."""
    total, count = np.zeros((5, 2 * TYPES)), np.zeros(2 * TYPES)
    for section in range(posts.size):
        if inside[section]:
            count[group[section]] += into[0, section]
            for row in range(1, 4):
                total[row, group[section]] += into[row, section]
    for section in range(posts.size):
        if not inside[section]:
            into[0, section] = into[4, section] = posts[section]
            for row in range(1, 4):
                here = group[section]
                into[row, section] = posts[section] * (total[row, here] / count[here]) if count[here] > 0 else 0.0
