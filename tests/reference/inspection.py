"""Phase 8 in plain loops: what the official inspection is told, certification, and the county's memory of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.effects import Effects
from sim.evaluation import CountyItems, SchoolTotals, inspect
from tests.reference.agents import County
from tests.reference.exchange import count

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

ALL_GRADES, PRIMARY_GRADES, JUNIOR_GRADES = range(9), range(6), range(6, 9)


def inspection(model: ReferenceModel, effects: Effects, year: int) -> None:
    """Evaluate, certify, remember. The official rules themselves are `sim.evaluation`, which has tests of its own."""
    county_of = np.array([s.county.row for s in model.schools])
    model.inspection = found = inspect(register(model), county_of, len(model.counties), items(model))
    for county in model.counties:
        if county.certified == 0 and found.passed[county.row]:
            county.certified = year
        county.memory = [failing_share(model, county, k) for k in range(7)]


def register(model: ReferenceModel) -> SchoolTotals:
    """Return the schools as a register."""
    n = len(model.schools)
    titles = {title: np.zeros((n, 2)) for title in ("degree", "backbone", "pe_art")}
    classes, largest = np.zeros((n, 2)), np.zeros((n, 2))
    for s in model.schools:
        for stage, grades in enumerate((PRIMARY_GRADES, JUNIOR_GRADES)):
            for title, table in titles.items():
                table[s.row, stage] = count(model, s, stage, title)
            classes[s.row, stage] = sum(s.classes[g] for g in grades)
            sizes = [s.grade_pupils[g] / s.classes[g] for g in grades if s.classes[g] > 0]
            largest[s.row, stage] = math.ceil(max(sizes, default=0.0))
    return SchoolTotals(
        kind=np.array([s.kind for s in model.schools], np.int8),
        pupils=np.array([s.pupils for s in model.schools]),
        pupils_senior=np.zeros(n),
        above_degree=titles["degree"],
        backbone=titles["backbone"],
        pe_art=titles["pe_art"],
        physical=np.array([s.stock for s in model.schools]),
        classes=classes,
        max_class=largest,
    )


def items(model: ReferenceModel) -> CountyItems:
    """Return what is known of the government and quality items."""
    rows = [county_items(model, county) for county in model.counties]
    return CountyItems(**{name: np.array([row[name] for row in rows]) for name in rows[0]})


def county_items(model: ReferenceModel, county: County) -> dict[str, float]:
    """Return one county's items."""
    f, y, rows = model.flows, model.tally, [s.row for s in county.schools]
    due, rotated = float(f.eligible[rows].sum()), float(f.rotated[rows].sum())
    keep = 1.0
    for grade in JUNIOR_GRADES:
        there = float(y.n[grade, rows].sum() + y.out[grade, rows].sum())
        net = float(y.dropped[grade, rows].sum() - y.returned[grade, rows].sum())
        keep *= 1.0 - (net / max(there, 1.0) if there > 0 else 0.0)
    total = square = between = number = 0.0
    for row in rows:
        n = sum(y.n[g, row] for g in JUNIOR_GRADES)
        score = sum(y.score[g, row] for g in JUNIOR_GRADES)
        number, total = number + n, total + score
        square += sum(y.score2[g, row] for g in JUNIOR_GRADES)
        between += score**2 / n if n > 0 else 0.0
    mean = total / max(number, 1.0)
    spread, apart = square / max(number, 1.0) - mean**2, between / max(number, 1.0) - mean**2
    return {
        "rotation_share": rotated / due if due > 0 else 0.0,
        "rotation_backbone_share": float(f.rotated_backbone[rows].sum()) / rotated if rotated > 0 else 0.0,
        "retention_junior3": keep,
        "difference_rate_a": apart / spread if spread > 0 else math.nan,
        "difference_rate_b": max(apart, 0.0) ** 0.5 / 8.0,
    }


def failing_share(model: ReferenceModel, county: County, indicator: int) -> float:
    """Return the share of a county's evaluated sections that miss an indicator; 1 where its coefficient fails."""
    found, counted, missed = model.inspection, 0, 0
    if not found.cv_met[county.row, :, indicator].all():
        return 1.0
    for s in county.schools:
        for stage in range(2):
            if found.counted[s.row, stage]:
                counted += 1
                missed += not found.met[s.row, stage, indicator]
    return missed / max(counted, 1)
