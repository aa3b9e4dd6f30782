"""--quiet and --verbose, before the verb and after it; and that a program which imports junheng keeps its own logging."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from junheng import cli, loudness

ROOT = Path(__file__).parents[2]
SCENARIO = """\
title = "Two arms"
region = "guizhou"
years = [2024, 2025]
sample = 0.003
[[arm]]
name = "baseline"
[[arm]]
name = "cap"
[[arm.policy]]
name = "class_size_cap"
start = 2025
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    (tmp_path / "two.toml").write_text(SCENARIO, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *args):
    with pytest.raises(SystemExit) as stop:
        cli.main(list(args))
    out = capsys.readouterr()
    return stop.value.code or 0, out.out, out.err


@pytest.mark.parametrize("args", [("-q", "run"), ("run", "--quiet"), ("--quiet", "run", "-q")])
def test_quiet_leaves_data_and_nothing_else(args, place, capsys):
    before, after = args[: args.index("run") + 1], args[args.index("run") + 1 :]
    code, out, err = run(capsys, *before, "two.toml", *after)
    assert code == 0 and "Two arms" in out and err == ""
    assert run(capsys, *before, "two.toml", "--years", "2024:2024", *after)[2] == ""


def test_quiet_leaves_errors(place, capsys):
    code, out, err = run(capsys, "-q", "run", "nothing.toml")
    assert code == 2 and out == "" and err.startswith("Error: ")


def test_hints_of_the_other_verbs_are_left_out(place, capsys, monkeypatch):
    from results.figures import FIGURES

    for name in FIGURES.keys() - {"costs"}:  # one picture is enough
        monkeypatch.delitem(FIGURES, name)
    run(capsys, "-q", "run", "two.toml")
    for args in (("export", "--out", "a.csv"), ("figures", "--out", "f"), ("experiments",), ("compare",)):
        code, _, err = run(capsys, *args, "-q")
        assert (code, err) == (0, ""), args
    loud = run(capsys, "export", "--out", "b.csv")
    assert loud[0] == 0 and "b.csv" in loud[2]


@pytest.mark.parametrize("args", [("-v", "run", "two.toml"), ("run", "two.toml", "--verbose")])
def test_verbose_logs_what_is_built_run_and_stored_then_what_is_taken(args, place, capsys):
    code, out, err = run(capsys, *args)
    assert code == 0 and "Two arms" in out
    lines = [line for line in err.splitlines() if " junheng." in line]
    for said in ("start world of guizhou, seed 1: built in", "baseline, seed 1: 2 school years in",
                 "cap, seed 1: stored in"):  # fmt: skip
        assert sum(said in line for line in lines) == 1, (said, err)
    again = run(capsys, *args)[2]
    assert "baseline, seed 1: taken from the database" in again
    assert "built in" not in again
    assert "school years," not in err  # the bar would tear the lines


def test_both_are_refused(place, capsys):
    for args in (("-q", "run", "two.toml", "-v"), ("run", "two.toml", "-q", "-v")):
        code, out, err = run(capsys, *args)
        assert code == 2 and out == "" and err.startswith("Error: --quiet and --verbose")


def test_a_command_leaves_logging_as_it_found_it(place, capsys):
    logger = logging.getLogger(loudness.LOGGER)
    before = (list(logger.handlers), logger.level, logger.propagate)
    run(capsys, "-v", "run", "two.toml")
    assert (list(logger.handlers), logger.level, logger.propagate) == before
    assert not loudness.quiet() and loudness.progress_shown()


def test_a_library_configures_no_logging(place):
    code = """
import logging, io, junheng
junheng.run("two.toml", db="lib.db")
root = logging.getLogger()
named = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "junheng"]
assert named and not root.handlers, (named, root.handlers)
assert not any(logging.getLogger(name).handlers for name in named)
text = io.StringIO()
logging.basicConfig(stream=text, level=logging.INFO)
junheng.run("two.toml", db="lib.db")
print("taken from the database" in text.getvalue())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
