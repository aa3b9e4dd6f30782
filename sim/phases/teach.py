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
from sim.lanes import LANES, add_lanes, zeros_in_line
from sim.phases.inputs import school_inputs
from sim.streams import Streams
from sim.tables import BOARDING, BOTH_AWAY, DISABLED, MIGRANT, OUT, POOR
from sim.tally import TAUGHT, WIDTH, Tally
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
            g[j] = given[s[j]]
        for j in range(s.size):
            inside = np.float32((f[j] >> np.uint8(6) & np.uint8(1)) ^ np.uint8(1))
            away = both_away * np.float32(f[j] & np.uint8(1)) + one_away * np.float32(f[j] >> np.uint8(1) & np.uint8(1))
            k[j] = rho * k[j] + inside * g[j] + away + noise * z[j]


def _groups() -> Array:
    """Return (256, 8) float64: in which groups a child is, for the sums below.

    Row: the child's flags, with the bit of DISABLED for the top and the highest for the bottom fifth of family background.
    Groups: all, left-behind, migrant, poor, boarding, top, bottom; the last lane is empty.
    """
    row = np.arange(256)
    bits = [row & flag for flag in (BOTH_AWAY, MIGRANT, POOR, BOARDING, DISABLED, 128)]
    return np.stack([np.ones(256), *(np.where(bit > 0, 1.0, 0.0) for bit in bits), np.zeros(256)], axis=1)


GROUPS = zeros_in_line((256 * LANES,))
GROUPS[:] = _groups().ravel()
PLACES = np.array(TAUGHT)


@kernel
def sums(ability, knowledge, ses, school, flags, groups, into):
    """Set `into` to counts and sums of some children by school, flat (S * WIDTH,), columns as in sim.tally.SUMS."""
    into[:] = 0.0
    for i in range(school.size):
        f = flags[i]
        if f & np.uint8(OUT):
            continue
        x = np.float64(ability[i] + knowledge[i])
        z = np.float64(ses[i])
        # no branches from here: which group a child belongs to cannot be predicted, adding zero is cheaper
        row = f & np.uint8(255 - DISABLED) | np.uint8(z > TOP) << np.uint8(5) | np.uint8(z < BOTTOM) << np.uint8(7)
        at = np.int64(school[i]) * WIDTH
        add_lanes(into, at, groups, np.int64(row) * LANES, x)
        rest = into[at + 2 * LANES : at + WIDTH]
        rest[0] += x * x
        rest[1] += z
        rest[2] += z * z
        rest[3] += z * x


def learning(world: World, inputs: Array, peers: Array) -> tuple:
    """Return what `learn` takes after luck and children: what each school gives this grade, and how knowledge moves.

    inputs: (S,) from `school_inputs`; peers: (S,) mean score of each school's own grade
    """
    p, f = world.params, np.float32
    given = (inputs + p.effect_peers * peers).astype(f)
    return given, f(p.rho), f(p.effect_both_away * (1 - p.rho)), f(p.effect_one_away * (1 - p.rho)), f(p.noise_sd)


@kernel
def turn(first, second, places, grade, planes):
    """Lay a grade's sums, flat (S * WIDTH,) and in two parts, into planes (fields, 9, S): from by school to by field."""
    n = planes.shape[2]
    for a in range(0, n, SCHOOLS_AT_ONCE):
        for k in range(places.size):
            for s in range(a, min(a + SCHOOLS_AT_ONCE, n)):
                at = s * WIDTH + places[k]
                planes[k, grade, s] = first[at] + (second[at] if second.size else 0.0)


def teach(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Teach every grade, then take the year's sums by school."""
    inputs, peers, n = school_inputs(world, effects), world.peer_score(), len(world.schools)
    tasks = cuts(world.blocks)
    if world.scratch is None:
        world.scratch = zeros_in_line((len(tasks), n * WIDTH))
    into, planes = world.scratch, np.empty((len(fields(Tally)), 9, n))

    def learn_and_add(k: int) -> None:
        grade, a, b, slot = tasks[k]
        c, luck = world.blocks[grade], learning_luck(world, grade, a, b)
        school, flags, knowledge = c.school[a:b], c.flags[a:b], c.knowledge[a:b]
        learn(luck, knowledge, school, flags, *learning(world, inputs[grade], peers[grade]))
        sums(c.ability[a:b], knowledge, c.ses[a:b], school, flags, GROUPS, into[slot])

    def lay(grade: int) -> None:
        turn(into[grade], into[9] if grade == 8 else into[9, :0], PLACES, grade, planes)
        planes[len(PLACES) :, grade] = 0.0

    each(range(len(tasks)), learn_and_add, world.threads)
    each(range(9), lay, world.threads)
    world.tally = Tally.of_planes(planes)
    hear(world)
    world.ahead = None


def hear(world: World) -> None:
    """Let families' view of each school move towards its mean score."""
    keep, known = world.params.reputation_memory, world.schools.reputation
    n, total = stage_sums(world.tally.n, world.tally.score)
    mean = np.where(n > 0, total / np.maximum(n, 1.0), known)
    known[:] = keep * known + (1 - keep) * mean
