"""A Mesa data collector whose model columns are the measures of an observer that is handed in.

`mesa.batch_run` takes the records of a row apart by a number that means something else in almost every release of Mesa
3: the place in the lists of model columns, and for agents the count of steps (3.3 to 3.4.1), the time (3.4.2) or the time
of the collection (3.5). Here all records of one collection carry one number, its place, so that a row holds one year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from gettext import gettext as tr
from typing import Any, Protocol

import mesa
from mesa import batchrunner

from sim.errors import InputError, nearest
from sim.numbers import listed, shown, table

NOT_MEASURED = float("nan")
# Mesa up to 3.4.1 leaves agent-type reporters out of the rows of batch_run, without a word
ROWS_LACK_TYPES = "_agenttype_records" not in batchrunner._collect_data.__code__.co_names


class Observes(Protocol):
    """What the model asks of an observer: look at the world after a year, then tell the region's measures by name."""

    def __call__(self, world: Any, effects: Any = None) -> None:
        """Measure the year that the world has just finished."""
        ...

    def region_row(self, year: int) -> dict[str, float]:
        """Return the measures of a year at region level, by name."""
        ...


def latest(name: str, model: Any) -> float:
    """Return a measure of the model's last year; NaN where it is absent."""
    value: float = model.measures.get(name, NOT_MEASURED)
    return value


def attribute(name: str, agent: Any) -> Any:
    """Return an attribute of an agent; None where agents of its type have none of that name."""
    return getattr(agent, name, None)


