"""Phase 5: stocks wear out and the capital that the county plan decided is spent."""

from __future__ import annotations

import numpy as np

from sim.effects import Effects
from sim.streams import Streams
from sim.tables import PHYSICAL
from sim.world import World


def equip(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Depreciate, then add what was bought. Running costs replace a share of the wear; the rest is lost unless bought."""
    r, s = world.region, world.schools
    price = np.array([r.prices[k].value for k in PHYSICAL])
    wear = np.array([r.depreciation[k].value for k in PHYSICAL])
    s.stock *= 1.0 - wear * (1.0 - world.params.upkeep)
    s.stock += world.spend / price
    for cost in effects.costs:
        world.ledger.add(cost.item, cost.payer, cost.yuan)
    wage = r.prices["teacher_year"].value
    for item, posts in effects.salary_items:
        world.ledger.add(item, "county", posts.sum(1) * wage)
