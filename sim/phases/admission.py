"""Phase 3: admission to grade 1 and grade 7 by family choice, zone, residence permit and lottery, within places.

Round 1: every family applies where it chose. A school with more applicants than places takes its zone's children first
(就近入学), then other residents, then migrants, by lottery inside each class. Round 2: the refused apply to their zone
school under the same order. Round 3: the rest take the candidate with most room; with no room anywhere the zone school
must take them and is short of seats: compulsory schooling cannot refuse.
"""

from __future__ import annotations

import numpy as np

from sim.columns import Array
from sim.compile import each, kernel
from sim.effects import Effects
from sim.phases.choice import SLOTS, Choice, pick
from sim.streams import Streams, fill_uniform
from sim.tables import BOARDING, MIGRANT, OUT, TEACHING_POINT, Students
from sim.world import World


@kernel
def order_by_county(home, county, applies, n_counties, order, start):
    """Counting sort: list the applicants of each county in order of person. applies: (n,) bool, or size 0 for all."""
    count = np.zeros(n_counties + 1, np.int64)
    every = applies.size == 0
    for i in range(home.size):
        if every or applies[i]:
            count[county[home[i]] + 1] += 1
    for c in range(n_counties):
        count[c + 1] += count[c]
    start[:] = count
    for i in range(home.size):
        if every or applies[i]:
            c = county[home[i]]
            order[count[c]] = i
            count[c] += 1


@kernel
def _grant(wish, rank, first, last, room, low, high, got, rows):
    """Admit by rank (class plus lottery) where a school has more applicants than room; mark the admitted in `got`."""
    n = high - low
    count = np.zeros(n + 1, np.int64)
    for j in range(first, last):
        if wish[j] >= 0:
            count[wish[j] - low + 1] += 1
    for s in range(n):
        count[s + 1] += count[s]
    fill = count[:n].copy()
    for j in range(first, last):
        if wish[j] >= 0:
            rows[first + fill[wish[j] - low]] = j
            fill[wish[j] - low] += 1
    for s in range(n):
        a, b = first + count[s], first + count[s + 1]
        free = max(room[low + s], 0)
        if b - a > free:
            keys = np.empty(b - a, np.float32)
            for j in range(a, b):
                keys[j - a] = rank[rows[j]]
            last_in = np.partition(keys, free - 1)[free - 1] if free > 0 else np.float32(-1.0)
            taken = 0
            for j in range(a, b):
                if keys[j - a] < last_in:
                    got[rows[j]] = True
                    taken += 1
            for j in range(a, b):  # equal lottery numbers: in order of person
                if keys[j - a] == last_in and taken < free:
                    got[rows[j]] = True
                    taken += 1
            room[low + s] -= free
        else:
            for j in range(a, b):
                got[rows[j]] = True
            room[low + s] -= b - a


@kernel
def _apply(u, lottery, order, first, last, home, ses, flags, school, cand, cum, wish, slot, rank, got):
    """Let every family of a county apply where it chooses; rank its claim: zone, other resident, migrant, then lottery."""
    for j in range(first, last):
        i = order[j]
        got[j] = False
        wish[j] = -1
        if flags[i] & OUT:  # on the roll of the zone school, should the child come back; takes no place
            school[i] = cand[home[i], 0]
            got[j] = True
            continue
        k = pick(u[i], home[i], ses[i], cum)
        same = school[i] >= 0 and school[i] == cand[home[i], k]  # a nine-year school's own pupils are its zone
        slot[j] = k
        wish[j] = cand[home[i], k]
        rank[j] = lottery[i] + np.float32(0.0 if k == 0 or same else (2.0 if flags[i] & MIGRANT else 1.0))


