"""Posts, physical stocks and beds of the start year, given the pupils that schools really have."""

from __future__ import annotations

import numpy as np

from sim import exact
from sim.columns import Array
from sim.counties import MAP
from sim.region import Region
from sim.tables import NINE_YEAR, PLACE_TYPES, PRIMARY, STAGES, Schools

STOCK_NAMES = ("area", "sports", "equipment", "rooms")  # in the order of sim.tables.PHYSICAL
FLOOR_TEACHERS = (6.0, 9.0)  # a full small school needs about this many; the floor rises no further


def start_posts(region: Region, schools: Schools, pupils: Array) -> Array:
    """Return whole teachers by school and stage that meet the region's pupil-teacher ratios, (S, 2) float64.

    pupils: (S, 2) enrolled pupils by stage, >= 0
    Teachers per pupil vary by place type (crowded seats, generous villages), by school (keyed lognormal) and have a
    class-based floor in small schools; one factor a stage then meets the published ratio: the total is pupils / ratio
    to the nearest teacher. Sections without pupils get none.
    """
    factor = np.array([region.value(f"posts.{kind}_factor") for kind in PLACE_TYPES])[schools.place_type]
    rows = np.arange(len(schools))
    posts = np.zeros((len(schools), 2))
    for stage, name in enumerate(STAGES):
        count = pupils[:, stage].astype(np.float64)
        ratio = next(t.value for t in region.targets if (t.name, t.stage) == ("pupil_teacher_ratio", name))
        total = round(exact.total(count) / ratio)
        luck = exact.exp(region.value("posts.sd") * MAP.normal(f"posts {name}", 0, rows).astype(np.float64))
        floor = np.minimum(FLOOR_TEACHERS[stage], np.ceil(count / region.value(f"posts.min_pupils_{name}")))
        posts[:, stage] = _to_total(count / ratio * factor * luck, np.where(count > 0, floor, 0.0), total)
    return posts


def _to_total(raw: Array, floor: Array, total: int) -> Array:
    """Scale wishes so that the larger of wish and floor adds up to the total; shrink floors that exceed it."""
    if total == 0:
        return np.zeros_like(raw)
    floor = floor * min(1.0, 0.9 * total / max(float(exact.total(floor)), 1e-9))
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if exact.total(np.maximum(raw * middle, floor)) < total else (low, middle)
    wish = np.maximum(raw * high, floor)
    whole = np.floor(wish)
    missing = int(total - exact.total(whole))
    order = np.argsort(-(wish - whole), kind="stable")[: max(missing, 0)]
    whole[order] += 1
    return whole


def start_stocks(region: Region, schools: Schools, pupils: Array) -> Array:
    """Return the physical stocks of each school: teaching m2, sports m2, equipment yuan, multimedia rooms; (S, 4).

    pupils: (S, 2) enrolled pupils by stage
    Stock per pupil = level by stage and place type x county fiscal strength x school effect (common and own, keyed,
    lognormal) x economies of small size x room left by falling rolls. Means and spread follow published county means
    and CVs of other provinces and official thresholds (figures `stock.*`; no provincial figure is published: assumed).
    """
    value = region.value
    rows = np.arange(len(schools))
    everyone = exact.total(pupils, 1)
    small = np.maximum(value("stock.small_pupils") / np.maximum(everyone, 5.0), 1.0)
    small = exact.power(small, value("stock.small_power"))
    room = np.clip(exact.total(schools.seats, 1) / np.maximum(everyone, 1.0), 0.6, 2.5)
    room = exact.power(room, value("stock.capacity_power"))
    fiscal = exact.power(region.counties.fiscal[schools.county], value("stock.fiscal_power"))
    common_sd = value("stock.sd_common")
    common = common_sd * MAP.normal("stock common", 0, rows).astype(np.float64) - common_sd * common_sd / 2
    stock = np.zeros((len(schools), 4))
    for item, name in enumerate(STOCK_NAMES):
        level = np.stack([region.by_place(f"stock.{name}_{stage}") for stage in STAGES], axis=1)[schools.place_type]
        sd = value(f"stock.sd_{name}")
        own = sd * MAP.normal(f"stock {name}", 0, rows).astype(np.float64) - sd * sd / 2
        per_pupil = exact.exp(common + own) * fiscal * room * small
        stock[:, item] = exact.total(level * pupils, 1) * per_pupil
    stock[:, 3] = np.where(everyone > 0, np.maximum(np.round(stock[:, 3] / 100), 1), 0)
    stock[:, :3] = np.round(stock[:, :3])
    return stock


def start_beds(region: Region, schools: Schools, pupils: Array) -> Array:
    """Return boarding places by school, (S,): junior and nine-year schools and a third of the towns' primaries.

    pupils: (S, 2) enrolled or expected pupils by stage
    Shares are the figures `boarding.*` (one county's report; assumed elsewhere).
    """
    value = region.value
    junior = np.array([value(f"boarding.junior_{kind}") for kind in PLACE_TYPES])[schools.place_type]
    rows = np.arange(len(schools))
    central = (schools.kind == PRIMARY) & (schools.place_type == 1) & (MAP.uniform("boarding primary", 0, rows) < 1 / 3)
    boards = central | ((schools.kind == NINE_YEAR) & (schools.place_type > 0))
    noise = exact.exp(0.2 * MAP.normal("beds", 0, rows).astype(np.float64))
    beds = pupils[:, 1] * junior + np.where(boards, pupils[:, 0] * value("boarding.primary_town"), 0.0)
    return np.where(schools.open, np.round(beds * value("boarding.slack") * noise), 0.0)
