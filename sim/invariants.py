"""What must hold after every phase: cheap, so always on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import exact
from sim.columns import Array
from sim.compile import kernel
from sim.tables import NINE_YEAR

if TYPE_CHECKING:
    from sim.world import World


class BrokenInvariant(AssertionError):
    """The state of the world contradicts itself: an error of the program, never of its user."""


def require(holds: bool, message: str) -> None:
    """Raise BrokenInvariant unless the condition holds (python -O must not switch this off, so no assert)."""
    if not holds:
        raise BrokenInvariant(message)


ALWAYS = (
    "",
    "negative or missing stock",
    "negative places or posts",
    "more money spent than there was",
    "an open school has no living row",
)


@kernel
def look_over(stock: Array, seats: Array, posts: Array, carry: Array, successor: Array, is_open: Array) -> int:
    """Return which of `ALWAYS` is broken, 0 for none: one look at every school instead of many at every column."""
    for s in range(is_open.size):
        for k in range(stock.shape[1]):
            if not (stock[s, k] >= 0.0 and stock[s, k] < np.inf):  # NaN: neither
                return 1
        for k in range(2):
            if not (seats[s, k] >= 0.0 and posts[s, k] >= 0.0):
                return 2
    for c in range(carry.size):
        if not carry[c] >= -1e-6:
            return 3
    for s in range(is_open.size):
        heir = successor[s]
        if heir < 0 or heir >= is_open.size or is_open[s] > is_open[heir]:
            return 4
    return 0


@kernel
def all_taught(pupils: Array, kind: Array) -> bool:
    """Return whether every school with pupils of a stage is of a kind that teaches it."""
    for s in range(kind.size):
        if pupils[s, 0] != 0 and kind[s] == 2:
            return False
        if pupils[s, 1] != 0 and kind[s] != 2 and kind[s] != NINE_YEAR:
            return False
    return True


@kernel
def all_open(section_rows: Array, is_open: Array) -> bool:
    """Return whether every section with teachers is of an open school."""
    astray = 0
    for sec in range(section_rows.size - 1):
        astray += section_rows[sec + 1] > section_rows[sec] and not is_open[sec >> 1]
    return astray == 0


def check(world: World, after: str) -> None:
    """Raise BrokenInvariant naming the phase and year when an invariant is broken.

    Nobody lost or doubled, every row at a living school that teaches it, no negative stock, posts not exceeded, money
    spent <= money there, no missing score.
    """
    s, t = world.schools, world.teachers
    where = f"after {after}, {world.year}"
    broken = look_over(s.stock, s.seats, s.posts, world.carry, s.successor, s.open)
    require(broken == 0, f"{ALWAYS[broken]} {where}")
    if after in ("build", "staff"):
        require(bool(t.section.min() >= 0 and t.section.max() < 2 * len(s)), f"a teacher without a section {where}")
        require(all_open(world.section_rows, s.open), f"a teacher in a closed school {where}")
    if after in ("build", "admission"):
        rows = np.array([len(b) for b in world.blocks])
        pupils = s.grade_pupils
        if world.outside is not None:  # of schools outside: who is there, not who is expected
            pupils = np.where(world.outside.schools[:, None], pupils, world.grade_sums[:, :, 0].T * world.weight)
        in_school = exact.total(world.by_county_stage(pupils), 0) / world.weight
        require(bool(exact.count(world.lost) == 0), f"{exact.count(world.lost)} children at no living school {where}")
        require(all_taught(s.pupils, s.kind), f"pupils at a school that does not teach them {where}")
        require(bool(np.abs(in_school + world.out_of_school - rows).max() < 0.5), f"children lost or doubled {where}")
    if after == "county_plan":
        spent = world.by_county(world.spend)
        require(bool((spent <= world.money * (1 + 1e-9) + 1.0).all()), f"more money spent than there was {where}")
    if after == "staff":
        have = world.own_teachers_by_county()
        allowed = np.maximum(world.by_county_stage(s.posts), world.teachers_before)
        require(bool((have <= allowed + world.row_weight.max()).all()), f"more teachers than posts {where}")
    if after == "teach":
        require(bool(np.isfinite(world.tally.score).all()), f"missing scores {where}")
