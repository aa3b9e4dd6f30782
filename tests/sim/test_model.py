"""The Mesa shell: the same numbers as `simulate`, agents as views of rows, children and teachers as sets."""

from __future__ import annotations

import copy
import gc
import pickle
import time
import weakref
from dataclasses import fields

import mesa
import numpy as np
import pytest

from sim.agents import County, School
from sim.effects import Effects
from sim.errors import InputError
from sim.model import EquityModel
from sim.start import build
from sim.step import simulate
from sim.tables import FLAGS

YEARS = (2024, 2026)


class Lift:
    """A policy that lifts scores in every school a little."""

    name = "lift"

    def effects(self, see, year):
        return Effects(score_shift=np.full((len(see.schools), 2), 0.1)) if year >= 2025 else Effects()


class Watcher:
    """An observer with one measure that is always there and one that comes up later."""

    def __init__(self):
        self.rows = {}

    def __call__(self, world, effects=None):
        self.rows[world.year] = {"pupils": float(world.schools.pupils.sum())}
        if world.year > 2024:
            self.rows[world.year]["late"] = float(world.year)

    def region_row(self, year):
        return self.rows[year]


@pytest.fixture(scope="module")
def start():
    return build("guizhou", seed=3, sample=0.01)


@pytest.fixture(scope="module")
def lived(start):
    """A model after its three years, with one policy: not to be changed by tests."""
    model = EquityModel(start.copy(), [Lift()], YEARS, Watcher())
    model.run_model()
    return model


@pytest.fixture
def fresh(start):
    return EquityModel(start.copy(), [Lift()], YEARS, Watcher())


def state(world):
    """Every number that a run changes, by name."""
    found = {
        f"{t}.{f.name}": getattr(getattr(world, t), f.name)
        for t in ("schools", "teachers")
        for f in fields(getattr(world, t))
    }
    for k, block in enumerate(world.blocks):
        found |= {f"block{k}.{f.name}": getattr(block, f.name) for f in fields(block)}
    found |= {f"tally.{f.name}": getattr(world.tally, f.name) for f in fields(world.tally)}
    found |= {f"ledger.{key}": yuan for key, yuan in world.ledger.rows.items()}
    return found | {name: getattr(world, name) for name in ("certified", "memory", "carry", "spend", "posts_total")}


def assert_same(one, two):
    a, b = state(one), state(two)
    assert a.keys() == b.keys()
    for name, value in a.items():
        assert np.array_equal(value, b[name], equal_nan=value.dtype.kind == "f"), name


def test_the_model_and_simulate_agree_to_the_bit(start, lived):
    plain = simulate(start, [Lift()], range(YEARS[0], YEARS[1] + 1))
    assert_same(lived.world, plain)
    other = simulate(start, [], range(YEARS[0], YEARS[1] + 1))
    assert not np.array_equal(other.blocks[4].knowledge, plain.blocks[4].knowledge)  # the comparison can fail


def test_it_steps_year_by_year_and_stops(fresh):
    assert isinstance(fresh, mesa.Model)
    assert (fresh.steps, fresh.year, fresh.next_year, fresh.running) == (0, 2024, 2024, True)
    fresh.step()
    assert (fresh.steps, fresh.year, fresh.next_year, fresh.running) == (1, 2024, 2025, True)
    fresh.run_model()
    assert (fresh.steps, fresh.year, fresh.next_year, fresh.running) == (3, 2026, None, False)
    with pytest.raises(InputError, match="ended with 2026"):
        fresh.step()


@pytest.mark.parametrize(("years", "says"), [((2024, 2023), "write 2023:2024"), ((2025, 2030), "2025")])
def test_years_that_cannot_be(start, years, says):
    with pytest.raises(InputError, match=says):
        EquityModel(start, (), years)


def test_mesas_generators_are_the_users_and_never_ours(start, fresh):
    fresh.schools.shuffle_do(lambda school: fresh.random.random() + fresh.rng.random())
    before = fresh.random.getstate(), fresh.rng.bit_generator.state
    fresh.run_model()
    assert (fresh.random.getstate(), fresh.rng.bit_generator.state) == before
    assert_same(fresh.world, simulate(start, [Lift()], range(2024, 2027)))


