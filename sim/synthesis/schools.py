"""Schools of a region, synthesised inside the counties from the provincial counts by kind."""

from __future__ import annotations

from gettext import gettext as tr

import numpy as np

from sim import exact
from sim.columns import Array
from sim.counties import MAP
from sim.region import Region
from sim.synthesis.apportion import apportion
from sim.synthesis.demand import location_demand, nearest_centre
from sim.synthesis.places import TOWN, URBAN, VILLAGE, county_radius
from sim.synthesis.stocks import start_beds
from sim.tables import JUNIOR, NINE_YEAR, PLACE_TYPES, PRIMARY, TEACHING_POINT, Places, Schools

KIND_NAMES = ("教学点", "小学", "初级中学", "九年制学校")
OFFSET_KM = 0.25  # schools of one place stand this far from its middle
KEY_SIZE = 1.25  # key schools are larger than the others of their seat
NINE_YEAR_PART = 0.6  # a stage of a nine-year school is smaller than a school of that stage
SIZE_RANGE = (-0.6, 0.45)  # of the log size of a school relative to the others of its place
SMALLEST = 10  # seats by stage


def build_schools(region: Region, places: Places, expected: Array) -> Schools:
    """Place every school of the region; the same for every seed.

    expected: (P, 2) children by home place and stage (`home_children`)
    Counts by kind are those of the region's targets exactly. Every town has a junior or nine-year school and a central
    primary; seats have larger schools by demand; the larger village clusters have primaries, smaller ones teaching
    points. Seats follow expected demand: none spare in county seats, slack in villages (figures `school.seats_*`).
    Returns: schools sorted by county; each county's last rows are reserved for schools it may open. Reputation,
    leadership, stocks, posts and pupils are left at zero.
    """
    target = {t.stage: round(t.value) for t in region.targets if t.name == "schools"}
    centre = nearest_centre(places)
    village_kind = _village_schools(region, places, expected, target, centre)
    demand = location_demand(region, places, expected, centre, village_kind)
    counts = _counts(region, places, demand, village_kind, target)
    location, kind = _rows(counts, village_kind)
    schools = _table(region, places, location, kind)
    _seat_schools(region, places, schools, demand)
    schools.beds[:] = start_beds(region, schools, schools.seats)
    schools.name[:] = _names(region, schools)
    return schools


def _village_schools(region: Region, places: Places, expected: Array, target: dict[str, int], centre: Array) -> Array:
    """Kind of each village cluster's own school, -1 for none and for towns and seats; (P,) int64."""
    village = places.kind == VILLAGE
    n_nine = min(round(region.value("school.nine_year_in_village") * target["nine_year"]), int(exact.count(village)))
    hubs = _hub_primaries(region, places, expected, target["primary"])
    n_primary = int(min(target["primary"] - hubs, exact.count(village) - n_nine - target["teaching_point"]))
    if n_primary < 0:
        raise ValueError(
            tr("region {region_name}: more teaching points than village clusters").format(region_name=region.name)
        )
    children = np.where(village, expected[:, 0], 0.0)
    kind = np.full(len(places), -1)
    remote = exact.hypot(places.x - places.x[centre], places.y - places.y[centre])
    kind[np.argsort(-children * np.sqrt(remote), kind="stable")[:n_nine]] = NINE_YEAR

    county, counties = places.county, len(region.counties)
    free = np.bincount(county, village & (kind < 0), minlength=counties).astype(np.int64)
    by_county = np.bincount(county, children, minlength=counties)
    radius = county_radius(region)
    density = by_county / (radius * radius)
    sparse = np.maximum(density, 1e-9) / max(exact.median(density), 1e-9)
    weight = by_county * exact.power(sparse, -region.value("school.sparse_power"))
    primaries = apportion(n_primary, np.where(free > 0, weight, 0.0), cap=free)
    points = apportion(target["teaching_point"], np.where(free > primaries, weight, 0.0), cap=free - primaries)

    order = np.lexsort((-children, kind >= 0, ~village, county))  # in each county: free clusters first, largest first
    rank = np.empty(len(places), np.int64)
    rank[order] = np.arange(len(places)) - np.searchsorted(county, county)[order]
    open_cluster = village & (kind < 0)
    kind[open_cluster & (rank < primaries[county])] = PRIMARY
    kind[open_cluster & (rank >= primaries[county]) & (rank < (primaries + points)[county])] = TEACHING_POINT
    return kind


