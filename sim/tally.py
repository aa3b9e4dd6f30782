"""What a school year leaves behind for whoever observes it: counts and sums, never measures."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import ClassVar

import numpy as np

from sim import exact
from sim.columns import Array

# what teaching adds up in one go, in the order of sim.lanes: counts, the scores of the same groups, products
COUNTS = ("n", "n_left", "n_migrant", "n_poor", "n_boarding", "n_top", "n_bottom", "")
TOTALS = ("score", "score_left", "score_migrant", "score_poor", "score_boarding", "score_top", "score_bottom", "")
PRODUCTS = ("score2", "ses", "ses2", "ses_score")


@dataclass
class Tally:
    """Sums over the children in school at the end of teaching, by grade (0-8) and school: arrays (9, n_schools).

    All are in rows; multiply counts and sums by `World.weight` for children. Scores are in student-level SD of the base year.
    """

    n: Array  # children in school
    score: Array  # sum of scores
    score2: Array  # sum of squared scores
    ses: Array  # sum of family background
    ses2: Array
    ses_score: Array  # sum of family background times score
    n_left: Array  # both parents away (left-behind, 留守)
    score_left: Array
    n_migrant: Array
    score_migrant: Array
    n_poor: Array
    score_poor: Array
    n_boarding: Array
    score_boarding: Array
    n_top: Array  # top fifth of family background in the region
    score_top: Array
    n_bottom: Array
    score_bottom: Array
    dropped: Array  # left school during this year
    returned: Array  # came back this year
    out: Array  # out of school at the end of the year (compulsory age), by last school
    planes: ClassVar[Array | None] = None  # see `of_planes`

    @classmethod
    def empty(cls, n_schools: int) -> Tally:
        """Return a tally of zeros."""
        return cls.of_planes(np.zeros((len(fields(cls)), 9, n_schools)))

    @classmethod
    def of_planes(cls, planes: Array) -> Tally:
        """Return a tally whose fields are views of one array, (fields, 9, n_schools), which `by_stage` adds in one go."""
        tally = cls(*planes)
        tally.planes = planes  # type: ignore[misc]  # of this tally alone
        return tally

    def by_stage(self) -> dict[str, Array]:
        """Add each field to (2, n_schools): grades 1-6 and 7-9."""
        names = [f.name for f in fields(self)]
        planes = np.stack([getattr(self, name) for name in names]) if self.planes is None else self.planes
        sums = [np.stack([exact.total(plane[:6], 0), exact.total(plane[6:], 0)]) for plane in planes]
        return dict(zip(names, sums, strict=True))


def _places(names: tuple[str, ...]) -> list[tuple[int, int]]:
    order = [f.name for f in fields(Tally)]
    return [(order.index(name), k) for k, name in enumerate(names) if name]


# (place in the tally, place in the sums of a school)
COUNTED, TAUGHT = _places(COUNTS), _places((*("",) * (len(COUNTS) // 2), *TOTALS, *PRODUCTS))


@dataclass
class StaffFlows:
    """What happened to teachers this year, by school and stage: arrays (n_schools, 2), unit teachers."""

    present: Array  # in service at the end of the year
    left: Array  # left this school for good: retired, left the profession, or moved to another school (rotation not counted)
    hired: Array
    eligible: Array  # served long enough to be due for rotation
    rotated: Array  # sent on rotation this year, by sending school
    rotated_backbone: Array
    vacant: Array  # posts not filled at the end of the year

    @classmethod
    def empty(cls, n_schools: int) -> StaffFlows:
        """Return flows of zeros."""
        return cls(*(np.zeros((n_schools, 2)) for _ in fields(cls)))


@dataclass
class Ledger:
    """Money spent this year: one (n_counties,) array of yuan for each (item, payer)."""

    rows: dict[tuple[str, str], Array] = field(default_factory=dict)

    def add(self, item: str, payer: str, yuan: Array) -> None:
        """Add spending of an item (a policy's name, or `base.<item>`), paid by `county`, `province` or `centre`."""
        known = self.rows.get((item, payer))
        self.rows[item, payer] = yuan.copy() if known is None else known + yuan
