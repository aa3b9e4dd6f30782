"""Phases 5, 6 and 7 in plain loops: equipment, learning, staying or leaving."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.effects import Effects
from sim.tables import PHYSICAL
from tests.reference.agents import Child, County, School
from tests.reference.county_plan import target_stocks, uneven

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

FIFTH = 0.8416212  # of a standard normal
MOVABLE = (2, 3)  # equipment, multimedia sets
SPARE = 1.2  # more than this multiple of the target is spare
LOWEST = -2.0  # scores and backgrounds below count as this in the hazard


def equip(model: ReferenceModel, effects: Effects, year: int) -> None:
    """Let stocks wear out, move what is spare, add what was bought, charge what policies cost."""
    r, target = model.region, target_stocks(model)
    wear = [r.depreciation[name].value for name in PHYSICAL]
    for s in model.schools:
        for k in range(4):
            needed = min(SPARE * target[s][k] / max(s.stock[k], 1e-9), 1.0)
            s.stock[k] *= 1.0 - wear[k] * (1.0 - model.params.upkeep * needed)
    for county in model.counties:
        for k in MOVABLE:
            lend_on(model, county, k, target)
    for s in model.schools:
        for k, name in enumerate(PHYSICAL):
            s.stock[k] += s.spend[k] / r.prices[name].value
    for county in model.counties:
        for cost in effects.costs:
            model.pay(cost.item, cost.payer, county, float(cost.yuan[county.row]))
        for item, posts in effects.salary_items:
            model.pay(item, "county", county, float(posts[county.row].sum()) * r.prices["teacher_year"].value)


def lend_on(model: ReferenceModel, county: County, k: int, target: dict[School, list[float]]) -> None:
    """Move a share of what is spare of a stock to schools that lack it; where the county evens out, the rest is scrapped."""
    level = SPARE if uneven(model, county, k) else 1.0
    share = model.params.equipment_moved
    spare = {s: share * max(s.stock[k] - SPARE * target[s][k], 0.0) for s in county.schools}
    lack = {s: max(level * target[s][k] - s.stock[k], 0.0) for s in county.schools}
    offered, wanted = sum(spare.values()), sum(lack.values())
    moved = min(offered, wanted)
    for s in county.schools:
        s.stock[k] -= spare[s] * (1.0 if uneven(model, county, k) else moved / max(offered, 1e-9))
        s.stock[k] += lack[s] * (moved / max(wanted, 1e-9))


def teach(model: ReferenceModel, effects: Effects, year: int) -> None:
    """Teach every child a year, take the sums, let families hear of it."""
    given = school_parts(model, effects)
    for grade, children in enumerate(model.grades):
        t = 0 if grade < 6 else 1
        total, count = dict.fromkeys(model.schools, 0.0), dict.fromkeys(model.schools, 0)
        for child in children:
            if not child.out:
                assert child.school is not None
                total[child.school] += child.score
                count[child.school] += 1
        gift = {}
        for s in model.schools:
            size = s.grade_pupils[grade] / max(s.classes[grade], 1.0)
            gift[s] = given[s][t] + model.params.effect_class_size * max(size - 40.0, 0.0)
            gift[s] += model.align["intercept"] + model.params.effect_peers * total[s] / max(count[s], 1)
        for child in children:
            assert child.school is not None
            learn(model, child, gift[child.school], year)
            if not child.out:
                count_child(model, grade, child)
    hear(model)


def school_parts(model: ReferenceModel, effects: Effects) -> dict[School, list[float]]:
    """Return what teachers, head, resources and policies give each stage of each school."""
    total, number = teaching(model)
    mean = sum(total.values()) / max(sum(number.values()), 1.0)
    parts: dict[School, list[float]] = {}
    for s in model.schools:
        parts[s] = []
        for stage in range(2):
            n = number[s, stage]
            part = (total[s, stage] / n if n > 0 else mean) + s.leadership
            part += model.params.effect_resources * (resource_level(model, s, stage) - 1.0)
            part += 0.0 if effects.score_shift is None else float(effects.score_shift[s.row, stage])
            parts[s].append(part)
    return parts


def teaching(model: ReferenceModel) -> tuple[dict[tuple[School, int], float], dict[tuple[School, int], float]]:
    """Return the teachers' effects summed by school and stage, and their number."""
    p = model.params
    total = {(s, stage): 0.0 for s in model.schools for stage in range(2)}
    number = dict(total)
    for t in model.teachers:
        assert t.school is not None
        effect = t.value_added + p.experience_5 * min(t.experience, 5) / 5
        effect += p.experience_15 * min(max(t.experience - 5, 0), 10) / 10
        effect += p.effect_new_here if t.years_here == 0 else 0.0
        total[t.school, t.stage] += t.weight * effect
        number[t.school, t.stage] += t.weight
    return total, number


