"""What happens inside the one transaction that writes a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, delete, insert, select, update

from results import tables as t
from results.record import (
    AREA_COLUMNS,
    COST_COLUMNS,
    COUNTY_COLUMNS,
    SCHOOL_COLUMNS,
    RunData,
    RunRecord,
    canonical,
    known,
    rows,
)

SeriesKey = tuple[str, str, str, str, str, str]
SERIES_COLUMNS = ("level", "area", "stage", "group", "measure", "unit")
CHUNK = 20_000  # rows sent at once to a database other than SQLite


def place(connection: Connection, experiment: int, record: RunRecord) -> int:
    """Make room for a run: insert or update its row, clear what it owned, and return its id."""
    row = _run_row(record)
    found = connection.scalar(select(t.run.c.id).where(t.run.c.fingerprint == record.fingerprint))
    if found is None:
        key = connection.execute(insert(t.run).values(**row)).inserted_primary_key
        assert key is not None  # a single row always has one
        run = int(key[0])
    else:
        run = int(found)
        _clear(connection, run)
        connection.execute(update(t.run).where(t.run.c.id == run).values(**row))
    drop_answers(connection, experiment, record, keep=run)
    join(connection, experiment, run)
    return run


def join(connection: Connection, experiment: int, run: int) -> None:
    """Let an experiment hold a run, once."""
    pair = t.experiment_run.c
    found = connection.scalar(select(pair.run).where(pair.experiment == experiment, pair.run == run))
    if found is None:
        connection.execute(insert(t.experiment_run).values(experiment=experiment, run=run))


def drop_answers(connection: Connection, experiment: int, record: RunRecord, keep: int) -> None:
    """Take other answers to the same question out of an experiment; delete those that no experiment holds any more."""
    pair = t.experiment_run
    query = (
        select(t.run.c.id)
        .join(pair, pair.c.run == t.run.c.id)
        .where(pair.c.experiment == experiment, t.run.c.key == record.key, t.run.c.id != keep)
    )
    for old in connection.scalars(query).all():
        connection.execute(delete(pair).where(pair.c.experiment == experiment, pair.c.run == old))
        if connection.scalar(select(pair.c.run).where(pair.c.run == old).limit(1)) is None:
            _clear(connection, old)
            connection.execute(delete(t.run).where(t.run.c.id == old))


def write_values(
    connection: Connection, run: int, data: RunData, remembered: dict[SeriesKey, int]
) -> dict[SeriesKey, int]:
    """Insert the values that are not NaN, in the order of the table's key.

    remembered: ids of series known to be committed; returned with those that this call read
    """
    ids, remembered = _series_ids(connection, data.series, remembered)
    order = np.argsort(ids, kind="stable")
    values = np.asarray(data.values, dtype=np.float64)[order]
    at, column = np.nonzero(~np.isnan(values))
    years = np.asarray(data.years, dtype=np.int64)[column] if len(column) else column
    cells = zip([run] * len(at), ids[order][at].tolist(), years.tolist(), values[at, column].tolist(), strict=True)
    _bulk(connection, t.value, ("run", "series", "year", "value"), list(cells))
    return remembered


def write_tables(connection: Connection, run: int, region: str, data: RunData) -> None:
    """Insert the inspections and costs of a run, and the names of areas that are new."""
    schools = rows(data.school_inspection, SCHOOL_COLUMNS, "school_inspection")
    costs = rows(data.cost, COST_COLUMNS, "cost")
    for table, content, columns in (
        (t.county_inspection, _counties(data), COUNTY_COLUMNS),
        (t.school_inspection, schools, SCHOOL_COLUMNS),
        (t.cost, costs, COST_COLUMNS),
    ):
        _bulk(connection, table, ("run", *columns), [(run, *row) for row in content])
    _write_areas(connection, region, rows(data.areas, AREA_COLUMNS, "areas"))


def _run_row(record: RunRecord) -> dict[str, Any]:
    """Return the row of the table `run` for a record."""
    return {
        "key": record.key,
        "fingerprint": record.fingerprint,
        "scenario": record.scenario,
        "arm": record.arm,
        "seed": int(record.seed),
        "draw": int(record.draw),
        "sample": float(record.sample),
        "region": record.region,
        "first_year": int(record.years[0]),
        "last_year": int(record.years[1]),
        "state": record.state,
        "error": record.error,
        "started": record.started,
        "seconds": float(record.seconds),
        "parameters": canonical(record.parameters),
        "code_version": record.code_version,
        "packages": canonical(record.packages),
        "data_hashes": canonical(record.data_hashes),
    }


def _clear(connection: Connection, run: int) -> None:
    """Delete all that a run owns but its own row."""
    for table in t.RUN_TABLES:
        connection.execute(delete(table).where(table.c.run == run))


def _series_ids(
    connection: Connection, keys: Sequence[SeriesKey], remembered: dict[SeriesKey, int]
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], dict[SeriesKey, int]]:
    """Return the id of each series, adding those that are new, and the ids that were committed before this call.

    Series are never deleted, so what was committed once stays true; new ids may still be rolled back, so they are not
    remembered.
    """
    if not all(key in remembered for key in keys):
        remembered = _read_series(connection)
    ids = remembered
    new = [key for key in keys if key not in ids]
    if new:
        _bulk(connection, t.series, SERIES_COLUMNS, new)
        ids = _read_series(connection)
    return np.array([ids[key] for key in keys], dtype=np.int64), remembered


def _read_series(connection: Connection) -> dict[SeriesKey, int]:
    """Return the id of every series in the database."""
    columns = [t.series.c[name] for name in SERIES_COLUMNS]
    return {tuple(row[1:]): row[0] for row in connection.execute(select(t.series.c.id, *columns))}  # type: ignore[misc]


def _counties(data: RunData) -> list[tuple[Any, ...]]:
    """Return the county inspections with the list of failures as JSON text."""
    at = COUNTY_COLUMNS.index("failures")
    table = rows(data.county_inspection, COUNTY_COLUMNS, "county_inspection")
    return [(*r[:at], r[at] if isinstance(r[at], str) else canonical(list(r[at] or ())), *r[at + 1 :]) for r in table]


def _write_areas(connection: Connection, region: str, names: list[tuple[Any, ...]]) -> None:
    """Insert the names of areas of a region that are not there yet."""
    query = select(t.area.c.level, t.area.c.area).where(t.area.c.region == region)
    there = {(r.level, r.area) for r in connection.execute(query)}
    _bulk(connection, t.area, ("region", *AREA_COLUMNS), [(region, *n) for n in names if (n[0], n[1]) not in there])


def _bulk(connection: Connection, table: Table, columns: tuple[str, ...], content: list[tuple[Any, ...]]) -> None:
    """Insert many rows: plain tuples through the driver on SQLite (four times as quick), Core elsewhere."""
    if not content:
        return
    if connection.dialect.name == "sqlite":
        quote = connection.dialect.identifier_preparer.quote
        names, marks = ", ".join(quote(c) for c in columns), ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})", content)
        return
    content = known(content)
    for start in range(0, len(content), CHUNK):
        chunk = [dict(zip(columns, row, strict=True)) for row in content[start : start + CHUNK]]
        connection.execute(insert(table), chunk)
