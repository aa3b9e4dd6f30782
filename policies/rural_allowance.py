"""Rural teacher allowance (乡村教师生活补助)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from policies.base import Policy, param
from policies.schools import OWN
from sim import exact
from sim.counting import row_sums
from sim.effects import Effects

if TYPE_CHECKING:
    from sim.world import World


@dataclass(frozen=True, kw_only=True)
class RuralAllowance(Policy):
    """Raise the monthly allowance of village (and partly town) teachers above what is in force."""

    name: ClassVar[str] = "rural_allowance"
    title_en: ClassVar[str] = "Rural teacher allowance"
    title_zh: ClassVar[str] = "乡村教师生活补助"
    family: ClassVar[str] = "teacher_pay"
    mechanism: ClassVar[str] = (
        "The base run holds the allowance in force. The policy pays the difference to a higher one; the hazard "
        "of leaving falls with pay by an elasticity. Location counts for more than pay in what is known of "
        "Chinese teachers, so the default is small and its range holds zero. Fewer leavers keep experience in "
        "village schools and save hiring. The raise is paid to everyone who stays, which makes it dear for "
        "each teacher kept."
    )
    mechanism_zh: ClassVar[str] = (
        "基准情形已含现行补助，本政策支付提高部分；离职概率按弹性随收入下降。已有研究显示区位比工资重要，故默认"
        "弹性小且区间含零。补助发给全部在岗乡村教师，因此每多留一人成本较高。"
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("AL01", "AL02", "AL03", "AL04", "AL12", "K13")
    evidence_against: ClassVar[tuple[str, ...]] = ("AL05", "AL07", "AL08")

    yuan_per_month: float = param(
        400.0,
        unit="yuan per teacher and month",
        low=0,
        high=3000,
        source="K13: a local rule of 400",
        confidence="published",
        doc="allowance wanted in village schools",
        doc_zh="乡村学校教师月补助标准",
    )
    in_force: float = param(
        284.0,
        unit="yuan per teacher and month",
        low=0,
        high=1000,
        source="AL12: mean of 2016",
        confidence="published",
        doc="inside the base run; only what is above it costs and acts",
        doc_zh="现行平均标准（已在基准内）",
    )
    town_share: float = param(
        0.5,
        unit="share of the village amount",
        low=0,
        high=1,
        source="ours",
        confidence="assumed",
        doc="raise in town schools",
        doc_zh="镇区学校相对乡村的比例",
    )
    gradient: float = param(
        0.0,
        unit="share per unit of remoteness",
        low=0,
        high=2,
        source="scenario",
        confidence="scenario",
        doc="more for remote counties: raise x (1 + gradient x (remoteness - 0.5))",
        doc_zh="按边远程度差别化的坡度",
    )
    elasticity: float = param(
        0.5,
        unit="percent fewer leavers per percent of pay",
        low=0,
        high=3,
        source="AL01 (sign), AL07 (none within districts), AL05 (pay is low on the list)",
        confidence="assumed",
        prior="triangular",
        doc="leaving x (1 + raise / pay) ^ -elasticity",
        doc_zh="离职对收入的弹性",
    )
    months: int = param(
        12,
        unit="months a year",
        low=1,
        high=12,
        source="ours",
        confidence="assumed",
        doc="months paid",
        doc_zh="发放月数",
    )
    centre_share: float = param(
        0.85,
        unit="share of the money",
        low=0,
        high=1,
        source="K13 and AL12: 3.8 bn yuan of the centre for 1.3 m teachers at 284 a month",
        confidence="derived",
        doc="paid by the centre",
        doc_zh="中央分担比例",
    )
    province_share: float = param(
        0.0,
        unit="share of the money",
        low=0,
        high=1,
        source="ours; the county pays the rest",
        confidence="assumed",
        doc="paid by the province",
        doc_zh="省级分担比例",
    )

    def effects(self, see: World, year: int) -> Effects:
        """Return lower hazards of leaving where the raise is paid, and its cost."""
        s, c = see.schools, see.counties
        raise_month = self.ramp(year) * max(0.0, self.yuan_per_month - self.in_force)
        if raise_month == 0.0:
            return Effects()
        by_place = np.array([0.0, self.town_share, 1.0])
        steep = np.maximum(1.0 + self.gradient * (c.remoteness - 0.5), 0.0) * self.eligible(see)
        yuan = raise_month * self.months * by_place * steep[:, None]  # (C, 3) by county and place type
        pay = see.region.prices["teacher_year"].value
        stays = exact.power(1.0 + yuan / pay, -self.elasticity)
        teachers = row_sums(see.teacher_counts()[OWN])
        paid = see.by_county(yuan[s.county, s.place_type] * teachers)
        return Effects(
            leave_factor=stays[s.county, s.place_type],
            costs=self.shared_cost(paid, self.centre_share, self.province_share),
        )
