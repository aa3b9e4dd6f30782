"""Part of phase 4: the county places its backbone and its PE and art teachers where schools lack them (县管校聘).

A section that lacks them swaps an ordinary teacher for good against one from the county's section with most to spare in the
same stage. Each year a county gets round to a share of the sections that lack; in the run-up to its application to all.
"""

from __future__ import annotations

import numpy as np

from sim.compile import kernel
from sim.streams import to_uniform, words


@kernel
def _to_spare(need, have, spent, first):
    """Return the section with most teachers above its need, at least one; -1 if none. Needs are those of first, first + 2, ...

    spent: sections whose teachers with the title are all bound (on exchange, or moved this year).
    """
    donor, most = -1, 0.0
    for k in range(need.size):
        spare = have[first + 2 * k] - need[k]
        if spare >= 1.0 and not spent[k] and (donor < 0 or spare > most):
            donor, most = first + 2 * k, spare
    return donor


@kernel
def _newest_with(ready, title, rows, sec):
    """Return the row of the newest teacher of a section who has the title and can be exchanged; -1 if none."""
    who = -1
    for i in range(rows[sec], rows[sec + 1]):
        if title[i] and ready[i] >= 1 and (who < 0 or ready[i] < ready[who]):
            who = i
    return who


@kernel
def _newest_without(ready, title, other, rows, sec, like):
    """Return the row of the newest teacher without the title who can be exchanged, if there is one with `other` as `like`."""
    who, alike = -1, -1
    for i in range(rows[sec], rows[sec + 1]):
        if not title[i] and ready[i] >= 1:
            if who < 0 or ready[i] < ready[who]:
                who = i
            if other[i] == like and (alike < 0 or ready[i] < ready[alike]):
                alike = i
    return alike if alike >= 0 else who


@kernel
def _swap(section, weight, years_here, ready, other, gives, takes, have, have_other, left):
    """Let two teachers change places for good."""
    donor, sec = section[gives], section[takes]
    for who, old, new in ((gives, donor, sec), (takes, sec, donor)):
        section[who], years_here[who], ready[who] = new, 0, -1
        left[old] += weight[who]
        if other[who]:
            have_other[old] -= weight[who]
            have_other[new] += weight[who]
    have[donor] -= weight[gives]
    have[sec] += weight[gives]


@kernel
def _place_group(
    section, weight, years_here, ready, title, other, rows, first, last, norm, pupils, speed, key, high, have, have_other, left
):  # fmt: skip
    """Do the work of `place_titles` for one county and stage: sections first, first + 2, ... before last."""
    n = (last - first + 1) // 2
    need, turn, some = np.empty(n), np.zeros(n, np.bool_), False
    spent = np.zeros(n, np.bool_)
    for k in range(n):
        sec = first + 2 * k
        need[k] = np.ceil(norm * pupils[sec >> 1, sec & 1] / 100)
        if have[sec] < need[k] and to_uniform(words(key, high, sec)[0]) < speed:
            turn[k], some = True, True
    if not some:
        return
    gives = -1  # the next to be given: the same for every section until somebody has moved
    for k in range(n):
        sec = first + 2 * k
        while turn[k] and have[sec] < need[k]:
            while gives < 0:
                donor = _to_spare(need, have, spent, first)
                if donor < 0:
                    return
                gives = _newest_with(ready, title, rows, donor)
                if gives < 0:
                    spent[(donor - first) >> 1] = True
            takes = _newest_without(ready, title, other, rows, sec, other[gives])
            if takes < 0:
                break
            _swap(section, weight, years_here, ready, other, gives, takes, have, have_other, left)
            gives = -1


@kernel
def place_titles(
    section, weight, years_here, ready, title, other, rows, start, county, county_end, norm, pupils, speed, key, high, have,
    have_other, left,
):  # fmt: skip
    """Swap teachers with a title into sections that lack them, in counties from `county` to before `county_end`.

    norm: (2,) titles per 100 pupils by stage; pupils: (S, 2); speed: (C,) share of the sections that lack whose turn it is
    this year; key, high: of the draw by section; have, have_other: (2 S,) teachers with this title and the other, kept up
    to date; left: (2 S,) teachers who left a section, added to.
    """
    for c in range(county, county_end):
        for stage in range(2):
            first, last = 2 * start[c] + stage, 2 * start[c + 1]
            _place_group(
                section, weight, years_here, ready, title, other, rows, first, last, norm[stage], pupils, speed[c], key, high,
                have, have_other, left,
            )  # fmt: skip
