"""The results database: the same run gives the same rows, whole or absent, and every error is one clear message."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from results import writing
from results.database_errors import explain
from results.errors import ResultsError
from results.record import RunData, RunRecord
from results.store import Store, open_store
from results.tables import LONG_COLUMNS, SCHEMA
from tests.results.invented import COUNTIES, SD, YEARS, make, record, run_data, spec


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make(tmp_path / "r.db", seeds=(1, 2)) as opened:
        yield opened


def dump(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables that say what was found."""
    connection = sqlite3.connect(path)
    names = ("run", "experiment_run", "series", "value", "county_inspection", "school_inspection", "cost", "area")
    rows = {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall() for name in names[2:]}
    rows |= {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall() for name in names[:2]}
    connection.close()
    return rows


def test_what_is_written_is_read_back(store: Store) -> None:
    frame = store.frame(measures=["gap.urban_rural"], levels=["region"], stages=["junior"], arms=["plan"], seeds=[2])
    data = run_data("plan", 2)
    want = data.values[data.series.index(("region", "all", "junior", "all", "gap.urban_rural", SD))]
    assert frame["year"].tolist() == YEARS
    assert frame["value"].to_numpy() == pytest.approx(want, abs=0)
    assert list(frame.columns) == [*LONG_COLUMNS, "draw"]
    assert frame.iloc[0].drop(["value"]).to_dict() == {
        "scenario": "guizhou", "arm": "plan", "seed": 2, "year": 2024, "level": "region", "area": 520000, "area_name": "贵州",
        "stage": "junior", "group": "all", "measure": "gap.urban_rural", "unit": SD, "draw": 0,
    }  # fmt: skip


def test_an_absent_value_is_no_row(store: Store) -> None:
    frame = store.frame(levels=["county"], areas=[COUNTIES[2][0]], arms=["plan"], seeds=[1])
    assert frame["year"].tolist() == YEARS[6:]


def test_the_view_long_holds_exactly_the_rows_of_the_frame(store: Store) -> None:
    with store.engine.connect() as connection:
        got = connection.execute(text("SELECT * FROM long"))
        columns, rows = list(got.keys()), {tuple(row) for row in got}
    frame = store.frame()
    assert columns == [*LONG_COLUMNS, "draw"]
    assert rows == set(frame.itertuples(index=False, name=None))
    assert len(rows) == len(frame) > 1000


def test_running_the_same_again_gives_the_same_rows_and_no_duplicates(store: Store, tmp_path: Path) -> None:
    before = dump(tmp_path / "r.db")
    make(tmp_path / "r.db", seeds=(1, 2)).close()
    assert dump(tmp_path / "r.db") == before
    assert len(store.experiments()) == 1


def test_duration_and_time_of_day_do_not_make_another_run(store: Store) -> None:
    again = record("plan", 1, seconds=99.0, started="2027-01-01")
    store.write_run(1, again, run_data("plan", 1))
    runs = store.runs(1)
    assert len(runs) == 4
    assert next(r for r in runs if r["arm"] == "plan" and r["seed"] == 1)["seconds"] == 99.0


def test_a_run_that_two_experiments_ask_for_is_stored_once(store: Store) -> None:
    rows = len(store.frame(1))
    second = store.begin_experiment(spec([1]))
    for arm in ("baseline", "plan"):
        assert store.reuse_run(second, record(arm, 1)) is not None
    assert store.reuse_run(second, record("plan", 77)) is None
    assert len(store.frame(second)) == rows / 2
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM long")).scalar() == rows


def test_new_code_replaces_the_answer_here_and_leaves_other_experiments_alone(store: Store) -> None:
    second = store.begin_experiment(spec([1]))
    store.reuse_run(second, record("plan", 1))
    changed = replace(run_data("plan", 1), values=run_data("plan", 1).values + 1)
    store.write_run(second, record("plan", 1, code_version="2.0"), changed)
    one, two = (store.frame(e, arms=["plan"], seeds=[1])["value"].mean() for e in (1, second))
    assert two == pytest.approx(one + 1)
    # the first experiment gives up the old answer too: nobody holds it any more, so it leaves the database
    store.write_run(1, record("plan", 1, code_version="2.0"), changed)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM run WHERE code_version = '1.0+abc'")).scalar() == 3


