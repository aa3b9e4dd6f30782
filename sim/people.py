"""Making children: where a cohort lives, and who each child is, by keyed draws."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim import exact
from sim.columns import Array
from sim.compile import each, kernel
from sim.params import Params
from sim.persons import Persons, layout, persons_in
from sim.region import Region
from sim.streams import Streams, fill_words_of, to_normal, to_uniform
from sim.tables import BOTH_AWAY, DISABLED, MIGRANT, ONE_AWAY, POOR, Places, Students
from sim.world import COHORT_BITS, World

CHUNK = 2048
PIECES = 4  # of a cohort, drawn by several threads: draws are keyed, so the cut does not show
CENSUS_YEAR = 2020


def children_by_place(region: Region, places: Places, entry_year: int, lived_until: int, variant: str) -> Array:
    """Return (P,) expected children of the cohort that enters grade 1 in `entry_year`, where they live in `lived_until`.

    Census shares of places, moved along with the measured drift from villages to towns, seats and other counties.
    """
    kinds = kind_shares(places, len(region.counties))
    n: Array = region.entrants(entry_year, variant)[:, None] * kinds
    drift(n, max(lived_until - CENSUS_YEAR, 0), *moves_a_year(region))
    inside = places.share / np.maximum(kinds[places.county, places.kind], 1e-300)
    return n[places.county, places.kind] * inside


def kind_shares(places: Places, counties: int) -> Array:
    """Return (C, 3) share of each county's children by place type."""
    found: Array = np.bincount(3 * places.county + places.kind, places.share, 3 * counties)
    return found.reshape(counties, 3)


def moves_a_year(region: Region) -> tuple[float | Array, ...]:
    """Return the region's yearly moves as `drift` takes them."""
    d = region.drift
    rates = (d.village_town, d.village_seat, d.village_other, d.town_seat, d.town_other)
    return (*rates, np.ascontiguousarray(d.attraction))


@kernel
def drift(n, years, village_town, village_seat, village_other, town_seat, town_other, attraction):
    """Move children (C, 3) by place type for some years, in place: to towns and seats, and to other counties' seats."""
    for _ in range(years):
        far = 0.0
        for c in range(n.shape[0]):
            far += n[c, 2] * village_other + n[c, 1] * town_other
        for c in range(n.shape[0]):
            village, town = n[c, 2], n[c, 1]
            n[c, 2] -= village * (village_town + village_seat + village_other)
            n[c, 1] += village * village_town - town * (town_seat + town_other)
            n[c, 0] += village * village_seat + town * town_seat + attraction[c] * far


def whole(expected: Array) -> Array:
    """Round (n,) expected counts to integers so that every running total is within one half of the truth."""
    total = np.floor(np.cumsum(expected) + 0.5)
    total[1:] -= total[:-1].copy()
    return total.astype(np.int64)


def school_area(places: Places) -> Array:
    """Return (P,) the school area (片区) of each place, 4 * county + 0..3: what lies NE, NW, SW or SE of the county's middle."""
    weight = np.maximum(places.share, 1e-12)
    total = np.bincount(places.county, weight)[places.county]
    east = places.x - (np.bincount(places.county, weight * places.x)[places.county] / total)
    north = places.y - (np.bincount(places.county, weight * places.y)[places.county] / total)
    return 4 * places.county + np.where(north >= 0, np.where(east >= 0, 0, 1), np.where(east >= 0, 3, 2))


