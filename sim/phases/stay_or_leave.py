"""Phase 7: who leaves school, who comes back, who passes on.

The yearly hazard of dropping out rises with grade and falls with score and family background; student aid multiplies it
for the children it reaches. Children who left come back at a yearly rate (控辍保学). Grade 9 graduates in the next year's
promotion.
"""

from __future__ import annotations

import numpy as np

from sim.columns import Array
from sim.compile import each, kernel
from sim.effects import Effects
from sim.params import Params
from sim.streams import Streams, exp64, fill_uniform, to_uniform, words
from sim.tables import OUT, POOR
from sim.world import World

CHUNK = 2048
LOW = np.float32(-2.0)  # scores and family background count no lower than this in the hazard


@kernel
def _decide(i, u, aid, ability, knowledge, ses, school, flags, base, by_score, by_ses, back, dropped, returned, out):
    """Let one child leave or come back. aid: what student aid multiplies the child's hazard by."""
    f = flags[i]
    if f & np.uint8(OUT):
        if u < back:
            flags[i] = f & np.uint8(255 - OUT)
            returned[school[i]] += 1.0
        else:
            out[school[i]] += 1.0
        return
    score = max(np.float32(ability[i] + knowledge[i]), LOW)
    y = -by_score * np.float64(score) - by_ses * np.float64(max(ses[i], LOW))
    if y <= 1.0 and u >= base * (1.0 if y <= 0.0 else 1.0 + y + y * y):
        return  # above a bound of exp(y): for most children the exponential is not needed
    if u < base * exp64(y) * aid:
        flags[i] = f | np.uint8(OUT)
        dropped[school[i]] += 1.0
        out[school[i]] += 1.0


@kernel
def drop_out(
    key, high, first, ability, knowledge, ses, school, flags, base, by_score, by_ses, back, reached, wrong, factor, dropped,
    returned, out,
):  # fmt: skip
    """Let children leave and return; count by school. A child that aid reaches has its hazard times `factor`.

    reached: share of poor children whom aid finds; wrong: share of the others who get it by mistake. Whether aid finds a
    child is the second word of the same draw.
    """
    u, v = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32)
    hit = np.zeros(CHUNK, np.uint8)
    eight = hit.view(np.uint64)  # eight children at a time: for most nothing happens
    most = base * exp64(-by_score * np.float64(LOW) - by_ses * np.float64(LOW))
    for start in range(0, school.size, CHUNK):
        n = min(CHUNK, school.size - start)
        fill_uniform(key, high, np.uint64(first) + np.uint64(start), u[:n], v[:n])
        f = flags[start : start + n]
        hit[n:] = 0
        for j in range(n):
            hit[j] = np.uint8((u[j] < most) | (f[j] & np.uint8(OUT) != 0))
        for e in range((n + 7) // 8):
            if eight[e] == 0:
                continue
            for j in range(8 * e, min(8 * e + 8, n)):
                if hit[j]:
                    aid = factor if v[j] < (reached if f[j] & np.uint8(POOR) else wrong) else 1.0
                    _decide(
                        start + j, u[j], aid, ability, knowledge, ses, school, flags, base, by_score, by_ses, back, dropped,
                        returned, out,
                    )  # fmt: skip


def out_share(params: Params) -> Array:
    """Return (9,) share of each grade's children who are out of school when hazards and returns have run since grade 1."""
    share, out = 0.0, np.zeros(9)
    for grade in range(9):
        out[grade] = share
        hazard = params.dropout_primary if grade < 6 else params.dropout_junior
        share = share * (1 - params.dropout_return) + (1 - share) * hazard
    return out


@kernel
def mark_out(key, high, first, ability, knowledge, ses, flags, share, by_score, by_ses):
    """Mark the children who are out of school in the start year, by the same relative hazards as `drop_out`."""
    total = 0.0
    for i in range(flags.size):
        total += exp64(
            -by_score * np.float64(max(np.float32(ability[i] + knowledge[i]), LOW))
            - by_ses * np.float64(max(ses[i], LOW))
        )
    base = share * flags.size / total
    for i in range(flags.size):
        word, _ = words(key, high, np.uint64(first) + np.uint64(i))
        score = max(np.float32(ability[i] + knowledge[i]), LOW)
        if to_uniform(word) < base * exp64(-by_score * np.float64(score) - by_ses * np.float64(max(ses[i], LOW))):
            flags[i] |= np.uint8(OUT)


def stay_or_leave(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Apply drop-out and return to every grade; charge student aid to the ledger for the children in school."""
    p, aid, tally = world.params, effects.aid, world.tally
    key = streams.key("stay", year)
    reach = (aid.coverage, aid.leakage, aid.hazard_ratio) if aid else (0.0, 0.0, 1.0)

    def one(grade: int) -> None:
        b = world.blocks[grade]
        base = p.dropout_primary if grade < 6 else p.dropout_junior
        counts = (tally.dropped[grade], tally.returned[grade], tally.out[grade])
        drop_out(
            *key, world.first_person[grade], b.ability, b.knowledge, b.ses, b.school, b.flags, base, p.dropout_by_score,
            p.dropout_by_ses, p.dropout_return, *reach, *counts,
        )  # fmt: skip

    each(range(9), one, world.threads)
    if aid:
        reached = aid.coverage * tally.n_poor + aid.leakage * (tally.n - tally.n_poor)
        yuan = reached[:6].sum(0) * aid.primary_yuan + reached[6:].sum(0) * aid.junior_yuan
        world.ledger.add(aid.item, "centre", world.by_county(world.weight * yuan))
