"""Phase 3: admission to grade 1 and grade 7 by family choice, zone, residence permit and lottery, within places.

Round 1: every family applies where it chose. A school with more applicants than places takes its zone's children first
(就近入学), then other residents, then migrants, by lottery inside each class. Round 2: the refused apply to their zone
school under the same order. Round 3: the rest take the candidate with most room; with no room anywhere the zone school
must take them and is short of seats: compulsory schooling cannot refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from sim.columns import Array
from sim.compile import beside, each, kernel, together
from sim.effects import Effects
from sim.expected import INTAKES, expect_intake, expect_moves
from sim.persons import Run
from sim.phases.choice import SLOTS, Choice, pick
from sim.phases.lottery import grant
from sim.streams import Streams, fill_uniform_of
from sim.tables import BOARDING, MIGRANT, OUT, TEACHING_POINT, Students
from sim.world import World


@kernel
def order_by_county(home, county, n_counties, order, start):
    """Counting sort: list children by county of their home, in the order they come.

    Neighbours live in the same county nearly always, so a county's number is kept at hand until the next county comes.
    """
    count = np.zeros(n_counties + 1, np.int64)
    here, n = 0, 0
    for i in range(home.size):
        c = int(county[home[i]])
        if c != here:
            count[here + 1] += n
            here, n = c, 0
        n += 1
    count[here + 1] += n
    for c in range(n_counties):
        count[c + 1] += count[c]
    start[:] = count
    here, n = 0, count[0]
    for i in range(home.size):
        c = int(county[home[i]])
        if c != here:
            count[here] = n
            here, n = c, count[c]
        order[n] = i
        n += 1


@kernel
def _apply(u, order, home, ses, flags, cand, cum, low, slot, count):
    """Let every family of a county apply where it chooses: its slot; count by school.

    A child out of school is on the roll of the zone school, should it come back, and takes no place.
    """
    tables, schools = cum.reshape(-1), cand.reshape(-1)
    for j in range(order.size):
        i = np.uint32(order[j])
        k = pick(u[i], home[i], ses[i], tables)
        slot[j] = np.int8(0) if flags[i] & np.uint8(OUT) else k
    for j in range(order.size):  # apart: numbers that wait for each other, between those that do not
        i = np.uint32(order[j])
        goal = schools[np.uint32(home[i]) * np.uint32(SLOTS) + np.uint32(slot[j])]
        count[np.uint32(goal - low)] += flags[i] & np.uint8(OUT) == 0


@kernel
def _enter_or_wait(order, home, flags, school, slot, cand, far, low, fits, who, same):
    """Write down everybody at the school of their wish; list those it has no room for, and whether they were there before.

    No branch: who has to wait cannot be predicted. Returns the number of those who wait.
    """
    schools, beds = cand.reshape(-1), far.reshape(-1)
    left = np.uint32(0)
    for j in range(order.size):
        i = np.uint32(order[j])
        at, f = np.uint32(home[i]) * np.uint32(SLOTS) + np.uint32(slot[j]), flags[i]
        goal, is_out = schools[at], f & np.uint8(OUT) != 0
        who[left], same[left] = j, school[i] == goal
        left += np.uint32(not (is_out or fits[np.uint32(goal - low)]))
        school[i] = goal
        flags[i] = f if is_out else (f & np.uint8(255 - BOARDING)) | np.uint8(BOARDING) * np.uint8(beds[at])
    return left


@kernel
def _claim(order, home, flags, lottery, slot, cand, who, same, wish, rank):
    """Fill the school and the rank of those who wait: zone before other resident before migrant, then lottery."""
    for m in range(who.size):
        j = np.uint32(who[m])
        i = np.uint32(order[j])
        zone = slot[j] == 0 or same[m]  # a nine-year school's own pupils are its zone
        wish[m] = cand[home[i], slot[j]]
        rank[m] = lottery[i] + np.float32(0.0 if zone else (2.0 if flags[i] & np.uint8(MIGRANT) else 1.0))


@kernel
def _round_two(order, home, lottery, slot, cand, low, count, got, who, wish, rank):
    """Let the refused apply to their zone school, if that is not where they were; return their number."""
    refused = 0
    count[:] = 0
    for m in range(wish.size):
        if got[m]:
            continue
        j = who[m]
        i = order[j]
        zone = cand[home[i], 0]
        who[refused], rank[refused] = i, lottery[i]
        wish[refused] = zone if slot[j] != 0 else -1
        count[zone - low] += slot[j] != 0
        refused += 1
    return refused


@kernel
def admit_county(
    u, lottery, order, home, ses, flags, school, cand, cum, far, room, low, end, slot, who, wish, rank, got, rows
):  # fmt: skip
    """Admit the children `order` of one county to its schools low..end-1.

    u, lottery: (n,) keyed uniforms by row; slot to rows: scratch as long as `order`.
    """
    count = np.zeros(end - low, np.int64)
    _apply(u, order, home, ses, flags, cand, cum, low, slot, count)
    fits = count <= room[low:end]
    for s in range(count.size):
        if fits[s]:
            room[low + s] -= count[s]
            count[s] = 0
    left = _enter_or_wait(order, home, flags, school, slot, cand, far, low, fits, who, got)
    _claim(order, home, flags, lottery, slot, cand, who[:left], got, wish, rank)
    grant(wish[:left], rank, room, low, count, got, rows)
    left = _round_two(order, home, lottery, slot, cand, low, count, got, who, wish[:left], rank)
    grant(wish[:left], rank, room, low, count, got, rows)
    for j in range(left):
        i, k = who[j], 0
        if not got[j]:
            for other in range(1, SLOTS):
                if room[cand[home[i], other]] > max(room[cand[home[i], k]], 0):
                    k = other
            room[cand[home[i], k]] -= 1
        _enter(i, school, flags, cand[home[i], k], far[home[i], k])


@kernel
def admit_counties(
    low, high, start, schools, u, lottery, order, home, ses, flags, school, cand, cum, far, room, slot, who, wish, rank, got,
    rows,
):  # fmt: skip
    """Admit the children of counties low..high-1. start: (C + 1,) borders in `order`; schools: (C + 1,) rows of schools."""
    for c in range(low, high):
        a, b = start[c], start[c + 1]
        admit_county(
            u, lottery, order[a:b], home, ses, flags, school, cand, cum, far, room, schools[c], schools[c + 1], slot[a:b],
            who[a:b], wish[a:b], rank[a:b], got[a:b], rows[a:b],
        )  # fmt: skip


@kernel
def _enter(i, school, flags, goal, boards):
    school[i] = goal
    flags[i] = (flags[i] & np.uint8(255 - BOARDING)) | np.uint8(BOARDING if boards else 0)


@dataclass
class Queue:
    """A cohort that waits for admission: its children by county of home, their draws, and room to work in."""

    block: Students
    start: Array  # (C + 1,) borders of the counties in `order`
    u: Array  # (n,) by row: the family's choice
    lottery: Array
    order: Array  # rows of the applicants
    scratch: list[Array]


def line_up(world: World, grade: int, key: tuple, only: Array | None = None) -> Queue:
    """Return the queue of a grade (0-8). only: (S,) bool of the schools whose pupils apply, default every child does."""
    block = world.blocks[grade]
    return line_up_block(world, block, world.runs(grade, 0, len(block)), key, only)


def line_up_block(world: World, block: Students, pieces: Iterable[Run], key: tuple, only: Array | None = None) -> Queue:
    """Return the queue of a cohort that may not be in the world yet; pieces: who stands where, see `World.runs`."""
    home, counties, n = block.home, len(world.counties), len(block)
    rows = None if only is None else np.flatnonzero(only[block.school])
    if rows is not None:
        home = home[rows]
    order, start = np.empty(len(home), np.int32), np.empty(counties + 1, np.int64)
    order_by_county(home, world.places.county, counties, order, start)
    if rows is not None:
        order = rows[order].astype(np.int32)
    u, lottery = np.empty(n, np.float32), np.empty(n, np.float32)
    for a, b, who in pieces:
        fill_uniform_of(*key, who, 0, u[a:b], lottery[a:b])
    scratch = (np.int8, np.int32, np.int32, np.float32, np.bool_, np.int32)
    return Queue(block, start, u, lottery, order, [np.empty(len(order), kind) for kind in scratch])


def line_up_early(world: World, streams: Streams, year: int) -> None:
    """Begin the queues of grades 1 and 7, where there is a thread for it: homes are settled, counties plan on one thread."""
    if world.threads > 1:
        begin = beside("lines").submit
        world.lines = {g: begin(line_up, world, g, streams.key(f"admit_{g + 1}", year)) for g in (0, 6)}


def admit(world: World, intakes: Sequence[tuple[Queue, Choice, Array]], threads: int) -> None:
    """Admit cohorts, each a queue, the choice of its level and (S,) int64 free places in rows of children, counted down.

    None sees what the others take.
    """
    pieces = 4 * threads if threads > 1 else 1
    edges = np.arange(pieces + 1) * len(world.counties) // pieces

    def one(task: int) -> None:
        (q, c, room), part = intakes[task // pieces], task % pieces
        b = q.block
        admit_counties(
            edges[part], edges[part + 1], q.start, world.county_start, q.u, q.lottery, q.order, b.home, b.ses, b.flags,
            b.school, c.school, c.cum, c.far, room, *q.scratch,
        )  # fmt: skip

    each(range(len(intakes) * pieces), one, threads)


def admission(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Admit grade 1, the pupils of teaching points that reach grade 4, and grade 7; count pupils and form classes.

    In the first year everyone has a school already: only those who moved this summer are counted elsewhere.
    """
    if year == world.first_year:
        world.refresh_choice()
        expect_moves(world, year)
        world.count_grades()
    else:
        points = world.schools.kind == TEACHING_POINT
        queues: dict[int, Queue] = {}

        def wait(grade: int) -> None:
            early, key = world.lines.pop(grade, None), streams.key(f"admit_{grade + 1}", year)
            if early is None or early.cancel():  # not begun in time
                queues[grade] = line_up(world, grade, key, points if grade == 3 else None)
            else:
                queues[grade] = early.result()

        count, finish = world.counting([g for g in range(9) if g not in (0, 6)])
        lines = [partial(wait, grade) for grade, _ in INTAKES]
        together([*lines, *world.choosing(), *count], world.threads)
        expect_moves(world, year)
        finish()
        rooms = {grade: world.room(grade) for grade, _ in INTAKES}
        expect_intake(world, year, rooms)
        admit(world, [(queues[grade], world.choice[level], rooms[grade]) for grade, level in INTAKES], world.threads)
        world.count_grades([0, 6, 3])
    world.form_classes(effects.class_cap)
