"""The runner on a fake engine: what is stored, what is not repeated, what survives a failure or Ctrl-C."""

from __future__ import annotations

import _thread
import signal
import threading
import time
import weakref

import pytest

from experiments import identity
from experiments.runner import run_experiment
from experiments.scenario import Arm, Scenario
from experiments.worlds import Worlds
from results.errors import ResultsError
from results.store import open_store
from sim.errors import InputError
from tests.fake_engine import fake_engine

ARMS = (Arm("baseline", "Base", "基线"), Arm("plan", "Plan", "方案", ({"name": "lift", "share": 0.5},)))


def scenario(**changes):
    given = {
        "name": "delta", "source": "delta.toml", "title": "Delta", "title_zh": "三角洲", "region": "guizhou",
        "years": (2024, 2026), "arms": ARMS, "seeds": (1, 2),
    }  # fmt: skip
    return Scenario(**{**given, **changes})


def go(store, engine, **options):
    given = {"progress": False, "engine": engine}
    return run_experiment(options.pop("scenario", None) or scenario(), store, **{**given, **options})


def test_every_arm_and_seed_is_stored_with_its_values(tmp_path):
    engine, calls = fake_engine()
    with open_store(tmp_path / "a.db") as store:
        outcome = go(store, engine)
        assert (outcome.simulated, outcome.reused, outcome.errors) == (4, 0, [])
        runs = store.runs()
        assert [(r["arm"], r["seed"]) for r in runs] == [("baseline", 1), ("baseline", 2), ("plan", 1), ("plan", 2)]
        assert all(r["code_version"] == identity.code_version() and r["data_hashes"] for r in runs)
        frame = store.frame(measures=["gap.urban_rural"])
        got = {(r.arm, r.seed, r.year): r.value for r in frame.itertuples()}
        assert got["baseline", 1, 2026] == pytest.approx(0.401)
        assert got["plan", 2, 2026] == pytest.approx(0.4 * 0.5**3 + 0.002)
        assert store.experiments()[0]["state"] == "finished"
    assert calls == {"build": 2, "simulate": 4}, "the world of one seed is built once for all arms"


def test_inspections_and_money_are_stored(tmp_path):
    engine, _ = fake_engine()
    with open_store(tmp_path / "a.db") as store:
        go(store, engine, scenario=scenario(seeds=(1,)))
        counties = store.table("county_inspection").query("arm == 'plan' and year == 2026").set_index("county")
        assert counties.loc["520101", "passed"] and not counties.loc["520102", "passed"]
        assert counties.loc["520101", "certified"] == 2024 and counties.loc["520102", "certified"] == 0
        assert '"code":"schools.primary","failing":2,"of":2' in counties.loc["520102", "failures"]
        assert '"code":"indicator.primary.backbone_teachers"' in counties.loc["520102", "failures"]
        schools = store.table("school_inspection").query("arm == 'plan'")
        assert sorted(set(schools.year)) == [2024, 2026] and len(schools) == 8
        money = store.table("cost").query("arm == 'plan' and year == 2025")
        assert dict(zip(money.county, money.yuan, strict=True)) == {"520101": 1e6, "520102": 2e6}
        assert store.areas("guizhou")["county", "520101"] == ("甲县", "Jia")


def test_the_same_command_again_simulates_nothing_and_duplicates_nothing(tmp_path):
    engine, calls = fake_engine()
    with open_store(tmp_path / "a.db") as store:
        first = go(store, engine)
        before = store.frame()
        again = go(store, engine)
        assert (again.experiment, again.simulated, again.reused) == (first.experiment, 0, 4)
        assert calls["simulate"] == 4
        assert store.frame().equals(before)
        go(store, engine, fresh=True)
        assert calls["simulate"] == 8 and store.frame().equals(before)


def test_other_code_data_or_policy_file_is_simulated_again(tmp_path):
    engine, calls = fake_engine()
    with open_store(tmp_path / "a.db") as store:
        go(store, engine)
        go(store, engine, extra_hashes={"policy file mine.py": "abc"})
        assert calls["simulate"] == 8


def test_workers_change_nothing(tmp_path):
    engine, _ = fake_engine()
    with open_store(tmp_path / "a.db") as one, open_store(tmp_path / "b.db") as four:
        go(one, engine)
        go(four, engine, workers=4)
        assert one.frame().equals(four.frame())


def test_draws_are_the_same_in_every_arm_and_keep_what_the_scenario_sets(tmp_path):
    engine, _ = fake_engine()
    with open_store(tmp_path / "a.db") as store:
        go(store, engine, scenario=scenario(seeds=(1,), draws=(1, 2), years=(2024, 2024)))
        frame = store.frame(measures=["gap.urban_rural"])
        got = {(r.arm, r.draw): r.value for r in frame.itertuples()}
        assert got["baseline", 2] == pytest.approx(0.4 * 1.02 + 0.001)
        assert got["plan", 2] == pytest.approx(0.4 * 1.02 / 2 + 0.001)
        assert store.experiments()[0]["interval"] == "parameters"
        stored = {(run["arm"], run["draw"]): run["parameters"] for run in store.runs()}
        assert stored["plan", 2]["values"] == {} and stored["plan", 2]["used"]["values"]["gap"] == pytest.approx(
            0.4 * 1.02
        )
        assert stored["baseline", 1]["used"]["policies"] == []
        assert [policy["name"] for policy in stored["plan", 1]["used"]["policies"]] == ["lift"]
        go(store, engine, scenario=scenario(seeds=(1,), draws=(1,), years=(2024, 2024), parameters={"gap": 0.3}))
        assert store.frame(measures=["gap.urban_rural"], arms=["baseline"]).value.tolist() == pytest.approx([0.301])


