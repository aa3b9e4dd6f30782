"""Before the first run nothing is written; policies that never ask for anything are told of."""

from __future__ import annotations

import pytest

import junheng
from experiments.engine import Engine
from experiments.scenario import parse_scenario
from sim.errors import InputError

ARMS = [
    {"name": "baseline"},
    {"name": "late", "policy": [{"name": "staffing", "start": 2030}]},
    {"name": "idle", "policy": [{"name": "rural_allowance", "yuan_per_month": 0, "start": 2024}]},
    {"name": "acts", "policy": [{"name": "staffing", "start": 2024}]},
]


def scenario(arms):
    given = {"title": "t", "region": "guizhou", "years": [2024, 2024], "sample": 0.002, "arm": arms}
    return parse_scenario(given, "some", "some.toml")


def test_policies_that_never_act_are_named_at_the_start_and_at_the_end(tmp_path, capsys):
    result = junheng.run(scenario(ARMS), db=tmp_path / "r.db", progress=True)
    late, idle = result.outcome.notes
    assert (
        late.startswith("some.toml: arm 'late', policy 1: policy staffing is in force from 2030")
        and "never acts" in late
    )
    assert idle.startswith(
        "some.toml: arm 'idle': policy rural_allowance asked for nothing in any year from 2024 to 2024"
    )
    said = capsys.readouterr().err
    assert f"Note: {late}" in said
    again = junheng.run(scenario(ARMS), db=tmp_path / "r.db")
    assert again.outcome.reused == 4 and again.outcome.notes == [late]  # what was not run now is not known to be idle


@pytest.mark.parametrize(
    "policy",
    [
        {"name": "rotation", "counties": ["无此县"], "start": 2090},
        {"name": "rotation", "counties": [0.5]},
        {"name": "pairing_assistance", "tilt_to": ["Nowhere"]},
        {"name": "no_such_policy"},
        {"name": "rotation", "share": 7},
    ],
)
def test_bad_policies_are_found_before_a_database_is_made(tmp_path, policy):
    with pytest.raises(InputError, match=r"some\.toml: arm 'bad', policy 1: "):
        junheng.run(scenario([{"name": "baseline"}, {"name": "bad", "policy": [policy]}]), db=tmp_path / "r.db")
    assert not list(tmp_path.iterdir())


def test_another_engine_need_not_look_policies_over():
    engine = Engine(dict, dict, dict, dict, dict, dict)  # type: ignore[arg-type]
    assert engine.check_policies([("a", 1), ("b", 2)], "x") == ["", ""] and engine.heard("policy", print) == "policy"


def test_a_sample_too_small_to_build_is_found_before_a_database_is_made(tmp_path):
    with pytest.raises(InputError, match="--sample = 1e-07 is below 0.001"):
        junheng.run(scenario([{"name": "baseline"}]), sample=1e-7, db=tmp_path / "r.db")
    assert not list(tmp_path.iterdir())
