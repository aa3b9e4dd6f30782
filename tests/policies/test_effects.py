"""What each policy asks for: shapes and amounts, off is absent, order does not matter, a short run goes through."""

from __future__ import annotations

import numpy as np
import pytest

from policies.registry import BUILT_IN, make_policy
from policies.rotation import sides
from policies.schools import below, even_share, standing, taught
from policies.standardisation import fill
from sim.effects import Aid, Effects, combine
from sim.errors import InputError
from sim.start import build
from sim.step import simulate

# the parameter of each policy that is its dose, and the value at which it asks for nothing
NOTHING = {
    "group_schooling": {"coverage": 0},
    "pairing_assistance": {"coverage": 0},
    "rotation": {"share": 0},
    "student_aid": {"coverage": 0},
    "standardisation": {"yuan_per_pupil": 0},
    "staffing": {"max_growth": 0},
    "rural_allowance": {"yuan_per_month": 0},
}


def made(name, **given):
    return make_policy({"name": name, "start": 2024, "phase_in": 1, **given})


def same(one, two):
    """Whether two effects are equal, arrays to the last bit."""
    if type(one) is not type(two):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == two.dtype and np.array_equal(one, two)
    if isinstance(one, tuple | list):
        return len(one) == len(two) and all(same(a, b) for a, b in zip(one, two, strict=True))
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, f), getattr(two, f)) for f in one.__dataclass_fields__)
    return one == two


@pytest.mark.parametrize("name", BUILT_IN)
def test_on_asks_for_something_and_off_for_exactly_nothing(name, see):
    assert not same(made(name).effects(see, 2024), Effects())
    assert same(make_policy({"name": name, "start": 2030}).effects(see, 2029), Effects())
    assert same(made(name, end=2024).effects(see, 2040), Effects())
    if name in NOTHING:
        assert same(made(name, **NOTHING[name]).effects(see, 2024), Effects())


@pytest.mark.parametrize("name", sorted(set(BUILT_IN) - {"student_aid"}))
def test_one_county_alone_is_touched(name, see):
    effects = made(name, counties=["雷山县"]).effects(see, 2024)
    other = see.counties.name[see.schools.county] != "雷山县"
    assert name == "staffing" or not same(effects, Effects())
    for array, idle in ((effects.score_shift, 0.0), (effects.leave_factor, 1.0), (effects.class_cap, np.inf)):
        assert array is None or (array[other] == idle).all()
    for asked in effects.exchanges:
        assert not asked.send[other].any() and not asked.into[other].any()
    for cost in (*effects.capital, *effects.costs):
        assert set(np.flatnonzero(cost.yuan)) <= set(np.flatnonzero(see.counties.name == "雷山县"))


@pytest.mark.parametrize("name", BUILT_IN)
def test_an_unknown_county_is_named_with_the_nearest(name, see):
    with pytest.raises(InputError, match=f"{name}: counties: '雷山乡' .*nearest are: 522634 雷山县"):
        made(name, counties=["雷山乡"]).effects(see, 2024)


def test_counties_are_taken_by_name_pinyin_and_code(see):
    def chosen(*names):
        return set(see.counties.name[made("class_size_cap", counties=names).eligible(see)])

    assert chosen("leishan") == chosen(522634) == chosen("雷山") == chosen("Léi shān xiàn") == {"雷山县"}
    assert chosen(5205, "Kaiyang County") == {*see.counties.name[see.counties.prefecture == "毕节市"], "开阳县"}


def test_the_order_of_policies_cannot_matter(see):
    asked = [(name, made(name).effects(see, 2024)) for name in BUILT_IN]
    assert same(combine(asked), combine(asked[::-1]))
    assert same(combine(asked), combine(asked[3:] + asked[:3]))


def test_asking_twice_gives_the_same_and_leaves_the_world_alone(see):
    before = see.schools.copy()
    for name in BUILT_IN:
        assert same(made(name).effects(see, 2024), made(name).effects(see, 2024))
    assert same(before, see.schools.copy())


@pytest.mark.parametrize("name", BUILT_IN)
def test_two_years_of_a_run_go_through_and_money_is_booked_under_the_policy(name, guizhou):
    seen = {}
    policy = made(name)
    simulate(guizhou, [policy], range(2024, 2026), observe=lambda w: seen.setdefault(w.year, w.ledger))
    booked = sum(float(yuan.sum()) for (item, _), yuan in seen[2025].rows.items() if item == name)
    assert booked > 0 or name == "class_size_cap"


