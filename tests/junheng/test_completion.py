"""What a shell offers after Tab: verbs, options, and names from our tables, quickly and without loading the model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from junheng import cli, completion
from policies.built_in import BUILT_IN
from results.measures import measures
from sim.facts import region_names

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "pandas", "numba", "mesa", "matplotlib", "sqlalchemy", "scipy", "pyarrow")


def offered(capsys, monkeypatch, typed):
    """What bash would be offered for the line that was typed so far."""
    words = typed.split(" ")
    monkeypatch.setenv("_JUNHENG_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    with pytest.raises(SystemExit) as stop:
        cli.main([])
    assert not stop.value.code
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("junheng ", [*cli.VERBS, "show", "list"]),
        ("junheng show ", list(cli.SHOW)),
        ("junheng list p", ["policies"]),
        ("junheng run --se", ["--seeds"]),
        ("junheng run g", ["guizhou"]),
        ("junheng show policy ", list(BUILT_IN)),
        ("junheng show policy ro", ["rotation"]),
        ("junheng show region ", region_names()),
        ("junheng calibrate x", ["xinjiang"]),
        ("junheng list measures score_me", ["score_mean"]),
        ("junheng compare --measure ", list(measures())),
        ("junheng run guizhou --arm pl", ["plan"]),
        ("junheng show region --lang ", ["en", "zh"]),
        ("junheng show region nowhere-of-this-name", []),
    ],
)
def test_what_is_offered(typed, names, capsys, monkeypatch):
    assert sorted(offered(capsys, monkeypatch, typed)) == sorted(names)


def test_files_and_folders_are_offered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    for name in ("my.toml", "my.txt", ".hidden.toml", "mine/deep.toml", "mine/policy.py"):
        (tmp_path / name).touch()
    assert completion.scenarios("m") == ["mine/", "my.toml"]
    assert completion.scenarios("mine/") == ["mine/deep.toml"]
    assert completion.scenarios(f"{tmp_path}/my") == [f"{tmp_path}/my.toml"]
    assert completion.policy_files("mine/p") == ["mine/policy.py"]
    assert completion.scenarios("no/such/folder") == []


def test_a_table_that_cannot_be_read_offers_nothing(monkeypatch):
    def broken():
        raise RuntimeError("no table")

    monkeypatch.setattr("sim.facts.region_names", broken)
    assert completion.regions("g") == []


@pytest.mark.parametrize(
    "typed",
    [
        "junheng r",
        "junheng show policy r",
        "junheng run g",
        "junheng run guizhou --arm p",
        "junheng compare --measure g",
    ],
)
def test_completion_loads_nothing_heavy(typed):
    code = (
        "import sys\nfrom junheng import cli\n"
        "try:\n    cli.main([])\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', sorted(set({HEAVY}) & set(sys.modules)))"
    )
    asked = {"_JUNHENG_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": typed}
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True, env=os.environ | asked)
    assert done.stdout.splitlines()[-1] == "LOADED []", done.stdout[-300:]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_shown(shell, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--show-completion", shell])
    out = capsys.readouterr().out
    assert not stop.value.code and "_JUNHENG_COMPLETE" in out and "junheng" in out


def test_it_is_installed_where_the_shell_looks(tmp_path):
    where = {"HOME": str(tmp_path), "SHELL": "/bin/bash"}
    run = [sys.executable, "-m", "junheng.cli", "--install-completion", "bash"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, env=os.environ | where)
    assert done.returncode == 0, done.stderr
    scripts = [path for path in tmp_path.rglob("*") if path.is_file() and "junheng" in path.name]
    assert len(scripts) == 1 and "_JUNHENG_COMPLETE" in scripts[0].read_text(encoding="utf-8")
    assert scripts[0].name in (tmp_path / ".bashrc").read_text(encoding="utf-8")
