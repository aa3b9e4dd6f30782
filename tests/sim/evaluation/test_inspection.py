"""The official inspection: cases worked by hand, properties, and agreement with a plain loop."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.evaluation import SCHOOL_KINDS, CountyItems, Inspection, SchoolTotals, inspect, load_standards
from sim.tables import KINDS

KEYS = (
    "teachers_above_required_degree",
    "backbone_teachers",
    "pe_art_teachers",
    "teaching_area",
    "sports_area",
    "equipment_value",
    "multimedia_rooms",
)
THRESHOLDS = ((4.2, 1.0, 0.9, 4.5, 7.5, 2000, 2.3), (5.3, 1.0, 0.9, 5.8, 10.2, 2500, 2.4))
PER = (100, 100, 100, 1, 1, 1, 100)


def school(kind: str = "primary", primary: float = 0, junior: float = 0, senior: float = 0, **ratio: float) -> dict:
    """One school whose every indicator is `ratio` (default 1.2) of its threshold in the stage that asks most."""
    p, j = float(primary), float(junior)
    staff = {k: [ratio.get(KEYS[k], 1.2) * THRESHOLDS[s][k] / 100 * n for s, n in enumerate((p, j))] for k in range(3)}
    whole = p + 1.1 * j + 1.32 * senior
    share = (p / whole, 1.1 * j / whole)
    physical = [
        ratio.get(KEYS[k], 1.2)
        * max(THRESHOLDS[s][k] / PER[k] * n / share[s] for s, n in enumerate((p, j)) if n or not (p or j))
        for k in range(3, 7)
    ]
    return {"kind": SCHOOL_KINDS.index(kind), "pupils": [p, j], "senior": senior, "staff": staff, "physical": physical}


def totals(*schools: dict, **more: object) -> SchoolTotals:
    staff = np.array([[s["staff"][k] for s in schools] for k in range(3)], float)
    return SchoolTotals(
        np.array([s["kind"] for s in schools]),
        np.array([s["pupils"] for s in schools], float),
        np.array([s["senior"] for s in schools], float),
        *staff,
        physical=np.array([s["physical"] for s in schools], float),
        **more,  # type: ignore[arg-type]
    )


def one_county(*schools: dict, **more: object) -> Inspection:
    return inspect(totals(*schools), np.zeros(len(schools), int), 1, **more)  # type: ignore[arg-type]


def test_standards_are_the_published_ones():
    standards = load_standards()
    assert standards.keys == KEYS
    np.testing.assert_array_equal(standards.threshold, THRESHOLDS)
    np.testing.assert_array_equal(standards.cv_max, (0.50, 0.45))
    np.testing.assert_array_equal(standards.class_size, (45, 50))
    assert (standards.min_met, standards.min_ratio, standards.min_point_pupils) == (6, 0.85, 50)
    assert [i.key for i in standards.items] == [
        *(f"government.{n}" for n in range(1, 16)),
        *(f"quality.{n}" for n in range(1, 10)),
    ]
    assert all(i.source and i.confidence for i in (*standards.indicators, *standards.items))
    assert SCHOOL_KINDS[:4] == KINDS


def test_published_worked_example_of_the_coefficient():
    """Five schools, 302 pupils, 1913 books: mean 6.33, coefficient 0.52 (standards.toml S6)."""
    pupils, books = [45, 37, 89, 76, 55], [279, 137, 935, 160, 402]
    schools = [school(primary=n, teaching_area=1.0) for n in pupils]
    for s, x in zip(schools, books, strict=True):
        s["physical"][0] = x
    found = one_county(*schools)
    assert found.pupils.sum() == 302
    assert round(found.mean[0, 0, 3], 2) == 6.33
    assert round(found.cv[0, 0, 3], 2) == 0.52
    assert not found.cv_met[0, 0, 3]
    assert found.cv_met[0, 0, [0, 1, 2, 4, 5, 6]].all()


@pytest.mark.parametrize(
    ("ratios", "passes"),
    [
        ({}, True),
        ({"sports_area": 0.85}, True),
        ({"sports_area": 0.849}, False),
        ({"sports_area": 0.99, "backbone_teachers": 0.99}, False),
        ({"backbone_teachers": 0.85}, True),
        ({"backbone_teachers": 0.8499}, False),
        ({"multimedia_rooms": 0.0}, False),
    ],
)
@pytest.mark.parametrize("stage", ["primary", "junior"])
def test_six_of_seven_and_the_remaining_one_at_85_percent(ratios, passes, stage):
    s = ("primary", "junior").index(stage)
    found = one_county(school(stage, **{stage: 700}, **ratios))
    assert found.passed_section[0, s] == passes
    assert found.passed[0] == passes
    assert found.met[0, s].sum() == 7 - len(ratios)
    for name, ratio in ratios.items():
        k = KEYS.index(name)
        assert found.value[0, s, k] == pytest.approx(ratio * THRESHOLDS[s][k])
        lacks = (1 - ratio) * THRESHOLDS[s][k] * 700 / PER[k]
        assert found.shortfall[0, s, k] == pytest.approx(lacks)
    assert np.count_nonzero(found.shortfall) == len(ratios)


@pytest.mark.parametrize("stage", ["primary", "junior"])
@pytest.mark.parametrize("n", [1, 3, 7, 90, 331, 1000, 1999])
def test_a_value_exactly_at_its_threshold_is_met(stage, n):
    """42 teachers for 1000 pupils are 4.2 for 100, whatever floating point makes of the division."""
    s = ("primary", "junior").index(stage)
    found = one_county(school(stage, **{stage: n}, **dict.fromkeys(KEYS, 1.0)))
    assert found.met[0, s].all()
    assert not found.shortfall.any()


def test_whole_numbers_at_the_threshold_are_met():
    exact = school(primary=1000)
    exact["staff"] = {0: [42, 0], 1: [10, 0], 2: [9, 0]}
    exact["physical"] = [4500, 7500, 2_000_000, 23]
    assert one_county(exact).met[0, 0].all()
    exact["staff"][0] = [41.99, 0]
    assert one_county(exact).met[0, 0].tolist() == [False] + [True] * 6


@pytest.mark.parametrize(("stage", "limit"), [("primary", 0.50), ("junior", 0.45)])
@pytest.mark.parametrize(("beyond", "met"), [(0.0, True), (1e-6, False), (-1e-6, True)])
def test_a_coefficient_exactly_at_its_limit_is_met(stage, limit, beyond, met):
    """Two equal schools with M(1 - d) and M(1 + d) have a coefficient of exactly d."""
    s = ("primary", "junior").index(stage)
    d = limit + beyond
    found = one_county(*(school(stage, **{stage: 300}, teaching_area=4.0 * (1 + x)) for x in (-d, d)))
    assert found.cv[0, s, 3] == pytest.approx(d, abs=1e-12)
    assert found.cv_met[0, s, 3] == met
    assert found.passed[0] == met


def test_the_last_bit_of_a_coefficient_does_not_decide():
    """Among many county pairs with a coefficient of exactly 0.45, some come out a bit above it: all are met."""
    pairs = [
        school("junior", junior=n, sports_area=(3 + n / 77) * (1 + x)) for n in range(100, 160) for x in (-0.45, 0.45)
    ]
    found = inspect(totals(*pairs), np.repeat(np.arange(60), 2), 60)
    np.testing.assert_allclose(found.cv[:, 1, 4], 0.45, rtol=1e-12)
    assert (found.cv[:, 1, 4] > 0.45).any()
    assert found.cv_met.all()


def test_nine_year_school_is_split_and_nothing_is_lost():
    found = one_county(school("nine_year", primary=600, junior=300))
    whole = 600 + 1.1 * 300
    assert found.share[0] == pytest.approx([600 / whole, 1.1 * 300 / whole])
    assert found.share[0].sum() == pytest.approx(1)
    amounts = found.value[0] * found.pupils[0][:, None] / np.array(PER)
    assert amounts[:, 3:].sum(axis=0) == pytest.approx(totals(school("nine_year", 600, 300)).physical[0])
    # per pupil, the junior part has 1.1 of the primary part's area, money and rooms
    assert found.value[0, 1, 3:] / found.value[0, 0, 3:] == pytest.approx([1.1] * 4)
    assert found.sections_counted[0].tolist() == [1, 1]


def test_complete_secondary_splits_1_to_1_2():
    found = one_county(school("complete_secondary", junior=800, senior=900))
    assert found.share[0] == pytest.approx([0, 800 / (800 + 1.2 * 900)])
    assert found.counted[0].tolist() == [False, True]


def test_twelve_year_splits_1_to_1_1_to_1_32():
    found = one_county(school("twelve_year", primary=500, junior=400, senior=300))
    whole = 500 + 1.1 * 400 + 1.32 * 300
    assert found.share[0] == pytest.approx([500 / whole, 1.1 * 400 / whole])


def test_what_a_split_school_has_to_add_closes_every_shortfall():
    lacking = school(
        "nine_year", primary=600, junior=300, teaching_area=0.8, equipment_value=0.7, backbone_teachers=0.5
    )
    found = one_county(lacking)
    add = found.to_add()[0]
    assert add[3] > found.shortfall[0, :, 3].max()
    lacking["physical"] = [x + a for x, a in zip(lacking["physical"], add[3:], strict=True)]
    lacking["staff"][1] = [n * THRESHOLDS[s][1] / 100 for s, n in enumerate((600, 300))]
    assert one_county(lacking).met.all()
    assert add[1] == pytest.approx(found.shortfall[0, :, 1].sum())


@pytest.mark.parametrize(
    ("kind", "pupils", "counted"),
    [("teaching_point", 49, False), ("teaching_point", 50, True), ("primary", 49, True), ("special", 200, False),
     ("vocational", 200, False), ("primary", 0, False)],
)  # fmt: skip
def test_who_is_left_out(kind, pupils, counted):
    poor = school(kind, primary=pupils or 1, **dict.fromkeys(KEYS, 0.1))
    poor["pupils"][0] = pupils
    found = one_county(school(primary=500), poor)
    assert found.counted[1].tolist() == [counted, False]
    assert found.passed[0] != counted
    assert np.isnan(found.value[1]).all() != counted
    assert found.sections_counted[0].tolist() == [1 + counted, 0]
    if not counted:
        assert np.nanmax(found.cv) == pytest.approx(0, abs=1e-9)
        assert not found.shortfall[1].any()


def test_a_county_without_schools_or_stage():
    found = inspect(totals(school(primary=500)), np.array([1]), 3)
    assert np.isnan(found.cv[[0, 2]]).all()
    assert np.isnan(found.cv[1, 1]).all()
    assert not np.isnan(found.cv[1, 0]).any()
    assert found.passed.tolist() == [False, True, False]
    assert found.failures(0) == []


def test_nobody_has_any_is_no_variation_but_no_pass():
    found = one_county(school(primary=500, multimedia_rooms=0), school(primary=200, multimedia_rooms=0))
    assert found.cv[0, 0, 6] == 0
    assert not found.passed[0]


def test_school_size_by_kind():
    schools = [school("primary", primary=2000), school("primary", primary=2001), school("nine_year", 1500, 1000),
               school("nine_year", 1500, 1001), school("complete_secondary", junior=2000, senior=1500)]  # fmt: skip
    found = one_county(*schools)
    assert found.over_size.tolist() == [False, True, False, True, False]
    assert found.items["government.4"].state.tolist() == [0]
    assert found.items["government.4"].values["schools_over_size"].tolist() == [2]
    assert not found.passed[0]
    assert [(f.school, f.value, f.limit) for f in found.failures(0)] == [(1, 2001, 2000), (3, 2501, 2500)]


@pytest.mark.parametrize(
    ("classes", "largest", "state"),
    [((10.0, np.nan), None, 1), ((9.9, np.nan), None, 0), ((np.nan, np.nan), None, -1), (None, None, -1),
     ((10.0, np.nan), (46.0, np.nan), 0), ((np.nan, np.nan), (45.0, np.nan), 1)],
)  # fmt: skip
def test_class_size(classes, largest, state):
    more = {name: np.array([v]) for name, v in (("classes", classes), ("max_class", largest)) if v is not None}
    found = inspect(totals(school(primary=450), **more), np.array([0]), 1)
    assert found.items["government.5"].state.tolist() == [state]
    assert found.passed[0] == (state != 0)
    assert ("government.5" in found.not_modelled(0)) == (state == -1)


def test_a_known_large_class_fails_a_county_where_others_are_unknown():
    classes = np.array([[np.nan, np.nan], [5, np.nan]])
    found = inspect(totals(school(primary=450), school(primary=450), classes=classes), np.array([0, 0]), 1)
    assert found.items["government.5"].state.tolist() == [0]
    assert found.items["government.5"].values["sections_over_class_size"].tolist() == [1]


ITEM_LIMITS = [
    ("rotation_share", "government.11", 0.10), ("near_home_junior", "government.13", 0.95),
    ("near_home_primary", "government.13", 1.0), ("migrant_public_share", "government.15", 0.85),
    ("retention_junior3", "quality.1", 0.95), ("disabled_enrolment", "quality.2", 0.95),
    ("small_school_floor", "government.6", 100), ("rotation_backbone_share", "government.11", 0.20),
]  # fmt: skip
PARTNER = {"rotation_share": "rotation_backbone_share", "near_home_junior": "near_home_primary"}
PARTNER |= {b: a for a, b in PARTNER.items()}


@pytest.mark.parametrize(("field", "key", "limit"), ITEM_LIMITS)
def test_items_pass_at_the_limit_and_fail_below(field, key, limit):
    rows = np.array([limit, limit * 0.999, np.nan])
    known = {field: rows} | ({PARTNER[field]: np.ones(3)} if field in PARTNER else {})
    schools = totals(*[school(primary=500)] * 3)
    found = inspect(schools, np.arange(3), 3, items=CountyItems(**known))
    assert found.items[key].state.tolist() == [1, 0, -1]
    assert found.passed.tolist() == [True, False, True]
    assert [f.item for f in found.failures(1)] == [key]
    assert found.failures(1)[0].measure == field


def test_one_failed_measure_decides_though_the_other_is_unknown():
    items = CountyItems(rotation_share=np.array([0.05, 0.5]))
    found = inspect(totals(*[school(primary=500)] * 2), np.arange(2), 2, items=items)
    assert found.items["government.11"].state.tolist() == [0, -1]


@pytest.mark.parametrize(
    ("rule", "states"), [(None, [1, 0, 1, 0]), ("b", [1, 0, 1, 0]), ("a", [0, 1, 1, 0]), ("both", [0, 0, 1, 0])]
)
def test_both_difference_rates_are_reported_and_the_chosen_one_decides(rule, states):
    """Below 0.15 passes; exactly 0.15 does not (fourth county)."""
    items = CountyItems(
        difference_rate_a=np.array([0.2, 0.1, 0.1, 0.15]), difference_rate_b=np.array([0.1, 0.2, 0.1, 0.15])
    )
    found = inspect(totals(*[school(primary=500)] * 4), np.arange(4), 4, items=items, difference_rate=rule)
    assert found.items["quality.9"].state.tolist() == states
    assert set(found.items["quality.9"].values) == {"difference_rate_a", "difference_rate_b"}


def test_bad_arguments_are_named():
    good = totals(school(primary=500))
    with pytest.raises(ValueError, match="difference_rate = 'c', allowed: a, b, both"):
        inspect(good, np.array([0]), 1, difference_rate="c")
    with pytest.raises(ValueError, match="county: codes from 1 to 1, want 0 to 0"):
        inspect(good, np.array([1]), 1)
    with pytest.raises(ValueError, match=r"county: shape \(2,\)"):
        inspect(good, np.array([0, 0]), 1)
    with pytest.raises(ValueError, match=r"SchoolTotals.physical: shape \(1, 3\), want \(1, 4\)"):
        inspect(replace(good, physical=np.zeros((1, 3))), np.array([0]), 1)
    with pytest.raises(ValueError, match="kind: codes from 8 to 8"):
        inspect(replace(good, kind=np.array([8])), np.array([0]), 1)
    with pytest.raises(ValueError, match=r"CountyItems.rotation_share: shape \(2,\), want \(1,\)"):
        inspect(good, np.array([0]), 1, items=CountyItems(rotation_share=np.zeros(2)))


def test_nothing_is_written_into_the_register():
    register = totals(school("nine_year", 600, 300), school(primary=40))
    before = {name: np.copy(getattr(register, name)) for name in ("pupils", "physical", "above_degree")}
    for name in before:
        getattr(register, name).flags.writeable = False
    inspect(register, np.zeros(2, int), 1)
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(register, name), values)


# ---------------------------------------------------------------- random registers

STAGES_OF = {
    "teaching_point": (1, 0, 0),
    "primary": (1, 0, 0),
    "junior": (0, 1, 0),
    "nine_year": (1, 1, 0),
    "complete_secondary": (0, 1, 1),
    "twelve_year": (1, 1, 1),
    "special": (1, 1, 0),
    "vocational": (0, 0, 1),
}


def random_register(seed: int, n: int = 40, counties: int = 3, rich: bool = False) -> tuple[SchoolTotals, np.ndarray]:
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, len(SCHOOL_KINDS), n)
    holds = np.array([STAGES_OF[SCHOOL_KINDS[k]] for k in kind])
    pupils = rng.integers(0, 120, (n, 3)) * rng.integers(1, 12, (n, 1)) * holds.astype(float)
    size = pupils.sum(axis=1)
    spread = rng.lognormal(0.7 if rich else 0.15, 0.15 if rich else 0.25, (n, 4))
    staff = [
        np.round(rate * (1.5 if rich else 1) * pupils[:, :2] + (0.5 if rich else 0))
        if rich
        else rng.binomial(pupils[:, :2].astype(int), rate).astype(float)
        for rate in (0.06, 0.013, 0.012)
    ]
    return SchoolTotals(
        kind=kind,
        pupils=pupils[:, :2],
        pupils_senior=pupils[:, 2],
        above_degree=staff[0],
        backbone=staff[1],
        pe_art=staff[2],
        physical=size[:, None] * np.array([5.2, 9.0, 2300, 0.025]) * spread,
        classes=np.where(
            rng.random((n, 2)) < 0.9, np.ceil(pupils[:, :2] / rng.choice([44, 46], p=[0.97, 0.03])), np.nan
        ),
    ), rng.integers(0, counties, n)


def plain(register: SchoolTotals, county: np.ndarray, n_counties: int) -> list[dict]:
    """The same rules, one school at a time: what each county's verdict and coefficients should be."""
    sections: dict[tuple[int, int], list[tuple[float, list[float]]]] = {}
    verdict = [True] * n_counties
    for i in range(len(register.kind)):
        kind = SCHOOL_KINDS[register.kind[i]]
        p, j = register.pupils[i]
        if kind in ("special", "vocational"):
            continue
        if p + j > (2500 if kind in ("nine_year", "twelve_year") else 2000):
            verdict[county[i]] = False
        for s, n in enumerate((p, j)):
            if n and register.classes is not None and register.classes[i, s] > 0:
                verdict[county[i]] &= math.ceil(round(n / register.classes[i, s], 6)) <= (45, 50)[s]
        if kind == "teaching_point" and p < 50:
            continue
        whole = p + 1.1 * j + 1.32 * register.pupils_senior[i]
        for s, n in enumerate((p, j)):
            if n == 0:
                continue
            part = (p, 1.1 * j)[s] / whole
            raw = [register.above_degree[i, s], register.backbone[i, s], register.pe_art[i, s]]
            raw += [x * part for x in register.physical[i]]
            below = [raw[k] / n * PER[k] / THRESHOLDS[s][k] for k in range(7) if raw[k] / n * PER[k] < THRESHOLDS[s][k]]
            if len(below) > 1 or any(x < 0.85 for x in below):
                verdict[county[i]] = False
            sections.setdefault((county[i], s), []).append((n, raw))
    found = []
    for c in range(n_counties):
        cv = np.full((2, 7), np.nan)
        for s in range(2):
            here = sections.get((c, s), [])
            everyone = sum(n for n, _ in here)
            for k in range(7):
                if here:
                    mean = sum(raw[k] for _, raw in here) / everyone
                    spread = math.sqrt(sum(n / everyone * (raw[k] / n - mean) ** 2 for n, raw in here))
                    cv[s, k] = spread / mean if mean else 0.0
            verdict[c] &= not here or bool((cv[s] <= (0.50, 0.45)[s]).all())
        some = any((c, s) in sections for s in range(2))
        found.append({"cv": cv, "passed": verdict[c] and some})
    return found


