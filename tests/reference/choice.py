"""How families choose among schools, in plain loops: candidates of each place and cumulated logit probabilities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tests.reference.agents import TOWN, URBAN, Option, Place, School

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

SLOTS = 6
PRIMARY_LEVELS = (0, 2)


def level_of(grade: int) -> int:
    """Return the level that grade 0-8 belongs to."""
    return (0, 2, 1)[grade // 3]


def refresh_choice(model: ReferenceModel) -> None:
    """Let every family look again at the schools that are open and at what is said of them."""
    for place in model.places:
        place.options = [candidates(place, level) for level in range(3)]
        place.cumulated = [[chances(model, place, level, third) for third in range(3)] for level in range(3)]


def distance(place: Place, school: School) -> float:
    """Return km as the crow flies, in single precision like the coordinates."""
    return float(np.sqrt((place.x - school.x) ** 2 + (place.y - school.y) ** 2))


def candidates(place: Place, level: int) -> list[Option]:
    """Return six options: the three nearest schools, the nearest town school, the two nearest of the seat."""
    km = {school: distance(place, school) for school in place.county.schools if school.teaches(level)}
    near = sorted(km, key=lambda school: (km[school], school.row))
    slots: list[School | None] = [*near[:3]] + [None] * (3 - len(near[:3]))
    for place_type, count in ((TOWN, 1), (URBAN, 2)):
        some = [school for school in near if school.place_type == place_type][:count]
        slots += [*some] + [None] * (count - len(some))
    options: list[Option] = []
    for k, school in enumerate(slots):
        if school is None or school in slots[:k]:
            options.append(Option(near[0], None))
        else:
            options.append(Option(school, km[school]))
    return options


def chances(model: ReferenceModel, place: Place, level: int, third: int) -> list[float]:
    """Return the cumulated probability of each option for a third of family background; marks who would board."""
    p, stage = model.params, 0 if level in PRIMARY_LEVELS else 1
    limit = (p.board_km_primary, p.board_km_junior)[stage]
    per_km = (p.choice_distance_primary, p.choice_distance_junior)[stage]
    standing, total, sums = third - 1, 0.0, []
    for option in place.options[level]:
        if option.km is not None:
            away = option.km > limit
            option.boards = away and option.school.beds > 0
            utility = (p.choice_quality + p.choice_quality_ses * standing) * option.school.reputation[stage]
            utility -= per_km * min(option.km, limit)
            if away:
                utility -= p.choice_boarding - p.choice_boarding_ses * standing
                utility -= p.choice_weekly * (option.km - limit)  # the weekly way
                if not option.boards:
                    utility -= p.choice_no_beds
            total += math.exp(utility)
        sums.append(float(np.float32(total)))
    return [float(np.float32(s / total)) for s in sums]


def chosen_slot(u: float, cumulated: list[float]) -> int:
    """Return the option on which a child's number falls."""
    for slot in range(SLOTS - 1):
        if u < cumulated[slot]:
            return slot
    return SLOTS - 1
