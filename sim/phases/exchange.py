"""Exchange of teachers between two schools of a county (交流轮岗, and lending inside a group): people swap, posts stay.

A teacher who is due goes to a receiving section and one of its teachers comes in exchange; both return after the agreed
years. Who is due goes by years at the school; who goes among them by the request's rule.
"""

from __future__ import annotations

import numpy as np

from sim.columns import Array
from sim.compile import each, kernel
from sim.counting import row_sums
from sim.effects import Exchange
from sim.streams import Streams
from sim.tables import OUTSIDE
from sim.world import World


@kernel
def best_teacher(section, years, kind, home, title, other, key, rows, sec, due, titled, same):
    """Return the row of the free teacher of a section with the lowest key, -1 if none.

    titled, same: which of the traits `title` and `other` the teacher must have: 1 has it, 0 has it not, -1 either.
    """
    who = -1
    for i in range(rows[sec], rows[sec + 1]):
        free = section[i] == sec and home[i] < 0 and kind[i] != OUTSIDE and years[i] >= due
        fits = (titled < 0 or title[i] == (titled == 1)) and (same < 0 or other[i] == (same == 1))
        if free and fits and (who < 0 or key[i] < key[who]):
            who = i
    return who


@kernel
def _goal(sections_of, a, b, at, quota, link, lack, sec, only_short):
    """Return the position of the next destination from `at` on, round the group; -1 if none."""
    for k in range(b - a):
        j = at + k
        if j >= b:
            j -= b - a
        cand = sections_of[j]
        open_to = quota[cand] > 0 and cand != sec and (link[cand >> 1] < 0 or link[cand >> 1] == sec >> 1)
        if open_to and (not only_short or lack[cand] > 0):
            return j
    return -1


@kernel
def _sender(section, years, kind, home, backbone, pe_art, key, rows, sec, due, spares_title):
    """Return the row of the teacher whom a section sends, -1 if none is due: a backbone teacher if it can spare one."""
    who = -1
    if spares_title:
        who = best_teacher(section, years, kind, home, backbone, pe_art, key, rows, sec, due, 1, -1)
    if who < 0:
        who = best_teacher(section, years, kind, home, backbone, pe_art, key, rows, sec, due, 0, -1)
    if who < 0:
        who = best_teacher(section, years, kind, home, backbone, pe_art, key, rows, sec, due, -1, -1)
    return who


@kernel
def _partner(
    section, weight, years, kind, home, backbone, pe_art, key_back, rows, sections_of, a, b, at, quota, link, lack, sec, who
):  # fmt: skip
    """Return (position of the destination, row of the teacher whom it gives in exchange); -1 when nobody takes `who`.

    A PE or art teacher is exchanged for another, so that neither school loses its lessons. A destination that has nobody
    to give closes, and the next one is tried.
    """
    while True:
        goal = _goal(sections_of, a, b, at, quota, link, lack, sec, True) if backbone[who] else -1
        if goal < 0:
            goal = _goal(sections_of, a, b, at, quota, link, lack, sec, False)
        if goal < 0:
            return -1, -1
        into = sections_of[goal]
        keeps = backbone[who] or lack[into] > -weight[who]  # would lack backbone teachers if it gave one away
        subject = 1 if pe_art[who] else 0
        back = best_teacher(
            section, years, kind, home, backbone, pe_art, key_back, rows, into, 1, 0 if keeps else -1, subject
        )
        if back >= 0:
            quota[into] -= 1
            return goal, back
        quota[into] = 0
        at = goal


