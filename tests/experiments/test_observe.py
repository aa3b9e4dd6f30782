"""Every measure against plain loops over children, schools and counties written out one by one."""

import sys
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.observe import Observer
from experiments.recorder import Recorder
from results import metrics as m
from results.errors import ResultsError
from results.measures import INDICATORS, LEVELS, STAGES, measures, needs_whole_schools
from sim.tables import PLACE_TYPES

sys.path.insert(0, str(Path(__file__).parent))
from fake_world import make_world  # noqa: E402

STAGE_ROWS = {"primary": (0,), "junior": (1,), "compulsory": (0, 1)}


def schools_of(world, level, area):
    """Return the rows of schools in an area, found the slow way."""
    counties = world.counties
    found = []
    for i, county in enumerate(world.schools.county):
        names = {
            "region": "all",
            "prefecture": counties.prefecture[county],
            "county": str(counties.code[county]),
            "place_type": PLACE_TYPES[world.schools.place_type[i]],
        }
        if names[level] == area:
            found.append(i)
    return np.array(found, dtype=int)


AREAS = [("region", "all"), ("prefecture", "贵阳市"), ("county", "520104"), ("place_type", "village")]


@pytest.fixture(scope="module")
def seen():
    world, children = make_world()
    observer = Observer()
    observer(world)
    rows = observer.rows()
    return world, children, {key[:5]: value[0] for key, value in zip(rows.series, rows.values, strict=True)}


@pytest.fixture(params=[(*area, stage) for area in AREAS for stage in STAGES], ids=lambda p: "-".join(p[::2]))
def here(request, seen):
    """One area and stage: its world, its school rows, a mask of its children, and a getter of measures."""
    world, children, values = seen
    level, area, stage = request.param
    schools = schools_of(world, level, area)
    stages = STAGE_ROWS[stage]
    inside = np.isin(children["school"], schools) & np.isin(children["grade"] >= 6, stages)

    def get(measure, group="all"):
        return values.get((level, area, stage, group, measure), np.nan)

    get.exists = lambda measure: level in measures()[measure].levels and stage in measures()[measure].stages
    return world, schools, stages, {k: v[inside] for k, v in children.items()}, get, stage


def test_counts_and_ratios(here):
    world, schools, stages, c, get, _ = here
    table, flows = world.schools, world.flows
    pupils = classes = teachers = short = empty = big = large = posts = surplus = 0.0
    names = ("left", "hired", "eligible", "rotated", "rotated_backbone", "vacant")
    flow = dict.fromkeys(names, 0.0)
    for i in schools:
        for t in stages:
            p, seats = table.pupils[i, t], table.seats[i, t]
            pupils += p
            short += max(0, p - seats)
            empty += max(0, seats - p) if table.open[i] else 0
            teachers += flows.present[i, t]
            posts += table.posts[i, t]
            surplus += max(0, flows.present[i, t] - table.posts[i, t])
            for name in names:
                flow[name] += getattr(flows, name)[i, t]
            for g in range(6) if t == 0 else range(6, 9):
                k = table.classes[i, g]
                classes += k
                big += k if k and table.grade_pupils[i, g] / k > (45 if g < 6 else 50) else 0
                large += k if k and table.grade_pupils[i, g] / k > 55 else 0
    n_schools = sum(bool(table.open[i] and sum(table.pupils[i, t] for t in stages)) for i in schools)
    assert get("pupils") == pytest.approx(pupils) and pupils == len(c["score"])
    assert get("schools") == n_schools
    assert get("classes") == classes
    assert get("class_size") == pytest.approx(pupils / classes)
    assert get("big_class_share") == pytest.approx(big / classes)
    assert get("large_class_share") == pytest.approx(large / classes)
    assert (get("seats_short"), get("seats_empty")) == pytest.approx((short, empty))
    assert get("teachers") == teachers
    assert get("pupil_teacher_ratio") == pytest.approx(pupils / teachers)
    assert get("teacher_turnover") == pytest.approx(flow["left"] / teachers)
    assert get("teachers_hired") == flow["hired"]
    assert get("vacant_posts") == flow["vacant"]
    assert get("vacant_share") == pytest.approx(flow["vacant"] / posts)
    assert get("surplus_teachers") == surplus
    assert get("rotated_share") == pytest.approx(flow["rotated"] / flow["eligible"])
    assert get("rotated_backbone_share") == pytest.approx(flow["rotated_backbone"] / flow["rotated"])