@pytest.mark.parametrize("rich", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_a_plain_loop(seed, rich):
    n = (1, 3, 8)[seed % 3]
    register, county = random_register(seed, n=(1, 6, 12, 60)[seed % 4], counties=n, rich=rich)
    found = inspect(register, county, n)
    for c, want in enumerate(plain(register, county, n)):
        np.testing.assert_allclose(found.cv[c], want["cv"], rtol=1e-9, atol=1e-12)
        assert found.passed[c] == want["passed"]
        assert found.passed[c] == (not found.failures(c) and found.sections_counted[c].sum() > 0)


def test_the_random_registers_hold_both_verdicts():
    verdicts = [inspect(*random_register(seed, 12, 8, rich=True), 8).passed for seed in range(8)]
    assert 10 < np.sum(verdicts) < 54


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), factor=st.integers(2, 9))
def test_more_of_everything_in_proportion_changes_no_coefficient(seed, factor):
    register, county = random_register(seed)
    register = replace(register, classes=None)
    names = ("pupils", "pupils_senior", "above_degree", "backbone", "pe_art", "physical")
    large = replace(register, **{name: factor * getattr(register, name) for name in names})
    keep = register.kind != 0  # a teaching point grows over 50 pupils
    one, many = (
        inspect(SchoolTotals(**{n: getattr(r, n)[keep] for n in ("kind", *names)}), county[keep], 3)
        for r in (register, large)
    )
    np.testing.assert_allclose(one.cv, many.cv, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.value, many.value, rtol=1e-12)
    np.testing.assert_array_equal(one.met, many.met)
    np.testing.assert_allclose(one.shortfall * factor, many.shortfall, rtol=1e-6, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), resource=st.sampled_from(["above_degree", "backbone", "pe_art", "physical"]))
