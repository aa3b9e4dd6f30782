"""Part of phase 4: what a year does to a teacher: back from rotation, older, out of service or wanting to move, new titles."""

from __future__ import annotations

import numpy as np

from sim.compile import kernel
from sim.tables import OUTSIDE, PERMANENT

CONTRACT = np.array([0, 3, 6, 0])  # years bound to the post by kind: special post (特岗) 3, directed (定向) 6
GONE = -1  # section of a teacher who leaves this year


@kernel
def come_back(section, years_here, home, return_year, successor, year, a, b):
    """Bring home those of rows a to b whose time is over: to their school, or to the one that took over its pupils."""
    for i in range(a, b):
        if home[i] >= 0 and return_year[i] <= year:
            section[i] = 2 * successor[home[i] >> 1] + (home[i] & 1)
            years_here[i], home[i], return_year[i] = 0, -1, 0


@kernel
def grow_older(section, kind, age, experience, years_here, rural_years, place_type, a, b):
    """Add a year to ages and service of rows a to b; contracts that have run become permanent."""
    for column in (age[a:b], experience[a:b], years_here[a:b]):
        for i in range(column.size):
            column[i] += 1
    for i in range(a, b):
        if kind[i] != OUTSIDE and experience[i] >= CONTRACT[kind[i]]:
            kind[i] = PERMANENT
        if place_type[section[i] >> 1] > 0:
            rural_years[i] += 1


@kernel
def depart(section, weight, age, kind, experience, place_type, hazard, u, v, retire_age, move_share, a, left, stay):
    """Mark who of the rows from a on goes (section GONE); return the rows that would move to a better place if a post is free.

    u, v: two uniforms a row. left, stay: (2 S,) teachers of the county who go and who stay, added to. Who is bound by a
    special post or a directed place stays until the contract has run.
    """
    moving, n = np.empty(u.size, np.int64), 0
    at, here = -1, 0.0  # the running sum of the section at hand, kept out of memory
    for k in range(u.size):
        i = a + k
        sec, goes = section[i], False
        if kind[i] == OUTSIDE:
            section[i] = GONE  # a year's team goes home; the next one is sent later in the phase
            continue
        if age[i] >= retire_age:
            goes = True
        elif u[k] < hazard[sec >> 1] and experience[i] >= CONTRACT[kind[i]]:
            goes = not (place_type[sec >> 1] > 0 and v[k] < move_share)
            if not goes:
                moving[n] = i
                n += 1
        if goes:
            section[i] = GONE
            left[sec] += weight[i]
            continue
        if sec != at:
            if at >= 0:
                stay[at] = here
            at, here = sec, stay[sec]
        here += weight[i]
    if at >= 0:
        stay[at] = here
    return moving[:n]


@kernel
def take_stock(section, weight, years_here, home, backbone, pe_art, rows, first, last, ready, held):
    """Fill `ready`, and add to `held` the teachers with a title, for the rows of sections first to last.

    ready: (n,) years at the school of those who can be exchanged, -1 for who is gone, on rotation or has just moved.
    held: (2, 2 S) backbone teachers, PE and art teachers. Weights are float32 not far from 1 to 1000: their sums in
    float64 are exact, so that who moves later can be added and taken off.
    """
    for sec in range(first, last):
        titled, subject = 0.0, 0.0
        for i in range(rows[sec], rows[sec + 1]):
            here, w = section[i] == sec, np.float64(weight[i])
            ready[i] = years_here[i] if here & (home[i] < 0) else -1
            titled += w * (here & backbone[i])
            subject += w * (here & pe_art[i])
            if not here and section[i] >= 0:
                held[0, section[i]] += w * backbone[i]
                held[1, section[i]] += w * pe_art[i]
        held[0, sec] += titled
        held[1, sec] += subject


@kernel
def develop(
    weight, experience, degree, backbone, pe_art, u, v, rows, first, last, pupils, norm, failed, county, award, retrain, attention,
    upgrade, present,
):  # fmt: skip
    """Award backbone titles and degrees and retrain for PE and art, in sections first to last; fill `present` (2 S,) teachers.

    The county gives out titles and retraining: sections below the norm come first, more so where the county failed the
    indicator at the last inspection; sections that meet the norm get half the usual titles, fewer where others lack them.
    u, v: two uniforms a row; norm: (2, 2) titles per 100 pupils by stage; failed: (C, 7) share of sections that
    missed each indicator.
    """
    for sec in range(first, last):
        a, b = rows[sec], rows[sec + 1]
        total, titled, subject = 0.0, 0.0, 0.0
        for i in range(a, b):
            w = np.float64(weight[i])
            total += w
            titled += w * backbone[i]
            subject += w * pe_art[i]
        present[sec] = total
        pupil, goal, c = pupils[sec >> 1, sec & 1], norm[sec & 1], county[sec >> 1]
        lacks, lacks_subject = titled < goal[0] * pupil / 100, subject < goal[1] * pupil / 100
        chance = award * (3.0 * (1.0 + attention * failed[c, 1]) if lacks else 0.5 * (1.0 - failed[c, 1]))
        subject_chance = retrain * (1.0 + attention * failed[c, 2] if lacks_subject else 0.0)
        for i in range(a, b):
            k = i - rows[first]
            backbone[i] |= (experience[i] >= 8) & (u[k] < chance)
            pe_art[i] |= v[k] < subject_chance
            degree[i] |= u[k] > upgrade