@kernel
def admit_county(
    u, lottery, order, first, last, home, ses, flags, school, cand, cum, far, room, low, end, wish, slot, rank, got, rows
):  # fmt: skip
    """Admit the children order[first:last] of one county to its schools low..end-1.

    u, lottery: (n,) keyed uniforms by row.
    """
    _apply(u, lottery, order, first, last, home, ses, flags, school, cand, cum, wish, slot, rank, got)
    _grant(wish, rank, first, last, room, low, end, got, rows)
    left = 0
    for j in range(first, last):
        i = order[j]
        if got[j]:
            if wish[j] >= 0:
                _enter(i, school, flags, wish[j], far[home[i], slot[j]])
            continue
        # the refused move to the front of the county's range: the later rounds look at them alone
        k = first + left
        order[j], order[k] = order[k], i
        was = slot[j]
        slot[j], wish[j], got[j], rank[j] = slot[k], wish[k], got[k], rank[k]
        got[k] = False
        wish[k] = cand[home[i], 0] if was != 0 else -1
        rank[k] = lottery[i]
        left += 1
    _grant(wish, rank, first, first + left, room, low, end, got, rows)
    for j in range(first, first + left):
        i, k = order[j], 0
        if not got[j]:
            for other in range(1, SLOTS):
                if room[cand[home[i], other]] > max(room[cand[home[i], k]], 0):
                    k = other
            room[cand[home[i], k]] -= 1
        _enter(i, school, flags, cand[home[i], k], far[home[i], k])


@kernel
def admit_counties(
    low, high, start, schools, u, lottery, order, home, ses, flags, school, cand, cum, far, room, wish, slot, rank, got, rows
):  # fmt: skip
    """Admit the children of counties low..high-1. start: (C + 1,) borders in `order`; schools: (C + 1,) rows of schools."""
    for c in range(low, high):
        admit_county(
            u, lottery, order, start[c], start[c + 1], home, ses, flags, school, cand, cum, far, room, schools[c],
            schools[c + 1], wish, slot, rank, got, rows,
        )  # fmt: skip


@kernel
def _enter(i, school, flags, goal, boards):
    school[i] = goal
    flags[i] = (flags[i] & np.uint8(255 - BOARDING)) | np.uint8(BOARDING if boards else 0)


def admit(
    world: World,
    block: Students,
    first_person: int,
    choice: Choice,
    room: Array,
    key: tuple,
    applies: Array | None = None,
) -> None:
    """Admit one cohort to the schools of one level.

    room: (S,) int64 free places in rows of children, counted down; applies: (n,) bool, default every child.
    """
    n, counties = len(block), len(world.counties)
    order, start = np.empty(n, np.int32), np.empty(counties + 1, np.int64)
    who = np.empty(0, np.bool_) if applies is None else applies
    order_by_county(block.home, world.places.county, who, counties, order, start)
    u, lottery = np.empty(n, np.float32), np.empty(n, np.float32)
    fill_uniform(*key, first_person, u, lottery)
    wish, slot = np.empty(n, np.int32), np.zeros(n, np.int8)
    rank, got, rows = np.empty(n, np.float32), np.empty(n, np.bool_), np.empty(n, np.int32)
    edges = np.linspace(0, counties, 4 * world.threads + 1).astype(np.int64)

    def one(k: int) -> None:
        admit_counties(
            edges[k], edges[k + 1], start, world.county_start, u, lottery, order, block.home, block.ses, block.flags,
            block.school, choice.school, choice.cum, choice.far, room, wish, slot, rank, got, rows,
        )  # fmt: skip

    each(range(len(edges) - 1), one, world.threads)


def admission(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Admit grade 1, the pupils of teaching points that reach grade 4, and grade 7; count pupils and form classes.

    In the first year everyone has a school already: only those who moved this summer are counted elsewhere.
    """
    world.refresh_choice()
    if year > world.first_year:
        world.count_grades([g for g in range(9) if g not in (0, 6)])
        for grade, level in ((0, 0), (3, 2), (6, 1)):
            block = world.blocks[grade]
            applies = None
            if grade == 3:
                applies = (world.schools.kind == TEACHING_POINT)[block.school]
            admit(
                world,
                block,
                world.first_person[grade],
                world.choice[level],
                world.room(grade),
                streams.key(f"admit_{grade + 1}", year),
                applies,
            )
        world.count_grades([0, 3, 6])
    else:
        world.count_grades()
    world.form_classes(effects.class_cap)