def test_a_policy_that_reaches_nobody_changes_nothing_to_the_bit(guizhou):
    idle = [made(name, **dose) for name, dose in NOTHING.items()]
    one, two = simulate(guizhou, idle, range(2024, 2026)), simulate(guizhou, [], range(2024, 2026))
    assert (
        same(one.schools, two.schools)
        and same(one.teachers, two.teachers)
        and one.ledger.rows.keys() == two.ledger.rows.keys()
    )
    assert all(same(a, b) for a, b in zip(one.blocks, two.blocks, strict=True))


# -- one by one -------------------------------------------------------------------------------------------------------


def test_standing_ranks_inside_county_and_stage(see):
    rank = standing(see, taught(see))
    assert np.isnan(rank[~taught(see)]).all()
    for county in (0, 40):
        rows = np.flatnonzero(taught(see)[:, 0] & (see.schools.county == county))
        order = rows[np.argsort(see.schools.reputation[rows, 0], kind="stable")]
        assert np.allclose(rank[order, 0], (np.arange(len(rows)) + 0.5) / len(rows))
    assert not below(np.array([np.nan, 0.5]), 0.5).any()


def test_places_on_a_list_are_spread_evenly_over_every_stretch_of_schools():
    place = even_share(10000)
    for start in (0, 1234, 9000):
        assert np.allclose(np.histogram(place[start : start + 100], 10, (0, 1))[0], 10, atol=2)


def test_rotation_weak_sections_receive_and_nobody_does_both(see):
    asked = made("rotation").effects(see, 2024).exchanges[0]
    sends, receives, rank = sides(see, taught(see), 0.45)
    assert not (sends & receives).any() and (asked.into[sends] == 0).all() and (asked.send[receives] == 0).all()
    assert np.nanmean(rank[receives]) < 0.4 and np.nanmean(rank[sends]) > 0.6
    assert asked.backbone_share == 0.2 and asked.counts_as_rotation and (asked.link == -1).all()
    village = (see.schools.place_type == 2)[:, None]
    assert not (sends & village & (rank < 0.5)).any()
    teachers = see.teacher_count()
    held = see.by_county((teachers * receives).sum(1)) / see.by_county(teachers.sum(1))
    assert held.min() > 0.3  # room for three years of visitors


def test_rotation_sends_the_countys_share_of_all_who_are_due_in_town_schools(see):
    from policies.rotation import due

    asked = made("rotation", share=0.1, margin=0.0).effects(see, 2024).exchanges[0]
    there = due(see, 6, 2024)
    sent = see.by_county((asked.send * there).sum(1))
    official = see.by_county(np.where((see.schools.place_type < 2)[:, None], there, 0).sum(1))
    assert np.allclose(sent, 0.1 * official, rtol=1e-9)


def test_rotation_reaches_the_official_share_in_every_county_and_sends_backbone_teachers_when_asked():
    """With every teacher: in a sample a row stands for many teachers, and small sections have nobody to swap."""
    world, found = build("guizhou", sample=1.0), []

    def keep(world):
        f = world.flows
        found.append([world.by_county(x.sum(1)) for x in (f.eligible, f.rotated, f.rotated_backbone)])

    for asked in (0.2, 0.0):
        simulate(world, [made("rotation", backbone_share=asked)], [2024], observe=keep)
    (due_there, rotated, backbone), (_, other, none) = found
    assert (rotated >= 0.10 * due_there).all() and (rotated <= 0.18 * due_there).all()
    assert backbone.sum() / rotated.sum() > 0.1 > none.sum() / other.sum()


def test_group_members_have_one_lead_of_their_county_and_leads_are_not_overrun(see):
    policy = made("group_schooling", members=3)
    lead_of, county, rank = policy.groups(see, 2024), see.schools.county, standing(see, taught(see))
    for stage in range(2):
        member = np.flatnonzero(lead_of[:, stage] >= 0)
        lead = lead_of[member, stage]
        assert len(member) > 100 and (county[member] == county[lead]).all()
        assert np.bincount(lead).max() <= 3 and not set(member) & set(lead)
        assert (rank[member, stage] < 0.5).all() and (rank[lead, stage] >= 0.5).all()
        assert (see.schools.place_type[lead] < 2).all()


