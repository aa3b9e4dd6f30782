"""Phase 1 in plain loops: a new cohort, families that move, parents that leave and return."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from sim.effects import Effects
from sim.people import children_by_place, whole
from tests.reference.agents import TOWN, URBAN, VILLAGE, Child, Place
from tests.reference.choice import chosen_slot, level_of

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

f32 = np.float32
COHORT = 1 << 24  # numbers of persons set aside for a cohort


def households(model: ReferenceModel, effects: Effects, year: int) -> None:
    """Promote, bring in the entrants, move families; a child that moved takes a school at its new home."""
    if year > model.first_year:
        for child in model.grades.pop():
            child.remove()
        model.grades.insert(0, make_cohort(model, year))
    rates = moving_rates(model)
    for grade, children in enumerate(model.grades):
        for child in children:
            u, v = model.luck.pair("family", year, child.person)
            parents_come_and_go(model, child, v)
            if not child.out and move_home(model, child, u, rates) and grade not in (0, 6):
                transfer(model, child, level_of(grade), year)


def parents_come_and_go(model: ReferenceModel, child: Child, v: float) -> None:
    """In a share of families, draw anew which parents are away."""
    refresh = f32(model.params.parents_refresh)
    if v < refresh:
        both, one = f32(model.region.both_away[child.home.kind]), f32(model.region.one_away[child.home.kind])
        w = f32(v) / refresh
        child.both_away = bool(w < both)
        child.one_away = bool(not child.both_away and w < both + one)


def moving_rates(model: ReferenceModel) -> list[tuple[np.float32, ...]]:
    """Return, by place type, the yearly rate of moving and the parts of it to the own town and to the own seat."""
    d = model.region.drift
    town, village = d.town_seat + d.town_other, d.village_town + d.village_seat + d.village_other
    return [
        (f32(0), f32(0), f32(0)),
        (f32(town), f32(0), f32(d.town_seat / town)),
        (f32(village), f32(d.village_town / village), f32(d.village_seat / village)),
    ]


def move_home(model: ReferenceModel, child: Child, u: float, rates: list[tuple[np.float32, ...]]) -> bool:
    """Move a family to a town, to the county's seat or to another county's; return whether it moved."""
    home = child.home
    if home.kind not in (TOWN, VILLAGE):
        return False
    rate, to_town, to_seat = rates[home.kind]
    if not u < rate:
        return False
    w = f32(u) / rate
    if w < to_town:
        assert home.nearest_town is not None
        child.home = home.nearest_town
    elif w < to_town + to_seat:
        child.home = quarter(home.county.quarters, (w - to_town) / to_seat)
    else:
        w = (w - to_town - to_seat) / (f32(1) - to_town - to_seat)
        cumulated = [f32(x) for x in np.cumsum(model.region.drift.attraction)]
        goal = next((i for i, c in enumerate(cumulated) if w < c), len(cumulated) - 1)
        low = cumulated[goal - 1] if goal > 0 else 0.0
        child.home = quarter(model.counties[goal].quarters, (w - low) / (cumulated[goal] - low))
        if model.counties[goal] is not home.county:
            child.migrant = True
    return True


def quarter(quarters: list[Place], w: np.float32) -> Place:
    """Return the quarter of a seat on which w falls, by the quarters' shares of children."""
    total, running = sum(q.share for q in quarters), 0.0
    for q in quarters[:-1]:
        running += q.share
        if w < f32(running / total):
            return q
    return quarters[-1]


def transfer(model: ReferenceModel, child: Child, level: int, year: int) -> None:
    """Give a child that moved the school its family chooses at the new home, places or not."""
    u = model.luck.uniform("transfer", year, child.person)
    option = child.home.options[level][chosen_slot(u, child.home.cumulated[level][child.third])]
    child.school, child.boarding = option.school, option.boards


