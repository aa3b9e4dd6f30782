"""Some counties alone: the same people with the same luck, the region's start, and nothing of the others in what is reported."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import InputError
from sim.model import EquityModel
from sim.persons import layout
from sim.start import build
from sim.step import simulate
from tests.small_worlds import differences

REGION, AREAS = "xinjiang", ["吐鲁番市", "650107"]  # three counties and one more: two runs of rows


@pytest.fixture(scope="module")
def alone():
    return build(REGION, only=AREAS)


@pytest.fixture(scope="module")
def whole():
    return build(REGION)


def test_everybody_is_the_person_of_the_whole_run(alone, whole):
    for grade in range(9):
        here, there = alone.blocks[grade], whole.blocks[grade]
        rows = alone.persons[grade].all() - whole.first_person[grade]
        assert len(np.unique(rows)) == len(here)
        for name in ("home", "ses", "ability"):
            assert np.array_equal(getattr(here, name), getattr(there, name)[rows]), name
        inside = alone.outside.places[there.home]
        settled = len(here) - len(alone.persons[grade].comers)
        assert np.array_equal(rows[:settled], np.flatnonzero(inside))  # all of them, in their order
        for name in ("school", "flags", "knowledge"):
            assert np.array_equal(getattr(here, name)[:settled], getattr(there, name)[rows[:settled]]), name


def test_the_start_world_is_that_of_the_whole_run(alone, whole):
    inside = alone.outside.schools
    assert np.array_equal(alone.base_ratio, whole.base_ratio)
    for name in ("pupils", "grade_pupils", "posts", "stock", "beds", "seats"):
        assert np.array_equal(getattr(alone.schools, name), getattr(whole.schools, name)), name
    for name in ("reputation", "classes"):
        assert np.array_equal(getattr(alone.schools, name)[inside], getattr(whole.schools, name)[inside]), name
    taught = inside[whole.teachers.section >> 1]
    assert np.array_equal(alone.teachers.id, whole.teachers.id[taught])
    assert np.array_equal(alone.teachers.backbone, whole.teachers.backbone[taught])


def test_who_will_come_comes_and_who_leaves_goes(alone, whole):
    """The families that move between the chosen counties and the others in three years are those of the whole run."""
    years = range(2024, 2027)
    one, all_ = simulate(alone, [], years), simulate(whole, [], years)
    moved = 0
    for grade in range(9):
        here, there = one.blocks[grade], all_.blocks[grade]
        persons = one.persons[grade].all()
        lives = one.outside.places[here.home]
        expected = one.outside.places[there.home]
        came = set(persons[lives].tolist()) ^ set((np.flatnonzero(expected) + all_.first_person[grade]).tolist())
        assert len(came) <= 2  # who is out of school stays; a few are, here or there
        moved += int((lives[-len(one.persons[grade].comers) :]).sum())
    assert moved > 100
    inside = one.outside.schools
    pupils, short = (w.schools.pupils[inside] for w in (one, all_)), []
    for here, world in zip(pupils, (one, all_), strict=True):
        short.append(np.maximum(here - world.schools.seats[inside], 0).sum())
    assert abs(one.schools.pupils[inside] - all_.schools.pupils[inside]).sum() <= 10  # of 90,000
    assert short[0] == pytest.approx(short[1], rel=0.01, abs=5)
    scores = [w.tally.score[:, inside].sum() / w.tally.n[:, inside].sum() for w in (one, all_)]
    assert scores[0] == pytest.approx(scores[1], abs=0.001)
    money = [w.ledger.rows["base.capital", "county"][one.outside.counties].sum() for w in (one, all_)]
    assert money[0] == pytest.approx(money[1], rel=0.02)
    away = [w.schools.pupils[~inside].sum() for w in (one, all_)]
    assert away[0] == pytest.approx(away[1], rel=0.002)  # who is expected there


def test_what_is_observed_is_of_the_chosen_counties_alone(alone):
    seen = []
    end = simulate(alone, [], [2024, 2025], observe=seen.append)
    assert [set(w.counties.name) for w in seen] == [{"高昌区", "鄯善县", "托克逊县", "达坂城区"}] * 2
    last = seen[-1]
    inside = end.outside.schools
    assert np.array_equal(last.schools.name, end.schools.name[inside]) and np.array_equal(
        last.map_rows, np.flatnonzero(inside)
    )
    assert len(last.inspection.passed) == len(last.certified) == 4
    assert len(last.inspection.counted) == len(last.schools) == last.tally.n.shape[1] == len(last.flows.present)
    assert np.array_equal(last.counties.name[last.schools.county], end.counties.name[end.schools.county[inside]])
    assert all(len(yuan) == 4 for yuan in last.ledger.rows.values())
    assert np.array_equal(last.tally.n, end.tally.n[:, inside])
    assert last.schools.open[last.schools.successor[last.schools.open]].all()


def test_the_same_to_the_bit_with_two_threads_and_a_year_later_started(alone):
    years = range(2024, 2027)
    again = build(REGION, only="Turpan, 达坂城区", threads=2)  # in other words
    seen: list[float] = []
    watched = simulate(again, [], years, observe=lambda w: seen.append(float(w.tally.n.sum())), beside=True)
    assert differences(simulate(alone, [], years, threads=1), watched) == []
    assert len(seen) == 3


def test_agents_and_sets_are_those_of_the_chosen_counties(alone):
    model = EquityModel(alone.copy(), [], (2024, 2025))
    assert len(model.counties) == 4 and len(model.schools) == int(alone.outside.schools.sum())
    assert {county.name for county in model.counties} == {"高昌区", "鄯善县", "托克逊县", "达坂城区"}
    model.step()
    students = model.students
    assert set(students.county_name) == {county.name for county in model.counties}
    tally, inside = model.world.tally, alone.outside.schools
    stayed = (tally.n - tally.dropped + tally.returned)[:, inside].sum()
    assert len(students.select(out=False)) == stayed > 90_000
    assert len(np.unique(students.person)) == len(students)
    assert students.by_person(int(students.person[-1])).person == students.person[-1]
    assert len(model.teachers) and set(model.teachers.county_name) <= set(students.county_name)
    assert model.county("Gaochang Qu").code == 650402
    with pytest.raises(InputError, match="unknown county '天山区'"):
        model.county("天山区")


def test_all_counties_chosen_is_the_whole_region_and_none_is_refused(whole):
    assert build("xinjiang", only="新疆", sample=0.01).outside is None
    with pytest.raises(InputError, match="only: no county or prefecture is named"):
        build("xinjiang", only=" ")
    with pytest.raises(InputError, match="only: '喀什' fits 2 areas"):
        build("xinjiang", only=["喀什"])


def test_a_layout_numbers_rows_as_the_whole_cohort_does():
    rows = np.array([3, 2, 0, 4, 1])
    made = layout(rows, 100, np.array([False, True, True, False, True]), np.array([0, 7]))
    assert made.all().tolist() == [103, 104, 109, 100, 107]
    pieces = [(a, b, who.tolist()) for a, b, who in made.runs(1, 5)]
    assert pieces == [(1, 2, [104]), (2, 3, [109]), (3, 5, [100, 107])]
    assert list(made.runs(2, 2)) == []
