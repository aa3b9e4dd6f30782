"""Databases of an earlier schema: how they are read as they are, and brought up to date when something is written to them."""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.schema import CreateTable

from results import tables as t

READABLE = (
    "1",
    str(t.SCHEMA),
)  # 1 lacks the codes of areas and what each school lacks: both are missing in what is read


def upgrade(connection: Connection, schema: int) -> None:
    """Bring a database from an earlier schema to the present one, inside the caller's transaction.

    1 to 2: codes of areas (those of counties are known from their keys; the rest come with the next run), the table
    `county_detail`, and the view `long` with `area` as a code and `area_name`.
    """
    if schema >= t.SCHEMA:
        return
    quote = connection.dialect.identifier_preparer.quote
    kind = t.area.c.code.type.compile(connection.dialect)
    connection.exec_driver_sql(f"DROP VIEW {quote('long')}")
    connection.exec_driver_sql(f"ALTER TABLE {quote('area')} ADD COLUMN code {kind}")
    connection.execute(CreateTable(t.county_detail))
    connection.exec_driver_sql(t.create_view(connection.dialect))
    a = t.area.c
    for row in connection.execute(select(a.region, a.area).where(a.level == "county")).all():
        if row.area.isdecimal():
            where = (a.region == row.region, a.level == "county", a.area == row.area)
            connection.execute(update(t.area).where(*where).values(code=int(row.area)))
    connection.execute(update(t.about).where(t.about.c.name == "schema").values(value=str(t.SCHEMA)))
