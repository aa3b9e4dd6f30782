"""The synthetic map: places and schools inside the real counties."""

from __future__ import annotations

import time

import numpy as np
import pytest

from sim.counties import plane
from sim.region import load_region
from sim.synthesis.places import build_places, county_radius, home_children
from sim.synthesis.schools import OFFSET_KM, build_schools
from sim.tables import JUNIOR, NINE_YEAR, PRIMARY, TEACHING_POINT


class Map:
    """Region, places, children and schools of one region."""

    def __init__(self, name: str) -> None:
        self.region = load_region(name)
        self.places = build_places(self.region)
        self.children = home_children(self.region, self.places, self.region.start_year)
        self.schools = build_schools(self.region, self.places, self.children)


@pytest.fixture(scope="module", params=["guizhou", "xinjiang"])
def world(request):
    return Map(request.param)


def finite(table) -> bool:
    return all(np.isfinite(column).all() for column in vars(table).values() if column.dtype.kind == "f")


def test_tables_are_sound_and_sorted(world):
    for table in (world.places, world.schools):
        table.check()
        assert finite(table)
        assert (np.diff(table.county) >= 0).all()
    assert set(world.places.county) == set(range(len(world.region.counties)))
    assert (world.schools.county == world.places.county[world.schools.place]).all()
    assert (world.schools.place_type == world.places.kind[world.schools.place]).all()


def test_shares_of_every_county_add_to_one(world):
    total = np.bincount(world.places.county, world.places.share)
    assert np.allclose(total, 1)
    assert (world.places.share > 0).all()


def test_children_at_home_are_those_of_the_cohorts(world):
    grades = world.region.pupils_by_grade(world.region.start_year).sum(axis=0)
    assert world.children.sum(axis=0) == pytest.approx([grades[:6].sum(), grades[6:].sum()])
    assert (world.children >= 0).all()


def test_children_leave_villages(world):
    village = world.places.kind == 2
    now, later = (home_children(world.region, world.places, year) for year in (2020, 2026))
    assert later[village].sum() / later.sum() < now[village].sum() / now.sum()


def test_everything_lies_inside_its_county(world):
    x, y = plane(world.region.counties)
    radius = county_radius(world.region)
    for table, slack in ((world.places, 1e-3), (world.schools, OFFSET_KM + 1e-3)):
        distance = np.hypot(table.x - x[table.county], table.y - y[table.county])
        assert (distance <= radius[table.county] + slack).all()


def test_seats_lie_at_the_real_seat(world):
    first = np.searchsorted(world.places.county, np.arange(len(world.region.counties)))
    assert (world.places.kind[first] == 0).all()
    x, y = plane(world.region.counties)
    assert np.hypot(world.places.x[first] - x, world.places.y[first] - y).max() < 2.5


def test_school_counts_are_exactly_the_targets(world):
    target = {t.stage: t.value for t in world.region.targets if t.name == "schools"}
    count = np.bincount(world.schools.kind[world.schools.open], minlength=4)
    assert count[PRIMARY] == target["primary"]
    assert count[TEACHING_POINT] == target["teaching_point"]
    assert count[NINE_YEAR] == target["nine_year"]
    assert count[JUNIOR] + count[NINE_YEAR] == target["junior"]


def test_every_county_town_and_seat_has_both_stages(world):
    s = world.schools
    for kinds in ((PRIMARY, NINE_YEAR), (JUNIOR, NINE_YEAR)):
        rows = s.open & np.isin(s.kind, kinds)
        assert set(s.county[rows & (s.place_type == 0)]) == set(range(len(world.region.counties)))
        assert set(np.flatnonzero(world.places.kind == 1)) <= set(s.place[rows])
    assert (s.place_type[s.kind == TEACHING_POINT] == 2).all()


def test_schools_within_reach(world):
    """Nine in ten children have a first-grade school within 5 km and a junior school within 25 km."""
    s, p = world.schools, world.places
    for stage, limit in ((0, 5.0), (1, 25.0)):
        near = np.full(len(p), np.inf)
        for county in range(len(world.region.counties)):
            rows = np.flatnonzero(s.open & (s.seats[:, stage] > 0) & (s.county == county))
            homes = np.flatnonzero(p.county == county)
            far = np.hypot(p.x[homes, None] - s.x[None, rows], p.y[homes, None] - s.y[None, rows])
            near[homes] = far.min(axis=1)
        children = world.children[:, stage]
        assert np.isfinite(near).all()
        assert children[near <= limit].sum() > 0.9 * children.sum()


def test_seats_match_the_stages_and_hold_every_county(world):
    s, counties = world.schools, len(world.region.counties)
    has = np.stack([s.open & (s.kind != JUNIOR), s.open & np.isin(s.kind, (JUNIOR, NINE_YEAR))], axis=1)
    assert ((s.seats > 0) == has).all()
    for stage in range(2):
        seats = np.bincount(s.county, s.seats[:, stage], minlength=counties)
        children = np.bincount(world.places.county, world.children[:, stage], minlength=counties)
        assert (seats > children).all()
    slack = [s.seats[s.open & (s.place_type == t), 0].sum() for t in range(3)]
    assert min(slack) > 0


def test_reserved_rows_end_each_county_and_are_empty(world):
    s, counties = world.schools, len(world.region.counties)
    spare = np.bincount(s.county, ~s.open, minlength=counties)
    held = np.bincount(s.county, s.open, minlength=counties)
    assert (spare == np.maximum(2, np.ceil(world.region.value("school.reserve_share") * held))).all()
    same = s.county[:-1] == s.county[1:]
    assert not (same & ~s.open[:-1] & s.open[1:]).any()
    assert (s.kind[~s.open] == NINE_YEAR).all() and (s.seats[~s.open] == 0).all() and (s.beds[~s.open] == 0).all()
    assert (s.place_type[~s.open] == 0).all() and (s.opens == 0).all()
    assert (s.successor == np.arange(len(s))).all()


def test_key_schools_and_names(world):
    s, counties = world.schools, len(world.region.counties)
    for kinds in ((PRIMARY,), (JUNIOR, NINE_YEAR)):
        assert (np.bincount(s.county[s.key & np.isin(s.kind, kinds)], minlength=counties) == 1).all()
    assert len(np.unique(s.name)) == len(s)
    assert all(name.endswith("·合成") for name in s.name)


def test_no_school_is_absurd(world):
    s = world.schools
    assert s.seats[s.open].max() < 6000
    points = s.seats[s.kind == TEACHING_POINT, 0]
    assert 20 < np.median(points) < 200 < np.median(s.seats[(s.kind == PRIMARY) & (s.place_type == 2), 0])


def test_the_map_is_the_same_every_time(world):
    again = Map(world.region.name)
    for table, other in ((world.places, again.places), (world.schools, again.schools)):
        for name, column in vars(table).items():
            assert (column == getattr(other, name)).all(), name


def test_the_map_is_quick():
    built = Map("guizhou")
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        build_schools(built.region, build_places(built.region), built.children)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.25
