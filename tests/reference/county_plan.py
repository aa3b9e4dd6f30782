"""Phase 2 in plain loops: every county forecasts, builds, merges, and splits posts and capital."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.effects import Effects
from sim.evaluation import load_standards
from sim.tables import PHYSICAL, PRIMARY, TEACHING_POINT
from tests.reference.agents import County, School

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

BIG_SCHOOL = 2000.0  # pupils
NEW_SCHOOL = (810.0, 450.0)  # places by stage
POINT_WEIGHT = 0.3
JUNIOR_WEIGHT = 1.1  # a junior pupil counts so much when a nine-year school's stocks are split
KEY_LEVEL = 1.5  # favour equips key schools up to this multiple of the target


def county_plan(model: ReferenceModel, effects: Effects, year: int) -> None:
    """Let every county decide."""
    deliver(model, year)
    for county in model.counties:
        apply_for_certification(model, county)
    expected, gap = forecast(model, year), gap_costs(model)
    ready, earmarked = budget(model, effects, gap)
    money = {c: extend(model, c, expected, ready[c], year) for c in model.counties}
    if merge(model):
        expected, gap = forecast(model, year), gap_costs(model)
    above = gap_costs(model, KEY_LEVEL)
    for county in model.counties:
        split_posts(model, county, effects, expected)
        gift = favour_keys(county, above, money[county])
        unused = split_capital(model, county, gap, gift, money[county] + earmarked[county])
        charge(model, county, effects, ready[county], earmarked[county], unused)


def norm(stage: int, stock: int) -> float:
    """Return the official norm of a physical stock per pupil of a stage."""
    standard = load_standards()
    return float(standard.threshold[stage, 3 + stock] / standard.per[3 + stock])


def deliver(model: ReferenceModel, year: int) -> None:
    """Open what was under construction, with its rooms, grounds and equipment."""
    for school in model.schools:
        school.stock[0] += sum(school.seats_coming[t] * norm(t, 0) for t in range(2))
        for t in range(2):
            school.seats[t] += school.seats_coming[t]
            school.seats_coming[t] = 0.0
        if 0 < school.opens <= year:
            school.open, school.opens = True, 0
            school.seats = list(NEW_SCHOOL)
            school.stock = [sum(NEW_SCHOOL[t] * norm(t, k) for t in range(2)) for k in range(4)]


def apply_for_certification(model: ReferenceModel, county: County) -> None:
    """Begin the run-up to the application once most sections passed, and keep to it until certified."""
    found = model.inspection
    share = sum(found.sections_passing[county.row]) / max(sum(found.sections_counted[county.row]), 1)
    keeps = model.luck.uniform("keep_effort", 0, county.row) < model.params.keep_effort
    county.applying = bool(county.applying or share >= model.params.apply_at) and (county.certified == 0 or keeps)


def deploy_speed(model: ReferenceModel, county: County) -> float:
    """Return the share of the way to a fair deployment of teachers that a county goes this year."""
    return 1.0 if county.applying else model.params.deploy_speed


def forecast(model: ReferenceModel, year: int) -> dict[School, list[float]]:
    """Return pupils expected next year by school and stage: the school's pupils times its county's growth."""
    ahead = 1 if year == model.first_year else 2  # the rolls known are this year's own in the first year
    coming = np.sum([model.region.entrants(year + 1 - k, model.entry_variant) for k in range(ahead)], axis=0)
    expected = {}
    for county in model.counties:
        rolls = [sum(s.grade_pupils[g] for s in county.schools) for g in range(9)]
        now = (sum(rolls[:6]), sum(rolls[6:]))
        soon = (coming[county.row] + sum(rolls[: 6 - ahead]), sum(rolls[6 - ahead : 9 - ahead]))
        growth = [soon[t] / max(now[t], 1.0) if now[t] > 0 else 1.0 for t in range(2)]
        for school in county.schools:
            expected[school] = [school.pupils[t] * growth[t] for t in range(2)]
    return expected


def target_stock(model: ReferenceModel, school: School, mean: list[float]) -> list[float]:
    """Return the stocks an open school should have: the norm, or a share of its county's mean where that is uneven."""
    weight, target = (1.0, JUNIOR_WEIGHT), []
    weighted = sum(school.pupils[t] * weight[t] for t in range(2))
    for k in range(4):
        per = max(norm(t, k) / weight[t] if school.pupils[t] > 0 else 0.0 for t in range(2))
        if uneven(model, school.county, k):
            per = max(per, model.params.cv_lift * mean[k])
        target.append(per * weighted if school.open else 0.0)
    return target


def uneven(model: ReferenceModel, county: County, stock: int) -> bool:
    """Return whether a county evens out a physical stock: its coefficient of variation failed, or it is applying."""
    return county.applying or not model.inspection.cv_met[county.row, :, 3 + stock].all()


def target_stocks(model: ReferenceModel) -> dict[School, list[float]]:
    """Return the stocks that every school should have."""
    found = {}
    for county in model.counties:
        mean = mean_stocks(county)
        found.update({s: target_stock(model, s, mean) for s in county.schools})
    return found


