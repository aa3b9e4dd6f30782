"""Compiled work on the schools of each county: putting them in order, ranking them, taking the best, giving the nearest.

Schools are rows sorted by county; `start` (C + 1,) holds the counties' borders. `policies/schools.py` is how policies
ask for these things.
"""

from __future__ import annotations

import numpy as np

from sim.columns import Array
from sim.compile import kernel

RUN = 8  # rows that are sorted by insertion before runs are merged


@kernel
def sort_rows(rows: Array, value: Array, n: int, more_rows: Array, more_value: Array) -> Array:
    """Sort n rows and their values, lowest first, equal ones as they are; return the array, rows or more_rows, with them."""
    for i in range(n):
        row, x, k = rows[i], value[i], i
        while k % RUN and value[k - 1] > x:
            rows[k], value[k] = rows[k - 1], value[k - 1]
            k -= 1
        rows[k], value[k] = row, x
    width = RUN
    while width < n:
        for low in range(0, n, 2 * width):
            middle, high = min(low + width, n), min(low + 2 * width, n)
            i, j, k = low, middle, low
            while i < middle and j < high:
                second = value[j] < value[i]  # no branch: it would be guessed wrong every other time
                more_rows[k] = rows[j] if second else rows[i]
                more_value[k] = value[j] if second else value[i]
                i, j, k = i + 1 - second, j + second, k + 1
            while k < high:
                at = i if i < middle else j
                more_rows[k], more_value[k] = rows[at], value[at]
                i, j, k = i + 1, j + 1, k + 1
        rows, value, more_rows, more_value = more_rows, more_value, rows, value
        width *= 2
    return rows


@kernel
def lowest_first(value: Array, among: Array, start: Array) -> Array:
    """Return (n, S) rows of schools by county, those `among` lowest value first, NaN last; the others anywhere.

    value, among: (S, n), each column by itself
    """
    size = among.shape[0]
    out = np.empty((among.shape[1], size), np.int64)
    rows, more_rows, rest = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    values, more_values = np.empty(size), np.empty(size)
    for column in range(among.shape[1]):
        for c in range(start.size - 1):
            n, others = 0, 0
            for s in range(start[c], start[c + 1]):
                if among[s, column] and value[s, column] == value[s, column]:
                    rows[n], values[n] = s, value[s, column]
                    n += 1
                else:
                    rest[others] = s
                    others += 1
            out[column, start[c] : start[c] + n] = sort_rows(rows, values, n, more_rows, more_values)[:n]
            out[column, start[c] + n : start[c + 1]] = rest[:others]
    return out


@kernel
def shares_below(rows: Array, among: Array, counts: Array, start: Array) -> Array:
    """Return (S, n) the share of its county that stands lower than each school, half of itself counted; NaN outside.

    rows: (n, S) from `lowest_first`, for the same schools or more; among, counts: (S, n)
    """
    out = np.full(among.shape, np.nan)
    for column in range(among.shape[1]):
        for c in range(start.size - 1):
            total = 0.0
            for s in range(start[c], start[c + 1]):
                if among[s, column]:
                    total += counts[s, column]
            total = max(total, 1e-9)
            below_it = 0.0
            for s in rows[column, start[c] : start[c + 1]]:
                if among[s, column]:
                    out[s, column] = (below_it + counts[s, column] / 2) / total
                    below_it += counts[s, column]
    return out


@kernel
def higher(a: float, b: float) -> bool:
    """Return whether a is higher than b, or a number where b is none."""
    return a > b or (a == a and b != b)


@kernel
def take_best(candidate: Array, key: Array, rank: Array, number: Array, start: Array) -> Array:
    """Return (S,) bool: the `number` (C,) candidates of each county, key schools first, then the highest rank."""
    best = np.zeros(candidate.size, np.bool_)
    for c in range(start.size - 1):
        taken = 0
        while taken < number[c]:
            goal = -1
            for s in range(start[c], start[c + 1]):
                if not candidate[s] or best[s]:
                    continue
                if goal < 0 or key[s] > key[goal] or (key[s] == key[goal] and higher(rank[s], rank[goal])):
                    goal = s
            if goal < 0:
                break
            best[goal] = True
            taken += 1
    return best


@kernel
def give_nearest(rows: Array, member: Array, lead: Array, x: Array, y: Array, most: int, start: Array) -> Array:
    """Return (S,) the nearest lead of its county that has room for each member, in the order of `rows`; -1 for none.

    rows: (S,) from `lowest_first`; member, lead: (S,) bool; most: members a lead
    """
    out = np.full(member.size, -1, np.int64)
    leads, room = np.empty(member.size, np.int64), np.empty(member.size, np.int64)
    for c in range(start.size - 1):
        n = 0
        for s in range(start[c], start[c + 1]):
            if lead[s]:
                leads[n], room[n] = s, most
                n += 1
        for m in rows[start[c] : start[c + 1]]:
            best, goal = np.inf, -1
            for j in range(n if member[m] else 0):
                dx, dy = x[m] - x[leads[j]], y[m] - y[leads[j]]
                d = dx * dx + dy * dy
                if room[j] > 0 and d < best:
                    best, goal = d, j
            if goal >= 0:
                out[m] = leads[goal]
                room[goal] -= 1
    return out
