"""Names, plug-ins and users' files; and the guard around every policy's effects."""

from __future__ import annotations

import random
import shutil
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from policies import registry
from policies.base import Policy, param
from policies.guard import random_state, same_state
from policies.registry import BUILT_IN, load_file, make_policy, policy_class, policy_names
from sim.effects import Cost, Effects, Exchange
from sim.errors import InputError
from sim.step import simulate

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "my_policy.py"
HEAD = """
from dataclasses import dataclass
from typing import ClassVar
import random
import numpy as np
from policies.base import Policy, param
from sim.effects import Effects
"""
BODY = """
@dataclass(frozen=True, kw_only=True)
class Mine(Policy):
    name: ClassVar[str] = "mine"
    def effects(self, see, year):
        return Effects()
"""


@pytest.fixture(autouse=True)
def own_table(monkeypatch):
    """Keep what a test loads out of the table of other tests."""
    monkeypatch.setattr(registry, "_FROM_FILES", {})
    registry.installed.cache_clear()
    yield
    registry.installed.cache_clear()


def written(tmp_path, text, name="mine.py"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_eight_built_in_policies_are_all_there():
    assert set(BUILT_IN) == {
        "group_schooling", "pairing_assistance", "rotation", "student_aid", "standardisation", "staffing",
        "class_size_cap", "rural_allowance",
    }  # fmt: skip
    assert policy_names()[:8] == list(BUILT_IN)


def test_the_example_of_the_docs_loads_acts_and_runs(see, guizhou, tmp_path):
    file = tmp_path / "my_policy.py"
    shutil.copy(EXAMPLE, file)
    assert load_file(file) == ["remote_backbone"] and "remote_backbone" in policy_names()
    policy = make_policy({"name": "remote_backbone", "start": 2024, "yuan_per_year": 20000})
    effects = policy.effects(see, 2024)
    assert np.isclose(effects.leave_factor.min(), 0.9) and effects.costs[0].payer == "province"
    end = simulate(guizhou, [policy], [2024])
    assert ("remote_backbone", "province") in end.ledger.rows
    with pytest.raises(InputError, match="remote_backbone: yuan_per_year = -1 is outside 0 to 60000"):
        make_policy({"name": "remote_backbone", "yuan_per_year": -1})


def test_a_file_may_be_loaded_again_after_an_edit(tmp_path):
    file = written(tmp_path, HEAD + BODY)
    assert load_file(file) == ["mine"]
    first = policy_class("mine")
    file.write_text(HEAD + BODY.replace("Mine", "Better"), encoding="utf-8")
    assert load_file(file) == ["mine"] and policy_class("mine").__name__ == "Better" != first.__name__


BROKEN = {
    "syntax": ("a = (\n", r"mine\.py: line 1: .*never closed"),
    "import": ("\nimport no_such_module_at_all\n", r"mine\.py: ModuleNotFoundError: .*\(mine\.py, line 2\)"),
    "no policy": ("a = 1\n", "no policy inside"),
    "taken": (HEAD + BODY.replace('"mine"', '"rotation"'), "the name 'rotation' is taken"),
    "not a dataclass": (HEAD + BODY.replace("@dataclass(frozen=True, kw_only=True)\n", ""), "write @dataclass"),
    "no name": (HEAD + BODY.replace('"mine"', '""'), "class Mine needs a name"),
    "no effects": (HEAD + BODY.split("    def")[0], "class Mine needs effects"),
    "bare field": (HEAD + BODY.replace("    def", "    dose: float = 1.0\n    def"), r"dose: declare parameters with"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_one_message_with_file_and_line(case, tmp_path):
    text, message = BROKEN[case]
    with pytest.raises(InputError, match=message) as error:
        load_file(written(tmp_path, text))
    assert "mine.py" in str(error.value) and "\n" not in str(error.value)


def test_no_such_file_and_a_name_of_another_file(tmp_path):
    with pytest.raises(InputError, match="no such policy file"):
        load_file(tmp_path / "gone.py")
    with pytest.raises(InputError, match="no such policy file"):
        load_file(tmp_path)
    with pytest.raises(InputError, match=r"ends in \.py"):
        load_file(written(tmp_path, HEAD + BODY, "mine.txt"))
    load_file(written(tmp_path, HEAD + BODY, "one.py"))
    with pytest.raises(InputError, match=r"two\.py: the name 'mine' is taken"):
        load_file(written(tmp_path, HEAD + BODY, "two.py"))


@dataclass(frozen=True, kw_only=True)
class Plugged(Policy):
    """A plug-in."""

    name: ClassVar[str] = "plugged"
    dose: float = param(1.0, unit="x", source="test", confidence="assumed", low=0, high=2)

    def effects(self, see, year):
        return Effects()


def offer(monkeypatch, name, load):
    point = SimpleNamespace(name=name, value="pack:Thing", dist=SimpleNamespace(name="pack"), load=load)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == "junheng.policies" else [])


def test_an_installed_plug_in_is_found_by_its_entry_point(monkeypatch):
    offer(monkeypatch, "plugged", lambda: Plugged)
    assert "plugged" in policy_names()
    assert make_policy({"name": "plugged", "dose": 2}).dose == 2.0


def test_a_broken_plug_in_is_one_message_when_it_is_used_and_hides_nothing(monkeypatch):
    def broken():
        raise ImportError("no module named pack")

    offer(monkeypatch, "plugged", broken)
    assert make_policy({"name": "rotation"}).name == "rotation"
    with pytest.raises(InputError, match="policy plugged of the installed package pack cannot be loaded: ImportError"):
        policy_class("plugged")
    registry.installed.cache_clear()
    offer(monkeypatch, "other_name", lambda: Plugged)
    with pytest.raises(InputError, match="its class is called 'plugged'"):
        policy_class("other_name")
    registry.installed.cache_clear()
    offer(monkeypatch, "thing", lambda: dict)
    with pytest.raises(InputError, match="does not derive"):
        policy_class("thing")


# -- the guard --------------------------------------------------------------------------------------------------------


def acting(body, tmp_path):
    """Return a policy of a user's file whose effects have the given lines."""
    lines = textwrap.indent(textwrap.dedent(body), "        ")
    load_file(written(tmp_path, HEAD + BODY.replace("        return Effects()", lines)))
    return make_policy({"name": "mine", "start": 2024})


WRITES = (
    "see.schools.pupils[:] = 0",
    "see.teachers.section += 1",
    "see.blocks[0].ability[0] = 9",
    "see.counties.fiscal[0] = 2",
)


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_policy_of_ours_draws_from_a_global_generator(name, see):
    """Reading the generators' states takes longer than most policies, so the guard does it only around users' own."""
    before = random_state()
    make_policy({"name": name, "start": 2024}).effects(see, 2024)
    assert same_state(before, random_state())


LUCK = ("np.random.random()", "np.random.seed(1)", "random.random()")


@pytest.mark.parametrize("line", WRITES)
def test_a_policy_that_writes_to_the_world_fails_the_run_and_is_named(line, see, tmp_path):
    with pytest.raises(InputError, match=r"policy mine, 2024: it writes to the world \(mine\.py, line \d+\)"):
        acting(f"{line}\nreturn Effects()", tmp_path).effects(see, 2024)


@pytest.mark.parametrize("line", LUCK)
def test_a_policy_that_draws_from_a_global_generator_fails_the_run(line, see, tmp_path):
    before = np.random.get_state(), random.getstate()  # noqa: NPY002
    with pytest.raises(InputError, match=r"policy mine, 2024: it draws from a global random generator.*see\.streams"):
        acting(f"{line}\nreturn Effects()", tmp_path).effects(see, 2024)
    np.random.set_state(before[0])  # noqa: NPY002
    random.setstate(before[1])


FAULTS = {
    "return None": "effects\\(\\) returned NoneType",
    "return see.schools.nothing": r"AttributeError: .*\(mine\.py, line \d+\)",
    "return Effects(score_shift=np.zeros(3))": r"score_shift is ndarray of shape \(3,\); it must be a plain numpy array of shape",
    "return Effects(score_shift=np.full((len(see.schools), 2), np.nan))": r"score_shift\[0, 0\] is nan; it must be -2 to 2",
    "return Effects(score_shift=np.full((len(see.schools), 2), None))": "score_shift is an array of type object; it must",
    "return Effects(leave_factor=np.full(len(see.schools), np.inf))": r"leave_factor\[0\] is inf; it must be 0 to 20",
    "return Effects(leave_factor=np.full(len(see.schools), -1.0))": r"leave_factor\[0\] is -1; it must be 0 to 20 \(times",
    "return Effects(class_cap=np.zeros((len(see.schools), 2)))": r"class_cap\[0, 0\] is 0; it must be 1 or more",
    "return Effects(posts=np.ones((2, 2)))": "posts is ndarray of shape",
    "return Effects(costs=(self.cost('mayor', np.ones(len(see.counties))),))": "payer 'mayor', it must be one of county",
}


@pytest.mark.parametrize("line", FAULTS)
def test_wrong_effects_are_one_message_that_names_the_policy(line, see, tmp_path):
    with pytest.raises(InputError, match=FAULTS[line]) as error:
        acting(line, tmp_path).effects(see, 2024)
    assert "policy mine, 2024" in str(error.value)


def test_a_section_cannot_send_and_receive_in_one_exchange(see):
    @dataclass(frozen=True, kw_only=True)
    class Both(Policy):
        """Everyone to everyone."""

        name: ClassVar[str] = "both"

        def effects(self, see, year):
            one = np.ones((len(see.schools), 2))
            link = np.full(len(see.schools), -1)
            return Effects(exchanges=(Exchange("both", one, one, link, 0.0, "random", 1, 1, 0.0),))

    with pytest.raises(InputError, match="both sends and receives"):
        Both(start=2024).effects(see, 2024)


def test_what_asks_for_nothing_is_left_out(see):
    @dataclass(frozen=True, kw_only=True)
    class Idle(Policy):
        """Zeros of every kind."""

        name: ClassVar[str] = "idle"

        def effects(self, see, year):
            s, c = len(see.schools), len(see.counties)
            zero, link = np.zeros((s, 2)), np.full(s, -1)
            return Effects(
                posts=np.zeros((c, 2)),
                class_cap=np.full((s, 2), np.inf),
                leave_factor=np.ones(s),
                score_shift=zero,
                exchanges=(Exchange("idle", zero, zero, link, 0.0, "random", 1, 1, 0.0),),
                costs=(Cost("idle", "county", np.zeros(c)),),
                salary_items=(("idle", np.zeros((c, 2))),),
            )

    assert Idle(start=2024).effects(see, 2024) == Effects()
