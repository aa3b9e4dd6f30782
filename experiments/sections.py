"""A year's sums by section (school and stage), and how they are added to areas: what all measures are computed from."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from experiments.areas import N_TYPES, Areas
from sim import exact
from sim.columns import Array

PRIMARY_GRADES, GRADES = 6, 9
Found = dict[tuple[str, str], Array]  # (measure, group) -> (3, n_areas): primary, junior, compulsory; NaN = absent


class Sections:
    """One year of a world, by school and stage, with the sums over areas."""

    def __init__(self, world: Any, areas: Areas) -> None:
        self.world, self.areas = world, areas
        schools = world.schools
        self.county, self.place_type = schools.county, schools.place_type
        self.weight = float(world.weight)
        self.pupils = schools.pupils.T
        self.children = world.tally.by_stage()  # rows, not children
        self._cell = self.county.astype(np.int64) * N_TYPES + schools.place_type

    def cells(self, amounts: Array) -> Array:
        """Add (..., n_schools) amounts to (..., n_counties, place types)."""
        sums = exact.by_group(amounts, self._cell, self.areas.n_counties * N_TYPES)
        return sums.reshape(*amounts.shape[:-1], self.areas.n_counties, N_TYPES)

    def add(self, amounts: Array) -> Array:
        """Add (..., n_schools) amounts to (..., n_areas)."""
        return self.areas.from_cells(self.cells(amounts))

    @cached_property
    def pupil_cells(self) -> Array:
        """(2, n_counties, place types) pupils."""
        return self.cells(self.pupils)

    @cached_property
    def pupil_sums(self) -> Array:
        """(2, n_areas) pupils."""
        return self.areas.from_cells(self.pupil_cells)

    @cached_property
    def child_cells(self) -> dict[str, Array]:
        """(2, n_counties, place types) of every sum of the tally, in rows."""
        return {name: self.cells(amounts) for name, amounts in self.children.items()}

    @cached_property
    def child_sums(self) -> dict[str, Array]:
        """(2, n_areas) of every sum of the tally, in rows."""
        cells = np.stack(list(self.child_cells.values()))
        return dict(zip(self.child_cells, self.areas.from_cells(cells), strict=True))

    def add_stages(self, amounts: Array) -> Array:
        """Add (2, n_schools) amounts to (3, n_areas): primary, junior and both."""
        return with_both(self.add(amounts))


def by_stage(by_grade: Array) -> Array:
    """Add (9, n) amounts by grade to (2, n): grades 1-6 and 7-9."""
    return np.stack([exact.total(by_grade[:PRIMARY_GRADES], 0), exact.total(by_grade[PRIMARY_GRADES:], 0)])


def with_both(two: Array) -> Array:
    """Put the sum of the stages below them: (2, n) becomes (3, n)."""
    return np.concatenate([two, two[:1] + two[1:]])


def whole(compulsory: Array) -> Array:
    """Return (3, n) with (n,) numbers that exist for both stages together only."""
    out = np.full((3, len(compulsory)), np.nan)
    out[2] = compulsory
    return out


def stages_only(two: Array) -> Array:
    """Return (3, n) with (2, n) numbers that exist by stage only."""
    return np.concatenate([two, np.full((1, two.shape[1]), np.nan)])


def ratio(top: Array, bottom: Array) -> Array:
    """Divide; NaN where there is nothing to divide by."""
    top, bottom = np.broadcast_arrays(np.asarray(top, dtype=np.float64), bottom)
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
