"""Phase 4: teachers come back from rotation, age, retire, leave, move up, are deployed, recruited, lent and exchanged.

Posts (编制) are finite: what one school gains another gives up. Rows of `teachers` stay where they are during the phase and
change their section; hires are collected and the table is rebuilt, sorted by section, at the end. No teacher leaves the
county, so each thread takes whole counties through the phase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.columns import Array
from sim.compile import each, kernel
from sim.effects import Effects, Outside
from sim.parts import Part
from sim.phases.careers import come_back, depart, develop, grow_older, take_stock
from sim.phases.deploy import deploy, move_up
from sim.phases.exchange import Swaps, count_due, exchange, settle
from sim.phases.titles import place_titles
from sim.streams import Streams
from sim.tables import DIRECTED, OUTSIDE, PERMANENT, SPECIAL_POST, Teachers
from sim.world import World

NEW_AGE = 22


@kernel
def recruit(start, county, county_end, place_type, is_open, posts, vacancy, row_weight, limit, hired):
    """Count the hires of each section, in rows; urban posts are the most wanted, villages come last."""
    for c in range(county, county_end):
        for stage in range(2):
            total, free = 0.0, 0.0
            for s in range(start[c], start[c + 1]):
                total += posts[2 * s + stage]
                free += vacancy[2 * s + stage]  # surplus elsewhere in the county counts against it
            money = min(limit * total, free)
            for kind in range(3):
                for s in range(start[c], start[c + 1]):
                    sec = 2 * s + stage
                    if place_type[s] != kind or not is_open[s]:
                        continue
                    while vacancy[sec] >= 0.5 * row_weight[sec] and money >= 0.5 * row_weight[sec]:
                        vacancy[sec] -= row_weight[sec]
                        money -= row_weight[sec]
                        hired[sec] += 1


def person(year_index: int, section: Array, number: Array) -> Array:
    """Return teachers' ids: the year of entry (0 = at the start), the section and the running number: same in every arm."""
    return (
        (np.uint32(year_index) << np.uint32(27))
        + (section.astype(np.uint32) << np.uint32(11))
        + number.astype(np.uint32)
    ).astype(np.uint32)


def new_teachers(world: World, hired: Array, pe_art: Array, streams: Streams, year: int) -> Teachers:
    """Return hires with keyed attributes. hired: (2 S,) rows; pe_art: (2 S,) PE and art teachers present."""
    p, section = world.params, np.repeat(np.arange(len(hired)), hired)
    n = len(section)
    number = np.arange(n) - np.repeat(np.cumsum(hired) - hired, hired)
    ids = person(year - world.first_year + 1, section, number)
    u, z = streams.uniform_normal("hire", year, ids)
    v, d = streams.pair("hire_subject", year, ids)
    school, stage = section >> 1, section & 1
    short = 100 * pe_art[section] < world.teacher_norms()[stage, 1] * world.schools.pupils[school, stage]
    t = Teachers.empty(n)
    t.id, t.section, t.weight = ids, section.astype(np.int32), world.row_weight[section].astype(np.float32)
    t.value_added = (p.teacher_va_sd * z).astype(np.float32)
    t.age = (NEW_AGE + np.floor(u * 5)).astype(np.int16)
    t.degree = d < p.recruit_degree
    t.pe_art = v < np.where(short, p.recruit_pe_art, 0.1)
    where = world.schools.place_type[school]
    directed = (streams.uniform("hire_kind", year, ids) < p.recruit_directed) & (where > 0)
    t.kind = np.where(directed, DIRECTED, np.where(where == 2, SPECIAL_POST, PERMANENT)).astype(np.int8)
    t.home_section[:] = -1
    return t


