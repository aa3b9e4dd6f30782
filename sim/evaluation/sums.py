"""Rows that are the sum of rows above them, found by their numbers whatever they are called."""

from __future__ import annotations

import numpy as np

from sim.columns import Array

LEAST_COLUMNS = 4  # amounts that have to agree: by chance two of them may
NEAR = 1e-6  # relative: sums of rounded areas
FIRST_WINDOW = 256


def sum_rows(amounts: Array) -> Array:
    """Return (n,) bool: rows whose amounts are the sums of at least two rows above, since the last such row or all of them.

    amounts: (n, k), NaN where blank. A row counts only with four amounts above 0 that all agree and none that does not.
    """
    filled = np.nan_to_num(amounts)
    n = len(filled)
    found = np.zeros(n, bool)
    if n < 3 or filled.shape[1] < LEAST_COLUMNS:
        return found
    rich = (filled > 0).sum(axis=1) >= LEAST_COLUMNS
    total = np.zeros(filled.shape[1])  # of all schools so far, without sums
    parts = 0
    start = 0
    while start < n:
        at, block, size = _next_sum(filled, rich, start, total, parts)
        total, parts = total + block, parts + size
        if at < 0:
            break
        found[at] = True
        start = at + 1
    if not found.any() and rich[0] and _agree(filled[1:].sum(axis=0), filled[0]) and rich[1:].sum() >= 2:
        found[0] = True
    return found


def _next_sum(filled: Array, rich: Array, start: int, total: Array, parts: int) -> tuple[int, Array, int]:
    """Return the next row that is a sum (-1 if none), the amounts of the rows before it, and how many these are."""
    n, window = len(filled), FIRST_WINDOW
    block, begin, size = np.zeros(filled.shape[1]), start, 0
    while begin < n:
        rows = filled[begin : begin + window]
        before = block + np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows[:-1], axis=0)])
        count = size + np.concatenate([[0], np.cumsum(rich[begin : begin + window][:-1])])
        is_block = _agree(before, rows) & (count >= 2)
        is_all = _agree(before + total, rows) & (count + parts >= 2)
        hits = np.flatnonzero((is_block | is_all) & rich[begin : begin + window])
        if len(hits):
            at = int(hits[0])
            return begin + at, before[at], int(count[at])
        block, size = block + rows.sum(axis=0), size + int(rich[begin : begin + window].sum())
        begin += window
        window = min(4 * window, 65536)
    return -1, block, size


def _agree(sums: Array, rows: Array) -> Array:
    """Return whether sums and rows agree in every amount that either has."""
    return np.asarray((np.abs(sums - rows) <= NEAR * np.maximum(np.abs(rows), 1e-9)).all(axis=-1))
