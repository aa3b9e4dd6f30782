"""Phase 4: teachers come back from rotation, age, retire, leave, move up, are deployed, recruited, lent and exchanged.

Posts (编制) are finite: what one school gains another gives up. Rows of `teachers` stay where they are during the phase and
change their section; hires are collected and the table is rebuilt, sorted by section, at the end.
"""

from __future__ import annotations

import numpy as np

from sim.columns import Array
from sim.compile import kernel
from sim.effects import Effects, Outside
from sim.phases.exchange import count_due, exchange, title_norm
from sim.phases.titles import place_titles
from sim.streams import Streams
from sim.tables import DIRECTED, OUTSIDE, PERMANENT, SPECIAL_POST, Teachers
from sim.world import World

CONTRACT = np.array([0, 3, 6, 0])  # years bound to the post by kind: special post (特岗) 3, directed (定向) 6
GONE = -1  # section of a teacher who leaves this year
NEW_AGE = 22


@kernel
def leave(section, age, kind, experience, place_type, hazard, u, retire_age, move_share, v, wants):
    """Mark who goes: section GONE = out of service; wants True = would move to a better place if a post is free.

    Who is bound by a special post or a directed place stays until the contract has run.
    """
    for i in range(section.size):
        if kind[i] == OUTSIDE:
            section[i] = GONE  # a year's team goes home; the next one is sent below
        elif age[i] >= retire_age:
            section[i] = GONE
        elif experience[i] >= CONTRACT[kind[i]] and u[i] < hazard[section[i] >> 1]:
            if place_type[section[i] >> 1] > 0 and v[i] < move_share:
                wants[i] = True
            else:
                section[i] = GONE


@kernel
def move_up(section, wants, weight, years_here, home, county, place_type, start, vacancy, left):
    """Move those who want to a free post of their stage in the county seat, else (from a village) in a town."""
    for i in range(section.size):
        if not wants[i] or section[i] < 0 or home[i] >= 0:
            continue
        s, stage = section[i] >> 1, section[i] & 1
        c, goal = county[s], -1
        for wanted in range(place_type[s]):
            for other in range(start[c], start[c + 1]):
                if place_type[other] == wanted and vacancy[2 * other + stage] >= weight[i]:
                    goal = 2 * other + stage
                    break
            if goal >= 0:
                break
        if goal >= 0:
            vacancy[section[i]] += weight[i]
            left[section[i]] += weight[i]
            vacancy[goal] -= weight[i]
            section[i] = goal
            years_here[i] = 0


@kernel
def deploy(section, weight, years_here, home, rows, county, start, is_open, successor, vacancy, left):
    """Move the newest teachers of sections above their posts to the county's emptiest section of the stage (县管校聘).

    Teachers of a closed school go to its successor when no post is free.
    """
    for sec in range(rows.size - 1):
        closed = not is_open[sec >> 1]
        if vacancy[sec] > -0.5 and not closed:
            continue
        stage, c = sec & 1, county[sec >> 1]
        while True:
            who = -1
            for i in range(rows[sec], rows[sec + 1]):
                if section[i] == sec and (closed or home[i] < 0) and (who < 0 or years_here[i] < years_here[who]):
                    who = i
            if who < 0 or (not closed and vacancy[sec] > -0.5 * weight[who]):
                break
            goal = -1
            for other in range(start[c], start[c + 1]):
                o = 2 * other + stage
                if o != sec and vacancy[o] >= 0.5 * weight[who] and (goal < 0 or vacancy[o] > vacancy[goal]):
                    goal = o
            if goal < 0:
                if not closed:
                    break
                goal = 2 * successor[sec >> 1] + stage
            section[who] = goal
            years_here[who] = 0
            vacancy[sec] += weight[who]
            left[sec] += weight[who]
            vacancy[goal] -= weight[who]


@kernel
def recruit(county, start, place_type, is_open, posts, vacancy, row_weight, limit, out, number):
    """List the hires: section and running number within the section; urban posts are the most wanted, villages come last."""
    n = 0
    for c in range(start.size - 1):
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
                    k = 0
                    while vacancy[sec] >= 0.5 * row_weight[sec] and money >= 0.5 * row_weight[sec] and n < out.size:
                        out[n] = sec
                        number[n] = k
                        vacancy[sec] -= row_weight[sec]
                        money -= row_weight[sec]
                        n += 1
                        k += 1
    return n


def person(year_index: int, section: Array, number: Array) -> Array:
    """Return teachers' ids: the year of entry (0 = at the start), the section and the running number: same in every arm."""
    return (
        (np.uint32(year_index) << np.uint32(27))
        + (section.astype(np.uint32) << np.uint32(11))
        + number.astype(np.uint32)
    ).astype(np.uint32)


def new_teachers(world: World, streams: Streams, year: int, section: Array, number: Array) -> Teachers:
    """Return hires with keyed attributes."""
    p, n = world.params, len(section)
    ids = person(year - world.first_year + 1, section, number)
    u, z = streams.uniform_normal("hire", year, ids)
    v, d = streams.pair("hire_subject", year, ids)
    school, stage = section >> 1, section & 1
    short = world.pe_art_short()[school, stage]
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
    want = (asked.teachers * world.schools.open[:, None]).ravel()  # asked before the county plan closed schools
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


