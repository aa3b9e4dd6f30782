"""The 15 government and 9 quality items of a county: passed, failed, or not modelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache, reduce
from typing import ClassVar

import numpy as np

from sim.columns import Array, locked
from sim.evaluation.groups import Groups
from sim.evaluation.standards import RATES, Item, Measure, Standards
from sim.evaluation.totals import SCHOOL_KINDS, SchoolTotals

NOT_MODELLED, FAILED, PASSED = -1, 0, 1
STATES = {NOT_MODELLED: "not_modelled", FAILED: "failed", PASSED: "passed"}
TOLERANCE = 1e-9  # relative: a value exactly at its limit is at it, whatever the last bit of the division says


@dataclass(frozen=True, eq=False)
class CountyItems:
    """Numbers of C counties behind the items, each (C,) or None; NaN = not known. Shares are 0 to 1.

    Size of schools and classes is not here: the inspection counts it in the register.
    """

    rotation_share: Array | None = None  # rotated, of the teachers who are due
    rotation_backbone_share: Array | None = None  # backbone teachers among the rotated
    near_home_primary: Array | None = None  # near-home enrolment in city and town public schools
    near_home_junior: Array | None = None
    migrant_public_share: Array | None = None  # eligible migrant children in public or purchased places
    retention_junior3: Array | None = None  # three-year retention, junior
    disabled_enrolment: Array | None = None  # disabled children of school age enrolled
    small_school_floor: Array | None = None  # pupils that a small rural school is funded for at least
    difference_rate_a: Array | None = None  # between-school variance / total variance of scores
    difference_rate_b: Array | None = None  # pupil-weighted SD of school means on scores scaled to 0-1
    special_funds: Array | None = None  # yuan per pupil of special schools
    salary_ratio: Array | None = None  # teachers' mean pay / civil servants'
    training_share: Array | None = None  # teachers with 360 hours in five years
    certificate_share: Array | None = None  # teachers with a certificate
    senior_quota_share: Array | None = None  # places of good senior schools allotted to junior schools
    training_money_share: Array | None = None  # training money in the schools' public funds


@dataclass(frozen=True, eq=False)
class ItemResult:
    """One item in every county: state (C,) of PASSED, FAILED, NOT_MODELLED; values (C,) by field, NaN = not known.

    decisive: the measures that the state depends on (of the two difference rates only the chosen one).
    """

    item: Item
    state: Array
    values: dict[str, Array]
    decisive: tuple[Measure, ...]
    locked_when_read: ClassVar[bool] = True  # frozen with the inspection that it belongs to


def evaluate_items(
    known: Mapping[str, Array], standards: Standards, n_counties: int, difference_rate: str
) -> dict[str, ItemResult]:
    """Return the result of every item by key (`government.1` ... `quality.9`).

    known: field name -> (C,) values; difference_rate: "a", "b" or "both", the candidate formula that decides.
    An item fails when any decisive measure fails, passes when all are known and pass, and is not modelled otherwise.
    """
    if difference_rate not in RATES:
        raise ValueError(f"difference_rate = {difference_rate!r}, allowed: {', '.join(RATES)}")
    ignored = {"a": "difference_rate_b", "b": "difference_rate_a", "both": ""}[difference_rate]
    known, unknown = locked(dict(known)), _nothing_known(standards, n_counties, ignored)
    results = {}
    for item in standards.items:
        if not any(m.field in known for m in item.measures):
            results[item.key] = unknown[item.key]
            continue
        values = {
            m.field: known[m.field] if m.field in known else unknown[item.key].values[m.field] for m in item.measures
        }
        decisive = unknown[item.key].decisive
        anything = any(m.field in known for m in decisive)
        state = locked(_state([(values[m.field], m) for m in decisive])) if anything else unknown[item.key].state
        results[item.key] = ItemResult(item, state, values, decisive)
    return results


@lru_cache(maxsize=8)
def _nothing_known(standards: Standards, n_counties: int, ignored: str) -> dict[str, ItemResult]:
    """Return the results of all items when nothing is known: the same every year."""
    absent, never = locked([np.full(n_counties, np.nan), np.full(n_counties, NOT_MODELLED, np.int8)])
    return {
        item.key: ItemResult(
            item,
            never,
            {m.field: absent for m in item.measures},
            tuple(m for m in item.measures if m.field != ignored),
        )
        for item in standards.items
    }


def _state(decisive: Sequence[tuple[Array, Measure]]) -> Array:
    failed = reduce(np.logical_or, [fails(values, m) for values, m in decisive])
    unknown = reduce(np.logical_or, [np.isnan(values) for values, _ in decisive])
    return np.where(failed, FAILED, np.where(unknown, NOT_MODELLED, PASSED)).astype(np.int8)


def fails(values: Array, measure: Measure) -> Array:
    """Return where a value misses the measure's limit; NaN fails nothing."""
    slack = TOLERANCE * abs(measure.limit)
    if measure.op == ">=":
        return values < measure.limit - slack
    if measure.op == "<=":
        return values > measure.limit + slack
    return values >= measure.limit - slack


