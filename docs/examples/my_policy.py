"""A policy of one's own: a bonus for backbone teachers who stay in remote counties.

Try it: junheng show policy remote_backbone --policy-file docs/examples/my_policy.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from policies.base import Policy, param
from sim.effects import Effects

if TYPE_CHECKING:
    from sim.world import World

BACKBONE = 2  # row of World.teacher_counts that counts backbone teachers


@dataclass(frozen=True, kw_only=True)
class RemoteBackbone(Policy):
    """Pay a bonus to backbone teachers of village and town schools in remote counties; fewer teachers leave there."""

    name: ClassVar[str] = "remote_backbone"
    title_en: ClassVar[str] = "Bonus for backbone teachers in remote counties"
    title_zh: ClassVar[str] = "边远县骨干教师津贴"
    family: ClassVar[str] = "teacher_retention"
    mechanism: ClassVar[str] = (
        "Backbone teachers hold their schools together: where they are paid to stay, all teachers leave a little less. "
        "The bonus is paid to those who would have stayed as well."
    )
    evidence_for: ClassVar[tuple[str, ...]] = ("AL01",)
    evidence_against: ClassVar[tuple[str, ...]] = ("AL07",)

    yuan_per_year: float = param(
        12000.0, unit="yuan per backbone teacher and year", low=0, high=60000, source="example", confidence="scenario"
    )
    fewer_leavers: float = param(
        0.05,
        unit="share of leavers per 10,000 yuan",
        low=0,
        high=0.2,
        source="assumption of this example",
        confidence="assumed",
        prior="triangular",
    )
    remote_from: float = param(
        0.5, unit="remoteness of the county", low=0, high=1, source="example", confidence="scenario"
    )

    def effects(self, see: World, year: int) -> Effects:
        """Return lower hazards of leaving in the schools concerned, and what the bonus costs the province."""
        schools, counties = see.schools, see.counties
        county = self.eligible(see) & (counties.remoteness >= self.remote_from)
        here = county[schools.county] & (schools.place_type > 0)
        bonus = self.ramp(year) * self.yuan_per_year
        backbone = see.teacher_counts()[BACKBONE].sum(1)
        return Effects(
            leave_factor=np.where(here, 1.0 - self.fewer_leavers * bonus / 10000.0, 1.0),
            costs=(self.cost("province", see.by_county(np.where(here, backbone, 0.0) * bonus)),),
        )
