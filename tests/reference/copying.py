"""Every row of a start world copied into an object, so that the plain model starts where the engine starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.tables import FLAGS
from sim.world import World
from tests.reference.agents import TOWN, URBAN, Child, County, Option, Place, School, Teacher

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

FAR = float("inf")  # km of a slot that only repeats the zone school


def copy_counties(model: ReferenceModel, start: World) -> list[County]:
    """Return the counties."""
    counties = []
    for row in range(len(start.counties)):
        county = County(model, row)
        for name in ("fiscal", "capacity", "favour"):
            setattr(county, name, float(getattr(start.counties, name)[row]))
        county.posts_total = [float(x) for x in start.posts_total[row]]
        county.carry, county.certified = float(start.carry[row]), int(start.certified[row])
        county.applying = bool(start.applying[row])
        county.memory = [float(x) for x in start.memory[row]]
        counties.append(county)
    return counties


def copy_places(model: ReferenceModel, start: World) -> list[Place]:
    """Return the home places, each with its nearest town, and give the counties the quarters of their seats."""
    t = start.places
    places = [
        Place(row, model.counties[t.county[row]], int(t.kind[row]), t.x[row], t.y[row], float(t.share[row]))
        for row in range(len(t))
    ]
    for county in model.counties:
        here = [p for p in places if p.county is county]
        county.quarters = [p for p in here if p.kind == URBAN]
        goals = [p for p in here if p.kind == TOWN] or county.quarters
        for place in here:
            place.area = area_of(place, here)
            place.nearest_town = min(goals, key=lambda goal: (goal.x - place.x) ** 2 + (goal.y - place.y) ** 2)
    return places


def area_of(place: Place, here: list[Place]) -> int:
    """Return the school area (片区) of a place: 0-3, what lies NE, NW, SW or SE of the county's middle."""
    total = sum(p.share for p in here)
    east = place.x - sum(p.share * float(p.x) for p in here) / total
    north = place.y - sum(p.share * float(p.y) for p in here) / total
    return (0 if east >= 0 else 1) if north >= 0 else (3 if east >= 0 else 2)


def copy_schools(model: ReferenceModel, start: World) -> list[School]:
    """Return the schools and give them to their counties."""
    t, schools = start.schools, []
    for row in range(len(t)):
        s = School(model, row, model.counties[t.county[row]])
        s.county.schools.append(s)
        s.kind, s.place_type, s.x, s.y = int(t.kind[row]), int(t.place_type[row]), t.x[row], t.y[row]
        s.open, s.key, s.opens = bool(t.open[row]), bool(t.key[row]), int(t.opens[row])
        s.beds, s.leadership = float(t.beds[row]), float(t.leadership[row])
        for name in ("seats", "seats_coming", "stock", "posts", "reputation", "pupils", "grade_pupils", "classes"):
            setattr(s, name, [float(x) for x in getattr(t, name)[row]])
        s.row_weight = [float(x) for x in start.row_weight[2 * row : 2 * row + 2]]
        schools.append(s)
    for s in schools:
        s.successor = schools[t.successor[s.row]]
    return schools


def copy_choice(model: ReferenceModel, start: World) -> None:
    """Give every place what its families knew of schools when the start world was admitted."""
    for place in model.places:
        for choice in start.choice:
            options = zip(choice.school[place.row], choice.km[place.row], choice.far[place.row], strict=True)
            place.options.append(
                [Option(model.schools[row], float(km) if km < FAR else None, bool(far)) for row, km, far in options]
            )
            place.cumulated.append([[float(c) for c in row] for row in choice.cum[place.row]])


def copy_children(model: ReferenceModel, start: World) -> list[list[Child]]:
    """Return the children by grade, person by person."""
    grades = []
    for block, first in zip(start.blocks, start.first_person, strict=True):
        children = []
        for row in range(len(block)):
            child = Child(model, first + row, model.places[block.home[row]])
            child.ability, child.knowledge = float(block.ability[row]), float(block.knowledge[row])
            child.ses, child.school = float(block.ses[row]), model.schools[block.school[row]]
            for bit, name in enumerate(FLAGS):
                setattr(child, name, bool(block.flags[row] >> bit & 1))
            children.append(child)
        grades.append(children)
    return grades


def copy_teachers(model: ReferenceModel, start: World) -> list[Teacher]:
    """Return the teachers in the order of their table."""
    t, teachers = start.teachers, []
    for row in range(len(t)):
        section = int(t.section[row])
        one = Teacher(model, int(t.id[row]), model.schools[section >> 1], section & 1)
        one.weight, one.value_added = float(t.weight[row]), float(t.value_added[row])
        for name in ("age", "experience", "years_here", "rural_years", "kind", "return_year"):
            setattr(one, name, int(getattr(t, name)[row]))
        for name in ("degree", "backbone", "pe_art"):
            setattr(one, name, bool(getattr(t, name)[row]))
        one.home = model.schools[t.home_section[row] >> 1] if t.home_section[row] >= 0 else None
        teachers.append(one)
    return teachers
