"""The children and the teachers of a model as sets: `model.students`, `model.teachers`."""

from __future__ import annotations

from collections.abc import Callable
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sim.columns import Array, Columns
from sim.errors import NoKey
from sim.numbers import shown, whole
from sim.persons import Persons
from sim.rows import Part, RowSet, RowView, Told
from sim.tables import FLAGS, PLACE_TYPES, STAGES, TEACHER_KINDS, Students, Teachers

if TYPE_CHECKING:
    from sim.world import World

ENTRY_AGE = 6  # years, at the start of grade 1
COHORTS_BEFORE = 8  # cohorts in school when the run begins, besides the one that enters
COHORT_BITS = 24  # person = number of the cohort << 24 | row: see `sim.people.make_cohort`
Compute = Callable[["World", Part], Array]
PLACE_CODES = "0 urban, 1 town, 2 village"
FLAG_DOCS = {
    "both_away": "both parents away (left-behind, 留守)",
    "one_away": "one parent away",
    "migrant": "registered in another county (随迁)",
    "poor": "eligible for aid",
    "boarding": "boards at school",
    "disabled": "disabled",
    "out": "of compulsory age and out of school",
}


def _stored(name: str) -> Compute:
    return lambda world, part: part.of(getattr(part.table, name))


def _constant(value: Callable[[Part], int]) -> Compute:
    return lambda world, part: np.full(len(part), value(part), np.int8)


def _flag(bit: int) -> Compute:
    return lambda world, part: (part.of(part.table.flags) & np.uint8(1 << bit)) != 0


def _of_school(name: str) -> Compute:
    return lambda world, part: getattr(world.schools, name)[part.of(part.table.school)]


def _of_post(name: str) -> Compute:
    return lambda world, part: getattr(world.schools, name)[part.of(part.table.section) >> 1]


def _of_home(name: str) -> Compute:
    return lambda world, part: getattr(world.places, name)[part.of(part.table.home)]


def _person(world: World, part: Part) -> Array:
    if part.persons is not None:
        return part.of(part.persons)
    rows = np.arange(len(part.table)) if part.rows is None else part.rows
    return rows.astype(np.int64) + part.first


def _score(world: World, part: Part) -> Array:
    return part.of(part.table.ability) + part.of(part.table.knowledge)


def _fixed(words: tuple[str, ...]) -> Callable[[World], Array]:
    return lambda world: np.array(words)


WORDS: dict[str, Callable[[World], Array]] = {
    "stage": _fixed(STAGES),
    "school": lambda world: world.schools.name,
    "county": lambda world: world.counties.name,
    "place_type": _fixed(PLACE_TYPES),
}


class StudentSet(RowSet):
    """The children of grades 1-9, those out of school included (`out`), youngest cohort first.

    One row stands for `weight` children, the same for all, so means and shares need no weights.
    """

    table: ClassVar[type[Columns]] = Students
    one: ClassVar[str] = "Student"
    derived: ClassVar[dict[str, Told]] = {
        "person": Told(_person, "the person, for ever"),
        "grade": Told(_constant(lambda part: part.grade), "grade, 1 to 9", "grade"),
        "age": Told(_constant(lambda part: part.grade + ENTRY_AGE - 1), "age at the start of the school year", "years"),
        "stage": Told(_constant(lambda part: int(part.grade > 6)), "0 primary, 1 junior"),
        "score": Told(_score, "ability + knowledge", "student SD of the base year"),
        "county": Told(_of_school("county"), "row of counties, where the school is"),
        "place_type": Told(_of_school("place_type"), f"of the school: {PLACE_CODES}"),
        "home_county": Told(_of_home("county"), "row of counties, where the home is"),
        "home_type": Told(_of_home("kind"), f"of the home: {PLACE_CODES}"),
        "weight": Told(lambda w, part: np.full(len(part), w.weight), "children that this row stands for", "children"),
    } | {name: Told(_flag(bit), FLAG_DOCS[name]) for bit, name in enumerate(FLAGS)}
    words = WORDS | {"home_county": WORDS["county"], "home_type": WORDS["place_type"]}

    @classmethod
    def of(cls, world: World) -> StudentSet:
        """Return all children of a world as it stands now; where only some counties are run, those at their schools."""
        blocks = zip(world.blocks, world.first_person, world.persons, strict=True)
        return cls(world, [_cohort(world, *made, grade) for grade, made in enumerate(blocks, 1)])

    def _view(self, part: Part) -> Student:
        return Student(self._world, part, StudentSet)

    def by_person(self, person: int) -> Any:
        """Return one child by its number; InputError (and KeyError) when it is not in this set."""
        return _by_person(self, person)


def _cohort(world: World, block: Students, first: int, persons: Persons | None, grade: int) -> Part:
    if world.outside is None or persons is None:
        return Part(block.read_only(), None, first, grade)
    return Part(block.read_only(), np.flatnonzero(world.outside.schools[block.school]), first, grade, persons.all())


class Student(RowView):
    """One child. It may be kept: after a step it shows the same child a year older, after grade 9 its last state."""

    __slots__ = ()

    def _now(self) -> Part:
        part, world = self._part, self._world
        entered = world.first_year - COHORTS_BEFORE + (part.first >> COHORT_BITS)
        return Part(part.table, part.rows, part.first, min(world.year - entered + 1, 9), part.persons)


class TeacherSet(RowSet):
    """The teachers in service, sorted by school. A row stands for `weight` teachers: 1 in a run with everybody; in a
    sample sums and means need the weights."""

    table: ClassVar[type[Columns]] = Teachers
    one: ClassVar[str] = "Teacher"
    derived: ClassVar[dict[str, Told]] = {
        "person": Told(_stored("id"), "the person, for ever"),
        "school": Told(lambda world, part: part.of(part.table.section) >> 1, "row of schools"),
        "stage": Told(lambda world, part: part.of(part.table.section) & 1, "0 primary, 1 junior"),
        "county": Told(_of_post("county"), "row of counties"),
        "place_type": Told(_of_post("place_type"), f"of the school: {PLACE_CODES}"),
        "on_rotation": Told(lambda world, part: part.of(part.table.home_section) >= 0, "away from the own school"),
    }
    words = WORDS | {"kind": _fixed(TEACHER_KINDS)}

    @classmethod
    def of(cls, world: World) -> TeacherSet:
        """Return all teachers of a world as it stands now."""
        return cls(world, [Part(world.teachers.read_only())])

    def by_person(self, person: int) -> Any:
        """Return one teacher by number; errors as for children. Rows move each year: ask again after a step."""
        return _by_person(self, person)


def _by_person(rows: RowSet, person: int) -> Any:
    number = whole(person)
    found = np.flatnonzero(rows.person == number) if number is not None and abs(number) < 2**63 else np.zeros(0)
    if not len(found):
        raise NoKey(tr("no person {person} in this set of {n}.").format(person=shown(person), n=len(rows)))
    return rows[int(found[0])]
