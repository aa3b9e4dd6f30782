"""Phase 6: learning.

k(t+1) = rho k(t) + intercept + teachers + leadership + class size + resources + peers + both parents away + effects + noise,
score = ability + k, in student-level SD of the base year. Peers are the mean score of the child's own grade in its school.
"""

from __future__ import annotations

import numpy as np

from sim.compile import each, kernel
from sim.effects import Effects
from sim.streams import Streams, fill_normal
from sim.tables import OUT
from sim.world import World

CHUNK = 2048
MEDIUM_CLASS = 40.0  # below this many pupils the evidence finds no gain from smaller classes (C04, C05, C07)
TOP, BOTTOM = 0.8416212, -0.8416212  # fifths of a standard normal


@kernel
def school_means(ability, knowledge, school, flags, total, count):
    """Sum scores and children of one grade by school."""
    for i in range(school.size):
        if flags[i] & np.uint8(OUT):
            continue
        s = school[i]
        total[s] += np.float64(ability[i] + knowledge[i])
        count[s] += 1.0


@kernel
def learn(key, high, first, ability, knowledge, school, flags, given, rho, both_away, one_away, noise):
    """Move the knowledge of one grade forward a year. given: (S,) float32, all that a school gives this grade."""
    shock, gift = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32)
    for start in range(0, school.size, CHUNK):
        n = min(CHUNK, school.size - start)
        fill_normal(key, high, np.uint64(first) + np.uint64(start), shock[:n])
        for j in range(n):
            gift[j] = given[school[start + j]]
        k, f = knowledge[start : start + n], flags[start : start + n]
        for j in range(n):
            inside = np.float32((f[j] >> np.uint8(6) & np.uint8(1)) ^ np.uint8(1))
            away = both_away * np.float32(f[j] & np.uint8(1)) + one_away * np.float32(f[j] >> np.uint8(1) & np.uint8(1))
            k[j] = rho * k[j] + inside * gift[j] + away + noise * shock[j]


@kernel
def sums(ability, knowledge, ses, school, flags, into):
    """Add one grade's counts and sums by school into `into` (S, 18), columns as in sim.tally.Tally."""
    for i in range(school.size):
        f = flags[i]
        if f & np.uint8(OUT):
            continue
        row = into[school[i]]
        x = np.float64(ability[i] + knowledge[i])
        z = np.float64(ses[i])
        row[0] += 1.0
        row[1] += x
        row[2] += x * x
        row[3] += z
        row[4] += z * z
        row[5] += z * x
        # no branches from here: which group a child belongs to cannot be predicted, adding zero is cheaper
        left = np.float64(f & np.uint8(1))
        migrant = np.float64((f >> np.uint8(2)) & np.uint8(1))
        poor = np.float64((f >> np.uint8(3)) & np.uint8(1))
        boards = np.float64((f >> np.uint8(4)) & np.uint8(1))
        top = 1.0 if z > TOP else 0.0
        bottom = 1.0 if z < BOTTOM else 0.0
        row[6] += left
        row[7] += left * x
        row[8] += migrant
        row[9] += migrant * x
        row[10] += poor
        row[11] += poor * x
        row[12] += boards
        row[13] += boards * x
        row[14] += top
        row[15] += top * x
        row[16] += bottom
        row[17] += bottom * x


def school_inputs(world: World, effects: Effects) -> np.ndarray:
    """Return (9, S) what each school gives each grade before peers: teachers, leadership, class size, resources, policies."""
    p, schools = world.params, world.schools
    out = np.empty((9, len(schools)))
    stage_part = (
        world.teacher_input()
        + schools.leadership[:, None]
        + p.effect_resources * (world.resource_level() - 1.0)
        + effects.shift(len(schools))
    )
    size = schools.grade_pupils.T / np.maximum(schools.classes.T, 1.0)
    for grade in range(9):
        stage = 0 if grade < 6 else 1
        out[grade] = stage_part[:, stage] + p.effect_class_size * np.maximum(size[grade] - MEDIUM_CLASS, 0.0)
    return out + world.align["intercept"]


def teach_grade(world: World, grade: int, inputs: np.ndarray, key: tuple) -> None:
    """Teach one grade for a year. inputs: (S,) from `school_inputs`."""
    p, block, first = world.params, world.blocks[grade], world.first_person[grade]
    n = len(world.schools)
    total, count = np.zeros(n), np.zeros(n)
    school_means(block.ability, block.knowledge, block.school, block.flags, total, count)
    given = inputs + p.effect_peers * total / np.maximum(count, 1.0)
    learn(
        *key,
        first,
        block.ability,
        block.knowledge,
        block.school,
        block.flags,
        given.astype(np.float32),
        np.float32(p.rho),
        np.float32(p.effect_both_away * (1 - p.rho)),
        np.float32(p.effect_one_away * (1 - p.rho)),
        np.float32(p.noise_sd),
    )


def teach(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Teach every grade, then take the year's sums by school."""
    inputs = school_inputs(world, effects)
    key = streams.key("learning", year)
    into = np.zeros((9, len(world.schools), 18))

    def one(grade: int) -> None:
        block = world.blocks[grade]
        teach_grade(world, grade, inputs[grade], key)
        sums(block.ability, block.knowledge, block.ses, block.school, block.flags, into[grade])

    each(range(9), one, world.threads)
    world.take_sums(into)
    world.update_reputation()
