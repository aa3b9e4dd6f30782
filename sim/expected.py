"""Expected pupils of the counties that are not run child by child: cohorts, moves and the families' choice, within places.

Families choose with the probabilities of the ordinary rule, and schools let in as in admission: the zone's children first, then
the others; who is refused goes to the zone school, then to the candidate with most room, and if there is none to the zone
school. Pupils stay at their school; what moves is what the yearly drift moves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.columns import Array
from sim.compile import kernel
from sim.outside import Outside
from sim.people import ability_by_place, children_by_place
from sim.phases.choice import SLOTS, TIER_EDGE, TIERS
from sim.phases.stay_or_leave import out_share
from sim.streams import to_normal
from sim.tables import TEACHING_POINT
from sim.world import World

POINTS = 64  # of the distribution of family background
INTAKES = ((0, 0), (6, 1), (3, 2))  # grade (0-8) and level of `choice`, as in admission
MOVING = (1, 2, 4, 5, 7, 8)  # grades that only change by moves


def stand_in(world: World, counties: Array) -> Outside:
    """Return what stands for the counties outside a (C,) mask, without pupils yet."""
    s, places = world.schools, world.places
    tiers, able = np.empty((len(places), TIERS)), np.empty((len(places), TIERS))
    year = world.first_year
    base = ability_by_place(world, children_by_place(world.region, places, year, year, world.entry_variant))
    slope = world.align["ses_slope"]
    background_thirds(world.ses_mean.astype(np.float32), np.float32(world.ses_sd), base, slope, tiers, able)
    nobody = np.zeros((3, 9, len(s)))
    return Outside(
        counties, counties[s.county], counties[places.county], tiers, able, *nobody, np.zeros((3, 2 * len(s)))
    )


@kernel
def background_thirds(mean, sd, base, slope, tiers, able):
    """Fill (P, TIERS) shares of each place's children by third of family background, and their mean ability."""
    step = np.uint64(1 << 32) // np.uint64(POINTS)
    for p in range(mean.size):
        tiers[p, :], able[p, :] = 0.0, 0.0
        for k in range(POINTS):
            z = mean[p] + sd * to_normal(np.uint64(k) * step + step // np.uint64(2))
            tier = int(z >= -TIER_EDGE) + int(z >= TIER_EDGE)
            tiers[p, tier] += 1.0 / POINTS
            able[p, tier] += z / POINTS
        for tier in range(TIERS):
            able[p, tier] = base[p] + slope * (able[p, tier] / max(tiers[p, tier], 1e-9))


def children_outside(world: World, entered: int, year: int) -> Array:
    """Return (P,) children in school of a cohort after the moves of a school year."""
    start, out = world.first_year, out_share(world.params)
    seen = out[start - entered] if entered < start else 0.0  # cohorts of the start were made for pupils in school
    here = children_by_place(world.region, world.places, entered, year + 1, world.entry_variant)
    return here * ((1.0 - out[year - entered]) / (1.0 - seen))


def expect_moves(world: World, year: int) -> None:
    """Move the pupils outside up a grade, but in the first year, and let those who move change school."""
    known = world.outside
    if known is None:
        return
    later = int(year > world.first_year)
    pupils, boarders, ability = np.zeros((3, 9, len(world.schools)))
    outside = ~known.schools
    for grade in range(later, 9):
        old = grade - later
        before = world.schools.grade_pupils[:, old] * outside  # schools that closed have handed theirs on
        share = known.boarders[old] / np.maximum(known.pupils[old], 1e-9)
        pupils[grade], boarders[grade], ability[grade] = before, before * share, known.ability[old]
        if grade in MOVING or not later:
            entered = year - grade
            last = children_outside(world, entered, year - 1) if later else _made(world, entered)
            change = children_outside(world, entered, year) - last
            c = world.choice[world.choice_of(grade)]
            move_outside(change, known.tiers, known.places, c.school, c.cum, c.far, pupils[grade], boarders[grade])
    world.outside = replace(known, pupils=pupils, boarders=boarders, ability=ability)


def _made(world: World, entered: int) -> Array:
    year = world.first_year
    return children_by_place(world.region, world.places, entered, year, world.entry_variant)


def expect_intake(world: World, year: int, rooms: dict[int, Array]) -> None:
    """Admit the expected entrants outside to grades 1 and 7, and to grade 4 from teaching points. rooms: (S,) by grade (0-8)."""
    known = world.outside
    if known is None:
        return
    s, points = world.schools, world.schools.kind == TEACHING_POINT
    for grade, level in INTAKES:
        into = (known.pupils[grade], known.boarders[grade], known.ability[grade])
        if grade == 3:  # the pupils of a teaching point live around it
            leaving = np.where(points & ~known.schools, into[0], 0.0)
            children = np.bincount(s.place, leaving, minlength=len(world.places))
            for array in into[:2]:
                array[points] = 0.0
        else:
            children = children_outside(world, year - grade, year)
            for array in into:
                array[:] = 0.0
        room = np.array(rooms[grade] * world.weight, np.float64)
        c = world.choice[level]
        where = (known.places, c.school, c.cum, c.far)
        admit_expected(children, known.tiers, known.able, *where, room, *into)
        luck = world.streams.normal(f"expected intake {grade + 1}", year, np.arange(len(s)))
        scatter(luck, room, world.weight, known.schools, *into[:2])


@kernel
def scatter(luck, room, weight, inside, pupils, boarders):
    """Let intakes outside vary as counts of families do that choose by themselves, where places are left over.

    luck: (S,) standard normals; room: (S,) places left; weight: children that one row is
    """
    for s in range(pupils.size):
        if not inside[s] and room[s] > 0.0 and pupils[s] > 0.0:
            now = max(pupils[s] + np.sqrt(pupils[s] * weight) * np.float64(luck[s]), 0.0)
            boarders[s] *= now / pupils[s]
            pupils[s] = now


@kernel
def slot_share(tiers, cum, p, k):
    """Return the share of a place's children that choose a slot."""
    share = 0.0
    for tier in range(TIERS):
        share += tiers[p, tier] * (cum[p, tier, k] - (cum[p, tier, k - 1] if k > 0 else np.float32(0.0)))
    return share


@kernel
def move_outside(change, tiers, inside, school, cum, far, pupils, boarders):
    """Add the change of children (P,) to the schools of the places outside, as families choose; none falls below 0."""
    for p in range(inside.size):
        if inside[p]:
            continue
        for k in range(SLOTS):
            s, more = school[p, k], slot_share(tiers, cum, p, k) * change[p]
            more = max(more, -pupils[s])
            pupils[s] += more
            boarders[s] = max(boarders[s] + more, 0.0) if far[p, k] else min(boarders[s], pupils[s])


@kernel
def admit_expected(children, tiers, able, inside, school, cum, far, room, pupils, boarders, ability):
    """Do the work of `admit_outside`, in the three rounds of admission; room (S,) is counted down."""
    n = inside.size
    zone, other, again = np.zeros(room.size), np.zeros(room.size), np.zeros(room.size)
    for p in range(n):
        if not inside[p]:
            for k in range(SLOTS):
                wish = children[p] * slot_share(tiers, cum, p, k)
                if k == 0:
                    zone[school[p, k]] += wish
                else:
                    other[school[p, k]] += wish
    let, let_other = np.ones(room.size), np.ones(room.size)
    for s in range(room.size):
        free = max(room[s], 0.0)
        let[s] = min(1.0, free / zone[s]) if zone[s] > 0 else 1.0
        free -= zone[s] * let[s]
        let_other[s] = min(1.0, free / other[s]) if other[s] > 0 else 1.0
        room[s] = free - other[s] * let_other[s]
    left = np.zeros(n)  # refused by the zone school in either round
    for p in range(n):
        if not inside[p]:
            for k in range(1, SLOTS):
                again[school[p, 0]] += children[p] * slot_share(tiers, cum, p, k) * (1.0 - let_other[school[p, k]])
    for p in range(n):
        if inside[p]:
            continue
        z, refused = school[p, 0], 0.0
        for k in range(SLOTS):
            wish = children[p] * slot_share(tiers, cum, p, k)
            s = school[p, k]
            taken = wish * (let[s] if k == 0 else let_other[s])
            if k == 0:
                left[p] += wish - taken
            else:
                refused += wish - taken
            _take(taken, p, k, s, tiers, cum, able, far, pupils, boarders, ability)
        part = min(1.0, room[z] / again[z]) if again[z] > 0 else 1.0
        _take(refused * part, p, 0, z, tiers, cum, able, far, pupils, boarders, ability)
        left[p] += refused * (1.0 - part)
    for s in range(room.size):
        room[s] = max(room[s] - again[s], 0.0)
    for p in range(n):
        for _ in range(SLOTS):
            if left[p] <= 1e-9:
                break
            best = 0
            for k in range(1, SLOTS):
                if room[school[p, k]] > room[school[p, best]]:
                    best = k
            s = school[p, best]
            some = min(left[p], room[s])
            if some <= 0.0:
                break
            room[s] -= some
            left[p] -= some
            _take(some, p, best, s, tiers, cum, able, far, pupils, boarders, ability)
        _take(left[p], p, 0, school[p, 0], tiers, cum, able, far, pupils, boarders, ability)


@kernel
def _take(number, p, k, s, tiers, cum, able, far, pupils, boarders, ability):
    """Let a number of a place's children into a school that was, or would have been, slot k."""
    if number <= 0.0:
        return
    total, share = 0.0, 0.0
    for tier in range(TIERS):
        part = tiers[p, tier] * (cum[p, tier, k] - (cum[p, tier, k - 1] if k > 0 else np.float32(0.0)))
        total += part * able[p, tier]
        share += part
    mean = total / share if share > 0 else able[p, 1]
    ability[s] = (ability[s] * pupils[s] + mean * number) / (pupils[s] + number)
    pupils[s] += number
    boarders[s] += number if far[p, k] else 0.0