def test_threads_write_whole_runs(tmp_path: Path) -> None:
    store = open_store(tmp_path / "t.db")
    experiment = store.begin_experiment(spec(list(range(8))))
    failed: list[BaseException] = []

    def work(opened: Store, seeds: range) -> None:
        try:
            for seed in seeds:
                opened.write_run(experiment, record("plan", seed), run_data("plan", seed))
        except BaseException as error:
            failed.append(error)

    other = open_store(tmp_path / "t.db")  # its own store, as another process would have
    work_list = [(store, range(4)), (store, range(2, 6)), (other, range(4, 8))]  # some runs are written twice
    threads = [threading.Thread(target=work, args=job) for job in work_list]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert failed == []
    assert len(store.runs(experiment)) == 8
    for seed in range(8):
        data = run_data("plan", seed)
        assert len(store.frame(experiment, seeds=[seed])) == np.isfinite(data.values).sum()


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), MemoryError(), RuntimeError("cable")])
def test_an_interrupted_run_leaves_nothing_and_keeps_what_was_there(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: BaseException
) -> None:
    before = dump(tmp_path / "r.db")

    def stop(*_: Any) -> None:
        raise trouble

    monkeypatch.setattr(writing, "_write_areas", stop)  # the last step: all else has been written
    new_series = replace(run_data("plan", 9), series=[(*k[:4], k[4] + "x", k[5]) for k in run_data("plan", 9).series])
    with pytest.raises(type(trouble)):
        store.write_run(1, record("plan", 9), new_series)
    with pytest.raises(type(trouble)):
        store.write_run(1, record("plan", 1), new_series)  # replacing: the old rows must come back
    assert dump(tmp_path / "r.db") == before
    monkeypatch.undo()
    store.write_run(1, record("plan", 9), new_series)  # and ids of series that were rolled back are not remembered
    assert len(store.frame(1, seeds=[9])) > 0


def test_a_full_disk_is_one_message_and_keeps_earlier_runs(store: Store, tmp_path: Path) -> None:
    from sqlalchemy import event

    def small(connection: sqlite3.Connection, _: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    before = dump(tmp_path / "r.db")
    event.listen(store.engine, "connect", small)
    with pytest.raises(ResultsError, match=r"r\.db: the disk is full \(writing run plan, seed 9\).*nothing"):
        store.write_run(1, record("plan", 9), run_data("plan", 9))
    assert dump(tmp_path / "r.db") == before


def test_a_failed_run_is_recorded_without_rows(store: Store) -> None:
    store.write_run(1, record("plan", 3, state="failed", error="ran out of seats"), RunData.empty())
    failed = [r for r in store.runs(1) if r["state"] == "failed"]
    assert [r["error"] for r in failed] == ["ran out of seats"]
    assert store.experiments()[0]["failed_runs"] == 1
    assert set(store.frame(1)["seed"]) == {1, 2}
    assert store.reuse_run(1, record("plan", 3)) is None  # it has to be run


def test_experiments_are_listed_and_resolved(store: Store) -> None:
    second = store.begin_experiment(spec([1, 2], draws=[1, 2]))
    store.finish(second, "interrupted")
    listed = store.experiments()
    assert [e["state"] for e in listed] == ["finished", "interrupted"]
    assert [e["interval"] for e in listed] == ["chance", "chance+parameters"]
    with open_store("sqlite://") as other:  # one seed: chance does not vary, whatever the draws
        other.begin_experiment(spec([1], draws=[1, 2]))
        assert other.experiments()[0]["interval"] == "parameters"
    assert listed[0]["arms"] == ["baseline", "plan"]
    assert store.resolve("latest") == second
    assert store.resolve("1") == 1
    store.begin_experiment(spec([1, 2]))  # the first command, given again
    assert store.resolve() == 1
    with pytest.raises(ResultsError, match="'7' is not there; allowed: latest, 1, 2"):
        store.resolve("7")


def test_tables_are_read_with_arm_and_seed(store: Store) -> None:
    cost = store.table("cost")
    assert set(cost["arm"]) == {"baseline", "plan"}
    assert cost.query("arm == 'plan' and seed == 1 and year == 2030 and item == 'rotation'")["yuan"].sum() == 18e6 - 6e6
    schools = store.table("school_inspection")
    assert schools["shortfall_multimedia_rooms"].isna().all()
    counties = store.table("county_inspection")
    assert counties["failures"].iloc[0] == '["cv.sports_area primary 0.61 > 0.50"]'
    with pytest.raises(ResultsError, match="Did you mean 'cost'"):
        store.table("costs")


def test_columns_are_as_good_as_tuples(store: Store) -> None:
    tuples = run_data("plan", 1)
    names = ("year", "item", "payer", "county", "yuan")
    columns = {name: np.array(c) for name, c in zip(names, zip(*tuples.cost, strict=True), strict=True)}
    before = store.table("cost")
    store.write_run(1, record("plan", 1), replace(tuples, cost=columns))
    assert store.table("cost").equals(before)
    with pytest.raises(ResultsError, match=r"cost: columns \['yuan'\]"):
        store.write_run(1, record("plan", 1), replace(tuples, cost={k: columns[k] for k in names[:-1]}))


def test_unknown_measures_suggest_the_nearest(store: Store) -> None:
    with pytest.raises(ResultsError, match=r"measure 'gap.urbanrural' .*Did you mean 'gap.urban_rural'"):
        store.frame(measures=["gap.urbanrural"])


def test_bad_data_is_refused_before_anything_is_written(store: Store) -> None:
    data = run_data("plan", 1)
    with pytest.raises(ResultsError, match="a series comes twice"):
        store.write_run(1, record("plan", 1), replace(data, series=[data.series[0]] * len(data.series)))
    with pytest.raises(ResultsError, match="shape"):
        store.write_run(1, record("plan", 1), replace(data, years=YEARS[:-1]))
    with pytest.raises(ResultsError, match="infinite"):
        store.write_run(1, record("plan", 1), replace(data, values=data.values + np.inf))
    with pytest.raises(ResultsError, match="there is no experiment 12"):
        store.write_run(12, record("plan", 1), data)
    with pytest.raises(ResultsError, match="seeds missing"):
        store.begin_experiment({"scenario": "guizhou", "arms": []})


def test_the_portable_path_writes_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "quick.db", seeds=(1,)).close()
    monkeypatch.setattr(writing, "CHUNK", 7)
    store = open_store(tmp_path / "core.db")
    monkeypatch.setattr(store.engine.dialect, "name", "other")
    experiment = store.begin_experiment(spec([1]))
    for arm in ("baseline", "plan"):
        store.write_run(experiment, record(arm, 1), run_data(arm, 1))
    assert dump(tmp_path / "core.db") == dump(tmp_path / "quick.db")


