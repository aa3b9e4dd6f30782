"""Scenario files: what is read, and what a mistake in one says."""

from __future__ import annotations

import pytest

from experiments.scenario import Target, built_in_scenarios, load_scenario
from sim.errors import InputError

GOOD = """
title = "River delta"
region = "guizhou"
years = [2024, 2026]
seeds = "1:3"
[[arm]]
name = "baseline"
[[arm]]
name = "plan"
[[arm.policy]]
name = "rotation"
share = 0.1
[[target]]
measure = "retention"
value = 0.96
year = 2025
"""


@pytest.fixture
def write(tmp_path):
    def writer(text, name="delta.toml", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return writer


def test_a_file_is_read(write):
    scenario = load_scenario(write(GOOD))
    assert (scenario.name, scenario.region, scenario.years, scenario.seeds) == (
        "delta",
        "guizhou",
        (2024, 2026),
        (1, 2, 3),
    )
    assert scenario.draws == () and scenario.sample == 1.0
    assert [arm.name for arm in scenario.arms] == ["baseline", "plan"]
    assert scenario.arms[0].policies == ()
    assert scenario.arms[1].policies == ({"name": "rotation", "share": 0.1},)
    assert scenario.targets == (Target("retention", ">=", 0.96, 2025),)


def test_a_byte_order_mark_is_no_mistake(write):
    assert load_scenario(write(GOOD, encoding="utf-8-sig")).title == "River delta"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "River delta"', "", "'title' is missing"),
        ('title = "River delta"', "title = 3", "title = 3 must be text"),
        ('title = "River delta"', 'title = " "', "title is blank"),
        ("[2024, 2026]", "[2026, 2024]", "years"),
        ('seeds = "1:3"', 'sedes = "1:3"', "unknown key 'sedes'. Did you mean 'seeds'?"),
        ('seeds = "1:3"', 'seeds = ""', "seeds is empty"),
        ('seeds = "1:3"', "sample = 10", "For 10 %, write 0.1."),
        ('seeds = "1:3"', "sample = 0", "outside 0 to 1"),
        ('seeds = "1:3"', 'sample = "all"', "is not a number"),
        ('seeds = "1:3"', 'draws = "0:4"', "outside 1 to"),
        ('seeds = "1:3"', 'parameters = {rho = "high"}', "rho = 'high' is not a number"),
        ('name = "plan"', 'name = "baseline"', "a second arm is called 'baseline'"),
        ('name = "plan"', 'nmae = "plan"', "arm 2: unknown key 'nmae'. Did you mean 'name'?"),
        ('name = "rotation"', "", "arm 'plan', policy 1: 'name' is missing"),
        ('measure = "retention"', 'measure = "retension"', "unknown measure 'retension'. Did you mean 'retention'?"),
        ("value = 0.96", 'value = 0.96\nstage = "senior"', "target 1: unknown stage 'senior'"),
        ("value = 0.96", "", "target 1: 'value' is missing"),
        ("value = 0.96", 'value = 0.96\ncomparator = "=="', "allowed: >=, <="),
        ("[[arm.policy]]", "[arm.policy]", "write [[policy]]"),
        ("years = [2024, 2026]", "years = [2024, 2026", "not valid TOML"),
        ("years = [2024, 2026]", "years = 2024", "years = 2024 must be a list such as [2024, 2035]"),
        ("years = [2024, 2026]", 'years = "2026:2024"', "is reversed"),
    ],
)
def test_a_mistake_names_the_file_and_what_to_do(write, old, new, says):
    path = write(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as error:
        load_scenario(path)
    assert str(error.value).startswith(str(path)) and says in str(error.value)


def test_years_may_be_written_as_on_the_command_line(write):
    assert load_scenario(write(GOOD.replace("[2024, 2026]", '"2024:2026"'))).years == (2024, 2026)


def test_no_arm_empty_file_wrong_encoding_folder_and_missing_file(write, tmp_path):
    for path, says in (
        (write(GOOD.split("[[arm]]")[0]), "no arm"),
        (write("", "empty.toml"), "empty"),
        (write('title = "三角洲"', "gbk.toml", "gbk"), "not UTF-8"),
        (tmp_path, "is a folder"),
        (tmp_path / "none.toml", "no such scenario file"),
        ("guizho", "Did you mean 'guizhou'?"),
    ):
        with pytest.raises(InputError, match=says.replace("?", r"\?")):
            load_scenario(path)


def test_options_replace_the_files_values(write):
    scenario = load_scenario(write(GOOD)).with_options(
        years="2024:2025", seeds="9", draws="1:2", arms=["plan"], sample=0.5
    )
    assert (scenario.years, scenario.seeds, scenario.draws, scenario.sample) == ((2024, 2025), (9,), (1, 2), 0.5)
    assert [arm.name for arm in scenario.arms] == ["plan"]
    with pytest.raises(InputError, match="Did you mean 'plan'"):
        scenario.with_options(arms=["plam"])


def test_a_policy_that_no_arm_names_gets_an_arm_of_its_own(write):
    scenario = load_scenario(write(GOOD)).with_arms_for(["rotation", "mine"])
    assert [arm.name for arm in scenario.arms] == ["baseline", "plan", "mine"]
    assert scenario.arm("mine").policies == ({"name": "mine"},)


def test_a_policys_error_says_which_arm_and_policy(write):
    def refuse(record):
        raise InputError(f"{record['name']}: share = 25 is outside 0 to 1.")

    with pytest.raises(InputError, match=r"delta.toml: arm 'plan', policy 1: rotation: share = 25 is outside"):
        load_scenario(write(GOOD)).make_policies(refuse)


def test_the_built_in_scenarios_have_both_arms_and_the_documents_targets():
    assert list(built_in_scenarios()) == ["guizhou", "xinjiang"]
    for name in built_in_scenarios():
        scenario = load_scenario(name)
        assert scenario.region == name and scenario.years == (2024, 2035)
        assert [arm.name for arm in scenario.arms] == ["baseline", "plan"]
        assert scenario.arms[0].policies == ()
        assert {"rotation", "group_schooling", "pairing_assistance", "student_aid"} <= {
            policy["name"] for policy in scenario.arms[1].policies
        }
        assert all(target.clause and target.quote_zh for target in scenario.targets)


def test_births_are_low_middle_or_high(write):
    with pytest.raises(InputError, match="births = 'lo' is unknown. Did you mean 'low'"):
        load_scenario(
            write('title = "t"\nregion = "guizhou"\nyears = [2024, 2026]\nbirths = "lo"\n[[arm]]\nname = "a"\n')
        )
    good = write('title = "t"\nregion = "guizhou"\nyears = [2024, 2026]\nbirths = "high"\n[[arm]]\nname = "a"\n')
    assert load_scenario(good).births == "high"
