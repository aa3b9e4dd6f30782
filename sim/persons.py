"""Which person stands in which row of a cohort: where only some counties are run, everybody keeps the number of the whole run.

A cohort is laid out by home place, so the children of one county have numbers that follow each other. Chosen counties are a
few runs of numbers; behind them stand those who will come from other counties, who have numbers after everybody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.columns import Array


@dataclass(frozen=True)
class Persons:
    """The numbers of one cohort's rows.

    edges: (k + 1,) rows at which a run of numbers begins, and the number of rows; numbers: (k,) person of a run's first row
    year, goal: (m,) of the last m rows, who live elsewhere at first: the school year in which the family comes, earliest
    first, and the place (row of places) that it comes to
    """

    edges: Array
    numbers: Array
    year: Array
    goal: Array

    def runs(self, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (first row, row after the last, person of the first row) of the pieces of a range of rows."""
        k = int(np.searchsorted(self.edges, first, side="right")) - 1
        while first < end:
            stop = min(int(self.edges[k + 1]), end)
            yield first, stop, int(self.numbers[k]) + first - int(self.edges[k])
            first, k = stop, k + 1

    def coming(self, year: int) -> tuple[Array, Array]:
        """Return the rows of those who come in a school year, and the places that they come to."""
        here = slice(*np.searchsorted(self.year, [year, year + 1]))
        rows = np.arange(int(self.edges[-1]) - len(self.year), int(self.edges[-1]), dtype=np.int32)
        return rows[here], self.goal[here]


def layout(rows: Array, first: int, chosen: Array, year: Array, goal: Array) -> Persons:
    """Return the numbers of a cohort of which only some places are run.

    rows: (P,) children of each place in the whole run; first: person of the first; chosen: (P,) bool
    year, goal: of those who come later, see `Persons`
    """
    number = np.cumsum(rows) - rows  # in the cohort
    begins = np.flatnonzero(chosen & ~np.r_[False, chosen[:-1]])
    held = np.where(chosen, rows, 0)
    before = np.cumsum(held) - held
    here, total = int(held.sum()), int(rows.sum())
    edges = np.array([*before[begins], here, here + len(year)], np.int64)
    numbers = np.array([*(first + number[begins]), first + total], np.int64)
    some = np.diff(edges) > 0  # places without children make empty runs, which would be looked at in vain
    return Persons(np.r_[edges[:-1][some], edges[-1]], numbers[some], year, goal)


def persons_in(persons: Persons | None, first_person: int, first: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first row, row after the last, person of the first row) of a range of rows of any cohort.

    persons: None where the whole region is run: rows follow the numbers from `first_person`
    """
    if persons is None:
        return iter(((int(first), int(end), first_person + int(first)),))
    return persons.runs(first, end)