def test_group_coverage_grows_and_rural_first_takes_villages_first(see):
    slow = make_policy({"name": "group_schooling", "start": 2024, "phase_in": 5})
    number = [(slow.groups(see, year) >= 0).sum() for year in range(2024, 2030)]
    assert number[0] > 0 and all(a < b for a, b in zip(number[:4], number[1:5], strict=True)) and number[4] == number[5]
    village = see.schools.place_type == 2
    share = {
        first: village[(made("group_schooling", first=first).groups(see, 2024)[:, 0] >= 0)].mean()
        for first in ("near", "rural")
    }
    assert share["rural"] > share["near"]


def test_group_gains_go_to_urban_members_and_the_lead_is_diluted(see):
    effects = made("group_schooling", urban_gain=0.05, rural_gain=-0.01, dilution=0.2, lend_share=0.1).effects(
        see, 2024
    )
    lead_of = made("group_schooling").groups(see, 2024)
    urban = (see.schools.place_type == 0)[:, None]
    assert np.allclose(effects.score_shift[(lead_of >= 0) & urban], 0.05)
    assert np.allclose(effects.score_shift[(lead_of >= 0) & ~urban], -0.01)
    leads = np.unique(lead_of[lead_of[:, 0] >= 0, 0])
    assert np.allclose(effects.score_shift[leads, 0], -0.02)
    for asked in effects.exchanges:
        assert not asked.counts_as_rotation
        assert (asked.send[np.unique(asked.link[asked.link >= 0])].max(1) == 0.1).all()


def test_pairing_reaches_full_coverage_by_the_last_year_of_phase_in(see):
    policy = make_policy({"name": "pairing_assistance", "start": 2025, "scope": "weak_urban"})
    scope = policy.in_scope(see)
    assert (see.schools.place_type[scope.any(1)] == 0).all()
    share = [policy.schedule(see, year)[0].mean() for year in (2024, 2025, 2026, 2027, 2035)]
    assert np.allclose(share, [0, 1 / 3, 2 / 3, 1, 1], atol=0.01)
    assert (
        make_policy({"name": "pairing_assistance", "scope": "rural"}).in_scope(see).any(1)
        <= (see.schools.place_type == 2)
    ).all()


def test_pairing_gain_fades_within_two_years_after_the_term(see):
    policy = made("pairing_assistance", term=3, renewed=False, gain=0.02)
    gain = []
    for year in range(2024, 2031):
        shift = policy.effects(see, year).score_shift
        gain.append(0.0 if shift is None else shift.max())
    assert np.allclose(gain, [0.02, 0.02, 0.02, 0.01, 0, 0, 0])
    assert same(policy.effects(see, 2029), Effects())
    ended = made("pairing_assistance", end=2025, gain=0.02)
    assert [ended.effects(see, y).score_shift is None for y in (2025, 2026, 2027)] == [False, False, True]
    assert not ended.effects(see, 2026).exchanges and not ended.effects(see, 2026).costs


def test_pairing_total_from_outside_is_kept_and_tilted(see):
    policy = made(
        "pairing_assistance", scope="rural", partner="outside", total_teachers=5000, tilt_to=["毕节市"], tilt=3
    )
    plain = made("pairing_assistance", scope="rural", partner="outside", total_teachers=5000)
    there = (see.counties.prefecture == "毕节市")[see.schools.county]
    one, two = (p.effects(see, 2024).outside[0].teachers for p in (policy, plain))
    assert np.isclose(one.sum(), 5000) and np.isclose(two.sum(), 5000)
    odds = one[there].sum() / one[~there].sum() / (two[there].sum() / two[~there].sum())
    assert np.isclose(odds, 3)
    with pytest.raises(InputError, match="毕节"):
        made("pairing_assistance", partner="outside", total_teachers=10, tilt_to=["毕节乡"]).effects(see, 2024)


def test_aid_reaches_only_those_whom_the_base_misses(see):
    aid = made("student_aid", already=0.8, coverage=0.95, leakage=0.04).effects(see, 2024).aid
    assert np.isclose(aid.coverage, 0.15) and np.isclose(aid.leakage, 0.03) and aid.hazard_ratio == 0.7
    assert 750 <= aid.primary_yuan <= 1500 and 875 <= aid.junior_yuan <= 1750
    assert same(made("student_aid", already=1.0).effects(see, 2024), Effects())
    with pytest.raises(InputError, match="whole region"):
        made("student_aid", counties=["雷山县"]).effects(see, 2024)


