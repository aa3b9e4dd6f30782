"""Posts, stocks, beds and teachers of the start year."""

from __future__ import annotations

import numpy as np
import pytest

from sim.region import load_region
from sim.synthesis.places import build_places, home_children
from sim.synthesis.profile import section_share, teacher_profile
from sim.synthesis.schools import build_schools
from sim.synthesis.stocks import start_beds, start_posts, start_stocks
from sim.tables import JUNIOR, NINE_YEAR, PRIMARY

AREA_NORM = (4.5, 5.8)  # official thresholds, m2 per pupil
LIMIT = (0.50, 0.45)  # of the coefficient of variation


@pytest.fixture(scope="module", params=["guizhou", "xinjiang"])
def start(request):
    region = load_region(request.param)
    places = build_places(region)
    children = home_children(region, places, region.start_year)
    schools = build_schools(region, places, children)
    pupils = np.round(schools.seats * children.sum(axis=0) / schools.seats.sum(axis=0))
    return region, schools, pupils


def per_pupil(stock, pupils):
    return stock / np.maximum(pupils[:, 0] + 1.1 * pupils[:, 1], 1e-9)[:, None]


def county_cv(region, schools, pupils, value, stage):
    """Pupil-weighted coefficient of variation of each county, by the official formula."""
    w = pupils[:, stage]
    n = len(region.counties)
    total = np.bincount(schools.county, w, minlength=n)
    mean = np.bincount(schools.county, w * value, minlength=n) / total
    spread = np.bincount(schools.county, w * (value - mean[schools.county]) ** 2, minlength=n) / total
    return np.sqrt(spread) / mean


def test_posts_meet_the_published_ratio(start):
    region, schools, pupils = start
    posts = start_posts(region, schools, pupils)
    assert posts.shape == pupils.shape and (posts == np.round(posts)).all()
    assert ((posts > 0) == (pupils > 0)).all()
    for stage, name in enumerate(("primary", "junior")):
        ratio = next(t.value for t in region.targets if (t.name, t.stage) == ("pupil_teacher_ratio", name))
        assert pupils[:, stage].sum() / posts[:, stage].sum() == pytest.approx(ratio, rel=0.002)


def test_small_schools_have_more_teachers_per_pupil(start):
    region, schools, pupils = start
    posts = start_posts(region, schools, pupils)
    primary = schools.open & (schools.kind == PRIMARY)
    urban, village = primary & (schools.place_type == 0), primary & (schools.place_type == 2)
    rate = [pupils[rows, 0].sum() / posts[rows, 0].sum() for rows in (urban, village)]
    assert rate[0] > 1.1 * rate[1]


def test_posts_of_a_region_without_pupils_are_none(start):
    region, schools, pupils = start
    assert start_posts(region, schools, np.zeros_like(pupils)).sum() == 0


def test_stock_levels_and_spread_are_like_the_published_ones(start):
    region, schools, pupils = start
    stock = start_stocks(region, schools, pupils)
    assert np.isfinite(stock).all() and (stock[schools.open] > 0).all() and (stock[~schools.open] == 0).all()
    each = per_pupil(stock, pupils)
    for stage in range(2):
        area = np.average(each[:, 0] * (1.0, 1.1)[stage], weights=pupils[:, stage])
        assert 4 < area < 6
        for item, (low, high) in enumerate(((0.25, 0.65), (0.3, 0.75), (0.25, 0.6), (0.2, 0.6))):
            assert low < np.median(county_cv(region, schools, pupils, each[:, item], stage)) < high


def test_hardly_a_county_could_be_certified_on_buildings_alone(start):
    """All schools at 85 % of the area norm and the CV of area within its limit: under 5 % of counties."""
    region, schools, pupils = start
    each = per_pupil(start_stocks(region, schools, pupils), pupils)[:, 0]
    good = np.ones(len(region.counties), bool)
    for stage in range(2):
        short = (pupils[:, stage] >= 50) & (each * (1.0, 1.1)[stage] < 0.85 * AREA_NORM[stage])
        good &= np.bincount(schools.county, short, minlength=len(good)) == 0
        good &= county_cv(region, schools, pupils, each, stage) <= LIMIT[stage]
    assert good.mean() < 0.05


def test_the_shortfall_can_be_paid_for_in_ten_years(start):
    region, schools, pupils = start
    stock = start_stocks(region, schools, pupils)
    price = np.array([region.prices[k].value for k in ("teaching_area", "sports_area", "equipment_value")])
    norms = np.array([[4.5, 7.5, 2000], [5.8, 10.2, 2500]])
    each = per_pupil(stock, pupils)[:, :3]
    need = 0.0
    for stage in range(2):
        short = np.maximum(norms[stage] - each * (1.0, 1.1)[stage], 0) * pupils[:, [stage]]
        need += float((short @ price).sum())
    capital = region.education_spending * region.compulsory_share * region.capital_share
    assert capital < need < 10 * capital


def test_beds(start):
    region, schools, pupils = start
    beds = start_beds(region, schools, pupils)
    junior_town = schools.open & (schools.place_type == 1) & np.isin(schools.kind, (JUNIOR, NINE_YEAR))
    assert (beds >= 0).all() and (beds[~schools.open] == 0).all() and (beds[junior_town] > 0).all()
    assert 0.3 < beds.sum() / pupils[:, 1].sum() < 0.7


def test_stocks_and_posts_are_the_same_every_time(start):
    region, schools, pupils = start
    assert (start_stocks(region, schools, pupils) == start_stocks(region, schools, pupils)).all()
    assert (start_posts(region, schools, pupils) == start_posts(region, schools, pupils)).all()


def test_teacher_profile(start):
    profile = teacher_profile(start[0])
    for name in ("degree", "backbone", "pe_art", "special_post"):
        share = getattr(profile, name)
        assert share.shape == (2, 3) and (share >= 0).all() and (share <= 1).all()
    assert profile.age_shares.shape == (2, 3, len(profile.ages))
    assert np.allclose(profile.age_shares.sum(axis=2), 1) and (profile.age_shares > 0).all()
    old = profile.ages >= 50
    assert (profile.age_shares[:, 2, old].sum(axis=1) > profile.age_shares[:, 0, old].sum(axis=1)).all()


@pytest.mark.parametrize(("mean", "sd"), [(0.1, 0.65), (0.97, 0.6), (0.5, 1.0)])
def test_section_shares_keep_their_mean(mean, sd):
    levels = (np.arange(2000) + 0.5) / 2000
    from statistics import NormalDist

    z = np.array([NormalDist().inv_cdf(u) for u in levels])
    assert section_share(np.full(2000, mean), sd, z).mean() == pytest.approx(mean, rel=0.02)


def test_shares_of_none_and_all_stay():
    assert section_share(np.array([0.0, 1.0]), 0.6, np.array([2.0, -2.0])).tolist() == [0.0, 1.0]
