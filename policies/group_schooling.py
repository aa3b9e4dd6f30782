"""Group schooling (集团化办学, 学区制, 城乡教育共同体)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from policies.base import Policy, param
from policies.schools import (
    at_home,
    below,
    best_per_county,
    chosen_first,
    in_counties,
    in_stage,
    of_type,
    partners,
    standing,
    taught,
)
from sim.columns import Array
from sim.counting import row_sums
from sim.effects import Effects, Exchange

if TYPE_CHECKING:
    from sim.world import World


@dataclass(frozen=True, kw_only=True)
class GroupSchooling(Policy):
    """Tie weak schools of a county and stage to a lead school: joint management, some lent teachers."""

    name: ClassVar[str] = "group_schooling"
    title_en: ClassVar[str] = "Group schooling"
    title_zh: ClassVar[str] = "集团化办学"
    family: ClassVar[str] = "group_schooling"
    mechanism: ClassVar[str] = (
        "In each county and stage the key school and the best schools of seat and towns lead; weak schools "
        "(below the middle of the county by reputation) join the nearest lead with room, up to a coverage that "
        "grows by year. Members share management and teaching plans (a small gain for urban members, none for "
        "rural ones) and get teachers lent by the lead in exchange for their own; the lead is diluted by what "
        "it exports. Lent teachers are the same people that rotation can send: each is counted once."
    )
    mechanism_zh: ClassVar[str] = (
        "每县每学段由重点校和城镇强校牵头，声誉在县内中位以下的薄弱校就近加入，覆盖面逐年扩大。成员校共享管理和"
        "教研（城区成员校略有提升，乡村成员校约为零），并与牵头校互派教师；牵头校因输出教师而被稀释。"
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("G01", "G02", "G03", "G06", "G10", "G13", "A04")
    evidence_against: ClassVar[tuple[str, ...]] = ("G04", "G05", "G09", "G11", "G12", "I10")

    coverage: float = param(
        0.5,
        unit="share of the weak sections of a county and stage",
        low=0,
        high=1,
        source="the plans give no number",
        confidence="assumed",
        doc="weak schools in groups at the full dose",
        doc_zh="薄弱校入集团比例",
    )
    phase_in: int = param(
        5,
        unit="years",
        low=1,
        high=20,
        source="ours",
        confidence="assumed",
        doc="years until the full coverage, in equal steps",
        doc_zh="逐年等步到位的年数",
    )
    members: int = param(
        4,
        unit="member schools a lead",
        low=1,
        high=15,
        source="ours",
        confidence="assumed",
        doc="most members of one lead",
        doc_zh="每个牵头校最多带的成员校数",
    )
    first: str = param(
        "near",
        unit="rule",
        choices=("near", "weak", "rural"),
        source="plans: near-home districts, or rural and weak first",
        confidence="scenario",
        doc="who joins first: nearest to the best school, weakest, or villages and then weakest",
        doc_zh="先纳入：近者、最弱者、乡村校",
    )
    urban_gain: float = param(
        0.02,
        unit="student SD a year",
        low=0,
        high=0.06,
        source="G01, G03 (sign +, no size), bound by R04",
        confidence="assumed",
        prior="triangular",
        doc="gain of urban members",
        doc_zh="城区成员校增益",
    )
    rural_gain: float = param(
        0.0,
        unit="student SD a year",
        low=-0.02,
        high=0.03,
        source="G04 (null, negative for weaker pupils), G01",
        confidence="published",
        prior="triangular",
        doc="gain of members in towns and villages",
        doc_zh="镇村成员校增益",
    )
    dilution: float = param(
        0.1,
        unit="student SD a year per share of the lead's due teachers lent in a year",
        low=0,
        high=0.4,
        source="G02 finds none; beyond what the exchange of people does by itself",
        confidence="assumed",
        prior="triangular",
        doc="loss of the lead",
        doc_zh="牵头校被稀释的损失",
    )
    lend_share: float = param(
        0.03,
        unit="share of the lead's teachers due, a year",
        low=0,
        high=0.3,
        source="ours",
        confidence="assumed",
        doc="teachers a lead lends each year, in exchange for members'",
        doc_zh="牵头校每年派出教师比例",
    )
    due_years: int = param(
        3,
        unit="years at the school",
        low=1,
        high=15,
        source="ours",
        confidence="assumed",
        doc="service after which a teacher may be lent",
        doc_zh="任教满几年可派出",
    )
    stay_years: int = param(
        2,
        unit="years",
        low=1,
        high=6,
        source="RO03: 2 to 3 years",
        confidence="published",
        doc="years until lent teachers return",
        doc_zh="派出年限",
    )
    yuan_per_member: float = param(
        50000.0,
        unit="yuan per member section and year",
        low=0,
        high=300000,
        source="ours; no unit cost was found",
        confidence="assumed",
        doc="management and joint teaching, paid by the county",
        doc_zh="每个成员校年度管理与教研经费",
    )

    def effects(self, see: World, year: int) -> Effects:
        """Return gains and dilution, the lending between leads and members, and the cost of management."""
        lead_of = self.groups(see, year)
        n = len(see.schools)
        member, leads = lead_of >= 0, np.zeros((n, 2), np.bool_)
        for stage in range(2):
            leads[lead_of[member[:, stage], stage], stage] = True
        gain = np.where(of_type(see, 0), self.urban_gain, self.rural_gain)
        shift = np.where(member, gain, 0.0) - np.where(leads, self.dilution * self.lend_share, 0.0)
        yuan = see.by_county(row_sums(member.astype(float)) * self.yuan_per_member)
        exchanges = tuple(self.lending(see, lead_of, leads, stage) for stage in range(2) if member[:, stage].any())
        return Effects(score_shift=shift, exchanges=exchanges, costs=(self.cost("county", yuan),))

    def groups(self, see: World, year: int) -> Array:
        """Return (S, 2) row of the lead school of each member section, -1 for all others."""
        among = taught(see) & in_counties(see, self.eligible(see))
        rank = standing(see, among)
        able = among & of_type(see, 0, 1) & ~below(rank, 0.5)
        weak = below(rank, 0.5)
        found = np.full(rank.shape, -1, np.int64)
        for stage in range(2):
            best = best_per_county(see, able[:, stage], rank[:, stage], np.ones(len(see.counties)))
            order = self.order(see, best, rank[:, stage])
            member = chosen_first(see, weak[:, [stage]], order[:, None], self.coverage * self.ramp(year))[:, 0]
            number = np.ceil(see.by_county(member.astype(float)) / self.members)
            leads = best_per_county(see, able[:, stage], rank[:, stage], number)
            found[:, stage] = partners(see, member, leads, order, self.members)
        return found

    def order(self, see: World, best: Array, rank: Array) -> Array:
        """Return (S,) who joins first, lowest first (nearest: distance squared). best: (S,) the one best school of each county."""
        s = see.schools
        if self.first == "weak":
            return np.nan_to_num(rank, nan=2.0)
        if self.first == "rural":
            return np.nan_to_num(rank, nan=2.0) - (s.place_type == 2) * 10.0
        x, y = see.by_county(np.where(best, s.x, 0.0)), see.by_county(np.where(best, s.y, 0.0))
        dx, dy = s.x - x[s.county], s.y - y[s.county]

        return dx * dx + dy * dy

    def lending(self, see: World, lead_of: Array, leads: Array, stage: int) -> Exchange:
        """Return the exchange between the leads and members of one stage."""
        members = lead_of[:, stage] >= 0
        return Exchange(
            item=self.name,
            send=in_stage(np.where(leads[:, stage], self.lend_share, 0.0), stage),
            into=in_stage(np.where(members, at_home(see)[:, stage], 0.0), stage),
            link=lead_of[:, stage],
            backbone_share=0.0,
            who="random",
            due_years=self.due_years,
            stay_years=self.stay_years,
            yuan_per_teacher=0.0,
            counts_as_rotation=False,
        )