@kernel
def swap_teachers(
    section, weight, years, kind, home, return_year, backbone, pe_art, key, key_back, rows, sections_of, bounds, link, send, quota,
    norm, lack, backbone_share, due, until, rotated, rotated_backbone,
):  # fmt: skip
    """Swap teachers county by county and stage by stage; `quota` counts down what each destination still takes.

    sections_of[bounds[g]:bounds[g + 1]]: the sections of group g (one county, one stage), in row order. A backbone teacher
    goes first to a section that lacks backbone teachers (`lack`, kept up to date), for one who is not; a section that
    would lack them otherwise gives away none of its own while others have some to spare.
    """
    for g in range(bounds.size - 1):
        a, b = bounds[g], bounds[g + 1]
        at, total = a, 0
        for j in range(a, b):
            total += send[sections_of[j]]
        titles = np.ceil(backbone_share * total)  # still to send, from sections that keep 85 % of their norm
        for j in range(a, b):
            sec = sections_of[j]
            for _ in range(send[sec]):
                spares = titles > 0 and lack[sec] <= 0.15 * norm[sec] - 1.0
                who = _sender(section, years, kind, home, backbone, pe_art, key, rows, sec, due, spares)
                if who < 0:
                    break
                goal, back = _partner(
                    section, weight, years, kind, home, backbone, pe_art, key_back, rows, sections_of, a, b, at, quota, link,
                    lack, sec, who,
                )  # fmt: skip
                if back < 0:
                    break
                at, into = goal, sections_of[goal]
                given = weight[who] * (np.float64(backbone[who]) - np.float64(backbone[back]))
                lack[into] -= given
                lack[sec] += given
                if backbone[who]:
                    titles -= 1
                    rotated_backbone[sec] += weight[who]
                section[who], section[back] = into, sec
                home[who], home[back] = sec, into
                return_year[who], return_year[back] = until, until
                years[who], years[back] = 0, 0
                rotated[sec] += weight[who]


@kernel
def count_due(section, weight, kind, home, years_here, rows, sender, due_years, due):
    """Add by section the teachers due for an exchange, in the sections that send. Who came this year is not due."""
    for sec in range(sender.size):
        if not sender[sec]:
            continue
        for i in range(rows[sec], rows[sec + 1]):
            if section[i] == sec and kind[i] != OUTSIDE and home[i] < 0 and years_here[i] >= due_years:
                due[sec] += weight[i]


def title_norm(world: World) -> Array:
    """Return (2 S,) backbone teachers that the official norm asks of each section."""
    return (world.teacher_norms()[:, 0] * world.schools.pupils / 100).ravel()


def exchange(
    world: World, asked: Exchange, streams: Streams, year: int, luck: tuple[Array, Array], lack: Array
) -> None:
    """Carry out one request, count who went, and charge its cost to the counties.

    luck: two uniforms a teacher; lack: (2 S,) backbone teachers missing to the norm, kept up to date
    """
    t, n = world.teachers, len(world.schools)
    is_open = np.repeat(world.schools.open, 2)  # policies asked before the county plan closed schools
    sender = (asked.send.ravel() > 0) & is_open
    present = np.zeros(2 * n)
    count_due(
        t.section, t.weight, t.kind, t.home_section, t.years_here, world.section_rows, sender, asked.due_years, present
    )  # fmt: skip
    u = streams.uniform(f"exchange {asked.item}", year, np.arange(2 * n))
    rows_of = np.where(sender, asked.send.ravel() * present / world.row_weight, 0.0)
    send = np.floor(rows_of + u).astype(np.int64) * sender
    group = world.group_of_section
    total = np.bincount(group, send, minlength=world.n_groups)
    weight = asked.into.ravel() * is_open
    share = weight / np.maximum(np.bincount(group, weight, minlength=world.n_groups), 1e-300)[group]
    quota = np.ceil(share * total[group]).astype(np.int64) * (weight > 0)
    own_luck, back_luck = luck
    key = {"random": own_luck, "best": -t.value_added, "worst": t.value_added}[asked.who]
    rotated, rotated_backbone = np.zeros(2 * n), np.zeros(2 * n)
    norm = title_norm(world)

    def one(k: int) -> None:
        swap_teachers(
            t.section, t.weight, t.years_here, t.kind, t.home_section, t.return_year, t.backbone, t.pe_art, key, back_luck,
            world.section_rows, world.sections_by_group, world.group_part(k), asked.link, send, quota, norm, lack,
            asked.backbone_share, asked.due_years, year + asked.stay_years, rotated, rotated_backbone,
        )  # fmt: skip

    each(world.parts, one, world.threads)
    if asked.counts_as_rotation:
        world.flows.rotated += rotated.reshape(-1, 2)
        world.flows.rotated_backbone += rotated_backbone.reshape(-1, 2)
    cost = row_sums(rotated.reshape(-1, 2)) * asked.yuan_per_teacher
    world.ledger.add(asked.item, "county", world.by_county(cost))
