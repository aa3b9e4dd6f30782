"""Opening a results database, and turning what databases say when something is wrong into one clear message."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select, update
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from results.errors import ResultsError, StorageFailed
from results.tables import SCHEMA, about, create_view, meta
from results.upgrade import READABLE, upgrade

PRODUCT = "junheng"
WAIT = 60.0  # seconds that a writer waits for another writer of the same SQLite file


def database_url(url_or_path: str | os.PathLike[str]) -> URL:
    """Return the SQLAlchemy URL of a file or a URL. Raises ResultsError when the text is neither."""
    text = os.fspath(url_or_path)
    if not text.strip():
        raise ResultsError("database: an empty name came; give a file (junheng.db) or an SQLAlchemy URL")
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser()))
    try:
        return make_url(text)
    except ArgumentError as error:
        raise ResultsError(
            f"database {text!r} is not an SQLAlchemy URL; give a file or e.g. postgresql+psycopg://user@host/name"
        ) from error


def database_file(url: URL) -> Path | None:
    """Return the file of an SQLite database, None for a server or a database in memory."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def open_engine(url: URL, readonly: bool) -> Engine:
    """Return an engine; SQLite files are opened read-only or with a rollback journal, and wait for other writers.

    A rollback journal, not WAL: the database stays one file, and can be read in a folder that may not be written.
    """
    where = url.render_as_string(hide_password=True)
    try:
        if url.get_backend_name() != "sqlite" or url.get_driver_name() != "pysqlite":
            return create_engine(url, pool_pre_ping=True)
        engine = _sqlite_engine(url, readonly)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ResultsError(
            f"database {where}: the driver for {url.drivername!r} is not installed ({error}); "
            "install it with pip, or use a file"
        ) from error
    except (ArgumentError, ValueError) as error:
        raise ResultsError(f"database {where}: {error}") from error
    # Python's own sqlite3 opens transactions late and deferred; here they are explicit, so writers queue up in order.
    event.listen(engine, "begin", _begin)
    return engine


def _sqlite_engine(url: URL, readonly: bool) -> Engine:
    """Return an engine on one SQLite file, or on memory shared by the threads of this process."""
    if url.database in (None, "", ":memory:"):
        return _connected(
            create_engine("sqlite://", poolclass=StaticPool, creator=lambda: _connect(":memory:", uri=False))
        )
    path = Path(str(url.database))
    if path.is_dir():
        raise ResultsError(f"database {path} is a folder; give a file in it, such as {path / 'junheng.db'}")
    if readonly and not path.exists():
        raise ResultsError(
            f"database {path} does not exist; make it with `junheng run`, or name another with --db (file or URL)"
        )
    if not path.parent.is_dir():
        raise ResultsError(f"database {path}: the folder {path.parent} does not exist; make it first")
    mode = "ro" if readonly else "rwc"
    name = f"file:{quote(str(path.resolve()))}?mode={mode}"
    return _connected(create_engine("sqlite://", poolclass=NullPool, creator=lambda: _connect(name, uri=True)))


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
            if facts.get("schema") in map(str, READABLE):
                upgrade(connection, int(facts["schema"]))
    if facts.get("product") != PRODUCT:
        raise ResultsError(
            f"database {where} was not made by junheng (it holds {', '.join(sorted(tables)[:5]) or 'no tables'}); "
            "nothing was changed; name another file or database with --db"
        )
    if facts.get("schema") not in map(str, READABLE):
        raise ResultsError(
            f"database {where} has schema version {facts.get('schema')}, this junheng reads version {SCHEMA}; "
            "use the junheng that made it, or write to a new file with --db and run again"
        )


@contextmanager
def clear_errors(where: str, doing: str) -> Iterator[None]:
    """Turn whatever the database raises inside the block into a ResultsError that says what to do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, UnicodeDecodeError, OSError) as error:
        full, broken = storage_failed(said(error))
        raise (StorageFailed if full or broken else ResultsError)(explain(error, where, doing)) from error


def said(error: Exception) -> str:
    """Return what the database itself said."""
    return str(error.orig) if isinstance(error, DBAPIError) and error.orig is not None else str(error)


def storage_failed(text: str) -> tuple[bool, bool]:
    """Return whether the message of a database tells of a full disk, and of one that refuses to read or write."""
    low = text.lower()
    return "disk is full" in low or "no space left" in low, "disk i/o error" in low or "input/output error" in low


def explain(error: Exception, where: str, doing: str) -> str:
    """Return one sentence that a user understands for an error of a database."""
    words = said(error)
    text, head = words.lower(), f"database {where}: "
    full, broken = storage_failed(words)
    if "readonly" in text or "read-only" in text or "permission denied" in text:
        return f"{head}cannot be written ({doing}): file or folder is read-only; name another with --db"
    if full:
        return (
            f"{head}the disk is full ({doing}): nothing of this step was kept, earlier runs are; "
            "free space or name another disk with --db, then give the same command again"
        )
    if broken:
        return (
            f"{head}the disk would not read or write ({doing}: {words}): a quota, a limit on file size (ulimit -f) or the "
            "disk itself; nothing of this step was kept, earlier runs are; name another place with --db"
        )
    if "not a database" in text or "malformed" in text or "corrupt" in text:
        return f"{head}is not a readable SQLite database, or is damaged ({words}); name another with --db"
    if "locked" in text:
        return f"{head}another program has held it for {WAIT:.0f} s ({doing}); wait for it and try again"
    if "unable to open" in text:
        return f"{head}cannot be opened ({doing}): check that file and folder exist and may be read and written"
    if (isinstance(error, DBAPIError) and error.connection_invalidated) or "connect" in text or "refused" in text:
        return f"{head}the server cannot be reached ({_first_line(words)}); check host, port, name and password"
    return f"{head}{doing} failed: {_first_line(words)}"


def _first_line(text: str) -> str:
    """Return the first line of a message, shortened."""
    lines = text.strip().splitlines()
    return (lines[0] if lines else "no reason given")[:200]