# -- agents ------------------------------------------------------------------


def test_counties_and_schools_are_agents_with_mesas_vocabulary(lived):
    world = lived.world
    assert len(lived.counties) == 88 and len(lived.schools) == len(world.schools)
    assert set(lived.agent_types) == {County, School} and len(lived.agents) == 88 + len(world.schools)
    opened = lived.schools.select(lambda school: school.open)
    assert len(opened) == world.schools.open.sum() < len(lived.schools)
    assert opened.agg("enrolled", sum) == world.schools.pupils.sum()
    assert lived.counties.get("code") == world.counties.code.tolist()
    kinds = opened.groupby("place_type_name").count()
    assert kinds == {
        n: int((world.schools.place_type[world.schools.open] == k).sum())
        for k, n in enumerate(("urban", "town", "village"))
    }
    assert lived.counties.groupby("prefecture").agg("population", sum)["贵阳市"] > 5e6
    seen = []
    lived.counties.do(lambda county: seen.append(county.row))
    assert seen == list(range(88))
    ids = [agent.unique_id for agent in lived.agents]
    assert sorted(ids) == list(range(1, len(ids) + 1))


def test_an_agent_is_a_view_of_its_row(fresh):
    school = fresh.school(17)
    before = school.enrolled
    fresh.world.schools.pupils[17, 0] += 5
    assert school.enrolled == before + 5 and school.name == fresh.world.schools.name[17]
    assert school.county_agent.row == school.county and school in school.county_agent.schools
    with pytest.raises(AttributeError):
        school.open = False
    with pytest.raises(ValueError, match="read-only"):
        school.seats[0] = 1.0
    assert "takes pupils this year" in School.open.__doc__


def test_stages_follow_the_kind(lived):
    kinds = lived.schools.groupby("kind_name")
    told = {kind: {school.stages for school in schools} for kind, schools in kinds}
    assert told == {
        "teaching_point": {("primary",)}, "primary": {("primary",)}, "junior": {("junior",)},
        "nine_year": {("primary", "junior")},
    }  # fmt: skip


def test_a_county_tells_what_it_decided(start):
    model = EquityModel(start.copy(), (), (2024, 2027))
    opened = closed = extended = building = 0
    for _ in range(4):
        before = model.world.schools.open.copy()
        model.step()
        s, county = model.world.schools, model.world.schools.county
        assert sorted(x.row for c in model.counties for x in c.opened) == np.flatnonzero(s.open & ~before).tolist()
        assert sorted(x.row for c in model.counties for x in c.closed) == np.flatnonzero(before & ~s.open).tolist()
        assert all(s.open[x.successor] for c in model.counties for x in c.closed)
        opened, closed = opened + (s.open & ~before).sum(), closed + (before & ~s.open).sum()
        extended += sum(len(c.extended) for c in model.counties)
        building += sum(len(c.building) for c in model.counties)
        for c in (model.county(0), model.county("仁怀市")):
            assert c.posts.tolist() == s.posts[county == c.row].sum(0).tolist()
            assert sum(c.capital.values()) == pytest.approx(model.world.spend[county == c.row].sum())
            assert sum(c.costs.values()) == pytest.approx(sum(y[c.row] for y in model.world.ledger.rows.values()))
            assert c.teachers.tolist() == pytest.approx(model.world.teacher_count()[county == c.row].sum(0).tolist())
    assert min(opened, closed, extended, building) > 0  # something was decided that could be told


