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
from sim.streams import to_uniform, words
from sim.tables import Places, Schools

SLOTS = 6
TIERS = 3
TIER_EDGE = 0.43  # thirds of a standard normal


@dataclass
class Choice:
    """The candidates of every place for one stage."""

    school: Array  # (P, SLOTS) int32 row of schools; unused slots repeat the zone school with probability 0
    km: Array  # (P, SLOTS) float32 distance as the crow flies
    cum: Array  # (P, TIERS, SLOTS) float32 cumulated probability of choice
    far: Array  # (P, SLOTS) bool: too far for every day, the child boards


@kernel
def nearest_schools(px, py, county, sx, sy, serves, place_type, start, school, km):
    """Fill the candidates of every place from the open schools of its county."""
    for p in range(px.size):
        c = county[p]
        best = np.full(SLOTS, np.float32(1e9))
        who = np.full(SLOTS, -1)
        for s in range(start[c], start[c + 1]):
            if not serves[s]:
                continue
            d = np.sqrt((px[p] - sx[s]) ** 2 + (py[p] - sy[s]) ** 2)
            _insert(best, who, 0, 3, d, s)
            if place_type[s] == 1:
                _insert(best, who, 3, 4, d, s)
            elif place_type[s] == 0:
                _insert(best, who, 4, 6, d, s)
        for k in range(SLOTS):
            twice = False
            for j in range(k):
                twice = twice or who[j] == who[k]
            empty = who[k] < 0 or twice
            school[p, k] = who[0] if empty else who[k]
            km[p, k] = np.float32(np.inf) if empty else best[k]


@kernel
def _insert(best, who, low, high, d, s):
    for k in range(low, high):
        if d < best[k]:
            for j in range(high - 1, k, -1):
                best[j] = best[j - 1]
                who[j] = who[j - 1]
            best[k] = d
            who[k] = s
            return


@kernel
def choice_probabilities(school, km, reputation, limit, quality, quality_ses, distance, boarding, boarding_ses, cum, far):
    """Fill cumulated logit probabilities by place, tier of family background and slot."""
    for p in range(school.shape[0]):
        for tier in range(TIERS):
            level = np.float64(tier - 1)
            total = 0.0
            for k in range(SLOTS):
                if np.isfinite(km[p, k]):
                    away = km[p, k] > limit
                    far[p, k] = away
                    u = (quality + quality_ses * level) * reputation[school[p, k]] - distance * min(km[p, k], limit)
                    if away:
                        u -= boarding - boarding_ses * level
                    total += np.exp(u)
                cum[p, tier, k] = total
            for k in range(SLOTS):
                cum[p, tier, k] = cum[p, tier, k] / total


@kernel
def pick(key, high, person, place, ses, cum):
    """Return (slot chosen, lottery number) of a child."""
    a, b = words(key, high, person)
    u = to_uniform(a)
    tier = 0 if ses < -TIER_EDGE else (1 if ses < TIER_EDGE else 2)
    k = 0
    while k < SLOTS - 1 and u >= cum[place, tier, k]:
        k += 1
    return k, to_uniform(b)


def build_choice(places: Places, schools: Schools, county_start: Array, stage: int, params: object) -> Choice:
    """Return the candidates and probabilities of one stage from the schools now open.

    county_start: (C + 1,) first row of schools of each county. params: choice_* and board_km_* parameters.
    """
    n = len(places)
    got = Choice(
        np.empty((n, SLOTS), np.int32), np.empty((n, SLOTS), np.float32),
        np.empty((n, TIERS, SLOTS), np.float32), np.zeros((n, SLOTS), np.bool_),
    )
    serves = schools.open & (schools.kind != (2 if stage == 0 else 1))
    if stage == 1:
        serves &= schools.kind != 0
    nearest_schools(places.x, places.y, places.county, schools.x, schools.y, serves, schools.place_type,
                    county_start, got.school, got.km)
    name = ("primary", "junior")[stage]
    value = {k: float(getattr(params, k)) for k in ("choice_quality", "choice_quality_ses", "choice_boarding", "choice_boarding_ses")}
    choice_probabilities(
        got.school, got.km, np.ascontiguousarray(schools.reputation[:, stage]), float(getattr(params, f"board_km_{name}")),
        value["choice_quality"], value["choice_quality_ses"], float(getattr(params, f"choice_distance_{name}")),
        value["choice_boarding"], value["choice_boarding_ses"], got.cum, got.far,
    )
    return got
