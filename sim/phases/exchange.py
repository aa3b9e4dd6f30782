"""Exchange of teachers between two schools of a county (交流轮岗, and lending inside a group): people swap, posts stay.

A teacher who is due goes to a receiving section and one of its teachers comes in exchange; both return after the agreed
years. Who is due goes by years at the school; who goes among them by the request's rule.
"""

from __future__ import annotations

import numpy as np

from sim.compile import kernel
from sim.effects import Exchange
from sim.streams import Streams
from sim.tables import OUTSIDE
from sim.world import World


@kernel
def _best(section, years, kind, home, backbone, key, rows, sec, due, only_backbone):
    """Return the row of the free teacher of a section with the lowest key, -1 if none."""
    who = -1
    for i in range(rows[sec], rows[sec + 1]):
        free = section[i] == sec and home[i] < 0 and kind[i] != OUTSIDE and years[i] >= due
        if free and (backbone[i] or not only_backbone) and (who < 0 or key[i] < key[who]):
            who = i
    return who


@kernel
def swap_teachers(section, weight, years, kind, home, return_year, backbone, key, key_back, rows, sections_of, bounds, link,
                  send, quota, backbone_share, due, until, rotated, rotated_backbone):
    """Swap teachers county by county and stage by stage; `quota` counts down what each destination still takes.

    sections_of[bounds[g]:bounds[g + 1]]: the sections of group g (one county, one stage), in row order.
    """
    for g in range(bounds.size - 1):
        a, b = bounds[g], bounds[g + 1]
        at = a
        for j in range(a, b):
            sec = sections_of[j]
            want_backbone = np.ceil(backbone_share * send[sec])
            for k in range(send[sec]):
                goal, looked = -1, 0
                while looked < b - a:
                    cand = sections_of[at]
                    if quota[cand] > 0 and cand != sec and (link[cand >> 1] < 0 or link[cand >> 1] == sec >> 1):
                        goal = cand
                        break
                    at = at + 1 if at + 1 < b else a
                    looked += 1
                if goal < 0:
                    break
                who = -1
                if k < want_backbone:
                    who = _best(section, years, kind, home, backbone, key, rows, sec, due, True)
                if who < 0:
                    who = _best(section, years, kind, home, backbone, key, rows, sec, due, False)
                back = _best(section, years, kind, home, backbone, key_back, rows, goal, 1, False)
                if who < 0:
                    break
                quota[goal] -= 1
                if back < 0:
                    continue
                section[who], section[back] = goal, sec
                home[who], home[back] = sec, goal
                return_year[who], return_year[back] = until, until
                years[who], years[back] = 0, 0
                rotated[sec] += weight[who]
                if backbone[who]:
                    rotated_backbone[sec] += weight[who]


def exchange(world: World, asked: Exchange, streams: Streams, year: int) -> None:
    """Carry out one request, count who went, and charge its cost to the counties."""
    t, n = world.teachers, len(world.schools)
    due = (t.section >= 0) & (t.kind != OUTSIDE) & (t.home_section < 0) & (t.years_here >= asked.due_years)
    present = np.bincount(t.section[due], t.weight[due], minlength=2 * n)
    sender = asked.send.ravel() > 0
    u = streams.uniform(f"exchange {asked.item}", year, np.arange(2 * n))
    rows_of = np.where(sender, asked.send.ravel() * present / world.row_weight, 0.0)
    send = np.floor(rows_of + u).astype(np.int64) * sender
    group = world.group_of_section
    total = np.bincount(group, send, minlength=world.n_groups)
    weight = asked.into.ravel()
    share = weight / np.maximum(np.bincount(group, weight, minlength=world.n_groups), 1e-300)[group]
    quota = np.ceil(share * total[group]).astype(np.int64) * (weight > 0)
    luck, back_luck = streams.pair("exchange_who", year, t.id)
    key = {"random": luck, "best": -t.value_added, "worst": t.value_added}[asked.who]
    rotated, rotated_backbone = np.zeros(2 * n), np.zeros(2 * n)
    swap_teachers(t.section, t.weight, t.years_here, t.kind, t.home_section, t.return_year, t.backbone, key, back_luck,
                  world.section_rows, world.sections_by_group, world.group_bounds, asked.link, send, quota,
                  asked.backbone_share, asked.due_years, year + asked.stay_years, rotated, rotated_backbone)
    if asked.counts_as_rotation:
        world.flows.rotated += rotated.reshape(-1, 2)
        world.flows.rotated_backbone += rotated_backbone.reshape(-1, 2)
    cost = rotated.reshape(-1, 2).sum(1) * asked.yuan_per_teacher
    world.ledger.add(asked.item, "county", world.by_county(cost))
