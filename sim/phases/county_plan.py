"""Phase 2: every county agent forecasts, ranks its schools, splits capital and posts, opens, extends and merges.

Counties differ in money (need and fiscal strength), in how much they can deliver in a year, and in how far they favour the
key school. What failed at last year's inspection gets more weight this year; what the money does not reach waits.
"""

from __future__ import annotations

import numpy as np

from sim import exact
from sim.columns import Array
from sim.compile import kernel
from sim.counting import row_sums, whole_by_group
from sim.effects import Effects
from sim.streams import Streams
from sim.tables import PHYSICAL, TEACHING_POINT
from sim.world import World

BIG_SCHOOL = 2000.0  # official size limit (government item 4): a school this big is not extended
NEW_SCHOOL = np.array([810.0, 450.0])  # places of a new nine-year school: 18 classes of 45, 9 of 50
KEY_LEVEL = 1.5  # favour equips key schools up to this multiple of the target
POINT_WEIGHT = 0.3  # teaching points below 50 pupils are outside the evaluation and come late


def deliver(world: World, year: int) -> None:
    """Bring places and schools under construction into use, with the rooms, grounds and equipment that belong to them."""
    s, norm = world.schools, world.norms()
    s.stock[:, 0] += s.seats_coming[:, 0] * norm[0, 0] + s.seats_coming[:, 1] * norm[1, 0]
    s.seats += s.seats_coming
    s.seats_coming[:] = 0.0
    ready = (s.opens > 0) & (s.opens <= year)
    s.open[ready] = True
    s.opens[ready] = 0
    s.seats[ready] = NEW_SCHOOL
    s.stock[ready] = exact.total(NEW_SCHOOL[:, None] * norm, 0)[None, :]


def apply_for_certification(world: World) -> None:
    """A county sets its application going (申报创建) once most of its sections passed the last inspection, and keeps to it.

    It then deploys teachers without delay. Once certified, some counties go on as before (巩固), the others slacken.
    """
    found, p = world.inspection, world.params
    share = exact.total(found.sections_passing, 1) / np.maximum(exact.total(found.sections_counted, 1), 1)
    keeps = world.streams.uniform("keep_effort", 0, np.arange(len(share))) < p.keep_effort
    world.applying = (world.applying | (share >= p.apply_at)) & ((world.certified == 0) | keeps)


def forecast(world: World, year: int) -> Array:
    """Return (S, 2) pupils expected next year, when what is started now is ready.

    The county knows last year's rolls by grade and the children who will enter; a school keeps its share of the county.
    """
    s = world.schools
    by_grade = world.by_county_stage(s.grade_pupils)
    ahead = 1 if year == world.first_year else 2  # the rolls known in the first year are this year's own
    coming = [world.region.entrants(year + 1 - k, world.entry_variant) for k in range(ahead)]
    now = np.stack([exact.total(by_grade[:, :6], 1), exact.total(by_grade[:, 6:], 1)], axis=1)
    primary, junior = by_grade[:, : 6 - ahead], by_grade[:, 6 - ahead : 9 - ahead]
    soon = np.stack([exact.add_up(coming) + exact.total(primary, 1), exact.total(junior, 1)], axis=1)
    growth = np.where(now > 0, soon / np.maximum(now, 1.0), 1.0)
    return s.pupils * growth[s.county]


def budget(world: World, effects: Effects, gap: Array) -> tuple[Array, Array]:
    """Return (C,) yuan of own capital that the county can deliver this year, and (C,) earmarked by policies.

    Own capital: the region's published spending on compulsory education times the capital share, held in real terms, half
    by fiscal strength and half by need (unmet norms), kept over a year at most when the county cannot deliver.
    """
    r, c, p = world.region, world.counties, world.by_county(world.schools.pupils)
    total = r.education_spending * r.compulsory_share * r.capital_share
    need = world.by_county(gap) / np.maximum(p, 1.0)
    need = np.minimum(need / max(exact.mean(need), 1e-9), 3.0)
    share = p * (0.5 * c.fiscal + 0.5 * need)
    own = total * share / exact.total(share)
    money = own + world.carry
    ready = c.capacity * money
    world.carry = np.minimum(money - ready, own)
    earmarked = np.zeros(len(c))
    for grant in effects.capital:
        earmarked += grant.yuan
    return ready, earmarked


