"""The notebook's side, and the run verb on a fake engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import junheng
from experiments.errors import RunFailed
from junheng import api, cli
from results.errors import ResultsError
from tests.fake_engine import fake_engine

SCENARIO = """
title = "Delta"
region = "guizhou"
years = [2024, 2025]
[[arm]]
name = "baseline"
[[arm]]
name = "plan"
[[arm.policy]]
name = "lift"
share = 0.5
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("delta.toml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


@pytest.fixture
def faked(monkeypatch):
    engine, calls = fake_engine()
    monkeypatch.setattr("experiments.runner.real_engine", lambda **_: engine)
    return calls


def verb(capsys, *args):
    try:
        cli.main(list(args))
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    out = capsys.readouterr()
    return code, out.out, out.err


def test_run_and_open_give_frames(here):
    engine, _ = fake_engine()
    result = junheng.run("delta.toml", seeds="1:2", engine=engine)
    frame = result.frame("gap.urban_rural")
    assert len(frame) == 2 * 2 * 2 and set(frame.level) == {"region"}
    assert "Delta" in str(result)
    store = junheng.open("junheng.db")
    assert store.experiments()[0]["seeds"] == [1, 2]
    assert store.frame(measures=["gap.urban_rural"]).equals(frame)


def test_open_makes_no_file(here):
    with pytest.raises(ResultsError, match="does not exist"):
        junheng.open("none.db")
    assert not Path("none.db").exists()


def test_importing_is_light():
    code = "import sys, junheng; dir(junheng); print(sorted(set(('numpy', 'pandas', 'sqlalchemy')) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]", done.stderr
    with pytest.raises(AttributeError, match="it has Model"):
        junheng.runn  # noqa: B018


def test_a_failed_run_raises_in_a_notebook_and_keeps_the_rest(here, monkeypatch):
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)

    def on_year(policies, year):
        if policies:
            raise ValueError("posts exceeded")

    engine, _ = fake_engine(on_year)
    with pytest.raises(RunFailed, match="1 of 2 runs failed: plan, seed 1: ValueError: posts exceeded"):
        junheng.run("delta.toml", engine=engine)
    assert set(junheng.open().frame().arm) == {"baseline"}


def test_the_verb_ends_with_a_table_and_the_same_again_is_quick(here, faked, capsys):
    code, out, err = verb(capsys, "run", "delta.toml", "--seeds", "1:2", "--db", "r.db")
    assert code == 0 and out.startswith("Delta\n") and "Pupils, thousand" in out
    assert "4 simulated, 0 already there; experiment 1 in r.db" in err
    code, again, err = verb(capsys, "run", "delta.toml", "--seeds", "1:2", "--db", "r.db")
    assert code == 0 and again == out and "0 simulated, 4 already there; experiment 1 in r.db" in err
    assert faked["simulate"] == 4


def test_the_verbs_json_is_the_summary(here, faked, capsys):
    code, out, _ = verb(capsys, "run", "delta.toml", "--arm", "plan", "--years", "2024:2026", "--json")
    summary = json.loads(out)
    assert code == 0 and summary["years"] == [2024, 2026] and [a["name"] for a in summary["arms"]] == ["plan"]


def test_a_failed_run_of_the_verb_shows_the_rest_and_leaves_with_1(here, capsys, monkeypatch):
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)

    def on_year(policies, year):
        if policies:
            raise MemoryError

    engine, _ = fake_engine(on_year)
    monkeypatch.setattr("experiments.runner.real_engine", lambda **_: engine)
    code, out, err = verb(capsys, "run", "delta.toml")
    assert code == 1 and "baseline" in out and "1 of 2 runs failed: plan, seed 1: out of memory" in err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--db", "."], "folder"),
        (["--db", "none/r.db"], "does not exist"),
        (["--db", "delta.toml"], "not a readable SQLite database"),
        (["--db", "postgres9://x/y"], "database"),
        (["--policy-file", "none.py"], "none.py"),
        (["--workers", "0"], "--workers = 0"),
    ],
    ids=" ".join,
)
def test_bad_places_are_one_message(here, faked, capsys, args, says):
    code, out, err = verb(capsys, "run", "delta.toml", *args)
    assert code == 2 and out == "" and says in err and "Traceback" not in err


def test_policy_files_are_part_of_what_a_run_is(here, faked, capsys, monkeypatch):
    monkeypatch.setattr(api, "load_policy_file", lambda path: ["lift"])
    for text, simulated in (("a = 1", 2), ("a = 1", 0), ("a = 2", 2)):
        Path("mine.py").write_text(text, encoding="utf-8")
        _, _, err = verb(capsys, "run", "delta.toml", "--policy-file", "mine.py")
        assert f"{simulated} simulated" in err, text


def test_areas_by_name_in_frames_and_one_county(here):
    engine, _ = fake_engine()
    result = junheng.run("delta.toml", seeds="1:2", engine=engine)
    assert (
        len(result.frame("gap.urban_rural", areas=["Test"]))
        == len(result.frame("gap.urban_rural", areas=[520000]))
        == 8
    )
    # names that the built-in region does not know are found among those that the database holds
    for written in ("乙县", "Yi", "520102", 520102):
        told = result.county(written, arm="plan")
        assert (told["county"]["code"], told["certified"]["runs"], told["detail_year"]) == (520102, 0, 2025)
    lacks = {(r["indicator"], r["stage"]): r for r in told["detail"]["lacks"]}
    # 700 pupils without teachers of merit: 4.2, 1.0 and 0.9 in 100 are asked
    assert [round(lacks[key, "primary"]["to_add"]["median"], 2) for key in (
        "teachers_above_required_degree", "backbone_teachers", "pe_art_teachers"
    )] == [29.4, 7.0, 6.3]  # fmt: skip
    assert told["certified"]["of"] == 2
    assert result.county("甲县")["certified"]["year"]["median"] == 2024
