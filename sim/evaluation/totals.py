"""What the inspection reads: amounts per school, and how a school with several stages is split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.columns import Array
from sim.evaluation.standards import Standards
from sim.tables import KINDS, TEACHING_POINT

# the first four codes are those of sim.tables: a simulated school's `kind` column can be handed over as it is
SCHOOL_KINDS = (*KINDS, "complete_secondary", "twelve_year", "special", "vocational")
NINE_YEAR, COMPLETE_SECONDARY, TWELVE_YEAR, SPECIAL, VOCATIONAL = range(3, 8)


@dataclass(frozen=True, eq=False)
class SchoolTotals:
    """Amounts of S schools as a register gives them, not per pupil. Stage axis: 0 primary, 1 junior.

    Amounts of a stage without pupils are ignored. NaN is not allowed except in `classes` and `max_class`.
    """

    kind: Array  # (S,) codes: positions in SCHOOL_KINDS
    pupils: Array  # (S, 2) pupils
    pupils_senior: Array  # (S,) pupils
    above_degree: Array  # (S, 2) teachers with a degree above the required one
    backbone: Array  # (S, 2) teachers
    pe_art: Array  # (S, 2) teachers
    physical: Array  # (S, 4) teaching area m2, sports area m2, equipment yuan, multimedia rooms; of the whole school
    classes: Array | None = None  # (S, 2) classes; NaN = not known
    max_class: Array | None = None  # (S, 2) pupils of the largest class; NaN = not known

    def __len__(self) -> int:
        return len(self.kind)


def excluded(totals: SchoolTotals, standards: Standards) -> Array:
    """Return (S,) codes why a school is left out of the seven indicators: 0 it is not, 1 its kind, 2 a small point."""
    by_kind = np.array([name in standards.excluded_kinds for name in SCHOOL_KINDS])
    small = (totals.kind == TEACHING_POINT) & (totals.pupils[:, 0] + totals.pupils[:, 1] < standards.min_point_pupils)
    return np.where(by_kind[totals.kind], 1, np.where(small, 2, 0)).astype(np.int8)


def stage_share(totals: SchoolTotals, standards: Standards) -> Array:
    """Return (2, S) shares of a school's building, grounds, equipment and rooms that count for primary and junior.

    Shares go by weighted pupils, 1 : 1.1 : 1.32, so a single stage has all of it and the senior part of a complete or
    twelve-year school keeps its own. Source: `[split]` of the standards (S3, S7).
    """
    w = standards.split_weights
    primary = w[0] * totals.pupils[:, 0]
    junior = w[1] * totals.pupils[:, 1]
    whole = primary + junior + w[2] * totals.pupils_senior
    whole[whole == 0] = 1.0  # no pupils: no share of anything
    return np.stack([primary / whole, junior / whole])


def section_amounts(totals: SchoolTotals, share: Array) -> Array:
    """Return (7, 2, S) amounts of the seven resources that belong to each stage of each school, in official order."""
    amounts = np.empty((7, 2, len(totals)))
    amounts[0] = totals.above_degree.T
    amounts[1] = totals.backbone.T
    amounts[2] = totals.pe_art.T
    np.multiply(totals.physical.T[:, None, :], share, out=amounts[3:])
    return amounts
