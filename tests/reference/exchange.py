"""Exchange of teachers between two schools of a county, in plain loops: people swap, posts stay."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.effects import Exchange
from sim.evaluation import load_standards
from sim.tables import OUTSIDE
from tests.reference.agents import County, School, Teacher

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel

BACKBONE, PE_ART = 1, 2  # positions among the seven indicators
SPARED = 0.15  # of its norm of backbone teachers may a section go short by sending some


def exchange(model: ReferenceModel, asked: Exchange, year: int) -> None:
    """Carry out one request in every county and stage."""
    for county in model.counties:
        for stage in range(2):
            exchange_in(model, asked, county, stage, year)


def exchange_in(model: ReferenceModel, asked: Exchange, county: County, stage: int, year: int) -> None:
    """Send due teachers of each sending school, one by one, to the destinations in turn."""
    schools, send = county.schools, {}
    for s in schools:
        share = float(asked.send[s.row, stage])
        u = model.luck.uniform(f"exchange {asked.item}", year, s.section(stage))
        due = sum(t.weight for t in model.teachers if t.school is s and t.stage == stage and ready(t, asked.due_years))
        send[s] = math.floor(share * due / s.row_weight[stage] + u) if share > 0 and s.open else 0
    total, weights = sum(send.values()), {s: float(asked.into[s.row, stage]) * s.open for s in schools}
    everything = max(sum(weights.values()), 1e-300)
    quota = {s: math.ceil(weights[s] / everything * total) if weights[s] > 0 else 0 for s in schools}
    per_100 = float(load_standards().threshold[stage, BACKBONE])
    norm = {s: per_100 * s.pupils[stage] / 100 for s in schools}
    lack = {s: norm[s] - count(model, s, stage, "backbone") for s in schools}
    titles = math.ceil(asked.backbone_share * total)  # backbone teachers still to send
    at = 0  # the destination whose turn it is
    for s in schools:
        for _ in range(send[s]):
            who = who_goes(model, asked, s, stage, year, titled=titles > 0 and lack[s] <= SPARED * norm[s] - 1.0)
            if who is None:
                break
            found = partner(model, asked, schools, stage, year, at, who, quota, lack)
            if found is None:
                break
            at, back = found
            given = who.weight * (who.backbone - back.backbone)
            lack[schools[at]] -= given
            lack[s] += given
            titles -= who.backbone
            swap(model, asked, who, back, year)


def partner(
    model: ReferenceModel,
    asked: Exchange,
    schools: list[School],
    stage: int,
    year: int,
    at: int,
    who: Teacher,
    quota: dict[School, int],
    lack: dict[School, float],
) -> tuple[int, Teacher] | None:
    """Return the next destination from `at` on and whom it gives in exchange; one that has nobody to give closes."""
    assert who.school is not None
    while True:
        turns = [(at + step) % len(schools) for step in range(len(schools))]
        turns = [i for i in turns if takes(schools[i], who.school, quota, asked)]
        if who.backbone:  # goes first where backbone teachers are lacking
            turns = [i for i in turns if lack[schools[i]] > 0] or turns
        if not turns:
            return None
        at = turns[0]
        goal = schools[at]
        keeps = who.backbone or lack[goal] > -who.weight  # would lack backbone teachers if it gave one away
        coming = functools.partial(luck_of, model, year, 1)
        back = first(goal, stage, 1, coming, titled=False if keeps else None, like=who)
        if back is not None:
            quota[goal] -= 1
            return at, back
        quota[goal] = 0


def who_goes(model: ReferenceModel, asked: Exchange, s: School, stage: int, year: int, titled: bool) -> Teacher | None:
    """Return who of a section goes next: a backbone teacher where one can be spared, else an ordinary one."""
    key = going(model, asked, year)
    who = first(s, stage, asked.due_years, key, titled=True) if titled else None
    who = who or first(s, stage, asked.due_years, key, titled=False)
    return who or first(s, stage, asked.due_years, key)


def luck_of(model: ReferenceModel, year: int, word: int, t: Teacher) -> float:
    """Return a teacher's number of the year: word 0 for going, word 1 for coming in exchange."""
    return model.luck.pair("exchange_who", year, t.person)[word]


def count(model: ReferenceModel, school: School, stage: int, title: str) -> float:
    """Return how many teachers now at a section hold a title."""
    return sum(t.weight for t in model.teachers if t.school is school and t.stage == stage and getattr(t, title))


def takes(goal: School, sender: School, quota: dict[School, int], asked: Exchange) -> bool:
    """Return whether a school still takes teachers, and takes them from this sender."""
    link = int(asked.link[goal.row])
    return quota[goal] > 0 and goal is not sender and (link < 0 or link == sender.row)


def ready(t: Teacher, due_years: int) -> bool:
    """Return whether a teacher may be exchanged."""
    return t.school is not None and t.kind != OUTSIDE and t.home is None and t.years_here >= due_years


def going(model: ReferenceModel, asked: Exchange, year: int) -> Callable[[Teacher], float]:
    """Return by what the teachers who go are chosen: the lowest goes first."""
    if asked.who == "random":
        return functools.partial(luck_of, model, year, 0)
    return (lambda t: -t.value_added) if asked.who == "best" else (lambda t: t.value_added)


def first(
    school: School,
    stage: int,
    due: int,
    key: Callable[[Teacher], float],
    titled: bool | None = None,
    title: str = "backbone",
    like: Teacher | None = None,
) -> Teacher | None:
    """Return the ready teacher with the lowest key among those who were and are at a section; the first of equals.

    like: only a teacher who equals this one in the other trait (PE and art, or backbone)
    """
    other = "pe_art" if title == "backbone" else "backbone"
    some = [t for t in school.staff[stage] if t.school is school and ready(t, due)]
    some = [t for t in some if like is None or getattr(t, other) == getattr(like, other)]
    return min((t for t in some if titled is None or getattr(t, title) == titled), key=key, default=None)


def swap(model: ReferenceModel, asked: Exchange, who: Teacher, back: Teacher, year: int) -> None:
    """Swap two teachers until the end of the stay, count and charge it."""
    a, b = who.school, back.school
    assert a is not None and b is not None
    who.school, back.school, who.home, back.home = b, a, a, b
    who.return_year = back.return_year = year + asked.stay_years
    who.years_here = back.years_here = 0
    if asked.counts_as_rotation:
        model.flows.rotated[a.row, who.stage] += who.weight
        model.flows.rotated_backbone[a.row, who.stage] += who.weight * who.backbone
    model.pay(asked.item, "county", a.county, who.weight * asked.yuan_per_teacher)