def test_a_failed_run_does_not_lose_the_others_and_can_be_tried_again(tmp_path, monkeypatch):
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)
    broken = True

    def on_year(policies, year):
        if broken and policies == "lift" and year == 2025:
            raise AssertionError("teachers: NaN")

    engine, calls = fake_engine(on_year)
    with open_store(tmp_path / "a.db") as store:
        outcome = go(store, engine)
        assert outcome.simulated == 2 and len(outcome.errors) == 2
        with pytest.raises(RuntimeError, match=r"2 of 4 runs failed: plan, seed 1: AssertionError: teachers: NaN"):
            outcome.check()
        assert store.experiments()[0]["state"] == "failed"
        assert set(store.frame().arm) == {"baseline"}, "nothing half-written"
        broken = False
        again = go(store, engine)
        assert (again.simulated, again.reused, again.errors) == (2, 2, [])
        assert store.experiments()[0]["state"] == "finished"


@pytest.fixture
def in_front():
    """Let Ctrl-C reach the tests also where they run in the background, with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_background_run_ignores_ctrl_c(tmp_path, in_front):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine, _ = fake_engine(lambda policies, year: signal.raise_signal(signal.SIGINT))
    with open_store(tmp_path / "a.db") as store:
        assert go(store, engine).simulated == 4
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_ctrl_c_keeps_finished_runs_and_says_so(tmp_path, in_front):
    told = []

    def on_year(policies, year):
        if policies == "lift" and not told:  # once: a second Ctrl-C would not wait for anything
            told.append(year)
            _thread.interrupt_main()  # what Ctrl-C does: the main thread is told, wherever the worker is
            time.sleep(1.0)  # a busy machine takes its time to tell

    engine, _ = fake_engine(on_year)
    with open_store(tmp_path / "a.db") as store:
        with pytest.raises(KeyboardInterrupt, match=r"1 of 4 runs are finished and kept as experiment 1"):
            go(store, engine)
        assert store.experiments()[0]["state"] == "interrupted"
        assert [r["state"] for r in store.runs()] == ["finished"]
    assert not [t for t in threading.enumerate() if t.name.startswith("run")], "no worker is left behind"


def test_ctrl_c_in_the_middle_of_a_write_waits_until_it_is_whole(tmp_path, monkeypatch, in_front):
    engine, _ = fake_engine()
    with open_store(tmp_path / "a.db") as store:
        write = store.write_run

        def interrupted(*args):
            _thread.interrupt_main()
            for _ in range(1000):  # the signal is taken between two of these steps
                pass
            return write(*args)

        monkeypatch.setattr(store, "write_run", interrupted)
        before = signal.getsignal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt, match=r"of 4 runs are finished and kept"):
            go(store, engine)
        assert signal.getsignal(signal.SIGINT) is before
        kept = store.runs()
        assert kept and all(r["state"] == "finished" for r in kept)
        assert len(store.frame()) == len(kept) * 9, "every kept run is whole"
        assert store.experiments()[0]["state"] == "interrupted"


def test_bad_input_stops_before_anything_is_stored(tmp_path):
    engine, calls = fake_engine()
    lost = Arm("plan", "Plan", "方案", ({"name": "lfit"},))
    with open_store(tmp_path / "a.db") as store:
        for changes, says in (
            ({"region": "guizhuo"}, "Did you mean 'guizhou'"),
            ({"arms": (ARMS[0], lost)}, r"arm 'plan', policy 1: unknown policy 'lfit'. Did you mean 'lift'"),
            ({"parameters": {"gapp": 1.0}}, r"delta.toml: parameters: unknown parameter 'gapp'"),
        ):
            with pytest.raises(InputError, match=says):
                go(store, engine, scenario=scenario(**changes))
        with pytest.raises(InputError, match="--workers = 0"):
            go(store, engine, workers=0)
        assert store.experiments() == [] and calls["simulate"] == 0


def test_a_database_that_fails_ends_the_experiment_and_its_workers(tmp_path, monkeypatch):
    engine, _ = fake_engine()
    with open_store(tmp_path / "a.db") as store:

        def full(*_):
            raise ResultsError("the disk is full")

        monkeypatch.setattr(store, "write_run", full)
        with pytest.raises(ResultsError, match="the disk is full"):
            go(store, engine)
        assert store.experiments()[0]["state"] == "failed"
    assert not [t for t in threading.enumerate() if t.name.startswith("run")]


def test_a_world_is_built_once_and_let_go_after_its_last_use():
    class World:
        def copy(self):
            return World()

    built = []
    worlds = Worlds(lambda key: built.append(key) or World(), [(1, 0), (1, 0), (2, 0)])
    first = worlds.take((1, 0))
    assert worlds.take((1, 0)) is not first, "while another run needs it, a run gets a copy"
    assert isinstance(worlds.take((2, 0)), World)
    assert built == [(1, 0), (2, 0)]
    gone = weakref.ref(first)
    del first
    assert gone() is None, "a world that no run needs is not kept in memory"
