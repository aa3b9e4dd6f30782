"""Home places of a region: seat quarters, towns and village clusters, laid out around the real county seats."""

from __future__ import annotations

import numpy as np

from sim import exact
from sim.columns import Array
from sim.counties import MAP, plane
from sim.region import CENSUS_YEAR, Drift, Region
from sim.synthesis.apportion import apportion
from sim.tables import Counties, Places

URBAN, TOWN, VILLAGE = range(3)
GOLDEN = np.pi * (3 - np.sqrt(5))  # the angle of a sunflower's seeds: any number of points is evenly spread
RIM = 0.98  # of the county's radius: nobody lives further out
CORE = 0.12  # of the county's radius: no town inside


def build_places(region: Region) -> Places:
    """Lay out the home places of every county; the same for every seed.

    Residents: urban residents split into seat quarters and towns by unit type, the rest into village clusters
    (figures `place.*`). Towns are spread over a disc around the seat, village clusters around towns and seat, denser
    near; sizes vary by a keyed lognormal draw. Returns places sorted by county, then kind.
    """
    seat, town, village = _residents(region)
    quarters = np.maximum(np.ceil(seat / region.value("place.residents_per_quarter")), 1).astype(np.int64)
    towns = _town_counts(region, town + village)
    clusters = np.round(village / region.value("place.residents_per_village_cluster")).astype(np.int64)
    clusters = np.where(village > 500, np.maximum(clusters, 1), clusters)
    counts = np.stack([quarters, towns, clusters], axis=1)

    children = np.stack([seat, town, village * region.value("place.village_child_factor")], axis=1)
    children[:, URBAN] += np.where(towns == 0, children[:, TOWN], 0.0)  # a county without towns: all urban in the seat
    children = np.where(counts > 0, children, 0.0)
    share = children / exact.total(children, 1, keepdims=True)

    origin = plane(region.counties)
    radius = county_radius(region)
    built = np.minimum(np.sqrt(seat / region.value("place.seat_density") / np.pi), 0.9 * radius)
    blocks = [_quarters(quarters, built, origin)]
    blocks.append(_towns(towns, radius, origin))
    blocks.append(_villages(clusters, towns, radius, origin, blocks[1]))
    return _table(blocks, share)


def county_radius(region: Region) -> Array:
    """Return the radius in km of the disc in which each county's people are laid out, (C,): its area, or less where the
    county is nearly empty (oases)."""
    counties = region.counties
    settled = np.minimum(counties.area, counties.population / region.value("place.settled_density_min"))
    return np.sqrt(settled / np.pi)


def home_children(region: Region, places: Places, year: int) -> Array:
    """Return expected children by home place and stage in the school year from September of `year`, (P, 2).

    They live where the census found their age group, moved along by the region's yearly drift since then.
    """
    grades = region.pupils_by_grade(year)
    by_stage = np.stack([exact.total(grades[:, :6], 1), exact.total(grades[:, 6:], 1)], axis=1)
    group = places.county * 3 + places.kind
    at_census = np.bincount(group, places.share, minlength=3 * len(grades))
    moved = at_census.reshape(-1, 3)[:, :, None] * by_stage[:, None, :]
    for _ in range(year - CENSUS_YEAR):
        moved = _moved(moved, region.drift)
    inside = places.share / np.maximum(at_census[group], 1e-300)
    return np.asarray(moved[places.county, places.kind] * inside[:, None])


def _moved(children: Array, drift: Drift) -> Array:
    """One year of moves between place types and counties; children: (C, 3, 2) by county, place type and stage."""
    urban, town, village = children[:, 0], children[:, 1], children[:, 2]
    far = exact.total(village * drift.village_other + town * drift.town_other, 0)
    return np.stack(
        [
            urban + village * drift.village_seat + town * drift.town_seat + drift.attraction[:, None] * far,
            town * (1 - drift.town_seat - drift.town_other) + village * drift.village_town,
            village * (1 - drift.village_town - drift.village_seat - drift.village_other),
        ],
        axis=1,
    )


def seat_share(region: Region) -> Array:
    """Return the share of each county's urban residents that live in seat quarters, (C,)."""
    counties: Counties = region.counties
    city = np.char.endswith(counties.name, "市")
    share = np.where(city, region.value("place.seat_share_city"), region.value("place.seat_share_county"))
    whole = np.clip((counties.urban_share - 0.9) / 0.1, 0, 1)
    district = region.value("place.seat_share_district")
    return np.where(counties.district, district + (1 - district) * whole, share)


def _residents(region: Region) -> tuple[Array, Array, Array]:
    counties = region.counties
    urban = counties.population * counties.urban_share
    seat = urban * seat_share(region)
    return seat, urban - seat, counties.population - urban


def _town_counts(region: Region, outside: Array) -> Array:
    """Towns by county: by residents outside the seats, at most a share of the region's junior schools."""
    junior = next(t.value for t in region.targets if (t.name, t.stage) == ("schools", "junior"))
    by_people = float(exact.total(outside)) / region.value("place.residents_per_town")
    total = round(min(by_people, junior * region.value("place.towns_per_junior")))
    return apportion(total, outside, floor=(outside > 3000).astype(np.int64))


