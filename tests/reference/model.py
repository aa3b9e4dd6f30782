"""The plain model: ordinary Mesa, one object per child, teacher, school and county, the engine's rules in plain loops.

It is read beside the engine and compared with it; nothing of the engine's phases or kernels runs here. It starts from a
start world of the engine, every row copied into an object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mesa
import numpy as np

from sim.effects import Effects, combine
from sim.tables import OUTSIDE
from sim.tally import Ledger, StaffFlows, Tally
from sim.world import World
from tests.reference.admission import admission
from tests.reference.agents import Child, County, Place, School, Teacher
from tests.reference.copying import copy_children, copy_choice, copy_counties, copy_places, copy_schools, copy_teachers
from tests.reference.county_plan import county_plan
from tests.reference.households import communities, households
from tests.reference.inspection import inspection
from tests.reference.learning import equip, stay_or_leave, teach
from tests.reference.luck import Luck
from tests.reference.staff import staff
from tests.reference.view import world_of

Phase = Callable[["ReferenceModel", Effects, int], None]
PHASES: tuple[tuple[str, Phase], ...] = (
    ("households", households),
    ("county_plan", county_plan),
    ("admission", admission),
    ("staff", staff),
    ("equip", equip),
    ("teach", teach),
    ("stay_or_leave", stay_or_leave),
    ("inspect", inspection),
)


class ReferenceModel(mesa.Model):
    """One county or a few, as objects. `tables` keeps the start world for what never changes (places, region)."""

    def __init__(self, start: World, policies: Sequence[Any] = ()) -> None:
        super().__init__(seed=start.seed)  # Mesa's own generator is never asked
        self.policies = policies
        self.tables, self.region, self.params, self.align = start, start.region, start.params, start.align
        self.luck, self.seed_of_run = Luck(start.seed), start.seed
        self.sample, self.weight, self.entry_variant = start.sample, start.weight, start.entry_variant
        self.first_year, self.year = start.first_year, start.first_year
        self.base_ratio = [float(x) for x in start.base_ratio]
        self.ses_mean, self.ses_sd = [float(x) for x in start.ses_mean], float(start.ses_sd)
        self.inspection, self.tally = start.inspection, start.tally
        self.flows, self.ledger = StaffFlows.empty(len(start.schools)), Ledger()
        self.counties: list[County] = copy_counties(self, start)
        self.places: list[Place] = copy_places(self, start)
        self.schools: list[School] = copy_schools(self, start)
        self.grades: list[list[Child]] = copy_children(self, start)
        self.teachers: list[Teacher] = []
        self.sort_teachers(copy_teachers(self, start))
        copy_choice(self, start)
        self.communities = communities(self)
        self.next_year = self.first_year

    def step(self) -> None:
        """Run one school year."""
        effects = self.open_year(self.next_year)
        for name, _ in PHASES:
            self.run_phase(name, effects)
        self.next_year += 1

    def open_year(self, year: int) -> Effects:
        """Begin a year: empty flows, ledger and sums; ask the policies."""
        self.year = year
        self.flows, self.ledger = StaffFlows.empty(len(self.schools)), Ledger()
        see = world_of(self).read_only()
        return combine((policy.name, policy.effects(see, year)) for policy in self.policies)

    def run_phase(self, name: str, effects: Effects) -> None:
        """Run one phase of the year that is open."""
        if name == "teach":
            self.tally = Tally.empty(len(self.schools))
        dict(PHASES)[name](self, effects, self.year)

    def sort_teachers(self, added: list[Teacher]) -> None:
        """Make the staff lists anew: by section, the old in their order, then the added; those who left are let go."""
        everybody = [*self.teachers, *added]
        for t in everybody:
            if t.school is None:
                t.remove()
        for s in self.schools:
            s.staff = [[], []]
        for t in everybody:
            if t.school is not None:
                t.school.staff[t.stage].append(t)
        self.teachers = [t for s in self.schools for stage in range(2) for t in s.staff[stage]]

    def present(self, school: School, stage: int) -> float:
        """Return the teachers of a section when the staff lists were last made, those from outside included."""
        return sum(t.weight for t in school.staff[stage])

    def own_teachers(self, county: County, stage: int) -> float:
        """Return the teachers on a county's own posts."""
        staff = [t for s in county.schools for t in s.staff[stage]]
        return sum(t.weight for t in staff if t.kind != OUTSIDE)

    def pay(self, item: str, payer: str, county: County, yuan: float) -> None:
        """Book spending in a county."""
        row = np.zeros(len(self.counties))
        row[county.row] = yuan
        self.ledger.add(item, payer, row)
