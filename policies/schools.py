"""What policies ask about schools: how a section stands in its county, who is strong or weak, who is near whom.

Sections are (school, stage), arrays (S, 2). A section's standing is what families and offices know: last year's
reputation, which follows its pupils' scores slowly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.columns import Array
from sim.compile import kernel
from sim.tables import OUTSIDE

if TYPE_CHECKING:
    from sim.world import World

PE_ART, OWN = 3, 4  # rows of World.teacher_counts: PE and art teachers; teachers on the county's own posts
GOLDEN = 0.6180339887498949  # fractions of its multiples fill 0..1 evenly, also inside each county's run of rows


def taught(see: World) -> Array:
    """Return (S, 2) bool: sections that are open and have pupils."""
    return see.serves() & (see.schools.pupils > 0)


def in_counties(see: World, eligible: Array) -> Array:
    """Return (S, 1) bool of schools in eligible counties, to be laid on (S, 2) arrays."""
    return eligible[see.schools.county][:, None]


def at_home(see: World) -> Array:
    """Return (S, 2) teachers who can go out in exchange: on the section's own posts and not away or visiting."""
    return served(see, -1)


def served(see: World, years: float) -> Array:
    """Return (S, 2) teachers on the section's own posts, not away, who have been there for `years` or more."""

    def count() -> Array:
        t, out = see.teachers, np.zeros(2 * len(see.schools))
        count_free(t.section, t.weight, t.home_section, t.kind, t.years_here, years, out)
        return out.reshape(-1, 2)

    return see.once(("free", years), count)


def of_type(see: World, *types: int) -> Array:
    """Return (S, 1) bool of schools of place types 0 urban, 1 town, 2 village."""
    return np.isin(see.schools.place_type, types)[:, None]


def standing(see: World, among: Array, value: Array | None = None, weight: Array | None = None) -> Array:
    """Return (S, 2) rank of each section among those of its county and stage, lowest first; NaN outside `among`.

    The rank is the share of the county's sections that stand lower, half of the section itself counted: 0.5 is the
    middle, a single section stands at 0.5. value: (S, 2), default reputation; weight: (S, 2) what a section counts for,
    default 1
    """
    given = see.schools.reputation if value is None else value
    out = np.full(among.shape, np.nan)
    for stage in range(2):
        counts = np.ones(len(among)) if weight is None else np.ascontiguousarray(weight[:, stage], dtype=np.float64)
        values = np.ascontiguousarray(given[:, stage], dtype=np.float64)
        out[:, stage] = rank_in_county(values, np.ascontiguousarray(among[:, stage]), counts, see.county_start)
    return out


@kernel
def rank_in_county(values: Array, among: Array, counts: Array, start: Array) -> Array:
    """Return (S,) the share of its county that stands lower than each school, half of itself counted; NaN outside."""
    out = np.full(values.size, np.nan)
    for c in range(start.size - 1):
        rows = start[c] + np.flatnonzero(among[start[c] : start[c + 1]])
        order = rows[np.argsort(values[rows], kind="mergesort")]
        total = max(counts[rows].sum(), 1e-9)
        below_it = 0.0
        for r in order:
            out[r] = (below_it + counts[r] / 2) / total
            below_it += counts[r]
    return out


def below(rank: Array, limit: float) -> Array:
    """Return where a rank is known and below a limit."""
    return np.where(np.isnan(rank), False, rank < limit)


def chosen_first(see: World, among: Array, order: Array, share: float) -> Array:
    """Return (S, 2) bool: of each county and stage the given share of the sections `among`, lowest `order` first."""
    rank = standing(see, among, order)
    return below(rank, share) if share < 1.0 else among.copy()


def even_share(n: int) -> Array:
    """Return (n,) numbers in 0..1 that fill it evenly, one a school row, the same in every run and year."""
    return (np.arange(1, n + 1) * GOLDEN) % 1.0


@kernel
def count_free(
    section: Array, weight: Array, home: Array, kind: Array, years_here: Array, years: float, out: Array
) -> None:
    """Add up by section the teachers who are not away, not sent from outside and there for long enough."""
    for i in range(section.size):
        free = (home[i] < 0) & (kind[i] != OUTSIDE) & (years_here[i] >= years)
        out[section[i]] += weight[i] * free  # no branch: it would be guessed wrong every other time


@kernel
def assign_nearest(
    member: Array,
    member_county: Array,
    lead: Array,
    lead_start: Array,
    x: Array,
    y: Array,
    most: int,
    room: Array,
    out: Array,
) -> None:
    """Give each member, in the order given, the nearest lead of its county that has room; out[i] = -1 where none has.

    lead: rows of schools sorted by county; lead_start: (C + 1,) borders of the counties in `lead`
    """
    room[:] = most
    for i in range(member.size):
        best, goal = np.inf, -1
        m = member[i]
        for j in range(lead_start[member_county[i]], lead_start[member_county[i] + 1]):
            d = (x[m] - x[lead[j]]) ** 2 + (y[m] - y[lead[j]]) ** 2
            if room[j] > 0 and d < best:
                best, goal = d, j
        if goal >= 0:
            out[i] = lead[goal]
            room[goal] -= 1


def partners(see: World, member: Array, lead: Array, order: Array, most: int) -> Array:
    """Return (S,) row of the lead school that each member school of one stage gets, -1 where it gets none.

    member, lead: (S,) bool of one stage; order: (S,) who chooses first, lowest first; most: members a lead
    """
    s = see.schools
    rows, leads = np.flatnonzero(member), np.flatnonzero(lead)
    found = np.full(len(s), -1, np.int64)
    if not len(rows) or not len(leads):
        return found
    rows = rows[np.lexsort((rows, order[rows]))]
    start = np.searchsorted(s.county[leads], np.arange(len(see.counties) + 1))
    out, room = np.full(len(rows), -1, np.int64), np.zeros(len(leads), np.int64)
    assign_nearest(rows, s.county[rows].astype(np.int64), leads, start, s.x, s.y, most, room, out)
    found[rows] = out
    return found


def best_per_county(see: World, candidate: Array, rank: Array, number: Array) -> Array:
    """Return (S,) bool: each county's `number` (C,) candidates of one stage, key schools first, then by rank."""
    s = see.schools
    rows = np.flatnonzero(candidate)
    best = np.zeros(len(s), np.bool_)
    if not len(rows):
        return best
    rows = rows[np.lexsort((rows, -rank[rows], ~s.key[rows], s.county[rows]))]
    county = s.county[rows]
    place = np.arange(len(rows)) - np.searchsorted(county, county)
    best[rows[place < number[county]]] = True
    return best
