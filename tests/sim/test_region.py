"""A region read from its tables: counties, cohorts, targets, figures."""

from __future__ import annotations

import time

import numpy as np
import pytest

from sim.errors import InputError
from sim.facts import KINDS, read_facts, region_names
from sim.region import load_region

COUNTIES = {"guizhou": 88, "xinjiang": 106}
PEOPLE = {"guizhou": 38_562_148, "xinjiang": 25_852_345}  # census 2020, province rows


@pytest.fixture(scope="module", params=sorted(COUNTIES))
def region(request):
    return load_region(request.param)


def test_names():
    assert set(region_names()) == set(COUNTIES)
    with pytest.raises(InputError, match="guizho.*Did you mean 'guizhou'"):
        load_region("guizho")


def test_counties_are_the_census(region):
    region.counties.check()
    assert len(region.counties) == COUNTIES[region.name]
    assert region.counties.population.sum() == PEOPLE[region.name]
    assert (np.diff(region.counties.code) > 0).all()
    groups = region.published
    for key, first, last in (("0", 0, 1), ("1_4", 1, 5), ("5_9", 5, 10), ("10_14", 10, 15), ("15_19", 15, 20)):
        row = groups[region.name, f"census_age_{key}", "all", "all", 2020]
        assert region.census_ages[:, first:last].sum() == pytest.approx(row.value)


def test_xinjiang_marks_xpcc_cities_and_names_the_units_without_data():
    region = load_region("xinjiang")
    assert region.counties.xpcc.sum() == 10
    assert len(region.without_data) == 4
    assert any("新星市" in unit for unit in region.without_data)
    assert load_region("guizhou").without_data == ()


def test_derived_county_traits(region):
    c = region.counties
    assert np.average(c.fiscal, weights=c.population) == pytest.approx(1)
    assert (c.capacity > 0.3).all() and (c.capacity <= 0.98).all()
    assert (c.favour >= 0.05).all() and (c.favour <= 0.35).all() and c.favour.std() > 0.03
    assert c.remoteness.min() == 0 and c.remoteness.max() == 1
    richest = np.argsort(c.fiscal)[-10:]
    assert c.urban_share[richest].mean() > c.urban_share.mean()


def test_targets_are_the_published_counts_aligned_to_the_cohorts(region):
    target = {(t.name, t.stage): t.value for t in region.targets}
    pupils = region.pupils_by_grade(region.start_year).sum(axis=0)
    assert pupils[:6].sum() == pytest.approx(target["pupils", "primary"])
    assert pupils[6:].sum() == pytest.approx(target["pupils", "junior"])
    for stage in ("primary", "junior"):
        ratio = region.published[region.name, "pupil_teacher_ratio", stage, "all", 2019].value
        assert target["pupils", stage] / target["teachers", stage] == pytest.approx(ratio)
        assert target["schools", stage] == region.published[region.name, "schools", stage, "all", 2019].value
    if region.name == "guizhou":
        assert target["schools", "primary"] == 6943 and target["schools", "junior"] == 2008
        assert target["schools", "nine_year"] == 665 and target["schools", "teaching_point"] == 2659
        assert target["pupils", "primary"] == pytest.approx(3_921_000, rel=0.01)


def test_cohorts_of_2019_add_up_to_the_enrolment_of_2019(region):
    for stage, (first, last) in enumerate(((6, 11), (12, 14))):
        children = sum(region.children(2019, age).sum() for age in range(first, last + 1))
        published = region.published[region.name, "students", ("primary", "junior")[stage], "all", 2019].value
        assert children * region.alignment[stage] == pytest.approx(published)


def test_entrants_of_2017_are_near_the_published_count(region):
    published = region.published[region.name, "entrants", "primary", "all", 2017].value
    assert region.entrants(2017).sum() == pytest.approx(published, rel=0.1)


def test_entrants_by_variant_and_year(region):
    for year in range(2010, 2047):
        low, middle, high = (region.entrants(year, v) for v in ("low", "middle", "high"))
        assert middle.shape == (len(region.counties),) and np.isfinite(middle).all() and (middle > 0).all()
        assert (low.sum() < middle.sum() < high.sum()) if year > 2031 else (low.sum() <= middle.sum() <= high.sum())
    for year in (2009, 2047):
        with pytest.raises(InputError, match="2010 to 2046"):
            region.entrants(year)
    with pytest.raises(InputError, match="middle"):
        region.entrants(2030, "midle")


def test_a_cohort_born_in_published_years_is_births_times_survival():
    region = load_region("guizhou")
    births = region.births[2021] / 6 + region.births[2022] * 5 / 6  # November 2021 to October 2022
    want = births * region.value("births.infant_survival") * region.alignment[0]
    assert region.births[2022] == 425_000
    assert region.entrants(2028).sum() == pytest.approx(want)


def test_movers_and_shares(region):
    d = region.drift
    assert d.attraction.sum() == pytest.approx(1) and (d.attraction > 0).all()
    leave = d.village_town + d.village_seat + d.village_other
    assert leave == pytest.approx(region.value("people.village_leave"))
    assert region.migrant.shape == (len(region.counties), 3)
    assert ((region.migrant >= 0) & (region.migrant <= 0.6)).all()
    assert (region.both_away + region.one_away < 1).all()
    if region.name == "guizhou":
        assert leave == pytest.approx(0.0093 / (1 - 0.5315), rel=1e-6)  # +0.93 points a year, 46.85 % rural
        assert region.education_spending == pytest.approx(106.76176e9 * 1.03**5)


@pytest.mark.parametrize("name", sorted(COUNTIES))
def test_every_figure_has_unit_range_kind_source_and_confidence(name):
    for fact in load_region(name).facts.values():
        assert fact.low <= fact.value <= fact.high, fact.name
        assert fact.unit and fact.source and fact.confidence, fact.name
        assert fact.kind in KINDS and (fact.kind == "assumed") == (fact.confidence == "assumed"), fact.name


def test_a_figure_outside_its_range_is_refused(monkeypatch):
    cells = {"value": 3, "unit": "m", "low": 0, "high": 1, "kind": "assumed", "source": "s", "confidence": "assumed"}
    tables = {"common": {"a": {"b": cells}}, "guizhou": {}}
    monkeypatch.setattr("sim.facts._tables", lambda: tables)
    with pytest.raises(InputError, match=r"a\.b: value 3 is outside its range 0 to 1"):
        read_facts("guizhou")


def test_unknown_figure_names_the_nearest(region):
    with pytest.raises(InputError, match=r"Did you mean 'price\.seat'"):
        region.value("price.seats")


def test_loading_is_quick():
    load_region("xinjiang")
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        load_region("xinjiang")
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5  # against a slip of tenfold; speed itself is measured in tests/benchmarks
