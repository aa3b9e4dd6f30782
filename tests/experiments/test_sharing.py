"""Two processes on one database share the runs; one that dies leaves nothing undone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments import sharing
from experiments.sharing import Sharing
from results import claims
from results.claims import Owner, is_dead
from results.store import open_store
from tests.experiments.test_runner import go, scenario
from tests.fake_engine import fake_engine

ROOT = Path(__file__).parents[2]
# makes the runs of one command with a slow engine and tells, a line a run, which it has made
PROCESS = """
import sys, time
from experiments import sharing
sharing.LOOK = 0.05
from results.store import open_store
from tests.experiments.test_runner import go, scenario
from tests.fake_engine import fake_engine
engine, calls = fake_engine(lambda policies, year: time.sleep(0.06))
with open_store(sys.argv[1]) as store:
    print("begun", flush=True)
    outcome = go(store, engine, scenario=scenario(seeds=tuple(range(1, 9))))
    print(outcome.simulated, outcome.reused, calls["simulate"], len(outcome.errors), flush=True)
"""


def process(db):
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(db)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(db):
    with open_store(db, readonly=True) as store:
        assert [e["state"] for e in store.experiments()] == ["finished"]
        frame = store.frame()
        assert len(store.runs()) == 16 and len(frame) == 16 * 9
        assert not frame.duplicated(["arm", "seed", "year", "measure"]).any()
        assert store.claims() == {}


def test_two_runs_of_one_command_share_the_work(tmp_path):
    db = tmp_path / "r.db"
    open_store(db).close()
    both = [process(db), process(db)]
    told = [p.communicate(timeout=120) for p in both]
    made = [tuple(int(n) for n in out.split()[1:]) for out, err in told]
    assert all(p.returncode == 0 for p in both), told
    assert sum(simulated for simulated, *_ in made) == 16, "none is made twice"
    assert all(
        simulated + reused == 16 and simulated == calls and not failed for simulated, reused, calls, failed in made
    )
    assert all(simulated > 0 for simulated, *_ in made), "the second one helps"
    finished(db)


def test_what_a_killed_process_had_claimed_is_made_by_the_next(tmp_path):
    db = tmp_path / "r.db"
    victim = process(db)
    assert victim.stdout.readline() == "begun\n"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with open_store(db) as store:
            if store.experiments() and store.claims() and store.runs():
                assert [e["state"] for e in store.experiments()] == ["running"]
                break
        time.sleep(0.02)
    victim.send_signal(signal.SIGKILL)
    victim.wait(10)
    with open_store(db) as store:
        assert store.claims() == {}, "of a process that is gone"
        assert [e["state"] for e in store.experiments()] == ["interrupted"], "not running for ever"
    began = time.monotonic()
    out, err = process(db).communicate(timeout=120)
    simulated, reused, *_ = (int(n) for n in out.split()[1:])
    assert simulated + reused == 16 and 0 < simulated < 16, err
    assert time.monotonic() - began < 30, "nobody waits for the dead"
    finished(db)


def test_a_claim_of_another_machine_holds_while_it_shows_life(tmp_path, monkeypatch):
    monkeypatch.setattr(sharing, "SILENCE", 0.3)
    monkeypatch.setattr(sharing, "LOOK", 0.02)
    with open_store(tmp_path / "r.db") as mine, open_store(tmp_path / "r.db") as theirs:
        theirs.owner = Owner(host="another machine", pid=1)
        mine.owner = Owner()
        assert theirs.claim("a") and theirs.claim("b") and not mine.claim("a")
        share = Sharing(mine, 1)
        began = time.monotonic()
        for _ in range(5):  # as long as signs of life come, the run is theirs
            time.sleep(0.1)
            theirs.beat()
            share._note(mine.claims())
            assert not share.claim("a")
        theirs.let_go("b")
        assert share.wait(["a", "b"]) == {"b"}
        assert share.wait(["a"]) == {"a"} and time.monotonic() - began > 0.7
        assert share.claim("a") and mine.claims()["a"][0] == mine.owner.name
        assert not theirs.claim("a"), "who was given up comes too late"


def test_numbers_of_processes_come_again():
    assert not is_dead(claims.this_host(), os.getpid(), claims.began(os.getpid()))
    assert not is_dead("another machine", 2**22 + 5, "")
    if os.name == "posix":
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        assert is_dead(claims.this_host(), gone.pid, "")
    if claims.began(os.getpid()):
        assert is_dead(claims.this_host(), os.getpid(), "1"), "the same number, another process"


def test_a_fresh_run_and_a_database_in_memory_ask_nobody(tmp_path):
    engine, calls = fake_engine()
    with open_store(tmp_path / "r.db") as store, open_store(tmp_path / "r.db") as other:
        go(store, engine)
        other.owner = Owner(host="another machine")
        assert other.claim(store.runs()[0]["fingerprint"])
        assert go(store, engine, fresh=True).simulated == 4
    with open_store(":memory:") as store:
        assert not store.shared and go(store, engine).simulated == 4
    with open_store(tmp_path / "r.db", readonly=True) as store, pytest.raises(ValueError, match="read-only"):
        store.claim("a")


def test_a_failed_run_is_given_back(tmp_path):
    engine, _ = fake_engine(lambda policies, year: 1 / 0)
    with open_store(tmp_path / "r.db") as store:
        assert len(go(store, engine, scenario=scenario()).errors) == 4
        assert store.claims() == {}
