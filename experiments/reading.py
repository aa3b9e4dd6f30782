"""Read back from the database what the end table needs: the region's measures, the money, and what blocks counties.

Plain queries instead of frames: the end table of a run must not wait for pandas.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, select

from results import tables as t
from results.store import Store


@dataclass
class RunReading:
    """One finished run. values: by (measure, stage) and year; yuan: by year, policies only; failures: by year, one list
    of records a county; certified: by year, how many counties hold the certificate; counties: how many there are.
    """

    arm: str
    seed: int
    draw: int
    values: dict[tuple[str, str], dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    yuan: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    failures: dict[int, list[list[dict[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    certified: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    counties: int = 0


def read_runs(store: Store, experiment: int, measures: Collection[str], years: Collection[int]) -> list[RunReading]:
    """Return the finished runs of an experiment with the region's measures of the given years.

    Failures are read for the last of the years only.
    """
    years = sorted(set(years))
    with store.engine.connect() as connection:
        held = t.experiment_run.c.experiment == experiment
        query = select(t.run.c.id, t.run.c.arm, t.run.c.seed, t.run.c.draw).join(
            t.experiment_run, t.experiment_run.c.run == t.run.c.id
        )
        found = connection.execute(query.where(held, t.run.c.state == "finished").order_by(t.run.c.seed, t.run.c.draw))
        runs = {row.id: RunReading(row.arm, row.seed, row.draw) for row in found}
        for run, reading in runs.items():
            _read_values(connection, run, reading, measures, years)
            _read_money(connection, run, reading, years)
            _read_counties(connection, run, reading, years)
    return list(runs.values())


def _read_values(connection: Any, run: int, reading: RunReading, measures: Collection[str], years: list[int]) -> None:
    series = t.series.c
    chosen = and_(series.level == "region", series.group == "all", series.measure.in_(list(measures)))
    ids = {row.id: (row.measure, row.stage) for row in connection.execute(select(t.series).where(chosen))}
    value = t.value.c
    query = select(value.series, value.year, value.value).where(
        value.run == run, value.series.in_(list(ids)), value.year.in_(years)
    )
    for number, year, amount in connection.execute(query):
        reading.values[ids[number]][year] = amount


def _read_money(connection: Any, run: int, reading: RunReading, years: list[int]) -> None:
    cost = t.cost.c
    # items of the base run are spending that happens anyhow; the rest bears a policy's name
    query = select(cost.year, func.sum(cost.yuan)).where(
        cost.run == run, cost.year.in_(years), cost.item.not_like("base.%")
    )
    for year, yuan in connection.execute(query.group_by(cost.year)):
        reading.yuan[year] = float(yuan)


def _read_counties(connection: Any, run: int, reading: RunReading, years: list[int]) -> None:
    seen = t.county_inspection.c
    query = select(seen.year, seen.certified, seen.failures).where(seen.run == run, seen.year.in_(years))
    counties: dict[int, int] = defaultdict(int)
    for year, certified, failures in connection.execute(query):
        counties[year] += 1
        reading.certified[year] += bool(certified)
        if year == years[-1]:
            reading.failures[year].append(json.loads(failures))
    reading.counties = max(counties.values(), default=0)
