"""Phase 1: cohorts age, families move, parents leave and return.

Promotion moves no data: the list of blocks is a ring. Migration follows the measured drift to towns and seats
(城镇化); a family that moves takes a school at its new home without queueing, as the law of compulsory education asks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compile import each, kernel
from sim.counting import list_marked
from sim.cuts import cuts
from sim.effects import Effects
from sim.people import new_cohort
from sim.phases.admission import line_up_early
from sim.phases.choice import pick
from sim.streams import Streams, fill_uniform_of, person_of, to_uniform, words
from sim.tables import BOARDING, BOTH_AWAY, MIGRANT, ONE_AWAY, OUT
from sim.world import World

CHUNK = 2048


@kernel
def _redraw_and_mark(u, v, place, f, rate, refresh, both, one, hit):
    """Redraw whether parents are away, where the number v says so; mark the children whose family moves.

    No branch and no gather: whose state is redrawn and who moves cannot be predicted. Limits by place type (0 urban, 1 town,
    2 village) stand in single numbers, so that many children are looked at at once.
    """
    kept = np.uint8(255 - BOTH_AWAY - ONE_AWAY)
    some_0, some_1, some_2 = both[0], both[1], both[2]
    more_0, more_1, more_2 = both[0] + one[0], both[1] + one[1], both[2] + one[2]
    rate_0, rate_1, rate_2 = rate[0], rate[1], rate[2]
    for j in range(f.size):
        k, w, now = place[j], v[j] / refresh, f[j]
        some = some_0 if k == 0 else (some_1 if k == 1 else some_2)
        more = more_0 if k == 0 else (more_1 if k == 1 else more_2)
        here = rate_0 if k == 0 else (rate_1 if k == 1 else rate_2)
        state = np.uint8(BOTH_AWAY) if w < some else (np.uint8(ONE_AWAY) if w < more else np.uint8(0))
        f[j] = (now & kept) | state if v[j] < refresh else now
        hit[j] = np.uint8((u[j] < here) & (now & np.uint8(OUT) == 0))


@kernel
def destination(w, p, kind, county, to_town, to_seat, town_of, seat_cum, seat_start, seat_end, far_cum):
    """Return the new home of a family that moves, and its county: the nearest town, the seat, or another county's seat."""
    k, c = kind[p], county[p]
    if w < to_town[k]:
        return town_of[p], c
    if w < to_town[k] + to_seat[k]:
        return _seat((w - to_town[k]) / to_seat[k], c, seat_cum, seat_start, seat_end), c
    w = (w - to_town[k] - to_seat[k]) / (np.float32(1.0) - to_town[k] - to_seat[k])
    goal = min(np.searchsorted(far_cum, w, side="right"), far_cum.size - 1)
    low = far_cum[goal - 1] if goal > 0 else np.float32(0.0)
    return _seat((w - low) / (far_cum[goal] - low), goal, seat_cum, seat_start, seat_end), goal


@kernel
def move_families(
    key, high, who, home, flags, kind, county, rate, to_town, to_seat, town_of, seat_cum, seat_start, seat_end,
    far_cum, refresh, both, one, movers,
):  # fmt: skip
    """Move families and redraw whether parents are away; return the number of children that moved.

    One word decides the move and, rescaled, where to. The other word decides whether the parents' state is redrawn from
    its stationary shares by place type: spells then last 1 / refresh years on average and shares stay at the published
    level.
    """
    one_word, two_word = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32)
    places, hits, found = np.empty(CHUNK, np.int8), np.empty(CHUNK, np.uint8), np.empty(CHUNK + 1, np.int32)
    moved = 0
    for start in range(0, home.size, CHUNK):
        end = min(start + CHUNK, home.size)
        h, f = home[start:end], flags[start:end]
        u, v, place, hit = one_word[: h.size], two_word[: h.size], places[: h.size], hits[: h.size]
        fill_uniform_of(key, high, who, start, u, v)
        for j in range(h.size):
            place[j] = kind[np.uint32(h[j])]  # unsigned: no negative index to look for
        _redraw_and_mark(u, v, place, f, rate, refresh, both, one, hit)
        for m in range(list_marked(hit, found)):
            j = found[m]
            p = h[j]
            goal, c = destination(
                u[j] / rate[kind[p]],
                p,
                kind,
                county,
                to_town,
                to_seat,
                town_of,
                seat_cum,
                seat_start,
                seat_end,
                far_cum,
            )
            h[j] = goal
            if c != county[p]:
                f[j] |= np.uint8(MIGRANT)
            movers[moved] = start + j
            moved += 1
    return moved


