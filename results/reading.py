"""Reading the results database: lists of experiments and runs, and values as pandas frames in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from results import areas as a
from results import detail
from results import tables as t
from results.chosen import texts, wholes
from results.errors import ResultsError, nearest

if TYPE_CHECKING:
    import pandas as pd

INSPECTIONS = {"county_inspection": t.county_inspection, "school_inspection": t.school_inspection, "cost": t.cost}
SHORTFALL = "shortfall"  # no table of the database: unpacked from `county_detail`
SORTED = ("level", "area", "stage", "group", "measure", "unit")
SELECTORS = {
    "measures": "measure", "levels": "level", "areas": "area", "stages": "stage", "groups": "group",
}  # fmt: skip


def experiments(connection: Connection) -> list[dict[str, Any]]:
    """Return one record an experiment, by id."""
    counts: dict[int, list[str]] = {}
    pair = t.experiment_run.c
    for holder, state in connection.execute(select(pair.experiment, t.run.c.state).join(t.run, t.run.c.id == pair.run)):
        counts.setdefault(holder, []).append(state)
    listed = []
    for found in connection.execute(select(t.experiment).order_by(t.experiment.c.id)).mappings():
        row = dict(found)
        spec, states = json.loads(row["spec"]), counts.get(row["id"], [])
        listed.append(
            {
                "id": row["id"],
                "scenario": row["scenario"],
                "title": row["title"],
                "arms": list(spec["arms"]),
                "seeds": list(spec["seeds"]),
                "draws": list(spec.get("draws") or []),
                "created": row["created"],
                "state": row["state"],
                "interval": row["interval"],
                "runs": len(states),
                "failed_runs": states.count("failed"),
                "spec": spec,
            }
        )
    return listed


def runs(connection: Connection, experiment: int) -> list[dict[str, Any]]:
    """Return one record a run of an experiment, by arm (in the order of the command), seed and draw."""
    spec = json.loads(str(connection.scalar(select(t.experiment.c.spec).where(t.experiment.c.id == experiment))))
    places = {str(name): at for at, name in enumerate(spec["arms"])}
    pair = t.experiment_run
    query = select(t.run).join(pair, pair.c.run == t.run.c.id).where(pair.c.experiment == experiment)
    found = [dict(row) for row in connection.execute(query).mappings()]
    for record in found:
        for name in ("parameters", "packages", "data_hashes"):
            record[name] = json.loads(record[name])
    return sorted(found, key=lambda r: (places.get(r["arm"], len(places)), r["arm"], r["seed"], r["draw"], r["id"]))


def region_of(connection: Connection, experiment: int) -> str:
    """Return the region that an experiment runs; "" when its command does not say."""
    spec = connection.scalar(select(t.experiment.c.spec).where(t.experiment.c.id == experiment))
    return str(json.loads(str(spec or "{}")).get("region", ""))


def frames(
    connection: Connection,
    experiment: int,
    *,
    arms: Collection[str] | None = None,
    seeds: Collection[int] | None = None,
    draws: Collection[int] | None = None,
    years: Collection[int] | None = None,
    **chosen: Collection[str] | None,
) -> Iterator[pd.DataFrame]:
    """Yield the long table of each finished run: the exported columns and `draw`, sorted by series and year.

    chosen: measures, levels, areas, stages, groups: allowed values, one or a list; None = all. A measure, level or
        stage that the database does not know is an error that names the nearest. Areas: codes, Chinese names or pinyin.
    """
    import pandas as pd

    wanted = _known_runs(connection, experiment, arms=arms, seeds=seeds, draws=draws)
    span = wholes(years, "years")
    names = a.AreaTable(connection, region_of(connection, experiment))
    areas = texts(chosen.get("areas"), "areas")
    if areas is not None:
        chosen["areas"] = [key for text in areas for key in names.keys_of(text)]
    series = _chosen_series(connection, chosen)
    rank = np.zeros(max((row[0] for row in series), default=0) + 1, dtype=np.int64)
    rank[[row[0] for row in series]] = np.arange(len(series))
    every = all(choice is None for choice in chosen.values())
    named = {name: _text([row[at + 1] for row in series]) for at, name in enumerate(SORTED)}
    named["area_name"] = _text([names.name(row[1], row[2]) for row in series])
    codes = np.array([names.code(row[1], row[2]) for row in series], dtype=np.int64)
    for record in runs(connection, experiment):
        if record["state"] != "finished" or not all(_allowed(record[key], some) for key, some in wanted.items()):
            continue
        ids, year, value = _values(connection, int(record["id"]), None if every else [row[0] for row in series], span)
        at = rank[ids]
        order = np.lexsort((year, at))
        at, n = at[order], len(order)
        columns = {
            "scenario": _text([record["scenario"]]).repeat(n),
            "arm": _text([record["arm"]]).repeat(n),
            "seed": np.full(n, record["seed"], dtype=np.int64),
            "year": year[order],
            "area": codes[at],
            **{name: named[name].take(at) for name in ("level", "area_name", "stage", "group", "measure", "unit")},
            "value": value[order],
            "draw": np.full(n, record["draw"], dtype=np.int64),
        }
        yield pd.DataFrame(columns, columns=[*t.LONG_COLUMNS, "draw"])


def table(connection: Connection, experiment: int, name: str) -> pd.DataFrame:
    """Return an inspection, cost or shortfall table of an experiment, with arm, seed and draw in front, sorted by its key."""
    import pandas as pd

    if isinstance(name, str) and name == SHORTFALL:
        return detail.shortfall_table(connection, [r for r in runs(connection, experiment) if r["state"] == "finished"])
    if not isinstance(name, str) or name not in INSPECTIONS:
        raise ResultsError(
            tr("table {name} is not there.{hint}").format(
                name=repr(name)[:80], hint=nearest(str(name), [*INSPECTIONS, SHORTFALL])
            )
        )
    source = INSPECTIONS[name]
    columns = [c for c in source.c if c.name != "run"]
    parts = []
    for record in runs(connection, experiment):
        if record["state"] != "finished":
            continue
        query = select(*columns).where(source.c.run == record["id"]).order_by(*source.primary_key.columns)
        part = pd.DataFrame(connection.execute(query).all(), columns=[c.name for c in columns])
        for at, key in enumerate(("arm", "seed", "draw")):
            part.insert(at, key, record[key])
        if len(part):
            parts.append(part)
    empty = pd.DataFrame(columns=["arm", "seed", "draw", *(c.name for c in columns)])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _chosen_series(connection: Connection, chosen: dict[str, Collection[str] | None]) -> list[tuple[Any, ...]]:
    """Return (id, level, area, stage, group, measure, unit) of the series that were chosen, sorted by the texts."""
    query = select(t.series.c.id, *(t.series.c[name] for name in SORTED))
    for selector, allowed in chosen.items():
        if selector not in SELECTORS:
            raise ResultsError(
                tr("frame: {selector!r} is no selector.{nearest}").format(
                    selector=selector, nearest=nearest(selector, SELECTORS)
                )
            )
        wanted = texts(allowed, selector)
        if wanted is None:
            continue
        column = t.series.c[SELECTORS[selector]]
        there = set(connection.scalars(select(column).distinct()))
        for name in wanted:
            if there and name not in there:  # in an empty database nothing is misspelt
                hint = nearest(name, there) if len(there) < 200 else ""
                raise ResultsError(
                    tr("{column_name} {name!r} is not in this database.{hint}").format(
                        column_name=column.name, name=name, hint=hint
                    )
                )
        query = query.where(column.in_(wanted))
    return sorted((tuple(row) for row in connection.execute(query)), key=lambda row: row[1:])


def _known_runs(connection: Connection, experiment: int, arms: Any, seeds: Any, draws: Any) -> dict[str, Any]:
    """Return the arms, seeds and draws wanted, None = all; ResultsError for one that the experiment does not have."""
    wanted = {"arm": texts(arms, "arms"), "seed": wholes(seeds, "seeds"), "draw": wholes(draws, "draws")}
    if any(some is not None for some in wanted.values()):
        held = runs(connection, experiment)
        spec = json.loads(str(connection.scalar(select(t.experiment.c.spec).where(t.experiment.c.id == experiment))))
        for key, some in wanted.items():
            # those of the command too: a run that was interrupted or failed has no values, and is no mistake
            there = {record[key] for record in held} | set(spec.get(f"{key}s") or ())
            for one in some or ():
                if held and one not in there:
                    hint = nearest(str(one), map(str, there))
                    raise ResultsError(
                        tr("{key} {one} is not in this experiment.{hint}").format(key=key, one=repr(one), hint=hint)
                    )
    return wanted


def _values(
    connection: Connection, run: int, ids: list[int] | None, years: Collection[int] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return series ids, years and values of one run. ids: the series wanted; None = all."""
    query = select(t.value.c.series, t.value.c.year, t.value.c.value).where(t.value.c.run == run)
    if ids is not None and len(ids) <= 500:  # beyond that, reading all of the run is quicker than naming so many
        query = query.where(t.value.c.series.in_(ids))
    if years is not None:
        query = query.where(t.value.c.year.in_([int(y) for y in years]))
    got = connection.execute(query).all()
    series, year, value = zip(*got, strict=True) if got else ((), (), ())
    found = np.array(series, dtype=np.int64)
    keep = np.ones(len(found), dtype=bool) if ids is None else np.isin(found, np.array(ids, dtype=np.int64))
    return found[keep], np.array(year, dtype=np.int64)[keep], np.array(value, dtype=np.float64)[keep]


def _text(names: list[str]) -> Any:
    """Return an array of texts, quick to take from: pandas' own in pandas 3, of objects before."""
    import pandas as pd

    return pd.Series(names, dtype="str").array


def _allowed(name: Any, allowed: Collection[Any] | None) -> bool:
    """Whether a name is among those chosen; None chooses all."""
    return allowed is None or name in allowed
