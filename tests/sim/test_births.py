"""The variant of births reaches the children of a run, and only those born after the last published year."""

from __future__ import annotations

from sim.people import make_cohort
from sim.start import build


def test_a_world_of_low_births_has_fewer_late_children_and_the_same_early_ones():
    size = {}
    for births in ("low", "middle", "high"):
        world = build("guizhou", sample=0.01, births=births)
        size[births] = [len(make_cohort(world, world.streams, year, year)[0]) for year in (2026, 2035)]
    assert size["low"][0] == size["middle"][0] == size["high"][0]
    assert size["low"][1] < 0.9 * size["middle"][1] < 0.9 * size["high"][1]
