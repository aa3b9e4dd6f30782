"""`list policies`, `show policy`, `show year`: text in two languages, JSON, a user's file, errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from junheng import cli
from policies import registry
from policies.registry import BUILT_IN
from sim.step import PHASES

EXAMPLE = str(Path(__file__).parents[2] / "docs" / "examples" / "my_policy.py")


@pytest.fixture(autouse=True)
def own_table(monkeypatch):
    monkeypatch.setattr(registry, "_FROM_FILES", {})


def run(capsys, *args):
    with pytest.raises(SystemExit) as stop:
        cli.main(list(args))
    out = capsys.readouterr()
    return stop.value.code or 0, out.out, out.err


def test_list_policies_names_each_in_either_language(capsys):
    code, out, _ = run(capsys, "list", "policies")
    assert code == 0 and [line.split()[0] for line in out.splitlines()[2:]] == list(BUILT_IN)
    assert "教师交流轮岗" in run(capsys, "list", "policies", "--lang", "zh")[1]
    rows = json.loads(run(capsys, "list", "policies", "--json", "--policy-file", EXAMPLE)[1])
    assert rows[-1] == {
        "name": "remote_backbone",
        "title": "Bonus for backbone teachers in remote counties",
        "title_zh": "边远县骨干教师津贴",
        "family": "teacher_retention",
        "from": "own",
    }


@pytest.mark.parametrize("name", BUILT_IN)
def test_show_policy_tells_mechanism_both_sides_and_every_parameter(name, capsys):
    code, out, _ = run(capsys, "show", "policy", name)
    record = json.loads(run(capsys, "show", "policy", name, "--json")[1])
    assert code == 0 and " ".join(record["mechanism"].split()[:6]) in " ".join(out.split())
    for row in (*record["evidence_for"], *record["evidence_against"]):
        assert f"  {row['id']} " in out
    for p in record["parameters"]:
        assert out.count(p["name"]) >= 2, p["name"]
    zh = run(capsys, "show", "policy", name, "--lang", "zh")[1]
    assert record["mechanism_zh"][:20] in zh and "参数" in zh


def test_show_policy_reads_a_users_file_and_names_the_nearest(capsys):
    code, out, _ = run(capsys, "show", "policy", "remote_backbone", "--policy-file", EXAMPLE)
    assert code == 0 and "yuan_per_year" in out and "AL07" in out
    code, out, err = run(capsys, "show", "policy", "rotatoin")
    assert code == 2 and out == "" and "Did you mean 'rotation'?" in err and err.count("\n") == 1
    code, _, err = run(capsys, "show", "policy", "rotation", "--lang", "fr")
    assert code == 2 and "allowed: en, zh" in err


def test_show_year_prints_the_order_that_runs(capsys):
    rows = json.loads(run(capsys, "show", "year", "--json")[1])
    assert [row["phase"] for row in rows] == [name for name, _ in PHASES]
    assert all(len(row["does"]) > 60 and row["title_zh"] for row in rows)
    out = run(capsys, "show", "year", "--lang", "zh")[1]
    assert out.startswith("1. households 家庭与人口") and out.index("3. admission") < out.index("8. inspect")