def test_a_read_only_store_reads_and_refuses_to_write(store: Store, tmp_path: Path) -> None:
    with open_store(tmp_path / "r.db", readonly=True) as reader:
        assert len(reader.frame()) == len(store.frame())
        with pytest.raises(ResultsError, match="opened read-only"):
            reader.begin_experiment(spec([1]))


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Act as a user whom permissions bind: root may write everything, so it becomes nobody for a while."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions in another way")
def test_a_read_only_file_and_folder() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "r.db", seeds=(1,)).close()
        with open_store(folder / "r.db", readonly=True) as reader:
            rows = len(reader.frame())  # and everything that is imported late is imported
        (folder / "r.db").chmod(0o444)
        folder.chmod(0o555)
        try:
            with ordinary_user():
                with open_store(folder / "r.db", readonly=True) as reader:
                    assert len(reader.frame()) == rows > 0
                with pytest.raises(ResultsError, match="cannot be written .*read-only"):
                    open_store(folder / "r.db")
                with pytest.raises(ResultsError, match="cannot be opened"):
                    open_store(folder / "new.db")
        finally:
            folder.chmod(0o755)


def test_files_that_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("scenario,arm\n" * 1000)
    with pytest.raises(ResultsError, match=r"text\.db: is not a readable SQLite database"):
        open_store(tmp_path / "text.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(ResultsError, match=r"empty\.db is empty: no run has been stored"):
        open_store(tmp_path / "empty.db", readonly=True)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE people (name TEXT)")
    other.close()
    with pytest.raises(ResultsError, match=r"other\.db was not made by junheng \(it holds people\)"):
        open_store(tmp_path / "other.db")
    with pytest.raises(ResultsError, match="does not exist; make it with `junheng run`"):
        open_store(tmp_path / "none.db", readonly=True)
    with pytest.raises(ResultsError, match="folder .* does not exist"):
        open_store(tmp_path / "no" / "none.db")
    with pytest.raises(ResultsError, match="is a folder"):
        open_store(tmp_path)


def test_a_damaged_file(store: Store, tmp_path: Path) -> None:
    store.close()
    whole = (tmp_path / "r.db").read_bytes()
    (tmp_path / "r.db").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(ResultsError, match=r"r\.db.*damaged"), open_store(tmp_path / "r.db") as opened:
        opened.frame()


def test_another_schema_version(store: Store, tmp_path: Path) -> None:
    store.close()
    connection = sqlite3.connect(tmp_path / "r.db")
    with connection:
        connection.execute("UPDATE about SET value = '99' WHERE name = 'schema'")
    connection.close()
    with pytest.raises(ResultsError, match=f"has schema version 99, this junheng reads version {SCHEMA}"):
        open_store(tmp_path / "r.db")


def as_version_1(path: Path) -> None:
    """Turn a database into what schema 1 made: no codes of areas, no details, another view."""
    connection = sqlite3.connect(path)
    connection.executescript(
        """DROP VIEW long;
        DROP TABLE county_detail;
        ALTER TABLE area DROP COLUMN code;
        CREATE VIEW long AS SELECT run.scenario, run.arm, run.seed, value.year, series.level, series.area, series.stage,
            series."group", series.measure, value.value, series.unit, run.draw
            FROM value JOIN series ON value.series = series.id JOIN run ON value.run = run.id;
        UPDATE about SET value = '1' WHERE name = 'schema';"""
    )
    connection.close()


def test_a_database_of_schema_1_is_read_as_it_is_and_upgraded_when_written(store: Store, tmp_path: Path) -> None:
    before = store.frame(1)
    store.close()
    as_version_1(tmp_path / "r.db")
    old = (tmp_path / "r.db").read_bytes()
    with open_store(tmp_path / "r.db", readonly=True) as reader:
        pd.testing.assert_frame_equal(reader.frame(1), before)  # these codes follow from the keys of counties
        assert reader.table("shortfall").empty
    assert (tmp_path / "r.db").read_bytes() == old
    with open_store(tmp_path / "r.db") as writer:
        writer.write_run(1, record("plan", 7), run_data("plan", 7))
        with writer.engine.connect() as connection:
            assert connection.scalar(text("SELECT value FROM about WHERE name = 'schema'")) == str(SCHEMA)
            assert connection.scalar(text("SELECT code FROM area WHERE level = 'region'")) == 520000
            rows = {tuple(row) for row in connection.execute(text("SELECT * FROM long"))}
        frame = writer.frame(1)
        assert rows == set(frame.itertuples(index=False, name=None))
        pd.testing.assert_frame_equal(frame[frame["seed"] != 7].reset_index(drop=True), before)


def test_areas_are_found_by_what_people_write(store: Store) -> None:
    table = store.area_table("guizhou")
    for written in ("520102", 520102, "南明区", "南明", "Nanming", "NAN MING", "Nánmíng Qū"):
        assert table.find(written).key == "520102"
    assert len(store.frame(1, areas=["Huaxi", 520102])) == len(store.frame(1, areas=["520111", "南明区"])) > 0
    with pytest.raises(ResultsError, match=r"'南民区' is not in this database\. Did you mean '南明区'"):
        table.find("南民区")
    twins = [
        ("county", "520502", "城关县", "Chengguan Xian", 520502),
        ("county", "522301", "城关区", "Chengguan Qu", 522301),
    ]
    twins += [("prefecture", "毕节市", "毕节市", "Bijie", 520500)]
    store.write_run(1, record("plan", 5), replace(run_data("plan", 5), areas=twins))
    with pytest.raises(
        ResultsError, match=r"'Chengguan' fits 2 areas: 城关县 Chengguan Xian \(520502\), 毕节市; 城关区"
    ):
        store.area_table("guizhou").find("Chengguan")


def test_urls(tmp_path: Path) -> None:
    odd = tmp_path / "a b#c?d%20.db"
    make(odd, seeds=(1,)).close()
    assert odd.exists()
    with open_store(f"sqlite:///{tmp_path / 'by_url.db'}") as opened:
        assert opened.experiments() == []
    with pytest.raises(ResultsError, match="an empty name came"):
        open_store("")
    with pytest.raises(ResultsError, match="nosuch is not supported. Results go to an SQLite file"):
        open_store("nosuch://host/db")
    with pytest.raises(ResultsError, match="not a URL that can be read"):
        open_store("://")
    with open_store("sqlite://") as memory:
        memory.write_run(memory.begin_experiment(spec([1])), record("plan", 1), run_data("plan", 1))
        assert len(memory.frame()) > 0


def test_an_unreachable_server_is_one_message_without_the_password() -> None:
    class Refused(Exception):
        pass

    error = OperationalError("SELECT 1", {}, Refused('connection to server at "db" failed: Connection refused\nmore'))
    said = str(explain(error, "postgresql://me:***@db/x", "opening it"))
    assert said.startswith("database postgresql://me:***@db/x: the server cannot be reached (connection to server")
    assert "\n" not in said


def test_keys_name_the_question_and_fingerprints_the_answer() -> None:
    one = RunRecord(scenario="s", arm="a", seed=1, region="r", years=(2024, 2025), parameters={"b": 1, "a": 2})
    assert one.key == replace(one, parameters={"a": 2, "b": 1}, seconds=5, started="x", packages={"numpy": "3"}).key
    for changed in ({"seed": 2}, {"draw": 1}, {"sample": 0.5}, {"years": (2024, 2026)}, {"parameters": {"a": 2}}):
        assert replace(one, **changed).key != one.key
    assert replace(one, code_version="2").key == one.key
    assert replace(one, code_version="2").fingerprint != one.fingerprint
    assert replace(one, data_hashes={"x": "1"}).fingerprint != one.fingerprint
