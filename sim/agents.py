"""County and School as Mesa agents: views of one row of their table, with what the county decided and remembers.

An agent holds no state of its own, so it never disagrees with the tables that the phases of the year work on; its
attributes cannot be set. What a county agent decides is computed for all counties at once in `sim.phases.county_plan`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim import exact
from sim.columns import Array, Columns
from sim.errors import NoAttribute, nearest
from sim.evaluation import load_standards
from sim.tables import JUNIOR, KINDS, NINE_YEAR, PHYSICAL, PLACE_TYPES, STAGES, Counties, Schools

if TYPE_CHECKING:
    from sim.evaluation import Inspection
    from sim.model import EquityModel
    from sim.world import World


def cell(column: Array, row: int) -> Any:
    """Return one row of a column: a Python value, or an array (k,) that cannot be written."""
    got = column[row]
    if not isinstance(got, np.ndarray):
        return got.item()
    view = got.view()
    view.flags.writeable = False
    return view


def by_indicator(values: Array) -> dict[str, Any]:
    """Return (7,) values by the official indicators' names."""
    return dict(zip(load_standards().keys, values.tolist(), strict=True))


def with_columns(table: type[Columns], name: str) -> Callable[[type], type]:
    """Give a class a property for every column of a table that it does not define itself; none of them can be set."""

    def add(cls: type) -> type:
        for f in fields(table):
            if f.name not in cls.__dict__:
                setattr(cls, f.name, _property(f.name, name, f.metadata["doc"], f.metadata["unit"]))
        for key, value in list(vars(cls).items()):
            if isinstance(value, property):
                setattr(cls, key, property(value.fget, _refuse(key), doc=value.__doc__))
        return cls

    return add


def _refuse(name: str) -> Callable[[Any, Any], None]:
    """Return the setter of an attribute that cannot be set."""

    def refuse(self: Row, value: Any) -> None:
        raise NoAttribute(
            tr("{kind}.{name} cannot be set: agents show what the phases of the year and the policies decide.").format(
                kind=type(self).__name__, name=name
            )
        )

    return refuse


def _property(column: str, table: str, doc: str, unit: str) -> property:
    def read(self: Row) -> Any:
        return cell(getattr(getattr(self.model.world, table), column), self.row)

    return property(read, doc=f"{doc}{f' ({unit})' if unit else ''}")


