"""Building the world of the first year from facts: map, children, admission, posts, teachers, stocks, past learning.

The build lives through the same admission and learning as the run, so that the first years show no spurious trend: every
cohort is admitted to primary school, learns there, is admitted to junior school when it is old enough, and learns there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import lru_cache
from gettext import gettext as tr
from typing import Any

import numpy as np

from sim import exact
from sim import params as parameters
from sim.area_names import codes_of_counties
from sim.columns import Array, locked
from sim.compile import each
from sim.counting import count_children
from sim.effects import Effects
from sim.errors import InputError, nearest
from sim.expected import stand_in
from sim.facts import DATA, LEAST_SAMPLE, read_rows, region_name
from sim.first_cohorts import make_first_cohorts
from sim.numbers import real, shown, whole
from sim.outside import Outside
from sim.params import Params
from sim.people import communities, family_background
from sim.phases.inputs import school_inputs
from sim.phases.inspection import inspect_world
from sim.phases.staff import person
from sim.phases.teach import learn, learning, long_run_leadership
from sim.region import VARIANTS, Region, load_region
from sim.streams import Streams, fill_normal_of
from sim.synthesis.places import build_places, home_children
from sim.synthesis.profile import TeacherProfile, section_share, teacher_profile
from sim.synthesis.schools import build_schools
from sim.synthesis.stocks import start_beds, start_posts, start_stocks
from sim.tables import PERMANENT, SPECIAL_POST, Places, Schools, Teachers
from sim.tally import Ledger, StaffFlows, Tally
from sim.world import World

REPLAYED = 4  # years of past schooling that are lived through again: rho^4 = 0.026 of anything older is left
SPECIAL_POST_AGE = 25  # special posts are a first job of three years
PRIMARY_REPLAYED = 3  # for children now in junior school
SCHOOL_WORK = 40  # a school keeps a year as busy as this many children
MOST_THREADS = 1024
WORTH_THREADS = 400_000  # children: below this, handing work over takes longer than doing it (docs/performance.md)


@dataclass(frozen=True)
class Land:
    """The map of a region: the same for every seed, so it is made once a process."""

    region: Region
    places: Places
    schools: Schools
    county_start: Array
    starts: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # see `sim.first_cohorts`


@lru_cache(maxsize=4)
def known_region(name: str) -> Region:
    """Return a built-in region, read once a process. Raises InputError for an unknown name."""
    return locked(load_region(name))


@lru_cache(maxsize=4)
def survey(name: str) -> Land:
    """Return the map of a built-in region."""
    region = known_region(name)
    places = build_places(region)
    schools = build_schools(region, places, home_children(region, places, region.start_year))
    start = np.searchsorted(schools.county, np.arange(len(region.counties) + 1)).astype(np.int64)
    return Land(region, places, schools, start)


@lru_cache(maxsize=1)
def alignments() -> dict[str, dict[str, float]]:
    """Return the factors fitted on published anchors, by region (see `calibration`)."""
    found: dict[str, dict[str, float]] = {}
    for row in read_rows(DATA / "alignment.csv"):
        found.setdefault(row["region"], {})[row["factor"]] = float(row["value"])
    return found


def build(
    region: str,
    seed: int = 1,
    sample: float = 1.0,
    first_year: int | None = None,
    params: Params | None = None,
    threads: int | None = None,
    align: dict[str, float] | None = None,
    land: Land | None = None,
    births: str = "middle",
    only: Any = None,
) -> World:
    """Return the world of a region at its start year, every child at a school, ready for its first step.

    region: built-in name; seed: luck of the people; sample: share of children and teachers kept, 0 < sample <= 1
    first_year: the region's start year (2024), which is the only one with data behind it
    align: fitted factors, default those in the table; land: the map, default the region's
    births: low, middle or high: how births go on after the last published year
    only: counties or prefectures to run, as names, pinyin or codes; the rest of the region is there without people: see
        `sim.outside`
    threads: default all processors, but one where a year is too short for several to be worth their while
    Raises: InputError for an unknown region or county, a sample outside its range, or another first year
    """
    sample, seed, threads = checked(sample, seed, threads, births)
    land = land or survey(region_name(region))
    start = land.region.start_year
    _begin_with(start, first_year, region)
    world = _frame(
        land, params or parameters.load(), seed, sample, threads or os.cpu_count() or 1, align or alignments()[region]
    )
    world.entry_variant = births
    world.outside = _others(world, only)
    streams = world.streams
    world.schools.leadership[:] = world.params.leadership_sd * streams.normal(
        "leadership", 0, np.arange(len(world.schools))
    )
    world.schools.reputation[:] = first_reputation(world.schools)
    world.schools.beds[:] = world.schools.seats[:, 1]  # until the pupils are known: junior schools have beds
    world.refresh_choice()
    primary = make_first_cohorts(world, land.starts)
    world.count_grades()
    s, r = world.schools, world.region
    s.posts[:] = start_posts(r, s, s.pupils)
    s.stock[:] = start_stocks(r, s, s.pupils)
    s.beds[:] = start_beds(r, s, s.pupils)
    world.base_ratio = exact.total(s.pupils, 0) / exact.total(s.posts, 0)
    world.posts_total = world.by_county_stage(s.posts)
    _staff(world, streams)
    world.form_classes(None)
    inspect_empty(world)
    _past_learning(world, streams, primary)
    hear_start_scores(world)
    world.check("build")
    if threads is None and _work(world) < WORTH_THREADS:
        world.threads = 1
    return world


def checked(sample: float, seed: int, threads: int | None, births: str) -> tuple[float, int, int | None]:
    """Return (sample, seed, threads) as plain numbers; InputError when one of them or `births` is not allowed."""
    share, key = real(sample), whole(seed)
    if share is None or not LEAST_SAMPLE <= share <= 1:
        raise InputError(
            tr("sample = {sample} is outside {least:g} to 1 (share of children kept); 1 is everybody.").format(
                least=LEAST_SAMPLE, sample=shown(sample)
            )
        )
    if key is None or not 0 <= key < 2**63:
        raise InputError(
            tr("seed = {seed} is not a whole number from 0; write one such as 1.").format(seed=shown(seed))
        )
    if not isinstance(births, str) or births not in VARIANTS:
        raise InputError(
            tr("births = {given} is unknown.{hint}").format(given=shown(births), hint=nearest(str(births), VARIANTS))
        )
    return share, key, known_threads(threads)


def known_threads(given: int | None) -> int | None:
    """Return a number of threads, None = as many as are worth it; InputError for anything but a whole number from 1."""
    number = None if given is None else whole(given)
    if given is not None and (number is None or not 1 <= number <= MOST_THREADS):
        raise InputError(
            tr("threads = {given} is not a whole number from 1 to {most}.").format(
                given=shown(given), most=MOST_THREADS
            )
        )
    return number


def _others(world: World, only: Any) -> Outside | None:
    """Return what stands for the counties that are not among the chosen ones; None where all are run."""
    codes = codes_of_counties(only, world.region.name)
    return stand_in(world, np.isin(world.counties.code, codes)) if codes else None


def _begin_with(start: int, first_year: Any, region: Any) -> None:
    """Raise InputError for a first year that the region is not built for."""
    if first_year is not None and whole(first_year) != start:
        known = {"first_year": first_year, "region": region, "start": start}
        raise InputError(
            tr(
                "years: the first year is {first_year}, but {region} is built for {start}; write {start}:<last year>."
            ).format(**known)
        )


def _work(world: World) -> int:
    """Return about how much a year has to do, in children."""
    return exact.add_up(len(block) for block in world.blocks) + len(world.teachers) + SCHOOL_WORK * len(world.schools)


def _frame(land: Land, params: Params, seed: int, sample: float, threads: int, align: dict[str, float]) -> World:
    """Return a world with the map and nobody in it."""
    c, n = len(land.region.counties), len(land.schools)
    world = World(
        region=land.region,
        params=params,
        seed=seed,
        sample=sample,
        first_year=land.region.start_year,
        threads=threads,
        counties=land.region.counties.read_only(),
        places=land.places.read_only(),
        schools=land.schools.copy(),
        teachers=Teachers.empty(0),
        blocks=[],
        first_person=[],
        align=dict(align),
        county_start=locked(land.county_start),
        row_weight=np.ones(2 * n),
        base_ratio=np.ones(2),
        posts_total=np.zeros((c, 2)),
        year=land.region.start_year,
        grade_sums=np.zeros((9, n, 2)),
        certified=np.zeros(c, np.int64),
        applying=np.zeros(c, np.bool_),
        memory=np.zeros((c, 7)),
        carry=np.zeros(c),
        spend=np.zeros((n, 4)),
    )
    world.flows, world.ledger = StaffFlows.empty(n), Ledger()
    world.ses_mean, world.ses_sd = family_background(land.region, land.places, params)
    world.communities = communities(land.region, land.places, world.streams, world.ses_mean)
    link_places(world)
    return world


def link_places(world: World) -> None:
    """Find each place's nearest town and each county's seat quarters."""
    p, n, c = world.places, len(world.places), len(world.counties)
    world.town_of = np.arange(n, dtype=np.int32)
    world.seat_start, world.seat_end = np.zeros(c, np.int64), np.zeros(c, np.int64)
    world.seat_cum = np.ones(n)
    bounds = np.searchsorted(p.county, np.arange(c + 1))
    for k in range(c):
        rows = np.arange(bounds[k], bounds[k + 1])
        towns, seats = rows[p.kind[rows] == 1], rows[p.kind[rows] == 0]
        goal = towns if len(towns) else seats
        dx, dy = p.x[rows, None] - p.x[goal], p.y[rows, None] - p.y[goal]
        km = dx * dx + dy * dy
        world.town_of[rows] = goal[np.argmin(km, axis=1)]
        world.seat_start[k], world.seat_end[k] = seats[0], seats[-1] + 1
        share = p.share[seats]
        world.seat_cum[seats] = np.cumsum(share) / exact.total(share)


def first_reputation(schools: Schools) -> Array:
    """Return (S, 2) quality as families see it before any score is known: seats above towns above villages, key schools first."""
    by_place = np.array([0.35, 0.0, -0.3])[schools.place_type]
    return np.repeat((by_place + 0.4 * schools.key)[:, None], 2, axis=1)


def _staff(world: World, streams: Streams) -> None:
    """Fill every post with a teacher; in a sample, each section keeps at least one row and the weights keep the posts."""
    s, p, r = world.schools, world.params, world.region
    posts = s.posts.ravel()
    rows = np.where(posts > 0, np.maximum(np.round(posts * world.sample), 1), 0).astype(np.int64)
    if world.outside is not None:
        rows[np.repeat(~world.outside.schools, 2)] = 0  # who teaches outside is not drawn: see `Outside.teachers`
    world.row_weight = np.where(rows > 0, posts / np.maximum(rows, 1), 1.0 / world.sample if world.sample < 1 else 1.0)
    section = np.repeat(np.arange(2 * len(s)), rows)
    number = np.arange(len(section)) - np.repeat(np.cumsum(rows) - rows, rows)
    t = Teachers.empty(len(section))
    t.id, t.section, t.weight = (
        person(0, section, number),
        section.astype(np.int32),
        world.row_weight[section].astype(np.float32),
    )
    profile: TeacherProfile = teacher_profile(r)
    stage, kind = section & 1, s.place_type[section >> 1]
    year = world.first_year
    u, z = streams.uniform_normal("teacher", year, t.id)
    v, w = streams.pair("teacher_title", year, t.id)
    x, y = streams.pair("teacher_post", year, t.id)
    t.value_added = (p.teacher_va_sd * z).astype(np.float32)
    t.age = ages_by_draw(profile, u, stage, kind).astype(np.int16)
    t.experience = np.maximum(t.age - 23, 0).astype(np.int16)
    t.years_here = np.minimum(np.floor(y * 15), t.experience).astype(np.int16)
    t.rural_years = np.where(kind > 0, t.experience, 0).astype(np.int16)
    shares = []
    for name, draw, spread in (
        ("degree", v, profile.degree_sd),
        ("backbone", w, profile.backbone_sd),
        ("pe_art", x, profile.pe_art_sd),
    ):
        shares.append(_share_here(world, streams, name, getattr(profile, name), spread))
        setattr(t, name, draw < shares[-1][section])
    t.backbone &= t.experience >= 5
    first_job = exact.total(profile.age_shares[:, :, profile.ages <= SPECIAL_POST_AGE], 2)[stage, kind]
    bound = (streams.uniform("teacher_kind", year, t.id) < profile.special_post[stage, kind] / first_job) & (
        t.age <= SPECIAL_POST_AGE
    )
    t.kind = np.where(bound, SPECIAL_POST, PERMANENT).astype(np.int8)
    t.home_section[:] = -1
    world.rebuild_teachers(t, [])
    if world.outside is not None:
        world.outside = replace(world.outside, shares=np.stack(shares))


def ages_by_draw(profile: TeacherProfile, u: Array, stage: Array, kind: Array) -> Array:
    """Return ages by laying a uniform on the cumulated age shares of each teacher's stage and place type."""
    out = np.empty(len(u))
    for t in range(2):
        for k in range(3):
            here = (stage == t) & (kind == k)
            cum = np.cumsum(profile.age_shares[t, k])
            out[here] = profile.ages[np.minimum(np.searchsorted(cum, u[here], side="right"), len(cum) - 1)]
    return out


