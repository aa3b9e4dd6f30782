"""The sums of an inspection that a planner reads first: what is missing by county and stage, and why counties fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.columns import Array
from sim.evaluation.groups import Groups
from sim.evaluation.inspection import Inspection
from sim.evaluation.items import FAILED, fails

COUNTED = (0, 1, 2, 6)  # teachers and rooms: a sixth of one is one
SLACK = 1e-6  # relative: what a division leaves over is not a whole teacher


@dataclass(frozen=True)
class Reason:
    """One reason why counties do not pass, over the whole register.

    about: "school", "cv" or "item", as in `Failure`; stage 0, 1 or -1; indicator 0-6 or -1; item, measure: keys or ""
    counties: how many it stops; schools: how many schools (of a stage) it is in, 0 where it is the county's
    missing: what these schools lack, in the indicator's raw unit, NaN where there is no such amount
    """

    about: str
    counties: int
    schools: int
    stage: int = -1
    indicator: int = -1
    item: str = ""
    measure: str = ""
    missing: float = float("nan")


def whole_amounts(shortfall: Array) -> Array:
    """Return shortfalls (..., 7) with teachers and rooms rounded up, school by school."""
    rounded = shortfall.copy()
    for k in COUNTED:
        plane = shortfall[..., k]
        rounded[..., k] = np.ceil(np.maximum(plane - SLACK * np.maximum(1.0, plane), 0.0))
    return rounded


def missing(inspection: Inspection, n_counties: int) -> Array:
    """Return (C, 2, 7) what the schools of each county and stage lack in all, in teachers, m2, yuan and rooms."""
    lacks = whole_amounts(inspection.shortfall)
    return Groups(inspection.county, n_counties).add(lacks.transpose(1, 2, 0)).transpose(2, 0, 1)


def to_add(inspection: Inspection, n_counties: int) -> Array:
    """Return (C, 7) what whole schools have to add in all, which is more where they are split between stages."""
    return Groups(inspection.county, n_counties).add(whole_amounts(inspection.to_add()).T).T


def composite(inspection: Inspection) -> Array:
    """Return (C, 2) composite coefficients of variation (综合差异系数): the mean of the seven of a stage; NaN without schools.

    Source: `[cv.composite]` of the standards; the method of 2017 sets no limit on it.
    """
    total = inspection.cv[:, :, 0].copy()
    for k in range(1, inspection.cv.shape[2]):
        total += inspection.cv[:, :, k]
    return total / inspection.cv.shape[2]


def reasons(inspection: Inspection, n_counties: int) -> list[Reason]:
    """Return all reasons, those that most schools have first, then those that most counties have."""
    found = [*_schools(inspection, n_counties), *_variation(inspection), *_items(inspection, n_counties)]
    return sorted(found, key=lambda r: (-r.schools, -r.counties, r.about, r.stage, r.indicator, r.item, r.measure))


def _schools(inspection: Inspection, n_counties: int) -> list[Reason]:
    failing = inspection.counted & ~inspection.passed_section
    lacks = whole_amounts(inspection.shortfall)
    found = []
    for stage in range(2):
        for k in range(inspection.met.shape[2]):
            bad = failing[:, stage] & ~inspection.met[:, stage, k]
            if bad.any():
                counties = len(np.unique(inspection.county[bad]))
                amount = float(np.add.reduce(lacks[bad, stage, k]))
                found.append(Reason("school", counties, int(bad.sum()), stage, k, missing=amount))
    return found


def _variation(inspection: Inspection) -> list[Reason]:
    over = (~inspection.cv_met).sum(axis=0)
    return [Reason("cv", int(over[stage, k]), 0, stage, k) for stage, k in np.argwhere(over > 0).tolist()]


def _items(inspection: Inspection, n_counties: int) -> list[Reason]:
    found = []
    for key, result in inspection.items.items():
        failed = result.state == FAILED
        if not failed.any():
            continue
        for m in result.decisive:
            if m.field == "schools_over_size":
                here = inspection.over_size
                found.append(
                    Reason("item", len(np.unique(inspection.county[here])), int(here.sum()), -1, -1, key, m.field)
                )
            elif m.field == "sections_over_class_size":
                for stage in range(2):
                    here = inspection.over_class_size[:, stage]
                    if here.any():
                        n = len(np.unique(inspection.county[here]))
                        found.append(Reason("item", n, int(here.sum()), stage, -1, key, m.field))
            elif (n := int((fails(result.values[m.field], m) & failed).sum())) > 0:
                found.append(Reason("item", n, 0, -1, -1, key, m.field))
    return found
