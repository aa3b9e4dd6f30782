"""The nine cohorts of the start year: made, some marked out of school, all admitted.

Where only some counties are run, the others' start cohorts are made and admitted too, counted by school and forgotten: posts,
stocks and the region's ratios of the start year are then those of the whole run.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np

from sim.columns import Array
from sim.compile import each, kernel
from sim.expected import in_school
from sim.people import make_cohort
from sim.persons import Persons, Run, persons_in
from sim.phases.admission import admit, line_up_block
from sim.phases.stay_or_leave import mark_out, out_share, relative_hazards
from sim.tables import BOARDING, OUT, TEACHING_POINT, Students
from sim.world import World

GRADES = 9
KEPT = 6  # start worlds whose counts a map keeps


@dataclass(frozen=True)
class StartCounts:
    """What the whole region's start cohorts come to, by grade (0-8).

    hazards: (9, C) sum of the children's relative hazards of leaving school, and size: (9, C) their number, by county
    pupils, boarders, ability: (9, S) children in school, those who board, and the sum of their ability
    """

    hazards: Array
    size: Array
    pupils: Array
    boarders: Array
    ability: Array


class FirstCohorts:
    """Makes the start cohorts of one world."""

    def __init__(self, world: World, known: StartCounts | None = None) -> None:
        """known: what the whole region comes to, where that was counted before."""
        self.world, self.out, self.known = world, out_share(world.params), known
        self.primary: dict[int, Array] = {}
        self.made: dict[int, tuple[Students, int, Persons | None]] = {}
        c, s = len(world.counties), len(world.schools)
        self.counts = known or StartCounts(*np.zeros((2, GRADES, c)), *np.zeros((3, GRADES, s)))
        self.elsewhere: World | None = None
        if world.outside is not None and known is None:
            here = world.outside
            others = replace(here, counties=~here.counties, places=~here.places, schools=~here.schools)
            self.elsewhere = replace(world, outside=others)

    def make(self) -> list[Array]:
        """Fill the nine blocks and admit every cohort; return the primary school of the three junior cohorts."""
        world = self.world
        each(range(GRADES - 1, -1, -1), self.one, world.threads)  # the oldest, who are admitted twice, first
        parts = ([self.made[g][k] for g in range(GRADES)] for k in range(3))
        world.blocks, world.first_person, world.persons = parts  # type: ignore[assignment]
        return [self.primary[g] for g in range(6, GRADES)]

    def one(self, grade: int) -> None:
        """Make one cohort; what stands for the counties that are not run is counted beside it."""
        worlds = [self.world] if self.elsewhere is None else [self.world, self.elsewhere]
        cohorts = [self._born(world, grade) for world in worlds]
        hazards, size = self.counts.hazards[grade], self.counts.size[grade]
        base = self.out[grade] * total(size) / max(total(hazards), 1e-9)
        for world, cohort in zip(worlds, cohorts, strict=True):
            block, first, persons = cohort
            pieces = list(persons_in(persons, first, 0, len(block)))
            self._mark_out(block, pieces, base)
            primary = self._admit(world, block, pieces, grade)
            if world is self.world:
                self.made[grade] = cohort
                if primary is not None:
                    self.primary[grade] = primary
            if self.world.outside is not None and self.known is None:
                n = len(block) if persons is None else int(persons.edges[-1])  # who is to come is counted elsewhere
                counted = (self.counts.pupils, self.counts.boarders, self.counts.ability)
                count_start(block.school[:n], block.flags[:n], block.ability[:n], *(x[grade] for x in counted))

    def _born(self, world: World, grade: int) -> tuple[Students, int, Persons | None]:
        """Return a cohort of the start year, and add up its hazards."""
        year = world.first_year
        block, first, persons = make_cohort(
            world, world.streams, year - grade, year, self.out[grade], come=world is self.world
        )
        if self.known is None:
            n, p = len(block) if persons is None else int(persons.edges[-1]), world.params
            relative_hazards(
                block.ability[:n], block.knowledge[:n], block.ses[:n], block.home[:n], world.places.county,
                p.dropout_by_score, p.dropout_by_ses, self.counts.hazards[grade], self.counts.size[grade],
            )  # fmt: skip
        return block, first, persons

    def _mark_out(self, block: Students, pieces: list[Run], base: float) -> None:
        p, key = self.world.params, self.world.streams.key("out", self.world.first_year)
        for a, b, who in pieces:
            mark_out(
                *key, who, block.ability[a:b], block.knowledge[a:b], block.ses[a:b], block.flags[a:b], base,
                p.dropout_by_score, p.dropout_by_ses,
            )  # fmt: skip

    def _admit(self, world: World, block: Students, pieces: list[Run], grade: int) -> Array | None:
        """Admit a cohort to its present school; return the primary school of those now in junior school."""
        entered, streams = world.first_year - grade, world.streams
        choice, key = world.choice[0 if grade < 3 else 2], streams.key("admit_1", entered)
        admit(world, [(line_up_block(world, block, pieces, key), choice, self._room(grade, 0))], threads=1)
        if grade < 6:
            return None
        primary = block.school.copy()
        key = streams.key("admit_7", entered + 6)
        admit(world, [(line_up_block(world, block, pieces, key), world.choice[1], self._room(grade, 1))], threads=1)
        return primary

    def _room(self, grade: int, stage: int) -> Array:
        """Return (S,) rows of children that schools take of one start cohort into a stage. grade: the cohort's now (0-8)."""
        s = self.world.schools
        if stage == 1:
            share = s.seats[:, 1] / 3
        else:  # older children have left the teaching points
            share = s.seats[:, 0] / np.where(s.kind == TEACHING_POINT, 3.0 if grade < 3 else np.inf, 6.0)
        return np.floor(share / self.world.weight).astype(np.int64)


def make_first_cohorts(world: World, kept: dict[Hashable, StartCounts]) -> list[Array]:
    """Fill the nine blocks of a start world; return the primary school of the three junior cohorts.

    kept: what whole regions came to, by what it depends on; filled where only some counties are run
    """
    key = (
        world.seed, world.sample, world.entry_variant, tuple(world.params.items()), tuple(sorted(world.align.items())),
    )  # fmt: skip
    cohorts = FirstCohorts(world, kept.get(key) if world.outside is not None else None)
    primary = cohorts.make()
    if world.outside is not None:
        found = cohorts.counts
        if key not in kept:
            while len(kept) >= KEPT:
                del kept[next(iter(kept))]
            kept[key] = found
        away, weight = ~world.outside.schools, world.weight
        world.outside = replace(
            world.outside,
            pupils=found.pupils * away * weight,
            boarders=found.boarders * away * weight,
            in_school=in_school(world),
            ability=np.where(away, found.ability / np.maximum(found.pupils, 1.0), 0.0),
        )
    return primary


@kernel
def total(values):
    """Return the sum, one by one in their order."""
    found = 0.0
    for i in range(values.size):
        found += values[i]
    return found


@kernel
def count_start(school, flags, ability, pupils, boarders, abilities):
    """Add up the children in school, those who board, and their ability, by school."""
    for i in range(school.size):
        if flags[i] & np.uint8(OUT):
            continue
        s = school[i]
        pupils[s] += 1.0
        boarders[s] += np.float64(flags[i] & np.uint8(BOARDING) != 0)
        abilities[s] += np.float64(ability[i])