def test_shares_of_children_and_dropping_out(here):
    _, _, _, c, get, stage = here
    for name, group in (("boarding", "boarding"), ("left_behind", "left"), ("migrant", "migrant"), ("poor", "poor")):
        assert get(f"{name}_share") == pytest.approx(c[group].mean())
    assert get("dropout_rate") == pytest.approx(c["dropped"].mean())
    assert get("out_of_school") == c["out"].sum()
    stay = 1.0
    for grade in {"primary": range(6), "junior": range(6, 9), "compulsory": range(9)}[stage]:
        mine = c["grade"] == grade
        loss = c["dropped"][mine].sum() - c["returned"][mine].sum()
        stay *= 1 - loss / mine.sum() if mine.any() else np.nan
    assert get("retention") == pytest.approx(stay, nan_ok=True)


def test_levels_of_scores_by_group(here):
    world, _, _, c, get, _ = here
    assert get("score_mean") == pytest.approx(c["score"].mean())
    if not get.exists("gap.poor"):
        return  # counties: groups are not kept
    place = world.schools.place_type[c["school"]]
    for name, group in (("left_behind", c["left"]), ("not_migrant", ~c["migrant"]), ("day", ~c["boarding"])):
        assert get("score_mean", name) == pytest.approx(c["score"][group].mean())
    for i, name in enumerate(PLACE_TYPES):
        there = c["score"][place == i]
        if len(np.unique(place)) > 1:
            assert get("score_mean", name) == pytest.approx(there.mean())
    if len(np.unique(place)) > 1:
        assert get("score_mean", "rural") == pytest.approx(c["score"][place > 0].mean())


def test_gaps_compare_like_with_like(here):
    world, _, stages, c, get, _ = here
    place = world.schools.place_type[c["school"]]
    pairs = {
        "urban_rural": (place == 0, place > 0),
        "urban_town": (place == 0, place == 1),
        "urban_village": (place == 0, place == 2),
        "town_village": (place == 1, place == 2),
        "left_behind": (~c["left"], c["left"]),
        "migrant": (~c["migrant"], c["migrant"]),
        "poor": (~c["poor"], c["poor"]),
        "boarding": (~c["boarding"], c["boarding"]),
        "ses_top_bottom": (c["top"], c["bottom"]),
    }
    for name, (first, second) in pairs.items():
        gaps, people = [], []
        for t in stages:
            a, b = (c["score"][group & ((c["grade"] >= 6) == t)] for group in (first, second))
            if len(a) and len(b):
                gaps.append(a.mean() - b.mean())
                people.append(len(a) + len(b))
        want = np.average(gaps, weights=people) if gaps and get.exists(f"gap.{name}") else np.nan
        assert get(f"gap.{name}") == pytest.approx(want, nan_ok=True), name


def test_variance_between_schools(here):
    _, _, stages, c, get, _ = here
    between = within = dfb = effective = cross = ses2 = 0.0
    schools_seen = 0
    for t in stages:
        mine = (c["grade"] >= 6) == t
        score, ses, school = c["score"][mine], c["ses"][mine], c["school"][mine]
        for one in np.unique(school):
            members = score[school == one]
            between += len(members) * (members.mean() - score.mean()) ** 2
            within += ((members - members.mean()) ** 2).sum()
            effective -= len(members) ** 2 / len(score)
        effective += len(score)
        dfb += len(np.unique(school)) - 1
        schools_seen += len(np.unique(school))
        cross += ((ses - ses.mean()) * (score - score.mean())).sum()
        ses2 += ((ses - ses.mean()) ** 2).sum()
    n, total = len(c["score"]), between + within
    noise = within / (n - schools_seen)
    real = max(0, (between - dfb * noise) / effective)
    assert get("between_share") == pytest.approx(real / (real + noise))
    assert get("difference_rate_a") == pytest.approx(between / total)
    assert get("difference_rate_b") == pytest.approx(np.sqrt(between / n) / 8)
    if get.exists("score_sd"):
        assert get("score_sd") == pytest.approx(np.sqrt(total / n))
    assert get("ses_correlation") == pytest.approx(cross / np.sqrt(ses2 * total))
    if len(stages) == 1:
        assert get("between_share") == pytest.approx(m.between_share(c["score"], c["school"], corrected=True))
        assert get("difference_rate_a") == pytest.approx(m.between_share(c["score"], c["school"]))
        assert get("ses_correlation") == pytest.approx(np.corrcoef(c["ses"], c["score"])[0, 1])


def or_nan(metric, *args, **kwargs):
    """Return the metric, or NaN where it has no meaning: what an observer reports as absent."""
    try:
        return metric(*args, **kwargs)
    except ResultsError:
        return np.nan


