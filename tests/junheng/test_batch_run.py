"""Mesa's batch_run on junheng.Model: a row holds one year, agents and agent types have their rows, fixed tables work."""

from __future__ import annotations

import inspect

import mesa
import numpy as np
import pandas as pd
import pytest

import junheng
from sim.agents import County, School
from sim.errors import InputError
from sim.start import build

QUICK = {"sample": 0.002, "years": "2024:2026", "seed": [1]}
NEWER = "rng" in inspect.signature(mesa.batch_run).parameters
AGENTS = {"agent_year": lambda agent: agent.model.year, "pupils_here": lambda agent: float(agent.pupils.sum())}
TYPES = {
    County: {"county_year": lambda county: county.model.year, "schools_here": lambda county: len(county.schools)},
    School: {"school_year": lambda school: school.model.year, "enrolled": "enrolled", "there": "open"},
}


@pytest.fixture(scope="module", autouse=True)
def worlds_are_built_once():
    """Build each world once in this file: what is tested is the rows."""
    made = {}

    def once(region, **given):
        key = (region, *(str(given[name]) for name in ("seed", "sample", "only", "births")))
        if key not in made:
            made[key] = build(region, **given)
        return made[key].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("junheng.model.build", once)
        yield


class WithAgents(junheng.Model):
    """Collects every county and school."""

    def __init__(self, **given):
        super().__init__(agent_reporters=AGENTS, **given)


class WithTypes(junheng.Model):
    """Collects counties and schools by their type."""

    def __init__(self, **given):
        super().__init__(agenttype_reporters=TYPES, **given)


class WithBoth(junheng.Model):
    """Collects both ways, one name twice."""

    def __init__(self, **given):
        super().__init__(
            agent_reporters=AGENTS, agenttype_reporters={**TYPES, School: {"pupils_here": "enrolled"}}, **given
        )


def rows_of(model, period=1, **given):
    """Return the rows of batch_run as a frame."""
    given = {**QUICK, **given}
    return pd.DataFrame(
        mesa.batch_run(model, given, number_processes=1, display_progress=False, data_collection_period=period)
    )


@pytest.mark.parametrize(("period", "years"), [(1, [2024, 2025, 2026]), (2, [2024, 2026]), (-1, [2026])])
def test_agents_are_of_the_year_of_their_row(period, years):
    rows = rows_of(WithAgents, period)
    assert sorted(rows["year"].unique()) == years and (rows["agent_year"] == rows["year"]).all()
    for _, year in rows.groupby("year"):
        assert year["pupils_here"].sum() == pytest.approx(
            2 * year["pupils"].iloc[0]
        )  # once as schools, once as counties
        assert not year["AgentID"].duplicated().any()


@pytest.mark.parametrize("period", [1, -1])
def test_agent_types_have_their_rows(period):
    rows = rows_of(WithTypes, period)
    for year, part in rows.groupby("year"):
        counties, schools = part[part["county_year"].notna()], part[part["school_year"].notna()]
        assert len(counties) == 88 and len(counties) + len(schools) == len(part)
        assert set(counties["county_year"]) == {year} == set(schools["school_year"])
        assert schools["enrolled"].sum() == pytest.approx(part["pupils"].iloc[0])
        assert counties["schools_here"].sum() == schools["there"].sum() > 0


def test_agents_and_types_together_each_with_its_own():
    rows = rows_of(WithBoth, -1)
    agents, counties = rows[rows["agent_year"].notna()], rows[rows["county_year"].notna()]
    schools = rows[rows["agent_year"].isna() & rows["county_year"].isna()]
    assert len(counties) == 88 and len(agents) == 88 + len(schools)
    assert schools["pupils_here"].sum() == pytest.approx(rows["pupils"].iloc[0])
    assert counties["pupils_here"].isna().all()


def test_frames_of_the_collector_hold_only_what_was_asked_for():
    model = WithBoth(sample=0.002, years="2024:2025")
    model.run_model()
    collected = model.datacollector
    agents, counties = collected.get_agent_vars_dataframe(), collected.get_agenttype_vars_dataframe(County)
    assert list(agents) == ["agent_year", "pupils_here"] and list(counties) == ["county_year", "schools_here"]
    assert len(agents) == 2 * len(model.agents) and len(counties) == 2 * 88
    for frame, year in ((agents, "agent_year"), (counties, "county_year")):
        assert frame.groupby("Step")[year].unique().map(list).to_dict() == {1: [2024], 2: [2025]}
    assert collected.get_model_vars_dataframe()["year"].tolist() == [2024, 2025]
    types = WithTypes(sample=0.002, years="2024:2024")
    types.run_model()
    with pytest.raises(UserWarning, match="No agent reporters"):
        types.datacollector.get_agent_vars_dataframe()


