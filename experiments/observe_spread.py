"""Inequality of teachers per pupil over schools, and segregation of poor pupils, area by area."""

from __future__ import annotations

import numpy as np

from experiments.sections import Found, Sections, ratio, stages_only
from results.metrics.by_area import Ranked
from sim import exact
from sim.columns import Array

RANKED = ("gini", "mcloone", "percentile_ratio", "concentration")
EVERY, WIDE = ("region", "prefecture", "county", "place_type"), ("region", "prefecture", "place_type")


def spread_measures(s: Sections) -> Found:
    """All indices of teachers per pupil over the schools that have pupils, weighted by pupils."""
    teachers = s.world.flows.present.T
    found = _theil(s, teachers)
    ranked = {name: np.full((2, len(s.areas)), np.nan) for name in RANKED}
    for stage in (0, 1):
        rows = np.flatnonzero(s.pupils[stage] > 0)
        _rank_stage(s, stage, rows, teachers[stage, rows] / s.pupils[stage, rows], ranked)
    return found | {(f"{name}.teachers_per_pupil", "all"): stages_only(x) for name, x in ranked.items()}


def _rank_stage(s: Sections, stage: int, rows: Array, value: Array, out: dict[str, Array]) -> None:
    """Fill in the indices that need schools in order; ranks are found once and reused for every level."""
    pupils, n = s.pupils[stage, rows], len(s.areas)
    areas = s.areas.of_rows(s.county[rows], s.place_type[rows])
    children = s.children["n"][stage, rows]
    ses = s.children["ses"][stage, rows] / np.maximum(children, 1.0)
    by_value, by_ses = np.argsort(value, kind="stable"), np.argsort(ses, kind="stable")
    by_ses = by_ses[children[by_ses] > 0]  # schools whose children were all thinned away have no mean background
    for level in EVERY:
        at = s.areas.at[level]
        ranked = Ranked.by(by_value, areas[level], pupils, n)
        out["gini"][stage, at] = ranked.gini(value)[at]
        if level in WIDE:
            out["mcloone"][stage, at] = ranked.mcloone(value)[at]
            high, low = ranked.quantile(value, 0.9)[at], ranked.quantile(value, 0.1)[at]
            out["percentile_ratio"][stage, at] = ratio(high, np.nan_to_num(low))
            out["concentration"][stage, at] = Ranked.by(by_ses, areas[level], pupils, n).concentration(value, ses)[at]


def _theil(s: Sections, teachers: Array) -> Found:
    """Theil T and L with the parts between and within counties, and Atkinson (0.5): sums of schools are enough."""
    there = s.pupils > 0
    t, w = np.where(there, teachers, 0.0), np.where(there, s.pupils, 0.0)
    staffed = t > 0
    log = exact.log(np.where(staffed, t, 1.0) / np.where(staffed, w, 1.0))
    w_staffed = np.where(staffed, w, 0.0)
    cells = s.cells(np.stack([t, w, w_staffed, t * log, w_staffed * log, np.sqrt(t * w)]))
    total, pupils, pupils_staffed, t_log, w_log, roots = s.areas.from_cells(cells)
    # an area without a teacher has no index; small counties of a sample are such areas
    mean, mean_staffed = (exact.log(ratio(np.where(total > 0, total, np.nan), p)) for p in (pupils, pupils_staffed))
    index_t = ratio(t_log, total) - mean
    index_l = mean_staffed - ratio(w_log, pupils_staffed)
    c_total, c_pupils, c_staffed = exact.total(cells[:3], -1)  # (2, n_counties)
    c_log = exact.log(np.where(c_total > 0, ratio(c_total, c_pupils), 1.0))
    c_log_staffed = exact.log(np.where(c_total > 0, ratio(c_total, c_staffed), 1.0))
    between_t = ratio(s.areas.from_counties(c_total * c_log), total) - mean
    between_l = mean_staffed - ratio(s.areas.from_counties(c_staffed * c_log_staffed), pupils_staffed)
    indices = {
        "theil_t": index_t, "theil_t_between": between_t, "theil_t_within": index_t - between_t,
        "theil_l": index_l, "theil_l_between": between_l, "theil_l_within": index_l - between_l,
        "atkinson": 1.0 - ratio(roots * roots, pupils * total),
    }  # fmt: skip
    return {(f"{name}.teachers_per_pupil", "all"): stages_only(x) for name, x in indices.items()}


def segregation_measures(s: Sections) -> Found:
    """Dissimilarity and Theil's H of poor and other pupils over schools."""
    n, poor = s.children["n"], s.children["n_poor"]
    everybody, all_poor = s.child_sums["n"], s.child_sums["n_poor"]
    entropy = s.add(n * _entropy(ratio(poor, n)))
    whole = everybody * _entropy(ratio(all_poor, everybody))
    uneven = np.full((2, len(s.areas)), np.nan)
    areas = s.areas.of_rows(s.county, s.place_type)
    for level in WIDE:
        at, where = s.areas.at[level], areas[level]
        poor_share = poor * _inverse(all_poor)[:, where]
        other_share = (n - poor) * _inverse(everybody - all_poor)[:, where]
        for stage in (0, 1):
            apart = np.abs(poor_share[stage] - other_share[stage])
            uneven[stage, at] = np.bincount(where, apart, len(s.areas))[at] / 2
    uneven[(all_poor <= 0) | (all_poor >= everybody)] = np.nan
    return {
        ("dissimilarity.poor", "all"): stages_only(uneven),
        ("information_theory_h.poor", "all"): stages_only(ratio(whole - entropy, whole)),
    }


def _inverse(x: Array) -> Array:
    return np.divide(1.0, x, out=np.zeros_like(x), where=x > 0)


def _entropy(share: Array) -> Array:
    """Entropy of a two-group split, nats; 0 for one group or none."""
    p = np.clip(np.nan_to_num(share), 0.0, 1.0)
    inside = (p > 0) & (p < 1)
    q = np.where(inside, p, 0.5)
    return np.where(inside, -q * exact.log(q) - (1 - q) * exact.log(1 - q), 0.0)