def grow_older(world: World, year: int) -> None:
    """Bring back those whose time is over; add a year to ages and service; contracts that have run become permanent."""
    t = world.teachers
    back = (t.home_section >= 0) & (t.return_year <= year)
    home = t.home_section[back]
    t.section[back] = 2 * world.schools.successor[home >> 1] + (home & 1)
    t.years_here[back], t.home_section[back], t.return_year[back] = 0, -1, 0
    if year > world.first_year:
        t.age += 1
        t.experience += 1
        t.years_here += 1
        t.kind[(t.kind != OUTSIDE) & (t.experience >= CONTRACT[t.kind])] = PERMANENT
        t.rural_years += (world.schools.place_type[t.section >> 1] > 0).astype(np.int16)


def due_for_rotation(world: World) -> Array:
    """Return (2 S,) teachers of seat and town schools (城镇学校) who have served long enough to be due for rotation."""
    t, s = world.teachers, world.schools
    due, towns = np.zeros(2 * len(s)), np.repeat(s.place_type < 2, 2)
    years = world.params.rotation_due
    count_due(t.section, t.weight, t.kind, t.home_section, t.years_here, world.section_rows, towns, years, due)
    return due


def develop(world: World, streams: Streams, year: int) -> None:
    """Award backbone titles and degrees and retrain for PE and art by keyed draws.

    The county gives out titles and retraining: sections below the norm come first, more so where the county failed the
    indicator at the last inspection; sections that meet the norm get half the usual titles, fewer where others lack them.
    """
    p, t, c = world.params, world.teachers, world.schools.county
    u, v = streams.pair("develop", year, t.id)
    _, _, backbone, pe_art, _ = world.teacher_counts()
    norm = world.teacher_norms() * world.schools.pupils[:, :, None] / 100
    failed = world.memory[c, 1:3]  # share of sections that missed backbone, PE and art teachers at the last inspection
    urgent = 1.0 + p.attention * failed
    award = p.backbone_award * np.where(
        backbone < norm[:, :, 0], 3.0 * urgent[:, None, 0], 0.5 * (1.0 - failed[:, None, 0])
    )
    retrain = p.pe_art_retrain * np.where(pe_art < norm[:, :, 1], urgent[:, None, 1], 0.0)
    t.backbone |= (t.experience >= 8) & (u < award.ravel()[t.section])
    t.pe_art |= ~t.pe_art & (v < retrain.ravel()[t.section])
    t.degree |= u > 1.0 - p.degree_upgrade


def departures(world: World, effects: Effects, streams: Streams, year: int) -> tuple[Array, Array]:
    """Let teachers retire and leave; return who would move to a better place (n,) and who left by section (2 S,)."""
    p, s, t = world.params, world.schools, world.teachers
    base = np.array([p.teacher_leave_urban, p.teacher_leave_town, p.teacher_leave_village])[s.place_type]
    hazard = base if effects.leave_factor is None else base * effects.leave_factor
    u, v = streams.pair("teacher_leave", year, t.id)
    wants, before = np.zeros(len(t), np.bool_), t.section.copy()
    leave(t.section, t.age, t.kind, t.experience, s.place_type, hazard, u, p.retire_age, p.teacher_move_share, v, wants)
    gone = (t.section == GONE) & (t.kind != OUTSIDE)
    return wants, np.bincount(before[gone], t.weight[gone], minlength=2 * len(s))


def redeploy(world: World, wants: Array, streams: Streams, year: int, left: Array) -> Array:
    """Move teachers to better places, from surplus to need, and where titles lack; return free posts by section (2 S,)."""
    s, t = world.schools, world.teachers
    here = (t.section >= 0) & (t.kind != OUTSIDE)
    vacancy = s.posts.ravel() - np.bincount(t.section[here], t.weight[here], minlength=2 * len(s))
    start = world.county_start
    move_up(
        t.section, wants, t.weight, t.years_here, t.home_section, s.county, s.place_type, start, vacancy, left
    )  # fmt: skip
    deploy(
        t.section, t.weight, t.years_here, t.home_section, world.section_rows, s.county, start, s.open, s.successor, vacancy,
        left,
    )  # fmt: skip
    place_titles(world, streams, year, left)
    return vacancy


def hire(world: World, vacancy: Array, streams: Streams, year: int) -> Teachers:
    """Fill free posts within the year's limit and return the hires."""
    s, limit = world.schools, world.params.recruit_limit
    most = int(np.ceil(np.maximum(vacancy, 0).sum() / world.row_weight.min())) + len(vacancy)
    out, number = np.empty(most, np.int64), np.empty(most, np.int64)
    n = recruit(
        s.county, world.county_start, s.place_type, s.open, s.posts.ravel(), vacancy, world.row_weight, limit, out, number
    )  # fmt: skip
    return new_teachers(world, streams, year, out[:n], number[:n])


def staff(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Run the teachers' year and rebuild their table."""
    grow_older(world, year)
    wants, left = departures(world, effects, streams, year)
    vacancy = redeploy(world, wants, streams, year, left)
    hires = hire(world, vacancy, streams, year)
    flows = world.flows
    flows.eligible[:] = due_for_rotation(world).reshape(-1, 2)
    if effects.exchanges:
        luck = streams.pair("exchange_who", year, world.teachers.id)
        lack = title_norm(world) - world.teacher_counts()[2].ravel()
        for request in effects.exchanges:
            exchange(world, request, streams, year, luck, lack)
    teams = [sent_teachers(world, asked, streams, year, k) for k, asked in enumerate(effects.outside)]
    world.rebuild_teachers(world.teachers, [hires, *teams])
    develop(world, streams, year)
    flows.left[:] = left.reshape(-1, 2)
    flows.hired[:] = np.bincount(hires.section, hires.weight, minlength=len(left)).reshape(-1, 2)
    flows.present[:] = world.teacher_count()
    flows.vacant[:] = np.maximum(world.schools.posts - flows.present, 0.0)
