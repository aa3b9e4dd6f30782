"""School standardisation (标准化建设): capital earmarked to gaps against the official norms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from policies.base import Policy, param
from sim import exact
from sim.effects import Effects

if TYPE_CHECKING:
    from sim.world import World


@dataclass(frozen=True, kw_only=True)
class Standardisation(Policy):
    """Give counties capital by need for rooms, grounds, equipment and multimedia rooms below the norms."""

    name: ClassVar[str] = "standardisation"
    title_en: ClassVar[str] = "School standardisation"
    title_zh: ClassVar[str] = "义务教育学校标准化建设"
    family: ClassVar[str] = "school_standardisation"
    acts_on: ClassVar[tuple[str, ...]] = ("teaching_area", "sports_area", "equipment_value", "multimedia_rooms")
    mechanism: ClassVar[str] = (
        "A programme of capital, shared out among counties by what their schools lack to the official norms of "
        "teaching area, sports area, equipment and multimedia rooms. A county gets no more in a year than it "
        "can deliver of its gap. Part of a grant replaces money that the county would have spent itself. It "
        "moves the resource indicators and their coefficients of variation; hardware by itself hardly moves "
        "scores."
    )
    mechanism_zh: ClassVar[str] = (
        "按各县学校与国家标准（教学用房、体育场馆、设备、多媒体教室）的差距分配专项资金；县当年所得不超过其可实"
        "施能力；部分专款替代县本级投入。改善资源指标及其差异系数，硬件本身对成绩几乎没有影响。"
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("R01", "R02", "R08", "K22")
    evidence_against: ClassVar[tuple[str, ...]] = ("R03", "R09", "D07")

    end: int = param(
        2030,
        unit="calendar year",
        low=2000,
        high=2100,
        source="ours; national programmes run five years",
        confidence="assumed",
        doc="last school year in force",
        doc_zh="最后实施的学年",
    )
    yuan_per_pupil: float = param(
        760.0,
        unit="yuan per pupil of the eligible counties and year",
        low=0,
        high=2200,
        source=(
            "K22: 542.6 bn yuan in five years over 142 m compulsory pupils; high: Guizhou 2014-2018, "
            "60.34 bn yuan of compulsory investment over 5.5 m pupils"
        ),
        confidence="memory",
        doc="size of the programme",
        doc_zh="生均年投入",
    )
    delivery: float = param(
        1.0,
        unit="share of the gap times the county's capacity",
        low=0,
        high=1,
        source="ours",
        confidence="assumed",
        doc="most of its gap that a county can close in a year is this times its capacity",
        doc_zh="县当年可实施的差距份额",
    )
    crowding_out: float = param(
        0.2,
        unit="share of the grant",
        low=0,
        high=0.6,
        source="R03 suspects it, without a size",
        confidence="assumed",
        prior="triangular",
        doc="replaces the county's own capital",
        doc_zh="替代县本级投入的比例",
    )
    centre_share: float = param(
        0.8,
        unit="share of the money",
        low=0,
        high=1,
        source="cost sharing of the first tier (public funds)",
        confidence="memory",
        doc="paid by the centre",
        doc_zh="中央分担比例",
    )
    province_share: float = param(
        0.1,
        unit="share of the money",
        low=0,
        high=1,
        source="ours; the county pays the rest",
        confidence="assumed",
        doc="paid by the province",
        doc_zh="省级分担比例",
    )

    def effects(self, see: World, year: int) -> Effects:
        """Return grants by need within what a county can deliver; the part crowded out is paid but adds nothing."""
        here = self.eligible(see)
        pupils = see.by_county(see.schools.pupils)
        money = self.ramp(year) * self.yuan_per_pupil * float(exact.total(pupils[here]))
        need = np.where(here, see.by_county(see.gap_cost()), 0.0)
        most = np.minimum(self.delivery * see.counties.capacity, 1.0) * need
        grant = fill(money, need, most)
        real = grant * (1.0 - self.crowding_out)
        paid = (self.centre_share, self.province_share)
        return Effects(capital=self.shared_cost(real, *paid), costs=self.shared_cost(grant - real, *paid))


def fill(money: float, need: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Return (C,) yuan: money shared out by need, none above its most; what one cannot take goes to the others."""
    if money >= exact.total(most):
        return most.copy()
    given = np.zeros_like(need)
    for _ in range(8):  # each round either spends all or fills a county up; what is left after that is small
        open_need = np.where(given < most, need, 0.0)
        rest = money - exact.total(given)
        if rest <= 0 or not open_need.any():
            break
        given = np.minimum(given + rest * open_need / exact.total(open_need), most)
    return given