def gap_costs(model: ReferenceModel, level: float = 1.0) -> dict[School, list[float]]:
    """Return yuan by stock that every school lacks to a multiple of its target."""
    price = [model.region.prices[name].value for name in PHYSICAL]
    return {
        s: [max(level * target[k] - s.stock[k], 0.0) * price[k] for k in range(4)]
        for s, target in target_stocks(model).items()
    }


def mean_stocks(county: County) -> list[float]:
    """Return the county's stocks per weighted pupil."""
    weighted = sum(s.pupils[0] + s.pupils[1] * JUNIOR_WEIGHT for s in county.schools)
    return [sum(s.stock[k] for s in county.schools if s.open) / max(weighted, 1.0) for k in range(4)]


def budget(
    model: ReferenceModel, effects: Effects, gap: dict[School, list[float]]
) -> tuple[dict[County, float], dict[County, float]]:
    """Return own capital that each county can deliver this year, and what policies earmark for it."""
    r = model.region
    pupils = {c: sum(sum(s.pupils) for s in c.schools) for c in model.counties}
    need = {c: sum(sum(gap[s]) for s in c.schools) / max(pupils[c], 1.0) for c in model.counties}
    mean_need = max(sum(need.values()) / len(need), 1e-9)
    share = {c: pupils[c] * (0.5 * c.fiscal + 0.5 * min(need[c] / mean_need, 3.0)) for c in model.counties}
    total = r.education_spending * r.compulsory_share * r.capital_share
    ready, earmarked = {}, {}
    for c in model.counties:
        own = total * share[c] / sum(share.values())
        money = own + c.carry
        ready[c] = c.capacity * money
        c.carry = min(money - ready[c], own)
        earmarked[c] = sum(float(grant.yuan[c.row]) for grant in effects.capital)
    return ready, earmarked


def extend(
    model: ReferenceModel, county: County, expected: dict[School, list[float]], money: float, year: int
) -> float:
    """Start places where the forecast does not fit, a new school where big ones overflow; return what is left."""
    p, seat = model.params, model.region.prices["seat"].value
    short: dict[School, list[float]] = {}
    overflow = 0.0
    for s in county.schools:
        short[s] = [
            max(expected[s][t] * p.seat_slack - s.seats[t] - s.seats_coming[t], 0.0) if s.serves(t) else 0.0
            for t in range(2)
        ]
        if sum(s.pupils) >= BIG_SCHOOL:
            overflow += sum(short[s])
            short[s] = [0.0, 0.0]
    want = sum(sum(short[s]) for s in county.schools) * seat
    pay = min(want, p.build_share * money)
    if want > 0:
        for s in county.schools:
            for t in range(2):
                s.seats_coming[t] += math.floor(short[s][t] * (pay / max(want, 1e-9)))
    money -= pay
    spare = [s for s in county.schools if not s.open and s.opens == 0 and s.successor is s and sum(s.seats) == 0]
    cost = sum(NEW_SCHOOL) * seat
    if overflow >= 0.5 * sum(NEW_SCHOOL) and money >= cost and spare:
        spare[0].opens = year + 2
        money -= cost
    return money


def merge(model: ReferenceModel) -> bool:
    """Close points and primary schools with hardly a pupil where another near by has room; return whether any."""
    p = model.params
    pupils = {s: s.pupils[0] for s in model.schools}
    closed = []
    for s in model.schools:
        if not s.open or s.kind not in (TEACHING_POINT, PRIMARY) or s.key or pupils[s] >= p.merge_below:
            continue
        goal, nearest = None, p.merge_km
        for other in s.county.schools:
            fits = other.open and other.serves(0) and pupils[other] >= p.merge_below
            if other is s or not fits or pupils[other] + pupils[s] > other.seats[0]:
                continue
            km = float(np.sqrt((s.x - other.x) ** 2 + (s.y - other.y) ** 2))
            if km <= nearest:
                goal, nearest = other, km
        if goal is not None:
            s.open, s.successor = False, goal
            pupils[goal] += pupils[s]
            closed.append(s)
    if closed:
        for s in model.schools:
            while s.successor.successor is not s.successor:
                s.successor = s.successor.successor
        move_everything(model, closed)
    return bool(closed)


def move_everything(model: ReferenceModel, closed: list[School]) -> None:
    """Hand the children of closed schools to their successors; their places and posts end."""
    for s in closed:
        for t in range(2):
            s.successor.pupils[t] += s.pupils[t]
        for g in range(9):
            s.successor.grade_pupils[g] += s.grade_pupils[g]
        s.seats, s.seats_coming, s.posts, s.pupils = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
        s.grade_pupils = [0.0] * 9
    for children in model.grades:
        for child in children:
            if child.school is not None:
                child.school = child.school.successor


