"""Phase 7: who leaves school, who comes back, who passes on.

The yearly hazard of dropping out rises with grade and falls with score and family background; student aid multiplies it
for the children it reaches. Children who left come back at a yearly rate (控辍保学). Grade 9 graduates in the next year's
promotion.
"""

from __future__ import annotations

import numpy as np

from sim import exact
from sim.columns import Array
from sim.compile import each, kernel
from sim.counting import list_marked
from sim.cuts import cuts
from sim.effects import Effects
from sim.params import Params
from sim.streams import Streams, exp64, fill_uniform_of, person_of, to_uniform, words
from sim.tables import OUT, POOR
from sim.world import World

CHUNK = 2048
LOW = np.float32(-2.0)  # scores and family background count no lower than this in the hazard


@kernel
def _bend(most):
    """Return b so that exp(y) <= 1 + y + b y^2 for every y from 0 to `most`, with room for single precision."""
    return np.float32(1.01 * (exp64(most) - 1.0 - most) / (most * most) if most > 1e-3 else 1.0)


@kernel
def _mark_candidates(u, ability, knowledge, ses, flags, base, by_score, by_ses, bend, hit):
    """Mark the children who may leave or come back this year.

    A bound of the hazard that needs no exponential, and no branch: who is concerned cannot be predicted.
    """
    most, q, r = np.float32(base * 1.00001), np.float32(by_score), np.float32(by_ses)
    for j in range(u.size):
        score, background = ability[j] + knowledge[j], ses[j]
        score = score if score > LOW else LOW
        background = background if background > LOW else LOW
        y = -q * score - r * background
        y = y if y > np.float32(0.0) else np.float32(0.0)
        bound = most * (np.float32(1.0) + y + bend * y * y)
        hit[j] = np.uint8((u[j] < bound) | (flags[j] & np.uint8(OUT) != 0))


@kernel
def drop_out(
    key, high, who, ability, knowledge, ses, school, flags, base, by_score, by_ses, back, reached, wrong, factor, dropped,
    returned, out,
):  # fmt: skip
    """Let children leave and return; count by school. A child that aid reaches has its hazard times `factor`.

    reached: share of poor children whom aid finds; wrong: share of the others who get it by mistake. Whether aid finds a
    child is the second word of the same draw.
    """
    one, two = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32)
    hit, found = np.empty(CHUNK, np.uint8), np.empty(CHUNK + 1, np.int32)
    bend = _bend(-(by_score + by_ses) * np.float64(LOW))
    for start in range(0, school.size, CHUNK):
        end = min(start + CHUNK, school.size)
        u, v = one[: end - start], two[: end - start]
        a, k, z, s, f = ability[start:end], knowledge[start:end], ses[start:end], school[start:end], flags[start:end]
        fill_uniform_of(key, high, who, start, u, v)
        _mark_candidates(u, a, k, z, f, base, by_score, by_ses, bend, hit[: end - start])
        for m in range(list_marked(hit[: end - start], found)):
            j = found[m]
            if f[j] & np.uint8(OUT):
                if u[j] < back:
                    f[j] &= np.uint8(255 - OUT)
                    returned[s[j]] += 1.0
                else:
                    out[s[j]] += 1.0
                continue
            aid = factor if v[j] < (reached if f[j] & np.uint8(POOR) else wrong) else 1.0
            y = -by_score * np.float64(max(np.float32(a[j] + k[j]), LOW)) - by_ses * np.float64(max(z[j], LOW))
            if u[j] < base * exp64(y) * aid:
                f[j] |= np.uint8(OUT)
                dropped[s[j]] += 1.0
                out[s[j]] += 1.0


def out_share(params: Params) -> Array:
    """Return (9,) share of each grade's children who are out of school when hazards and returns have run since grade 1."""
    share, out = 0.0, np.zeros(9)
    for grade in range(9):
        out[grade] = share
        hazard = params.dropout_primary if grade < 6 else params.dropout_junior
        share = share * (1 - params.dropout_return) + (1 - share) * hazard
    return out


@kernel
def relative_hazards(ability, knowledge, ses, home, county, by_score, by_ses, hazards, size):
    """Add up by county of the home (C,) the children's hazards of leaving school, relative to a child whose score and
    background are 0, and their number. By county, so that the sum is the same whichever counties are run."""
    for i in range(ses.size):
        c = county[home[i]]
        hazards[c] += exp64(
            -by_score * np.float64(max(np.float32(ability[i] + knowledge[i]), LOW))
            - by_ses * np.float64(max(ses[i], LOW))
        )
        size[c] += 1.0


@kernel
def mark_out(key, high, who, ability, knowledge, ses, flags, base, by_score, by_ses):
    """Mark the children who are out of school in the start year, by the same relative hazards as `drop_out`.

    base: share of those out of school among children whose score and background are 0
    """
    for i in range(flags.size):
        word, _ = words(key, high, person_of(who, i))
        score = max(np.float32(ability[i] + knowledge[i]), LOW)
        if to_uniform(word) < base * exp64(-by_score * np.float64(score) - by_ses * np.float64(max(ses[i], LOW))):
            flags[i] |= np.uint8(OUT)


def stay_or_leave(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Apply drop-out and return to every grade; charge student aid to the ledger for the children in school."""
    p, aid, tally = world.params, effects.aid, world.tally
    key = streams.key("stay", year)
    reach = (aid.coverage, aid.leakage, aid.hazard_ratio) if aid else (0.0, 0.0, 1.0)

    tasks = cuts(world.blocks)
    counts = np.zeros((3, 10, len(world.schools)))

    def one(k: int) -> None:
        grade, first, end, slot = tasks[k]
        b = world.blocks[grade]
        base = p.dropout_primary if grade < 6 else p.dropout_junior
        for a, z, who in world.runs(grade, first, end):
            drop_out(
                *key, who, b.ability[a:z], b.knowledge[a:z], b.ses[a:z], b.school[a:z], b.flags[a:z],
                base, p.dropout_by_score, p.dropout_by_ses, p.dropout_return, *reach, *counts[:, slot],
            )  # fmt: skip

    each(range(len(tasks)), one, world.threads)
    counts[:, 8] += counts[:, 9]
    tally.dropped[:], tally.returned[:], tally.out[:] = counts[:, :9]
    if aid:
        reached = aid.coverage * tally.n_poor + aid.leakage * (tally.n - tally.n_poor)
        yuan = exact.total(reached[:6], 0) * aid.primary_yuan + exact.total(reached[6:], 0) * aid.junior_yuan
        world.ledger.add(aid.item, "centre", world.by_county(world.weight * yuan))
