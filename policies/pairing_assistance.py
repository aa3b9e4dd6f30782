"""Pairing assistance (结对帮扶, 组团式帮扶, 托管)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from policies.base import AREAS, Policy, counties_named, param
from policies.schools import (
    OWN,
    at_home,
    below,
    both_stages,
    even_share,
    in_counties,
    in_stage,
    of_type,
    partners,
    standing,
    taught,
)
from sim import exact
from sim.columns import Array
from sim.counting import row_sums
from sim.effects import Effects, Exchange, Outside

if TYPE_CHECKING:
    from sim.world import World

SCOPES = ("weak", "weak_urban", "rural")


@dataclass(frozen=True, kw_only=True)
class PairingAssistance(Policy):
    """Give weak or rural schools a strong partner for a term: people and practice come, and fade when they leave."""

    name: ClassVar[str] = "pairing_assistance"
    title_en: ClassVar[str] = "Pairing assistance"
    title_zh: ClassVar[str] = "结对帮扶"
    family: ClassVar[str] = "pairing_assistance"
    acts_on: ClassVar[tuple[str, ...]] = ("backbone_teachers",)
    mechanism: ClassVar[str] = (
        "Assisted schools get a partner: a strong school of the same county (teachers are exchanged for a "
        "time) or one from outside (teachers come beyond the county's posts), and its practice, a small yearly "
        "gain. When the term is over and not renewed the people leave and the gain fades within two years. "
        "Which school starts when is a fixed list, the same in every run. What people from outside bring "
        "beyond the average teacher is their number and title, not a higher effect on scores."
    )
    mechanism_zh: ClassVar[str] = (
        "受援校获得结对学校：县内强校（互派教师）或县外学校（编制外派入教师），并带来教学做法（每年小幅增益）；"
        "期满不续则人员撤离，增益两年内消退。各校开始年份由固定名单决定。"
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("A04", "A05", "R04")
    evidence_against: ClassVar[tuple[str, ...]] = ("A01", "A03", "RO07", "TR01", "P01")

    scope: str = param(
        "weak",
        unit="rule",
        choices=SCOPES,
        source="scenario",
        confidence="scenario",
        doc=(
            "weak: below the county's middle by reputation; weak_urban: below the middle of its urban "
            "schools; rural: every village school"
        ),
        doc_zh="受援范围：薄弱校、县域城区薄弱校、全部乡村校",
    )
    coverage: float = param(
        1.0,
        unit="share of the schools in scope",
        low=0,
        high=1,
        source="plans: full coverage by 2027",
        confidence="scenario",
        doc="assisted at the full dose",
        doc_zh="受援覆盖率",
    )
    phase_in: int = param(
        3,
        unit="years",
        low=1,
        high=20,
        source="plans: from 2025 to 2027",
        confidence="scenario",
        doc="years until the full coverage, in equal steps",
        doc_zh="逐年等步到位的年数",
    )
    partner: str = param(
        "inside",
        unit="rule",
        choices=("inside", "outside", "both"),
        source="scenario",
        confidence="scenario",
        doc="where partners come from: the same county, outside, or both",
        doc_zh="结对来源：县内、县外、两者",
    )
    gain: float = param(
        0.01,
        unit="student SD a year",
        low=-0.02,
        high=0.11,
        source="A01 is null; A04 (0.34 SD in three years) is the upper bound",
        confidence="assumed",
        prior="triangular",
        doc="practice that the partner brings",
        doc_zh="结对带来的做法增益",
    )
    term: int = param(
        3,
        unit="years",
        low=1,
        high=10,
        source="ours; teams stay one to three years",
        confidence="assumed",
        doc="years of assistance of one school",
        doc_zh="每校帮扶年限",
    )
    renewed: bool = param(
        True,
        unit="true or false",
        source="plans: coverage is to be kept",
        confidence="scenario",
        doc="whether a school whose term is over gets another",
        doc_zh="期满是否续期",
    )
    fade_years: int = param(
        2,
        unit="years",
        low=1,
        high=5,
        source="P01, P02: help fades fast once it stops",
        confidence="derived",
        doc="years after the end until the gain is gone, in equal steps",
        doc_zh="结束后增益消退年数",
    )
    schools_per_partner: int = param(
        2,
        unit="assisted schools a partner",
        low=1,
        high=10,
        source="ours",
        confidence="assumed",
        doc="most schools that one partner inside the county helps",
        doc_zh="一所县内强校最多帮扶校数",
    )
    lend_share: float = param(
        0.02,
        unit="share of the partner's teachers due, a year",
        low=0,
        high=0.3,
        source="ours",
        confidence="assumed",
        doc="teachers a partner inside the county sends each year, in exchange",
        doc_zh="县内结对校每年派出教师比例",
    )
    teachers_per_school: float = param(
        0.5,
        unit="teachers per assisted section",
        low=0,
        high=5,
        source="ours",
        confidence="assumed",
        doc="sent from outside, present each year; not used when total_teachers is given",
        doc_zh="县外派入每校教师数",
    )
    total_teachers: float = param(
        0.0,
        unit="teachers in the region, a year",
        low=0,
        high=50000,
        source="scenario",
        confidence="scenario",
        doc=(
            "sent from outside in all, shared out by the teachers of the assisted sections; 0 = by teachers_per_school"
        ),
        doc_zh="县外派入教师总数（每年在岗），0为按每校数",
    )
    tilt_to: tuple[Any, ...] = param(
        (),
        unit=AREAS,
        source="scenario",
        confidence="scenario",
        doc="where teachers from outside go first",
        doc_zh="县外教师倾斜的地区",
    )
    tilt: float = param(
        2.0,
        unit="times as many per teacher there",
        low=1,
        high=10,
        source="ours; plans say tilted, without a number",
        confidence="assumed",
        doc="weight of the counties in tilt_to",
        doc_zh="倾斜倍数",
    )
    backbone_share: float = param(
        0.5,
        unit="share of those sent from outside",
        low=0,
        high=1,
        source="ours",
        confidence="assumed",
        doc="backbone teachers among them",
        doc_zh="县外派入教师中骨干比例",
    )
    yuan_per_teacher: float = param(
        20000.0,
        unit="yuan per teacher and year",
        low=0,
        high=150000,
        source="support plan for remote areas: 20,000 a year; the sending side goes on paying the salary",
        confidence="published",
        doc="work grant of a teacher from outside, paid by the province",
        doc_zh="县外派入教师每年工作补助",
    )
    yuan_per_school: float = param(
        30000.0,
        unit="yuan per assisted section and year",
        low=0,
        high=85000,
        source="A02 (England, 9,248 GBP) is the upper bound",
        confidence="assumed",
        doc="travel and joint work, paid by the county",
        doc_zh="每校每年帮扶经费",
    )

    def acts(self, year: int) -> bool:
        """Return whether help is given, or still fades after the end."""
        return self.start <= year < self.end + self.fade_years

    def effects(self, see: World, year: int) -> Effects:
        """Return the gain, the exchange inside the county, the teachers from outside, and the cost."""
        scope = self.in_scope(see)
        helped, after = self.schedule(see, year)
        left = np.clip(1.0 - after / self.fade_years, 0.0, 1.0)
        assisted = scope & both_stages(helped)
        gain = self.gain * np.where(helped, 1.0, np.where(after > 0, left, 0.0))
        shift = np.where(scope, both_stages(gain), 0.0)
        yuan = see.by_county(row_sums(assisted.astype(float)) * self.yuan_per_school)
        inside, outside = self.partner != "outside", self.partner != "inside"
        return Effects(
            score_shift=shift,
            exchanges=self.lending(see, assisted) if inside else (),
            outside=(self.teams(see, assisted, year),) if outside else (),
            costs=(self.cost("county", yuan),),
        )

    def in_scope(self, see: World) -> Array:
        """Return (S, 2) bool of the sections that may be assisted."""
        among = taught(see) & in_counties(see, self.eligible(see))
        if self.scope == "rural":
            return among & of_type(see, 2)
        if self.scope == "weak_urban":
            among = among & of_type(see, 0)
        return below(standing(see, among), 0.5)

    def schedule(self, see: World, year: int) -> tuple[Array, Array]:
        """Return (S,) bool of schools helped this year if in scope, (S,) years since the help ended (0 = it has not).

        A school's place on the list is fixed; it begins in the first year whose coverage reaches that place.
        """
        place = even_share(len(see.schools))
        years = range(self.start, min(year, self.end) + 1)
        reached = [self.coverage * self.ramp(past) for past in years]  # never falls
        began = np.array([*years, 0])[np.searchsorted(reached, place, side="right")]
        last = np.full(len(place), self.end) if self.renewed else np.minimum(began + self.term - 1, self.end)
        helped = (began > 0) & (year <= last)
        return helped, np.where((began > 0) & ~helped, year - last, 0)

    def lending(self, see: World, assisted: Array) -> tuple[Exchange, ...]:
        """Return the exchanges, one a stage, with the nearest strong school of the county that has room."""
        among = taught(see)
        rank = standing(see, among)
        strong = among & of_type(see, 0, 1) & ~below(rank, 0.5) & ~assisted
        free, asked = at_home(see), []
        for stage in range(2):
            lead_of = partners(see, assisted[:, stage], strong[:, stage], rank[:, stage], self.schools_per_partner)
            receives, sends = lead_of >= 0, np.zeros(len(lead_of), np.bool_)
            sends[lead_of[receives]] = True
            asked.append(
                Exchange(
                    item=self.name,
                    send=in_stage(np.where(sends, self.lend_share, 0.0), stage),
                    into=in_stage(np.where(receives, free[:, stage], 0.0), stage),
                    link=lead_of,
                    backbone_share=self.backbone_share,
                    who="random",
                    due_years=3,
                    stay_years=self.term,
                    yuan_per_teacher=0.0,
                    counts_as_rotation=False,
                )
            )
        return tuple(asked)

    def teams(self, see: World, assisted: Array, year: int) -> Outside:
        """Return the teachers from outside by section."""
        number = np.where(assisted, self.teachers_per_school, 0.0)
        if self.total_teachers > 0 and assisted.any():
            first = counties_named(f"{self.name}: tilt_to", self.tilt_to, see)
            weight = np.where(assisted, see.teacher_counts()[OWN], 0.0)
            weight *= both_stages(np.where(first, self.tilt, 1.0)[see.schools.county])
            number = self.total_teachers * self.ramp(year) * weight / max(float(exact.total(weight)), 1e-9)
        return Outside(self.name, number, self.backbone_share, self.yuan_per_teacher)
