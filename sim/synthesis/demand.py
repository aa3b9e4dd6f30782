"""Where children are expected to go to school, before anyone chooses: used to size and place schools."""

from __future__ import annotations

import numpy as np

from sim.columns import Array
from sim.region import Region
from sim.synthesis.places import TOWN, URBAN, VILLAGE
from sim.tables import JUNIOR, NINE_YEAR, PRIMARY, TEACHING_POINT, Places


def nearest_centre(places: Places) -> Array:
    """Return for every place the row of its centre, (P,): villages the nearest town or seat quarter of their county,
    all other places themselves."""
    centre = np.arange(len(places))
    edges = np.flatnonzero(np.r_[True, np.diff(places.county) != 0, True])
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        kind = places.kind[first:last]
        village, hub = np.flatnonzero(kind == VILLAGE) + first, np.flatnonzero(kind != VILLAGE) + first
        if len(village):
            dx = places.x[village, None] - places.x[None, hub]
            dy = places.y[village, None] - places.y[None, hub]
            centre[village] = hub[np.argmin(dx * dx + dy * dy, axis=1)]
    return centre


def location_demand(region: Region, places: Places, expected: Array, centre: Array, village_kind: Array) -> Array:
    """Return pupils expected at each place by stage, (P, 2); seat demand sits on the county's first quarter.

    expected: (P, 2) children by home place and stage; centre: (P,) from `nearest_centre`;
    village_kind: (P,) kind of the village's own school, -1 where it has none.
    Village children stay in their cluster, go to their town or to the county seat in the shares of `school.*`.
    """
    seat = np.searchsorted(places.county, places.county)  # first place of the county: its first quarter
    out = np.zeros((len(places), 2))
    for stage in range(2):
        children = expected[:, stage]
        own = _stays(region, places, village_kind, stage)
        to_town = region.value("school.leavers_to_town" if stage == 0 else "school.village_junior_town")
        stays_town = region.value(f"school.town_stays_{'primary' if stage == 0 else 'junior'}")
        out[:, stage] += np.where(places.kind == VILLAGE, children * own, 0.0)
        leave = np.where(places.kind == VILLAGE, children * (1 - own), 0.0)
        hub_is_town = places.kind[centre] == TOWN
        town_part = np.where(hub_is_town, leave * to_town, 0.0)
        np.add.at(out[:, stage], centre, town_part)
        np.add.at(out[:, stage], seat, leave - town_part)
        in_town = np.where(places.kind == TOWN, children, 0.0)
        out[:, stage] += in_town * stays_town
        np.add.at(out[:, stage], seat, in_town * (1 - stays_town) + np.where(places.kind == URBAN, children, 0.0))
    return out


def _stays(region: Region, places: Places, village_kind: Array, stage: int) -> Array:
    """Share of village children of a stage who stay at their cluster's own school, (P,)."""
    share = np.zeros(len(places))
    if stage == 0:
        share[village_kind == TEACHING_POINT] = region.value("school.village_point_own")
        full = (village_kind == PRIMARY) | (village_kind == NINE_YEAR)
        share[full] = region.value("school.village_primary_own")
    else:
        share[(village_kind == JUNIOR) | (village_kind == NINE_YEAR)] = region.value("school.village_primary_own")
    return share
