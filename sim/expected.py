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
from sim.outside import Outside, Shared
from sim.people import ability_by_place, children_by_place
from sim.phases.choice import SLOTS, TIER_EDGE, TIERS
from sim.phases.stay_or_leave import out_share
from sim.streams import to_normal
from sim.tables import OUT, TEACHING_POINT
from sim.world import World

POINTS = 64  # of the distribution of family background
INTAKES = ((0, 0), (6, 1), (3, 2))  # grade (0-8) and level of `choice`, as in admission
MOVING = (1, 2, 4, 5, 7, 8)  # grades that only change by moves


def stand_in(world: World, counties: Array) -> Outside:
    """Return what stands for the counties outside a (C,) mask, without pupils yet."""
    s, places, year = world.schools, world.places, world.first_year
    tiers, able = np.empty((len(places), TIERS)), np.empty((len(places), TIERS))
    base = ability_by_place(world, children_by_place(world.region, places, year, year, world.entry_variant))
    slope = world.align["ses_slope"]
    background_thirds(world.ses_mean.astype(np.float32), np.float32(world.ses_sd), base, slope, tiers, able)
    return Outside(
        counties=counties,
        schools=counties[s.county],
        places=counties[places.county],
        tiers=tiers,
        able=able,
        wish=np.zeros((3, len(places), SLOTS)),
        wish_able=np.zeros((3, len(places), SLOTS)),
        pupils=np.zeros((9, len(s))),
        boarders=np.zeros((9, len(s))),
        ability=np.zeros((9, len(s))),
        shares=np.zeros((3, 2 * len(s))),
        in_school=np.ones(9),
        shared=Shared(),
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


def children_of(world: World, entered: int, year: int) -> Array:
    """Return (P,) children of a cohort, in school or not, after the moves of a school year."""
    assert world.outside is not None
    known = world.outside.shared.children
    if (entered, year) not in known:
        here = children_by_place(world.region, world.places, entered, year + 1, world.entry_variant)
        older = world.first_year - entered
        # cohorts of the start were made larger by those who are out of school: what is published counts pupils
        known[entered, year] = here / (1.0 - out_share(world.params)[older]) if older > 0 else here
    return known[entered, year]


def in_school(world: World) -> Array:
    """Return (9,) share of each grade's children who are in school, of those who are run one by one."""
    out = [np.count_nonzero(block.flags & OUT) / max(len(block), 1) for block in world.blocks]
    return 1.0 - np.array(out)


def expect_moves(world: World, year: int) -> None:
    """Move the pupils outside up a grade, but in the first year, and let those who move change school."""
    known = world.outside
    if known is None:
        return
    wish, able = np.zeros((2, *known.wish.shape))  # new ones: arms of one start share what stands for the others
    for level, c in enumerate(world.choice):
        wishes(known.tiers, known.able, known.places, c.cum, wish[level], able[level])
    later, stays = int(year > world.first_year), in_school(world)
    pupils, boarders, ability = np.zeros((3, 9, len(world.schools)))
    away = ~known.schools
    for grade in range(later, 9):
        old = grade - later
        before = world.schools.grade_pupils[:, old] * away  # schools that closed have handed theirs on
        share = known.boarders[old] / np.maximum(known.pupils[old], 1e-9)
        pupils[grade], boarders[grade], ability[grade] = before, before * share, known.ability[old]
        if grade in MOVING or not later:
            entered = year - grade
            change = stays[grade] * children_of(world, entered, year) - known.in_school[old] * children_of(
                world, entered, year - 1
            )
            level = world.choice_of(grade)
            c = world.choice[level]
            move_outside(change, wish[level], known.places, c.school, c.far, pupils[grade], boarders[grade])
    world.outside = replace(
        known, wish=wish, wish_able=able, pupils=pupils, boarders=boarders, ability=ability, in_school=stays
    )


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
            children = known.in_school[grade] * children_of(world, year - grade, year)
            for array in into:
                array[:] = 0.0
        room, c = rooms[grade] * world.weight, world.choice[level]
        wish, able = known.wish[level], known.wish_able[level]
        admit_expected(children, wish, able, known.places, c.school, c.far, room, *into)
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
def wishes(tiers, able, inside, cum, wish, wish_able):
    """Fill (P, SLOTS) shares of the children of places outside that choose each slot, and their mean ability."""
    for p in range(inside.size):
        if inside[p]:
            continue
        for k in range(SLOTS):
            share, total = 0.0, 0.0
            for tier in range(TIERS):
                before = cum[p, tier, k - 1] if k > 0 else np.float32(0.0)
                part = tiers[p, tier] * (cum[p, tier, k] - before)
                share += part
                total += part * able[p, tier]
            wish[p, k] = share
            wish_able[p, k] = total / share if share > 0.0 else able[p, 1]


@kernel
def move_outside(change, wish, inside, school, far, pupils, boarders):
    """Add the change of children (P,) to the schools of the places outside, as families choose; none falls below 0."""
    for p in range(inside.size):
        if inside[p]:
            continue
        for k in range(SLOTS):
            s = school[p, k]
            more = max(wish[p, k] * change[p], -pupils[s])
            pupils[s] += more
            boarders[s] = max(boarders[s] + more, 0.0) if far[p, k] else min(boarders[s], pupils[s])


@kernel
def admit_expected(children, wish, able, inside, school, far, room, pupils, boarders, ability):
    """Add children (P,) of the places outside to the schools that take them, in the three rounds of admission.

    wish, able: (P, SLOTS) from `wishes`; room: (S,) places, counted down; pupils, boarders, mean ability: (S,) added to
    """
    zone, other, again = np.zeros(room.size), np.zeros(room.size), np.zeros(room.size)
    for p in range(inside.size):
        if not inside[p]:
            zone[school[p, 0]] += children[p] * wish[p, 0]
            for k in range(1, SLOTS):
                other[school[p, k]] += children[p] * wish[p, k]
    let, let_other = np.ones(room.size), np.ones(room.size)
    for s in range(room.size):
        free = max(room[s], 0.0)
        let[s] = min(1.0, free / zone[s]) if zone[s] > 0 else 1.0
        free -= zone[s] * let[s]
        let_other[s] = min(1.0, free / other[s]) if other[s] > 0 else 1.0
        room[s] = free - other[s] * let_other[s]
    left, refused = np.zeros(inside.size), np.zeros(inside.size)
    for p in range(inside.size):
        if inside[p]:
            continue
        for k in range(SLOTS):
            s, asks = school[p, k], children[p] * wish[p, k]
            taken = asks * (let[s] if k == 0 else let_other[s])
            _take(taken, able[p, k], far[p, k], s, pupils, boarders, ability)
            if k == 0:
                left[p] = asks - taken  # has to look elsewhere
            else:
                refused[p] += asks - taken  # asks the zone school next
        again[school[p, 0]] += refused[p]
    for p in range(inside.size):
        if not inside[p] and refused[p] > 0.0:
            z = school[p, 0]
            taken = refused[p] * min(1.0, room[z] / again[z])
            _take(taken, able[p, 0], far[p, 0], z, pupils, boarders, ability)
            left[p] += refused[p] - taken
    for s in range(room.size):
        room[s] = max(room[s] - again[s], 0.0)
    _place_rest(left, able, inside, school, far, room, pupils, boarders, ability)


@kernel
def _place_rest(left, able, inside, school, far, room, pupils, boarders, ability):
    """Send who is left (P,) to the candidate with most room, while there is any, then to the zone school."""
    for p in range(inside.size):
        for _ in range(SLOTS if not inside[p] else 0):
            if left[p] <= 1e-9:
                break
            best = 0
            for k in range(1, SLOTS):
                if room[school[p, k]] > room[school[p, best]]:
                    best = k
            some = min(left[p], room[school[p, best]])
            if some <= 0.0:
                break
            room[school[p, best]] -= some
            left[p] -= some
            _take(some, able[p, best], far[p, best], school[p, best], pupils, boarders, ability)
        if left[p] > 0.0:
            _take(left[p], able[p, 0], far[p, 0], school[p, 0], pupils, boarders, ability)


@kernel
def _take(number, able, boards, s, pupils, boarders, ability):
    """Let a number of children of some mean ability into a school."""
    if number <= 0.0:
        return
    ability[s] = (ability[s] * pupils[s] + able * number) / (pupils[s] + number)
    pupils[s] += number
    boarders[s] += number if boards else 0.0