def _share_here(world: World, streams: Streams, name: str, mean: Array, spread: float) -> Array:
    """Return (2 S,) share of a section's teachers with a title, around the mean of its stage and place type."""
    section = np.arange(2 * len(world.schools))
    luck = streams.normal(f"section_{name}", 0, section).astype(np.float64)
    return section_share(mean[section & 1, world.schools.place_type[section >> 1]], spread, luck)


def inspect_empty(world: World) -> None:
    """Inspect the start world once (before any teaching), so that county agents have a memory; nobody is certified by it."""
    world.tally = Tally.empty(len(world.schools))
    inspect_world(world, Effects(), world.streams, world.first_year)
    world.certified[:] = 0


def _past_learning(world: World, streams: Streams, primary: list[Array]) -> None:
    """Let each cohort live through up to four past years of schooling at the schools it was in."""
    inputs = school_inputs(world, Effects())

    def one(grade: int) -> None:
        block, year = world.blocks[grade], world.first_year
        past: list[tuple[Array, int, int]] = []  # (school, grade then, year)
        if grade < 6:
            past = [(block.school, grade - k, year - k) for k in range(min(grade, REPLAYED), 0, -1)]
        else:
            junior = grade - 6
            past = [(primary[junior], 5 - k, year - junior - 1 - k) for k in range(PRIMARY_REPLAYED - 1, -1, -1)]
            past += [(block.school, grade - k, year - k) for k in range(junior, 0, -1)]
        for school, then, when in past:
            known = np.zeros((len(world.schools), 2))
            count_children(school, block.flags, block.ability, block.knowledge, world.schools.open, known)
            peers = known[:, 1] / np.maximum(known[:, 0], 1.0)
            if world.outside is not None:
                world.outside.like_inside(peers[None], known[:, 0].copy()[None], world.schools.place_type)
            luck = np.empty(len(block), np.float32)
            for a, b, who in world.runs(grade, 0, len(block)):
                fill_normal_of(*streams.key("learning", when), who, luck[a:b])
            learn(luck, block.knowledge, school, block.flags, *learning(world, inputs[then], peers))

    each(range(9), one, world.threads)


def hear_start_scores(world: World) -> None:
    """Let the start world's scores be known before the first admission: the mean of each section's children."""
    world.count_grades()
    s = world.schools
    for stage, grades in ((0, slice(0, 6)), (1, slice(6, 9))):
        count, total = exact.total(world.grade_sums[grades], 0).T
        seen = count > 0
        mean = total / np.where(seen, count, 1.0)
        if world.outside is not None:
            out = world.outside
            out.like_inside(mean[None], np.ascontiguousarray(count)[None], s.place_type)
            above = out.above_type(s.place_type, long_run_leadership(world))[grades]
            seen |= ~out.schools
            mean += exact.total(above * out.pupils[grades], 0) / np.maximum(exact.total(out.pupils[grades], 0), 1e-9)
        s.reputation[seen, stage] = mean[seen]
