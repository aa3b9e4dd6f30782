"""Rotation of teachers between schools (交流轮岗)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from policies.base import Policy, param
from policies.schools import at_home, below, both_stages, in_counties, of_type, served, standing, taught
from sim.columns import Array
from sim.effects import Effects, Exchange

if TYPE_CHECKING:
    from sim.world import World

VILLAGE = 2
MOST = 0.5  # of its teachers due that a section sends in one year, whatever the county owes


@dataclass(frozen=True, kw_only=True)
class Rotation(Policy):
    """Send a share of the teachers due from town and good schools to weak schools of their county for some years."""

    name: ClassVar[str] = "rotation"
    title_en: ClassVar[str] = "Rotation of teachers"
    title_zh: ClassVar[str] = "教师交流轮岗"
    family: ClassVar[str] = "teacher_rotation"
    acts_on: ClassVar[tuple[str, ...]] = ("government.11",)
    mechanism: ClassVar[str] = (
        "Each year every town school and every good school sends a share of its teachers who have served long "
        "enough to weak schools of the same county and stage; as many come in exchange; both return after some "
        "years. People move and posts stay. For learning it is nearly zero-sum: what the receiving school "
        "gains the sending school gives up, and everyone who moves is a little less effective in the first "
        "year. It is real for the official indicators (government item 11: 10 % of those due, 20 % of them "
        "backbone teachers) and for backbone teachers per pupil in weak schools."
    )
    mechanism_zh: ClassVar[str] = (
        "城镇学校和优质学校每年按比例选派符合交流条件的教师到本县同学段薄弱学校任教，薄弱学校派出同等人数交换，"
        "期满返回。人走编不动；对学业成绩近乎零和，到新校第一年效能略降；对督导评估指标（10%、骨干20%）和薄弱校"
        "骨干教师配备有实际作用。"
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("RO01", "RO02", "RO06", "RO10", "RO11")
    evidence_against: ClassVar[tuple[str, ...]] = (
        "RO04",
        "RO05",
        "RO07",
        "RO12",
        "RO15",
        "RO16",
        "T11",
        "T12",
        "T13",
    )

    share: float = param(
        0.10,
        unit="share of the teachers due, a year",
        low=0,
        high=0.5,
        source="RO01; government item 11",
        confidence="published",
        doc="teachers sent each year, over the due of all seat and town schools of the county",
        doc_zh="每学年交流教师占符合条件教师的比例",
    )
    margin: float = param(
        0.015,
        unit="share of the teachers due, a year",
        low=0,
        high=0.1,
        source="ours: with 0.005 or 0.01 some Guizhou counties miss 10 % by a few exchanges",
        confidence="assumed",
        doc=(
            "aimed above `share`, so that a county that loses an exchange or two still meets it; nothing "
            "when share is 0"
        ),
        doc_zh="计划时在比例之上多安排的余量，以免个别交换落空而不达标",
    )
    due_years: int = param(
        6,
        unit="years at the school",
        low=1,
        high=15,
        source="plans: set by each county; six is common practice",
        confidence="assumed",
        doc="service at one school after which a teacher is due",
        doc_zh="在同一学校连续任教满几年应交流",
    )
    backbone_share: float = param(
        0.20,
        unit="share of those sent",
        low=0,
        high=1,
        source="RO02; government item 11",
        confidence="published",
        doc="at least this share are backbone teachers, where there are enough",
        doc_zh="交流教师中骨干教师的最低比例",
    )
    who: str = param(
        "random",
        unit="rule",
        choices=("random", "best", "worst"),
        source="no study of who moves was found",
        confidence="assumed",
        doc="who goes among those due: by lot, the most or the least effective first",
        doc_zh="派谁：随机、效能最高者先、效能最低者先",
    )
    stay_years: int = param(
        3,
        unit="years",
        low=1,
        high=6,
        source="RO03: 2 to 3 years",
        confidence="published",
        doc="years until both return",
        doc_zh="交流年限",
    )
    weak_share: float = param(
        0.45,
        unit="share of the teachers of a county and stage",
        low=0.05,
        high=0.6,
        source="ours: with fewer, receivers fill up with visitors and some counties miss 10 % from the fourth year",
        confidence="assumed",
        doc="in the schools lowest by reputation, which receive wherever they are; village schools below the middle too",
        doc_zh="声誉最低的这部分学校接收教师；声誉在中位以下的乡村学校也接收",
    )
    yuan_per_teacher: float = param(
        6000.0,
        unit="yuan per rotating teacher and year",
        low=0,
        high=36000,
        source="RO09 and K16: 30 % of salary is expected, payments are far lower; 500 yuan a month is ours",
        confidence="assumed",
        doc="travel and living allowance, paid by the county",
        doc_zh="每人每年交通与生活补助，县级负担",
    )

    def effects(self, see: World, year: int) -> Effects:
        """Return one exchange: every section that is taught either sends or receives, or stands aside."""
        open_here = taught(see) & in_counties(see, self.eligible(see))
        sends, receives, rank = sides(see, open_here, self.weak_share)
        dose = self.ramp(year) * (self.share + self.margin if self.share > 0 else 0.0)
        share = both_stages(dose * self.burden(see, year, sends)[see.schools.county])
        return Effects(
            exchanges=(
                Exchange(
                    item=self.name,
                    send=np.where(sends, np.minimum(share, MOST), 0.0),
                    into=np.where(receives, at_home(see) * (2.0 - np.nan_to_num(rank)), 0.0),
                    link=np.full(len(see.schools), -1, np.int64),
                    backbone_share=self.backbone_share,
                    who=self.who,
                    due_years=self.due_years,
                    stay_years=self.stay_years,
                    yuan_per_teacher=self.yuan_per_teacher * self.stay_years,  # booked when a stay begins
                ),
            )
        )

    def burden(self, see: World, year: int, sends: Array) -> Array:
        """Return (C,) how many times the share the sending sections send, so that the county as a whole reaches it.

        The official share counts the teachers due of all seat and town schools, also of the weak ones among them, which
        receive here and do not send.
        """
        official = np.where(of_type(see, VILLAGE), 0.0, due(see, see.params.rotation_due, year))
        own = see.by_county(np.where(sends, due(see, self.due_years, year), 0.0))
        return np.where(own > 0, see.by_county(official) / np.maximum(own, 1e-9), 0.0)


def due(see: World, years: float, year: int) -> Array:
    """Return (S, 2) teachers on own posts, not away, who will have served `years` at the school in this school year."""
    # teachers are a year older when the staff phase asks, but not in the first year
    return served(see, years - (year > see.first_year))


def sides(see: World, among: Array, weak_share: float) -> tuple[Array, Array, Array]:
    """Return who sends, who receives, and the rank of each section in its county and stage; all (S, 2).

    The weakest, with `weak_share` of the teachers, receive, and village sections below the middle; every other town or
    urban section sends, and every good (above the middle) village one. Where a county has a single section of a stage
    nobody moves.
    """
    rank = standing(see, among)
    by_teachers = standing(see, among, weight=see.teacher_count())
    village = of_type(see, VILLAGE)
    receives = below(by_teachers, weak_share) | (village & below(rank, 0.5))
    return among & ~receives & ~(village & (rank == 0.5)), receives, rank
