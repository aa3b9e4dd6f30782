"""Sums over the schools of each county, in one defined order."""

from __future__ import annotations

import numpy as np

from sim.columns import Array


class Groups:
    """The counties of S schools, prepared once for many sums.

    county: (S,) int, in any order; schools of one county are added in the order of their rows, so the same rows give
    the same sum to the bit. Rows that are sorted by county, as in a simulation, are not copied.
    """

    def __init__(self, county: Array, n_counties: int) -> None:
        self.county = county.astype(np.intp)
        self.n_counties = n_counties
        ordered = bool((self.county[1:] >= self.county[:-1]).all())
        self._order = None if ordered else np.argsort(self.county, kind="stable")
        edges = np.searchsorted(self.county if ordered else self.county[self._order], np.arange(n_counties + 1))
        self._filled = np.flatnonzero(np.diff(edges))  # reduceat has no empty ranges
        self._starts = edges[self._filled]

    def sum(self, rows: Array) -> Array:
        """Sum the last axis by county: (..., S) to (..., C); 0 in a county without schools."""
        sums = np.zeros((*rows.shape[:-1], self.n_counties))
        if len(self._starts):
            rows = rows if self._order is None else rows.take(self._order, axis=-1)
            sums[..., self._filled] = np.add.reduceat(rows, self._starts, axis=-1)
        return sums