def split_posts(model: ReferenceModel, county: County, effects: Effects, expected: dict[School, list[float]]) -> None:
    """Set the county's posts by stage; share them: what classes need first, the rest by pupils, in whole posts."""
    for t in range(2):
        need = sum(expected[s][t] for s in county.schools) / model.base_ratio[t]
        before, p = county.posts_total[t], model.params
        county.posts_total[t] = min(max(need, (1 - p.posts_fall) * before), (1 + p.posts_rise) * before)
        total = county.posts_total[t] + (0.0 if effects.posts is None else float(effects.posts[county.row, t]))
        fair, wanted = fair_posts(model, county, t, total, expected), {}
        for s in county.schools:
            here, speed = s.posts[t], deploy_speed(model, county)
            wanted[s] = here + speed * (fair[s] - here) if here > 0 else fair[s]
            wanted[s] = wanted[s] if s.serves(t) else 0.0
        scale, running, given = total / max(sum(wanted.values()), 1e-9), 0.0, 0.0
        for s in county.schools:  # the running total is rounded
            running += wanted[s] * scale
            s.posts[t] = math.floor(running + 0.5) - given
            given += s.posts[t]


def fair_posts(
    model: ReferenceModel, county: County, stage: int, total: float, expected: dict[School, list[float]]
) -> dict[School, float]:
    """Return each school's fair number of posts: what its classes need, and of the rest its share by pupils."""
    floor, claim = dict.fromkeys(county.schools, 0.0), dict.fromkeys(county.schools, 0.0)
    for s in county.schools:
        if s.serves(stage) and expected[s][stage] > 0:
            floor[s] = class_posts(model, s, stage)
            claim[s] = max(expected[s][stage] / model.base_ratio[stage] - floor[s], 0.0)
            claim[s] *= 1.0 + (county.favour if s.key else 0.0)
    floors = sum(floor.values())
    covered = min(total / max(floors, 1e-9), 1.0)
    rest = max(total - floors, 0.0) / max(sum(claim.values()), 1e-9)
    return {s: floor[s] * covered + claim[s] * rest for s in county.schools}


def class_posts(model: ReferenceModel, school: School, stage: int) -> float:
    """Return the teachers that classes of the official size need."""
    per_class = (model.params.class_posts_primary, model.params.class_posts_junior)[stage]
    limit = float(load_standards().class_size[stage])
    grades = range(6) if stage == 0 else range(6, 9)
    return float(math.ceil(sum(math.ceil(school.grade_pupils[g] / limit) for g in grades) * per_class))


def favour_keys(county: County, above: dict[School, list[float]], money: float) -> dict[School, list[float]]:
    """Return what favour buys for each key school: up to its share of the money, nothing while the county applies."""
    keys = [s for s in county.schools if s.key and s.open]
    favour = 0.0 if county.applying else county.favour
    gift = {}
    for s in keys:
        part = min(favour * money / len(keys) / max(sum(above[s]), 1e-9), 1.0)
        gift[s] = [wish * part for wish in above[s]]
    return gift


def split_capital(
    model: ReferenceModel,
    county: County,
    gaps: dict[School, list[float]],
    gift: dict[School, list[float]],
    money: float,
) -> float:
    """Share capital out over gaps: favour first, then by cost and by what failed; return what is left."""
    p, schools = model.params, county.schools
    nothing = [0.0] * 4
    gap = {s: [max(gaps[s][k] - gift.get(s, nothing)[k], 0.0) for k in range(4)] for s in schools}
    claim = {}
    for s in schools:
        part = POINT_WEIGHT if s.kind == TEACHING_POINT and s.pupils[0] < 50 else 1.0
        claim[s] = [gap[s][k] * (1.0 + p.attention * county.memory[3 + k]) * part for k in range(4)]
    rest = money - sum(sum(yuan) for yuan in gift.values())
    spent = {s: [0.0] * 4 for s in schools}
    for _ in range(3):  # what a filled gap leaves over goes to the others
        wish = {s: [claim[s][k] if gap[s][k] - spent[s][k] > 1.0 else 0.0 for k in range(4)] for s in schools}
        total = sum(sum(wish[s]) for s in schools)
        left = rest - sum(sum(spent[s]) for s in schools)
        for s in schools:
            for k in range(4):
                offer = wish[s][k] * (left / max(total, 1e-9) if total > 0 else 0.0)
                spent[s][k] += min(offer, gap[s][k] - spent[s][k])
    for s in schools:
        s.spend = [spent[s][k] + gift.get(s, nothing)[k] for k in range(4)]
    return max(rest - sum(sum(spent[s]) for s in schools), 0.0)


def charge(
    model: ReferenceModel, county: County, effects: Effects, ready: float, earmarked: float, unused: float
) -> None:
    """Book what was spent: earmarked grants first, then the county's own; what nobody needed goes back."""
    back = min(unused, ready)
    part = 1.0 - ((unused - back) / max(earmarked, 1e-9) if earmarked > 0 else 0.0)
    for grant in effects.capital:
        model.pay(grant.item, grant.payer, county, float(grant.yuan[county.row]) * part)
    model.pay("base.capital", "county", county, ready - back)