class YearCollector(mesa.DataCollector):
    """Collects `year` and every measure once a step; a measure that first comes up later is NaN in the years before.

    measures: names that have a column from the start, so that a plot can be set up before the first step
    The rest are reporters of the user, as Mesa describes them; they come on top. An attribute that agents of one type
    lack is None for them.
    Raises: InputError for reporters that are no dictionary of names, or a type that is no class of agents
    """

    agent_reporters: dict[str, Any]
    agenttype_reporters: dict[type, dict[str, Any]]
    _agent_records: dict[Any, list[Any]]
    _agenttype_records: dict[Any, dict[type, list[Any]]]

    def __init__(
        self,
        measures: Iterable[str] = (),
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        agenttype_reporters: Mapping[type, Mapping[str, Any]] | None = None,
    ) -> None:
        self._texts: dict[tuple[str, str], str] = {}
        own = reporters("model_reporters", model_reporters)
        agents = self._readers("agent_reporters", agent_reporters)
        by_type = {}
        for kind, given in reporters("agenttype_reporters", agenttype_reporters).items():
            if not (isinstance(kind, type) and issubclass(kind, mesa.Agent)):
                raise InputError(
                    tr(
                        "agenttype_reporters: {kind} is no class of agents; give one, such as sim.agents.County."
                    ).format(kind=shown(kind))
                )
            by_type[kind] = self._readers(f"agenttype_reporters: {kind.__name__}", given)
        super().__init__(
            model_reporters={"year": "year"} | {name: partial(latest, name) for name in measures} | own,
            agent_reporters=agents,
            agenttype_reporters=by_type,
        )
        self._asked = self.agent_reporters
        self._asked_records = self._agent_records
        self._year: int | None = None

    def _readers(self, what: str, given: Any) -> dict[str, Any]:
        """Return agent reporters, those that name an attribute as functions that read it."""
        found = reporters(what, given)
        self._texts |= {(what, name): how for name, how in found.items() if isinstance(how, str)}
        return {name: partial(attribute, how) if isinstance(how, str) else how for name, how in found.items()}

    def collect(self, model: Any) -> None:
        """Collect the year that the model has just finished; the same year again takes the place of the first time.

        Raises: InputError before the first year, and for an attribute that neither the model nor any agent has
        """
        if model.year_done is None:
            raise InputError(
                tr("there is no year to collect yet: step() runs one and collects it; read the model itself before it.")
            )
        self._check_names(model)
        if self._year == model.year_done:
            self._drop_last()
        years = len(self.model_vars["year"])
        for name in model.measures:
            if name not in self.model_reporters:
                self.model_reporters[name] = partial(latest, name)
                self.model_vars[name] = [NOT_MEASURED] * years
        with self._as_asked():
            self._collect_at(years, model)
        self._year = model.year_done
        if ROWS_LACK_TYPES and self.agenttype_reporters:
            self._add_types(years)

    def _validate_model_reporter(self, name: str, reporter: Any, model: Any) -> None:
        """Leave out Mesa's trial call: 3.4.2 makes it without the model; `_check_names` checks what can be checked."""
        self._validated = True

    def _collect_at(self, place: int, model: Any) -> None:
        """Let Mesa collect, and file what it found under `place`; nothing is left of it when a reporter fails."""
        kept = self._agent_records, self._agenttype_records
        self._agent_records, self._agenttype_records = {}, {}
        try:
            super().collect(model)
            found = self._agent_records, self._agenttype_records
        except BaseException:
            for column in self.model_vars.values():
                del column[place:]
            del getattr(self, "_collection_steps", [])[place:]
            raise
        finally:
            self._agent_records, self._agenttype_records = kept
        for records in found[0].values():
            self._agent_records[place] = records
        for by_type in found[1].values():
            self._agenttype_records[place] = by_type
        if hasattr(self, "_collection_steps"):
            self._collection_steps[-1] = place

    def get_agent_vars_dataframe(self) -> Any:
        """Return a pandas frame of what the agent reporters collected, one line a step and agent."""
        with self._as_asked():
            return super().get_agent_vars_dataframe()

    @contextmanager
    def _as_asked(self) -> Iterator[None]:
        """Show Mesa the agent reporters and records that the user asked for, without those that `_add_types` adds."""
        shown_now = self.agent_reporters, self._agent_records
        self.agent_reporters, self._agent_records = self._asked, self._asked_records
        try:
            yield
        finally:
            self.agent_reporters, self._agent_records = shown_now

    def _add_types(self, place: int) -> None:
        """Give batch_run the rows of agent-type reporters among those of agents, each with the columns of its type."""
        names = {name: None for own in (self._asked, *self.agenttype_reporters.values()) for name in own}
        if self._agent_records is self._asked_records:
            self._agent_records = {}
            self.agent_reporters = dict.fromkeys(names)
        rows = [(self._asked, self._asked_records.get(place, []))]
        rows += [(self.agenttype_reporters[kind], got) for kind, got in self._agenttype_records[place].items()]
        self._agent_records[place] = [
            (*record[:2], *(dict(zip(own, record[2:], strict=True)).get(name, NOT_MEASURED) for name in names))
            for own, records in rows
            for record in records
        ]

    def _drop_last(self) -> None:
        """Forget the last collection."""
        for column in self.model_vars.values():
            column.pop()
        last = len(self.model_vars["year"])
        for records in (self._agent_records, self._asked_records, self._agenttype_records):
            records.pop(last, None)
        if hasattr(self, "_collection_steps"):
            self._collection_steps.pop()

    def _check_names(self, model: Any) -> None:
        """Raise InputError for a reporter that names an attribute which nothing has; before the first year only."""
        if self._year is not None:
            return
        for name, how in self.model_reporters.items():
            if isinstance(how, str) and not hasattr(model, how):
                known = [key for key in {*dir(type(model)), *vars(model)} if not key.startswith("_")]
                raise InputError(
                    tr("model_reporters: {name}: the model has no attribute {how}.{hint}").format(
                        name=name, how=repr(how), hint=nearest(how, known)
                    )
                )
        some = [next(iter(agents)) for agents in model.agents_by_type.values() if len(agents)]
        for (what, name), how in self._texts.items():
            if not any(hasattr(agent, how) for agent in some):
                known = sorted({key for agent in some for key in dir(agent) if not key.startswith("_")})
                raise InputError(
                    tr("{what}: {name}: no agent has an attribute {how}.{hint}").format(
                        what=what, name=name, how=repr(how), hint=nearest(how, known)
                    )
                )


def reporters(what: str, given: Any) -> dict[Any, Any]:
    """Return reporters as a dictionary; InputError when they are none."""
    found = {} if given is None else table(given)
    if found is None:
        raise InputError(
            tr(
                '{what} = {given}: give a dictionary, such as {{"name": function}}; in mesa.batch_run, in a list.'
            ).format(what=what, given=shown(given))
        )
    for name, how in found.items():
        with_values = isinstance(how, list) and len(how) == 2 and callable(how[0]) and listed(how[1]) is not None
        if not (callable(how) or isinstance(how, str) or with_values or what == "agenttype_reporters"):
            raise InputError(
                tr(
                    "{what}: {name} = {how}: give a function, the name of an attribute, or [function, [values]]."
                ).format(what=what, name=name, how=shown(how))
            )
    return found
