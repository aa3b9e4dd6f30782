"""The tables of the results database, portable over SQLAlchemy, with one long view for readers.

Values are kept narrow (run, series, year, value: three integers and a float); what a series means stands once in
`series`. Everything that names an area, a stage, a group or a measure is text that a reader can say.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    case,
    func,
    select,
)

SCHEMA = 2  # raise it whenever a table below changes, and teach `results.upgrade` the way from the number before
INDICATORS = (  # the seven resource indicators of the official evaluation, in the order of the standard
    "teachers_above_required_degree",
    "backbone_teachers",
    "pe_art_teachers",
    "teaching_area",
    "sports_area",
    "equipment_value",
    "multimedia_rooms",
)
LONG_COLUMNS = (
    "scenario", "arm", "seed", "year", "level", "area", "area_name", "stage", "group", "measure", "value", "unit",
)  # fmt: skip

meta = MetaData()

about = Table(
    "about",
    meta,
    Column("name", String(32), primary_key=True, comment="`product` or `schema`"),
    Column("value", String(64), nullable=False),
)

experiment = Table(
    "experiment",
    meta,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True, comment="hash of the spec: the same command, the same row"),
    Column("scenario", String(120), nullable=False),
    Column("title", String(400), nullable=False),
    Column("created", String(40), nullable=False, comment="UTC, ISO 8601: the last time the command was given"),
    Column("state", String(16), nullable=False, comment="running, finished, failed, interrupted"),
    Column("interval", String(24), nullable=False, comment="what varies over runs: chance, parameters, or both"),
    Column("spec", Text, nullable=False, comment="the command as JSON: arms, seeds, draws, years, sample, ..."),
)

run = Table(
    "run",
    meta,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, index=True, comment="hash of what was asked for"),
    Column("fingerprint", String(64), nullable=False, unique=True, comment="hash of key, code version, data hashes"),
    Column("scenario", String(120), nullable=False),
    Column("arm", String(120), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("draw", BigInteger, nullable=False, comment="number of the draw of parameters; 0 = central values"),
    Column("sample", Double, nullable=False, comment="share of children and teachers simulated"),
    Column("region", String(64), nullable=False),
    Column("first_year", Integer, nullable=False),
    Column("last_year", Integer, nullable=False),
    Column("state", String(16), nullable=False, comment="finished or failed"),
    Column("error", Text, nullable=False, comment="why a failed run failed; empty otherwise"),
    Column("started", String(40), nullable=False, comment="UTC, ISO 8601"),
    Column("seconds", Double, nullable=False, comment="wall time of the run"),
    Column("parameters", Text, nullable=False, comment="JSON"),
    Column("code_version", String(120), nullable=False),
    Column("packages", Text, nullable=False, comment="versions of the packages used, JSON"),
    Column("data_hashes", Text, nullable=False, comment="hashes of the data tables used, JSON"),
)

# A run that two experiments ask for is stored once, so nothing is duplicated and each experiment is still whole.
experiment_run = Table(
    "experiment_run",
    meta,
    Column("experiment", ForeignKey("experiment.id"), primary_key=True),
    Column("run", ForeignKey("run.id"), primary_key=True, index=True),
)

series = Table(
    "series",
    meta,
    Column("id", Integer, primary_key=True),
    Column("level", String(32), nullable=False, comment="region, prefecture, county, place_type"),
    Column("area", String(64), nullable=False, comment="key: all; name of a prefecture; code of a county; place type"),
    Column("stage", String(32), nullable=False, comment="primary, junior, compulsory"),
    Column("group", String(96), nullable=False, comment="all, or the group or item that the value is about"),
    Column("measure", String(96), nullable=False),
    Column("unit", String(160), nullable=False),
    UniqueConstraint("level", "area", "stage", "group", "measure", "unit"),
)

value = Table(
    "value",
    meta,
    Column("run", ForeignKey("run.id"), primary_key=True, autoincrement=False),
    Column("series", ForeignKey("series.id"), primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("value", Double, nullable=False),
    sqlite_with_rowid=False,
)

county_inspection = Table(
    "county_inspection",
    meta,
    Column("run", ForeignKey("run.id"), primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("county", String(16), primary_key=True, comment="administrative code on census day 2020"),
    Column("name", String(64), nullable=False),
    Column("passed", Boolean, nullable=False, comment="all that is modelled passes this year"),
    Column("certified", Integer, nullable=False, comment="year in which the county was certified; 0 = not yet"),
    Column("failures", Text, nullable=False, comment="JSON list of what fails"),
    Column("cost_to_close", Double, comment="yuan needed to meet every norm"),
    # with row ids: SQLite would spill such long rows of a table without them onto pages that stay half empty
)

# What each school of a county lacks in each year. A row a county and run, since a row a school, indicator and year would
# be a quarter of the database; `results.detail` packs and unpacks it.
county_detail = Table(
    "county_detail",
    meta,
    Column("run", ForeignKey("run.id"), primary_key=True, autoincrement=False),
    Column("county", String(16), primary_key=True, comment="code on census day 2020; `all`: what the rest refers to"),
    Column("content", LargeBinary, nullable=False, comment="JSON, compressed by zlib: see `results.detail`"),
)

school_inspection = Table(
    "school_inspection",
    meta,
    Column("run", ForeignKey("run.id"), primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("school", Integer, primary_key=True, autoincrement=False, comment="row of schools"),
    Column("stage", String(32), primary_key=True),
    Column("name", String(96), nullable=False, comment="synthetic unless the user gave a register"),
    Column("county", String(16), nullable=False, comment="administrative code on census day 2020"),
    Column("kind", String(32), nullable=False),
    Column("place_type", String(32), nullable=False),
    Column("pupils", Double, nullable=False),
    *(Column(f"value_{name}", Double, comment="unit of the standard's indicator") for name in INDICATORS),
    *(Column(f"shortfall_{name}", Double, comment="how far below the threshold; 0 = met") for name in INDICATORS),
    Column("met", Integer, nullable=False, comment="indicators met, 0-7"),
    Column("passed", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

cost = Table(
    "cost",
    meta,
    Column("run", ForeignKey("run.id"), primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("item", String(96), primary_key=True, comment="name of a policy, or base.<item>"),
    Column("payer", String(32), primary_key=True, comment="county, province, centre"),
    Column("county", String(16), primary_key=True, comment="administrative code on census day 2020"),
    Column("yuan", Double, nullable=False),
    sqlite_with_rowid=False,
)

area = Table(
    "area",
    meta,
    Column("region", String(64), primary_key=True),
    Column("level", String(32), primary_key=True),
    Column("area", String(64), primary_key=True),
    Column("name_zh", String(96), nullable=False),
    Column("name_en", String(96), nullable=False),
    Column("code", Integer, comment="six digits: 520000 province, 520500 prefecture, 520524 county; NULL = not known"),
)

RUN_TABLES = (value, county_inspection, school_inspection, cost, county_detail)  # what a run owns besides its own row
NO_CODE = 0  # the column `area` of an area whose code the database does not know


def long_select() -> Select[tuple[object, ...]]:
    """Return the query behind the view `long`: the exported columns and `draw`, one row a value.

    `area` is the code, a whole number in every row; `area_name` is text in every row: the Chinese name, or the word for a
    place type, which has its region's code.
    """
    where = and_(area.c.region == run.c.region, area.c.level == series.c.level, area.c.area == series.c.area)
    name = case((series.c.level == "place_type", series.c.area), else_=func.coalesce(area.c.name_zh, series.c.area))
    named: dict[str, Any] = {
        c.name: c for c in (*series.c, run.c.scenario, run.c.arm, run.c.seed, value.c.year, value.c.value)
    }
    named |= {"area": func.coalesce(area.c.code, NO_CODE).label("area"), "area_name": name.label("area_name")}
    columns = [named[column] for column in LONG_COLUMNS]
    joined = value.join(series, value.c.series == series.c.id).join(run, value.c.run == run.c.id)
    return select(*columns, run.c.draw).select_from(joined.outerjoin(area, where))


def create_view(dialect: Dialect) -> str:
    """Return the statement that creates the view `long` in the words of one kind of database."""
    name = dialect.identifier_preparer.quote("long")
    body = long_select().compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return f"CREATE VIEW {name} AS {body}"
