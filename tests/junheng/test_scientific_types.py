"""What scientific Python hands over is taken by every interface, or refused with one message that names the argument."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import junheng
import sim
from junheng.model import resolve
from policies.rotation import Rotation
from results.errors import ResultsError
from sim.errors import InputError
from sim.params import load

QUICK = {"sample": 0.002, "years": "2024:2024"}


@pytest.fixture(scope="module")
def model():
    made = junheng.Model(**QUICK)
    made.step()
    return made


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return tmp_path_factory.mktemp("types") / "types.db"


@pytest.fixture(scope="module")
def result(database):
    return junheng.run(
        np.str_("guizhou"), years=pd.Series([2024, 2024]), seeds=np.arange(1, 3), arms=np.array(["baseline"]),
        sample=np.float64(0.002), db=database, workers=np.int64(1), policy_files=(), progress=np.False_,
    )  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"years": np.array([2024, 2024]), "sample": np.float64(0.002), "seed": np.uint8(1), "threads": np.int32(1)},
        {
            "years": pd.Index([2024, 2024]),
            "sample": Decimal("0.002"),
            "rng": pd.Series([1])[0],
            "births": np.str_("middle"),
        },
        {
            "years": (np.int16(2024), np.int64(2024)),
            "sample": np.array(0.002),
            "rng": np.array(1),
            "region": np.str_("guizhou"),
        },
    ],
    ids=["arrays", "pandas", "scalars"],
)
def test_arguments_of_a_model(given, model):
    made = junheng.Model(**{**QUICK, **given})
    assert made.students.agg("ability", "sum") == junheng.Model(**QUICK).students.agg("ability", "sum")
    assert made.years == (2024, 2024) and made.seed == 1 and type(made.seed) is int and made.sample == 0.002


def test_policies_and_parameters_of_every_kind():
    wanted = Rotation(start=2025, share=0.25, counties=("520102", "520103"))
    record = {"name": "rotation", "start": 2025, "share": 0.25, "counties": ["520102", "520103"]}
    numpys = record | {"start": np.int64(2025), "share": np.float32(0.25), "counties": np.array(["520102", "520103"])}
    row = pd.DataFrame([{"name": "rotation", "start": 2025.0, "share": 0.25}]).iloc[0]
    for given in (record, numpys, pd.Series(numpys), [numpys], (r for r in [numpys]), np.array([wanted], dtype=object)):
        made = resolve(given)
        assert made == [wanted] and type(made[0].start) is int and type(made[0].share) is float
    assert resolve([row]) == [Rotation(start=2025, share=0.25)]
    for given in ({"rho": np.float64(0.3)}, pd.Series({"rho": 0.3}), {np.str_("rho"): Decimal("0.3")}):
        values = load().with_values(given)
        assert values.rho == 0.3 and type(values.rho) is float
    assert junheng.Model(**QUICK, parameters=pd.Series({"rho": 0.3})).world.params.rho == 0.3


BAD = {
    "none": None, "nan": float("nan"), "NA": pd.NA, "NaT": pd.NaT, "bytes": b"x", "object": object(), "complex": 1j,
    "array": np.zeros((2, 2)), "frame": pd.DataFrame({"a": [1]}), "huge": 10**400, "masked": np.ma.masked, "true": True,
    "list": [[1]], "dictionary": {1: 2}, "lambda": lambda: 1,
}  # fmt: skip
OPTIONAL = {"rng", "parameters", "model_reporters", "agent_reporters", "agenttype_reporters", "threads"}
ARGUMENTS = ("region", "policies", "years", "sample", "seed", "births", *sorted(OPTIONAL))


@pytest.mark.parametrize("argument", ARGUMENTS)
@pytest.mark.parametrize("bad", BAD)
def test_a_model_names_the_argument_that_is_wrong(argument, bad):
    if bad == "none" and argument in OPTIONAL:
        return  # means the default
    with pytest.raises(InputError, match=f"{argument}|parameter|policies|attribute") as error:
        junheng.Model(**{**QUICK, argument: BAD[bad]})
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("argument", ["region", "seed", "sample", "first_year", "births", "threads"])
@pytest.mark.parametrize("bad", BAD)
def test_build_names_the_argument_that_is_wrong(argument, bad):
    if bad == "none" and argument in ("first_year", "threads"):
        return
    with pytest.raises(InputError, match=argument.replace("first_", "")):
        sim.build(**{"region": "guizhou", "sample": 0.002, argument: BAD[bad]})


@pytest.mark.parametrize(
    "argument", ["years", "seeds", "draws", "arms", "sample", "workers", "policy_files", "scenario"]
)
@pytest.mark.parametrize("bad", BAD)
def test_run_names_the_argument_that_is_wrong(argument, bad, tmp_path):
    if bad == "none" and argument not in ("workers", "scenario"):
        return
    given = {"scenario": "guizhou", "db": tmp_path / "x.db", argument: BAD[bad]}
    with pytest.raises(InputError, match=argument.removesuffix("s").replace("policy_", "").replace("arm", "arm")):
        junheng.run(**given)
    assert not list(tmp_path.iterdir())


def test_an_argument_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(InputError, match="unknown argument 'polices'.*Did you mean 'policies'"):
        junheng.Model(polices=["rotation"])
    with pytest.raises(InputError, match="two names of one thing"):
        junheng.Model(**QUICK, seed=1, rng=2)


# -- the database ------------------------------------------------------------------


def test_frames_are_chosen_with_any_list_or_one_value(result, database):
    wanted = result.frame(
        "pupil_teacher_ratio", years=[2024], seeds=[1], stages=["primary"], arms=["baseline"], level="county"
    )
    assert len(wanted) > 80 and set(wanted["seed"]) == {1}
    for given in (
        {"years": 2024, "seeds": 1, "stages": "primary", "arms": "baseline"},
        {
            "years": np.array([2024]),
            "seeds": np.int64(1),
            "stages": np.array(["primary"]),
            "arms": pd.Series(["baseline"]),
        },
        {"years": range(2024, 2025), "seeds": {1}, "stages": ("primary",), "draws": 0},
    ):
        assert result.frame("pupil_teacher_ratio", level="county", **given).equals(wanted)
    assert result.frame(["pupil_teacher_ratio"], level=["county"], years=2024, seeds=1, stages="primary").equals(wanted)
    one = result.frame("pupil_teacher_ratio", level="county", areas=520102, seeds=1, stages="primary")
    assert len(one) == 1 and one.equals(
        result.frame("pupil_teacher_ratio", level="county", areas="520102", seeds=1, stages="primary")
    )
    store = junheng.open(Path(database))
    assert (
        store.runs(np.int64(1)) == store.runs("1") == store.runs() and store.table("cost").empty
    )  # money is withheld in a sample
    for resource in (store, result.store):
        resource.close()


@pytest.mark.parametrize(
    "selector", ["measures", "levels", "areas", "stages", "groups", "arms", "years", "seeds", "draws"]
)
@pytest.mark.parametrize("bad", [name for name in BAD if name != "none"])
def test_what_a_frame_cannot_choose_is_told(selector, bad, result):
    if selector in ("areas", "measures", "levels", "stages", "groups", "arms") and bad == "huge":
        return  # a number of an area that is not there
    with pytest.raises(ResultsError, match=selector):
        result.store.frame(**{selector: BAD[bad]})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"arms": "bseline"}, "Did you mean 'baseline'"),
        ({"seeds": 9}, "seed 9 is not in this experiment"),
        ({"draws": [1]}, "draw 1 is not in this experiment"),
        ({"areas": 529999}, "area '529999' is not in this database"),
        ({"years": "2024:2030"}, "not a whole number"),
        ({"stage": "primary"}, "Did you mean 'stages'"),
        ({"experiment": 9}, "experiment '9' is not there"),
        ({"experiment": None}, "experiment 'None' is not there"),
        ({"experiment": "9" * 5000}, "is not there"),
        ({"experiment": "١"}, "is not there"),
    ],
    ids=lambda given: str(given)[:40],
)
def test_what_the_database_does_not_hold_is_told(given, says, result):
    with pytest.raises(ResultsError, match=says):
        result.store.frame(**given)


@pytest.mark.parametrize("bad", BAD)
def test_stores_tell_what_is_no_name(bad, result):
    with pytest.raises(ResultsError, match="database"):
        junheng.open(BAD[bad])
    with pytest.raises(ResultsError, match="table"):
        result.store.table(BAD[bad])
    with pytest.raises(ResultsError, match="spec|record"):
        result.store.begin_experiment(BAD[bad])


# -- agents and rows ------------------------------------------------------------------


def test_agents_by_any_whole_number(model):
    county = model.county(np.int64(3))
    assert county is model.county(np.array(3)) is model.county(str(county.code)) is model.county(np.int32(county.code))
    assert model.school(np.uint16(5)) is model.school(5) and model.students.by_person(np.int64(0)).person == 0
    for bad in (-1, 10**6, 10**400, 1.5, None, "x", [1], True, np.nan):
        with pytest.raises(InputError, match="unknown school"):
            model.school(bad)
        with pytest.raises(InputError, match="unknown county"):
            model.county(bad)
        with pytest.raises(InputError, match="no person"):
            model.teachers.by_person(bad)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda m: m.studens, "Did you mean 'students'"),
        (lambda m: m.county(0).pased, "Did you mean 'passed'"),
        (lambda m: m.school(0).pupil, "Did you mean 'pupils'"),
        (lambda m: m.students.scor, "Did you mean 'score'"),
        (lambda m: m.students[0].scor, "Did you mean 'score'"),
        (lambda m: m.world.params.roh, "Did you mean 'rho'"),
        (lambda m: m.world.schools[0].pupil, "Did you mean 'pupils'"),
        (lambda m: setattr(m.school(0), "pupils", 3), "cannot be set"),
        (lambda m: setattr(m.county(0), "passed", True), "cannot be set"),
    ],
)
def test_attributes_that_are_not_there_are_input_errors_that_hasattr_understands(ask, says, model):
    with pytest.raises(InputError, match=says) as error:
        ask(model)
    assert isinstance(error.value, AttributeError)
    assert not hasattr(model, "studens") and hasattr(model, "students")


def test_rows_are_chosen_by_sorted_series_and_arrays(model):
    students = model.students
    frame = students.frame("score", "grade")
    turned = frame.sort_values("score")
    assert (
        students.select(turned.score > 0).score.min() > 0
        and len(students.select(turned.score > 0)) == (frame.score > 0).sum()
    )
    assert students.groupby(turned.grade).count() == students.groupby("grade").count()
    assert (
        len(students.select(grade=pd.Series([7, 8])))
        == len(students.select(grade=np.array([7, 8])))
        == len(students.select(grade=[7.0, Decimal(8)]))
    )
    assert len(students.select(at_most=np.float64(0.5))) == len(students) // 2
    assert len(students.select(at_most=np.int64(5))) == 5 == len(students[np.int64(0) : np.int64(5)])
    assert students.get(np.array(["score", "ses"])).keys() == {"score", "ses"}
    none = students.select([])
    assert (
        np.isnan(none.agg("score", "mean")) and np.isnan(none.agg("score", "min")) and none.agg("score", "count") == 0
    )


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda s: s.select(grade="7"), "grade = '7' is not a number"),
        (lambda s: s.select(grade=None), "grade = None is not a number"),
        (lambda s: s.select(grade=[7, float("nan")]), "nan is not a number"),
        (lambda s: s.select(county_name=3), "county_name = 3 is unknown"),
        (lambda s: s.select(at_most="5"), "at_most = '5'"),
        (lambda s: s.select(at_most=-1), "at_most = -1"),
        (lambda s: s.select(np.zeros((2, 2), int)), "chooses no rows"),
        (lambda s: s.select((s.frame("score").score > 0).iloc[3:]), "mask of shape"),
        (lambda s: s["a":"b"], "slice takes whole numbers"),
        (lambda s: s.agg("county_name", "mean"), "holds words"),
        (lambda s: s.agg("score", None), "unknown aggregate"),
        (lambda s: s.agg(3, "mean"), "unknown column 3"),
        (lambda s: s.groupby(np.where(s.grade > 3, np.nan, 1.0)), "missing"),
        (lambda s: s.groupby(np.where(s.grade > 3, None, "a")), "missing"),
        (lambda s: s.select(np.ma.masked_array(s.score > 0, s.grade > 3)), "missing"),
        (lambda s: s.get(["score", "sess"]), "Did you mean 'ses'"),
    ],
)
def test_what_rows_cannot_do_is_one_message(ask, says, model):
    with pytest.raises(InputError, match=says):
        ask(model.students)
