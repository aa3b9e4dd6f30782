"""Opening a results database: a file or a server, ours or somebody else's, whole or cut off while it was written."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as tr
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select, update
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from results.database_errors import WAIT, explain
from results.errors import ResultsError, cut, masked, visible
from results.tables import SCHEMA, about, create_view, meta
from results.upgrade import READABLE, upgrade

PRODUCT = "junheng"
LOCK = 0x6A756E68656E67  # a number of our own for PostgreSQL's advisory lock, held while tables are made
SUPPORTED = {  # kind of database -> its drivers
    "sqlite": ("sqlite", "sqlite+pysqlite"),
    "postgresql": ("postgresql", "postgresql+psycopg", "postgresql+psycopg2", "postgresql+pg8000"),
}


def database_url(url_or_path: str | os.PathLike[str]) -> URL:
    """Return the SQLAlchemy URL of a file or a URL. Raises ResultsError when the text is neither, or not supported."""
    try:
        text = os.fsdecode(url_or_path)
    except TypeError:
        raise ResultsError(
            tr("database: {came} came; give a file (junheng.db) or an SQLAlchemy URL").format(
                came=type(url_or_path).__name__
            )
        ) from None
    if not text.strip():
        raise ResultsError(tr("database: an empty name came; give a file (junheng.db) or an SQLAlchemy URL"))
    if "\0" in text:
        raise ResultsError(tr("database {name!r}: this cannot be the name of a file").format(name=cut(text, 60)))
    if "://" not in text:
        try:
            return URL.create("sqlite", database=str(Path(text).expanduser()))
        except RuntimeError as error:  # ~nobody/r.db
            raise ResultsError(tr("database {name}: {reason}").format(name=text, reason=error)) from None
    try:
        url = make_url(text)
        text.encode()
    except (ArgumentError, ValueError):  # their words may repeat the password
        raise ResultsError(
            tr(
                "database {name}: not a URL that can be read. Give a file, or e.g. postgresql+psycopg://user@host:5432/name;"
                " the port is a number, and @ : / in a password are written %40 %3A %2F"
            ).format(name=cut(visible(masked(text), ""), 200))
        ) from None
    _check_supported(url)
    return url


def shown_url(url: URL) -> str:
    """Return how messages call a database: the file of SQLite, else the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return visible(str(url.database or ":memory:"), "")
    return visible(masked(url.render_as_string(hide_password=True)), "")


def _check_supported(url: URL) -> None:
    """Raise ResultsError unless the URL is one of an SQLite file or a PostgreSQL server."""
    kind, where = url.get_backend_name(), visible(masked(url.render_as_string(hide_password=True)), "")
    if kind == "postgres":
        raise ResultsError(tr("database {name}: write postgresql:// instead of postgres://").format(name=where))
    if kind not in SUPPORTED:
        raise ResultsError(
            tr(
                "database {name}: {kind} is not supported. Results go to an SQLite file (--db junheng.db) or a PostgreSQL"
                " server (--db postgresql+psycopg://user@host/name)"
            ).format(name=where, kind=kind)
        )
    if url.drivername not in SUPPORTED[kind]:
        raise ResultsError(
            tr("database {name}: {came} is not supported; write one of {drivers}").format(
                name=where, came=url.drivername, drivers=", ".join(SUPPORTED[kind])
            )
        )
    if kind == "sqlite" and (url.query or url.host):
        raise ResultsError(
            tr("database {name}: give the plain path of the file, such as --db {path}").format(
                name=where, path=url.database or "junheng.db"
            )
        )