def extend_schools(world: World, expected: Array, money: Array, year: int) -> Array:
    """Start places where the forecast does not fit; start a new school where full-size schools overflow. Return money left."""
    s, p, serves = world.schools, world.params, world.serves()
    seat = world.region.prices["seat"].value
    short = np.maximum(expected * p.seat_slack - s.seats - s.seats_coming, 0.0) * serves
    big = row_sums(s.pupils) >= BIG_SCHOOL
    overflow = world.by_county(row_sums(short) * big)
    short[big] = 0.0
    want = world.by_county(short) * seat
    pay = np.minimum(want, p.build_share * money)
    part = np.where(want > 0, pay / np.maximum(want, 1e-9), 0.0)
    s.seats_coming += np.floor(short * part[s.county, None])
    money = money - pay
    cost = exact.total(NEW_SCHOOL) * seat
    reserve = ~s.open & (s.opens == 0) & (s.successor == np.arange(len(s))) & (row_sums(s.seats) == 0)
    for c in np.flatnonzero((overflow >= 0.5 * exact.total(NEW_SCHOOL)) & (money >= cost)):
        rows = np.flatnonzero(reserve & (s.county == c))
        if len(rows):
            s.opens[rows[0]] = year + 2
            money[c] -= cost
    return money


@kernel
def merge_schools(x, y, county, start, kind, is_open, key, pupils, seats, below, most_km, successor):
    """Close points and primary schools with too few pupils when another primary stage near by has room; return the number."""
    closed = 0
    for s in range(x.size):
        if not is_open[s] or kind[s] > 1 or key[s] or pupils[s, 0] >= below:
            continue
        best, goal = most_km, -1
        for other in range(start[county[s]], start[county[s] + 1]):
            if other == s or not is_open[other] or kind[other] == 2 or pupils[other, 0] < below:
                continue
            if pupils[other, 0] + pupils[s, 0] > seats[other, 0]:
                continue
            dx, dy = x[s] - x[other], y[s] - y[other]
            d = np.sqrt(dx * dx + dy * dy)
            if d <= best:
                best, goal = d, other
        if goal >= 0:
            is_open[s] = False
            successor[s] = goal
            pupils[goal, 0] += pupils[s, 0]
            closed += 1
    return closed


def settle_mergers(world: World) -> None:
    """Point every closed school at a living one, send its children there, and take its posts and places away."""
    from sim.phases.households import follow_successors

    s = world.schools
    for _ in range(8):  # a successor may have closed later: chains are short
        s.successor[:] = s.successor[s.successor]
    gone = ~s.open & (s.successor != np.arange(len(s)))
    s.seats[gone] = 0.0
    s.seats_coming[gone] = 0.0
    s.posts[gone] = 0.0
    for block in world.blocks:
        follow_successors(block.school, s.successor)
    for known in (s.pupils, s.grade_pupils):
        np.add.at(known, s.successor[gone], known[gone])
        known[gone] = 0.0


def split_posts(world: World, effects: Effects, expected: Array) -> None:
    """Set the county's posts by stage, then share them among schools: what classes of the official size need first
    (班师比), the rest by pupils, favour for the key school.

    The county total follows pupils at the start's ratio, down no faster than people retire and leave (no one is
    dismissed) and up as new posts are approved; policies add to it. Each section moves a share of the way.
    """
    s, c, p = world.schools, world.counties, world.params
    need = world.by_county_stage(expected) / world.base_ratio
    world.posts_total = np.clip(need, (1 - p.posts_fall) * world.posts_total, (1 + p.posts_rise) * world.posts_total)
    total = world.posts_total if effects.posts is None else world.posts_total + effects.posts
    serves, start, speed = world.serves(), world.county_start, world.deploy_speed()
    wanted = fair_posts(
        expected, world.base_ratio, world.class_posts(), serves, s.key, c.favour, speed, total, s.posts, start
    )
    for stage in range(2):
        s.posts[:, stage] = whole_by_group(wanted[stage], start)


@kernel
def fair_posts(expected, ratio, class_posts, serves, key, favour, speed, total, posts, start):
    """Return (2, S) posts wanted, not yet whole, that add up to the county's total (C, 2) of each stage.

    expected, class_posts, serves, posts: (S, 2); ratio: (2,) pupils per post; key: (S,); favour, speed: (C,)
    """
    wanted, floor, claim = np.zeros((2, key.size)), np.zeros(key.size), np.zeros(key.size)
    for stage in range(2):
        for c in range(start.size - 1):
            floors, claims, sums = 0.0, 0.0, 0.0
            for s in range(start[c], start[c + 1]):
                taught = serves[s, stage] and expected[s, stage] > 0
                floor[s] = class_posts[s, stage] if taught else 0.0
                claim[s] = max(expected[s, stage] / ratio[stage] - floor[s], 0.0) if taught else 0.0
                claim[s] *= 1.0 + favour[c] * key[s]
                floors += floor[s]
                claims += claim[s]
            covered = min(total[c, stage] / max(floors, 1e-9), 1.0)
            rest = max(total[c, stage] - floors, 0.0) / max(claims, 1e-9)
            for s in range(start[c], start[c + 1]):
                if serves[s, stage]:
                    fair, now = floor[s] * covered + claim[s] * rest, posts[s, stage]
                    wanted[stage, s] = now + speed[c] * (fair - now) if now > 0 else fair
                    sums += wanted[stage, s]
            for s in range(start[c], start[c + 1]):
                wanted[stage, s] *= total[c, stage] / max(sums, 1e-9)
    return wanted


