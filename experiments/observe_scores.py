"""Measures of scores: levels by group, gaps, variance between schools, correlation with family background."""

from __future__ import annotations

import numpy as np

from experiments.sections import Found, Sections, ratio, with_both
from results.metrics import anova_share
from sim import exact
from sim.columns import Array
from sim.tables import PLACE_TYPES

SCALE = (
    8.0  # student SD from 0 to 1 in formula b of the difference rate: -4 to 4 SD (assumed; the scale is not published)
)
# group of children -> (tally of the group, name of all the others)
SPLITS = {
    "left_behind": ("left", "not_left_behind"),
    "migrant": ("migrant", "not_migrant"),
    "poor": ("poor", "not_poor"),
    "boarding": ("boarding", "day"),
}
PLACE_GAPS = {
    "urban_rural": ("urban", "rural"),
    "urban_town": ("urban", "town"),
    "urban_village": ("urban", "village"),
    "town_village": ("town", "village"),
}


def score_measures(s: Sections) -> Found:
    """Mean scores by group and the gaps between groups."""
    c = s.child_sums
    n, score = c["n"], c["score"]
    sums = {"all": (n, score)}
    for group, (short, others) in SPLITS.items():
        sums[group] = c[f"n_{short}"], c[f"score_{short}"]
        sums[others] = n - c[f"n_{short}"], score - c[f"score_{short}"]
    for group in ("top", "bottom"):
        sums[f"ses_{group}"] = c[f"n_{group}"], c[f"score_{group}"]
    cells = np.stack([s.child_cells["n"], s.child_cells["score"]])
    by_type = s.areas.by_place_type(cells)  # (2 sums, 2 stages, place types, areas)
    for i, place_type in enumerate(PLACE_TYPES):
        sums[place_type] = by_type[0, :, i], by_type[1, :, i]
    # Chinese statistics count towns and villages as rural (农村); junior schools in villages alone are too few to measure
    sums["rural"] = by_type[0, :, 1] + by_type[0, :, 2], by_type[1, :, 1] + by_type[1, :, 2]
    found: Found = {
        ("score_mean", group): ratio(with_both(total), with_both(count)) for group, (count, total) in sums.items()
    }
    pairs = {group: (others, group) for group, (_, others) in SPLITS.items()} | PLACE_GAPS
    pairs["ses_top_bottom"] = ("ses_top", "ses_bottom")
    for name, (first, second) in pairs.items():
        found[f"gap.{name}", "all"] = _gap(sums[first], sums[second])
    return found


def _gap(first: tuple[Array, Array], second: tuple[Array, Array]) -> Array:
    """Gap of means in each stage, and their mean weighted by the children of both groups, from (counts, sums)."""
    gap = ratio(first[1], first[0]) - ratio(second[1], second[0])
    there = ~np.isnan(gap)
    children = np.where(there, first[0] + second[0], 0.0)
    both = ratio(exact.total(children * np.where(there, gap, 0.0), 0), exact.total(children, 0))
    return np.concatenate([gap, both[None]])


def variance_measures(s: Sections) -> Found:
    """Spread of scores and how much of it lies between schools; counts are rows, so thinning is corrected for too."""
    n_school = s.children["n"]
    some = np.maximum(n_school, 1.0)
    n, score, score2, ses, ses2, both = (
        s.child_sums[name] for name in ("n", "score", "score2", "ses", "ses2", "ses_score")
    )
    here = np.maximum(n, 1.0)
    schools = s.add((n_school > 0).astype(float))
    means2 = s.add(s.children["score"] * s.children["score"] / some)  # sum over schools of pupils times mean squared
    # rounding may leave a sum of squares a hair below 0
    between = np.maximum(0.0, means2 - score * score / here)
    within = np.maximum(0.0, score2 - means2)
    effective = n - s.add(n_school * n_school) / here
    pooled = [with_both(x) for x in (between, within, np.maximum(schools - 1, 0.0), n - schools, effective)]
    total, children = pooled[0] + pooled[1], with_both(n)
    squares = with_both(ses2 - ses * ses / here)
    cross = with_both(both - ses * score / here)
    return {
        ("score_sd", "all"): np.sqrt(ratio(total, children)),
        ("between_share", "all"): anova_share(*pooled),
        ("difference_rate_a", "all"): ratio(pooled[0], total),
        ("difference_rate_b", "all"): np.sqrt(ratio(pooled[0], children)) / SCALE,
        ("ses_correlation", "all"): ratio(cross, np.sqrt(np.maximum(0.0, squares * total))),
    }
