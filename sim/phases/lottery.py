"""Part of phase 3: who is let in where a school has more applicants than places: by claim, then by lottery."""

from __future__ import annotations

import numpy as np

from sim.compile import kernel

CLAIMS = 3  # a rank is the claim (0 zone, 1 other resident, 2 migrant) plus the lottery number in [0, 1)
STEPS = 32  # of ranks a claim, to find the last one in; a power of two, so that no rank crosses a step


@kernel
def grant(wish, rank, room, low, count, got, rows):
    """Admit by rank where a school has more applicants than room; mark the admitted in `got`.

    wish: school of each applicant, in order of person, -1 = nowhere; count: applicants by school from `low`; rows: scratch
    """
    fill = np.zeros(count.size + 1, np.int64)
    for s in range(count.size):
        fill[s + 1] = fill[s] + count[s]
    for j in range(wish.size):
        got[j] = False
        if wish[j] >= 0:
            rows[fill[wish[j] - low]] = j
            fill[wish[j] - low] += 1
    keys, few = np.empty(wish.size, np.float32), np.empty(wish.size + 1, np.float32)
    steps, b = np.empty(CLAIMS * STEPS + 1, np.int32), 0
    for s in range(count.size):
        a, b = b, fill[s]
        free = max(room[low + s], 0)
        if b - a <= free:
            for j in range(a, b):
                got[rows[j]] = True
            room[low + s] -= b - a
        elif free > 0:
            _best(rank, rows[a:b], free, got, keys[: b - a], few, steps)
            room[low + s] -= free


@kernel
def _best(rank, rows, free, got, keys, few, steps):
    """Mark the `free` applicants with the lowest rank; equal lottery numbers: in order of person."""
    for j in range(rows.size):
        keys[j] = rank[np.uint32(rows[j])]
    last_in, taken = _last_in(keys, free, few, steps), 0
    for j in range(rows.size):  # no branch: who is in cannot be predicted
        in_ = keys[j] <= last_in
        got[np.uint32(rows[j])] = in_
        taken += in_
    j = rows.size - 1
    while taken > free:
        if keys[j] == last_in:
            got[rows[j]] = False
            taken -= 1
        j -= 1


@kernel
def _last_in(keys, free, few, steps):
    """Return the `free`-th lowest key: count by steps, then sort the few keys of the step in which it lies."""
    steps[:] = 0
    for j in range(keys.size):
        steps[np.uint32(keys[j] * np.float32(STEPS))] += 1
    step, before = np.uint32(0), 0
    while before + steps[step] < free:
        before += steps[step]
        step += np.uint32(1)
    n = np.uint32(0)
    for j in range(keys.size):
        few[n] = keys[j]
        n += np.uint32(np.uint32(keys[j] * np.float32(STEPS)) == step)
    for a in range(1, n):
        key, k = few[a], a
        while k > 0 and few[k - 1] > key:
            few[k] = few[k - 1]
            k -= 1
        few[k] = key
    return few[free - before - 1]
