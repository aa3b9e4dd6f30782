"""`junheng.Model`: names and dictionaries become a Mesa model; same numbers as a run; batch_run; errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import mesa
import numpy as np
import pytest

import junheng
from experiments.observe import Observer
from policies.registry import make_policy
from results.measures import measures
from sim.errors import InputError
from sim.start import build
from sim.step import simulate

ROTATION = {"name": "rotation", "share": 0.1}
QUICK = {"only": "剑河县", "years": (2024, 2026)}
NAMED_IN_THE_ISSUE = """
pupils schools teachers pupil_teacher_ratio class_size seats_short boarding_share score_mean gap.urban_rural
gap.left_behind gap.ses_top_bottom between_share difference_rate_a difference_rate_b ses_correlation dropout_rate
retention teacher_turnover rotated_share rotated_backbone_share schools_passing county_passed counties_certified
counties_certified_share cost
"""


@pytest.fixture(scope="module")
def rotated():
    model = junheng.Model("guizhou", [ROTATION], seed=4, **QUICK)
    model.run_model()
    return model


def test_it_measures_what_a_run_measures(rotated):
    observer = Observer()
    world = build("guizhou", seed=4, only=[522629])
    simulate(world, [make_policy(ROTATION)], range(2024, 2027), observe=observer)
    frame = rotated.datacollector.get_model_vars_dataframe().set_index("year")
    for year in (2024, 2025, 2026):
        for name, value in observer.region_row(year).items():
            assert np.array_equal(frame.loc[year, name], value, equal_nan=True), (year, name)


def test_the_collectors_columns_are_names_of_measures(rotated):
    frame = rotated.datacollector.get_model_vars_dataframe()
    assert set(NAMED_IN_THE_ISSUE.split()) <= set(frame)
    assert {"gap.urban_rural@primary", "gap.urban_rural@junior", "cv.teaching_area@primary"} <= set(frame)
    plain = {name.split("@")[0].split("[")[0] for name in frame} - {"year"}
    assert plain <= set(measures())
    assert frame["rotated_share"].iloc[-1] > 0.05 and (frame["cost"] > 0).all()


def test_a_mesa_model_with_the_promised_arguments():
    model = junheng.Model(region="guizhou", policies=(), years=(2024, 2024), sample=0.01, seed=1)
    assert isinstance(model, mesa.Model) and (model.region, model.sample, model.seed) == ("guizhou", 0.01, 1)
    model.step()
    assert not model.running and len(model.students) > 50_000


def test_columns_are_there_before_the_first_step_and_all_are_filled(rotated):
    empty = junheng.Model(**QUICK).datacollector.get_model_vars_dataframe()
    full = rotated.datacollector.get_model_vars_dataframe()
    assert len(empty) == 0 and set(empty) <= set(full)
    assert {name for name in full if "[" not in name} == set(empty)
    nothing = {name for name in empty if full[name].isna().all()}
    assert not nothing


def test_policies_as_objects_names_and_dictionaries_are_the_same(rotated):
    def end(policies):
        model = junheng.Model(policies=policies, seed=4, **QUICK)
        model.run_model()
        return model.datacollector.get_model_vars_dataframe()

    wanted = rotated.datacollector.get_model_vars_dataframe()
    assert end([make_policy(ROTATION)]).equals(wanted) and end(ROTATION).equals(wanted)
    assert not end(()).equals(wanted)


def test_parameters_and_seeds_matter():
    one = junheng.Model(sample=0.01, seed=1)
    assert one.students.agg("ability", "sum") != junheng.Model(sample=0.01, seed=2).students.agg("ability", "sum")
    assert junheng.Model(sample=0.01, rng=2).seed == 2
    assert junheng.Model(sample=0.01, parameters={"rho": 0.3}).world.params.rho == 0.3


def test_births_matter_and_a_misspelt_variant_is_told():
    few, many = (entrants_of(junheng.Model(sample=0.01, years=(2024, 2032), births=v)) for v in ("low", "high"))
    assert few < many
    with pytest.raises(InputError, match="births = 'hihg' is unknown.*high"):
        junheng.Model(sample=0.01, births="hihg")


def entrants_of(model):
    """Run a model to its end; return the children of grade 1 then."""
    while model.running:
        model.step()
    return len(model.world.blocks[0])


def batch(seeds, processes=1, model=junheng.Model, **given):
    """Run Mesa's batch_run over seeds among the parameters, which every release of Mesa 3 takes."""
    quiet = {"display_progress": False, "data_collection_period": 1}
    return mesa.batch_run(model, {**given, "seed": seeds}, number_processes=processes, **quiet)


def test_batch_run_over_shares_and_seeds():
    policies = [[{"name": "rotation", "share": share}] for share in (0.05, 0.2)]
    rows = batch((1, 2), policies=policies, years="2024:2026", only="剑河县")
    assert len(rows) == 2 * 2 * 3 and {row["year"] for row in rows} == {2024, 2025, 2026}
    last = {(row["policies"][0]["share"], row["seed"]): row for row in rows if row["year"] == 2026}
    assert len({row["score_mean"] for row in last.values()}) == 4
    for seed in (1, 2):
        assert last[0.2, seed]["rotated_share"] > last[0.05, seed]["rotated_share"] > 0


def test_batch_run_in_two_processes_gives_the_same():
    def measured(processes):
        rows = batch((1, 2), processes, years="2024:2024", only="剑河县")
        return {row["seed"]: (row["score_mean"], row["between_share"]) for row in rows}

    one, two = measured(1), measured(2)
    assert one == two and len(set(one.values())) == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"region": "guizou"}, "Did you mean 'guizhou'"),
        ({"years": (2030, 2024)}, "reversed"),
        ({"years": (2025, 2030)}, "guizhou is built for 2024"),
        ({"years": (2024,)}, "first and the last year"),
        ({"sample": 0}, "outside 0 to 1"),
        ({"sample": 10}, "For 10 %, write 0.1"),
        ({"sample": 0.00001}, "sample"),
        ({"seed": None}, "seed = None"),
        ({"rng": "x"}, "rng = 'x'"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"seed": -1}, "seed = -1 is outside"),
        ({"policies": [{"name": "rotaton"}]}, "policies: number 1: .*Did you mean 'rotation'"),
        ({"policies": [{"name": "rotation", "shar": 0.1}]}, "Did you mean 'share'"),
        ({"policies": [{"name": "rotation", "share": 10}]}, "rotation: share = 10 is outside"),
        ({"policies": ["rotation", ROTATION]}, "'rotation' is given twice"),
        ({"policies": 3}, "give a list"),
        ({"policies": [3]}, "not 3"),
        ({"parameters": {"roh": 0.3}}, "Did you mean 'rho'"),
        ({"parameters": {"rho": 3}}, "rho = 3 is outside"),
    ],
    ids=str,
)
def test_bad_input_is_one_message(given, says):
    with pytest.raises(InputError, match=says):
        junheng.Model(**{"sample": 0.01, **given})


def test_a_run_does_not_pay_for_importing_mesa():
    code = (
        "import sys; from experiments.engine import real_engine; import junheng.run_scenario, junheng.api; "
        "real_engine(); print('mesa' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert done.stdout.strip() == "False", done.stderr
