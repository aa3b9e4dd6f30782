"""What stands for the counties that are not run when only some are: their schools with expected pupils, and posts as teachers.

The map stays whole. Outside the chosen counties nobody is simulated one by one; schools there hold the pupils that cohorts,
moves and the families' choice let expect, and what their pupils and teachers are like is taken from the chosen schools of
the same place type. Money, posts, places and stocks of these counties go through the ordinary rules, so that the chosen
ones get their share of what the province gives.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sim.columns import Array
from sim.compile import kernel
from sim.tables import PLACE_TYPES
from sim.tally import Tally

TYPES = len(PLACE_TYPES)
BOARDERS = [f.name for f in fields(Tally)].index("n_boarding")


class Shared:
    """What is worked out once for all arms of a start world: it depends on who the people are, not on what is done.

    children: (P,) in school after the moves of a school year, by year of entry and school year
    comers: places in a whole cohort of those who will come to the chosen counties, by year of entry
    """

    def __init__(self) -> None:
        self.children: dict[tuple[int, int], Array] = {}
        self.comers: dict[int, Array] = {}


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Which counties are run, and what stands for the others.

    counties (C,), schools (S,), places (P,): bool, run child by child
    tiers, able: (P, 3) share of each place's children by third of family background, and their mean ability
    wish, wish_able: (3, P, slots) share of a place's children that choose each candidate, by level, and their mean ability
    pupils, boarders, ability: (9, S) expected in the schools outside, boarders among them, mean ability
    in_school: (9,) share of each grade's children who are in school, when last worked out: as inside
    shares: (3, 2 S) share of each section's teachers with degree, with backbone title, of PE and art, at the start
    """

    counties: Array
    schools: Array
    places: Array
    tiers: Array
    able: Array
    wish: Array
    wish_able: Array
    pupils: Array
    boarders: Array
    ability: Array
    shares: Array
    in_school: Array
    shared: Shared

    def like_inside(self, values: Array, weight: Array, place_type: Array) -> None:
        """Give the schools outside, in each row of `values` (n, S), the weighted mean of the chosen schools of their place type.

        weight: (n, S), what each school counts for
        """
        fill_by_type(values, weight, place_type, self.schools)

    def above_type(self, place_type: Array, leadership: Array) -> Array:
        """Return (9, S) by how much scores outside should differ from the mean of their place type; 0 inside.

        leadership: (S,) what a school's head has added to knowledge in the long run
        """
        out = self.ability + leadership
        centre(out, self.pupils, place_type, self.schools)
        return out

    def tell(self, planes: Array, place_type: Array, leadership: Array, rows: float) -> None:
        """Write the sums over children outside into a tally's planes (fields, 9, S): as inside, for the expected pupils.

        Scores follow the expected ability of a school's children and its leadership; boarders are those expected.
        rows: rows of children that one child is
        """
        lift = self.above_type(place_type, leadership)
        tell_sums(planes, self.pupils * rows, lift, self.boarders * rows, BOARDERS, place_type, self.schools)

    def teachers(self, into: Array, posts: Array, place_type: Array) -> None:
        """Let outside every post be held by a teacher; into: (5, 2 S).

        Shares with titles and degrees are as inside in the mean of stage and place type; sections differ as they did at
        the start, as far as those inside still do.
        """
        stage = np.tile(np.arange(2, dtype=np.int64), len(place_type))
        group = TYPES * stage + np.repeat(place_type, 2)
        fill_staff(into, posts.ravel(), self.shares, group, np.repeat(self.schools, 2))


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
def centre(values, weight, place_type, inside):
    """Take from the schools outside, in each row, the weighted mean of their place type; 0 inside."""
    total, count = np.empty(TYPES), np.empty(TYPES)
    for r in range(values.shape[0]):
        total[:], count[:] = 0.0, 0.0
        for s in range(inside.size):
            if not inside[s]:
                total[place_type[s]] += weight[r, s] * values[r, s]
                count[place_type[s]] += weight[r, s]
        for s in range(inside.size):
            k = place_type[s]
            there = not inside[s] and weight[r, s] > 0
            values[r, s] = values[r, s] - total[k] / count[k] if there else 0.0


@kernel
def tell_sums(planes, expected, lift, boarders, boarding, place_type, inside):
    """Do the work of `Outside.tell`; plane 0 holds the children counted, 1 their scores, `boarding` the boarders."""
    here, away = np.flatnonzero(inside), np.flatnonzero(~inside)
    total, rate = np.empty(TYPES + 1), np.empty(TYPES)
    count = np.empty(TYPES + 1)
    for grade in range(expected.shape[0]):
        for field in range(planes.shape[0]):
            plane = planes[field, grade]
            total[:] = 0.0
            for s in here:
                total[place_type[s]] += plane[s]
                total[TYPES] += plane[s]
            if field == 0:
                count[:] = total
            for k in range(TYPES):
                at = k if count[k] > 0 else TYPES
                rate[k] = total[at] / count[at] if count[at] > 0 else 0.0
            for s in away:
                plane[s] = expected[grade, s] * rate[place_type[s]]
            if field == 1:
                for s in away:
                    plane[s] += expected[grade, s] * lift[grade, s]
            if field == boarding:
                plane[away] = boarders[grade][away]


@kernel
def fill_staff(into, posts, shares, group, inside):
    """Do the work of `Outside.teachers`. group: (2 S,) stage and place type; rows 0 and 4 of `into` are all and own teachers."""
    n = 2 * TYPES
    for section in range(posts.size):
        if not inside[section]:
            into[0, section] = into[4, section] = posts[section]
    for row in range(1, 4):
        now, before = shares[row - 1].copy(), shares[row - 1]
        weight, mean, spread = np.zeros((2, n)), np.zeros((2, n)), np.zeros((2, n))
        for section in range(posts.size):
            if inside[section] and into[0, section] > 0:
                now[section] = into[row, section] / into[0, section]
        for turn in range(2):
            for section in range(posts.size):
                side, k, w = int(inside[section]), group[section], into[0, section]
                if turn == 0:
                    weight[side, k] += w
                    mean[side, k] += w * now[section]
                else:
                    off = now[section] - mean[side, k]
                    spread[side, k] += w * off * off
            for side in range(2):
                for k in range(n):
                    if turn == 0:
                        mean[side, k] /= max(weight[side, k], 1e-9)
                    else:
                        spread[side, k] = np.sqrt(spread[side, k] / max(weight[side, k], 1e-9))
        for section in range(posts.size):
            if not inside[section]:
                k = group[section]
                share = before[section]
                if weight[1, k] > 0:
                    part = spread[1, k] / spread[0, k] if spread[0, k] > 0 else 0.0
                    share = mean[1, k] + (share - mean[0, k]) * min(part, 1.0)
                into[row, section] = posts[section] * min(max(share, 0.0), 1.0)