def make_cohort(model: ReferenceModel, year: int) -> list[Child]:
    """Return the children who enter grade 1, person by person, not yet at a school."""
    expected = children_by_place(model.region, model.tables.places, year, year, model.entry_variant)
    first = (year - model.first_year + 8) * COHORT
    county, area, own = model.communities
    step, a = (0.5, 0.0, -0.5), model.align
    base = [
        a["place_gap"] * step[p.kind]
        + a["county_sd"] * county[p.row]
        + a["area_sd"] * area[p.row]
        + a["community_sd"] * own[p.row]
        for p in model.places
    ]
    slope = model.align["ses_slope"]
    all_in = [base[p.row] + slope * model.ses_mean[p.row] for p in model.places]
    mean = sum(a * n for a, n in zip(all_in, expected, strict=True)) / sum(expected)
    poor_below = poverty_lines(model)
    children: list[Child] = []
    for place, count in zip(model.places, whole(expected * model.sample), strict=True):
        for _ in range(count):  # ability has mean 0 in every cohort
            person = first + len(children)
            children.append(new_child(model, person, place, base[place.row] - mean, poor_below[place.county.row], year))
    return children


def new_child(model: ReferenceModel, person: int, home: Place, base: float, poor_below: float, year: int) -> Child:
    """Return a child with background, ability, first knowledge and state drawn by its number."""
    r, p, a, kind = model.region, model.params, model.align, home.kind
    z_ses, away = model.luck.normal_uniform("birth", year, person)
    z_ability, moved = model.luck.normal_uniform("gift", year, person)
    z_knowledge, ill = model.luck.normal_uniform("start", year, person)
    child = Child(model, person, home)
    child.ses = model.ses_mean[home.row] + model.ses_sd * z_ses
    child.ability = base + a["ses_slope"] * child.ses + a["ability_sd"] * z_ability
    child.knowledge = p.noise_sd / (1 - p.rho**2) ** 0.5 * z_knowledge
    both, one = f32(r.both_away[kind]), f32(r.one_away[kind])
    child.both_away = bool(away < both)
    child.one_away = bool(not child.both_away and away < both + one)
    child.migrant = bool(moved < f32(r.migrant[home.county.row, kind]))
    child.poor = child.ses < poor_below
    child.disabled = bool(ill < f32(r.disabled))
    return child


def communities(model: ReferenceModel) -> list[list[float]]:
    """Return how able children of each place are by county, school area and place: three draws of mean 0 and SD 1.

    Over the children of the start year they have nothing to do with place type, family background and each other
    (Gram-Schmidt).
    """
    first = model.first_year
    weight = [float(x) for x in children_by_place(model.region, model.tables.places, first, first, "middle")]
    weight = [w / sum(weight) for w in weight]
    z = model.luck.uniform_normal
    columns = [
        [1.0 for _ in model.places],
        [float(p.kind == URBAN) for p in model.places],
        [float(p.kind == TOWN) for p in model.places],
        model.ses_mean,
        [z("county_community", 0, p.county.row)[1] for p in model.places],
        [z("area_community", 0, 4 * p.county.row + p.area)[1] for p in model.places],
        [z("community", 0, p.row)[1] for p in model.places],
    ]
    basis: list[list[float]] = []
    for column in columns:
        left = column
        for known in basis:
            part = sum(w * k * x for w, k, x in zip(weight, known, left, strict=True))
            left = [x - part * k for x, k in zip(left, known, strict=True)]
        size = max(sum(w * x * x for w, x in zip(weight, left, strict=True)) ** 0.5, 1e-9)
        basis.append([x / size for x in left])
    return basis[4:]


def poverty_lines(model: ReferenceModel) -> list[float]:
    """Return the family background below which a child is poor, by county."""
    lines = []
    for county in model.counties:
        mean = sum(model.ses_mean[q.row] * q.share for q in model.places if q.county is county)
        share = min(max(float(model.region.poor[county.row]), 1e-6), 1 - 1e-6)
        lines.append(mean + model.ses_sd * NormalDist().inv_cdf(share))
    return lines