def resource_level(model: ReferenceModel, school: School, stage: int) -> float:
    """Return the mean of value over norm, capped at 1, over the seven indicators at the last inspection."""
    value, norm = model.inspection.value[school.row, stage], model.inspection.standards.threshold[stage]
    level = sum(min(float(v) / float(n), 1.0) for v, n in zip(value, norm, strict=True)) / len(norm)
    return 1.0 if math.isnan(value[0]) else level


def learn(model: ReferenceModel, child: Child, gift: float, year: int) -> None:
    """Move one child's knowledge forward a year; a child out of school learns nothing there."""
    p = model.params
    away = p.effect_both_away * child.both_away + p.effect_one_away * child.one_away
    shock, _ = model.luck.normal_uniform("learning", year, child.person)
    child.knowledge = p.rho * child.knowledge + (0.0 if child.out else gift) + (1 - p.rho) * away + p.noise_sd * shock


def count_child(model: ReferenceModel, grade: int, child: Child) -> None:
    """Add a child in school to the year's sums."""
    assert child.school is not None
    y, at, x, z = model.tally, (grade, child.school.row), child.score, child.ses
    for name, value in (("n", 1.0), ("score", x), ("score2", x * x), ("ses", z), ("ses2", z * z), ("ses_score", z * x)):
        getattr(y, name)[at] += value
    groups = {"left": child.both_away, "migrant": child.migrant, "poor": child.poor, "boarding": child.boarding}
    groups |= {"top": z > FIFTH, "bottom": z < -FIFTH}
    for name, inside in groups.items():
        if inside:
            getattr(y, f"n_{name}")[at] += 1.0
            getattr(y, f"score_{name}")[at] += x


def hear(model: ReferenceModel) -> None:
    """Let families' view of a school move towards its mean score."""
    keep = model.params.reputation_memory
    for s in model.schools:
        for stage, grades in enumerate((range(6), range(6, 9))):
            n = sum(model.tally.n[g, s.row] for g in grades)
            if n > 0:
                mean = sum(model.tally.score[g, s.row] for g in grades) / n
                s.reputation[stage] = keep * s.reputation[stage] + (1 - keep) * mean


def stay_or_leave(model: ReferenceModel, effects: Effects, year: int) -> None:
    """Let children drop out and come back; charge student aid for the children expected to get it."""
    p, aid, y = model.params, effects.aid, model.tally
    for grade, children in enumerate(model.grades):
        base = p.dropout_primary if grade < 6 else p.dropout_junior
        for child in children:
            s = child.school
            assert s is not None
            u, v = model.luck.pair("stay", year, child.person)
            if child.out:
                child.out = not u < p.dropout_return
                (y.out if child.out else y.returned)[grade, s.row] += 1.0
                continue
            aided = aid is not None and v < (aid.coverage if child.poor else aid.leakage)
            hazard = base * math.exp(
                -p.dropout_by_score * max(child.score, LOWEST) - p.dropout_by_ses * max(child.ses, LOWEST)
            )
            if aided:
                assert aid is not None
                hazard *= aid.hazard_ratio
            if u < hazard:
                child.out = True
                y.dropped[grade, s.row] += 1.0
                y.out[grade, s.row] += 1.0
    if aid is not None:
        for s in model.schools:
            for grade in range(9):
                poor, others = y.n_poor[grade, s.row], y.n[grade, s.row] - y.n_poor[grade, s.row]
                yuan = aid.primary_yuan if grade < 6 else aid.junior_yuan
                reached = aid.coverage * poor + aid.leakage * others
                model.pay(aid.item, "centre", s.county, model.weight * reached * yuan)
