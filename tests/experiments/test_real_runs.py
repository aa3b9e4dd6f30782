"""The runner on the project's own engine: both built-in scenarios, four counties, two years."""

from __future__ import annotations

import pytest

from experiments.engine import real_engine
from experiments.runner import run_experiment
from experiments.scenario import load_scenario
from experiments.summary import summarise
from results.measures import measures
from results.store import open_store

ONLY, CODES = "六盘水市", (520201, 520203, 520204, 520281)


@pytest.mark.parametrize("name", ["guizhou", "xinjiang"])
def test_every_policy_of_a_built_in_scenario_is_known(name):
    made = load_scenario(name).make_policies(real_engine().make_policy)
    assert made["baseline"] == () and len(made["plan"]) >= 6


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A scenario run twice: one run at a time, and two."""
    scenario = load_scenario("guizhou").with_options(years="2024:2025", only=ONLY, seeds="1")
    found = []
    for workers in (1, 2):
        with open_store(tmp_path_factory.mktemp("runs") / "a.db") as store:
            outcome = run_experiment(scenario, store, workers=workers, progress=False)
            summary = summarise(store, outcome.experiment, scenario)
            tables = {name: store.table(name) for name in ("county_inspection", "school_inspection", "cost")}
            found.append((outcome, summary, store.frame(), tables))
    return found


def test_workers_and_threads_change_nothing_to_the_bit(runs):
    (_, one, frame, tables), (_, two, same, others) = runs
    assert one == two and frame.equals(same)
    assert all(tables[name].equals(others[name]) for name in tables)


def test_everything_is_there(runs):
    outcome, summary, frame, tables = runs[0]
    assert outcome.errors == [] and outcome.simulated == 2
    assert set(frame.level) == {"region", "prefecture", "county", "place_type"}
    assert set(frame.measure) <= set(measures())
    assert len(tables["county_inspection"]) == 2 * 2 * 4 and summary["counties"] == 4
    assert set(frame[frame.level == "county"].area) == set(CODES)
    assert set(frame[frame.level == "prefecture"].area_name) == {"六盘水市"}
    assert len(set(tables["school_inspection"].county)) == 4
    assert set(tables["school_inspection"].year) == {2024, 2025}
    assert tables["cost"].yuan.gt(0).any()
    assert [a["name"] for a in summary["arms"]] == ["baseline", "plan"]
    assert {line["measure"] for line in summary["arms"][1]["lines"]} >= {
        "pupils",
        "gap.urban_rural",
        "counties_certified",
    }


def test_the_arms_start_from_the_same_world(runs):
    frame = runs[0][2].query("measure == 'pupils' and year == 2024 and level == 'county'")
    base, plan = (frame[frame.arm == arm].set_index(["area", "stage"]).value for arm in ("baseline", "plan"))
    assert len(base) == 4 * 3 and base.equals(plan)
