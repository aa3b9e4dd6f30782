"""A Mesa data collector whose model columns are the measures of an observer that is handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Protocol

import mesa

NOT_MEASURED = float("nan")


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


class YearCollector(mesa.DataCollector):
    """Collects `year` and every measure once a step; a measure that first comes up later is NaN in the years before.

    measures: names that have a column from the start, so that a plot can be set up before the first step
    The rest are reporters of the user, as Mesa describes them; they come on top.
    """

    def __init__(
        self,
        measures: Iterable[str] = (),
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        agenttype_reporters: Mapping[type, Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(
            model_reporters={"year": "year"}
            | {name: partial(latest, name) for name in measures}
            | dict(model_reporters or {}),
            agent_reporters=agent_reporters,
            agenttype_reporters=agenttype_reporters,
        )

    def collect(self, model: Any) -> None:
        """Collect the year that the model has just finished."""
        years = len(self.model_vars["year"])
        for name in model.measures:
            if name not in self.model_reporters:
                self.model_reporters[name] = partial(latest, name)
                self.model_vars[name] = [NOT_MEASURED] * years
        super().collect(model)