def test_doubling_a_resource_never_loses_an_indicator(seed, resource):
    register, county = random_register(seed)
    more = replace(register, **{resource: 2 * getattr(register, resource)})
    before, after = inspect(register, county, 3), inspect(more, county, 3)
    assert not (before.met & ~after.met).any()
    assert (after.shortfall <= before.shortfall + 1e-9).all()
    np.testing.assert_allclose(before.cv, after.cv, rtol=1e-9, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_order_of_schools_and_names_of_counties_do_not_matter(seed):
    register, county = random_register(seed)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(county)), rng.permutation(3)
    fields = ("kind", "pupils", "pupils_senior", "above_degree", "backbone", "pe_art", "physical", "classes")
    other = SchoolTotals(**{name: getattr(register, name)[order] for name in fields})
    one, two = inspect(register, county, 3), inspect(other, names[county[order]], 3)
    np.testing.assert_allclose(one.cv, two.cv[names], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(one.passed, two.passed[names])
    np.testing.assert_array_equal(one.met[order], two.met)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_closing_every_shortfall_makes_every_school_pass(seed):
    register, county = random_register(seed)
    add = inspect(register, county, 3)
    staff = {
        n: getattr(register, n) + add.shortfall[:, :, k] for k, n in enumerate(("above_degree", "backbone", "pe_art"))
    }
    closed = replace(register, physical=register.physical + add.to_add()[:, 3:], **staff)
    found = inspect(closed, county, 3)
    assert found.met[found.counted].all()
    assert (found.passed_section == found.counted).all()
