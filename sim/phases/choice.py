"""How families choose: candidate schools of each home place, and the probability of each by family background.

Every home place has up to SLOTS candidates a stage: the nearest (its zone school, 就近), the next two, the nearest town
school and the two nearest schools of the county seat. Utility: perceived quality (more for better-off families), minus
distance, minus the burden of boarding where the school is too far for every day (less for better-off families).
A child's choice is one keyed number laid on the cumulated logit probabilities of its place and third of family background.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.columns import Array
from sim.compile import kernel
from sim.counting import county_sums
from sim.params import Params
from sim.streams import exp64
from sim.tables import Places, Schools

SLOTS = 6
TIERS = 3
NEVER = -700.0  # utility of a slot that is not used
PLACES_AT_ONCE = 64  # so that their numbers stay in the nearest cache
TIER_EDGE = np.float32(0.43)  # thirds of a standard normal


@dataclass
class Choice:
    """The candidates of every place for one stage."""

    school: Array  # (P, SLOTS) int32 row of schools; unused slots repeat the zone school with probability 0
    km: Array  # (P, SLOTS) float32 distance as the crow flies
    cum: Array  # (P, TIERS, SLOTS) float32 cumulated probability of choice
    far: Array  # (P, SLOTS) bool: too far for every day and the school has beds: the child boards
    serves: Array  # (S,) bool: the schools considered


@kernel
def nearest_schools(px, py, county, sx, sy, serves, place_type, start, opened, school, km):
    """Fill the candidates of every place from the open schools of its county.

    Places are left as they are when no school opened in their county (`opened`) and none of their candidates closed.
    """
    best, who = np.empty(SLOTS, np.float32), np.empty(SLOTS, np.int64)
    for p in range(px.size):
        c = county[p]
        if not opened[c]:
            kept = True
            for k in range(SLOTS):
                kept = kept and serves[school[p, k]]
            if kept:
                continue
        best[:] = np.float32(1e18)
        who[:] = -1
        x, y = px[p], py[p]
        for s in range(start[c], start[c + 1]):
            if not serves[s]:
                continue
            dx, dy = x - sx[s], y - sy[s]
            d = dx * dx + dy * dy
            if d < best[2]:
                _insert(best, who, 0, 3, d, s)
            if place_type[s] == 1 and d < best[3]:
                _insert(best, who, 3, 4, d, s)
            elif place_type[s] == 0 and d < best[5]:
                _insert(best, who, 4, 6, d, s)
        for k in range(SLOTS):
            twice = False
            for j in range(k):
                twice = twice or who[j] == who[k]
            empty = who[k] < 0 or twice
            school[p, k] = who[0] if empty else who[k]
            km[p, k] = np.float32(np.inf) if empty else np.sqrt(best[k])


@kernel
def _insert(best, who, low, high, d, s):
    """Put a school into its place among the nearest of best[low:high], kept in ascending order."""
    k = high - 1
    while k > low and d < best[k - 1]:
        best[k] = best[k - 1]
        who[k] = who[k - 1]
        k -= 1
    best[k] = d
    who[k] = s


@kernel
def _utilities(
    school, km, reputation, beds, limit, quality, quality_ses, distance, boarding, boarding_ses, weekly, no_beds, far, out
):  # fmt: skip
    """Fill the utility of every place, tier of family background and slot, (n, TIERS, SLOTS); a slot not used has none."""
    for p in range(school.shape[0]):
        for k in range(SLOTS):
            if not np.isfinite(km[p, k]):
                out[p, :, k] = NEVER
                continue
            s = school[p, k]
            away = km[p, k] > limit
            far[p, k] = away and beds[s] > 0
            for tier in range(TIERS):
                level = np.float64(tier - 1)
                u = (quality + quality_ses * level) * reputation[s] - distance * min(km[p, k], limit)
                if away:  # the weekly way still counts, though less than a daily one
                    u -= boarding - boarding_ses * level + weekly * (km[p, k] - limit)
                    if not far[p, k]:
                        u -= no_beds
                out[p, tier, k] = u


@kernel
def _exponentials(u):
    """Replace utilities by their exponentials: a loop of nothing else, eight at a time."""
    for i in range(u.size):
        u[i] = exp64(u[i]) if u[i] > NEVER else 0.0


@kernel
def choice_probabilities(
    school, km, reputation, beds, limit, quality, quality_ses, distance, boarding, boarding_ses, weekly, no_beds, cum, far
):  # fmt: skip
    """Fill cumulated logit probabilities by place, tier of family background and slot."""
    scratch = np.empty((PLACES_AT_ONCE, TIERS, SLOTS))
    for a in range(0, school.shape[0], PLACES_AT_ONCE):
        b = min(a + PLACES_AT_ONCE, school.shape[0])
        u = scratch[: b - a]
        _utilities(
            school[a:b], km[a:b], reputation, beds, limit, quality, quality_ses, distance, boarding, boarding_ses, weekly,
            no_beds, far[a:b], u,
        )  # fmt: skip
        _exponentials(u.reshape(-1))
        for p in range(b - a):
            for tier in range(TIERS):
                row = u[p, tier]
                for k in range(1, SLOTS):
                    row[k] += row[k - 1]
                for k in range(SLOTS):
                    cum[a + p, tier, k] = row[k] / row[SLOTS - 1]


@kernel
def pick(u, place, ses, tables):
    """Return the slot (int8) that a child's number u chooses. tables: `Choice.cum` laid flat."""
    tier = np.uint32(ses >= -TIER_EDGE) + np.uint32(ses >= TIER_EDGE)
    at = np.uint32(place) * np.uint32(TIERS * SLOTS) + tier * np.uint32(
        SLOTS
    )  # unsigned: no negative index to look for
    k = np.int8(0)
    for m in range(SLOTS - 1):  # count the slots passed, without a branch that nobody could predict
        k += np.int8(u >= tables[at + np.uint32(m)])
    return k