def test_a_county_tells_its_inspection_and_what_it_remembers(lived):
    county, world = lived.county("Chishui Shi"), lived.world
    assert county.name == "赤水市" and lived.county(520381).row == county.row
    assert county.cv["primary"]["teaching_area"] == world.inspection.cv[county.row, 0, 3]
    assert list(county.memory.values()) == world.memory[county.row].tolist()
    assert county.certified_year is None and not county.passed and county.failures
    evaluated = [school for school in lived.schools if school.values]
    assert {school.passed for school in evaluated} == {True, False}
    for school in evaluated[:: len(evaluated) // 50]:
        for stage, met in school.met.items():
            assert met.keys() == school.values[stage].keys() == school.shortfall[stage].keys() == county.memory.keys()
            assert not school.passed or sum(met.values()) >= 6
    assert lived.school(len(lived.schools) - 1).passed is None  # in reserve
    with pytest.raises(InputError, match="Did you mean 'Chishui Shi'"):
        lived.county("Chishui Si")


def test_agents_are_made_quickly_and_models_are_let_go(start):
    clock = time.perf_counter()
    model = EquityModel(start.copy())
    assert time.perf_counter() - clock < 2.0  # about 0.1 s for 12,000 on the machine this was written on
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


# -- collecting ------------------------------------------------------------------


def test_the_collector_has_the_observers_measures(lived):
    frame = lived.datacollector.get_model_vars_dataframe()
    assert frame["year"].tolist() == [2024, 2025, 2026] and list(frame) == ["year", "pupils", "late"]
    assert frame["pupils"].iloc[-1] == lived.world.schools.pupils.sum()
    assert np.isnan(frame["late"].iloc[0]) and frame["late"].tolist()[1:] == [2025.0, 2026.0]


def test_own_reporters_come_on_top(start):
    model = EquityModel(
        start.copy(), (), (2024, 2025),
        model_reporters={"mean score": lambda m: m.students.agg("score", "mean")},
        agenttype_reporters={County: {"certified": "certified_year", "pupils": lambda c: c.pupils.sum()}},
    )  # fmt: skip
    model.run_model()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame) == ["year", "mean score"] and frame["mean score"].nunique() == 2
    by_county = model.datacollector.get_agenttype_vars_dataframe(County)
    assert len(by_county) == 2 * 88
    assert by_county.xs(2, level="Step")["pupils"].sum() == pytest.approx(model.world.schools.pupils.sum())


# -- children and teachers ------------------------------------------------------------------


def test_students_are_all_rows_of_the_nine_cohorts(lived):
    students, world = lived.students, lived.world
    assert len(students) == sum(map(len, world.blocks)) and len(students.score) == len(students)
    assert students.score.tolist() == np.concatenate([b.ability + b.knowledge for b in world.blocks]).tolist()
    assert students.groupby("grade").count() == {g: len(b) for g, b in enumerate(world.blocks, 1)}
    assert len(np.unique(students.person)) == len(students)
    assert (students.age == students.grade + 5).all() and students.age.min() == 6
    home = world.places.county[students.home]
    assert np.array_equal(students.home_county, home) and (students.weight == 100).all()
    for bit, name in enumerate(FLAGS):
        assert np.array_equal(students.get(name), students.flags & (1 << bit) > 0), name


def test_a_whole_column_is_not_copied_and_cannot_be_written(lived):
    for chunk, block in zip(lived.students.chunks("ses"), lived.world.blocks, strict=True):
        assert np.shares_memory(chunk, block.ses)
        with pytest.raises(ValueError, match="read-only"):
            chunk[0] = 9.0


def test_select_by_mask_positions_function_and_words(lived):
    students = lived.students
    poor = students.select(students.poor & (students.grade == 7))
    assert len(poor) > 0 and poor.poor.all() and set(poor.grade) == {7}
    assert np.array_equal(students.select(lambda s: s.poor & (s.grade == 7)).person, poor.person)
    assert np.array_equal(students.select({"poor": True, "grade": 7}).person, poor.person)
    assert np.array_equal(students.select(poor=True, grade=[7]).person, poor.person)
    assert np.array_equal(students.select(score=lambda x: x > 1).person, students.person[students.score > 1])
    assert students.select([5, -1]).person.tolist() == [students.person[5], students.person[-1]]
    twice = students.select(place_type_name="village").select(county_name=["仁怀市", "赤水市"])
    assert set(twice.county_name) == {"仁怀市", "赤水市"} and set(twice.place_type) == {2}
    assert len(students.select(at_most=10)) == 10 and len(students.select(at_most=0.5)) == len(students) // 2
    assert len(students.select(grade=12)) == 0 and students.select(grade=12).score.dtype == np.float32
    assert len(students[10:20]) == 10


