"""Where only some counties are run: the children of the others whose families will move to them."""

from __future__ import annotations

import numpy as np

from sim.columns import Array
from sim.compile import kernel
from sim.counting import list_marked
from sim.outside import runs
from sim.phases.households import destination, drift_arguments
from sim.streams import fill_uniform
from sim.world import World

CHUNK = 2048
GRADES = 9


def comers(world: World, home: Array, first: int, entry_year: int) -> Array:
    """Return the children of a whole cohort, as places in it, whose families will move from outside to a chosen county.

    home: (n,) home place of each child of the whole region; first: person of the first. A family's moves are keyed draws,
    so they are known beforehand; who is out of school at that time will not move after all.
    """
    known = world.outside
    assert known is not None
    if entry_year in known.shared.comers:
        return known.shared.comers[entry_year]
    years = range(max(entry_year, world.first_year), entry_year + GRADES)
    keys = np.array([world.streams.key("family", year) for year in years], np.uint64)
    rate, to_town, to_seat, *places = drift_arguments(world)[:8]
    found = np.empty(len(home), np.int64)
    n = 0
    may_move = ~known.places & (rate[world.places.kind] > 0)
    for a, b in runs(may_move[home]):
        n += find_comers(
            keys, first, a, b, home, world.places.kind, world.places.county, rate, to_town, to_seat, *places,
            known.counties, found[n:],
        )  # fmt: skip
    known.shared.comers[entry_year] = found[:n].copy()
    return known.shared.comers[entry_year]


@kernel
def find_comers(
    keys, first, begin, end, home, kind, county, rate, to_town, to_seat, town_of, seat_cum, seat_start, seat_end, far_cum,
    chosen, found,
):  # fmt: skip
    """Write down the children begin to end - 1 who will move to a chosen county; return their number.

    keys: (Y, 2) of the families' moves, by year
    """
    one, two = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32)
    limit, place = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.int32)
    hits, marked = np.empty(CHUNK, np.uint8), np.empty(CHUNK + 1, np.int32)
    comes = np.empty(CHUNK, np.bool_)
    n = 0
    for start in range(begin, end, CHUNK):
        size = min(CHUNK, end - start)
        u, v, most, p, hit = one[:size], two[:size], limit[:size], place[:size], hits[:size]
        for j in range(size):
            p[j] = home[start + j]
            most[j] = rate[kind[p[j]]]
            comes[j] = False
        for year in range(keys.shape[0]):
            fill_uniform(keys[year, 0], keys[year, 1], np.uint64(first) + np.uint64(start), u, v)
            for j in range(size):
                hit[j] = np.uint8(u[j] < most[j])
            for m in range(list_marked(hit, marked)):
                j = marked[m]
                p[j], c = destination(
                    u[j] / most[j],
                    p[j],
                    kind,
                    county,
                    to_town,
                    to_seat,
                    town_of,
                    seat_cum,
                    seat_start,
                    seat_end,
                    far_cum,
                )
                most[j] = rate[kind[p[j]]]
                comes[j] |= chosen[c]
        for j in range(size):
            if comes[j]:
                found[n] = start + j
                n += 1
    return n
