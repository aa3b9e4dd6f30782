"""Compiled counting and sorting of children and teachers by school, section or any small key."""

from __future__ import annotations

import numpy as np

from sim.compile import kernel
from sim.tables import OUT


@kernel
def count_children(school, flags, is_open, count):
    """Count children in school by school; return (children out of school, children at no living school)."""
    out, lost = 0, 0
    for i in range(school.size):
        s = school[i]
        if s < 0 or not is_open[s]:
            lost += 1
        elif flags[i] & np.uint8(OUT):
            out += 1
        else:
            count[s] += 1.0
    return out, lost


@kernel
def order_rows(key, n_keys, order, start):
    """Counting sort of rows by key; keys below 0 are left out. Returns the number of rows kept."""
    count = np.zeros(n_keys + 1, np.int64)
    for i in range(key.size):
        if key[i] >= 0:
            count[key[i] + 1] += 1
    for k in range(n_keys):
        count[k + 1] += count[k]
    start[:] = count
    for i in range(key.size):
        if key[i] >= 0:
            order[count[key[i]]] = i
            count[key[i]] += 1
    return start[n_keys]


@kernel
def gather_rows(source, order, out):
    """out[j] = source[order[j]]."""
    for j in range(order.size):
        out[j] = source[order[j]]


@kernel
def sum_teachers(section, weight, degree, backbone, pe_art, own, into):
    """Add teachers by section: all, above the required degree, backbone, PE and art, on the county's own posts."""
    for i in range(section.size):
        if section[i] >= 0:
            row, w = into[section[i]], np.float64(weight[i])
            row[0] += w
            row[1] += w * degree[i]
            row[2] += w * backbone[i]
            row[3] += w * pe_art[i]
            row[4] += w * own[i]


@kernel
def sum_effects(section, weight, value_added, experience, years_here, growth, new_here, total, count):
    """Add the yearly effects of teachers and their number by section."""
    for i in range(section.size):
        w = np.float64(weight[i])
        effect = np.float64(value_added[i]) + growth[min(max(experience[i], 0), 60)]
        if years_here[i] == 0:
            effect += new_here
        total[section[i]] += w * effect
        count[section[i]] += w