def _rank(counts: Array) -> tuple[Array, Array]:
    """Return (owner row, rank inside the owner) of each of counts.sum() items."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)


def _quarters(counts: Array, built: Array, origin: tuple[Array, Array]) -> tuple[Array, ...]:
    """Quarters over the built-up disc of the seat (radius `built`, km); a single quarter lies at the seat itself."""
    county, rank = _rank(counts)
    reach = np.where(counts[county] > 1, built[county] * np.sqrt((rank + 0.5) / counts[county]), 0.0)
    angle = GOLDEN * rank
    row = np.arange(len(county))
    weight = exact.exp(0.2 * MAP.normal("quarter size", 0, row))
    return county, origin[0][county] + reach * exact.cos(angle), origin[1][county] + reach * exact.sin(angle), weight


def _towns(counts: Array, radius: Array, origin: tuple[Array, Array]) -> tuple[Array, ...]:
    county, rank = _rank(counts)
    row = np.arange(len(county))
    turn = 2 * np.pi * MAP.uniform("town turn", 0, np.arange(len(counts)))[county]
    reach = radius[county] * (CORE + (0.95 - CORE) * exact.power((rank + 0.5) / counts[county], 0.6))
    jitter = 0.15 * radius[county] / np.sqrt(counts[county])
    dx = reach * exact.cos(GOLDEN * rank + turn) + jitter * (2 * MAP.uniform("town x", 0, row) - 1)
    dy = reach * exact.sin(GOLDEN * rank + turn) + jitter * (2 * MAP.uniform("town y", 0, row) - 1)
    dx, dy = _inside(dx, dy, radius[county])
    return county, origin[0][county] + dx, origin[1][county] + dy, exact.exp(0.4 * MAP.normal("town size", 0, row))


def _villages(
    counts: Array, towns: Array, radius: Array, origin: tuple[Array, Array], town: tuple[Array, ...]
) -> tuple[Array, ...]:
    """Clusters around the seat and the towns of their county, in proportion to the town's size."""
    county, rank = _rank(counts)
    row = np.arange(len(county))
    n = len(counts)
    anchors = np.argsort(np.concatenate([np.arange(n), town[0]]), kind="stable")  # seat first, then the county's towns
    owner = np.concatenate([np.arange(n), town[0]])[anchors]
    ax = np.concatenate([origin[0], town[1]])[anchors]
    ay = np.concatenate([origin[1], town[2]])[anchors]
    weight = np.concatenate([np.full(n, 0.8), town[3]])[anchors]
    total = np.bincount(owner, weight, minlength=n)
    before = np.cumsum(weight) - weight
    start = before[np.searchsorted(owner, np.arange(n))]
    edge = (
        owner + (before - start[owner]) / total[owner]
    )  # rising: county number + share of its anchors before this one
    anchor = np.searchsorted(edge, county + (rank + 0.5) / counts[county], side="right") - 1

    held = np.bincount(anchor, minlength=len(anchors))
    place = row - (np.cumsum(held) - held)[anchor]
    reach = 0.65 * radius[county] / np.sqrt(towns[county] + 1)
    reach = reach * (0.15 + 0.85 * exact.power((place + 0.5) / held[anchor], 0.6))
    angle = GOLDEN * place + 2 * np.pi * MAP.uniform("village turn", 0, anchor)
    jitter = 0.08 * radius[county] / np.sqrt(counts[county])
    dx = ax[anchor] + reach * exact.cos(angle) + jitter * MAP.normal("village x", 0, row) - origin[0][county]
    dy = ay[anchor] + reach * exact.sin(angle) + jitter * MAP.normal("village y", 0, row) - origin[1][county]
    dx, dy = _inside(dx, dy, radius[county])
    size = exact.exp(0.45 * MAP.normal("village size", 0, row))
    return county, origin[0][county] + dx, origin[1][county] + dy, size


def _inside(dx: Array, dy: Array, radius: Array) -> tuple[Array, Array]:
    """Fold points beyond the rim back inside the disc."""
    distance = exact.hypot(dx, dy)
    rim = RIM * radius
    folded = np.where(distance > rim, np.maximum(2 * rim - distance, 0.0), distance)
    scale = folded / np.maximum(distance, 1e-9)
    return dx * scale, dy * scale


def _table(blocks: list[tuple[Array, ...]], share: Array) -> Places:
    county = np.concatenate([block[0] for block in blocks])
    kind = np.repeat(np.arange(3, dtype=np.int8), [len(block[0]) for block in blocks])
    weight = np.concatenate([block[3] for block in blocks]).astype(np.float64)
    group = county * 3 + kind
    weight = weight / np.bincount(group, weight, minlength=share.size)[group] * share.ravel()[group]
    order = np.argsort(group, kind="stable")
    places = Places.empty(len(county))
    places.county[:], places.kind[:], places.share[:] = county[order], kind[order], weight[order]
    places.x[:] = np.concatenate([block[1] for block in blocks])[order]
    places.y[:] = np.concatenate([block[2] for block in blocks])[order]
    return places