def _hub_primaries(region: Region, places: Places, expected: Array, primaries: int) -> int:
    """Primary schools that seats and towns take of the region's count, by the target sizes `school.size_primary_*`."""
    children = np.bincount(places.kind, expected[:, 0], minlength=3)
    leave = children[VILLAGE] * (1 - region.value("school.village_primary_own"))
    to_town = region.value("school.leavers_to_town")
    stays = region.value("school.town_stays_primary")
    urban = children[URBAN] + leave * (1 - to_town) + children[TOWN] * (1 - stays)
    town = children[TOWN] * stays + leave * to_town
    wanted = urban / region.value("school.size_primary_urban")
    wanted += max(town / region.value("school.size_primary_town"), float(exact.count(places.kind == TOWN)))
    return int(min(round(wanted), round(0.7 * primaries)))


def _counts(region: Region, places: Places, demand: Array, village_kind: Array, target: dict[str, int]) -> Array:
    """Schools by place and kind, (P, 4): seats on the county's first quarter, towns and villages on their own place."""
    counts = np.zeros((len(places), 4), np.int64)
    rows = np.flatnonzero(village_kind >= 0)
    counts[rows, village_kind[rows]] = 1
    seat = np.flatnonzero(np.r_[True, np.diff(places.county) != 0])
    town = np.flatnonzero(places.kind == TOWN)
    hubs = np.concatenate([seat, town])
    is_seat = np.arange(len(hubs)) < len(seat)

    primary_size = np.where(
        is_seat, region.value("school.size_primary_urban"), region.value("school.size_primary_town")
    )
    left = target["primary"] - int(exact.count(counts[:, PRIMARY]))
    counts[hubs, PRIMARY] = apportion(left, demand[hubs, 0] / primary_size, floor=1)

    junior_size = np.where(is_seat, region.value("school.size_junior_urban_factor"), 1.0)
    left = target["junior"] - int(exact.count(counts[:, NINE_YEAR]))
    junior = apportion(left, demand[hubs, 1] / junior_size, floor=1)
    nine = target["nine_year"] - int(exact.count(counts[:, NINE_YEAR]))
    in_seat = min(
        round(region.value("school.nine_year_in_seat") * target["nine_year"]), int(exact.count(junior[is_seat] - 1))
    )
    in_town = min(nine - in_seat, len(town))
    in_seat = nine - in_town
    split = np.zeros(len(hubs), np.int64)
    spare = np.maximum(junior[is_seat] - 1, 0)  # a seat keeps one school of its own for the junior stage
    split[is_seat] = apportion(in_seat, spare.astype(np.float64), cap=spare)
    small = np.argsort(demand[town, 1], kind="stable")[:in_town]  # nine-year schools serve the smaller towns
    split[len(seat) + small] = 1
    counts[hubs, NINE_YEAR] = split
    counts[hubs, JUNIOR] = junior - split
    return counts


def _rows(counts: Array, village_kind: Array) -> tuple[Array, Array]:
    """Location row and kind of each school, sorted by location; within it primary, junior, nine-year, point."""
    order = np.array([PRIMARY, JUNIOR, NINE_YEAR, TEACHING_POINT])
    flat = counts[:, order].ravel()
    cell = np.repeat(np.arange(flat.size), flat)
    return cell // 4, order[cell % 4]