def split_capital(world: World, gap: Array, money: Array, earmarked: Array) -> Array:
    """Rank gaps against targets over schools and stocks and share out the money; return (C,) yuan that no gap took.

    A gap weighs its cost, more where the indicator failed last year; the county's favour first sends up to a share of its
    own money to the key schools, none while it applies for certification. Earmarked money knows only gaps.
    """
    s, c, p = world.schools, world.counties, world.params
    keys = s.key & s.open
    keys_here = np.maximum(world.by_county(keys.astype(float)), 1.0)
    share = np.where(world.applying, 0.0, c.favour) * money / keys_here
    rows = np.flatnonzero(keys)
    wish = world.gap_cost(KEY_LEVEL, rows)  # a key school is to stand above the norm
    part = np.minimum(share[s.county[rows]] / np.maximum(row_sums(wish), 1e-9), 1.0)
    gift = np.zeros_like(gap)
    gift[rows] = wish * part[:, None]
    gap, favoured = np.maximum(gap - gift, 0.0), row_sums(gift)
    world.money = money + earmarked
    rest = world.money - world.by_county(favoured)
    point = (s.kind == TEACHING_POINT) & (s.pupils[:, 0] < 50)
    urgency = 1.0 + p.attention * world.memory[:, 3:]
    spent = fill_gaps(gap, urgency, np.where(point, POINT_WEIGHT, 1.0), rest, world.county_start)
    world.spend = spent + gift
    return np.maximum(rest - world.by_county(spent), 0.0)


@kernel
def fill_gaps(gap, urgency, weight, money, start):
    """Return (S, 4) yuan spent on gaps (S, 4), in proportion to gap times urgency (C, 4) times weight (S,).

    money: (C,). What a filled gap leaves over goes to the others, three times.
    """
    spent, claim, open_gap = np.zeros(gap.shape), np.zeros(gap.shape), np.zeros(gap.shape)
    for c in range(start.size - 1):
        for s in range(start[c], start[c + 1]):
            for k in range(4):
                claim[s, k] = gap[s, k] * urgency[c, k] * weight[s]
        for _ in range(3):
            total, gone = 0.0, 0.0
            for s in range(start[c], start[c + 1]):
                asks, has = 0.0, 0.0
                for k in range(4):
                    open_gap[s, k] = claim[s, k] if gap[s, k] - spent[s, k] > 1.0 else 0.0
                    asks += open_gap[s, k]
                    has += spent[s, k]
                total += asks
                gone += has
            part = (money[c] - gone) / max(total, 1e-9) if total > 0 else 0.0
            for s in range(start[c], start[c + 1]):
                for k in range(4):
                    spent[s, k] += min(open_gap[s, k] * part, gap[s, k] - spent[s, k])
    return spent


def charge(world: World, effects: Effects, ready: Array, earmarked: Array, unused: Array) -> None:
    """Book what was really spent: earmarked grants first, then the county's own; what nobody needed goes back."""
    back = np.minimum(unused, ready)
    part = 1.0 - np.where(earmarked > 0, (unused - back) / np.maximum(earmarked, 1e-9), 0.0)
    for grant in effects.capital:
        world.ledger.add(grant.item, grant.payer, grant.yuan * part)
    world.ledger.add("base.capital", "county", ready - back)


def county_plan(world: World, effects: Effects, streams: Streams, year: int) -> None:
    """Run every county's decisions of the year."""
    s, p = world.schools, world.params
    deliver(world, year)
    apply_for_certification(world)
    expected = forecast(world, year)
    gap = world.gap_cost()
    ready, earmarked = budget(world, effects, gap)
    money = extend_schools(world, expected, ready.copy(), year)
    pupils = s.pupils.copy()
    n = merge_schools(
        s.x,
        s.y,
        s.county,
        world.county_start,
        s.kind,
        s.open,
        s.key,
        pupils,
        s.seats,
        p.merge_below,
        p.merge_km,
        s.successor,
    )
    if n:
        settle_mergers(world)
        expected, gap = forecast(world, year), world.gap_cost()
    world.teachers_before = world.own_teachers_by_county()
    split_posts(world, effects, expected)
    unused = split_capital(world, gap, money, earmarked)
    charge(world, effects, ready, earmarked, unused)


__all__ = ["PHYSICAL", "county_plan"]