@kernel
def _seat(w, c, seat_cum, seat_start, seat_end):
    """Return a quarter of county c's seat, by its share of the seat's children."""
    p = seat_start[c]
    while p < seat_end[c] - 1 and w >= seat_cum[p]:
        p += 1
    return p


@kernel
def place_movers(key, high, who, movers, home, ses, flags, school, cand, cum, far):
    """Give each child that moved a school at its new home, by the family's choice."""
    tables = cum.reshape(-1)
    for j in range(movers.size):
        i = movers[j]
        word, _ = words(key, high, person_of(who, i))
        slot = pick(to_uniform(word), home[i], ses[i], tables)
        school[i] = cand[home[i], slot]
        board = np.uint8(BOARDING if far[home[i], slot] else 0)
        flags[i] = (flags[i] & np.uint8(255 - BOARDING)) | board


@kernel
def follow_successors(school, successor):
    """Send children of closed schools to the school that took over."""
    for i in range(school.size):
        if school[i] >= 0:
            school[i] = successor[school[i]]


def drift_arguments(world: World) -> tuple[Any, ...]:
    """Return the migration and parents' arguments of `move_families` in its order."""
    d, f = world.region.drift, np.float32
    rate = np.array([0.0, d.town_seat + d.town_other, d.village_town + d.village_seat + d.village_other])
    safe = np.where(rate > 0, rate, 1.0)
    to_town = np.array([0.0, 0.0, d.village_town]) / safe
    to_seat = np.array([0.0, d.town_seat, d.village_seat]) / safe
    places = (world.town_of, world.seat_cum.astype(f), world.seat_start, world.seat_end)
    away = (f(world.params.parents_refresh), world.region.both_away.astype(f), world.region.one_away.astype(f))
    return (rate.astype(f), to_town.astype(f), to_seat.astype(f), *places, np.cumsum(d.attraction).astype(f), *away)


def promote(world: World, year: int) -> None:
    """Graduate grade 9, move every cohort up a grade, put the entrants of the year into grade 1."""
    made = new_cohort(world, year, world.threads) if world.ahead is None else world.ahead.cohort.result()
    world.blocks = [made[0], *world.blocks[:8]]
    world.first_person = [made[1], *world.first_person[:8]]
    world.persons = [made[2], *world.persons[:8]]


def households(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Promote cohorts, admit new births to the rolls (not yet to a school), move families, redraw parents' absence."""
    if year > world.first_year:
        promote(world, year)
    drift = drift_arguments(world)
    move_key, choice_key = streams.key("family", year), streams.key("transfer", year)

    tasks = cuts(world.blocks)

    def one(k: int) -> None:
        grade, first, end, _ = tasks[k]
        block, choice = world.blocks[grade], world.choice[world.choice_of(grade)]
        for a, b, who in world.runs(grade, first, end):
            home, flags = block.home[a:b], block.flags[a:b]
            movers = np.empty(b - a, np.int32)
            found = move_families(*move_key, who, home, flags, world.places.kind, world.places.county, *drift, movers)
            if grade not in (0, 6):  # grades 1 and 7 are admitted in the next phase anyway
                place_movers(
                    *choice_key, who, movers[:found], home, block.ses[a:b], flags, block.school[a:b], choice.school, choice.cum,
                    choice.far,
                )  # fmt: skip

    each(range(len(tasks)), one, world.threads)
    if year > world.first_year:
        line_up_early(world, streams, year)
