"""The agents of the plain model: one Python object per child, teacher, school and county, and per home place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mesa

from sim.tables import JUNIOR, NINE_YEAR, PRIMARY, TEACHING_POINT

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

URBAN, TOWN, VILLAGE = range(3)
LEVEL_KINDS = ((TEACHING_POINT, PRIMARY, NINE_YEAR), (JUNIOR, NINE_YEAR), (PRIMARY, NINE_YEAR))  # grades 1-3, 7-9, 4-6


@dataclass
class Option:
    """A school that a family may choose. km is None where the slot only repeats the zone school."""

    school: School
    km: float | None
    boards: bool = False


@dataclass
class Place:
    """A home place. options and cumulated: per level (grades 1-3, 7-9, 4-6), set anew each year."""

    row: int
    county: County
    kind: int
    x: Any  # float32, as in the table
    y: Any
    share: float
    nearest_town: Place | None = None
    area: int = 0  # quarter of the county, 0-3
    options: list[list[Option]] = field(default_factory=list)
    cumulated: list[list[list[float]]] = field(default_factory=list)  # [level][third of family background][slot]


class County(mesa.Agent):
    """A county that plans, hires and is inspected."""

    def __init__(self, model: ReferenceModel, row: int) -> None:
        super().__init__(model)
        self.row = row
        self.schools: list[School] = []
        self.quarters: list[Place] = []  # of the county's seat
        self.fiscal = self.capacity = self.favour = 0.0
        self.posts_total = [0.0, 0.0]
        self.carry = 0.0  # yuan of capital kept from last year
        self.memory = [0.0] * 7
        self.certified = 0
        self.applying = False  # on the way to its application for certification
        self.staff_before = [0.0, 0.0]


class School(mesa.Agent):
    """A school; staff[stage] is who worked there when the table of teachers was last made."""

    def __init__(self, model: ReferenceModel, row: int, county: County) -> None:
        super().__init__(model)
        self.row, self.county = row, county
        self.kind = self.place_type = 0
        self.x: Any = 0.0
        self.y: Any = 0.0
        self.open = self.key = False
        self.opens = 0
        self.successor: School = self
        self.seats, self.seats_coming = [0.0, 0.0], [0.0, 0.0]
        self.beds = 0.0
        self.stock = [0.0] * 4
        self.posts, self.row_weight = [0.0, 0.0], [1.0, 1.0]
        self.leadership = 0.0
        self.reputation, self.pupils = [0.0, 0.0], [0.0, 0.0]
        self.grade_pupils, self.classes = [0.0] * 9, [0.0] * 9
        self.staff: list[list[Teacher]] = [[], []]
        self.spend = [0.0] * 4

    def section(self, stage: int) -> int:
        """Return the number by which draws and ids know this school's stage."""
        return 2 * self.row + stage

    def teaches(self, level: int) -> bool:
        """Return whether it is open and has grades 1-3 (level 0), 7-9 (1) or 4-6 (2)."""
        return self.open and self.kind in LEVEL_KINDS[level]

    def serves(self, stage: int) -> bool:
        """Return whether it is open and has the stage."""
        return self.open and (self.kind != JUNIOR if stage == 0 else self.kind >= JUNIOR)


class Teacher(mesa.Agent):
    """A teacher; school is None once gone."""

    def __init__(self, model: ReferenceModel, person: int, school: School, stage: int) -> None:
        super().__init__(model)
        self.person = person
        self.school: School | None = school
        self.stage = stage
        self.weight = 1.0
        self.value_added = 0.0
        self.age = self.experience = self.years_here = self.rural_years = 0
        self.degree = self.backbone = self.pe_art = False
        self.kind = 0
        self.home: School | None = None  # where to return after rotation
        self.return_year = 0


class Child(mesa.Agent):
    """A child; out means out of school while on the roll of `school`."""

    def __init__(self, model: ReferenceModel, person: int, home: Place) -> None:
        super().__init__(model)
        self.person, self.home = person, home
        self.ability = self.knowledge = self.ses = 0.0
        self.school: School | None = None
        self.both_away = self.one_away = self.migrant = self.poor = self.boarding = self.disabled = self.out = False

    @property
    def score(self) -> float:
        """Score in student-level SD of the base year."""
        return self.ability + self.knowledge

    @property
    def third(self) -> int:
        """Third of family background: 0 low, 1 middle, 2 high."""
        return 0 if self.ses < -0.43 else (1 if self.ses < 0.43 else 2)
