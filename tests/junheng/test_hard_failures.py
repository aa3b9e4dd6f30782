"""What happens to a real process when the world is against it: Ctrl-C, a full disk, a database that may not be written."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import junheng

resource = pytest.importorskip("resource", reason="limits on file size are set as POSIX does")
ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "-m", "junheng.cli", "run", "guizhou", "--sample", "0.01", "--arm", "baseline"]


def command(*more, cwd, limit=None, ignored=False):
    """Start a run in `cwd`; limit: most bytes that it may write to one file; ignored: Ctrl-C and SIGHUP are."""

    # a test runner started in the background may ignore Ctrl-C, and a child would inherit that
    def prepare():
        signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    env = {k: v for k, v in os.environ.items() if k != "JUNHENG_DEBUG"} | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*RUN, *more], cwd=cwd, env=env, preexec_fn=prepare, **pipes)


def finished(process):
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def whole(db):
    """Check that the file is sound and holds exactly the rows of its finished runs; return how many these are."""
    with sqlite3.connect(db) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        runs = connection.execute("SELECT id FROM run WHERE state = 'finished'").fetchall()
        filled = connection.execute("SELECT DISTINCT run FROM value").fetchall()
    assert sorted(runs) == sorted(filled)
    return len(runs)


def runs_now(db):
    """Return how many runs the file holds while it is being written; 0 before there is one."""
    try:
        with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM run").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Compile the model before anything is timed."""
    junheng.Model(sample=0.01, years=(2024, 2024)).run_model()


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (signal.SIGINT, "Interrupted"),
        (signal.SIGTERM, "Ended by SIGTERM"),
        pytest.param(signal.SIGHUP, "Ended by SIGHUP", marks=pytest.mark.long),
    ],
)
def test_a_signal_keeps_finished_runs_and_the_command_goes_on_from_there(tmp_path, number, says):
    db = tmp_path / "r.db"
    process = command("--seeds", "1:500", "--years", "2024:2024", "--db", "r.db", cwd=tmp_path)
    deadline = time.monotonic() + 200
    while runs_now(db) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    code, out, err = finished(process)
    assert code == 128 + number and out == "" and "Traceback" not in err
    kept = whole(db)
    assert 2 <= kept < 500 and f"{says}: {kept} of 500 runs are finished and kept as experiment 1 in r.db" in err
    assert [e["state"] for e in junheng.open(db).experiments()] == ["interrupted"]
    assert [path.name for path in tmp_path.iterdir()] == ["r.db"]  # no journal, nothing half-written
    if number == signal.SIGINT:
        code, out, err = finished(command("--seeds", "1:2", "--years", "2024:2024", "--db", "r.db", cwd=tmp_path))
        assert code == 0 and "0 simulated, 2 already there" in err


@pytest.mark.long
def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    """What nohup and a shell's background jobs do."""
    process = command("--seeds", "1:3", "--years", "2024:2024", "--db", "r.db", cwd=tmp_path, ignored=True)
    deadline = time.monotonic() + 200
    while runs_now(tmp_path / "r.db") < 1 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    code, _, err = finished(process)
    assert code == 0 and "3 simulated" in err


def test_ctrl_c_before_the_first_run_is_quiet_too(tmp_path):
    process = command("--seeds", "1:5", "--db", "r.db", cwd=tmp_path)
    deadline = time.monotonic() + 60
    while not (tmp_path / "r.db").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    code, out, err = finished(process)
    assert code == 130 and out == "" and "Interrupted" in err and "Traceback" not in err


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A database with one run."""
    folder = tmp_path_factory.mktemp("made")
    code, _, err = finished(command("--years", "2024:2024", "--db", "r.db", cwd=folder))
    assert code == 0, err
    return folder / "r.db"


def test_no_more_room_on_the_disk_keeps_earlier_runs(tmp_path, made):
    db = tmp_path / "r.db"
    shutil.copy(made, db)
    room = db.stat().st_size + 60_000  # a second run needs more
    code, out, err = finished(
        command("--seeds", "1:3", "--years", "2024:2024", "--db", "r.db", cwd=tmp_path, limit=room)
    )
    assert code == 1 and out == "" and "Traceback" not in err
    assert "database r.db: the disk would not" in err and "earlier runs are" in err
    assert whole(db) == 1 and [path.name for path in tmp_path.iterdir()] == ["r.db"]
    code, _, err = finished(command("--seeds", "1:3", "--years", "2024:2024", "--db", "r.db", cwd=tmp_path))
    assert code == 0 and "2 simulated, 1 already there" in err and whole(db) == 3


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anything")
def test_a_database_that_may_not_be_written_is_told_before_anything_is_simulated(tmp_path, made):
    db = tmp_path / "r.db"
    shutil.copy(made, db)
    db.chmod(0o444)
    code, out, err = finished(command("--seeds", "1:3", "--db", "r.db", cwd=tmp_path))
    assert code == 2 and out == "" and "read-only" in err and "school years" not in err


def test_a_server_that_is_not_there_is_told_before_anything_is_simulated(tmp_path):
    code, out, err = finished(command("--db", "postgresql+psycopg://nobody@127.0.0.1:1/none", cwd=tmp_path))
    assert code == 2 and out == "" and "Traceback" not in err and "school years" not in err
    assert "cannot be reached" in err or "driver" in err