def sent_teachers(world: World, asked: Outside, streams: Streams, year: int, which: int) -> Teachers:
    """Return this year's team from outside (组团式, 援疆): whole teachers, fractions by a keyed draw; charge their cost."""
    here = world.schools.open if world.outside is None else world.schools.open & world.outside.schools
    want = (asked.teachers * here[:, None]).ravel()  # asked before the county plan closed schools
    sections = np.flatnonzero(want > 0)
    u = streams.uniform(f"outside {asked.item}", year, sections)
    weight = world.row_weight[sections]
    count = np.floor(want[sections] / weight + u).astype(np.int64)
    section = np.repeat(sections, count)
    number = np.arange(len(section)) - np.repeat(np.cumsum(count) - count, count) + 1024 + 256 * which
    ids = person(year - world.first_year + 1, section, number)
    v, z = streams.uniform_normal("outside_person", year, ids)
    t = Teachers.empty(len(section))
    t.id, t.section, t.weight = ids, section.astype(np.int32), world.row_weight[section].astype(np.float32)
    t.value_added = (world.params.teacher_va_sd * z).astype(np.float32)
    t.age[:], t.experience[:] = 38, 14
    t.degree[:] = True
    t.backbone = v < asked.backbone_share
    t.kind[:] = OUTSIDE
    t.home_section[:] = -1
    cost = np.bincount(section >> 1, t.weight * asked.yuan_per_teacher, minlength=len(world.schools))
    world.ledger.add(asked.item, "province", world.by_county(cost))
    return t


def _parts(world: World) -> list[Part]:
    """Return parts of the region that fit the cache of a processor, and some for each thread."""
    return world.county_parts(least=2 * world.threads if world.threads > 1 else 1)


@dataclass
class Moves:
    """What one year's work on teachers fills in, part by part. Arrays by section: (2 S,)."""

    left: Array  # teachers who left a school for good
    stay: Array  # own teachers in service before anybody moves
    vacancy: Array  # free posts, below zero: a surplus
    hired: Array  # rows
    due: Array  # teachers due for rotation
    held: Array  # (2, 2 S) backbone teachers, PE and art teachers, kept up to date
    lack: Array  # backbone teachers missing to the official norm, kept up to date
    ready: Array  # (n,) by row of teachers: see `take_stock`
    swaps: list[Swaps]

    @classmethod
    def empty(cls, world: World, effects: Effects) -> Moves:
        """Return a year in which nothing has happened yet."""
        n = 2 * len(world.schools)
        left, stay, vacancy, due, lack = np.zeros((5, n))
        ready, swaps = np.empty(len(world.teachers), np.int16), [Swaps.of(asked, n) for asked in effects.exchanges]
        return cls(left, stay, vacancy, np.zeros(n, np.int64), due, np.zeros((2, n)), lack, ready, swaps)


def age_and_leave(world: World, part: Part, hazard: Array, moves: Moves, streams: Streams, year: int) -> Array:
    """Bring home and age the teachers of a part and let them retire and leave; return the rows that would move."""
    p, s, t = world.params, world.schools, world.teachers
    a, b = part.row, part.row_end
    come_back(t.section, t.years_here, t.home_section, t.return_year, s.successor, year, a, b)
    if year > world.first_year:
        grow_older(t.section, t.kind, t.age, t.experience, t.years_here, t.rural_years, s.place_type, a, b)
    u, v = streams.pair("teacher_leave", year, t.id[a:b])
    return depart(
        t.section, t.weight, t.age, t.kind, t.experience, s.place_type, hazard, u, v, p.retire_age, p.teacher_move_share, a,
        moves.left, moves.stay,
    )  # fmt: skip