def communities(region: Region, places: Places, streams: Streams, ses_mean: Array) -> list[Array]:
    """Return three (P,) draws of how able a place's children are: of its county, of its school area, of its own.

    Each has mean 0 and SD 1 over the children of the start year and is uncorrelated with place type, with the place's
    mean family background and with the draws before it: a seed decides which counties and places do well, not how
    unequal the region is or how far its seats are ahead, so that what was fitted on one seed holds for every seed.
    """
    draws = (
        streams.normal("county_community", 0, np.arange(len(region.counties)))[places.county],
        streams.normal("area_community", 0, np.arange(4 * len(region.counties)))[school_area(places)],
        streams.normal("community", 0, np.arange(len(places))),
    )
    weight = children_by_place(region, places, region.start_year, region.start_year, "middle")
    weight = weight / exact.total(weight)
    basis: list[Array] = []
    for vector in (np.ones(len(places)), places.kind == 0, places.kind == 1, ses_mean, *draws):
        left = vector.astype(np.float64)
        for known in basis:  # Gram-Schmidt
            left = left - exact.dot(weight * known, left) * known
        basis.append(left / max(np.sqrt(exact.dot(weight, left * left)), 1e-9))
    return basis[4:]


@lru_cache(maxsize=64)
def _quantile(share: float) -> float:
    return exact.normal_quantile(min(max(share, 1e-6), 1 - 1e-6))


def family_background(region: Region, places: Places, params: Params) -> tuple[Array, float]:
    """Return (mean SES of each place (P,), SD inside a place) so that the region's children have mean 0 and SD 1.

    Towns and seats are better off than villages, and counties differ with their fiscal strength.
    """
    offset = np.array([params.ses_urban, params.ses_town, params.ses_village])
    log_fiscal = exact.log(region.counties.fiscal)
    mean = (
        offset[places.kind]
        + params.ses_fiscal * ((log_fiscal - exact.mean(log_fiscal)) / max(exact.sd(log_fiscal), 1e-9))[places.county]
    )
    weight = children_by_place(region, places, region.start_year, region.start_year, "middle")
    weight = weight / exact.total(weight)
    mean = mean - exact.dot(weight, mean)
    return mean, float(np.sqrt(max(1.0 - exact.dot(weight, mean * mean), 0.05)))


@kernel
def draw_children(
    birth_key, birth_high, gift_key, gift_high, start_key, start_high, who, home, kind, county, ses_mean, ses_sd,
    base, ses_slope, ability_sd, knowledge_sd, both, one, migrant, poor_below, disabled, ability, knowledge, ses,
    flags,
):  # fmt: skip
    """Fill the attributes of a cohort. who: persons, see `fill_words_of`; base: (P,) float32 ability of the place and its
    community."""
    a1, a2 = np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    b1, b2 = np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    c1, c2 = np.empty(CHUNK, np.uint32), np.empty(CHUNK, np.uint32)
    za, zb, zc = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32)
    for start in range(0, home.size, CHUNK):
        n = min(CHUNK, home.size - start)
        fill_words_of(birth_key, birth_high, who, start, a1[:n], a2[:n])
        fill_words_of(gift_key, gift_high, who, start, b1[:n], b2[:n])
        fill_words_of(start_key, start_high, who, start, c1[:n], c2[:n])
        for j in range(n):
            za[j] = to_normal(a1[j])
        for j in range(n):
            zb[j] = to_normal(b1[j])
        for j in range(n):
            zc[j] = to_normal(c1[j])
        end = start + n
        h, ab, kn, se, fl = home[start:end], ability[start:end], knowledge[start:end], ses[start:end], flags[start:end]
        for j in range(n):
            p = h[j]
            s = ses_mean[p] + ses_sd * za[j]
            se[j] = s
            ab[j] = base[p] + ses_slope * s + ability_sd * zb[j]
            kn[j] = knowledge_sd * zc[j]
        for j in range(n):  # no branches: who is what cannot be predicted
            p = h[j]
            k, c = kind[p], county[p]
            away = to_uniform(a2[j])
            left, apart = away < both[k], away < both[k] + one[k]
            f = np.uint8(BOTH_AWAY) * np.uint8(left) | np.uint8(ONE_AWAY) * np.uint8(apart & ~left)
            f |= np.uint8(MIGRANT) * np.uint8(to_uniform(b2[j]) < migrant[c, k])
            f |= np.uint8(POOR) * np.uint8(se[j] < poor_below[c])
            fl[j] = f | np.uint8(DISABLED) * np.uint8(to_uniform(c2[j]) < disabled)


