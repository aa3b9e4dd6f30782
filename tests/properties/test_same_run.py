"""Runs that must be the same to the bit: order of policies, threads, processes, policies that reach nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.observe import Observer
from policies.registry import BUILT_IN, make_policy
from sim.start import build
from sim.step import simulate
from sim.world import World
from tests.small_worlds import LEISHAN, OASES, SHIBING, differences, fingerprint, kept_world, small_world

ROOT = Path(__file__).parents[2]
NAMES = sorted(BUILT_IN)
FEW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NO_DOSE: dict[str, dict[str, Any]] = {
    "group_schooling": {"coverage": 0},
    "pairing_assistance": {"coverage": 0},
    "rotation": {"share": 0},
    "student_aid": {"coverage": 0},
    "standardisation": {"yuan_per_pupil": 0},
    "staffing": {"max_growth": 0},
    "rural_allowance": {"yuan_per_month": 0},
}


def start() -> World:
    """Return a small start world: three small counties of two regions' kind, half of the children."""
    return kept_world("guizhou", LEISHAN, SHIBING, sample=0.25)


def run(policies: list[dict[str, Any]], years: int = 4, world: World | None = None, threads: int = 1) -> World:
    """Return the world after some years from 2024."""
    made = [make_policy(record) for record in policies]
    return simulate(world or start(), made, range(2024, 2024 + years), threads=threads)


ON = [{"name": name, "start": 2025} for name in NAMES]


@pytest.fixture(scope="module")
def plan() -> World:
    """Return the small world after four years with all policies on."""
    return run(ON)


@FEW
@given(st.permutations(ON))
def test_the_order_of_policies_changes_nothing(plan: World, order: list[dict[str, Any]]) -> None:
    assert differences(run(order), plan) == []


def test_policies_do_change_something(plan: World) -> None:
    assert len(differences(run([]), plan)) > 20


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_that_has_not_begun_or_has_ended_is_absent(name: str) -> None:
    late = {"name": name, "start": 2090, "end": 2100}
    early = {"name": name, "start": 2001, "end": 2010}
    assert differences(run([late], years=2), run([], years=2)) == []
    assert differences(run([early], years=2), run([], years=2)) == []


@pytest.mark.parametrize("name", sorted(NO_DOSE))
def test_a_policy_without_dose_is_absent_whatever_else_is_on(name: str) -> None:
    others = [record for record in ON if record["name"] != name]
    empty = {"name": name, "start": 2025, **NO_DOSE[name]}
    assert differences(run([*others, empty], years=3), run(others, years=3)) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "student_aid"])
def test_a_policy_in_another_county_does_not_touch_this_one_in_its_first_year(name: str) -> None:
    """Later it may: families move between counties, and the region's capital is shared out by need."""
    with_it, without = run([{"name": name, "start": 2024, "counties": [SHIBING]}], years=1), run([], years=1)
    here = slice(0, int(with_it.county_start[1]))
    for f in fields(with_it.schools):
        assert (getattr(with_it.schools, f.name)[here] == getattr(without.schools, f.name)[here]).all(), f.name
    one, two = (w.teachers.take(w.teachers.section < 2 * here.stop) for w in (with_it, without))
    assert all((getattr(one, f.name) == getattr(two, f.name)).all() for f in fields(one))
    for a, b in zip(with_it.blocks, without.blocks, strict=True):
        inside = b.school < here.stop
        assert (a.school == b.school).all() and (a.knowledge[inside] == b.knowledge[inside]).all()


@pytest.mark.parametrize("codes", [(LEISHAN, SHIBING), OASES])
def test_one_thread_or_two_in_a_small_world(codes: tuple[int, ...]) -> None:
    region = "guizhou" if codes[0] == LEISHAN else "xinjiang"
    one, two = (small_world(region, *codes, seed=5, threads=n) for n in (1, 2))
    assert differences(one, two) == []
    assert differences(run(ON, world=one, threads=1), run(ON, world=two, threads=2)) == []


def test_one_thread_or_two_in_a_sample_of_the_province() -> None:
    one, two = (build("guizhou", seed=1, sample=0.05, threads=n) for n in (1, 2))
    assert differences(one, two) == []
    assert differences(run(ON, 3, one, threads=1), run(ON, 3, two, threads=2)) == []


def test_observing_beside_the_next_year_sees_what_observing_at_once_sees() -> None:
    made, found = [make_policy(record) for record in ON], []
    for beside in (False, True):
        observer = Observer()
        whole = kept_world("guizhou", LEISHAN, SHIBING)  # a sample would withhold most of it
        simulate(whole, made, range(2024, 2028), observe=observer, threads=2, beside=beside)
        found.append(observer.rows())
    assert found[0].series == found[1].series and len(found[0].series) > 1000
    assert np.array_equal(found[0].values, found[1].values, equal_nan=True)


@pytest.mark.parametrize("wrong", [2025, 2026], ids=["in between", "in the last year"])
def test_an_error_while_observing_beside_ends_the_run(wrong: int) -> None:
    def observe(world: World) -> None:
        if world.year == wrong:
            raise KeyError("unreadable")

    with pytest.raises(KeyError, match="unreadable"):
        simulate(start(), [], range(2024, 2027), observe=observe, threads=2, beside=True)


def test_the_same_seed_again_and_in_a_fresh_process(plan: World) -> None:
    assert differences(run(ON), plan) == []
    code = "from tests.properties.test_same_run import ON, run\nfrom tests.small_worlds import fingerprint\n"
    done = subprocess.run(
        [sys.executable, "-c", code + "print(fingerprint(run(ON)))"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == fingerprint(plan)


def test_another_seed_is_another_run_on_the_same_map(plan: World) -> None:
    other = small_world("guizhou", LEISHAN, SHIBING, seed=2, sample=0.25, threads=1)
    changed = differences(run(ON, world=other), plan)
    assert {"schools.pupils", "teachers.value_added", "block0.ability", "tally.score"} <= set(changed)
    assert (other.schools.x == start().schools.x).all() and (other.schools.name == start().schools.name).all()
    assert [len(b) for b in other.blocks] == [len(b) for b in start().blocks]
