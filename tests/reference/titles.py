"""Part of phase 4 in plain loops: counties place backbone and PE and art teachers where schools lack them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.evaluation import load_standards
from tests.reference.agents import County, School, Teacher
from tests.reference.county_plan import deploy_speed
from tests.reference.exchange import BACKBONE, PE_ART, count, first

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel


def place_titles(model: ReferenceModel, year: int) -> None:
    """Balance backbone teachers, then PE and art teachers, in every county and stage.

    The sections are counted anew for the second: who moved for one title may hold the other.
    """
    sections = [(s, stage) for s in model.schools for stage in range(2)]
    for indicator, title in ((BACKBONE, "backbone"), (PE_ART, "pe_art")):
        have = {at: count(model, *at, title) for at in sections}
        for county in model.counties:
            for stage in range(2):
                norm = float(load_standards().threshold[stage, indicator])
                need = {s: math.ceil(norm * s.pupils[stage] / 100) for s in county.schools}
                balance(model, county, stage, title, need, {s: have[s, stage] for s in county.schools}, year)


def balance(
    model: ReferenceModel,
    county: County,
    stage: int,
    title: str,
    need: dict[School, int],
    have: dict[School, float],
    year: int,
) -> None:
    """Swap titled teachers into the sections that lack them and that the county gets round to this year."""
    speed, lacking = deploy_speed(model, county), [s for s in county.schools if have[s] < need[s]]
    spent: set[School] = set()  # their titled teachers are all bound
    for s in lacking:
        if not model.luck.uniform(f"place_{title}", year, s.section(stage)) < speed:
            continue
        while have[s] < need[s]:
            gives = None
            while gives is None:
                donors = [d for d in county.schools if have[d] - need[d] >= 1.0 and d not in spent]
                if not donors:
                    return
                donor = max(donors, key=lambda d: have[d] - need[d])  # the first of equals
                gives = first(donor, stage, 1, newest, titled=True, title=title)
                if gives is None:
                    spent.add(donor)
            takes = first(s, stage, 1, newest, titled=False, title=title, like=gives)
            takes = takes or first(s, stage, 1, newest, titled=False, title=title)
            if takes is None:
                break
            gives.school, takes.school = s, donor
            gives.years_here = takes.years_here = 0
            have[donor] -= gives.weight
            have[s] += gives.weight
            model.flows.left[donor.row, stage] += gives.weight
            model.flows.left[s.row, stage] += takes.weight


def newest(t: Teacher) -> float:
    """Return the years a teacher has been at the school."""
    return t.years_here
