"""Staff quota and recruitment (编制与教师补充): posts beyond what the county keeps by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from policies.base import Policy, param
from policies.schools import PE_ART, taught
from sim.columns import Array
from sim.effects import Effects

if TYPE_CHECKING:
    from sim.world import World

PE_ART_PER_PUPIL = 0.009  # official norm: 0.9 PE, music and fine-art teachers per 100 pupils


@dataclass(frozen=True, kw_only=True)
class Staffing(Policy):
    """Add posts where a county is below the national quota, cannot staff its classes, or lacks PE and art teachers."""

    name: ClassVar[str] = "staffing"
    title_en: ClassVar[str] = "Staff quota and recruitment"
    title_zh: ClassVar[str] = "教职工编制与教师补充"
    family: ClassVar[str] = "staffing_quota"
    acts_on: ClassVar[tuple[str, ...]] = ("teachers_above_required_degree", "pe_art_teachers")
    mechanism: ClassVar[str] = (
        "Each county and stage is brought up to the posts that the chosen rule asks, at a limited growth a "
        "year; nothing is added where it is already above. Recruitment then fills the posts as far as the "
        "county can hire, the short subjects first. More teachers a pupil allow smaller classes and move the "
        "teacher indicators; by themselves they hardly move scores. The county pays full salaries of all added "
        "posts, filled or not."
    )
    mechanism_zh: ClassVar[str] = (
        "按国家编制标准、班级配备或音体美教师缺口测算各县各学段所需岗位，逐年限幅增编，已达标者不增；随后按县招"
        "聘能力补充，先补紧缺学科。增编可缩小班额、改善教师指标，本身对成绩作用很小；新增岗位工资由县负担。"
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("RE01", "RE04", "T05", "T06")
    evidence_against: ClassVar[tuple[str, ...]] = ("RE02", "RE03", "RE05", "C04", "J04")

    rule: str = param(
        "highest",
        unit="rule",
        choices=("quota", "classes", "subjects", "highest"),
        source="scenario",
        confidence="scenario",
        doc=(
            "quota: pupils per staff member; classes: enough teachers for classes within the size limit; "
            "subjects: enough PE and art teachers; highest: the most of the three"
        ),
        doc_zh="测算规则：编制标准、班级配备、音体美缺口、取最高",
    )
    phase_in: int = param(
        3,
        unit="years",
        low=1,
        high=20,
        source="ours; full review every three years",
        confidence="assumed",
        doc="years until the whole shortage is met, in equal steps",
        doc_zh="逐年等步到位的年数",
    )
    primary_per_staff: float = param(
        19.0,
        unit="pupils per staff member",
        low=10,
        high=30,
        source="national quota of 2014",
        confidence="memory",
        doc="quota of primary schools",
        doc_zh="小学员额比",
    )
    junior_per_staff: float = param(
        13.5,
        unit="pupils per staff member",
        low=8,
        high=25,
        source="national quota of 2014",
        confidence="memory",
        doc="quota of junior schools",
        doc_zh="初中员额比",
    )
    teacher_share: float = param(
        0.93,
        unit="share of staff",
        low=0.8,
        high=1,
        source="ours",
        confidence="assumed",
        doc="teachers among staff",
        doc_zh="教职工中专任教师比例",
    )
    primary_class: float = param(
        45.0,
        unit="pupils",
        low=30,
        high=60,
        source="official limit (government item 5)",
        confidence="published",
        doc="class size that the rule `classes` staffs in primary schools",
        doc_zh="小学班额",
    )
    junior_class: float = param(
        50.0,
        unit="pupils",
        low=30,
        high=60,
        source="official limit (government item 5)",
        confidence="published",
        doc="the same in junior schools",
        doc_zh="初中班额",
    )
    max_growth: float = param(
        0.02,
        unit="share of the county's posts, a year",
        low=0,
        high=0.1,
        source="ours",
        confidence="assumed",
        doc="posts added in each year since the start, at most",
        doc_zh="每年增编上限",
    )

    def effects(self, see: World, year: int) -> Effects:
        """Return the posts beyond the base by county and stage, and who is paid for."""
        base = see.posts_total
        short = np.maximum(self.need(see) - base, 0.0) * self.eligible(see)[:, None]
        most = self.max_growth * (year - self.start + 1) * base
        posts = np.floor(np.minimum(self.ramp(year) * short, most))
        return Effects(posts=posts, salary_items=((self.name, posts),))

    def need(self, see: World) -> Array:
        """Return (C, 2) posts that the rule asks for last year's pupils."""
        rules = {"quota": self.by_quota, "classes": self.by_classes, "subjects": self.by_subjects}
        if self.rule != "highest":
            return rules[self.rule](see)
        return np.max([rule(see) for rule in rules.values()], axis=0)

    def by_quota(self, see: World) -> Array:
        """Return (C, 2) teachers of the national quota."""
        per_staff = np.array([self.primary_per_staff, self.junior_per_staff])
        return see.by_county_stage(see.schools.pupils) / per_staff * self.teacher_share

    def by_classes(self, see: World) -> Array:
        """Return (C, 2) teachers that the classes within the limit need at the lowest staffing that opens a class."""
        p, size = see.params, np.array([self.primary_class, self.junior_class])
        per_class = np.array([p.teachers_per_class_primary, p.teachers_per_class_junior])
        return see.by_county_stage(np.where(taught(see), see.class_teachers(size, per_class), 0.0))

    def by_subjects(self, see: World) -> Array:
        """Return (C, 2) present posts plus the PE and art teachers that sections lack to the norm."""
        lack = np.maximum(PE_ART_PER_PUPIL * see.schools.pupils - see.teacher_counts()[PE_ART], 0.0)
        return see.posts_total + see.by_county_stage(np.where(taught(see), lack, 0.0))