def make_cohort(
    world: World,
    streams: Streams,
    entry_year: int,
    lived_until: int,
    out_share: float = 0.0,
    threads: int = 1,
    come: bool = True,
) -> tuple[Students, int, Persons | None]:
    """Return a cohort, the id of its first child, and who stands where in it. Children are not yet at a school.

    out_share: share that will be marked out of school; the published counts are of pupils, so the cohort is larger.
    Where only some counties are run, the cohort holds their children, and those who will come to them, last, unless `come`
    is False.
    """
    region, places, p, align = world.region, world.places, world.params, world.align
    expected = children_by_place(region, places, entry_year, lived_until, world.entry_variant)
    rows = whole(expected * (world.sample / (1.0 - out_share)))
    first = (entry_year - world.first_year + 8) << COHORT_BITS
    home, persons = at_home(world, rows, first, entry_year, come)
    n, f = len(home), np.float32
    assert n < 1 << COHORT_BITS, f"{n} children in a cohort: at most {1 << COHORT_BITS}"
    block = Students(
        np.empty(n, f), np.empty(n, f), np.empty(n, f), home, np.full(n, -1, np.int32), np.empty(n, np.uint8)
    )
    keys = [x for decision in ("birth", "gift", "start") for x in streams.key(decision, entry_year)]
    mean, sd = world.ses_mean, world.ses_sd
    county_mean = np.bincount(places.county, mean * places.share, minlength=len(region.counties))
    poor_below = county_mean + sd * np.array([_quantile(float(x)) for x in region.poor])
    base = ability_by_place(world, expected)
    like = (
        places.kind,
        places.county,
        mean.astype(f),
        f(sd),
        base.astype(f),
        f(align["ses_slope"]),
        f(align["ability_sd"]),
    )
    start = f(p.noise_sd / np.sqrt(1 - p.rho * p.rho))
    shares = (region.both_away.astype(f), region.one_away.astype(f), region.migrant.astype(f), poor_below.astype(f))
    edges = np.arange(PIECES + 1) * n // PIECES

    def draw(piece: int) -> None:
        for a, b, persons_here in persons_in(persons, first, edges[piece], edges[piece + 1]):
            made = (column[a:b] for column in (block.ability, block.knowledge, block.ses, block.flags))
            draw_children(*keys, persons_here, home[a:b], *like, start, *shares, f(region.disabled), *made)

    each(range(PIECES), draw, threads)
    return block, first, persons


def ability_by_place(world: World, expected: Array) -> Array:
    """Return (P,) mean ability of a cohort's children whose family background is 0. expected: (P,) its children by place.

    Ability has mean 0 in every cohort: a family that moved to town before school did not make its child abler, and no
    seed starts with an abler region. What a level then moves by is schooling.
    """
    align = world.align
    county, area, community = world.communities
    base: Array = (
        align["place_gap"] * np.array([0.5, 0.0, -0.5])[world.places.kind]
        + align["county_sd"] * county
        + align["area_sd"] * area
        + align["community_sd"] * community
    )
    base -= exact.mean(base + align["ses_slope"] * world.ses_mean, weights=expected)
    return base


def at_home(world: World, rows: Array, first: int, entry_year: int, come: bool) -> tuple[Array, Persons | None]:
    """Return the home place of each child of a cohort, and who stands where if only some counties are run.

    rows: (P,) children by place in the whole region; first: id of the first of them
    """
    home = np.repeat(np.arange(len(rows), dtype=np.int32), rows)
    if world.outside is None:
        return home, None
    from sim.comers import comers

    chosen = world.outside.places
    later = comers(world, home, first, entry_year) if come else np.empty(0, np.int64)
    return np.concatenate([home[chosen[home]], home[later]]), layout(rows, first, chosen, later)


def new_cohort(world: World, year: int, threads: int = 1) -> tuple[Students, int, Persons | None]:
    """Return the children who enter grade 1 in a year, the id of the first, and who stands where."""
    return make_cohort(world, world.streams, year, year, threads=threads)
