"""Small worlds for tests: a few counties cut out of a built-in region, with their own people, schools and money."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np

from sim.columns import Array, locked
from sim.start import Land, build, survey
from sim.world import World

LEISHAN, SHIBING, DANZHAI = 522634, 522623, 522636  # small counties of Guizhou: 17,900, 19,400 and 21,000 children
OASES = (650107, 650522, 652824, 652829)  # Dabancheng, Yiwu, Ruoqiang, Bohu (Xinjiang): 3,000 to 5,200 children each

LIKE_A_CITY = (LEISHAN, SHIBING, DANZHAI, 522635, 522630)  # with Majiang and Taijiang: 98,800 children
GROWING = (652925, 659004)  # Xinhe and Wujiaqu (Xinjiang): within ten years schools are merged and a new one opens


def cut_out(land: Land, rows: Array) -> Land:
    """Return the land of some counties (rows of the county table), in the order given, with rows numbered afresh.

    Money and births of the region are shared out by the children under five and under fifteen of the census; people
    who move to another county move inside the cut.
    """
    rows, region = np.asarray(rows), land.region
    ages = region.census_ages
    under_five = ages[rows, :5].sum() / ages[:, :5].sum()
    pupils = ages[rows, :15].sum() / ages[:, :15].sum()
    attraction = region.drift.attraction[rows]
    small = replace(
        region,
        counties=region.counties.take(rows),
        drift=replace(region.drift, attraction=attraction / attraction.sum()),
        migrant=region.migrant[rows],
        poor=region.poor[rows],
        census_ages=ages[rows],
        births={year: count * under_five for year, count in region.births.items()},
        education_spending=region.education_spending * pupils,
    )
    place_rows = rows_of(land.places.county, rows)
    school_rows = rows_of(land.schools.county, rows)
    places, schools = land.places.take(place_rows), land.schools.take(school_rows)
    places.county[:] = numbered(land.places.county[place_rows], rows)
    schools.county[:] = numbered(land.schools.county[school_rows], rows)
    schools.place[:] = numbered(land.schools.place[school_rows], place_rows)
    schools.successor[:] = numbered(land.schools.successor[school_rows], school_rows)
    start = np.searchsorted(schools.county, np.arange(len(rows) + 1)).astype(np.int64)
    return Land(locked(small), places, schools, start)


def rows_of(county: Array, wanted: Array) -> Array:
    """Return the rows of each wanted county, one county after the other."""
    return np.concatenate([np.flatnonzero(county == c) for c in wanted])


def numbered(old: Array, kept: Array) -> Array:
    """Return the new numbers of old row numbers when the rows `kept` become 0, 1, 2, ..."""
    new = np.full(int(max(old.max(initial=0), kept.max())) + 1, -1, np.int64)
    new[kept] = np.arange(len(kept))
    return np.asarray(new[old])


@lru_cache(maxsize=16)
def small_land(region: str, *codes: int) -> Land:
    """Return the land of the counties with these codes, in this order."""
    land = survey(region)
    row = {int(code): i for i, code in enumerate(land.region.counties.code)}
    return cut_out(land, np.array([row[code] for code in codes]))


def small_world(region: str, *codes: int, **options: Any) -> World:
    """Build the world of a few counties; options as in `sim.start.build`."""
    return build(region, land=small_land(region, *codes), **options)


@lru_cache(maxsize=8)
def kept_world(region: str, *codes: int, seed: int = 1, sample: float = 1.0) -> World:
    """Return a start world that tests share: copy it, never step it (`simulate` copies)."""
    return small_world(region, *codes, seed=seed, sample=sample, threads=1)


def state_of(world: World) -> dict[str, Array]:
    """Return every array of a world's state by name: what two equal runs must agree on to the bit."""
    found: dict[str, Array] = {f"first_person{i}": np.array(x) for i, x in enumerate(world.first_person)}
    tables = {"schools": world.schools, "teachers": world.teachers, "tally": world.tally, "flows": world.flows}
    tables |= {f"block{i}": block for i, block in enumerate(world.blocks)}
    for name, table in tables.items():
        found |= {f"{name}.{f.name}": getattr(table, f.name) for f in fields(table)}
    for name in ("carry", "certified", "applying", "memory", "spend", "posts_total", "row_weight", "section_rows"):
        found[name] = getattr(world, name)
    found |= {f"inspection.{name}": getattr(world.inspection, name) for name in ("cv", "value", "met", "passed")}
    found |= {f"ledger.{item}.{payer}": yuan for (item, payer), yuan in world.ledger.rows.items()}
    return found


def differences(one: World, two: World) -> list[str]:
    """Return the names of the arrays in which two worlds differ, even in one bit."""
    a, b = state_of(one), state_of(two)
    names = [
        name for name in a if name in b and (a[name].dtype != b[name].dtype or a[name].tobytes() != b[name].tobytes())
    ]
    return names + sorted(a.keys() ^ b.keys())


def fingerprint(world: World) -> str:
    """Return one word for the whole state of a world: equal for equal worlds, also in another process."""
    digest = blake2b(digest_size=16)
    for name, array in sorted(state_of(world).items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