def test_inequality_of_teachers_per_pupil(here):
    world, schools, stages, c, get, stage = here
    if stage == "compulsory":
        assert not get.exists("gini.teachers_per_pupil") and np.isnan(get("gini.teachers_per_pupil"))
        return
    rows = [i for i in schools if world.schools.pupils[i, stages[0]] > 0]
    pupils = world.schools.pupils[rows, stages[0]]
    value = world.flows.present[rows, stages[0]] / pupils
    staffed = value > 0
    county = world.schools.county[rows]
    ses = np.array([c["ses"][c["school"] == i].mean() for i in rows])
    t = m.theil_decomposition(value, county, pupils)
    low = m.theil_decomposition(value[staffed], county[staffed], pupils[staffed], index="l")
    want = {
        "gini": m.gini(value, pupils),
        "theil_t": t.total,
        "theil_t_between": t.between,
        "theil_t_within": t.within,
        "theil_l": low.total,
        "theil_l_between": low.between,
        "theil_l_within": low.within,
        "atkinson": m.atkinson(value, 0.5, pupils),
        "mcloone": or_nan(m.mcloone, value, weights=pupils),
        "percentile_ratio": or_nan(m.percentile_ratio, value, weights=pupils),
        "concentration": m.concentration_index(value, ses, pupils),
    }
    for name, number in want.items():
        if get.exists(f"{name}.teachers_per_pupil"):
            assert get(f"{name}.teachers_per_pupil") == pytest.approx(number, abs=1e-12, nan_ok=True), name


def test_segregation_of_poor_pupils(here):
    _, _, _, c, get, _ = here
    if not get.exists("dissimilarity.poor"):
        return
    rows = [(c["poor"][c["school"] == i].sum(), (~c["poor"][c["school"] == i]).sum()) for i in np.unique(c["school"])]
    counts = np.array(rows, dtype=float)
    assert get("dissimilarity.poor") == pytest.approx(m.dissimilarity(counts[:, 0], counts[:, 1]))
    assert get("information_theory_h.poor") == pytest.approx(m.information_theory_h(counts))


def test_the_official_indicators(here):
    world, schools, stages, _, get, stage = here
    found = world.inspection
    sections = [(i, t) for i in schools for t in stages if found.counted[i, t]]
    assert get("schools_inspected") == len(sections)
    assert get("schools_passing") == sum(found.passed_section[s] for s in sections)
    assert get("schools_passing_share") == pytest.approx(np.mean([found.passed_section[s] for s in sections]))
    if stage == "compulsory":
        return
    pupils = [world.schools.pupils[s] for s in sections]
    for k, key in enumerate(INDICATORS):
        value = [found.value[(*s, k)] for s in sections]
        assert get(f"mean.{key}") == pytest.approx(np.average(value, weights=pupils))
        assert get(f"schools_meeting.{key}") == pytest.approx(np.mean([found.met[(*s, k)] for s in sections]))


def test_coefficients_of_variation_are_the_official_ones_in_a_county_and_their_mean_above(seen):
    world, _, values = seen
    found = world.inspection
    pupils = np.zeros((5, 2))
    for i, county in enumerate(world.schools.county):
        pupils[county] += world.schools.pupils[i] * found.counted[i]
    for t, stage in enumerate(("primary", "junior")):
        has = ~np.isnan(found.cv[:, t, 3])
        want = np.average(found.cv[has, t, 3], weights=pupils[has, t])
        assert values["region", "all", stage, "all", "cv.teaching_area"] == pytest.approx(want)
        met = sum(found.cv[c, t, 3] <= (0.5, 0.45)[t] for c in range(5) if has[c])
        assert values["region", "all", stage, "all", "counties_cv_met.teaching_area"] == met
        assert values["county", "520102", stage, "all", "cv.teaching_area"] == pytest.approx(found.cv[1, t, 3])
    assert ("county", "520101", "junior", "all", "cv.teaching_area") not in values


def test_certification(seen):
    world, _, values = seen
    passed = world.inspection.passed

    def get(measure, level="region", area="all"):
        return values[level, area, "compulsory", "all", measure]

    assert get("counties") == 5 and get("counties", "prefecture", "遵义市") == 2
    assert get("counties_certified") == 2  # last year's and this year's, not next year's
    assert get("counties_certified_share") == pytest.approx(0.4)
    assert get("counties_passed") == passed.sum()
    assert get("county_passed") == pytest.approx(passed.mean())
    assert [get("county_passed", "county", str(520101 + i)) for i in range(5)] == passed.astype(float).tolist()
    assert [get("counties_certified", "county", str(520101 + i)) for i in range(5)] == [0, 1, 1, 0, 0]


