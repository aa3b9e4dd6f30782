"""Phase 5: stocks wear out, movable equipment goes where it lacks, and the capital that the county plan decided is spent."""

from __future__ import annotations

import numpy as np

from sim import exact
from sim.columns import Array
from sim.effects import Effects
from sim.streams import Streams
from sim.tables import PHYSICAL
from sim.world import World

MOVABLE = (2, 3)  # equipment, multimedia sets: of PHYSICAL
SPARE = 1.2  # stocks above this multiple of the target are spare: not kept up, and lent on where they can be moved


def wear_out(world: World, target: Array) -> None:
    """Depreciate. Running costs replace a share of the wear of what a school needs; what is spare wears down in full."""
    r, s = world.region, world.schools
    wear = np.array([r.depreciation[k].value for k in PHYSICAL])
    needed = np.minimum(SPARE * target / np.maximum(s.stock, 1e-9), 1.0)
    s.stock *= 1.0 - wear * (1.0 - world.params.upkeep * needed)


def reallocate(world: World, target: Array) -> None:
    """Move a share of spare equipment and multimedia sets to schools of the same county that lack them (调配).

    Where the county evens out, schools below the spare level take them too, and what nobody takes is written off (报废).
    """
    s, uneven = world.schools, world.uneven()
    for k in MOVABLE:
        goal = target[:, k] * np.where(uneven[:, k], SPARE, 1.0)[s.county]
        spare = world.params.equipment_moved * np.maximum(s.stock[:, k] - SPARE * target[:, k], 0.0)
        lack = np.maximum(goal - s.stock[:, k], 0.0)
        offered, wanted = world.by_county(spare), world.by_county(lack)
        moved = np.minimum(offered, wanted)
        given = np.where(uneven[:, k], 1.0, moved / np.maximum(offered, 1e-9))
        s.stock[:, k] -= spare * given[s.county]
        s.stock[:, k] += lack * (moved / np.maximum(wanted, 1e-9))[s.county]


def equip(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Wear, reallocation, purchases of the year; charge what policies cost whatever happens, and added posts."""
    r = world.region
    target = world.stock_target()
    wear_out(world, target)
    reallocate(world, target)
    world.schools.stock += world.spend / np.array([r.prices[k].value for k in PHYSICAL])
    for cost in effects.costs:
        world.ledger.add(cost.item, cost.payer, cost.yuan)
    wage = r.prices["teacher_year"].value
    for item, posts in effects.salary_items:
        world.ledger.add(item, "county", exact.total(posts, 1) * wage)