def test_groups_agree_with_plain_numpy(lived):
    students = lived.students
    means = students.groupby("place_type_name").agg("score", "mean")
    assert list(means) == ["urban", "town", "village"]
    for code, name in enumerate(means):
        assert means[name] == pytest.approx(students.score[students.place_type == code].mean(dtype=np.float64))
    top = students.groupby(lambda s: s.score > 0).agg("ses", np.median)
    assert top[True] > top[False] and len(students.groupby("county")) == 88
    sizes = students.groupby("school").map(len)
    assert sum(sizes.values()) == len(students) and all(type(k) is int for k in sizes)
    groups = students.groupby("stage_name").groups
    assert set(groups["junior"].grade) == {7, 8, 9} and groups["primary"].groupby("grade").count().keys() == set(
        range(1, 7)
    )
    assert students.agg("score", ["min", "max"]) == [students.score.min(), students.score.max()]
    assert students.agg("ses", np.ptp) == np.ptp(students.ses)


def test_one_child_is_a_view_that_grows_up(fresh):
    child = next(s for s in fresh.students.select(grade=3, out=False, at_most=5))
    person, ability = child.person, child.ability
    assert (child.age, child.grade, child.stage_name) == (8, 3, "primary") and child.score == pytest.approx(
        ability + child.knowledge
    )
    assert child.county_name == fresh.school(child.school).county_name
    fresh.run_model()
    assert (child.person, child.age, child.grade, child.ability) == (person, 10, 5, ability)
    assert fresh.students.by_person(person).score == child.score
    assert "grade=5" in repr(child)
    with pytest.raises(AttributeError, match="cannot be set"):
        child.knowledge = 3.0
    with pytest.raises(KeyError):
        fresh.students.by_person(1)


def test_teachers_have_the_same_vocabulary(lived):
    teachers, world = lived.teachers, lived.world
    assert len(teachers) == len(world.teachers) and isinstance(teachers[3].value_added, float)
    counts = teachers.groupby("school").agg("weight", "sum")
    assert counts[17] == pytest.approx(lived.school(17).teachers.sum())
    assert set(teachers.groupby("kind_name").count()) <= {"permanent", "special_post", "directed", "outside"}
    junior = teachers.select(stage_name="junior", county_name="仁怀市")
    assert junior.agg("weight", "sum") == pytest.approx(lived.county("仁怀市").teachers[1])
    one = teachers[100]
    assert teachers.by_person(one.person).section == one.section


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda s: s.get("scor"), "Did you mean 'score'"),
        (lambda s: s.select(grad=3), "Did you mean 'grade'"),
        (lambda s: s.select(place_type_name="vilage"), "Did you mean 'village'"),
        (lambda s: s.select(np.ones(3, bool)), "one value a row"),
        (lambda s: s.select([0.5]), "mask"),
        (lambda s: s.select([10**9]), "positions"),
        (lambda s: s.groupby(np.ones(3)), "one value a row"),
        (lambda s: s.agg("score", "mode"), "unknown aggregate"),
    ],
)
def test_mistakes_are_told(lived, ask, says):
    with pytest.raises(InputError, match=says):
        ask(lived.students)


def test_unknown_attributes_and_rows(lived):
    with pytest.raises(AttributeError, match="Did you mean 'score'"):
        lived.students.scores  # noqa: B018
    with pytest.raises(IndexError):
        lived.students[len(lived.students)]
    assert not hasattr(lived.teachers, "salary") and "score" in dir(lived.students)


def test_a_frame_of_chosen_columns(lived):
    frame = lived.students.select(grade=9).frame("person", "score", "county_name")
    assert list(frame) == ["person", "score", "county_name"] and len(frame) == len(lived.world.blocks[8])


# -- copies ------------------------------------------------------------------


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_a_copy_goes_its_own_way_and_the_same_way(fresh, twin_of):
    fresh.step()
    twin = twin_of(fresh)
    frozen = {name: value.copy() for name, value in state(fresh.world).items()}
    twin.run_model()
    assert all(
        np.array_equal(value, frozen[name], equal_nan=value.dtype.kind == "f")
        for name, value in state(fresh.world).items()
    )
    assert (
        fresh.steps == 1
        and twin.steps == 3
        and twin.school(5).model is twin
        and len(twin.schools) == len(fresh.schools)
    )
    fresh.run_model()
    assert_same(fresh.world, twin.world)
    assert fresh.datacollector.get_model_vars_dataframe().equals(twin.datacollector.get_model_vars_dataframe())
