"""What is found before the first run: unknown counties, policies that never act, answers that hang on the process."""

from __future__ import annotations

import pickle

import pytest

from policies import registry, trial
from policies.answers import digests
from policies.built_in import BUILT_IN
from policies.registry import load_file, make_policy
from policies.trial import check_areas, check_policies, silent_for_good, try_elsewhere
from sim.errors import InputError
from sim.start import build

FILE = """
import os
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from policies.base import Policy
from sim.effects import Effects

@dataclass(frozen=True, kw_only=True)
class {name}(Policy):
    name: ClassVar[str] = "{name}"
    def effects(self, see, year):
        print("what a policy prints is no answer")
        return Effects(leave_factor=np.full(len(see.schools), {value}))
"""


@pytest.fixture
def policy(tmp_path, monkeypatch):
    """Return a function: name and value of the answer -> a policy from a file."""
    monkeypatch.setattr(registry, "_FROM_FILES", {})
    monkeypatch.setattr(trial, "_agreed", set())

    def made(name, value):
        file = tmp_path / f"{name}.py"
        file.write_text(FILE.format(name=name, value=value), encoding="utf-8")
        load_file(file)
        return make_policy({"name": name, "start": 2025})

    return made


YEARS = range(2024, 2027)


def test_an_answer_that_hangs_on_the_process_is_found_and_good_ones_are_asked_once(policy, monkeypatch):
    order = "{'a': .1, 'b': .2, 'c': .3, 'd': .4, 'e': .5}[list({'a', 'b', 'c', 'd', 'e'})[0]] + hash('abc') % 97 / 97"
    good, bad = policy("good", 0.5), policy("bad", order)
    with pytest.raises(InputError, match="policy bad, 2025: .*PYTHONHASHSEED.* leave_factor differs.*see.streams"):
        try_elsewhere([good, bad, make_policy({"name": "rotation"})], "guizhou", YEARS)
    monkeypatch.setattr(trial, "_ask", lambda *given: pytest.fail("asked again"))
    try_elsewhere([good], "guizhou", YEARS)
    try_elsewhere([make_policy({"name": name}) for name in BUILT_IN], "guizhou", YEARS)
    try_elsewhere([bad], "guizhou", range(2020, 2022))  # not in force: nothing to ask


def test_a_policy_that_ends_its_process_is_found_before_it_ends_ours(policy, monkeypatch):
    monkeypatch.setattr(trial, "SEEDS", ("1",))
    with pytest.raises(InputError, match=r"policy leaving: .* it ended the process \(exit code 3\)"):
        try_elsewhere([policy("leaving", "os._exit(3)")], "guizhou", YEARS)


def test_ours_do_not_hang_on_the_process():
    world = build("guizhou", sample=trial.SAMPLE)
    asked = [(None, name, {"start": 2024}, 2024) for name in BUILT_IN]
    content = pickle.dumps((asked, pickle.dumps(world)))
    world.open_year(2024)
    here = [digests(make_policy({"name": name, "start": 2024}).effects(world.read_only(), 2024)) for name in BUILT_IN]
    assert trial._ask("1", content) == (0, here)  # under another hash seed than this process, but for one case in 2^32


def test_a_failure_of_the_machine_is_not_blamed_on_a_policy(policy, monkeypatch):
    one = policy("good", 0.5)
    monkeypatch.setattr(trial.sys, "executable", "/nowhere/python")
    try_elsewhere([one], "guizhou", YEARS)
    monkeypatch.setattr(trial, "_ask", lambda seed, content: (None, None))
    try_elsewhere([one], "guizhou", YEARS)


@pytest.mark.parametrize(
    "record",
    [
        {"name": "rotation", "counties": ["无此县"]},
        {"name": "rotation", "counties": ["织金县", "毕节"], "start": 2090},
        {"name": "rotation", "counties": [999999]},
        {"name": "pairing_assistance", "tilt_to": ["Nowhere"]},
    ],
)
def test_an_unknown_county_is_found_whatever_the_year(record):
    known = record.get("counties") == ["织金县", "毕节"]
    if known:
        return check_areas(make_policy(record), "guizhou")
    key = "tilt_to" if "tilt_to" in record else "counties"
    with pytest.raises(InputError, match=f"one: {record['name']}: {key}: .* is no area of guizhou"):
        check_policies([("one", make_policy(record))], "guizhou", YEARS)


def test_a_policy_that_never_acts_is_one_sentence():
    late, early = (
        make_policy({"name": "rotation", "start": 2030}),
        make_policy({"name": "rotation", "start": 2000, "end": 2010}),
    )
    acts = make_policy({"name": "staffing", "start": 2026})
    assert "from 2030 to 2100 and never acts in the years 2024 to 2026" in silent_for_good(late, YEARS)
    told = check_policies([("a", late), ("b", acts), ("c", early)], "guizhou", YEARS)
    assert told[0].startswith("a: ") and told[1] == "" and "2000 to 2010" in told[2]
