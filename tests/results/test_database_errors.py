"""A database that is cut off, locked, full, secret or of another kind: the true reason, and nothing lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from results import errors as ours
from results.connect import database_url
from results.database_errors import OPENING, explain
from results.errors import ResultsError, StorageFailed, cut, masked, nearest, visible
from results.store import open_store
from sim import errors as theirs
from tests.results.invented import make

ROOT = Path(__file__).parents[2]
SECRET = "hunter2"
# one run more, with a page cache so small that the file is written before the commit; then the process dies
KILLED = """
import os, signal, sys
from sqlalchemy import event
from results import writing
from results.store import open_store
from tests.results.invented import record, run_data, spec
store = open_store(sys.argv[1])
event.listen(store.engine, "connect", lambda connection, _: connection.execute("PRAGMA cache_size = 1"))
store._series = {}
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
writing.write_tables = die
store.write_run(store.begin_experiment(spec([1, 2, 3])), record("plan", 3), run_data("plan", 3))
"""
KILLED_AT_FIRST = """
import os, signal, sys
from sqlalchemy import event
from results import connect
connect.create_view = lambda dialect: os.kill(os.getpid(), signal.SIGKILL)
connect._connected = lambda engine: (event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA cache_size = 1")), engine)[1]
from results.store import open_store
open_store(sys.argv[1])
"""


def killed(code: str, db: Path) -> None:
    done = subprocess.run([sys.executable, "-c", code, str(db)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert Path(f"{db}-journal").stat().st_size > 0


def test_after_a_kill_inside_a_write_reading_works_and_nothing_is_lost(tmp_path: Path) -> None:
    db = tmp_path / "r.db"
    with make(db, seeds=(1, 2)) as store:
        before = store.frame(1)
    killed(KILLED, db)
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as raw, pytest.raises(sqlite3.OperationalError):
        raw.execute("SELECT * FROM run").fetchall()  # the case is real: SQLite itself refuses a reader
    with open_store(db, readonly=True) as store:
        assert store.frame(1).equals(before)
        with store.engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
            connection.exec_driver_sql("DELETE FROM run")
    assert [p.name for p in tmp_path.iterdir()] == ["r.db"]


def test_a_kill_while_the_tables_are_made_leaves_an_empty_database(tmp_path: Path) -> None:
    db = tmp_path / "r.db"
    killed(KILLED_AT_FIRST, db)
    with pytest.raises(ResultsError, match="is empty: no run has been stored in it yet"):
        open_store(db, readonly=True)
    make(db, seeds=(1,)).close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anything")
def test_a_journal_that_may_not_be_rolled_back_is_the_reason_given(tmp_path: Path) -> None:
    db = tmp_path / "r.db"
    make(db, seeds=(1, 2)).close()
    killed(KILLED, db)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(ResultsError, match=r"a run was cut off while it wrote.*r\.db-journal together"):
            open_store(db, readonly=True)
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"postgresql+psycopg://me:{SECRET}@host:port/name", "not a URL that can be read"),
        (f"postgresql+psycopg://me:{SECRET}/x@host:99999999999/name", "not a URL|port|driver"),
        (f"postgresql+asyncpg://me:{SECRET}@host/name", r"postgresql\+asyncpg is not supported; write one of"),
        (f"postgres://me:{SECRET}@host/name", "write postgresql:// instead"),
        (f"mysql://me:{SECRET}@host/name", "mysql is not supported"),
        (f"mssql+pyodbc://host/name?pwd={SECRET}", "mssql is not supported"),
        (f"https://me:{SECRET}@host/name", "https is not supported"),
        ("duckdb:///x.duckdb", "duckdb is not supported. Results go to an SQLite file"),
        ("sqlite:///file:x.db?uri=true", "give the plain path of the file"),
        ("sqlite+aiosqlite:///x.db", "is not supported; write one of sqlite"),
        ("a\0b", "cannot be the name"),
        ("~no-such-user-here/x.db", "database ~no-such-user-here|folder"),
        ("/dev/null", "is no regular file"),
        (3, "int came; give a file"),
    ],
)
def test_urls_that_cannot_work_say_why_and_keep_the_secret(url: str, says: str) -> None:
    with pytest.raises(ResultsError, match=says) as told:
        open_store(url)
    seen: BaseException | None = told.value
    while seen is not None:  # whatever a traceback would show
        assert SECRET not in str(seen)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def test_special_files_and_odd_names(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ResultsError, match="is no regular file"):
        open_store(tmp_path / "pipe", readonly=True)
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/r\xff.db")
    make(Path(odd), seeds=(1,)).close()
    with open_store(odd, readonly=True) as store:
        assert len(store.runs()) == 2
    with pytest.raises(ResultsError, match=r"none\\udcff"):
        open_store(odd.replace("r\udcff", "none\udcff"), readonly=True)
    (tmp_path / "link.db").symlink_to(tmp_path / "no" / "r.db")
    with pytest.raises(ResultsError, match=r"the folder .*no does not exist"):
        open_store(tmp_path / "link.db")


class Said(Exception):
    sqlstate = None


@pytest.mark.parametrize(
    ("words", "state", "doing", "kind", "says"),
    [
        ("terminating connection due to administrator command", "57P01", "writing run a", StorageFailed, "the server broke off"),
        ("the database system is starting up", "57P03", "writing run a", StorageFailed, "the server broke off"),
        ("server closed the connection unexpectedly", None, "reading", StorageFailed, "broke off"),
        ("connection failed: Connection refused", None, "writing run a", StorageFailed, "broke off"),
        ("connection failed: FATAL:  the database system is shutting down", None, "closing", StorageFailed, "broke off"),
        ("connection failed: Connection refused", None, OPENING, ResultsError, "cannot be reached"),
        ('password authentication failed for user "me"', "28P01", OPENING, ResultsError, "refuses user and password"),
        ('database "x" does not exist', "3D000", OPENING, ResultsError, "has no such database"),
        ("could not extend file: No space left on device", "53100", "writing", StorageFailed, "disk is full"),
        ("permission denied for schema public", "42501", OPENING, ResultsError, "may not do that"),
    ],
)  # fmt: skip
def test_what_a_server_says(words: str, state: str | None, doing: str, kind: type, says: str) -> None:
    error = Said(words)
    error.sqlstate = state  # type: ignore[assignment]
    told = explain(DBAPIError("SELECT", {}, error), "postgresql://me:***@db/x", doing)
    assert type(told) is kind and says in str(told)
    assert getattr(told, "exit_code", 2) == (1 if kind is StorageFailed else 2)


def test_secrets_are_masked_wherever_they_stand() -> None:
    for text in (
        f"could not connect to postgresql+psycopg://me:{SECRET}@host/db now",
        f"postgresql://me:x@{SECRET}@host/db",
        f"postgresql://host/db?user=me&password={SECRET}&sslmode=require",
        f"postgresql://host/db?sslpassword={SECRET}",
        f"host=h user=me password='a {SECRET}' dbname=x",
    ):
        assert SECRET not in masked(text) and "***" in masked(text) and "host" in masked(text) + "host"
        assert SECRET not in str(ResultsError(text))
    for text in ("postgresql://me@host:5432/db", "password authentication failed", "a: b@c", "12:30 x@y"):
        assert masked(text) == text
    assert str(database_url(f"postgresql://me:{SECRET}@h/d")) == "postgresql://me:***@h/d"


def test_hidden_characters_are_shown_as_escapes() -> None:
    raw = "红\x1b[31m\x07\u202e\u200b\ufeff\t\udcff\x9b\U000e0041 é(完)　1𠀀"
    assert visible(raw) == r"红\u001b[31m\u0007\u202e\u200b\ufeff\u0009\udcff\u009b\udb40\udc41 é(完)　1𠀀"
    assert visible("a\nb") == "a\nb" and visible("a\nb", keep="") == r"a\u000ab"
    for kind in (theirs.InputError, ours.ResultsError):
        assert str(kind(raw)) == visible(raw)
        assert len(str(kind("x" * 10**6))) <= 1000 and len(str(kind("x\n" * 10**6))) <= 20_000


def test_hints_cost_little_and_stay_short() -> None:
    many = [f"县{k:06d}" for k in range(50_000)]
    hint = nearest("县049999x", many)
    assert len(hint) < 300 and "and 49,988 more" in hint.replace("49988", "49,988")
    assert "Did you mean 'rotation'?" in nearest("rotatoin", ["rotation", "aid"])
    assert len(nearest("x" * 10**6, ["a", "b"])) < 100
    assert cut("abcdef", 4) == "ab …"


def test_the_two_copies_of_the_functions_for_messages_agree() -> None:
    names = [f"name{k}" for k in range(40)]
    for text in ("nam", "name7", "", "x" * 100, "na\x1bme", "é"):
        assert theirs.nearest(text, names) == ours.nearest(text, names)
        assert theirs.visible(text) == ours.visible(text) and theirs.cut(text, 9) == ours.cut(text, 9)
        assert theirs.said_plainly(text * 500) == ours.said_plainly(text * 500)