def test_a_year_collected_again_takes_the_place_of_the_first_time():
    class Later(junheng.Model):
        """Sets something after the year and collects again, as many Mesa models do."""

        def step(self):
            super().step()
            self.after = self.year
            self.datacollector.collect(self)

    later = {"after": lambda model: getattr(model, "after", None), "n": lambda model: len(model.schools)}
    rows = rows_of(Later, model_reporters=[later])
    assert rows["year"].tolist() == [2024, 2025, 2026] == rows["after"].tolist()
    model = junheng.Model(sample=0.002, years="2024:2024")
    with pytest.raises(InputError, match="no year to collect yet"):
        model.datacollector.collect(model)


def test_a_reporter_that_fails_leaves_nothing_half_collected():
    fails = [True]

    def reporter(model):
        if fails:
            raise RuntimeError("mine")
        return model.year

    model = junheng.Model(sample=0.002, years="2024:2025", model_reporters={"mine": reporter})
    with pytest.raises(RuntimeError, match="mine"):
        model.step()
    assert len(model.datacollector.get_model_vars_dataframe()) == 0
    fails.clear()
    model.datacollector.collect(model)  # the year was run; only its collection failed
    assert model.datacollector.get_model_vars_dataframe()[["year", "mine"]].to_numpy().tolist() == [[2024, 2024]]


def test_fixed_tables_go_into_a_list():
    whole = {"years": "2024:2024", "sample": 1.0, "only": "施秉县"}  # who rotates is withheld in a sample
    rows = rows_of(
        junheng.Model,
        -1,
        **whole,
        parameters=[{"rho": 0.3}],
        policies=[{"name": "rotation", "share": 0.2, "start": 2024}],
    )
    assert len(rows) == 1 and rows["parameters"][0] == {"rho": 0.3} and rows["rotated_share"][0] > 0
    mix = [[{"name": "rotation", "share": 0.2, "start": 2024}, "staffing"]]
    assert rows_of(junheng.Model, -1, **whole, policies=mix)["rotated_share"][0] > 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"parameters": {"rho": 0.3}}, r"parameters = 'rho'.*\"parameters\": \[\{\"rho\": 0.3\}\]"),
        ({"parameters": pd.Series({"rho": 0.3})}, r"parameters = 0.3.*into a list"),
        (
            {"policies": {"name": "rotation", "share": 0.2}},
            "unknown policy 'name'.*put a policy that is fixed into a list",
        ),
        ({"years": (2024, 2026)}, 'years = .2024.*write text there, "2024:2035"'),
        ({"model_reporters": {"n": len}}, "model_reporters = 'n': give a dictionary.*in a list"),
    ],
    ids=["parameters", "Series", "policy", "years", "reporters"],
)
def test_what_batch_run_takes_apart_is_told_with_the_way_to_write_it(given, says):
    with pytest.raises(InputError, match=says):
        mesa.batch_run(junheng.Model, {"sample": 0.002, **given}, number_processes=1, display_progress=False)


def test_seeds_among_the_parameters_or_beside_them():
    given = {"sample": np.array([0.002]), "years": "2024:2024"}
    quiet = {"number_processes": 1, "display_progress": False}
    rows = mesa.batch_run(junheng.Model, {**given, "seed": np.arange(1, 3)}, **quiet)
    assert [row["seed"] for row in rows] == [1, 2] and rows[0]["score_mean"] != rows[1]["score_mean"]
    assert mesa.batch_run(junheng.Model, given, **quiet)[0]["score_mean"] == rows[0]["score_mean"]
    if NEWER:
        again = mesa.batch_run(junheng.Model, given, rng=[1, 2], **quiet)
        assert [row["score_mean"] for row in again] == [row["score_mean"] for row in rows]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"agenttype_reporters": {"County": {"n": len}}}, "agenttype_reporters: 'County' is no class of agents"),
        ({"agenttype_reporters": {dict: {"n": len}}}, "is no class of agents"),
        ({"agenttype_reporters": {County: ["posts"]}}, "agenttype_reporters: County = .*give a dictionary"),
        ({"agent_reporters": ["posts"]}, "agent_reporters = .*give a dictionary"),
        ({"agent_reporters": {"n": 3}}, "agent_reporters: n = 3"),
        ({"model_reporters": {"n": [len]}}, "model_reporters: n = "),
        ({"model_reporters": {"n": "studens"}}, "model_reporters: n: the model has no attribute 'studens'.*'students'"),
        ({"agent_reporters": {"n": "pupil"}}, "agent_reporters: n: no agent has an attribute 'pupil'.*'pupils'"),
        ({"agenttype_reporters": {County: {"n": "post"}}}, "County: n: no agent has an attribute 'post'"),
    ],
    ids=str,
)
def test_bad_reporters_are_one_message(given, says):
    with pytest.raises(InputError, match=says):
        junheng.Model(sample=0.002, years="2024:2024", **given).step()