@pytest.mark.parametrize(
    ("name", "value"),
    [("hazard_ratio", 1.1), ("hazard_ratio", -0.1), ("coverage", 90), ("leakage", float("nan")), ("junior_yuan", -1)],
)
def test_aid_outside_its_range_is_refused(name, value):
    fair = {"coverage": 1, "leakage": 0, "hazard_ratio": 1, "primary_yuan": 0, "junior_yuan": 0}
    Aid("mine", **fair)
    with pytest.raises(InputError, match=f"mine: Aid.{name} = {value:g}"):
        Aid("mine", **(fair | {name: value}))


def test_standardisation_spends_its_size_by_need_and_never_more_than_can_be_delivered(see):
    effects = made("standardisation", yuan_per_pupil=100).effects(see, 2024)
    grant = sum(c.yuan for c in (*effects.capital, *effects.costs))
    need = see.by_county(see.gap_cost().sum(1))
    assert np.isclose(grant.sum(), 100 * see.schools.pupils.sum())
    assert np.isclose(sum(c.yuan.sum() for c in effects.capital), 0.8 * grant.sum())  # a fifth is crowded out
    assert (grant <= see.counties.capacity * need + 1e-6).all()
    payer = {
        p: sum(c.yuan.sum() for c in (*effects.capital, *effects.costs) if c.payer == p)
        for p in ("centre", "province", "county")
    }
    assert np.allclose([payer["centre"], payer["province"], payer["county"]], grant.sum() * np.array([0.8, 0.1, 0.1]))
    with pytest.raises(InputError, match="more than 1 together"):
        made("standardisation", centre_share=0.8, province_share=0.3).effects(see, 2024)


def test_fill_shares_by_need_up_to_each_limit():
    need, most = np.array([4.0, 4.0, 0.0, 2.0]), np.array([1.0, 4.0, 0.0, 2.0])
    assert np.allclose(fill(100.0, need, most), most)
    assert np.allclose(fill(4.0, need, most), [1.0, 2.0, 0.0, 1.0])
    assert np.allclose(fill(1.0, need, most), [0.4, 0.4, 0.0, 0.2])


def test_staffing_adds_only_where_short_and_grows_slowly(see):
    need = made("staffing", rule="quota").need(see)
    assert np.allclose(need, see.by_county_stage(see.schools.pupils) / [19, 13.5] * 0.93)
    effects = made("staffing", rule="quota", max_growth=0.1).effects(see, 2024)
    base = see.posts_total
    assert (effects.posts[need <= base] == 0).all()
    assert (effects.posts <= np.maximum(need - base, 0)).all() and (effects.posts <= 0.1 * base).all()
    assert effects.salary_items[0][0] == "staffing" and same(effects.salary_items[0][1], effects.posts)
    slow = [made("staffing", max_growth=0.01).effects(see, year).posts.sum() for year in (2024, 2025, 2026)]
    assert slow[0] < slow[1] < slow[2]
    highest = made("staffing").need(see)
    for rule in ("quota", "classes", "subjects"):
        assert (made("staffing", rule=rule).need(see) <= highest).all()


def test_class_cap_is_lowered_step_by_step(see):
    policy = make_policy({"name": "class_size_cap", "start": 2024, "phase_in": 5, "counties": ["雷山县"]})
    caps = [policy.effects(see, year).class_cap for year in range(2024, 2030)]
    here = see.counties.name[see.schools.county] == "雷山县"
    assert [c[here][0, 0] for c in caps] == [49, 48, 47, 46, 45, 45] and np.isinf(caps[0][~here]).all()


def test_allowance_acts_and_costs_only_above_what_is_in_force(see):
    assert same(made("rural_allowance", yuan_per_month=284).effects(see, 2024), Effects())
    effects = made("rural_allowance", yuan_per_month=484, in_force=284, elasticity=1.0, town_share=0.5).effects(
        see, 2024
    )
    pay = see.region.prices["teacher_year"].value
    by_place = [effects.leave_factor[see.schools.place_type == k].mean() for k in range(3)]
    assert np.allclose(by_place, [1.0, 1 / (1 + 1200 / pay), 1 / (1 + 2400 / pay)])
    teachers = see.teacher_counts()[4].sum(1)
    yuan = 2400 * (teachers[see.schools.place_type == 2].sum() + 0.5 * teachers[see.schools.place_type == 1].sum())
    assert np.isclose(sum(c.yuan.sum() for c in effects.costs), yuan)
    steep = made("rural_allowance", gradient=1.0).effects(see, 2024).leave_factor
    village = see.schools.place_type == 2
    far, near = see.counties.remoteness[see.schools.county] > 0.8, see.counties.remoteness[see.schools.county] < 0.2
    assert steep[village & far].mean() < steep[village & near].mean() < 1.0
