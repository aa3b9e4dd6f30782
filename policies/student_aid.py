"""Student aid (学生资助)."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import gettext as tr
from typing import TYPE_CHECKING, ClassVar

from policies.base import Policy, param
from sim import exact
from sim.counting import stage_sums
from sim.effects import Aid, Effects

if TYPE_CHECKING:
    from sim.world import World

FALLBACK = (
    0.1089,
    0.4334,
)  # boarding shares of primary and junior pupils 2011 (B09, B10), before any year was observed


@dataclass(frozen=True, kw_only=True)
class StudentAid(Policy):
    """Find and aid the poor children whom aid does not reach yet; it acts on drop-out, not on scores."""

    name: ClassVar[str] = "student_aid"
    title_en: ClassVar[str] = "Student aid"
    title_zh: ClassVar[str] = "学生资助"
    family: ClassVar[str] = "student_aid"
    acts_on: ClassVar[tuple[str, ...]] = ("quality.1",)
    mechanism: ClassVar[str] = (
        "The base run holds the aid that was in force. The policy reaches poor children who are eligible and "
        "were missed, and by mistake some who are not poor; a child it reaches has a lower hazard of dropping "
        "out. Boarders get the full living subsidy, day pupils half. No effect on scores is assumed. Costs are "
        "paid by the centre. It applies to the whole region: aid is national, so `counties` cannot narrow it."
    )
    mechanism_zh: ClassVar[str] = (
        "基准情形已包含现行资助。本政策找到并资助尚未覆盖的困难学生（也会误助少数非困难学生），降低其辍学概率；"
        "寄宿生全额、走读生减半；不假定对成绩有影响；资金由中央负担；全域实施，不能只限部分县。"
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("AI01", "AI03", "AI04", "AI05", "AI06", "AI07", "AI08")
    evidence_against: ClassVar[tuple[str, ...]] = ("AI02", "DR08")

    coverage: float = param(
        1.0,
        unit="share of poor children",
        low=0,
        high=1,
        source="plans: full coverage of poor pupils",
        confidence="scenario",
        doc="reached at the full dose, those already reached included",
        doc_zh="困难学生资助覆盖率（含已资助）",
    )
    already: float = param(
        0.85,
        unit="share of poor children",
        low=0.5,
        high=1,
        source="ours; no rate of missed children is published",
        confidence="assumed",
        prior="triangular",
        doc="reached by the aid inside the base run",
        doc_zh="基准情形已覆盖比例",
    )
    leakage: float = param(
        0.02,
        unit="share of other children",
        low=0,
        high=0.2,
        source="ours",
        confidence="assumed",
        doc="reached by mistake when all the missed are sought; in proportion when fewer are",
        doc_zh="误助比例",
    )
    hazard_ratio: float = param(
        0.7,
        unit="ratio",
        low=0.4,
        high=1.0,
        source=(
            "AI01: 0.4 among the poorest of one poor county when drop-out was 13 %; AI02: none; today "
            "far fewer drop out"
        ),
        confidence="assumed",
        prior="triangular",
        doc="times the hazard of dropping out of a child reached",
        doc_zh="受助学生辍学风险比",
    )
    primary_yuan: float = param(
        1500.0,
        unit="yuan per boarder and year",
        low=0,
        high=5000,
        source="living subsidy of 2025; K08 for 2011",
        confidence="memory",
        doc="primary boarder",
        doc_zh="小学寄宿生年补助",
    )
    junior_yuan: float = param(
        1750.0,
        unit="yuan per boarder and year",
        low=0,
        high=5000,
        source="living subsidy of 2025; K08 for 2011",
        confidence="memory",
        doc="junior boarder",
        doc_zh="初中寄宿生年补助",
    )
    day_share: float = param(
        0.5,
        unit="share of a boarder's amount",
        low=0,
        high=1,
        source="day pupils of the poor groups get half",
        confidence="memory",
        doc="day pupil",
        doc_zh="非寄宿生为寄宿生标准的比例",
    )
    meals_yuan: float = param(
        0.0,
        unit="yuan per child reached and year",
        low=0,
        high=1000,
        source="K09: 5 yuan on 200 days",
        confidence="scenario",
        doc="meals on top; a cost only, no effect on scores is counted",
        doc_zh="另加营养膳食补助",
    )

    def effects(self, see: World, year: int) -> Effects:
        """Return the aid beyond the base: coverage of the missed, leakage in proportion."""
        missed = max(0.0, 1.0 - self.already)
        found = self.ramp(year) * max(0.0, self.coverage - self.already)
        if found <= 0 or self.counties:
            return self._refuse_counties()
        boarding = boarding_shares(see)
        primary, junior = (
            full * (b + (1 - b) * self.day_share) + self.meals_yuan
            for full, b in zip((self.primary_yuan, self.junior_yuan), boarding, strict=True)
        )
        return Effects(aid=Aid(self.name, found, self.leakage * found / missed, self.hazard_ratio, primary, junior))

    def _refuse_counties(self) -> Effects:
        from sim.errors import InputError

        if self.counties:
            raise InputError(
                tr("{name}: counties = {counties!r}: aid is given in the whole region. Leave it out.").format(
                    name=self.name, counties=list(self.counties)
                )
            )
        return Effects()


def boarding_shares(see: World) -> tuple[float, float]:
    """Return the share of poor children who board, by stage: of all children last year, or of China in 2011 before."""
    n, boarding = exact.total(stage_sums(see.tally.n, see.tally.n_boarding), 1)  # each (2,), by stage
    primary, junior = (float(boarding[t] / n[t]) if n[t] > 0 else FALLBACK[t] for t in range(2))
    return primary, junior
