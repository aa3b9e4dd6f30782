"""Measures of the official county evaluation, certification and money."""

from __future__ import annotations

import numpy as np

from experiments.sections import Found, Sections, ratio, stages_only, whole, with_both
from results.measures import INDICATORS
from sim.columns import Array


def official_measures(s: Sections) -> Found:
    """The seven resource indicators: coefficients of variation, levels, schools and counties that meet them."""
    inspection = s.world.inspection
    counted = inspection.counted.T
    pupils = np.where(counted, s.pupils, 0.0)
    evaluated, sections = s.add(pupils), s.add(counted.astype(float))
    passing = s.add((inspection.passed_section.T & counted).astype(float))
    amount = np.where(counted[..., None], inspection.value.transpose(1, 0, 2), 0.0) * pupils[..., None]
    levels = s.add(np.moveaxis(amount, -1, 0))  # (7, 2, n_areas), as is the next
    meeting = s.add((inspection.met & inspection.counted[..., None]).transpose(2, 1, 0).astype(float))
    cv, within = np.moveaxis(inspection.cv, 0, -1), np.moveaxis(inspection.cv_met, 0, -1)  # (2, 7, n_counties)
    has = ~np.isnan(cv)
    weight = np.where(has, evaluated[:, None, s.areas.at["county"]], 0.0)
    cv_mean = ratio(s.areas.from_counties(weight * np.where(has, cv, 0.0)), s.areas.from_counties(weight))
    cv_met = s.areas.from_counties((within & has).astype(float))
    found: Found = {
        ("schools_inspected", "all"): with_both(sections),
        ("schools_passing", "all"): with_both(passing),
        ("schools_passing_share", "all"): ratio(with_both(passing), with_both(sections)),
    }
    for k, key in enumerate(INDICATORS):
        found[f"cv.{key}", "all"] = stages_only(cv_mean[:, k])
        found[f"mean.{key}", "all"] = stages_only(ratio(levels[k], evaluated))
        found[f"schools_meeting.{key}", "all"] = stages_only(ratio(meeting[k], sections))
        found[f"counties_cv_met.{key}", "all"] = stages_only(cv_met[:, k])
    return found | _certification(s)


def _certification(s: Sections) -> Found:
    world, areas = s.world, s.areas
    n = areas.from_counties(np.ones(areas.n_counties))
    passed = areas.from_counties(world.inspection.passed.astype(float))
    certified = areas.from_counties(((world.certified > 0) & (world.certified <= world.year)).astype(float))
    return {
        ("counties", "all"): whole(n),
        ("county_passed", "all"): whole(passed / n),
        ("counties_passed", "all"): whole(passed),
        ("counties_certified", "all"): whole(certified),
        ("counties_certified_share", "all"): whole(certified / n),
    }


def cost_measures(s: Sections) -> Found:
    """Money of the year: all, policies only, by item, by payer; and per pupil."""
    none = np.zeros(s.areas.n_counties)
    sums: dict[str, Array] = {"all": none.copy(), "policies": none.copy()}
    for (item, payer), yuan in s.world.ledger.rows.items():
        groups = ["all", item, f"paid by {payer}"]
        if not item.startswith("base."):
            groups.append("policies")
        for group in groups:
            sums[group] = sums.get(group, none) + yuan
    pupils = s.pupil_sums[0] + s.pupil_sums[1]
    areas = {group: s.areas.from_counties(yuan) for group, yuan in sums.items()}
    found: Found = {("cost", group): whole(yuan) for group, yuan in areas.items()}
    for group in ("all", "policies"):
        found["cost_per_pupil", group] = whole(ratio(areas[group], pupils))
    return found