def _table(region: Region, places: Places, location: Array, kind: Array) -> Schools:
    """Schools with their places and coordinates, and the reserved rows at the end of each county."""
    counties = len(region.counties)
    per_county = np.bincount(places.county[location], minlength=counties)
    reserved = np.maximum(2, np.ceil(region.value("school.reserve_share") * per_county)).astype(np.int64)
    spare = np.repeat(np.arange(counties), reserved)
    first_place = np.searchsorted(places.county, np.arange(counties))
    location = np.concatenate([location, first_place[spare]])
    is_open = np.arange(len(location)) < len(kind)
    kind = np.concatenate([kind, np.full(len(spare), NINE_YEAR)])
    order = np.lexsort((np.arange(len(location)), ~is_open, places.county[location]))
    location, kind, is_open = location[order], kind[order], is_open[order]

    schools = Schools.empty(len(location))
    schools.county[:] = places.county[location]
    schools.kind[:], schools.open[:] = kind, is_open
    place = _spread_over_quarters(places, location, kind + 4 * is_open)
    schools.place[:], schools.place_type[:] = place, places.kind[place]
    angle = 2 * np.pi * MAP.uniform("school angle", 0, np.arange(len(place)))
    offset = OFFSET_KM * np.sqrt(MAP.uniform("school offset", 0, np.arange(len(place))))
    schools.x[:] = places.x[place] + offset * exact.cos(angle)
    schools.y[:] = places.y[place] + offset * exact.sin(angle)
    schools.successor[:] = np.arange(len(place))
    _mark_key_schools(schools)
    return schools


def _spread_over_quarters(places: Places, location: Array, kind: Array) -> Array:
    """Spread the schools of a seat evenly over its quarters, by kind; others stay at their location."""
    seat = places.kind[location] == URBAN
    quarters = np.bincount(places.county, places.kind == URBAN).astype(np.int64)
    county = places.county[location]
    group = location * 8 + kind
    among = np.bincount(group)[group]
    return np.where(seat, location + (2 * _turn(group) + 1) * quarters[county] // (2 * among), location)


def _turn(group: Array) -> Array:
    """Position of each row among the rows of the same group, in row order."""
    order = np.argsort(group, kind="stable")
    ranked = group[order]
    turn = np.empty(len(group), np.int64)
    turn[order] = np.arange(len(group)) - np.searchsorted(ranked, ranked)
    return turn


def _mark_key_schools(schools: Schools) -> None:
    """One primary and one junior school of each county seat: the first of their kind."""
    for kinds in ((PRIMARY,), (JUNIOR, NINE_YEAR)):
        rows = np.flatnonzero(schools.open & (schools.place_type == URBAN) & np.isin(schools.kind, kinds))
        first = np.unique(schools.county[rows], return_index=True)[1]
        schools.key[rows[first]] = True


def _seat_schools(region: Region, places: Places, schools: Schools, demand: Array) -> None:
    """Split the demand of each location over its schools and turn it into seats by stage."""
    value = region.value
    rows = np.arange(len(schools))
    in_seat = schools.place_type == URBAN
    location = np.where(in_seat, np.searchsorted(places.county, schools.county), schools.place)
    slack = np.array([value(f"school.seats_{kind}") for kind in PLACE_TYPES])[schools.place_type]
    slack = np.where(schools.kind == TEACHING_POINT, value("school.seats_point"), slack)
    spread = exact.hypot(
        value("school.size_sd"), value("school.seats_sd")
    )  # schools differ in size and in how full they are
    size = exact.exp(np.clip(spread * MAP.normal("school size", 0, rows).astype(np.float64), *SIZE_RANGE))
    size *= np.where(schools.key, KEY_SIZE, 1.0)
    for stage, kinds in ((0, (TEACHING_POINT, PRIMARY, NINE_YEAR)), (1, (JUNIOR, NINE_YEAR))):
        holds = schools.open & np.isin(schools.kind, kinds)
        weight = np.where(holds, size * np.where(schools.kind == NINE_YEAR, NINE_YEAR_PART, 1.0), 0.0)
        share = weight / np.maximum(np.bincount(location, weight, minlength=len(places))[location], 1e-12)
        seats = np.ceil(np.maximum(demand[location, stage] * share * slack, SMALLEST))
        schools.seats[:, stage] = np.where(holds, seats, 0.0)


def _names(region: Region, schools: Schools) -> Array:
    """Synthetic names: county, kind, number within the county and kind, and the label 合成 (synthetic)."""
    group = schools.county.astype(np.int64) * 4 + schools.kind
    number = _turn(group) + 1
    county = region.counties.name.tolist()
    return np.array(
        [
            f"{county[c]}{KIND_NAMES[k]}{i:03d}·合成"
            for c, k, i in zip(schools.county.tolist(), schools.kind.tolist(), number.tolist(), strict=True)
        ]
    )
