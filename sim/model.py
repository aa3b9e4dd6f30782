"""The simulation as a Mesa model: the same world and the same yearly step, with agents, sets and a data collector.

`sim.step` does the work; nothing is computed twice and no number differs from `sim.simulate`, to the bit. Mesa's own
generators (`model.random`, `model.rng`) are there for the user's analyses; the simulation never draws from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from gettext import gettext as tr
from typing import Any

import mesa
import numpy as np

from sim.agents import County, School
from sim.collector import Observes, YearCollector
from sim.columns import Array
from sim.effects import Effects
from sim.errors import InputError, NoAttribute, nearest
from sim.numbers import listed, shown, whole
from sim.population import StudentSet, TeacherSet
from sim.step import step as live_year
from sim.world import World


class EquityModel(mesa.Model):
    """A region under policies, one school year a `step()`, until its last year.

    world: the start world, which the model takes over: hand in `world.copy()` to keep yours
    policies: objects with `name` and `effects(see, year)`; years: first and last school year
    observer: measures each year for the data collector; without one only `year` and own reporters are collected
    measures: names of the observer's measures that have a column from the start
    model_reporters, agent_reporters, agenttype_reporters: as in `mesa.DataCollector`
    Raises: InputError when the years are reversed or do not begin with the world's first year
    """

    def __init__(
        self,
        world: World,
        policies: Sequence[Any] = (),
        years: tuple[int, int] = (2024, 2035),
        observer: Observes | None = None,
        *,
        measures: Iterable[str] = (),
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        agenttype_reporters: Mapping[type, Mapping[str, Any]] | None = None,
    ) -> None:
        self._last_id = 0
        super().__init__(rng=world.seed)  # `rng` is understood by every Mesa since 3.0; `seed` is on its way out
        self.years = span(years, world.first_year)
        self.world = world
        self.policies = tuple(policies)
        self.observer = observer
        self.effects = Effects()
        self.measures: dict[str, float] = {}
        self.open_before: Array = world.schools.open.copy()
        counties, schools = run_rows(world)  # an agent for each county and school that is run
        self._counties = {row: County(self, row) for row in counties}
        self._schools = {row: School(self, row) for row in schools}
        self.datacollector = YearCollector(measures, model_reporters, agent_reporters, agenttype_reporters)

    def register_agent(self, agent: Any) -> None:
        """Register an agent, as Mesa does when it is made, and number it from 1 in this model."""
        super().register_agent(agent)
        self._last_id += 1
        agent.unique_id = self._last_id
        # Mesa 3.3 counts agents in a table of its class that would keep every model, with all its children, for ever
        getattr(type(agent), "_ids", {}).pop(self, None)

    # -- the year ---------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Run one school year, measure it and collect it; `running` is False after the last one.

        Raises: InputError when the last year is over
        """
        year = self.next_year
        if year is None:
            raise InputError(
                tr("the model has ended with {year}; make a new one with a later last year.").format(year=self.years[1])
            )
        self.open_before = self.world.schools.open.copy()
        self.__dict__.pop("staff", None)
        self.effects = live_year(self.world, self.policies, year)
        self._lived = year
        if self.observer is not None:
            self.observer(self.world if self.world.outside is None else self.world.finding())
            self.measures = self.observer.region_row(year)
        self.datacollector.collect(self)
        self.running = year < self.years[1]

    _lived: int | None = None  # the last year that was run

    def __getattr__(self, name: str) -> Any:
        """Refuse a name that the model does not have. Raises: InputError (an AttributeError too)."""
        if name.startswith("_"):
            raise AttributeError(name)
        known = [key for key in {*dir(type(self)), *vars(self)} if not key.startswith("_")]
        raise NoAttribute(
            tr("the model has no attribute {name}.{hint}").format(name=repr(name), hint=nearest(name, known))
        )

    @property
    def year(self) -> int:
        """The school year that was run last; before the first step, the one that is about to begin."""
        return self.world.year

    @property
    def year_done(self) -> int | None:
        """The school year that was run last; None before the first step."""
        return self._lived

    @property
    def next_year(self) -> int | None:
        """The school year that the next step runs; None after the last one."""
        following = self.years[0] if self._lived is None else self._lived + 1
        return following if following <= self.years[1] else None

    # -- agents and sets --------------------------------------------------------------------------------------------

    @property
    def counties(self) -> Any:
        """The county agents, an AgentSet in the order of the table of counties; where only some are run, these."""
        return self.agents_by_type[County]

    @property
    def schools(self) -> Any:
        """The school agents of the counties that are run, in the order of the table; those not open included: see `School.open`."""
        return self.agents_by_type[School]

    def county(self, which: int | str) -> County:
        """Return a county agent by row, administrative code of 2020, Chinese name or pinyin.

        Raises: InputError that names the nearest
        """
        number = whole(which)
        if number is not None and number in self._counties:
            return self._counties[number]
        wanted, table = str(which if number is None else number), self.world.counties
        for column in (table.code.astype(str), table.name, table.pinyin):
            for row in (column == wanted).nonzero()[0]:
                if int(row) in self._counties:
                    return self._counties[int(row)]
        here = table.take(np.array([*self._counties]))
        close = get_close_matches(wanted, [*here.name.tolist(), *here.pinyin.tolist()], n=1, cutoff=0.4)
        hint = tr(" Did you mean {name}?").format(name=repr(close[0])) if close else ""
        raise InputError(
            tr("unknown county {which}.{hint} Give a row, a code of 2020, a Chinese name or pinyin.").format(
                which=shown(which), hint=hint
            )
        )

    def school(self, row: int) -> School:
        """Return a school agent by its row; InputError when there is no such row."""
        number = whole(row)
        if number is None or number not in self._schools:
            raise InputError(
                tr("unknown school {row}. Give its row, a whole number from {first} to {last}.").format(
                    row=shown(row), first=min(self._schools), last=max(self._schools)
                )
            )
        return self._schools[number]

    @property
    def students(self) -> StudentSet:
        """All children as the world stands now; ask again after a step."""
        return StudentSet.of(self.world)

    @property
    def teachers(self) -> TeacherSet:
        """All teachers as the world stands now; ask again after a step."""
        return TeacherSet.of(self.world)

    @property
    def weight(self) -> float:
        """Children that one row of `students` stands for: 1 / sample."""
        return self.world.weight

    @cached_property
    def staff(self) -> Array:
        """(5, S, 2) teachers: all, above the required degree, backbone, PE and art, on posts of the county."""
        return self.world.teacher_counts()


def run_rows(world: World) -> tuple[list[int], list[int]]:
    """Return the rows of the counties and of the schools that are run."""
    if world.outside is None:
        return list(range(len(world.counties))), list(range(len(world.schools)))
    return np.flatnonzero(world.outside.counties).tolist(), np.flatnonzero(world.outside.schools).tolist()


def span(years: Any, first_year: int) -> tuple[int, int]:
    """Return (first, last) school year of a model whose world begins with `first_year`.

    Raises: InputError for anything but two whole numbers in order, or another first year
    """
    ends = [whole(year) for year in listed(years) or []]
    if len(ends) != 2 or None in ends:
        raise InputError(
            tr("years = {given}: give the first and the last school year, such as ({first}, {last}).").format(
                given=shown(years), first=first_year, last=first_year + 11
            )
        )
    first, last = ends
    assert first is not None and last is not None
    if first != first_year:
        raise InputError(
            tr("years: the first year is {first}, the world's is {start}; begin there.").format(
                first=first, start=first_year
            )
        )
    if last < first:
        raise InputError(tr("years = {first}:{last} is reversed; write {last}:{first}.").format(first=first, last=last))
    return first, last
