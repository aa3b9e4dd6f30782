"""Phase 4 in plain loops: teachers return, age, retire, leave, move up, are deployed, recruited, lent and exchanged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.effects import Effects, Outside
from sim.evaluation import load_standards
from sim.tables import DIRECTED, OUTSIDE, PERMANENT, SPECIAL_POST
from tests.reference.agents import TOWN, URBAN, VILLAGE, County, School, Teacher
from tests.reference.exchange import BACKBONE, PE_ART, count, exchange
from tests.reference.titles import place_titles

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

Free = dict[tuple[School, int], float]  # posts not filled by school and stage; below zero: a surplus
NEW_AGE = 22
CONTRACT = {PERMANENT: 0, SPECIAL_POST: 3, DIRECTED: 6}  # years bound to the post
f32 = np.float32


def staff(model: ReferenceModel, effects: Effects, year: int) -> None:
    """Run the teachers' year."""
    flows = model.flows
    grow_older(model, year)
    wish_to_move = leave(model, effects, year)
    vacancy: Free = {(s, t): s.posts[t] for s in model.schools for t in range(2)}
    filled: Free = dict.fromkeys(vacancy, 0.0)
    for teacher in model.teachers:
        if teacher.school is not None and teacher.kind != OUTSIDE:
            filled[teacher.school, teacher.stage] += teacher.weight
    for key in vacancy:
        vacancy[key] -= filled[key]
    for teacher in wish_to_move:
        move_up(model, teacher, vacancy)
    for school in model.schools:
        for stage in range(2):
            deploy(model, school, stage, vacancy)
    place_titles(model, year)
    hires = [t for county in model.counties for stage in range(2) for t in recruit(model, county, stage, vacancy, year)]
    for t in model.teachers:
        old_enough = t.years_here >= model.params.rotation_due and t.home is None and t.kind != OUTSIDE
        if t.school is not None and old_enough and t.school.place_type in (URBAN, TOWN):
            flows.eligible[t.school.row, t.stage] += t.weight
    for request in effects.exchanges:
        exchange(model, request, year)
    teams = [t for k, asked in enumerate(effects.outside) for t in send_team(model, asked, k, year)]
    model.sort_teachers([*hires, *teams])
    develop(model, year)
    for t in hires:
        assert t.school is not None
        flows.hired[t.school.row, t.stage] += t.weight
    for s in model.schools:
        for stage in range(2):
            flows.present[s.row, stage] = model.present(s, stage)
            flows.vacant[s.row, stage] = max(s.posts[stage] - model.present(s, stage), 0.0)


def grow_older(model: ReferenceModel, year: int) -> None:
    """Bring back those whose time away is over; add a year to everybody."""
    for t in model.teachers:
        assert t.school is not None
        if t.home is not None and t.return_year <= year:
            t.school, t.home, t.return_year, t.years_here = t.home.successor, None, 0, 0
        if year > model.first_year:
            t.age += 1
            t.experience += 1
            t.years_here += 1
            if t.kind != OUTSIDE and t.experience >= CONTRACT[t.kind]:
                t.kind = PERMANENT
            t.rural_years += t.school.place_type in (TOWN, VILLAGE)


def leave(model: ReferenceModel, effects: Effects, year: int) -> list[Teacher]:
    """Let teachers retire or leave; return those who stay for now but want a post at a better place."""
    p, wish = model.params, []
    hazard = (p.teacher_leave_urban, p.teacher_leave_town, p.teacher_leave_village)
    for t in model.teachers:
        school = t.school
        assert school is not None
        factor = 1.0 if effects.leave_factor is None else float(effects.leave_factor[school.row])
        u, v = model.luck.pair("teacher_leave", year, t.person)
        if t.kind == OUTSIDE:
            t.school = None  # a year's team goes home
        elif t.age >= p.retire_age:
            gone(model, t)
        elif t.experience >= CONTRACT[t.kind] and u < hazard[school.place_type] * factor:
            if school.place_type != URBAN and v < p.teacher_move_share:
                wish.append(t)
            else:
                gone(model, t)
    return wish


def gone(model: ReferenceModel, t: Teacher) -> None:
    """Take a teacher out of service."""
    left_school(model, t)
    t.school = None


def left_school(model: ReferenceModel, t: Teacher) -> None:
    """Count a teacher who leaves a school for good."""
    assert t.school is not None
    model.flows.left[t.school.row, t.stage] += t.weight


def change_post(model: ReferenceModel, t: Teacher, goal: School, vacancy: Free) -> None:
    """Move a teacher to another school's post of the same stage."""
    assert t.school is not None
    left_school(model, t)
    vacancy[t.school, t.stage] += t.weight
    vacancy[goal, t.stage] -= t.weight
    t.school, t.years_here = goal, 0


def move_up(model: ReferenceModel, t: Teacher, vacancy: Free) -> None:
    """Move a teacher to the first free post in the county seat, else, from a village, in a town."""
    if t.home is not None or t.school is None:
        return
    for better in range(t.school.place_type):
        for school in t.school.county.schools:
            if school.place_type == better and vacancy[school, t.stage] >= t.weight:
                change_post(model, t, school, vacancy)
                return


