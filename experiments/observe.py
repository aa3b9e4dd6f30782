"""What is measured of a world after each year, as long series: (level, area, stage, group, measure, unit) by year."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import gettext as tr
from typing import Any

import numpy as np

from experiments.areas import Areas
from experiments.observe_official import cost_measures, official_measures
from experiments.observe_schools import opening_measures, school_measures, staff_measures
from experiments.observe_scores import score_measures, variance_measures
from experiments.observe_spread import segregation_measures, spread_measures
from experiments.sections import Found, Sections
from results.measures import LEVELS, STAGES, measures, needs_whole_schools
from sim.columns import Array
from sim.errors import InputError, NoKey

SeriesKey = tuple[str, str, str, str, str, str]  # level, area, stage, group, measure, unit
# Groups beside `all` are not kept by county: they would double the rows, and the cost table has items by county.
GROUPED_LEVELS = ("region", "prefecture", "place_type")


@dataclass(frozen=True)
class Observed:
    """All that was measured in a run. `series[i]` says what `values[i]` means."""

    series: list[SeriesKey]
    years: list[int]
    values: Array  # (n_series, n_years) floats in the unit of the series; NaN = absent


class Observer:
    """Measure a world: call it after each year, then ask for `rows()`.

    Of a sample of the children measures that need whole schools are left out: see `results.measures.withheld`.

    world: has year, weight, counties, schools, tally, flows, ledger, inspection, certified (as `sim` leaves them)
    It keeps numbers only, never the world. One observer serves one run.
    """

    def __init__(self) -> None:
        self.areas: Areas | None = None
        self.years: list[int] = []
        self._found: list[Found] = []
        self._open: Array | None = None

    def __call__(self, world: Any, effects: object = None) -> None:
        """Measure the year that the world has just finished. Raises InputError when a year comes twice."""
        if int(world.year) in self.years:
            raise InputError(
                tr("year {year} has been observed already: make one Observer for each run").format(year=world.year)
            )
        if self.areas is None:
            self.areas = Areas(world.counties)
        s = Sections(world, self.areas)
        found = school_measures(s) | staff_measures(s) | opening_measures(s, self._open)
        found |= score_measures(s) | variance_measures(s) | spread_measures(s) | segregation_measures(s)
        found |= official_measures(s) | cost_measures(s)
        if world.weight != 1:
            found = {key: values for key, values in found.items() if not needs_whole_schools(key[0])}
        self.years.append(int(world.year))
        self._found.append(found)
        self._open = world.schools.open.copy()

    def rows(self) -> Observed:
        """Return every series that has a value in some year, in the order of the catalogue, level, stage and area."""
        if self.areas is None:
            return Observed([], [], np.empty((0, 0)))
        series: list[SeriesKey] = []
        blocks: list[Array] = []
        nothing = np.full((len(STAGES), len(self.areas)), np.nan)
        for measure, group in self._keys():
            values = np.stack([found.get((measure, group), nothing) for found in self._found], axis=-1)
            told = measures()[measure]
            known = ~np.isnan(values).all(axis=-1)
            for level in LEVELS:
                if level not in told.levels or (group not in ("all", "policies") and level not in GROUPED_LEVELS):
                    continue
                at = self.areas.at[level]
                for i, stage in enumerate(STAGES):
                    if stage not in told.stages:
                        continue
                    there = at.start + np.flatnonzero(known[i, at])
                    names = self.areas.names
                    series += [(level, names[a], stage, group, measure, told.unit) for a in there.tolist()]
                    blocks.append(values[i, there])
        values = np.concatenate(blocks) if blocks else np.empty((0, len(self.years)))
        return Observed(series, list(self.years), values)

    def region_row(self, year: int) -> dict[str, float]:
        """Return the region's measures of one year, one column each, for a data collector.

        Keys: `measure` for compulsory education and `measure@primary`, `measure@junior` for the stages, as far as the
        catalogue has them; a group other than all follows in brackets: `score_mean[village]@junior`. NaN = absent.
        Raises: InputError (a KeyError too) when the year was not observed
        """
        if year not in self.years:
            raise NoKey(tr("year {year} was not observed; observed: {years}").format(year=year, years=self.years))
        found = self._found[self.years.index(year)]
        row: dict[str, float] = {}
        for measure, group in self._keys():
            if (measure, group) not in found:
                continue
            name = measure if group == "all" else f"{measure}[{group}]"
            for i in (2, 0, 1):
                if STAGES[i] in measures()[measure].stages:
                    row[name if i == 2 else f"{name}@{STAGES[i]}"] = float(found[measure, group][i, 0])
        return row

    def _keys(self) -> list[tuple[str, str]]:
        """Return every (measure, group) found in any year, in the order of the catalogue, groups as they came up."""
        place = {name: i for i, name in enumerate(measures())}
        seen = dict.fromkeys(key for found in self._found for key in found)
        return sorted(seen, key=lambda key: place[key[0]])