def redeploy(world: World, part: Part, moving: Array, moves: Moves, streams: Streams, year: int) -> None:
    """Move a part's teachers to better places, from surplus to need, and where titles lack; count the hires."""
    p, s, t, first, last = world.params, world.schools, world.teachers, part.section, part.section_end
    start, rows, posts, left, held = world.county_start, world.section_rows, s.posts.ravel(), moves.left, moves.held
    vacancy = moves.vacancy
    vacancy[first:last] = posts[first:last] - moves.stay[first:last]
    move_up(moving, t.section, t.weight, t.years_here, t.home_section, s.county, s.place_type, start, vacancy, left)
    deploy(
        t.section, t.weight, t.years_here, t.home_section, rows, start, part.county, part.county_end, s.open, s.successor, vacancy,
        left,
    )  # fmt: skip
    take_stock(
        t.section, t.weight, t.years_here, t.home_section, t.backbone, t.pe_art, rows, first, last, moves.ready, held
    )  # fmt: skip
    traits = (("backbone", t.backbone, t.pe_art), ("pe_art", t.pe_art, t.backbone))
    for k, (name, title, other) in enumerate(traits):
        place_titles(
            t.section, t.weight, t.years_here, moves.ready, title, other, rows, start, part.county, part.county_end,
            world.teacher_norms()[:, k], s.pupils, world.deploy_speed(), *streams.key(f"place_{name}", year), held[k],
            held[1 - k], left,
        )  # fmt: skip
    recruit(
        start, part.county, part.county_end, s.place_type, s.open, posts, vacancy, world.row_weight, p.recruit_limit, moves.hired
    )  # fmt: skip


def move_teachers(world: World, effects: Effects, streams: Streams, year: int) -> Moves:
    """Take the teachers of every county through the year, up to the exchanges; their rows stay where they are."""
    p, s, t = world.params, world.schools, world.teachers
    base = np.array([p.teacher_leave_urban, p.teacher_leave_town, p.teacher_leave_village])[s.place_type]
    hazard = base if effects.leave_factor is None else base * effects.leave_factor
    moves, parts = Moves.empty(world, effects), _parts(world)
    norm = (world.teacher_norms()[:, 0] * s.pupils / 100).ravel()

    def one(k: int) -> None:
        part = parts[k]
        moving = age_and_leave(world, part, hazard, moves, streams, year)
        redeploy(world, part, moving, moves, streams, year)
        first, last = part.section, part.section_end
        count_due(t.weight, moves.ready, world.section_rows, s.place_type, p.rotation_due, first, last, moves.due)
        moves.lack[first:last] = norm[first:last] - moves.held[0, first:last]
        if moves.swaps:
            exchange(world, moves.swaps, streams, year, part, moves.ready, norm, moves.lack)

    each(range(len(parts)), one, world.threads)
    return moves


def award_titles(world: World, streams: Streams, year: int) -> Array:
    """Award titles and degrees and retrain; return the teachers present by section (2 S,)."""
    p, s, t = world.params, world.schools, world.teachers
    parts, present, norm = _parts(world), np.zeros(2 * len(s)), np.ascontiguousarray(world.teacher_norms())
    upgrade = np.float32(1.0 - p.degree_upgrade)

    def one(k: int) -> None:
        part = parts[k]
        u, v = streams.pair("develop", year, t.id[part.row : part.row_end])
        develop(
            t.weight, t.experience, t.degree, t.backbone, t.pe_art, u, v, world.section_rows, part.section, part.section_end,
            s.pupils, norm, world.memory, s.county, p.backbone_award, p.pe_art_retrain, p.attention, upgrade, present,
        )  # fmt: skip

    each(range(len(parts)), one, world.threads)
    return present


def staff(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Run the teachers' year and rebuild their table."""
    world.counted = None
    moves, flows = move_teachers(world, effects, streams, year), world.flows
    for request in moves.swaps:
        settle(world, request)
    hires = new_teachers(world, moves.hired, moves.held[1], streams, year)
    teams = [sent_teachers(world, asked, streams, year, k) for k, asked in enumerate(effects.outside)]
    world.rebuild_teachers(world.teachers, [hires, *teams], _parts(world))
    flows.present[:] = award_titles(world, streams, year).reshape(-1, 2)
    flows.eligible[:] = moves.due.reshape(-1, 2)
    flows.left[:] = moves.left.reshape(-1, 2)
    flows.hired[:] = np.bincount(hires.section, hires.weight, minlength=len(moves.left)).reshape(-1, 2)
    flows.vacant[:] = np.maximum(world.schools.posts - flows.present, 0.0)
    world.counted = None
