"""Class-size cap (班额控制)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from policies.base import Policy, param
from sim.effects import Effects

if TYPE_CHECKING:
    from sim.world import World


@dataclass(frozen=True, kw_only=True)
class ClassSizeCap(Policy):
    """Hold classes to a limit, lowered step by step, where teachers allow."""

    name: ClassVar[str] = "class_size_cap"
    title_en: ClassVar[str] = "Class-size cap"
    title_zh: ClassVar[str] = "班额控制"
    family: ClassVar[str] = "school_layout"
    acts_on: ClassVar[tuple[str, ...]] = ("government.5",)
    mechanism: ClassVar[str] = (
        "Schools form classes no larger than the cap as far as their teachers allow; a school short of "
        "teachers keeps larger classes. It moves the official item of class size and, very little, scores. It "
        "has no cost of its own: the teachers it needs are posts (see staffing)."
    )
    mechanism_zh: ClassVar[str] = (
        "在教师允许的范围内按上限编班，上限逐年降低；教师不足的学校仍为大班。影响班额达标，对成绩作用很小；本身"
        "无费用，所需教师见编制政策。"
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("C01", "C02", "C03", "C06", "P04")
    evidence_against: ClassVar[tuple[str, ...]] = ("C04", "C05", "C07")

    primary: float = param(
        45.0,
        unit="pupils",
        low=25,
        high=60,
        source="official limit (government item 5)",
        confidence="published",
        doc="cap in primary schools at the full dose",
        doc_zh="小学班额上限",
    )
    junior: float = param(
        50.0,
        unit="pupils",
        low=25,
        high=60,
        source="official limit (government item 5)",
        confidence="published",
        doc="cap in junior schools at the full dose; 50 is also how classes are usually formed",
        doc_zh="初中班额上限",
    )
    from_size: float = param(
        50.0,
        unit="pupils",
        low=25,
        high=70,
        source="ours: just above the usual class",
        confidence="assumed",
        doc="where the lowering begins; a cap above the usual class size changes nothing",
        doc_zh="开始降低的班额",
    )

    def effects(self, see: World, year: int) -> Effects:
        """Return the cap of the year for eligible counties, no cap elsewhere."""
        goal = np.array([self.primary, self.junior])
        cap = np.maximum(goal, self.from_size - (self.from_size - goal) * self.ramp(year))
        by_county = np.where(self.eligible(see)[:, None], cap, np.inf)  # (C, 2)
        return Effects(class_cap=by_county.take(see.schools.county, axis=0))
