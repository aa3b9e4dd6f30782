"""Part of phase 6: what schools give their children in a year: teachers, leadership, class size, resources, policies."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim import exact
from sim.columns import Array
from sim.compile import each
from sim.counting import sum_effects
from sim.effects import Effects
from sim.world import World

STAGE = np.array([0] * 6 + [1] * 3)  # of each grade
MEDIUM_CLASS = 40.0  # below this many pupils the evidence finds no gain from smaller classes (C04, C05, C07)


@lru_cache(maxsize=4)
def by_experience(first_five: float, next_ten: float) -> Array:
    """Return (61,) effect of a teacher by years of experience, in student SD a year."""
    years = np.arange(61)
    return first_five * np.minimum(years, 5) / 5 + next_ten * np.clip(years - 5, 0, 10) / 10


def teacher_input(world: World) -> Array:
    """Return (S, 2) mean effect of a section's teachers in student SD a year; the region's mean where there are none."""
    t, p, n = world.teachers, world.params, 2 * len(world.schools)
    growth = by_experience(p.experience_5, p.experience_15)
    total, count, parts = np.zeros(n), np.zeros(n), world.county_parts()

    def one(k: int) -> None:
        sum_effects(
            t.weight, t.value_added, t.experience, t.years_here, growth, p.effect_new_here, world.section_rows,
            parts[k].section, parts[k].section_end, total, count,
        )  # fmt: skip

    each(range(len(parts)), one, world.threads)
    mean = exact.total(total) / max(exact.total(count), 1.0)
    return np.where(count > 0, total / np.where(count > 0, count, 1.0), mean).reshape(-1, 2)


def resource_level(world: World) -> Array:
    """Return (S, 2) mean over the seven indicators of value / norm capped at 1, at the last inspection."""
    if world.inspection is None:
        return np.ones((len(world.schools), 2))
    value, norm = world.inspection.value, world.inspection.standards.threshold
    level = exact.add_up(np.minimum(value[:, :, k] / norm[:, k], 1.0) for k in range(value.shape[2])) / value.shape[2]
    return np.where(np.isnan(level), 1.0, level)


def school_inputs(world: World, effects: Effects) -> Array:
    """Return (9, S) what each school gives each grade before peers: teachers, leadership, class size, resources, policies."""
    p, schools = world.params, world.schools
    stage_part = (
        teacher_input(world)
        + schools.leadership[:, None]
        + p.effect_resources * (resource_level(world) - 1.0)
        + effects.shift(len(schools))
    )
    size = np.empty((9, len(schools)))
    np.divide(schools.grade_pupils.T, np.maximum(schools.classes.T, 1.0), out=size)
    size -= MEDIUM_CLASS
    np.maximum(size, 0.0, out=size)
    size *= p.effect_class_size
    size += stage_part.T[STAGE]
    size += world.align["intercept"]
    if world.outside is not None:
        world.outside.like_inside(size, np.ascontiguousarray(schools.grade_pupils.T), schools.place_type)
    return size
