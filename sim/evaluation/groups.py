"""Sums over the schools of each county, in one defined order."""

from __future__ import annotations

import numpy as np

from sim.columns import Array


class Groups:
    """The counties of S schools, prepared once for many sums.

    county: (S,) int, in any order; schools of one county are added in the order of their rows, so the same rows give
    the same sum to the bit.
    """

    def __init__(self, county: Array, n_counties: int) -> None:
        self.county = county.astype(np.intp)
        self.n_counties = n_counties

    def add(self, rows: Array) -> Array:
        """Add the last axis by county: (..., S) to (..., C); 0 in a county without schools."""
        flat = rows.reshape(-1, rows.shape[-1])
        sums = np.empty((len(flat), self.n_counties))
        for row, into in zip(flat, sums, strict=True):
            into[:] = np.bincount(self.county, row, self.n_counties)  # adds from the first row to the last
        return sums.reshape(*rows.shape[:-1], self.n_counties)
