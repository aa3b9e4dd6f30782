"""Exchange of teachers between two schools of a county (交流轮岗, and lending inside a group): people swap, posts stay.

A teacher who is due goes to a receiving section and one of its teachers comes in exchange; both return after the agreed
years. Who is due goes by years at the school; who goes among them by the request's rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.columns import Array
from sim.compile import kernel
from sim.counting import row_sums
from sim.effects import Exchange
from sim.parts import Part
from sim.streams import Streams, to_uniform, words
from sim.world import World


@kernel
def _goal(first, last, at, quota, link, lack, sec, only_short):
    """Return the next destination from `at` on, round the sections first, first + 2, ... before last; -1 if none."""
    cand = at
    for _ in range(first, last, 2):
        is_open = quota[cand] > 0 and (lack[cand] > 0 or not only_short)
        if is_open and cand != sec and (link[cand >> 1] < 0 or link[cand >> 1] == sec >> 1):
            return cand
        cand += 2
        if cand >= last:
            cand = first
    return -1


@kernel
def _list_due(ready, backbone, key, sign, row, rows, sec, due, who, luck):
    """List the rows of a section that are due in `who`, and sign * key of each in `luck`; return how many.

    who, luck: (2, n): without and with a backbone title. key: by teacher's row, from `row` on. Lists grow without a
    branch: what the next teacher is like cannot be foretold, and a wrong guess costs more than the whole entry.
    """
    plain, titled = 0, 0
    for i in range(rows[sec], rows[sec + 1]):
        is_due, k = ready[i] >= due, sign * key[i - row]
        who[0, plain], luck[0, plain], who[1, titled], luck[1, titled] = i, k, i, k
        plain += is_due & (not backbone[i])
        titled += is_due & backbone[i]
    return plain, titled


@kernel
def _lowest(luck, n):
    """Return the place of the lowest of the first n values, the first of equal ones; -1 when all are spent (infinite)."""
    found, low = -1, np.float32(np.inf)
    for k in range(n):
        if luck[k] < low:
            found, low = k, luck[k]
    return found


@kernel
def _back(ready, backbone, pe_art, key, row, rows, sec, keeps, subject):
    """Return the row of the teacher with the lowest key whom a section gives in exchange, -1 if none.

    keeps: it keeps its backbone teachers; subject: whether it must be a PE or art teacher.
    """
    who, low = -1, np.float32(np.inf)
    for i in range(rows[sec], rows[sec + 1]):
        if key[i - row] < low and pe_art[i] == subject and ready[i] >= 1 and not (keeps and backbone[i]):
            who, low = i, key[i - row]
    return who


@kernel
def _partner(weight, ready, backbone, pe_art, key_back, row, rows, first, last, at, quota, link, lack, sec, who):
    """Return (destination, row of the teacher whom it gives in exchange); -1 when nobody takes `who`.

    A PE or art teacher is exchanged for another, so that neither school loses its lessons. A destination that has nobody
    to give closes, and the next one is tried.
    """
    while True:
        into = _goal(first, last, at, quota, link, lack, sec, True) if backbone[who] else -1
        if into < 0:
            into = _goal(first, last, at, quota, link, lack, sec, False)
        if into < 0:
            return -1, -1
        keeps = backbone[who] or lack[into] > -weight[who]  # would lack backbone teachers if it gave one away
        back = _back(ready, backbone, pe_art, key_back, row, rows, into, keeps, pe_art[who])
        if back >= 0:
            quota[into] -= 1
            return into, back
        quota[into] = 0
        at = into


@kernel
def due_teachers(weight, ready, rows, sec, due_years):
    """Return the teachers of a section who are due for an exchange."""
    total = 0.0
    for i in range(rows[sec], rows[sec + 1]):
        total += np.float64(weight[i]) * (ready[i] >= due_years)
    return total


@kernel
def _share_out(
    weight, ready, rows, first, last, is_open, row_weight, asked_send, asked_into, due, key, high, send, quota
):
    """Fill how many rows each section sends and takes in one county and stage; return how many are sent."""
    total, weights = 0, 0.0
    for sec in range(first, last, 2):
        send[sec] = 0
        if is_open[sec >> 1] and asked_send[sec] > 0:
            present = due_teachers(weight, ready, rows, sec, due)
            if present > 0:
                u = to_uniform(words(key, high, sec)[0])
                send[sec] = np.int64(np.floor(asked_send[sec] * present / row_weight[sec] + u))
                total += send[sec]
        if is_open[sec >> 1]:
            weights += asked_into[sec]
    for sec in range(first, last if total > 0 else first, 2):
        quota[sec] = 0
        if is_open[sec >> 1] and asked_into[sec] > 0:
            quota[sec] = np.int64(np.ceil(asked_into[sec] / max(weights, 1e-300) * total))
    return total


@kernel
def swap_teachers(
    section, weight, years, home, return_year, backbone, pe_art, ready, key, sign, key_back, row, rows, start, county, county_end,
    is_open, row_weight, asked_send, asked_into, link, share_key, share_high, norm, lack, backbone_share, due, until,
    send, quota, rotated, rotated_backbone,
):  # fmt: skip
    """Swap teachers county by county and stage by stage; `quota` counts down what each destination still takes.

    A backbone teacher goes first to a section that lacks backbone teachers (`lack`, kept up to date), for one who is not; a
    section that would lack them otherwise gives away none of its own while others have some to spare.
    """
    most = 0
    for sec in range(2 * start[county], 2 * start[county_end]):
        most = max(most, rows[sec + 1] - rows[sec])
    listed, luck = np.empty((2, most), np.int64), np.empty((2, most), np.float32)  # the rows of a section that are due
    for group in range(2 * county, 2 * county_end):
        first, last = 2 * start[group >> 1] + (group & 1), 2 * start[(group >> 1) + 1]
        total = _share_out(
            weight, ready, rows, first, last, is_open, row_weight, asked_send, asked_into, due, share_key, share_high, send, quota
        )  # fmt: skip
        if total == 0:
            continue
        at = first
        titles = np.ceil(backbone_share * total)  # still to send, from sections that keep 85 % of their norm
        for sec in range(first, last, 2):
            if send[sec] == 0:
                continue
            plain, titled = _list_due(ready, backbone, key, sign, row, rows, sec, due, listed, luck)
            for _ in range(send[sec]):
                spares = titles > 0 and lack[sec] <= 0.15 * norm[sec] - 1.0
                best, kind = _lowest(luck[1], titled) if spares else -1, 1
                if best < 0:
                    best, kind = _lowest(luck[0], plain), 0
                if best < 0:
                    best, kind = _lowest(luck[1], titled), 1
                if best < 0:
                    break
                who = listed[kind, best]
                luck[kind, best] = np.inf
                into, back = _partner(
                    weight, ready, backbone, pe_art, key_back, row, rows, first, last, at, quota, link, lack, sec, who
                )  # fmt: skip
                if back < 0:
                    break
                at = into
                given = weight[who] * (np.float64(backbone[who]) - np.float64(backbone[back]))
                lack[into] -= given
                lack[sec] += given
                rotated[sec] += weight[who]
                if backbone[who]:
                    titles -= 1
                    rotated_backbone[sec] += weight[who]
                for i, old, new in ((who, sec, into), (back, into, sec)):
                    section[i], home[i], return_year[i] = new, old, until
                    years[i], ready[i] = 0, -1


@kernel
def count_due(weight, ready, rows, place_type, due_years, first, last, due):
    """Fill `due` (2 S,) with the teachers of seat and town schools (城镇学校) due for rotation, in sections first to last."""
    for sec in range(first, last):
        if place_type[sec >> 1] < 2:
            due[sec] = due_teachers(weight, ready, rows, sec, due_years)


@dataclass
class Swaps:
    """One request of this year, and what became of it. Arrays by section: (2 S,)."""

    asked: Exchange
    send_share: Array
    into: Array
    link: Array  # (S,)
    send: Array  # rows that each section sends
    quota: Array  # rows that each destination still takes
    rotated: Array  # teachers sent
    rotated_backbone: Array

    @classmethod
    def of(cls, asked: Exchange, n_sections: int) -> Swaps:
        """Return a request to which nothing has been done yet."""
        n = n_sections
        send, into = (np.ascontiguousarray(x, np.float64).ravel() for x in (asked.send, asked.into))
        link, rows = np.asarray(asked.link, np.int64), np.empty((2, n), np.int64)
        return cls(asked, send, into, link, rows[0], rows[1], np.zeros(n), np.zeros(n))


def exchange(
    world: World,
    requests: list[Swaps],
    streams: Streams,
    year: int,
    part: Part,
    ready: Array,
    norm: Array,
    lack: Array,
) -> None:
    """Carry out the requests in one part of the region.

    norm: (2 S,) backbone teachers that the official norm asks; lack: (2 S,) those missing to it, kept up to date
    """
    t, s = world.teachers, world.schools
    luck, luck_back = streams.pair("exchange_who", year, t.id[part.row : part.row_end])
    value = t.value_added[part.row : part.row_end]
    for request in requests:
        asked = request.asked
        key, sign = {"random": (luck, 1.0), "best": (value, -1.0), "worst": (value, 1.0)}[asked.who]
        swap_teachers(
            t.section, t.weight, t.years_here, t.home_section, t.return_year, t.backbone, t.pe_art, ready, key, np.float32(sign),
            luck_back, part.row, world.section_rows, world.county_start, part.county, part.county_end, s.open, world.row_weight,
            request.send_share, request.into, request.link, *streams.key(f"exchange {asked.item}", year), norm, lack,
            asked.backbone_share, asked.due_years, year + asked.stay_years, request.send, request.quota, request.rotated,
            request.rotated_backbone,
        )  # fmt: skip


def settle(world: World, request: Swaps) -> None:
    """Count who went, and charge the cost of a request to the counties."""
    asked, rotated = request.asked, request.rotated.reshape(-1, 2)
    if asked.counts_as_rotation:
        world.flows.rotated += rotated
        world.flows.rotated_backbone += request.rotated_backbone.reshape(-1, 2)
    world.ledger.add(asked.item, "county", world.by_county(row_sums(rotated) * asked.yuan_per_teacher))