def deploy(model: ReferenceModel, school: School, stage: int, vacancy: Free) -> None:
    """Move the newest teachers of a section above its posts to the county's emptiest section of the stage."""
    closed = not school.open
    while closed or vacancy[school, stage] <= -0.5:
        here = [t for t in school.staff[stage] if t.school is school and (closed or t.home is None)]
        if not here:
            return
        newest = min(here, key=lambda t: t.years_here)  # the first of equals
        if not closed and vacancy[school, stage] > -0.5 * newest.weight:
            return
        half = 0.5 * newest.weight
        others = [s for s in school.county.schools if s is not school and vacancy[s, stage] >= half]
        if not others and not closed:
            return
        goal = max(others, key=lambda s: vacancy[s, stage]) if others else school.successor
        change_post(model, newest, goal, vacancy)


def recruit(model: ReferenceModel, county: County, stage: int, vacancy: Free, year: int) -> list[Teacher]:
    """Hire for one stage within the county's limit: seats first, towns next, villages last."""
    free = sum(vacancy[s, stage] for s in county.schools)
    money = min(model.params.recruit_limit * sum(s.posts[stage] for s in county.schools), free)
    hires = []
    for place_type in (URBAN, TOWN, VILLAGE):
        for s in county.schools:
            if s.place_type != place_type or not s.open:
                continue
            number, one = 0, s.row_weight[stage]
            while vacancy[s, stage] >= 0.5 * one and money >= 0.5 * one:
                hires.append(hire(model, s, stage, number, year))
                vacancy[s, stage] -= one
                money -= one
                number += 1
    return hires


def person(model: ReferenceModel, year: int, school: School, stage: int, number: int) -> int:
    """Return a teacher's number: year of entry, section and running number."""
    return ((year - model.first_year + 1) << 27) + (school.section(stage) << 11) + number


def hire(model: ReferenceModel, school: School, stage: int, number: int, year: int) -> Teacher:
    """Return a new teacher."""
    p, who = model.params, person(model, year, school, stage, number)
    u, z = model.luck.uniform_normal("hire", year, who)
    v, d = model.luck.pair("hire_subject", year, who)
    t = Teacher(model, who, school, stage)
    t.weight = float(f32(school.row_weight[stage]))
    t.value_added = p.teacher_va_sd * z
    t.age = NEW_AGE + math.floor(f32(u) * f32(5))
    t.degree = bool(d < f32(p.recruit_degree))
    t.pe_art = v < (p.recruit_pe_art if short_of(model, school, stage, PE_ART, "pe_art") else 0.1)
    directed = model.luck.uniform("hire_kind", year, who) < f32(p.recruit_directed) and school.place_type != URBAN
    t.kind = DIRECTED if directed else SPECIAL_POST if school.place_type == VILLAGE else PERMANENT
    return t


def short_of(model: ReferenceModel, school: School, stage: int, indicator: int, title: str) -> bool:
    """Return whether a section has fewer teachers with a title than the official norm asks for its pupils."""
    norm = float(load_standards().threshold[stage, indicator])
    return 100 * count(model, school, stage, title) < norm * school.pupils[stage]


def send_team(model: ReferenceModel, asked: Outside, which: int, year: int) -> list[Teacher]:
    """Return this year's team from outside; fractions of a teacher by a keyed draw; charge its cost."""
    team = []
    for school in model.schools:
        for stage in range(2):
            want = float(asked.teachers[school.row, stage])
            if want <= 0 or not school.open:
                continue
            u = model.luck.uniform(f"outside {asked.item}", year, school.section(stage))
            for number in range(math.floor(want / school.row_weight[stage] + u)):
                who = person(model, year, school, stage, number + 1024 + 256 * which)
                v, z = model.luck.uniform_normal("outside_person", year, who)
                t = Teacher(model, who, school, stage)
                t.weight = float(f32(school.row_weight[stage]))
                t.value_added = model.params.teacher_va_sd * z
                t.age, t.experience, t.degree, t.kind = 38, 14, True, OUTSIDE
                t.backbone = bool(v < f32(asked.backbone_share))
                team.append(t)
                model.pay(asked.item, "province", school.county, t.weight * asked.yuan_per_teacher)
    return team


def develop(model: ReferenceModel, year: int) -> None:
    """Award backbone titles and degrees, retrain for PE and art: sections below the norm come first."""
    p, chance = model.params, {}
    for s in model.schools:
        urgent = [1.0 + p.attention * s.county.memory[k] for k in (BACKBONE, PE_ART)]
        for stage in range(2):
            award = (
                3.0 * urgent[0]
                if short_of(model, s, stage, BACKBONE, "backbone")
                else 0.5 * (1.0 - s.county.memory[BACKBONE])
            )
            retrain = urgent[1] if short_of(model, s, stage, PE_ART, "pe_art") else 0.0
            chance[s, stage] = (p.backbone_award * award, p.pe_art_retrain * retrain)
    for t in model.teachers:
        u, v = model.luck.pair("develop", year, t.person)
        assert t.school is not None
        award, retrain = chance[t.school, t.stage]
        t.backbone = t.backbone or (t.experience >= 8 and u < award)
        t.pe_art = t.pe_art or v < retrain
        t.degree = t.degree or bool(u > f32(1.0 - p.degree_upgrade))
