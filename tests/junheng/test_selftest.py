"""`junheng selftest`: two hashes, what to do with them, and what the machine is."""

from __future__ import annotations

import json

import pytest

from junheng import cli
from policies.registry import BUILT_IN
from tests.selftest_line import kept


def run(capsys, *args):
    with pytest.raises(SystemExit) as stop:
        cli.main(["selftest", *args])
    return stop.value.code or 0, capsys.readouterr().out


def test_it_prints_the_hashes_and_says_what_to_do(capsys):
    code, out = run(capsys)
    lines = out.splitlines()
    assert code == 0
    assert f"values {kept()['values']}" in lines and f"state  {kept()['state']}" in lines
    assert "Compare values and state with the line in the README" in out
    assert lines[0].startswith("junheng ") and "numpy " in lines[0] and "numba " in lines[0]


def test_json_has_the_run_the_versions_and_the_processor(capsys):
    code, out = run(capsys, "--json")
    found = json.loads(out)
    assert code == 0 and {name: found[name] for name in ("values", "state")} == kept()
    assert found["run"]["policies"] == list(BUILT_IN) and len(BUILT_IN) == 8
    assert found["run"]["years"] == [2024, 2026]
    assert found["packages"].keys() >= {"python", "numpy", "numba", "llvmlite", "junheng"}
    assert found["processor"]["machine"] and set(found["processor"]["levels"]) <= set(found["processor"]["features"])
    assert set(found["control"]) == {"functions", "sums", "products"}