def database_file(url: URL) -> Path | None:
    """Return the file of an SQLite database, None for a server or a database in memory."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def open_engine(url: URL, readonly: bool) -> Engine:
    """Return an engine; SQLite files are opened read-only or with a rollback journal, and wait for other writers.

    A rollback journal, not WAL: the database stays one file, and can be read in a folder that may not be written.
    """
    where = shown_url(url)
    try:
        if url.get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True, hide_parameters=True)
        engine = _sqlite_engine(url, readonly)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ResultsError(
            tr(
                "database {name}: the driver of {kind} is not installed ({reason}). Install it "
                "(pip install 'psycopg[binary]') and write postgresql+psycopg://, or use a file"
            ).format(name=where, kind=url.drivername, reason=error)
        ) from error
    except (ArgumentError, ValueError) as error:
        if isinstance(error, ResultsError):
            raise
        raise ResultsError(tr("database {name}: {reason}").format(name=where, reason=masked(str(error)))) from None
    # Python's own sqlite3 opens transactions late and deferred; here they are explicit, so writers queue up in order.
    event.listen(engine, "begin", _begin)
    return engine


def _sqlite_engine(url: URL, readonly: bool) -> Engine:
    """Return an engine on one SQLite file, or on memory shared by the threads of this process."""
    path = database_file(url)
    if path is None:
        return _connected(
            create_engine("sqlite://", poolclass=StaticPool, creator=lambda: _connect(":memory:", uri=False))
        )
    _check_file(path, readonly)
    real = path.resolve()
    return _connected(create_engine("sqlite://", poolclass=NullPool, creator=lambda: _connect_file(real, readonly)))


def _check_file(path: Path, readonly: bool) -> None:
    """Raise ResultsError unless the path is a regular file that may be opened, or a new one in a folder that is there."""
    shown = visible(str(path), "")
    try:
        found = path.stat()
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise ResultsError(
            tr("database {name}: cannot be opened ({reason})").format(name=shown, reason=error.strerror or error)
        ) from None
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise ResultsError(
            tr("database {name} is a folder; give a file in it, such as {file}").format(
                name=shown, file=path / "junheng.db"
            )
        )
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise ResultsError(
            tr("database {name} is no regular file (a device, a pipe or a socket); give a file").format(name=shown)
        )
    if found is None and readonly:
        raise ResultsError(
            tr(
                "database {name} does not exist; make it with `junheng run`, or name another with --db (file or URL)"
            ).format(name=shown)
        )
    folder = path.resolve().parent
    if not folder.is_dir():
        raise ResultsError(
            tr("database {name}: the folder {folder} does not exist; make it first").format(name=shown, folder=folder)
        )
    if found is not None and not os.access(path, os.R_OK):
        raise ResultsError(
            tr("database {name}: you may not read this file; ask its owner, or name another with --db").format(
                name=shown
            )
        )


def _connect_file(path: Path, readonly: bool) -> sqlite3.Connection:
    """Open a connection to a file. A reader that finds the journal of a writer that was killed lets SQLite roll it back.

    Opened read-only, SQLite cannot do that and would refuse a database in which nothing is lost.
    """
    unfinished = readonly and _journal(path) and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    mode = ("rw" if unfinished else "ro") if readonly else "rwc"
    name = f"file:{quote(os.fsencode(path))}?mode={mode}"
    connection = _connect(name, uri=True)
    if unfinished:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # whoever reads first rolls back
        connection.execute("PRAGMA query_only = ON")
    return connection


def _journal(path: Path) -> bool:
    """Return whether the journal of an unfinished transaction lies beside a database (also while another one writes)."""
    try:
        return os.stat(f"{path}-journal").st_size > 0
    except OSError:
        return False


def _connect(name: str, uri: bool) -> sqlite3.Connection:
    """Open one connection that begins no transaction by itself."""
    return sqlite3.connect(name, uri=uri, timeout=WAIT, isolation_level=None, check_same_thread=False)


def _connected(engine: Engine) -> Engine:
    """Give every new connection a page cache that holds a whole run, so that a run is written in one sweep."""

    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA cache_size = -65536")  # KiB

    event.listen(engine, "connect", prepare)
    return engine


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that will write takes its turn at once, so it cannot fail half-way as a reader."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def ensure_schema(engine: Engine, where: str, readonly: bool) -> None:
    """Create the tables in an empty database, or check that what stands there is ours and of a version that is known.

    A database of an earlier version is brought up to date before it is written to, and read as it is otherwise.
    Raises: ResultsError when the database holds something else, another version, or cannot be read
    """
    with engine.connect().execution_options(writes=not readonly) as connection, connection.begin():
        if connection.dialect.name == "postgresql" and not readonly:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")  # two first runs at once
        tables = set(inspect(connection).get_table_names())
        if about.name not in tables and not tables and not readonly:
            meta.create_all(connection)
            connection.exec_driver_sql(create_view(connection.dialect))
            connection.execute(
                insert(about), [{"name": "product", "value": PRODUCT}, {"name": "schema", "value": str(SCHEMA)}]
            )
            return
        facts: dict[str, str] = {}
        if about.name in tables:
            columns = {c["name"] for c in inspect(connection).get_columns(about.name)}
            if columns == {"name", "value"}:
                facts = {str(row.name): str(row.value) for row in connection.execute(select(about))}
        if facts.get("product") == PRODUCT and not readonly:
            # a write that changes nothing: what may not be written says so now, not after an hour of simulation
            connection.execute(update(about).values(value=about.c.value))
            if facts.get("schema") in READABLE:
                upgrade(connection, int(facts["schema"]))
    if not tables:
        raise ResultsError(
            tr("database {name} is empty: no run has been stored in it yet; make one with `junheng run`").format(
                name=where
            )
        )
    if facts.get("product") != PRODUCT:
        raise ResultsError(
            tr(
                "database {name} was not made by junheng (it holds {tables}); nothing was changed; name another file or "
                "database with --db"
            ).format(name=where, tables=cut(", ".join(sorted(tables)[:5]), 200))
        )
    if facts.get("schema") not in READABLE:
        raise ResultsError(
            tr(
                "database {name} has schema version {came}, this junheng reads version {want}; use the junheng that made "
                "it, or write to a new file with --db and run again"
            ).format(name=where, came=cut(str(facts.get("schema")), 20), want=SCHEMA)
        )


@contextmanager
def clear_errors(where: str, doing: str, file: Path | None = None) -> Iterator[None]:
    """Turn whatever the database raises inside the block into a ResultsError that says what to do.

    file: the SQLite file, looked at for the true reason
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, UnicodeError, OSError) as error:
        told = explain(error, where, doing, file)
        raise told from (None if masked(str(error)) != str(error) else error)
