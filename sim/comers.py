"""Where only some counties are run: who comes to live there from the others, and what the others add to a region's means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.columns import Array
from sim.people import CENSUS_YEAR, drift, kind_shares, make_cohort, moves_a_year, whole
from sim.phases.stay_or_leave import relative_hazards
from sim.tables import Places, Students
from sim.world import World

THIN = 32  # one in so many children outside is drawn for what the region's mean hazard is
SPREAD_ORIGIN, SPREAD_GOAL = 0.6180339887498949, 0.41421356237309515  # fractions of their multiples fill 0..1 evenly


def comers(world: World, entry_year: int, lived_until: int, out_share: float = 0.0) -> tuple[Array, Array, Array]:
    """Return the children of a cohort who come from counties outside: home at first, year of coming, place they come to.

    Of each year's movers to other counties, the chosen ones receive what they attract; the movers are spread evenly over
    the places that they leave, in proportion to who leaves. Earliest first; the same for every seed.
    """
    region, places, known = world.region, world.places, world.outside
    assert known is not None
    inside, kinds = known.counties, kind_shares(places, len(region.counties))
    n = region.entrants(entry_year, world.entry_variant)[:, None] * kinds
    n *= world.sample / (1.0 - out_share)
    drift(n, max(lived_until - CENSUS_YEAR, 0), *moves_a_year(region))
    rate = np.array([0.0, region.drift.town_other, region.drift.village_other])
    years = np.arange(max(entry_year, world.first_year), entry_year + 9)
    flows, origins = np.empty((len(years), int(inside.sum()))), []
    for k in range(len(years)):
        leaving = np.where(inside[:, None], 0.0, n * rate)  # (C, 3)
        origins.append(np.cumsum(leaving[places.county, places.kind] * share_of_kind(places, kinds)))
        flows[k] = region.drift.attraction[inside] * origins[-1][-1]
        drift(n, 1, *moves_a_year(region))
    number = whole(flows.ravel()).reshape(flows.shape)
    home, goal = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    for cumulated, coming in zip(origins, number, strict=True):
        m = int(coming.sum())
        at = np.arange(1, m + 1)
        home.append(np.searchsorted(cumulated, at * SPREAD_ORIGIN % 1.0 * cumulated[-1], side="right").astype(np.int32))
        goal.append(_quarters(world, np.repeat(np.flatnonzero(inside), coming), at * SPREAD_GOAL % 1.0))
    return np.concatenate(home), np.repeat(years, number.sum(axis=1)), np.concatenate(goal)


def _quarters(world: World, county: Array, share: Array) -> Array:
    """Return the seat quarters (rows of places) at a share of the way through each county's seat."""
    place = world.seat_start[county]
    for _ in range(int((world.seat_end - world.seat_start).max())):
        place = place + ((place < world.seat_end[county] - 1) & (share >= world.seat_cum[place]))
    return np.asarray(place)


def share_of_kind(places: Places, kinds: Array) -> Array:
    """Return (P,) share of each place among the children of its county and place type. kinds: from `kind_shares`."""
    return np.asarray(places.share / np.maximum(kinds[places.county, places.kind], 1e-300))


def mean_hazard(world: World, block: Students, entry_year: int, out_share: float) -> float:
    """Return a start cohort's mean hazard of leaving school, relative to a child whose score and background are 0.

    Where only some counties are run, that is the region's: one child in THIN of the other counties is drawn for it.
    """
    p = world.params
    by = (p.dropout_by_score, p.dropout_by_ses)
    total, n = relative_hazards(block.ability, block.knowledge, block.ses, *by), float(len(block))
    if world.outside is not None:
        away = world.outside.counties
        elsewhere = replace(world.outside, counties=~away, places=~world.outside.places)
        thin = replace(world, outside=elsewhere, sample=world.sample / THIN)
        others, _, _ = make_cohort(thin, world.streams, entry_year, world.first_year, out_share)
        total += THIN * relative_hazards(others.ability, others.knowledge, others.ses, *by)
        n += THIN * len(others)
    return total / n if n else 1.0
