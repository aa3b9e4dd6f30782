"""Phase 8: the official evaluation of every school and county, certification, and what the county agent remembers."""

from __future__ import annotations

import numpy as np

from sim import exact
from sim.columns import Array
from sim.counting import class_sizes, missed_by_county
from sim.effects import Effects
from sim.evaluation import CountyItems, SchoolTotals, inspect
from sim.streams import Streams
from sim.world import World


def totals(world: World) -> SchoolTotals:
    """Return the world's schools as the register that the inspection reads."""
    s = world.schools
    _, degree, backbone, pe_art, _ = world.teacher_counts()
    classes, largest = class_sizes(s.grade_pupils, s.classes)
    return SchoolTotals(
        kind=s.kind,
        pupils=s.pupils,
        pupils_senior=np.zeros(len(s)),
        above_degree=degree,
        backbone=backbone,
        pe_art=pe_art,
        physical=s.stock,
        classes=classes,
        max_class=np.ceil(largest),
    )


def _ratio(part: Array, whole: Array) -> Array:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def items(world: World) -> CountyItems:
    """Return what the state knows of the government and quality items; the rest stays "not modelled"."""
    f, y = world.flows, world.tally
    due, rotated = world.by_county(f.eligible), world.by_county(f.rotated)
    backbone = world.by_county(f.rotated_backbone)
    keep = np.ones(len(world.counties))
    junior = np.array(y.n[6:])  # the tally's columns lie far apart: read this one once
    for grade in range(6, 9):
        there = world.by_county(junior[grade - 6] + y.out[grade])
        net = world.by_county(y.dropped[grade] - y.returned[grade])
        keep *= 1.0 - np.where(there > 0, net / np.maximum(there, 1.0), 0.0)
    n = exact.total(junior if junior.any() else y.n, 0)
    score, square = (exact.total(y.score[6:], 0), exact.total(y.score2[6:], 0))
    count, total = world.by_county(n), world.by_county(score)
    mean = total / np.maximum(count, 1.0)
    between = (
        world.by_county(np.where(n > 0, score * score / np.maximum(n, 1.0), 0.0)) / np.maximum(count, 1.0) - mean * mean
    )
    variance = world.by_county(square) / np.maximum(count, 1.0) - mean * mean
    return CountyItems(
        rotation_share=np.where(due > 0, _ratio(rotated, due), 0.0),
        rotation_backbone_share=np.where(rotated > 0, _ratio(backbone, rotated), 0.0),
        retention_junior3=keep,
        difference_rate_a=_ratio(between, variance),
        difference_rate_b=np.sqrt(np.maximum(between, 0.0)) / 8.0,
    )


def inspect_world(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Evaluate, certify counties that pass for the first time, remember the share of sections failing each indicator."""
    world.inspection = inspect(totals(world), world.schools.county, len(world.counties), items(world))
    found = world.inspection
    world.certified = np.where((world.certified == 0) & found.passed, year, world.certified)
    world.memory = failing_share(world)
    world.running = False


def failing_share(world: World) -> Array:
    """Return (C, 7) share of evaluated sections that miss each indicator, or 1 where the county's coefficient fails."""
    found = world.inspection
    missed, total = missed_by_county(found.counted, found.met, world.county_start)
    share = missed / np.maximum(total, 1.0)[:, None]
    return np.where(found.cv_met.all(1), share, 1.0)
