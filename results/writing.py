"""What happens inside the one transaction that writes a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, delete, insert, select, update

from results import tables as t
from results.detail import pack
from results.record import (
    AREA_COLUMNS,
    COST_COLUMNS,
    COUNTY_COLUMNS,
    DETAIL_COLUMNS,
    SCHOOL_COLUMNS,
    RunData,
    RunRecord,
    canonical,
    known,
    lists,
)

SeriesKey = tuple[str, str, str, str, str, str]
SERIES_COLUMNS = ("level", "area", "stage", "group", "measure", "unit")
CHUNK = 20_000  # rows sent at once to a database other than SQLite
MARKS = 400  # cells in one statement to SQLite, whose older versions take 999; more gains nothing


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
    there = ~np.isnan(values)
    series = np.broadcast_to(ids[order][:, None], values.shape)[there]
    years = np.broadcast_to(np.asarray(data.years, dtype=np.int64), values.shape)[there]
    _bulk(
        connection, t.value, {"series": series.tolist(), "year": years.tolist(), "value": values[there].tolist()}, run
    )
    return remembered


def write_tables(connection: Connection, run: int, region: str, data: RunData) -> None:
    """Insert the inspections and costs of a run, and the names of areas that are new."""
    counties = lists(data.county_inspection, COUNTY_COLUMNS, "county_inspection")
    counties["failures"] = [x if isinstance(x, str) else canonical(list(x or ())) for x in counties["failures"]]
    _bulk(connection, t.county_inspection, counties, run)
    schools = lists(data.school_inspection, SCHOOL_COLUMNS, "school_inspection")
    _bulk(connection, t.school_inspection, schools, run)
    _bulk(connection, t.cost, lists(data.cost, COST_COLUMNS, "cost"), run)
    detail = lists(data.county_detail, DETAIL_COLUMNS, "county_detail")
    detail["content"] = [pack(text) for text in detail["content"]]
    _bulk(connection, t.county_detail, detail, run)
    _write_areas(connection, region, lists(data.areas, AREA_COLUMNS, "areas"))


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
    ids = [remembered.get(key, 0) for key in keys]
    if 0 in ids:
        remembered = _read_series(connection)
        new = sorted(key for key in keys if key not in remembered)  # so that the index grows at its end
        first = max(remembered.values(), default=0) + 1  # ids count from 1; whoever writes holds the database
        numbers = range(first, first + len(new))
        columns = dict(zip(SERIES_COLUMNS, zip(*new, strict=True), strict=True)) if new else {}
        _bulk(connection, t.series, {"id": numbers, **columns})
        ids_now = remembered | dict(zip(new, numbers, strict=True))
        ids = [ids_now[key] for key in keys]
    return np.array(ids, dtype=np.int64), remembered


def _read_series(connection: Connection) -> dict[SeriesKey, int]:
    """Return the id of every series in the database."""
    columns = [t.series.c[name] for name in SERIES_COLUMNS]
    return {tuple(row[1:]): row[0] for row in connection.execute(select(t.series.c.id, *columns))}  # type: ignore[misc]


def _write_areas(connection: Connection, region: str, names: dict[str, list[Any]]) -> None:
    """Insert the names and codes of areas of a region that are not there yet; those without a code are written anew."""
    a = t.area.c
    query = select(a.level, a.area).where(a.region == region, a.code.is_not(None))
    there = {(r.level, r.area) for r in connection.execute(query)}
    new = [k for k, area in enumerate(zip(names["level"], names["area"], strict=True)) if area not in there]
    if not new:
        return
    for level in sorted({names["level"][k] for k in new}):
        keys = [names["area"][k] for k in new if names["level"][k] == level]
        connection.execute(delete(t.area).where(a.region == region, a.level == level, a.area.in_(keys)))
    columns = {name: [column[k] for k in new] for name, column in names.items()}
    _bulk(connection, t.area, {"region": [region] * len(new), **columns})


def _bulk(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], run: int | None = None) -> None:
    """Insert columns of equal length as rows, of a run where one is given: through the driver on SQLite, Core elsewhere."""
    n = len(next(iter(columns.values())))
    if not n:
        return
    if connection.dialect.name == "sqlite":
        _send(connection, table, columns, n, run)
        return
    names = list(columns) if run is None else ["run", *columns]
    for start in range(0, n, CHUNK):
        cells = [column[start : start + CHUNK] for column in columns.values()]
        rows = list(zip(*(cells if run is None else [[run] * len(cells[0]), *cells]), strict=True))
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in known(rows)])


def _send(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], n: int, run: int | None) -> None:
    """Insert n rows through the driver of SQLite: many rows a statement, twice as quick as one, and no tuple a row."""
    quote, width = connection.dialect.identifier_preparer.quote, len(columns)
    cells: list[Any] = [None] * (n * width)
    for k, column in enumerate(columns.values()):
        cells[k::width] = column
    names, fixed = [quote(name) for name in columns], "" if run is None else f"{run:d}, "
    head = f"INSERT INTO {quote(table.name)} ({', '.join(names if run is None else ['run', *names])}) VALUES "
    many = max(1, MARKS // width)
    cursor: Any = connection.connection.cursor()
    # zip drops the end that fills no statement of many rows: it goes one by one
    for rows, part in ((many, cells), (1, cells[n // many * many * width :])):
        marks = ", ".join([f"({fixed}{', '.join('?' * width)})"] * rows)
        cursor.executemany(head + marks, zip(*[iter(part)] * (rows * width), strict=False))
    cursor.close()
