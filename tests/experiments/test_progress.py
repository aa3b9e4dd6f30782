"""The bar and the first start: time left from finished runs only, compiling said once with its own progress."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import first_start
from experiments.first_start import FirstStart, in_words
from experiments.progress import Progress

ROOT = Path(__file__).parents[2]


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self):
        return True


def terminal(monkeypatch):
    """Put a terminal in the place of stderr; called in the test itself, since pytest changes stderr before it."""
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setenv("COLUMNS", "110")
    return found


def shown(bar):
    """The line that the bar shows now."""
    return str(bar._bar)


def test_no_time_is_promised_before_a_run_is_finished(monkeypatch):
    terminal(monkeypatch)
    progress = Progress(120)
    for _ in range(12):
        progress.step("plan, seed 1")
    assert "12/120 school years" in shown(progress) and "left" not in shown(progress)
    progress.finished(6.0, 12)  # half a second a year
    progress.step("plan, seed 2")
    assert "00:53 left" in shown(progress)  # 107 years
    progress.finished(18.0, 12)  # a slow one: one second a year on average
    progress.step("plan, seed 2", years=7)
    assert "01:40 left" in shown(progress)  # 100 years


def test_runs_side_by_side_share_the_time(monkeypatch):
    terminal(monkeypatch)
    progress = Progress(40, workers=2)
    progress.finished(20.0, 10)
    progress.step("a", years=10)
    assert "00:30 left" in shown(progress)


def test_nothing_is_said_when_it_is_not_to_be_shown(monkeypatch):
    found = terminal(monkeypatch)
    progress = Progress(10, shown=False)
    progress.step("a")
    progress.finished(1.0, 1)
    progress.doing("compiling")
    progress.say("failed")
    progress.close()
    assert found.getvalue() == ""
    Progress(10)
    assert found.getvalue() != ""


def test_compiling_takes_the_place_of_the_bar_until_a_year_is_done(monkeypatch):
    terminal(monkeypatch)
    progress = Progress(10)
    progress.doing("Compiling: 3 of 9")
    assert shown(progress).startswith("Compiling: 3 of 9") and "school years" not in shown(progress)
    progress.step("plan, seed 1")
    assert shown(progress).startswith("plan, seed 1:  10% |") and "Compiling" not in shown(progress)


def test_a_file_gets_few_lines(monkeypatch):
    found = io.StringIO()
    monkeypatch.setattr(sys, "stderr", found)
    progress = Progress(10)
    for at in range(50):
        progress.doing(f"kernel {at}")
    assert "kernel 0\n" in found.getvalue() and "kernel 1\n" not in found.getvalue()


def test_kernels_are_counted_and_their_time_is_kept_apart(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(first_start.time, "perf_counter", lambda: float(next(clock)))
    said: list[str] = []
    start = FirstStart(said.append, lambda: (40, 42))
    assert start.seconds() == 0
    start.told("sim.a", False)  # at 0 s
    start.told("sim.b", False)  # 1: a needs b first
    start.told("sim.b", True)  # 2
    start.told("sim.a", True)  # 3
    assert start.seconds() == 3
    start.told("sim.rare", False)  # 4: one that only a policy needs
    start.told("sim.rare", True)  # 5
    assert start.seconds() == 4
    counted = [tuple(map(int, re.findall(r"(\d+) of (\d+) kernels", text)[0])) for text in said]
    assert counted == [(40, 42), (40, 42), (41, 42), (42, 42), (42, 43), (43, 43)]
    assert said[0].startswith("Compiling the model for this machine, once: ")


def test_its_own_pace_counts_once_it_is_known(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(first_start.time, "perf_counter", lambda: now[0])
    said: list[str] = []
    start = FirstStart(said.append, lambda: (0, 70))
    for at in range(20):
        start.told(f"k{at}", False)
        now[0] += 4.0
        start.told(f"k{at}", True)
    assert "about a minute" in said[0] and "about 3 minutes" in said[-1]  # 50 kernels of 4 s


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "a few seconds"), (30, "about half a minute"), (60, "about a minute"), (200, "about 3 minutes")],
)
def test_about_how_long(seconds, words):
    assert in_words(seconds) == words


@pytest.mark.long
def test_the_first_start_says_that_it_compiles_and_the_second_does_not(tmp_path):
    (tmp_path / "one.toml").write_text(
        'title = "One"\nregion = "guizhou"\nyears = [2024, 2025]\nsample = 0.003\n[[arm]]\nname = "baseline"\n', "utf-8"
    )
    asked = os.environ | {"JUNHENG_CACHE": str(tmp_path / "kernels"), "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-m", "junheng.cli", "run", "one.toml", "--fresh"]
    first = subprocess.run(run, cwd=tmp_path, env=asked, capture_output=True, text=True)
    assert first.returncode == 0, first.stderr
    assert re.search(r"Compiling the model for this machine, once: \d+ of \d+ kernels, about", first.stderr)
    second = subprocess.run(run, cwd=tmp_path, env=asked, capture_output=True, text=True)
    assert second.returncode == 0 and "Compiling" not in second.stderr
    quiet = subprocess.run([*run, "-q"], cwd=tmp_path, env=asked, capture_output=True, text=True)
    assert (quiet.returncode, quiet.stderr) == (0, "")
