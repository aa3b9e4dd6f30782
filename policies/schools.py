"""What policies ask about schools: how a section stands in its county, who is strong or weak, who is near whom.

Sections are (school, stage), arrays (S, 2). A section's standing is what families and offices know: last year's
reputation, which follows its pupils' scores slowly.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from policies.in_county import give_nearest, lowest_first, shares_below, take_best
from sim.columns import Array, locked
from sim.compile import each, kernel
from sim.tables import OUTSIDE, PLACE_TYPES

if TYPE_CHECKING:
    from sim.world import World

PE_ART, OWN = 3, 4  # rows of World.teacher_counts: PE and art teachers; teachers on the county's own posts
GOLDEN = 0.6180339887498949  # fractions of its multiples fill 0..1 evenly, also inside each county's run of rows


def taught(see: World) -> Array:
    """Return (S, 2) bool: sections that are open and have pupils."""
    return np.array(see.once("taught", lambda: see.serves() & (see.schools.pupils > 0)))  # a copy for each who asks


def both_stages(per_school: Array) -> Array:
    """Return (S, 2): a (S,) quantity of schools for both stages. numpy is slow at laying (S, 1) on (S, 2)."""
    out = np.empty((len(per_school), 2), per_school.dtype)
    out[:, 0] = out[:, 1] = per_school
    return out


def in_stage(per_school: Array, stage: int) -> Array:
    """Return (S, 2): a (S,) quantity of schools in one stage, 0 or False in the other."""
    out = np.zeros((len(per_school), 2), per_school.dtype)
    out[:, stage] = per_school
    return out


def in_counties(see: World, eligible: Array) -> Array:
    """Return (S, 2) bool of sections in eligible counties."""
    if eligible.all():
        return see.once("everywhere", lambda: np.ones((len(see.schools), 2), np.bool_))
    return both_stages(eligible[see.schools.county])


def at_home(see: World) -> Array:
    """Return (S, 2) teachers who can go out in exchange: on the section's own posts and not away or visiting."""
    return served(see, -1)


def served(see: World, years: float) -> Array:
    """Return (S, 2) teachers on the section's own posts, not away, who have been there for `years` or more."""

    def count() -> Array:
        t, out, parts = see.teachers, np.zeros(2 * len(see.schools)), see.county_parts()

        def one(k: int) -> None:
            part = parts[k]
            a, b, rows = part.row, part.row_end, see.section_rows[part.section : part.section_end + 1]
            here = out[part.section : part.section_end]
            count_free(rows, a, t.weight[a:b], t.home_section[a:b], t.kind[a:b], t.years_here[a:b], years, here)

        each(range(len(parts)), one, see.threads)
        return out.reshape(-1, 2)

    return see.once(("free", years), count)


@kernel
def count_free(
    rows: Array, row: int, weight: Array, home: Array, kind: Array, years_here: Array, years: float, out: Array
) -> None:
    """Add up by section the teachers who are not away, not sent from outside and there for long enough.

    rows: first teacher of each section, and of the one after; weight to years_here: of the teachers from `row` on
    """
    counts = np.empty_like(weight)
    for i in range(weight.size):  # apart from the adding and without branches, the processor takes many rows at a time
        free = (home[i] < 0) & (kind[i] != OUTSIDE) & (years_here[i] >= years)
        counts[i] = weight[i] if free else np.float32(0.0)
    for section in range(out.size):
        total = 0.0
        for i in range(np.uint32(rows[section] - row), np.uint32(rows[section + 1] - row)):
            total += counts[i]
        out[section] = total


def of_type(see: World, *types: int) -> Array:
    """Return (S, 2) bool of sections in places of types 0 urban, 1 town, 2 village."""

    def find() -> Array:
        wanted = np.array([kind in types for kind in range(len(PLACE_TYPES))])
        return both_stages(wanted[see.schools.place_type])

    return see.once(("of_type", types), find)


def standing(see: World, among: Array, value: Array | None = None, weight: Array | None = None) -> Array:
    """Return (S, 2) rank of each section among those of its county and stage, lowest first; NaN outside `among`.

    The rank is the share of the county's sections that stand lower, half of the section itself counted: 0.5 is the
    middle, a single section stands at 0.5. value: (S, 2), default reputation; weight: (S, 2) what a section counts for,
    default 1
    """
    if value is None and weight is None and np.array_equal(among, taught(see)):
        return see.once("standing", lambda: _standing(see, taught(see), None, None))  # what most policies ask
    return _standing(see, among, value, weight)


def _standing(see: World, among: Array, value: Array | None, weight: Array | None) -> Array:
    among = np.ascontiguousarray(among)
    if value is None and not (among & ~taught(see)).any():
        rows = see.once("by reputation", lambda: order_by(see, see.schools.reputation, taught(see)))
    else:
        rows = order_by(see, see.schools.reputation if value is None else value, among)
    counts = np.ones(among.shape) if weight is None else np.ascontiguousarray(weight, dtype=np.float64)
    return shares_below(locked(rows), among, locked(counts), see.county_start)


def order_by(see: World, value: Array, among: Array) -> Array:
    """Return (n, S) rows of schools by county, those `among` lowest value first; value, among: (S, n), C order."""
    return lowest_first(np.array(value, np.float64, order="C"), among, see.county_start)  # copied: never read-only


def below(rank: Array, limit: float) -> Array:
    """Return where a rank is known and below a limit."""
    return rank < limit  # what is unknown is NaN, and NaN is not below anything


def chosen_first(see: World, among: Array, order: Array, share: float) -> Array:
    """Return bool like `among`: of each county and column of it the given share, lowest `order` first.

    among, order: (S, n), a column a stage
    """
    return below(standing(see, among, order), share) if share < 1.0 else among.copy()


def even_share(n: int) -> Array:
    """Return (n,) numbers in 0..1 that fill it evenly, one a school row, the same in every run and year."""
    return _even_share(n).copy()


@lru_cache(maxsize=4)
def _even_share(n: int) -> Array:
    return (np.arange(1, n + 1) * GOLDEN) % 1.0


def partners(see: World, member: Array, lead: Array, order: Array, most: int) -> Array:
    """Return (S,) row of the lead school that each member school of one stage gets, -1 where it gets none.

    member, lead: (S,) bool of one stage; order: (S,) who chooses first, lowest first; most: members a lead
    """
    s, start = see.schools, see.county_start
    member = np.ascontiguousarray(member)
    rows = order_by(see, order[:, None], member[:, None])[0]
    return give_nearest(rows, member, np.ascontiguousarray(lead), s.x, s.y, most, start)


def best_per_county(see: World, candidate: Array, rank: Array, number: Array) -> Array:
    """Return (S,) bool: each county's `number` (C,) candidates of one stage, key schools first, then by rank."""
    candidate, rank = np.ascontiguousarray(candidate), np.ascontiguousarray(rank)
    return take_best(candidate, see.schools.key, rank, np.asarray(number, np.float64), see.county_start)