TEACHES = np.array([[1, 1, 0, 1], [0, 0, 1, 1], [0, 1, 0, 1]], np.bool_)  # level, kind of school
LEVELS = ("primary", "junior", "upper_primary")  # upper primary (grades 4-6): teaching points teach grades 1-3 only


def serving(schools: Schools, level: int) -> Array:
    """Return (S,) bool: open and teaching the level (0 grades 1-3, 1 grades 7-9, 2 grades 4-6)."""
    return schools.open & TEACHES[level][schools.kind]


def build_choice(
    places: Places, schools: Schools, county_start: Array, level: int, params: Params, known: Choice | None = None
) -> Choice:
    """Return the candidates and probabilities of one level from the schools now open.

    county_start: (C + 1,) first row of schools of each county. known: last year's, whose candidates are kept when the
    same schools are open.
    """
    n, stage = len(places), 1 if level == 1 else 0
    serves = serving(schools, level)
    got = Choice(
        np.empty((n, SLOTS), np.int32),
        np.empty((n, SLOTS), np.float32),
        np.empty((n, TIERS, SLOTS), np.float32),
        np.zeros((n, SLOTS), np.bool_),
        serves,
    )
    opened = np.ones(len(county_start) - 1, np.bool_)
    if known is not None:
        opened = county_sums((serves & ~known.serves).astype(np.float64), county_start) > 0
        got.school[:], got.km[:] = known.school, known.km
    nearest_schools(
        places.x,
        places.y,
        places.county,
        schools.x,
        schools.y,
        serves,
        schools.place_type,
        county_start,
        opened,
        got.school,
        got.km,
    )
    limit, distance = (
        (params.board_km_primary, params.choice_distance_primary),
        (params.board_km_junior, params.choice_distance_junior),
    )[stage]
    choice_probabilities(
        got.school,
        got.km,
        np.ascontiguousarray(schools.reputation[:, stage]),
        schools.beds,
        limit,
        params.choice_quality,
        params.choice_quality_ses,
        distance,
        params.choice_boarding,
        params.choice_boarding_ses,
        params.choice_weekly,
        params.choice_no_beds,
        got.cum,
        got.far,
    )
    return got
