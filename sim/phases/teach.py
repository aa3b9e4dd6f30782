"""Phase 6: learning.

k(t+1) = rho k(t) + intercept + teachers + leadership + class size + resources + peers + both parents away + effects + noise,
score = ability + k, in student-level SD of the base year. Peers are the mean score of the child's own grade in its school.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.ahead import learning_luck
from sim.columns import Array
from sim.compile import each, kernel
from sim.counting import stage_sums
from sim.cuts import cuts
from sim.effects import Effects
from sim.lanes import WIDTH, add_child, zeros_in_line
from sim.outside import runs
from sim.phases.inputs import school_inputs
from sim.streams import Streams
from sim.tables import BOARDING, BOTH_AWAY, DISABLED, MIGRANT, OUT, POOR
from sim.tally import COUNTED, TAUGHT, Tally
from sim.world import World

CHUNK = 2048
SCHOOLS_AT_ONCE = 64  # what of their sums stays in the nearest cache
TOP, BOTTOM = 0.8416212, -0.8416212  # fifths of a standard normal


@kernel
def learn(shock, knowledge, school, flags, given, rho, both_away, one_away, noise):
    """Move knowledge forward a year. shock: (n,) luck, standard normal; given: (S,) float32, all that a school gives."""
    gift = np.empty(CHUNK, np.float32)
    for start in range(0, school.size, CHUNK):
        end = min(start + CHUNK, school.size)
        k, s, f, z, g = knowledge[start:end], school[start:end], flags[start:end], shock[start:end], gift[: end - start]
        for j in range(s.size):
            g[j] = given[np.uint32(s[j])]  # unsigned: no negative index to look for
        for j in range(s.size):
            inside = np.float32((f[j] >> np.uint8(6) & np.uint8(1)) ^ np.uint8(1))
            away = both_away * np.float32(f[j] & np.uint8(1)) + one_away * np.float32(f[j] >> np.uint8(1) & np.uint8(1))
            k[j] = rho * k[j] + inside * g[j] + away + noise * z[j]


def _groups() -> Array:
    """Return (256, LANES) bool: in which groups a child is, for the sums below.

    Row: the child's flags, with the bit of DISABLED for the top and the highest for the bottom fifth of family background.
    Groups: all, left-behind, migrant, poor, boarding, top, bottom; the last lane is empty.
    """
    row = np.arange(256)
    bits = [row & flag > 0 for flag in (BOTH_AWAY, MIGRANT, POOR, BOARDING, DISABLED, 128)]
    return np.stack([row >= 0, *bits, row < 0], axis=1)


ONES, MASKS = _groups().astype(np.int32).ravel(), -_groups().astype(np.int64).ravel()
COUNTED_PLACES, TAUGHT_PLACES = np.array(COUNTED), np.array(TAUGHT)


@kernel
def sums(ability, knowledge, ses, school, flags, ones, masks, into):
    """Set `into` to counts and sums of some children by school: see `sim.lanes`, WIDTH a school."""
    into[:] = 0.0
    for i in range(school.size):
        f = flags[i]
        if f & np.uint8(OUT):
            continue
        z = np.float64(ses[i])
        # no branches from here: which group a child belongs to cannot be predicted, adding zero is cheaper
        row = f & np.uint8(255 - DISABLED) | np.uint8(z > TOP) << np.uint8(5) | np.uint8(z < BOTTOM) << np.uint8(7)
        score = np.float64(ability[i] + knowledge[i])
        add_child(into, np.int64(school[i]) * WIDTH, ones, masks, np.int64(row), score, z)


def learning(world: World, inputs: Array, peers: Array) -> tuple:
    """Return what `learn` takes after luck and children: what schools give, by grade, and how knowledge moves.

    inputs: (9, S) from `school_inputs`; peers: (9, S) mean score of each school's grade. Of what is given, (9, S) float32,
    `learn` takes one row; a single grade's (S,) do as well.
    """
    p, f = world.params, np.float32
    given = inputs + p.effect_peers * peers
    return (
        given.astype(f),
        f(p.rho),
        f(p.effect_both_away * (1 - p.rho)),
        f(p.effect_one_away * (1 - p.rho)),
        f(p.noise_sd),
    )


@kernel
def turn(first, second, counted, taught, grade, low, high, planes):
    """Lay a grade's sums, flat and in two parts, into planes (fields, 9, S): from by school to by field.

    low, high: of schools low to high - 1
    counted, taught: (n, 2) places of counts (of int32) and of sums (of float64): plane, and place in a school's sums
    """
    counts, more_counts = first.view(np.int32), second.view(np.int32)
    for a in range(low, high, SCHOOLS_AT_ONCE):
        b = min(a + SCHOOLS_AT_ONCE, high)
        for k in range(counted.shape[0]):
            plane, place = planes[counted[k, 0], grade], counted[k, 1]
            for s in range(a, b):
                plane[s] = counts[2 * WIDTH * s + place]
            for s in range(a, b if second.size else a):
                plane[s] += more_counts[2 * WIDTH * s + place]
        for k in range(taught.shape[0]):
            plane, place = planes[taught[k, 0], grade], taught[k, 1]
            for s in range(a, b):
                plane[s] = first[WIDTH * s + place]
            for s in range(a, b if second.size else a):
                plane[s] += second[WIDTH * s + place]


def teach(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Teach every grade, then take the year's sums by school."""
    given, *moving = learning(world, school_inputs(world, effects), world.peer_score())
    tasks, n = cuts(world.blocks), len(world.schools)
    if world.scratch is None:
        world.scratch = zeros_in_line((10, n * WIDTH))
    into, planes = world.scratch, np.empty((len(fields(Tally)), 9, n))

    told = [(0, n)] if world.outside is None else runs(world.outside.schools)  # of the others see `Outside.tell`

    def lay(grade: int) -> None:
        rest = into[9] if grade == 8 and len(tasks) > 9 else into[9, :0]
        for low, high in told:
            turn(into[grade], rest, COUNTED_PLACES, TAUGHT_PLACES, grade, low, high, planes)
        planes[len(COUNTED) + len(TAUGHT) :, grade] = 0.0

    def learn_and_add(k: int) -> None:
        grade, a, b, slot = tasks[k]
        c, luck = world.blocks[grade], learning_luck(world, grade, a, b)
        school, flags, knowledge = c.school[a:b], c.flags[a:b], c.knowledge[a:b]
        learn(luck, knowledge, school, flags, given[grade], *moving)
        sums(c.ability[a:b], knowledge, c.ses[a:b], school, flags, ONES, MASKS, into[slot])
        if grade < 8:
            lay(grade)  # while its sums are at hand

    each(range(len(tasks)), learn_and_add, world.threads)
    lay(8)  # learnt in two parts
    if world.outside is not None:
        world.outside.tell(planes, world.schools.place_type, long_run_leadership(world), 1.0 / world.weight)
    world.tally = Tally.of_planes(planes)
    hear(world)
    world.ahead = None


def long_run_leadership(world: World) -> Array:
    """Return (S,) what a school's leadership adds to its children's knowledge when it has taught them long enough."""
    return world.schools.leadership / (1.0 - world.params.rho)


def hear(world: World) -> None:
    """Let families' view of each school move towards its mean score."""
    keep, known = world.params.reputation_memory, world.schools.reputation
    n, total = stage_sums(world.tally.n, world.tally.score)
    mean = np.where(n > 0, total / np.maximum(n, 1.0), known)
    known[:] = keep * known + (1 - keep) * mean
