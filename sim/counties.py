"""The county table of a region: census columns, and the county traits derived from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim import exact
from sim.columns import Array
from sim.streams import Streams
from sim.tables import Counties

AGE_EDGES = np.array([0, 1, 5, 10, 15, 20, 25])
AGE_COLUMNS = ("age0", "age1_4", "age5_9", "age10_14", "age15_19", "age20_24")
MAP = Streams(20201101)  # the map is the same for every run: its draws are keyed by the census day, not by a run's seed
KM_PER_DEGREE = 111.32  # at the equator; 110.57 to 111.69 along a meridian


def numbers(rows: list[dict[str, str]], name: str) -> Array:
    """Return a column of the county file as floats, (C,)."""
    return np.array([float(row[name]) for row in rows])


def county_table(rows: list[dict[str, str]], value: Callable[[str], float]) -> Counties:
    """Build the county table; `value(name)` gives a figure of regions.toml.

    fiscal: urban_share^a * schooling^b, scaled to a population-weighted mean of 1 (no county budgets are published).
    capacity: mean + c * log(fiscal) + keyed draw, within 0.4 to 0.98. favour: keyed draw between two bounds.
    remoteness: distance to the prefecture's seat over the largest such distance in the region.
    """
    table = Counties.empty(len(rows))
    table.code[:] = [int(row["code"]) for row in rows]
    for name in ("name", "pinyin", "prefecture"):
        getattr(table, name)[:] = [row[name] for row in rows]
    table.district[:] = [row["unit_type"] == "district" for row in rows]
    table.xpcc[:] = [row["xpcc"] == "1" for row in rows]
    table.poverty[:] = [row["poverty"] == "1" for row in rows]
    for name, source in (("population", "population"), ("urban_share", "urban_share"), ("lon", "lon"), ("lat", "lat")):
        getattr(table, name)[:] = numbers(rows, source)
    table.area[:] = numbers(rows, "area_km2")
    fiscal = exact.power(np.maximum(table.urban_share, 0.1), value("county.fiscal_urban_power"))
    fiscal *= exact.power(numbers(rows, "schooling_years"), value("county.fiscal_schooling_power"))
    table.fiscal[:] = fiscal / exact.mean(fiscal, weights=table.population)
    draw = MAP.uniform("county capacity", 0, table.code).astype(np.float64)
    spread = value("county.capacity_spread") * (2 * draw - 1)
    capacity = value("county.capacity_mean") + value("county.capacity_fiscal") * exact.log(table.fiscal) + spread
    table.capacity[:] = np.clip(capacity, 0.4, 0.98)
    low, high = value("county.favour_low"), value("county.favour_high")
    table.favour[:] = low + (high - low) * MAP.uniform("county favour", 0, table.code)
    table.remoteness[:] = _remoteness(table, [row["unit_type"] for row in rows])
    return table


def plane(counties: Counties) -> tuple[Array, Array]:
    """Return x, y in km of the county seats: equirectangular about the region's mean seat.

    Distances between far counties of a wide region are off by up to a tenth (the scale of x is that of the middle
    latitude); distances inside a county, which admission uses, are laid out in km directly.
    """
    middle = exact.mean(counties.lat)
    lon, lat = counties.lon - exact.mean(counties.lon), counties.lat - middle
    return lon * KM_PER_DEGREE * exact.cos(middle * exact.RADIANS), lat * KM_PER_DEGREE


def _remoteness(counties: Counties, unit_types: list[str]) -> Array:
    x, y = plane(counties)
    seats = _prefecture_seats(counties, unit_types)
    distance = np.empty(len(counties))
    everyone = np.array(sorted(seats.values()))
    for row in range(len(counties)):
        own = seats.get(str(counties.prefecture[row]))  # cities of the XPCC have no prefecture: the nearest seat counts
        to = everyone if own is None else np.array([own])
        distance[row] = exact.hypot(x[to] - x[row], y[to] - y[row]).min()
    return distance / np.max(distance)


def _prefecture_seats(counties: Counties, unit_types: list[str]) -> dict[str, int]:
    """Row of each prefecture's seat: the city of its name, else the district, city or county with most urban people."""
    seats: dict[str, int] = {}
    rank = {"district": 2, "county-level city": 1}
    for prefecture in np.unique(counties.prefecture):
        if "兵团" in prefecture:
            continue
        rows = np.flatnonzero(counties.prefecture == prefecture)
        own_name = {f"{prefecture[:2]}市", f"{prefecture[:3]}市"}
        named = [r for r in rows if str(counties.name[r]) in own_name]
        best = max(rows, key=lambda r: (rank.get(unit_types[r], 0), counties.population[r] * counties.urban_share[r]))
        seats[str(prefecture)] = int(named[0] if named else best)
    return seats