class Row(mesa.Agent):
    """An agent that is one row of a table. row: its number there, the same for the whole run."""

    model: EquityModel

    def __init__(self, model: EquityModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def _world(self) -> World:
        return self.model.world

    def __getattr__(self, name: str) -> Any:
        """Refuse a name that is neither a column nor defined here. Raises: InputError (an AttributeError too)."""
        if name.startswith("_"):
            raise AttributeError(name)
        known = [key for key in dir(type(self)) if not key.startswith("_")]
        raise NoAttribute(
            tr("{kind} has no attribute {name}.{hint}").format(
                kind=type(self).__name__, name=repr(name), hint=nearest(name, known)
            )
        )


@with_columns(Schools, "schools")
class School(Row):
    """One school, open, closed or kept in reserve for a county that may open it (`open` tells).

    Arrays (2,) are by stage: primary, junior. Columns are those of `sim.tables.Schools`.
    """

    def __repr__(self) -> str:
        return f"<School {self.row}: {self.name}, {self.kind_name}, {self.county_name}>"

    @property
    def kind_name(self) -> str:
        """teaching_point, primary, junior or nine_year."""
        return KINDS[self.kind]

    @property
    def place_type_name(self) -> str:
        """urban, town or village."""
        return PLACE_TYPES[self.place_type]

    @property
    def county_name(self) -> str:
        """Chinese name of its county."""
        return str(self._world.counties.name[self.county])

    @property
    def county_agent(self) -> County:
        """The county agent that decides over it."""
        return self.model.county(self.county)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that a school of its kind teaches."""
        return STAGES[self.kind == JUNIOR : 1 + (self.kind in (JUNIOR, NINE_YEAR))]

    @property
    def enrolled(self) -> float:
        """Pupils of all stages."""
        return float(exact.total(self.pupils))

    @property
    def teachers(self) -> Array:
        """(2,) teachers present by stage, those sent from outside included."""
        return cell(self.model.staff[0], self.row)

    @property
    def stocks(self) -> dict[str, float]:
        """Teaching area and sports area (m2), equipment (yuan), multimedia rooms."""
        return dict(zip(PHYSICAL, self.stock.tolist(), strict=True))

    @property
    def capital(self) -> dict[str, float]:
        """Yuan that the county gave this year, by stock."""
        return dict(zip(PHYSICAL, self._world.spend[self.row].tolist(), strict=True))

    @property
    def values(self) -> dict[str, dict[str, float]]:
        """The seven indicators at the last inspection, by stage; a stage that was not evaluated is left out."""
        return self._by_stage(self._world.inspection.value)

    @property
    def met(self) -> dict[str, dict[str, bool]]:
        """Whether each indicator reached its threshold at the last inspection, by stage."""
        return self._by_stage(self._world.inspection.met)

    @property
    def shortfall(self) -> dict[str, dict[str, float]]:
        """What is missing to each threshold: teachers, m2, yuan, rooms; by stage."""
        return self._by_stage(self._world.inspection.shortfall)

    @property
    def passed(self) -> bool | None:
        """Whether every evaluated stage passed the last inspection; None when none was evaluated."""
        found = self._world.inspection
        counted = found.counted[self.row]
        return bool(found.passed_section[self.row][counted].all()) if counted.any() else None

    def _by_stage(self, of: Array) -> dict[str, dict[str, Any]]:
        counted = self._world.inspection.counted[self.row]
        return {stage: by_indicator(of[self.row, s]) for s, stage in enumerate(STAGES) if counted[s]}


@with_columns(Counties, "counties")
class County(Row):
    """One county: what it decided this year, how it was inspected, what it remembers, and the columns of its row."""

    def __repr__(self) -> str:
        return f"<County {self.row}: {self.name} {self.pinyin}, {self.code}>"

    @property
    def rows(self) -> slice:
        """Its rows of schools, those in reserve included."""
        start = self._world.county_start
        return slice(int(start[self.row]), int(start[self.row + 1]))

    @property
    def schools(self) -> list[School]:
        """Its open schools, as agents."""
        return self._agents(self._world.schools.open)

    def _agents(self, chosen: Array) -> list[School]:
        """Return the school agents of a (S,) mask that belong to this county."""
        first = self.rows.start
        return [self.model.school(first + int(k)) for k in np.flatnonzero(chosen[self.rows])]

    # -- decided this year ------------------------------------------------------------------------------------------

    @property
    def posts(self) -> Array:
        """(2,) staff posts that it set, by stage."""
        return exact.total(self._world.schools.posts[self.rows], 0)

    @property
    def capital(self) -> dict[str, float]:
        """Yuan of capital that it shared out, by stock; places under construction come on top (`costs`)."""
        return dict(zip(PHYSICAL, exact.total(self._world.spend[self.rows], 0).tolist(), strict=True))

    @property
    def carried_over(self) -> float:
        """Yuan of capital that it could not or need not spend this year."""
        return float(self._world.carry[self.row])

    @property
    def costs(self) -> dict[str, float]:
        """Yuan spent this year, by `item, payer`: `base.capital, county`, or a policy's name and who pays."""
        rows = self._world.ledger.rows.items()
        return {f"{item}, {payer}": float(yuan[self.row]) for (item, payer), yuan in rows if yuan[self.row]}

    @property
    def opened(self) -> list[School]:
        """Schools that took their first pupils this year."""
        return self._agents(self._world.schools.open & ~self.model.open_before)

    @property
    def closed(self) -> list[School]:
        """Schools that were merged into their `successor` this year."""
        return self._agents(~self._world.schools.open & self.model.open_before)

    @property
    def extended(self) -> list[School]:
        """Schools for which it began to build more places this year; `seats_coming` says how many."""
        return self._agents(np.any(self._world.schools.seats_coming > 0, axis=1))

    @property
    def building(self) -> list[School]:
        """New schools under construction; `opens` says from when."""
        return self._agents(self._world.schools.opens > 0)

    @property
    def applying(self) -> bool:
        """Whether it is on the way to its application for certification (申报创建), and so deploys teachers at once."""
        return bool(self._world.applying[self.row])

    # -- inspected and remembered -----------------------------------------------------------------------------------

    @property
    def certified_year(self) -> int | None:
        """The first year in which it passed the official evaluation in this run; None = not yet."""
        return int(self._world.certified[self.row]) or None

    @property
    def passed(self) -> bool:
        """Whether it passed the last inspection."""
        return bool(self._world.inspection.passed[self.row])

    @property
    def cv(self) -> dict[str, dict[str, float]]:
        """Coefficients of variation of the seven indicators at the last inspection, by stage."""
        found = self._world.inspection
        counted = found.sections_counted[self.row]
        return {stage: by_indicator(found.cv[self.row, s]) for s, stage in enumerate(STAGES) if counted[s]}

    @property
    def schools_passing(self) -> dict[str, tuple[int, int]]:
        """Sections that passed the last inspection, and sections evaluated, by stage."""
        found = self._world.inspection
        return {
            stage: (int(found.sections_passing[self.row, s]), int(found.sections_counted[self.row, s]))
            for s, stage in enumerate(STAGES)
        }

    @property
    def failures(self) -> list[Any]:
        """Why it did not pass the last inspection: records of `sim.evaluation.failures`."""
        found: Inspection = self._world.inspection
        return found.failures(self.row)

    @property
    def memory(self) -> dict[str, float]:
        """What it remembers of the last inspection: share of sections that missed an indicator; 1 = its CV failed."""
        return by_indicator(self._world.memory[self.row])

    # -- its children and teachers ----------------------------------------------------------------------------------

    @property
    def pupils(self) -> Array:
        """(2,) enrolled pupils by stage."""
        return exact.total(self._world.schools.pupils[self.rows], 0)

    @property
    def teachers(self) -> Array:
        """(2,) teachers present by stage."""
        return exact.total(self.model.staff[0, self.rows], 0)
