"""The command line: help of every verb, quick start, one message and the right exit code for what goes wrong."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.errors import RunFailed
from junheng import __version__, cli, failures
from results.errors import ResultsError
from sim.errors import InputError

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "pandas", "numba", "mesa", "matplotlib", "sqlalchemy", "scipy", "pyarrow")
VERBS = (
    [[name] for name in cli.VERBS] + [["show", name] for name in cli.SHOW] + [["list", name] for name in cli.LIST]
)  # fmt: skip


def run(capsys, *args):
    """Run the command line in this process; return exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as stop:
        cli.main(list(args))
    out = capsys.readouterr()
    return stop.value.code or 0, out.out, out.err


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_has_help_with_an_example(verb, capsys):
    code, out, _ = run(capsys, *verb, "--help")
    assert code == 0
    assert f"Example: junheng {' '.join(verb)}" in " ".join(out.split())


def test_help_lists_every_verb_with_a_line(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for name in [*cli.VERBS, "show", "list"]:
        line = next(line for line in out.splitlines() if line.strip().startswith(f"{name} "))
        assert len(line.split()) > 3, f"{name} has no short help"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom junheng import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []", done.stdout[-300:]


def test_version(capsys):
    assert run(capsys, "--version")[:2] == (0, f"junheng {__version__}\n")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["rnu"], "Did you mean 'run'"),
        (["list", "polices"], "Did you mean 'policies'"),
        (["run", "guizho"], "Error: unknown scenario 'guizho'. Did you mean 'guizhou'?"),
        (["run", "guizhou", "--years", "2035:2024"], "--years"),
        (["run", "guizhou", "--seeds", ""], "--seeds is empty"),
        (["run", "guizhou", "--sample", "10"], "For 10 %, write 0.1"),
        (["run", "guizhou", "--arm", "plam"], "Did you mean 'plan'"),
        (["run", "guizhou", "--lang", "cn"], "--lang"),
        (["run", "guizhou", "--sede", "1"], "--seeds"),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_message_and_exit_code_2(args, says, capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *args)
    assert code == 2 and out == "" and says in err
    assert "Traceback" not in err and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (InputError("delta.toml: no arm"), 2, "Error: delta.toml: no arm"),
        (ResultsError("database x: is a folder"), 2, "Error: database x: is a folder"),
        (RunFailed("1 of 2 runs failed"), 1, "Error: 1 of 2 runs failed"),
        (KeyboardInterrupt(), 130, "Interrupted. Finished runs are kept."),
        (KeyboardInterrupt("Interrupted: 3 of 4"), 130, "Interrupted: 3 of 4"),
        (MemoryError(), 1, "Error: out of memory"),
        (OSError(errno.ENOSPC, "No space left", "out.csv"), 1, "Error: the disk is full (out.csv)"),
        (PermissionError(errno.EACCES, "Permission denied", "out.csv"), 2, "Error: Permission denied: out.csv"),
        (IndexError("7"), 1, "a fault of junheng"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_errors_are_explained_without_a_traceback(error, code, says, capsys, monkeypatch):
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)
    assert failures.explain(error) == code
    err = capsys.readouterr().err
    assert says in err and len(err.strip().splitlines()) == 1


def test_debug_shows_where(monkeypatch):
    monkeypatch.setenv("JUNHENG_DEBUG", "1")
    with pytest.raises(IndexError):
        failures.explain(IndexError("7"))


def test_ctrl_c_inside_a_verb_is_130(capsys, monkeypatch):
    import junheng.list_scenarios as verb

    def stop(json=False):
        """Stop."""
        raise KeyboardInterrupt("Interrupted: 1 of 2 runs")

    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)
    monkeypatch.setattr(verb, "scenarios", stop)
    assert run(capsys, "list", "scenarios")[0::2] == (130, "Interrupted: 1 of 2 runs\n")


def test_a_closed_pipe_is_quiet():
    command = f"{sys.executable} -m junheng.cli list scenarios --json | head -c 5"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_lists(capsys):
    code, out, _ = run(capsys, "list", "scenarios", "--json")
    assert code == 0 and [s["name"] for s in json.loads(out)] == ["guizhou", "xinjiang"]
    code, out, _ = run(capsys, "list", "regions", "--json")
    assert code == 0 and {r["name"] for r in json.loads(out)} >= {"guizhou", "xinjiang"}
