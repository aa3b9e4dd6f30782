"""Which person stands in which row of a cohort: where only some counties are run, everybody keeps the number of the whole run.

A cohort is laid out by home place, so the children of one county have numbers that follow each other. Chosen counties are a
few runs of numbers; behind them stand, one by one, those who will come from other counties.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim import exact
from sim.columns import Array

# first row, row after the last, and the persons as `sim.streams.fill_words_of` takes them: the first of rows that follow each
# other, or every one
Run = tuple[int, int, Array]


@dataclass(frozen=True)
class Persons:
    """The numbers of one cohort's rows.

    edges: (k + 1,) rows at which a run of numbers begins, and the row after the last run; numbers: (k,) uint64, person of a
    run's first row; comers: (m,) uint64, persons of the rows after the runs, who live in another county when they are made
    """

    edges: Array
    numbers: Array
    comers: Array

    def runs(self, first: int, end: int) -> Iterator[Run]:
        """Yield the pieces of a range of rows."""
        here = int(self.edges[-1])
        k = int(np.searchsorted(self.edges, first, side="right")) - 1
        while first < min(end, here):
            stop = min(int(self.edges[k + 1]), end)
            yield first, stop, self.numbers[k : k + 1] + np.uint64(first - int(self.edges[k]))
            first, k = stop, k + 1
        if first < end:
            yield first, end, self.comers[first - here : end - here]

    def all(self) -> Array:
        """Return the person of every row, int64."""
        pieces = [np.arange(b - a) + int(who[0]) for a, b, who in self.runs(0, int(self.edges[-1]))]
        return np.concatenate([*pieces, self.comers.astype(np.int64)])


def layout(rows: Array, first: int, chosen: Array, come: Array) -> Persons:
    """Return the numbers of a cohort of which only some places are run.

    rows: (P,) children of each place in the whole run; first: person of the first; chosen: (P,) bool
    come: places in the whole cohort of those who come later
    """
    number = np.cumsum(rows) - rows  # in the cohort
    begins = np.flatnonzero(chosen & ~np.r_[False, chosen[:-1]])
    held = np.where(chosen, rows, 0)
    edges = np.r_[(np.cumsum(held) - held)[begins], exact.count(held)].astype(np.int64)
    some = np.diff(edges) > 0  # places without children make empty runs, which would be looked at in vain
    numbers = (first + number[begins])[some].astype(np.uint64)
    return Persons(np.r_[edges[:-1][some], edges[-1]], numbers, (first + come).astype(np.uint64))


def persons_in(persons: Persons | None, first_person: int, first: int, end: int) -> Iterator[Run]:
    """Yield the pieces of a range of rows of any cohort.

    persons: None where the whole region is run: rows follow the numbers from `first_person`
    """
    if persons is None:
        return iter(((int(first), int(end), np.array([first_person + int(first)], np.uint64)),))
    return persons.runs(first, end)