def test_money(seen):
    world, _, values = seen
    rows = world.ledger.rows
    pay, county, province = rows["base.pay", "county"], rows["rotation", "county"], rows["rotation", "province"]

    def get(group, level="region", area="all"):
        return values.get((level, area, "compulsory", group, "cost"))

    assert get("all") == pytest.approx((pay + county + province).sum())
    assert get("policies") == get("rotation") == pytest.approx((county + province).sum())
    assert get("base.pay") == pytest.approx(pay.sum())
    assert get("paid by county") == pytest.approx((pay + county).sum())
    assert get("all", "county", "520103") == pytest.approx((pay + county + province)[2])
    assert get("rotation", "county", "520103") is None
    assert get("rotation", "prefecture", "遵义市") == pytest.approx((county + province)[[1, 3]].sum())
    each = values["region", "all", "compulsory", "all", "cost_per_pupil"]
    assert each == pytest.approx((pay + county + province).sum() / world.schools.pupils.sum())


def test_every_series_is_in_the_catalogue_and_every_measure_is_observed(seen):
    world, _ = make_world()
    observer = Observer()
    observer(world)
    world.year += 1
    observer(world)
    rows = observer.rows()
    assert len(set(rows.series)) == len(rows.series) == len(rows.values)
    assert rows.years == [2024, 2025]
    for level, _, stage, _, measure, unit in rows.series:
        told = measures()[measure]
        assert level in told.levels and stage in told.stages and unit == told.unit
    assert {key[4] for key in rows.series} == set(measures())
    assert {key[0] for key in rows.series} == set(LEVELS)
    assert not np.isinf(rows.values).any() and not np.isnan(rows.values).all(axis=1).any()


def test_a_sample_withholds_what_needs_whole_schools_and_weighs_children():
    world, children = make_world(weight=2.0)
    observer = Observer()
    observer(world)
    found = {key[4] for key in observer.rows().series}
    assert found == {name for name in measures() if not needs_whole_schools(name)}
    assert "pupils" in found and "gap.urban_rural" in found
    assert not found & {"class_size", "seats_short", "between_share", "cv.teaching_area", "counties_certified", "cost"}
    row = observer.region_row(2024)
    assert row["pupils"] == 2 * len(children["score"]) and row["out_of_school"] == 2 * children["out"].sum()
    recorder = Recorder(Observer(), [2024], lambda year: None)
    world.region = SimpleNamespace(name="guizhou", title="Test", title_zh="试验")
    recorder(world)
    kept = recorder.data()
    assert not [*kept.county_inspection, *kept.school_inspection, *kept.cost] and kept.areas


def test_opened_and_closed_schools_are_seen_from_the_second_year():
    world, _ = make_world()
    observer = Observer()
    observer(world)
    closed, opened = np.flatnonzero(world.schools.open)[:2], np.flatnonzero(~world.schools.open)[:1]
    world.schools.open[closed], world.schools.open[opened] = False, True
    world.year += 1
    observer(world)
    rows = observer.rows()
    at = {key[:5]: row for key, row in zip(rows.series, rows.values, strict=True)}
    assert np.isnan(at["region", "all", "compulsory", "all", "schools_closed"][0])
    assert at["region", "all", "compulsory", "all", "schools_closed"][1] == 2
    assert at["region", "all", "compulsory", "all", "schools_opened"][1] == 1


def test_the_region_row_for_a_data_collector():
    world, children = make_world()
    observer = Observer()
    observer(world)
    row = observer.region_row(2024)
    assert row["pupils"] == row["pupils@primary"] + row["pupils@junior"] == len(children["score"])
    assert row["counties_certified"] == 2 and "counties_certified@junior" not in row
    assert "cv.teaching_area" not in row and row["cv.teaching_area@junior"] > 0
    assert row["score_mean[left_behind]"] == pytest.approx(children["score"][children["left"]].mean())
    assert row["cost[rotation]"] > 0
    with pytest.raises(KeyError, match="2030"):
        observer.region_row(2030)


def test_a_year_twice_is_refused_and_an_idle_observer_is_empty():
    observer = Observer()
    assert observer.rows().series == [] and observer.rows().values.shape == (0, 0)
    world, _ = make_world()
    observer(world)
    with pytest.raises(ValueError, match="2024"):
        observer(world)


def test_an_area_without_children_is_absent_not_zero():
    world, _ = make_world()
    gone = world.schools.county == 4
    for f in fields(world.tally):
        getattr(world.tally, f.name)[:, gone] = 0
    for counts in vars(world.flows).values():
        counts[gone] = 0
    world.schools.pupils[gone] = world.schools.grade_pupils[gone] = world.schools.classes[gone] = 0
    world.inspection.counted[gone] = False
    observer = Observer()
    with np.errstate(all="raise"):
        observer(world)
    rows = observer.rows()
    at = {key[:5]: row[0] for key, row in zip(rows.series, rows.values, strict=True)}
    assert at["county", "520105", "compulsory", "all", "pupils"] == 0
    for measure in ("score_mean", "class_size", "between_share", "gap.poor", "gini.teachers_per_pupil", "retention"):
        assert not any(key[:2] == ("county", "520105") and key[4] == measure for key in at), measure
