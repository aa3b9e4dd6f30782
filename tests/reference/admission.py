"""Phase 3 in plain loops: three rounds of admission by choice, zone, permit and lottery; counting; classes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.effects import Effects
from sim.tables import TEACHING_POINT
from tests.reference.agents import Child, School
from tests.reference.choice import SLOTS, chosen_slot, refresh_choice

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

STAGE_GRADES = (range(6), range(6, 9))


def admission(model: ReferenceModel, effects: Effects, year: int) -> None:
    """Admit grade 1, teaching-point pupils that reach grade 4, and grade 7; count pupils, form classes."""
    refresh_choice(model)
    if year > model.first_year:
        count_pupils(model, [g for g in range(9) if g not in (0, 6)])
        for grade, level in ((0, 0), (3, 2), (6, 1)):
            applicants = model.grades[grade]
            if grade == 3:
                applicants = [c for c in applicants if c.school is not None and c.school.kind == TEACHING_POINT]
            room = {s: rooms(model, s, grade) for s in model.schools}
            for county in model.counties:
                own = [child for child in applicants if child.home.county is county]
                admit(model, own, level, room, f"admit_{grade + 1}", year)
        count_pupils(model, [0, 3, 6])
    else:
        count_pupils(model, list(range(9)))
    form_classes(model, effects)


def count_pupils(model: ReferenceModel, grades: list[int]) -> None:
    """Count the children in school of some grades and bring the schools' pupils up to date."""
    for grade in grades:
        for school in model.schools:
            school.grade_pupils[grade] = 0.0
        rows = dict.fromkeys(model.schools, 0)
        for child in model.grades[grade]:
            if not child.out:
                assert child.school is not None
                rows[child.school] += 1
        for school in model.schools:
            school.grade_pupils[grade] = rows[school] * model.weight
    for school in model.schools:
        school.pupils = [sum(school.grade_pupils[g] for g in STAGE_GRADES[t]) for t in range(2)]


def rooms(model: ReferenceModel, school: School, grade: int) -> int:
    """Return how many rows of children a school can still take into grade 1, 4 or 7."""
    stage = 1 if grade == 6 else 0
    others = {0: range(1, 6), 3: range(6), 6: range(7, 9)}[grade]
    taken = sum(school.grade_pupils[g] for g in others)
    if stage == 0 and school.kind == TEACHING_POINT:
        taken -= school.grade_pupils[3]  # they leave in this admission
    free = school.seats[stage] - taken if school.open else 0.0
    return math.floor(max(free, 0.0) / model.weight)


def enter(child: Child, school: School, boards: bool) -> None:
    """Put a child at a school."""
    child.school, child.boarding = school, boards


def admit(
    model: ReferenceModel, children: list[Child], level: int, room: dict[School, int], decision: str, year: int
) -> None:
    """Admit the children of one county to a level; `room` is counted down."""
    slot, lottery, wishes = {}, {}, []
    for child in children:
        options = child.home.options[level]
        if child.out:
            child.school = options[0].school  # on the zone school's roll, takes no place
            continue
        u, lottery[child] = model.luck.pair(decision, year, child.person)
        slot[child] = k = chosen_slot(u, child.home.cumulated[level][child.third])
        zone = k == 0 or child.school is options[k].school  # a nine-year school's own pupils are its zone
        order = lottery[child] + (0.0 if zone else (2.0 if child.migrant else 1.0))
        wishes.append((child, options[k].school, order))
    got = grant(wishes, room)
    refused = []
    for child, school, _ in wishes:
        if child in got:
            enter(child, school, child.home.options[level][slot[child]].boards)
        else:
            refused.append(child)
    again = [(c, c.home.options[level][0].school, lottery[c]) for c in refused if slot[c] != 0]
    got = grant(again, room)
    for child in refused:
        options, k = child.home.options[level], 0
        if child not in got:
            for other in range(1, SLOTS):
                if room[options[other].school] > max(room[options[k].school], 0):
                    k = other
            room[options[k].school] -= 1
        enter(child, options[k].school, options[k].boards)


def grant(wishes: list[tuple[Child, School, float]], room: dict[School, int]) -> set[Child]:
    """Return who is admitted: all where there is room, else the first by order (single precision) and then person."""
    by_school: dict[School, list[tuple[Child, float]]] = {}
    for child, school, order in wishes:
        by_school.setdefault(school, []).append((child, float(np.float32(order))))
    admitted: set[Child] = set()
    for school, applicants in by_school.items():
        free = max(room[school], 0)
        if len(applicants) > free:
            applicants = sorted(applicants, key=lambda pair: (pair[1], pair[0].person))[:free]
        admitted.update(child for child, _ in applicants)
        room[school] -= len(applicants)
    return admitted


def form_classes(model: ReferenceModel, effects: Effects) -> None:
    """Form classes of the usual size, or of the policy's cap, as far as teachers allow."""
    p = model.params
    usual = (p.class_usual_primary, p.class_usual_junior)
    need = (p.teachers_per_class_primary, p.teachers_per_class_junior)
    for s in model.schools:
        for t in range(2):
            most = usual[t] if effects.class_cap is None else min(usual[t], float(effects.class_cap[s.row, t]))
            grades = list(STAGE_GRADES[t])
            want = {g: math.ceil(s.grade_pupils[g] / most) for g in grades}
            can = max(math.floor(model.present(s, t) / need[t]), sum(s.grade_pupils[g] > 0 for g in grades))
            stretch = max(sum(want.values()) / max(can, 1), 1.0)
            for g in grades:
                s.classes[g] = float(math.ceil(s.grade_pupils[g] / (most * stretch)) if stretch > 1 else want[g])