def supplied(items: CountyItems | None, n_counties: int) -> dict[str, Array]:
    """Return the given fields as float arrays of one value a county. Raises ValueError on a wrong length."""
    known = {}
    for f in fields(CountyItems):
        values = getattr(items, f.name) if items is not None else None
        if values is not None:
            known[f.name] = np.asarray(values, float)
            if known[f.name].shape != (n_counties,):
                raise ValueError(f"CountyItems.{f.name}: shape {known[f.name].shape}, want ({n_counties},)")
    return known


def size_limit(totals: SchoolTotals, standards: Standards) -> Array:
    """Return (S,) pupils of compulsory stages that a school of its kind may have; inf for special and vocational."""
    limits = np.array([standards.school_size.get(name, np.inf) for name in SCHOOL_KINDS])
    return limits[totals.kind]


def largest_class(totals: SchoolTotals) -> Array:
    """Return (S, 2) pupils in the largest class, NaN where not known or without pupils.

    Without `max_class` the pupils are taken as spread evenly over the classes, the smallest the largest class can be.
    """
    known = totals.max_class
    if known is None or np.isnan(known).any():
        size = np.full(totals.pupils.shape, np.nan)
        if totals.classes is not None:
            even = np.divide(totals.pupils, totals.classes, out=size, where=totals.classes > 0)
            size = np.ceil(even * (1 - TOLERANCE))
        known = size if known is None else np.where(np.isnan(known), size, known)
    return np.where(totals.pupils > 0, known, np.nan)


def from_register(
    totals: SchoolTotals, excluded_kind: Array, groups: Groups, standards: Standards
) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
    """Count in the register what items 4 and 5 ask: schools too large, sections with too large a class.

    excluded_kind: (S,) bool, special and vocational schools, which have rules of their own
    Returns: the counts by field, each (C,); by school the limit of size and whether it is over; by section the largest
    class and whether it is over. A county where a class is known to be too large is counted; one where no class is,
    but some are not known, is NaN.
    """
    limit = size_limit(totals, standards)
    big = (totals.pupils[:, 0] + totals.pupils[:, 1] > limit) & ~excluded_kind
    size = largest_class(totals)
    need = (totals.pupils > 0) & np.stack([~excluded_kind, ~excluded_kind], axis=1)
    most = standards.class_size * (1 + TOLERANCE)
    over = np.stack([size[:, stage] > most[stage] for stage in range(2)], axis=1) & need
    unknown = np.isnan(size) & need
    counts = groups.add(np.concatenate([big[None], over.T, unknown.T]).astype(float))
    n_big, n_over, n_unknown = counts[0], counts[1] + counts[2], counts[3] + counts[4]
    values = {
        "schools_over_size": n_big,
        "sections_over_class_size": np.where((n_over == 0) & (n_unknown > 0), np.nan, n_over),
    }
    return values, {"over_size": big, "size_limit": limit}, {"over_class_size": over, "largest_class": size}
